"""Pairs of records that may be one, for people elsewhere to judge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja import params as ninja_params

from sousveil.register.identity import judgements_of
from sousveil.register.identity_pairs import Pair, identity_pairs
from sousveil.web.answering import finished, meta
from sousveil.web.api.schemas import ProblemAnswer, answer_model
from sousveil.web.limits import Lane
from sousveil.web.page import Answer, page_named

_QUERY: Any = ninja_params.Query
LOOKED_AT = 250
"""Records of which one answer compares the names."""


class PairsView(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs that wait for a judgement."""

    pairs: list[Pair]


def add_pairs(api: NinjaAPI) -> None:
    """The operation of the API."""

    @api.get(
        "/pairs",
        response={200: answer_model("Pairs", PairsView), 400: ProblemAnswer, 429: ProblemAnswer},
        operation_id="pairs",
        summary="Records that may be one",
        tags=["Reading"],
    )
    def pairs(
        request: HttpRequest,
        dataset: str | None = _QUERY(None, max_length=64, description="Only pairs with a record of this source."),
        after: int = _QUERY(0, ge=0, le=2**53, description="The cursor that the answer before gave."),
        limit: int = _QUERY(
            50, ge=1, le=500, description="The answer ends with the record that reaches so many pairs."
        ),
    ) -> HttpResponse:
        """Proposes pairs for people to judge. Nothing is joined by a score. A pair may come twice, once for each record."""
        site = request.META["sousveil.site"]
        store = site.store
        found: list[Pair] = []
        place = after

        def among() -> Iterator[str]:
            nonlocal place
            for id in ids[after : after + LOOKED_AT]:
                if len(found) >= limit:
                    return
                place += 1
                yield id

        with request.META["sousveil.turnstile"].heavy(Lane.PART):
            screener = site.finding.screener()
            ids = screener.ids if dataset is None else store.subjects(dataset=dataset, limit=1_000_000)
            for one in identity_pairs(screener, judgements_of(store.judgements()), among=among()):
                found.append(one)
        answer = Answer(data=PairsView(pairs=found), next=str(place) if place < len(ids) else None)
        body = msgspec.json.encode({"meta": meta(site, answer), "data": answer.data})
        return finished(HttpResponse(body, content_type="application/json"), page_named("screening"), site, answer)
