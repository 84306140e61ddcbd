"""Where the deal goes, and what kind of end user it has: scope facts that neither block nor lift."""

from __future__ import annotations

from sousveil.decisions import parameters
from sousveil.decisions.callings import called
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.admissibility import Beneficiaries, beneficiaries, objection
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import is_local, is_national, states_of
from sousveil.decisions.facts.reading import Derive, places_of, scope
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register.types import is_a
from sousveil.register.types.countries import whole

EU = frozenset(parameters.codes("eu-2021-821", "member_states"))
COUNCIL = frozenset(parameters.codes("pace-2023", "council_states"))
AGENCIES = frozenset(parameters.codes("us-eo-14093", "agency_states"))


@scope(
    "deal.leaves_the_union",
    asks="Does it leave the European Union?",
    needs="From where it is exported.",
)
def _out_of_union(world: Compiled, deal: Deal, _: str) -> Value:
    """From a Member State to somewhere else. Invented States are in no union."""
    if any(one in EU for one in deal.exporting_states):
        return Value(Truth.TRUE if set(deal.buyer_states) - EU else Truth.FALSE)
    return Value(Truth.FALSE if _from_where(world, deal) else Truth.UNKNOWN)


@scope(
    "deal.crosses_a_border",
    asks="Does it cross a border?",
    needs="From where it is exported.",
)
def _crosses(world: Compiled, deal: Deal, _: str) -> Value:
    if deal.exporting_states:
        return Value(Truth.TRUE)
    return Value(Truth.FALSE if _from_where(world, deal) else Truth.UNKNOWN)


def _from_where(world: Compiled, deal: Deal) -> bool:
    """Whether it is known from where it is exported: the question gives it, or the supplier's seat is sure."""
    return bool(deal.leaving) or (deal.supplier is not None and bool(sure_seats(world, deal, deal.supplier)))


def elsewhere(deal: Deal, places: set[str]) -> bool:
    """For blocking: whether it may be exported from somewhere else than these."""
    return not deal.exporting_states or any(one not in places for one in deal.exporting_states)


def _besides(world: Compiled, deal: Deal, id: str, *states: str) -> Beneficiaries:
    """For lifting what is reported of an entity: those who benefit from the deal, and those to whom the entity is tied."""
    return beneficiaries(deal, *world.graph.ties(id), *states)


def sure_seats(world: Compiled, deal: Deal, id: str) -> frozenset[str]:
    """For lifting: where a list, or a publisher independent of an entity and of the deal, reports its seat."""
    row, record, who = world.base.rows.get(id), world.record(id), _besides(world, deal, id)
    seats = record.stand("country", "jurisdiction") if record is not None else ()
    sure = {one.statement.value for one in seats if not objection(world, one, who)}
    return frozenset(map(whole, sure | set(row.countries if row is not None else ()))) & set(world.seats.of(id))


def seat_needed(world: Compiled, deal: Deal, id: str | None) -> str:
    """A sentence for what an act of the State of a seat needs besides, where the seat is not sure; else empty."""
    if id is None or sure_seats(world, deal, id):
        return ""
    return f" Its State is not sure: no list and nobody independent confirms where {world.caption(id)} has its seat."


def sure_exporting(world: Compiled, deal: Deal) -> tuple[str, ...]:
    """For lifting: from where it is exported, by the question or by the supplier's sure seats."""
    sure = sure_seats(world, deal, deal.supplier) if deal.supplier is not None else frozenset()
    return tuple(one for one in deal.exporting_states if deal.leaving or one in sure)


@scope(
    "buyer.government",
    asks="Is {subject} a part of a State?",
    needs="What {subject} is.",
)
def _government(world: Compiled, deal: Deal, buyer: str) -> Value:
    record = world.record(buyer)
    if record is None:
        return Value(Truth.UNKNOWN)
    public, who = called(record, "PublicBody"), _besides(world, deal, buyer)
    if sure := next((one.id for one in public if not objection(world, one, who)), ""):
        return Value(Truth.TRUE, (sure,))
    for above in world.graph.owners(buyer)[1:]:
        there, row = world.record(above.id), world.base.rows.get(above.id)
        types = called(there, "PublicBody") if there is not None else ()
        shown = (row is not None and is_a(row.type, "PublicBody")) or any(
            not objection(world, one, who) for one in types
        )
        links = filter(None, map(world.recorded, above.proof))
        if (
            shown
            and types
            and world.graph.is_certainly(above.id, "PublicBody")
            and not any(objection(world, one, who) for one in links)
        ):
            return Value(Truth.TRUE, above.proof)
    return Value(Truth.UNKNOWN, tuple(one.id for one in public[:1]))


@scope(
    "buyer.us_agency",
    asks="Is {subject} an agency of the United States?",
    needs="What {subject} is.",
)
def _us_agency(world: Compiled, deal: Deal, buyer: str) -> Value:
    """Any report makes it one; that it is none takes a list, or an admissible statement of its seat or State."""
    record, seats = world.record(buyer), places_of(world, buyer)
    proof = tuple(one.id for one in called(record, "PublicBody")[:1]) if record is not None else ()
    if not AGENCIES & {*deal.buyer_states, *seats}:
        sure = sure_seats(world, deal, buyer) or states_of(world, buyer, _besides(world, deal, buyer))
        return Value(Truth.FALSE if sure else Truth.UNKNOWN, proof)
    if proof and _level(world, deal, buyer) == "local":
        return Value(Truth.FALSE, proof)
    behind = (one for one in world.reach(buyer) if not one.tie and one.id != buyer)
    public = next((one for one in behind if world.seats.may_be_public(one.id)), None)
    known = bool(proof) or public is not None
    proof = proof or (public.proof if public is not None else ())
    return Value(Truth.TRUE if known and AGENCIES & seats else Truth.UNKNOWN, proof)


@scope(
    "buyer.local_body",
    asks="Is {subject} a local body: a city, a county, their police?",
    needs="What {subject} is, and on which level.",
)
def _local(world: Compiled, deal: Deal, buyer: str) -> Value:
    """A level below that of the State counts whoever tells of it; that there is none only where somebody independent says so."""
    record = world.record(buyer)
    claims = record.stand("level") if record is not None else []
    if any(is_local(one.statement.value) for one in claims):
        return Value(Truth.TRUE, tuple(one.id for one in claims))
    return Value(
        Truth.FALSE if _level(world, deal, buyer) == "national" else Truth.UNKNOWN, tuple(one.id for one in claims)
    )


def _level(world: Compiled, deal: Deal, buyer: str) -> str:
    """`local` or `national` where somebody independent of the end user says so, and nothing else; "" where it is not sure."""
    record = world.record(buyer)
    claims = record.stand("level") if record is not None else []
    who = _besides(world, deal, buyer, *world.seats.of(buyer))
    sure = {one.statement.value for one in claims if not objection(world, one, who)}
    if sure and all(map(is_local, sure)) and all(is_local(one.statement.value) for one in claims):
        return "local"
    return "national" if sure and all(map(is_national, sure)) else ""


def _member_of(states: frozenset[str]) -> Derive:
    def derive(world: Compiled, deal: Deal, code: str) -> Value:
        return Value(Truth.TRUE if code in states else Truth.FALSE)

    return derive


for _name, _states, _union in (
    ("state.member_of_the_union", EU, "the European Union"),
    ("state.member_of_the_council", COUNCIL, "the Council of Europe"),
):
    scope(
        _name,
        asks=f"Is {{subject}} a member of {_union}?",
        needs=f"Whether {{subject}} is a member of {_union}.",
    )(_member_of(_states))
