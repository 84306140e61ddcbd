"""Names made comparable: one alphabet, no legal form, words with what they weigh.

`Name` is what the scorer and the index work on. Two spellings of one name give the same words as far as spelling rules
go (case, marks, scripts, "Intl" for "International", "S.A." for "Société anonyme"); slips of the pen are the scorer's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from math import log

from sousveil.register import names_tables as tables
from sousveil.register.names_sound import sound
from sousveil.register.names_tokens import LONGEST, tokens

WEIGHT_WEAK = 0.2
"""Weight of a word such as `group`, where an ordinary word weighs up to 1."""
WEIGHT_TRADE = 0.9
"""Of a word such as `shipping`: what a company does tells it from its namesakes."""
WEIGHT_PLACE = 0.25
WEIGHT_PARTICLE = 0.05
_ASIDE = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_ALIAS = re.compile(
    r"(?i)\b(?:a\.?k\.?a\.?|f\.?k\.?a\.?|n\.?k\.?a\.?|also known as|formerly known as|formerly|alias|dba|t/a)\b[.:]?\s*"
)
_STATE_SUFFIX = re.compile(r"\s*[/\\](?:[A-Z]{2,4}|NEW|FI|ADV)[/\\]?\s*$")
"""How the US regulator marks namesakes: `BANK OF AMERICA CORP /DE/`."""


class Name:
    """A prepared name. Words are in their order; `weights` stand beside them."""

    __slots__ = (
        "consonantal",
        "foreign",
        "forms",
        "joined",
        "original",
        "person",
        "spelt",
        "taken",
        "weights",
        "words",
    )

    def __init__(
        self,
        original: str,
        words: tuple[str, ...],
        forms: frozenset[str] = frozenset(),
        taken: tuple[str, ...] = (),
        consonantal: frozenset[str] = frozenset(),
        spelt: tuple[str, ...] | None = None,
        person: bool = False,
    ) -> None:
        self.original = original
        self.words = words
        """Folded words without the legal form; a Chinese character is a word."""
        self.forms = forms
        """Keys of the legal forms that stood in the name."""
        self.spelt = words if spelt is None else spelt
        """The same words before abbreviations were written out."""
        self.foreign = not original.isascii() and any(ord(one) >= 0x0370 and one.isalpha() for one in original)
        """Does it hold letters that are not Latin?"""
        self.taken = taken
        """The words of those forms."""
        self.person = person
        self.consonantal = consonantal
        """Those of the words whose script writes no vowels."""
        self.joined = "".join(words)
        self.weights = static_weights(words)

    def weighing(self, weights: tuple[float, ...]) -> Name:
        """The same name with other weights: prepared names are shared."""
        made: Name = object.__new__(Name)
        made.original, made.words, made.forms, made.taken = self.original, self.words, self.forms, self.taken
        made.spelt, made.foreign, made.person = self.spelt, self.foreign, self.person
        made.consonantal, made.joined, made.weights = self.consonantal, self.joined, weights
        return made

    def __repr__(self) -> str:
        return f"Name({self.original!r}, {' '.join(self.words)!r}, {sorted(self.forms)})"


@lru_cache(maxsize=1 << 15)
def prepare(text: str, person: bool = False) -> Name:
    """A name ready to be compared. Of a person nothing is taken for a legal form."""
    found = tokens(text, join=not person)
    consonantal = frozenset(word for word, flag in found if flag)
    words = [word for word, _ in found]
    if person:
        return Name(text, tuple(words), consonantal=consonantal, person=True)
    words, forms, taken = tables.split_forms(words)
    return Name(text, tuple(map(tables.canonical, words)), forms, taken, consonantal, tuple(words))


def static_weights(words: Iterable[str]) -> tuple[float, ...]:
    """What each word weighs without knowing how often it occurs. A name of weak words alone weighs them fully."""
    weights = tuple(_weight(word) for word in words)
    if weights and max(weights) < 0.5:
        return tuple(0.6 if one >= WEIGHT_WEAK else one for one in weights)
    return weights


@lru_cache(maxsize=1 << 16)
def _weight(word: str) -> float:
    kind = tables.kind(word)
    if kind == "weak":
        return WEIGHT_WEAK
    if kind == "trade":
        return WEIGHT_TRADE
    if kind == "place":
        return WEIGHT_PLACE
    if kind in ("particle", "form"):
        return WEIGHT_PARTICLE
    return 1.0 if len(word) > 1 else 0.4


def variants(text: str) -> list[str]:
    """The names that one printed name stands for: `A (also known as B)`, `A / B`, `CORP /DE/`. The whole comes first."""
    text = " ".join(text[:LONGEST].split())
    found = [text]
    plain = _STATE_SUFFIX.sub("", text)
    asides = _ASIDE.findall(plain)
    if asides:
        plain = " ".join(_ASIDE.sub(" ", plain).split())
        for aside in asides:
            alias = _ALIAS.match(aside)
            if alias:
                found += _aside(text, aside, aside[alias.end() :])
    parts = [part.strip(" ,;") for part in _ALIAS.split(plain)] if _ALIAS.search(plain) else [plain]
    for part in parts:
        found += re.split(r"\s+/\s+|\s+[–—-]\s+", part) if re.search(r"\s/\s|\s[–—-]\s", part) else [part]
    return [one for one in dict.fromkeys(found) if one]


def _aside(text: str, aside: str, told: str) -> list[str]:
    """`Maher (a.k.a. Mahir) Assad` is also Mahir Assad; an alias of several words is a name of its own."""
    before, _, after = text.partition(aside)
    start = before.rstrip("([{ ").split()
    rest = _ASIDE.sub(" ", after.lstrip(")]} "))
    found = []
    for alias in re.split(r"\s*[,;]\s*", told)[:6]:
        if len(alias.split()) > 1 or not rest.strip():
            found.append(alias)
        elif alias and start:
            found.append(" ".join(" ".join([*start[:-1], alias, rest]).split()))
    return found


class Words:
    """How often each word occurs among the names of an index, and so what it says."""

    __slots__ = ("_cache", "count", "names")

    def __init__(self) -> None:
        self.count: dict[str, int] = {}
        """Word -> names that it stands in."""
        self.names = 0
        self._cache: dict[str, float] = {}

    def add(self, name: Name) -> None:
        """Counts one name."""
        self.names += 1
        for word in set(name.words):
            self.count[word] = self.count.get(word, 0) + 1
        self._cache.clear()

    def drop(self, name: Name) -> None:
        """Takes one name out of the count."""
        self.names -= 1
        for word in set(name.words):
            self.count[word] -= 1
            if not self.count[word]:
                del self.count[word]
        self._cache.clear()

    def copy(self) -> Words:
        """Another that counts on."""
        made = Words()
        made.count, made.names = dict(self.count), self.names
        return made

    def known(self, word: str) -> bool:
        """Does a name have this very word?"""
        return word in self.count

    def weight(self, word: str) -> float:
        """`_weight`, less for a word that many names share: half at the commonest of words."""
        value = self._cache.get(word)
        if value is None:
            value = _weight(word)
            if value == 1.0 and self.names:
                count = self.count.get(word, 0)
                value = 1.0 - 0.6 * log(count) / log(self.names) if count > 1 else 1.0
                value = max(0.4, value)
            self._cache[word] = value
        return value

    def weights(self, words: Iterable[str]) -> tuple[float, ...]:
        """The weights of a name's words."""
        found = tuple(map(self.weight, words))
        if found and max(found) < 0.4:
            return tuple(0.6 if one >= WEIGHT_WEAK else one for one in found)
        return found


def sounds(name: Name) -> tuple[str, ...]:
    """The consonants of each word."""
    return tuple(map(sound, name.words))
