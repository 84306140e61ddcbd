"""How long it takes to load every shipped data set into a new register, end to end, and again when nothing has changed.

    python benchmarks/register_load.py DATA [--database postgresql://...]

DATA is the folder with one folder a data set. End to end: reading, checking, signing, verifying, storing, hashing the log,
writing tiles and contents to the disk. Example data goes into an example register of its own. Exits 1 when a limit is
missed: two minutes for all, and 10,000 statements a second of this process's CPU over the data sets that have at least 5,000
(by the clock the same is printed: on a machine that others use it says how busy they are).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from _places import holding, stop

from sousveil.decisions.api import gate
from sousveil.errors import SousveilError
from sousveil.register.intake.registry import shipped
from sousveil.register.load import Loaded, load
from sousveil.register.register import Register

LIMIT_SECONDS = 120.0
LIMIT_RATE = 10_000.0
LARGE = 5_000


def round_of(registers: dict[bool, Register], data: Path, title: str) -> list[tuple[Loaded, float, float, str]]:
    """Load everything once; seconds by the clock and of CPU. Prints a line for each data set."""
    print(f"\n{title}\n{'data set':26}{'rows':>8}{'taken':>8}{'held':>6}{'seconds':>9}{'a second':>10}")
    done: list[tuple[Loaded, float, float, str]] = []
    for name, intake in shipped().items():
        start, cpu = time.perf_counter(), time.process_time()
        folder = intake.dataset.folder or data / name
        one = load(registers[intake.dataset.example], name, folder, non_commercial=True)
        seconds, spent = time.perf_counter() - start, time.process_time() - cpu
        taken = one.added + one.held + one.unchanged
        done.append((one, seconds, spent, intake.dataset.class_))
        print(f"{name:26}{one.rows:8,}{taken:8,}{one.held:6,}{seconds:9.2f}{taken / seconds:10,.0f}")
    return done


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--database", default=None)
    options = parser.parse_args()
    holding(options.data, "DATA", shipped())
    try:
        return measure(options)
    except SousveilError as error:
        stop(f"{error.message} {error.hint}".strip())


def measure(options: argparse.Namespace) -> int:
    """Both rounds, and whether the limits are met."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        real = Register.init(
            place / "real", title="Benchmark", origin="register.example/log", database=options.database, gate=gate
        )
        example = Register.init(
            place / "example", title="Benchmark", origin="register.example/example", example=True, gate=gate
        )
        with real, example:
            first = round_of({False: real, True: example}, options.data, "first load")
            again = round_of({False: real, True: example}, options.data, "again, nothing changed")
    total = sum(seconds for _, seconds, _, _ in first)
    large = [
        (one.added + one.held, seconds, spent)
        for one, seconds, spent, kind in first
        if kind == "surveillance" and one.added >= LARGE
    ]
    count = sum(number for number, _, _ in large)
    rate, clock = count / sum(spent for *_, spent in large), count / sum(seconds for _, seconds, _ in large)
    new = sum(one.added + one.changed + one.retracted for one, *_ in again)
    met = (total <= LIMIT_SECONDS, rate >= LIMIT_RATE, new == 0)
    marks = ["PASS" if one else "miss" for one in met]
    print(f"\nall shipped data loaded: {total:.1f} s (limit {LIMIT_SECONDS:.0f}) {marks[0]}")
    print(
        f"statements a second of CPU, large data sets: {rate:,.0f} (limit {LIMIT_RATE:,.0f}) {marks[1]}; by the clock: {clock:,.0f}"
    )
    print(f"again: {sum(seconds for _, seconds, _, _ in again):.1f} s, new: {new} (limit 0) {marks[2]}")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
