"""Who says it, and about whom: what templates ask where a view has only ids or statements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from sousveil.register.views import words
from sousveil.register.views.model import EntityView, RelatedView
from sousveil.register.views.model_base import Frame, Ref
from sousveil.register.views.reading import Reader
from sousveil.register.views.voices import Sayers, publishers_in
from sousveil.web.site import Site

if TYPE_CHECKING:
    from sousveil.web.pages.screening import ScreenedView


class RowSayers(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands behind the stage that a row shows, and behind its standing; the two are often not the same."""

    stage: list[str]
    """Empty where those of the standing say the stage as well."""
    standing: Sayers


def refs_of(site: Site, ids: Iterable[str]) -> dict[str, Ref]:
    """Entities by their names, all read at once; a link is called after what it links."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    reader = Reader(site.store)
    reader.load(wanted)
    reader.load_ends()
    return {id: reader.ref(id) for id in wanted}


def hits_of(results: Iterable[ScreenedView]) -> list[str]:
    """The entities that a page of hits names: those that have a page, and what is replied to."""
    hits = [hit for one in results for hit in one.hits]
    return [
        *(hit.entity for hit in hits if hit.page),
        *(reply.subject for hit in hits for reply in hit.answers),
    ]


def publishers_of(site: Site, frame: Frame | None, rows: Iterable[Any]) -> dict[str, Sayers]:
    """Who says something of the record of each row, who does so less firmly than the row shows, who denies it: all read at once."""
    reader = Reader(site.store, known_at=frame.known_at if frame else None)
    shown = {row.ref.id: getattr(row, "standing", None) for row in rows}
    reader.load(shown)
    found = {id: reader.records.get(reader.canonical(id)) for id in shown}
    told = {
        id: publishers_in(record, shown[id]) if record else Sayers(says=[], denies=[]) for id, record in found.items()
    }
    reader.load({one for who in told.values() for one in (*who.says, *who.also, *who.denies) if one.startswith("sv-")})

    def called(names: list[str]) -> list[str]:
        return sorted({reader.publisher(one) for one in names})

    return {
        id: Sayers(says=called(who.says), also=called(who.also), denies=called(who.denies)) for id, who in told.items()
    }


def through(view: EntityView, row: RelatedView) -> list[Ref]:
    """What links a record to the entity that is shown, where the record does not name that entity itself: a product of it."""
    ids = {view.id, *(one.id for one in view.members)}
    labels = row.role.split(", ")
    naming = [one for one in row.facts if one.label in labels]
    named = [claim.entity for one in naming for claim in one.claims if claim.entity]
    if any(one.more for one in naming) or any(one.id in ids for one in named):
        return []  # of a long list the entity itself may be among those that are not shown
    return list({one.id: one for one in named}.values())


def sayers(view: EntityView, row: RelatedView) -> RowSayers:
    """Who says the stage and the standing that a row shows: never one publisher's word in another's mouth."""
    claims = [claim for one in row.facts for claim in one.claims]
    all_claims = [*claims, *(answer for one in claims for answer in one.answers)]
    saying = [one for one in all_claims if one.stands and one.property != "reply"]
    stage = [
        one.publisher
        for one in saying
        if row.stage and one.property == "stage" and one.value == row.stage and one.display == row.stage_words
    ]
    standing = _carrying(view, row)
    named = {*stage, *standing}
    also = _once(one.publisher for one in saying if one.publisher not in named)
    if row.client_words and len(named) == 1 and not also:
        stage, standing = [], []  # the words of a client name who says it
    return RowSayers(
        stage=[] if set(stage) == set(standing) else _once(stage),
        standing=Sayers(
            says=_once(standing),
            also=also,
            denies=_once(
                one.publisher
                for one in all_claims
                if one.stance == "denies" and one.retracted is None and one.superseded_by is None and not one.doubtful
            ),
        ),
    )


def _carrying(view: EntityView, row: RelatedView) -> list[str]:
    """Publishers of the claims that give a row its standing: the strongest of each property that links, of these the weakest."""
    ids, labels = {view.id, *(one.id for one in view.members)}, row.role.split(", ")
    standing = {one.name: [*(each for each in one.claims if each.stands)] for one in row.facts}
    naming = [
        one.name
        for one in row.facts
        if any(each.entity and (one.label in labels or each.entity.id not in ids) for each in standing[one.name])
    ]
    found = []
    for name in naming or standing:
        strongest = words.strongest([each.standing for each in standing[name]])
        if strongest == row.standing:
            found += [each.publisher for each in standing[name] if each.standing == strongest]
    return found


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
