"""Addresses by name, `company/nso-group`: the page of the record of that name. Natural persons have none."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from sousveil.web import headers
from sousveil.web.boards import board_of, kept
from sousveil.web.failures import Failure
from sousveil.web.links import Links
from sousveil.web.site import Site

KINDS = {"Company": "company", "Organization": "company", "SurveillanceProduct": "product", "PublicBody": "body"}
"""Record type -> first part of the address."""
SLUG_MOST = 80
"""Characters of a name in an address."""


def slug(name: str) -> str:
    """Returns a name as it stands in an address: letters and digits of ASCII, in lower case; empty where it has none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    words = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return "-".join(words)[:SLUG_MOST].strip("-")


def addresses(site: Site) -> dict[str, str]:
    """Returns the address of every record that has one, by its id; of one name the first record published has the name alone."""

    def made() -> dict[str, str]:
        board = board_of(site)
        named = sorted(
            (
                (min(one.recorded for one in record.statements), record.id, kind, record)
                for type, kind in KINDS.items()
                for record in board.records[type]
                if not any(one.statement.person for one in record.statements)
            ),
            key=lambda one: one[:2],
        )
        found: dict[str, str] = {}
        taken: set[str] = set()
        for _first, id, kind, record in named:
            text = slug(board.reader.caption(record))
            if not text or id in found:
                continue
            address = f"{kind}/{text}"
            found[id] = f"{address}-{id[-6:]}" if address in taken else address
            taken.add(found[id])
        return found

    return kept(site, ("addresses",), made)


def naming(site: Site) -> Callable[[str], str | None]:
    """Returns what gives the address by name of an entity; all are made when the first is asked for."""
    made = cache(lambda: addresses(site))
    return lambda id: made().get(id)


def led_by_name(request: HttpRequest, id: str) -> HttpResponse | None:
    """Returns the way from the id of an entity to its address by name.

    None where it has none, where something is asked for (citations keep the id), and in the static copy.
    """
    if (
        request.META["QUERY_STRING"]
        or request.META.get("sousveil.static")
        or not request.path_info.startswith("/entities/")
    ):
        return None
    address = request.META["sousveil.names"](id)
    if address is None:
        return None
    response = HttpResponse(status=301)
    response["Location"] = Links(request.path_info[1:]).at(address)
    response["Cache-Control"] = headers.REVALIDATE[1]  # a name may lead to another record once two are joined
    return response


def readable_routes(entity: Callable[..., HttpResponse]) -> list[Any]:
    """Returns the addresses by name; `entity` is the view of the page that they show."""

    def view(request: HttpRequest, kind: str, name: str) -> HttpResponse:
        site: Site = request.META["sousveil.site"]
        wanted = f"{kind}/{name}"
        id = next((id for id, address in addresses(site).items() if address == wanted), None)
        if id is None:
            raise Failure(404, "No record has this name.", hint="Search for it.")
        return entity(request, id=id)

    kinds = "|".join(dict.fromkeys(KINDS.values()))
    return [re_path(rf"^(?P<kind>{kinds})/(?P<name>[a-z0-9-]{{1,100}})$", view)]
