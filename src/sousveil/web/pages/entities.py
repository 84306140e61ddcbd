"""A list of entities, by type, and one statement with all that hangs on it."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple, Self

import msgspec
from pydantic import Field

from sousveil.register.model import Recorded
from sousveil.register.store import Erased
from sousveil.register.types import registry
from sousveil.register.views import words
from sousveil.register.views.model import ClaimView, Ref
from sousveil.register.views.reading import Reader, property_label
from sousveil.register.views.worldmap import BUYING, stage_of
from sousveil.web.boards import board_of, kept
from sousveil.web.columns import table
from sousveil.web.failures import Failure
from sousveil.web.page import EVERYTHING, Answer, Asked, Page
from sousveil.web.site import Site


class Listed(Asked):
    """Which entities."""

    type: str | None = Field(None, max_length=40, description="A record type, for instance `Company`.")
    dataset: str | None = Field(None, max_length=80, description="Only what this data set says something about.")
    letter: str | None = Field(
        None, max_length=1, description="Only names that begin with this letter; `#`: with none.", examples=["n"]
    )
    country: str | None = Field(None, pattern=r"^[a-z]{2,4}$", description="Only of this State, by its code.")
    after: str | None = Field(None, max_length=120, description="The cursor that the answer before gave.")
    limit: int = Field(100, ge=1, le=500)

    @classmethod
    def whole(cls) -> Self:
        """All of them."""
        return cls.model_construct(type=None, dataset=None, letter=None, country=None, after=None, limit=EVERYTHING)


class EntitiesView(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the list of entities: those of one type by name, else in the order of their ids."""

    type: str | None
    label: str
    what: str
    refs: list[Ref]
    stages: dict[str, str]
    """Record id -> how firmly somebody is called a client in it, and by whom; never more than the statement says."""
    count: int = 0
    """Records of the type that fit."""
    letters: dict[str, int] = {}
    """First letter -> how many names of the type begin with it."""
    countries: dict[str, int] = {}
    """State -> how many records of the type it has; the most first."""


class StatementView(msgspec.Struct, frozen=True, kw_only=True):
    """One statement, or what is left of it."""

    id: str
    recorded: int
    """Index of the log entry that carries it."""
    about: Ref | None
    claim: ClaimView | None
    """None: it was erased."""
    label: str = ""
    """What its property is called."""
    erased_index: int | None = None
    """Index of the entry that erased it."""
    erased_ground: str = ""
    erased_by: str = ""


class _Name(NamedTuple):
    """A record in the list by name."""

    key: str
    id: str
    letter: str
    countries: tuple[str, ...]


COUNTRIES_MOST = 20
"""States that the list of a type offers as a filter."""


def _by_name(site: Site, type: str) -> list[_Name]:
    """Returns all records of a type by name; kept while the register does not change."""

    def made() -> list[_Name]:
        board = board_of(site)
        found = []
        for record in board.records[type]:
            key = board.reader.ref(record.id).caption.casefold()
            letter = key[:1] if key[:1].isalpha() else "#"
            found.append(_Name(key, record.id, letter, tuple(board.country_of(record.id))))
        return sorted(found)

    return kept(site, ("by-name", type), made)


def entities(site: Site, asked: Listed) -> Answer:
    """The list."""
    label, what = "Everything", "All entities of every type."
    if asked.type is not None:
        kind = registry.find(asked.type)
        if kind is None:
            raise Failure(400, "There is no such record type.", field="type", hint="Take one that /about names.")
        label, what = kind.plural, kind.what
    listed = _by_name(site, asked.type) if asked.type is not None and asked.dataset is None else None
    if listed is None:
        ids = site.store.subjects(
            type=asked.type, dataset=asked.dataset, after=asked.after or "", limit=asked.limit + 1
        )
        chosen: list[_Name] = []
    else:
        chosen = [
            one
            for one in listed
            if asked.letter in (None, one.letter) and (asked.country is None or asked.country in one.countries)
        ]
        places = {one.id: place for place, one in enumerate(chosen, 1)}
        begin = places.get(asked.after or "", 0)
        ids = [one.id for one in chosen[begin : begin + asked.limit + 1]]
    more = len(ids) > asked.limit
    ids = ids[: asked.limit]
    reader = Reader(site.store)
    reader.load(ids)
    # Links are called after what they link.
    reader.load(
        {end for record in list(reader.records.values()) for ends in reader.targets(record).values() for end in ends}
    )
    refs = list({one.id: one for one in map(reader.ref, ids)}.values())
    view = EntitiesView(
        type=asked.type,
        label=label,
        what=what,
        refs=refs,
        stages={one.id: said for one in refs if (said := _stage(reader, one))},
        count=len(chosen),
        letters=dict(sorted(Counter(one.letter for one in listed or ()).items())),
        countries=dict(Counter(code for one in listed or () for code in one.countries).most_common(COUNTRIES_MOST)),
    )
    return Answer(
        data=view,
        datasets=(asked.dataset,) if asked.dataset else (),
        next=ids[-1] if more else None,
        extra={"kinds": [] if asked.type or asked.dataset or asked.after else _kinds(site)},
    )


def _kinds(site: Site) -> list[tuple[str, str, int]]:
    """Each kind of which there is something: its name, what it is called, how many; the most first."""
    counts = sorted(site.store.counts().entities.items(), key=lambda pair: (-pair[1], pair[0]))
    known = [(name, registry.find(name), count) for name, count in counts if count]
    return [(name, kind.plural if kind else name, count) for name, kind, count in known]


def _stage(reader: Reader, ref: Ref) -> str:
    """The stage of a record that calls somebody a client, in words; empty for all others."""
    record = reader.records.get(ref.id)
    naming = [one for name in BUYING.get(ref.type or "", ()) for one in record.stand(name)] if record else []
    if record is None or not naming:
        return ""
    stage, told = stage_of(record, naming[0])
    return words.client(stage, reader.publisher(told.statement.publisher))


def statement(site: Site, asked: Asked, id: str) -> Answer:
    """One statement by its id."""
    found = site.store.statement(id)
    if found is None:
        raise Failure(404, "There is no statement with this id.", field="id")
    if isinstance(found, Erased):
        view = StatementView(
            id=id,
            recorded=found.recorded,
            about=None,
            claim=None,
            erased_index=found.index,
            erased_ground=found.ground,
            erased_by=found.by,
        )
        return Answer(data=view)
    return Answer(data=_whole(site, found), datasets=(found.statement.dataset,))


def _whole(site: Site, found: Recorded) -> StatementView:
    reader = Reader(site.store)
    reader.load([found.statement.subject])
    replies = site.store.replies_to([found.id])
    reader.load([one.statement.value for one in (found, *replies) if one.statement.value.startswith("sv-")])
    about = reader.records.get(reader.canonical(found.statement.subject))
    if about is not None:  # a link is called after what it links
        reader.load(id for many in reader.targets(about).values() for id in many)
    return StatementView(
        id=found.id,
        recorded=found.recorded,
        about=reader.ref(found.statement.subject),
        claim=reader.claim(found, replies),
        label=property_label(found.statement.type, found.statement.property),
    )


PAGES = (
    Page(
        name="entities",
        route="entities",
        title="Browse",
        what="Entities by type or data set, with a cursor.",
        view=entities,
        result=EntitiesView,
        template="entities.html",
        table=table("refs", "name=caption kind=type_label id"),
        asked=Listed,
        order=10,
    ),
    Page(
        name="statement",
        route="statements/{id}",
        title="Statement",
        what="One statement by its id; what is left of it where it was erased.",
        view=statement,
        result=StatementView,
        template="statement.html",
        parts={"id": str},
        order=14,
    ),
)
