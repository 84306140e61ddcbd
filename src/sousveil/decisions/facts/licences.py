"""Licences: live ones, their risk, authorisations for this deal, refusals elsewhere, reviews of what was granted."""

from __future__ import annotations

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Charge, adverse, both, merge
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    Wanted,
    beneficiaries,
    first_support,
    support,
)
from sousveil.decisions.evidence.affiliation import TIE
from sousveil.decisions.evidence.dates import certainly_by, certainly_until
from sousveil.decisions.facts.cases import abuser, incident, touching
from sousveil.decisions.facts.item import surely_whole, whole_ids
from sousveil.decisions.facts.licence_ends import ends, events, expired, issued, lost, may_end, renewed
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.notices import places
from sousveil.decisions.facts.offices import act_day, lifting_date, of_state, offices
from sousveil.decisions.facts.place import elsewhere, seat_needed, sure_exporting, sure_seats
from sousveil.decisions.facts.reading import (
    PLACED,
    about_state,
    blocks,
    ids_of,
    lifting,
    lifts,
    narrowed,
    values_of,
)
from sousveil.decisions.world import Deal
from sousveil.register.types.countries import whole as state_of
from sousveil.register.views.records import Record

EXPORT = frozenset({"export", "temporary-export", "brokering", "transit", "technical-assistance"})


def of_deal(world: Compiled, deal: Deal) -> list[Record]:
    """Licences held by the vendors of a deal that fit its product and destination, as far as these are on file."""
    asked = whole_ids(world, deal.product)

    def fits(record: Record) -> bool:
        products = narrowed(world, record, "product", "licensee")
        places = narrowed(world, record, "destination", "licensee")
        return not (products and asked and products.isdisjoint(asked)) and not (
            places and places.isdisjoint(deal.buyer_states)
        )

    vendors = (one for one in deal.vendors if not one.startswith(TIE))
    held = {record.id: record for one in vendors for record in world.pointing(one, "ExportLicence.licensee")}
    return [one for one in held.values() if fits(one)]


def live(world: Compiled, deal: Deal, record: Record) -> Charge:
    """For blocking: what says that a licence is, or may be, in force, unless it surely ended."""
    naming = issued(world, record)
    if not naming.counts:
        return naming
    over = may_end(world, deal, record, expired(world, record), by_date=True)
    if over or may_end(world, deal, record, ends(world, record)):
        return Charge(notes=(*naming.notes, f"{world.caption(record.id)} does not count any more: it ended."))
    over = may_end(world, deal, record, expired(world, record, alleged=False), by_date=True)
    if over or may_end(world, deal, record, ends(world, record, alleged=False)):
        return Charge(naming.proof, True, naming.notes)  # only an allegation has it renewed
    return naming


@blocks(
    "deal.licence_at_risk",
    asks="Is there a live licence for this that touches a case of abuse?",
    needs="Which licences exist for this, and whether a case of abuse touches one.",
)
def _risk(world: Compiled, deal: Deal, _: str) -> Charge:
    """A live licence that touches an incident: by its product, its holder's products, its end user, or its destination."""
    found = []
    for record in of_deal(world, deal):
        alive = live(world, deal, record)
        found.append(both((alive, _touches(world, record))) if alive.counts else alive)
    return merge(found)


def _touches(world: Compiled, record: Record) -> Charge:
    found = [abuser(world, id) for id in ids_of(world, record, "endUser")]
    for licensed, named in (("product", "product"), ("licensee", "vendor")):
        for id in ids_of(world, record, licensed):
            found += [incident(world, one, named) for one in world.pointing(id, f"AbuseIncident.{named}")]
    for place in map(state_of, sorted(values_of(record, "destination"))):
        cases = (
            one
            for one in touching(world, place)
            if any(place in world.seats.of(id) for id in ids_of(world, one, "client"))
        )
        found += [incident(world, one, "client") for one in cases]
    return merge(found)


@lifts(
    "deal.authorised",
    asks="Has an authority of the place of export authorised this, for this item, destination and end user?",
    needs="A live authorisation of the exporting State.",
)
def _authorised(world: Compiled, deal: Deal, _: str) -> Value:
    """A licence for this supplier, product, destination and end user, granted by an authority of the place of export."""
    seat = "" if deal.leaving else seat_needed(world, deal, deal.supplier)
    asked = f"{seat} Or the question names the exporting country (--exporting-country)." if seat else ""
    return _by_authority(world, deal, sure_exporting(world, deal), asked)


@lifts(
    "deal.us_licence",
    asks="Has an authority of the United States licensed this?",
    needs="A live licence of an authority of the United States.",
)
def _us_licence(world: Compiled, deal: Deal, _: str) -> Value:
    return _by_authority(world, deal, parameters.codes("us-lists", "authority_states"))


def _by_authority(world: Compiled, deal: Deal, states: tuple[str, ...], besides: str = "") -> Value:
    records = of_deal(world, deal)
    bodies = (offices(world, deal, one, "issuer", office="licensing", states=states) for one in records)
    who = beneficiaries(deal, acting=frozenset[str]().union(*bodies))
    supplied = [one for one in records if deal.supplier in ids_of(world, one, "licensee")]
    places = " and ".join(world.caption(one) for one in states) or "the exporting State"
    needs = f"A live authorisation of {places} for this supplier, item, destination and end user.{besides}"
    return lifting([_grant(world, one, deal, who) for one in supplied], needs)


def _grant(world: Compiled, record: Record, deal: Deal, who: Beneficiaries) -> Support:
    needed: dict[str, Wanted] = {
        "licensee": deal.supplier,
        "issuer": who.acting.intersection(ids_of(world, record, "issuer")),
    }
    needed |= {"product": surely_whole(world, deal.product, who), "destination": places(world, deal)}
    needed |= {
        "endUser": deal.end_users,
        "status": "granted",
        "licenceKind": EXPORT,
        "expiryDate": None,
        "issueDate": None,
    }
    return _live_grant(world, record, support(world, record, needed, who), who)


@lifts(
    "vendor.marketing_licensed",
    asks="Has {subject} a live licence to market this, of the authority of its seat?",
    needs="A live licence of {subject} to market this.",
)
def _may_market(world: Compiled, deal: Deal, vendor: str) -> Value:
    """A live licence to market this, held by the vendor, of the licensing office of its seat; one that names end users names this."""
    found = [_market(world, deal, vendor, one) for one in of_deal(world, deal)]
    needs = f"A live licence to market this, of the licensing office of the seat of {world.caption(vendor)}."
    return lifting(found, needs + seat_needed(world, deal, vendor))


def _market(world: Compiled, deal: Deal, vendor: str, record: Record) -> Support:
    bodies = offices(world, deal, record, "issuer", vendor, office="licensing", states=sure_seats(world, deal, vendor))
    who = beneficiaries(deal, vendor, acting=bodies)
    needed: dict[str, Wanted] = {"licenceKind": "marketing", "licensee": vendor, "issuer": bodies, "status": "granted"}
    needed |= {"product": surely_whole(world, deal.product, who), "destination": places(world, deal)}
    if record.stand("endUser"):
        needed["endUser"] = deal.end_users
    return _live_grant(world, record, support(world, record, needed, who), who)


def _live_grant(world: Compiled, record: Record, found: Support, who: Beneficiaries) -> Support:
    if not found.holds:
        return found
    again = renewed(world, record, who)
    until = lifting_date(world, record, "expiryDate", who, latest=False)
    live = (
        not lost(world, record, who, again.holds)
        and certainly_by(world.as_of, act_day(world, record, who, "issueDate"))
        and (again.holds or certainly_until(world.as_of, until))
    )
    found = found.also(again) if again.holds else found
    return found.provided(live, f"{world.caption(record.id)}: it does not surely hold on {world.as_of}")


@blocks(
    "deal.refused_elsewhere",
    asks="Has another State refused an essentially identical deal?",
    needs="Whether another State refused a licence for the same supplier, item and destination.",
)
def _refused(world: Compiled, deal: Deal, _: str) -> Charge:
    """A licence for an essentially identical deal that another State refused."""
    found = []
    for record in of_deal(world, deal):
        places = {seat for id in ids_of(world, record, "issuer") for seat in world.seats.of(id)}
        if any(elsewhere(deal, {one}) for one in places):  # one more seat, or issuer, takes none of them away
            refusals = [adverse(world, record, [("status", {"refused"})], until=None)]
            for event in events(world, record):
                refusals.append(adverse(world, event, [("event", {"refused"})], since=DATED, until=None))
            found.append(both((adverse(world, record, [("licensee", None)], until=None), merge(refusals))))
    return merge(found)


@blocks(
    "state.licences_granted",
    asks="Has {subject} granted licences for such technology before?",
    needs="Which licences {subject} granted.",
)
def _granted_before(world: Compiled, deal: Deal, code: str) -> Charge:
    def never(record: Record) -> bool:
        refused = values_of(record, "status") == {"refused"}
        return refused and may_end(world, deal, record, record.stand("status"))

    licences = about_state(world, "ExportLicence", code)
    return merge(issued(world, one) for one in licences if not never(one))


@lifts(
    "state.licences_reviewed",
    asks="Has {subject} published a review of the licences it granted?",
    needs="A published review of every licence of {subject}.",
)
def _reviewed(world: Compiled, deal: Deal, code: str) -> Value:
    """Every licence of the State on file has a published review by the office that issued it, with its reasons, which is that
    office's act and whose office is proven; or an investigation by somebody who does not benefit."""
    who = beneficiaries(deal, code)
    needs = f"A published review or investigation of every licence that {world.caption(code)} granted."
    every = Support()
    for record in about_state(world, "ExportLicence", code):
        if not any(issued(world, record, name).counts for name in ("licensee", *PLACED)):
            continue
        found = [_review(world, deal, record, one, code) for one in world.pointing(record.id, "LicenceReview.licence")]
        about: dict[str, Wanted] = {"about": record.id, "findings": None}
        found += [support(world, one, about, who) for one in world.pointing(record.id, "Investigation.about")]
        reviewed = first_support(found)
        if not reviewed.holds or not of_state(world, record, code, {"licensee": None}, who).holds:
            return lifting([Support(why=reviewed.why)], f"{needs} Missing: {world.caption(record.id)}.")
        every = every.also(reviewed) if every.holds else reviewed
    return lifting([every], needs)


def _review(world: Compiled, deal: Deal, licence: Record, review: Record, code: str) -> Support:
    """A review of a licence by the office that issued it: the same office is named by both, and it is proven to license."""
    bodies = offices(world, deal, review, "authority", code, office="licensing", states=(code,))
    bodies &= offices(world, deal, licence, "issuer", code, office="licensing", states=(code,))
    who = beneficiaries(deal, code, acting=bodies)
    needed: dict[str, Wanted] = {
        "licence": licence.id,
        "authority": bodies,
        "outcome": None,
        "reason": None,
        "date": None,
    }
    dated = certainly_by(world.as_of, act_day(world, review, who, "date"))
    why = f"{world.caption(review.id)}: it has no day, or one after {world.as_of}"
    return support(world, review, needed, who).provided(dated, why)
