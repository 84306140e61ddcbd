"""Names written down by ear in another script: "Харбор Крейнс" for "Harbour Cranes"; and with digits for letters: "H4rbour Cran3s".

Letter for letter the scorer of names knows other scripts. By ear a word is spelt as it sounds, and its vowels are anybody's guess; what is
left are its consonants, and each letter of two readings has both. Who is found so is a candidate and nobody's identity: the question stays
open, and what is on file against a candidate counts. Translated names ("哈伯起重机" for "cranes") are found by an alias alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache

from sousveil.register.candidates import NameIndex
from sousveil.register.filed import Filed
from sousveil.register.names import prepare
from sousveil.register.names_sound import sound

SWAPS = tuple(
    (re.compile(pattern), value)
    for pattern, value in (("ch", "k"), ("ch", "h"), ("kh", "k"), ("dzh", "j"), (r"g(?=[eiy])", "j"))
)
"""Romanised letters that stand for more than one sound: the readings besides that which `sound` takes."""
LEAST = 6
"""So many consonants have to be the same in all."""
SHORT = 2
"""A word of fewer consonants tells nothing."""
DIGITS = str.maketrans("0134578@$", "oieastbas")
"""What stands for a letter in a word that has letters too."""
_WORD = re.compile(r"\S+")


@lru_cache(maxsize=1 << 16)
def heard(word: str) -> frozenset[str]:
    """The consonants of a romanised word, in each of its readings."""
    forms = {word}
    for pattern, value in SWAPS:
        forms |= {pattern.sub(value, one) for one in forms}
    return frozenset(found for one in forms if len(found := sound(one)) >= SHORT)


def foreign(text: str) -> bool:
    """Whether a name has letters of another script than ours."""
    return any(one.isalpha() and not unicodedata.name(one, "").startswith("LATIN") for one in text)


def with_letters(text: str) -> str:
    """The name with letters for the digits in words that have letters too; itself where there are none."""

    def plain(match: re.Match[str]) -> str:
        word = match[0]
        letters = sum(one.isalpha() for one in word)
        return word.translate(DIGITS) if letters > 3 and letters > sum(one.isdigit() for one in word) else word

    return _WORD.sub(plain, text)


class ByEar:
    """Names of an index by the sounds of their words."""

    def __init__(self, index: NameIndex | None = None) -> None:
        self._at: Filed[str, int] = Filed()
        """Sound of a word -> names that have such a word."""
        if index is not None:
            self._add(index, range(len(index)))

    def grown(self, index: NameIndex, dropped: Collection[int], added: Iterable[int]) -> ByEar:
        """A copy without some of its names and with others."""
        made = ByEar()
        made._at = self._at.copy()
        made._at.drop({one for number in dropped for one in _sounds(index.names[number].spelt)}, dropped)
        made._add(index, added)
        return made

    def _add(self, index: NameIndex, numbers: Iterable[int]) -> None:
        for number in numbers:
            for one in _sounds(index.names[number].spelt):
                self._at.add(one, number)

    def find(self, text: str) -> set[int]:
        """Numbers of names in which each word of this one is heard."""
        words = [sounds for word in prepare(text).spelt if (sounds := heard(word))]
        if sum(min(map(len, sounds)) for sounds in words) < LEAST:
            return set()
        found: set[int] | None = None
        for sounds in words:
            here = set[int]().union(*map(self._at.get, sounds))
            found = here if found is None else found & here
            if not found:
                break
        return found or set()


def _sounds(words: Iterable[str]) -> set[str]:
    return {one for word in words for one in heard(word)}
