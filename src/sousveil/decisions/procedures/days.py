"""Days of records and steps: what a date means, which last days are over, and which day counts for a step.

A vague date is over on the last day that it may mean, and has come on the first. A last day itself still counts. A step counts on the day
that it names; where the log had the duty before the step, on the later of that day and of the day of its recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sousveil.errors import Malformed
from sousveil.register import edtf, types
from sousveil.register.model import Recorded, Stance, Standing
from sousveil.register.views.reading import Reader, Record, span, stands


def ordinal(text: str | None, *, last: bool = False) -> int | None:
    """The day that a date means at the earliest (or at the latest); None where it means none."""
    if not text or text == edtf.OPEN:
        return None
    try:
        found = edtf.parse(text)
    except Malformed:
        return None
    return found.last if last else found.first


def day_of(text: str) -> int:
    """The ordinal of an ISO day. Raises Malformed."""
    found = edtf.parse(text)
    if found.precision != "day":
        raise Malformed(f"“{text}” is not a day.", hint="Write the day as 2021-07-18.")
    return found.first


def past(record: Record, name: str, day: int) -> list[Recorded]:
    """The claims of a property whose last day is over on the day."""
    return [
        one
        for one in record.stand(name)
        if (last := ordinal(one.statement.value, last=True)) is not None and last < day
    ]


def over(record: Record, day: int) -> list[Recorded] | None:
    """The statements by which the last day of a record is over; None where it is not, or none is given."""
    end = span(record)[1]
    last = ordinal(end, last=True)
    if last is None or last >= day:
        return None
    return [one for one in record.statements if stands(one) and end in (one.statement.value, one.statement.valid_until)]


def running(record: Record, day: int, *, longest: bool = False) -> bool:
    """Whether a record has begun by the day, and is not over: of several first or last days by those by which it holds for least, or for
    most (`longest`). What is only alleged counts where no day is told more firmly."""
    begin, end = span(record)
    starts: list[str | None] = [*_told(record, types.start_of(record.type))] or [begin]
    ends: list[str | None] = [*_told(record, types.end_of(record.type))] or [end]
    begun = [(at := ordinal(one)) is None or at <= day for one in starts]
    gone = [(at := ordinal(one, last=True)) is not None and at < day for one in ends]
    return any(begun) and not all(gone) if longest else all(begun) and not any(gone)


def _told(record: Record, name: str | None) -> list[str]:
    told = record.stand(name) if name is not None else []
    firm = [one for one in told if one.statement.standing is not Standing.ALLEGED]
    return [one.statement.value for one in firm or told]


def current(record: Record, name: str, values: tuple[str, ...], day: int) -> list[Recorded]:
    """The newest claims of a publisher about a property that hold on the day, where all that their entry says is among the values; an
    allegation counts where nothing firmer is there."""
    told = claims(record, name, (), day)
    told = [one for one in told if one.statement.standing is not Standing.ALLEGED] or told
    newest: dict[str, list[Recorded]] = {}
    for one in sorted(told, key=lambda one: one.recorded):
        last = newest.setdefault(one.statement.publisher, [])
        newest[one.statement.publisher] = [*(each for each in last if each.recorded == one.recorded), one]
    return [one for last in newest.values() if all(each.statement.value in values for each in last) for one in last]


def claims(record: Record, name: str, values: tuple[str, ...], day: int) -> list[Recorded]:
    """Standing claims of a property that may hold on the day, with one of the values where some are given."""
    text = date.fromordinal(day).isoformat()
    return [
        one
        for one in record.stand(name)
        if (not values or one.statement.value in values)
        and edtf.holds(one.statement.valid_from, one.statement.valid_until, text) is not False
    ]


def named_by(record: Record, names: Sequence[str], *, last: bool = False) -> int | None:
    """The day that a record gives by the first of these properties that has one; the first (or last) that it may mean."""
    return next((at for name in names if (at := ordinal(record.first(name), last=last)) is not None), None)


def said_on(reader: Reader, one: Recorded) -> int:
    """The day of a claim that names no act: from which it holds, else on which it was said, else on which the log had it."""
    for text in (one.statement.valid_from, one.statement.asserted):
        if (at := ordinal(text)) is not None:
            return at
    return date.fromisoformat(reader.recorded_days([one.recorded])[one.recorded]).toordinal()


def came_on(reader: Reader, record: Record, told: Iterable[Recorded], names: Sequence[str]) -> int:
    """The day on which something came about that these claims of a record say: never the day on which the record begins.

    `names`: the properties that give the day of that act; where none has one, the first of the claims counts by its own day.
    """
    named = named_by(record, names)
    return named if named is not None else min(said_on(reader, one) for one in told)


class Step(NamedTuple):
    """A step that was done: ordinals of the day that it names, of its recording, and of the day that counts."""

    counts: int
    named: int
    recorded: int | None


def dated_step(reader: Reader, record: Record, name: str, known: int | None) -> Step | None:
    """The step that a date property of a record names; None where it names no day."""
    text = record.first(name)
    named = ordinal(text)
    return None if named is None else step(named, first_recorded(reader, record, (name,), text), known)


def step(named: int, recorded: int | None, known: int | None) -> Step:
    """A step with the day that counts. `known`: day since which the log holds the duty."""
    backdated = recorded is not None and known is not None and recorded > known
    return Step(max(named, recorded) if backdated and recorded is not None else named, named, recorded)


def recorded_days(reader: Reader, entries: Iterable[int]) -> list[int]:
    """The days (ordinals) on which these entries were recorded, by the operator's clock."""
    found = reader.recorded_days(list(entries))
    return [date.fromisoformat(one).toordinal() for one in found.values()]


def first_recorded(reader: Reader, record: Record, names: Iterable[str], value: str | None = None) -> int | None:
    """The day since which the log has a claim of one of these properties (with this value); None where nothing stands.

    A correction counts from what it corrects, where that named no later day than the one on which it was recorded: to mend a
    slip of the pen makes nobody late.
    """
    standing = [one for name in names for one in record.stand(name) if value is None or one.statement.value == value]
    return first_of(reader, record, standing)


def first_of(reader: Reader, record: Record, told: Iterable[Recorded]) -> int | None:
    """The day since which the log has one of these claims of a record, with what they correct; None where there is none."""
    by_id = {one.id: one for one in reader.records.get(record.id, record).statements}
    return min(
        recorded_days(reader, {at for one in told for at in (one.recorded, *_before(reader, one, by_id))}), default=None
    )


def _before(reader: Reader, one: Recorded, by_id: dict[str, Recorded]) -> list[int]:
    """Entries of what a claim corrects, in steps."""
    found: list[int] = []
    while one.statement.stance is Stance.CORRECTS and one.statement.supersedes in by_id and len(found) < len(by_id):
        one = by_id[one.statement.supersedes]
        named = ordinal(one.statement.value, last=True)
        if named is not None and named > recorded_days(reader, [one.recorded])[0]:
            break
        found.append(one.recorded)
    return found
