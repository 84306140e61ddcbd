"""The receipt of an entry, as a file."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Path
from pydantic import Field

from sousveil.web.api.schemas import ProblemAnswer
from sousveil.web.failures import Failure
from sousveil.web.site import Site

Index = Annotated[int, Field(ge=0, le=10**15 - 1)]


def receipt_file(request: HttpRequest, index: int) -> HttpResponse:
    """The receipt of one entry: C2SP tlog-proof, a text to keep."""
    if request.method not in ("GET", "HEAD"):
        raise Failure(405, allow="GET, HEAD")
    site: Site = request.META["sousveil.site"]
    text = site.receipt(int(index)) if int(index) < site.store.size() else None
    if text is None:
        raise Failure(404, "There is no receipt for this entry yet.", field="index")
    response = HttpResponse(text.encode(), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="receipt-{int(index)}.txt"'
    return response


def add_receipts(api: NinjaAPI) -> None:
    """The operation of the API."""

    @api.get(
        "/log/entries/{index}/receipt",
        response={200: str, 400: ProblemAnswer, 404: ProblemAnswer},
        operation_id="receipt",
        summary="Receipt",
        tags=["Reading"],
        openapi_extra={"responses": {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}},
    )
    def receipt(request: HttpRequest, index: Path[Index]) -> HttpResponse:
        """The receipt of one entry (C2SP tlog-proof): number, inclusion proof, checkpoint with its signatures."""
        return receipt_file(request, index)
