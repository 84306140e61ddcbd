"""Which of many names are worth comparing with a query: an index of names in memory.

Four ways lead to a name, cheapest first: its very letters; its words; words with the same consonants (other scripts,
other transliterations); words within a slip or two (every word is filed under what is left of its first letters when
one or two of them are struck out, so that two words with a slip meet). Rare words lead, frequent ones only add.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Sequence
from copy import copy
from heapq import nlargest, nsmallest

from sousveil.register.filed import Filed
from sousveil.register.names import Name, Words
from sousveil.register.names_sound import sound
from sousveil.register.spelling import SPOKEN, likeness
from sousveil.register.strikings import Struck, slips, strikings

POSTINGS = 6000
"""Names that one query may touch before frequent words are left out."""
LEAST_PROMISE = 0.16
"""Share of the two names' weight that must be reached; twice this is about the likeness that can come out."""
MOST = 48
"""Names that are handed over to be compared: of a published list, and of all others of which nothing is on file."""
MOST_TOLD = 200
"""Names of those against whom something is on file: whoever files most pushes none of them out so soon."""
QUIET, TOLD, LISTED = range(3)
"""Of whom a name is: nothing is on file against him; something is; he stands on a published list."""


class NameIndex:
    """Names by number. Fill it with `add`, then call `close` once; from then on a copy takes what is new (`grown`)."""

    def __init__(self) -> None:
        self.words = Words()
        self.names: list[Name] = []
        self.owners: list[int] = []
        """Number of the entity that a name belongs to, as the caller counts them."""
        self._numbers: dict[str, int] = {}
        """Word -> its number."""
        self._spelt: list[str] = []
        self._postings: Filed[int, int] = Filed()
        """Number of a word -> names that have it."""
        self._joined: Filed[str, int] = Filed()
        self._sounds: Filed[str, int] = Filed()
        self._struck = Struck()
        self._consonantal: set[str] = set()
        """Words that stand in a script without vowels somewhere."""
        self._closed = False
        self._weights: list[tuple[float, ...] | None] = []
        self._totals: list[float] = []
        """Weights of names and their sums, as far as anybody asked: each name that is added changes those of all others."""
        self._kinds = bytearray()
        """`QUIET`, `TOLD` or `LISTED`, of each name."""
        self._lightest: dict[int, list[int]] = {}
        """Number of a word that very many names have -> of each kind those of least weight, once somebody asked."""

    def __len__(self) -> int:
        return len(self.names)

    def add(self, name: Name, owner: int, kind: int = QUIET) -> int | None:
        """Files one name of an entity; gives its number, or None where it has no words. `kind`: `QUIET`, `TOLD` or `LISTED`."""
        if not name.words:
            return None
        number = len(self.names)
        self._lightest.clear()
        self.names.append(name)
        self.owners.append(owner)
        self._weights.append(None)
        self._totals.append(0.0)
        self._kinds.append(kind)
        self.words.add(name)
        for word in dict.fromkeys(name.words):
            at = self._numbers.get(word)
            new = at is None
            if at is None:
                at = self._numbers[word] = len(self._spelt)
                self._spelt.append(word)
            self._postings.add(at, number)
            if self._closed:
                self._late(word, at, word in name.consonantal, new)
        if not self._closed:
            self._consonantal |= name.consonantal
        self._joined.add(name.joined, number)
        return number

    def close(self) -> None:
        """Files every word under its consonants and strikings."""
        for at, word in enumerate(self._spelt):
            self._sound(word, at, word in self._consonantal)
        self._struck.fill(self._spelt)
        self._closed = True

    def grown(self) -> NameIndex:
        """A copy that takes more names, and gives names away; this one stays as it is."""
        made = copy(self)
        made.words = self.words.copy()
        made.names, made.owners = list(self.names), list(self.owners)
        made._numbers, made._spelt = dict(self._numbers), list(self._spelt)
        made._postings, made._joined, made._sounds = self._postings.copy(), self._joined.copy(), self._sounds.copy()
        made._struck, made._consonantal = self._struck.grown(self._spelt), set(self._consonantal)
        made._weights, made._totals = [None] * len(self.names), [0.0] * len(self.names)
        made._kinds, made._lightest = bytearray(self._kinds), {}
        return made

    def drop(self, numbers: Collection[int]) -> None:
        """Takes names out. Their numbers are not given again."""
        self._lightest.clear()
        gone = [self.names[one] for one in numbers]
        for name in gone:
            self.words.drop(name)
        self._postings.drop({self._numbers[word] for name in gone for word in name.words}, numbers)
        self._joined.drop({name.joined for name in gone}, numbers)
        for word in sorted(self._consonantal & {word for name in gone for word in name.consonantal}):
            at = self._numbers[word]
            if not any(word in self.names[one].consonantal for one in self._postings.get(at)):
                self._consonantal.discard(word)
                self._sounds.drop(("~" + one for one in strikings(sound(word), 1)), {at})

    def _late(self, word: str, at: int, consonantal: bool, new: bool) -> None:
        if consonantal and word not in self._consonantal:
            self._consonantal.add(word)
            self._sound(word, at, True, again=not new)
        elif new:
            self._sound(word, at, False)
        if new:
            self._struck.add(word, at)

    def _sound(self, word: str, at: int, consonantal: bool, *, again: bool = False) -> None:
        sounded = sound(word)
        if len(sounded) < 2:
            return
        if not again:
            self._sounds.add(sounded, at)
        if consonantal and len(sounded) >= 4:
            for one in strikings(sounded, 1):
                self._sounds.add("~" + one, at)

    def weigh(self, name: Name) -> Name:
        """A query whose words have the weights of this index."""
        return name.weighing(self.words.weights(name.words))

    def weighed(self, number: int) -> Name:
        """One of the names, as this index weighs it."""
        name = self.names[number]
        return name.weighing(self._weights[number] or self._weigh(number))

    def _weigh(self, number: int) -> tuple[float, ...]:
        found = self._weights[number] = self.words.weights(self.names[number].words)
        self._totals[number] = sum(found)
        return found

    def find(self, query: Name, *, wide: bool = False, most: int = MOST, keep: Container[int] = ()) -> list[int]:
        """The numbers of the names to compare, most promising first. `wide`: slips also in words that are known.

        All names of the same letters are there, however many, and all names of `keep` (owners' numbers) that are alike at all. Of the
        others as many as `most` of each kind, so that names which anybody may file push out none of a list, nor of those who have something
        against them.
        """
        if not query.words:
            return []
        reached: dict[int, float] = {}
        letters = self._joined.get(query.joined)
        for number in letters:  # the same letters, whatever the spaces
            reached[number] = 1.0
        budget = POSTINGS
        for weight, many, hits in sorted(self._ways(query, wide), key=lambda one: (one[0] < 0.3, one[1])):
            if budget <= 0:
                break
            if many > budget:  # not all are looked at: those most alike first, in whatever order they were filed
                hits.sort(key=lambda one: (-one[0], self._spelt[one[1]]))
            best: dict[int, float] = {}
            for value, at in hits:
                part = weight * value
                postings = self._postings.get(at)
                if len(postings) > budget and reached:
                    continue
                budget -= len(postings)
                if len(postings) > POSTINGS and not keep and most <= MOST_TOLD:
                    postings = self._light(at)
                for number in postings:
                    if best.get(number, 0.0) < part:
                        best[number] = part
            if reached:
                for number, part in best.items():
                    reached[number] = reached.get(number, 0.0) + part
            else:
                reached = best
        total, totals, weights = sum(query.weights), self._totals, self._weights
        for number in reached:
            if weights[number] is None:
                self._weigh(number)
        promising = [
            (promise, -number)
            for number, part in reached.items()
            if (promise := part / (total + totals[number])) > LEAST_PROMISE
        ]
        if len(promising) <= most:
            return [-number for _, number in sorted(promising, reverse=True)]
        kinds = self._kinds
        sorts: tuple[list[tuple[float, int]], ...] = ([], [], [])
        for one in promising:
            sorts[kinds[-one[1]]].append(one)
        quiet, told, listed = sorts
        found = [*nlargest(most, listed), *nlargest(max(most, MOST_TOLD), told), *nlargest(most, quiet)]
        if len(letters) > most or keep:
            more, exact, owners = set(found), set(letters), self.owners
            found += [one for one in promising if one not in more and (-one[1] in exact or owners[-one[1]] in keep)]
        found.sort(reverse=True)
        return [-number for _, number in found]

    def _light(self, at: int) -> list[int]:
        """Of the names that have a very frequent word those that a query with no other known word can mean: the lightest of each kind.

        Such a query adds the same to each of these names, so that what they weigh alone decides, and nothing is lost.
        """
        found = self._lightest.get(at)
        if found is None:
            sorts: tuple[list[tuple[float, int]], ...] = ([], [], [])
            for number in self._postings.get(at):
                if self._weights[number] is None:
                    self._weigh(number)
                sorts[self._kinds[number]].append((self._totals[number], number))
            found = [number for sort in sorts for _, number in nsmallest(MOST_TOLD, sort)]
            self._lightest[at] = found
        return found

    def near(self, word: str, consonantal: bool, least: float) -> list[str]:
        """Words of the index that this word may mean, slips in words that are known among them."""
        return [self._spelt[at] for value, at in self._meanings(word, consonantal, True) if value >= least]

    def having(self, word: str) -> Sequence[int]:
        """The numbers of the names that have this very word."""
        at = self._numbers.get(word)
        return () if at is None else self._postings.get(at)

    def _ways(self, query: Name, wide: bool) -> Iterator[tuple[float, int, list[tuple[float, int]]]]:
        """For each word of the query: its weight, how many names it leads to, the words of the index it may mean."""
        meant: dict[str, list[tuple[float, int]]] = {}  # a word that comes many times is looked up once
        for at, word in enumerate(query.words):
            hits = meant.get(word)
            if hits is None:
                hits = meant[word] = self._meanings(word, word in query.consonantal, wide)
            if hits:
                yield query.weights[at], sum(len(self._postings.get(one)) for _, one in hits), hits

    def _meanings(self, word: str, consonantal: bool, wide: bool) -> list[tuple[float, int]]:
        """Words of the index that this word may mean, with the likeness."""
        exact = self._numbers.get(word)
        if exact is not None and exact not in self._postings:
            exact = None  # a word of names that are gone
        hits = [] if exact is None else [(1.0, exact)]
        sounded = sound(word)
        seen = {exact}
        if len(sounded) >= 2 and (consonantal or len(word) >= 4):
            found = list(self._sounds.get(sounded))
            if (consonantal and len(sounded) >= 4) or "~" + sounded in self._sounds:
                for one in strikings(sounded, 1):
                    found += self._sounds.get("~" + one)
                    found += self._sounds.get(one) if consonantal else ()
            for at in found:
                if at not in seen and at in self._postings:
                    seen.add(at)
                    other = self._spelt[at]
                    hits.append((max(likeness(word, other), likeness(word, other, SPOKEN) * 0.8), at))
        if (exact is None or wide) and not consonantal and slips(word) and not word.isdigit():
            for at in self._struck.find(word):
                if at not in seen and at in self._postings:
                    seen.add(at)
                    value = likeness(word, self._spelt[at])
                    if value:
                        hits.append((value, at))
        return hits
