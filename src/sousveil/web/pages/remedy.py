"""Remedy by State: courts and other places, where the company is based and where it happened."""

from __future__ import annotations

from pydantic import Field

from sousveil.decisions.views import barrier_stands, path_opens
from sousveil.errors import Malformed
from sousveil.register.views.remedy import RemedyView, remedy_view
from sousveil.web.columns import table
from sousveil.web.failures import Failure
from sousveil.web.page import Answer, Page, When
from sousveil.web.site import Site


class Where(When):
    """The pair of States."""

    home: str | None = Field(
        None, max_length=80, description="State where the company is based: two-letter code or name.", examples=["xa"]
    )
    host: str | None = Field(
        None, max_length=80, description="State where it happened: two-letter code or name.", examples=["xb"]
    )


def remedy(site: Site, asked: Where) -> Answer:
    """Paths and barriers of the pair."""
    try:
        found = remedy_view(
            site.store,
            asked.home,
            asked.host,
            as_of=asked.as_of,
            known_at=asked.known_at,
            stands=barrier_stands,
            opens=path_opens,
        )
    except Malformed as error:
        wrong = "home" if asked.home and f"“{asked.home[:40]}”" in error.message else "host"
        raise Failure(400, error.message, hint=error.hint, field=wrong) from None
    return Answer(data=found)


PAGE = Page(
    name="remedy",
    whole=True,
    route="remedy",
    title="Remedy by State",
    what="Courts, ombudspersons, human-rights institutions and contact points by home and host State, and what bars the way to them.",
    view=remedy,
    result=RemedyView,
    template="remedy.html",
    table=table("countries", "state=name code places=paths barriers"),
    asked=Where,
    typed=True,
    order=30,
)
