"""Views of oversight bodies of companies (g)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Unpack

import msgspec

from sousveil.decisions import boards, lookup, voices
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.facts import oversight as facts
from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.cells import VENDOR_BY
from sousveil.register.model import Recorded
from sousveil.register.views import words
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Moment, Reader, Record, Store, stands

SAYS = {Truth.TRUE: "established", Truth.FALSE: "not established", Truth.UNKNOWN: "not proven to be established"}


class SeatRow(msgspec.Struct, frozen=True, kw_only=True):
    """A member."""

    member: Ref
    role: str | None
    constituency: str
    human_rights: bool
    paid_by: list[Ref]
    dates_words: str
    bound: str
    """Why it is not independent of the vendor; empty: nothing on file says so."""
    record: Ref
    according_to: list[str]
    """Who tells of a seat that is not counted: neither the body's side nor somebody independent of the vendor; empty: it is counted."""


class ReasonRow(msgspec.Struct, frozen=True, kw_only=True):
    """Why a body is not established, or not proven to be."""

    code: str
    says: str
    disqualifies: bool
    statements: list[str]


class MeetingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting or an opinion."""

    ref: Ref
    date: str | None
    what: str
    """Its agenda, or the outcome and reasons."""
    according_to: str
    """Who tells of it, where that is neither the body's side nor somebody independent of the vendor: it is not the body's word then."""


class BodyRow(msgspec.Struct, frozen=True, kw_only=True):
    """An oversight body on a day."""

    ref: Ref
    kind: str | None
    oversees: list[Ref]
    mandate: list[str]
    established: str
    """`true`, `false`, `unknown`."""
    established_words: str
    """By the test of decisions, of a deal in which only the vendor, those behind it and their States benefit."""
    reasons: list[ReasonRow]
    said_by: list[str]
    """Who says what is on file of the body and its seats."""
    seats: list[SeatRow]
    civil_share: float | None
    """Share of civil society and affected people among the seats, 0 to 1."""
    constituencies: dict[str, int]
    human_rights_groups: int
    meetings: list[MeetingRow]
    opinions: list[MeetingRow]


class Without(msgspec.Struct, frozen=True, kw_only=True):
    """A company that makes, sells, supplies or resells surveillance products, without an established body."""

    company: Ref
    country: str | None
    bodies: list[Ref]
    """Bodies that oversee it and are not established."""


class OversightView(msgspec.Struct, frozen=True, kw_only=True):
    """Oversight bodies of companies."""

    frame: Frame
    day: str
    company: Ref | None
    established: int
    """Bodies that are established."""
    bodies_count: int
    """So many bodies are on file; the list may hold a part of them."""
    bodies: list[BodyRow]
    without_count: int
    """So many companies have none; the list may hold a part of them."""
    without: list[Without]


def oversight_view(store: Store, company: str | None = None, **when: Unpack[Moment]) -> OversightView:
    """Bodies that oversee companies, of one or of all, and the companies that operate without one."""
    reader = Reader(store, **when)
    rows = [
        _body(reader, one.id) for one in lookup.every(reader, "OversightBody") if one.first("bodyKind") != "community"
    ]
    wanted = None
    if company is not None:
        reader.load([company])
        wanted = reader.canonical(company)
        rows = [one for one in rows if any(ref.id == wanted for ref in one.oversees)]
    watched: dict[str, list[Ref]] = {id: [] for id in (_vendors(reader) if wanted is None else (wanted,))}
    for row in rows:
        for ref in row.oversees:
            if ref.id in watched:
                watched[ref.id].append(row.ref)
    without = [
        Without(company=reader.ref(id), country=lookup.country_of(reader, id), bodies=bodies)
        for id, bodies in watched.items()
        if not (rows and _overseen(reader, id))
    ]
    return OversightView(
        frame=reader.frame(),
        day=reader.day,
        company=reader.ref(wanted) if wanted else None,
        established=sum(one.established == "true" for one in rows),
        bodies_count=len(rows),
        bodies=sorted(rows, key=lambda one: (one.ref.caption, one.ref.id)),
        without_count=len(without),
        without=sorted(without, key=lambda one: (one.company.caption, one.company.id)),
    )


def _vendors(reader: Reader) -> list[str]:
    """Whoever makes, sells, supplies or resells such technology: the companies whose pages have a cell for (g), and whom the rule asks."""
    named = (lookup.entities(reader, one, by) for type, by in VENDOR_BY for one in lookup.every(reader, type))
    return list(dict.fromkeys(id for many in named for id in many))


def _overseen(reader: Reader, company: str) -> bool:
    """Whether an established body stands over a company, by the test of decisions."""
    world = boards.world_of(reader, reader.day)
    deal = boards.at_large(world, company)
    return facts.established(world, deal, company).truth is Truth.TRUE


def _faults(reader: Reader, record: Record, vendors: Iterable[str]) -> list[facts.Fault]:
    """What keeps a body from being established over one of these, by the test of decisions, each once; what disqualifies first."""
    found: dict[tuple[str, str], facts.Fault] = {}
    world = boards.world_of(reader, reader.day)
    body = world.record(record.id)
    for vendor in vendors if body is not None else ():
        for one in _against(world, body, vendor):
            found.setdefault((one.code, one.says), one)
    return sorted(found.values(), key=lambda one: one.truth)


def _against(world: Compiled, body: Record | None, vendor: str) -> list[facts.Fault]:
    deal = boards.at_large(world, vendor)
    return list(facts.faults(world, deal, body, vendor, vendor, {})) if body is not None else []


def _body(reader: Reader, id: str) -> BodyRow:
    found = boards.established(reader, id, reader.day)
    record = reader.records[id]
    faults = _faults(reader, record, found.vendors)
    truth = min((one.truth for one in faults), default=Truth.TRUE if found.vendors else Truth.UNKNOWN)
    told = [record, *(reader.records[one.id] for one in found.seats)]
    publishers = (one.statement.publisher for each in told for one in each.statements if stands(one))
    counts = boards.counting(reader, id, reader.day, found.vendors)
    return BodyRow(
        ref=reader.ref(id),
        kind=record.first("bodyKind"),
        oversees=[reader.ref(one) for one in found.vendors],
        mandate=lookup.texts(record, "mandate"),
        established=truth.name.lower(),
        established_words=SAYS[truth],
        said_by=sorted({reader.publisher(one) for one in dict.fromkeys(publishers)}),
        reasons=[
            ReasonRow(
                code=one.code,
                says=one.says,
                disqualifies=one.truth is Truth.FALSE,
                statements=list(dict.fromkeys(one.proof)),
            )
            for one in faults
        ],
        seats=[_seat(reader, one) for one in found.seats],
        civil_share=None if found.civil_share is None else round(found.civil_share, 4),
        constituencies=found.constituencies,
        human_rights_groups=found.human_rights_groups,
        meetings=_acts(reader, id, "Meeting", counts),
        opinions=_acts(reader, id, "OversightDecision", counts),
    )


def _acts(reader: Reader, body: str, type: str, counts: Callable[[Recorded], bool]) -> list[MeetingRow]:
    """Meetings or opinions of a body, the newest first: as those tell them whose word counts, and apart what each other tells of them."""
    rows = []
    for record in lookup.pointing(reader, [body], type, "body"):
        said: dict[str, list[Recorded]] = {}
        for one in record.statements:
            if stands(one):
                said.setdefault("" if counts(one) else reader.publisher(lookup.signer(reader, one)), []).append(one)
        for by, many in said.items():
            own = voices.only(record, many)
            if any(reader.canonical(one.statement.value) == body for one in own.stand("body")):
                what = "; ".join(_said(reader, own))
                rows.append(MeetingRow(ref=reader.ref(record.id), date=lookup.day_of(own), what=what, according_to=by))
    return sorted(rows, key=lambda one: (lookup.sort_day(one.date), one.ref.id, one.according_to), reverse=True)


def _said(reader: Reader, own: Record) -> list[str]:
    if own.type == "Meeting":
        return lookup.texts(own, "agenda")
    outcomes = [reader.display(own.type, "outcome", each)[0] for each in lookup.texts(own, "outcome")]
    return [*outcomes, *lookup.texts(own, "reason")]


def _seat(reader: Reader, seat: boards.Seat) -> SeatRow:
    return SeatRow(
        member=reader.ref(seat.member),
        role=seat.role,
        constituency=seat.constituency or "not stated",
        human_rights=seat.human_rights,
        paid_by=[reader.ref(one) for one in seat.paid_by],
        dates_words=words.dates(seat.since, seat.until),
        bound=seat.bound.says if seat.bound is not None else "",
        record=reader.ref(seat.id),
        according_to=[] if seat.told else list(seat.said_by),
    )
