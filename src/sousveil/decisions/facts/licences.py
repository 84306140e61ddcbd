"""Licences: live ones, their risk, authorisations for this deal, refusals elsewhere, reviews of what was granted; and their ends.

A licence in force that touches a case of abuse blocks, so its end softens. It ends by everybody who tells of the licence, or by the act
of whoever issued it, of its State too. Who issued it is not for those to say who end it: all who tell of the licence name the issuer, or
somebody independent does. For an authorisation it is the other way round: an end counts whoever reports it. A review of the licence
that revokes or suspends it is such an end, as an event of that name is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

import msgspec

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Charge, adverse, both, by_publisher, charge, merge, valid
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    Wanted,
    beneficiaries,
    first_support,
    objection,
    publisher_of,
    support,
)
from sousveil.decisions.evidence.affiliation import TIE
from sousveil.decisions.evidence.dates import certainly_by, certainly_until, ended_by, possibly_by
from sousveil.decisions.facts.cases import abuser, incident, touching
from sousveil.decisions.facts.item import surely_whole, whole_ids
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.notices import places
from sousveil.decisions.facts.offices import act_day, lifting_date, of_state, offices, states_of
from sousveil.decisions.facts.place import elsewhere, seat_needed, sure_exporting, sure_seats
from sousveil.decisions.facts.reading import (
    PLACED,
    about_state,
    blocks,
    ids_of,
    lifting,
    lifts,
    naming_of,
    narrowed,
    only,
    told_days,
    values_of,
)
from sousveil.decisions.rulings import Ruling
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing
from sousveil.register.types.countries import whole as state_of
from sousveil.register.views.licences import RENEWS, goes_on
from sousveil.register.views.records import Record

# When a licence ended


ENDS = frozenset({"revoked", "refused", "expired", "withdrawn", "surrendered", "suspended"})
GRANTS = frozenset({"granted", "renewed", "reinstated"})
KEEPS = frozenset({"maintained", "amended"})
"""Outcomes of a review by which a licence goes on: for blocking, what ended it before counts no more."""


def issued(world: Compiled, record: Record, naming: str = "licensee") -> Charge:
    """What says that a licence was, or may have been, issued by the day."""
    return adverse(world, record, [(naming, None)], since=("issueDate", *DATED), until=None)


def expired(world: Compiled, record: Record, *, alleged: bool = True) -> list[Recorded]:
    """For blocking: what says that a licence expired before the day; nothing where a renewal has it in force, or may have it so. `alleged`:
    whether one counts of which there is only an allegation."""
    again = [
        (event, one)
        for event in events(world, record)
        for one in event.stand("event")
        if one.statement.value in RENEWS and (alleged or one.statement.standing is not Standing.ALLEGED)
    ]
    own = min((one.statement.value for one in record.stand("expiryDate")), key=edtf.sort_key, default=None)
    for event, one in again:
        untils: list[str | None] = [each.statement.value for each in event.stand("expiryDate")]
        for when, until in product(told_days(world, event, [one]), untils or [None]):
            if goes_on(own, None if when == edtf.OPEN else when, until, world.as_of) is not False:
                return []
    return _run_out(world, record, [event for event, _ in again], surely=True)


def _run_out(world: Compiled, record: Record, again: Iterable[Record], *, surely: bool) -> list[Recorded]:
    """The last days that are over: of the licence, and of these renewals unless its own last day is still to come. `surely`: where one
    voice gives several, the latest of them."""

    def over_of(told: list[Recorded]) -> list[Recorded]:
        many = by_publisher(world, told).values() if surely else ([one] for one in told)
        return [one for each in many if all(ended_by(world.as_of, one.statement.value) for one in each) for one in each]

    told = record.stand("expiryDate")
    over = over_of(told)
    if len(over) == len(told):
        over += [one for event in again for one in over_of(event.stand("expiryDate"))]
    return over


def renewed(world: Compiled, record: Record, who: Beneficiaries) -> Support:
    """For lifting: a renewal that surely has a licence in force on the day, with its day and its new last day by what may lift, and no
    earlier last day of it reported."""
    needed: dict[str, Wanted] = {"licence": record.id, "event": RENEWS, "expiryDate": None}
    found = []
    for event in events(world, record):
        until = lifting_date(world, event, "expiryDate", who, latest=False)
        begun = certainly_by(world.as_of, act_day(world, event, who, "startDate", "date"))
        if begun and certainly_until(world.as_of, until):
            found.append(support(world, event, needed, who))
    return first_support(found)


def ends(
    world: Compiled, record: Record, revives: Callable[[Recorded], bool] | None = None, *, alleged: bool = True
) -> list[Recorded]:
    """What says that a licence ended by the day and was not granted again since, by whoever `revives`. None: anybody, for what blocks while
    the licence is live; then of several days of one voice that counts by which it is live for longest, and who says in one entry that it
    ended and that it did not ended nothing. Else, for an authorisation, that by which it is live for least. `alleged`: whether one that
    has it go on counts of which there is only an allegation."""
    blocks = revives is None
    ended: list[tuple[tuple[int, int], Recorded]] = []
    over: list[_Act] = []
    back: list[_Act] = []
    reviews = world.pointing(record.id, "LicenceReview.licence")
    happened = [(one, "event", GRANTS) for one in events(world, record)]
    happened += [(one, "outcome", KEEPS if blocks else frozenset()) for one in reviews]
    for act, name, grants in happened:
        for one in act.stand(name) if grants else ():
            counts = alleged or one.statement.standing is not Standing.ALLEGED
            if one.statement.value in grants and counts and (revives is None or revives(one)):
                days = told_days(world, act, [one])
                come = [day for day in days if possibly_by(world.as_of, day)]
                if come and (blocks or len(come) == len(days)):
                    back.append(_Act(one, ((max if blocks else min)(come, key=edtf.sort_key),)))
        for one in _ending(world, act, name, blocks=blocks):
            days = told_days(world, act, [one])
            over.append(_Act(one, tuple(day for day in days if day != edtf.OPEN)))
            came = [day for day in days if day == edtf.OPEN or certainly_by(world.as_of, day)]
            if came and (not blocks or len(came) == len(days)):
                when = max(came, key=edtf.sort_key)
                ended.append((edtf.sort_key(None if when == edtf.OPEN else when), one))
    revived = max((edtf.sort_key(one.days[0]) for one in back), default=None)
    told = [one for key, one in ended if revived is None or key > revived or (key == revived and not blocks)]
    return [*_by_status(world, record, over, back, blocks=blocks), *told]


class _Act(msgspec.Struct, frozen=True):
    """An event or a review by which a licence ended, was granted, or goes on, and the days that its publisher gives it."""

    one: Recorded
    days: tuple[str, ...]

    @property
    def day(self) -> str:
        """Its only day; empty: its publisher gives none."""
        return self.days[0] if self.days[0] != edtf.OPEN else ""


def _by_status(world: Compiled, record: Record, over: list[_Act], back: list[_Act], *, blocks: bool) -> list[Recorded]:
    """What the licence itself is called, where that is an end that had come by the day. Whoever tells of what happened to a licence takes
    nobody's word of its status away: that is later than what was before it, and only what came after it is later than that."""
    grants = [one.statement.value for one in record.stand("issueDate")]
    grants += [one.day for one in back if one.one.statement.value == "granted" and one.day]
    first = min(grants, key=edtf.sort_key, default="")
    return [
        one
        for one in _ending(world, record, "status", blocks=blocks)
        if _come(world, one, over, blocks=blocks)
        and not any(_after(world, one, again, first, blocks=blocks) for again in back)
    ]


def _come(world: Compiled, status: Recorded, over: list[_Act], *, blocks: bool) -> bool:
    """Whether an end that a status tells had come by the day, by the events that date it: those of its teller, and for what blocks while
    the licence is live anybody's of the same name, until the day on which it was said. What nothing dates counts on each day."""
    voice, said = world.base.signer(status).publisher, edtf.sort_key(_said(world, status))
    mine = [day for one in over if world.base.signer(one.one).publisher == voice for day in one.days]
    if not blocks:
        return not mine or any(possibly_by(world.as_of, day) for day in mine)
    same = [day for one in over if one.one.statement.value == status.statement.value for day in one.days]
    days = [*mine, *(day for day in same if edtf.sort_key(day) <= said)]
    return not days or certainly_by(world.as_of, max(days, key=edtf.sort_key))


def _after(world: Compiled, status: Recorded, again: _Act, first: str, *, blocks: bool) -> bool:
    """Whether a licence was granted, or went on, after a status that ended it: by its day, or as news of the same voice. Its first grant
    was before, whenever it was told; what names no day is after what was told before it, and the stricter counts of one entry."""
    granted = again.one.statement.value == "granted"
    said = _said(world, status)
    key, limit = edtf.sort_key(again.day or None), edtf.sort_key(said)
    if again.day and (key > limit or (blocks and key == limit)):
        return True
    later = again.one.recorded > status.recorded or (blocks and again.one.recorded == status.recorded)
    if granted:
        later = again.one.recorded > status.recorded and bool(again.day) and key > edtf.sort_key(first or None)
    mine = world.base.signer(again.one).publisher == world.base.signer(status).publisher
    return later and (mine or (blocks and not again.day and not granted))


def _said(world: Compiled, one: Recorded) -> str | None:
    """Since when a status is told to be so, or by when: by itself, by its source, by the log."""
    return one.statement.valid_from or one.statement.asserted or world.base.logged.get(one.recorded)


def _ending(world: Compiled, record: Record, name: str, *, blocks: bool) -> list[Recorded]:
    """What says by a property that a licence ended, for what blocks while it is live, or for an authorisation."""
    if blocks:
        return only(world, record, name, ENDS)
    return [
        one for one in record.stand(name) if one.statement.value in ENDS and (name != "status" or valid(world, one))
    ]


def events(world: Compiled, record: Record) -> list[Record]:
    """What happened to a licence."""
    return list(world.pointing(record.id, "LicenceEvent.licence"))


def may_end(world: Compiled, deal: Deal, record: Record, told: Iterable[Recorded], *, by_date: bool = False) -> bool:
    """For blocking: whether these statements together end a licence: all who report it, or the office that issued it. Where nobody reports
    it but those who would gain by its end, their word ends it only `by_date`: by the last day that they gave it. An allegation ends
    nothing."""
    said = [one for one in told if one.statement.standing is not Standing.ALLEGED]
    if not said:
        return False
    naming = record.claims("licensee")
    gain = _gains(world, record)
    acting = beneficiaries(deal, *gain, acting=_issuers(world, record, naming, beneficiaries(deal, *gain)))
    mine = [one for one in said if _of_licence(world, record, one, acting)]
    tell = set(by_publisher(world, naming))
    gaining = {world.base.canonical(one) for one in tell} <= set(gain)
    by_all = bool(tell) and (by_date or not gaining) and tell <= set(by_publisher(world, mine))
    return by_all or any(_acts(world, one, acting) for one in mine)


def _acts(world: Compiled, one: Recorded, who: Beneficiaries) -> bool:
    """Whether a statement is the own act of the office that issued the licence."""
    return publisher_of(world, world.base.signer(one)) in who.acting and not objection(world, one, who)


def licence(world: Compiled, record: Record) -> Ruling:
    """What the rule makes of a licence on the day, by whoever's word it takes, for labels, cells and pages: `live`, how it ended, or
    `future`. That it goes on by an allegation alone has it live for none: an answer counts it as alleged."""
    deal = world.about(next(iter(ids_of(world, record, "licensee")), ""))
    over, told = expired(world, record, alleged=False), ends(world, record, alleged=False)
    for what in ("revoked", "suspended", "refused", "withdrawn", "surrendered", "expired"):
        said = [one for one in told if one.statement.value == what]
        firm = [one for one in said if one.statement.standing is Standing.CONFIRMED]
        for many in (firm, said):
            if may_end(world, deal, record, many):
                return Ruling(what, words=(tuple(one.id for one in many),))
    if may_end(world, deal, record, over, by_date=True):
        return Ruling("expired", words=(tuple(one.id for one in over),))
    if told and may_end(world, deal, record, told):
        return Ruling(told[-1].statement.value, words=(tuple(one.id for one in told),))
    begun = issued(world, record).counts or not record.stand("licensee")
    return Ruling("live" if begun else "future")


def _of_licence(world: Compiled, record: Record, one: Recorded, who: Beneficiaries) -> bool:
    """Whether an event or a review is one of this licence by whoever tells of it, or by what lifts: nobody moves it to another licence."""
    if one.statement.type not in ("LicenceEvent", "LicenceReview"):
        return True
    event = world.record(one.statement.subject)
    links = naming_of(world, event, "licence", record.id) if event is not None else []
    voice = world.base.signer(one).publisher
    return voice in by_publisher(world, links) or any(not objection(world, link, who) for link in links)


def _gains(world: Compiled, record: Record) -> tuple[str, ...]:
    """Who gains, besides whoever gains by the deal, by the end of a licence that is at risk: its holder, its end user, and their States."""
    named = set(map(world.base.target, record.stand("licensee", "endUser")))
    seats = {seat for id in named for seat in world.seats.of(id)}
    return tuple(sorted(named | seats | {one.statement.value for one in record.stand("destination")}))


def _issuers(world: Compiled, record: Record, naming: Iterable[Recorded], who: Beneficiaries) -> frozenset[str]:
    """Whose act the end of a licence is: those whom all who tell of the licence, or somebody independent, name as its issuer; and the State
    of which these are proven to be a part."""
    tell = set(by_publisher(world, naming))
    found = set()
    for id in ids_of(world, record, "issuer"):
        told = naming_of(world, record, "issuer", id)
        if tell <= set(by_publisher(world, told)) or any(not objection(world, one, who) for one in told):
            found.add(id)
    for code in {code for id in found for code in states_of(world, id, who)}:
        found |= {one.id for one in world.seats.states(code) if code in states_of(world, one.id, who)}
    return frozenset(found)


def lost(world: Compiled, record: Record, who: Beneficiaries, again: bool = False) -> bool:
    """For lifting: whether anybody reports that a licence ended. Only who may lift revives it. `again`: it is surely renewed."""
    said = [] if again else _run_out(world, record, events(world, record), surely=False)
    said += ends(world, record, lambda one: not objection(world, one, who))
    found = charge(world, said)
    return found.counts and not found.alleged


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
