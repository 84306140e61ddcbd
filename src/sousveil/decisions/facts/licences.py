"""Licences: one list of dated acts for each, its state by them, and what a deal asks of licences: risk, authorisation, refusals, reviews.

A licence in force that touches a case of abuse blocks, so its end mitigates: it ends by its own last day, by the act of the office that
issued it or of its State, by the word of every publisher of the licence, or by a released end (policy 3); an act that may have put it in
force again undoes the end (policy 1). An authorisation ends by the report of any publisher.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
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
    given,
    last_status,
    merge,
    valid,
    values,
)
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    Wanted,
    admissible_values,
    beneficiaries,
    first_support,
    objection,
    support,
)
from sousveil.decisions.evidence.affiliation import TIE
from sousveil.decisions.evidence.dates import certainly_by, certainly_until, earliest, ended_by, latest, possibly_by
from sousveil.decisions.facts.cases import abuser, incident, touching
from sousveil.decisions.facts.item import surely_whole, whole_ids
from sousveil.decisions.facts.notices import limits, places, told
from sousveil.decisions.facts.notices import of_deal as notices_of
from sousveil.decisions.facts.offices import (
    EU,
    act_day,
    elsewhere,
    lately,
    lifting_date,
    of_state,
    offices,
    states_of,
    sure_exporting,
    sure_seats,
    whole_state,
)
from sousveil.decisions.facts.reading import (
    PLACED,
    about_state,
    blocks,
    ids_of,
    lifts,
    naming_of,
    narrowed,
    said_on,
    values_of,
)
from sousveil.decisions.model import Deal, Ruling, kept
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
    day: str | None
    """The latest day that this publisher gives it (EDTF), the least certain above all; None: none."""
    first: int
    last: int
    """The first and the last day on which it may have been done; of a status, and without days, that of its statement."""
    come: bool
    """Whether it certainly was done by the day. A status holds on every day, unless its publisher dates it by an event."""
    begun: bool
    """Whether it may have been done by the day."""

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
    def by_status(self) -> bool:
        """Whether the status of the licence says so."""
        return self.one.statement.property == "status"

    @property
    def reasons(self) -> list[Recorded]:
        """The reasons that an event or review gives: a dot or a dash is none."""
        return [one for one in values(self.account, "reason") if says_something(one.statement.value)]


def _act(world: Compiled, one: Recorded, record: str, account: list[Recorded], days: Iterable[str] = ()) -> Act:
    known = [day for day in days if day != edtf.OPEN]
    status, first, last = one.statement.property == "status", earliest(known), latest(known)
    said, spans = said_on(world, one), [edtf.parse(day) for day in known if not edtf.parse(day).uncertain]
    dated = spans if not status else []
    return Act(
        one=one,
        record=record,
        account=account,
        publisher=world.base.signer(one).publisher,
        day=last,
        first=min((span.first for span in dated), default=said),
        last=max((span.last for span in dated), default=said),
        come=certainly_by(world.as_of, last) if known else status or said <= edtf.parse(world.as_of).last,
        begun=possibly_by(world.as_of, first),
    )


@kept
def history(world: Compiled, record: Record) -> list[Act]:
    """What events, reviews and newest statuses report of a licence. An event is of the licence that its own publisher names. The publisher
    of a status may give its day by an event of the same value."""
    found = list[Act]()
    for there, name in ((there, name) for link, name in LINKS for there in world.pointing(record.id, link)):
        for account in by_publisher(world, there.statements).values():
            if record.id in map(world.base.target, values(account, "licence")):
                days = [one.statement.value for one in values(account, *DATED)]
                found += [_act(world, one, there.id, account, days) for one in values(account, name)]
    for by, account in by_publisher(world, record.statements).items():
        for one in last_status([one for one in account if valid(world, one)]):
            days = [act.day for act in found if act.publisher == by and act.what == one.statement.value and act.day]
            found.append(_act(world, one, record.id, account, days))
    return found


def ends(world: Compiled, record: Record, revives: Callable[[Recorded], bool], *, adverse: bool) -> list[Act]:
    """The acts that ended a licence by the day, and that no later grant undid which `revives`. `adverse`: for what blocks while the licence
    is live, an end counts once it has certainly come, and a grant or review that may lie on or after it undoes it. Else, for an
    authorisation, an end counts that may have come, unless a grant certainly lies after it."""
    acts = history(world, record)
    kinds = {"event": GRANTS, "outcome": KEEPS if adverse else ()}
    back = [act for act in acts if act.what in kinds.get(act.one.statement.property, ()) and revives(act.one)]
    # A grant without a day may be the first one, and nothing without a day is certain.
    back = [
        act for act in back if (act.begun and (act.day or act.what != "granted") if adverse else act.come and act.day)
    ]
    # The first grant of a licence is older than each of its statuses.
    issued = [edtf.parse(one.statement.value).first for one in record.stand("issueDate")]
    grant = min((*issued, *(act.first for act in back if act.what == "granted")), default=0)

    def undone(end: Act, by: Act) -> bool:
        if by.last >= end.first if adverse else by.first > end.last:
            return True
        newer = by.one.recorded - end.one.recorded >= (0 if adverse else 1)
        same = end.by_status and by.publisher == end.publisher
        return same and newer and (by.what != "granted" or by.first > grant)

    def ended(act: Act) -> bool:
        stated = given(last_status([one for one in act.account if valid(world, one)]), "status")
        return act.what in ENDS and (act.come and stated <= ENDS if adverse else act.begun)

    return [act for act in acts if ended(act) and not any(undone(act, one) for one in back)]


def run_out(world: Compiled, record: Record, revives: Callable[[Recorded], bool], *, adverse: bool) -> list[Act]:
    """The last days by which a licence is over: its own, else those of its renewals. `adverse`: none where a renewal has it in force, or
    may; of several last days of one publisher the latest counts."""
    again = [act for act in history(world, record) if act.what in RENEWS and not act.by_status and revives(act.one)]
    stated = record.stand("expiryDate")
    own = earliest(one.statement.value for one in stated)
    for act in again if adverse else ():
        days: Iterable[str | None] = given(act.account, *DATED) or {None}
        untils: Iterable[str | None] = given(act.account, "expiryDate") or {None}
        if any(goes_on(own, when, until, world.as_of) is not False for when, until in product(days, untils)):
            return []
    found = list[Act]()
    accounts = [*by_publisher(world, stated).values()]
    if all(ended_by(world.as_of, one.statement.value) for one in stated):
        accounts += [values(act.account, "expiryDate") for act in again]
    for many in accounts:
        past = [one for one in many if ended_by(world.as_of, one.statement.value)]
        for one in past if not adverse or len(past) == len(many) else ():
            found.append(_act(world, one, world.base.canonical(one.statement.subject), many, [one.statement.value]))
    return found


# The state of a licence, for answers, labels, cells and pages


class LicenceState(msgspec.Struct, frozen=True):
    """The state of a licence on a day."""

    says: str
    """`live`, how it ended, or `future`."""
    ends: tuple[Act, ...] = ()
    """What ended it so, the newest first; of a licence to come, its first day."""
    naming: Charge = Charge()
    """What says that it was, or may have been, issued by the day."""


def parties_of(deal: Deal) -> tuple[str, ...]:
    """Who benefits in a deal, entities and States: none of them ends a licence that blocks it."""
    who = beneficiaries(deal)
    return tuple(sorted(who.entities | who.states))


@kept
def state(world: Compiled, record: Record, parties: tuple[str, ...] = ()) -> LicenceState:
    """The state of a licence on the day. `parties`: who benefits in the deal that is asked about; none for labels and pages."""
    naming = issued(world, record)
    if over := _ending(world, record, parties):
        return LicenceState(over[0].what, tuple(over), naming)
    if naming.counts or not record.stand("licensee"):
        return LicenceState("live", naming=naming)
    first = [_act(world, one, record.id, [], [one.statement.value]) for one in record.stand("issueDate")[:1]]
    return LicenceState("future", tuple(first), naming)


def _ending(world: Compiled, record: Record, parties: tuple[str, ...]) -> list[Act]:
    """What ended a licence as the newest act did, by its last day where no other did. An allegation neither ends nor revives."""
    acts = [act for judge in (ends, run_out) for act in judge(world, record, _reported, adverse=True)]
    if not (acts := [act for act in acts if _reported(act.one)]):
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


def _reported(one: Recorded) -> bool:
    return bool(firm([one]))


def beneficiaries_of(world: Compiled, record: Record) -> tuple[str, ...]:
    """Who benefits by the end of a licence that is at risk: its holder, its end user, and their States."""
    named = set(map(world.base.target, record.stand("licensee", "endUser")))
    seats = {seat for id in named for seat in world.seats.of(id)}
    return tuple(sorted(named | seats | values_of(record, "destination")))


@kept
def issuing(world: Compiled, record: Record, parties: tuple[str, ...] = ()) -> Beneficiaries:
    """Whose act the end of a licence is: those whom all publishers of the licence, or somebody independent, name as its issuer; and the
    State of which these are proven to be a part. `parties`: who benefits besides the holder's side."""
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


def is_own_act(world: Compiled, one: Recorded, issuer: Beneficiaries) -> bool:
    """Whether a statement is the own act of the office that issued a licence."""
    return world.base.author(one) in issuer.acting and not objection(world, one, issuer)


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
    return found.naming if found.says in ("live", "future") else Charge()


@blocks(
    "deal.licence_at_risk",
    asks="Is there a live licence for this that touches a case of abuse?",
    needs="Which licences exist for this, and whether a case of abuse touches one.",
)
def _risk(world: Compiled, deal: Deal, _: str) -> Charge:
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
    needs="A live authorisation of the exporting State for this supplier, item, destination and end user. The State is the one that the "
    "question names, or that of the confirmed seat of the supplier.",
)
def _authorised(world: Compiled, deal: Deal, _: str) -> list[Support]:
    return _by_authority(world, deal, sure_exporting(world, deal))


@lifts(
    "deal.us_licence",
    asks="Has an authority of the United States licensed this?",
    needs="A live licence of an authority of the United States.",
)
def _us_licence(world: Compiled, deal: Deal, _: str) -> list[Support]:
    return _by_authority(world, deal, parameters.codes("us-lists", "authority_states"))


def _by_authority(world: Compiled, deal: Deal, states: tuple[str, ...]) -> list[Support]:
    supplied = (one for one in of_deal(world, deal) if deal.supplier in ids_of(world, one, "licensee"))
    return [_grant(world, deal, one, states) for one in supplied]


@lifts(
    "vendor.marketing_licensed",
    asks="Has {subject} a live licence to market this, of the authority of its seat?",
    needs="A live licence of {subject} to market this, of the licensing office of its confirmed seat.",
)
def _may_market(world: Compiled, deal: Deal, vendor: str) -> list[Support]:
    states = sure_seats(world, deal, vendor)
    return [_grant(world, deal, one, states, vendor) for one in of_deal(world, deal)]


def _grant(world: Compiled, deal: Deal, record: Record, states: Iterable[str], marketer: str = "") -> Support:
    """A licence in force, of the licensing office of one of these States: the supplier's to export, or the marketer's to market."""
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


@blocks("deal.refused_elsewhere", asks="Has another State refused an essentially identical deal?")
def _refused(world: Compiled, deal: Deal, _: str) -> Charge:
    found = []
    for record in of_deal(world, deal):
        places = {seat for id in ids_of(world, record, "issuer") for seat in world.seats.of(id)}
        if any(elsewhere(deal, {one}) for one in places):  # one more seat, or issuer, takes none of them away
            refusals = [adverse(world, record, [("status", {"refused"})], until=None)]
            for event in world.pointing(record.id, "LicenceEvent.licence"):
                refusals.append(adverse(world, event, [("event", {"refused"})], since=DATED, until=None))
            found.append(both((adverse(world, record, [("licensee", None)], until=None), merge(refusals))))
    return merge(found)


@lifts(
    "state.licences_reviewed",
    asks="Has {subject} published a review of the licences it granted?",
    needs="A published review or investigation of every licence that {subject} granted.",
)
def _reviewed(world: Compiled, deal: Deal, code: str) -> list[Support]:
    who = beneficiaries(deal, code)
    every = Support()
    for record in about_state(world, "ExportLicence", code):
        if not any(issued(world, record, name).counts for name in ("licensee", *PLACED)):
            continue
        found = [_review(world, deal, record, one, code) for one in world.pointing(record.id, "LicenceReview.licence")]
        about: dict[str, Wanted] = {"about": record.id, "findings": None}
        found += [support(world, one, about, who) for one in world.pointing(record.id, "Investigation.about")]
        reviewed = first_support(found)
        if not reviewed.holds or not of_state(world, record, code, {"licensee": None}, who).holds:
            return [Support(why=(*reviewed.why, f"{world.caption(record.id)}: it has no review that counts"))]
        every = every.also(reviewed) if every.holds else reviewed
    return [every]


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


# What authorities of the Union owe one another and the public: consultation where the goods lie, and the yearly report.


WORKING_DAYS = parameters.days("eu-2021-821", "consultation_working_days")
REPORT_DAYS = parameters.days("eu-2021-821", "report_days")
SATURDAY = 5


def working_days_after(day: date, count: int) -> date:
    """The last of so many working days after a day: Monday to Friday, for holidays of each State are not known here."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day


@blocks(
    "deal.goods_elsewhere",
    asks="Do the goods lie in a Member State other than that of the exporter's authority?",
    needs="Where the goods lie.",
)
def _elsewhere(world: Compiled, deal: Deal, _: str) -> Charge:
    return merge(
        both((charge(world, [one for one in record.claims("goodsIn") if one.statement.value in EU
                         and elsewhere(deal, {one.statement.value})]),
              charge(world, record.claims("licensee"))))
        for record in of_deal(world, deal)
    )  # fmt: skip


@lifts(
    "deal.consultation_over",
    asks="Was the Member State where the goods lie asked, and is its time to object over?",
    needs=f"That the State where the goods lie was asked, and its answer or the end of {WORKING_DAYS} working days.",
)
def _over(world: Compiled, deal: Deal, _: str) -> list[Support]:
    lying = _lying(world, deal)
    return [_consulted(world, deal, record, lying) for record in notices_of(world, deal, "consultation")]


def _lying(world: Compiled, deal: Deal) -> frozenset[str]:
    """For lifting: the Member States where the goods lie, as the office that decides on a licence tells it, or somebody independent."""
    lying: set[str] = set()
    for record in of_deal(world, deal):
        issuers = offices(world, deal, record, "issuer", office="licensing", states=sure_exporting(world, deal))
        who = beneficiaries(deal, acting=issuers)
        needed: dict[str, Wanted] = {"licensee": frozenset(deal.sellers), **limits(world, record, deal)}
        if record.stand("product"):
            needed["product"] = surely_whole(world, deal.product, who)
        if support(world, record, needed, who).holds:
            lying |= EU & admissible_values(world, record, "goodsIn", who=who)
    return frozenset(lying.difference(deal.exporting_states))


def _consulted(world: Compiled, deal: Deal, record: Record, lying: frozenset[str]) -> Support:
    bodies = offices(world, deal, record, "authority", office="licensing", states=sure_exporting(world, deal))
    who = beneficiaries(deal, acting=bodies)
    asked = offices(world, deal, record, "recipient", office="licensing", states=lying)
    asked |= whole_state(world, deal, record, "recipient", states=lying)
    needed: dict[str, Wanted] = {"noticeKind": "consultation", "authority": bodies, "recipient": asked}
    needed |= {"product": surely_whole(world, deal.product, who), **limits(world, record, deal)}
    found = support(world, record, needed, who)
    when = act_day(world, record, who, "date") if found.holds else None
    if when is not None and certainly_by(world.as_of, when):
        answered = support(world, record, {"outcome": "given"}, who)
        last = working_days_after(date.fromordinal(edtf.parse(when).last), WORKING_DAYS).toordinal()
        if answered.holds or edtf.parse(world.as_of).first > last:
            return found.also(answered) if answered.holds else found
    return found.provided(
        False, f"{world.caption(record.id)}: its {WORKING_DAYS} working days are not surely over on {world.as_of}"
    )


@lifts(
    "state.licence_report",
    asks="Has {subject} published a report on licences within the last year?",
    needs="A public report of the last year on licences of {subject}, by its licensing office.",
)
def _report_published(world: Compiled, deal: Deal, code: str) -> list[Support]:
    found = []
    for record in about_state(world, "OfficialNotice", code):
        bodies = offices(world, deal, record, "authority", code, office="licensing", states=(code,))
        who = beneficiaries(deal, code, acting=bodies)
        published = support(world, record, {"noticeKind": "licence-report", "authority": bodies}, who)
        why = f"{world.caption(record.id)}: it has no day within {REPORT_DAYS} days before {world.as_of}"
        if "licence-report" in values_of(record, "noticeKind"):
            found.append(published.provided(lately(world, record, "date", who, REPORT_DAYS), why))
    return found


blocks("deal.objected_to", asks="Has the Member State where the goods lie objected?")(told("objection"))
