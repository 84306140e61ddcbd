"""Lists of records that show more than label and clocks: investigations (b), sales (d), contracts, requests and what is withheld (f).

Label, clocks, parties and publishers are those of the procedures: one test for a question, on every page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Unpack

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.compiled import read
from sousveil.decisions.evidence.accounts import DATED
from sousveil.decisions.facts.registration import Sale, sales
from sousveil.decisions.procedures import cells, f_contracts, items, registry
from sousveil.decisions.procedures.engine import Board, country_codes, day_of
from sousveil.decisions.procedures.items import PAST, ProcedureItem
from sousveil.decisions.procedures.model import Procedure
from sousveil.register.types.countries import country_name
from sousveil.register.views import words
from sousveil.register.views.model_base import DayView, Ref
from sousveil.register.views.reading import Moment, Record, Store, property_label, span

TO_COME = "to-come"


class Listed(ProcedureItem, frozen=True, kw_only=True):
    """A record in a list: as on every page, and what its list shows besides."""

    dates_words: str
    texts: dict[str, list[str]]
    """Label of a property -> what its first publisher and its offices say by it; of an inquiry also what the public statements say that
    end it. Empty before its own date: what its record says of findings and end is not so yet."""


TEXTS = {
    "Investigation": ("mandate", "scope", "independence", "quality", "findings", "outcome"),
    "PublicStatement": ("results", "prevention"),
    "Contract": ("amount",),
    "Redaction": ("what", "legalGround"),
    "Ownership": ("interest", "percentage", "percentageAtLeast", "percentageAtMost"),
    "Representation": ("role",),
}
"""Record type -> the properties whose texts a list shows."""


def listed(board: Board, procedure: Procedure, record: Record) -> Listed:
    """A record with its dates and texts. Its country is also that of the State of which its office is a part."""
    reader, day, own, texts = board.reader, day_of(board.reader.day), board.own(record), dict[str, list[str]]()
    fields = msgspec.structs.asdict(items.item_of(board, procedure, record, day))
    for one in board.named(own, ("buyer", "body")) if not fields["country"] else ():
        if code := lookup.country_of(reader, one):
            fields |= {"country": code, "country_name": country_name(code)}
            break
    ending = map(board.first_account, board.pointing("PublicStatement", "investigation", record.id))
    accept = board.accept(record, day)
    saying = [own, *(one for one in ending if one.stand("investigation") and accept(one))]
    for account in saying if fields["state"] != TO_COME else ():
        for name in TEXTS.get(account.type, ()):
            if many := [reader.display(account.type, name, text)[0] for text in lookup.texts(account, name)]:
                texts.setdefault(property_label(account.type, name), []).extend(many)
    return Listed(**fields, dates_words=words.dates(*span(own)), texts=texts)


def is_overdue(one: ProcedureItem) -> bool:
    """Whether anything is overdue on a record."""
    return any(due.state == "overdue" for due in one.due)


# Investigations


class InquiriesView(DayView, frozen=True, kw_only=True):
    """Investigations, of one State or of all."""

    count: int
    """So many are on file; the list may hold a part of them."""
    inquiries: list[Listed]
    overdue: int


def inquiries_view(store: Store, country: str | None = None, **when: Unpack[Moment]) -> InquiriesView:
    """Investigations, what is overdue first. `country`: of the body that leads them."""
    board = Board(store, reader=read(store, **when)[0])
    found = [one for one in inquiries_of(board, board.records["Investigation"]) if country in (None, one.country)]
    found.sort(key=lambda one: (not is_overdue(one), one.state == TO_COME, one.ref.caption, one.ref.id))
    return InquiriesView(
        frame=board.reader.frame(),
        day=board.reader.day,
        count=len(found),
        inquiries=found,
        overdue=sum(map(is_overdue, found)),
    )


def inquiries_of(board: Board, records: Iterable[Record]) -> list[Listed]:
    """These investigations, each with the clocks that run for it: those of which the page of what is overdue tells."""
    every, day = registry.all_procedures(), day_of(board.reader.day)
    owing = {name: {one.id for one in items.records(board, of, ("Investigation",))} for name, of in every.items()}
    found = []
    for record in records:
        row = listed(board, every["b-investigations"], record)
        dues = (
            due for name in every if record.id in owing[name] for due in items.dues(board, every[name], record, day)
        )
        due = [*{one.clock: one for one in dues}.values()] if row.state != TO_COME else []
        found.append(msgspec.structs.replace(row, due=due))
    return found


# Contracts, requests and what is withheld


class DisclosuresView(DayView, frozen=True, kw_only=True):
    """Contracts, requests and what is withheld, of one State or of all."""

    counts: dict[str, int]
    """past, current, planned, unknown, withheld, withheld_over, requests_open, requests_overdue, requests_refused, requests_to_come."""
    contracts: list[Listed]
    requests: list[Listed]
    withheld: list[Listed]


OPEN = ("asked", "appealed", "partly", "replied")
REFUSED = ("refused", "appealed", "ordered", "upheld")
"""Labels of a request that was refused, whatever came of an appeal."""


def disclosures_view(store: Store, country: str | None = None, **when: Unpack[Moment]) -> DisclosuresView:
    """Contracts, requests and what is withheld: what is overdue and open for longest comes first, what is to come last. A request counts
    where its clock runs: it asks a public body."""
    board = Board(store, reader=read(store, **when)[0])
    reader, procedure = board.reader, f_contracts.PROCEDURE
    found: dict[str, list[Listed]] = {type: [] for type in procedure.types}
    for record in (one for type in found for one in board.records[type]):
        row = listed(board, procedure, record)
        if country is None or country in (row.country, *country_codes(board, record)):
            found[record.type].append(row)
    contracts, requests, withheld = (sorted(found[one], key=_urgency) for one in found)
    withheld = [one for one in withheld if one.state != TO_COME]
    counting = [one for one in requests if one.due or one.state == TO_COME]
    whens, states = Counter(one.state for one in contracts), Counter(one.state for one in counting)
    counts = {
        "past": whens["ended"],
        "current": whens["current"],
        "planned": whens["planned"] + whens[TO_COME],
        "unknown": whens["on-file"],
        "withheld": len(withheld),
        "withheld_over": sum(any(due.state in PAST for due in one.due) for one in withheld),
        "requests_open": sum(states[one] for one in OPEN),
        "requests_overdue": sum(_urgency(one)[0] < 0 for one in counting),
        "requests_refused": sum(states[one] for one in REFUSED),
        "requests_to_come": states[TO_COME],
    }
    return DisclosuresView(
        frame=reader.frame(),
        day=reader.day,
        counts=counts,
        contracts=contracts,
        requests=requests,
        withheld=withheld,
    )


def _urgency(row: Listed) -> tuple[int, bool, int, str, str]:
    """What is overdue comes first, what is to come last; of the rest what is open for longest."""
    over, waiting = (max((getattr(one, name) for one in row.due), default=0) for name in ("days_over", "days_open"))
    return -over, row.state == TO_COME, -waiting, row.date or "", row.ref.id


# Sales that a company declares beside sales that others report (d)


class SaleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A sale on file of a company."""

    record: Ref
    company: Ref
    client: Ref | None
    date: str | None
    """EDTF."""
    declared: bool
    """The company declares it in this record."""
    declared_as: list[Ref]
    """Records in which the company declares a sale that may be this one."""
    reported_by: list[str]
    """Other publishers that report it, firmer than as an allegation."""
    undeclared: list[Ref]
    """Clients that others report, and to whom the company declares no such sale; empty where that is `client` alone."""
    country: str | None
    """Country to which it went, where nobody names a client."""
    gap: bool
    """Reported, and not declared."""


def company_sales(board: Board, company: str, day: int) -> list[SaleRow]:
    """The sales of a company on file on a day: first those that it does not declare."""
    return sorted((_row(board, company, one, day) for one in sales(board.world(day), company)), key=_order)


def state_sales(board: Board, country: str, day: int) -> list[SaleRow]:
    """The sales of the companies based in a State."""
    based = [one for one in cells.vendors(board) if country in board.country_of(one)]
    return sorted((row for one in based for row in company_sales(board, one, day)), key=_order)


def _order(row: SaleRow) -> tuple[bool, str, str]:
    return not row.gap, row.company.caption, row.record.id


def _row(board: Board, company: str, one: Sale, day: int) -> SaleRow:
    statements = board.statements(one.reported, day)
    clients = board.named(one.record, (one.client,))
    missing = [each for each in one.undeclared if len(each) != 2]
    dates = (each.statement.value for name in DATED for each in one.record.stand(name))
    return SaleRow(
        record=board.reader.ref(one.record.id),
        company=board.reader.ref(company),
        client=board.reader.ref(clients[0]) if clients else None,
        date=next(dates, None),
        declared=bool(one.declared),
        declared_as=[board.reader.ref(each) for each in one.declared_as],
        reported_by=list(dict.fromkeys(board.reader.publisher(each.statement.publisher) for each in statements)),
        undeclared=[board.reader.ref(each) for each in missing] if missing != clients[:1] else [],
        country=one.record.first("destination") if not clients else None,
        gap=bool(one.undeclared),
    )
