"""Screening records over the web: made from a list that the authority signed, and checked. Nothing of a list is kept."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from sousveil.desk import bidders as screening
from sousveil.errors import SousveilError
from sousveil.ledger import dsse
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.refusal import Refused
from sousveil.web import limits
from sousveil.web.answering import failure_of, finished, licences_of
from sousveil.web.failures import Failure
from sousveil.web.page import Answer, page_named
from sousveil.web.pages.bidders import told
from sousveil.web.render import render
from sousveil.web.site import Site

RECORD_MAX = 8 << 20
"""Bytes of a record that is checked."""


class _Rows(msgspec.Struct):
    """The bidders of a record that nobody has checked yet."""

    rows: list[msgspec.Raw]


def bidder_routes() -> list[URLPattern]:
    """Addresses that take a form; the page itself is a page as any other."""
    return [path("screening/bidders/record", make_record), path("screening/bidders/check", check_record)]


def make_record(request: HttpRequest) -> HttpResponse:
    """A signed list in, the signed record out, as a file."""
    site, data = _site(request), _file(request, screening.MOST_BYTES)
    if not site.register.paths.key_file(OPERATOR_KEY).exists():
        raise Failure(503, "This copy of the register has no key to sign with.", hint="Ask at the register itself.")
    given = {name: str(request.POST.get(name, "")).strip() for name in ("authority", "signature", "tender")}
    for name, most in (("authority", limits.TEXT_MAX), ("tender", limits.TEXT_MAX), ("signature", 10_000)):
        if len(given[name]) > most:
            raise Failure(413, field=name)
    with request.META["sousveil.turnstile"].screening(data.count(b"\n"), limits.RECORD_SECONDS) as budget:
        try:
            made = screening.make(
                site.register,
                data,
                authority=given["authority"],
                signature=given["signature"].replace("\r\n", "\n").encode() + b"\n",
                tender=given["tender"] or None,
                screener=site.finding.screener().paced(budget.check),
            )
        except SousveilError as error:
            raise _refused(error) from None
    response = HttpResponse(made, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="screening-record.json"'
    response["Cache-Control"] = "no-store"
    return response


def check_record(request: HttpRequest) -> HttpResponse:
    """Whether a record holds today, and the record itself to read."""
    site, data = _site(request), _file(request, RECORD_MAX)
    try:
        rows = msgspec.json.decode(dsse.accept(data).payload, type=_Rows).rows
    except (SousveilError, msgspec.DecodeError, RecursionError, ValueError):
        rows = []  # what is wrong with it says `look`
    with request.META["sousveil.turnstile"].screening(len(rows), limits.RECORD_SECONDS) as budget:
        try:
            screener = site.finding.screener().paced(budget.check)
            record, ended = screening.look(site.register, data, screener=screener)
        except SousveilError as error:
            raise _refused(error) from None
    page = page_named("bidders")
    answer = Answer(data=told(record, ended))
    body = render(
        page.template,
        site,
        request.META,
        page=page,
        view=answer.data,
        licences=licences_of(site, answer),
        json_address="api/v1/screening/bidders",
    )
    response = finished(HttpResponse(body, content_type="text/html; charset=utf-8"), page, site, answer)
    response["Cache-Control"] = "no-store"
    return response


def _site(request: HttpRequest) -> Site:
    if request.method != "POST":
        raise Failure(405, allow="POST")
    if not (request.content_type or "").startswith("multipart/form-data"):
        raise Failure(415, field="Content-Type", hint="Send the form of the page, with the file in it.")
    site: Site = request.META["sousveil.site"]
    return site


def _file(request: HttpRequest, most: int) -> bytes:
    sent = request.FILES.get("file")
    if sent is None or isinstance(sent, list):
        raise Failure(400, "There is no file in it.", field="file", hint="Choose the file.")
    if (sent.size or 0) > most:
        raise Failure(413, field="file", most=most)
    return bytes(sent.read())


def _refused(error: SousveilError) -> Failure:
    if not isinstance(error, Refused):
        return failure_of(error)
    return Failure(422, error.message, hint=error.hint, field=error.field, code=error.code)
