"""Which day counts for a step: the one that it names, or the one on which the log had it.

A statement names its own dates, and the log knows when it was recorded. Whoever was late could name a day in time afterwards. So
where the log held the duty on an earlier day than the step that ends it, the step counts from the later of both days. Where both
came on one day (a history that is filed at once, a data set that is loaded) the log never held the duty open, and the day that is
named counts: it is shown beside the day of recording.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from sousveil.decisions.procedures.days import ordinal
from sousveil.register.model import Recorded, Stance
from sousveil.register.views.reading import Reader, Record


class Lapse(msgspec.Struct, frozen=True, kw_only=True):
    """A time for which the log held a step overdue, whatever day was named for it afterwards."""

    since: str
    """ISO day after which it was overdue, or on which the log got to know of the duty, if that was later."""
    until: str
    """ISO day on which the step was recorded."""
    days: int
    named: str
    """ISO day that the step names."""

    @classmethod
    def between(cls, since: int, until: int, named: int) -> Lapse:
        """From ordinals."""
        return cls(since=_iso(since), until=_iso(until), days=until - since, named=_iso(named))


class Step(msgspec.Struct, frozen=True):
    """A step that was done: ordinals of the day that it names, of its recording, and of the day that counts."""

    counts: int
    named: int
    recorded: int | None

    def lapse(self, due: int, known: int | None) -> Lapse | None:
        """For how long the log held it overdue although an earlier day is named; None: not at all."""
        since = max(due, known if known is not None else due)
        if self.counts <= since or self.counts <= self.named:
            return None
        return Lapse.between(since, self.counts, self.named)


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


def _iso(number: int) -> str:
    return date.fromordinal(number).isoformat()
