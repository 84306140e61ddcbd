"""Dates that say how exact they are: the part of EDTF (ISO 8601-2:2019, levels 0 and 1) that sources need.

| Written | Means |
| --- | --- |
| `2021`, `2021-07`, `2021-07-18` | that year, month, day |
| `2021-07-18T10:00:00Z` | an instant; its day in UTC counts |
| `201X`, `20XX`, `2021-XX`, `2021-07-XX`, `2021-XX-XX` | some year, month or day of that span |
| `2021-21` to `2021-24` | spring, summer, autumn, winter: some day of that year, or of the January and February after it |
| `2021?` `2021~` `2021%` | uncertain, approximate, both |
| `..` | open: as `valid_until` "ongoing", as `valid_from` "since ever" |
| `2019/2021`, `2019/..`, `../2021`, `2019/` | an interval; an empty end is unknown, `..` is open (`parse_interval` only) |

An unknown end is not an ongoing one: `holds` answers True, False or None ("cannot be said").
Years before 0001 and after 9999 are not read.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

import msgspec

from sousveil.errors import Malformed

OPEN = ".."
"""As an end: ongoing. As a start: since ever."""
_HINT = "Write a year, month or day, such as 2021, 2021-07 or 2021-07-18; 2021~ for about, 202X for some year of them."
_MOST = 40
"""Characters of a date at most; an interval has two."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DATE = re.compile(r"([0-9]{4}|[0-9]{3}X|[0-9]{2}XX)(?:-([0-9]{2}|XX)(?:-([0-9]{2}|XX))?)?([?~%]?)", re.ASCII)
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)
_SEASONS = range(21, 25)
_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()


class Edtf(msgspec.Struct, frozen=True):
    """One date. `first` and `last` are the ordinals (`date.toordinal`) of the first and last day that it may mean."""

    text: str
    first: int
    last: int
    precision: str = "day"
    """`day`, `month`, `season`, `year`, `decade`, `century`, or `open`."""
    uncertain: bool = False
    """Marked `?` or `%`: the source itself is not sure, so nothing can be concluded from it."""
    approximate: bool = False
    """Marked `~` or `%`: `first` and `last` reach one unit of the precision further on each side."""

    @property
    def open(self) -> bool:
        """It is `..`."""
        return self.precision == "open"


class Interval(msgspec.Struct, frozen=True):
    """From a date to a date; None where an end is not known."""

    start: Edtf | None
    end: Edtf | None


_OPEN = Edtf(OPEN, _FIRST, _LAST, "open")


@lru_cache(maxsize=1 << 16)
def parse(text: str) -> Edtf:
    """The date in a text. Raises Malformed for anything else, days that do not exist among them."""
    if len(text) == 10 and _DAY.fullmatch(text):
        number = _ordinal(text, int(text[:4]), int(text[5:7]), int(text[8:]))
        return Edtf(text, number, number)
    if text == OPEN:
        return _OPEN
    if len(text) <= _MOST:
        if found := _DATE.fullmatch(text):
            return _date(text, *found.groups())
        if found := _INSTANT.fullmatch(text):
            return _instant(text, found)
    raise Malformed(f"“{text[:_MOST]}” is not a date that can be read.", hint=_HINT)


def parse_interval(text: str) -> Interval:
    """The interval in a text; a single date gives the interval that starts and ends with it. Raises Malformed."""
    start, slash, end = text.partition("/")
    if not slash:
        one = parse(text)
        return Interval(one, one)
    found = Interval(parse(start) if start else None, parse(end) if end else None)
    if found.start is None and found.end is None:
        raise Malformed(f"“{text}” is an interval of which neither end is known.", hint=_HINT)
    check_order(found.start, found.end)
    return found


def check_order(start: Edtf | None, end: Edtf | None) -> None:
    """Raises Malformed when the start certainly lies after the end."""
    if start is not None and end is not None and compare(start, end) == 1:
        raise Malformed(f"The end, {end.text}, lies before the start, {start.text}.", hint="Check both dates.")


def compare(left: Edtf, right: Edtf) -> int | None:
    """-1 when left certainly lies before right, 1 when after, 0 when both are the same day, None when it cannot be said."""
    if left.uncertain or right.uncertain or left.open or right.open:
        return None
    if left.last < right.first:
        return -1
    if left.first > right.last:
        return 1
    return 0 if left.first == left.last == right.first == right.last else None


def sort_key(text: str | None) -> tuple[int, int]:
    """A key that puts dates in order of the first day that they may mean, the vaguer later; None and `..` last."""
    if text is None or text == OPEN:
        return (_LAST + 1, 0)
    found = parse(text)
    return (found.first, found.last - found.first)


def year_of(text: str) -> int | None:
    """The year, where the date leaves no doubt which one."""
    found = parse(text)
    first, last = date.fromordinal(found.first).year, date.fromordinal(found.last).year
    return first if first == last and not found.uncertain else None


def days_from(text: str | None, day: str) -> int | None:
    """Days from the last day that a date may mean to a later day; None where the date says none, or one after it."""
    if not text or text == OPEN:
        return None
    found = parse(day).first - parse(text).last
    return found if found >= 0 else None


def holds(valid_from: str | None, valid_until: str | None, day: str) -> bool | None:
    """Whether something that held from one date until another held on a day (or through the whole of a vaguer date).

    None when it cannot be said: an end that is not known may lie before the day, a start that is not known after it.
    On the known first and on the known last day it held. A date that is marked uncertain decides nothing.
    """
    asked = parse(day)
    start = parse(valid_from) if valid_from else None
    end = parse(valid_until) if valid_until else None
    begun = _begun(start, asked)
    ended = _ended(end, asked)
    if begun is False or ended is True:
        return False
    if begun and ended is False:
        return True
    return True if _is_edge(start, asked) or _is_edge(end, asked) else None


def _begun(start: Edtf | None, asked: Edtf) -> bool | None:
    if start is None or start.uncertain:
        return None
    if start.open or start.last <= asked.first:
        return True
    return False if start.first > asked.last else None


def _ended(end: Edtf | None, asked: Edtf) -> bool | None:
    if end is None or end.uncertain:
        return None
    if end.open or end.first >= asked.last:
        return False
    return True if end.last < asked.first else None


def _is_edge(bound: Edtf | None, asked: Edtf) -> bool:
    return bound is not None and compare(bound, asked) == 0


def _ordinal(text: str, year: int, month: int, day: int) -> int:
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        raise Malformed(f"{text} is not a day of the calendar.", hint="Check year, month and day.") from None


def _date(text: str, year: str, month: str | None, day: str | None, mark: str) -> Edtf:
    if "X" in year and month is not None:
        raise Malformed(f"“{text}” says the month but not the year.", hint=_HINT)
    if month == "XX" and day is not None and day != "XX":
        raise Malformed(f"“{text}” says the day but not the month.", hint=_HINT)
    first, last, precision = _span(text, year, month, day)
    uncertain, approximate = mark in ("?", "%") and bool(mark), mark in ("~", "%") and bool(mark)
    if approximate:
        first, last = _widen(first, last, precision)
    return Edtf(text, first, last, precision, uncertain, approximate)


def _span(text: str, year: str, month: str | None, day: str | None) -> tuple[int, int, str]:
    lowest, highest = int(year.replace("X", "0")), int(year.replace("X", "9"))
    if highest == 0:
        raise Malformed(f"{text} is not a year: years begin with 0001.", hint=_HINT)
    lowest = max(lowest, 1)
    whole = (date(lowest, 1, 1).toordinal(), date(highest, 12, 31).toordinal())
    if month is None or month == "XX":
        return (*whole, {0: "year", 1: "decade", 2: "century"}[year.count("X")])
    number = int(month)
    if number in _SEASONS:
        if day is not None:
            raise Malformed(f"“{text}” says a day of a season.", hint=_HINT)
        # Summer in the south begins in December: the span is the year and the two months after it, whatever the season.
        after = date(min(lowest + 1, 9999), 2, 28).toordinal() if lowest < 9999 else whole[1]
        return (whole[0], after, "season")
    if not 1 <= number <= 12:
        raise Malformed(f"{text} is not a month of the calendar.", hint="Check year and month.")
    if day is None or day == "XX":
        begin = date(lowest, number, 1).toordinal()
        return (begin, begin + calendar.monthrange(lowest, number)[1] - 1, "month")
    exact = _ordinal(text, lowest, number, int(day))
    return (exact, exact, "day")


_UNIT = {"day": 1, "month": 31, "season": 92, "year": 366, "decade": 3653, "century": 36525}


def _widen(first: int, last: int, precision: str) -> tuple[int, int]:
    return max(_FIRST, first - _UNIT[precision]), min(_LAST, last + _UNIT[precision])


def _instant(text: str, found: re.Match[str]) -> Edtf:
    day, hour, minute, second, zone = found.groups()
    offset = UTC
    try:
        if zone and zone != "Z":
            away = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
            offset = timezone(away if zone[0] == "+" else -away)
        moment = datetime.fromisoformat(day).replace(
            hour=int(hour), minute=int(minute), second=min(int(second or 0), 59) if second == "60" else int(second or 0)
        )
        number = moment.replace(tzinfo=offset).astimezone(UTC).toordinal()
    except (ValueError, OverflowError):
        raise Malformed(f"{text} is not a moment of the calendar.", hint=_HINT) from None
    return Edtf(text, number, number)
