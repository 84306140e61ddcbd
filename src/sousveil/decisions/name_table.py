"""What entities of one kind are called, sorted: by the very letters, by likeness, by parts, by ear. It grows as its register does.

A table is made from that of the base before: of whoever has the names that it had nothing is read or sorted again. The table that was
there stays as it is, and what is found in the new one is what would be found in one that is made of the base alone: in which order things
were filed decides nothing. docs/decisions/0059-the-index-of-names-grows.md says how.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from rapidfuzz.distance.Levenshtein import distance
from rapidfuzz.process import extract

from sousveil.decisions.by_ear import ByEar
from sousveil.decisions.index import Base
from sousveil.decisions.parts import Parts
from sousveil.register.candidates import NameIndex
from sousveil.register.filed import Filed
from sousveil.register.model import Recorded, Stance
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.names import Name, prepare, variants
from sousveil.register.types import is_a
from sousveil.register.views.records import Record, stands

FIRM = ("name", "alias", "previousName")
"""Properties that name an entity for good."""
LOOSE = ("weakAlias", "abbreviation")
"""Names that many bear: they give candidates and identify nobody."""

SPARE = 1000
"""So many names that are gone stay in an index whatever its size; where more than half of it is gone it is made anew."""

SLIP_FROM = 10
"""In so many letters that were written as one word one may be a slip, in twice as many two."""
SLIPS = 3

Told = tuple[str, bool]
"""A name as it is written, and whether it names for good."""


class Called(msgspec.Struct, frozen=True, gc=False):
    """What one entity is called."""

    record: Record | None
    """Where that was read; the same object says the same."""
    rows: tuple[ReferenceRow, ...]
    told: tuple[Told, ...]
    own: bool
    """Some of these stand in the record."""
    forms: tuple[tuple[Name, ...], ...]
    """The names that each of these stands for."""


class Sorted(msgspec.Struct, frozen=True):
    """The names of a table under their words, for those that are alike; made when the first such name is asked for."""

    index: NameIndex
    owners: list[str]
    """Entities, by the number that the index has of them."""
    numbers: dict[str, int]
    filed: dict[str, list[tuple[Told, tuple[int, ...]]]]
    """Entity -> the numbers of the names that each thing which it is called stands for."""

    def grown(self) -> Sorted:
        """A copy that takes more."""
        return Sorted(self.index.grown(), list(self.owners), dict(self.numbers), dict(self.filed))

    def living(self) -> Iterator[int]:
        """The numbers of the names that there are: an index that has grown holds those that are gone, too."""
        return (at for many in self.filed.values() for _, numbers in many for at in numbers)

    def add(self, id: str, called: Called, known: Counter[Told]) -> Iterator[int]:
        """File what an entity is called, but for what is filed already; gives the numbers."""
        number = self.numbers.get(id)
        if number is None:
            number = self.numbers[id] = len(self.owners)
            self.owners.append(id)
        filed = list(self.filed.get(id, ()))
        left = Counter(known)
        for told, forms in zip(called.told, called.forms, strict=True):
            if left[told]:
                left[told] -= 1
                continue
            numbers = tuple(at for one in forms if (at := self.index.add(one, number)) is not None)
            filed.append((told, numbers))
            yield from numbers
        self.filed[id] = filed

    def drop(self, id: str, gone: Counter[Told]) -> set[int]:
        """Forget what an entity is called no more; gives the numbers."""
        kept, found = list[tuple[Told, tuple[int, ...]]](), set[int]()
        for told, numbers in self.filed.get(id, ()):
            if gone[told]:
                gone[told] -= 1
                found.update(numbers)
            else:
                kept.append((told, numbers))
        self.filed[id] = kept
        return found


class NameTable:
    """The names of one kind of entity (`LegalEntity` or `SurveillanceProduct`)."""

    def __init__(self, base: Base, kind: str, before: NameTable | None = None) -> None:
        """`before`: the table of another state of the same register."""
        self.kind = kind
        self.places: dict[str, int] = {}
        """Whoever has a name, and where it comes among all: in the order of the log, and then of the lists."""
        self.read = 0
        """Of so many it was looked up what they are called."""
        self.prepared = 0
        """So many names were sorted."""
        self._called: dict[str, Called] = {}
        self._exact: Filed[str, tuple[str, frozenset[str]]] = Filed()
        self._loose: Filed[str, str] = Filed()
        self._spelt: Filed[str, str] = Filed()
        """By the letters as they are spelt, where that is otherwise than they are compared ("Intl", "Service")."""
        self._sorted: Sorted | None = None
        self._part: Parts | None = None
        self._ear: ByEar | None = None
        self._syllables: ByEar | None = None
        self._gather(base, before)
        if before is None:
            self._file(self._called)
        else:
            self._grow(before)

    # What there is

    def _gather(self, base: Base, before: NameTable | None) -> None:
        known = before._called if before is not None else {}
        rows: dict[str, list[ReferenceRow]] = {}
        for row in base.rows.values():
            if is_a(row.type, self.kind) and row.type != "State":
                rows.setdefault(base.canonical(row.id), []).append(row)
        records = {id: base.records[id] for type, ids in base.by_type.items() if is_a(type, self.kind) for id in ids}
        for id in dict.fromkeys((*records, *rows)):
            called = self._of(known.get(id), records.get(id), tuple(rows.get(id, ())))
            if called.told:
                self._called[id] = called
                if called.own:
                    self.places[id] = len(self.places)
        for id in rows:
            if id in self._called and id not in self.places:
                self.places[id] = len(self.places)

    def _of(self, known: Called | None, record: Record | None, rows: tuple[ReferenceRow, ...]) -> Called:
        if known is not None and known.record is record and known.rows == rows:
            return known
        self.read += 1
        own = tuple(_own(record)) if record is not None else ()
        told = (*own, *((text, True) for row in rows for text in dict.fromkeys((row.caption, *row.names))))
        if known is not None and known.told == told:
            return Called(record, rows, told, bool(own), known.forms)
        self.prepared += len(told)
        forms = tuple(tuple(map(prepare, dict.fromkeys(variants(text)))) for text, _ in told)
        return Called(record, rows, told, bool(own), forms)

    def _file(self, ids: Iterable[str]) -> None:
        for id in ids:
            called = self._called[id]
            for (_, firm), forms in zip(called.told, called.forms, strict=True):
                for name in forms:
                    if name.joined and firm:
                        self._exact.add(name.joined, (id, name.forms))
                    elif name.joined:
                        self._loose.add(name.joined, id)
                    spelt = "".join(name.spelt)
                    if spelt != name.joined:
                        self._spelt.add(spelt, id)

    def _grow(self, before: NameTable) -> None:
        old, new = before._called, self._called
        changed = [id for id, one in new.items() if id not in old or old[id].told != one.told]
        gone = [id for id in (*old.keys() - new.keys(), *changed) if id in old]
        self._exact, self._loose, self._spelt = before._exact.copy(), before._loose.copy(), before._spelt.copy()
        words = {name.joined for id in gone for forms in old[id].forms for name in forms}
        several = set(gone)
        for word in words:
            self._exact.drop([word], [one for one in self._exact.get(word) if one[0] in several])
            self._loose.drop([word], several)
        self._spelt.drop({"".join(name.spelt) for id in gone for forms in old[id].forms for name in forms}, several)
        self._file(changed)
        if before._sorted is None or len(before._sorted.index) > 2 * before._sorted.index.words.names + SPARE:
            return  # nobody asked yet, or most of it is of names that are gone
        made = self._sorted = before._sorted.grown()
        dropped = set[int]()
        for id in gone:
            dropped |= made.drop(id, _times(old[id]) - _times(new.get(id)))
        made.index.drop(dropped)
        added = [number for id in changed for number in made.add(id, new[id], _times(old.get(id)))]
        self._part = before._part.grown(made.index, dropped, added) if before._part is not None else None
        self._ear = before._ear.grown(made.index, dropped, added) if before._ear is not None else None
        self._syllables = before._syllables.grown(made.index, dropped, added) if before._syllables is not None else None

    # What is asked

    def exact(self, joined: str) -> list[tuple[str, frozenset[str]]]:
        """Who bears a name of these letters for good, with its legal forms, in the order of their places."""
        found = self._exact.get(joined)
        return sorted(found, key=lambda one: self.places[one[0]])

    def loose(self, joined: str) -> Sequence[str]:
        """Who bears it loosely."""
        return self._loose.get(joined)

    def spelt(self, letters: str) -> Sequence[str]:
        """Who bears a name that is spelt with these letters, where it is compared by others."""
        return self._spelt.get(letters)

    def near(self, letters: Iterable[str]) -> Iterator[str]:
        """The letters of names that differ by slips from these, which are those of several words that were written as one."""
        known = [*self._exact, *self._loose, *self._spelt]
        for one in letters:
            if len(one) >= SLIP_FROM:
                most = min(len(one) // SLIP_FROM, SLIPS)
                yield from (each for each, *_ in extract(one, known, scorer=distance, score_cutoff=most, limit=None))

    @property
    def sorted(self) -> Sorted:
        """The names under their words."""
        if self._sorted is None:
            made = Sorted(NameIndex(), [], {}, {})
            for id, called in self._called.items():
                all(True for _ in made.add(id, called, Counter()))
            made.index.close()
            self._sorted = made
        return self._sorted

    @property
    def parts(self) -> Parts:
        """The names by what they may be told in part by."""
        if self._part is None:
            self._part = Parts(self.sorted.index, self.sorted.living())
        return self._part

    @property
    def ear(self) -> ByEar:
        """The names by how they sound."""
        if self._ear is None:
            self._ear = ByEar(self.sorted.index, self.sorted.living())
        return self._ear

    @property
    def syllables(self) -> ByEar:
        """The names by how they sound in scripts of syllables; made when such a name is asked for."""
        if self._syllables is None:
            self._syllables = ByEar(self.sorted.index, self.sorted.living(), syllables=True)
        return self._syllables


def _times(called: Called | None) -> Counter[Told]:
    """How often an entity is called something."""
    return Counter(called.told) if called is not None else Counter()


def _own(record: Record) -> Iterator[Told]:
    for name in (*FIRM, *LOOSE):
        for one in record.by_property.get(name, ()):
            if counts(one):
                yield one.statement.value, name in FIRM
                if one.statement.original and one.statement.original != one.statement.value:
                    yield one.statement.original, name in FIRM


def counts(one: Recorded) -> bool:
    """Whether a statement names somebody."""
    return one.statement.stance is not Stance.DENIES and stands(one)
