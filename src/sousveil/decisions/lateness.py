"""Which day counts for a step: the one that it names, or the one on which the log had it.

Where the log held the duty before the step that ends it, the step counts from the later of both days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sousveil.decisions.procedures.days import ordinal
from sousveil.register.model import Recorded, Stance
from sousveil.register.views.reading import Reader, Record


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
