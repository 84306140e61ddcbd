"""Tables of pages as CSV files, and their pictures as SVG files that stand alone, to keep or to show elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from sousveil.register.export.lines import as_csv, cell
from sousveil.register.types.countries import country_name
from sousveil.register.views.model import EntityView, NetworkView
from sousveil.register.views.words import _
from sousveil.web.answering import ask, asked_of, finished, turn
from sousveil.web.columns import Row
from sousveil.web.failures import Failure
from sousveil.web.page import EVERYTHING, ID, Answer, Part, all_pages, page_named
from sousveil.web.pages.states import StatesView, StateView
from sousveil.web.pictures.acts import acts_svg
from sousveil.web.pictures.matrix import matrix_svg
from sousveil.web.render import language_of
from sousveil.web.site import Site
from sousveil.web.topics import FactRow, Topic, overview
from sousveil.web.words_of import day

SVG = "image/svg+xml"
FACTS = ("topic", "what", "value", "details", "publisher", "source", "strength", "date", "replies", "id")
"""Columns of a table of facts."""


def _facts(topics: Iterable[Topic]) -> list[Row]:
    return [FACTS, *(_fact(one.title, row) for one in topics for row in one.rows)]


def _fact(title: str, row: FactRow) -> Row:
    return (
        title,
        row.label,
        row.what,
        "; ".join([*row.details, *row.tags]),
        "; ".join([*(one.publisher for one in row.sources), *row.also]),
        "; ".join(one.link or one.text for one in row.sources),
        row.standing,
        row.date,
        "; ".join(f"{one.publisher} {one.stance_words}: {one.display}" for one in row.replies),
        row.id,
    )


def entity_table(view: EntityView) -> list[Row]:
    """Returns the facts of an entity's page."""
    return _facts(overview(view).topics)


def state_table(view: StateView) -> list[Row]:
    """Returns the facts of a State's page."""
    return _facts(view.topics)


def states_table(view: StatesView) -> list[Row]:
    """Returns the matrix of States: how many companies, incidents, clients, and acts on each demand are recorded."""
    names = [one.name for one in view.demands]
    rows: list[Row] = [("state", "code", "companies", "incidents", "clients", "acts", *names)]
    for one in view.rows:
        of = view.figures[one.country]
        acts = [of.acts.get(name, 0) for name in names]
        rows.append((one.name, one.country, of.companies, of.incidents, of.clients, of.total, *acts))
    return rows


def network_table(view: NetworkView) -> list[Row]:
    """Returns the links of a network."""
    names = {one.id: one.caption for one in view.nodes}
    countries = {one.id: country_name(one.countries[0]) if one.countries else "" for one in view.nodes}
    rows: list[Row] = [("from", "from_state", "link", "to", "to_state", "state", "strength", "dates", "id")]
    for one in view.edges:
        if one.type:
            ends = (names[one.source], countries[one.source], one.label, names[one.target], countries[one.target])
            rows.append((*ends, one.state, one.standing, one.dates_words, one.id))
    return rows


def _file(name: str, made: Callable[[Site, Any], bytes], kind: str) -> Callable[..., HttpResponse]:
    """Returns the view of a file that is made of what a page shows, for the same question."""

    def view(request: HttpRequest, **parts: str) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise Failure(405, allow="GET, HEAD")
        page = page_named(name)
        asked = asked_of(page, request)
        if isinstance(asked, Part):
            asked = asked.model_copy(update={"after": None, "limit": EVERYTHING})
        site: Site = request.META["sousveil.site"]
        with turn(page, request):
            answer: Answer = ask(page, request, asked, dict(parts))
            if answer.moved is not None:
                raise Failure(404, "This record has another address now.", field="id", hint=f"Open /{answer.moved}.")
            with language_of(request.META.get("sousveil.language", "en") if kind == SVG else "en"):
                body = made(site, answer.data)
        return finished(HttpResponse(body, content_type=kind), page, site, answer)

    return view


def _csv(name: str, made: Callable[[Any], list[Row]]) -> Callable[..., HttpResponse]:
    return _file(
        name, lambda site, data: as_csv([[cell(one) for one in row] for row in made(data)]), "text/csv; charset=utf-8"
    )


def table_routes() -> list[Any]:
    """Returns the addresses of the files."""
    return [
        re_path(rf"^entities/(?P<id>{ID})/facts\.csv$", _csv("entity", entity_table)),
        re_path(rf"^entities/(?P<id>{ID})/network\.csv$", _csv("entity-network", network_table)),
        re_path(r"^states/(?P<country>[a-z]{2,4})/facts\.csv$", _csv("state", state_table)),
        re_path(r"^states\.csv$", _csv("states", states_table)),
        re_path(r"^states\.svg$", _file("states", _map, SVG)),
        re_path(r"^states-matrix\.svg$", _file("states", _matrix, SVG)),
        *(
            re_path(f"{page.django_route[:-1]}\\.csv$", _csv(page.name, page.table))
            for page in all_pages()
            if page.table
        ),
    ]


def _map(site: Site, view: StatesView) -> bytes:
    return acts_svg(view, _state, source=_source(site)).encode()


def _matrix(site: Site, view: StatesView) -> bytes:
    return matrix_svg(view, _state, _source(site)).encode()


def _state(code: str) -> str:
    return f"states/{code}"


def _source(site: Site) -> str:
    """Where a picture comes from: it may be shown elsewhere."""
    state = site.state()
    text = _("Source: {title}, log entry {n}, {day}")
    return text.format(title=site.title, n=state.size - 1, day=day(state.snapshot))
