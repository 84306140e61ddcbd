#!/usr/bin/env python3
"""What `make run` does: check the example phone, show what the program says, and explain its exit code.

The case is written below `build/example` (a new folder each time), so that its report can be looked at.
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


def main() -> int:
    """Check, explain; 0 where the check came to an answer."""
    if CASE.exists():
        shutil.rmtree(CASE)
    print("Checking the example phone: a small encrypted backup in which everything is invented,")
    print("with traces of a real attack of 2021 planted in it. This is the command:\n")
    print("  sousveil check examples/phone --password-file examples/password.txt --out build/example\n", flush=True)
    code = subprocess.run(command(HERE / "phone", CASE), check=False).returncode
    print("\n" + MEANINGS.get(code, f"Exit code {code}: interrupted."))
    if (CASE / "report.html").is_file():
        print("The report is in build/example/report.html; open it in a browser.")
    return 0 if code in SUCCESS else code


if __name__ == "__main__":
    sys.exit(main())
