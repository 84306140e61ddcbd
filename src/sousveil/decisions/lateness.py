"""Which day counts for a step: the one that it names, or the one on which the log had it.

Whoever was late could name a day in time afterwards: where the log held the duty before the step that ends it, the step counts from the
later of both days. Where both came on one day (a history that is filed at once) the day that is named counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sousveil.decisions.procedures import links
from sousveil.decisions.procedures.conditions import (
    AllOf,
    Alone,
    AnyOf,
    Became,
    Condition,
    Has,
    HasAll,
    Linked,
    Over,
    Past,
    Reached,
    Ruled,
    Running,
    SaidBy,
    Since,
    Unless,
)
from sousveil.decisions.procedures.dates import came_on, named_by, said_on
from sousveil.decisions.procedures.days import alone, over, past
from sousveil.decisions.procedures.engine import Board, claims, ordinal
from sousveil.decisions.procedures.speakers import Accept, said_by
from sousveil.register import types
from sousveil.register.model import Recorded, Stance
from sousveil.register.views.reading import Reader, Record, span, stands


class Step(NamedTuple):
    """A step that was done: ordinals of the day that it names, of its recording, and of the day that counts."""

    counts: int
    named: int
    recorded: int | None


def told_step(reader: Reader, record: Record, name: str, known: int | None) -> Step | None:
    """The step that a date property of a record names; None where it names no day."""
    text = record.first(name)
    named = ordinal(text)
    return None if named is None else step(named, first_told(reader, record, (name,), text), known)


def step(named: int, recorded: int | None, known: int | None) -> Step:
    """A step with the day that counts. `known`: day since which the log holds the duty."""
    backdated = recorded is not None and known is not None and recorded > known
    return Step(max(named, recorded) if backdated and recorded is not None else named, named, recorded)


def days(reader: Reader, entries: Iterable[int]) -> list[int]:
    """The days (ordinals) on which these entries were recorded, by the operator's clock."""
    found = reader.recorded_days(list(entries))
    return [date.fromisoformat(one).toordinal() for one in found.values()]


def first_told(reader: Reader, record: Record, names: Iterable[str], value: str | None = None) -> int | None:
    """The day since which the log has a claim of one of these properties (with this value); None where nothing stands.

    A correction counts from what it corrects, where that named no later day than the one on which it was recorded: to mend a
    slip of the pen makes nobody late.
    """
    standing = [one for name in names for one in record.stand(name) if value is None or one.statement.value == value]
    return first_of(reader, record, standing)


def first_of(reader: Reader, record: Record, told: Iterable[Recorded]) -> int | None:
    """The day since which the log has one of these claims of a record, with what they correct; None where there is none."""
    by_id = {one.id: one for one in reader.records.get(record.id, record).statements}
    return min(days(reader, {at for one in told for at in (one.recorded, *_before(reader, one, by_id))}), default=None)


def _before(reader: Reader, one: Recorded, by_id: dict[str, Recorded]) -> list[int]:
    """Entries of what a claim corrects, in steps."""
    found: list[int] = []
    while one.statement.stance is Stance.CORRECTS and one.statement.supersedes in by_id and len(found) < len(by_id):
        one = by_id[one.statement.supersedes]
        named = ordinal(one.statement.value, last=True)
        if named is not None and named > days(reader, [one.recorded])[0]:
            break
        found.append(one.recorded)
    return found


def since(board: Board, condition: Condition, record: Record, day: int, accept: Accept | None = None) -> int | None:
    """The last entry that a condition which holds of a record needed; None where it needs none, or does not hold.

    `accept`: which linked records count, as in `Board.holds`.
    """
    match condition:
        case Has(name, values):
            return _earliest(claims(record, name, values, day))
        case Became(name, values) | Alone(name, values):
            return _earliest(alone(record, name, values, day))
        case HasAll(name, values):
            return _latest(_earliest(claims(record, name, (one,), day)) for one in values)
        case Reached(name):
            return _earliest(
                one for one in record.stand(name) if (at := ordinal(one.statement.value)) is not None and at <= day
            )
        case Past(name):
            return _earliest(past(record, name, day))
        case Over():
            return _earliest(over(record, day) or ())
        case AllOf(of):
            return _latest(since(board, one, record, day, accept) for one in of)
        case AnyOf(of):
            held = [one for one in of if board.holds(one, record, day, accept) is not None]
            needed = [since(board, one, record, day, accept) for one in held]
            return None if None in needed else min((one for one in needed if one is not None), default=None)
        case SaidBy():
            return _earliest(said_by(board.reader, record, condition))
        case Ruled(test, _, _):
            words = board.proven.ruling(test, record.id, day).words
            return _latest(_earliest(board.proven.told(many, day)) for many in words)
        case Linked():
            counting = _counting(board, condition, record, day, accept)
            return min((_act(board, other, condition, record, day) for other in counting), default=None)
        case _:
            return None


class Came(NamedTuple):
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
    if isinstance(condition, Since | Unless):
        held = board.holds(condition, record, day, accept) is not None
        return ways(board, condition.one, record, day, accept) if held else []
    if isinstance(condition, Linked):
        return [_linked(board, condition, one, record, day) for one in _counting(board, condition, record, day, accept)]
    if board.holds(condition, record, day, accept) is None:
        return []
    match condition:
        case AllOf(of):
            return [_all([min(found, key=_place) for one in of if (found := ways(board, one, record, day, accept))])]
        case Became(name, values, on):
            return _became(board.reader, record, alone(record, name, values, day), on)
        case SaidBy():
            said = said_by(board.reader, record, condition)
            return [Came(board.said_day(condition, record, said), None, _recorded(board.reader, _earliest(said)))]
        case Reached(name):
            named = min(at for one in record.stand(name) if (at := ordinal(one.statement.value)) is not None)
            return [Came(named, None, first_told(board.reader, record, (name,), record.first(name)))]
        case Ruled(test, _, how):
            ruled = _ruled(board, record, test, day)
            came = ways(board, how, record, day, accept) if how is not None else []
            return [one for one in came if ruled.day is None or (one.day or 0) >= ruled.day] or [ruled]
        case Running():
            return [Came(ordinal(span(record)[0]))]
        case Over():
            recorded = first_of(board.reader, record, over(record, day) or ())
            return [Came(ordinal(span(record)[1], last=True), None, recorded)]
        case Has(name, values) | HasAll(name, values):
            told = claims(record, name, values, day)
            entry = since(board, condition, record, day, accept)
            return [Came(None, min(said_on(board.reader, one) for one in told), _recorded(board.reader, entry))]
        case Alone(name, values):
            told = alone(record, name, values, day)
            return [
                Came(None, min(said_on(board.reader, one) for one in told), _recorded(board.reader, _earliest(told)))
            ]
        case _:
            return [Came()]


def later(
    board: Board, one: Condition, other: Condition, record: Record, day: int, accept: Accept | None = None
) -> bool:
    """Whether of two things that hold of a record the one came about later: by its day, and of one day by its recording."""
    mine, its = (max(map(_moment, ways(board, each, record, day, accept)), default=(0, 0)) for each in (one, other))
    return mine > its


def _moment(one: Came) -> tuple[int, int]:
    return one.day or 0, one.recorded or 0


def _became(reader: Reader, record: Record, told: list[Recorded], on: tuple[str, ...]) -> list[Came]:
    """A word, with the day that goes with it. A day that was added to a word that stood there before counts as the word, but from no
    earlier day than the word has."""
    word = _recorded(reader, _earliest(told))
    named = named_by(record, on)
    if named is None:
        return [Came(None, min(said_on(reader, one) for one in told), word)]
    given = next(name for name in on if ordinal(record.first(name)) is not None)
    dated = first_told(reader, record, (given,), record.first(given))
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
    return [one for one, _ in links.counting(board, link, record, day, accept)]


def _recorded(reader: Reader, entry: int | None) -> int | None:
    return days(reader, [entry])[0] if entry is not None else None


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
