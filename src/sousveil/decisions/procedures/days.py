"""Days of records and steps: what a date means, which last days are over, which day counts for a step (policy 4), until when it is owed.

A vague date is over on the last day that it may mean, and has come on the first. A last day itself still counts. A step counts on the day
that it names; where the log had the duty before the step, on the later of that day and of the day of its recording. It is owed until the
first publisher's own day, else the earliest that anybody gives: nobody else gives more time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sousveil.decisions import lookup
from sousveil.decisions.evidence.accounts import firm
from sousveil.decisions.procedures.model import LETTER_DAY, Authority, Clock
from sousveil.errors import Malformed
from sousveil.register import edtf, types
from sousveil.register.model import Recorded, Standing
from sousveil.register.views.reading import Reader, Record, span, stands


def ordinal(text: str | None, *, last: bool = False) -> int | None:
    """The day that a date means at the earliest (or at the latest); None where it means none."""
    if not text or text == edtf.OPEN:
        return None
    try:
        parsed = edtf.parse(text)
    except Malformed:
        return None
    return parsed.last if last else parsed.first


def iso(number: int | None) -> str | None:
    """The ISO day of an ordinal."""
    return date.fromordinal(number).isoformat() if number is not None else None


def day_of(text: str) -> int:
    """The ordinal of an ISO day. Raises Malformed."""
    parsed = edtf.parse(text)
    if parsed.precision != "day":
        raise Malformed(f"“{text}” is not a day.", hint="Write the day as 2021-07-18.")
    return parsed.first


def past(record: Record, name: str, day: int) -> list[Recorded]:
    """The claims of a property whose last day is over on the day; without a property those by which the record is over."""
    if name:
        return [one for one in record.stand(name) if (ordinal(one.statement.value, last=True) or day) < day]
    end = span(record)[1]
    if (ordinal(end, last=True) or day) >= day:
        return []
    return [one for one in record.statements if stands(one) and end in (one.statement.value, one.statement.valid_until)]


def running(record: Record, day: int, *, longest: bool = False) -> bool:
    """Whether a record has begun by the day, and is not over, by the shortest of the periods that it gives; `longest`: by the longest, for
    what speaks against somebody. An allegation counts where nothing firmer gives a day."""

    def given(name: str | None, text: str | None) -> list[str | None]:
        stated = record.stand(name) if name else []
        return [one.statement.value for one in firm(stated) or stated] or [text]

    begin, end = span(record)
    begun = [(ordinal(one) or day) <= day for one in given(types.start_of(record.type), begin)]
    lasts = [(ordinal(one, last=True) or day) >= day for one in given(types.end_of(record.type), end)]
    return any(begun) and any(lasts) if longest else all(begun) and all(lasts)


def current(record: Record, name: str, values: tuple[str, ...], day: int) -> list[Recorded]:
    """The newest claims of a publisher about a property that are valid on the day, where all that their entry says is among the values; an
    allegation counts where nothing firmer is there."""
    newest: dict[str, list[Recorded]] = {}
    stated = claims(record, name, (), day)
    for one in sorted(firm(stated) or stated, key=lambda one: one.recorded):
        last = newest.get(one.statement.publisher, [])
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


def stated_on(reader: Reader, one: Recorded) -> int:
    """The day of a claim that names no act: from which it is valid, else on which it was asserted, else on which the log had it."""
    for text in (one.statement.valid_from, one.statement.asserted):
        if (at := ordinal(text)) is not None:
            return at
    return recorded_days(reader, [one.recorded])[0]


def came_on(reader: Reader, record: Record, stated: Iterable[Recorded], names: Sequence[str]) -> int:
    """The day of the act that these claims of a record say: by the first of the properties `names` that has one, else that of the first
    claim."""
    named = named_by(record, names)
    return named if named is not None else min(stated_on(reader, one) for one in stated)


class Step(NamedTuple):
    """A step that was done: ordinals of the day that counts, of that which it names, and of its recording."""

    counts: int
    named: int
    recorded: int | None


def dated_step(reader: Reader, record: Record, name: str, known: int | None) -> Step | None:
    """The step that a date property of a record names; None where it names no day."""
    text = record.first(name)
    stated = [one for one in record.stand(name) if one.statement.value == text]
    return step(named, first_of(reader, stated), known) if (named := ordinal(text)) is not None else None


def step(named: int, recorded: int | None, known: int | None) -> Step:
    """A step with the day that counts. `known`: day since which the log holds the duty."""
    backdated = recorded is not None and known is not None and recorded > known
    return Step(max(named, recorded or named) if backdated else named, named, recorded)


def recorded_days(reader: Reader, entries: Iterable[int]) -> list[int]:
    """The days (ordinals) on which these entries were recorded, by the operator's clock."""
    return [date.fromisoformat(one).toordinal() for one in reader.recorded_days(entries).values()]


def known_since(reader: Reader, record: Record, names: Iterable[str]) -> int | None:
    """The day since which the log holds a duty by one of these properties, whatever was corrected in it since."""
    stated = record.stand(*names)
    for one in sorted(record.statements, key=lambda one: one.recorded, reverse=True):
        if one.superseded_by is not None and one.superseded_by in {each.id for each in stated}:
            stated = [*stated, one]
    return first_of(reader, stated)


def first_of(reader: Reader, stated: Iterable[Recorded]) -> int | None:
    """The day since which the log has one of these claims. A correction counts from its own entry."""
    return min(recorded_days(reader, {one.recorded for one in stated}), default=None)


def given_day(own: Record, record: Record, names: Iterable[str]) -> int | None:
    """The last day that the first publisher (`own`) means by the first of these properties that has one, of several the earliest; else the
    earliest that anybody gives. An allegation counts where its publisher gives nothing firmer."""
    names = tuple(names)
    for name in names:
        given = own.stand(name)
        if (day := _earliest(firm(given) or given)) is not None:
            return day
    return _earliest(record.stand(*names)) if own is not record else None


def _earliest(claims: Iterable[Recorded]) -> int | None:
    days = (ordinal(one.statement.value, last=True) for one in claims)
    return min((day for day in days if day is not None), default=None)


def end(clock: Clock, own: Record, record: Record, started: int | None) -> int | None:
    """The day by which the step is owed that a clock counts; None where nothing gives one."""
    given = given_day(own, record, clock.due)
    if given is not None and started is not None and clock.most:
        given = min(given, started + clock.most)
    if started is None or any(ordinal(own.first(name)) is not None for name in clock.due):
        return given
    counted = min(max(started, LETTER_DAY) + clock.days, date.max.toordinal())
    return min(counted, given) if given is not None else counted


def authority(clock: Clock, reader: Reader, own: Record, record: Record, end: int, owing: Iterable[str]) -> Authority:
    """On whose authority the step is owed by this day: of a law where the first publisher gives the day, by a promise where one of those
    gives it who owe the step, else of the letter. What is only alleged sets no day of either."""
    law = clock.sets is Authority.LAW
    for one in (own if law else record).stand(*clock.due):
        if one.statement.standing is Standing.ALLEGED or ordinal(one.statement.value, last=True) != end:
            continue
        if law or any(lookup.speaks_for_state(reader, lookup.publisher(reader, one), id) for id in owing):
            return clock.sets
    return Authority.LETTER


def due(clock: Clock, own: Record, record: Record) -> int | None:
    """As `end`, of a clock that does not start anew."""
    return end(clock, own, record, given_day(own, record, clock.starts))


def proof(clock: Clock, own: Record, record: Record) -> list[Recorded]:
    """The claims from which the day follows by which the step is owed."""
    named = own.stand(clock.due[0]) if clock.due else []
    return named or [one for name in (*clock.starts, *clock.due) for one in (own.stand(name) or record.stand(name))]
