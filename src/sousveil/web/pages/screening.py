"""Screening: one name, or a list of names, against everything here and the reference lists."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import msgspec
from pydantic import Field

from sousveil.register.names_tokens import MOST_WORDS, tokens
from sousveil.register.score import Query
from sousveil.register.screening_table import country_of
from sousveil.web import limits
from sousveil.web.failures import Failure
from sousveil.web.finding import HitView
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.site import Site


class OneName(Asked):
    """A name to screen."""

    name: str | None = Field(None, max_length=limits.TEXT_MAX, description="The name; without it nothing is screened.")
    country: str | None = Field(
        None, max_length=limits.COUNTRY_MAX, description="ISO 3166-1 code or English name; an unknown one is left out."
    )
    kind: str | None = Field(None, pattern=r"^[A-Za-z]{1,40}$", description="company, person or a record type.")


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked."""

    name: str
    country: str | None = None
    kind: str | None = None


class ScreenedView(msgspec.Struct, frozen=True, kw_only=True):
    """One name with its hits, best first."""

    query: Asking
    hits: list[HitView]
    left_out: int = 0
    """How many more names are alike, of whom nothing is on file against them."""
    warnings: list[str] = []
    """What was left out of the question, in words: an unknown country."""


class ScreeningView(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a screening."""

    asked: int
    """Names that were screened."""
    repeated: int = 0
    """Rows of a file that repeat another row: they are screened and shown once."""
    with_hits: int
    results: list[ScreenedView]
    most_rows: int = limits.CSV_ROWS_MAX
    most_bytes: int = limits.CSV_MAX


def question_of(query: Query) -> Hashable:
    """What a name is asked with; names with the same question have the same hits."""
    return query.name, query.country, query.kind, query.dates, tuple(sorted(query.identifiers.items()))


def screened(
    site: Site,
    queries: Sequence[Query],
    warnings: Sequence[tuple[str, ...]] = (),
    budget: limits.Budget | None = None,
    places: Sequence[str] = (),
) -> Answer:
    """The hits for these names; the same question is asked once. `warnings`: what was left out of each question; `places`: where each
    stands. Raises Failure 413 when the budget is used."""
    site.finding.screener()  # the first name of a list does not pay for the index that all share
    results = []
    known: dict[Hashable, tuple[list[HitView], int]] = {}
    places = places or [f"name {at}" for at in range(1, len(queries) + 1)]
    for at, one in enumerate(queries):
        if len(tokens(one.name, most=MOST_WORDS + 1)) > MOST_WORDS:
            raise Failure(
                400,
                f"This name has more than {MOST_WORDS} words.",
                field="name" if len(queries) == 1 else places[at],
                hint="Write one name, without the text around it.",
            )
        question = question_of(one)
        if question not in known:
            if budget is not None:
                budget.check(one.name, places[at])
            known[question] = site.finding.alike(one)
        hits, left_out = known[question]
        results.append(
            ScreenedView(
                query=Asking(name=one.name, country=one.country, kind=one.kind),
                hits=hits,
                left_out=left_out,
                warnings=list(warnings[at]) if at < len(warnings) else [],
            )
        )
    hit = sum(1 for one in results if one.hits)
    datasets = sorted({hit.dataset for one in results for hit in one.hits})
    return Answer(data=ScreeningView(asked=len(results), with_hits=hit, results=results), datasets=datasets)


def view(site: Site, asked: OneName) -> Answer:
    """One name."""
    if not (asked.name or "").strip():
        return Answer(data=ScreeningView(asked=0, with_hits=0, results=[]))
    country, warnings = country_of(asked.country or "", example=site.example)
    return screened(site, [Query(name=str(asked.name), country=country, kind=asked.kind)], [warnings])


PAGE = Page(
    name="screening",
    route="screening",
    title="Screening",
    what="Compares a name with everything here and with the reference lists.",
    view=view,
    result=ScreeningView,
    template="screening.html",
    asked=OneName,
    prepared=False,
    typed=True,
    order=45,
)
