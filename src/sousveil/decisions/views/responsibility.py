"""Who answers for a company (e): intermediaries, affiliates, holdings, investors with their dates; who held control when an
incident happened, under which home State, and which path to remedy is open or barred there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Unpack

import msgspec

from sousveil.decisions import chains, lookup
from sousveil.decisions.compiled import Compiled, read, world_of
from sousveil.decisions.evidence.accounts import firm
from sousveil.decisions.facts import remedy
from sousveil.decisions.model import Ruling
from sousveil.decisions.procedures.e_liability import PROCEDURE
from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.views.records import Listed, listed
from sousveil.register.views import words
from sousveil.register.views.group import group_view
from sousveil.register.views.model import Frame, GroupView, Ref
from sousveil.register.views.reading import Moment, Reader, Record, Store, span, stands, weakest_of
from sousveil.register.views.remedy import HomePaths, paths_at_home

TIES = {
    "Ownership": ("asset", "owner"),
    "Investment": ("recipient", "investor"),
    "Representation": ("client", "agent"),
    "Succession": ("successor", "predecessor"),
}
"""Record types that tie somebody to a company, with the properties that may name it."""
HOW = {chains.CONTROL: "control", chains.UNKNOWN: "how much is not stated", chains.SHARE: "a share of half or less"}
OWNS, SUCCEEDS = "owns it today, and did not on that day", "came after it: its successor"


class Answerable(msgspec.Struct, frozen=True, kw_only=True):
    """A company that held the vendor when an incident happened, the vendor itself first."""

    ref: Ref
    path: list[Ref]
    how: str
    """`control`, `unknown`, `share`."""
    how_words: str
    today: bool
    """Not on that day, but today: a later owner, or a successor, who holds what the vendor had."""
    country: str | None
    paths: HomePaths
    """Paths to remedy against companies based there, as the page of remedies shows them, and what they open by the rule's test."""


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """An incident, and who held the vendor on that day."""

    incident: Ref
    date: str | None
    stage_words: str
    standing: str
    standing_words: str
    vendor: Ref
    answerable: list[Answerable]


class ChainsView(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers for a company."""

    frame: Frame
    day: str
    company: Ref
    country: str | None
    ties: list[Listed]
    """Owners, investors, intermediaries, predecessors and what it owns, of any time."""
    group: GroupView
    """By ownership: owners above it, holdings below it, and affiliates, with the way to each."""
    incidents: list[Happened]


def chains_view(store: Store, company: str, **when: Unpack[Moment]) -> ChainsView:
    """The view of one company. Raises nothing for an unknown one: it is empty then."""
    reader, _ = read(store, **when)
    company = reader.canonical(company)
    return ChainsView(
        frame=reader.frame(),
        day=reader.day,
        company=reader.ref(company),
        country=lookup.country_of(reader, company),
        ties=ties(Board(store, reader=reader), company),
        group=group_view(reader, company),
        incidents=incidents(reader, company),
    )


def ties(board: Board, company: str) -> list[Listed]:
    """The records that tie somebody to the company at any time; those that have ended come last."""
    named = (one for type, by in TIES.items() for name in by for one in board.pointing(type, name, company))
    found = [listed(board, PROCEDURE, one) for one in {one.id: one for one in named}.values()]
    return sorted(found, key=lambda one: one.closed)


def _ref(reader: Reader, id: str) -> Ref:
    return Ref(id=id, caption=words.unknown_owner(), page=False) if id.startswith("unknown:") else reader.ref(id)


def incidents(reader: Reader, company: str) -> list[Happened]:
    """Incidents with products of the company or of a company that it held on that day, the newest first."""
    found = []
    home = cache(partial(paths_at_home, reader, stands=barrier_stands, opens=path_opens))
    for record in lookup.every(reader, "AbuseIncident"):
        if not firm(list(filter(stands, record.statements))):
            continue
        day = lookup.day_of(record) or reader.day
        makers = lookup.entities(reader, record, "vendor")
        for product in lookup.entities(reader, record, "product"):
            if product in reader.records:
                makers += lookup.entities(reader, reader.records[product], "vendor")
        for vendor in dict.fromkeys(makers):
            holders = chains.above(reader, vendor, day)
            if company in (vendor, *(one.id for one in holders)):
                found.append(_happened(reader, home, record, vendor, holders))
    return sorted(found, key=lambda one: (lookup.sort_day(one.date), one.incident.id), reverse=True)


def _happened(
    reader: Reader, home: Callable[[str], HomePaths], record: Record, vendor: str, holders: list[chains.Holder]
) -> Happened:
    first = chains.Holder(id=vendor, path=(vendor,), how=chains.CONTROL, links=())
    then = {vendor, *(one.id for one in holders)}
    after = [
        chains.Holder(id=id, path=(vendor, id), how=chains.CONTROL, links=(one.id,))
        for one in lookup.pointing(reader, [vendor], "Succession", "predecessor")
        for id in lookup.entities(reader, one, "successor")
        if any(not lookup.before(reader.day, span(each)[0]) for each in lookup.readings(reader, one))
    ]
    later = {one.id: one for one in (*after, *chains.above(reader, vendor, reader.day)) if one.id not in then}
    standing, stage = weakest_of(record, ("stage",)), record.first("stage") or ""

    def answerable(one: chains.Holder, today: str = "") -> Answerable:
        country = None if one.id.startswith("unknown:") else lookup.country_of(reader, one.id)
        return Answerable(
            ref=_ref(reader, one.id),
            path=[_ref(reader, each) for each in one.path],
            how=one.how,
            how_words=today or ("made it" if one is first else HOW[one.how]),
            today=bool(today),
            country=country,
            paths=home(country) if country else HomePaths(),
        )

    return Happened(
        incident=reader.ref(record.id),
        date=lookup.day_of(record),
        stage_words=words.stage("stage", "AbuseIncident", stage, standing) if stage else "",
        standing=standing,
        standing_words=words.standing(standing),
        vendor=reader.ref(vendor),
        answerable=[
            *map(answerable, (first, *holders)),
            *(answerable(one, SUCCEEDS if one in after else OWNS) for one in later.values()),
        ],
    )


def barrier_stands(reader: Reader, record: Record) -> bool:
    """Whether a barrier to remedy stands on the day of a reader, by the test of decisions."""
    return _says(reader, record, remedy.barrier) == "stands"


def path_opens(reader: Reader, record: Record) -> str:
    """What a path to remedy opens on the day of a reader, by the test of decisions: `court` or `other`; empty: nothing."""
    says = _says(reader, record, remedy.path)
    return says if says in ("court", "other") else ""


def _says(reader: Reader, record: Record, test: Callable[[Compiled, Record], Ruling]) -> str:
    world = world_of(reader, reader.day)
    there = world.record(record.id)
    return test(world, there).says if there is not None else ""
