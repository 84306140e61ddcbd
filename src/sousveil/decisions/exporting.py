"""Exporting States: all licences of a group per State, what was done about them, and inquiries with their clocks."""

from __future__ import annotations

from datetime import date

import msgspec

from sousveil.decisions import apart, chains, lateness, licence_acts, lookup, voices
from sousveil.decisions.lateness import Lapse
from sousveil.decisions.licence_states import state_of_licence
from sousveil.decisions.procedures.days import alone
from sousveil.decisions.procedures.engine import day_of, ordinal
from sousveil.decisions.procedures.speakers import Accept, acts, as_told
from sousveil.register.types.countries import country_name
from sousveil.register.views import words
from sousveil.register.views.licences import last_day, of_licence
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Reader, Record, Store, span

ORDER_DAYS = 14
"""Days for the revocation. The letter says "immediately"; the number is ours."""
STATEMENT_DAYS = 365
"""Days from the start of an inquiry to the public statement, where the inquiry sets no day; the number is ours."""


class LicenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A licence of the group."""

    ref: Ref
    number: str | None
    kind: str | None
    licensee: Ref
    tie: str
    """How the licensee belongs to the group on this day."""
    issuer: list[Ref]
    destination: str | None
    dates_words: str
    state: str
    """`live`, or why not."""
    standing: str
    standing_words: str


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    """A step of an inquiry."""

    what: str
    """`announced`, `began`, `findings`, `ended`, `statement`."""
    date: str | None
    due: str | None
    days_over: int | None
    """Days since it was due; None: done, or not due."""
    ref: Ref | None
    recorded_on: str | None = None
    """ISO day since which the log has it."""
    lapse: Lapse | None = None
    """How long the log held it overdue although it names an earlier day."""


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """An investigation."""

    ref: Ref
    body: list[Ref]
    country: str | None
    about: list[Ref]
    mandate: list[str]
    scope: list[str]
    independence: list[str]
    qualities: list[str]
    status: str | None
    findings: list[str]
    outcome: list[str]
    apart: list[str]
    """What others than the body and whoever told of it first say of it, with their names: no finding of the inquiry."""
    statements: list[Ref]
    """Public statements that end it."""
    results: list[str]
    prevention: list[str]
    milestones: list[Milestone]
    overdue: bool
    standing: str
    standing_words: str


class InquiriesView(msgspec.Struct, frozen=True, kw_only=True):
    """Investigations, of one State or of all."""

    frame: Frame
    day: str
    country: str | None
    count: int
    """So many are on file; the list may hold a part of them."""
    inquiries: list[Inquiry]
    overdue: int


class FurtherOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order of the issuing office with another status than the one that counts."""

    ref: Ref
    status: str
    """`draft`, `issued`, `refused`."""


class StateOfGroup(msgspec.Struct, frozen=True, kw_only=True):
    """What a State has licensed to a group, and what it did about it."""

    country: str | None
    name: str
    count: int
    """So many licences are on file, live or not; the list may hold a part of them."""
    licences: list[LicenceRow]
    live: int
    orders: list[Ref]
    """Of the offices that issued the licences, or of what these are part of, with the status that counts."""
    further: list[FurtherOrder]
    """Of these offices with another status: a draft beside the order that was issued."""
    others: list[Ref]
    """Orders of which somebody else tells: drafts start the clock, and nothing in them stops it."""
    order_status: str
    """`none`, `draft`, `issued`, `refused`: the last two by the issuing office alone."""
    order_due: str | None
    order_over: int | None
    """Days since the order was due."""
    inquiries: list[Inquiry]


class ExportingView(msgspec.Struct, frozen=True, kw_only=True):
    """All licences of a group, by State."""

    frame: Frame
    day: str
    company: Ref
    group: list[Ref]
    states: list[StateOfGroup]


def exporting_view(
    store: Store, company: str, *, as_of: str | None = None, known_at: int | None = None, today: str | None = None
) -> ExportingView:
    """Every licence of the company's group, by issuing State."""
    reader = Reader(store, as_of=as_of, known_at=known_at, today=today)
    reader.load([company])
    company = reader.canonical(company)
    members = chains.group(reader, company, reader.day)
    rows: dict[str | None, list[LicenceRow]] = {}
    for record in lookup.pointing(reader, sorted(members), "ExportLicence", "licensee"):
        for country, row in _rows(reader, record, company, members):
            rows.setdefault(country, []).append(row)
    inquiries = [_inquiry(reader, one) for one in lookup.every(reader, "Investigation")]
    found = [
        _state(reader, country, rows.get(country, []), company, members, inquiries)
        for country in sorted(rows, key=lambda one: one or "~")
    ]
    return ExportingView(
        frame=reader.frame(),
        day=reader.day,
        company=reader.ref(company),
        group=[reader.ref(one) for one in sorted(members, key=lambda id: (id != company, reader.ref(id).caption))],
        states=found,
    )


def _rows(reader: Reader, record: Record, company: str, members: set[str]) -> list[tuple[str | None, LicenceRow]]:
    issuers = licence_acts.issuers(reader, record)
    country = next(iter(issuing_states(reader, record)), None)
    first = next(iter(record.stand("licensee")))
    standing = str(first.statement.standing)
    start, end = span(record)
    if again := of_licence(reader, record.id):
        end = last_day(again, end, reader.day)
    return [
        (
            country,
            LicenceRow(
                ref=reader.ref(record.id),
                number=record.first("licenceNumber"),
                kind=record.first("licenceKind"),
                licensee=reader.ref(licensee),
                tie="the company itself" if licensee == company else "of its group",
                issuer=[reader.ref(one) for one in issuers],
                destination=record.first("destination"),
                dates_words=words.dates(start, end),
                state=state_of_licence(reader, record),
                standing=standing,
                standing_words=words.standing(standing),
            ),
        )
        for licensee in lookup.entities(reader, record, "licensee")
        if licensee in members
    ]


def issuing_states(reader: Reader, licence: Record) -> list[str]:
    """The countries of the offices that issued a licence."""
    codes = (lookup.country_of(reader, one) for one in licence_acts.issuers(reader, licence))
    return list(dict.fromkeys(code for code in codes if code))


def _state(
    reader: Reader,
    country: str | None,
    rows: list[LicenceRow],
    company: str,
    members: set[str],
    inquiries: list[Inquiry],
) -> StateOfGroup:
    rows = sorted(rows, key=lambda one: (one.state != "live", one.number or "", one.ref.id))
    orders = [
        one
        for one in lookup.pointing(reader, sorted(members), "RevocationOrder", "company")
        if any(lookup.country_of(reader, id) == country for id in lookup.entities(reader, one, "authority"))
    ]
    counts = [issuing(reader, _licence(reader, row.ref.id), members) for row in rows]
    own = [one for one in orders if any(accept(one) for accept in counts)]
    statuses = {one.id: order_status(reader, one) or "draft" for one in own}
    told = set(statuses.values())
    drafted = any(order_status(reader, one) == "draft" for one in orders)
    status = next((one for one in ("issued", "refused") if one in told), "draft" if drafted else "none")
    live = sum(one.state == "live" for one in rows)
    due = min((day for one in orders if (day := _order_due(reader, one))), key=lookup.sort_day, default=None)
    over = (
        lookup.days_between(due, reader.day)
        if due and live and status != "issued" and lookup.before(due, reader.day)
        else None
    )
    return StateOfGroup(
        country=country,
        name=country_name(country) if country else "State not known",
        count=len(rows),
        licences=rows,
        live=live,
        orders=[reader.ref(one.id) for one in own if statuses[one.id] == status],
        further=[
            FurtherOrder(ref=reader.ref(one.id), status=statuses[one.id]) for one in own if statuses[one.id] != status
        ],
        others=[reader.ref(one.id) for one in orders if one not in own],
        order_status=status,
        order_due=due,
        order_over=over,
        inquiries=[
            one for one in inquiries if one.country == country and _concerns(one, members | {r.ref.id for r in rows})
        ],
    )


def order_status(reader: Reader, order: Record) -> str | None:
    """Where an order stands on the day, as its founder tells it: a draft until the day on which it was issued, and where one entry gives
    it two statuses."""
    own = voices.founded(reader, order)
    day, on = day_of(reader.day), own.first("issuedOn")
    if alone(own, "status", ("issued",), day):
        return "draft" if on is not None and lookup.before(reader.day, on) else "issued"
    if alone(own, "status", ("refused",), day):
        return "refused"
    return "draft" if own.stand("status") else None


def issuing(reader: Reader, licence: Record, members: set[str]) -> Accept:
    """Whose orders about a licence count: of the office that issued it and of what that is part of, never of the group that holds it, and
    of whoever told of the licence first not for that alone: a licensee who tells of its own revokes nothing."""
    accept = acts(reader, licence, ("issuer",), as_told(reader), ("licensee",), members)
    assert accept is not None  # an office is given
    return accept


def _accept(reader: Reader, record: Record, office: str, gains: tuple[str, ...] = ()) -> Accept:
    """Whose acts on a record count: of the office that it names, of what that is part of, of whoever told of the record first."""
    accept = acts(reader, record, (office,), as_told(reader), gains)
    assert accept is not None  # an office is given
    return accept


def _licence(reader: Reader, id: str) -> Record:
    return voices.as_type(reader.records[id], "ExportLicence")


def _order_due(reader: Reader, order: Record) -> str | None:
    """By the draft as its founder tells it; nobody else gives more time."""
    own = voices.founded(reader, order)
    start = _told(own, order, "publishedAt") or lookup.day_of(own)
    due = _told(own, order, "dueOn")
    owed = lookup.later(start, ORDER_DAYS) if start else None
    if due and owed and not own.first("dueOn"):
        return min(due, owed, key=lookup.sort_day)
    return due or owed


def _concerns(inquiry: Inquiry, ids: set[str]) -> bool:
    return any(one.id in ids for one in inquiry.about)


# Inquiries


def inquiries_view(
    store: Store,
    country: str | None = None,
    *,
    as_of: str | None = None,
    known_at: int | None = None,
    today: str | None = None,
) -> InquiriesView:
    """Investigations, what is overdue first. `country`: of the body that leads them."""
    reader = Reader(store, as_of=as_of, known_at=known_at, today=today)
    found = [_inquiry(reader, one) for one in lookup.every(reader, "Investigation")]
    found = [one for one in found if country is None or one.country == country]
    found.sort(key=lambda one: (not one.overdue, one.ref.caption, one.ref.id))
    return InquiriesView(
        frame=reader.frame(),
        day=reader.day,
        country=country,
        count=len(found),
        inquiries=found,
        overdue=sum(one.overdue for one in found),
    )


def _inquiry(reader: Reader, record: Record) -> Inquiry:
    said, own = _statements(reader, record), apart.of_inquiry(reader, record)
    bodies = lookup.entities(reader, own, "body") or lookup.entities(reader, record, "body")
    steps = _milestones(reader, record, own, said)
    first = next((one for name in ("body", "name") for one in record.stand(name)), record.statements[0])
    return Inquiry(
        ref=reader.ref(record.id),
        body=[reader.ref(one) for one in bodies],
        country=record.first("country")
        or next((code for one in bodies if (code := lookup.country_of(reader, one))), None),
        about=[reader.ref(one) for one in lookup.entities(reader, record, "about")],
        mandate=lookup.texts(own, "mandate"),
        scope=lookup.texts(own, "scope"),
        independence=lookup.texts(own, "independence"),
        qualities=lookup.texts(own, "quality"),
        status=own.first("status"),
        apart=apart.others(reader, record, own),
        findings=lookup.texts(own, "findings"),
        outcome=lookup.texts(own, "outcome"),
        statements=[reader.ref(one.id) for one in said],
        results=[text for one in said for text in lookup.texts(one, "results")],
        prevention=[text for one in said for text in lookup.texts(one, "prevention")],
        milestones=steps,
        overdue=any(one.days_over is not None for one in steps),
        standing=str(first.statement.standing),
        standing_words=words.standing(str(first.statement.standing)),
    )


def _statements(reader: Reader, record: Record) -> list[Record]:
    """The public statements that end an inquiry, as the clocks take them, each as its own founder tells it."""
    found = lookup.pointing(reader, [record.id], "PublicStatement", "investigation")
    party = ("about",) if apart.by_party(reader, voices.told_as(reader, record), ("about",)) else ()
    accept = _accept(reader, record, "body", party)
    return [
        one for one in (voices.founded(reader, each) for each in found) if one.stand("investigation") and accept(one)
    ]


def _told(own: Record, record: Record, *names: str) -> str | None:
    """The day that the founder gives by the first of these properties that has one; else the earliest that anybody gives."""
    given = next((day for name in names if (day := own.first(name))), None)
    return given or min(
        (day for name in names for day in lookup.texts(record, name)), key=lookup.sort_day, default=None
    )


def _milestones(reader: Reader, record: Record, own: Record, said: list[Record]) -> list[Milestone]:
    """What ends it counts as its own words tell it (`apart.of_inquiry`); what is owed by whatever was told."""
    ref = reader.ref(record.id)
    began = _told(own, record, "startDate", "date")
    ended = own.first("endDate")
    due = _told(own, record, "dueOn")
    if began and due and not own.first("dueOn"):  # nobody else gives more time
        due = min(due, lookup.later(began, STATEMENT_DAYS), key=lookup.sort_day)
    known = lateness.first_told(reader, record, ("startDate", "date", "dueOn"))
    planned = min((day for one in said if (day := one.first("dueOn"))), key=lookup.sort_day, default=None)
    told = [(lateness.told_step(reader, one, "statedOn", known), one.first("statedOn")) for one in said]
    done = [(one, text) for one, text in told if one is not None and one.counts <= day_of(reader.day)]
    step, stated = min(done, key=lambda one: (one[0].counts, one[0].named), default=(None, None))
    owed = planned or due or (lookup.later(began, STATEMENT_DAYS) if began else None)
    refused = bool(alone(own, "status", ("refused",), day_of(reader.day)))
    found_on = ended if own.stand("findings") else None
    late = None if refused or own.stand("findings") else due
    return [
        Milestone(what="began", date=began, due=None, days_over=None, ref=ref),
        Milestone(what="findings", date=found_on, due=due, days_over=_over(reader, late), ref=ref),
        Milestone(what="ended", date=ended, due=None, days_over=None, ref=ref),
        Milestone(
            what="statement",
            date=stated,
            due=owed,
            days_over=None if stated or refused else _over(reader, owed),
            ref=reader.ref(said[0].id) if said else None,
            recorded_on=date.fromordinal(step.recorded).isoformat() if step and step.recorded else None,
            lapse=step.lapse(last, known) if step and (last := ordinal(owed, last=True)) else None,
        ),
    ]


def _over(reader: Reader, due: str | None) -> int | None:
    return lookup.days_between(due, reader.day) if due and lookup.before(due, reader.day) else None
