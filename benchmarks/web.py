#!/usr/bin/env python3
"""A served register under load from a second process (wrk): prepared and unprepared pages, an entity of
10,000 statements; and how long a retraction and an erasure take to show everywhere.

    python benchmarks/web.py [--seconds 5] [--companies 2000]

Makes an invented register, serves it with granian, and prints one line for each figure with its goal.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from _places import stop

from sousveil.decisions.api import gate
from sousveil.register.admission import Published
from sousveil.register.codes import EraseBy, EraseGround, RetractReason
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.register import Register
from tests.web.serving import served

PREPARED_GOAL = 5_000.0
UNPREPARED_GOAL = 150.0
P99_GOAL = 0.100
LARGE_GOAL = 0.200
EVERYWHERE_GOAL = 5.0
LARGE = 10_000
"""Statements of the large entity."""


def said(subject: str, property: str, value: str) -> Statement:
    """A statement about an invented company."""
    return Statement(
        subject=subject,
        type="Company",
        property=property,
        value=value,
        source="https://paper.example/1",
        publisher="Benchmark (invented)",
        dataset="direct",
        standing=Standing.REPORTED,
    )


def make(folder: Path, companies: int) -> tuple[list[str], str]:
    """The register; ids of the companies, and the one with 10,000 statements."""
    ids = [entity_id("benchmark", str(number)) for number in range(companies)]
    large = entity_id("benchmark", "large")
    statements = [said(large, "name", "Large Invented Holdings Ltd")]
    statements += [said(large, "alias", f"Large Invented Holdings Branch {number}") for number in range(LARGE - 1)]
    for number, id in enumerate(ids):
        statements += [
            said(id, "name", f"Invented Systems {number} Ltd"),
            said(id, "country", ("de", "it", "il", "gb")[number % 4]),
            said(id, "summary", f"Sells invented things, number {number}."),
        ]
    with Register.init(
        folder, title="Benchmark (invented)", origin="benchmark.example/log", example=True, gate=gate
    ) as register:
        register.publish(statements, receipt=False)
    return ids, large


def wrk(address: str, seconds: int, script: str = "", connections: int = 16) -> tuple[float, float, int]:
    """Requests a second, p99 in seconds, answers that were not 2xx or 3xx."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", address]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        if script:
            file.write(script)
            file.flush()
            command[1:1] = ["-s", file.name]
        out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])  # type: ignore[index]
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", out)
    assert p99 is not None
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return rate, float(p99[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1.0}[p99[2]], int(bad[1]) if bad else 0


def unprepared(ids: list[str]) -> str:
    """Every request another question that is never prepared: an entity as it was known at some entry."""
    listed = ",".join(f'"{id}"' for id in ids)
    return f"""local ids = {{{listed}}}
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", "/entities/" .. ids[n % #ids + 1] .. "?known_at=" .. (1000000 + n))
end"""


def once(address: str) -> float:
    """Seconds of one request."""
    began = time.perf_counter()
    with urllib.request.urlopen(address, timeout=60) as answer:
        answer.read()
    return time.perf_counter() - began


def led(address: str) -> str:
    """Where an address leads to: an id to the address by name. The page there is prepared then."""
    with urllib.request.urlopen(address, timeout=60) as answer:
        answer.read()
        return str(answer.url)


def everywhere(folder: Path, address: str) -> list[tuple[str, str, str, bool]]:
    """How long a retraction, then an erasure, takes to show: pages, JSON, feeds, search, screening, bulk files."""
    name, other, subject, rows = "Soon Gone Invented Ltd", "Quillfeather", entity_id("benchmark", "soon gone"), []
    pages = [f"/entities/{subject}", f"/api/v1/entities/{subject}"]
    files = ["/feed.atom", "/feeds/type/Company.atom", "/bulk/jsonl/direct.jsonl"]
    with Register.open(folder, gate=gate) as register:
        done = register.publish([said(subject, "name", name), said(subject, "alias", other)])
        assert isinstance(done, Published)
        stated = [f"/statements/{done.ids[1]}", f"/api/v1/statements/{done.ids[1]}"]
        # A page is looked at for the name, a list for the id: a question's own words do not count.
        until(address, pages, lambda body: name.encode() in body)
        until(address, files, lambda body: other.encode() in body)
        until(address, [*asked_for(name), *asked_for(other)], lambda body: subject.encode() in body)
        until(address, stated, lambda body: other.encode() in body)
        register.retract([done.ids[1]], "operator", RetractReason.WRONG)
        took = until(address, [pages[0], stated[0]], lambda body: b"Retracted by its publisher" in body)
        took += until(address, [pages[1], stated[1]], lambda body: b'"marks":["Retracted by its publisher' in body)
        took += until(address, files, lambda body: other.encode() not in body)
        took += until(address, asked_for(other), lambda body: subject.encode() not in body)
        rows.append(("a retraction shows everywhere", took))
        register.erase(list(done.ids), EraseGround.SAFETY, EraseBy.SUBJECT)
        took = until(address, [*pages, *stated], lambda body: name.encode() not in body and other.encode() not in body)
        took += until(address, [*files, *asked_for(name)], lambda body: subject.encode() not in body)
        rows.append(("an erasure shows everywhere", took))
    return [(what, f"{took:.1f} s", f"<= {EVERYWHERE_GOAL:.0f} s", took <= EVERYWHERE_GOAL) for what, took in rows]


def asked_for(name: str) -> list[str]:
    """Where somebody asks for a name: the search, screening, a feed."""
    text = name.replace(" ", "+")
    return [f"/api/v1/search?q={text}", f"/api/v1/screening?name={text}", f"/feeds/name.atom?q={text}"]


def until(address: str, paths: list[str], shown: Callable[[bytes], bool]) -> float:
    """Seconds until every one of these is as wanted; each is asked again and again, half a minute long."""
    began = time.perf_counter()
    waiting = list(paths)
    while waiting and time.perf_counter() - began < 30:
        waiting = [path for path in waiting if not shown(fetched(address + path))]
        time.sleep(0.02)
    return time.perf_counter() - began


def fetched(address: str) -> bytes:
    """The answer, also that of an error."""
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return error.read()


def main() -> int:
    """Measure, print, 1 when a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--companies", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        stop("wrk is not installed: install the package wrk, then run this again.")
    rows: list[tuple[str, str, str, bool]] = []
    with tempfile.TemporaryDirectory() as folder:
        register = Path(folder) / "register"
        ids, large = make(register, asked.companies)
        with served(register, workers=asked.workers) as address:
            for name, path in (("home", "/"), ("entity", f"/entities/{ids[0]}"), ("JSON", "/api/v1/home")):
                rate, p99, bad = wrk(led(address + path), asked.seconds)
                rows.append(
                    (
                        f"prepared: {name}",
                        f"{rate:,.0f}/s, p99 {p99 * 1000:.1f} ms",
                        f">= {PREPARED_GOAL:,.0f}/s",
                        rate >= PREPARED_GOAL and not bad,
                    )
                )
            rate, p99, bad = wrk(address, asked.seconds, unprepared(ids), connections=8)
            rows.append(
                (
                    "unprepared: entity",
                    f"{rate:,.0f}/s, p99 {p99 * 1000:.1f} ms",
                    f">= {UNPREPARED_GOAL:,.0f}/s, p99 {P99_GOAL * 1000:.0f} ms",
                    rate >= UNPREPARED_GOAL and p99 <= P99_GOAL and not bad,
                )
            )
            times = [once(f"{address}/entities/{large}?known_at={1_000_000 + turn}") for turn in range(9)]
            middle = statistics.median(times)
            rows.append(
                (
                    f"entity of {LARGE:,} statements, unprepared",
                    f"{middle * 1000:.0f} ms",
                    f"<= {LARGE_GOAL * 1000:.0f} ms",
                    middle <= LARGE_GOAL,
                )
            )
            rows += everywhere(register, address)
    for name, seen, goal, met in rows:
        print(f"{name:<46} {seen:<32} {goal:<28} {'PASS' if met else 'miss'}")
    return 0 if all(met for *_, met in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
