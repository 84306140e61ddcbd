"""Clocks: since when a step is owed, until when, by whom, and whether it is overdue on a day.

The days are data in the procedure's file. Only a law or a promise makes a step overdue; what the letter asks is counted from the letter,
or from the event, until an answer is recorded. A word that stops a clock (“answered”, “closed”) counts from the day that the record gives
for the act, else from the day of the word. A step that was recorded after the duty counts from its recording (`days.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from sousveil.decisions.acts import Accept
from sousveil.decisions.procedures import terms
from sousveil.decisions.procedures.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Fails,
    Followed,
    Is,
    Lacks,
    Linked,
    NamesPublic,
    Reached,
    Ruled,
    Running,
)
from sousveil.decisions.procedures.days import Step, first_of, first_recorded, named_by, ordinal, said_on, step
from sousveil.decisions.procedures.engine import DATES, Board
from sousveil.decisions.procedures.model import LETTER_DAY, Authority, Clock
from sousveil.register.model import Recorded, Standing
from sousveil.register.views.model_base import Ref
from sousveil.register.views.reading import Record, span


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
    readings, own = board.readings(record), board.told(record)
    if all(board.proof(clock.runs_when, one, day) is None for one in readings):
        return None
    known = first_recorded(board.reader, record, (*clock.starts, *clock.due))
    accept = board.accept(record, day)
    started = terms.told(own, record, clock.starts)
    if clock.again is not None and started is not None:
        anew = _steps(board, (clock.again,), own, day, known, accept, last=True)
        started = max([started, *(one.named for one in anew if one.counts <= day)])
    end = terms.end(clock, own, record, started)
    if end is None or (started is not None and started > day):
        return None
    owing = next((found for one in readings if (found := board.owing(one, clock.owed_by, day))), [])
    authority = terms.authority(clock, board.reader, own, record, end, owing)
    letter = authority is Authority.LETTER
    if letter and (end < LETTER_DAY or day < LETTER_DAY):
        return None
    ends = {"met": clock.stops_when, **clock.ends_as, "replied": clock.replied}
    acting = board.own(record)
    steps = {how: _first(_steps(board, many, acting, day, known, accept), day) for how, many in ends.items()}
    reply = steps.pop("replied")
    met, state = min(((one, how) for how, one in steps.items() if one is not None), default=(None, ""), key=_rank)
    if met is None and letter and started is not None:
        started = max(started, LETTER_DAY)
    done = met or reply
    until = done.counts if done is not None else day
    late = until > end and not letter
    if met is not None:
        state += "-late" if late else ""
    elif reply is not None:
        state = "replied"
    else:
        state = "asked" if letter and until > end else "overdue" if late else "running"
    grounds = [*terms.proof(clock, own, record), *(board.proof(clock.runs_when, record, day) or ())]
    return DueView(
        clock=clock.name,
        label=clock.label,
        started=_iso(started),
        due=date.fromordinal(end).isoformat(),
        authority=authority,
        reported=any(one.statement.standing is not Standing.CONFIRMED for one in grounds),
        state=state,
        days_open=max(0, until - started) if started is not None else 0,
        days_over=day - end if state == "overdue" else 0,
        met_on=_iso(done.named) if done is not None else None,
        recorded_on=_iso(done.recorded) if done is not None else None,
        counted_on=_iso(done.counts) if done is not None else None,
        source=clock.source,
        owed_by=board.reader.ref(owing[0]) if owing else None,
    )


def _iso(number: int | None) -> str | None:
    return date.fromordinal(number).isoformat() if number is not None else None


def _steps(
    board: Board,
    conditions: Iterable[Condition],
    record: Record,
    day: int,
    known: int | None,
    accept: Accept,
    *,
    last: bool = False,
) -> list[Step]:
    """The steps by which one of the conditions came to hold. `known`: the day since which the log holds the duty."""
    every = (one for each in conditions for one in came(board, each, record, day, accept, last=last))
    return [step(one.day, one.recorded, known) for one in every if one.day is not None]


def _first(steps: Iterable[Step], day: int) -> Step | None:
    return min((one for one in steps if one.counts <= day), key=lambda one: (one.counts, one.named), default=None)


def _rank(one: tuple[Step, str]) -> tuple[int, int]:
    return one[0].counts, one[0].named


# How conditions came to hold


class Came(msgspec.Struct, frozen=True):
    """How a condition came to hold: ordinals of the day that the records name for it, else of the day on which it was said; and of the
    day since which the log has all that it needs. None: nothing says."""

    named: int | None = None
    said: int | None = None
    recorded: int | None = None

    @property
    def day(self) -> int | None:
        """The day by which it is judged."""
        return self.named if self.named is not None else self.said


def came(
    board: Board, condition: Condition, record: Record, day: int, accept: Accept | None = None, *, last: bool = False
) -> list[Came]:
    """Every way in which a condition came to hold of a record by the day; none where it does not hold.

    No statement counts from the day on which its record begins: it counts from the day that goes with it. `last`: of a link the last day
    that its date may mean.
    """
    reader = board.reader
    if isinstance(condition, AnyOf):
        return [way for one in condition.of for way in came(board, one, record, day, accept)]
    if isinstance(condition, Linked | Followed):
        return [
            _linked(board, condition, other, proof, day, last=last)
            for other, proof in board.linking(condition, record, day, accept)
        ]
    held = board.holds(condition, record, day, accept)
    if held is None:
        return []
    match condition:
        case AllOf(of):
            return [_all([min(found, key=_place) for one in of if (found := came(board, one, record, day, accept))])]
        case Reached():
            return [Came(min(ordinal(one.statement.value) or 0 for one in held), None, first_of(reader, record, held))]
        case Ruled(test):
            ruling = board.proven.ruling(test, record.id, day)
            told = (first_of(reader, record, board.proven.told(many, day)) for many in ruling.words)
            return [Came(ruling.day, None, max((one for one in told if one is not None), default=None))]
        case Running():
            return [Came(ordinal(span(record)[0]))]
        case Fails() | Lacks() | NamesPublic():
            return [Came()]
        case _:
            named = named_by(record, condition.on) if isinstance(condition, Is) and condition.on else None
            return [Came(named, min(said_on(reader, one) for one in held), first_of(reader, record, held))]


def _linked(
    board: Board, link: Linked | Followed, other: Record, proof: list[Recorded], day: int, *, last: bool
) -> Came:
    when = [_all(came(board, one, other, day)) for one in link.when] if isinstance(link, Linked) else []
    # The dates by which it counts too: whoever adds an earlier day to an older record was late until the log had it.
    dates = [link.on or DATES, *([link.since] if isinstance(link, Followed) else [])]
    used = [
        first_recorded(board.reader, other, (name,), other.first(name))
        for names in dates
        if (name := next((one for one in names if ordinal(other.first(one)) is not None), ""))
    ]
    entries = [first_of(board.reader, other, proof[:1]), *used, *(one.recorded for one in when)]
    recorded = max((one for one in entries if one is not None), default=None)
    return Came(board.act_day(other, link.by, link.on, last=last), None, recorded)


def _all(found: list[Came]) -> Came:
    """Conditions that hold together: from the last of the days that they name, else from the last on which one was said."""
    named = [one.named for one in found if one.named is not None]
    said = [one.said for one in found if one.said is not None]
    recorded = [one.recorded for one in found if one.recorded is not None]
    return Came(max(named, default=None), max(said, default=None), max(recorded, default=None))


def _place(one: Came) -> tuple[bool, int, int]:
    return one.day is None, one.day or 0, one.recorded or 0
