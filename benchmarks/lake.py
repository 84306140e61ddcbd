"""What does a re-check of a lake cost beside DuckDB's plain equality join, which misses every sub-domain?

    python benchmarks/lake.py               # 50 million observables of 5,000 cases: some minutes and 3 GB of disk
    python benchmarks/lake.py --quick       # a twentieth of it

Both compare 100,000 domains with the same files in one run, in processes of their own. The re-check also finds what is below
a domain, and confirms each row with the matcher of the check. See docs/guides/fleet.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

from _measure import table

from sousveil.cases.column_types import Type
from sousveil.cases.database import connect_files
from sousveil.cases.lake import Entry, Lake, Table, create
from sousveil.cases.lake_rows import parquet_of, registrable, reversed_host
from sousveil.cases.recheck import recheck
from sousveil.indicators.model import Platform

CASES, ROWS = 5_000, 10_000
DOMAINS, PLANTED = 100_000, 50
TIMES, MEMORY = 3.0, 1 << 30
"""The limits: CPU as a multiple of the equality join's, and resident bytes."""
NOW = datetime(2026, 11, 30, tzinfo=UTC)
UNTIL = date(2027, 11, 30)
ENDINGS = ("com", "net", "org", "example", "co.uk", "github.io", "info", "de")
PHONES = 100
"""Different phones; the cases without an indicator repeat them under ids of their own."""
POOL = 2_000_000
"""Different domains that phones meet."""


def domain(number: int) -> str:
    """An invented domain that phones meet."""
    return f"site{number}.{ENDINGS[number % len(ENDINGS)]}"


def fill(folder: Path, cases: int, rows: int) -> None:
    """Make a lake of invented rows. In half of PLANTED cases an indicator stands itself, in the other half below it."""
    lake = create(folder / "lake", [], plain=True)
    suffixes = frozenset(lake.contents.suffixes)
    chance = random.Random(1)
    entries = []
    planted = dict(enumerate(indicators()[: 2 * PLANTED]))
    phones = [gathered(met(chance, rows), suffixes) for _ in range(PHONES)]
    for number in range(cases):
        raw = phones[number % PHONES]
        if number in planted:
            host = planted[number] if number % 2 else f"a.{planted[number]}"
            raw = gathered([host, *met(chance, rows - 1)], suffixes)
        content = stored(f"{number:016x}", raw)
        name = f"{number:032x}.observables.parquet"
        (folder / "lake" / "tables" / name).write_bytes(content)
        files = Table(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        entries.append(
            Entry(
                case=f"{number:016x}",
                device=f"{number:016x}",
                added=NOW,
                consent_until=UNTIL,
                delete_after=UNTIL,
                platform=Platform.IOS,
                whole=True,
                rows=rows,
                tables=(files,),
            )
        )
    lake.replace_cases(entries)


def met(chance: random.Random, rows: int) -> list[str]:
    """The hosts that a phone has met."""
    hosts = []
    for _ in range(rows):
        host, kind = domain(int(POOL * chance.random() ** 3)), chance.random()
        hosts.append(host if kind < 0.3 else f"www.{host}" if kind < 0.6 else f"{chance.randrange(50)}.cdn.{host}")
    return hosts


def gathered(hosts: list[str], suffixes: frozenset[str]) -> bytes:
    """What differs between the rows of a phone."""
    hosts = sorted(hosts, key=reversed_host)
    columns: dict[str, tuple[Type, list[Any]]] = {
        "host": (Type.TEXT, hosts),
        "reversed_host": (Type.TEXT, [reversed_host(host) for host in hosts]),
        "domain": (Type.TEXT, [registrable(host, suffixes) for host in hosts]),
        "value": (Type.TEXT, [f"https://{host}/{number}" for number, host in enumerate(hosts)]),
        "source_row": (Type.WHOLE, list(range(len(hosts)))),
    }
    return parquet_of({name: of for name, (of, _) in columns.items()}, [values for _, values in columns.values()])


def stored(case: str, raw: bytes) -> bytes:
    """The observables of a case as the lake stores them."""
    query = f"""
        SELECT '{case}' AS case_id, '/cases/{case}' AS folder, 'ios' AS platform, DATE '{UNTIL}' AS consent_until,
        DATE '{UNTIL}' AS delete_after, 'link' AS what, 'url' AS field, '' AS compares, value, host, '' AS how,
        'ios.safari_history' AS artefact, reversed_host, domain, 'HomeDomain/Library/Safari/History.db' AS source_file,
        'history_visits' AS source_table, source_row, NULL::BIGINT AS source_line, NULL::BIGINT AS source_offset,
        make_timestamptz(1770000000000000 + source_row) AS first_seen,
        make_timestamptz(1770000000000000 + source_row) AS last_seen, 1::BIGINT AS sightings,
        make_timestamptz(1770000000000000 + source_row) AS judged_at, '{{"role":"visited","field":"url"}}' AS circumstances
        FROM raw"""
    with connect_files({"raw": [raw]}, Path(), private=True) as (database, held):
        database.execute(f"COPY ({query}) TO 'memory://out' (FORMAT parquet, COMPRESSION zstd)")
        return bytes(held.cat("/out"))


def indicators() -> list[str]:
    """Invented domains, of which phones meet none but the planted; a tenth share one registrable domain with many others."""
    return [f"evil{n}.{ENDINGS[n % len(ENDINGS)] if n % 10 else 'shared-host.com'}" for n in range(DOMAINS)]


def equality(folder: Path) -> int:
    """Rows whose host is an indicator, by DuckDB alone."""
    lake = Lake(folder / "lake")
    files: list[Path | bytes] = [lake.path(table) for entry in lake.contents.cases for table in entry.tables]
    known = parquet_of({"domain": Type.TEXT}, [indicators()])
    with connect_files({"observables": files, "domains": [known]}, lake.folder, private=False) as (database, _):
        query = "SELECT o.case_id, o.value, o.source_row FROM observables o JOIN domains n ON o.host = n.domain"
        return len(database.execute(query).fetchall())


def ours(folder: Path) -> int:
    """Newly hit cases, by a re-check."""
    return len(recheck(Lake(folder / "lake"), [folder / "new.txt"], identity=None, now=NOW).cases)


PARTS = {"equality": equality, "recheck": ours}


def child(part: str, folder: Path) -> None:
    """Run a part and print its CPU seconds, wall seconds, resident bytes and result."""
    before, start = time.process_time(), time.perf_counter()
    found = PARTS[part](folder)
    cost = (time.process_time() - before, time.perf_counter() - start)
    print(json.dumps([*cost, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, found]))


def measured(part: str, folder: Path) -> list[float]:
    """The cost of a part in a process of its own."""
    command = [sys.executable, __file__, "--part", part, "--folder", str(folder)]
    env = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "SOUSVEIL_DATA": str(folder / "data")}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        raise SystemExit(f"{part} failed:\n{done.stderr}")
    numbers: list[float] = json.loads(done.stdout)
    return numbers


def main() -> int:
    """Print the table; 1 where a limit is exceeded or a hit is missing."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="a twentieth of the cases")
    options.add_argument("--runs", type=int, default=3, help="runs of each; the middle one counts")
    options.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options.add_argument("--folder", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.part:
        child(given.part, Path(given.folder))
        return 0
    cases = CASES // 20 if given.quick else CASES
    with tempfile.TemporaryDirectory(prefix="lake-", dir="/var/tmp") as temporary:
        folder = Path(temporary)
        fill(folder, cases, ROWS)
        (folder / "new.txt").write_text("\n".join(indicators()) + "\n")
        size = sum(path.stat().st_size for path in (folder / "lake/tables").iterdir())
        first = measured("recheck", folder)  # compiles the indicators, as the first use of a new list does
        runs = {part: sorted(measured(part, folder) for _ in range(given.runs)) for part in PARTS}
    middle = {part: some[len(some) // 2] for part, some in runs.items()}
    peak = {part: max(run[2] for run in some) for part, some in runs.items()}
    times = middle["recheck"][0] / middle["equality"][0]
    print(f"{cases * ROWS:,} observables of {cases:,} cases, {size / 1e6:,.0f} MB, against {DOMAINS:,} domains")
    rows = [
        [part, f"{cost[0]:.2f}", f"{cost[1]:.2f}", f"{peak[part] / 2**20:.0f}", f"{cost[3]:.0f} of {2 * PLANTED}"]
        for part, cost in middle.items()
    ]
    rows.append(
        ["recheck, new list", f"{first[0]:.2f}", f"{first[1]:.2f}", f"{first[2] / 2**20:.0f}", f"{first[3]:.0f}"]
    )
    print(table(rows, ["", "CPU s", "wall s", "peak MiB", "hits"]))
    print(f"times the CPU of the equality join: {times:.2f} (at most {TIMES:g})")
    sound = times <= TIMES and peak["recheck"] <= MEMORY and middle["recheck"][3] == 2 * PLANTED
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
