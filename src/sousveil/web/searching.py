"""Search for the pages: the register's index, with facets that can be chosen and given up, and highlights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sousveil.register.intake import intakes
from sousveil.register.publication import DIRECT
from sousveil.register.search import Results, Search
from sousveil.register.types import registry
from sousveil.register.types.countries import country_name
from sousveil.register.views import words
from sousveil.register.views.model import Ref

if TYPE_CHECKING:
    from sousveil.web.pages.search import FacetView, Searched, SearchView

PAGE = 20
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


def found(index: Search, asked: Searched) -> tuple[SearchView, str | None]:
    """A page of results, and the cursor of the next."""
    from sousveil.web.pages.search import FoundView, SearchView

    page = int(asked.after or 1)
    results = index.query(asked.q, {name: [value] for name, value in _chosen(asked).items()}, page, PAGE)
    hits = [
        FoundView(
            ref=Ref(id=one.id, caption=one.name, type=one.type, type_label=_type(one.type)),
            countries=list(one.countries),
            datasets=list(one.datasets),
            sources=[_source(name) for name in one.datasets],
            standings=[words.standing(code) for code in one.standings],
            highlights=[list(piece.parts) for piece in one.highlights[:3]],
        )
        for one in results.hits
    ]
    view = SearchView(
        q=asked.q,
        total=results.total,
        tolerant=results.tolerant,
        hits=hits,
        facets=_facets(results, asked),
        about=results.about,
    )
    return view, str(page + 1) if page * PAGE < results.total else None


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
    from sousveil.web.pages.search import FacetValueView, FacetView

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
