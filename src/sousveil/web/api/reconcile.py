"""OpenRefine's reconciliation service (W3C Reconciliation Service API 0.2): which entity here may a row mean?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path

from sousveil.errors import SousveilError
from sousveil.register.score import Query
from sousveil.register.store.connection import DatabaseFailed
from sousveil.register.types import registry
from sousveil.register.views.reading import Reader
from sousveil.web import headers, limits
from sousveil.web.failures import Failure
from sousveil.web.page import ID
from sousveil.web.render import render
from sousveil.web.site import Site

QUERIES_MAX = 100
"""Queries of one batch."""
SPACE = "urn:sousveil:entity:"
SURE = 0.95
"""From here a candidate is proposed as the match, when no other comes near."""


class Property(msgspec.Struct, frozen=True):
    """A column that OpenRefine sends along."""

    pid: str
    v: Any = None


class Asked(msgspec.Struct, frozen=True):
    """One query of a batch."""

    query: str
    type: str | list[str] | None = None
    limit: int = 5
    properties: list[Property] = []
    type_strict: str | None = None


_BATCH = msgspec.json.Decoder(dict[str, Asked])


def _json(value: object) -> HttpResponse:
    response = HttpResponse(msgspec.json.encode(value), content_type="application/json")
    response["Cache-Control"] = headers.NEVER_KEPT[1]
    return response


def manifest(site: Site) -> dict[str, Any]:
    """What the service can do, without its addresses."""
    types = [{"id": one.name, "name": one.label} for one in _types()]
    return {
        "versions": ["0.2"],
        "name": site.title + (" (invented example)" if site.example else ""),
        "identifierSpace": SPACE,
        "schemaSpace": "urn:sousveil:type:",
        "defaultTypes": types,
        "batchSize": limits.SHORT_LIST,  # waits for no long list
    }


def _types() -> list[Any]:
    return sorted(registry.all_types().values(), key=lambda one: one.label)


def _with_addresses(site: Site, base: str) -> dict[str, Any]:
    """The manifest with absolute addresses, which OpenRefine wants; `base` is that of the pages."""
    return manifest(site) | {
        "view": {"url": f"{base}/entities/{{{{id}}}}"},
        "preview": {"url": f"{base}/reconcile/preview/{{{{id}}}}", "width": 420, "height": 220},
        "suggest": {
            name: {"service_url": base, "service_path": f"/reconcile/suggest/{name}"}
            for name in ("entity", "type", "property")
        },
    }


def service(request: HttpRequest) -> HttpResponse:
    """The manifest, or the candidates for a batch of queries."""
    site: Site = request.META["sousveil.site"]
    if request.method not in ("GET", "HEAD", "POST"):
        raise Failure(405, allow="GET, HEAD, POST")
    given = request.POST if request.method == "POST" else request.GET
    if "queries" not in given:
        if request.method == "POST":
            raise Failure(400, "There are no queries in it.", field="queries")
        return _json(_with_addresses(site, request.META["sousveil.pages"]))
    try:
        batch = _BATCH.decode(given["queries"])
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Failure(400, f"The queries cannot be read: {error}.", field="queries") from None
    if len(batch) > QUERIES_MAX:
        raise Failure(413, field="queries", hint=f"At most {QUERIES_MAX} queries.")
    found = {}
    site.finding.screener()
    with request.META["sousveil.turnstile"].screening(len({one.query for one in batch.values()})) as budget:
        for name, one in batch.items():
            budget.check(one.query)
            found[name] = {"result": candidates(site, one, f"queries.{name}")}
    return _json(found)


def candidates(site: Site, asked: Asked, field: str) -> list[dict[str, Any]]:
    """The entities that a query may mean, best first."""
    if not asked.query.strip():
        return []
    if len(asked.query) > limits.TEXT_MAX or not 1 <= asked.limit <= 50:
        raise Failure(400, "The query is too long or its limit is out of range.", field=field)
    kinds = [asked.type] if isinstance(asked.type, str) else list(asked.type or ())
    country = next((str(one.v).lower() for one in asked.properties if one.pid == "country" and one.v), None)
    try:
        query = Query(
            name=asked.query,
            country=country if country and len(country) == 2 else None,
            kind=kinds[0] if kinds else None,
        )
        hits = [hit for hit in site.finding.screen(query) if hit.page][: asked.limit]
    except DatabaseFailed:
        raise
    except SousveilError:
        return []  # a cell without a letter or digit means nobody
    kind_of = site.store.type_of([hit.entity for hit in hits])
    found = []
    for at, hit in enumerate(hits):
        kind = registry.find(kind_of.get(hit.entity, ""))
        alone = at == 0 and (len(hits) == 1 or hits[1].score < hit.score - 0.1)
        found.append(
            {
                "id": hit.entity,
                "name": hit.name,
                "description": "; ".join(hit.why)[:300],
                "type": [{"id": kind.name, "name": kind.label}] if kind else [],
                "score": round(hit.score * 100, 2),
                "match": alone and hit.score >= SURE,
            }
        )
    return found


def _prefix(request: HttpRequest) -> str:
    if request.method not in ("GET", "HEAD"):
        raise Failure(405, allow="GET, HEAD")
    text = request.GET.get("prefix", "").strip()
    if len(text) > limits.TEXT_MAX:
        raise Failure(400, "The prefix is too long.", field="prefix")
    return text


def suggest_entity(request: HttpRequest) -> HttpResponse:
    """Entities whose name begins like this or is alike."""
    site: Site = request.META["sousveil.site"]
    text = _prefix(request)
    found = candidates(site, Asked(query=text, limit=10), "prefix") if text else []
    return _json({"result": [{"id": one["id"], "name": one["name"], "notable": one["type"]} for one in found]})


def suggest_type(request: HttpRequest) -> HttpResponse:
    """Record types."""
    text = _prefix(request).lower()
    found = [one for one in _types() if text in one.label.lower() or text in one.name.lower()]
    return _json({"result": [{"id": one.name, "name": one.label, "description": one.what} for one in found[:20]]})


def suggest_property(request: HttpRequest) -> HttpResponse:
    """Properties of the record types."""
    text = _prefix(request).lower()
    found: dict[str, str] = {}
    for kind in _types():
        for name, one in registry.properties(kind.name).items():
            if text in name.lower() or text in one.label.lower():
                found.setdefault(name, one.label)
    return _json({"result": [{"id": name, "name": label} for name, label in sorted(found.items())[:20]]})


def preview(request: HttpRequest, id: str) -> HttpResponse:
    """A small page about an entity."""
    _prefix(request)
    site: Site = request.META["sousveil.site"]
    reader = Reader(site.store)
    reader.load([id])
    reference = reader.ref(id)
    if not reference.page:
        raise Failure(404, field="id")
    body = render("preview.html", site, request.META, reference=reference)
    return HttpResponse(body, content_type="text/html; charset=utf-8")


def reconcile_routes() -> list[URLPattern]:
    """The addresses of the service."""
    suggestions: dict[str, Callable[[HttpRequest], HttpResponse]] = {
        "entity": suggest_entity,
        "type": suggest_type,
        "property": suggest_property,
    }
    return [
        path("reconcile", service),
        *(path(f"reconcile/suggest/{name}", view) for name, view in suggestions.items()),
        re_path(rf"^reconcile/preview/(?P<id>{ID})$", preview),
    ]
