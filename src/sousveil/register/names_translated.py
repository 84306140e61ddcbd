"""Words of offices, companies and countries in several languages: one key for what "Innenministerium" and "Ministerio del Interior" say.

The tables give candidates alone. What a name is called in another language is a guess until somebody who knows says it as an alias.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from sousveil.register.names import prepare
from sousveil.register.names_tables import canonical, kind
from sousveil.register.names_tokens import tokens
from sousveil.register.types.countries import countries

PART = 3
"""A part of a compound has so many letters or more."""
JOINTS = ("", "s", "es", "n", "en")
"""What German, Dutch and Nordic put between the parts of a compound."""
ELIDED = ("l", "d", "dell", "all", "nell")
"""Articles that are written together with a word that begins with a vowel."""
COUNTRY = "country:"
"""How the key of a country begins; its code follows."""

Meaning = frozenset[str]
"""Keys of what a word may say; empty where the tables do not know it."""


def _folded(text: str) -> tuple[str, ...]:
    return tuple(canonical(word) for word, _ in tokens(text))


@cache
def _phrases() -> tuple[dict[tuple[str, ...], Meaning], int]:
    """Folded words -> keys; words of the longest phrase."""
    found: dict[tuple[str, ...], set[str]] = {}
    for key, text in _entries():
        if words := _folded(text):
            found.setdefault(words, set()).add(key)
    return {words: frozenset(keys) for words, keys in found.items()}, max(map(len, found))


def _entries() -> Iterator[tuple[str, str]]:
    for head, spellings in _lines("translations.tsv"):
        for text in (head, *spellings.split("|")):
            yield f"word:{head}", text
    for code, spellings in _lines("country_words.tsv"):
        for text in spellings.split("|"):
            yield COUNTRY + code, text
    for country in countries().values():
        for text in (country.name, *country.also):
            yield COUNTRY + country.code, text


def _lines(file: str) -> list[tuple[str, str]]:
    text = files("sousveil.register.data").joinpath(file).read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return [(head, spellings) for head, spellings in rows]


@lru_cache(maxsize=1 << 16)
def _word(word: str) -> tuple[Meaning, ...]:
    """What a word says: one meaning, several for a compound, none for a word that the tables do not know."""
    table = _phrases()[0]
    for one in (word, *(word[len(head) :] for head in ELIDED if word.startswith(head))):
        if (len(one) >= PART or not one.isascii()) and (known := table.get((one,))):
            return (known,)
    for at in range(PART, len(word) - PART + 1):
        first = table.get((word[:at],))
        if first is None:
            continue
        for joint in JOINTS:
            rest = word[at:].removeprefix(joint)
            if len(word) - at - len(rest) == len(joint) and len(rest) >= PART and (tail := _word(rest)):
                return (first, *tail) if first not in tail else ()
    return ()


def meanings(words: Sequence[str]) -> list[tuple[str, Meaning]]:
    """The words of a prepared name that say something, each with what it may mean: a phrase of the tables is one, a compound two."""
    table, longest = _phrases()
    found: list[tuple[str, Meaning]] = []
    at = 0
    while at < len(words):
        for size in range(min(longest, len(words) - at), 1, -1):
            if known := table.get(tuple(words[at : at + size])):
                found.append(("", known))
                at += size
                break
        else:
            word = words[at]
            at += 1
            if kind(word) == "particle" and len(word) <= PART:
                continue
            several = _word(word)
            found += [("" if len(several) > 1 else word, one) for one in several] or [(word, frozenset())]
    return found


def said(text: str) -> list[tuple[str, Meaning]]:
    """`meanings` of a name as it is written."""
    return meanings(prepare(text).words)
