"""Licences: live ones, their risk, authorisations for this deal, refusals elsewhere, reviews of what was granted."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Charge, adverse, both, merge
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, beneficiaries, support
from sousveil.decisions.evidence.affiliation import TIE
from sousveil.decisions.evidence.dates import certainly_by, certainly_until
from sousveil.decisions.facts.cases import abuser, incident, touching
from sousveil.decisions.facts.item import surely_whole, whole
from sousveil.decisions.facts.licence_ends import ends, events, expired, issued, lost, may_end, renewed
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.notices import places
from sousveil.decisions.facts.offices import lifting_date, of_state, offices
from sousveil.decisions.facts.place import elsewhere, seat_needed, sure_exporting, sure_seats
from sousveil.decisions.facts.reading import (
    PLACED,
    about_state,
    blocking,
    fact,
    ids_of,
    lifting,
    narrowed,
    values_of,
)
from sousveil.decisions.world import Deal
from sousveil.register.types.countries import whole as state_of
from sousveil.register.views.records import Record

EXPORT = frozenset({"export", "temporary-export", "brokering", "transit", "technical-assistance"})


def of_deal(world: Compiled, deal: Deal) -> Iterable[Record]:
    """Licences held by the vendors of a deal that fit its product and destination, as far as these are on file."""
    seen = set()
    for vendor in (one for one in deal.vendors if not one.startswith(TIE)):
        for record in world.pointing(vendor, "ExportLicence.licensee"):
            if record.id not in seen and _fits(world, record, deal):
                seen.add(record.id)
                yield record


def _fits(world: Compiled, record: Record, deal: Deal) -> bool:
    products = narrowed(world, record, "product", "licensee")
    places = narrowed(world, record, "destination", "licensee")
    asked = {one.id for one in whole(world, deal.product)} if deal.product is not None else set()
    return (not products or not asked or bool(products & asked)) and (not places or bool(places & {*deal.buyer_states}))


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


def _risk(world: Compiled, deal: Deal, _: str) -> Value:
    """A live licence that touches an incident: by its product, its holder's products, its end user, or its destination."""
    found = []
    for record in of_deal(world, deal):
        alive = live(world, deal, record)
        found.append(both((alive, _touches(world, record))) if alive.counts else alive)
    return blocking(merge(found))


def _touches(world: Compiled, record: Record) -> Charge:
    found = [abuser(world, id) for id in ids_of(world, record, "endUser")]
    for product in ids_of(world, record, "product"):
        found += [incident(world, one, "product") for one in world.pointing(product, "AbuseIncident.product")]
    for holder in ids_of(world, record, "licensee"):
        found += [incident(world, one, "vendor") for one in world.pointing(holder, "AbuseIncident.vendor")]
    for place in values_of(record, "destination"):
        found += [
            incident(world, one, "client")
            for one in touching(world, state_of(place))
            if _by(world, one, state_of(place))
        ]
    return merge(found)


def _by(world: Compiled, case: Record, place: str) -> bool:
    return any(place in world.seats.of(id) for id in ids_of(world, case, "client"))


def _authorised(world: Compiled, deal: Deal, _: str) -> Value:
    """A licence for this supplier, product, destination and end user, granted by an authority of the place of export."""
    seat = ""
    if not deal.leaving:
        seat = seat_needed(world, deal, deal.supplier)
    asked = f"{seat} Or the question names the exporting country (--exporting-country)." if seat else ""
    return _by_authority(world, deal, sure_exporting(world, deal), asked)


def _us_licence(world: Compiled, deal: Deal, _: str) -> Value:
    return _by_authority(world, deal, parameters.codes("us-lists", "authority_states"))


def _by_authority(world: Compiled, deal: Deal, states: tuple[str, ...], besides: str = "") -> Value:
    records = list(of_deal(world, deal))
    issuers = {
        id for record in records for id in offices(world, deal, record, "issuer", office="licensing", states=states)
    }
    found = []
    for record in records:
        found.append(_grant(world, record, deal, beneficiaries(deal, acting=issuers)))
    places = " and ".join(world.caption(one) for one in states) or "the exporting State"
    needs = f"A live authorisation of {places} for this supplier, item, destination and end user.{besides}"
    return lifting(found, needs)


def _grant(world: Compiled, record: Record, deal: Deal, who: Beneficiaries) -> Support:
    supplier = deal.supplier
    if supplier not in ids_of(world, record, "licensee") or deal.product is None or deal.buyer is None:
        return Support()
    products = surely_whole(world, deal.product, who)
    issuer = frozenset(id for id in ids_of(world, record, "issuer") if id in who.acting)
    needed: list[tuple[str, frozenset[str] | None]] = [
        ("licensee", frozenset({supplier})),
        ("issuer", issuer),
        ("product", products),
        ("destination", places(world, deal)),
        ("endUser", frozenset({deal.buyer})),
        ("status", frozenset({"granted"})),
        ("expiryDate", None),
        ("issueDate", None),
        ("licenceKind", EXPORT),
    ]
    return _live_grant(world, record, support(world, record, needed, who), who)


def _may_market(world: Compiled, deal: Deal, vendor: str) -> Value:
    """A live licence to market this, held by the vendor, of the licensing office of its seat; one that names end users names this."""
    states = sure_seats(world, deal, vendor)
    found = []
    for record in of_deal(world, deal):
        bodies = offices(world, deal, record, "issuer", vendor, office="licensing", states=states)
        who = beneficiaries(deal, vendor, acting=bodies)
        needed: list[tuple[str, frozenset[str] | None]] = [
            ("licenceKind", frozenset({"marketing"})),
            ("licensee", frozenset({vendor})),
            ("issuer", bodies),
            ("product", surely_whole(world, deal.product, who) if deal.product is not None else frozenset()),
            ("destination", places(world, deal)),
            ("status", frozenset({"granted"})),
        ]
        if record.stand("endUser"):
            needed.append(("endUser", frozenset({deal.buyer} if deal.buyer is not None else ())))
        found.append(_live_grant(world, record, support(world, record, needed, who), who))
    needs = f"A live licence to market this, of the licensing office of the seat of {world.caption(vendor)}."
    return lifting(found, needs + seat_needed(world, deal, vendor))


def _live_grant(world: Compiled, record: Record, found: Support, who: Beneficiaries) -> Support:
    again = renewed(world, record, who) if found.holds else Support()
    if found.holds and (
        lost(world, record, who, again.holds)
        or not certainly_by(world.as_of, lifting_date(world, record, "issueDate", who, latest=True))
        or not (
            again.holds or certainly_until(world.as_of, lifting_date(world, record, "expiryDate", who, latest=False))
        )
    ):
        return Support(why=(f"{world.caption(record.id)}: it does not surely hold on {world.as_of}",))
    return Support(tuple(dict.fromkeys((*found.proof, *again.proof)))) if again.holds else found


def _refused(world: Compiled, deal: Deal, _: str) -> Value:
    """A licence for an essentially identical deal that another State refused."""
    found = []
    for record in of_deal(world, deal):
        places = {seat for id in ids_of(world, record, "issuer") for seat in world.seats.of(id)}
        if any(elsewhere(deal, {one}) for one in places):  # one more seat, or issuer, takes none of them away
            refusals = [
                adverse(world, record, [("status", {"refused"})], until=None),
                *(
                    adverse(world, event, [("event", {"refused"})], since=DATED, until=None)
                    for event in events(world, record)
                ),
            ]
            found.append(both((adverse(world, record, [("licensee", None)], until=None), merge(refusals))))
    return blocking(merge(found))


def _granted_before(world: Compiled, deal: Deal, code: str) -> Value:
    found = []
    for record in about_state(world, "ExportLicence", code):
        refused = [one for one in record.stand("status") if one.statement.value == "refused"]
        never = values_of(record, "status") == {"refused"} and may_end(world, deal, record, refused)
        if not never:
            found.append(issued(world, record))
    return blocking(merge(found))


def _reviewed(world: Compiled, deal: Deal, code: str) -> Value:
    """Every licence of the State on file has a published review by the office that issued it, with its reasons, which is that
    office's act and whose office is proven; or an investigation by somebody who does not benefit."""
    who = beneficiaries(deal, code)
    needs = f"A published review or investigation of every licence that {world.caption(code)} granted."
    proof: list[str] = []
    licences = [one for one in about_state(world, "ExportLicence", code) if _issued(world, one)]
    for record in licences:
        found = [_review(world, deal, record, one, code) for one in world.pointing(record.id, "LicenceReview.licence")]
        found += [
            support(world, one, [("about", frozenset({record.id})), ("findings", None)], who)
            for one in world.pointing(record.id, "Investigation.about")
        ]
        placed = of_state(world, record, code, [("licensee", None)], who)
        good = next((one for one in found if one.holds and placed.holds), None)
        if good is None:
            why = tuple(said for one in found for said in one.why)
            return lifting([Support(why=why)], f"{needs} Missing: {world.caption(record.id)}.")
        proof += good.proof
    return lifting([Support(tuple(dict.fromkeys(proof)))], needs)


def _issued(world: Compiled, record: Record) -> bool:
    return any(issued(world, record, name).counts for name in ("licensee", *PLACED))


def _review(world: Compiled, deal: Deal, licence: Record, review: Record, code: str) -> Support:
    """A review of a licence by the office that issued it: the same office is named by both, and it is proven to license."""
    bodies = offices(world, deal, review, "authority", code, office="licensing", states=(code,))
    bodies &= offices(world, deal, licence, "issuer", code, office="licensing", states=(code,))
    who = beneficiaries(deal, code, acting=bodies)
    needed: list[tuple[str, frozenset[str] | None]] = [("licence", frozenset({licence.id})), ("authority", bodies)]
    found = support(world, review, [*needed, ("outcome", None), ("reason", None), ("date", None)], who)
    if found.holds and not certainly_by(world.as_of, lifting_date(world, review, "date", who, latest=True)):
        return Support(why=(f"{world.caption(review.id)}: it has no day, or one after {world.as_of}",))
    return found


FACTS: tuple[Fact, ...] = (
    fact(
        "deal.licence_at_risk",
        Of.DEAL,
        Polarity.BLOCKS,
        _risk,
        asks="Is there a live licence for this that touches a case of abuse?",
        needs="Which licences exist for this, and whether a case of abuse touches one.",
    ),
    fact(
        "deal.authorised",
        Of.DEAL,
        Polarity.LIFTS,
        _authorised,
        asks="Has an authority of the place of export authorised this, for this item, destination and end user?",
        needs="A live authorisation of the exporting State.",
    ),
    fact(
        "vendor.marketing_licensed",
        Of.VENDOR,
        Polarity.LIFTS,
        _may_market,
        asks="Has {subject} a live licence to market this, of the authority of its seat?",
        needs="A live licence of {subject} to market this.",
    ),
    fact(
        "deal.us_licence",
        Of.DEAL,
        Polarity.LIFTS,
        _us_licence,
        asks="Has an authority of the United States licensed this?",
        needs="A live licence of an authority of the United States.",
    ),
    fact(
        "deal.refused_elsewhere",
        Of.DEAL,
        Polarity.BLOCKS,
        _refused,
        asks="Has another State refused an essentially identical deal?",
        needs="Whether another State refused a licence for the same supplier, item and destination.",
    ),
    fact(
        "state.licences_granted",
        Of.STATE,
        Polarity.BLOCKS,
        _granted_before,
        asks="Has {subject} granted licences for such technology before?",
        needs="Which licences {subject} granted.",
    ),
    fact(
        "state.licences_reviewed",
        Of.STATE,
        Polarity.LIFTS,
        _reviewed,
        asks="Has {subject} published a review of the licences it granted?",
        needs="A published review of every licence of {subject}.",
    ),
)
