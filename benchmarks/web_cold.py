#!/usr/bin/env python3
"""How long the first reader of each page waits after the server began, on a register with the core and all shipped sources.

    python benchmarks/web_cold.py DATA [--each]

DATA is the folder with one folder a data set. Loads everything, serves it with granian, and asks each page once, then a
name, a list of 5,000 names with many hits, and a question to `decide`. `--each` begins the server anew for each page.
Seconds by the clock and of the server's processor; it ends with 1 when a page takes more than 1.5 s, one screening more
than 2 s, or a second of processor screens fewer than 300 names of the list. The load of the machine stands beside.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "benchmarks")]

from _places import holding
from web_register import spent

from sousveil.cli import main as sousveil
from sousveil.decisions.api import gate
from sousveil.register.intake.core import core_id
from sousveil.register.intake.registry import shipped
from sousveil.register.load import load
from sousveil.register.register import Register
from sousveil.web import conf
from tests.web.serving import served

PAGE_GOAL, SCREENING_GOAL, ROWS_GOAL = 1.5, 2.0, 300.0
ROWS = 5_000
QUESTION = {
    "action": "sale",
    "product": "Pegasus",
    "supplier": "NSO Group",
    "end_user": "Ministry of Interior",
    "country": "hu",
}


def made(folder: Path, data: Path) -> None:
    """The register: the core, then every shipped source that is no example."""
    sousveil(["register", "init", str(folder), "--title", "Benchmark", "--origin", "core.example/log", "--with-core"])
    with Register.open(folder, gate=gate) as register:
        for name, intake in shipped().items():
            if not intake.dataset.example and name != "core":
                load(register, name, data / name, non_commercial=True)
        print(f"{sum(1 for _ in register.store.iter_statements()):,} statements")


def pages(folder: Path) -> Iterator[str]:
    """An address of every kind of page, with the entities that people ask for first."""
    conf.configure()
    from sousveil.web.page import all_pages

    with Register.open(folder, gate=gate) as register:
        store = register.store
        nso = core_id("NSO Group")
        parts = {
            "id": nso,
            "index": "3",
            "procedure": "a-moratorium",
            "form": "measure",
            "guide": "client",
            "country": "hu",
        }
        parts["proposal"] = next(iter(store.subjects(type="Acquisition", limit=1)), "")
        statement = store.statements_of([nso])[0].id
    for page in all_pages():
        given = parts | ({"id": statement} if page.name == "statement" else {})
        if "{proposal}" not in page.route or given["proposal"]:
            yield "/" + page.route.format(**given)
    yield from (f"/states/{code}" for code in ("de", "il", "us"))
    for name in ("Intellexa alliance", "Sandvine Incorporated", "Pegasus"):
        yield from (f"/entities/{core_id(name)}{rest}" for rest in ("", "/network", "/timeline"))
    yield from (
        "/company/nso-group",
        "/search?q=NSO",
        "/feed.atom",
        "/feeds/name.atom?q=NSO",
        f"/entities/{nso}/feed.atom",
    )
    yield from (
        "/states.csv",
        "/states.svg",
        f"/entities/{nso}/facts.csv",
        "/api/v1/states",
        "/api/v1/map",
        f"/api/v1/entities/{nso}",
    )


def names(folder: Path) -> list[str]:
    """Names for a list, most of which are on file or nearly so."""
    draw = random.Random(26)
    with Register.open(folder, gate=gate) as register:
        known = [one.statement.value for one in register.store.iter_statements() if one.statement.property == "name"]
        known += [row.caption for row in islice(register.store.reference_iter(None), 40_000)]
    return [name.replace('"', "").replace("\n", " ")[:200] for name in draw.choices(known, k=ROWS)]


def asked(address: str, body: bytes | None = None, media_type: str = "application/json") -> tuple[float, float]:
    """Seconds by the clock and of the server's processor for one answer."""
    request = urllib.request.Request(address, data=body)
    if body is not None:
        request.add_header("Content-Type", media_type)
    cpu, began = spent(), time.perf_counter()
    with urllib.request.urlopen(request, timeout=600) as answer:
        answer.read()
    return time.perf_counter() - began, spent() - cpu


def main() -> int:
    """Make, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--each", action="store_true", help="begin the server anew for each page")
    options = parser.parse_args()
    holding(options.data, "DATA", shipped())
    missed = 0

    def line(what: str, seconds: float, cpu: float, met: bool, more: str = "") -> None:
        nonlocal missed
        missed += not met
        load = os.getloadavg()[0]
        print(
            f"{what:<84}{seconds:>8.2f}{cpu:>8.2f}{load:>7.1f}  {'PASS' if met else 'miss'} {more}".rstrip(), flush=True
        )

    with tempfile.TemporaryDirectory() as other:
        folder = Path(other) / "register"
        made(folder, options.data)
        addresses = list(dict.fromkeys(pages(folder)))
        text = "name\n" + "".join(f'"{name}"\n' for name in names(folder))
        print(f"{'':<84}{'clock':>8}{'cpu':>8}{'load':>7}")
        began, server = time.perf_counter(), served(folder)
        address = server.__enter__()
        line("(start of the server)", time.perf_counter() - began, 0.0, True)
        one = asked(f"{address}/screening?name=NSO+Group")
        line("one name screened", *one, one[0] <= SCREENING_GOAL)
        one = asked(f"{address}/api/v1/decisions", json.dumps(QUESTION | {"on_ambiguity": "strictest"}).encode())
        line("decide", *one, one[0] <= PAGE_GOAL)
        for path in addresses:
            if options.each:
                server.__exit__(None, None, None)
                server = served(folder)
                address = server.__enter__()
            one = asked(address + path)
            line(path, *one, one[0] <= PAGE_GOAL)
        one = asked(f"{address}/screening", *posted(text))
        rates = f"{ROWS / one[1]:,.0f} a second of processor, {ROWS / one[0]:,.0f} by the clock"
        line(f"{ROWS:,} names screened", *one, ROWS / one[1] >= ROWS_GOAL, rates)
        server.__exit__(None, None, None)
    return 1 if missed else 0


def posted(text: str) -> tuple[bytes, str]:
    """A list as the form of the page sends it."""
    edge = "benchmark-of-screening"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\nContent-Type: text/csv\r\n\r\n'
    return f"{head}{text}\r\n--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"


if __name__ == "__main__":
    raise SystemExit(main())
