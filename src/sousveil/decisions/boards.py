"""What the seats of an oversight body show on a day, by whoever's word (g, h).

It says for each reason which statements it rests on. What disqualifies makes the answer FALSE; what is missing makes it UNKNOWN; a register
that says nothing of a body never calls it established. Who is bound to a vendor, and what is wrong with the seats, is asked of the facts of
decisions (`facts/oversight.py`), which ask besides that somebody independent confirms it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import cast
from weakref import WeakKeyDictionary

import msgspec

from sousveil.decisions import lookup, voices
from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.evidence.admissibility import beneficiaries, objection, trades
from sousveil.decisions.facts.oversight import (
    CIVIL,
    NO_DATE,
    SHAPES,
    Bond,
    Told,
    behind,
    bond,
    called,
    counted_as,
    may_be_over,
    shape,
    sits,
    tally,
)
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register.model import Recorded, Standing
from sousveil.register.store import Store as Register
from sousveil.register.views import words
from sousveil.register.views.reading import Reader, Record, span, stands

NOBODY_TELLS = "Of its members only those tell whose word does not count for it."
OTHERS_DATE = "Since when it exists only those say whose word does not count for it."


class BodyReason(msgspec.Struct, frozen=True):
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
    names: frozenset[str]
    """What the member is called (`facts/oversight.called`)."""
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
    waning: bool = False
    """Whether one who tells of it gives it a last day that is over, beside a later one: it binds the body, and counts for no side."""


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
    """Share of civil society and affected people among the seats that count, each member once (`facts/oversight.py`), 0 to 1; None: no
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
    vendors = list(vendors)
    overseen = list(dict.fromkeys([*(lookup.entities(reader, record, "oversees") if record else ()), *vendors]))
    if record is None:
        nothing = BodyReason("no_members", "Nothing is on file about this body.", Truth.UNKNOWN)
        return _answer(body, day, [nothing], [], overseen, ())
    counts = counting(reader, body, day, overseen, _users(reader, record, day, overseen, vendors))
    seats = _seats(reader, body, day, overseen, counts)
    reasons = [*_of_body(record, voices.only(record, filter(counts, record.statements)), day), *of_seats(reader, seats)]
    used = dict.fromkeys((*lookup.proof(record, "name", "mandate", "establishedOn", "oversees"), *_proof(seats)))
    statements = [one for one in record.statements if one.id in used]
    statements += [one for seat in seats for one in reader.records[seat.id].statements]
    standings = {
        one.id: one.statement.standing for one in statements if counts(one)
    }  # another's allegation weakens no word
    weakest = max(standings.values(), key=list(Standing).index, default=Standing.ALLEGED)
    if weakest is Standing.ALLEGED and standings:
        ids = tuple(id for id, standing in standings.items() if standing is Standing.ALLEGED)
        reasons.append(BodyReason("only_alleged", "Part of it is only alleged.", Truth.UNKNOWN, ids))
    return _answer(body, day, reasons, seats, overseen, tuple(used), str(weakest))


def _proof(seats: Iterable[Seat]) -> tuple[str, ...]:
    return tuple(id for one in seats for id in one.proof)


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
    sides = [(one, None if one.waning else one.constituency) for one in told]
    counted = tally([Told(one.member, side or "", "; ".join(one.said_by), one.names) for one, side in sides])
    whom = counted_as((one.member, one.names) for one in told)
    kinds = Counter(
        kind
        for _, kind in {(whom[one.member] if side in CIVIL else one.member, side or "unknown") for one, side in sides}
    )
    return Established(
        body=body,
        day=day,
        truth=min((one.truth for one in reasons), default=Truth.TRUE),
        reasons=tuple(sorted(reasons, key=lambda one: one.truth)),
        seats=tuple(seats),
        vendors=tuple(vendors),
        civil_share=counted.share if told else None,
        constituencies=dict(sorted(kinds.items())),
        human_rights_groups=len({whom[one.member] for one in told if one.human_rights and not one.waning}),
        proof=proof,
        weakest=weakest,
    )


def _of_body(record: Record, own: Record, day: str) -> Iterator[BodyReason]:
    """What its dates say against it. `own`: as those tell it whose word counts: since when it exists others do not say; that it ended may
    anybody report."""
    begins = ("establishedOn", "incorporationDate")
    days = lookup.texts(own, "establishedOn") or lookup.texts(own, "incorporationDate")
    since, ended = max(days, key=lookup.sort_day, default=None), record.first("dissolutionDate")
    if since is None:
        told = lookup.proof(record, *begins)
        yield BodyReason("no_date", OTHERS_DATE if told else NO_DATE, Truth.UNKNOWN, told)
    elif lookup.before(day, since):
        says = f"It exists only since {words.date(since)}."
        yield BodyReason("not_yet", says, Truth.FALSE, lookup.proof(own, *begins))
    if ended is not None and lookup.before(ended, day):
        says = f"It ended on {words.date(ended)}."
        yield BodyReason("ended", says, Truth.FALSE, lookup.proof(record, "dissolutionDate"))


def of_seats(reader: Reader, seats: list[Seat]) -> Iterator[BodyReason]:
    """What these seats say against the body, or leave unproven."""
    for one in seats:
        if one.bound is not None:
            code = ("paid_by_vendor" if one.bound.paid else "of_vendor_group") if one.bound.sure else "tied_to_vendor"
            says = f"{reader.ref(one.member).caption}: {one.bound.says}."
            yield BodyReason(code, says, Truth.FALSE if one.bound.sure else Truth.UNKNOWN, one.proof)
    told = [one for one in seats if one.told]
    if seats and not told:
        yield BodyReason("no_members", NOBODY_TELLS, Truth.UNKNOWN, _proof(seats))
        return
    for code in shape(
        [(one.member, one.constituency, one.human_rights and one.bound is None and not one.waning) for one in told],
        counted_as((one.member, one.names) for one in told),
    ):
        yield BodyReason(code, *SHAPES[code], _proof(told))


def _users(reader: Reader, board: Record, day: str, overseen: list[str], vendors: list[str]) -> list[str]:
    """Of whom a community board oversees those who sell nothing: it is theirs, and they tell of it; a vendor has no word in it."""
    if voices.told_as(reader, voices.as_type(board, "OversightBody")).first("bodyKind") != "community":
        return []
    return [one for one in overseen if one not in vendors and not trades(world_of(reader, day), one)]


def _seats(reader: Reader, body: str, day: str, overseen: list[str], counts: Callable[[Recorded], bool]) -> list[Seat]:
    records = lookup.pointing(reader, [body], "Membership", "organization")
    if not records:
        return []
    world = world_of(reader, day)
    deals = [(one, at_large(world, one)) for one in overseen]
    found = []
    names = cache(
        lambda member: called(reader.records.get(member), reader.outside(member))
    )  # of many seats and many names
    for record in records:
        mine = world.record(record.id)
        if mine is None or not sits(world, mine):
            continue
        own = voices.only(record, [one for one in record.statements if counts(one)])
        of_body = any(reader.canonical(one.statement.value) == body for one in own.stand("organization"))
        said_by = dict.fromkeys(lookup.signer(reader, one) for one in record.stand("organization"))
        shown = lookup.entities(reader, own, "member") if of_body else []
        waning = _waning(world, mine, deals)
        for member in lookup.entities(reader, record, "member"):
            bound = _bound(world, mine, member, deals)
            told = own if member in shown else record
            start, end = span(told)
            found.append(
                Seat(
                    id=record.id,
                    member=member,
                    names=names(member),
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
                    waning=waning,
                )
            )
    return sorted(found, key=lambda one: (one.since or "", one.member))


def _waning(world: Compiled, seat: Record, deals: list[tuple[str, Deal]]) -> bool:
    if not deals:
        return may_be_over(world, seat, None)
    return any(may_be_over(world, seat, beneficiaries(deal, vendor)) for vendor, deal in deals)


def _bound(world: Compiled, seat: Record, member: str, deals: list[tuple[str, Deal]]) -> Bond | None:
    """How a member is bound to one of the vendors, surely before maybe."""

    def asked(vendor: str) -> Bond | None:
        group = behind(world, vendor)
        return bond(world, seat, member, group | world.graph.ties(vendor), group)

    told = [asked(vendor) for vendor, _ in deals]
    found = [one for one in told if one is not None]
    return next((one for one in found if one.sure), found[0] if found else None)


def at_large(world: Compiled, vendor: str) -> Deal:
    """For pages: a deal in which the vendor gains, who stands behind it, and their States."""
    return world.seats.at_large(world.graph, vendor, world.as_of, world.known_on)


def counting(
    reader: Reader, body: str, day: str, overseen: Iterable[str], users: Collection[str] = ()
) -> Callable[[Recorded], bool]:
    """Whose words count of a body's seats, meetings and opinions: of whoever told of the body first, of the body and what it is part of,
    and of somebody independent by the test of decisions; never those of a vendor that it oversees, or of who stands behind or below.
    `users`: whom a community board oversees, and who are no vendors."""
    vendors = list(overseen)
    selling = [one for one in vendors if one not in users]
    record = reader.records.get(body)
    first = voices.founder(reader, voices.as_type(record, "OversightBody")) if record is not None else ""
    sides = lookup.part_of(reader, body)
    known: dict[str, bool] = {}

    def side(one: Recorded) -> bool:
        by = voices.voice(reader, one)
        if by not in known:
            world = world_of(reader, day) if selling else None
            gains = (
                any(by == one.id for each in selling for one in world.graph.reach(each) if not one.tie)
                if world is not None
                else False
            )
            ours = by == first or any(lookup.speaks_for(reader, by, id) for id in sides)
            known[by] = ours and not gains and not any(lookup.speaks_for(reader, by, id) for id in selling)
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
    deals = (at_large(world, each) for each in vendors)
    return all(not objection(world, one, beneficiaries(deal)) for deal in deals)


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
        known = None if reader.known_at is None else min(reader.known_at + 1, reader.store.size())
        found = kept[day] = compile_world(cast(Register, reader.store), day, known)
    return found


def seat_by_board(reader: Reader, seat: Record, boards: Sequence[str]) -> Record:
    """A seat as these boards, or what they are part of, tell it; without a statement where they say nothing."""
    sides = lookup.sides(reader, boards)
    own = [
        one
        for one in seat.statements
        if stands(one) and any(lookup.speaks_for(reader, lookup.signer(reader, one), id) for id in sides)
    ]
    return voices.as_type(voices.only(seat, own), "Membership")


def boards_of(reader: Reader, seat: Record, boards: Sequence[str]) -> list[str]:
    """Of these boards, those of which it is a seat by a confirmed word in it."""
    said = (one for one in seat.stand("organization") if one.statement.standing is Standing.CONFIRMED)
    named = {reader.canonical(one.statement.value) for one in said}
    return [one for one in boards if one in named]
