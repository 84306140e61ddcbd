"""What States have halted, and which uses go on despite it.

A measure halts, and ends, as its publisher reports or confirms it, from its first day to its last; where no first day is given,
from the day on which it was called in force. One that is only announced, or to come, halts nothing, and ends nothing: it stands apart. A
use goes on until whoever told of it says that it ended: nobody else takes it off the list, nor the measure that it goes on despite. A
measure that ends a halt counts only in the words of the State itself or of its courts; where somebody else publishes one it stands
beside, as disputed.
"""

from __future__ import annotations

import msgspec

from sousveil.decisions import voices
from sousveil.decisions.evidence.accounts import firm
from sousveil.decisions.procedures.a_moratorium import HALTS, LIFTED, PROCEDURE
from sousveil.decisions.procedures.cells import ProofView, shown
from sousveil.decisions.procedures.conditions import Has, Running
from sousveil.decisions.procedures.days import came_on, current
from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.procedures.items import ProcedureItem, item_of
from sousveil.register.types.countries import country_name
from sousveil.register.views.reading import Record

ACTIVITIES = ("sale", "transfer", "use")
MEASURE_OF = ("country", "state")
_TO_COME = {"to-come", "announced", "undated"}
"""States of a measure that is not, or not yet, known to be in force."""
_LATER = {*_TO_COME, "lift-announced"}
"""States of what halts nothing, and ends nothing, on the day."""
_LEFT_OUT = ("exception", "excepts")
TERMS = ("scope", "startDate", "endDate", "exception", "excepts")


class ComingView(msgspec.Struct, frozen=True, kw_only=True):
    """A measure that is only to come, or only announced."""

    item: ProcedureItem
    starts: str | None
    """First day as its founder gives it (EDTF); None where none is told."""
    terms: list[ProofView]


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
    to_come: list[ComingView]
    """Those that are only announced, or begin after the day."""
    disputed: list[ProcedureItem]
    """Measures that would end a halt, of which the State itself says nothing."""
    exceptions: list[ProofView]
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
        _by_country(board, "MoratoriumMeasure", MEASURE_OF),
        _by_country(board, "Deployment", ("country", "body")),
    )
    return [
        _country(board, code, measures.get(code, []), uses.get(code, []), day)
        for code in sorted({*measures, *uses})
        if country in (None, code)
    ]


def _by_country(board: Board, type: str, of: tuple[str, ...]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in board.records.get(type, ()):
        for code in board.countries(record, of):
            found.setdefault(code, []).append(record)
    return found


def _country(board: Board, code: str, measures: list[Record], uses: list[Record], day: int) -> HaltView:
    halting = Halts(board, code, measures)
    covers = [one for one in ACTIVITIES if halting.halting(one, day)]
    running = [one for one in uses if _running(board, one, day)]
    items = [item_of(board, PROCEDURE, one, day) for one in running]
    possible = [one for one in items if one.state == "possible"]
    shown_uses = [one for one in items if one.state != "possible"]
    disputed = [one for one in measures if _lifts(board, one, day) and not _own_lift(board, one, code, day)]
    found = [item_of(board, PROCEDURE, one, day) for one in measures if one not in disputed]
    kinds = {item.state for item in found}
    later = {item.ref.id: item for item in found if item.state in _LATER}
    now = [one for one in measures if one.id not in later]
    exceptions = [shown(board, one) for record in now for name in _LEFT_OUT for one in board.told(record).stand(name)]
    if len(covers) == len(ACTIVITIES):
        held = {one.ref.id for one in found if one.state == "in-force"}
        state = (
            "excepted"
            if any(one.id in held and any(map(board.told(one).stand, _LEFT_OUT)) for one in measures)
            else "halted"
        )
    else:
        state = "partial" if covers else "announced" if kinds & _TO_COME else "lifted" if "lifted" in kinds else "none"
        if state == "none" and possible and not (shown_uses or measures):
            state = "possible"
    return HaltView(
        country=code,
        name=country_name(code),
        state=state,
        covers=covers,
        measures=[item for item in found if item.ref.id not in later],
        to_come=[
            ComingView(item=later[one.id], starts=board.told(one).first("startDate"), terms=_terms(board, one))
            for one in measures
            if one.id in later
        ],
        disputed=[item_of(board, PROCEDURE, one, day) for one in disputed],
        exceptions=exceptions,
        terms=[proof for record in now for proof in _terms(board, record)],
        despite=shown_uses if "use" in covers else [],
        uses=[] if "use" in covers else shown_uses,
        possible=possible,
    )


def _terms(board: Board, record: Record) -> list[ProofView]:
    return [shown(board, one) for name in TERMS for one in record.stand(name)]


def _running(board: Board, record: Record, day: int) -> bool:
    readings = board.readings(record)
    return any(
        board.begun(one, day) and board.proof((Running(longest=True),), one, day) is not None for one in readings
    )


_LIFT = (Has("measureKind", ("lifted",)),)


def _lifts(board: Board, record: Record, day: int) -> bool:
    return board.proof(_LIFT, board.told(record), day) is not None


def _own_lift(board: Board, record: Record, code: str, day: int) -> Record | None:
    """What the State itself, or a court of it, says in a record of its own that ends a halt, announced or in force; None where it does
    not say that."""
    own = board.speakers.act_of_state(board.told(record), code, day)
    return own if board.proof(_LIFT, own, day) is not None else None


def firmly(board: Board, record: Record) -> Record:
    """A record as its founder tells it, of those who report or confirm: what is only alleged neither counts nor takes anything away."""
    return voices.founded(board.reader, voices.only(record, firm(record.statements)))


class Halts:
    """The measures of a State."""

    def __init__(self, board: Board, code: str, measures: list[Record] | None = None) -> None:
        if measures is None:
            measures = [one for one in board.records["MoratoriumMeasure"] if code in board.countries(one, MEASURE_OF)]
        self._board, self.code = board, code
        self._measures = [(one, own) for one in measures if (own := firmly(board, one)).stand("measureKind")]
        self._own = {one.id: own for one, own in self._measures}
        self._halting: dict[tuple[str, int], list[Record]] = {}

    def own(self, measure: Record) -> Record:
        """A measure that halts, as its founder reports or confirms it."""
        return self._own[measure.id]

    def halting(self, activity: str, day: int) -> list[Record]:
        """The latest measures that say anything on the activity, where they halt it on the day, as founders report or confirm it; one that
        lifts without saying what lifts all, and counts in the State's own words only."""
        found = self._halting.get((activity, day))
        if found is None:
            found = self._halting[activity, day] = self._latest(activity, day)
        return found

    def _latest(self, activity: str, day: int) -> list[Record]:
        board, acts = self._board, list[tuple[int, Record | None]]()
        for one, founded in self._measures:
            own = _own_lift(board, one, self.code, day) if _says_lifted(one) else None
            if own is not None and board.proof(LIFTED, own := firmly(board, own), day) is None:
                own = None  # it is to end a halt some day
            record = own or founded
            if (
                not board.begun(record, day)
                or self.code not in board.countries(founded, MEASURE_OF, told=True)
                or not _covers(record, activity)
            ):
                continue
            at = board.dated(record) or 0
            if own is not None:
                acts.append((at, None))
            elif board.proof(HALTS, record, day) is not None:
                acts.append((at, one))
        newest = max((at for at, _ in acts), default=0)
        latest = [one for at, one in acts if at == newest]
        return [one for one in latest if one is not None] if all(latest) else []

    def since(self, measure: Record, day: int) -> int:
        """The day since which a measure that is in force halts."""
        own = self.own(measure)
        return came_on(self._board.reader, own, current(own, "status", ("in-force",), day), ("startDate",))


def _says_lifted(record: Record) -> bool:
    return any(one.statement.value == "lifted" for one in record.stand("measureKind"))


def _covers(record: Record, activity: str) -> bool:
    covers = record.stand("covers")
    return not covers or any(one.statement.value == activity for one in covers)
