"""Days of records: what a date means, which last days are over, and how old something is.

A date that is vague is over on the last day that it may mean, and has come on the first. A last day itself still counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sousveil.errors import Malformed
from sousveil.register import edtf, types
from sousveil.register.model import Recorded, Standing
from sousveil.register.views.reading import Record, span, stands


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


def fresh(record: Record, names: Sequence[str], since: int) -> bool:
    """Whether the first of these dates that a record gives may lie on that day or after it."""
    given = next((at for name in names if (at := ordinal(record.first(name), last=True)) is not None), None)
    return given is not None and given >= since


def not_after(text: str, day: int) -> bool:
    """Whether the first day that a date may mean has come."""
    found = ordinal(text)
    return found is not None and found <= day


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


def alone(record: Record, name: str, values: tuple[str, ...], day: int) -> list[Recorded]:
    """As `claims`, without what the same entry says otherwise as well: who gives a thing two statuses at once has told of neither
    (decision 0058)."""
    wanted = claims(record, name, values, day)
    torn = {one.recorded for one in claims(record, name, (), day) if values and one.statement.value not in values}
    return [one for one in wanted if one.recorded not in torn]


def torn(record: Record, name: str, day: int) -> list[Recorded]:
    """The claims of a property by which one entry gives it two values that hold on the day."""
    told: dict[int, list[Recorded]] = {}
    for one in claims(record, name, (), day):
        told.setdefault(one.recorded, []).append(one)
    return [one for many in told.values() if len({each.statement.value for each in many}) > 1 for one in many]


def claims(record: Record, name: str, values: tuple[str, ...], day: int) -> list[Recorded]:
    """Standing claims of a property that may hold on the day, with one of the values where some are given."""
    text = date.fromordinal(day).isoformat()
    return [
        one
        for one in record.stand(name)
        if (not values or one.statement.value in values)
        and edtf.holds(one.statement.valid_from, one.statement.valid_until, text) is not False
    ]
