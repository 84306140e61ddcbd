"""What a lift reads: the values, links and owners that those tell of who may lift, and nobody else.

A record is a set of statements of many people. A lift that read one value by whoever tells of it would be made by a stranger who
supplies that value beside what somebody independent confirmed. So everything that a lift needs of a record, the links to other records
included, is read here; where those who may lift differ, the value counts that lifts least.
"""

from __future__ import annotations

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import charge
from sousveil.decisions.evidence.admissibility import Beneficiaries, objection
from sousveil.decisions.evidence.affiliation import QUARTER, Link
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.views.records import Record

SHARES = ("percentage", "percentageAtMost", "percentageBelow")


def sure_told(world: Compiled, record: Record, name: str, who: Beneficiaries) -> list[Recorded]:
    """What those who may lift say of a property, as far as it holds on the day."""
    return [one for one in record.by_property.get(name, ()) if _held(world, one) and not objection(world, one, who)]


def _held(world: Compiled, one: Recorded) -> bool:
    return edtf.holds(one.statement.valid_from, one.statement.valid_until, world.as_of) is not False


def sure_values(world: Compiled, record: Record, name: str, who: Beneficiaries) -> frozenset[str]:
    """The values that those who may lift give a property."""
    return frozenset(one.statement.value for one in sure_told(world, record, name, who))


def sure_ids(world: Compiled, record: Record, *names: str, who: Beneficiaries) -> frozenset[str]:
    """The entities to which those who may lift say that these properties point."""
    told = (one for name in names for one in sure_told(world, record, name, who))
    return frozenset(world.base.canonical(one.statement.value) for one in told)


def least_number(world: Compiled, record: Record, name: str, who: Beneficiaries) -> float:
    """The least number that those who may lift give, or anybody else at the standard for blocking; 0 where none of the first gives one."""
    told = record.by_property.get(name, ())
    fitting = [one for one in told if _held(world, one) and not objection(world, one, who)]
    if not fitting:
        return 0.0
    against = [one for one in told if (found := charge(world, [one])).counts and not found.alleged]
    return min(_number(one.statement.value) for one in (*fitting, *against))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # pragma: no cover - the door takes numbers only
        return 0.0


def sure_links(world: Compiled, links: tuple[Link, ...], who: Beneficiaries) -> bool:
    """Whether each of these links is told of by those who may lift: both of its ends."""
    told = [world.recorded(id) for link in links for id in link.proof]
    return all(link.proof for link in links) and all(one is not None and _link(world, one, who) for one in told)


def _link(world: Compiled, one: Recorded, who: Beneficiaries) -> bool:
    """Whether somebody who may lift says the same of this end of a link: who told of it first hides nobody's word."""
    record = world.record(one.statement.subject)
    id = world.base.canonical(one.statement.value)
    if record is None or id not in sure_ids(world, record, one.statement.property, who=who):
        return False
    starts = sure_values(world, record, "startDate", who)
    if any(_past(world, each) for each in record.by_property.get("endDate", ())):
        return False
    small = any(_number(each) < QUARTER for name in SHARES for each in sure_values(world, record, name, who))
    return not small and not any(edtf.holds(each, None, world.as_of) is False for each in starts)


def _past(world: Compiled, one: Recorded) -> bool:
    """For lifting: whether a last day is over, whoever gives it more firmly than as an allegation, beside which other day ever."""
    over = edtf.holds(edtf.OPEN, one.statement.value, world.as_of) is False
    return over and (found := charge(world, [one])).counts and not found.alleged


def sure_owners(world: Compiled, company: str, who: Beneficiaries) -> list[str]:
    """A company and whoever owns it, step by step, by links that lift: what was done for an owner was done for nobody whom a stranger calls
    one."""
    found, wave = [company], [company]
    while wave:
        wave = [
            link.other
            for at in wave
            for link in world.graph.links(at)
            if link.kind == "owner" and not link.alleged and sure_links(world, (link,), who)
        ]
        wave = [one for one in dict.fromkeys(wave) if one not in found]
        found += wave
    return found
