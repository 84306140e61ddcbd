"""An entity: every claim with its source, its standing, its date, who says so and who denies it; and what lies around it."""

from __future__ import annotations

from pydantic import Field

from sousveil.decisions import lookup
from sousveil.decisions.views import StateCount, count_of, licence_queue
from sousveil.register.names import Name, prepare
from sousveil.register.types import is_a
from sousveil.register.views.entity import CLAIMS_MOST, ROWS_MOST, entity_view
from sousveil.register.views.labels import type_label
from sousveil.register.views.model import EdgeView, EntityView, NetworkView, Ref, TimelineView
from sousveil.register.views.network import NODES_MOST, network_view
from sousveil.register.views.reading import Reader
from sousveil.register.views.timeline import timeline_view
from sousveil.web.boards import proposed_of, queue_of
from sousveil.web.columns import TIMELINE
from sousveil.web.page import Answer, Page, When
from sousveil.web.pages.states import breaches_on_entity, on_entity, on_incident
from sousveil.web.pictures.network import network_svg
from sousveil.web.pictures.timeline import timeline_svg
from sousveil.web.site import Site
from sousveil.web.topics import overview

NODES_SHOWN = 22
"""Entities in a network before somebody asks for more: two screens of a phone."""


class Around(When):
    """What of the network is shown."""

    depth: int = Field(1, ge=1, le=3, description="Links away from the entity.")
    ended: bool = Field(False, description="Show links that have ended, too.")
    all: bool = Field(False, description="Show as many companies as a picture can hold.")


class Shown(When):
    """How many facts are shown."""

    all: bool = Field(False, description="Show all facts of each topic, not only the first.")


def entity(site: Site, asked: Shown, id: str) -> Answer:
    """The entity's page."""
    limit, claims = (None, None) if asked.all else (ROWS_MOST, CLAIMS_MOST)
    found = entity_view(site.store, id, as_of=asked.as_of, known_at=asked.known_at, limit=limit, claims=claims)
    moved = f"entities/{found.redirect}" if found.redirect else None
    known = (
        None
        if asked.known_at is not None or moved
        else on_entity(site, found.id, found.type, found.countries, asked.as_of)
    )
    case = on_incident(site, found.id, asked.as_of) if found.type == "AbuseIncident" and known is not None else None
    broken = breaches_on_entity(site, found.id, found.type, asked.as_of) if known is not None else []
    extra = {
        "cells": known or [],
        "case": case,
        "breaches": broken,
        "alike": alike(site, found) if known is not None else [],
        "overview": overview(found),
        "review_of": review_of,
    }
    return Answer(data=found, datasets=found.datasets, moved=moved, extra=extra)


def review_of(site: Site, found: EntityView) -> StateCount | None:
    """What the review queue of licences says of a State; None for anything else."""
    if found.type != "State":
        return None
    code = lookup.country_of(Reader(site.store, known_at=found.frame.known_at), found.id)
    as_of, known_at = found.frame.as_of, found.frame.known_at
    queue = queue_of(site, as_of) if known_at is None else licence_queue(site.store, as_of=as_of, known_at=known_at)
    return count_of(queue.items, code) if code else None


ALIKE = ("LegalEntity", "SurveillanceProduct")
"""Record types whose namesakes a page lists."""
ALIKE_MOST = 20
"""Hits among which namesakes are looked for."""


def alike(site: Site, found: EntityView) -> list[Ref]:
    """Records of another source with the same name that nobody joined with this one, nor judged to be different."""
    if not any(is_a(found.type, one) for one in ALIKE):
        return []
    names = [
        prepare(claim.value) for one in found.properties if one.name == "name" for claim in one.claims if claim.stands
    ]
    apart = {one.other.id for one in found.judgements if one.verdict == "different"}
    apart |= {found.id, *(one.id for one in found.members)}
    asked = " ".join(prepare(found.caption).words)
    hits = site.finding.index().query(asked, {"type": [found.type]}, size=ALIKE_MOST).hits
    return [
        Ref(id=one.id, caption=one.name, type=one.type, type_label=type_label(one.type))
        for one in hits
        if one.id not in apart and any(_alike(prepare(one.name), name) for name in names)
    ]


def _alike(one: Name, other: Name) -> bool:
    """Whether two names have the same words, and no legal forms that tell them apart."""
    return one.words == other.words and (one.forms == other.forms or not (one.forms and other.forms))


def network(site: Site, asked: Around, id: str) -> Answer:
    """What lies around it, as a picture and as a list."""
    found = network_view(
        site.store,
        id,
        depth=asked.depth,
        ended=asked.ended,
        as_of=asked.as_of,
        known_at=asked.known_at,
        limit=NODES_MOST if asked.all else NODES_SHOWN,
    )
    proposed = proposed_of(site)
    groups: dict[str, list[EdgeView]] = {}
    for edge in found.edges:
        if edge.type:
            groups.setdefault(type_label(edge.type), []).append(edge)
    extra = {
        "picture": network_svg,
        "groups_of_links": sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0])),
        "proposed": [one for one in found.nodes if one.id in proposed],
        "states": len({code for one in found.nodes for code in one.countries[:1]}),
    }
    return Answer(data=found, extra=extra)


def timeline(site: Site, asked: When, id: str) -> Answer:
    """What happened around it, and when."""
    found = timeline_view(site.store, id, as_of=asked.as_of, known_at=asked.known_at)
    return Answer(data=found, extra={"picture": timeline_svg})


PAGES = (
    Page(
        name="entity",
        route="entities/{id}",
        title="Entity",
        what="All claims about one entity, each with source, standing, date, who says so and who denies it.",
        view=entity,
        result=EntityView,
        template="entity.html",
        asked=Shown,
        parts={"id": str},
        order=11,
    ),
    Page(
        name="entity-network",
        route="entities/{id}/network",
        title="Network",
        what="The entities around one, and the links between them.",
        view=network,
        result=NetworkView,
        template="network.html",
        asked=Around,
        parts={"id": str},
        order=12,
    ),
    Page(
        name="entity-timeline",
        route="entities/{id}/timeline",
        title="Timeline",
        what="What happened around one entity, by date.",
        view=timeline,
        result=TimelineView,
        template="timeline.html",
        table=TIMELINE,
        asked=When,
        parts={"id": str},
        order=13,
    ),
)
