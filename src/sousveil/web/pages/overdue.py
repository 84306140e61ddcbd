"""Everything that somebody owes and that is late."""

from __future__ import annotations

import msgspec
from pydantic import Field

from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.items import OverdueView
from sousveil.register.views.model_base import Frame
from sousveil.web.boards import OnDay, day_asked, frame_of, overdue_of
from sousveil.web.failures import Failure
from sousveil.web.page import Answer, Page, Part
from sousveil.web.site import Site


class Overdues(Part, OnDay):
    """A part of what is overdue."""

    procedure: str | None = Field(
        None, pattern=r"^[a-z][a-z-]{0,39}$", description="Only of this demand, by its name.", examples=["f-contracts"]
    )


class OverduesView(msgspec.Struct, frozen=True, kw_only=True):
    """What is overdue on a day."""

    frame: Frame
    day: str
    procedure: str | None
    """Only of this demand; None: of all."""
    title: str
    """What the demand is called; empty: all."""
    count: int
    """So many steps are overdue; the list holds a part of them."""
    overdue: list[OverdueView]


def overdue(site: Site, asked: Overdues) -> Answer:
    """A part of what is overdue, latest first."""
    known = registry.all_procedures()
    if asked.procedure is not None and asked.procedure not in known:
        raise Failure(404, "There is no demand of this name.", field="procedure", code="not_found")
    found = overdue_of(site, day_asked(site, asked))
    if asked.procedure is not None:
        found = [one for one in found if one.item.procedure == asked.procedure]
    view = OverduesView(
        frame=frame_of(site, asked),
        day=asked.as_of or site.state().today,
        procedure=asked.procedure,
        title=f"({known[asked.procedure].letter}) {known[asked.procedure].title}" if asked.procedure else "",
        count=len(found),
        overdue=asked.of(found),
    )
    return Answer(data=view, next=asked.next(len(found)))


PAGES = (
    Page(
        name="overdue",
        route="overdue",
        title="Overdue",
        what="Everything that somebody owes and that is overdue on a day.",
        view=overdue,
        result=OverduesView,
        template="overdue.html",
        asked=Overdues,
        order=15,
    ),
)
