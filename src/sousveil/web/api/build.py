"""The API: an operation for each page, and the few that only programs use. Its description is `/api/v1/openapi.json`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja import params as ninja_params
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from sousveil.web import headers
from sousveil.web.answering import asked_of, json_response
from sousveil.web.api.bodies import EXPECTED, Bodies
from sousveil.web.api.decisions import add_decisions
from sousveil.web.api.pairs import add_pairs
from sousveil.web.api.procedures import add_procedures
from sousveil.web.api.publications import add_publications
from sousveil.web.api.receipts import add_receipts
from sousveil.web.api.schemas import ProblemAnswer, answer_model
from sousveil.web.api.screening import add_screening
from sousveil.web.failures import PROBLEM_TYPE, TEXTS, Failure
from sousveil.web.page import ID, Page, all_pages

_PATH: Any = ninja_params.Path
_QUERY: Any = ninja_params.Query
VERSION = "1.0.0"
WORDS = {200: "The answer.", 201: "It is in the log.", 202: "It waits for reviewers."}
PROBLEMS = {400: ProblemAnswer, 404: ProblemAnswer, 429: ProblemAnswer}

api = NinjaAPI(
    title="Sousveil register",
    version=VERSION,
    description="Every page of the register as JSON. Answers carry the size of the log, the day of the newest entry and the "
    "licences of the data. Lists go on with the cursor `meta.next`, given as `after`.",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    parser=Bodies(),
)


def _operation(page: Page) -> Callable[..., HttpResponse]:
    """A function with the signature that the page has, for the description and for checking what comes in."""

    def operation(request: HttpRequest, asked: Any = None, **parts: Any) -> HttpResponse:
        return json_response(page, request, asked_of(page, request), parts)

    keyword = inspect.Parameter.KEYWORD_ONLY
    given = [
        inspect.Parameter(
            name,
            keyword,
            annotation=kind,
            default=_PATH(..., ge=0, le=10**15 - 1) if kind is int else _PATH(..., pattern=f"^{ID}$", max_length=120),
        )
        for name, kind in page.parts.items()
    ]
    query = (
        [inspect.Parameter("asked", keyword, annotation=page.asked, default=_QUERY(...))]
        if page.asked.model_fields
        else []
    )
    operation.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=HttpRequest),
            *given,
            *query,
        ],
        return_annotation=HttpResponse,
    )
    operation.__name__ = page.name.replace("-", "_")
    operation.__doc__ = page.what
    return operation


def _add(page: Page) -> None:
    route = "/" + (page.route or "home")
    api.get(
        route,
        response={
            200: answer_model(_camel(page.name), page.result),
            **PROBLEMS,
            **({410: ProblemAnswer} if page.parts else {}),
        },
        operation_id=page.name.replace("-", "_"),
        by_alias=True,
        summary=page.title,
        tags=["Reading"],
        url_name=f"json-{page.name}",
    )(_operation(page))


def _camel(name: str) -> str:
    return "".join(part.title() for part in name.split("-"))


def failure_of_ninja(error: ValidationError) -> Failure:
    """The first thing that is wrong in what a program sent, with its field."""
    first = error.errors[0]
    place = [str(part) for part in first.get("loc", ()) if part not in ("query", "path", "body", "asked")]
    text = (
        "There is no such field." if first.get("type") == "extra_forbidden" else f"{first.get('msg', 'It is wrong')}."
    )
    if not place and "body" in first.get("loc", ()):
        return Failure(400, "The body is missing.", hint=EXPECTED, field="body", code="object")
    return Failure(400, text, field=".".join(place) or "query", code="field")


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    raise failure_of_ninja(error)


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Failure):  # what the parser of bodies says
        raise error.__cause__
    raise Failure(error.status_code)


@cache
def description() -> OpenAPISchema:
    """The OpenAPI description, made once in a process."""
    found = api.get_openapi_schema(path_prefix="/api/v1/")
    for operations in found["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                # The library takes its words from Python, whose versions differ.
                response["description"] = TEXTS[int(status)][1] if int(status) in TEXTS else WORDS[int(status)]
                if int(status) in TEXTS:
                    response["content"] = {PROBLEM_TYPE: response["content"]["application/json"]}
    return found


@api.get("/openapi.json", include_in_schema=False)
def openapi(request: HttpRequest) -> HttpResponse:
    """The description of this API."""
    import msgspec

    response = HttpResponse(msgspec.json.encode(description()), content_type="application/json")
    response[headers.PREPARED] = "1"
    return response


for _page in all_pages():
    _add(_page)
add_receipts(api)
add_screening(api)
add_pairs(api)
add_decisions(api)
add_publications(api)
add_procedures(api)
