"""Which of many names are worth comparing with a query: an index of names in memory.

Four ways lead to a name, cheapest first: its very letters; its words; words with the same consonants (other scripts,
other transliterations); words within a slip or two (every word is filed under what is left of its first letters when
one or two of them are struck out, so that two words with a slip meet). Rare words lead, frequent ones only add.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from heapq import nlargest

from sousveil.register.names import Name, Words
from sousveil.register.names_sound import sound
from sousveil.register.spelling import SPOKEN, likeness

PREFIX = 8
"""Letters of a word under which its strikings are filed."""
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


def strikings(word: str, most: int) -> set[str]:
    """What is left of a word's first letters with up to `most` (1 or 2) of them struck out, and those letters."""
    head = word[:PREFIX]
    once = {head[:at] + head[at + 1 :] for at in range(len(head))}
    result = once | {head}
    if most > 1:
        for one in once:
            result.update([one[:at] + one[at + 1 :] for at in range(len(one))])
    return result


def _slips(word: str) -> int:
    """How many slips a word of this length may hold and still be told."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2


class NameIndex:
    """Names by number. Fill it with `add`, then call `close` once."""

    def __init__(self) -> None:
        self.words = Words()
        self.names: list[Name] = []
        self.owners: list[int] = []
        """Number of the entity that a name belongs to, as the caller counts them."""
        self._numbers: dict[str, int] = {}
        """Word -> its number."""
        self._spelt: list[str] = []
        self._postings: list[list[int]] = []
        self._joined: dict[str, list[int]] = {}
        self._sounds: dict[str, list[int]] = {}
        self._struck: dict[str, list[int]] = {}
        self._totals: list[float] = []
        self._kinds = bytearray()
        """`QUIET`, `TOLD` or `LISTED`, of each name."""

    def __len__(self) -> int:
        return len(self.names)

    def add(self, name: Name, owner: int, kind: int = QUIET) -> None:
        """Files one name of an entity. `kind`: `QUIET`, `TOLD` or `LISTED`."""
        if not name.words:
            return
        number = len(self.names)
        self.names.append(name)
        self.owners.append(owner)
        self._kinds.append(kind)
        self.words.add(name)
        for word in dict.fromkeys(name.words):
            at = self._numbers.get(word)
            if at is None:
                at = self._numbers[word] = len(self._spelt)
                self._spelt.append(word)
                self._postings.append([])
            self._postings[at].append(number)
        self._joined.setdefault(name.joined, []).append(number)

    def close(self) -> None:
        """Works out the weights and files every word under its consonants and strikings."""
        consonantal = {word for name in self.names for word in name.consonantal}
        for name in self.names:
            name.weights = self.words.weights(name.words)
            self._totals.append(sum(name.weights))
        for at, word in enumerate(self._spelt):
            sounded = sound(word)
            if len(sounded) >= 2:
                self._sounds.setdefault(sounded, []).append(at)
                if word in consonantal and len(sounded) >= 4:
                    for one in strikings(sounded, 1):
                        self._sounds.setdefault("~" + one, []).append(at)
            if not word.isdigit() and (most := _slips(word)):
                for one in strikings(word, most):
                    self._struck.setdefault(one, []).append(at)

    def weigh(self, name: Name) -> Name:
        """Gives a query's words the weights of this index."""
        name.weights = self.words.weights(name.words)
        return name

    def find(self, query: Name, *, wide: bool = False, most: int = MOST, keep: Container[int] = ()) -> list[int]:
        """The numbers of the names to compare, most promising first. `wide`: slips also in words that are known.

        All names of the same letters are there, however many, and all names of `keep` (owners' numbers) that are alike at all. Of the
        others as many as `most` of each kind, so that names which anybody may file push out none of a list, nor of those who have something
        against them.
        """
        if not query.words:
            return []
        reached: dict[int, float] = {}
        letters = self._joined.get(query.joined, ())
        for number in letters:
            reached[number] = 1.0
        budget = POSTINGS
        for weight, _, hits in sorted(self._ways(query, wide), key=lambda one: (one[0] < 0.3, one[1])):
            if budget <= 0:
                break
            best: dict[int, float] = {}
            for value, at in hits:
                part = weight * value
                postings = self._postings[at]
                if len(postings) > budget and reached:
                    continue
                budget -= len(postings)
                for number in postings:
                    if best.get(number, 0.0) < part:
                        best[number] = part
            if reached:
                for number, part in best.items():
                    reached[number] = reached.get(number, 0.0) + part
            else:
                reached = best
        total, totals = sum(query.weights), self._totals
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

    def near(self, word: str, consonantal: bool, least: float) -> list[str]:
        """Words of the index that this word may mean, slips in words that are known among them."""
        return [self._spelt[at] for value, at in self._meanings(word, consonantal, True) if value >= least]

    def having(self, word: str) -> list[int]:
        """The numbers of the names that have this very word."""
        at = self._numbers.get(word)
        return [] if at is None else self._postings[at]

    def _ways(self, query: Name, wide: bool) -> Iterator[tuple[float, int, list[tuple[float, int]]]]:
        """For each word of the query: its weight, how many names it leads to, the words of the index it may mean."""
        for at, word in enumerate(query.words):
            hits = self._meanings(word, word in query.consonantal, wide)
            if hits:
                yield query.weights[at], sum(len(self._postings[one]) for _, one in hits), hits

    def _meanings(self, word: str, consonantal: bool, wide: bool) -> list[tuple[float, int]]:
        """Words of the index that this word may mean, with the likeness."""
        exact = self._numbers.get(word)
        hits = [] if exact is None else [(1.0, exact)]
        sounded = sound(word)
        seen = {exact}
        if len(sounded) >= 2 and (consonantal or len(word) >= 4):
            found = list(self._sounds.get(sounded, ()))
            if (consonantal and len(sounded) >= 4) or "~" + sounded in self._sounds:
                for one in strikings(sounded, 1):
                    found += self._sounds.get("~" + one, ())
                    found += self._sounds.get(one, ()) if consonantal else ()
            for at in found:
                if at not in seen:
                    seen.add(at)
                    other = self._spelt[at]
                    hits.append((max(likeness(word, other), likeness(word, other, SPOKEN) * 0.8), at))
        if (exact is None or wide) and not consonantal and (most := _slips(word)) and not word.isdigit():
            for one in strikings(word, most):
                for at in self._struck.get(one, ()):
                    if at not in seen:
                        seen.add(at)
                        value = likeness(word, self._spelt[at])
                        if value:
                            hits.append((value, at))
        return hits
