"""Dates that cannot be: said after the day on which it is published, or so far ahead that nobody can know it.

What lies back is never refused: a late publication is true and is shown as late. Compared only where a date leaves no doubt, like
everywhere here, and with a day more than today, for it is tomorrow somewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.errors import Malformed
from sousveil.register import edtf
from sousveil.register.gates import Arrival
from sousveil.register.refusal import Refused
from sousveil.register.types import registry
from sousveil.register.types.model import Kind

YEARS_AHEAD = 100
"""A licence or a lease may end so late; nothing is planned later."""


def _wrong(arrival: Arrival) -> Iterator[tuple[int, str, str, str, str]]:
    """Place of the statement, field, code, words, hint. Nearly every date is passed over by its letters alone."""
    today = arrival.day
    limit = f"{int(today[:4]) + YEARS_AHEAD}"
    dates = _dates()
    for at, one in enumerate(arrival.statements):
        if one.asserted is not None and one.asserted > today and _begins_after(one.asserted, today):
            words = f"It says that it was said on {one.asserted}, and today is {today}"
            yield at, "asserted", "asserted_later", words, "Check the date; it is the day on which the source said it."
        dated = one.property if one.property in dates else ""
        for field, text in ((dated, one.value), ("valid_from", one.valid_from), ("valid_until", one.valid_until)):
            if not field or not text or text <= today or not text[0].isdigit():
                continue
            if text > limit and _begins_after(text, limit + today[4:]):
                hint = "Leave an end out that nobody knows; write “..” for what is ongoing."
                words = f"{text} lies more than {YEARS_AHEAD} years ahead"
                yield at, f"{one.type}.{field}" if field == dated else field, "far_future", words, hint


@cache
def _dates() -> frozenset[str]:
    every = (name for name, one in registry.all_types().items() if not one.abstract)
    return frozenset(of.name for name in every for of in registry.properties(name).values() if of.kind == Kind.DATE)


def _begins_after(text: str, day: str) -> bool:
    """Whether all that a date may mean lies more than a day after the day."""
    try:
        found = edtf.parse(text)
        return not found.uncertain and found.first > (date.fromisoformat(day) + timedelta(days=1)).toordinal()
    except (Malformed, ValueError):
        return False


def _always(arrival: Arrival) -> bool:
    return next(_wrong(arrival), None) is not None


def _check(publication: Publication) -> None:
    for at, field, code, words, hint in _wrong(publication.arrival):
        raise Refused(f"Statement {at}: {field}: {words}.", field=f"statements[{at}].{field}", code=code, hint=hint)


CHECKS = (Check(name="dates", types=(), run=_check, always=_always),)
