"""The review queue as somebody looks through it: counted, and filtered by State and by what stands with each licence."""

from __future__ import annotations

import enum

import msgspec

from sousveil.decisions.licences import QueueView, ReviewItem, StateCount, goes_on, without_reasons
from sousveil.register.types.countries import country_name
from sousveil.register.views.model import Frame


class Show(enum.StrEnum):
    """Which licences are shown."""

    OPEN = "open"
    """In force and touched by an incident, decided or not; or ended without the reasons for which its item waits."""
    UNDECIDED = "undecided"
    MAINTAINED = "maintained"
    """They go on despite an incident, by a decision."""
    ENDED = "ended"
    UNREASONED = "unreasoned"
    """They ended while an incident was open, and no reasons are given."""


class QueueCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many licences a filter shows."""

    show: str
    count: int


class CountryShown(msgspec.Struct, frozen=True, kw_only=True):
    """A State by which the queue can be filtered."""

    country: str
    name: str


class ReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the review queue on a day."""

    frame: Frame
    day: str
    items: list[ReviewItem]
    """Those that are shown, or a part of them. Undecided first, the oldest first."""
    matching: int
    """So many licences the filter shows; `items` may hold a part of them."""
    states: list[StateCount]
    """Of all States, whatever is shown."""
    show: str | None
    """The filter; None: all."""
    country: str | None
    """The State; None: all."""
    licence: str | None
    """The only licence that is shown; None: all."""
    total: int
    """Licences of the State, or of all, whatever else is shown."""
    counts: list[QueueCount]
    """By filter, within the State."""
    countries: list[CountryShown]


def review_view(
    queue: QueueView, *, show: Show | None = None, country: str | None = None, licence: str | None = None
) -> ReviewView:
    """The part of the queue that is asked for, with its counts; `licence`: an id as the queue has it."""
    of_state = [one for one in queue.items if country is None or one.country == country]
    items = [one for one in of_state if (show is None or _is(one, show)) and licence in (None, one.licence.id)]
    codes = sorted({one.country for one in queue.items if one.country} | ({country} if country else set()))
    return ReviewView(
        frame=queue.frame,
        day=queue.day,
        items=items,
        matching=len(items),
        states=queue.states,
        show=show,
        country=country,
        licence=licence,
        total=len(of_state),
        counts=[QueueCount(show=kind, count=sum(_is(one, kind) for one in of_state)) for kind in Show],
        countries=[CountryShown(country=code, name=country_name(code)) for code in codes],
    )


def _is(one: ReviewItem, show: Show) -> bool:
    match show:
        case Show.OPEN:
            return one.state != "ended"
        case Show.MAINTAINED:
            return goes_on(one)
        case Show.UNREASONED:
            return without_reasons(one)
    return one.state == show
