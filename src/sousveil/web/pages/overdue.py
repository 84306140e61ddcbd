"""Everything that is past its days: overdue by law or promise, or asked by the letter without a recorded answer."""

from __future__ import annotations

import msgspec
from pydantic import Field

from sousveil.decisions.procedures import registry
from sousveil.decisions.views import Breach, OpenDuty
from sousveil.register.views.model_base import Frame, Ref
from sousveil.web.boards import OnDay, board_of, breaches_of, by_authority, day_asked, duties_of, frame_of
from sousveil.web.columns import table
from sousveil.web.failures import Failure
from sousveil.web.page import ID, Answer, Page, Part
from sousveil.web.site import Site

HALT = "a-moratorium"
BREACHES_MOST = 100
"""Breaches of a halt that the page shows; the page of each State has its own."""


class Overdues(Part, OnDay):
    """A part of what is overdue."""

    procedure: str | None = Field(
        None, pattern=r"^[a-z][a-z-]{0,39}$", description="Only of this demand, by its name.", examples=["f-contracts"]
    )
    country: str | None = Field(
        None, pattern=r"^[a-z]{2}$", description="Only of this State, by its two-letter code.", examples=["xa"]
    )
    owed_by: str | None = Field(None, pattern=f"^{ID}$", description="Only what this entity owes, by its id.")


class OverduesView(msgspec.Struct, frozen=True, kw_only=True):
    """What is past its days on a day."""

    frame: Frame
    day: str
    procedure: str | None
    """Only of this demand; None: of all."""
    title: str
    """What the demand is called; empty: all."""
    country: str | None
    """Only of this State; None: of all."""
    owed_by: Ref | None
    """Only what this entity owes; None: of all."""
    count: int
    """So many steps are open; the list holds a part of them."""
    overdue_count: int
    """So many of these are overdue by law or promise."""
    duties: list[OpenDuty]
    breaches: list[Breach]
    """Acts during a halt in force: with the first part of the list, the first of them; one who owes must have acted."""
    breaches_count: int


def overdue(site: Site, asked: Overdues) -> Answer:
    """A part of what is open: first what is overdue, then what the letter asks; the longest first."""
    known = registry.all_procedures()
    if asked.procedure is not None and asked.procedure not in known:
        raise Failure(404, "There is no demand of this name.", field="procedure", code="not_found")
    found = duties_of(site, day_asked(site, asked))
    if asked.procedure is not None:
        found = [one for one in found if one.item.procedure == asked.procedure]
    if asked.country is not None:
        found = [one for one in found if one.item.country == asked.country]
    owed_by = _owing(site, asked.owed_by) if asked.owed_by else None
    if owed_by is not None:
        found = [one for one in found if one.due.owed_by is not None and one.due.owed_by.id == owed_by.id]
    broken = [
        one
        for one in breaches_of(site, day_asked(site, asked))
        if asked.procedure in (None, HALT)
        and asked.country in (None, one.country)
        and (owed_by is None or owed_by.id in [each.id for each in one.companies])
    ]
    view = OverduesView(
        frame=frame_of(site, asked),
        day=asked.as_of or site.state().today,
        procedure=asked.procedure,
        title=f"({known[asked.procedure].letter}) {known[asked.procedure].title}" if asked.procedure else "",
        country=asked.country,
        owed_by=owed_by,
        count=len(found),
        overdue_count=len(by_authority(found)[0]),
        duties=asked.of(found),
        breaches=[] if asked.after else broken[:BREACHES_MOST],
        breaches_count=len(broken),
    )
    return Answer(data=view, next=asked.next(len(found)))


def _owing(site: Site, id: str) -> Ref:
    """Whoever is asked for. Raises Failure 404 where nothing is on file about it."""
    reader, canonical = board_of(site).reader, site.store.canonical(id)
    reader.load([canonical])
    if canonical not in reader.records:
        raise Failure(404, "Nothing is recorded about this id.", field="owed_by")
    return reader.ref(canonical)


PAGES = (
    Page(
        name="overdue",
        whole=True,
        route="overdue",
        title="Overdue and unanswered",
        what="Steps overdue by law or promise on a day, and steps that the letter asks without a recorded answer.",
        view=overdue,
        result=OverduesView,
        template="overdue.html",
        table=table(
            "duties",
            "record=item.ref state=item.country demand=item.procedure step=due.label status=due.state "
            "authority=due.authority started=due.started due=due.due days_open=due.days_open "
            "days_over=due.days_over owed_by=due.owed_by strength=item.standing publishers=item.publishers "
            "id=item.ref.id",
        ),
        asked=Overdues,
        order=15,
    ),
)
