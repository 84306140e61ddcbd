"""How long a backup, and a register restored from it, take with every shipped data set, and how long writers wait.

    python benchmarks/register_backup.py DATA

DATA is the folder with one folder a data set. The register is made in a temporary folder. A second thread publishes one statement
after the other while the backup is written; the longest of these publications tells how long writers wait.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
from _measure import table
from _places import holding, stop

from sousveil.decisions.api import gate
from sousveil.errors import SousveilError
from sousveil.register.backup import back_up, open_keys, restore, save_keys
from sousveil.register.intake.registry import shipped
from sousveil.register.load import load
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.register import Register
from sousveil.register.verify import verify


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """CPU seconds of this process, wall seconds, and what it gave."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    return time.process_time() - cpu, time.perf_counter() - wall, done


def waits(register: Register, stop_now: threading.Event, found: list[float]) -> None:
    """Publish one statement after the other; how long each took."""
    while not stop_now.is_set():
        statement = Statement(
            subject=entity_id("bench", str(len(found))),
            type="Company",
            property="name",
            value=f"Benchmark {len(found)}",
            source="https://paper.example/story",
            publisher="Benchmark",
            dataset="direct",
            standing=Standing.REPORTED,
        )
        begun = time.perf_counter()
        register.publish([statement], receipt=False)
        found.append(time.perf_counter() - begun)


def measure(place: Path, data: Path) -> list[tuple[str, ...]]:
    """The rows of the table."""
    with Register.init(place / "r", title="Benchmark", origin="register.example/log", gate=gate) as register:
        for name, intake in shipped().items():
            if not intake.dataset.example:
                with contextlib.redirect_stdout(io.StringIO()):
                    load(register, name, intake.dataset.folder or data / name, non_commercial=True)
        identity = pyrage.x25519.Identity.generate()
        (place / "identity").write_text(f"{identity}\n")
        save_keys(register, place / "keys", [str(identity.to_public())])
        stop_now, found = threading.Event(), list[float]()
        writer = threading.Thread(target=waits, args=(register, stop_now, found))
        writer.start()
        try:
            cpu, wall, (manifest, _) = timed(lambda: back_up(register, place / "backup"))
        finally:
            stop_now.set()
            writer.join()
        entries, statements = register.store.size(), register.store.db.number("SELECT count(*) FROM statements")
    size = sum(one.size for one in manifest.files.values())
    what = f"{size / 1e6:,.0f} MB, {entries:,} entries, {statements:,} statements"
    rows = [("backup, with a check of the whole", f"{wall:.1f}", f"{cpu:.1f}", what)]
    rows.append(("the longest wait of a writer meanwhile", f"{max(found):.1f}", "", f"{len(found)} publications"))
    keys = open_keys(place / "keys", place / "identity")
    cpu, wall, _ = timed(lambda: restore(place / "backup", place / "again", keys=keys))
    rows.append(("restore, with a check of the whole", f"{wall:.1f}", f"{cpu:.1f}", ""))
    cpu, wall, _ = timed(lambda: restore(place / "backup", place / "newest", keys=keys, mirror=place / "r"))
    rows.append(("restore, with the newest entries of a mirror", f"{wall:.1f}", f"{cpu:.1f}", ""))
    cpu, wall, report = timed(lambda: verify(place / "newest", go=False))
    if report.difference is not None:
        raise SystemExit(report.difference)
    rows.append(("of this, the check alone", f"{wall:.1f}", f"{cpu:.1f}", ""))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    options = parser.parse_args()
    holding(options.data, "DATA", shipped())
    with tempfile.TemporaryDirectory() as folder:
        try:
            rows = measure(Path(folder), options.data)
        except SousveilError as error:
            stop(f"{error.message} {error.hint}".strip())
    print(table(rows, ("step", "seconds", "CPU s", "what")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
