"""Attacks a register that is served on this machine, and prints what was tried and what held: `make attack`.

    python -m tests.attack [--quick] [--only WORD]

`--quick` tries fewer of each; `--only` takes attacks with this word in their name. Ends with 1 where an attack got through.
Nothing leaves the loopback interface.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.attack import acts, browser, failures, floods, forms, outside, statements
from tests.attack.field import Attack, Field, Result, field_on
from tests.conftest import TOOLS
from tests.databases import running_postgres

BROWSER: tuple[Attack, ...] = (browser.hostile_texts, browser.passkey_again)
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
    floods.files_at_once,
    floods.quota,
    floods.complaints,
    floods.sign_in_flood,
)
"""In this order: what shuts a door for a while comes last."""
POSTGRES: tuple[Attack, ...] = (
    statements.hostile_statements,
    statements.foreign_signatures,
    failures.kills,
    failures.full_disk,
    failures.clock_set_back,
    failures.database_behind,
    floods.quota,
    failures.database_away,
)
"""Those that meet the database."""


def run(field: Field, attacks: Iterable[Attack]) -> Iterator[Result]:
    """Each result as soon as it is there; it is printed as a line of the table."""
    for attack in attacks:
        begun = time.monotonic()
        result = attack(field)
        figures = f"{result.tried:>6} {result.held:>6} {time.monotonic() - begun:>5.0f} s"
        print(f"{result.name:<44} {figures}  {result.limit}", flush=True)
        for one in result.broken[:10]:
            print(f"    NOT HELD: {one}", flush=True)
        yield result


def main(words: Sequence[str]) -> int:
    """Runs all of it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack")
    parser.add_argument("--quick", action="store_true", help="fewer tries of each attack")
    parser.add_argument("--only", default="", help="attacks with this word in their name")
    asked = parser.parse_args(words)
    results: list[Result] = []
    root = Path(tempfile.mkdtemp(prefix="sousveil-attack-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        for name, attacks in (("SQLite", ATTACKS), ("Chromium", BROWSER), ("PostgreSQL", POSTGRES)):
            chosen = [one for one in attacks if asked.only in f"{one.__module__}.{one.__name__}"]
            tool = {"Chromium": "browser", "PostgreSQL": "postgres"}.get(name, "")
            if tool and not TOOLS[tool][1]():
                print(f"{name}: not run ({TOOLS[tool][0]})")
                chosen = []
            if not chosen:
                continue
            print(f"{name:<44} {'tried':>6} {'held':>6} {'':>7}  limit")
            with ExitStack() as server:
                postgres = server.enter_context(running_postgres()) if tool == "postgres" else None
                field = server.enter_context(field_on(root / name, postgres, full=not asked.quick))
                results += run(field, chosen)
    broken = sum(bool(one.broken) for one in results)
    print(f"{sum(one.tried for one in results):,} tries of {len(results)} attacks; {broken} attacks got through")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
