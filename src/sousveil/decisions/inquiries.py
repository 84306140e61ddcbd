"""Inquiries with their steps, and what is overdue of them by the clocks of the procedures: one clock for a duty, on every page."""

from __future__ import annotations

from typing import Unpack

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.evidence.dates import earliest
from sousveil.decisions.procedures import items, registry
from sousveil.decisions.procedures.clocks import DueView
from sousveil.decisions.procedures.days import dated_step, known_since
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.register.views import words
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Moment, Reader, Record, Store


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
    to_come: bool
    """It begins after the day: what its record says of its status, findings and end is not so yet."""
    findings: list[str]
    outcome: list[str]
    statements: list[Ref]
    """Public statements that end it."""
    results: list[str]
    prevention: list[str]
    began: str | None
    ended: str | None
    stated_on: str | None
    """Day of the public statement that ends it."""
    due: list[DueView]
    """What the clocks of the procedures wait for, as on the page of what is overdue."""
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
    to_come: int
    """So many of them begin after the day; they stand at the end."""


def inquiries_view(store: Store, country: str | None = None, **when: Unpack[Moment]) -> InquiriesView:
    """Investigations, what is overdue first. `country`: of the body that leads them."""
    reader = Reader(store, **when)
    found = [one for one in inquiries_of(reader) if country is None or one.country == country]
    found.sort(key=lambda one: (not one.overdue, one.to_come, one.ref.caption, one.ref.id))
    return InquiriesView(
        frame=reader.frame(),
        day=reader.day,
        country=country,
        count=len(found),
        inquiries=found,
        overdue=sum(one.overdue for one in found),
        to_come=sum(one.to_come for one in found),
    )


def inquiries_of(reader: Reader) -> list[Inquiry]:
    """All of them, each with the clocks that run for it: those of which the page of what is overdue tells."""
    board, day = Board(reader.store, reader=reader), day_of(reader.day)
    found = board.records["Investigation"]
    waits: dict[str, dict[str, DueView]] = {}
    begun = {one.id for one in found if items.begun(board, one, day)}
    for procedure in registry.all_procedures().values():
        for one in items.records(board, procedure, ("Investigation",)):
            for due in items.dues(board, procedure, one, day) if one.id in begun else ():
                waits.setdefault(one.id, {})[due.clock] = due
    return [_inquiry(board, one, [*waits.get(one.id, {}).values()], day, one.id not in begun) for one in found]


def _inquiry(board: Board, record: Record, waits: list[DueView], day: int, to_come: bool) -> Inquiry:
    reader, own, accept = board.reader, board.own(record), board.accept(record, day)
    ending = map(board.first_account, board.pointing("PublicStatement", "investigation", record.id))
    statements = [one for one in ending if one.stand("investigation") and accept(one)]
    bodies = lookup.entities(reader, own, "body") or lookup.entities(reader, record, "body")
    known = known_since(reader, record, ("startDate", "date", "dueOn"))
    dated = ((dated_step(reader, one, "statedOn", known), one.first("statedOn")) for one in statements)
    done = [(step.counts, step.named, text) for step, text in dated if step is not None and step.counts <= day]
    first = next(iter(record.stand("body", "name")), record.statements[0])
    return Inquiry(
        ref=reader.ref(record.id),
        body=[reader.ref(one) for one in bodies],
        country=record.first("country") or next(filter(None, (lookup.country_of(reader, one) for one in bodies)), None),
        about=[reader.ref(one) for one in lookup.entities(reader, record, "about")],
        mandate=lookup.texts(own, "mandate"),
        scope=lookup.texts(own, "scope"),
        independence=lookup.texts(own, "independence"),
        qualities=lookup.texts(own, "quality"),
        status=None if to_come else own.first("status"),
        to_come=to_come,
        findings=lookup.texts(own, "findings"),
        outcome=lookup.texts(own, "outcome"),
        statements=[reader.ref(one.id) for one in statements],
        results=[text for one in statements for text in lookup.texts(one, "results")],
        prevention=[text for one in statements for text in lookup.texts(one, "prevention")],
        began=own.first("startDate")
        or own.first("date")
        or earliest(lookup.texts(record, "startDate") + lookup.texts(record, "date")),
        ended=own.first("endDate"),
        stated_on=min(done, key=lambda one: one[:2], default=(0, 0, None))[2],
        due=waits,
        overdue=any(one.state == "overdue" for one in waits),
        standing=str(first.statement.standing),
        standing_words=words.standing(str(first.statement.standing)),
    )
