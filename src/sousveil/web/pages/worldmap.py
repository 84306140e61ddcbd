"""The world map of sellers and buyers, and the timeline of the whole register."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from sousveil.register.views.model import MapView, TimelineView
from sousveil.register.views.timeline import timeline_view
from sousveil.register.views.worldmap import ROWS_MOST, map_view
from sousveil.web.page import Answer, Page, When
from sousveil.web.pictures.timeline import timeline_svg
from sousveil.web.pictures.worldmap import map_svg, unmapped
from sousveil.web.site import Site


class OnMap(When):
    """How much of each country."""

    country: str | None = Field(
        None, pattern=r"^[a-z]{2}$", description="All rows of this country, by its two-letter code.", examples=["xa"]
    )
    limit: int = Field(10, ge=1, le=ROWS_MOST, description="How many rows of each other country.")

    @classmethod
    def whole(cls) -> Self:
        """As many as there may be."""
        return cls.model_construct(limit=ROWS_MOST)


def worldmap(site: Site, asked: OnMap) -> Answer:
    """Sellers and buyers by country."""
    found = map_view(site.store, as_of=asked.as_of, known_at=asked.known_at, limit=asked.limit, whole=asked.country)
    return Answer(data=found, extra={"unmapped": unmapped, "picture": map_svg})


def timeline(site: Site, asked: When) -> Answer:
    """What happened, and when."""
    found = timeline_view(site.store, None, as_of=asked.as_of, known_at=asked.known_at)
    return Answer(data=found, extra={"picture": timeline_svg})


PAGES = (
    Page(
        name="map",
        route="map",
        title="Map",
        what="Sellers and buyers by country; potential, reported and confirmed clients told apart.",
        view=worldmap,
        result=MapView,
        template="map.html",
        asked=OnMap,
        order=20,
    ),
    Page(
        name="timeline",
        route="timeline",
        title="Timeline",
        what="What happened when, over the whole register.",
        view=timeline,
        result=TimelineView,
        template="timeline.html",
        asked=When,
        order=21,
    ),
)
