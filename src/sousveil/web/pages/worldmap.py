"""The world map of sellers and buyers, and the timeline of the whole register."""

from __future__ import annotations

from typing import Self

import msgspec
from pydantic import Field

from sousveil.register.views.model import MapCountry, MapView, TimelineView
from sousveil.register.views.timeline import timeline_view
from sousveil.register.views.words import _
from sousveil.register.views.worldmap import ROWS_MOST, map_view
from sousveil.web.boards import proposed_of, whole_map
from sousveil.web.columns import TIMELINE, table
from sousveil.web.page import Answer, Page, When
from sousveil.web.pictures.timeline import timeline_svg
from sousveil.web.pictures.worldmap import map_svg, unmapped
from sousveil.web.site import Site
from sousveil.web.topics import map_rows, topic


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
    if asked.known_at is None and asked.country is None:
        whole = whole_map(site, asked.as_of)
        found = msgspec.structs.replace(whole, countries=[_first(one, asked.limit) for one in whole.countries])
    else:
        found = map_view(site.store, as_of=asked.as_of, known_at=asked.known_at, limit=asked.limit, whole=asked.country)
    topics = [
        topic(f"country-{one.code}", _(one.name), map_rows(one.rows), len(one.rows) + one.more)
        for one in found.countries
    ]
    if asked.country:
        topics = [msgspec.structs.replace(one, open=True) for one in topics]
    known = proposed_of(site)
    named = {row.ref.id: row.ref for one in found.countries for row in one.rows if row.ref.id in known}
    extra = {"unmapped": unmapped, "picture": map_svg, "topics": topics, "proposed": list(named.values())}
    return Answer(data=found, extra=extra)


def _first(one: MapCountry, limit: int) -> MapCountry:
    return msgspec.structs.replace(one, rows=one.rows[:limit], more=one.more + max(0, len(one.rows) - limit))


def timeline(site: Site, asked: When) -> Answer:
    """What happened, and when."""
    found = timeline_view(site.store, None, as_of=asked.as_of, known_at=asked.known_at)
    return Answer(data=found, extra={"picture": timeline_svg})


PAGES = (
    Page(
        name="map",
        whole=True,
        route="map",
        title="Map",
        what="Sellers and buyers by country, with the stages of clients told apart.",
        view=worldmap,
        result=MapView,
        template="map.html",
        table=table("countries", "country=name code sellers listed restricted potential reported confirmed"),
        asked=OnMap,
        order=20,
    ),
    Page(
        name="timeline",
        whole=True,
        route="timeline",
        title="Timeline",
        what="What happened when, over the whole register.",
        view=timeline,
        result=TimelineView,
        template="timeline.html",
        table=TIMELINE,
        asked=When,
        order=21,
    ),
)
