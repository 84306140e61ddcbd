"""Is this name on a list, or in the register? One name or a table of thousands.

A `Screener` holds the names of all entities in memory: those that statements name and the rows of reference lists. A hit
says how alike, why, which snapshot of the list it comes from, and who above or below the entity holds or is held by it,
so that a buyer sees that the parent of a bidder is listed, and in plain words what is on file: a name in documents, a list's
heading, a share register. A hit is a reason to look; nobody is blocked by it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Protocol

from sousveil.errors import Malformed
from sousveil.register.candidates import LISTED, QUIET, TOLD, NameIndex
from sousveil.register.intake.gleif_legal_forms import FORMS
from sousveil.register.intake.registry import intakes
from sousveil.register.model import Recorded, Stance
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.names import Name, prepare, variants
from sousveil.register.score import THRESHOLD, Candidate, Query, adjust, compare, explain, same_kind
from sousveil.register.screening_against import Against
from sousveil.register.screening_entity import Entity as _Entity
from sousveil.register.screening_entity import folded
from sousveil.register.screening_links import Links
from sousveil.register.screening_model import BadRow, Found, Hit, Screened, Step
from sousveil.register.screening_table import read_table
from sousveil.register.screening_told import TELLING, Told
from sousveil.register.types import is_a
from sousveil.register.views import store as views
from sousveil.register.views import words

CUTOFF = 0.5
"""Names below this are not looked at further."""
DEPTH = 6
"""Links of ownership that are followed up or down."""
MOST_PATHS = 50
NAME_PROPERTIES = ("name", "alias", "previousName", "weakAlias", "abbreviation")
SCREENED = ("LegalEntity", "SurveillanceProduct")
"""Only these, and the types that extend them, are screened: names of other records are titles of acts, papers and events."""


class Store(views.Store, Protocol):
    """What is read of a register's store."""

    def reference_iter(self, dataset: str | None = None) -> Iterator[ReferenceRow]:
        """All rows of the reference lists."""


SANCTIONS = frozenset(("us-ofac-sdn", "eu-journal-sanctions"))
"""Reference lists on which an authority has put those it sanctions."""
SHARES = frozenset(("sec-company-tickers",))
"""Reference lists of companies whose shares are traded."""
MOST_HITS = 10
"""Entities that are handed out for a name, besides those that have something against them on file."""
MOST_ABOUT = 12
"""Things on file that are told with a hit."""


class Screener:
    """All entities with their names, ready to be asked. Build it once; it does not change."""

    def __init__(self) -> None:
        self._index = {False: NameIndex(), True: NameIndex()}
        """Persons apart from all others: what is a frequent word differs."""
        self._ids: list[str] = []
        self._number: dict[str, int] = {}
        """Entity that has a name -> its number."""
        self._entities: dict[str, _Entity] = {}
        self._links = Links()
        self._dates: dict[str, str] = {}
        self._canonical: Callable[[str], str] = str
        self._listed: set[str] = set()
        """Canonical ids of those on a reference list."""
        self._told: dict[str, list[Told]] = {}
        """Canonical id -> records that say something about the entity."""
        self._numbers: dict[tuple[str, str], list[int]] = {}
        self._candidates: dict[int, Candidate] = {}
        self._against = Against()
        self._forms: dict[str, frozenset[tuple[str, ...]]] = {}
        """Country -> legal forms there, in folded words, where the operator loaded a list of them."""
        self._before: Callable[[str], object] | None = None

    @classmethod
    def from_store(cls, store: Store) -> Screener:
        """Everything that the store holds. Retracted, replaced and doubtful statements do not count.

        Records are one where people agreed on it: a listing counts for no record that the core only proposes as the same.
        """
        dates = {one.dataset: one.date for one in store.snapshots()}
        agreed = views.clusters_at(store, store.size() - 1)
        return cls.build(store.iter_statements(), store.reference_iter(None), dates, agreed.canonical_of)

    @classmethod
    def build(
        cls,
        statements: Iterable[Recorded] = (),
        rows: Iterable[ReferenceRow] = (),
        snapshots: Mapping[str, str] | None = None,
        canonical: Callable[[str], str] = str,
    ) -> Screener:
        """From statements, rows, the date of each list's snapshot, and the canonical id of an id that people joined."""
        self = cls()
        self._canonical = canonical
        self._dates = dict(snapshots or {})
        told: dict[str, Told] = {}
        for one in statements:
            self._take(one, told)
        for record in told.values():
            for id in dict.fromkeys(canonical(entity) for entity in record.entities):
                self._told.setdefault(id, []).append(record)
        self._links.close(canonical)
        for row in rows:
            if row.type == "State":  # lists of countries are context: nobody is screened against the names of States
                if FORMS in row.data:
                    self._forms.update(dict.fromkeys(row.countries, frozenset(map(folded, row.data[FORMS]))))
                continue
            self._take_row(row)
            self._listed.add(canonical(row.id))
            if row.dataset not in SHARES:
                self._against.listed.add(canonical(row.id))
        self._against.close(canonical)
        self._close()
        return self

    def _take(self, one: Recorded, told: dict[str, Told]) -> None:
        said = one.statement
        if one.retracted is not None or one.doubtful or one.superseded_by is not None:
            return
        self._against.take(said)
        if said.type == "Ownership":
            self._links.take(said)
            return
        if said.type in TELLING:
            record = told.get(said.subject)
            if record is None:
                record = told[said.subject] = Told(said.type, said.publisher)
            record.take(one)
            return
        if not any(is_a(said.type, one) for one in SCREENED):
            return
        entity = self._entities.get(said.subject)
        if entity is None:
            entity = self._entities[said.subject] = _Entity(said.type, said.dataset, said.publisher)
        elif said.type not in entity.kinds:
            entity.kinds.append(said.type)
        if said.stance is not Stance.ASSERTS:
            entity.replies.append(said.value)
        elif said.property == "note":
            entity.notes[said.value, said.publisher] = None
        elif said.property in NAME_PROPERTIES:
            also = [said.original] if said.original and said.original != said.value else []
            entity.name(said.property, [said.value, *also])
        else:
            entity.fact(said.property, said.value, said.publisher)

    def _take_row(self, row: ReferenceRow) -> None:
        entity = self._entities.get(row.id)
        if entity is None:
            entity = self._entities[row.id] = _Entity(row.type, row.dataset)
        entity.listed(row)

    def _close(self) -> None:
        for id, entity in self._entities.items():
            if not entity.names:
                continue
            number = len(self._ids)
            self._ids.append(id)
            self._number[id] = number
            entity.names = list(dict.fromkeys(entity.names))
            kind = LISTED if entity.reference else TOLD if self._weight(number) else QUIET
            names = (*entity.names, *(entity.without_form(self._forms) if self._forms and not entity.person else ()))
            for name in dict.fromkeys(one for printed in names for one in variants(printed)):
                for person in entity.as_person():
                    self._index[person].add(prepare(name, person), number, kind)
            for scheme, value in dict.fromkeys((scheme, value.casefold()) for scheme, value in entity.numbers()):
                self._numbers.setdefault((scheme, value), []).append(number)
        for index in self._index.values():
            index.close()

    def paced(self, before: Callable[[str], object]) -> Screener:
        """The same screener, which calls `before` with each name that it is asked for: what that raises ends the work."""
        made = copy(self)
        made._before = before
        return made

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def ids(self) -> Sequence[str]:
        """The entities that have a name, by their number."""
        return self._ids

    def candidate(self, id: str) -> Candidate:
        """What an entity is compared by. Its names are left out: the index holds them."""
        return self._entities[id].candidate()

    def neighbours(self, id: str) -> Iterator[tuple[str, Name, NameIndex, int, Name]]:
        """Names of other entities that are worth comparing with this entity's names.

        Each with the own name as printed and prepared, the index, the other entity's number and its name.
        """
        entity = self._entities[id]
        index = self._index[entity.person]
        for text in dict.fromkeys(one for printed in entity.names for one in variants(printed)):
            asked = index.weigh(prepare(text, entity.person))
            for at in index.find(asked):
                number = index.owners[at]
                if self._ids[number] != id:
                    yield text, asked, index, number, index.weighed(at)

    def screen(self, query: Query, *, threshold: float = THRESHOLD, most: int = MOST_HITS) -> tuple[Hit, ...]:
        """The entities that this query may mean, best first; see `found`."""
        return self.found(query, threshold=threshold, most=most).hits

    def natural(self, id: str) -> bool:
        """Whether an entity is a natural person: as its list calls it, else as whoever told of it first."""
        entity = self._entities.get(id)
        return entity is not None and entity.person

    def found(
        self,
        query: Query,
        *,
        threshold: float = THRESHOLD,
        most: int = MOST_HITS,
        keep: Collection[str] = (),
        people: bool = True,
    ) -> Found:
        """The entities that this query may mean, and how many of them were left out. Raises Malformed for a name without letter or digit.

        Best first; of those that are as much alike, those with most against them on file, then in the order of the log, which nobody
        chooses. More than `most` are left out, but nobody who has anything against him on file, and nobody of `keep`.

        `people`: natural persons too; where not, only those of `keep`.
        """
        if self._before is not None:
            self._before(query.name)
        if not any(one.isalnum() for one in query.name):
            raise Malformed("This name has no letter and no digit.", hint="Give the name as it is written.")
        own = self._numbers_of(keep)
        best = self._best(query, own, wide=False, people=people)
        good = [number for number, (value, _, _) in best.items() if value >= max(threshold, THRESHOLD)]
        if not good:
            best = self._best(query, own, wide=True, people=people)
        elif not any(self._entities[self._ids[number]].reference for number in good):
            # a name that anybody may file as it is asked for does not stand before one with a slip who has something against him
            for number, one in self._best(query, own, wide=True, people=people).items():
                if (number in own or self._weight(number)) and (number not in best or one[0] > best[number][0]):
                    best[number] = one
        alike = [(value, number) for number, (value, _, _) in best.items() if value >= threshold]
        if len(alike) > 1:
            alike.sort(key=lambda one: (-one[0], -self._weight(one[1]), one[1]))
        every = [number for _, number in alike]
        kept = every[:most]
        kept += [number for number in every[most:] if self._weight(number) or number in own]
        hits = tuple(self._hit(query, number, *best[number][1:]) for number in kept)
        return Found(hits=hits, left_out=len(every) - len(kept))

    def _weight(self, number: int) -> int:
        """How much is on file against an entity; 0: nothing."""
        return self._against.weight(self._canonical(self._ids[number]))

    def _numbers_of(self, ids: Collection[str]) -> frozenset[int]:
        """The numbers of some entities."""
        if not ids:
            return frozenset()
        return frozenset(self._number[id] for id in ids if id in self._number)

    def _best(
        self, query: Query, keep: frozenset[int], *, wide: bool, people: bool
    ) -> dict[int, tuple[float, Name, Name]]:
        """Entity number -> score, the query as it was read, the name that fits best."""
        best: dict[int, tuple[float, Name, Name]] = {}
        for person in self._persons(query):
            index = self._index[person]
            asked = index.weigh(prepare(query.name, person))
            values: dict[str, float] = {}
            for at in index.find(asked, wide=wide, keep=keep):
                if not people and index.owners[at] not in keep and self.natural(self._ids[index.owners[at]]):
                    continue
                name = index.weighed(at)
                value = values.get(name.original, -1.0)
                if value < 0:  # very many may bear one name
                    value = values[name.original] = compare(asked, name, index.words)
                if value < CUTOFF:
                    continue
                number = index.owners[at]
                value = adjust(value, query, self._candidate(number))
                if number not in best or value > best[number][0]:
                    best[number] = (value, asked, name)
        for scheme, value_ in query.identifiers.items():
            for number in self._numbers.get((scheme, value_.casefold()), ()):
                entity = self._entities[self._ids[number]]
                asked, name = prepare(query.name, entity.person), prepare(entity.names[0], entity.person)
                if number not in best:
                    words = self._index[entity.person].words
                    best[number] = (adjust(compare(asked, name, words), query, self._candidate(number)), asked, name)
        return best

    def _persons(self, query: Query) -> tuple[bool, ...]:
        if query.kind is None:
            return (False, True)
        return (
            (True,)
            if query.kind.lower() == "person"
            else (False, True)
            if same_kind(query.kind, "Person")
            else (False,)
        )

    def _candidate(self, number: int) -> Candidate:
        found = self._candidates.get(number)
        if found is None:
            found = self._candidates[number] = self.candidate(self._ids[number])
        return found

    def _hit(self, query: Query, number: int, asked: Name, name: Name) -> Hit:
        id = self._ids[number]
        entity = self._entities[id]
        scored = explain(query, self._candidate(number), asked, name, self._index[name.person].words)
        return Hit(
            entity=id,
            name=name.original,
            score=scored.value,
            why=tuple(one.says for one in scored.features),
            path=tuple(self.paths(id)),
            snapshot=self._dates.get(entity.dataset),
            dataset=entity.dataset,
            type=entity.type,
            countries=self._candidate(number).all_countries,
            replies=tuple(entity.replies),
            about=self.about(id),
            against=self._weight(number) > 0,
        )

    def about(self, id: str) -> tuple[str, ...]:
        """In plain words what is on file about an entity: lists and documents that name it, else where it occurs."""
        entity = self._entities[id]
        found = [one.words(self._called) for one in self._told.get(self._canonical(id), ())]
        known = intakes().get(entity.dataset)
        title, by = (
            (known.dataset.title, known.dataset.publisher)
            if known
            else (entity.dataset, self._called(entity.publisher))
        )
        if entity.reference:
            says = (
                words.on_file_sanctions
                if entity.dataset in SANCTIONS
                else words.on_file_shares
                if entity.dataset in SHARES
                else words.on_file_reference
            )
            found.append(says(title, by))
        elif not found:
            found.append(words.on_file_source(title, by) if known else words.on_file_direct(by))
        notes = (words.on_file_note(note, self._called(by)) for note, by in entity.notes)
        return (*tuple(dict.fromkeys(found))[:MOST_ABOUT], *notes)

    def _called(self, publisher: str) -> str:
        """A publisher as people call it: an entity by its name."""
        entity = self._entities.get(publisher) or self._entities.get(self._canonical(publisher))
        return entity.names[0] if entity is not None and entity.names else publisher

    def paths(self, id: str) -> Iterator[tuple[Step, ...]]:
        """Chains of ownership from an entity, up and down, nearest first; an entity is visited once each way."""
        told = 0
        for links, says in ((self._links.owners, "owner of"), (self._links.owned, "owned by")):
            start = self._canonical(id)
            seen = {start}
            level: list[tuple[str, tuple[Step, ...]]] = [(start, ())]
            for _ in range(DEPTH):
                below: list[tuple[str, tuple[Step, ...]]] = []
                for at, path in level:
                    for other, percentage, until in links.get(at, ()):
                        if other in seen:
                            continue
                        seen.add(other)
                        entity = self._entities.get(other)
                        name = entity.names[0] if entity and entity.names else other
                        listed = other in self._listed
                        step = Step(
                            entity=other, name=name, link=says, percentage=percentage, listed=listed, until=until
                        )
                        below.append((other, (*path, step)))
                        yield below[-1][1]
                        told += 1
                        if told >= MOST_PATHS:
                            return
                level = below

    def screen_table(
        self, path: Path, *, threshold: float = THRESHOLD, example: bool = False
    ) -> Iterator[Screened | BadRow]:
        """Screens a CSV file row by row: `name`, and where present `country`, `kind`, `date`, `identifier:SCHEME`.

        A row that cannot be screened is a `BadRow`, and the next one follows. Raises Malformed where the file is no table
        with a column `name`. A country that is not known is left out of the question, and the result warns of it. `example`: countries
        may be invented ones.
        """
        for one in read_table(path, example=example):
            if isinstance(one, BadRow):
                yield one
                continue
            line, query, warnings = one
            found = self.found(query, threshold=threshold)
            yield Screened(query=query, hits=found.hits, left_out=found.left_out, line=line, warnings=warnings)
