"""The watch on listed companies and owners: whose shares are traded, what is planned, and whether regulators were told.

What ends the wait counts as on the clocks of the procedure: that a plan was given up, as whoever told of it says; that a regulator was
told, by anybody but the company and its group; that it acknowledged, by whoever sent the notice or the regulator that the notice names.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from sousveil.decisions import chains, lookup, voices
from sousveil.decisions.desk import harms
from sousveil.decisions.desk.groups import stands
from sousveil.decisions.procedures.speakers import with_words
from sousveil.register import edtf
from sousveil.register.views.model import Ref
from sousveil.register.views.reading import Reader, Record
from sousveil.register.views.store import Store, all_subjects

ACKNOWLEDGE_DAYS = 30
"""A regulator that has not acknowledged a notice after so many days is shown as overdue. A choice of ours: no law sets it."""
LISTED = ("ticker", "cikCode", "isin")
"""Properties by which a company says that its shares are traded."""
SHARE_LISTS = ("sec-company-tickers",)
OPEN = ("rumoured", "announced")


class PlannedView(msgspec.Struct, frozen=True, kw_only=True):
    """A corporate event and whether the regulator was told before it."""

    ref: Ref
    kind: str
    """listing, offering, merger, takeover, investment, delisting."""
    market: str
    planned_for: str | None
    status: str
    state: str
    """told, untold (planned, and nobody was told), late (it happened, and nobody was told before)."""


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that was sent."""

    ref: Ref
    regulator: Ref | None
    sent_on: str | None
    acknowledged_on: str | None
    due_on: str | None
    state: str
    """acknowledged, waiting, overdue."""


class WatchedView(msgspec.Struct, frozen=True, kw_only=True):
    """A company or owner whose shares are traded, or that plans an event."""

    company: Ref
    traded: list[str]
    """How it is known that its shares are traded, in words."""
    vendors: list[Ref]
    """Companies that sell surveillance technology: itself, or such that it owns directly or through others."""
    harms: int
    """Statements of harm that a notice would tell, by `reported` or better."""
    events: list[PlannedView]
    notices: list[NoticeView]


class WatchView(msgspec.Struct, frozen=True, kw_only=True):
    """The watch on a day."""

    day: str
    watched: list[WatchedView]
    untold: int
    """Planned events of which no regulator was told."""
    overdue: int
    """Notices that nobody acknowledged in time."""
    acknowledge_days: int = ACKNOWLEDGE_DAYS


def watch(store: Store, day: str) -> WatchView:
    """Everybody on the watch, those with planned events first."""
    reader = Reader(store, today=day)
    beneath: dict[str, set[str]] = {}
    for vendor in sorted(harms.vendors_of(store)):
        for company in (vendor, *harms.owners_above(store, vendor, day=day)):
            beneath.setdefault(company, set()).add(vendor)
    events, notices = _records(reader, "CorporateEvent"), _records(reader, "RegulatorNotice")
    traded = _traded(store, beneath)
    found = []
    for company, vendors in beneath.items():
        members = set(store.members(company))
        mine = [one for one in events if _named(one, "company") & members]
        sent = [one for one in notices if _named(one, "company") & members]
        if not (traded.get(company) or mine or sent):
            continue
        reader.load([company, *sorted(vendors)])
        found.append(
            WatchedView(
                company=reader.ref(company),
                traded=traded.get(company, []),
                vendors=[reader.ref(one) for one in sorted(vendors)],
                harms=len(harms.told(store, sorted(vendors))[0]),
                events=[_planned(reader, one, sent, day) for one in mine],
                notices=[_notice(reader, one, day) for one in sent],
            )
        )
    found.sort(key=lambda one: (not any(e.state == "untold" for e in one.events), one.company.caption, one.company.id))
    return WatchView(
        day=day,
        watched=found,
        untold=sum(event.state == "untold" for one in found for event in one.events),
        overdue=sum(notice.state == "overdue" for one in found for notice in one.notices),
    )


def due_on(sent_on: str) -> str:
    """The day by which a notice should be acknowledged."""
    return (date.fromisoformat(sent_on) + timedelta(days=ACKNOWLEDGE_DAYS)).isoformat()


def _records(reader: Reader, type: str) -> list[Record]:
    ids = list(all_subjects(reader.store, type))
    reader.load(ids)
    every = (reader.records[one] for one in dict.fromkeys(map(reader.canonical, ids)) if one in reader.records)
    found = [voices.as_type(one, type) for one in every]
    reader.load_values([one for record in found for one in record.statements])
    return found


def _named(record: Record, name: str) -> set[str]:
    return {one.statement.value for one in record.stand(name)}


def _traded(store: Store, companies: Iterable[str]) -> dict[str, list[str]]:
    """Company -> how it is known that its shares are traded."""
    found: dict[str, list[str]] = {}
    member = {id: company for company in companies for id in store.members(company)}
    for one in store.statements_of(sorted(member)):
        if one.statement.property in LISTED and stands(one):
            found.setdefault(member[one.statement.subject], []).append(
                f"{one.statement.property} {one.statement.value}"
            )
    securities = [
        one for one in store.statements_to(sorted(member)) if one.statement.type == "Security" and stands(one)
    ]
    exchanges = _values(store, [one.statement.subject for one in securities], "exchange")
    for one in securities:
        at = exchanges.get(one.statement.subject)
        found.setdefault(member[one.statement.value], []).append(f"a share at {at}" if at else "a share that is traded")
    for id, company in member.items():
        row = store.reference(id)
        if row is not None and row.dataset in SHARE_LISTS:
            found.setdefault(company, []).append(f"on the list {row.dataset}")
    return {company: sorted(set(words)) for company, words in found.items()}


def _values(store: Store, subjects: list[str], name: str) -> dict[str, str]:
    said = store.statements_of(sorted(set(subjects)))
    return {
        one.statement.subject: one.statement.value for one in said if one.statement.property == name and stands(one)
    }


def _planned(reader: Reader, record: Record, notices: list[Record], day: str) -> PlannedView:
    own = voices.founded(reader, record)
    days = sorted((one.statement.value for one in record.stand("plannedFor")), key=edtf.sort_key)
    planned, status = own.first("plannedFor") or next(iter(days), None), own.first("status") or ""
    group = chains.groups(reader, lookup.entities(reader, record, "company"), day)
    before = [
        sent
        for one in notices
        if record.id in lookup.entities(reader, told := voices.founded(reader, one), "corporateEvent")
        and reader.canonical(voices.founder(reader, one)) not in group
        and (sent := told.first("sentOn"))
        and (planned is None or sent <= planned)
    ]
    past = "completed" in _named(record, "status") or (planned is not None and _last(planned) < day)
    state = "told" if before else "late" if past else "untold"
    return PlannedView(
        ref=reader.ref(record.id),
        kind=record.first("eventKind") or "",
        market=record.first("market") or "",
        planned_for=planned,
        status=status,
        state="withdrawn" if status == "withdrawn" else state,
    )


def _last(text: str) -> str:
    """The last day that an EDTF date may mean."""
    return date.fromordinal(edtf.parse(text).last).isoformat()


def _notice(reader: Reader, record: Record, day: str) -> NoticeView:
    own = voices.founded(reader, record)
    sent = own.first("sentOn") or record.first("sentOn")
    done = with_words(reader, record, ("regulator",)).first("acknowledgedOn")
    due = due_on(sent) if sent and len(sent) == 10 else None
    regulator = own.first("regulator") or record.first("regulator")
    return NoticeView(
        ref=reader.ref(record.id),
        regulator=reader.ref(regulator) if regulator else None,
        sent_on=sent,
        acknowledged_on=done,
        due_on=due,
        state="acknowledged" if done else "overdue" if due and due < day else "waiting",
    )


__all__ = ["NoticeView", "PlannedView", "WatchView", "WatchedView", "due_on", "watch"]
