"""How facts read records: dates for blocking and for lifting, values, and how a value is put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from math import ceil

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, by_publisher, charge, valid
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, objection
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value, World
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded, Stance, Standing
from sousveil.register.views.records import ONE_DATE, Record

Derive = Callable[["Compiled", Deal, str], Value]


def fact(
    name: str,
    of: Of,
    polarity: Polarity,
    derive: Derive,
    *,
    asks: str,
    needs: str,
) -> Fact:
    """A fact whose value is derived from a compiled world. What lifts depends on who benefits, and so on the deal."""

    def run(world: World, deal: Deal, subject: str) -> Value:
        value = derive(world, deal, subject)  # type: ignore[arg-type]
        if value.truth is Truth.TRUE or value.needs:
            return value
        said = needs.replace("{subject}", world.caption(subject) if subject else "the deal")
        return Value(value.truth, value.proof, value.alleged, said, value.notes)

    return Fact(
        name=name,
        of=of,
        polarity=polarity,
        asks=asks,
        needs=needs,
        derive=run,
    )


def blocking(charge: Charge, *, otherwise: Truth = Truth.UNKNOWN) -> Value:
    """The value of a fact that blocks. Nothing on file is not known, unless the caller knows better."""
    if charge.counts:
        return Value(Truth.TRUE, charge.proof, charge.alleged, notes=charge.notes)
    return Value(otherwise, notes=charge.notes)


def lifting(found: Iterable[Support], needs: str, against: Charge | None = None) -> Value:
    """The value of a fact that lifts: the first support that holds, unless something on file speaks against it."""
    why: list[str] = []
    proof: tuple[str, ...] = ()
    for one in found:
        if one.holds:
            proof = one.proof
            break
        why += one.why
    notes = against.notes if against is not None else ()
    if against is not None and against.counts:
        return Value(Truth.FALSE if not proof else Truth.UNKNOWN, (*proof, *against.proof), needs=needs, notes=notes)
    if proof:
        return Value(Truth.TRUE, proof, notes=notes)
    told = f"{needs} On file, but it does not count: {'; '.join(dict.fromkeys(map(_once, why)))}." if why else needs
    return Value(Truth.UNKNOWN, needs=told, notes=notes)


def _once(why: str) -> str:
    """Why a record does not count, where the record bears the name of the publisher with which the reason begins: the name once."""
    at = why.find(": ")
    while at >= 0:
        if why.startswith(f"{why[:at]} ", at + 2):
            return why[at + 2 :]
        at = why.find(": ", at + 1)
    return why


# Dates

CONFIRMED_DAYS = parameters.days("letter-2021", "confirmation_days")
"""How long a confirmation that something is in force counts where no end is stated."""


def latest_told(world: Compiled, record: Record, told: Iterable[Recorded], *names: str) -> str:
    """The latest day that those who tell of something give it themselves; `..` where one of them gives none.

    So nobody who adds a date to what another told makes it earlier than it was.
    """
    return max(told_days(world, record, told, *names), key=edtf.sort_key, default=edtf.OPEN)


def told_days(world: Compiled, record: Record, told: Iterable[Recorded], *names: str) -> list[str]:
    """The days that those who tell of something give it themselves; `..` for each of them who gives none."""
    days = list[str]()
    for voice in by_publisher(world, told):
        own = [
            one.statement.value
            for name in (*names, "startDate", *ONE_DATE)
            for one in record.stand(name)
            if world.base.signer(one).publisher == voice
        ]
        days += own or [edtf.OPEN]
    return days


# Two words of one voice


def only(world: Compiled, record: Record, name: str, values: Iterable[str]) -> list[Recorded]:
    """For what softens by one of these values of a property: what says so in an entry that gives the property no other value which holds
    on the day. Who says two things in one entry has softened nothing."""
    wanted = frozenset(values)
    told = [one for one in record.stand(name) if valid(world, one)]
    other = {one.recorded for one in told if one.statement.value not in wanted}
    return [one for one in told if one.statement.value in wanted and one.recorded not in other]


def said_on(world: Compiled, one: Recorded) -> int:
    """The day of a word that names no act: from which it holds, else on which it was said, else on which the log had it."""
    for text in (one.statement.valid_from, one.statement.asserted):
        if text and text != edtf.OPEN:
            return edtf.parse(text).first
    return date.fromisoformat(world.base.logged.get(one.recorded) or world.as_of).toordinal()


def narrowed(world: Compiled, record: Record, name: str, naming: str) -> set[str]:
    """What a record is limited to by a property, where everybody who tells of it limits it: a stranger narrows nothing. Empty: nothing."""
    limits = by_publisher(world, record.stand(name))
    if not set(by_publisher(world, record.by_property.get(naming, ()))) <= set(limits):
        return set()
    return {world.base.canonical(one.statement.value) for one in record.stand(name)}


def ids_of(world: Compiled, record: Record, name: str) -> list[str]:
    """Entities to which a property points, by what stands."""
    return list(dict.fromkeys(world.base.canonical(one.statement.value) for one in record.stand(name)))


def naming_of(world: Compiled, record: Record, name: str, id: str) -> list[Recorded]:
    """What is said of one entity by a property, and of no other that the same record names."""
    return [one for one in record.by_property.get(name, ()) if world.base.canonical(one.statement.value) == id]


def values_of(record: Record, name: str) -> set[str]:
    """Values of a property that stand."""
    return {one.statement.value for one in record.stand(name)}


def in_force(world: Compiled, record: Record, start: str, end: str, who: Beneficiaries) -> bool:
    """For lifting: it surely held on the day, by what may lift.

    An end that is not stated is not known. That it goes on is said by `..` as `valid_until`, or by the day on which it was said
    (`asserted`): then it counts up to that day and `CONFIRMED_DAYS` longer, after which somebody confirms it anew. An end on file
    at the standard for blocking ends it whoever says so.
    """
    for one in record.by_property.get(end, ()):
        if charge(world, [one]).counts and edtf.holds(edtf.OPEN, one.statement.value, world.as_of) is False:
            return False
    fitting = [one.statement for one in record.statements if not objection(world, one, who)]
    starts = [one.value for one in fitting if one.property == start] or [
        one.valid_from for one in fitting if one.valid_from
    ]
    ends = [one.value for one in fitting if one.property == end] or [
        one.valid_until for one in fitting if one.valid_until
    ]
    begun = max(starts, key=edtf.sort_key, default=None)
    ended = min(ends, key=edtf.sort_key, default=None)
    if begun is None:
        return False
    if ended is None:
        said = [edtf.parse(one.asserted).first for one in fitting if one.asserted]
        fresh = bool(said) and edtf.parse(world.as_of).last <= max(said) + CONFIRMED_DAYS
        ended = edtf.OPEN if fresh else None
    return ended is not None and edtf.holds(begun, ended, world.as_of) is True


# States


PLACED = ("country", "jurisdiction", "state", "body", "authority", "issuer")


def by_state(world: Compiled, type: str) -> dict[str, list[Record]]:
    """Country code -> records of a type that are about that State: by their country, or the seat of the body they name."""
    found = world.memo.get(type)
    if found is None:
        found = {}
        for record in world.of_type(type):
            for code in sorted(codes_of(world, record)):
                found.setdefault(code, []).append(record)
        world.memo[type] = found
    return found


def codes_of(world: Compiled, record: Record) -> set[str]:
    """The States that a record is about, by whoever's word."""
    found: set[str] = set()
    for name in PLACED:
        for one in record.by_property.get(name, ()):
            value = one.statement.value
            if one.statement.stance is not Stance.DENIES:
                found.update((value,) if len(value) == 2 else places_of(world, world.base.canonical(value)))
    return found


def places_of(world: Compiled, id: str) -> frozenset[str]:
    """Where a body, or what anybody says more firmly than as an allegation that it is part of, has or may have its seat: a bureau is of
    the State that it is part of, also where nobody wrote a country of its own."""
    found: set[str] = set()
    wave, seen = [id], {id}
    while wave:
        at = wave.pop()
        found.update(world.seats.of(at))
        record = world.record(at)
        for one in record.stand("partOf") if record is not None else ():
            above = world.base.canonical(one.statement.value)
            firm = one.statement.standing is not Standing.ALLEGED
            if firm and above not in seen:
                seen.add(above)
                wave.append(above)
    return frozenset(found)


def about_state(world: Compiled, type: str, code: str) -> list[Record]:
    """Records of a type that are about a State."""
    return by_state(world, type).get(code, [])


def within(world: Compiled, day: str | None, days: int) -> bool:
    """Whether a day surely lies within so many days before the one that is asked about, or after it."""
    return day is not None and edtf.parse(day).first >= edtf.parse(world.as_of).last - days


def most_days(told: Iterable[Recorded]) -> int:
    """The most days that these claims set, a part of a day as a whole one; 0 where none sets any."""
    values = [one.statement.value for one in told]
    return max((ceil(float(one)) for one in values if one.replace(".", "", 1).isdigit()), default=0)
