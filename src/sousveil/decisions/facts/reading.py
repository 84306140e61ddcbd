"""How facts read records: dates for blocking and for lifting, values, and how a value is put together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date
from functools import partial
from math import ceil
from typing import TypeVar

from msgspec.structs import replace

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Account, Charge, by_publisher, firm, given, last_status, valid, values
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, first_support, objection
from sousveil.decisions.evidence.affiliation import closure
from sousveil.decisions.evidence.dates import certainly_by, earliest, ended_by, latest
from sousveil.decisions.facts.model import DECLARED, UNPROVABLE, Fact, Of, Polarity, Value, World
from sousveil.decisions.model import Deal, Truth, kept
from sousveil.register import edtf
from sousveil.register.model import Recorded, Stance
from sousveil.register.views.records import ONE_DATE, Record

Found = Value | Charge | list[Support] | tuple[Iterable[Support], Charge]
"""What a fact is derived to: a value; what blocks; each support of what lifts, also with what speaks against it."""
Derive = Callable[["Compiled", Deal, str], Found]
D = TypeVar("D", bound=Derive)


def _declares(polarity: Polarity, name: str, *, asks: str, needs: str = "") -> Callable[[D], D]:
    """Declares a fact, by the function that derives it: `Fact` says what `name`, `asks` and `needs` mean. That nothing adverse is so nobody
    can show: such a fact needs no more than an answer."""
    needs = needs or f"{UNPROVABLE}“{asks}”"

    def declare(derive: D) -> D:
        def run(world: World, deal: Deal, subject: str) -> Value:
            missing = needs.replace("{subject}", world.caption(subject) if subject else "the deal")
            found = derive(world, deal, subject)  # type: ignore[arg-type]
            if isinstance(found, Charge):
                found = blocking(found)
            elif not isinstance(found, Value):
                found = lifting(found[0], missing, found[1]) if isinstance(found, tuple) else lifting(found, missing)
            return found if found.truth is Truth.TRUE or found.needs else replace(found, needs=missing)

        of = Of(name.partition(".")[0])
        DECLARED[name] = Fact(name=name, of=of, polarity=polarity, asks=asks, needs=needs, derive=run)
        return derive

    return declare


blocks = partial(_declares, Polarity.BLOCKS)
lifts = partial(_declares, Polarity.LIFTS)
scope = partial(_declares, Polarity.SCOPE)


def blocking(charge: Charge, *, otherwise: Truth = Truth.UNKNOWN, notes: Iterable[str] = ()) -> Value:
    """The value of a fact that blocks. Nothing on file is not known, unless the caller knows better."""
    if charge.counts:
        return Value(Truth.TRUE, charge.proof, charge.alleged, notes=tuple(notes))
    return Value(otherwise, notes=tuple(notes))


def lifting(found: Iterable[Support], needs: str, against: Charge | None = None) -> Value:
    """The value of a fact that lifts: the first support that holds, unless something on file speaks against it."""
    one, against = first_support(list(found)), against or Charge()
    if against.counts:
        truth = Truth.UNKNOWN if one.holds else Truth.FALSE
        return Value(truth, (*one.proof, *against.proof), needs=needs)
    if one.holds:
        return Value(Truth.TRUE, one.proof)
    if one.why:
        needs += f" On file, but it does not count: {'; '.join(dict.fromkeys(one.why))}."
    return Value(Truth.UNKNOWN, needs=needs)


# Dates

CONFIRMED_DAYS = parameters.days("letter-2021", "confirmation_days")
"""How long a confirmation that something is in force counts where no end is stated."""


def latest_reported(world: Compiled, record: Record, statements: Iterable[Recorded], *names: str) -> str:
    """The latest day that the publishers of these statements give a record; `..` where one gives none, whatever others add."""
    days, last = by_publisher(world, record.stand(*names, "startDate", *ONE_DATE)), [edtf.OPEN]
    found = ([one.statement.value for one in days.get(who, ())] or last for who in by_publisher(world, statements))
    return max((one for many in found for one in many), key=edtf.sort_key, default=edtf.OPEN)


def stated_on(world: Compiled, one: Recorded) -> int:
    """The day (ordinal) from which a statement is valid, else on which its source asserted it, else of its log entry."""
    for text in (one.statement.valid_from, one.statement.asserted):
        if text and text != edtf.OPEN:
            return edtf.parse(text).first
    return date.fromisoformat(world.base.logged.get(one.recorded) or world.as_of).toordinal()


def ending(world: Compiled, account: Account, until: str, statuses: Collection[str]) -> list[Recorded]:
    """The statements by which an account ends its record by the day: its newest status, where it is one of these, with the last days that
    it gives; else last days that are over. Where something is reported, an allegation ends nothing."""
    days, last = values(account, until), last_status(account)
    past = [certainly_by(world.as_of, one.statement.value) for one in days]
    past = past or [stated_on(world, one) <= edtf.parse(world.as_of).last for one in last]
    if last and given(last, "status") <= {*statuses} and all(past):
        return [*last, *days]
    return firm(days) if all(ended_by(world.as_of, one.statement.value) for one in days) else []


def ended_on(world: Compiled, endings: Iterable[Recorded], until: str) -> int | None:
    """The latest day (ordinal) of statements that end a record: of its last days, else of its status."""
    many = list(endings)
    days = [edtf.parse(one.statement.value).last for one in many if one.statement.property == until]
    return max(days or [stated_on(world, one) for one in many], default=None)


def narrowed(world: Compiled, record: Record, name: str, naming: str) -> set[str]:
    """What a record is limited to by a property, where every publisher of it limits it. Empty: nothing."""
    limits = by_publisher(world, record.stand(name))
    reporting = by_publisher(world, record.by_property.get(naming, ()))
    return set(ids_of(world, record, name)) if reporting.keys() <= limits.keys() else set()


def ids_of(world: Compiled, record: Record, name: str) -> list[str]:
    """Entities to which a property points, by what stands."""
    return list(dict.fromkeys(map(world.base.target, record.stand(name))))


def naming_of(world: Compiled, record: Record, name: str, id: str) -> list[Recorded]:
    """What is said of one entity by a property, and of no other that the same record names."""
    return [one for one in record.claims(name) if world.base.target(one) == id]


def values_of(record: Record, name: str) -> set[str]:
    """Values of a property that stand."""
    return {one.statement.value for one in record.stand(name)}


def in_force(world: Compiled, record: Record, start: str, end: str, who: Beneficiaries) -> bool:
    """For lifting: it surely held on the day, by what may lift.

    An end that is not stated is not known. That it goes on is said by `..` as `valid_until`, or by the day on which it was said
    (`asserted`): then it counts up to that day and `CONFIRMED_DAYS` longer, after which somebody confirms it anew. An end on file
    at the standard for blocking ends it whoever says so.
    """
    if any(valid(world, one) and ended_by(world.as_of, one.statement.value) for one in record.stand(end)):
        return False
    fitting = [one.statement for one in record.statements if not objection(world, one, who)]
    starts = [one.value for one in fitting if one.property == start]
    ends = [one.value for one in fitting if one.property == end]
    begun = latest(starts or [one.valid_from for one in fitting if one.valid_from])
    ended = earliest(ends or [one.valid_until for one in fitting if one.valid_until])
    if ended is None:
        asserted = [edtf.parse(one.asserted).first for one in fitting if one.asserted]
        fresh = bool(asserted) and edtf.parse(world.as_of).last <= max(asserted) + CONFIRMED_DAYS
        ended = edtf.OPEN if fresh else None
    return begun is not None and ended is not None and edtf.holds(begun, ended, world.as_of) is True


# States


PLACED = ("country", "jurisdiction", "state", "body", "authority", "issuer")


def codes_of(world: Compiled, record: Record) -> set[str]:
    """The States that a record is about, by any publisher."""
    claims = (one for one in record.claims(*PLACED) if one.statement.stance is not Stance.DENIES)
    targets = map(world.base.target, claims)
    return {code for one in targets for code in ((one,) if len(one) == 2 else places_of(world, one))}


def places_of(world: Compiled, id: str) -> frozenset[str]:
    """Where a body, or what it is reported to be part of, has or may have its seat."""
    return frozenset(seat for one in with_above(world, [id]) for seat in world.seats.of(one))


def with_above(world: Compiled, ids: Iterable[str]) -> list[str]:
    """These and what they are reported to be part of."""

    def above(id: str) -> Iterable[str]:
        record = world.record(id)
        return map(world.base.target, firm(record.stand("partOf")) if record is not None else ())

    return closure(ids, above)


def about_state(world: Compiled, type: str, code: str) -> list[Record]:
    """Records of a type that are about a State: by their country, or the seat of the body they name."""
    return by_place(world, type, codes_of).get(code, [])


@kept
def by_place(
    world: Compiled, type: str, places: Callable[[Compiled, Record], Iterable[str]]
) -> dict[str, list[Record]]:
    """Country code -> the records of a type that belong there."""
    found: dict[str, list[Record]] = {}
    for record in world.of_type(type):
        for place in sorted(places(world, record)):
            found.setdefault(place, []).append(record)
    return found


def most_days(statements: Iterable[Recorded]) -> int:
    """The most days that these claims set, a part of a day as a whole one; 0 where none sets any."""
    values = [one.statement.value for one in statements]
    return max((ceil(float(one)) for one in values if one.replace(".", "", 1).isdigit()), default=0)
