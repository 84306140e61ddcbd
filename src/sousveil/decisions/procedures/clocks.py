"""Clocks: since when a step is owed, until when, by whom, and whether it is overdue on a day.

The days are data in the procedure's file. Only a law or a promise makes a step overdue; what the letter asks is counted from the letter,
or from the event, until an answer is recorded. A word that stops a clock (“answered”, “closed”) counts from the day that the record gives
for the act, else from the day of the word. A step that was recorded after the duty counts from its recording (`days.py`).
"""

from __future__ import annotations

from datetime import date

import msgspec

from sousveil.decisions.procedures import days
from sousveil.decisions.procedures.conditions import Condition
from sousveil.decisions.procedures.days import Step, iso, known_since
from sousveil.decisions.procedures.engine import Board
from sousveil.decisions.procedures.model import LETTER_DAY, Authority, Clock
from sousveil.register.model import Standing
from sousveil.register.views.model_base import Ref
from sousveil.register.views.reading import Record


class DueView(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed on a record."""

    clock: str
    label: str
    started: str | None
    """ISO day from which it runs; None where the record names only the end."""
    due: str
    """ISO day by which it is owed."""
    authority: str
    """letter, law, promise: on whose authority it is owed."""
    reported: bool
    """What it rests on is reported, not confirmed."""
    state: str
    """running, overdue, met, met-late; refused, refused-late, ended, ended-late: it stopped, and what was owed was not done; replied: the
    office that owes it answered, and its competence is not confirmed. It stays open, and is not late. On the authority of the letter
    nothing is overdue or late: past its days it is `asked`."""
    days_open: int
    """Days from `started` to the step, or to the day looked at."""
    days_over: int
    """Days since it was due; 0 where it is not overdue."""
    met_on: str | None
    """ISO day that the step which stopped it names; of a refusal as well."""
    recorded_on: str | None
    """ISO day since which the log has that step, by the operator's clock."""
    counted_on: str | None
    """The one of the two that counts: `state` goes by it."""
    source: str
    """Where the number of days comes from."""
    owed_by: Ref | None


def due_of(board: Board, clock: Clock, record: Record, day: int) -> DueView | None:
    """What this clock says of a record on a day; None where it does not run."""
    accounts, own, acting = board.accounts(record), board.first_account(record), board.own(record)
    if all(board.proof(clock.runs_when, one, day) is None for one in accounts):
        return None
    known, accept = known_since(board.reader, record, (*clock.starts, *clock.due)), board.accept(record, day)

    def steps(condition: Condition | None, of: Record = acting) -> list[Step]:
        """The steps by which a condition came to hold and that count by the day."""
        ways = board.ways(condition, of, day, accept) if condition is not None else ()
        dated = ((board.happened(way), board.recorded(way)) for way in ways)
        found = (days.step(at, recorded, known) for at, recorded in dated if at is not None)
        return [one for one in found if one.counts <= day]

    started = days.given_day(own, record, clock.starts)
    if started is not None:
        started = max([started, *(one.named for one in steps(clock.again, own))])
    end = days.end(clock, own, record, started)
    if end is None or (started is not None and started > day):
        return None
    owing = next((ids for one in accounts if (ids := board.owing(one, clock.owed_by, day))), [])
    authority = days.authority(clock, board.reader, own, record, end, owing)
    letter = authority is Authority.LETTER
    if letter and (end < LETTER_DAY or day < LETTER_DAY):
        return None
    ends = {"met": clock.stops_when, **clock.ends_as}
    stops = [(one, how) for how, by in ends.items() for one in steps(by)]
    done, state = min(stops, key=lambda one: one[0][:2], default=(None, ""))
    if done is None:
        done = min(steps(clock.replied), key=lambda one: one[:2], default=None)
        state = "replied" if done is not None else ""
        if letter and started is not None:
            started = max(started, LETTER_DAY)
    until = done.counts if done is not None else day
    late = until > end
    if not state:
        state = ("asked" if letter else "overdue") if late else "running"
    elif state != "replied" and late and not letter:
        state += "-late"
    grounds = [*days.proof(clock, own, record), *(board.proof(clock.runs_when, record, day) or ())]
    return DueView(
        clock=clock.name,
        label=clock.label,
        started=iso(started),
        due=date.fromordinal(end).isoformat(),
        authority=authority,
        reported=any(one.statement.standing is not Standing.CONFIRMED for one in grounds),
        state=state,
        days_open=max(0, until - started) if started is not None else 0,
        days_over=day - end if state == "overdue" else 0,
        met_on=iso(done.named) if done is not None else None,
        recorded_on=iso(done.recorded) if done is not None else None,
        counted_on=iso(done.counts) if done is not None else None,
        source=clock.source,
        owed_by=board.reader.ref(owing[0]) if owing else None,
    )
