"""What the seats of an oversight body show on a day, by whoever's word (g, h).

It says for each reason which statements it rests on. What disqualifies makes the answer FALSE; what is missing makes it UNKNOWN; a register
that says nothing of a body never calls it established. Who is bound to a vendor, and what is wrong with the seats, is asked of the facts of
decisions (`facts/oversight.py`), which ask besides that somebody independent confirms it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import cast
from weakref import WeakKeyDictionary

import msgspec

from sousveil.decisions import lookup, voices
from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.facts.oversight import NO_DATE, SHAPES, Bond, behind, bond
from sousveil.decisions.facts.seating import Told, shape, tally
from sousveil.decisions.facts.standing import interest, unfit
from sousveil.decisions.model import Truth
from sousveil.register.model import Recorded, Standing
from sousveil.register.store import Store as Register
from sousveil.register.views import words
from sousveil.register.views.reading import Reader, Record, span, stands


class BodyReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a body is not, or not surely, established."""

    code: str
    """`paid_by_vendor`, `of_vendor_group`, `tied_to_vendor`, `no_human_rights_group`, `no_civil_society`, `one_constituency`,
    `kinds_not_told`, `no_members`, `no_date`, `not_yet`, `ended`, `only_alleged`."""
    says: str
    truth: Truth
    """FALSE: it disqualifies; UNKNOWN: it is not proven."""
    proof: tuple[str, ...] = ()
    """Ids of the statements."""


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A membership on the day asked for."""

    id: str
    member: str
    role: str | None
    constituency: str | None
    human_rights: bool
    paid_by: tuple[str, ...]
    since: str | None
    until: str | None
    bound: Bond | None
    """Why this member is not independent of the vendor; None where nothing on file says so."""
    proof: tuple[str, ...]
    told: bool
    """Whether whoever told of the body first, the body's side, or somebody independent of the vendor tells of the seat: only these seats
    are counted for the body."""
    said_by: tuple[str, ...]
    """Who tells of it."""


class Established(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a body is established on a day."""

    body: str
    day: str
    truth: Truth
    reasons: tuple[BodyReason, ...]
    seats: tuple[Seat, ...]
    vendors: tuple[str, ...]
    """Companies that it oversees."""
    civil_share: float | None
    """Share of civil society and affected people among the seats that count, each member once (`facts/seating.py`), 0 to 1; None: no
    such seat."""
    constituencies: dict[str, int]
    human_rights_groups: int
    proof: tuple[str, ...]
    """Ids of the statements on which TRUE rests."""
    weakest: str
    """The weakest standing among them."""


def established(reader: Reader, body: str, day: str, vendors: Iterable[str] = ()) -> Established:
    """Whether an oversight body is established on an ISO day. `vendors`: companies it must be independent of besides its own."""
    reader.load([body])
    body = reader.canonical(body)
    record = reader.records.get(body)
    overseen = list(dict.fromkeys([*(lookup.entities(reader, record, "oversees") if record else ()), *vendors]))
    if record is None:
        nothing = BodyReason(code="no_members", says="Nothing is on file about this body.", truth=Truth.UNKNOWN)
        return _answer(body, day, [nothing], [], overseen, ())
    seats = _seats(reader, body, day, overseen)
    reasons = [*_of_body(record, day), *of_seats(reader, seats)]
    used = [
        *lookup.proof(record, "name", "mandate", "establishedOn", "oversees"),
        *(id for one in seats for id in one.proof),
    ]
    statements = [one for one in record.statements if one.id in set(used)]
    seat_records = [reader.records[one.id] for one in seats]
    statements += [one for each in seat_records for one in each.statements if stands(one)]
    standings = [one.statement.standing for one in statements]
    weakest = max(standings, key=list(Standing).index, default=Standing.ALLEGED)
    if weakest is Standing.ALLEGED and statements:
        ids = tuple(one.id for one in statements if one.statement.standing is Standing.ALLEGED)
        reasons.append(
            BodyReason(code="only_alleged", says="Part of it is only alleged.", truth=Truth.UNKNOWN, proof=ids)
        )
    return _answer(body, day, reasons, seats, overseen, tuple(dict.fromkeys(used)), str(weakest))


def _answer(
    body: str,
    day: str,
    reasons: list[BodyReason],
    seats: list[Seat],
    vendors: Iterable[str],
    proof: tuple[str, ...],
    weakest: str = str(Standing.ALLEGED),
) -> Established:
    told = [one for one in seats if one.told]
    counted = tally(Told(one.member, one.constituency or "", "; ".join(one.said_by)) for one in told)
    kinds = Counter(kind for _, kind in {(one.member, one.constituency or "unknown") for one in told})
    return Established(
        body=body,
        day=day,
        truth=min((one.truth for one in reasons), default=Truth.TRUE),
        reasons=tuple(sorted(reasons, key=lambda one: one.truth)),
        seats=tuple(seats),
        vendors=tuple(vendors),
        civil_share=counted.share if told else None,
        constituencies=dict(sorted(kinds.items())),
        human_rights_groups=len({one.member for one in told if one.human_rights}),
        proof=proof,
        weakest=weakest,
    )


def _of_body(record: Record, day: str) -> list[BodyReason]:
    found = []
    since = record.first("establishedOn") or record.first("incorporationDate")
    ended = record.first("dissolutionDate")
    if since is None:
        found.append(BodyReason(code="no_date", says=NO_DATE, truth=Truth.UNKNOWN))
    elif lookup.before(day, since):
        ids = lookup.proof(record, "establishedOn", "incorporationDate")
        found.append(
            BodyReason(code="not_yet", says=f"It exists only since {words.date(since)}.", truth=Truth.FALSE, proof=ids)
        )
    if ended is not None and lookup.before(ended, day):
        ids = lookup.proof(record, "dissolutionDate")
        found.append(BodyReason(code="ended", says=f"It ended on {words.date(ended)}.", truth=Truth.FALSE, proof=ids))
    return found


def of_seats(reader: Reader, seats: list[Seat]) -> list[BodyReason]:
    """What these seats say against the body, or leave unproven."""
    found = []
    for one in seats:
        if one.bound is not None:
            code = ("paid_by_vendor" if one.bound.paid else "of_vendor_group") if one.bound.sure else "tied_to_vendor"
            says = f"{reader.ref(one.member).caption}: {one.bound.says}."
            truth = Truth.FALSE if one.bound.sure else Truth.UNKNOWN
            found.append(BodyReason(code=code, says=says, truth=truth, proof=one.proof))
    everybody = tuple(id for one in seats for id in one.proof)
    for code in shape([(one.member, one.constituency, one.human_rights and one.bound is None) for one in seats]):
        says, truth = SHAPES[code]
        found.append(BodyReason(code=code, says=says, truth=truth, proof=everybody))
    return found


def _seats(reader: Reader, body: str, day: str, overseen: list[str]) -> list[Seat]:
    found = []
    records = [
        one
        for one in lookup.pointing(reader, [body], "Membership", "organization")
        if lookup.held_on(one, day) is not False
    ]
    world = world_of(reader, day) if records and overseen else None
    group = frozenset(id for one in overseen for id in behind(world, one)) if world is not None else frozenset()
    ties = frozenset(id for one in overseen for id in world.graph.ties(one)) if world is not None else frozenset()
    counts = counting(reader, body, day, overseen) if records else None
    for record in records:
        own = voices.only(record, [one for one in record.statements if counts is not None and counts(one)])
        of_body = any(reader.canonical(one.statement.value) == body for one in own.stand("organization"))
        said_by = dict.fromkeys(lookup.signer(reader, one) for one in record.stand("organization"))
        mine = world.record(record.id) if world is not None else None
        shown = lookup.entities(reader, own, "member") if of_body else []
        for member in lookup.entities(reader, record, "member"):
            bound = bond(world, mine, member, group | ties, group) if world is not None and mine is not None else None
            told = own if member in shown else record
            start, end = span(record)
            found.append(
                Seat(
                    id=record.id,
                    member=member,
                    role=told.first("role"),
                    constituency=told.first("constituency"),
                    human_rights=told.first("humanRights") == "yes",
                    paid_by=tuple(lookup.entities(reader, record, "paidBy")),
                    since=start,
                    until=end,
                    bound=bound,
                    proof=(*lookup.proof(record), *(bound.proof if bound is not None else ())),
                    told=member in shown,
                    said_by=tuple(reader.publisher(one) for one in said_by),
                )
            )
    return sorted(found, key=lambda one: (one.since or "", one.member))


def counting(reader: Reader, body: str, day: str, overseen: Iterable[str]) -> Callable[[Recorded], bool]:
    """Whose words count of a body's seats, meetings and opinions: of whoever told of the body first, of the body and what it is part of,
    and of somebody independent by the test of decisions; never those of a vendor that it oversees, or of who stands behind or below."""
    vendors = list(overseen)
    record = reader.records.get(body)
    first = voices.founder(reader, voices.as_type(record, "OversightBody")) if record is not None else ""
    sides = lookup.part_of(reader, body)
    known: dict[str, bool] = {}

    def side(one: Recorded) -> bool:
        by = voices.voice(reader, one)
        if by not in known:
            world = world_of(reader, day) if vendors else None
            gains = any(by == id for each in vendors for id in behind(world, each)) if world is not None else False
            ours = by == first or any(lookup.speaks_for(reader, by, id) for id in sides)
            known[by] = ours and not gains and not any(lookup.speaks_for(reader, by, id) for id in vendors)
        return known[by]

    def counts(one: Recorded) -> bool:
        if not stands(one):
            return False
        return side(one) or (bool(vendors) and _independent(world_of(reader, day), one, vendors))

    return counts


def _independent(world: Compiled, one: Recorded, vendors: Iterable[str]) -> bool:
    """Whether it is the confirmed word of a verified key of somebody who gains by none of these vendors."""
    if one.statement.standing is not Standing.CONFIRMED:
        return False
    deals = (world.seats.at_large(world.graph.strict, each, world.as_of, world.known_on) for each in vendors)
    return all(not unfit(world, one, interest(world, deal)) for deal in deals)


_WORLDS: WeakKeyDictionary[Reader, dict[str, Compiled]] = WeakKeyDictionary()
WORLDS = 8
"""Days of one reader whose worlds are kept: a page asks for one, a feed for a few."""


def world_of(reader: Reader, day: str) -> Compiled:
    """The register as decisions see it, with what the reader knows."""
    kept = _WORLDS.setdefault(reader, {})
    found = kept.get(day)
    if found is None:
        if len(kept) >= WORLDS:
            del kept[next(iter(kept))]
        size = reader.store.size()
        known = None if reader.known_at is None else min(reader.known_at + 1, size)
        found = kept[day] = compile_world(cast(Register, reader.store), day, known)
    return found
