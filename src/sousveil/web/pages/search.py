"""Search: names and words in every script, with facets that can be chosen and given up, counts and highlights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec
from pydantic import Field

from sousveil.register.intake import intakes
from sousveil.register.publication import DIRECT
from sousveil.register.types import registry
from sousveil.register.types.countries import country_name
from sousveil.register.views import words
from sousveil.register.views.model import Ref
from sousveil.web import limits
from sousveil.web.boards import proposed_of
from sousveil.web.columns import table
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.site import Site

if TYPE_CHECKING:
    from sousveil.register.search import Results


RESULTS = 20
"""Results of one page."""
FACETS: tuple[tuple[str, str], ...] = (
    ("type", "Kind"),
    ("country", "Country"),
    ("standing", "Strength of evidence"),
    ("dataset", "Source"),
)
"""Facet and what it is called."""
SHOWN = 12
"""Values of a facet that are shown."""


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
    proposed: int
    """So many of the records that its page shows as one are joined by a proposal of the core data alone."""
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
    page = int(asked.after or 1)
    chosen = {name: [value] for name, value in _chosen(asked).items()}
    results = site.finding.index().query(asked.q, chosen, page, RESULTS)
    proposed = proposed_of(site)
    hits = [
        FoundView(
            ref=Ref(id=one.id, caption=one.name, type=one.type, type_label=_type(one.type)),
            countries=list(one.countries),
            datasets=list(one.datasets),
            sources=[_source(name) for name in one.datasets],
            standings=[words.standing(code) for code in one.standings],
            proposed=proposed.get(one.id, 0),
            highlights=[list(piece.parts) for piece in one.highlights[:3]],
        )
        for one in results.hits
    ]
    found = SearchView(
        q=asked.q,
        total=results.total,
        tolerant=results.tolerant,
        hits=hits,
        facets=_facets(results, asked),
        about=results.about,
    )
    datasets = sorted({name for hit in hits for name in hit.datasets})
    following = str(page + 1) if page * RESULTS < results.total else None
    return Answer(data=found, datasets=datasets, next=following)


def _chosen(asked: Searched) -> dict[str, str]:
    given = {"type": asked.type, "country": asked.country, "standing": asked.standing, "dataset": asked.dataset}
    return {name: value.lower() if name == "country" else value for name, value in given.items() if value}


def _type(name: str) -> str:
    kind = registry.find(name)
    return kind.label if kind else name


def _source(name: str) -> str:
    if name == DIRECT:
        return words._("published here directly")
    known = intakes().get(name)
    return known.dataset.title if known is not None else name


_LABELS: Mapping[str, Callable[[str], str]] = {
    "type": _type,
    "country": country_name,
    "standing": words.standing,
    "dataset": _source,
}


def _facets(results: Results, asked: Searched) -> list[FacetView]:
    chosen = _chosen(asked)
    made = []
    for name, label in FACETS:
        rest = {"q": asked.q} | {key: value for key, value in chosen.items() if key != name}
        values = [
            FacetValueView(
                value=value,
                label=_LABELS[name](value),
                count=count,
                chosen=value == chosen.get(name),
                question=rest if value == chosen.get(name) else rest | {name: value},
            )
            for value, count in results.facets.get(name, ())[:SHOWN]
        ]
        if len(values) > 1 or any(one.chosen for one in values):
            made.append(FacetView(name=name, label=label, values=values))
    return made


PAGE = Page(
    name="search",
    route="search",
    title="Search",
    what="Searches names and words in every script, with facets.",
    view=view,
    result=SearchView,
    template="search.html",
    table=table(
        "hits",
        "name=ref kind=ref.type_label states=countries sources strength=standings id=ref.id",
    ),
    asked=Searched,
    prepared=False,
    typed=True,
    order=44,
)
