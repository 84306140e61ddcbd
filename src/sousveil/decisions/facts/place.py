"""Where the deal goes, and what kind of end user it has: scope facts that neither block nor lift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sousveil.decisions import parameters
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.reading import fact
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register.types import is_a

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled

EU = frozenset(parameters.codes("eu-2021-821", "member_states"))
AGENCIES = frozenset(parameters.codes("us-eo-14093", "agency_states"))
LOCAL = frozenset("local municipal city county regional".split())


def _out_of_union(world: Compiled, deal: Deal, _: str) -> Value:
    """From a Member State to somewhere else. Invented States are in no union."""
    if not deal.exporting_states:
        known = all(one.id is not None and world.seats.of(one.id) for one in deal.parties if one.role == "supplier")
        return Value(Truth.FALSE if known or deal.question.exporting_country else Truth.UNKNOWN)
    inside = any(one in EU for one in deal.exporting_states)
    return Value(Truth.TRUE if inside and deal.question.country not in EU else Truth.FALSE)


def _crosses(world: Compiled, deal: Deal, _: str) -> Value:
    if deal.exporting_states:
        return Value(Truth.TRUE)
    known = all(one.id is not None and world.seats.of(one.id) for one in deal.parties if one.role == "supplier")
    return Value(Truth.FALSE if known or deal.question.exporting_country else Truth.UNKNOWN)


def _government(world: Compiled, deal: Deal, buyer: str) -> Value:
    record = world.record(buyer)
    if record is None:
        return Value(Truth.UNKNOWN)
    proof = tuple(one.id for one in record.statements[:1])
    if is_a(record.type, "PublicBody"):
        return Value(Truth.TRUE, proof)
    owned = any(world.seats.is_public(one.id) for one in world.reach(buyer) if not one.tie)
    return Value(Truth.TRUE if owned else Truth.UNKNOWN, proof)


def _us_agency(world: Compiled, deal: Deal, buyer: str) -> Value:
    found = _government(world, deal, buyer)
    if found.truth is not Truth.TRUE:
        return Value(Truth.FALSE if not AGENCIES & set(deal.buyer_states) else Truth.UNKNOWN)
    record = world.record(buyer)
    local = record is not None and {one.statement.value.casefold() for one in record.stand("level")} & LOCAL
    return Value(Truth.FALSE if local or not AGENCIES & set(world.seats.of(buyer)) else Truth.TRUE, found.proof)


def _local(world: Compiled, deal: Deal, buyer: str) -> Value:
    record = world.record(buyer)
    if record is None:
        return Value(Truth.UNKNOWN)
    claims = record.stand("level")
    if not claims:
        return Value(Truth.UNKNOWN)
    local = any(one.statement.value.casefold() in LOCAL for one in claims)
    return Value(Truth.TRUE if local else Truth.FALSE, tuple(one.id for one in claims))


def _member(world: Compiled, deal: Deal, code: str) -> Value:
    return Value(Truth.TRUE if code in EU else Truth.FALSE)


FACTS: tuple[Fact, ...] = (
    fact(
        "deal.leaves_the_union",
        Of.DEAL,
        Polarity.SCOPE,
        _out_of_union,
        asks="Does it leave the European Union?",
        needs="From where it is exported.",
    ),
    fact(
        "deal.crosses_a_border",
        Of.DEAL,
        Polarity.SCOPE,
        _crosses,
        asks="Does it cross a border?",
        needs="From where it is exported.",
    ),
    fact(
        "buyer.government",
        Of.BUYER,
        Polarity.SCOPE,
        _government,
        asks="Is {subject} a part of a State?",
        needs="What {subject} is.",
    ),
    fact(
        "buyer.us_agency",
        Of.BUYER,
        Polarity.SCOPE,
        _us_agency,
        asks="Is {subject} an agency of the United States?",
        needs="What {subject} is.",
    ),
    fact(
        "buyer.local_body",
        Of.BUYER,
        Polarity.SCOPE,
        _local,
        asks="Is {subject} a local body: a city, a county, their police?",
        needs="What {subject} is, and on which level.",
    ),
    fact(
        "state.member_of_the_union",
        Of.STATE,
        Polarity.SCOPE,
        _member,
        asks="Is {subject} a member of the European Union?",
        needs="Whether {subject} is a member of the European Union.",
    ),
)
