"""Licences: live ones, their risk, authorisations for this deal, refusals elsewhere, reviews of what was granted; and their ends.

A licence in force that touches a case of abuse blocks, so its end mitigates (`state`, policy 3). For an authorisation it is the other way
round: an end counts whoever reports it. A review that revokes or suspends a licence ends it as an event does.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from itertools import product

import msgspec

from sousveil.decisions import parameters, voices
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
    only,
    told_days,
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

# What happened to a licence


ENDS = frozenset({"revoked", "refused", "expired", "withdrawn", "surrendered", "suspended"})
GRANTS = frozenset({"granted", "renewed", "reinstated"})
KEEPS = frozenset({"maintained", "amended"})
"""Outcomes of a review by which a licence goes on: for what blocks, what ended it before counts no more."""
DECIDES = frozenset({"suspended", "revoked", "amended", "renewed", "reinstated", "reviewed", "refused"})
"""Events of a licence that are decisions on it. Every review is one."""
EVENT = "LicenceEvent.licence"
_UNDATED = edtf.sort_key(None)
_Dated = tuple[tuple[int, int], "Act"]
"""When an act counts, as a key that sorts, and the act."""


class Act(msgspec.Struct, frozen=True):
    """What one publisher reports to have happened to a licence."""

    one: Recorded
    """The statement that says so: an event, the outcome of a review, a status, a last day that is over, a first day to come."""
    record: Record
    """The event or review as this publisher reports it; the licence itself, where its status or dates say so."""
    publisher: str
    days: tuple[str, ...] = ()
    """The days that this publisher gives it (EDTF); empty: none."""

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
        return [one for one in self.record.stand("reason") if says_something(one.statement.value)]


def history(world: Compiled, record: Record) -> list[Act]:
    """What events, reviews and statuses report of a licence. An event is of the licence that its own publisher names."""

    def make() -> list[Act]:
        found = []
        linked = [(one, "event") for one in world.pointing(record.id, EVENT)]
        linked += [(one, "outcome") for one in world.pointing(record.id, "LicenceReview.licence")]
        for there, name in linked:
            naming = by_publisher(world, naming_of(world, there, "licence", record.id))
            for one in there.stand(name):
                if (publisher := world.base.signer(one).publisher) in naming:
                    days = [day for day in told_days(world, there, [one]) if day != edtf.OPEN]
                    mine = [each for each in there.statements if world.base.signer(each).publisher == publisher]
                    found.append(Act(one, voices.only(there, mine), publisher, tuple(days)))
        statuses = (one for one in record.stand("status") if valid(world, one))
        return [*found, *(Act(one, record, world.base.signer(one).publisher) for one in statuses)]

    return world.once("history of a licence", record.id, make)


def _ends(world: Compiled, record: Record, revives: Callable[[Recorded], bool], *, adverse: bool) -> list[_Dated]:
    """The acts that ended a licence by the day and that no act undid which `revives`. `adverse`: for what blocks while the licence is live,
    an end counts once it has certainly come, and any act that may lie on or after it undoes it; an entry that gives two values ends
    nothing. Else, for an authorisation, the other way round: an end counts that may have come, unless an act certainly lies after it."""
    acts, back = history(world, record), list[_Dated]()
    begun, over = (possibly_by, certainly_by) if adverse else (certainly_by, possibly_by)

    def key_of(text: str | None, late: bool) -> tuple[int, int]:  # by the last day that a date may mean, or the first
        return (edtf.parse(text).last, 0) if late and text and text != edtf.OPEN else edtf.sort_key(text)

    for act in acts:
        kinds = {"event": GRANTS, "outcome": KEEPS if adverse else ()}.get(act.one.statement.property, ())
        if act.what in kinds and revives(act.one):
            come = [key_of(day, adverse) for day in act.days if begun(world.as_of, day)]
            if adverse and not act.days and act.what != "granted":
                back.append((_UNDATED, act))
            elif come and (adverse or len(come) == len(act.days)):
                back.append(((max if adverse else min)(come), act))
    granted = (act.days[0] for _, act in back if act.what == "granted" and act.days)
    issued_on = (one.statement.value for one in record.stand("issueDate"))
    first = min((key_of(day, adverse) for day in (*issued_on, *granted)), default=_UNDATED)
    later, newest = operator.ge if adverse else operator.gt, max((key for key, _ in back), default=(0, 0))
    news = dict[str, int]()  # publisher -> the last entry by which it undid a status: the first grant undoes none
    for key, act in back:
        if act.what != "granted" or key > first:
            news[act.publisher] = max(act.one.recorded, news.get(act.publisher, -1))
    dated = dict[str, list[str]]()
    for act in acts:
        dated.setdefault(act.publisher, []).extend(act.days if act.what in ENDS else ())
    found = []
    for act in acts:
        name, days, key = act.one.statement.property, act.days, _UNDATED
        if act.what not in ENDS or (adverse and act.one not in only(world, act.record, name, ENDS)):
            continue
        if name == "status":  # as old as it, its source or the log says; its publisher may date it by an event
            status = act.one.statement
            days = tuple(dated[act.publisher])
            key = key_of(status.valid_from or status.asserted or world.base.logged.get(act.one.recorded), not adverse)
        came = [key_of(day, not adverse) for day in days if over(world.as_of, day)]
        key = max(came, default=key) if name != "status" else key
        undone = later(newest, key) or (name == "status" and later(news.get(act.publisher, -1), act.one.recorded))
        if (len(came) == len(days) if adverse else came or not days) and not undone:
            found.append((key, act))
    return found


def _last_days(world: Compiled, record: Record, *, alleged: bool) -> list[_Dated]:
    """The last days by which a licence is over; none where a renewal has it in force, or may have it so. `alleged`: also one that is only
    alleged."""
    again = [act for act in history(world, record) if act.what in RENEWS and (alleged or firm([act.one]))]
    own = min((one.statement.value for one in record.stand("expiryDate")), key=edtf.sort_key, default=None)
    for act in again:
        untils: list[str | None] = [each.statement.value for each in act.record.stand("expiryDate")]
        for when, until in product(act.days or [None], untils or [None]):
            if goes_on(own, when, until, world.as_of) is not False:
                return []
    return run_out(world, record, [act.record for act in again], adverse=True)


def run_out(world: Compiled, record: Record, again: Iterable[Record], *, adverse: bool) -> list[_Dated]:
    """The last days that are over: of the licence, and of these renewals unless its own last day is still to come. `adverse`: where one
    publisher gives several, the latest of them counts."""

    def over_of(there: Record) -> Iterator[_Dated]:
        many = by_publisher(world, there.stand("expiryDate"))
        for publisher, stated in many.items():
            past = [one for one in stated if ended_by(world.as_of, one.statement.value)]
            for one in past if not adverse or len(past) == len(stated) else ():
                yield edtf.sort_key(one.statement.value), Act(one, there, publisher, (one.statement.value,))

    over = list(over_of(record))
    if len(over) == len(record.stand("expiryDate")):
        over += [found for event in again for found in over_of(event)]
    return over


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
    """The state of a licence on the day (policy 3): it ends by its own last day, by the act of the office that issued it or of its State,
    by the word of every publisher of the licence, or by a released end. What others report is without effect. `parties`: who benefits
    in the deal that is asked about; none for labels and pages."""

    def make() -> LicenceState:
        naming = issued(world, record)
        if ends := _ending(world, record, parties, alleged=False):
            return LicenceState(ends[0].what, tuple(ends), not _ending(world, record, parties, alleged=True), naming)
        if naming.counts or not record.stand("licensee"):
            return LicenceState("live", naming=naming)
        days = [Act(one, record, "", (one.statement.value,)) for one in record.stand("issueDate")]
        return LicenceState("future", tuple(days[:1]), naming=naming)

    return world.once("state of a licence", " ".join((record.id, *parties)), make)


def _ending(world: Compiled, record: Record, parties: tuple[str, ...], *, alleged: bool) -> list[Act]:
    """The acts that ended a licence by the day as the newest of them did, and by its last day where no other did. An allegation ends
    nothing. `alleged`: an allegation that it goes on counts."""
    acts = [
        (key, one)
        for key, one in _ends(world, record, lambda one: alleged or bool(firm([one])), adverse=True)
        if firm([one.one])
    ]
    acts += [(key, one) for key, one in _last_days(world, record, alleged=alleged) if firm([one.one])]
    if not acts:
        return []
    issuer, publishers = issuing(world, record, parties), set(by_publisher(world, record.claims("licensee")))
    own = [(key, one) for key, one in acts if one.publisher in publishers]
    # Those who benefit by the end are no publishers of it, but of the last day that they gave themselves.
    if publishers <= {world.base.canonical(one) for one in (*beneficiaries_of(world, record), *parties)}:
        own = [(key, one) for key, one in own if one.by_date]
    agreed = bool(publishers) and publishers <= {one.publisher for _, one in own}
    released = {one.end.id for one in world.released(record.id)}
    counts = [
        (key, one)
        for key, one in acts
        if (agreed and (key, one) in own) or one.one.id in released or is_own_act(world, one.one, issuer)
    ]
    counts.sort(key=lambda found: (not found[1].by_date, found[0]), reverse=True)
    return [one for _, one in counts if one.what == counts[0][1].what]


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
    issuer = issuing(world, record)
    return [
        act
        for act in history(world, record)
        if act.what in ENDS | {"applied"}
        and possibly_by(world.as_of, act.day)
        and not is_own_act(world, act.one, issuer)
    ]


def is_order_of(world: Compiled, order: Record, issuer: Beneficiaries) -> bool:
    """Whether the issuing office, or its State, publishes an order."""
    return any(is_own_act(world, one, issuer) for one in order.statements)


def order_status(world: Compiled, order: Record, issuer: Beneficiaries) -> str:
    """`issued` or `refused` by the newest word of the issuing office; else `draft`, also until the day of issue, and where one entry gives
    two statuses."""
    own = [one for one in order.stand("status", "issuedOn") if is_own_act(world, one, issuer)]
    days = [one.statement.value for one in own if one.statement.property == "issuedOn"]
    stated = {one.statement.value for one in last_status(own)}
    come = stated != {"issued"} or all(possibly_by(world.as_of, day) for day in days)
    return stated.pop() if len(stated) == 1 and come else "draft"


def lost(world: Compiled, record: Record, who: Beneficiaries, again: bool = False) -> bool:
    """For lifting: whether anybody reports that a licence ended. Only who may lift revives it. `again`: it is surely renewed."""
    over = [] if again else run_out(world, record, world.pointing(record.id, EVENT), adverse=False)
    over += _ends(world, record, lambda one: not objection(world, one, who), adverse=False)
    found = charge(world, (act.one for _, act in over))
    return found.counts and not found.alleged


def issued(world: Compiled, record: Record, naming: str = "licensee") -> Charge:
    """What says that a licence was, or may have been, issued by the day."""
    return adverse(world, record, [(naming, None)], since=("issueDate", *DATED), until=None)


def renewed(world: Compiled, record: Record, who: Beneficiaries) -> Support:
    """For lifting: a renewal that surely has a licence in force on the day, with its day and its new last day by what may lift, and no
    earlier last day of it reported."""
    needed: dict[str, Wanted] = {"licence": record.id, "event": RENEWS, "expiryDate": None}
    found = []
    for event in world.pointing(record.id, EVENT):
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
            for event in world.pointing(record.id, EVENT):
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
