"""Addresses: one for each page, the API, feeds, bulk files, reconciliation, the style sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path

from sousveil.web import headers
from sousveil.web.answering import page_response
from sousveil.web.answers import answer_routes, decide
from sousveil.web.api.build import api
from sousveil.web.api.receipts import receipt_file
from sousveil.web.api.reconcile import reconcile_routes
from sousveil.web.bidders import bidder_routes
from sousveil.web.failures import Failure
from sousveil.web.feeds import feed_routes
from sousveil.web.order_files import order_routes
from sousveil.web.page import Page, all_pages, page_named
from sousveil.web.readable import led_by_name, naming, readable_routes
from sousveil.web.review_feed import review_routes
from sousveil.web.screen_list import screen_list
from sousveil.web.table_files import table_routes

STATIC = Path(__file__).parent / "static"
STYLE = (STATIC / "register.css").read_bytes() + (Path(__file__).parent / "pictures" / "pictures.css").read_bytes()


def page_view(page: Page) -> Callable[..., HttpResponse]:
    """Django's view for a page."""

    def view(request: HttpRequest, **parts: str) -> HttpResponse:
        request.META["sousveil.names"] = naming(request.META["sousveil.site"])
        if request.method == "POST" and page.name == "screening":
            return screen_list(request, page)
        if request.method == "POST" and page.posted is not None:
            return page.posted(request, page, **parts)
        if request.method == "POST" and page.name == "decide":
            return decide(request)
        if request.method not in ("GET", "HEAD"):
            raise Failure(405, allow="GET, HEAD")
        if page.name == "entity" and (moved := led_by_name(request, parts["id"])) is not None:
            return moved
        typed: dict[str, Any] = {name: page.parts.get(name, str)(value) for name, value in parts.items()}
        return page_response(page, request, typed)

    return view


def style(request: HttpRequest) -> HttpResponse:
    """The one style sheet."""
    response = HttpResponse(STYLE, content_type="text/css; charset=utf-8")
    response[headers.PREPARED] = "1"
    return response


def nothing(request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """Nothing is here."""
    raise Failure(404)


urlpatterns = [
    path("static/register.css", style),
    path("api/v1/", api.urls),
    *reconcile_routes(),
    *feed_routes(),
    *bidder_routes(),
    *answer_routes(),
    *review_routes(),
    *order_routes(),
    *table_routes(),
    *readable_routes(page_view(page_named("entity"))),
    re_path(r"^log/entries/(?P<index>\d{1,15})/receipt\.txt$", receipt_file),
    *(re_path(page.django_route, page_view(page), name=page.name) for page in all_pages()),
    re_path("^.*$", nothing),
]


def _failed(status: int) -> Callable[..., HttpResponse]:
    def handler(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        raise Failure(413 if type(exception).__name__ == "RequestDataTooBig" else status)

    return handler


handler400, handler403, handler404, handler500 = _failed(400), _failed(403), _failed(404), _failed(500)
