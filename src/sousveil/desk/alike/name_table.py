"""The names of all entities of one kind for bidders: by the very letters, by likeness, by parts, by sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from rapidfuzz.distance.Levenshtein import distance
from rapidfuzz.process import extract

from sousveil.decisions.index import Base
from sousveil.desk.alike.by_ear import ByEar
from sousveil.desk.alike.parts import Parts
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

SLIP_FROM = 10
"""In so many letters that were written as one word one may be a slip, in twice as many two."""
SLIPS = 3

Told = tuple[str, bool]
"""A name as it is written, and whether it names for good."""


class Called(msgspec.Struct, frozen=True, gc=False):
    """What one entity is called."""

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

    def living(self) -> Iterator[int]:
        """The numbers of the names that there are: an index that has grown holds those that are gone, too."""
        return (at for many in self.filed.values() for _, numbers in many for at in numbers)

    def add(self, id: str, called: Called) -> None:
        """File what an entity is called."""
        number = self.numbers[id] = len(self.owners)
        self.owners.append(id)
        self.filed[id] = [
            (text, tuple(at for one in forms if (at := self.index.add(one, number)) is not None))
            for text, forms in zip(called.told, called.forms, strict=True)
        ]


class NameTable:
    """The names of one kind of entity (`LegalEntity` or `SurveillanceProduct`)."""

    def __init__(self, base: Base, kind: str) -> None:
        self.kind = kind
        self.places: dict[str, int] = {}
        """Whoever has a name, and where it comes among all: in the order of the log, and then of the lists."""
        self._called: dict[str, Called] = {}
        self._exact: Filed[str, tuple[str, frozenset[str]]] = Filed()
        self._loose: Filed[str, str] = Filed()
        self._spelt: Filed[str, str] = Filed()
        """By the letters as they are spelt, where that is otherwise than they are compared ("Intl", "Service")."""
        self._sorted: Sorted | None = None
        self._part: Parts | None = None
        self._ear: ByEar | None = None
        self._syllables: ByEar | None = None
        self._gather(base)
        self._file(self._called)

    # What there is

    def _gather(self, base: Base) -> None:
        rows: dict[str, list[ReferenceRow]] = {}
        for row in base.rows.values():
            if is_a(row.type, self.kind) and row.type != "State":
                rows.setdefault(base.canonical(row.id), []).append(row)
        records = {id: base.records[id] for type, ids in base.by_type.items() if is_a(type, self.kind) for id in ids}
        for id in dict.fromkeys((*records, *rows)):
            called = _called(records.get(id), tuple(rows.get(id, ())))
            if called.told:
                self._called[id] = called
                if called.own:
                    self.places[id] = len(self.places)
        for id in rows:
            if id in self._called and id not in self.places:
                self.places[id] = len(self.places)

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
                made.add(id, called)
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


def _called(record: Record | None, rows: tuple[ReferenceRow, ...]) -> Called:
    own = tuple(_own(record)) if record is not None else ()
    told = (*own, *((text, True) for row in rows for text in dict.fromkeys((row.caption, *row.names))))
    forms = tuple(tuple(map(prepare, dict.fromkeys(variants(text)))) for text, _ in told)
    return Called(told, bool(own), forms)


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
