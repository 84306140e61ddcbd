"""What names may be told in part by, besides their words: what the words say in any language, and initials. It grows as its table does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from sousveil.register.candidates import NameIndex
from sousveil.register.filed import Filed
from sousveil.register.names import Name
from sousveil.register.names_tables import kind
from sousveil.register.names_translated import Meaning, meanings

LONGEST = 8
"""Letters of initials."""
COMMON = frozenset({"weak", "trade", "particle", "form"})
"""Kinds of words that companies and offices share."""
NOTHING: Meaning = frozenset()


class Parts:
    """The meanings of the words of an index, and the initials of its names."""

    def __init__(self, index: NameIndex | None = None, numbers: Iterable[int] = ()) -> None:
        """`numbers`: of the names that there are."""
        self._meant: Filed[str, int] = Filed()
        """Key of a meaning -> names that have it."""
        self._keys: dict[int, Meaning] = {}
        """Name -> the meanings of its words, where the tables know any."""
        self._initials: Filed[str, int] = Filed()
        if index is not None:
            self._add(index, numbers)

    def _add(self, index: NameIndex, numbers: Iterable[int]) -> None:
        for number in numbers:
            name = index.names[number]
            keys = frozenset(chain.from_iterable(meaning for _, meaning in meanings(name.words)))
            if keys:
                self._keys[number] = keys
                for key in keys:
                    self._meant.add(key, number)
            for one in initials(name):
                self._initials.add(one, number)

    def meant(self, key: str) -> Sequence[int]:
        """Names that have a meaning."""
        return self._meant.get(key)

    def keys(self, number: int) -> Meaning:
        """What the words of a name mean."""
        return self._keys.get(number, NOTHING)

    def initials(self, letters: str) -> Sequence[int]:
        """Names that have these initials."""
        return self._initials.get(letters)


def initials(name: Name) -> frozenset[str]:
    """The first letters of a name of several words: with and without "of" and "the", with and without the legal form's."""
    if len(name.spelt) < 2:
        return frozenset()
    every = "".join(word[0] for word in name.spelt)
    telling = "".join(word[0] for word in name.spelt if kind(word) != "particle")
    some = "".join(word[0] for word in name.spelt if word not in ("the", "la", "le", "el", "al", "der", "die", "das"))
    form = name.taken[0][0] if name.taken else ""
    found = {one + end for one in (every, telling, some) for end in ("", form)}
    return frozenset(one for one in found if 2 <= len(one) <= LONGEST)
