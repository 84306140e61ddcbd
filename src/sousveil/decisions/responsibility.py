"""Who answers for a company (e): intermediaries, affiliates, holdings, investors with their dates; who held control when an
incident happened, under which home State, and which path to remedy is open or barred there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Unpack

import msgspec

from sousveil.decisions import chains, lookup
from sousveil.decisions.compiled import read, world_of
from sousveil.decisions.evidence.accounts import firm
from sousveil.decisions.facts import remedy
from sousveil.register.views import words
from sousveil.register.views.group import ends_of, ownerships
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Moment, Reader, Record, Store, span, stands, state_of, weakest_of
from sousveil.register.views.remedy import HomePaths, RemedyRow, paths_at_home

_Home = Callable[[str], HomePaths]
_TIES = (
    ("Representation", "client", "agent", "intermediary", "acts for it"),
    ("Representation", "agent", "client", "principal", "it acts for"),
    ("Investment", "recipient", "investor", "investor", "invested in it"),
    ("Investment", "investor", "recipient", "investee", "it invested in"),
    ("Succession", "successor", "predecessor", "predecessor", "was before it"),
    ("Succession", "predecessor", "successor", "successor", "came after it"),
)
HOW = {chains.CONTROL: "control", chains.UNKNOWN: "how much is not stated", chains.SHARE: "a share of half or less"}
_OWNS = {"holding": "owns it", "subsidiary": "is owned by it", "affiliate": "has the same owner"}
OWNS, SUCCEEDS = "owns it today, and did not on that day", "came after it: its successor"


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody tied to the company."""

    ref: Ref
    kind: str
    """`holding`, `subsidiary`, `affiliate`, `intermediary`, `principal`, `investor`, `investee`, `predecessor`, `successor`."""
    words: str
    path: list[Ref]
    country: str | None
    dates_words: str
    state: str
    """current, ended, future, unknown"""
    standing: str
    standing_words: str
    record: Ref


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
    remedies: list[RemedyRow]
    """Paths against companies based there, as the page of remedies shows them."""
    more: int
    """Paths that the limit left out."""
    open_court: bool
    """A court is open in the home State, by the rule's test."""
    open_other: bool
    """A path that is no court is open, by the rule's test."""


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
    ties: list[Tie]
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
        ties=ties(reader, company),
        incidents=incidents(reader, company),
    )


def ties(reader: Reader, company: str) -> list[Tie]:
    """Everybody tied to the company at any time, with dates.

    Each link of its own is shown, and the strongest chain to somebody where that is stronger than any link of its own on the day.
    """
    found: list[Tie] = []
    graph = world_of(reader, reader.day).graph
    for kind, walk in (("holding", chains.above), ("subsidiary", chains.below)):
        for link in ownerships(reader, [company]):
            here, there = (link.asset, link.owner) if kind == "holding" else (link.owner, link.asset)
            if here == company and there != company:
                found.append(_owned(reader, [link.record], [company, there], kind, chains.strength(graph, link.record)))
        for one in walk(reader, company, reader.day):
            if len(one.path) > 2:
                found.append(_owned(reader, [reader.records[id] for id in one.links], list(one.path), kind, one.how))
    found += _affiliates(reader, company)
    for type, mine, other, kind, how in _TIES:
        for record in lookup.pointing(reader, [company], type, mine):
            for id in lookup.entities(reader, record, other):
                found.append(_tie(reader, [record], [company, id], kind, how, (mine, other)))
    order = "holding investor affiliate subsidiary intermediary principal investee predecessor successor".split()
    return sorted(found, key=lambda one: (order.index(one.kind), len(one.path), one.ref.caption, one.record.id))


def _affiliates(reader: Reader, company: str) -> list[Tie]:
    """What its owners own besides, each once: by what is not known to have ended, of these by the strongest two links."""
    owners: dict[str, list[tuple[str, Record]]] = {}
    graph = world_of(reader, reader.day).graph
    for link in ownerships(reader, [company]):
        if link.asset == company and link.owner != company and not link.owner.startswith("unknown:"):
            owners.setdefault(link.owner, []).append((chains.strength(graph, link.record), link.record))
    best: dict[str, tuple[tuple[bool, int], Tie]] = {}
    for link in ownerships(reader, list(owners)):
        for strength, record in owners.get(link.owner, ()) if link.asset != company else ():
            how = chains.weaker(strength, chains.strength(graph, link.record))
            tie = _owned(reader, [record, link.record], [company, link.owner, link.asset], "affiliate", how)
            over = "ended" in (tie.state, state_of(*_dates(reader, record, ends_of(record)), reader.day))
            place = (over, list(HOW).index(how))
            if link.asset not in best or place < best[link.asset][0]:
                best[link.asset] = place, tie
    return [tie for _, tie in best.values()]


def _owned(reader: Reader, records: list[Record], path: list[str], kind: str, how: str) -> Tie:
    """By a chain of ownerships, of which the last leads to the one who is shown."""
    return _tie(reader, records, path, kind, f"{_OWNS[kind]}: {HOW[how]}", ends_of(records[-1]))


def _tie(reader: Reader, records: list[Record], path: list[str], kind: str, how: str, ends: tuple[str, ...]) -> Tie:
    start, end = _dates(reader, records[-1], ends)
    standing = words.weakest([weakest_of(one, ends if one is records[-1] else ends_of(one)) for one in records])
    return Tie(
        ref=_ref(reader, path[-1]),
        kind=kind,
        words=how,
        path=[_ref(reader, one) for one in path],
        country=_country(reader, path[-1]),
        dates_words=words.dates(start, end),
        state=state_of(start, end, reader.day),
        standing=standing,
        standing_words=words.standing(standing),
        record=reader.ref(records[-1].id),
    )


def _dates(reader: Reader, record: Record, ends: tuple[str, ...]) -> tuple[str | None, str | None]:
    """From when until when a tie holds: by its first publisher; the last day of others where every publisher of the tie has it ended."""
    start, end = span(lookup.founded(reader, record))
    world = world_of(reader, reader.day)
    there = world.record(record.id)
    endings = world.graph.endings(there, tuple(one for one in ends if record.stand(one))) if there is not None else []
    if end is None and endings and None not in endings:
        by = [world.base.statements[one[1]].statement for one in endings if one is not None]
        days = (one.value if one.property == "endDate" else one.valid_until for one in by)
        end = max(filter(None, days), key=lookup.sort_day, default=None)
    return start or span(record)[0], end


def _ref(reader: Reader, id: str) -> Ref:
    return Ref(id=id, caption=words.unknown_owner(), page=False) if id.startswith("unknown:") else reader.ref(id)


def _country(reader: Reader, id: str) -> str | None:
    return None if id.startswith("unknown:") else lookup.country_of(reader, id)


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


def _happened(reader: Reader, home: _Home, record: Record, vendor: str, holders: list[chains.Holder]) -> Happened:
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
    return Happened(
        incident=reader.ref(record.id),
        date=lookup.day_of(record),
        stage_words=words.stage("stage", "AbuseIncident", stage, standing) if stage else "",
        standing=standing,
        standing_words=words.standing(standing),
        vendor=reader.ref(vendor),
        answerable=[
            *(_answerable(reader, home, one) for one in (first, *holders)),
            *(_answerable(reader, home, one, today=SUCCEEDS if one in after else OWNS) for one in later.values()),
        ],
    )


def _answerable(reader: Reader, home: _Home, holder: chains.Holder, today: str = "") -> Answerable:
    country = _country(reader, holder.id)
    paths = home(country) if country else HomePaths()
    return Answerable(
        ref=_ref(reader, holder.id),
        path=[_ref(reader, one) for one in holder.path],
        how=holder.how,
        how_words=today or ("made it" if len(holder.path) == 1 else HOW[holder.how]),
        today=bool(today),
        country=country,
        remedies=paths.rows,
        more=paths.more,
        open_court="court" in paths.opens,
        open_other="other" in paths.opens,
    )


def barrier_stands(reader: Reader, record: Record) -> bool:
    """Whether a barrier to remedy stands on the day of a reader, by the test of decisions."""
    world = world_of(reader, reader.day)
    there = world.record(record.id)
    return there is not None and remedy.barrier(world, there).says == "stands"


def path_opens(reader: Reader, record: Record) -> str:
    """What a path to remedy opens on the day of a reader, by the test of decisions: `court` or `other`; empty: nothing."""
    world = world_of(reader, reader.day)
    there = world.record(record.id)
    says = remedy.path(world, there).says if there is not None else ""
    return says if says in ("court", "other") else ""
