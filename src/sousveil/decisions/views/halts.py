"""What States have halted, which uses go on despite it, and the breaches of a State's own measure, with the days since they are overdue.

A measure halts, and ends, as its publisher reports or confirms it, from its first day to its last; where no first day is given, from the
day on which it was called in force. One that is only announced, or to come, halts nothing, and ends nothing. A use goes on until its
publisher says that it ended. A measure that ends a halt counts only in the words of the State itself or of its courts; another publisher's
is shown as disputed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.evidence.accounts import Account, adverse, firm, values
from sousveil.decisions.evidence.admissibility import beneficiaries
from sousveil.decisions.facts.offices import speaks_as_state
from sousveil.decisions.facts.reading import values_of
from sousveil.decisions.procedures.a_moratorium import HALTS, LIFT, LIFTED, PROCEDURE
from sousveil.decisions.procedures.days import came_on, current, ordinal, running
from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.procedures.items import ProcedureItem, item_of, state_of
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.register.model import Recorded, Standing
from sousveil.register.types.countries import country_name
from sousveil.register.views.model_base import ProofView, Ref
from sousveil.register.views.reading import Record

ACTIVITIES = ("sale", "transfer", "use")
MEASURE_OF = ("country", "state")
_TO_COME = {"to-come", "announced", "undated"}
"""States of a measure that is not, or not yet, known to be in force."""
_LATER = {*_TO_COME, "lift-announced"}
"""States of what halts nothing, and ends nothing, on the day."""
TERMS = ("scope", "startDate", "endDate", "exception", "excepts")


class HaltView(msgspec.Struct, frozen=True, kw_only=True):
    """One country."""

    country: str
    name: str
    state: str
    """halted (all three), excepted (all three, and a measure in force leaves something out), partial, announced, lifted, none (nothing that
    halts: uses, or measures that ended or of which two things are told at once), possible (only uses of potential clients are)."""
    covers: list[str]
    """What is halted on the day: sale, transfer, use."""
    measures: list[ProcedureItem]
    """Those that have begun, and those that ended."""
    to_come: list[ProcedureItem]
    """Those that are only announced, or begin after the day."""
    disputed: list[ProcedureItem]
    """Measures that would end a halt, of which the State itself says nothing."""
    terms: list[ProofView]
    """What each measure covers, from when, until when, and what it leaves out, as published."""
    despite: list[ProcedureItem]
    """Uses that go on although use is halted."""
    uses: list[ProcedureItem]
    """Uses where use is not halted."""
    possible: list[ProcedureItem]
    """Uses by potential clients, as somebody concluded: not confirmed, so that nothing is said to go on."""
    more: dict[str, int] = msgspec.field(default_factory=dict)
    """Name of a list -> so many of it are left out here."""


def halts(board: Board, day: int, country: str | None = None) -> list[HaltView]:
    """All countries with a measure or a use, by code; or one of them."""
    measures, uses = (
        board.of_country("MoratoriumMeasure", MEASURE_OF),
        board.of_country("Deployment", ("country", "body")),
    )
    codes = [one for one in sorted({*measures, *uses}) if country in (None, one)]
    return [_country(board, code, measures.get(code, []), uses.get(code, []), day) for code in codes]


def _country(board: Board, code: str, measures: list[Record], uses: list[Record], day: int) -> HaltView:
    halting = Halts(board, code, measures, day)
    covers = [one for one in ACTIVITIES if halting.halting(one, day)]
    items = [
        item_of(board, PROCEDURE, one, day)
        for one in uses
        if any(board.begun(each, day) and running(each, day, longest=True) for each in board.accounts(one))
    ]
    possible = [one for one in items if one.state == "possible"]
    certain = [one for one in items if one.state != "possible"]
    lifts = [one for one in measures if board.proof(LIFT, board.first_account(one), day) is not None]
    disputed = [one for one in lifts if board.proof(LIFT, halting.by_state(one, day), day) is None]
    found = [item_of(board, PROCEDURE, one, day) for one in measures if one not in disputed]
    kinds = {item.state for item in found}
    in_force = {one.ref.id for one in found if one.state == "in-force"}
    if len(covers) == len(ACTIVITIES):
        firsts = (board.first_account(one) for one in measures if one.id in in_force)
        state = "excepted" if any(one.stand("exception", "excepts") for one in firsts) else "halted"
    elif possible and not (certain or measures):
        state = "possible"
    else:
        state = "partial" if covers else "announced" if kinds & _TO_COME else "lifted" if "lifted" in kinds else "none"
    return HaltView(
        country=code,
        name=country_name(code),
        state=state,
        covers=covers,
        measures=[one for one in found if one.state not in _LATER],
        to_come=[one for one in found if one.state in _LATER],
        disputed=[item_of(board, PROCEDURE, one, day) for one in disputed],
        terms=[board.reader.proof(one) for record in measures for name in TERMS for one in record.stand(name)],
        despite=certain if "use" in covers else [],
        uses=[] if "use" in covers else certain,
        possible=possible,
    )


def firmly(board: Board, record: Record) -> Record:
    """A record as its founder tells it, of those who report or confirm: what is only alleged neither counts nor takes anything away."""
    return lookup.first_account(board.reader, lookup.only(record, firm(record.statements)))


# Breaches of a State's own measure: acts during a halt in force


class _Act(msgspec.Struct, frozen=True):
    """An act that a measure may halt: the properties of its record type that count."""

    activities: tuple[str, ...]
    places: tuple[str, ...]
    """Properties that place it in a State."""
    required: tuple[str, ...]
    """Properties that an account must have; the first names the company."""
    days: tuple[str, ...]
    none: tuple[str, frozenset[str]]
    """A property, and its values by which no such act took place."""
    procedure: str = ""
    """The procedure whose label says that it is over."""


ACTS = {
    "ExportLicence": _Act(
        ("sale", "transfer"), ("issuer",), ("licensee", "issuer"), ("issueDate",),
        ("status", frozenset(("applied", "refused", "withdrawn"))), "b-investigations",
    ),
    "Contract": _Act(
        ("sale",), ("buyer", "supplier"), ("supplier", "buyer"), ("contractDate", "startDate"),
        ("stage", frozenset(("planned", "tendered"))), "f-contracts",
    ),
    "Supply": _Act(
        ("transfer",), ("supplier", "origin", "recipient", "destination"), ("supplier",), ("date", "startDate"),
        ("clientStage", frozenset(("potential",))),
    ),
}  # fmt: skip
NAMED_IN_BREACHES = (*ACTS, "Deployment", "MoratoriumMeasure", "LegalEntity")
"""Types of what a breach may name: acts, the measure, companies."""
PARTIES = ("supplier", "licensee", "buyer", "recipient", "endUser", "body", "product", "vendor")
"""Properties whose entities a measure may leave out."""


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """An act that a measure of the State itself halts."""

    country: str
    """Code of the State whose measure it is."""
    record: Ref
    activity: str
    """sale, transfer, use."""
    measure: Ref
    companies: list[Ref]
    since: str
    """ISO day of the act; of a use that began before the measure, the measure's first day."""
    days_over: int
    """Days since then; 0 where the act is over, or an exception of the measure may cover it."""
    ended: bool
    """The licence or contract is over."""
    reported: bool
    """The act or the measure is reported, not confirmed."""
    exceptions: list[ProofView]
    """What the measure leaves out, as published: whether it covers this act is not recorded."""


def breaches(board: Board, day: int, country: str | None = None) -> list[Breach]:
    """The breaches of measures in force on the day, of one State or of all, the longest overdue first.

    A vague day is no breach: the first day that it may mean has to lie within the halt. What is only alleged makes no breach, and takes
    none away.
    """
    found: list[Breach | None] = []
    of_state = board.of_country("MoratoriumMeasure", MEASURE_OF)
    for state in halts(board, day, country):
        if state.covers:
            own = Halts(board, state.country, of_state[state.country], day)
            for type, act in ACTS.items():
                for one in board.records[type]:
                    found.append(
                        next(filter(None, (own.breach_by_act(one, act, each) for each in act.activities)), None)
                    )
            found += [
                own.breach_by_use(use) for item in state.despite if (use := board.record(item.ref.id)) is not None
            ]
    return sorted(filter(None, found), key=lambda one: (-one.days_over, one.since, one.record.id, one.country))


class Halts:
    """The measures of a State, what they halt, and the breaches of those in force on a day."""

    def __init__(self, board: Board, code: str, measures: list[Record], day: int) -> None:
        self._board, self._code, self._day = board, code, day
        self._measures = [(one, own) for one in measures if (own := firmly(board, one)).stand("measureKind")]
        """Each measure, and as its founder reports or confirms it."""
        self.halting = cache(self._latest)
        """The latest measures that say anything on an activity, where they halt it on a day, as founders report or confirm it; one that
        lifts without saying what lifts all, and counts in the State's own words only."""

    def by_state(self, measure: Record, day: int) -> Record:
        """A measure as the State itself, or a court of it, states it."""
        world, who, first = self._board.world(day), beneficiaries(None, self._code), self._board.first_account(measure)
        return lookup.only(first, [one for one in first.statements if speaks_as_state(world, one, self._code, who)])

    def _latest(self, activity: str, day: int) -> list[Record]:
        board, acts = self._board, list[tuple[int, Record | None]]()
        for measure, own in self._measures:
            lift = firmly(board, self.by_state(measure, day)) if "lifted" in values_of(measure, "measureKind") else None
            if lift is not None and board.proof(LIFTED, lift, day) is None:
                lift = None  # the State does not say so, or it is to end a halt some day
            record = lift or own
            covers = values_of(record, "covers")
            if not board.begun(record, day) or self._code not in board.countries(own, MEASURE_OF, "first"):
                continue
            applies = lift is not None or board.proof(HALTS, record, day) is not None
            if applies and (activity in covers or not covers):
                acts.append((board.dated(record) or 0, own if lift is None else None))
        newest = max((at for at, _ in acts), default=0)
        latest = [one for at, one in acts if at == newest]
        return [one for one in latest if one is not None] if all(latest) else []

    def breach_by_use(self, use: Record) -> Breach | None:
        """The breach by a use that goes on: from the first day of the measure, or of the use."""
        board, own = self._board, firmly(self._board, use)
        named = values(own.statements, "body", "product", "country")
        if not named or not (binding := self._binding(own, "use")):
            return None
        measure = binding[0]
        first = came_on(board.reader, measure, current(measure, "status", ("in-force",), self._day), ("startDate",))
        return self._breach(own, "use", measure, max(first, board.dated(own) or 0), "vendor", named[:1])

    def breach_by_act(self, record: Record, act: _Act, activity: str) -> Breach | None:
        """The breach by an act of one of the `ACTS`, on the earliest of its days within the halt (policy 4)."""
        board, day, own = self._board, self._day, firmly(self._board, record)
        there = board.world(day).record(record.id)
        if there is None or self._code not in board.countries(own, act.places, "all"):
            return None
        binding = self._binding(own, activity)

        def halted(one: Recorded) -> Record | None:
            """The measure that halts the act on the day that a statement gives."""
            first = ordinal(one.statement.value)
            then = {each.id for each in self.halting(activity, first)} if first and first <= day else ()
            return next((each for each in binding if each.id in then), None)

        def during(account: Account) -> bool:
            """Whether an account says that the act took place, on a day within the halt."""
            stated = {one.statement.value for one in firm(values(account, act.none[0]))}
            return not stated & act.none[1] and any(map(halted, firm(values(account, *act.days))))

        charge = adverse(board.world(day), there, [(name, None) for name in act.required], event=True, when=during)
        if not charge.counts or charge.alleged:
            return None
        dates = [one for one in firm(values(there.statements, *act.days)) if halted(one)]
        first = min(dates, key=lambda one: (ordinal(one.statement.value, last=True) or day, one.recorded))
        since, measure = min(day, ordinal(first.statement.value, last=True) or day), halted(first)
        assert measure is not None  # its day lies within the halt
        ended = bool(act.procedure) and state_of(board, all_procedures()[act.procedure], record, day)[2]
        proof = [*board.statements(charge.proof, day), first]
        return self._breach(own, activity, measure, since, act.required[0], proof, ended=ended)

    def _binding(self, own: Record, activity: str) -> list[Record]:
        """The measures that halt an activity on the day and leave out no party of an act; those without an exception first."""
        parties = {*self._board.named(own, PARTIES), *self._makers(own)}
        halting = self.halting(activity, self._day)
        many = [one for one in halting if not parties & {*self._board.named(one, ("excepts",))}]
        return sorted(many, key=lambda one: bool(_open(one)))

    def _makers(self, own: Record) -> list[str]:
        products = filter(None, map(self._board.record, self._board.named(own, ("product",))))
        return [id for one in products for id in self._board.named(firmly(self._board, one), ("vendor",))]

    def _breach(
        self,
        own: Record,
        activity: str,
        measure: Record,
        since: int,
        who: str,
        proof: Sequence[Recorded],
        *,
        ended: bool = False,
    ) -> Breach:
        ref, exceptions = self._board.reader.ref, [self._board.reader.proof(one) for one in _open(measure)]
        grounds = [*([one] for one in proof), *(measure.stand(name) for name in ("measureKind", "status", "covers"))]
        return Breach(
            country=self._code,
            record=ref(own.id),
            activity=activity,
            measure=ref(measure.id),
            companies=[ref(one) for one in self._board.named(own, (who,)) or self._makers(own)],
            since=date.fromordinal(since).isoformat(),
            days_over=0 if exceptions or ended else self._day - since,
            ended=ended,
            reported=any(
                many and all(one.statement.standing is not Standing.CONFIRMED for one in many) for many in grounds
            ),
            exceptions=exceptions,
        )


def _open(measure: Record) -> list[Recorded]:
    """The exceptions of a measure that name nobody."""
    return [] if measure.stand("excepts") else measure.stand("exception")
