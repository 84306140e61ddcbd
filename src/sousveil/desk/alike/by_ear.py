"""Names written down by ear in another script: "Харбор Крейнс" for "Harbour Cranes"; and with digits for letters: "H4rbour Cran3s".

Letter for letter the scorer of names knows other scripts. By ear a word is spelt as it sounds, and its vowels are anybody's guess; what is
left are its consonants, and each letter of two readings has both. Japanese and Korean write syllables: an r that no vowel follows is gone,
l is r, and often no space is left between the words. Who is found so is a candidate and nobody's identity: the question stays
open, and what is on file against a candidate counts. Translated names ("哈伯起重机" for "cranes") are found by an alias alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
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
LOOK_ALIKE = str.maketrans(
    "авекмнорстухѕіјһԁԛԝӏАВЕКМНОРСТУХЅІЈαηικνορτυχγωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "abekmhopctyxsijhdqwlABEKMHOPCTYXSIJanikvoptuxywABEZHIKMNOPTYX",
)
"""Cyrillic and Greek letters that look like a Latin one."""
SYLLABIC = ("HIRAGANA", "KATAKANA", "HANGUL")
"""Scripts that write foreign words in syllables."""
WORDS_MOST = 40
"""Words of a name that are listened to."""
READINGS_MOST = 64
"""Ways to read several words as one, of a name that may be read in very many."""
TOGETHER_MOST = 4
"""So many words of a name are looked for without spaces between them."""
_MUTE = re.compile(r"(?<=.)r(?![aeiouy])")
_HEARD_AS = (("ph", "p"), ("th", "s"), ("f", "p"), ("v", "b"))
_WORD = re.compile(r"\S+")


@lru_cache(maxsize=1 << 16)
def heard(word: str) -> frozenset[str]:
    """The consonants of a romanised word, in each of its readings."""
    return frozenset(found for one in _readings(word) if len(found := sound(one)) >= SHORT)


def _readings(word: str) -> set[str]:
    forms = {word}
    for pattern, value in SWAPS:
        forms |= {pattern.sub(value, one) for one in forms}
    return forms


@lru_cache(maxsize=1 << 16)
def in_syllables(word: str) -> frozenset[str]:
    """The consonants of a romanised word as a script of syllables writes them, in each reading."""
    found = set[str]()
    for one in _readings(word):
        plain = _MUTE.sub("", one)
        for many, single in _HEARD_AS:
            plain = plain.replace(many, single)
        found.add(_once(sound(plain).replace("l", "r")))
    return frozenset(one for one in found if len(one) >= SHORT)


def _once(letters: str) -> str:
    """Letters that are told twice are one."""
    return "".join(one for at, one in enumerate(letters) if letters[at - 1 : at] != one)


def syllabic(text: str) -> bool:
    """Whether a name has letters of a script of syllables."""
    return any(unicodedata.name(one, "").startswith(SYLLABIC) for one in text if not one.isascii())


def foreign(text: str) -> bool:
    """Whether a name has letters of another script than ours."""
    return any(one.isalpha() and not unicodedata.name(one, "").startswith("LATIN") for one in text)


def with_letters(text: str) -> str:
    """The name with letters for the digits in words that have letters too, and with Latin letters for those that look like one where it
    has Latin ones as well; itself where there are none."""
    if not text.isascii() and any(one.isascii() and one.isalpha() for one in text):
        text = text.translate(LOOK_ALIKE)

    def plain(match: re.Match[str]) -> str:
        word = match[0]
        letters = sum(one.isalpha() for one in word)
        return word.translate(DIGITS) if letters > 3 and letters > sum(one.isdigit() for one in word) else word

    return _WORD.sub(plain, text)


class ByEar:
    """Names of an index by the sounds of their words; `syllables`: as a script of syllables writes them."""

    def __init__(self, index: NameIndex | None = None, numbers: Iterable[int] = (), *, syllables: bool = False) -> None:
        """`numbers`: of the names that there are."""
        self._at: Filed[str, int] = Filed()
        """Sound of a word -> names that have such a word."""
        self._syllables = syllables
        if index is not None:
            self._add(index, numbers)

    def _add(self, index: NameIndex, numbers: Iterable[int]) -> None:
        for number in numbers:
            for one in self._sounds(index.names[number].spelt):
                self._at.add(one, number)

    def _sounds(self, words: Sequence[str]) -> set[str]:
        if not self._syllables:
            return {one for word in words for one in heard(word)}
        sounds = [in_syllables(word) for word in words[:WORDS_MOST]]
        found = {one for many in sounds for one in many}
        for end in range(2, min(len(words), TOGETHER_MOST) + 1):
            found |= {TOGETHER + one for one in _joined(sounds[:end])}
        return found

    def find(self, text: str) -> set[int]:
        """Numbers of names in which each word of this one is heard."""
        hear = in_syllables if self._syllables else heard
        words = [sounds for word in prepare(text).spelt if (sounds := hear(word))]
        found = self._all(words)
        return found | self._all([_joined(words)], TOGETHER) if self._syllables else found

    def _all(self, words: Sequence[frozenset[str]], kind: str = "") -> set[int]:
        if sum(min(map(len, sounds)) for sounds in words) < LEAST:
            return set()
        found: set[int] | None = None
        for sounds in words:
            here = set[int]().union(*(self._at.get(kind + one) for one in sounds))
            found = here if found is None else found & here
            if not found:
                break
        return found or set()


TOGETHER = "="
"""Before the sounds of the words of a name from the first on, written as one."""


def _joined(words: Sequence[frozenset[str]]) -> frozenset[str]:
    """Several words written as one; of a name that may be read in very many ways some."""
    found = {""}
    for sounds in words[:TOGETHER_MOST]:
        found = {_once(before + one) for before in found for one in sounds or {""}}
        found = set(sorted(found)[:READINGS_MOST])
    return frozenset(found)
