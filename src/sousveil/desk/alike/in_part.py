"""Names told in part: one word of several, initials, the words in another order, or what an office is called in another language.

"Harbour", "HST", "H.S.", "Signals Harbour" and "Harbour Technologien" for "Harbour Signals Technologies Ltd"; "Innenministerium" for
"Ministry of the Interior". A name is found where each word of the question has its place in it. Who is found so is a candidate and
nobody's identity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain

import msgspec

from sousveil.desk.alike.charged import QUIET, Trait
from sousveil.desk.alike.name_table import NameTable
from sousveil.desk.alike.parts import COMMON, LONGEST, initials
from sousveil.register.names import prepare
from sousveil.register.names_tables import kind
from sousveil.register.names_translated import COUNTRY, Meaning, meanings
from sousveil.register.scripts import is_han

MOST = 100
"""So many names told in part are looked at, if they are no more. Of more it is all of whom something is on file, and of the others one of
each kind and seat, or as many as there is room for."""
KEPT = 1 << 12
"""Names that were asked about, whose candidates are kept."""
SLIP = 6
"""A word of so many letters may hold a slip."""
CHARACTERS = 4
"""Of so many Chinese characters or more one may be another."""
SAME = 0.8
"""How alike two words are that differ by a slip."""

Unit = tuple[str, Meaning]
"""A word of a name (empty for a phrase or a part of a compound), and what it may mean."""


class Told(msgspec.Struct, frozen=True):
    """Whose names one tells in part."""

    ids: tuple[str, ...] = ()
    """Those who are looked at, first those on a list."""
    charged: tuple[str, ...] = ()
    """Those of them against whom something may be on file."""
    left_out: int = 0
    """How many more there are, of whom nothing is on file that a rule could rest on."""


class InPart:
    """Those of a base whose names are told in part, by the names of a table."""

    def __init__(
        self,
        table: NameTable,
        seats: Callable[[str], Collection[str]],
        rank: Callable[[str], int],
        traits: Callable[[str], Collection[Trait]],
    ) -> None:
        """`seats`: the countries that are on file for an owner, as codes. `rank`, `traits`: what may be on file against it, and what it is
        and where (`charged.py`)."""
        self._index, self._owners, self._places = table.sorted.index, table.sorted.owners, table.places
        self._parts_of, self._seats, self._rank, self._traits = table.parts, seats, rank, traits
        self._told: dict[str, Told] = {}

    def find(self, text: str) -> Told:
        """Whose names are told in part by this one.

        One word that very many companies and offices have means nobody by itself but those of whom something is on file, if there are any.
        """
        kept = self._told.get(text)
        if kept is None:
            if len(self._told) >= KEPT:
                self._told.clear()
            kept = self._told[text] = self._find(text)
        return kept

    def _find(self, text: str) -> Told:
        query = prepare(text)
        units = meanings(query.words)
        names = {*self._parts(units, query.consonantal), *self._characters(query.words)}
        if len(query.words) == 1 and not query.words[0].isdigit():
            for one in {query.words[0], "".join((*query.words, *query.taken))}:
                names.update(self._parts_of.initials(one))
        owners = {self._owners[at] for at in set(map(self._index.owners.__getitem__, names))}
        ranks = {one: self._rank(one) for one in owners}
        found = sorted(owners, key=lambda one: (ranks[one], self._places[one]))
        charged = [one for one in found if ranks[one] < QUIET]
        looked = found
        if len(found) > MOST:
            common = len(units) == 1 and kind(units[0][0]) in COMMON
            looked = (
                charged if common and charged else [*charged, *self._quiet(found[len(charged) :], MOST - len(charged))]
            )
        ids = tuple(looked)
        return Told(ids, ids[: len(charged)], len(found) - len(looked))

    def _quiet(self, many: Sequence[str], room: int) -> list[str]:
        """Of those of whom nothing is on file: who brings a kind or a seat that nobody before it did, and the first that have room."""
        seen = set[Trait]()
        telling = dict[str, None]()
        for one in many:
            new = seen.union(self._traits(one))
            if len(new) > len(seen):
                seen, telling[one] = new, None
        more = [one for one in many if one not in telling][: max(0, room - len(telling))]
        return sorted((*telling, *more), key=self._places.__getitem__)

    def _parts(self, units: Sequence[Unit], consonantal: Collection[str]) -> Iterator[int]:
        """Names in which every unit has its place."""
        ways = [self._words(word, meaning, word in consonantal) for word, meaning in units]
        if any(way is None and len(word) > LONGEST for way, (word, _) in zip(ways, units, strict=True)):
            return
        leading = [at for at, way in enumerate(ways) if way is not None and not _country(units[at][1])]
        if not leading:
            leading = [at for at, way in enumerate(ways) if way is not None]
        if not leading:
            return
        first = min(leading, key=lambda at: self._size(ways[at] or (), units[at][1]))
        others = [(units[at], way) for at, way in enumerate(ways) if at != first]
        own = 2 if _telling(units[first]) else 1
        for number in self._names(ways[first] or (), units[first][1]):
            weight, guessed = own, False
            for unit, way in others:
                found = self._has(number, unit, way)
                if found is None:
                    break
                weight += found
                guessed = guessed or not found
            else:
                if weight > 1 or not guessed or self._whole(number, units, ways):
                    yield number

    def _characters(self, words: Sequence[str]) -> Iterator[int]:
        """Names in Chinese characters that have all of these but one: each is a word, and a slip changes one, or a way to write it."""
        asked = {word for word in words if is_han(word[0])}
        if len(asked) < CHARACTERS or len(asked) < len(set(words)):
            return
        counted = Counter(chain.from_iterable(map(self._index.having, asked)))
        yield from (number for number, many in counted.items() if many >= len(asked) - 1)

    def _whole(self, number: int, units: Sequence[Unit], ways: Sequence[frozenset[str] | None]) -> bool:
        """Whether each word of a name stands in the question, written out or by its first letter, in their order: "H. C. Technology" for
        "Harbour Cranes Technology" tells no word that few have, and yet the whole."""
        rest = meanings(self._index.names[number].words)
        letters = ""
        for (word, meaning), way in zip(units, ways, strict=True):
            fits = (
                at for at, (other, says) in enumerate(rest) if (way and other in way) or not meaning.isdisjoint(says)
            )
            at = next(fits, None)
            if at is not None:
                del rest[at]
            elif meaning:
                return False
            else:
                letters += word
        return len(letters) > 1 and letters == "".join(word[:1] for word, _ in rest)

    def _words(self, word: str, meaning: Meaning, consonantal: bool) -> frozenset[str] | None:
        """Words of the index that a word may stand for; None for a letter, and where no name has it."""
        if len(word) == 1 and word.isascii():
            return None
        if not word:
            return frozenset()
        near = self._index.near(word, consonantal, SAME) if len(word) >= SLIP and not meaning else ()
        found = frozenset(near) | ({word} if self._index.words.known(word) else frozenset())
        return found if found or meaning else None

    def _size(self, words: Collection[str], meaning: Meaning) -> int:
        known = self._index.words.count
        return sum(known.get(word, 0) for word in words) + sum(len(self._parts_of.meant(key)) for key in meaning)

    def _names(self, words: Collection[str], meaning: Meaning) -> set[int]:
        return {
            *chain.from_iterable(self._index.having(word) for word in words),
            *chain.from_iterable(map(self._parts_of.meant, meaning)),
        }

    def _has(self, number: int, unit: Unit, way: frozenset[str] | None) -> int | None:
        """None: it has no place in the name. Else what that tells: 0 for a guess (a letter, initials, a country that the name leaves out),
        1 for a word that many have, 2 for any other."""
        name, (word, meaning) = self._index.names[number], unit
        keys = self._parts_of.keys(number)
        if (way and not way.isdisjoint(name.words)) or not meaning.isdisjoint(keys):
            return 2 if _telling(unit) else 1
        if len(word) == 1:
            return 0 if any(one.startswith(word) for one in name.words) else None
        if codes := _country(meaning):  # its seat says it where the name does not, and nobody's seat is known to all
            seats = self._seats(self._owners[self._index.owners[number]])
            return 0 if not _country(keys) and (not seats or not codes.isdisjoint(seats)) else None
        short = 1 < len(word) <= LONGEST and not meaning
        return 0 if short and any(word in one for one in initials(name)) else None


def _telling(unit: Unit) -> bool:
    """Whether few names have a word: it is a country, or none that offices and companies share."""
    word, meaning = unit
    return bool(_country(meaning)) or (not meaning and len(word) > 2 and kind(word) not in COMMON)


def _country(meaning: Meaning) -> frozenset[str]:
    """The codes of the countries that it may mean."""
    return frozenset(key.removeprefix(COUNTRY) for key in meaning if key.startswith(COUNTRY))
