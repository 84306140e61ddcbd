"""Who says it, and about whom: what templates ask where a view has only ids or statements."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.register.model import Recorded
from sousveil.register.views.model import EntityView, RelatedView
from sousveil.register.views.model_base import ClaimView, Frame, Ref
from sousveil.register.views.reading import Reader, property_label
from sousveil.web.site import Site


def ref_of(site: Site, id: str) -> Ref:
    """An entity by its name; a link is called after what it links."""
    reader = Reader(site.store)
    reader.load([id])
    reader.load({end for one in list(reader.records.values()) for ends in reader.targets(one).values() for end in ends})
    return reader.ref(id)


def publishers_of(site: Site, frame: Frame | None, ids: Iterable[str]) -> dict[str, list[str]]:
    """Who says something of each of these records: all are read at once."""
    reader = Reader(site.store, known_at=frame.known_at if frame else None)
    wanted = list(dict.fromkeys(ids))
    reader.load(wanted)
    found = {id: reader.records.get(reader.canonical(id)) for id in wanted}
    return {
        id: sorted({reader.publisher(one.statement.publisher) for one in record.statements}) if record else []
        for id, record in found.items()
    }


def claims_of(site: Site, ids: Iterable[str]) -> dict[str, tuple[Ref, str, ClaimView]]:
    """What readable statements say: whom about, under which heading, what. All are read at once; erased ones are not there."""
    said = [found for id in ids if isinstance(found := site.store.statement(id), Recorded)]
    reader = Reader(site.store)
    reader.load({one.statement.subject for one in said})
    reader.load({end for one in list(reader.records.values()) for ends in reader.targets(one).values() for end in ends})
    return {
        one.id: (
            reader.ref(one.statement.subject),
            property_label(one.statement.type, one.statement.property),
            reader.claim(one),
        )
        for one in said
    }


def through(view: EntityView, row: RelatedView) -> list[Ref]:
    """What links a record to the entity that is shown, where the record does not name that entity itself: a product of it."""
    ids = {view.id, *(one.id for one in view.members)}
    labels = row.role.split(", ")
    named = [claim.entity for one in row.facts if one.label in labels for claim in one.claims if claim.entity]
    return [] if any(one.id in ids for one in named) else list({one.id: one for one in named}.values())


def sayers(row: RelatedView) -> list[str]:
    """Who says what a record says, each once."""
    return list(dict.fromkeys(claim.publisher for one in row.facts for claim in one.claims))
