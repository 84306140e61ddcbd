"""Licences: one list of dated acts for each, its state by them, and what a deal asks of licences: risk, authorisation, refusals, reviews.

A licence in force that touches a case of abuse blocks, so its end mitigates: it ends by its own last day, by the act of the office that
issued it or of its State, by the word of every publisher of the licence, or by a released end (policy 3); an act that may have put it in
force again undoes the end (policy 1). An authorisation ends by the report of any publisher.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product

import msgspec

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import (
    DATED,
    Charge,
    adverse,
    both,
    by_publisher,
    charge,
    firm,
    last_status,
    merge,
    valid,
    values,
)
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
    said_on,
    values_of,
)
from sousveil.decisions.rulings import Ruling
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.types.cleaning import says_something
from sousveil.register.types.countries import whole as state_of
from sousveil.register.views.licences import RENEWS, goes_on
from sousveil.register.views.records import Record

# Acts on a licence

ENDS = frozenset({"revoked", "refused", "expired", "withdrawn", "surrendered", "suspended"})
GRANTS = frozenset({"granted", "renewed", "reinstated"})
KEEPS = frozenset({"maintained", "amended"})
"""Outcomes of a review by which a licence goes on: for what blocks, what ended it before counts no more."""
DECIDES = frozenset({"suspended", "revoked", "amended", "renewed", "reinstated", "reviewed", "refused"})
"""Events of a licence that are decisions on it. Every review is one."""
LINKS = (("LicenceEvent.licence", "event"), ("LicenceReview.licence", "outcome"))


class Act(msgspec.Struct, frozen=True):
    """What one publisher reports to have happened to a licence."""

    one: Recorded
    """The statement that says so: an event, the outcome of a review, a status, a last day that is over, a first day to come."""
    record: str
    """Id of the event or review; of the licence, where its status or dates say so."""
    account: list[Recorded]
    """All statements of this publisher about that record."""
    publisher: str
    days: tuple[str, ...]
    """The days that this publisher gives it (EDTF); empty: none."""
    first: int
    last: int
    """The first and the last day on which it may have been done; of a status, and without days, that of its statement."""

    @property
    def what(self) -> str:
        """`granted`, `revoked`, `maintained` and the like; `expired` by its last day, `future` by its first."""
        statement = self.one.statement
        return {"expiryDate": "expired", "issueDate": "future"}.get(statement.property, statement.value)

    @property
    def by_date(self) -> bool:
        """Whether the licence is over by its own last day."""
        return self.one.statement.property == "expiryDate"

    @property
    def day(self) -> str | None:
        """The latest of its days; None: none is given."""
        return max(self.days, key=edtf.sort_key, default=None)

    @property
    def reasons(self) -> list[Recorded]:
        """The reasons that an event or review gives: a dot or a dash is none."""
        return [one for one in values(self.account, "reason") if says_something(one.statement.value)]


def _act(world: Compiled, one: Recorded, record: Record, account: list[Recorded], days: Iterable[str]) -> Act:
    given = tuple(day for day in days if day != edtf.OPEN)
    first = last = said_on(world, one)
    if given and one.statement.property != "status":
        spans = [edtf.parse(day) for day in given]
        first, last = min(span.first for span in spans), max(span.last for span in spans)
    return Act(one, record.id, account, world.base.signer(one).publisher, given, first, last)


def _accounts(world: Compiled, record: Record) -> dict[str, list[Recorded]]:
    """Publisher -> all its statements about a record, with what it took back."""
    found: dict[str, list[Recorded]] = {}
    for one in record.statements:
        found.setdefault(world.base.signer(one).publisher, []).append(one)
    return found


def history(world: Compiled, record: Record) -> list[Act]:
    """What events, reviews and statuses report of a licence. An event is of the licence that its own publisher names. The publisher of a
    status may give its day by an event of the same value."""

    def make() -> list[Act]:
        found = list[Act]()
        for there, name in ((there, name) for link, name in LINKS for there in world.pointing(record.id, link)):
            for account in _accounts(world, there).values():
                if record.id in map(world.base.target, values(account, "licence")):
                    days = [one.statement.value for one in values(account, *DATED)]
                    found += [_act(world, one, there, account, days) for one in values(account, name)]
        for by, account in _accounts(world, record).items():
            for one in (one for one in values(account, "status") if valid(world, one)):
                same = (act for act in found if act.publisher == by and act.what == one.statement.value)
                found.append(_act(world, one, record, account, [day for act in same for day in act.days]))
        return found

    return world.once("history of a licence", record.id, make)


def ends(world: Compiled, record: Record, revives: Callable[[Recorded], bool], *, adverse: bool) -> list[Act]:
    """The acts that ended a licence by the day, and that no act undid which `revives`. `adverse`: for what blocks while the licence is
    live, an end counts once it has certainly come, and any act that may lie on or after it undoes it. Else, for an authorisation, an end
    counts that may have come, unless an act certainly lies after it."""
    acts, issued = history(world, record), [edtf.parse(one.statement.value).first for one in record.stand("issueDate")]
    begun, over, every = (possibly_by, certainly_by, any) if adverse else (certainly_by, possibly_by, all)
    back = list[Act]()
    for act in acts:
        kinds = {"event": GRANTS, "outcome": KEEPS if adverse else ()}.get(act.one.statement.property, ())
        come = every(begun(world.as_of, day) for day in act.days) if act.days else adverse and act.what != "granted"
        if come and act.what in kinds and revives(act.one):
            back.append(act)
    # The first grant of a licence undoes no status: it is older than each.
    grant = min((*issued, *(act.first for act in back if act.what == "granted")), default=0)

    def undone(end: Act, by: Act) -> bool:
        if by.last >= end.first if adverse else by.first > end.last:
            return True
        newer = by.one.recorded - end.one.recorded >= (0 if adverse else 1)
        status = end.one.statement.property == "status" and by.publisher == end.publisher
        return status and newer and (by.what != "granted" or by.first > grant)

    def ended(act: Act) -> bool:
        come = [over(world.as_of, day) for day in act.days]
        stated = {one.statement.value for one in last_status([one for one in act.account if valid(world, one)])}
        if adverse and not come and not stated:  # an event without a day is not older than its statement
            come = [act.last <= edtf.parse(world.as_of).last]
        return act.what in ENDS and (stated <= ENDS and all(come) if adverse else any(come) or not come)

    return [act for act in acts if ended(act) and not any(undone(act, one) for one in back)]


def run_out(world: Compiled, record: Record, revives: Callable[[Recorded], bool], *, adverse: bool) -> list[Act]:
    """The last days by which a licence is over: its own, and those of its events unless its own is still to come. `adverse`: none where a
    renewal has it in force, or may; where one publisher gives several last days, the latest counts."""
    again = [act for act in history(world, record) if act.one.statement.property == "event" and revives(act.one)]
    last = record.stand("expiryDate")
    if adverse:
        again = [act for act in again if act.what in RENEWS]
        own = min((one.statement.value for one in last), key=edtf.sort_key, default=None)
        for act in again:
            untils: list[str | None] = [one.statement.value for one in values(act.account, "expiryDate")]
            for when, until in product(act.days or [None], untils or [None]):
                if goes_on(own, when, until, world.as_of) is not False:
                    return []

    def over(there: Record, account: list[Recorded]) -> Iterator[Act]:
        stated = values(account, "expiryDate")
        past = [one for one in stated if ended_by(world.as_of, one.statement.value)]
        for one in past if not adverse or len(past) == len(stated) else ():
            yield _act(world, one, there, account, [one.statement.value])

    found = [act for account in _accounts(world, record).values() for act in over(record, account)]
    if len(found) == len(last):
        found += [one for act in again if (there := world.record(act.record)) for one in over(there, act.account)]
    return found


# The state of a licence, for answers, labels, cells and pages


class LicenceState(msgspec.Struct, frozen=True):
    """The state of a licence on a day."""

    says: str
    """`live`, how it ended, or `future`."""
    ends: tuple[Act, ...] = ()
    """What ended it so, the newest first; of a licence to come, its first day."""
    alleged: bool = False
    """It ended, and only an allegation has it go on."""
    naming: Charge = Charge()
    """What says that it was, or may have been, issued by the day."""


def parties_of(deal: Deal) -> tuple[str, ...]:
    """Who benefits in a deal, entities and States: none of them ends a licence that blocks it."""
    who = beneficiaries(deal)
    return tuple(sorted(who.entities | who.states))


def state(world: Compiled, record: Record, parties: tuple[str, ...] = ()) -> LicenceState:
    """The state of a licence on the day. `parties`: who benefits in the deal that is asked about; none for labels and pages."""

    def make() -> LicenceState:
        naming = issued(world, record)
        if over := _ending(world, record, parties, alleged=False):
            return LicenceState(over[0].what, tuple(over), not _ending(world, record, parties, alleged=True), naming)
        if naming.counts or not record.stand("licensee"):
            return LicenceState("live", naming=naming)
        first = [_act(world, one, record, [], [one.statement.value]) for one in record.stand("issueDate")[:1]]
        return LicenceState("future", tuple(first), naming=naming)

    return world.once("state of a licence", " ".join((record.id, *parties)), make)


def _ending(world: Compiled, record: Record, parties: tuple[str, ...], *, alleged: bool) -> list[Act]:
    """The acts that ended a licence by the day as the newest of them did, and by its last day where no other did. An allegation ends
    nothing. `alleged`: an allegation that it goes on counts."""

    def revives(one: Recorded) -> bool:
        return alleged or bool(firm([one]))

    acts = [one for judge in (ends, run_out) for one in judge(world, record, revives, adverse=True) if firm([one.one])]
    if not acts:
        return []
    issuer, publishers = issuing(world, record, parties), set(by_publisher(world, record.claims("licensee")))
    own = [one for one in acts if one.publisher in publishers]
    # Those who benefit by the end are no publishers of it, but of the last day that they gave themselves.
    if publishers <= {world.base.canonical(one) for one in (*beneficiaries_of(world, record), *parties)}:
        own = [one for one in own if one.by_date]
    agreed = bool(publishers) and publishers <= {one.publisher for one in own}
    released = {one.end.id for one in world.released(record.id)}
    counts = [
        one for one in acts if (agreed and one in own) or one.one.id in released or is_own_act(world, one.one, issuer)
    ]
    counts.sort(key=lambda one: (not one.by_date, one.first), reverse=True)
    return [one for one in counts if one.what == counts[0].what]


def beneficiaries_of(world: Compiled, record: Record) -> tuple[str, ...]:
    """Who benefits by the end of a licence that is at risk: its holder, its end user, and their States."""
    named = set(map(world.base.target, record.stand("licensee", "endUser")))
    seats = {seat for id in named for seat in world.seats.of(id)}
    return tuple(sorted(named | seats | values_of(record, "destination")))


def issuing(world: Compiled, record: Record, parties: tuple[str, ...] = ()) -> Beneficiaries:
    """Whose act the end of a licence is: those whom all publishers of the licence, or somebody independent, name as its issuer; and the
    State of which these are proven to be a part. `parties`: who benefits besides the holder's side."""

    def make() -> Beneficiaries:
        deal = world.about(next(iter(ids_of(world, record, "licensee")), ""))
        benefit = (*beneficiaries_of(world, record), *parties)
        who, found = beneficiaries(deal, *benefit), set[str]()
        publishers = set(by_publisher(world, record.claims("licensee")))
        for id in ids_of(world, record, "issuer"):
            naming = naming_of(world, record, "issuer", id)
            if publishers <= set(by_publisher(world, naming)) or any(not objection(world, one, who) for one in naming):
                found.add(id)
        for code in {code for id in found for code in states_of(world, id, who)}:
            found |= {one.id for one in world.seats.states(code) if code in states_of(world, one.id, who)}
        return beneficiaries(deal, *benefit, acting=found)

    return world.once("issuer of a licence", " ".join((record.id, *parties)), make)


def is_own_act(world: Compiled, one: Recorded, issuer: Beneficiaries) -> bool:
    """Whether a statement is the own act of the office that issued a licence."""
    return publisher_of(world, world.base.signer(one)) in issuer.acting and not objection(world, one, issuer)


def applied(world: Compiled, record: Record) -> Act | None:
    """What reports that a licence was applied for; None where anything else is reported of it as well, or nothing."""
    acts = history(world, record)
    return next((act for act in acts if {one.what for one in acts} == {"applied"}), None)


def licence(world: Compiled, record: Record) -> Ruling:
    """The state of a licence as a ruling, for labels and cells."""
    found = state(world, record)
    return Ruling(found.says, words=(tuple(act.one.id for act in found.ends),) if found.ends else ())


def decisions(world: Compiled, record: Record) -> list[Act]:
    """The decisions of the issuing office or its State on a licence by the day, with reasons; the newest last."""
    issuer = issuing(world, record)
    found = [
        act
        for act in history(world, record)
        if (act.what in DECIDES or act.one.statement.property == "outcome")
        and act.one.statement.property != "status"
        and act.reasons
        and is_own_act(world, act.one, issuer)
        and possibly_by(world.as_of, act.day)
    ]
    return sorted(found, key=lambda act: edtf.sort_key(act.day))


def without_effect(world: Compiled, record: Record) -> list[Act]:
    """What others than the issuing office and its State report by the day to have ended a licence, or that it is only applied for."""
    issuer, acts = issuing(world, record), [one for one in history(world, record) if one.what in ENDS | {"applied"}]
    return [one for one in acts if possibly_by(world.as_of, one.day) and not is_own_act(world, one.one, issuer)]


def is_order_of(world: Compiled, order: Record, issuer: Beneficiaries) -> bool:
    """Whether the issuing office, or its State, publishes an order."""
    return any(is_own_act(world, one, issuer) for one in order.statements)


def order_status(world: Compiled, order: Record, issuer: Beneficiaries) -> str:
    """`issued` or `refused` by the newest word of the issuing office; else `draft`, also until the day of issue."""
    own = [one for one in order.statements if is_own_act(world, one, issuer)]
    come = all(possibly_by(world.as_of, one.statement.value) for one in values(own, "issuedOn"))
    stated = {one.statement.value for one in last_status(own)}
    return next(iter(stated)) if len(stated) == 1 and (come or stated != {"issued"}) else "draft"


def lost(world: Compiled, record: Record, who: Beneficiaries, again: bool = False) -> bool:
    """For lifting: whether anybody reports that a licence ended. Only who may lift revives it. `again`: it is surely renewed."""
    over = ends(world, record, lambda one: not objection(world, one, who), adverse=False)
    over += [] if again else run_out(world, record, lambda one: True, adverse=False)
    found = charge(world, (act.one for act in over))
    return found.counts and not found.alleged


def issued(world: Compiled, record: Record, naming: str = "licensee") -> Charge:
    """What says that a licence was, or may have been, issued by the day."""
    return adverse(world, record, [(naming, None)], since=("issueDate", *DATED), until=None)


def renewed(world: Compiled, record: Record, who: Beneficiaries) -> Support:
    """For lifting: a renewal that surely has a licence in force on the day, with its day and its new last day by what may lift, and no
    earlier last day of it reported."""
    needed: dict[str, Wanted] = {"licence": record.id, "event": RENEWS, "expiryDate": None}
    found = []
    for event in world.pointing(record.id, "LicenceEvent.licence"):
        until = lifting_date(world, event, "expiryDate", who, latest=False)
        begun = certainly_by(world.as_of, act_day(world, event, who, "startDate", "date"))
        if begun and certainly_until(world.as_of, until):
            found.append(support(world, event, needed, who))
    return first_support(found)


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


def live(world: Compiled, record: Record, parties: tuple[str, ...]) -> Charge:
    """For blocking: what says that a licence is, or may be, in force. `parties`: who benefits in the deal."""
    found = state(world, record, parties)
    if not found.naming.counts or found.says in ("live", "future"):
        return found.naming
    if found.alleged:
        return Charge(found.naming.proof, True, found.naming.notes)
    return Charge(notes=(*found.naming.notes, f"{world.caption(record.id)} does not count any more: it ended."))


@blocks(
    "deal.licence_at_risk",
    asks="Is there a live licence for this that touches a case of abuse?",
    needs="Which licences exist for this, and whether a case of abuse touches one.",
)
def _risk(world: Compiled, deal: Deal, _: str) -> Charge:
    """A live licence that touches an incident: by its product, its holder's products, its end user, or its destination."""
    found, parties = [], parties_of(deal)
    for record in of_deal(world, deal):
        alive = live(world, record, parties)
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


def _by_authority(world: Compiled, deal: Deal, states: tuple[str, ...], more: str = "") -> Value:
    supplied = [one for one in of_deal(world, deal) if deal.supplier in ids_of(world, one, "licensee")]
    exporting = " and ".join(world.caption(one) for one in states) or "the exporting State"
    needs = f"A live authorisation of {exporting} for this supplier, item, destination and end user.{more}"
    return lifting([_grant(world, deal, one, states) for one in supplied], needs)


@lifts(
    "vendor.marketing_licensed",
    asks="Has {subject} a live licence to market this, of the authority of its seat?",
    needs="A live licence of {subject} to market this.",
)
def _may_market(world: Compiled, deal: Deal, vendor: str) -> Value:
    """A live licence to market this, held by the vendor, of the licensing office of its seat; one that names end users names this."""
    states = sure_seats(world, deal, vendor)
    found = [_grant(world, deal, one, states, vendor) for one in of_deal(world, deal)]
    needs = f"A live licence to market this, of the licensing office of the seat of {world.caption(vendor)}."
    return lifting(found, needs + seat_needed(world, deal, vendor))


def _grant(world: Compiled, deal: Deal, record: Record, states: Iterable[str], marketer: str = "") -> Support:
    """A licence that surely is in force on the day, of the licensing office of one of these States: the supplier's to export, or the
    marketer's to market."""
    subjects = (marketer,) if marketer else ()
    bodies = offices(world, deal, record, "issuer", *subjects, office="licensing", states=states)
    who = beneficiaries(deal, *subjects, acting=bodies)
    needed: dict[str, Wanted] = {"licensee": marketer or deal.supplier, "issuer": bodies, "status": "granted"}
    needed |= {"product": surely_whole(world, deal.product, who), "destination": places(world, deal)}
    needed |= (
        {"licenceKind": "marketing"} if marketer else {"licenceKind": EXPORT, "expiryDate": None, "issueDate": None}
    )
    if record.stand("endUser") or not marketer:
        needed["endUser"] = deal.end_users
    found = support(world, record, needed, who)
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
            for event in world.pointing(record.id, "LicenceEvent.licence"):
                refusals.append(adverse(world, event, [("event", {"refused"})], since=DATED, until=None))
            found.append(both((adverse(world, record, [("licensee", None)], until=None), merge(refusals))))
    return merge(found)


@blocks(
    "state.licences_granted",
    asks="Has {subject} granted licences for such technology before?",
    needs="Which licences {subject} granted.",
)
def _granted_before(world: Compiled, deal: Deal, code: str) -> Charge:
    parties, licences = parties_of(deal), about_state(world, "ExportLicence", code)
    refused = (values_of(one, "status") == {"refused"} == {state(world, one, parties).says} for one in licences)
    return merge(issued(world, one) for one, never in zip(licences, refused, strict=True) if not never)


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
        **dict.fromkeys(("outcome", "reason", "date")),
    }
    dated = certainly_by(world.as_of, act_day(world, review, who, "date"))
    why = f"{world.caption(review.id)}: it has no day, or one after {world.as_of}"
    return support(world, review, needed, who).provided(dated, why)
