"""Clocks: since when a step is owed, until when, by whom, and whether it is overdue on a day.

The days are data in the procedure's file, each with its source. A clock starts from a dated fact of the record and stops at a
dated fact: moving the day moves the answer, and nothing else does.
"""

from __future__ import annotations

from datetime import date

import msgspec

from sousveil.decisions.procedures.engine import Board, ordinal
from sousveil.decisions.procedures.model import Clock
from sousveil.register.views.model_base import Ref
from sousveil.register.views.reading import Record, span

YEAR_MOST = 9999 * 366
DAYS_MOST = 3_660
"""Days of a record's own number that are believed."""


class DueView(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed on a record."""

    clock: str
    label: str
    started: str | None
    """ISO day from which it runs; None where the record names only the end."""
    due: str
    """ISO day by which it is owed."""
    state: str
    """running, overdue, met, met-late."""
    days_over: int
    """Days since it was due; 0 where it is not overdue."""
    met_on: str | None
    source: str
    """Where the number of days comes from."""
    owed_by: Ref | None


def due_of(board: Board, clock: Clock, record: Record, day: int) -> DueView | None:
    """What this clock says of a record on a day; None where it does not run."""
    if board.proof(clock.runs_when, record, day) is None:
        return None
    started = _started(board, clock, record, day)
    end = _end(clock, record, started)
    if end is None or (started is not None and started > day):
        return None
    met = _met(board, clock, record, day, started)
    late = (met if met is not None else day) > end
    state = ("met-late" if late else "met") if met is not None else "overdue" if late else "running"
    owing = board.named(record, clock.owed_by)
    return DueView(
        clock=clock.name,
        label=clock.label,
        started=_iso(started) if started is not None else None,
        due=_iso(end),
        state=state,
        days_over=day - end if state == "overdue" else 0,
        met_on=_iso(met) if met is not None else None,
        source=clock.source,
        owed_by=board.reader.ref(owing[0]) if owing else None,
    )


def _iso(number: int) -> str:
    return date.fromordinal(number).isoformat()


def _started(board: Board, clock: Clock, record: Record, day: int) -> int | None:
    """The last day that the starting date may mean; for a clock that starts anew, that of the newest step until the day."""
    found = next((at for name in clock.starts if (at := ordinal(record.first(name), last=True)) is not None), None)
    if clock.again is not None and found is not None:
        steps = (ordinal(board.date_text(one), last=True) for one in board.pointing(*clock.again, record.id))
        found = max([found, *(at for at in steps if at is not None and at <= day)])
    return found


def _end(clock: Clock, record: Record, started: int | None) -> int | None:
    for name in clock.due:
        if (own := ordinal(record.first(name), last=True)) is not None:
            return own
    if started is None:
        return None
    days = clock.days
    if clock.days_property is not None:
        text = record.first(clock.days_property)
        if text is not None and text.isascii() and text.isdigit() and int(text) <= DAYS_MOST:
            days = int(text)
    return min(started + days, date.max.toordinal())


def _met(board: Board, clock: Clock, record: Record, day: int, started: int | None) -> int | None:
    """The day on which the clock was stopped, if it was until the day."""
    found = [at for name in clock.stops_on if (at := ordinal(record.first(name))) is not None and at <= day]
    for condition in clock.stops_when:
        proof = board.holds(condition, record, day)
        if proof is not None:
            found.append(_proven_on(board, record, [one.statement.subject for one in proof], day, started))
    if clock.newer is not None:
        own = board.dated(record)
        for id in board.named(record, (clock.newer,)):
            for other in board.pointing(record.type, clock.newer, id):
                at = board.dated(other)
                if other.id != record.id and at is not None and at <= day and (own is None or at > own):
                    found.append(at)
    return min(found) if found else None


def _proven_on(board: Board, record: Record, subjects: list[str], day: int, started: int | None) -> int:
    """When a condition came true: the date of the other record that makes it so; else the day from which the record itself
    holds, else that on which the clock began."""
    others = [board.reader.records.get(board.reader.canonical(id)) for id in subjects]
    dates = [at for one in others if one is not None and one is not record and (at := board.dated(one)) is not None]
    if dates:
        return min(max(dates), day)
    begins = ordinal(span(record)[0])
    if begins is not None and begins <= day and (started is None or begins > started):
        return begins
    return started if started is not None else day
