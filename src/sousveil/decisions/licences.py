"""Licences in force and the review queue (b): every live licence that touches a product, company or country with an open incident.

An item closes only by a decision with reasons: a review, or an event of the licence, which is the own act of the issuing office or its
State (`facts/licences.py`, which also gives the state of the licence). A licence that ended without reasons is not live any more, and its
item still waits for them; one whose own last day came, as it was on file when the question arose, ends and stays listed. What others
report of a licence is shown and closes nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Unpack

import msgspec

from sousveil.decisions import chains, lookup, voices
from sousveil.decisions.boards import world_of
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import by_publisher
from sousveil.decisions.facts import licences as facts
from sousveil.decisions.facts.licences import Act
from sousveil.decisions.facts.reading import closure
from sousveil.decisions.procedures.days import recorded_days
from sousveil.decisions.procedures.model import LETTER
from sousveil.register import entries as log
from sousveil.register.model import Recorded
from sousveil.register.register import Register
from sousveil.register.store import Store as RegisterStore
from sousveil.register.types.countries import PART_OF, country_name
from sousveil.register.types.countries import whole as whole_state
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Moment, Reader, Record, Store, span, stands

_KEEPS = frozenset({"maintained", "amended", "renewed", "reinstated", "reviewed"})


class Touch(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that a licence touches."""

    incident: Ref
    date: str | None
    known: str
    """Day since which the register could tell it."""
    why: list[str]
    """In words: by product, company, end user, country."""
    decision: Ref | None = None
    """The act of the issuing State that covers it; None: undecided."""
    outcome: str = ""
    decided_on: str | None = None
    recorded_on: str | None = None
    """ISO day since which the log has the decision."""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What ended a licence."""

    what: str
    """`revoked`, `suspended`, `expired` and the like."""
    date: str | None
    record: Ref
    """The event; the licence itself, where its own status or last day says so."""
    reasons: bool
    """Whether reasons are given, for it or by a decision on each incident that waited."""


class ReviewItem(msgspec.Struct, frozen=True, kw_only=True):
    """A licence in the queue."""

    licence: Ref
    number: str | None
    licensee: list[Ref]
    issuer: list[Ref]
    country: str | None
    """Of the issuing State; None: not known."""
    touches: list[Touch]
    state: str
    """`undecided`, `maintained` (decided, and the licence goes on), `ended`."""
    since: str
    """From which day on the oldest undecided incident could have been decided on."""
    days: int
    """Days undecided; 0 for what is decided."""
    ended: Ended | None
    """What ended the licence, where it is not live."""
    reported: str
    """What others report of the licence and the State has not confirmed; empty: nothing."""


class StateCount(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a State's page."""

    country: str | None
    undecided: int
    maintained: int
    """Licences that go on despite an incident, by a decision."""
    ended: int
    longest: int
    """Most days that one is undecided."""
    unreasoned: int = 0
    """Licences that ended, without reasons, while an incident was open: `undecided` or `ended`."""


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """The review queue on a day."""

    frame: Frame
    day: str
    items: list[ReviewItem]
    """Undecided first, the oldest first."""
    states: list[StateCount]


class _Sides:
    """An incident or a licence with everything by which one may touch the other, by side."""

    def __init__(self, reader: Reader, record: Record, who: str, user: str, places: Iterable[str]) -> None:
        products = lookup.entities(reader, record, "product")
        self.record, self.companies, self.users = (
            record,
            *(lookup.entities(reader, record, name) for name in (who, user)),
        )
        theirs = filter(None, (lookup.country_of(reader, one) for one in self.users))
        self.sides = {
            "product": set(closure(products, partial(_part_of, reader))),
            "company": set(self.companies),
            "user": set(self.users),
            "country": {
                *map(whole_state, (*(code for name in places for code in lookup.texts(record, name)), *theirs))
            },
        }

    def makers(self, reader: Reader) -> list[str]:
        """The vendors of its products."""
        known = (reader.records[one] for one in sorted(self.sides["product"]) if one in reader.records)
        return [id for one in known for id in lookup.entities(reader, one, "vendor")]


class _Licence(_Sides):
    """A licence; its companies are its holders."""

    def __init__(self, reader: Reader, record: Record) -> None:
        super().__init__(reader, record, "licensee", "endUser", ("destination",))


class _Incident(_Sides):
    """An incident; its companies are those whose product was used: the vendor that it names, and those of its products."""

    def __init__(self, reader: Reader, record: Record) -> None:
        super().__init__(reader, record, "vendor", "client", ("targetCountry", "country"))
        own = voices.founded(reader, record)
        self.day = lookup.day_of(own)
        self.companies = list(dict.fromkeys([*self.companies, *self.makers(reader)]))
        self.sides["company"] = {*self.companies, *chains.groups(reader, self.companies, self.day or reader.day)}
        first = next(iter(own.stand("stage")), None) or next(filter(stands, own.statements))
        self.known = lookup.recorded_day(reader, first)


class _Incidents:
    """All open incidents, by what a licence may have in common with one."""

    def __init__(self, reader: Reader, records: list[Record]) -> None:
        self.all = [_Incident(reader, one) for one in records]
        self._by: dict[tuple[str, str], list[int]] = {}
        for place, one in enumerate(self.all):
            for key in ((side, id) for side, ids in one.sides.items() for id in ids):
                self._by.setdefault(key, []).append(place)

    def near(self, licence: _Licence) -> list[_Incident]:
        """Those that a licence may touch, in the order of all."""
        found = (self._by.get((side, id), ()) for side, ids in licence.sides.items() for id in ids)
        return [self.all[place] for place in sorted({place for places in found for place in places})]


def _part_of(reader: Reader, product: str) -> list[str]:
    """What a product is a version or part of."""
    reader.load([product])
    known = reader.records.get(product)
    return lookup.entities(reader, known, "partOf") if known is not None else []


def open_incidents(reader: Reader) -> list[Record]:
    """Incidents that are more than alleged and have happened by the reader's day.

    An inquiry closes none of them, whoever led it and whatever it found: a licence waits for the decision of its State (`_acts`).
    """
    return [
        record
        for record in lookup.every(reader, "AbuseIncident")
        if lookup.firm(record) and not lookup.before(reader.day, lookup.day_of(voices.founded(reader, record)))
    ]


def queue(store: Store, **when: Unpack[Moment]) -> QueueView:
    """The review queue."""
    reader = Reader(store, **when)
    found, licences = open_incidents(reader), lookup.every(reader, "ExportLicence")
    reader.load_linked(one.id for one in licences)
    for _ in range(2):  # whom they name, and what that belongs to: a question for all, not one for each
        reader.load_ends()
    incidents = _Incidents(reader, found)
    items = [item for one in licences if (item := _item(reader, one, incidents)) is not None]
    items.sort(key=lambda one: (("undecided", "maintained", "ended").index(one.state), one.since, one.licence.id))
    return QueueView(frame=reader.frame(), day=reader.day, items=items, states=_counted(items))


def _item(reader: Reader, licence: Record, incidents: _Incidents) -> ReviewItem | None:
    mine = _Licence(reader, licence)
    touched = [(one, why) for one in incidents.near(mine) if (why := _why(reader, mine, one))]
    if not touched:
        return None
    world = world_of(reader, reader.day)
    there = world.record(licence.id) or licence
    end = next(iter(facts.state(world, there).ends), None) or facts.applied(world, there)
    acts = facts.decisions(world, there)
    touches = [_touch(reader, one, why, acts) for one, why in touched]
    waiting = [
        (touch, asked_at(one.record, licence))
        for touch, (one, _) in zip(touches, touched, strict=True)
        if not touch.decision
    ]
    reasons = True
    if end is not None:
        recorded = _recorded(there, end, world)
        waiting = [
            (one, asked)
            for one, asked in waiting
            if recorded > asked or (end.what != "future" and end.day and not lookup.before(end.day, one.known))
        ]
        if not waiting and not any(one.decision for one in touches):
            return None  # it had ended before anybody asked
        reasons = bool(end.reasons) or not waiting
        if end.reasons or (end.by_date and all(recorded <= asked for _, asked in waiting)):
            waiting = []
    start = span(voices.founded(reader, licence))[0]
    begun = start if start and len(start) == 10 else ""
    since = min((max(one.known, begun, LETTER) for one, _ in waiting), default="")
    who = issuers(reader, licence)
    return ReviewItem(
        licence=reader.ref(licence.id),
        number=licence.first("licenceNumber"),
        licensee=[reader.ref(one) for one in lookup.entities(reader, licence, "licensee")],
        issuer=[reader.ref(one) for one in who],
        country=next(iter(issuing_states(reader, licence)), None),
        touches=touches,
        state="undecided" if waiting else "maintained" if end is None else "ended",
        since=since,
        days=max(0, lookup.days_between(since, reader.day) or 0) if since else 0,
        ended=Ended(what=end.what, date=end.day, record=reader.ref(end.record.id), reasons=reasons) if end else None,
        reported="" if end else ", ".join(sorted({one.what for one in facts.without_effect(world, there)})),
    )


def asked_at(incident: Record, licence: Record) -> int:
    """The entry since which the log has both an incident and a licence."""
    return max(min(one.recorded for one in record.statements) for record in (incident, licence))


def _recorded(licence: Record, end: Act, world: Compiled) -> int:
    """The entry since which the log has an end: of a renewal's last day the entry with the last day that its publisher gives the licence,
    for to lengthen a licence cuts no question short."""
    if end.by_date:
        own = by_publisher(world, licence.stand("expiryDate")).get(end.publisher, ())
        return min((end.one.recorded, *(one.recorded for one in own)))
    return max(end.one.recorded, min((one.recorded for one in end.record.claims("licence")), default=0))


def issuers(reader: Reader, licence: Record) -> list[str]:
    """The authorities that issued a licence, as its first publisher names them."""
    return lookup.entities(reader, voices.founded(reader, licence), "issuer")


def issuing_states(reader: Reader, licence: Record) -> list[str]:
    """The countries of the offices that issued a licence."""
    codes = (lookup.country_of(reader, one) for one in issuers(reader, licence))
    return list(dict.fromkeys(code for code in codes if code))


def _why(reader: Reader, licence: _Licence, incident: _Incident) -> list[str]:
    """How a licence touches an incident, in words; empty: it does not."""
    common = {side: ids & incident.sides[side] for side, ids in licence.sides.items()}
    found = [f"product {reader.ref(one).caption}" for one in sorted(common["product"])]
    for one in licence.companies:
        if one in incident.companies:
            found.append(f"company {reader.ref(one).caption}")
        elif one in common["company"]:
            makers = ", ".join(reader.ref(each).caption for each in incident.companies)
            found.append(f"company {reader.ref(one).caption}, of the group of {makers} at that time")
    found += [f"end user {reader.ref(one).caption}" for one in licence.users if one in common["user"]]
    found += [f"country {country_name(one)}" for one in sorted(common["country"])]
    return found


def _touch(reader: Reader, incident: _Incident, why: list[str], acts: list[Act]) -> Touch:
    last = next((one for one in reversed(acts) if _covers(reader, one, incident)), None)
    return Touch(
        incident=reader.ref(incident.record.id),
        date=incident.day,
        known=incident.known,
        why=why,
        decision=reader.ref(last.record.id) if last else None,
        outcome=last.what if last else "",
        decided_on=last.day if last else None,
        recorded_on=_recorded_on(reader, last, incident.record.id) if last else None,
    )


def _covers(reader: Reader, act: Act, incident: _Incident) -> bool:
    """Whether a decision is about an incident: one that it names; where it names none, one that had happened by its day."""
    if named := lookup.entities(reader, act.record, "incident"):
        return incident.record.id in named
    return act.day is not None and not lookup.before(act.day, incident.day)


def _recorded_on(reader: Reader, act: Act, incident: str) -> str:
    """The day since which the log has all of a decision: licence, outcome, reasons, and the incident; where it names none, its day. A
    corrected reason or day counts from what it corrects."""
    record, outcome = act.record, act.one.statement
    naming = [one for one in record.claims("incident") if reader.canonical(one.statement.value) == incident]
    parts = [record.claims("licence"), record.claims("reason"), naming or record.claims("date", "startDate")]
    parts.append([one for one in record.claims(outcome.property) if one.statement.value == outcome.value])
    return date.fromordinal(
        max(recorded_days(reader, [min(one.recorded for one in many) for many in parts if many]))
    ).isoformat()


def _counted(items: list[ReviewItem]) -> list[StateCount]:
    countries = sorted({one.country for one in items}, key=lambda one: one or "~")
    return [_count([one for one in items if one.country == country], country) for country in countries]


def _count(items: list[ReviewItem], country: str | None) -> StateCount:
    return StateCount(
        country=country,
        undecided=sum(one.state == "undecided" for one in items),
        maintained=sum(goes_on(one) for one in items),
        ended=sum(one.state == "ended" for one in items),
        longest=max((one.days for one in items), default=0),
        unreasoned=sum(without_reasons(one) for one in items),
    )


def without_reasons(one: ReviewItem) -> bool:
    """Whether a licence ended, without reasons, while an incident was open."""
    return one.ended is not None and not one.ended.reasons


def goes_on(one: ReviewItem) -> bool:
    """Whether a licence goes on despite an incident, by a decision on that one; others may be undecided."""
    return one.state == "maintained" or (
        one.state == "undecided" and any(touch.outcome in _KEEPS for touch in one.touches)
    )


def count_of(view: QueueView, country: str) -> StateCount:
    """What the queue says of one State, by country code; all zero where nothing of it is in the queue."""
    return next((one for one in view.states if one.country == country), _count([], country))


class Show(enum.StrEnum):
    """Which licences are shown."""

    OPEN = "open"
    """In force and touched by an incident, decided or not; or ended without the reasons for which its item waits."""
    UNDECIDED = "undecided"
    MAINTAINED = "maintained"
    """They go on despite an incident, by a decision."""
    ENDED = "ended"
    UNREASONED = "unreasoned"
    """They ended while an incident was open, and no reasons are given."""


class QueueCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many licences a filter shows."""

    show: str
    count: int


class CountryShown(msgspec.Struct, frozen=True, kw_only=True):
    """A State by which the queue can be filtered."""

    country: str
    name: str


class ReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the review queue on a day."""

    frame: Frame
    day: str
    items: list[ReviewItem]
    """Those that are shown, or a part of them. Undecided first, the oldest first."""
    matching: int
    """So many licences the filter shows; `items` may hold a part of them."""
    states: list[StateCount]
    """Of all States, whatever is shown."""
    show: str | None
    """The filter; None: all."""
    country: str | None
    """The State; None: all."""
    licence: str | None
    """The only licence that is shown; None: all."""
    total: int
    """Licences of the State, or of all, whatever else is shown."""
    counts: list[QueueCount]
    """By filter, within the State."""
    countries: list[CountryShown]


def review_view(
    queue: QueueView, *, show: Show | None = None, country: str | None = None, licence: str | None = None
) -> ReviewView:
    """The part of the queue that is asked for, with its counts; `licence`: an id as the queue has it."""
    of_state = [one for one in queue.items if country is None or one.country == country]
    items = [one for one in of_state if (show is None or _is(one, show)) and licence in (None, one.licence.id)]
    codes = sorted({one.country for one in queue.items if one.country} | ({country} if country else set()))
    return ReviewView(
        frame=queue.frame,
        day=queue.day,
        items=items,
        matching=len(items),
        states=queue.states,
        show=show,
        country=country,
        licence=licence,
        total=len(of_state),
        counts=[QueueCount(show=kind, count=sum(_is(one, kind) for one in of_state)) for kind in Show],
        countries=[CountryShown(country=code, name=country_name(code)) for code in codes],
    )


def _is(one: ReviewItem, show: Show) -> bool:
    match show:
        case Show.OPEN:
            return one.state != "ended"
        case Show.MAINTAINED:
            return goes_on(one)
        case Show.UNREASONED:
            return without_reasons(one)
    return one.state == show


LOOKED_AT = "rejudged"
"""Value of the register: entries of the log before this index were looked at."""
NAMED = 20
"""Licences that one line to the operator names."""


def rejudge(register: Register) -> int:
    """Look at what came into the log since the last time; gives the number of live licences that it bears on.

    The operator has a line with their ids. The first time, everything that is there already is taken as looked at.
    """
    store = register.store
    size = store.size()
    known = store.meta(LOOKED_AT)
    since = int(known) if known is not None else size
    found = affected_licences(store, since) if since < size else []
    if found:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        store.tell_operator(
            "rejudge",
            f"licences to judge anew since entry {since}: {', '.join(found[:NAMED])}{more}; see licences/review",
        )
    if known is None or since < size:
        store.set_meta(LOOKED_AT, str(size))
    return len(found)


def affected_licences(store: RegisterStore, since_index: int) -> list[str]:
    """Live licences on which what was published, taken back or erased from this entry on may bear; ids, sorted.

    A licence is affected when something changed about it, its product, its licensee or their group, its issuer, its end user,
    its country of destination, or an incident, list or ownership that names one of these. More rather than fewer are named:
    after an erasure or the end of a key, all.
    """
    everything = any(True for _ in store.entries(since_index, kinds=("erase", "key_revoke")))
    changed = set() if everything else _changed(store, since_index)
    if not changed and not everything:
        return []
    reader = Reader(store)
    every = lookup.every(reader, "ExportLicence")
    reached = [one for one in every if everything or _reach(reader, one) & changed]
    world = world_of(reader, reader.day)
    return sorted(one.id for one in reached if facts.state(world, world.record(one.id) or one).says == "live")


def state_of(reader: Reader, licence: Record) -> str:
    """The state of a licence on the reader's day, with `applied` where it is only applied for."""
    world = world_of(reader, reader.day)
    there = world.record(licence.id) or licence
    says = facts.state(world, there).says
    return "applied" if says == "live" and facts.applied(world, there) else says


def _changed(store: RegisterStore, since_index: int) -> set[str]:
    """Entities and countries of which something changed, and those that the changed records name."""
    subjects = {one.statement.subject for one in store.iter_statements(since=since_index)}
    for entry in store.entries(since_index, kinds=("retract",)):
        payload = store.payload(entry)
        told = [store.statement(id) for id in payload.ids] if isinstance(payload, log.Retract) else []
        subjects |= {one.statement.subject for one in told if isinstance(one, Recorded)}
    said = {one.statement.value for one in store.statements_of(sorted(subjects))}
    return subjects | said | {PART_OF[one] for one in said if one in PART_OF}


def _reach(reader: Reader, licence: Record) -> set[str]:
    mine = _Licence(reader, licence)
    group = chains.groups(reader, [*mine.companies, *mine.makers(reader)], reader.day)
    return {licence.id, *group, *issuers(reader, licence), *(id for ids in mine.sides.values() for id in ids)}
