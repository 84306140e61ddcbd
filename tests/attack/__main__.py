"""Attacks a register that is served on this machine, and prints what was tried and what held: `make attack`.

    python -m tests.attack [--quick] [--only WORD]

Ends with 1 where an attack got through. Nothing leaves the loopback interface.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

from tests.attack import acts, failures, floods, forms, outside, statements
from tests.attack.field import Attack, Field, Result, field_on
from tests.databases import running_postgres

ATTACKS: tuple[Attack, ...] = (
    acts.forbidden_acts,
    acts.forged_forms,
    acts.second_factor,
    outside.called_addresses,
    outside.paths,
    outside.host_header,
    statements.hostile_statements,
    statements.foreign_signatures,
    statements.changed_rows,
    failures.kills,
    failures.full_disk,
    failures.folder_not_writable,
    failures.clock_set_back,
    failures.database_behind,
    failures.foreign_receipts,
    forms.fuzzed,
    floods.slow_connections,
    floods.heavy_lists,
    floods.quota,
    floods.complaints,
    floods.sign_in_flood,
)
"""In this order: what shuts a door for a while comes last."""


def run(field: Field, attacks: Iterable[Attack]) -> Iterator[Result]:
    """Each result as soon as it is there."""
    for attack in attacks:
        begun = time.monotonic()
        result = attack(field)
        print(f"{line(result)}  {time.monotonic() - begun:.0f} s", flush=True)
        for one in result.broken[:10]:
            print(f"    NOT HELD: {one}", flush=True)
        yield result


def line(result: Result) -> str:
    """A line of the table."""
    return f"{result.name:<44} {result.tried:>6} {result.held:>6}  {result.limit}"


def main(words: Sequence[str]) -> int:
    """Runs all of it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    asked = parser.parse_args(words)
    root = Path(tempfile.mkdtemp(prefix="sousveil-attack-"))
    chosen = [one for one in ATTACKS if asked.only in f"{one.__module__}.{one.__name__}"]
    print(f"{'attack':<44} {'tried':>6} {'held':>6}  limit")
    try:
        with field_on(root / "sqlite", None, full=not asked.quick) as field:
            results = list(run(field, chosen))
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return 1 if any(one.broken for one in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
