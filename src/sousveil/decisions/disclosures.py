"""What a State has disclosed (f): contracts past, current and planned; requests with their clock; what is withheld until when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import cache, partial
from typing import Any

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.lookup import with_words
from sousveil.decisions.procedures import terms
from sousveil.decisions.procedures.clocks import DueView, due_of
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.f_contracts import ANSWER, DISCLOSURE, PROCEDURE, TO_PUBLIC
from sousveil.decisions.procedures.items import begun, state_of
from sousveil.register import types
from sousveil.register.views import words
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Reader, Record, span
from sousveil.register.views.reading import state_of as state_by_dates

_STAGES = types.properties("Contract")["stage"].codes


class ContractRow(msgspec.Struct, frozen=True, kw_only=True):
    """A contract."""

    ref: Ref
    when: str
    """`past`, `current`, `planned`, `unknown`."""
    stage: str | None
    stage_label: str
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
    """The day that the request names by the law; None: the letter alone asks, and names no day."""
    answered_on: str | None
    refused_on: str | None
    appealed_on: str | None
    state: str
    """`open`, `overdue` (by law), `answered`, `answered-late`, `refused`, `appealed`, `withdrawn`, `partly`; `to-come`: asked later;
    `beside`: no public body was asked, so no time runs, and it counts for nothing."""
    days_over: int
    days_open: int
    """Days from the request to its answer, or to the day looked at; on the letter's authority none before the letter."""
    ground: str | None


class DisclosuresView(msgspec.Struct, frozen=True, kw_only=True):
    """Contracts, requests and what is withheld, of one State or of all."""

    frame: Frame
    day: str
    country: str | None
    counts: dict[str, int]
    """past, current, planned, unknown, withheld, withheld_over, requests_open, requests_overdue, requests_refused, requests_to_come."""
    contracts: list[ContractRow]
    requests: list[RequestRow]
    withheld: list[Withheld]


ACTING = {"Contract": ("buyer",), "InformationRequest": ("body", "requester"), "Redaction": ("body",)}
"""Record type -> properties that name whose words count in it besides those of its first publisher."""
REFUSED = ("refused", "appealed", "ordered", "upheld")
"""Labels of a request that was refused, whatever came of an appeal."""
_ORDER = ("current", "planned", "unknown", "past")
_LATE = {"overdue": 0, "to-come": 2}
KEPT = 16
"""Questions (State and day) whose rows are kept."""

_Rows = tuple[list[ContractRow], list[RequestRow], list[Withheld], dict[str, int]]


class Disclosed:
    """What one state of the register holds of contracts, requests and redactions: read once, asked for any State, day and part."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.records = {type: lookup.every(reader, type) for type in ACTING}
        every = [one for many in self.records.values() for one in many]
        reader.load(dict.fromkeys(id for one in every for many in reader.targets(one).values() for id in many))
        self.board = Board(reader.store, reader=reader)
        self._own = {
            one.id: with_words(reader, one, names) if len({each.recorded for each in one.statements}) > 1 else one
            for type, names in ACTING.items()
            for one in self.records[type]
        }
        self._country = cache(partial(lookup.country_of, reader))
        self._kept: dict[tuple[str | None, str], _Rows] = {}

    def view(
        self, country: str | None, day: str, frame: Frame, first: int = 0, most: int | None = None
    ) -> tuple[DisclosuresView, bool]:
        """What is disclosed: of each list `most` rows behind the first `first`; and whether there is more."""
        if (country, day) not in self._kept:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[country, day] = self._rows(country, day)
        contracts, requests, withheld, counts = self._kept[country, day]
        part = slice(first, None if most is None else first + most)
        view = DisclosuresView(
            frame=frame,
            day=day,
            country=country,
            counts=counts,
            contracts=contracts[part],
            requests=requests[part],
            withheld=withheld[part],
        )
        return view, most is not None and max(len(contracts), len(requests), len(withheld)) > first + most

    def _rows(self, country: str | None, day: str) -> _Rows:
        """All rows in the order in which they are shown, and their counts."""
        buying = [one for one in self.records["Contract"] if self._of(one, "buyer", country)]
        mine = {one.id for one in buying}
        withheld, of = list[Withheld](), dict[str, list[Withheld]]()
        for one in self.records["Redaction"]:
            contract = next(iter(lookup.entities(self.reader, self._own[one.id], "record")), "")
            if (contract in mine or self._of(one, "body", country)) and begun(self.board, one, day_of(day)):
                withheld.append(row := self._redaction(one, day))
                of.setdefault(contract, []).append(row)
        contracts = [self._contract(one, of.get(one.id, ()), day) for one in buying]
        asked = [one for one in self.records["InformationRequest"] if self._of(one, "body", country)]
        # A request counts where it asks a public body.
        public = {
            one.id
            for one in asked
            if any(self.board.proof(TO_PUBLIC, each, day_of(day)) is not None for each in self.board.accounts(one))
        }
        requests = [self._request(one, day, public=one.id in public) for one in asked]
        contracts.sort(key=lambda one: (_ORDER.index(one.when), one.ref.caption, one.ref.id))
        withheld.sort(key=lambda one: (-(one.days_over or 0), one.until or "~", one.ref.id))
        requests.sort(
            key=lambda row: (_LATE.get(row.state, 1), -row.days_over, -row.days_open, row.asked_on or "", row.ref.id)
        )
        whens, states = (
            Counter(one.when for one in contracts),
            Counter(row.state for row in requests if row.ref.id in public),
        )
        counts = {
            **{when: whens[when] for when in ("past", "current", "planned", "unknown")},
            "withheld": len(withheld),
            "withheld_over": sum(one.days_over is not None for one in withheld),
            "requests_open": sum(states[one] for one in ("open", "overdue", "appealed", "partly", "replied")),
            "requests_overdue": states["overdue"],
            "requests_refused": sum(states[one] for one in REFUSED),
            "requests_to_come": states["to-come"],
        }
        return contracts, requests, withheld, counts

    def _of(self, record: Record, property: str, country: str | None) -> bool:
        own = self._own[record.id]
        if country is None or own.first("country") == country:
            return True
        return country in map(self._country, lookup.entities(self.reader, own, property))

    def _refs(self, record: Record, property: str) -> list[Ref]:
        return [self.reader.ref(id) for id in lookup.entities(self.reader, self._own[record.id], property)]

    def _contract(self, record: Record, withheld: Iterable[Withheld], day: str) -> ContractRow:
        own, buyers = self._own[record.id], self._refs(record, "buyer")
        first = next(iter(record.stand("title", "name", "buyer", "supplier")), record.statements[0])
        standing, stage = str(first.statement.standing), own.first("stage") or ""
        return ContractRow(
            ref=self.reader.ref(record.id),
            when=when_of(own, day),
            stage=stage or None,
            stage_label=_STAGES.get(stage, stage),
            buyers=buyers,
            suppliers=self._refs(record, "supplier"),
            amount=own.first("amount"),
            dates_words=words.dates(*span(own)),
            # As the rule asks: what another body than the buyer or its State withholds binds nobody here.
            withheld=[
                one
                for one in withheld
                if not one.body
                or any(lookup.speaks_for_state(self.reader, by.id, to.id) for by in one.body for to in buyers)
            ],
            standing=standing,
            standing_words=words.standing(standing),
        )

    def _redaction(self, record: Record, day: str) -> Withheld:
        """What is withheld until the day of its clock, by its first publisher; else until the day that its statements give."""
        own, bodies = self._own[record.id], self._refs(record, "body")
        end = terms.due(DISCLOSURE, self.board.accounts(record)[0], record)
        until = date.fromordinal(end).isoformat() if end is not None else span(own)[1]
        return Withheld(
            ref=self.reader.ref(record.id),
            of=next(iter(self._refs(record, "record")), None),
            body=bodies,
            what=own.first("what") or "",
            ground=own.first("legalGround") or "",
            until=until,
            days_over=lookup.days_between(until, day) if until and lookup.before(until, day) else None,
        )

    def _request(self, record: Record, day: str, *, public: bool) -> RequestRow:
        """The row of a request, by the label and the clock of its procedure."""
        board, number = self.board, day_of(day)
        own, first = self._own[record.id], board.accounts(record)[0]
        due, end = due_of(board, ANSWER, record, number), terms.due(ANSWER, first, record)
        label = state_of(board, PROCEDURE, record, number)[0]
        state, over = _state(label, due)
        steps = ((name, first.first(f"{name}On")) for name in ("answered", "refused", "appealed"))
        days: dict[str, Any] = {f"{name}_on": None if lookup.before(day, given) else given for name, given in steps}
        asked = first.first("askedOn") or min(lookup.texts(record, "askedOn"), key=lookup.sort_day, default=None)
        by_law = end is not None and public and terms.given_day(first, record, ANSWER.due) == end
        return RequestRow(
            ref=self.reader.ref(record.id),
            body=self._refs(record, "body"),
            requester=self._refs(record, "requester"),
            about=self._refs(record, "about"),
            asked_on=asked,
            due_on=date.fromordinal(end).isoformat() if end is not None and by_law else None,
            **days,
            state=state,
            days_over=over,
            days_open=due.days_open if due is not None else 0,
            ground=own.first("legalGround"),
        )


def _state(label: str, due: DueView | None) -> tuple[str, int]:
    """The state of a request by its label and its clock, and by how many days its answer is or was late."""
    if label != "to-come" and due is not None and due.state == "overdue":
        return "overdue", due.days_over
    if label == "answered" and not (due is not None and due.state == "asked"):
        if due is None or due.state != "met-late":
            return "answered", 0
        return "answered-late", lookup.days_between(due.due, due.counted_on) or 0 if due.counted_on else 0
    return label if label in (*REFUSED, "to-come", "withdrawn", "partly", "beside", "replied") else "open", 0


def when_of(record: Record, day: str) -> str:
    """Whether a contract is past, current or planned on a day; what its dates do not say, its stage may."""
    stage = record.first("stage")
    start, end = record.first("startDate") or record.first("contractDate"), record.first("endDate")
    state = state_by_dates(start, end, day) if start or end else "unknown"
    if stage == "ended" or state == "ended":
        return "past"
    if state == "future" or stage in ("planned", "tendered"):
        return "planned"
    if state == "current" or stage in ("signed", "performed"):
        return "current"
    return "planned" if stage == "awarded" else "unknown"
