#!/usr/bin/env python3
"""Does the API ever fail? Generated requests over its own description, by schemathesis: no 5xx, answers of the promised form.

    python benchmarks/api_cases.py [--cases 50000] [--seed N] [--postgres]

Makes the example register in a temporary folder and asks its application itself, without a socket. Operations without
anything to vary are asked once; the cases go to the others, evenly, half of them with ids and bodies that the register
knows. Prints how often each was asked and what it answered; ends with 1 at the first answer that is wrong, which it shows, and
where an operation never answered anything but "not found" and "not understood".
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "examples")]

import make_register

from benchmarks._measure import table
from benchmarks.register_store import schema, server
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.web.hammering import hammer, known, labels, operations

ROUND = 200
"""Cases that one operation is asked in a row."""


def main() -> int:
    """Ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=20210718)
    parser.add_argument("--postgres", action="store_true", help="the register lies in a PostgreSQL database")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    seen: dict[str, Counter[int]] = {}
    began, failed = time.perf_counter(), ""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        database = schema(stack.enter_context(server(Path(name))), "cases") if asked.postgres else None
        register = stack.enter_context(make_register.make(Path(name) / "register", database=database))
        app = Outer(Site(register))
        found, there = operations(app), known(app)
        alive, turn, total = {one.label: one for one in found}, 0, 0
        size = min(ROUND, -(-asked.cases // len(found)))
        while total < asked.cases and not failed:
            turn += 1
            for label, operation in list(alive.items()):
                try:
                    got = hammer(operation, size, asked.seed + turn, there)
                except Exception as error:  # noqa: BLE001 - the answer that is wrong is what this looks for
                    failed = f"{label}: {error}"
                    break
                seen[label] = seen.get(label, Counter()) + got
                total += got.total()
                if got.total() <= size // 10:
                    del alive[label]  # nothing to vary
    rows = [
        (label, f"{got.total():,}", ", ".join(f"{status}: {count:,}" for status, count in sorted(got.items())))
        for label, got in seen.items()
    ]
    print(table(rows, ("operation", "cases", "status codes")))
    bad = sum(count for got in seen.values() for status, count in got.items() if status >= 500)
    missed = sorted(labels() - seen.keys()) + [label for label, got in seen.items() if not (got[200] or got[422])]
    met = not (failed or bad or missed)
    print(
        f"\n{total:,} cases of {len(seen)} operations, {bad} answers with 5xx (limit 0), {time.perf_counter() - began:.0f} s,"
        f" seed {asked.seed}: {'PASS' if met else 'miss'}"
    )
    for label in missed:
        print(f"not reached: {label}", file=sys.stderr)
    if failed:
        print(failed, file=sys.stderr)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
