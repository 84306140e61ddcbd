"""What a State has disclosed (f): contracts past, current and planned; requests with their clock; what is withheld until when."""

from __future__ import annotations

from collections import Counter
from datetime import date

import msgspec

from sousveil.decisions import apart, lookup, voices
from sousveil.decisions.acts import with_words
from sousveil.decisions.procedures import terms
from sousveil.decisions.procedures.clocks import due_of
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.f_contracts import ANSWER, DISCLOSURE, PROCEDURE, TO_PUBLIC
from sousveil.decisions.procedures.items import begun
from sousveil.decisions.procedures.items import state_of as state_name
from sousveil.register import types
from sousveil.register.views import words
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Reader, Record, span, state_of

ANSWERS = ("status", "answeredOn", "answer", "refusedOn", "appealedOn")
"""What says that a request was answered, or refused."""
REFUSED = ("refused", "appealed", "ordered", "upheld")
"""Labels of a request that was refused, whatever came of an appeal."""
SORTED_MOST = 16
"""Questions (State and day) whose order is kept."""


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
    apart: list[str]
    """What others than the buyer and whoever told of it first say of it, with their names: it dates and stages nothing."""


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
    told_by: list[str]
    """Who says that it is withheld, where that is not whoever withholds it."""
    apart: list[str]
    """What others than whoever withholds it and whoever told of it first say of it, with their names: it puts nothing off."""


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
    recorded_on: str | None
    """ISO day since which the log has the answer."""
    ground: str | None
    apart: list[str]
    """What others than whoever asked, whoever was asked and whoever told of it first say of it, with their names; and while no answer
    counts, what those say of one, or of a refusal."""


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


class Sorted(msgspec.Struct, frozen=True, kw_only=True):
    """What there is of one State (or of all) on a day, in the order in which it is shown."""

    contracts: list[tuple[str, Record]]
    """When, and the contract."""
    requests: list[tuple[Clock, Record]]
    withheld: list[Record]
    counts: dict[str, int]


class Disclosed:
    """What one state of the register holds of contracts, requests and redactions: read once, asked for any State, day and part."""

    def __init__(self, reader: Reader) -> None:
        """Loads everything that a view may need, in few questions: afterwards views only read."""
        self.reader = reader
        self.contracts = lookup.every(reader, "Contract")
        self.requests = lookup.every(reader, "InformationRequest")
        self.redactions = lookup.every(reader, "Redaction")
        records = [*self.contracts, *self.requests, *self.redactions]
        reader.load(dict.fromkeys(id for one in records for many in reader.targets(one).values() for id in many))
        self.board = Board.of(reader, {"InformationRequest": self.requests, "Redaction": self.redactions})
        self._countries: dict[str, str | None] = {}
        self._sorted: dict[tuple[str | None, str], Sorted] = {}
        self._withheld: dict[str, list[Record]] = {}
        acting = (("buyer",), self.contracts), (("body", "requester"), self.requests), (("body",), self.redactions)
        self._own = {one.id: _own(reader, one, offices) for offices, many in acting for one in many}
        for one in self.redactions:
            for id in lookup.entities(reader, self._own[one.id], "record")[:1]:
                self._withheld.setdefault(id, []).append(one)
        for one in records:  # and the bodies above those that buy, are asked and withhold
            for id in lookup.entities(reader, one, "buyer") + lookup.entities(reader, one, "body"):
                self._country(id)
        reader.recorded_days(said.recorded for one in self.requests for said in one.statements)
        for one in records[:1]:  # and who told of them: what one is told by comes with that of all
            voices.founder(reader, one)

    def view(
        self, country: str | None, day: str, frame: Frame, first: int = 0, most: int | None = None
    ) -> tuple[DisclosuresView, bool]:
        """What is disclosed: of each list `most` rows behind the first `first`; and whether there is more."""
        found = self._sorted.get((country, day))
        if found is None:
            if len(self._sorted) >= SORTED_MOST:
                self._sorted.clear()
            found = self._sorted[country, day] = self._sort(country, day)
        part = slice(first, None if most is None else first + most)
        lists = (found.contracts, found.requests, found.withheld)
        view = DisclosuresView(
            frame=frame,
            day=day,
            country=country,
            counts=found.counts,
            contracts=[self._contract(one, when, day) for when, one in found.contracts[part]],
            requests=[self._request(one, clock) for clock, one in found.requests[part]],
            withheld=[self._redaction(one, day) for one in found.withheld[part]],
        )
        return view, most is not None and any(len(one) > first + most for one in lists)

    def _sort(self, country: str | None, day: str) -> Sorted:
        reader, order = self.reader, ("current", "planned", "unknown", "past")
        contracts = [
            (when_of(self._own[one.id], day), one) for one in self.contracts if self._of(one, "buyer", country)
        ]
        requests = [(_clock(self.board, one, day), one) for one in self.requests if self._of(one, "body", country)]
        mine = {one.id for _, one in contracts}
        held = [
            one for one in self.redactions if self._kept(one, country, mine) and begun(self.board, one, day_of(day))
        ]
        contracts.sort(key=lambda pair: (order.index(pair[0]), reader.caption(pair[1]), pair[1].id))
        late = {"overdue": 0, "to-come": 2}
        requests.sort(
            key=lambda pair: (
                late.get(pair[0].state, 1),
                -pair[0].days_over,
                -pair[0].days_open,
                pair[0].asked_on or "",
                pair[1].id,
            )
        )
        over = {one.id: self._over(one, day) for one in held}
        held.sort(key=lambda one: (-(over[one.id] or 0), span(self._own[one.id])[1] or "~", one.id))
        whens = Counter(when for when, _ in contracts)
        states = Counter(clock.state for clock, _ in requests if clock.counts)
        counts = {
            **{when: whens[when] for when in ("past", "current", "planned", "unknown")},
            "withheld": len(held),
            "withheld_over": sum(one is not None for one in over.values()),
            "requests_open": sum(states[one] for one in ("open", "overdue", "appealed", "partly", "replied")),
            "requests_overdue": states["overdue"],
            "requests_refused": sum(states[one] for one in REFUSED),
            "requests_to_come": states["to-come"],
        }
        return Sorted(contracts=contracts, requests=requests, withheld=held, counts=counts)

    def _request(self, record: Record, clock: Clock) -> RequestRow:
        reader, own = self.reader, self._own[record.id]
        beside = apart.others(reader, record, own) if own is not record else []
        if clock.state not in (
            "answered",
            "answered-late",
        ):  # what the body says of its own answer stops no clock, and is told
            beside = apart.others(reader, own, self.board.readings(record)[0], ANSWERS) + beside
        return RequestRow(
            ref=reader.ref(record.id),
            body=_refs(reader, own, "body"),
            requester=_refs(reader, own, "requester"),
            about=_refs(reader, own, "about"),
            **{name: getattr(clock, name) for name in CLOCKED},
            ground=own.first("legalGround"),
            apart=beside,
        )

    def _of(self, record: Record, property: str, country: str | None) -> bool:
        own = self._own[record.id]
        if country is None or own.first("country") == country:
            return True
        return any(self._country(id) == country for id in lookup.entities(self.reader, own, property))

    def _kept(self, record: Record, country: str | None, mine: set[str]) -> bool:
        """Whether a redaction is of the State: by its body, or by one of these contracts."""
        named = lookup.entities(self.reader, self._own[record.id], "record")[:1]
        return any(id in mine for id in named) or self._of(record, "body", country)

    def _country(self, id: str) -> str | None:
        if id not in self._countries:
            self._countries[id] = lookup.country_of(self.reader, id)
        return self._countries[id]

    def _until(self, record: Record) -> str | None:
        """The day until which it is withheld: that of its clock, by whoever told of it first; else that until which its statements hold."""
        end = terms.due(DISCLOSURE, self.board.readings(record)[0], record)
        return date.fromordinal(end).isoformat() if end is not None else span(self._own[record.id])[1]

    def _over(self, record: Record, day: str) -> int | None:
        """Days since something withheld should have been disclosed; None: not over, or no day is given."""
        until = self._until(record)
        return lookup.days_between(until, day) if until and lookup.before(until, day) else None

    def _redaction(self, record: Record, day: str) -> Withheld:
        own = self._own[record.id]
        of = _refs(self.reader, own, "record")
        return Withheld(
            ref=self.reader.ref(record.id),
            of=of[0] if of else None,
            body=_refs(self.reader, own, "body"),
            what=own.first("what") or "",
            ground=own.first("legalGround") or "",
            until=self._until(record),
            days_over=self._over(record, day),
            told_by=self._told_by(own),
            apart=apart.others(self.reader, record, own) if own is not record else [],
        )

    def _binds(self, redaction: Record, contract: Record) -> bool:
        """Whether a redaction is of who buys, or its State, as the rule asks: what another body withholds binds nobody here."""
        bodies = lookup.entities(self.reader, self._own[redaction.id], "body")
        buyers = lookup.entities(self.reader, contract, "buyer")
        return not bodies or any(lookup.speaks_for_state(self.reader, one, id) for one in bodies for id in buyers)

    def _told_by(self, own: Record) -> list[str]:
        """Who tells of a redaction; nobody, where whoever withholds it, or what that is part of, does."""
        by = {self.reader.told_by(one.recorded)[0] for one in own.stand("what")}
        bodies = lookup.entities(self.reader, own, "body")
        if any(lookup.speaks_for_state(self.reader, one, id) for one in by for id in bodies):
            return []
        return sorted({self.reader.publisher(one) for one in by})

    def _contract(self, record: Record, when: str, day: str) -> ContractRow:
        own = self._own[record.id]
        start, end = span(own)
        first = next(
            (one for name in ("title", "name", "buyer", "supplier") for one in record.stand(name)), record.statements[0]
        )
        standing = str(first.statement.standing)
        return ContractRow(
            ref=self.reader.ref(record.id),
            when=when,
            stage=(stage := own.first("stage")),
            stage_label=_STAGES.get(stage or "", stage or ""),
            buyers=_refs(self.reader, own, "buyer"),
            suppliers=_refs(self.reader, own, "supplier"),
            amount=own.first("amount"),
            dates_words=words.dates(start, end),
            withheld=[
                self._redaction(one, day)
                for one in self._withheld.get(record.id, ())
                if self._binds(one, own) and begun(self.board, one, day_of(day))
            ],
            standing=standing,
            standing_words=words.standing(standing),
            apart=apart.others(self.reader, record, own) if own is not record else [],
        )


def _own(reader: Reader, record: Record, offices: tuple[str, ...]) -> Record:
    """A record as whoever told of it first tells it, and those whom that names by these properties: who buys, asks, is asked, withholds."""
    if len({one.recorded for one in record.statements}) < 2:
        return record
    return with_words(reader, record, offices)


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


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """The days of a request, and the state it is in: by its procedure, so that the page says what the clock says."""

    asked_on: str | None
    due_on: str | None
    answered_on: str | None
    refused_on: str | None
    appealed_on: str | None
    recorded_on: str | None
    state: str
    days_over: int
    days_open: int
    counts: bool
    """A public body was asked: it is counted, and has a day."""


CLOCKED = tuple(name for name in Clock.__struct_fields__ if name != "counts")


def _clock(board: Board, record: Record, day: str) -> Clock:
    own, number = board.readings(record)[0], day_of(day)
    found = due_of(board, ANSWER, record, number)
    end = terms.due(ANSWER, own, record)
    given = terms.told(own, record, ANSWER.due)
    counts = any(board.holds(TO_PUBLIC, one, number) is not None for one in board.readings(record))
    name = state_name(board, PROCEDURE, record, number)[0]
    late = found is not None and found.state == "met-late"
    if name == "to-come":  # also where it names a day for the answer and that is over
        state, over = name, 0
    elif found is not None and found.state == "overdue":
        state, over = "overdue", found.days_over
    elif name == "answered" and not (found is not None and found.state == "asked"):
        state, over = "answered-late" if late else "answered", 0
        if late and found is not None and found.counted_on:
            over = lookup.days_between(found.due, found.counted_on) or 0
    else:
        state, over = name if name in (*REFUSED, "withdrawn", "partly", "beside", "replied") else "open", 0
    step = found if found is not None and name in ("answered", "replied") else None
    return Clock(
        asked_on=_told(own, record, "askedOn") or lookup.day_of(record),
        due_on=date.fromordinal(end).isoformat() if end is not None and given == end and counts else None,
        answered_on=_by(own, "answeredOn", day),
        refused_on=_by(own, "refusedOn", day),
        appealed_on=_by(own, "appealedOn", day),
        recorded_on=step.recorded_on if step else None,
        state=state,
        days_over=over,
        days_open=found.days_open if found is not None else 0,
        counts=counts,
    )


def _by(own: Record, name: str, day: str) -> str | None:
    """The day of a step, unless it certainly comes after the day of the view."""
    given = own.first(name)
    return None if lookup.before(day, given) else given


def _told(own: Record, record: Record, name: str) -> str | None:
    """The day that the founder gives; else the earliest that anybody gives."""
    return own.first(name) or min(lookup.texts(record, name), key=lookup.sort_day, default=None)
