"""How values are written on a page."""

from __future__ import annotations

import datetime as dt
import re

_AMOUNT = re.compile(r"([A-Z]{3}) (\d{4,15})(\.\d{1,4})?")


def number(value: int | float) -> str:
    """1234567 as `1,234,567`."""
    from django.utils.formats import number_format

    return number_format(value, use_l10n=True, force_grouping=True)


def amount(value: str) -> str:
    """A sum of money with its thousands apart, `EUR 8,400,000`; anything else as it is."""
    found = _AMOUNT.fullmatch(value)
    return f"{found[1]} {number(int(found[2]))}{found[3] or ''}" if found else value


def day(value: str | None) -> str:
    """An ISO day in words, `24 November 2026`; a date that is less exact as exact as it is, `July 2021`; anything else as it is."""
    if not value:
        return ""
    try:
        date = dt.date.fromisoformat(value[:10])
    except ValueError:
        from sousveil.register.views.words import date as less_exact

        return less_exact(value)
    from django.utils.dates import MONTHS

    return f"{date.day} {MONTHS[date.month]} {date.year}"


def moment(value: str | None) -> str:
    """An RFC 3339 instant: `24 November 2026, 13:05 UTC`."""
    if not value or len(value) < 16:
        return day(value)
    return f"{day(value)}, {value[11:16]} UTC"


def instant(value: str | None) -> str:
    """An RFC 3339 instant to the second, where lines are compared by it: `24 November 2026, 13:05:07 UTC`."""
    if not value or len(value) < 19:
        return moment(value)
    return f"{day(value)}, {value[11:19]} UTC"


def size(value: int) -> str:
    """Bytes in the unit that fits."""
    from django.utils.translation import gettext as _

    amount = float(value)
    for unit in ("bytes", "KiB", "MiB"):
        if amount < 1024 or unit == "MiB":
            return f"{amount:.0f} {_('bytes')}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError("not reached")


def short(value: str, length: int = 12) -> str:
    """The beginning of a hash."""
    return value if len(value) <= length else f"{value[:length]}…"


def plain_address(value: str) -> str:
    """A web address without what makes it long."""
    text = value.removeprefix("https://").removeprefix("http://").removeprefix("www.")
    return text if len(text) <= 70 else f"{text[:69]}…"
