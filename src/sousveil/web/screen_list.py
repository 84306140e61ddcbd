"""A list of names as a CSV file: read in memory, compared, forgotten."""

from __future__ import annotations

import csv
import io
from collections.abc import Hashable, Iterator

import msgspec
from django.http import HttpRequest, HttpResponse

from sousveil.register.score import Query
from sousveil.register.screening_table import country_of
from sousveil.web import limits
from sousveil.web.answering import finished, licences_of
from sousveil.web.failures import Failure
from sousveil.web.page import Page
from sousveil.web.pages.screening import OneName, question_of, screened
from sousveil.web.render import render
from sousveil.web.site import Site

COLUMNS = ("name", "country", "kind")


def screen_list(request: HttpRequest, page: Page) -> HttpResponse:
    """The page with the hits for an uploaded list."""
    site: Site = request.META["sousveil.site"]
    if not (request.content_type or "").startswith("multipart/form-data"):
        raise Failure(415, field="Content-Type", hint="Send the form of this page, with the file in it.")
    sent = request.FILES.get("file")
    if sent is None or isinstance(sent, list):
        raise Failure(400, "There is no file in it.", field="file", hint="Choose a CSV file with a column `name`.")
    if (sent.size or 0) > limits.CSV_MAX:
        raise Failure(413, field="file", most=limits.CSV_MAX)
    rows = list(read_queries(sent.read(), example=site.example))
    different: dict[Hashable, tuple[Query, tuple[str, ...], str]] = {}
    for query, warnings, line in rows:
        different.setdefault((question_of(query), warnings), (query, warnings, f"line {line}"))
    queries, left_out, lines = zip(*different.values(), strict=True) if different else ((), (), ())
    with request.META["sousveil.turnstile"].screening(len(different)) as budget:
        answer = screened(site, queries, left_out, budget, lines)
    view = msgspec.structs.replace(answer.data, repeated=len(rows) - len(different))
    body = render(
        page.template,
        site,
        request.META,
        page=page,
        asked=OneName.whole(),
        parts={},
        view=view,
        next=None,
        licences=licences_of(site, answer),
        json_address="api/v1/screening",
    )
    return finished(HttpResponse(body, content_type="text/html; charset=utf-8"), page, site, answer)


def read_queries(data: bytes, *, example: bool) -> Iterator[tuple[Query, tuple[str, ...], int]]:
    """The names in a CSV file, each with what was left out of its row, and its line. Raises Failure that names the row and the column.

    `example`: countries may be invented ones.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Failure(400, "The file is not UTF-8.", field="file", hint="Save it as CSV, UTF-8.") from None
    if "\0" in text:
        raise Failure(400, "The file is not a text.", field="file")
    head = text.partition("\n")[0]
    separator = max((",", ";", "\t"), key=head.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=separator, strict=True)
    try:
        names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        if "name" not in names:
            raise Failure(400, "The first line names no column `name`.", field="name")
        reader.fieldnames = names
        for count, row in enumerate(reader, start=1):
            if count > limits.CSV_ROWS_MAX:
                raise Failure(413, "The list is too long.", field="file", hint=f"At most {limits.CSV_ROWS_MAX:,} rows.")
            if (found := _query(row, reader.line_num, example)) is not None:
                yield *found, reader.line_num
    except csv.Error as error:
        raise Failure(400, f"This is not CSV: {error}.", field="file") from None


def _query(row: dict[str | None, str | None], at: int, example: bool) -> tuple[Query, tuple[str, ...]] | None:
    values = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if not values["name"]:
        return None
    for name, most in (("name", limits.TEXT_MAX), ("country", limits.COUNTRY_MAX), ("kind", 40)):
        if len(values[name]) > most:
            raise Failure(400, f"Line {at}: too long.", field=name, hint=f"At most {most} letters.")
    country, warnings = country_of(values["country"], example=example)
    return Query(name=values["name"], country=country, kind=values["kind"] or None), warnings
