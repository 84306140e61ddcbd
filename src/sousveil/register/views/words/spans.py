"""Dates and spans in words."""

from __future__ import annotations

from sousveil.errors import Malformed
from sousveil.register import edtf
from sousveil.register.views.words.language import _

MONTHS = ("January February March April May June July August September October November December").split()


def date(text: str) -> str:
    """An EDTF date in words: "18 July 2021", "July 2021", "about 2019", "the 2010s"."""
    try:
        found = edtf.parse(text)
    except Malformed:
        return text
    if found.open:
        return _("ongoing")
    bare = text.rstrip("?~%")
    parts = bare[:10].split("-")
    if found.precision == "day":
        words = f"{int(parts[2])} {_(MONTHS[int(parts[1]) - 1])} {parts[0]}"
    elif found.precision == "month":
        words = f"{_(MONTHS[int(parts[1]) - 1])} {parts[0]}"
    elif found.precision == "season":
        season = (_("spring"), _("summer"), _("autumn"), _("winter"))[int(parts[1]) - 21]
        words = f"{season} {parts[0]}"
    elif found.precision == "decade":
        words = _("the {decade}0s").format(decade=bare[:3])
    elif found.precision == "century":
        words = _("between {first} and {last}").format(first=bare[:2] + "00", last=bare[:2] + "99")
    else:
        words = parts[0]
    if found.approximate:
        words = _("about {date}").format(date=words)
    return _("{date} (uncertain)").format(date=words) if found.uncertain else words


def dates(valid_from: str | None, valid_until: str | None) -> str:
    """From when until when, in words; "" where neither is known. An unknown end is said, and is not "ongoing"."""
    if not valid_from and not valid_until:
        return ""
    if valid_from and valid_from == valid_until:
        return date(valid_from)
    if valid_until == edtf.OPEN:
        return (
            _("since {start}, ongoing").format(start=date(valid_from)) if valid_from else _("ongoing, start not known")
        )
    if not valid_from or valid_from == edtf.OPEN:
        return _("until {end}, start not known").format(end=date(valid_until or ""))
    if not valid_until:
        return _("from {start}, end unknown").format(start=date(valid_from))
    return _("from {start} until {end}").format(start=date(valid_from), end=date(valid_until))


def dates_short(valid_from: str | None, valid_until: str | None) -> str:
    """From when until when for a picture: years, "?" for what is not known, "now" for ongoing. "" where nothing is known."""
    if not valid_from and not valid_until:
        return ""
    first = _year(valid_from if valid_from != edtf.OPEN else None)
    last = _year(valid_until)
    return first if valid_from == valid_until else f"{first} – {last}"


def _year(text: str | None) -> str:
    if text is None:
        return "?"
    return _("now") if text == edtf.OPEN else text[:4]


def times(label: str, count: int) -> str:
    """A link that several records say."""
    return _("{link}, {n} times").format(link=label, n=f"{count:,}")


def years(short: list[str]) -> str:
    """The years of several dates of a picture: from the first to the last, "?" where one is not known."""
    known = sorted({part for one in short for part in one.split(" – ") if part[:4].isdigit()})
    if not known:
        return ""
    open_ = any("?" in one or not one for one in short)
    last = "?" if open_ else _("now") if any(_("now") in one for one in short) else known[-1]
    return known[0] if known[0] == last else f"{known[0]} – {last}"


def since(when: str) -> str:
    """The day of a restriction."""
    return _("since {start}").format(start=date(when))
