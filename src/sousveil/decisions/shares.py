"""How much of somebody an ownership tells of, and whether that may be control."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.register.model import Recorded, Standing

QUARTER = 25.0
"""Per cent from which on a share counts as a hand in the company; below it, and where nothing says control, it does not."""
CONTROL = frozenset(
    "votingRights appointmentOfBoard otherInfluenceOrControl seniorManagingOfficial settlor trustee protector "
    "beneficiaryOfLegalArrangement rightsGrantedByContract conditionalRightsGrantedByContract "
    "controlViaCompanyRulesOrArticles controlByLegalFramework boardChair unknownInterest unpublishedInterest nominee "
    "nominator".split()
)
"""Kinds of interest that may be control whatever the share."""


def soft(one: Recorded) -> bool:
    """Whether it is an allegation only."""
    return one.statement.standing is Standing.ALLEGED


def share(voices: Iterable[list[Recorded]], *, firm: bool) -> tuple[float, float, bool]:
    """Per cent at least and at most, and whether it may be control; the strongest of what these say: whoever repeats a holding
    without its share takes nothing from it.

    `firm`: what is alleged makes it neither more nor control; an allegation that it is less counts, from whoever tells of it.
    """
    return whole(reach(voices, firm=firm))


def whole(*parts: tuple[float, float, bool]) -> tuple[float, float, bool]:
    """What several crowds say, as one."""
    low, high = max(one[0] for one in parts), max(one[1] for one in parts)
    control = any(one[2] for one in parts)
    return (low, high, control) if high else (0.0, 100.0, control)


def reach(voices: Iterable[list[Recorded]], *, firm: bool) -> tuple[float, float, bool]:
    """What these say; all zero where nobody says anything."""
    low, high, control = 0.0, 0.0, False
    for voice in voices:
        least, most, kinds = 0.0, 100.0, False
        for one in voice:
            name, value = one.statement.property, one.statement.value
            counts = not (firm and soft(one))
            number = _number(value) if name.startswith("percentage") else None
            if number is not None:
                if name in ("percentage", "percentageAtLeast", "percentageAbove") and counts:
                    least = max(least, number)
                if name in ("percentage", "percentageAtMost", "percentageBelow"):
                    most = min(most, number)
            elif name == "beneficial":
                kinds = kinds or (counts and value == "yes")
            elif name == "interest":
                kinds = kinds or (counts and value in CONTROL)
        low, high = max(low, least), max(high, most)
        control = control or kinds or most >= QUARTER
    return low, high, control


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
