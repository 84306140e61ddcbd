"""Where the deal goes, and what kind of end user it has: scope facts that neither block nor lift."""

from __future__ import annotations

from sousveil.decisions import parameters
from sousveil.decisions.callings import called
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.admissibility import Beneficiaries, beneficiaries, fixed, objection
from sousveil.decisions.evidence.affiliation import Reached
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import is_local, is_national, states_of
from sousveil.decisions.facts.reading import Derive, places_of, scope
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register.model import Recorded
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
    """Whether it is known from where it is exported: the question says so, or the supplier's seat is sure."""
    if deal.leaving:
        return True
    return deal.supplier is not None and bool(sure_seats(world, deal, deal.supplier))


def elsewhere(deal: Deal, places: set[str]) -> bool:
    """For blocking: whether it may be exported from somewhere else than these. One more seat that somebody tells of makes no State the
    exporting one alone."""
    return not deal.exporting_states or any(one not in places for one in deal.exporting_states)


def _free(world: Compiled, deal: Deal, one: Recorded, who: Beneficiaries) -> bool:
    """Whether a statement lifts: its publisher gains neither by what is said of somebody (`who`) nor from the deal."""
    return not objection(world, one, who) and not objection(world, one, beneficiaries(deal))


def sure_seats(world: Compiled, deal: Deal, id: str) -> frozenset[str]:
    """For lifting: where a list, or somebody independent of it and of the deal, says that somebody has its seat: whose office may act for
    it is not for those to say who gain by another office."""
    row = world.base.rows.get(id)
    record = world.record(id)
    seats, who = record.stand("country", "jurisdiction") if record is not None else (), fixed(world.graph.ties(id))
    sure = {one.statement.value for one in seats if _free(world, deal, one, who)}
    return frozenset(map(whole, sure | set(row.countries if row is not None else ()))) & set(world.seats.of(id))


def seat_needed(world: Compiled, deal: Deal, id: str | None) -> str:
    """A sentence for what an act of the State of a seat needs besides, where it is not sure where somebody sits; else empty."""
    if id is None or sure_seats(world, deal, id):
        return ""
    return f" Its State is not sure: no list and nobody independent confirms where {world.caption(id)} has its seat."


def sure_exporting(world: Compiled, deal: Deal) -> tuple[str, ...]:
    """For lifting: from where it is exported, by the question or by the supplier's sure seats."""
    if deal.leaving:
        return deal.exporting_states
    supplier = deal.supplier
    sure = sure_seats(world, deal, supplier) if supplier is not None else frozenset()
    return tuple(one for one in deal.exporting_states if one in sure)


@scope(
    "buyer.government",
    asks="Is {subject} a part of a State?",
    needs="What {subject} is.",
)
def _government(world: Compiled, deal: Deal, buyer: str) -> Value:
    record = world.record(buyer)
    if record is None:
        return Value(Truth.UNKNOWN)
    who = fixed(world.graph.ties(buyer))
    public = called(record, "PublicBody")
    sure = next((one.id for one in public if _free(world, deal, one, who)), None)
    if sure is not None:
        return Value(Truth.TRUE, (sure,))
    for above in world.graph.owners(buyer):
        if above.id == buyer or not world.seats.may_be_public(above.id):
            continue
        proof = tuple(dict.fromkeys(id for link in above.path for id in link.proof))
        told = [said for id in proof if (said := world.recorded(id)) is not None]
        if all(_free(world, deal, one, who) for one in told) and _shown_public(world, deal, above.id, who):
            return Value(Truth.TRUE, proof)
    return Value(Truth.UNKNOWN, tuple(one.id for one in public[:1]))


def _shown_public(world: Compiled, deal: Deal, id: str, who: Beneficiaries) -> bool:
    """Whether a list, or an admissible publisher, shows that an owner is a public body, and nobody reports that it is something else."""
    record, row = world.record(id), world.base.rows.get(id)
    listed = row is not None and is_a(row.type, "PublicBody")
    confirmed = record is not None and any(_free(world, deal, one, who) for one in called(record, "PublicBody"))
    return (listed or confirmed) and world.graph.is_certainly(id, "PublicBody")


def _public_near(world: Compiled, buyer: str) -> list[Reached]:
    """Who stands behind the end user on the day, and may be a part of a State."""
    return [one for one in world.reach(buyer) if not one.tie and one.id != buyer and world.seats.may_be_public(one.id)]


@scope(
    "buyer.us_agency",
    asks="Is {subject} an agency of the United States?",
    needs="What {subject} is.",
)
def _us_agency(world: Compiled, deal: Deal, buyer: str) -> Value:
    """Whoever calls it a public body of the United States, more firmly than as an allegation, makes it one; that it is none of their
    agencies takes a list, or somebody independent, who says where it has its seat or of which State it is part."""
    record = world.record(buyer)
    told = tuple(one.id for one in called(record, "PublicBody")[:1]) if record is not None else ()
    seats = places_of(world, buyer)
    if not AGENCIES & {*deal.buyer_states, *seats}:
        who = fixed(world.graph.ties(buyer))
        sure = sure_seats(world, deal, buyer) or (
            states_of(world, buyer, who) & states_of(world, buyer, beneficiaries(deal))
        )
        return Value(Truth.FALSE if sure else Truth.UNKNOWN, told)
    if told and _level(world, deal, buyer) == "local":
        return Value(Truth.FALSE, told)
    near = _public_near(world, buyer)
    proof = told or tuple(dict.fromkeys(id for one in near[:1] for link in one.path for id in link.proof))
    return Value(Truth.TRUE if (told or near) and AGENCIES & seats else Truth.UNKNOWN, proof)


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
    who = fixed(world.graph.ties(buyer), frozenset(world.seats.of(buyer)))
    sure = {one.statement.value for one in claims if _free(world, deal, one, who)}
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
