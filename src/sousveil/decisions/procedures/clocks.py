"""Clocks: since when a step is owed, until when, by whom, and whether it is overdue on a day.

The days are data in the procedure's file. Only a law or a promise makes a step overdue; what the letter asks is counted from the letter,
or from the event, until an answer is recorded. A word that stops a clock (“answered”, “closed”) counts from the day that the record gives
for the act, else from the day of the word. A step that was recorded after the duty counts from its recording (`lateness.py`).

It runs by whatever was told; what stops it, starts it anew or gives more time counts as the founder of the record tells it, who could
take the record back as well. Where the founder gives no day, the earliest that another gives counts: nobody wins time by adding one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from sousveil.decisions import apart, lateness
from sousveil.decisions.lateness import Step
from sousveil.decisions.procedures import terms
from sousveil.decisions.procedures.conditions import AllOf, Condition
from sousveil.decisions.procedures.engine import Board, ordinal
from sousveil.decisions.procedures.giving import giving
from sousveil.decisions.procedures.model import LETTER_DAY, Authority, Clock
from sousveil.decisions.procedures.speakers import Accept, with_words
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
    """running, overdue, met, met-late; refused, refused-late, ended, ended-late: it stopped, and what was owed was not done. On the
    authority of the letter nothing is overdue or late: past its days it is `asked`."""
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
    if all(board.proof(clock.runs_when, one, day) is None for one in board.readings(record)):
        return None
    known = _known(board, clock, record, day)
    started = _started(board, clock, record, day, known)
    own = board.readings(record)[0]
    end = terms.end(clock, own, record, started)
    if end is None or (started is not None and started > day):
        return None
    authority = terms.authority(clock, own, record, end)
    letter = authority is Authority.LETTER
    if letter and (end < LETTER_DAY or day < LETTER_DAY):
        return None
    met, ended = _ended(board.founded, clock, record, day, known, ending(board, clock, record, day))
    if met is None and letter and started is not None:
        started = max(started, LETTER_DAY)
    until = met.counts if met is not None else day
    late = until > end and not letter
    waiting = "asked" if letter and until > end else "overdue" if late else "running"
    state = (f"{ended}-late" if late else ended) if met is not None else waiting
    grounds = [*terms.proof(clock, own, record), *(board.proof(clock.runs_when, record, day) or ())]
    owing = next((found for one in board.readings(record) if (found := board.owing(one, clock.owed_by, day))), [])
    return DueView(
        clock=clock.name,
        label=clock.label,
        started=_iso(started) if started is not None else None,
        due=_iso(end),
        authority=authority,
        reported=any(one.statement.standing is not Standing.CONFIRMED for one in grounds),
        state=state,
        days_open=max(0, until - started) if started is not None else 0,
        days_over=day - end if state == "overdue" else 0,
        met_on=_iso(met.named) if met is not None else None,
        recorded_on=_iso(met.recorded) if met is not None and met.recorded is not None else None,
        counted_on=_iso(met.counts) if met is not None else None,
        source=clock.source,
        owed_by=board.reader.ref(owing[0]) if owing else None,
    )


def ending(board: Board, clock: Clock, record: Record, day: int) -> Accept | None:
    """Which other records may end what a record waits for; None: all of them."""
    if clock.by is not None:
        return giving(board, record, clock.by, day)
    party = clock.party if clock.party and apart.by_party(board.reader, board.told(record), clock.party) else ()
    return board.speakers.acts(record, clock.acts, clock.gains or party, day)


def _iso(number: int) -> str:
    return date.fromordinal(number).isoformat()


def _known(board: Board, clock: Clock, record: Record, day: int) -> int | None:
    """The day since which the log holds the duty: the dates from which it runs, and what makes it run."""
    told = lateness.first_told(board.reader, record, (*clock.starts, *clock.due))
    entry = lateness.since(board, AllOf(clock.runs_when), record, day)
    runs = lateness.days(board.reader, [entry]) if entry is not None else []
    return max([one for one in (told, *runs) if one is not None], default=None)


def _started(board: Board, clock: Clock, record: Record, day: int, known: int | None) -> int | None:
    """The last day that the starting date may mean; for a clock that starts anew, that of the newest step that counts by the day."""
    found = terms.told(board.readings(record)[0], record, clock.starts)
    if clock.again is None or found is None:
        return found
    told, accept = board.founded, board.speakers.acts(record, clock.acts, clock.gains, day)
    counting = [one for one in told.pointing(*clock.again, record.id) if accept is None or accept(one)]
    steps = [_step(told, clock, one, clock.again[1], known, last=True) for one in counting]
    return max([found, *(one.named for one in steps if one.counts <= day)])


def _step(board: Board, clock: Clock, other: Record, by: str, known: int | None, *, last: bool = False) -> Step:
    """Another record as a step: the day of it, and the day since which the log has both its date and whom it belongs to. One that names
    no day counts from the day on which it was said."""
    given = next((text for name in clock.acted_on if ordinal(text := other.first(name)) is not None), None)
    told = [lateness.first_told(board.reader, other, (by,))]
    if given is not None:
        dated = [name for name in clock.acted_on if any(one.statement.value == given for one in other.stand(name))]
        told.append(lateness.first_told(board.reader, other, dated, given))
    named = ordinal(given, last=last)
    recorded = max((one for one in told if one is not None), default=None)
    return lateness.step(named if named is not None else board.act_day(other, by, clock.acted_on), recorded, known)


def _ended(
    board: Board, clock: Clock, record: Record, day: int, known: int | None, accept: Accept | None
) -> tuple[Step | None, str]:
    """The step that ended the clock, if one counts by the day, and whether by it what was owed was `met`, or which other end it is
    (`Clock.ends_as`): what came first, and an end that counts for best before all."""
    met, best = _met(board, clock, record, day, known, accept)
    how = "met"
    for other, conditions in clock.ends_as.items() if not best else ():
        found = _first(_steps(board, conditions, board.told(record), day, known, accept), day)
        if found is not None and (met is None or _rank(found) < _rank(met)):
            met, how = found, other
    return met, how


def _met(
    board: Board, clock: Clock, record: Record, day: int, known: int | None, accept: Accept | None
) -> tuple[Step | None, bool]:
    """The step that stopped the clock first, if one counts by the day; `board`: as founders tell it. `accept`: whose other
    records count. And whether it is one that counts for best."""
    record = board.told(record)
    reader = board.reader
    found: list[Step] = []
    said = with_words(reader, record, clock.words) if clock.words else record
    if clock.party:
        record = said = apart.fair(reader, record, clock.words, clock.party)
    for name in clock.stops_on:
        if (at := ordinal(said.first(name))) is not None:
            found.append(lateness.step(at, lateness.first_told(reader, said, (name,), said.first(name)), known))
    best = _first(_steps(board, clock.ends_best, record, day, known, accept), day)
    if best is not None:
        return best, True
    found += _steps(board, clock.stops_when, record, day, known, accept)
    if clock.newer is not None:
        for id in board.named(record, (clock.newer,)):
            for other in board.pointing(record.type, clock.newer, id):
                if other.id != record.id and (accept is None or accept(other)) and _later(board, clock, other, record):
                    found.append(_step(board, clock, other, clock.newer, known))
    return _first(found, day), False


def _steps(
    board: Board, conditions: Iterable[Condition], record: Record, day: int, known: int | None, accept: Accept | None
) -> list[Step]:
    came = (way for one in conditions for way in lateness.ways(board, one, record, day, accept))
    return [step for way in came if (step := way.step(known)) is not None]


def _first(steps: Iterable[Step], day: int) -> Step | None:
    return min((one for one in steps if one.counts <= day), key=_rank, default=None)


def _rank(step: Step) -> tuple[int, int]:
    return step.counts, step.named


def _later(board: Board, clock: Clock, other: Record, record: Record) -> bool:
    """Whether a record of the same kind comes after this one: by the day from which both run, else by any date of theirs."""
    mine, its = (ordinal(next(filter(None, map(one.first, clock.starts)), None)) for one in (record, other))
    if mine is None or its is None:
        mine, its = board.dated(record), board.dated(other)
    return mine is None or (its is not None and its > mine)
