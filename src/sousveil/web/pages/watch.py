"""The watch on listed companies and owners, and the public log of notices to regulators."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field

from sousveil.decisions.desk.watching import WatchView, watch
from sousveil.web.boards import board_of
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.site import Site


class Day(Asked):
    """The day of the watch."""

    as_of: str | None = Field(
        None,
        pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$",
        description="As of this day, YYYY-MM-DD; else today.",
        examples=["2026-07-01"],
    )


def view(site: Site, asked: Day) -> Answer:
    """The watch on a day."""
    return Answer(data=watch(site.store, asked.as_of or datetime.now(UTC).date().isoformat(), board_of(site)))


PAGE = Page(
    name="watch",
    route="watch",
    title="Listed companies and owners",
    what="Whose shares are traded, what is planned, and whether stock exchanges and regulators were told.",
    view=view,
    result=WatchView,
    template="watch.html",
    asked=Day,
    prepared=False,
    order=47,
)
