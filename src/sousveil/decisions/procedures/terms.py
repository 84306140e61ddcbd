"""Until when a step is owed: by the first publisher's own day, else by the earliest that anybody gives. Nobody else gives more time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sousveil.decisions import lookup
from sousveil.decisions.evidence.accounts import firm
from sousveil.decisions.procedures.days import ordinal
from sousveil.decisions.procedures.model import LETTER_DAY, Authority, Clock
from sousveil.register.model import Recorded, Standing
from sousveil.register.views.reading import Reader
from sousveil.register.views.records import Record


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
