"""From a request to an answer: the same for the page and for its JSON."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from pydantic import ValidationError

from sousveil.decisions.api import written
from sousveil.errors import LimitExceeded, Malformed, Missing, SousveilError, Usage
from sousveil.web import headers
from sousveil.web.failures import Failure
from sousveil.web.limits import Lane, Turnstile
from sousveil.web.page import Answer, Page
from sousveil.web.render import language_of, render
from sousveil.web.site import Site


def ask(page: Page, request: HttpRequest, asked: Any, parts: dict[str, Any]) -> Answer:
    """What the page has to say. Raises Failure."""
    site: Site = request.META["sousveil.site"]
    language = request.META.get("sousveil.language", "en")
    try:
        with language_of(language):
            return page.view(site, asked, **parts)
    except SousveilError as error:
        raise failure_of(error) from None


def turn(page: Page, request: HttpRequest) -> AbstractContextManager[None]:
    """A place among the requests that cost much, where this is one. Raises Failure 429."""
    asked = set(request.GET)
    if (page.whole and asked) or asked & {"as_of", "known_at"}:
        lane = Lane.PART
    elif page.whole:
        lane = Lane.PAGE
    else:
        return nullcontext()
    turnstile: Turnstile = request.META["sousveil.turnstile"]
    return turnstile.heavy(lane)


def failure_of(error: SousveilError) -> Failure:
    """An error of the register as an answer."""
    status = {Missing: 404, LimitExceeded: 413, Malformed: 400, Usage: 400}.get(type(error), 400)
    return Failure(
        status,
        error.message,
        hint=error.hint,
        field=getattr(error, "field", ""),
        code=getattr(error, "code", ""),
    )


def asked_of(page: Page, request: HttpRequest) -> Any:
    """What stands behind the `?`, checked. Raises Failure 400 that names the field."""
    if request.META.get("sousveil.static"):
        return page.asked.whole()
    given: dict[str, Any] = {}
    for name, values in request.GET.lists():
        field = page.asked.model_fields.get(name)
        several = field is not None and "list" in str(field.annotation)
        given[name] = values if several else values[-1]
        if not several and given[name] == "":
            del given[name]  # a form sends its empty fields too
    try:
        return page.asked.model_validate(given)
    except ValidationError as error:
        failure = failure_of_validation(error)
        field = page.asked.model_fields.get(failure.field)
        if field is not None and field.examples:
            failure.hint = f"Write it as in this example: {field.examples[0]}."
        raise failure from None


_OWN_WORDS = {
    "extra_forbidden": "There is no such field.",
    "string_pattern_mismatch": "It is not written in the form that is asked for here.",
}
"""Kind of a mistake -> what is said; where the library's words would show a pattern to somebody who filled in a form."""


def failure_of_validation(error: ValidationError) -> Failure:
    """The first thing that is wrong, with its field."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    text = _OWN_WORDS.get(first["type"], f"{first['msg']}.")
    return Failure(400, text, field=field or "query", code="field")


def page_response(page: Page, request: HttpRequest, parts: dict[str, Any]) -> HttpResponse:
    """The page for people."""
    asked = asked_of(page, request)
    with turn(page, request):
        return _page_response(page, request, asked, parts)


def _page_response(page: Page, request: HttpRequest, asked: Any, parts: dict[str, Any]) -> HttpResponse:
    answer = ask(page, request, asked, parts)
    site: Site = request.META["sousveil.site"]
    if answer.moved is not None:
        return _moved(answer.moved, request)
    at, question = page.address(parts), _question(asked)
    body = render(
        page.template,
        site,
        request.META,
        page=page,
        asked=asked,
        parts=parts,
        view=answer.data,
        next=answer.next,
        licences=licences_of(site, answer),
        json_address=json_address(page, parts) + _query(question),
        csv_address=f"{at}.csv{_query(question)}" if page.table is not None else "",
        permalink=_permalink(page, at, question, site),
        **answer.extra,
    )
    return finished(
        HttpResponse(body, content_type="text/html; charset=utf-8", status=answer.status), page, site, answer
    )


def json_response(page: Page, request: HttpRequest, asked: Any, parts: dict[str, Any]) -> HttpResponse:
    """The same as JSON."""
    site: Site = request.META["sousveil.site"]
    with turn(page, request):
        answer = ask(page, request, asked, parts)
        if answer.moved is not None:
            return _moved(f"api/v1/{answer.moved}", request)
        body = written({"meta": meta(site, answer), "data": answer.data})
    return finished(HttpResponse(body, content_type="application/json", status=answer.status), page, site, answer)


def finished(response: HttpResponse, page: Page, site: Site, answer: Answer) -> HttpResponse:
    """With the headers that depend on the page."""
    response[headers.LICENCE] = headers.licence_header(licences_of(site, answer))
    if page.typed:
        response["Cache-Control"] = headers.NEVER_KEPT[1]
    elif page.prepared and answer.status == 200:
        response[headers.PREPARED] = "1"
    return response


def licences_of(site: Site, answer: Answer) -> tuple[str, ...]:
    """The licences of the data in an answer."""
    return site.licences(answer.datasets) if answer.datasets else site.state().licences


def meta(site: Site, answer: Answer) -> dict[str, Any]:
    """The member `meta` of every JSON answer (see `api.schemas.Meta`)."""
    state = site.state()
    return {
        "title": site.title,
        "origin": site.origin,
        "example": site.example,
        "notice": notice(site),
        "log_size": state.size,
        "snapshot": state.snapshot,
        "licences": list(licences_of(site, answer)),
        "witnesses": site.witnessed().independent,
        "next": answer.next,
    }


def notice(site: Site) -> str:
    """What must be known before an answer is used."""
    texts = []
    if site.example:
        texts.append("Invented example: nothing here is true.")
    if site.witnessed().rewritable:
        texts.append("No independent witness signed this log: the operator could still rewrite it.")
    return " ".join(texts)


def json_address(page: Page, parts: dict[str, Any]) -> str:
    """Returns the path of a page's JSON below the root."""
    return f"api/v1/{page.address(parts) or 'home'}"


def _question(asked: Any) -> dict[str, Any]:
    """What stands behind the `?`, without what holds anyway."""
    return dict(asked.model_dump(exclude_defaults=True, exclude_none=True))


def _query(question: dict[str, Any]) -> str:
    return f"?{urlencode(question, doseq=True)}" if question else ""


def _permalink(page: Page, at: str, question: dict[str, Any], site: Site) -> str:
    """Returns the path of a page as it is now, for a citation; empty for one that has no earlier state to show."""
    state, times = site.state(), page.asked.model_fields
    if "known_at" in times:
        return at + _query({"known_at": state.size - 1, **question})
    return at + _query({"as_of": state.today, **question}) if "as_of" in times else ""


def _moved(target: str, request: HttpRequest) -> HttpResponse:
    """A redirect without an absolute address."""
    from sousveil.web.links import Links

    response = HttpResponse(status=308)
    query = request.META.get("QUERY_STRING", "")
    response["Location"] = Links(request.path_info[1:]).at(target) + (f"?{query}" if query else "")
    return response
