"""Runs `sousveil check` over one hostile backup or acquisition and says what came of it and what it cost.

python -m tests.hostile.runner [PART ...]          # prints a line for each case whose name holds a part
python -m tests.hostile.runner --write [PART ...]  # and writes what came of the acquisitions into outcomes.json
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acquisition.maker import PASSWORD
from tests.hostile import acquisitions, corpus
from tests.hostile.corpus import BESIDE, LURE
from tests.hostile.dump_corpus import DUMPS
from tests.hostile.sysdiagnose_corpus import ARCHIVES

SECONDS, BYTES_PER_SECOND = 30.0, 5_000_000
"""The limit: so many seconds of processor time, and one more for each so many stored bytes."""
MEMORY = 512 << 20
"""Bytes of memory of the largest process."""
MEASURE = """
import json, os, sys
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(process, 0)
with open("used", "w") as file:
    json.dump([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss * 1024], file)
"""
"""A small process that starts the program: what a process uses counts what its parent used before it was started."""
ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Outcome:
    """One run."""

    name: str
    code: int
    seconds: float
    """Of processor time, of all processes."""
    limit: float
    memory: int
    """Bytes of the largest process."""
    shape: str
    """What distinguishes outcomes: exit code, error or coverage, without numbers and names."""
    lure: bool
    """Whether the lure beside the hostile file was found."""
    faults: tuple[str, ...]
    """What must not be."""
    expected: dict[str, Any] = field(default_factory=dict)
    """What outcomes.json holds: exit code, verdict, error, lines of coverage that are not simply read, the lure beside."""


def run(name: str, folder: Path) -> Outcome:
    """Make the backup, archive or acquisition below a new folder and check it."""
    given = folder / "backup"
    backup = name not in acquisitions.CASES and not name.startswith("dump list/")
    if (make := ARCHIVES.get(name) or DUMPS.get(name)) is not None:
        root = given
        root.mkdir()
        make(root)
    else:
        root = acquisitions.make(name, given) if name in acquisitions.CASES else corpus.make(name, given)
    size, before = _state(given)
    (folder / "lures.txt").write_text(f"{LURE}\n{BESIDE}\n")
    (folder / "password").write_text(PASSWORD + "\n")
    command = [sys.executable, "-m", "sousveil.cli", "check", str(root), "--json", "--no-files", "--no-bundled"]
    command += ["--indicators", str(folder / "lures.txt"), "--jobs", "2"]
    if name.startswith("age/") and "password" not in name:
        (folder / "identity").write_text(f"{acquisitions.IDENTITY}\n")
        command += ["--identity", str(folder / "identity")]
    else:
        command += ["--password-file", str(folder / "password")]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT / "src"), "LANG": "C.UTF-8"}
    with open(folder / "out", "wb") as out, open(folder / "err", "wb") as err:
        subprocess.run(
            [sys.executable, "-c", MEASURE, *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=env,
            cwd=folder,
            check=True,
        )
    code, seconds, memory = json.loads((folder / "used").read_text())
    answer, said = (folder / "out").read_bytes(), (folder / "err").read_text("utf-8", "replace")
    limit = SECONDS + size / BYTES_PER_SECOND
    faults = []
    if code not in (0, 1, 2, 3):
        faults.append(f"exit code {code}")
    if "Traceback" in said or "nternal error" in said:
        faults.append("an internal error: " + said[-500:])
    if any((ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 for c in said):
        faults.append("control characters on standard error")
    if seconds > limit:
        faults.append(f"{seconds:.1f} s of {limit:.1f}")
    if memory > MEMORY:
        faults.append(f"{memory >> 20} MiB")
    if _state(given) != (size, before):
        faults.append("the evidence was changed")
    made = {"lures.txt", "password", "identity", "out", "err", "used", "backup", ".cache"}
    if more := {path.name for path in folder.iterdir()} - made:
        faults.append(f"written outside: {sorted(more)}")
    case = _case(answer, faults)
    shape, lure = _shape(code, case, said, backup)
    expected = {} if backup else _expected(code, case, said, lure, str(given))
    return Outcome(name, code, seconds, limit, memory, shape, lure, tuple(faults), expected)


def _state(root: Path) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for place, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            state = path.lstat()
            shown = f"{path.relative_to(root)}\0{state.st_mode}\0{state.st_size}\0{state.st_mtime_ns}\n"
            digest.update(shown.encode("utf-8", "surrogateescape"))
            size += state.st_size
    return size, digest.hexdigest()


def _plain(text: str) -> str:
    return re.sub(r"\S*/\S*|'[^']*'|[\d,.]+", "#", text)


def _case(answer: bytes, faults: list[str]) -> dict[str, Any] | None:
    """What the program answered; None where it answered nothing."""
    try:
        return dict(json.loads(answer)) if answer else None
    except ValueError:
        faults.append("the answer is no JSON")
        return None


def _shape(code: int, case: dict[str, Any] | None, said: str, backup: bool) -> tuple[str, bool]:
    lines = [_plain(line) for line in said.splitlines()[:3]]
    if case is None:
        return json.dumps([code, lines]), False
    read = sorted(
        (line["artefact"], line["outcome"], _plain(line["detail"]))
        for line in case.get("coverage", ())  # a backup that nothing opens has an error in its place
        if not line["outcome"].startswith("ABSENT")
    )
    files = {
        e["source"]["file"]
        for f in case.get("findings", ())
        for e in f["evidence"]
        if BESIDE.replace(".", "[.]") in f["says"]
    }
    lure = any(file.endswith("/note.txt") for file in files) if backup else bool(files)
    return json.dumps([code, case.get("verdict"), read, lines]), lure


def _expected(code: int, case: dict[str, Any] | None, said: str, lure: bool, folder: str) -> dict[str, Any]:
    """The outcome without what a run alone has: the place of the scratch folder, names of programs, tables without limits."""
    case = case or {}
    lines = sorted(
        [line["artefact"], line["outcome"], line["detail"].replace(folder, "")]
        for line in case.get("coverage", ())
        if line["outcome"] not in ("READ", "ABSENT", "ABSENT_EXPECTED", "ABSENT_UNEXPECTED")
    )
    error = case.get("error") or next((line for line in said.splitlines() if line.startswith("sousveil: ")), "")
    made = {"code": code, "verdict": case.get("verdict"), "lure": lure, "error": error, "coverage": lines}
    return json.loads(json.dumps(made).replace(folder, ""))  # type: ignore[no-any-return]


OUTCOMES = Path(__file__).with_name("outcomes.json")


def outcomes() -> dict[str, dict[str, Any]]:
    """What has to come of each acquisition."""
    return dict(json.loads(OUTCOMES.read_text("utf-8")))


def main() -> None:
    """Run the cases whose names hold an argument, and print a line for each."""
    import tempfile

    wanted = [one for one in sys.argv[1:] if one != "--write"]  # parts of names
    done, expected = [], outcomes() if OUTCOMES.exists() else {}
    for name in (*corpus.CASES, *acquisitions.CASES):
        if not wanted or any(part in name for part in wanted):
            with tempfile.TemporaryDirectory() as scratch:
                started = time.monotonic()
                try:
                    outcome = run(name, Path(scratch))
                except Exception as error:  # noqa: BLE001 - a case that cannot be made is told, and the others go on
                    print(f"{name}: NOT MADE {type(error).__name__}: {error}", flush=True)
                    continue
                done.append(outcome)
                changed = bool(outcome.expected) and expected.get(name) != outcome.expected
                if "--write" in sys.argv and outcome.expected:
                    expected[name] = outcome.expected
                print(
                    f"{outcome.seconds:6.1f} s of {outcome.limit:5.1f}  {outcome.memory >> 20:4} MiB  exit {outcome.code}  "
                    f"lure {'yes' if outcome.lure else 'no '}  {time.monotonic() - started:5.0f} s wall  {name}  "
                    + ("OTHER OUTCOME " if changed else "")
                    + " ".join(outcome.faults),
                    flush=True,
                )
    if "--write" in sys.argv:
        kept = {name: expected[name] for name in acquisitions.CASES if name in expected}
        OUTCOMES.write_text(json.dumps(kept, indent=1, ensure_ascii=True) + "\n", "utf-8")
    print(summary(done))


def summary(outcomes: list[Outcome]) -> str:
    """A few lines about many runs."""
    shapes = {outcome.shape for outcome in outcomes}
    return (
        f"{len(outcomes)} hostile inputs, {len(shapes)} distinct outcomes, "
        f"{sum(bool(o.faults) for o in outcomes)} with faults, lure found beside {sum(o.lure for o in outcomes)}; "
        f"largest {max((o.memory for o in outcomes), default=0) >> 20} MiB, "
        f"slowest {max((o.seconds for o in outcomes), default=0):.1f} s, "
        f"nearest to its limit {100 * max((o.seconds / o.limit for o in outcomes), default=0):.0f} %"
    )


if __name__ == "__main__":
    main()
