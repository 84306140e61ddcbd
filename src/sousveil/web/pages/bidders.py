"""Bidder screening: what it is, a form for the authority's signed list, and a form to check a record."""

from __future__ import annotations

import msgspec

from sousveil.desk import bidders as screening
from sousveil.desk.bidders import Ended, ScreeningRecord
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.site import Site


class BiddersView(msgspec.Struct, frozen=True, kw_only=True):
    """What a screening record is, and the limits."""

    says: str
    days: int
    most_rows: int
    most_bytes: int
    sign: str
    """The command that signs a list."""
    record: ScreeningRecord | None = None
    """A record that was handed in to be checked."""
    ended: Ended | None = None
    """Why it does not hold; None beside a record: it holds."""


def told(record: ScreeningRecord | None = None, ended: Ended | None = None) -> BiddersView:
    """The page, with a record where one was checked."""
    return BiddersView(
        says=screening.SAYS,
        days=screening.DAYS,
        most_rows=screening.MOST_ROWS,
        most_bytes=screening.MOST_BYTES,
        sign=screening.SIGN,
        record=record,
        ended=ended,
    )


def view(site: Site, asked: Asked) -> Answer:
    """The page without a record."""
    return Answer(data=told())


PAGE = Page(
    name="bidders",
    route="screening/bidders",
    title="Screening of bidders",
    what="How an authority has the bidders of a tender screened, and what a screening record is.",
    view=view,
    result=BiddersView,
    template="bidders.html",
    order=46,
)
