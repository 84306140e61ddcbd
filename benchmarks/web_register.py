#!/usr/bin/env python3
"""How long pages of a large register take that go through all of it: the first view after the log has grown, and the next views.

    python benchmarks/web_register.py [--entities 100000] [PATH ...]

Makes the register of `_decisions_register.py`, and for each page serves it anew with granian: the
first view of a server that was just begun, the next one, the first and the next after a publication, and one for a day that nobody
asked for. An entity's page and a question to `decide` are asked besides as known at an older entry. Prints one line a page, in seconds of
the server's processor (Linux), which do not hang on what else the machine does; elsewhere by the clock. It holds nothing to a goal.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "benchmarks")]

import _decisions_register as made

from sousveil.decisions.api import gate
from sousveil.ledger.keys import PrivateKey
from sousveil.register.model import Standing, Statement
from sousveil.register.register import Register
from sousveil.web.site import CHECK_SECONDS
from tests.web.serving import served

PAGES = (
    "/states",
    f"/states/{made.CODES[0]}",
    "/overdue",
    "/procedures",
    "/licences/review",
    "/moratorium",
    "/watch",
    "/oversight",
    f"/entities/{made.sid('company-5')}",
    f"/entities/{made.sid('company-5')}/demands",
)
OLDER = 700
"""Entries before the end, for questions as known then."""


def seconds(address: str, body: bytes | None = None) -> float:
    """Of one request; raises for an answer that is none."""
    request = urllib.request.Request(address, data=body)
    if body is not None:
        request.add_header("Content-Type", "application/json")
    began = spent()
    with urllib.request.urlopen(request, timeout=600) as answer:
        answer.read()
    return spent() - began


def spent() -> float:
    """Seconds of processor of all processes that this one began, and those began; where that cannot be read, the clock."""
    if not Path("/proc/self/stat").exists():
        return time.perf_counter()
    told = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        told[int(file.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    mine = {os.getpid()}
    while more := {pid for pid, (parent, _) in told.items() if parent in mine and pid not in mine}:
        mine |= more
    return sum(told[pid][1] for pid in mine - {os.getpid()} if pid in told) / os.sysconf("SC_CLK_TCK")


def grown(folder: Path, number: int) -> int:
    """One publication more; gives the size of the log. The server looks for it once a second."""
    said = Statement(
        subject=made.sid(f"late-{number}"),
        type="Company",
        property="name",
        value=f"Late Invented {number} Ltd",
        source="Atlas of Invented States, addenda",
        publisher=made.PUBLISHER,
        dataset="direct",
        standing=Standing.REPORTED,
    )
    with Register.open(folder, gate=gate) as register:
        register.publish([said], PrivateKey(b"k" * 32), receipt=False)
        size = register.store.size()
    time.sleep(CHECK_SECONDS * 1.5)
    return size


def measure(folder: Path, path: str, number: int) -> dict[str, float]:
    """The views of one page, in seconds."""
    with served(folder) as address:
        found = {"begun": seconds(address + path), "next": seconds(address + path)}
        size = grown(folder, number)
        found["grown"], found["then"] = seconds(address + path), seconds(address + path)
        found["a day"] = seconds(f"{address}{path}?as_of=2026-01-31")
        if path.count("/") == 2 and path.startswith("/entities/"):
            found["older"] = seconds(f"{address}{path}?known_at={size - OLDER}")
    return found


def decided(folder: Path, world: made.World, number: int) -> dict[str, float]:
    """The same of a question to `decide`, each time another one."""
    questions = iter(world.questions(6, "2026-11-25"))

    def ask(address: str, **more: int) -> float:
        one = next(questions)
        told = {name: getattr(one, name) for name in ("action", "product", "supplier", "end_user", "country", "as_of")}
        return seconds(f"{address}/api/v1/decisions", json.dumps(told | more).encode())

    with served(folder) as address:
        found = {"begun": ask(address), "next": ask(address)}
        size = grown(folder, number)
        found["grown"], found["then"] = ask(address), ask(address)
        found["older"] = ask(address, known_on=size - OLDER)
    return found


def main() -> int:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("paths", nargs="*", metavar="PATH")
    asked = parser.parse_args()
    world = made.World(asked.entities)
    with tempfile.TemporaryDirectory() as other:
        folder = Path(other) / "register"
        made.made(folder, world).close()
        with Register.open(folder, gate=gate) as register:
            first = register.store.size()
        columns = ("begun", "next", "grown", "then", "a day", "older")
        print(f"{'seconds':<28}" + "".join(f"{one:>9}" for one in columns))
        for number, path in enumerate([*(asked.paths or PAGES), *(() if asked.paths else ("decide",))]):
            found = (
                decided(folder, world, first + number) if path == "decide" else measure(folder, path, first + number)
            )
            shown = path.replace(made.sid("company-5"), "COMPANY")
            cells = (f"{found[one]:>9.2f}" if one in found else f"{'':>9}" for one in columns)
            print(f"{shown:<28}" + "".join(cells), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
