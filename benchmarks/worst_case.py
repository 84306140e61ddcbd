#!/usr/bin/env python3
"""What a stranger can make a register of 100,000 entities do: the processor time of the worst known request of each public address.

    python benchmarks/worst_case.py [--entities 100000] [--grown] [TEXT ...]

Makes the register of `_decisions_register.py` with one record of 10,000 statements, and answers in this process, after the same warm-up as
a server. Addresses are those of all pages, of their JSON and tables, of feeds, files and forms. Each page is asked for its longest
part, its deepest part, another day and an older state of the log. `--grown` asks each page once more after a publication, which costs as
much as all the rest. `TEXT`: only requests with this text in them.

A line is the seconds of processor for the first and the second view, the bytes, and the verdict: at most one second, or a lane that holds
one at a time and gives the others their place. It ends with 1 when a request has neither.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "benchmarks")]

import _decisions_register as made
from web_cold import posted
from web_register import OLDER

from sousveil import memory
from sousveil.decisions.api import gate
from sousveil.ledger.keys import PrivateKey
from sousveil.register.model import Standing, Statement
from sousveil.register.register import Register
from sousveil.web import limits
from sousveil.web.outer import Outer
from sousveil.web.page import all_pages
from sousveil.web.site import Site
from tests.web.client import ask

GOAL = 1.0
LARGE = 10_000
"""Statements of the largest record."""
DAY = "2026-01-31"
COMPANY = made.sid("company-5")
LARGEST = made.sid("company-0")
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Case:
    """A request."""

    address: str
    what: str
    body: bytes | None = None
    media_type: str = "application/json"


class Watched(limits.Turnstile):
    """A turnstile that remembers the lanes of a request."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.lanes: set[limits.Lane] = set()

    def heavy(self, lane: limits.Lane = limits.Lane.QUESTION) -> AbstractContextManager[None]:
        self.lanes.add(lane)
        return super().heavy(lane)


def said(subject: str, name: str, value: str, number: int) -> Statement:
    """A statement of one more source."""
    return Statement(
        subject=subject,
        type="Company",
        property=name,
        value=value,
        source=f"Atlas of Invented States, addenda, {number}",
        publisher=made.PUBLISHER,
        dataset="direct",
        standing=Standing.REPORTED,
    )


def build(folder: Path, entities: int) -> None:
    """The register, with one record that has very many statements."""
    with made.made(folder, made.World(entities)) as register:
        for first in range(0, LARGE, 1000):
            many = [said(LARGEST, "alias", f"Alias {made._word(n)} Ltd", n) for n in range(first, first + 1000)]
            register.publish(many, PrivateKey(b"k" * 32), receipt=False)


def grow(folder: Path) -> None:
    """One company more."""
    with Register.open(folder, gate=gate) as register:
        number = register.store.size()
        one = said(made.sid(f"late-{number}"), "name", f"Late Invented {number} Ltd", number)
        register.publish([one], PrivateKey(b"k" * 32), receipt=False)


def parts(site: Site) -> dict[str, str]:
    """For each part of a route the record with most to show."""
    return {
        "id": COMPANY,
        "index": str(site.store.size() - 1),
        "procedure": "a-moratorium",
        "form": "measure",
        "guide": "client",
        "country": made.CODES[0],
        "proposal": next(iter(site.store.subjects(type="Acquisition", limit=1)), ""),
    }


def pages(site: Site) -> Iterator[Case]:
    """Each page, as it is, in its longest and deepest part, for another day and for an older log; its JSON and its table."""
    given = parts(site)
    statement = site.store.statements_of([COMPANY])[0].id
    older = site.store.size() - OLDER
    for page in all_pages():
        if "{proposal}" in page.route and not given["proposal"]:
            continue
        for id in (COMPANY, LARGEST) if "{id}" in page.route and page.name != "statement" else (COMPANY,):
            place = page.route.format(**given | {"id": statement if page.name == "statement" else id})
            fields = page.asked.model_fields
            most = {"limit": "500"} if "limit" in fields else {}
            most |= {"depth": "3", "ended": "1"} if "depth" in fields else {}
            most |= {"all": "1"} if "all" in fields else {}
            if page.name == "map":
                most = {"limit": "200"}
            questions = [({}, "plain")] + ([(most, "longest")] if most else [])
            if "after" in fields and page.name not in ("entities", "search"):
                questions.append((most | {"after": "9000"}, "deepest"))
            questions += [(most | {"as_of": DAY}, "another day")] if "as_of" in fields else []
            questions += [(most | {"known_at": str(older)}, "older log")] if "known_at" in fields else []
            for question, what in questions:
                query = f"?{urlencode(question)}" if question else ""
                what += ", 10,000 statements" if id == LARGEST else ""
                yield Case(f"/{place}{query}", what)
                if what.startswith(("plain", "longest")):  # the others cost what their pages cost
                    yield Case(f"/api/v1/{place or 'home'}{query}", what)
                if page.table is not None and what.startswith("longest"):
                    yield Case(f"/{place}.csv{query}", what)


def names(count: int, *, words: int = 2, draw: random.Random | None = None) -> list[str]:
    """Names out of the words that most names here have, and of words that are like many others."""
    draw = draw or random.Random(29)
    common = ["Invented", "Limited", "Police", "Products", "Technologies", "Group", "Holdings", "International"]
    return [
        " ".join([draw.choice(common), *(made._word(draw.randrange(50_000)) for _ in range(words - 1))])[:300]
        for _ in range(count)
    ]


def others(site: Site) -> Iterator[Case]:
    """Feeds, files, questions and forms."""
    commonest = "Invented"
    for path in ("feed.atom", "corrections.atom", "licences/review.atom", "feeds/type/Company.atom"):
        yield Case(f"/{path}", "plain")
    yield Case("/feeds/type/Sanction.atom", "a type without a record")
    yield Case("/feeds/procedure/a-moratorium.atom", "plain")
    yield Case(f"/entities/{LARGEST}/feed.atom", "10,000 statements")
    yield Case(f"/entities/{made.PUBLISHER}/feed.atom", "the publisher of all")
    for name, what in (("Alias", "the commonest name"), ("Zzyzx Qwop", "no such name"), ("a", "one letter")):
        yield Case(f"/feeds/name.atom?q={name.replace(' ', '+')}", what)
    for some, what in (
        ([f"{commonest} {n}" for n in range(50)], "50 names, none known"),
        (["Alias", *names(49)], "50 names"),
    ):
        yield Case("/feeds/names.atom?" + urlencode([("name", one) for one in some]), what)
    yield Case("/states.csv", "plain")
    yield Case("/states.svg", "plain")
    yield Case("/states-matrix.svg", "plain")
    yield Case(f"/entities/{LARGEST}/facts.csv", "10,000 statements")
    yield Case(f"/states/{made.CODES[0]}/facts.csv", "plain")
    yield Case("/bulk/jsonl/direct.jsonl", "the whole register")
    yield Case("/bulk/csv/direct.csv?since=3", "changes since the beginning")
    yield Case("/bulk/procedures/a-moratorium.jsonl", "plain")
    for query, what in (
        (commonest, "the commonest word"),
        (" ".join("abcdefghijkl"), "single letters"),
        (" ".join(names(20))[:300], "300 letters"),
        ('"' * 150 + "*" * 150, "marks"),
    ):
        yield Case(f"/search?{urlencode({'q': query})}", what)
        yield Case(f"/search?{urlencode({'q': query, 'after': '40'})}", f"{what}, deepest")
    shapes = {
        "the commonest name": commonest,
        "one word 40 times": "Technologies " * 23,
        "40 words": " ".join(names(60))[:300],
        "Arabic": "محمد علي نادر سعيد " * 10,
        "Chinese": "中国技术有限公司" * 5,
        "one long word": "invented" * 37,
    }
    for what, name in shapes.items():
        yield Case(f"/screening?{urlencode({'name': name[:300].strip()})}", what)
    hard = [*names(25, words=20), *names(25)]
    yield Case("/screening", "50 hard names", *posted("name\n" + "\n".join(hard)))
    yield Case("/screening", "5,000 times one name", *posted("name\n" + "Invented Limited\n" * 4_999))
    yield Case("/screening", "5,000 common names", *posted("name\n" + "\n".join(names(4_999))))
    yield Case("/screening", "5,000 hard names", *posted("name\n" + "\n".join(names(4_999, words=20))))
    many = [{"name": name} for name in names(1_000, words=20)]
    yield Case("/api/v1/screening", "1,000 hard names", json.dumps({"names": many}).encode())
    queries = {str(n): {"query": name, "limit": 50} for n, name in enumerate(names(100, words=20))}
    yield Case("/reconcile", "100 hard names", urlencode({"queries": json.dumps(queries)}).encode(), FORM)
    yield Case("/reconcile/suggest/entity?prefix=Invented", "the commonest name")
    yield Case("/api/v1/pairs", "plain")
    yield Case("/api/v1/pairs?limit=500&after=30000", "deepest")
    yield Case("/api/v1/pairs?dataset=direct&limit=500", "one source")
    questions = (one for one in made.World(1_000).questions(9, "2026-11-25") if len(one.country) == 2)
    for what, more in (("plain", {}), ("older log", {"known_on": site.store.size() - OLDER}), ("another day", {})):
        one = next(questions)
        asked = {name: getattr(one, name) for name in ("action", "product", "supplier", "end_user", "country")}
        asked |= {"as_of": DAY if what == "another day" else "2026-11-25"}
        yield Case("/api/v1/decisions", what, json.dumps(asked | more).encode())
    asked = {"action": "sale", "product": "Invented", "supplier": "Invented", "end_user": "Police", "country": "af"}
    yield Case("/api/v1/decisions", "names that mean many", json.dumps(asked).encode())
    deep = b"[" * 200_000
    yield Case("/api/v1/publications", "200,000 brackets", deep)
    yield Case("/api/v1/screening", "200,000 brackets", deep)
    yield Case("/reconcile", "200,000 fields", b"&".join(b"a%d=1" % n for n in range(200_000)), FORM)
    yield Case("/nothing-here", "nothing")
    yield Case("/company/nothing-here", "no such name")


def spent(app: Outer, case: Case) -> tuple[float, int, int]:
    """Seconds of processor, status and bytes of an answer."""
    more: dict[str, Any] = {}
    if case.body is not None:
        more = {"method": "POST", "body": case.body, "content_type": case.media_type}
    began = time.process_time()
    got = ask(app, case.address, **more)
    return time.process_time() - began, got.status, len(got.body)


def main() -> int:
    """Make, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--grown", action="store_true", help="ask each page after a publication too")
    parser.add_argument("texts", nargs="*", metavar="TEXT")
    options = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as other:
        folder = Path(other) / "register"
        build(folder, options.entities)
        site = Site.open(folder)
        app = Outer(site)
        app.turnstile = watched = Watched(site.derived / "counted")
        began = time.process_time()
        app.warm()
        memory.settle()
        print(f"{site.store.size():,} entries; the server's start takes {time.process_time() - began:.1f} s")
        print(f"{'seconds of processor':<80}{'first':>7}{'next':>7}{'grown':>7}{'bytes':>12}")
        for case in (*pages(site), *others(site)):
            if options.texts and not any(text in f"{case.address} {case.what}" for text in options.texts):
                continue
            watched.lanes.clear()
            first, status, size = spent(app, case)
            again = spent(app, case)[0]
            grown = None
            if options.grown and case.body is None and case.what == "plain" and not case.address.startswith("/api"):
                grow(folder)
                site.state(now=True)
                grown = spent(app, case)[0]
            worst = max(first, again, grown or 0.0)
            lanes = sorted(lane.name.lower() for lane in watched.lanes)
            verdict = "PASS" if worst <= GOAL else f"queue: {lanes[0]}" if lanes else "miss"
            missed += verdict == "miss"
            shown = case.address.partition("?")[0] + f" ({case.what})"
            shown = shown.replace(COMPANY, "COMPANY").replace(LARGEST, "LARGEST")
            after = f"{grown:>7.2f}" if grown is not None else f"{'':>7}"
            failed = f" {status}" if status >= 400 else ""
            print(f"{shown[:79]:<80}{first:>7.2f}{again:>7.2f}{after}{size:>12,}  {verdict}{failed}", flush=True)
        site.register.close()
    print(f"{missed} missed; load {os.getloadavg()[0]:.0f}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
