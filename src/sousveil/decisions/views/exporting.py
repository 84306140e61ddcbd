"""Exporting States: all licences of a group per State, what was done about them, and inquiries with their clocks."""

from __future__ import annotations

from typing import Unpack

import msgspec

from sousveil.decisions import boards, chains, licence_acts, lookup, voices
from sousveil.decisions.inquiries import Inquiry, inquiries_of
from sousveil.decisions.licence_acts import issuing, issuing_states, order_status
from sousveil.decisions.licence_ends import state_of_licence
from sousveil.decisions.licences import queue
from sousveil.decisions.procedures import proven
from sousveil.decisions.procedures.model import LETTER
from sousveil.register.types.countries import country_name
from sousveil.register.views import words
from sousveil.register.views.licences import last_day, of_licence
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Moment, Reader, Record, Store, span

STATEMENT_DAYS = 365
"""Days to the public statement that a draft order names: those of the procedure's clock; the number is ours."""


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
    asked_since: str | None
    days_open: int
    inquiries: list[Inquiry]


class ExportingView(msgspec.Struct, frozen=True, kw_only=True):
    """All licences of a group, by State."""

    frame: Frame
    day: str
    company: Ref
    group: list[Ref]
    states: list[StateOfGroup]


def asked(reader: Reader) -> frozenset[str]:
    """Ids of the companies of the group that the letter names, and of licences that touch an open incident: of these it asks an order."""
    touching = queue(reader.store, as_of=reader.as_of, known_at=reader.known_at, today=reader.day).items
    named = proven.members(boards.world_of(reader, reader.day), "nso")
    return frozenset({*named, *(one.licence.id for one in touching)})


def exporting_view(
    store: Store, company: str, of: frozenset[str] | None = None, **when: Unpack[Moment]
) -> ExportingView:
    """Every licence of the company's group, by issuing State. `of`: what is `asked`, where it is known."""
    reader = Reader(store, **when)
    reader.load([company])
    company = reader.canonical(company)
    members = chains.groups(reader, [company], reader.day)
    rows: dict[str | None, list[LicenceRow]] = {}
    for record in lookup.pointing(reader, sorted(members), "ExportLicence", "licensee"):
        for country, row in _rows(reader, record, company, members):
            rows.setdefault(country, []).append(row)
    inquiries = inquiries_of(reader)
    of = asked(reader) if of is None and rows else of or frozenset()
    found = [
        _state(reader, country, rows.get(country, []), company, members, inquiries, of)
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


def _state(
    reader: Reader,
    country: str | None,
    rows: list[LicenceRow],
    company: str,
    members: set[str],
    inquiries: list[Inquiry],
    of: frozenset[str],
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
    counting = [one.ref.id for one in rows if one.state == "live" and of & {company, one.ref.id}]
    firsts = [first for id in counting if (first := span(_licence(reader, id))[0])]
    since = None
    if firsts and status != "issued" and reader.day >= LETTER:
        since = max(LETTER, min(firsts, key=lookup.sort_day), key=lookup.sort_day)
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
        asked_since=since,
        days_open=max(0, lookup.days_between(since, reader.day) or 0) if since else 0,
        inquiries=[
            one for one in inquiries if one.country == country and _concerns(one, members | {r.ref.id for r in rows})
        ],
    )


def _licence(reader: Reader, id: str) -> Record:
    return voices.as_type(reader.records[id], "ExportLicence")


def _concerns(inquiry: Inquiry, ids: set[str]) -> bool:
    return any(one.id in ids for one in inquiry.about)
