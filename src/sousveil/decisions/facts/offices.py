"""Whose act it is: authorities by what others say of their office, never by the record that names them; and dates that lift."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import called, contrary, reported
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Needed,
    Support,
    admissible,
    admissible_values,
    beneficiaries,
    objection,
    support,
)
from sousveil.decisions.evidence.affiliation import closure
from sousveil.decisions.evidence.dates import certainly_by, certainly_until
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.reading import PLACED, Derive, ids_of, places_of, scope, with_above
from sousveil.decisions.model import Deal, Truth
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.types import is_a
from sousveil.register.types.countries import whole
from sousveil.register.views.records import Record

LOCAL = frozenset("local municipal city county district regional provincial".split())
"""Levels of bodies that do not speak for the whole State."""
NATIONAL = frozenset("national federal central".split())
"""Levels of bodies that do. What a source calls otherwise is not decided."""
States = Iterable[str] | None


WHOLE = "whole State"
"""What a body has to be to speak for its State, in the place of an office."""


def offices(
    world: Compiled, deal: Deal, record: Record, name: str, *subjects: str, office: str | None, states: States = None
) -> frozenset[str]:
    """Those of the bodies which a record names that are proven to have an office in one of these States (`has_office`): only they may act,
    and so pass the question of their State."""
    who = beneficiaries(deal, *subjects)
    return frozenset(id for id in ids_of(world, record, name) if has_office(world, id, who, office, states))


def has_office(world: Compiled, id: str, who: Beneficiaries, office: str | None, states: States = None) -> bool:
    """Whether a body is proven to have an office, in one of these States (None: in any). Office None: to be a part of the State, whichever;
    `WHOLE`: to be the State itself, or a body on the national level that nobody reports to be local, or part of a local one."""
    there = world.record(id)
    seats = states_of(world, id, who)
    if there is None or not (seats if states is None else seats & set(states)):
        return False
    if office == WHOLE:
        proven = _is_national(world, there, who) or bool(_state_codes(world, there, who))
        return proven and not part_of_local(world, id)
    return office is None or support(world, there, {"office": office}, who).holds


def _state_codes(world: Compiled, there: Record | None, who: Beneficiaries) -> set[str]:
    """The codes of a record that is a State by an admissible statement: calling a city one makes it none."""
    claims = there.claims("country") if there is not None else ()
    return {one.statement.value for one in claims if one.statement.type == "State" and not objection(world, one, who)}


def _levels(claims: Iterable[Recorded]) -> set[str]:
    return {one.statement.value.strip().casefold() for one in claims}


def _is_national(world: Compiled, record: Record, who: Beneficiaries) -> bool:
    """For lifting: whether admissible statements put a body on the level of the whole State, and on no other."""
    levels = _levels(one for one in record.stand("level") if not objection(world, one, who))
    return bool(levels) and levels <= NATIONAL


def part_of_local(world: Compiled, id: str) -> bool:
    """Whether anybody says, more firmly than as an allegation, that a body or what it is part of is local."""
    records = map(world.record, with_above(world, [id]))
    levels = (one for record in records if record is not None for one in record.claims("level") if reported(world, one))
    return bool(_levels(levels) & LOCAL)


def certainly_called(world: Compiled, there: Record, type: str, who: Beneficiaries) -> bool:
    """For lifting: whether an admissible statement gives this type, and nobody reports another."""
    claims = [one for one in there.statements if is_a(one.statement.type, type)]
    return not contrary(there, (type,)) and any(not objection(world, one, who) for one in claims)


def states_of(world: Compiled, id: str | None, who: Beneficiaries) -> frozenset[str]:
    """Of which States a public body is a part: each step, and the State's code, by an admissible statement. Where such a statement gives a
    body a country, it is of no other State."""
    mine = world.record(id) if id is not None else None
    if mine is None:
        return frozenset()
    countries = admissible_values(world, mine, "country", who=who)

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
    by = world.base.author(one) if not objection(world, one, None) else None
    if by is None or code not in states_of(world, by, who):
        return False
    return places_of(world, by) <= {code} and not part_of_local(world, by)


def of_state(world: Compiled, record: Record, code: str, needed: Needed, who: Beneficiaries) -> Support:
    """`support`, where also a statement that may lift says that the record is about this State, itself or by a body that is proven to be
    a part of it: nobody else relabels it."""

    def places(one: Recorded) -> bool:
        body = world.base.target(one)
        there = world.record(body)
        countries = admissible_values(world, there, "country", who=who) if there is not None else ()
        return body == code or code in (countries or states_of(world, body, who))

    found = support(world, record, needed, who)
    for one in record.claims(*PLACED):
        if not objection(world, one, who) and places(one):
            return Support((one.id,)).also(found)
    return found.provided(False, f"{world.caption(record.id)}: that it is of {world.caption(code)} is not confirmed")


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


def certainly_runs(world: Compiled, record: Record, who: Beneficiaries, until: str, *starts: str) -> bool:
    """For lifting: whether something surely began by the day (`act_day`), and its last day is not over."""
    last = lifting_date(world, record, until, who, latest=False)
    return certainly_by(world.as_of, act_day(world, record, who, *starts)) and certainly_until(world.as_of, last)


def lately(world: Compiled, record: Record, name: str, who: Beneficiaries, days: int) -> bool:
    """Whether what a property dates surely lies by the day, and within so many days before it, by what may lift."""
    first = lifting_date(world, record, name, who, latest=False)
    last = lifting_date(world, record, name, who, latest=True)
    return certainly_by(world.as_of, last) and edtf.parse(first or "").first >= edtf.parse(world.as_of).last - days


# Where the deal goes, and what kind of end user it has: scope facts that neither block nor lift.


EU = frozenset(parameters.codes("eu-2021-821", "member_states"))
COUNCIL = frozenset(parameters.codes("pace-2023", "council_states"))
AGENCIES = frozenset(parameters.codes("us-eo-14093", "agency_states"))


@scope("deal.leaves_the_union", asks="Does it leave the European Union?", needs="From where it is exported.")
def _out_of_union(world: Compiled, deal: Deal, _: str) -> Value:
    """From a Member State to somewhere else. Invented States are in no union."""
    if any(one in EU for one in deal.exporting_states):
        return Value(Truth.TRUE if set(deal.buyer_states) - EU else Truth.FALSE)
    return Value(_inside(world, deal))


@scope("deal.crosses_a_border", asks="Does it cross a border?", needs="From where it is exported.")
def _crosses(world: Compiled, deal: Deal, _: str) -> Value:
    return Value(Truth.TRUE if deal.exporting_states else _inside(world, deal))


def _inside(world: Compiled, deal: Deal) -> Truth:
    """FALSE where it is known from where it is exported: the question gives it, or the supplier's seat is sure."""
    known = deal.leaving or (deal.supplier is not None and sure_seats(world, deal, deal.supplier))
    return Truth.FALSE if known else Truth.UNKNOWN


def places(world: Compiled, deal: Deal) -> frozenset[str]:
    """For lifting: the State of the end user, as an independent publisher gives it; else the State of the question. What is reported
    of it besides adds States that have a say, and none that speaks for it."""
    return states_of(world, deal.buyer, beneficiaries(deal)) or frozenset({deal.question.country})


def _besides(world: Compiled, deal: Deal, id: str, *states: str) -> Beneficiaries:
    """For lifting what is reported of an entity: those who benefit from the deal, and those to whom the entity is tied."""
    return beneficiaries(deal, *world.graph.ties(id), *states)


def sure_seats(world: Compiled, deal: Deal, id: str) -> frozenset[str]:
    """For lifting: where a list, or a publisher independent of an entity and of the deal, reports its seat."""
    row, record, who = world.base.rows.get(id), world.record(id), _besides(world, deal, id)
    seats = record.stand("country", "jurisdiction") if record is not None else ()
    sure = {one.statement.value for one in seats if not objection(world, one, who)}
    return frozenset(map(whole, sure | set(row.countries if row is not None else ()))) & set(world.seats.of(id))


def sure_exporting(world: Compiled, deal: Deal) -> tuple[str, ...]:
    """For lifting: from where it is exported, by the question or by the supplier's sure seats."""
    sure = sure_seats(world, deal, deal.supplier) if deal.supplier is not None else frozenset()
    return tuple(one for one in deal.exporting_states if deal.leaving or one in sure)


@scope("buyer.government", asks="Is {subject} a part of a State?", needs="What {subject} is.")
def _government(world: Compiled, deal: Deal, buyer: str) -> Value:
    """By an admissible statement that calls it a public body. A company that a State owns stays a question."""
    record, who = world.record(buyer), _besides(world, deal, buyer)
    public = called(record, "PublicBody") if record is not None else []
    sure = [one for one in public if not objection(world, one, who)]
    return Value(Truth.TRUE if sure else Truth.UNKNOWN, tuple(one.id for one in (sure or public)[:1]))


@scope("buyer.us_agency", asks="Is {subject} an agency of the United States?", needs="What {subject} is.")
def _us_agency(world: Compiled, deal: Deal, buyer: str) -> Value:
    """Any report makes it one; that it is none takes a list, or an admissible statement of its seat or State, or of its level."""
    record, seats, who = world.record(buyer), places_of(world, buyer), _besides(world, deal, buyer)
    public = called(record, "PublicBody") if record is not None else []
    levels = record.stand("level") if record is not None else []
    reach = (
        one for one in world.graph.reach(buyer) if one.id != buyer and not one.tie and world.seats.may_be_public(one.id)
    )
    proof = next(iter([*((one.id,) for one in public), *(one.proof for one in reach)]), ())
    if not AGENCIES & {*deal.buyer_states, *seats}:
        sure = sure_seats(world, deal, buyer) or states_of(world, buyer, who)
        return Value(Truth.FALSE if sure else Truth.UNKNOWN, proof)
    if public and _levels(levels) <= LOCAL and any(not objection(world, one, who) for one in levels):
        return Value(Truth.FALSE, proof)
    return Value(Truth.TRUE if proof and AGENCIES & seats else Truth.UNKNOWN, proof)


@scope(
    "buyer.local_body",
    asks="Is {subject} a local body: a city, a county, their police?",
    needs="What {subject} is, and on which level.",
)
def _local(world: Compiled, deal: Deal, buyer: str) -> Value:
    """A level below that of the State counts whoever tells of it; that there is none only where somebody independent says so."""
    record, who = world.record(buyer), _besides(world, deal, buyer, *world.seats.of(buyer))
    claims = record.stand("level") if record is not None else []
    national = record is not None and _is_national(world, record, who)
    truth = Truth.TRUE if _levels(claims) & LOCAL else Truth.FALSE if national else Truth.UNKNOWN
    return Value(truth, tuple(one.id for one in claims))


def _member_of(states: frozenset[str]) -> Derive:
    return lambda world, deal, code: Value(Truth.TRUE if code in states else Truth.FALSE)


for _name, _states, _union in (
    ("state.member_of_the_union", EU, "the European Union"),
    ("state.member_of_the_council", COUNCIL, "the Council of Europe"),
):
    scope(_name, asks=f"Is {{subject}} a member of {_union}?", needs=f"Whether {{subject}} is a member of {_union}.")(
        _member_of(_states)
    )
