"""Search over a register: an index in `DIR/search` that follows the store.

The index holds what the store holds now: a statement that was retracted, replaced, put in doubt or erased is not in it.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal, Protocol

from sousveil.errors import Usage
from sousveil.register.identity import JUDGEMENT
from sousveil.register.model import Recorded, Stance
from sousveil.register.search.model import (
    DEEPEST,
    FACETS,
    LARGEST_PAGE,
    MOST_WORDS,
    PAGE,
    Document,
    Engine,
    Found,
    Results,
)
from sousveil.register.search.words import folded, highlights

FORMAT = 1
BATCH = 500
NAMES = ("name", "title", "alias", "previousName", "weakAlias", "abbreviation")
COUNTRIES = frozenset(("country", "jurisdiction", "nationality", "mainCountry", "destination"))
STANDINGS = ("confirmed", "forensically_attributed", "reported", "alleged")


class Store(Protocol):
    """What is read of a register's store."""

    def size(self) -> int:
        """Entries of the log."""

    def revision(self) -> int:
        """Grows with each change."""

    def subjects(
        self, *, type: str | None = None, dataset: str | None = None, after: str = "", limit: int = 100
    ) -> list[str]:
        """Ids of entities."""

    def statements_of(
        self, subjects: Sequence[str], *, as_of: str | None = None, known_at: int | None = None
    ) -> list[Recorded]:
        """What is said about them."""

    def canonicals(self, ids: Sequence[str]) -> dict[str, str]:
        """Canonical ids of those that were joined."""

    def members(self, id: str) -> list[str]:
        """All ids of a cluster."""

    def changes(self, since: int = 0) -> Iterator[Change]:
        """What entries did."""


class Change(Protocol):
    """One change of a statement."""

    @property
    def id(self) -> str:
        """The statement."""

    @property
    def recorded(self) -> Recorded | None:
        """It, unless erased."""


class Search:
    """An open index."""

    def __init__(self, engine: Engine, state: Path) -> None:
        self._engine = engine
        self._state = state

    @classmethod
    def open(cls, folder: Path, *, engine: Literal["auto", "tantivy", "fts5"] = "auto") -> Search:
        """The index in this folder, made empty where there is none. `auto`: tantivy where it is installed, else FTS5."""
        if engine == "auto":
            engine = "tantivy" if importlib.util.find_spec("tantivy") else "fts5"
        folder.mkdir(parents=True, exist_ok=True)
        made: Engine
        if engine == "tantivy":
            from sousveil.register.search.tantivy_engine import TantivyEngine

            made = TantivyEngine(folder / "tantivy")
        else:
            from sousveil.register.search.fts_engine import FtsEngine

            made = FtsEngine(folder / "search.sqlite")
        return cls(made, folder / f"{engine}.json")

    def close(self) -> None:
        """Lets go of files."""
        self._engine.close()

    def query(
        self, text: str, facets: Mapping[str, Sequence[str]] | None = None, page: int = 1, size: int = PAGE
    ) -> Results:
        """One page of the entities that have all the words, in any script; with no words, all. Raises Usage."""
        chosen = {name: list(values) for name, values in (facets or {}).items() if values}
        for name in chosen:
            if name not in FACETS:
                raise Usage(f"There is no facet “{name}”.", hint="Facets are " + ", ".join(FACETS) + ".")
        if page < 1 or not 1 <= size <= LARGEST_PAGE or page * size > DEEPEST:
            raise Usage(
                f"Page {page} of {size} hits cannot be shown.",
                hint=f"A page has 1 to {LARGEST_PAGE} hits; the first {DEEPEST:,} can be paged to. The bulk files hold all.",
            )
        words = list(dict.fromkeys(folded(text[:1000])))[:MOST_WORDS]
        if not words and text.strip():
            return Results(
                total=0, hits=(), facets=dict.fromkeys(FACETS, ()), about=False, page=page, size=size, tolerant=False
            )
        answer = self._engine.query(words, chosen, (page - 1) * size, size)
        return Results(
            total=answer.total,
            hits=tuple(
                Found(
                    id=one.id,
                    name=one.names[0],
                    type=one.type,
                    countries=one.countries,
                    datasets=one.datasets,
                    standings=one.standings,
                    score=round(score, 4),
                    highlights=highlights(one, words, answer.tolerant),
                )
                for score, one in answer.hits
            ),
            facets={name: tuple(values) for name, values in answer.facets.items()},
            about=answer.about,
            page=page,
            size=size,
            tolerant=answer.tolerant,
        )

    # Following the store

    def stale(self, store: Store) -> bool:
        """Did the store change since the index was last brought up to it?"""
        return self._read_state() != (store.size(), store.revision())

    def refresh(self, store: Store) -> int:
        """Brings the index up to the store: what changed, or all where the index is new. Gives the entities indexed anew."""
        size, revision = store.size(), store.revision()
        state = self._read_state()
        if state is None or state[0] > size:
            return self.rebuild(store)
        if state == (size, revision):
            return 0
        touched, erased = set[str](), []
        for change in store.changes(state[0]):
            if change.recorded is None:
                erased.append(change.id)
                continue
            said = change.recorded.statement
            touched.add(said.subject)
            if said.type == JUDGEMENT and said.property in ("left", "right"):
                touched.add(said.value)
            elif said.type == JUDGEMENT:
                touched |= _judged(store, said.subject)
        touched |= self._engine.members_of(statements=erased)
        # Clusters as they were and as they are now: a join or a split touches all their members.
        touched |= self._engine.members_of(members=sorted(touched))
        for id in list(touched):
            touched.update(store.members(id))
        self._engine.delete(sorted(touched))
        count = self._put(store, sorted(touched))
        self._engine.commit()
        self._write_state(size, revision)
        return count

    def rebuild(self, store: Store) -> int:
        """Makes the index anew. Gives how many entities it holds."""
        size, revision = store.size(), store.revision()
        self._state.unlink(missing_ok=True)
        self._engine.clear()
        count, after = 0, ""
        done: set[str] = set()
        while ids := store.subjects(after=after, limit=BATCH):
            after = ids[-1]
            count += self._put(store, ids, done)
        self._engine.commit()
        self._write_state(size, revision)
        return count

    def fill(self, documents: Iterable[Document]) -> int:
        """Adds documents that were made elsewhere (measurements, tests). Gives how many."""
        count, rest = 0, iter(documents)
        while part := list(islice(rest, 10_000)):
            self._engine.put(part)
            count += len(part)
        self._engine.commit()
        return count

    def _put(self, store: Store, ids: Sequence[str], done: set[str] | None = None) -> int:
        joined = store.canonicals(ids)
        heads = list(dict.fromkeys(joined.get(id, id) for id in ids))
        if done is not None:
            heads = [id for id in heads if id not in done]
            done.update(id for id in heads if id in joined.values())
        members = {id: tuple(store.members(id)) if id in joined.values() else (id,) for id in heads}
        count = 0
        for at in range(0, len(heads), BATCH):
            part = heads[at : at + BATCH]
            of = {member: head for head in part for member in members[head]}
            said: dict[str, list[Recorded]] = {head: [] for head in part}
            for one in store.statements_of(list(of)):
                said[of[one.statement.subject]].append(one)
            made = [made for head in part if (made := document(head, members[head], said[head])) is not None]
            self._engine.put(made)
            count += len(made)
        return count

    def _read_state(self) -> tuple[int, int] | None:
        try:
            told = json.loads(self._state.read_text(encoding="utf-8"))
            return (int(told["size"]), int(told["revision"])) if told["format"] == FORMAT else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write_state(self, size: int, revision: int) -> None:
        text = json.dumps({"format": FORMAT, "size": size, "revision": revision})
        beside = self._state.with_suffix(".new")
        beside.write_text(text + "\n", encoding="utf-8")
        beside.replace(self._state)


def _judged(store: Store, judgement: str) -> set[str]:
    """The two ids that a judgement is about."""
    said = (one.statement for one in store.statements_of([judgement]))
    return {one.value for one in said if one.property in ("left", "right")}


def document(id: str, members: tuple[str, ...], statements: Sequence[Recorded]) -> Document | None:
    """What the index holds of an entity; None where nothing of it has a name or stands any more.

    Values that are denied are words of the entity too: whoever searches them finds claim and reply side by side.
    """
    names: list[tuple[int, str]] = []
    texts: list[str] = []
    countries, datasets, standings = set[str](), set[str](), set[str]()
    kind = ""
    live = []
    for one in statements:
        said = one.statement
        if one.retracted is not None or one.superseded_by is not None or one.doubtful or said.type == JUDGEMENT:
            continue
        live.append(one.id)
        kind = kind or said.type
        datasets.add(said.dataset)
        standings.add(str(said.standing))
        if said.property in NAMES and said.stance is not Stance.DENIES:
            names.append((NAMES.index(said.property), said.value))
            if said.original and said.original != said.value:
                names.append((len(NAMES), said.original))
        elif said.property in COUNTRIES:
            countries.add(said.value)
        elif not said.value.startswith("sv-"):
            texts.append(said.value)
    if not names:
        return None
    names.sort(key=lambda one: one[0])
    return Document(
        id=id,
        members=members,
        type=kind,
        names=tuple(dict.fromkeys(name for _, name in names)),
        texts=tuple(dict.fromkeys(texts)),
        countries=tuple(sorted(countries)),
        datasets=tuple(sorted(datasets)),
        standings=tuple(one for one in STANDINGS if one in standings),
        statements=tuple(live),
    )
