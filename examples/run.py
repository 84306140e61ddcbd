#!/usr/bin/env python3
"""What `make run` does: check the example phone, show what the program says, and explain its exit code.

    python examples/run.py [FOLDER]

The case is written into FOLDER (default: `build/example`, new each time), so that its report can be looked at.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CASE = HERE.parent / "build" / "example"
PASSWORD = HERE / "password.txt"
MEANINGS = {
    0: "Exit code 0: nothing was found, and everything that should be there was read.",
    1: "Exit code 1: something was found. That is right here, because traces were planted in this example.",
    2: "Exit code 2: the check could not run. That is a mistake; the lines above say what is wrong.",
    3: "Exit code 3: nothing was found, but some part could not be read or was missing.",
}
SUCCESS = (0, 1, 3)
"""A check that came to an answer, whatever the answer is."""


def command(phone: Path, case: Path) -> list[str]:
    """The check as a command."""
    return [
        sys.executable,
        "-m",
        "sousveil.cli",
        "check",
        str(phone),
        "--password-file",
        str(PASSWORD),
        "--out",
        str(case),
    ]


def main(case: Path = CASE) -> int:
    """Check, explain; 0 where the check came to an answer."""
    shown = case.relative_to(HERE.parent) if case.is_relative_to(HERE.parent) else case
    if case == CASE and case.exists():
        shutil.rmtree(case)
    print("Checking the example phone: a small encrypted backup in which everything is invented,")
    print("with traces of a real attack of 2021 planted in it. This is the command:\n")
    print(f"  sousveil check examples/phone --password-file examples/password.txt --out {shown}\n", flush=True)
    code = subprocess.run(command(HERE / "phone", case), check=False).returncode
    if code in SUCCESS and not (case / "report.html").is_file():
        print("\nThe check ended without a report. That is a mistake of the program.", file=sys.stderr)
        return 2
    print("\n" + MEANINGS.get(code, f"Exit code {code}: interrupted."))
    if code not in SUCCESS:
        return code
    print(f"The report is in {shown}/report.html; open it in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()) if len(sys.argv) > 1 else main())
