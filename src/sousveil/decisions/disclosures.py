"""What a State has disclosed (f): contracts past, current and planned; requests with their clock; what is withheld until when."""

from __future__ import annotations

from datetime import date

import msgspec

from sousveil.decisions import lateness, lookup, voices
from sousveil.decisions.lateness import Lapse, Step
from sousveil.decisions.procedures.engine import ordinal
from sousveil.decisions.procedures.f_contracts import ASKER_SAYS
from sousveil.decisions.procedures.speakers import said_by
from sousveil.register.views import words
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Reader, Record, Store, span, state_of

ANSWER_DAYS = 30
"""Days for an answer where the request sets no day; laws on information ask for 15 to 30, the number is ours."""


class ContractRow(msgspec.Struct, frozen=True, kw_only=True):
    """A contract."""

    ref: Ref
    when: str
    """`past`, `current`, `planned`, `unknown`."""
    stage: str | None
    buyers: list[Ref]
    suppliers: list[Ref]
    amount: str | None
    dates_words: str
    withheld: list[Withheld]
    standing: str
    standing_words: str


class Withheld(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not disclosed."""

    ref: Ref
    of: Ref | None
    body: list[Ref]
    what: str
    ground: str
    until: str | None
    days_over: int | None
    """Days since it should have been disclosed; None: not over, or no day is given."""


class RequestRow(msgspec.Struct, frozen=True, kw_only=True):
    """A request for information."""

    ref: Ref
    body: list[Ref]
    requester: list[Ref]
    about: list[Ref]
    asked_on: str | None
    due_on: str | None
    due_set: bool
    """The request or the law set the day; otherwise the days are ours."""
    answered_on: str | None
    refused_on: str | None
    appealed_on: str | None
    state: str
    """`open`, `overdue`, `answered`, `answered-late`, `refused`, `appealed`, `withdrawn`."""
    days_over: int
    recorded_on: str | None
    """ISO day since which the log has the answer."""
    lapse: Lapse | None
    """How long the log held it overdue although the answer names an earlier day."""
    ground: str | None


class DisclosuresView(msgspec.Struct, frozen=True, kw_only=True):
    """Contracts, requests and what is withheld, of one State or of all."""

    frame: Frame
    day: str
    country: str | None
    counts: dict[str, int]
    """past, current, planned, unknown, withheld, withheld_over, requests_open, requests_overdue, requests_refused."""
    contracts: list[ContractRow]
    requests: list[RequestRow]
    withheld: list[Withheld]


def disclosures_view(
    store: Store,
    country: str | None = None,
    *,
    as_of: str | None = None,
    known_at: int | None = None,
    today: str | None = None,
) -> DisclosuresView:
    """What is disclosed. `country`: of the buying or withholding body."""
    reader = Reader(store, as_of=as_of, known_at=known_at, today=today)
    held = [_withheld(reader, one) for one in lookup.every(reader, "Redaction")]
    contracts = [
        _contract(reader, one, held) for one in lookup.every(reader, "Contract") if _of(reader, one, "buyer", country)
    ]
    requests = [
        _request(reader, one) for one in lookup.every(reader, "InformationRequest") if _of(reader, one, "body", country)
    ]
    mine = {one.ref.id for one in contracts}
    kept = [one for one in held if country is None or (one.of and one.of.id in mine) or _in(reader, one.body, country)]
    order = ("current", "planned", "unknown", "past")
    contracts.sort(key=lambda one: (order.index(one.when), one.ref.caption, one.ref.id))
    requests.sort(key=lambda one: (one.state != "overdue", -one.days_over, one.asked_on or "", one.ref.id))
    kept.sort(key=lambda one: (-(one.days_over or 0), one.until or "~", one.ref.id))
    return DisclosuresView(
        frame=reader.frame(),
        day=reader.day,
        country=country,
        counts=_counts(contracts, requests, kept),
        contracts=contracts,
        requests=requests,
        withheld=kept,
    )


def _counts(contracts: list[ContractRow], requests: list[RequestRow], held: list[Withheld]) -> dict[str, int]:
    return {
        **{when: sum(one.when == when for one in contracts) for when in ("past", "current", "planned", "unknown")},
        "withheld": len(held),
        "withheld_over": sum(one.days_over is not None for one in held),
        "requests_open": sum(one.state in ("open", "overdue", "appealed") for one in requests),
        "requests_overdue": sum(one.state == "overdue" for one in requests),
        "requests_refused": sum(one.state == "refused" for one in requests),
    }


def _of(reader: Reader, record: Record, property: str, country: str | None) -> bool:
    if country is None:
        return True
    return record.first("country") == country or any(
        lookup.country_of(reader, id) == country for id in lookup.entities(reader, record, property)
    )


def _in(reader: Reader, refs: list[Ref], country: str) -> bool:
    return any(lookup.country_of(reader, one.id) == country for one in refs)


def _refs(reader: Reader, record: Record, property: str) -> list[Ref]:
    return [reader.ref(id) for id in lookup.entities(reader, record, property)]


def when_of(record: Record, day: str) -> str:
    """Whether a contract is past, current or planned on a day; what its dates do not say, its stage may."""
    stage = record.first("stage")
    start, end = record.first("startDate") or record.first("contractDate"), record.first("endDate")
    state = state_of(start, end, day) if start or end else "unknown"
    if stage == "ended" or state == "ended":
        return "past"
    if state == "future" or stage in ("planned", "tendered"):
        return "planned"
    if state == "current" or stage in ("signed", "performed"):
        return "current"
    return "planned" if stage == "awarded" else "unknown"


def _contract(reader: Reader, record: Record, held: list[Withheld]) -> ContractRow:
    start, end = span(record)
    first = next(
        (one for name in ("title", "name", "buyer", "supplier") for one in record.stand(name)), record.statements[0]
    )
    standing = str(first.statement.standing)
    return ContractRow(
        ref=reader.ref(record.id),
        when=when_of(record, reader.day),
        stage=record.first("stage"),
        buyers=_refs(reader, record, "buyer"),
        suppliers=_refs(reader, record, "supplier"),
        amount=record.first("amount"),
        dates_words=words.dates(start, end),
        withheld=[one for one in held if one.of is not None and one.of.id == record.id],
        standing=standing,
        standing_words=words.standing(standing),
    )


def _withheld(reader: Reader, record: Record) -> Withheld:
    until = span(record)[1]
    over = lookup.days_between(until, reader.day) if until and lookup.before(until, reader.day) else None
    of = _refs(reader, record, "record")
    return Withheld(
        ref=reader.ref(record.id),
        of=of[0] if of else None,
        body=_refs(reader, record, "body"),
        what=record.first("what") or "",
        ground=record.first("legalGround") or "",
        until=until,
        days_over=over,
    )


def _request(reader: Reader, record: Record) -> RequestRow:
    """What ends it counts as its founder tells it, as the clocks take it; what is owed by whatever was told."""
    own = voices.founded(reader, record)
    asked = _told(own, record, "askedOn") or lookup.day_of(record)
    given = _told(own, record, "dueOn")
    due = given or (lookup.later(asked, ANSWER_DAYS) if asked else None)
    if asked and given and not own.first("dueOn"):  # nobody else gives more time
        due = min(given, lookup.later(asked, ANSWER_DAYS), key=lookup.sort_day)
    answered, refused, appealed = (own.first(name) for name in ("answeredOn", "refusedOn", "appealedOn"))
    known = lateness.first_told(reader, record, ("askedOn", "dueOn"))
    told = _answered(reader, record, own)
    answer = lateness.told_step(reader, own, "answeredOn", known) or _dayless(asked, told, known)
    counted = _counted(answer, answered)
    state = _state(
        own,
        told is not None,
        reader.day,
        due,
        counted,
        _counted(lateness.told_step(reader, own, "refusedOn", known), refused),
        appealed,
    )
    until = counted if counted and state == "answered-late" else reader.day
    over = lookup.days_between(due, until) if due and state in ("overdue", "answered-late") else None
    last = ordinal(due, last=True)
    return RequestRow(
        ref=reader.ref(record.id),
        body=_refs(reader, record, "body"),
        requester=_refs(reader, record, "requester"),
        about=_refs(reader, record, "about"),
        asked_on=asked,
        due_on=due,
        due_set=given is not None and due == given,
        answered_on=answered,
        refused_on=refused,
        appealed_on=appealed,
        state=state,
        days_over=max(0, over or 0),
        recorded_on=date.fromordinal(answer.recorded).isoformat() if answer and answer.recorded else None,
        lapse=answer.lapse(last, known) if answer and answered and last and state == "answered-late" else None,
        ground=record.first("legalGround"),
    )


def _told(own: Record, record: Record, name: str) -> str | None:
    """The day that the founder gives; else the earliest that anybody gives."""
    return own.first(name) or min(lookup.texts(record, name), key=lookup.sort_day, default=None)


def _answered(reader: Reader, record: Record, own: Record) -> int | None:
    """The first day on which the log had all by which a request is answered without a day, as the clock takes it
    (`f_contracts.ANSWERED`); None: it has not. No word is older by correcting another one: "asked" was no answer."""
    said = [one.recorded for one in own.stand("status") if one.statement.value == "answered"]
    given = [one.recorded for name in ("answer", "answerDocument") for one in own.stand(name)]
    found = [max(min(said), min(given))] if said and given else []
    found += [one.recorded for one in said_by(reader, record, ASKER_SAYS)]
    return min(lateness.days(reader, found), default=None)


def _dayless(asked: str | None, told: int | None, known: int | None) -> Step | None:
    """An answer that is told without a day: it stands for the day of the request, and counts from its recording
    where the log held the request before. None where none is told."""
    begun = ordinal(asked, last=True)
    return None if told is None or begun is None else lateness.step(begun, told, known)


def _counted(step: Step | None, named: str | None) -> str | None:
    """The day that counts: the one that is named, unless the log had it later while it held the request."""
    return date.fromordinal(step.counts).isoformat() if step is not None and step.counts > step.named else named


def _state(
    record: Record,
    told: bool,
    day: str,
    due: str | None,
    answered: str | None,
    refused: str | None,
    appealed: str | None,
) -> str:
    status = lookup.texts(record, "status")
    if "withdrawn" in status:
        return "withdrawn"
    if answered and not lookup.before(day, answered):
        return "answered-late" if lookup.before(due, answered) else "answered"
    if told and not answered:
        return "answered"
    if (appealed and not lookup.before(day, appealed)) or "appealed" in status:
        return "appealed"
    if (refused and not lookup.before(day, refused)) or "refused" in status:
        return "refused"
    return "overdue" if lookup.before(due, day) else "open"
