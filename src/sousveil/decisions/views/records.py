"""Lists of records that show more than label and clocks: investigations (b); contracts, requests and what is withheld (f).

Label, clocks, parties and publishers are those of the procedures: one test for a question, on every page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Unpack

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.compiled import read
from sousveil.decisions.procedures import f_contracts, items, registry
from sousveil.decisions.procedures.engine import Board, country_codes, day_of
from sousveil.decisions.procedures.items import PAST, ProcedureItem
from sousveil.decisions.procedures.model import Procedure
from sousveil.register.types.countries import country_name
from sousveil.register.views import words
from sousveil.register.views.model import Frame
from sousveil.register.views.reading import Moment, Record, Store, property_label, span

TO_COME = "to-come"


def item_fields(board: Board, procedure: Procedure, record: Record) -> dict[str, Any]:
    """The item of a record, by field. Its country is also that of the State of which its office is a part."""
    fields = msgspec.structs.asdict(items.item_of(board, procedure, record, day_of(board.reader.day)))
    for one in board.named(board.own(record), ("buyer", "body")) if not fields["country"] else ():
        if code := lookup.country_of(board.reader, one):
            return {**fields, "country": code, "country_name": country_name(code)}
    return fields


class Listed(ProcedureItem, frozen=True, kw_only=True):
    """A record in a list: as on every page, and what its list shows besides."""

    amount: str | None
    dates_words: str
    what: str
    ground: str


def listed(board: Board, procedure: Procedure, record: Record) -> Listed:
    """A record with amount, dates, what is withheld and on which ground, by its first publisher and its offices."""
    own = board.own(record)
    return Listed(
        **item_fields(board, procedure, record),
        amount=own.first("amount"),
        dates_words=words.dates(*span(own)),
        what=own.first("what") or "",
        ground=own.first("legalGround") or "",
    )


# Investigations


class Inquiry(ProcedureItem, frozen=True, kw_only=True):
    """An investigation. `due`: by the clocks of all procedures."""

    overdue: bool
    texts: dict[str, list[str]]
    """Label of a property -> what its body or first publisher says, and what the public statements that end it say. Empty before its own
    date: what its record says of findings and end is not so yet."""


class InquiriesView(msgspec.Struct, frozen=True, kw_only=True):
    """Investigations, of one State or of all."""

    frame: Frame
    day: str
    country: str | None
    count: int
    """So many are on file; the list may hold a part of them."""
    inquiries: list[Inquiry]
    overdue: int
    to_come: int
    """So many of them begin after the day; they stand at the end."""


TEXTS = ("mandate", "scope", "independence", "quality", "endDate", "findings", "outcome")


def inquiries_view(store: Store, country: str | None = None, **when: Unpack[Moment]) -> InquiriesView:
    """Investigations, what is overdue first. `country`: of the body that leads them."""
    board = Board(store, reader=read(store, **when)[0])
    found = [one for one in inquiries_of(board, board.records["Investigation"]) if country in (None, one.country)]
    found.sort(key=lambda one: (not one.overdue, one.state == TO_COME, one.ref.caption, one.ref.id))
    return InquiriesView(
        frame=board.reader.frame(),
        day=board.reader.day,
        country=country,
        count=len(found),
        inquiries=found,
        overdue=sum(one.overdue for one in found),
        to_come=sum(one.state == TO_COME for one in found),
    )


def inquiries_of(board: Board, records: Iterable[Record]) -> list[Inquiry]:
    """These investigations, each with the clocks that run for it: those of which the page of what is overdue tells."""
    every, day = registry.all_procedures(), day_of(board.reader.day)
    owing = {name: {one.id for one in items.records(board, of, ("Investigation",))} for name, of in every.items()}
    found = []
    for record in records:
        fields, texts = item_fields(board, every["b-investigations"], record), dict[str, list[str]]()
        if fields["state"] != TO_COME:
            dues = (
                due for name in every if record.id in owing[name] for due in items.dues(board, every[name], record, day)
            )
            fields["due"] = [*{one.clock: one for one in dues}.values()]
            accept, pointing = board.accept(record, day), board.pointing("PublicStatement", "investigation", record.id)
            ending = [one for one in map(board.first_account, pointing) if one.stand("investigation") and accept(one)]
            said = [(board.own(record), TEXTS), *((one, ("results", "prevention")) for one in ending)]
            for one, name in ((one, name) for one, names in said for name in names):
                shown = [board.reader.display(one.type, name, text)[0] for text in lookup.texts(one, name)]
                texts.setdefault(property_label(one.type, name), []).extend(shown)
        overdue = any(one.state == "overdue" for one in fields["due"])
        found.append(Inquiry(**fields, overdue=overdue, texts={label: many for label, many in texts.items() if many}))
    return found


# Contracts, requests and what is withheld


class DisclosuresView(msgspec.Struct, frozen=True, kw_only=True):
    """Contracts, requests and what is withheld, of one State or of all."""

    frame: Frame
    day: str
    country: str | None
    counts: dict[str, int]
    """past, current, planned, withheld, withheld_over, requests_open, requests_overdue, requests_refused, requests_to_come."""
    contracts: list[Listed]
    requests: list[Listed]
    withheld: list[Listed]


OPEN = ("asked", "appealed", "partly", "replied")
REFUSED = ("refused", "appealed", "ordered", "upheld")
"""Labels of a request that was refused, whatever came of an appeal."""


def disclosures_view(store: Store, country: str | None = None, **when: Unpack[Moment]) -> DisclosuresView:
    """Contracts, requests and what is withheld: what is overdue and open for longest comes first, what is to come last. A request counts
    where it asks a public body."""
    board = Board(store, reader=read(store, **when)[0])
    reader, procedure = board.reader, f_contracts.PROCEDURE
    found: dict[str, list[Listed]] = {type: [] for type in procedure.types}
    public = set[str]()
    for record in (one for type in found for one in board.records[type]):
        row = listed(board, procedure, record)
        if country is None or country in (row.country, *country_codes(board, record)):
            found[record.type].append(row)
            asked = board.proof(f_contracts.TO_PUBLIC, record, day_of(reader.day)) is not None
            public |= {record.id} if asked else set()
    contracts, requests, withheld = (sorted(found[one], key=_urgency) for one in found)
    withheld = [one for one in withheld if one.state != TO_COME]
    counting = [one for one in requests if one.ref.id in public]
    whens, states = Counter(one.state for one in contracts), Counter(one.state for one in counting)
    counts = {
        "past": whens["ended"],
        "current": whens["current"],
        "planned": whens["planned"] + whens[TO_COME],
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
        country=country,
        counts=counts,
        contracts=contracts,
        requests=requests,
        withheld=withheld,
    )


def _urgency(row: Listed) -> tuple[int, bool, int, str, str]:
    """What is overdue comes first, what is to come last; of the rest what is open for longest."""
    over, waiting = (max((getattr(one, name) for one in row.due), default=0) for name in ("days_over", "days_open"))
    return -over, row.state == TO_COME, -waiting, row.date or "", row.ref.id
