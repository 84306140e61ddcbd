"""The watch on listed companies and owners, and the public log of notices to regulators."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from pydantic import Field

from sousveil.desk.watching import WatchView
from sousveil.web.boards import watch_of
from sousveil.web.columns import table
from sousveil.web.page import Answer, Page, Part
from sousveil.web.site import Site


class Day(Part):
    """The day of the watch, and which part of it."""

    as_of: str | None = Field(
        None,
        pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$",
        description="As of this day, YYYY-MM-DD; else today.",
        examples=["2026-07-01"],
    )


def view(site: Site, asked: Day) -> Answer:
    """The watch on a day."""
    found = watch_of(site, asked.as_of or datetime.now(UTC).date().isoformat())
    part = msgspec.structs.replace(found, watched=asked.of(found.watched))
    return Answer(data=part, next=asked.next(found.count))


PAGE = Page(
    name="watch",
    whole=True,
    route="watch",
    title="Listed companies and owners",
    what="Whose shares are traded, what is planned, and whether stock exchanges and regulators were told.",
    view=view,
    result=WatchView,
    template="watch.html",
    table=table("watched", "company traded sellers=vendors harms events notices id=company.id"),
    asked=Day,
    prepared=False,
    order=47,
)
