"""Search and screening for the pages: the two indexes, renewed in the background when the register changes.

Until the new ones are there the old ones answer, but nothing that is gone from the store is shown: each result is looked up.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from django.utils.translation import get_language

from sousveil.errors import SousveilError
from sousveil.register.model import Recorded, Stance
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.score import Query
from sousveil.register.views.model import ClaimView
from sousveil.register.views.reading import Reader

if TYPE_CHECKING:
    from sousveil.register.screening import Screener
    from sousveil.register.screening_model import Hit
    from sousveil.register.search import Search
    from sousveil.register.store import Store

HITS = 10
"""Hits that are shown for one name, besides those that have something against them on file."""
RECORDS = 200
"""Records around a hit whose replies are looked for."""
RECORDS_KEPT = 500
"""Entities whose names and replies are kept between two questions."""
PATHS = 5
"""Chains of ownership that are shown for one hit."""


class HitView(msgspec.Struct, frozen=True, kw_only=True):
    """A name that is alike."""

    entity: str
    name: str
    score: float
    """0 to 1."""
    score_percent: int
    why: list[str]
    """The reasons, in words."""
    about: list[str]
    """What is on file about it, in words: nothing more than lists and documents say, and that being named is no accusation."""
    type: str
    """Its record type."""
    countries: list[str]
    """ISO 3166-1 alpha-2, lower case."""
    dataset: str
    """The data set that it stands in."""
    dataset_title: str
    snapshot: str | None
    """Date of the copy of that data set."""
    path: list[str]
    """Chains of ownership that lead from it to others, nearest first, each in words."""
    page: bool
    """It has a page here."""
    answers: list[ClaimView] = []
    """What those concerned reply."""


def _names(entity: str, said: Iterable[Recorded], row: ReferenceRow | None) -> set[str]:
    """All names that the store gives an entity today, with those that a printed one stands for ("A – B", "A (a.k.a. B)")."""
    from sousveil.register.names import variants
    from sousveil.register.screening import NAME_PROPERTIES

    printed = [row.caption, *row.names] if row is not None else []
    for one in said:
        statement = one.statement
        live = one.retracted is None and one.superseded_by is None and not one.doubtful
        naming = statement.property in NAME_PROPERTIES and statement.stance is Stance.ASSERTS
        if live and naming and statement.subject == entity:
            printed += [statement.value, *([statement.original] if statement.original else [])]
    return {name for text in printed for name in (text, *variants(text))}


class Finding:
    """The two indexes of one register."""

    def __init__(self, store: Store, folder: Path, revision: Callable[[], int]) -> None:
        """`folder`: where the index of the search lies. `revision`: of the store, not older than a second."""
        self._store = store
        self._folder = folder
        self._revision = revision
        self._lock = threading.Lock()
        self._screener: tuple[int, Screener] | None = None
        self._renewing = False
        self._kept: tuple[tuple[int, str | None], dict[str, tuple[set[str], bool, list[ClaimView]]]] = ((-1, ""), {})
        """For a revision of the store and a language what hits show of each entity."""
        self._search: Search | None = None
        self._search_at: tuple[int, int] | None = None
        """Size and revision of the store that the open index is known to show."""
        self._refreshing = threading.Lock()

    def screener(self) -> Screener:
        """The index of names; waits for the first one only."""
        from sousveil.register.screening import Screener

        revision = self._revision()
        have = self._screener
        if have is None:
            with self._lock:
                if self._screener is None:
                    self._screener = (revision, Screener.from_store(self._store))
                return self._screener[1]
        if have[0] != revision and not self._renewing:
            self._renewing = True
            threading.Thread(target=self._renew, args=(revision,), name="screener", daemon=True).start()
        return have[1]

    def _renew(self, revision: int) -> None:
        from sousveil.register.screening import Screener

        try:
            self._screener = (revision, Screener.from_store(self._store))
        except SousveilError:
            pass  # the store was closed, or is away: the index at hand stays, and the next question tries again
        finally:
            self._renewing = False

    def index(self) -> Search:
        """The search index, brought up to the store when nobody else is about it."""
        from sousveil.register.search import Search

        with self._lock:
            if self._search is None:
                self._search = Search.open(self._folder)
        self.refresh()
        return self._search

    def refresh(self) -> None:
        """Bring the search index up to the store: one process writes, the others open anew what it wrote."""
        if self._search is None:
            return
        with self._refreshing:
            store = self._store
            now = (store.size(), store.revision())
            if now == self._search_at:
                return
            if self._search.stale(store):
                self._write(self._search, now)
            else:
                self._reopen(now)

    def _write(self, index: Search, now: tuple[int, int]) -> None:
        with (self._folder / ".lock").open("a+b") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # another process is about it: opened anew when it is done
            if index.stale(self._store):
                index.refresh(self._store)
                self._search_at = now

    def _reopen(self, now: tuple[int, int]) -> None:
        from sousveil.register.search import Search

        self._search = Search.open(self._folder)
        self._search_at = now

    def screen(self, query: Query) -> list[HitView]:
        """The hits for a name, best first. Raises Malformed for a name without a letter or digit."""
        return self.alike(query)[0]

    def alike(self, query: Query) -> tuple[list[HitView], int]:
        """The hits for a name, and how many more are alike and have nothing against them on file. Raises Malformed as `screen`."""
        found = self.screener().found(query, most=HITS)
        seen = [self._seen(hit) for hit in found.hits]
        if None in seen and self._caught_up():
            found = self.screener().found(query, most=HITS)
            seen = [self._seen(hit) for hit in found.hits]
        return [one for one in seen if one is not None], found.left_out

    def _caught_up(self) -> bool:
        """The index of names made anew at once, where it is older than the store: a hit in it was gone."""
        with self._lock:
            revision = self._store.revision()
            if self._screener is not None and self._screener[0] == revision:
                return False
            # in a thread of its own: the index that all share is not counted to the budget of this request
            renewing = threading.Thread(target=self._renew, args=(revision,), name="screener", daemon=True)
            renewing.start()
            renewing.join()
            return True

    def _seen(self, hit: Hit) -> HitView | None:
        """The hit as it is shown; None when the entity has no such name in the store any more, nor a name it comes from."""
        from sousveil.register.intake import intakes
        from sousveil.register.screening_model import chain_words

        names, page, answers = self._recorded(hit.entity)
        if hit.name not in names:
            return None
        known = intakes().get(hit.dataset)
        return HitView(
            entity=hit.entity,
            name=hit.name,
            score=round(hit.score, 4),
            score_percent=round(hit.score * 100),
            why=list(hit.why),
            about=list(hit.about),
            type=hit.type,
            countries=list(hit.countries),
            dataset=hit.dataset,
            dataset_title=known.dataset.title if known else hit.dataset,
            snapshot=hit.snapshot,
            path=[chain_words(hit.name, chain) for chain in hit.path[:PATHS]],
            page=page,
            answers=answers,
        )

    def _recorded(self, entity: str) -> tuple[set[str], bool, list[ClaimView]]:
        """The names of an entity in the store, whether it has a page, and what those concerned reply; kept while the store is the same."""
        store, revision = self._store, self._store.revision()
        kept = self._kept
        if kept[0] != (revision, get_language()) or len(kept[1]) >= RECORDS_KEPT:
            kept = self._kept = ((revision, get_language()), {})
        found = kept[1].get(entity)
        if found is None:
            said = store.statements_of(store.members(entity) or [entity])
            names = _names(entity, said, store.reference(entity))
            found = kept[1][entity] = (names, bool(said), self._answers(said) if said else [])
        return found

    def _answers(self, said: list[Recorded]) -> list[ClaimView]:
        """What those concerned reply to what is said of it, and to the records that name it (a client, a licence)."""
        store = self._store
        pointing = {
            one.statement.subject for one in store.statements_to(sorted({one.statement.subject for one in said}))
        }
        around = store.statements_of(sorted(pointing)[:RECORDS])
        replies = [
            one
            for one in store.replies_to([one.id for one in (*said, *around)])
            if one.retracted is None and one.statement.stance is Stance.DENIES
        ]
        if not replies:
            return []
        reader = Reader(store)
        reader.load({one.statement.subject for one in replies})
        return [reader.claim(one) for one in replies[:HITS]]
