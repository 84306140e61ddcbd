"""What a State has disclosed (f): contracts past, current and planned; requests with their clock; what is withheld until when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import cache, partial
from typing import Unpack

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.compiled import read
from sousveil.decisions.procedures import terms
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.f_contracts import DISCLOSURE, PROCEDURE, TO_PUBLIC
from sousveil.decisions.procedures.items import ProcedureItem, begun, item_of
from sousveil.register import types
from sousveil.register.views import words
from sousveil.register.views.model import Frame, Ref
from sousveil.register.views.reading import Moment, Reader, Record, Store, span
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


class DisclosuresView(msgspec.Struct, frozen=True, kw_only=True):
    """Contracts, requests and what is withheld, of one State or of all."""

    frame: Frame
    day: str
    country: str | None
    counts: dict[str, int]
    """past, current, planned, unknown, withheld, withheld_over, requests_open, requests_overdue, requests_refused, requests_to_come."""
    contracts: list[ContractRow]
    requests: list[ProcedureItem]
    withheld: list[Withheld]


OPEN = ("asked", "appealed", "partly", "replied")
REFUSED = ("refused", "appealed", "ordered", "upheld")
"""Labels of a request that was refused, whatever came of an appeal."""
_ORDER = ("current", "planned", "unknown", "past")


def disclosures_view(store: Store, country: str | None = None, **when: Unpack[Moment]) -> DisclosuresView:
    """Contracts, requests and what is withheld."""
    reader, _ = read(store, **when)
    return _Disclosed(reader).view(country, reader.day)


class _Disclosed:
    """What one state of the register holds of contracts, requests and redactions."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.board = reader, Board(reader.store, reader=reader)
        self.records = {one: self.board.records[one] for one in ("Contract", "InformationRequest", "Redaction")}
        self._own = {one.id: self.board.own(one) for many in self.records.values() for one in many}
        self._country = cache(partial(lookup.country_of, reader))

    def view(self, country: str | None, day: str) -> DisclosuresView:
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
        requests = [item_of(self.board, PROCEDURE, one, day_of(day)) for one in asked]
        contracts.sort(key=lambda one: (_ORDER.index(one.when), one.ref.caption, one.ref.id))
        withheld.sort(key=lambda one: (-(one.days_over or 0), one.until or "~", one.ref.id))
        requests.sort(key=_urgency)
        whens, counting = Counter(one.when for one in contracts), [row for row in requests if row.ref.id in public]
        states = Counter(row.state for row in counting)
        counts = {
            **{when: whens[when] for when in ("past", "current", "planned", "unknown")},
            "withheld": len(withheld),
            "withheld_over": sum(one.days_over is not None for one in withheld),
            "requests_open": sum(states[one] for one in OPEN),
            "requests_overdue": sum(not _urgency(row)[0] for row in counting),
            "requests_refused": sum(states[one] for one in REFUSED),
            "requests_to_come": states["to-come"],
        }
        return DisclosuresView(
            frame=self.reader.frame(),
            day=day,
            country=country,
            counts=counts,
            contracts=contracts,
            requests=requests,
            withheld=withheld,
        )

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


def _urgency(row: ProcedureItem) -> tuple[int, int, int, str, str]:
    """What is overdue comes first, what is to come last; of the rest what is open for longest."""
    over, waiting = (max((getattr(one, name) for one in row.due), default=0) for name in ("days_over", "days_open"))
    return 0 if over else 2 if row.state == "to-come" else 1, -over, -waiting, row.date or "", row.ref.id


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
