"""Times of selection as lists have them: five forms of dates, mostly without a zone. What could mean two days stays open."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.texts import t

YEARS = range(1990, 2100)
"""Years in which a number can have been selected."""


class Certainty(StrEnum):
    """How good a time is."""

    ZONED = "zoned"
    """The instant is known: the cell or the holders named a zone."""
    NO_ZONE = "no_zone"
    """A clock time somewhere: up to 14 hours from UTC."""
    DAY = "day"
    """A date without a clock time."""
    AMBIGUOUS = "ambiguous"
    """It could be two days (3/5/2019), or an hour that a clock showed twice or never."""
    UNREADABLE = "unreadable"
    ABSENT = "absent"


class Order(StrEnum):
    """Which number of 3/5/2019 is the day."""

    UNKNOWN = ""
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class Time(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A cell of the time column, read. `seconds` since 1970; of a time without a zone as if it were UTC."""

    certainty: Certainty
    seconds: int | None = None


_CLOCK = (
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?"
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_FORMS = tuple(
    re.compile(date + _CLOCK + _ZONE)
    for date in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<first>\d{1,2})(?P<mark>[/.\-])(?P<other>\d{1,2})(?P=mark)(?P<year>\d{4})",
        rf"(?P<day>\d{{1,2}})[ \-/]{_NAME}[ ,\-/]+(?P<year>\d{{4}})",
        rf"{_NAME}[ \-]+(?P<day>\d{{1,2}}),? +(?P<year>\d{{4}})",
    )
)
_COMPACT = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?P<zone>Z)?)?"
)
_EPOCH = re.compile(r"(\d{9,10})(?:\d{3})?(?:\.\d+)?")
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")
_SERIAL_ZERO = datetime(1899, 12, 30, tzinfo=UTC)


def zone_named(name: str) -> tzinfo:
    """The time zone of a name such as Europe/Paris. Raises Usage."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        raise Usage(t("error.list.zone", name=visible(name, 60)), hint=t("error.list.zone_hint")) from None


def read_time(text: str, order: Order = Order.UNKNOWN, zone: tzinfo | None = None) -> Time:
    """The time in a cell. `order` and `zone` are what the holders know of the column."""
    cell = text.strip().strip("'").strip()
    if not cell:
        return Time(certainty=Certainty.ABSENT)
    if len(cell) > 60 or not cell.isascii():
        return Time(certainty=Certainty.UNREADABLE)
    if match := _COMPACT.fullmatch(cell):
        return _made(match.groupdict(), order, zone)
    if match := _EPOCH.fullmatch(cell):
        moment = datetime.fromtimestamp(int(match[1]), UTC)
        if moment > datetime.now(UTC) + timedelta(days=1):  # 2019050314 is a day and an hour, not seconds
            return Time(certainty=Certainty.UNREADABLE)
        return _checked(moment, Certainty.ZONED)
    if _SERIAL.fullmatch(cell):
        days = float(cell.replace(",", "."))
        wall = _SERIAL_ZERO + timedelta(seconds=round(days * 86400))
        return _checked(wall, Certainty.DAY) if days.is_integer() else _placed(wall, zone)
    for form in _FORMS:
        if match := form.fullmatch(cell):
            return _made(match.groupdict(), order, zone)
    return Time(certainty=Certainty.UNREADABLE)


def _made(parts: dict[str, str | None], order: Order, zone: tzinfo | None) -> Time:
    """A time out of the named parts of a form."""
    if parts.get("first"):
        day, month = int(parts["first"] or 0), int(parts["other"] or 0)
        if order is Order.MONTH_FIRST or (order is Order.UNKNOWN and day <= 12 < month):
            day, month = month, day
        elif order is Order.UNKNOWN and parts["mark"] != "." and day <= 12 and month <= 12 and day != month:
            return Time(certainty=Certainty.AMBIGUOUS)
    else:
        day = int(parts["day"] or 0)
        month = int(parts.get("month") or 0) or _MONTHS.get((parts.get("name") or "")[:3].lower(), 0)
    hour, half = int(parts.get("hour") or 0), (parts.get("half") or "")[:1].lower()
    if half:
        if not 1 <= hour <= 12:
            return Time(certainty=Certainty.UNREADABLE)
        hour = hour % 12 + (12 if half == "p" else 0)
    clock = (hour, int(parts.get("minute") or 0), int(parts.get("second") or 0))
    year = int(parts["year"] or 0)
    if year not in YEARS:  # before any arithmetic: a zone would lead out of what a datetime can be
        return Time(certainty=Certainty.UNREADABLE)
    try:
        wall = datetime(year, month, day, *clock, tzinfo=UTC)
    except ValueError:
        return Time(certainty=Certainty.UNREADABLE)
    if not parts.get("hour"):
        return _checked(wall, Certainty.DAY)
    named = parts.get("zone")
    if not named:
        return _placed(wall, zone)
    if named[0] not in "+-":
        return _checked(wall, Certainty.ZONED)
    offset = timedelta(hours=int(named[1:3]), minutes=int(named[-2:]))
    return _checked(wall - offset if named[0] == "+" else wall + offset, Certainty.ZONED)


def _placed(wall: datetime, zone: tzinfo | None) -> Time:
    """A clock time in the zone that the holders named, if they named one."""
    if zone is None:
        return _checked(wall, Certainty.NO_ZONE)
    local = wall.replace(tzinfo=zone)
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        return Time(certainty=Certainty.AMBIGUOUS)
    return _checked(local.astimezone(UTC), Certainty.ZONED)


def _checked(moment: datetime, certainty: Certainty) -> Time:
    if moment.year not in YEARS:
        return Time(certainty=Certainty.UNREADABLE)
    return Time(certainty=certainty, seconds=int(moment.timestamp()))


__all__ = ["Certainty", "Order", "Time", "read_time", "zone_named"]
