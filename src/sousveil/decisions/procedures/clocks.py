"""Clocks: since when a step is owed, until when, by whom, and whether it is overdue on a day.

The days are data in the procedure's file. Only a law or a promise makes a step overdue; what the letter asks is counted from the letter,
or from the event, until an answer is recorded. A word that stops a clock (“answered”, “closed”) counts from the day that the record gives
for the act, else from the day of the word. A step that was recorded after the duty counts from its recording (`days.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import msgspec

from sousveil.decisions import lookup, voices
from sousveil.decisions.acts import Accept
from sousveil.decisions.procedures import terms
from sousveil.decisions.procedures.conditions import (
    AllOf,
    Alone,
    AnyOf,
    Became,
    Condition,
    Fails,
    Has,
    Lacks,
    Linked,
    NamesPublic,
    Reached,
    Ruled,
    Running,
    SaidBy,
)
from sousveil.decisions.procedures.days import (
    Step,
    came_on,
    first_of,
    first_recorded,
    named_by,
    recorded_days,
    said_on,
    step,
)
from sousveil.decisions.procedures.engine import Board, giving, ordinal
from sousveil.decisions.procedures.model import LETTER_DAY, Authority, Clock
from sousveil.register import types
from sousveil.register.model import Recorded, Standing
from sousveil.register.views.model_base import Ref
from sousveil.register.views.reading import Reader, Record, span, stands


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
    if all(board.proof(clock.runs_when, one, day) is None for one in board.readings(record)):
        return None
    known = _known(board, clock, record, day)
    started = _started(board, clock, record, day, known)
    own = board.readings(record)[0]
    end = terms.end(clock, own, record, started)
    if end is None or (started is not None and started > day):
        return None
    owing = next((found for one in board.readings(record) if (found := board.owing(one, clock.owed_by, day))), [])
    authority = terms.authority(clock, board.reader, own, record, end, owing)
    letter = authority is Authority.LETTER
    if letter and (end < LETTER_DAY or day < LETTER_DAY):
        return None
    met, ended = _ended(board.founded, clock, record, day, known, ending(board, clock, record, day))
    if met is None and letter and started is not None:
        started = max(started, LETTER_DAY)
    reply = _reply(board, clock, record, day, known, owing) if met is None else None
    until = next((one.counts for one in (met, reply) if one is not None), day)
    late = until > end and not letter
    waiting = "asked" if letter and until > end else "overdue" if late else "running"
    state = (f"{ended}-late" if late else ended) if met is not None else "replied" if reply is not None else waiting
    met = met or reply
    grounds = [*terms.proof(clock, own, record), *(board.proof(clock.runs_when, record, day) or ())]
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


def _reply(board: Board, clock: Clock, record: Record, day: int, known: int | None, owing: list[str]) -> Step | None:
    """What an office that owes the step did itself with an identified key, where it ends nothing; any other key's act is a claim."""
    signer = board.proven.world(day).base.signer

    def of_office(one: Recorded) -> bool:
        by = signer(one)
        firm = one.statement.standing is not Standing.ALLEGED
        return firm and by.identified and any(lookup.speaks_for_state(board.reader, by.owner, id) for id in owing)

    def accept(other: Record) -> bool:
        return all(of_office(one) for one in board.told(other).statements)

    conditions = tuple(plain for one in (*clock.stops_when, *clock.ends_best) if (plain := _without_ruling(one)))
    own = voices.only(record, [one for one in record.statements if stands(one) and of_office(one)])
    linked = [one for one in conditions if isinstance(one, Linked)]
    told = conditions if own.statements else linked
    asked = ordinal(next(filter(None, map(board.told(record).first, clock.starts)), None)) or 0
    steps = _steps(board.founded, told, own, day, known, accept)
    return _first((one for one in steps if one.named >= asked), day)


def _without_ruling(condition: Condition) -> Condition | None:
    """A condition without the rule's own test, whose place the office's key takes; None where nothing is left of it."""
    match condition:
        case Ruled(_, _, ways):
            return _without_ruling(ways) if ways is not None else None
        case AnyOf(of):
            return AnyOf(tuple(plain for one in of if (plain := _without_ruling(one))))
        case Linked():
            return replace(condition, proven="")
        case SaidBy():
            return None
        case _:
            return condition


def ending(board: Board, clock: Clock, record: Record, day: int) -> Accept | None:
    """Which other records may end what a record waits for; None: all of them."""
    if clock.by is not None:
        return giving(board, record, clock.by, day)
    return board.speakers.acts(record, clock.acts, board.party(record, clock), day)


def _iso(number: int) -> str:
    return date.fromordinal(number).isoformat()


def _known(board: Board, clock: Clock, record: Record, day: int) -> int | None:
    """The day since which the log holds the duty: the dates from which it runs, and what makes it run."""
    told = first_recorded(board.reader, record, (*clock.starts, *clock.due))
    entry = since(board, AllOf(clock.runs_when), record, day)
    runs = recorded_days(board.reader, [entry]) if entry is not None else []
    return max([one for one in (told, *runs) if one is not None], default=None)


def _started(board: Board, clock: Clock, record: Record, day: int, known: int | None) -> int | None:
    """The last day that the starting date may mean; for a clock that starts anew, that of the newest step that counts by the day."""
    found = terms.told(board.readings(record)[0], record, clock.starts)
    if clock.again is None or found is None:
        return found
    told, accept = board.founded, board.speakers.acts(record, clock.acts, (), day)
    counting = [one for one in told.pointing(*clock.again, record.id) if accept is None or accept(one)]
    steps = [_step(told, clock, one, clock.again[1], known, last=True) for one in counting]
    return max([found, *(one.named for one in steps if one.counts <= day)])


def _step(board: Board, clock: Clock, other: Record, by: str, known: int | None, *, last: bool = False) -> Step:
    """Another record as a step: the day of it, and the day since which the log has both its date and whom it belongs to. One that names
    no day counts from the day on which it was said."""
    given = next((text for name in clock.acted_on if ordinal(text := other.first(name)) is not None), None)
    told = [first_recorded(board.reader, other, (by,))]
    if given is not None:
        dated = [name for name in clock.acted_on if any(one.statement.value == given for one in other.stand(name))]
        told.append(first_recorded(board.reader, other, dated, given))
    named = ordinal(given, last=last)
    recorded = max((one for one in told if one is not None), default=None)
    return step(named if named is not None else board.act_day(other, by, clock.acted_on), recorded, known)


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
    record = board.own(record, clock)
    found: list[Step] = []
    for name in clock.stops_on:
        if (at := ordinal(record.first(name))) is not None:
            found.append(step(at, first_recorded(board.reader, record, (name,), record.first(name)), known))
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
    came = (way for one in conditions for way in ways(board, one, record, day, accept))
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


# How conditions came to hold


def since(board: Board, condition: Condition, record: Record, day: int, accept: Accept | None = None) -> int | None:
    """The last entry that a condition which holds of a record needed; None where it needs none, or does not hold.

    `accept`: which linked records count, as in `Board.holds`.
    """
    match condition:
        case Has() | Became() | Alone() | Reached():
            return _earliest(board.holds(condition, record, day, accept) or ())
        case AllOf(of):
            return _latest(since(board, one, record, day, accept) for one in of)
        case AnyOf(of):
            held = [one for one in of if board.holds(one, record, day, accept) is not None]
            needed = [since(board, one, record, day, accept) for one in held]
            return None if None in needed else min((one for one in needed if one is not None), default=None)
        case Ruled(test, _, _):
            words = board.proven.ruling(test, record.id, day).words
            return _latest(_earliest(board.proven.told(many, day)) for many in words)
        case Linked():
            counting = _counting(board, condition, record, day, accept)
            return min((_act(board, other, condition, record, day) for other in counting), default=None)
        case _:
            return None


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

    def step(self, known: int | None) -> Step | None:
        """As a step; None where nothing dates it."""
        return step(self.day, self.recorded, known) if self.day is not None else None


def ways(board: Board, condition: Condition, record: Record, day: int, accept: Accept | None = None) -> list[Came]:
    """Every way in which a condition came to hold of a record by the day; none where it does not hold.

    No word of a record counts from the day on which the record begins: it counts from the day that goes with it.
    """
    if isinstance(condition, AnyOf):
        return [way for one in condition.of for way in ways(board, one, record, day, accept)]
    if isinstance(condition, Linked):
        return [_linked(board, condition, one, record, day) for one in _counting(board, condition, record, day, accept)]
    held = board.holds(condition, record, day, accept)
    if held is None:
        return []
    match condition:
        case AllOf(of):
            return [_all([min(found, key=_place) for one in of if (found := ways(board, one, record, day, accept))])]
        case Became(_, _, on):
            return _became(board.reader, record, held, on)
        case SaidBy():
            return [Came(board.said_day(condition, record, held), None, _recorded(board.reader, _earliest(held)))]
        case Reached(name):
            named = min(at for one in record.stand(name) if (at := ordinal(one.statement.value)) is not None)
            return [Came(named, None, first_recorded(board.reader, record, (name,), record.first(name)))]
        case Ruled(test, _, how):
            ruled = _ruled(board, record, test, day)
            came = ways(board, how, record, day, accept) if how is not None else []
            return [one for one in came if ruled.day is None or (one.day or 0) >= ruled.day] or [ruled]
        case Running():
            return [Came(ordinal(span(record)[0]))]
        case Has() | Alone():
            return [
                Came(None, min(said_on(board.reader, one) for one in held), _recorded(board.reader, _earliest(held)))
            ]
        case Fails() | Lacks() | NamesPublic():
            return [Came()]
        case _:
            raise TypeError(condition)  # no clock ends by it yet


def _became(reader: Reader, record: Record, told: list[Recorded], on: tuple[str, ...]) -> list[Came]:
    """A word, with the day that goes with it. A day that was added to a word that stood there before counts as the word, but from no
    earlier day than the word has."""
    word = _recorded(reader, _earliest(told))
    named = named_by(record, on)
    if named is None:
        return [Came(None, min(said_on(reader, one) for one in told), word)]
    given = next(name for name in on if ordinal(record.first(name)) is not None)
    dated = first_recorded(reader, record, (given,), record.first(given))
    found = [Came(named, None, max(one for one in (word, dated) if one is not None))]
    every = min((one.recorded for name in on for one in record.by_property.get(name, ())), default=0)
    if (entry := _earliest(told)) is not None and entry < every:
        found.append(Came(max(named, came_on(reader, record, told, ())), None, word))
    return found


def _ruled(board: Board, record: Record, test: str, day: int) -> Came:
    """What a rule's own test found, from the day that it gives; recorded when the last of those was whose word it took."""
    ruling = board.proven.ruling(test, record.id, day)
    told = (first_of(board.reader, record, board.proven.told(many, day)) for many in ruling.words)
    return Came(ruling.day, None, max((one for one in told if one is not None), default=None))


def _all(found: list[Came]) -> Came:
    """Conditions that hold together: from the last of the days that they name, else from the last on which one was said."""
    named = [one.named for one in found if one.named is not None]
    said = [one.said for one in found if one.said is not None]
    recorded = [one.recorded for one in found if one.recorded is not None]
    return Came(max(named, default=None), max(said, default=None), max(recorded, default=None))


def _place(one: Came) -> tuple[bool, int, int]:
    return one.day is None, one.day or 0, one.recorded or 0


def _linked(board: Board, link: Linked, other: Record, record: Record, day: int) -> Came:
    entry = _act(board, other, link, record, day)
    return Came(board.act_day(other, link.by, link.on), None, _recorded(board.reader, entry))


def _counting(board: Board, link: Linked, record: Record, day: int, accept: Accept | None) -> list[Record]:
    return [one for one, _ in board.linking(link, record, day, accept)]


def _recorded(reader: Reader, entry: int | None) -> int | None:
    return recorded_days(reader, [entry])[0] if entry is not None else None


def _act(board: Board, other: Record, link: Linked, record: Record, day: int) -> int:
    """The entry with which another record was whole enough to count."""
    when = link.when
    naming = [one for one in other.stand(link.by) if board.reader.canonical(one.statement.value) == record.id]
    required = [name for name, known in types.properties(other.type).items() if known.required]
    needed = [_earliest(naming), *(since(board, one, other, day) for one in when)]
    needed += [_earliest(other.stand(name)) for name in (() if when else required)]
    return _latest(needed) or 0


def _earliest(many: Iterable[Recorded]) -> int | None:
    return min((one.recorded for one in many if stands(one)), default=None)


def _latest(many: Iterable[int | None]) -> int | None:
    return max((one for one in many if one is not None), default=None)
