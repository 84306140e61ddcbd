"""Views of oversight bodies of companies (g)."""

from __future__ import annotations

from typing import Unpack

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.compiled import Compiled, read
from sousveil.decisions.facts import oversight as facts
from sousveil.decisions.facts.model import all_facts
from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.cells import VENDOR_BY
from sousveil.register.views import words
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Moment, Reader, Record, Store, span, stands

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
    """Who reports a seat that is not counted: the vendor's group alone; empty: it is counted."""


class BodyRow(msgspec.Struct, frozen=True, kw_only=True):
    """An oversight body on a day."""

    ref: Ref
    oversees: list[Ref]
    mandate: list[str]
    established: str
    """`true`, `false`, `unknown`."""
    established_words: str
    """By the test of decisions, of a deal in which only the vendor, those behind it and their States benefit."""
    reasons: list[facts.Fault]
    publishers: list[str]
    """The publishers of the statements about the body and its seats."""
    seats: list[SeatRow]
    civil_share: float | None
    """Share of civil society and affected people among the seats, 0 to 1."""
    human_rights_groups: int


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
    reader, world = read(store, **when)
    bodies = [one for one in lookup.every(reader, "OversightBody") if one.first("bodyKind") != "community"]
    rows = [row for one in bodies if (row := _body(reader, world, one)) is not None]
    wanted = None
    if company is not None:
        wanted = reader.canonical(company)
        rows = [one for one in rows if any(ref.id == wanted for ref in one.oversees)]
    named = (lookup.entities(reader, one, by) for type, by in VENDOR_BY for one in lookup.every(reader, type))
    # Whoever makes, sells, supplies or resells such technology: the companies whose pages have a cell for (g), and whom the rule asks.
    vendors = [wanted] if wanted is not None else list(dict.fromkeys(id for many in named for id in many))
    over: dict[str, list[Ref]] = {}
    for id, body in ((ref.id, row.ref) for row in rows for ref in row.oversees):
        over.setdefault(id, []).append(body)
    without = [
        Without(company=reader.ref(id), country=lookup.country_of(reader, id), bodies=over.get(id, []))
        for id in vendors
        if not (
            rows and world.value(all_facts()["vendor.oversight_established"], id, world.about(id)).truth is Truth.TRUE
        )
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


def _body(reader: Reader, world: Compiled, record: Record) -> BodyRow | None:
    """A body that oversees somebody; None for any other."""
    body = world.record(record.id)
    assert body is not None  # the reader and the world have the same log
    judged = facts.over_each(world, body)
    if not judged:
        return None
    first = next(iter(judged.values()))
    faults = {(one.code, one.says): one for each in judged.values() for one in each.faults}.values()
    against = any(one.disqualifies for one in faults)
    truth = Truth.FALSE if against else Truth.UNKNOWN if faults else Truth.TRUE
    counted = [one for one in first.seats if one.counts]
    standing_claims = (
        one for each in (body, *(one.record for one in first.seats)) for one in each.statements if stands(one)
    )
    return BodyRow(
        ref=reader.ref(record.id),
        oversees=[reader.ref(one) for one in judged],
        mandate=lookup.texts(record, "mandate"),
        established=truth.name.lower(),
        established_words=SAYS[truth],
        publishers=sorted({reader.publisher(one) for one in {one.statement.publisher for one in standing_claims}}),
        reasons=sorted(faults, key=lambda one: not one.disqualifies),
        seats=[_seat(reader, one) for one in sorted(first.seats, key=_since)],
        civil_share=round(facts.tally((one.member, one.sides) for one in counted)[0], 4) if counted else None,
        human_rights_groups=len({one.member for one in counted if one.human_rights}),
    )


def _since(seat: facts.Seat) -> tuple[str, str]:
    return span(lookup.only(seat.record, seat.account))[0] or "", seat.member


def _seat(reader: Reader, seat: facts.Seat) -> SeatRow:
    shown = lookup.only(seat.record, seat.account)
    by = dict.fromkeys(lookup.signer(reader, one) for one in seat.record.stand("organization"))
    return SeatRow(
        member=reader.ref(seat.member),
        role=shown.first("role"),
        constituency=shown.first("constituency") or "not stated",
        human_rights=shown.first("humanRights") == "yes",
        paid_by=[reader.ref(one) for one in lookup.entities(reader, seat.record, "paidBy")],
        dates_words=words.dates(*span(shown)),
        bound=seat.bound.says if seat.bound is not None else "",
        record=reader.ref(seat.record.id),
        according_to=[] if seat.counts else [reader.publisher(one) for one in by],
    )
