"""`POST /api/v1/decisions`: the same question and the same JSON object as `sousveil decide --json`."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Path
from pydantic import BaseModel, ConfigDict, Field

from sousveil.decisions.api import PACKS_MAX, VIA_MAX, Action, Ambiguous, Answer
from sousveil.web import limits
from sousveil.web.answers import NOT_INDEXED, answer_bytes, ask, kept
from sousveil.web.api.schemas import ProblemAnswer, model_of
from sousveil.web.failures import Failure
from sousveil.web.headers import NEVER_KEPT

Name = Annotated[str, Field(min_length=1, max_length=limits.TEXT_MAX)]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{32}$", max_length=32)]


class DecisionIn(BaseModel):
    """What is asked. Names, or ids of records."""

    model_config = ConfigDict(extra="forbid")
    action: Action
    product: Name
    supplier: Name
    via: list[Name] = Field([], max_length=VIA_MAX, description="Intermediaries.")
    end_user: Name
    country: str = Field(..., min_length=1, max_length=limits.COUNTRY_MAX, description="Of the end user: code or name.")
    exporting_country: str | None = Field(None, max_length=limits.COUNTRY_MAX)
    as_of: str | None = Field(None, pattern=r"^\d{4}-\d{2}-\d{2}$", description="The day; without it today.")
    known_on: str | Annotated[int, Field(strict=True)] | None = Field(
        None, description="A day, or a number of log entries: what was known then. Without it: all."
    )
    packs: list[Annotated[str, Field(max_length=40)]] = Field(
        [], max_length=PACKS_MAX, description="Rules besides letter-2021, which always runs."
    )
    on_ambiguity: Literal["ask", "strictest"] = Field(
        "ask",
        description="A name that may mean several records: `ask` answers 409 with the candidates, `strictest` answers for the one with "
        "the most against it.",
    )


def add_decisions(api: NinjaAPI) -> None:
    """The operations of the API."""
    problems = {400: ProblemAnswer, 404: ProblemAnswer, 409: ProblemAnswer, 413: ProblemAnswer, 429: ProblemAnswer}

    @api.post(
        "/decisions",
        response={200: model_of(Answer), **problems},
        operation_id="decide_question",
        summary="Check a sale or use",
        tags=["Reading"],
    )
    def decide_question(request: HttpRequest, body: DecisionIn) -> HttpResponse:
        """Asks every rule. The answer is kept for seven days under the address in the header Content-Location.

        Without that header it is not kept: it is too long, too much is kept already, or this is a copy that nothing is written to.
        """
        question = body.model_dump(exclude={"known_on", "on_ambiguity", "via", "packs", "action"})
        question |= {"action": str(body.action), "via": tuple(body.via), "packs": tuple(body.packs)}
        known_on = None if body.known_on is None else str(body.known_on)
        try:
            token, found = ask(request, question, known_on, on_ambiguity=body.on_ambiguity)
        except Ambiguous as ambiguous:
            raise Failure(
                409, ambiguous.message, hint=ambiguous.hint, code="ambiguous", names=ambiguous.names
            ) from None
        response = HttpResponse(answer_bytes(found), content_type="application/json")
        if token is not None:
            response["Content-Location"] = f"decisions/{token}"
        return _hidden(response)

    @api.get(
        "/decisions/{token}",
        response={200: model_of(Answer), 404: ProblemAnswer, 400: ProblemAnswer},
        operation_id="kept_decision",
        summary="An answer that is kept",
        tags=["Reading"],
    )
    def kept_decision(request: HttpRequest, token: Path[Token]) -> HttpResponse:
        """The answer under its address, until its seven days are over."""
        found, _ = kept(request, token)
        return _hidden(HttpResponse(answer_bytes(found), content_type="application/json"))


def _hidden(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = NEVER_KEPT[1]
    response[NOT_INDEXED[0]] = NOT_INDEXED[1]
    return response
