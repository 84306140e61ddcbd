"""The review queue of licences, investigations, and the exporting States of a group."""

from __future__ import annotations

import msgspec
from pydantic import Field

from sousveil.decisions.views import (
    ExportingView,
    InquiriesView,
    OrderView,
    ReviewView,
    Show,
    draft_order,
    exporting_view,
    inquiries_view,
    review_view,
)
from sousveil.decisions.views import licence_queue as queue
from sousveil.register.views.reading import Reader
from sousveil.web.boards import queue_of
from sousveil.web.columns import table
from sousveil.web.failures import Failure
from sousveil.web.page import ID, Answer, Page, Part, When
from sousveil.web.site import Site


class OfState(When):
    """Of one State, or of all."""

    country: str | None = Field(
        None, pattern=r"^[a-z]{2}$", description="Two-letter code of a country.", examples=["xa"]
    )


TOUCHES_MOST = 10
"""Incidents of a licence that a page for people lists; the view of that licence alone, and its JSON, have all."""


class OfQueue(Part, OfState):
    """A part of the queue."""

    show: Show | None = Field(None, description="Which licences; without it all.", examples=["undecided"])
    licence: str | None = Field(
        None, pattern=f"^{ID}$", description="Only this licence, by its id, with all incidents that it touches."
    )


def review(site: Site, asked: OfQueue) -> Answer:
    """Live licences that touch an open incident."""
    as_of, known_at = asked.as_of, asked.known_at
    found = queue_of(site, as_of) if known_at is None else queue(site.store, as_of=as_of, known_at=known_at)
    licence = asked.licence
    if licence is not None and known_at is None:  # an older log has an id of its own for it, as its pages give it
        licence = site.store.canonical(licence)
    whole = review_view(found, show=asked.show, country=asked.country, licence=licence)
    part = msgspec.structs.replace(whole, items=asked.of(whole.items))
    most = None if licence else TOUCHES_MOST
    return Answer(data=part, next=asked.next(whole.matching), extra={"touches_most": most})


class Inquiring(Part, OfState):
    """A part of the investigations."""


def investigations(site: Site, asked: Inquiring) -> Answer:
    """Investigations with their clocks."""
    found = inquiries_view(site.store, asked.country, as_of=asked.as_of, known_at=asked.known_at)
    part = msgspec.structs.replace(found, inquiries=asked.of(found.inquiries))
    return Answer(data=part, next=asked.next(found.count))


def told(site: Site, asked: When, id: str) -> None:
    """Raises Failure 404 for an id of which nobody told, as its own page does."""
    reader = Reader(site.store, as_of=asked.as_of, known_at=asked.known_at)
    reader.load([id])
    if reader.canonical(id) not in reader.records:
        raise Failure(404, field="id")


class OfGroup(Part, When):
    """A part of each State's licences and investigations."""


def exporting(site: Site, asked: OfGroup, id: str) -> Answer:
    """Licences of a group by State."""
    told(site, asked, id)
    found = exporting_view(site.store, id, as_of=asked.as_of, known_at=asked.known_at)
    states = [
        msgspec.structs.replace(one, licences=asked.of(one.licences), inquiries=asked.of(one.inquiries))
        for one in found.states
    ]
    lengths = [length for one in found.states for length in (one.count, len(one.inquiries))]
    return Answer(data=msgspec.structs.replace(found, states=states), next=asked.next(*lengths))


def order(site: Site, asked: When, id: str, country: str) -> Answer:
    """The draft order of one State."""
    told(site, asked, id)
    return Answer(data=draft_order(site.store, id, country, as_of=asked.as_of))


PAGES = (
    Page(
        name="licence-review",
        whole=True,
        route="licences/review",
        title="Licences to review",
        what="Every live licence that touches a product, company or country with an open incident, and what was decided on it.",
        view=review,
        result=ReviewView,
        template="procedure_review.html",
        table=table(
            "items",
            "licence number holder=licensee issuer state=country status=state days since ended=ended.what "
            "incidents=touches.incident id=licence.id",
        ),
        asked=OfQueue,
        prepared=False,
        order=60,
    ),
    Page(
        name="investigations",
        whole=True,
        route="investigations",
        title="Investigations",
        what="Investigations: mandate, body, independence, scope, findings, public statement, and what is overdue.",
        view=investigations,
        result=InquiriesView,
        template="procedure_investigations.html",
        table=table(
            "inquiries",
            "investigation=ref state=country status=state_label parties=parties.ref dates=dates_words more=texts due=due.due "
            "strength=standing id=ref.id",
        ),
        asked=Inquiring,
        prepared=False,
        order=61,
    ),
    Page(
        name="exporting",
        whole=True,
        route="entities/{id}/licences",
        title="Licences of the group",
        what="All licences of a company and its group, by issuing State, with orders, investigations and clocks.",
        view=exporting,
        result=ExportingView,
        template="procedure_exporting.html",
        table=table(
            "states.licences",
            "licence=ref number holder=licensee issuer destination dates=dates_words status=state "
            "strength=standing id=ref.id",
        ),
        asked=OfGroup,
        parts={"id": str},
        prepared=False,
        order=62,
    ),
    Page(
        name="draft-order",
        whole=True,
        route="entities/{id}/licences/{country}",
        title="Draft order",
        what="A draft order of one State to revoke all live licences of a group, as a text and as statements to be signed.",
        view=order,
        result=OrderView,
        template="procedure_order.html",
        asked=When,
        parts={"id": str, "country": str},
        prepared=False,
        order=63,
    ),
)
