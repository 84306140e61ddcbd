"""Search: names and words in every script, with facets, counts and highlights."""

from __future__ import annotations

import msgspec
from pydantic import Field

from sousveil.register.views.model import Ref
from sousveil.web import limits
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.site import Site


class Searched(Asked):
    """What is searched for."""

    q: str = Field("", max_length=limits.TEXT_MAX, description="Names or words.")
    type: str | None = Field(None, max_length=40, description="Only this record type.")
    country: str | None = Field(None, pattern=r"^[A-Za-z]{2}$", description="Only this country, ISO 3166-1 alpha-2.")
    dataset: str | None = Field(None, max_length=80, description="Only this data set.")
    standing: str | None = Field(
        None,
        pattern="^(confirmed|forensically_attributed|reported|alleged)$",
        description="Only what has such a statement.",
    )
    after: str | None = Field(None, pattern=r"^[1-9]\d{0,2}$", description="The cursor that the answer before gave.")


class FoundView(msgspec.Struct, frozen=True, kw_only=True):
    """One result."""

    ref: Ref
    countries: list[str]
    datasets: list[str]
    sources: list[str]
    """The data sets by their titles."""
    standings: list[str]
    """How firmly its statements stand, in words, strongest first."""
    highlights: list[list[tuple[str, bool]]]
    """Texts that matched, each in pieces; True: this piece is what was searched for."""


class FacetValueView(msgspec.Struct, frozen=True, kw_only=True):
    """One value by which the results can be narrowed down."""

    value: str
    label: str
    count: int
    chosen: bool
    question: dict[str, str]
    """The question that chooses it, or gives it up when it is chosen."""


class FacetView(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of narrowing down."""

    name: str
    label: str
    values: list[FacetValueView]


class SearchView(msgspec.Struct, frozen=True, kw_only=True):
    """The results of a search."""

    q: str
    total: int
    tolerant: bool
    """Nothing had the words as they were typed: these are words within a slip or two."""
    hits: list[FoundView]
    facets: list[FacetView]
    about: bool
    """So many results that the counts of the facets are worked out from a sample."""


def view(site: Site, asked: Searched) -> Answer:
    """The results."""
    if not asked.q.strip():
        return Answer(data=SearchView(q="", total=0, tolerant=False, hits=[], facets=[], about=False))
    found, following = site.finding.search(asked)
    datasets = sorted({name for hit in found.hits for name in hit.datasets})
    return Answer(data=found, datasets=datasets, next=following)


PAGE = Page(
    name="search",
    route="search",
    title="Search",
    what="Searches names and words in every script, with facets.",
    view=view,
    result=SearchView,
    template="search.html",
    asked=Searched,
    prepared=False,
    typed=True,
    order=44,
)
