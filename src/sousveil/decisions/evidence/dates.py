"""Effective dates: whether something may have happened, or certainly has, by the day of a question (policy 4).

Adverse facts ask for what is possible, mitigating facts for what is certain: a date that is only a year, or that a source doubts, is
read against whoever benefits from it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.register import edtf


def possibly_by(day: str, text: str | None) -> bool:
    """Whether a date may lie on or before a day; an unknown date may."""
    if text is None:
        return True
    date = edtf.parse(text)
    return date.uncertain or date.open or date.first <= edtf.parse(day).last


def certainly_by(day: str, text: str | None) -> bool:
    """Whether a date certainly lies on or before a day; an unknown or doubtful date does not."""
    if text is None:
        return False
    date = edtf.parse(text)
    return not date.uncertain and not date.open and date.last <= edtf.parse(day).first


def certainly_until(day: str, text: str | None) -> bool:
    """Whether something certainly still applies on a day; `..` says that it goes on."""
    return text is not None and edtf.holds(edtf.OPEN, text, day) is True


def certainly_before(first: str | None, second: str | None) -> bool:
    """Whether a date certainly lies before another; an unknown or open one does not."""
    if not first or not second or edtf.OPEN in (first, second):
        return False
    return edtf.compare(edtf.parse(first), edtf.parse(second)) == -1


def ended_by(day: str, text: str) -> bool:
    """Whether something that ends on a date is over on a day."""
    return edtf.holds(edtf.OPEN, text, day) is False


def earliest(texts: Iterable[str]) -> str | None:
    """The earliest of these dates; None where there is none."""
    return min(texts, key=edtf.sort_key, default=None)


def latest(texts: Iterable[str]) -> str | None:
    """The latest of these dates by the last day that each may mean, an uncertain or open one above all; None where there is none."""

    def key(text: str) -> tuple[bool, int, int]:
        date = edtf.parse(text)
        return date.uncertain or date.open, date.last, date.first

    return max(texts, key=key, default=None)
