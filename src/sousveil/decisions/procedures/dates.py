"""Days that records give: of a text, of a claim, of what a word of a record says that happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sousveil.decisions.procedures.days import ordinal
from sousveil.register.model import Recorded
from sousveil.register.views.reading import Reader, Record


def named_by(record: Record, names: Sequence[str]) -> int | None:
    """The day that a record gives by the first of these properties that has one."""
    return next((at for name in names if (at := ordinal(record.first(name))) is not None), None)


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
