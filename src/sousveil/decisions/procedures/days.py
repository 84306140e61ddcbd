"""Days of records: what a date means, which last days are over, and how old something is.

A date that is vague is over on the last day that it may mean, and has come on the first. A last day itself still counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from sousveil.errors import Malformed
from sousveil.register import edtf
from sousveil.register.model import Recorded
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
