"""Whose act it is: authorities by what others say of their office, never by the record that names them; and dates that lift."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.decisions.callings import contrary
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import reported
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Needed,
    Support,
    admissible,
    admissible_values,
    beneficiaries,
    objection,
    publisher_of,
    support,
)
from sousveil.decisions.evidence.dates import certainly_by
from sousveil.decisions.facts.reading import PLACED, closure, ids_of, places_of, with_above
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.types import is_a
from sousveil.register.views.records import Record

LOCAL = frozenset("local municipal city county district regional provincial".split())
"""Levels of bodies that do not speak for the whole State."""
NATIONAL = frozenset("national federal central".split())
"""Levels of bodies that do. What a source calls otherwise is not decided."""


def offices(
    world: Compiled,
    deal: Deal,
    record: Record,
    name: str,
    *subjects: str,
    office: str | None,
    states: Iterable[str] | None = None,
    who: Beneficiaries | None = None,
) -> frozenset[str]:
    """Those of the bodies which a record names that are proven to have an office (None: to be a part of a State, whichever), in one of
    these States (None: any): only they may act, and so pass the question of their State. `who` benefits, else by the deal."""
    by = who or beneficiaries(deal, *subjects)
    return frozenset(id for id in ids_of(world, record, name) if has_office(world, id, by, office, states))


def has_office(
    world: Compiled, id: str, who: Beneficiaries, office: str | None, states: Iterable[str] | None = None
) -> bool:
    """Whether one body has an office, as `offices` asks."""
    there = world.record(id)
    if there is None or (office is not None and not support(world, there, {"office": office}, who).holds):
        return False
    seats = states_of(world, id, who)
    return bool(seats if states is None else seats & set(states))


def whole_state(
    world: Compiled, deal: Deal, record: Record, name: str, *subjects: str, states: Iterable[str]
) -> frozenset[str]:
    """Those of the bodies which a record names that are proven to be of one of these States, and of the whole of it: the State itself, or a
    body on the national level by an admissible statement that nobody reports to be local, or part of a local one."""
    who = beneficiaries(deal, *subjects)
    bodies = offices(world, deal, record, name, *subjects, office=None, states=states)
    return frozenset(id for id in bodies if _national(world, id, who))


def _national(world: Compiled, id: str, who: Beneficiaries) -> bool:
    there = world.record(id)
    levels = there.claims("level") if there is not None else ()
    proven = any(is_national(one.statement.value) and not objection(world, one, who) for one in levels)
    return (proven or bool(_state_codes(world, there, who))) and not part_of_local(world, id)


def _state_codes(world: Compiled, there: Record | None, who: Beneficiaries) -> set[str]:
    """The codes of a record that is a State by an admissible statement: calling a city one makes it none."""
    claims = there.claims("country") if there is not None else ()
    return {one.statement.value for one in claims if one.statement.type == "State" and not objection(world, one, who)}


def is_local(level: str) -> bool:
    """Whether a level is below that of the State."""
    return level.strip().casefold() in LOCAL


def is_national(level: str) -> bool:
    """Whether a level is that of the State."""
    return level.strip().casefold() in NATIONAL


def part_of_local(world: Compiled, id: str) -> bool:
    """Whether anybody says, more firmly than as an allegation, that a body or what it is part of is local."""
    records = map(world.record, with_above(world, [id]))
    levels = (one for record in records if record is not None for one in record.claims("level"))
    return any(is_local(one.statement.value) and reported(world, one) for one in levels)


def surely_called(world: Compiled, there: Record, type: str, who: Beneficiaries) -> bool:
    """For lifting: whether an admissible statement gives this type, and nobody reports another."""
    told = [one for one in there.statements if is_a(one.statement.type, type)]
    return not contrary(there, (type,)) and any(not objection(world, one, who) for one in told)


def states_of(world: Compiled, id: str | None, who: Beneficiaries) -> frozenset[str]:
    """Of which States a public body is a part: each step, and the State's code, by an admissible statement. Where such a statement gives a
    body a country, it is of no other State."""
    mine = world.record(id) if id is not None else None
    if mine is None:
        return frozenset()
    countries = admissible_values(world, mine, "country", who)

    def above(one: str) -> Iterable[str]:
        there = world.record(one)
        if there is None or _state_codes(world, there, who):
            return ()
        named = admissible(world, there, "partOf", who)
        return (world.base.target(one) for one in named if is_a(one.statement.type, "PublicBody"))

    found = frozenset(code for one in closure([mine.id], above) for code in _state_codes(world, world.record(one), who))
    return found & countries if countries else found


def speaks_as_state(world: Compiled, one: Recorded, code: str, who: Beneficiaries) -> bool:
    """Whether a statement is the word of a State itself, or of a body of the whole of it, with a verified key; of no body that anybody
    reports to be of another State."""
    by = publisher_of(world, world.base.signer(one)) if not objection(world, one, None) else None
    if by is None or code not in states_of(world, by, who):
        return False
    return places_of(world, by) <= {code} and not part_of_local(world, by)


def of_state(world: Compiled, record: Record, code: str, needed: Needed, who: Beneficiaries) -> Support:
    """`support`, where also a statement that may lift says that the record is about this State, itself or by a body that is proven to be
    a part of it: nobody else relabels it."""
    found = support(world, record, needed, who)
    if not found.holds:
        return found
    why: list[str] = []
    for one in record.claims(*PLACED):
        code_itself, body = len(one.statement.value) == 2, world.base.target(one)
        if code not in ((body,) if code_itself else places_of(world, body)):
            continue
        reason = objection(world, one, who)
        if not reason and not code_itself and not _placed(world, body, code, who):
            reason = f"that {world.caption(body)} is of {world.caption(code)} is not confirmed"
        if not reason:
            return Support(tuple(dict.fromkeys((one.id, *found.proof))))
        why.append(f"{world.caption(record.id)}: {reason}")
    return Support(why=tuple(dict.fromkeys(why)))


def _placed(world: Compiled, id: str, code: str, who: Beneficiaries) -> bool:
    """Whether it is confirmed that a body is of a State: by its country, or by what it is part of; and by neither that it is of another."""
    there = world.record(id)
    return there is not None and code in (admissible_values(world, there, "country", who) or states_of(world, id, who))


def lifting_date(
    world: Compiled, record: Record, name: str, who: Beneficiaries, *, latest: bool, alone: bool = False
) -> str | None:
    """A date by what may lift: the latest start, or the earliest end. None where no fit statement gives one.

    A contrary date at the standard for blocking counts too, never an allegation. `alone`: it counts even where no fit statement
    gives a date, as for an end that need not be stated.
    """
    claims = record.claims(name)
    fitting = [one for one in claims if not objection(world, one, who)]
    if not fitting and not alone:
        return None
    dates = [one.statement.value for one in (*fitting, *(one for one in claims if reported(world, one)))]
    return (max if latest else min)(dates, key=edtf.sort_key, default=None)


def act_day(world: Compiled, record: Record, who: Beneficiaries, *names: str) -> str | None:
    """The latest day of an act by what may lift, of the first of these properties (`date`, `startDate`) that gives one."""
    days = (lifting_date(world, record, one, who, latest=True) for one in names or ("date", "startDate"))
    return next((one for one in days if one is not None), None)


def lately(world: Compiled, record: Record, name: str, who: Beneficiaries, days: int) -> bool:
    """Whether what a property dates surely lies by the day, and within so many days before it, by what may lift."""
    first = lifting_date(world, record, name, who, latest=False)
    last = lifting_date(world, record, name, who, latest=True)
    return certainly_by(world.as_of, last) and edtf.parse(first or "").first >= edtf.parse(world.as_of).last - days
