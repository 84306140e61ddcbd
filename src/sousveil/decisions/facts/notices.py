"""Words of authorities that a law makes count: told of repression, a finding of risk, a certification, a declaration."""

from __future__ import annotations

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Charge, adverse, given, merge
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, Wanted, beneficiaries, support
from sousveil.decisions.evidence.dates import certainly_by, certainly_until
from sousveil.decisions.facts.item import surely_whole, whole_ids
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import act_day, lifting_date, offices, states_of, sure_seats, whole_state
from sousveil.decisions.facts.reading import Derive, blocks, lifts, narrowed, scope, values_of
from sousveil.decisions.model import Deal, Truth
from sousveil.register.views.records import Record


def of_deal(world: Compiled, deal: Deal, kind: str) -> list[Record]:
    """Notices of a kind that fit the deal: what they name is of it; what they leave out is not against it."""
    parties = sorted({one.id for one in deal.parties if one.id is not None})
    products = whole_ids(world, deal.product)
    # a front company is for whoever owns it
    users = [one.id for buyer in deal.end_users for one in world.graph.owners(buyer)]
    naming = [(one, "recipient") for one in parties] + [(one, "product") for one in sorted(products)]
    naming += [(one, "endUser") for one in users] + [(one, "authority") for one in deal.end_users]
    found = {record.id: record for id, name in naming for record in world.pointing(id, f"OfficialNotice.{name}")}

    def fits(record: Record) -> bool:
        of_deal = {"product": products, "destination": deal.buyer_states, "endUser": users}
        named = {name: narrowed(world, record, name, "noticeKind") for name in of_deal}
        return all(not named[name] or not named[name].isdisjoint(mine) for name, mine in of_deal.items())

    return [one for one in found.values() if kind in values_of(one, "noticeKind") and fits(one)]


def told(kind: str) -> Derive:
    """An authority told the exporter, or found, something."""

    def derive(world: Compiled, deal: Deal, _: str) -> Charge:
        required = [("noticeKind", {kind}), ("authority", None)]
        records = of_deal(world, deal, kind)
        return merge(
            adverse(world, one, required, since=DATED, when=lambda one: given(one, "outcome") != {"refused"})
            for one in records
        )

    return derive


def own_act(kind: str) -> Derive:
    """The end user certified or declared something for this deal, or its State did: their own act.

    For a State only bodies of the whole State sign: a city is a part of it, and declares nothing in its name.
    """

    def derive(world: Compiled, deal: Deal, _: str) -> list[Support]:
        states = places(world, deal)
        return [_given(world, deal, record, kind, states) for record in of_deal(world, deal, kind)]

    return derive


def _given(world: Compiled, deal: Deal, record: Record, kind: str, states: frozenset[str]) -> Support:
    own = offices(world, deal, record, "authority", office=None, states=states) & deal.end_users
    bodies = own | whole_state(world, deal, record, "authority", states=states)
    who = beneficiaries(deal, acting=bodies, buyer=not own)
    needed: dict[str, Wanted] = {"noticeKind": kind, "outcome": "given", "authority": bodies}
    needed |= {"product": surely_whole(world, deal.product, who), **limits(world, record, deal)}
    return in_force_notice(world, record, support(world, record, needed, who), who)


def places(world: Compiled, deal: Deal) -> frozenset[str]:
    """For lifting: the State of the end user, as somebody independent tells of it; else the one that was asked about. What is reported
    of it besides adds States that have a say, and none that speaks for it."""
    return states_of(world, deal.buyer, beneficiaries(deal)) or frozenset({deal.question.country})


def limits(world: Compiled, record: Record, deal: Deal) -> dict[str, Wanted]:
    """What a notice that names an end user or a destination has to say of them to count for this deal: in `support`."""
    wanted = {"endUser": deal.end_users, "destination": places(world, deal)}
    return {name: values for name, values in wanted.items() if record.stand(name)}


def in_force_notice(world: Compiled, record: Record, found: Support, who: Beneficiaries) -> Support:
    """What supports a notice, where it surely is in force on the day, by the dates of those who may lift."""
    begun = certainly_by(world.as_of, act_day(world, record, who))
    until = lifting_date(world, record, "expiresOn", who, latest=False)
    why = f"{world.caption(record.id)}: it does not surely hold on {world.as_of}"
    return found.provided(begun and certainly_until(world.as_of, until), why)


for _name, _kind, _asks in (
    (
        "deal.informed_of_repression",
        "informed-of-repression",
        "Has an authority told the exporter that the item is or may be meant for repression or serious violations?",
    ),
    (
        "deal.informed_of_military_use",
        "informed-of-military-use",
        "Has an authority told the exporter that the item is or may be meant for military use under an embargo?",
    ),
):
    blocks(_name, asks=_asks)(told(_kind))
blocks("deal.risk_found", asks="Has the agency found a significant risk of security or of improper use?")(
    told("risk-finding")
)
lifts(
    "deal.certified",
    asks="Has the head of the agency certified the use?",
    needs="The certification of the head of the agency for this product.",
)(own_act("certification"))
lifts(
    "deal.end_use_declared",
    asks="Has the buying State signed an end-use declaration?",
    needs="The end-use declaration that the buying State signed.",
)(own_act("end-use-declaration"))


# Certificates and seats of exporters


CERTIFICATE = "registration-certificate"


def seated(pack: str) -> Derive:
    """Whether somebody has, or may have, a seat in a State whose law the pack tells."""
    wanted = frozenset(parameters.codes(pack, "seats"))

    def derive(world: Compiled, deal: Deal, vendor: str) -> Value:
        seats = world.seats.of(vendor)
        if not seats:
            return Value(Truth.UNKNOWN)
        record = world.record(vendor)
        proof = tuple(one.id for one in record.stand("country", "jurisdiction")) if record is not None else ()
        if wanted & set(seats):
            return Value(Truth.TRUE, proof)
        return Value(Truth.FALSE if sure_seats(world, deal, vendor) else Truth.UNKNOWN, proof)

    return derive


@lifts(
    "vendor.exporter_certified",
    asks="Has the Bulgarian authority registered {subject} as an exporter?",
    needs="The certificate that registers {subject} as an exporter.",
)
def _certified(world: Compiled, deal: Deal, vendor: str) -> list[Support]:
    notices = world.pointing(vendor, "OfficialNotice.recipient")
    return [_certificate(world, deal, vendor, one) for one in notices if CERTIFICATE in values_of(one, "noticeKind")]


def _certificate(world: Compiled, deal: Deal, vendor: str, record: Record) -> Support:
    states = parameters.codes("bg-2011", "seats")
    bodies = whole_state(world, deal, record, "authority", vendor, states=states)
    for one in ("licensing", "registry"):
        bodies |= offices(world, deal, record, "authority", vendor, office=one, states=states)
    who = beneficiaries(deal, vendor, acting=bodies)
    needed = {"noticeKind": CERTIFICATE, "outcome": "given", "authority": bodies, "recipient": vendor}
    return in_force_notice(world, record, support(world, record, needed, who), who)


for _name, _pack, _asks in (
    ("vendor.seated_in_israel", "il-5766-2007", "Has {subject} its seat in Israel?"),
    ("vendor.seated_in_bulgaria", "bg-2011", "Has {subject} its seat in Bulgaria?"),
):
    scope(_name, asks=_asks, needs="Where {subject} has its seat.")(seated(_pack))
