"""Screening many names in one request, for programs."""

from __future__ import annotations

from typing import Annotated

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from pydantic import BaseModel, ConfigDict, Field

from sousveil.errors import SousveilError
from sousveil.register.score import Query
from sousveil.register.screening_table import country_of
from sousveil.web import limits
from sousveil.web.answering import failure_of, finished, meta
from sousveil.web.api.schemas import ProblemAnswer, answer_model
from sousveil.web.page import page_named
from sousveil.web.pages.screening import ScreeningView, question_of, screened

NAMES_MAX = 1_000
Code = Annotated[str, Field(max_length=40)]


class NameIn(BaseModel):
    """One name to screen."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(..., min_length=1, max_length=limits.TEXT_MAX)
    country: str | None = Field(None, max_length=limits.COUNTRY_MAX)
    kind: str | None = Field(None, pattern=r"^[A-Za-z]{1,40}$")
    dates: list[Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]] = Field([], max_length=10)
    identifiers: dict[Code, Annotated[str, Field(max_length=80)]] = Field({}, max_length=20)


class NamesIn(BaseModel):
    """The names to screen."""

    model_config = ConfigDict(extra="forbid")
    names: list[NameIn] = Field(..., min_length=1, max_length=NAMES_MAX)


def add_screening(api: NinjaAPI) -> None:
    """The operation of the API."""

    @api.post(
        "/screening",
        response={
            200: answer_model("ScreeningList", ScreeningView),
            400: ProblemAnswer,
            413: ProblemAnswer,
            429: ProblemAnswer,
        },
        operation_id="screen_list",
        summary="Screen many names",
        tags=["Reading"],
    )
    def screen_list(request: HttpRequest, body: NamesIn) -> HttpResponse:
        """Compares names with everything here and the reference lists. Nothing is stored."""
        site = request.META["sousveil.site"]
        countries = [country_of(one.country or "", example=site.example) for one in body.names]
        queries = [
            Query(
                name=one.name,
                country=country,
                kind=one.kind,
                dates=tuple(one.dates),
                identifiers=one.identifiers,
            )
            for one, (country, _) in zip(body.names, countries, strict=True)
        ]
        different = len(set(map(question_of, queries)))
        with request.META["sousveil.turnstile"].screening(different) as budget:
            try:
                answer = screened(site, queries, [warnings for _, warnings in countries], budget)
            except SousveilError as error:
                raise failure_of(error) from None
        data = msgspec.json.encode({"meta": meta(site, answer), "data": answer.data})
        return finished(HttpResponse(data, content_type="application/json"), page_named("screening"), site, answer)
