"""Licences and official notices: what authorities permit and say, the state of each licence, and what a deal asks of them.

A licence in force that touches a case of abuse blocks, so its end mitigates: it ends by its own last day, by the act of the office that
issued it or of its State, by the word of every publisher of the licence, or by a released end (policy 3); an act that may have put it in
force again undoes the end (policy 1). An authorisation ends by the report of any publisher and by its last day, which no renewal puts off.
A notice counts for the deal that it fits: what it names is of the deal, and what it leaves out is not against it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

import msgspec

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import (
    DATED,
    Account,
    Charge,
    adverse,
    both,
    by_publisher,
    firm,
    given,
    last_status,
    merge,
    reported,
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
    support,
)
from sousveil.decisions.evidence.affiliation import TIE
from sousveil.decisions.evidence.dates import ended_by, latest, possibly_by
from sousveil.decisions.facts.cases import abuser, incident, operated_by
from sousveil.decisions.facts.item import certainly_whole, whole_ids
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import (
    EU,
    WHOLE,
    certainly_runs,
    lately,
    of_state,
    offices,
    places,
    states_of,
    sure_exporting,
    sure_seats,
)
from sousveil.decisions.facts.reading import (
    PLACED,
    Derive,
    about_state,
    blocks,
    ids_of,
    lifts,
    naming_of,
    narrowed,
    scope,
    stated_on,
    values_of,
)
from sousveil.decisions.model import Deal, Ruling, Truth, kept
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.types.cleaning import says_something
from sousveil.register.types.countries import whole as state_of
from sousveil.register.views.records import Record

# Acts on a licence

ENDS = frozenset({"revoked", "refused", "expired", "withdrawn", "surrendered", "suspended"})
GRANTS = frozenset({"granted", "renewed", "reinstated"})
BACK = {"event": GRANTS, "outcome": {"maintained", "amended"}}
"""Property -> events and outcomes of reviews by which a licence goes on: for what blocks, what ended it before counts no more."""
DECIDES = frozenset({"suspended", "revoked", "amended", "renewed", "reinstated", "reviewed", "refused"})
"""Events of a licence that are decisions on it. Every review is one."""
LINKS = (("LicenceEvent.licence", "event"), ("LicenceReview.licence", "outcome"))


class Act(msgspec.Struct, frozen=True):
    """What one publisher reports to have happened to a licence."""

    one: Recorded
    """The statement that says so: an event, the outcome of a review, a status, a last day that is over, a first day to come."""
    record: str
    """Id of the event or review; of the licence, where its status or dates say so."""
    account: Account
    """All statements of this publisher about that record."""
    publisher: str
    day: str | None
    """The latest day that this publisher gives it (EDTF), the least certain above all; None: none."""
    first: int
    last: int
    """The first and the last day on which it may have been done, any day where a date is doubtful; without a day, that of its statement."""

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


def _act(world: Compiled, one: Recorded, record: str, account: Account, days: Iterable[str] = ()) -> Act:
    known = [edtf.parse(day) for day in days if day != edtf.OPEN]
    first = min((day.first for day in known), default=stated_on(world, one))
    last = max((day.last for day in known), default=first)
    if any(day.uncertain for day in known):
        first, last = 0, date.max.toordinal()
    by, day = world.base.signer(one).publisher, latest(day.text for day in known)
    return Act(one=one, record=record, account=account, publisher=by, day=day, first=first, last=last)


@kept
def history(world: Compiled, record: Record) -> list[Act]:
    """What events, reviews and newest statuses report of a licence. An event is of the licence that its own publisher names, and dates the
    status of the same value, unless its publisher had reported before the status that the licence went on since. Other statuses, and those
    with a day of their own, stand for themselves."""
    found = list[Act]()
    for there, name in ((there, name) for link, name in LINKS for there in world.pointing(record.id, link)):
        for account in by_publisher(world, there.statements).values():
            if record.id in map(world.base.target, values(account, "licence")):
                days = given(account, *DATED)
                found += [_act(world, one, there.id, account, days) for one in values(account, name)]
    back = [act for act in found if act.what in BACK[act.one.statement.property]]
    events = list(found)

    def dates(act: Act, by: str, status: Recorded) -> bool:
        """Whether an event dates a status."""
        since = (one for one in back if one.publisher == by and one.one.recorded <= status.recorded)
        mine = act.publisher == by and act.what == status.statement.value
        return mine and (act.one.recorded >= status.recorded or not any(one.first > act.last for one in since))

    for by, account in by_publisher(world, record.statements).items():
        newest = last_status([one for one in account if valid(world, one)])
        for one in [one for one in newest if one.statement.value not in ENDS] or newest:
            if one.statement.valid_from or not any(dates(act, by, one) for act in events):
                found.append(_act(world, one, record.id, account))
    return found


def _last_days(world: Compiled, record: Record) -> list[Act]:
    """The last days by which a licence is over: of each publisher its latest, and those that events name where all of its own are over."""
    accounts = [*by_publisher(world, record.stand("expiryDate")).values()]
    if all(ended_by(world.as_of, one) for one in values_of(record, "expiryDate")):
        accounts += [
            many for act in history(world, record) if not act.by_status and (many := values(act.account, "expiryDate"))
        ]
    found = list[Act]()
    for many in accounts:
        day = latest(one.statement.value for one in many) or edtf.OPEN
        for one in [one for one in many if one.statement.value == day and ended_by(world.as_of, day)][:1]:
            found.append(_act(world, one, world.base.canonical(one.statement.subject), many, [day]))
    return found


# The state of a licence, for answers, labels, cells and pages


class LicenceState(msgspec.Struct, frozen=True):
    """The state of a licence on a day."""

    says: str
    """`live`, how it ended, or `future`."""
    ends: tuple[Act, ...] = ()
    """What ended it so, the newest first; of a licence to come, its first day."""


@kept
def state(world: Compiled, record: Record, parties: tuple[str, ...] = ()) -> LicenceState:
    """The state of a licence on the day. `parties`: who benefits in the deal that is asked about; none for labels and pages."""
    if over := _ending(world, record, parties):
        return LicenceState(over[0].what, tuple(over))
    if issued(world, record).counts or not record.stand("licensee"):
        return LicenceState("live")
    first = [_act(world, one, record.id, [], [one.statement.value]) for one in record.stand("issueDate")[:1]]
    return LicenceState("future", tuple(first))


def _ending(world: Compiled, record: Record, parties: tuple[str, ...]) -> list[Act]:
    """What ended a licence as the newest act did, by its last day where no other did. An allegation neither ends nor revives."""
    today = edtf.parse(world.as_of).first
    acts = [one for one in (*history(world, record), *_last_days(world, record)) if firm([one.one])]
    back = [one for one in acts if one.what in BACK.get(one.one.statement.property, ())]
    # A grant without a day may be the first one, which is older than each status.
    back = [one for one in back if (one.first <= today if one.day else one.what != "granted")]
    issue = [edtf.parse(one).first for one in values_of(record, "issueDate")]
    grant = min((*issue, *(one.first for one in back if one.what == "granted")), default=0)

    def undone(end: Act, by: Act) -> bool:
        if end.by_date:
            until = given(by.account, "expiryDate")
            return not all(ended_by(world.as_of, one) for one in until) if until else by.last > end.last
        newer = by.one.recorded >= end.one.recorded and (by.what != "granted" or by.first > grant)
        return by.last >= end.first or (end.by_status and by.publisher == end.publisher and newer)

    over = [one for one in acts if one.what in ENDS and (one.by_status or one.last <= today)]
    over = [one for one in over if not any(undone(one, by) for by in back)]
    if not over:
        return []
    issuer, publishers = issuing(world, record, parties), set(by_publisher(world, record.claims("licensee")))
    own = [one for one in over if one.publisher in publishers]
    # Those who benefit by the end are no publishers of it, but of the last day that they gave themselves.
    if publishers <= {world.base.canonical(one) for one in (*beneficiaries_of(world, record), *parties)}:
        own = [one for one in own if one.by_date]
    agreed = bool(publishers) and publishers <= {one.publisher for one in own}
    released = {one.end.id for one in world.released(record.id)}
    counts = [
        one for one in over if (agreed and one in own) or one.one.id in released or is_own_act(world, one.one, issuer)
    ]
    counts.sort(key=lambda one: (not one.by_date, one.first), reverse=True)
    return [one for one in counts if one.what == counts[0].what]


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


def review(world: Compiled, record: Record) -> Ruling:
    """`own` where a review is of the office that issued its licence, or of its State, as one publisher names both."""
    found = list[tuple[bool, str]]()
    for one in filter(None, map(world.record, ids_of(world, record, "licence"))):
        issuer = issuing(world, one)
        for act in history(world, one):
            named = map(world.base.target, values(act.account, "authority"))
            if act.record == record.id and not issuer.acting.isdisjoint(named):
                found.append((is_own_act(world, act.one, issuer), act.one.id))
    return Ruling("own" if found else "", words=((max(found)[1],),) if found else ())


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


def _lost(world: Compiled, record: Record, who: Beneficiaries) -> bool:
    """For lifting: whether anybody reports that a licence ended. Only who may lift puts it in force again, by a later event with a day;
    a status stays until its publisher corrects it."""
    today = edtf.parse(world.as_of).first
    events = [one for one in history(world, record) if not one.by_status]
    back = [one for one in events if one.what in GRANTS and one.day and one.last <= today]
    back = [one for one in back if not objection(world, one.one, who)]
    ended = [one for one in events if one.what in ENDS and firm([one.one]) and (one.first <= today or not one.day)]
    return any(one.statement.value in ENDS and reported(world, one) for one in record.stand("status")) or any(
        not any(by.first > one.last for by in back) for one in ended
    )


def issued(world: Compiled, record: Record, naming: str = "licensee") -> Charge:
    """What says that a licence was, or may have been, issued by the day."""
    return adverse(world, record, [(naming, None)], since=("issueDate", *DATED), until=None)


EXPORT = frozenset({"export", "temporary-export", "brokering", "transit", "technical-assistance"})


def _fits(world: Compiled, record: Record, naming: str, of_deal: Mapping[str, Collection[str]]) -> bool:
    """Whether a record is of the deal in all to which every publisher of it limits it."""
    named = {name: narrowed(world, record, name, naming) for name in of_deal}
    return all(not mine or not named[name] or not named[name].isdisjoint(mine) for name, mine in of_deal.items())


def of_deal(world: Compiled, deal: Deal) -> list[Record]:
    """Licences held by the vendors of a deal that fit its product and destination, as far as these are on file."""
    vendors = (one for one in deal.vendors if not one.startswith(TIE))
    by_id = {record.id: record for one in vendors for record in world.pointing(one, "ExportLicence.licensee")}
    limits = {"product": whole_ids(world, deal.product), "destination": deal.buyer_states}
    return [one for one in by_id.values() if _fits(world, one, "licensee", limits)]


@blocks("deal.licence_at_risk", asks="Is there a live licence for this that touches a case of abuse?")
def _risk(world: Compiled, deal: Deal, _: str) -> Charge:
    """The parties of a deal do not end a licence that blocks it."""
    who = beneficiaries(deal)
    parties = tuple(sorted(who.entities | who.states))
    live = (one for one in of_deal(world, deal) if state(world, one, parties).says == "live")
    return merge(both((issued(world, one), _touches(world, one))) for one in live)


def _touches(world: Compiled, record: Record) -> Charge:
    found = [abuser(world, id) for id in ids_of(world, record, "endUser")]
    for licensed, named in (("product", "product"), ("licensee", "vendor")):
        for id in ids_of(world, record, licensed):
            found += [incident(world, one, named) for one in world.pointing(id, f"AbuseIncident.{named}")]
    for place in map(state_of, sorted(values_of(record, "destination"))):
        found += [incident(world, one, "client") for one in operated_by(world, place)]
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


def _by_authority(world: Compiled, deal: Deal, states: Iterable[str], marketer: str = "") -> list[Support]:
    return [_grant(world, deal, one, states, marketer) for one in of_deal(world, deal)]


@lifts(
    "vendor.marketing_licensed",
    asks="Has {subject} a live licence to market this, of the authority of its seat?",
    needs="A live licence of {subject} to market this, of the licensing office of its confirmed seat.",
)
def _may_market(world: Compiled, deal: Deal, vendor: str) -> list[Support]:
    return _by_authority(world, deal, sure_seats(world, deal, vendor), vendor)


def _grant(world: Compiled, deal: Deal, record: Record, states: Iterable[str], marketer: str) -> Support:
    """A licence in force, of the licensing office of one of these States: the supplier's to export, or the marketer's to market."""
    subjects = (marketer,) if marketer else ()
    bodies = offices(world, deal, record, "issuer", *subjects, office="licensing", states=states)
    who = beneficiaries(deal, *subjects, acting=bodies)
    needed: dict[str, Wanted] = {"licensee": marketer or deal.supplier, "issuer": bodies, "status": "granted"}
    needed |= {"product": certainly_whole(world, deal.product, who), "destination": places(world, deal)}
    needed |= {"licenceKind": "marketing" if marketer else EXPORT, "expiryDate": None, "issueDate": None}
    if record.stand("endUser") or not marketer:
        needed["endUser"] = deal.end_users
    found = _in_force(world, record, needed, who, "expiryDate", "issueDate")
    return found.provided(
        not (found.holds and _lost(world, record, who)), f"{world.caption(record.id)}: its end is reported"
    )


def _in_force(
    world: Compiled, record: Record, needed: dict[str, Wanted], who: Beneficiaries, until: str, *starts: str
) -> Support:
    """What supports a licence or notice, where it surely is in force on the day."""
    why = f"{world.caption(record.id)}: it does not surely hold on {world.as_of}"
    return support(world, record, needed, who).provided(certainly_runs(world, record, who, until, *starts), why)


@blocks("deal.refused_elsewhere", asks="Has another State refused an essentially identical deal?")
def _refused(world: Compiled, deal: Deal, _: str) -> Charge:
    found = []
    for record in of_deal(world, deal):
        refusing = {seat for id in ids_of(world, record, "issuer") for seat in world.seats.of(id)}
        # one more seat of the exporter, or issuer, takes none of them away
        if any({one} != set(deal.exporting_states) for one in refusing):
            refusals = [adverse(world, record, [("status", {"refused"})], until=None)]
            for event in world.pointing(record.id, "LicenceEvent.licence"):
                refusals.append(adverse(world, event, [("event", {"refused"})], since=DATED, until=None))
            found.append(both((adverse(world, record, [("licensee", None)], until=None), merge(refusals))))
    return merge(found)


@blocks(
    "deal.goods_elsewhere",
    asks="Do the goods lie in a Member State other than that of the exporter's authority?",
    needs="Where the goods lie.",
)
def _elsewhere(world: Compiled, deal: Deal, _: str) -> Charge:
    places = {one for one in EU if {one} != set(deal.exporting_states)}
    return merge(
        adverse(world, one, [("licensee", None), ("goodsIn", places)], until=None) for one in of_deal(world, deal)
    )


@lifts(
    "state.licences_reviewed",
    asks="Was every licence that {subject} granted investigated, and was that published?",
    needs="A published investigation of every licence that {subject} granted, confirmed by an independent publisher.",
)
def _reviewed(world: Compiled, deal: Deal, code: str) -> list[Support]:
    who, every = beneficiaries(deal, code), Support()
    for record in about_state(world, "ExportLicence", code):
        if not any(issued(world, record, name).counts for name in ("licensee", *PLACED)):
            continue
        about: dict[str, Wanted] = {"about": record.id, "findings": None}
        found = first_support(
            [support(world, one, about, who) for one in world.pointing(record.id, "Investigation.about")]
        )
        if not found.holds or not of_state(world, record, code, {"licensee": None}, who).holds:
            return [Support(why=(*found.why, f"{world.caption(record.id)}: no investigation of it counts"))]
        every = every.also(found) if every.holds else found
    return [every]


# Official notices: an authority told of repression, found a risk, certified, declared, reported or registered

REPORT_DAYS = parameters.days("eu-2021-821", "report_days")


def _notices(world: Compiled, deal: Deal, kind: str) -> list[Record]:
    """Notices of a kind that fit the deal."""
    parties = sorted({one.id for one in deal.parties if one.id is not None})
    products = whole_ids(world, deal.product)
    # the end user of a front company is its owner
    users = [one.id for buyer in deal.end_users for one in world.graph.owners(buyer)]
    naming = [(one, "recipient") for one in parties] + [(one, "product") for one in sorted(products)]
    naming += [(one, "endUser") for one in users] + [(one, "authority") for one in deal.end_users]
    found = {record.id: record for id, name in naming for record in world.pointing(id, f"OfficialNotice.{name}")}

    limits = {"product": products, "destination": deal.buyer_states, "endUser": users}
    kept = (one for one in found.values() if kind in values_of(one, "noticeKind"))
    return [one for one in kept if _fits(world, one, "noticeKind", limits)]


def _notified(kind: str) -> Derive:
    """An authority told the exporter, or found, something."""

    def derive(world: Compiled, deal: Deal, _: str) -> Charge:
        required = [("noticeKind", {kind}), ("authority", None)]
        records = _notices(world, deal, kind)
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
    blocks(_name, asks=_asks)(_notified(_kind))


def _own_act(kind: str) -> Derive:
    """The end user certified or declared something for this deal, or its State did: their own act.

    For a State only bodies of the whole State sign: a city is a part of it, and declares nothing in its name.
    """

    def derive(world: Compiled, deal: Deal, _: str) -> list[Support]:
        found, states = [], places(world, deal)
        for record in _notices(world, deal, kind):
            own = offices(world, deal, record, "authority", office=None, states=states) & deal.end_users
            bodies = own | offices(world, deal, record, "authority", office=WHOLE, states=states)
            who = beneficiaries(deal, acting=bodies, buyer=not own)
            needed: dict[str, Wanted] = {"noticeKind": kind, "outcome": "given", "authority": bodies}
            needed["product"] = certainly_whole(world, deal.product, who)
            limits: dict[str, Wanted] = {"endUser": deal.end_users, "destination": states}
            needed |= {name: wanted for name, wanted in limits.items() if record.stand(name)}
            found.append(_in_force(world, record, needed, who, "expiresOn"))
        return found

    return derive


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
        named = (WHOLE, "licensing", "registry")
        found_by = [offices(world, deal, record, "authority", vendor, office=one, states=states) for one in named]
        bodies = frozenset[str]().union(*found_by)
        who = beneficiaries(deal, vendor, acting=bodies)
        needed: dict[str, Wanted] = {"noticeKind": kind, "outcome": "given", "authority": bodies, "recipient": vendor}
        if kind in values_of(record, "noticeKind"):
            found.append(_in_force(world, record, needed, who, "expiresOn"))
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
