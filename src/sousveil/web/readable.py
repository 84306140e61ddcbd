"""Addresses by name, `company/nso-group`: each leads to the record of that name. Natural persons have none."""

from __future__ import annotations

import unicodedata
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


def leads_on(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """Leads to the record. Raises Failure 404."""
    if request.method not in ("GET", "HEAD"):
        raise Failure(405, allow="GET, HEAD")
    site: Site = request.META["sousveil.site"]
    wanted = f"{kind}/{name}"
    id = next((id for id, address in addresses(site).items() if address == wanted), None)
    if id is None:
        raise Failure(404, "No record has this name.", hint="Search for it.")
    response = HttpResponse(status=307)  # a name may lead to another record once two are joined
    response["Location"] = Links(request.path_info[1:]).to("entities", id)
    response["Cache-Control"] = headers.REVALIDATE[1]
    return response


def readable_routes() -> list[Any]:
    """Returns the addresses by name."""
    kinds = "|".join(dict.fromkeys(KINDS.values()))
    return [re_path(rf"^(?P<kind>{kinds})/(?P<name>[a-z0-9-]{{1,100}})$", leads_on)]
