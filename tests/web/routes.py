"""Every address that the example register answers, for the tests that hold for all of them."""

from __future__ import annotations

from sousveil.web.guides import GUIDES
from sousveil.web.outer import Outer
from sousveil.web.page import all_pages


def parts_of(app: Outer) -> dict[str, str]:
    """An id for each part that stands in routes."""
    store = app.site.store
    company = store.subjects(type="Company", limit=1)[0]
    return {
        "id": company,
        "index": "3",
        "statement": store.statements_of([company])[0].id,
        "procedure": "a-moratorium",
        "form": "measure",
        "country": "xa",
        "guide": "incident",
        "proposal": store.subjects(type="Acquisition", limit=1)[0],
    }


def pages(app: Outer) -> list[str]:
    """The address of every page, with an id where it needs one."""
    parts = parts_of(app)
    found = []
    for page in all_pages():
        given = parts | ({"id": parts["statement"]} if page.name == "statement" else {})
        found.append("/" + page.route.format(**given))
    return [*found, *(f"/publish/{name}" for name in GUIDES if name != parts["guide"])]


def everything(app: Outer) -> list[str]:
    """Pages, their JSON, feeds, files, and what is not there."""
    parts = parts_of(app)
    addresses = pages(app)
    return [
        *addresses,
        *("/api/v1/home" if one == "/" else f"/api/v1{one}" for one in addresses),
        "/api/v1/openapi.json",
        f"/api/v1/log/entries/{parts['index']}/receipt",
        f"/log/entries/{parts['index']}/receipt.txt",
        "/log/checkpoint",
        "/log/tile/0/000.p/5",
        "/feed.atom",
        "/licences/review.atom",
        "/feeds/type/Company.atom",
        "/feeds/name.atom?q=Glasmoth",
        f"/entities/{parts['id']}/feed.atom",
        "/bulk/jsonl/direct.jsonl",
        "/bulk/jsonl/direct.terms.json",
        "/static/register.css",
        "/reconcile",
        "/reconcile/suggest/type?prefix=comp",
        f"/reconcile/preview/{parts['id']}",
        "/search?q=Glasmoth",
        "/screening?name=Glasmoth",
        "/nothing-here",
        "/api/v1/nothing-here",
        "/entities/sv-000000000000000000000000",
        "/map?as_of=yesterday",
        "/search?nonsense=1",
        "/" + "x" * 3000,
    ]
