"""When a tie between two entities ended, by what is on file; an end that is not known is no end."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sousveil.errors import Malformed
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing


class Lapse(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a tie."""

    end: str
    """The date, as its source gives it."""
    last: int
    """Ordinal of the last day that it may mean."""
    publisher: str
    """Who says so."""
    source: str


def later(one: Lapse | None) -> float:
    """A key that puts ends in order; a tie that is not known to have ended comes last."""
    return float("inf") if one is None else one.last


def lapse_of(naming: Iterable[Recorded], record: Iterable[Recorded]) -> Lapse | None:
    """When a tie ended, by the statements that name its ends and by all of its record; None where that is not known.

    Nothing that is only alleged ends a tie. Of several ends that are told the latest counts; and where somebody who tells of no end says
    that the tie goes on, it goes on.
    """
    told = [
        one for one in record if one.statement.property == "endDate" and one.statement.standing is not Standing.ALLEGED
    ]
    enders = {one.statement.publisher for one in told}
    properties: dict[str, list[Lapse | None]] = {}
    for one in naming:
        until = one.statement.valid_until
        if until == edtf.OPEN and told and one.statement.publisher not in enders:
            return None
        properties.setdefault(one.statement.property, []).append(_lapse(one, until))
    if told:
        return max((_lapse(one, one.statement.value) for one in told), key=later)
    return min((max(many, key=later) for many in properties.values()), key=later, default=None)


def _lapse(one: Recorded, end: str | None) -> Lapse | None:
    if end is None or one.statement.standing is Standing.ALLEGED:
        return None
    try:
        found = edtf.parse(end)
    except Malformed:
        return None
    if found.open or found.uncertain:
        return None
    return Lapse(end=end, last=found.last, publisher=one.statement.publisher, source=one.statement.source)


def before(lapse: Lapse | None, day: str | None) -> bool:
    """Whether a tie had certainly ended when something happened; never where either day is not known."""
    if lapse is None or not day:
        return False
    try:
        found = edtf.parse(day)
    except Malformed:
        return False
    return not found.open and not found.uncertain and lapse.last < found.first
