"""Words of authorities that a law makes count: told of repression, a finding of risk, a certification, a declaration, a report."""

from __future__ import annotations

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Charge, adverse, given, merge
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, Wanted, beneficiaries, support
from sousveil.decisions.evidence.dates import certainly_by, certainly_until
from sousveil.decisions.facts.item import surely_whole, whole_ids
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import act_day, lately, lifting_date, offices, places, sure_seats, whole_state
from sousveil.decisions.facts.reading import Derive, about_state, blocks, lifts, narrowed, scope, values_of
from sousveil.decisions.model import Deal, Truth
from sousveil.register.views.records import Record

REPORT_DAYS = parameters.days("eu-2021-821", "report_days")


def _of_deal(world: Compiled, deal: Deal, kind: str) -> list[Record]:
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


def _told(kind: str) -> Derive:
    """An authority told the exporter, or found, something."""

    def derive(world: Compiled, deal: Deal, _: str) -> Charge:
        required = [("noticeKind", {kind}), ("authority", None)]
        records = _of_deal(world, deal, kind)
        return merge(
            adverse(world, one, required, since=DATED, when=lambda one: given(one, "outcome") != {"refused"})
            for one in records
        )

    return derive


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
    ("deal.objected_to", "objection", "Has the Member State where the goods lie objected?"),
    ("deal.risk_found", "risk-finding", "Has the agency found a significant risk of security or of improper use?"),
):
    blocks(_name, asks=_asks)(_told(_kind))


def _own_act(kind: str) -> Derive:
    """The end user certified or declared something for this deal, or its State did: their own act.

    For a State only bodies of the whole State sign: a city is a part of it, and declares nothing in its name.
    """

    def derive(world: Compiled, deal: Deal, _: str) -> list[Support]:
        return [_given(world, deal, record, kind) for record in _of_deal(world, deal, kind)]

    return derive


def _given(world: Compiled, deal: Deal, record: Record, kind: str) -> Support:
    states = places(world, deal)
    own = offices(world, deal, record, "authority", office=None, states=states) & deal.end_users
    bodies = own | whole_state(world, deal, record, "authority", states=states)
    who = beneficiaries(deal, acting=bodies, buyer=not own)
    needed: dict[str, Wanted] = {"noticeKind": kind, "outcome": "given", "authority": bodies}
    needed["product"] = surely_whole(world, deal.product, who)
    limits: dict[str, Wanted] = {"endUser": deal.end_users, "destination": states}
    needed |= {name: wanted for name, wanted in limits.items() if record.stand(name)}
    return _in_force(world, record, needed, who)


def _in_force(world: Compiled, record: Record, needed: dict[str, Wanted], who: Beneficiaries) -> Support:
    """What supports a notice, where it surely is in force on the day, by the dates of those who may lift."""
    begun = certainly_by(world.as_of, act_day(world, record, who))
    until = lifting_date(world, record, "expiresOn", who, latest=False)
    why = f"{world.caption(record.id)}: it does not surely hold on {world.as_of}"
    return support(world, record, needed, who).provided(begun and certainly_until(world.as_of, until), why)


lifts(
    "deal.certified",
    asks="Has the head of the agency certified the use?",
    needs="The certification of the head of the agency for this product.",
)(_own_act("certification"))
lifts(
    "deal.end_use_declared",
    asks="Has the buying State signed an end-use declaration?",
    needs="The end-use declaration that the buying State signed.",
)(_own_act("end-use-declaration"))


@lifts(
    "state.licence_report",
    asks="Has {subject} published a report on licences within the last year?",
    needs="A public report of the last year on licences of {subject}, by its licensing office.",
)
def _report(world: Compiled, deal: Deal, code: str) -> list[Support]:
    found = []
    for record in about_state(world, "OfficialNotice", code):
        bodies = offices(world, deal, record, "authority", code, office="licensing", states=(code,))
        who = beneficiaries(deal, code, acting=bodies)
        published = support(world, record, {"noticeKind": "licence-report", "authority": bodies}, who)
        why = f"{world.caption(record.id)}: it has no day within {REPORT_DAYS} days before {world.as_of}"
        if "licence-report" in values_of(record, "noticeKind"):
            found.append(published.provided(lately(world, record, "date", who, REPORT_DAYS), why))
    return found


# Certificates and seats of exporters


@lifts(
    "vendor.exporter_certified",
    asks="Has the Bulgarian authority registered {subject} as an exporter?",
    needs="The certificate that registers {subject} as an exporter.",
)
def _certified(world: Compiled, deal: Deal, vendor: str) -> list[Support]:
    found, kind, states = [], "registration-certificate", parameters.codes("bg-2011", "seats")
    for record in world.pointing(vendor, "OfficialNotice.recipient"):
        bodies = whole_state(world, deal, record, "authority", vendor, states=states)
        for one in ("licensing", "registry"):
            bodies |= offices(world, deal, record, "authority", vendor, office=one, states=states)
        who = beneficiaries(deal, vendor, acting=bodies)
        needed: dict[str, Wanted] = {"noticeKind": kind, "outcome": "given", "authority": bodies, "recipient": vendor}
        if kind in values_of(record, "noticeKind"):
            found.append(_in_force(world, record, needed, who))
    return found


def _seated(pack: str) -> Derive:
    """Whether somebody has, or may have, a seat in a State whose law the pack tells."""
    wanted = frozenset(parameters.codes(pack, "seats"))

    def derive(world: Compiled, deal: Deal, vendor: str) -> Value:
        seats, record = world.seats.of(vendor), world.record(vendor)
        proof = tuple(one.id for one in record.stand("country", "jurisdiction")) if seats and record is not None else ()
        if wanted & set(seats):
            return Value(Truth.TRUE, proof)
        return Value(Truth.FALSE if sure_seats(world, deal, vendor) else Truth.UNKNOWN, proof)

    return derive


for _name, _pack, _asks in (
    ("vendor.seated_in_israel", "il-5766-2007", "Has {subject} its seat in Israel?"),
    ("vendor.seated_in_bulgaria", "bg-2011", "Has {subject} its seat in Bulgaria?"),
):
    scope(_name, asks=_asks, needs="Where {subject} has its seat.")(_seated(_pack))
