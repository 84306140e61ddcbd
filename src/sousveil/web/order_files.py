"""A draft order to revoke as files: the document, and its statements as lines of JSON, ready to be prepared and signed elsewhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from sousveil.decisions.views import draft_order
from sousveil.errors import SousveilError
from sousveil.web import headers
from sousveil.web.answering import failure_of
from sousveil.web.failures import Failure
from sousveil.web.page import ID
from sousveil.web.site import Site

_ADDRESS = rf"^entities/(?P<id>{ID})/licences/(?P<country>[a-z]{{2}})/order\.(?P<form>txt|jsonl)$"


def order_file(request: HttpRequest, id: str, country: str, form: str) -> HttpResponse:
    """One of the two files. Raises Failure 404 where there is nothing to revoke."""
    if request.method not in ("GET", "HEAD"):
        raise Failure(405, allow="GET, HEAD")
    site: Site = request.META["sousveil.site"]
    try:
        draft = draft_order(site.store, id, country)
    except SousveilError as error:
        raise failure_of(error) from None
    if not draft.text:
        raise Failure(404, "No live licence of this group from this State is recorded, so there is nothing to revoke.")
    data, kind = (draft.text, "text/plain; charset=utf-8") if form == "txt" else (draft.lines, "application/jsonl")
    response = HttpResponse(data.encode(), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="order.{form}"'
    response["Cache-Control"] = headers.NEVER_KEPT[1]
    return response


def order_routes() -> list[Any]:
    """Addresses of the files."""
    return [re_path(_ADDRESS, order_file)]
