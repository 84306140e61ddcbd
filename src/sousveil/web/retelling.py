"""Texts that the engine put together in English, told in another language.

Answers, reasons and needs are the same bytes for everybody: they are signed, compared and kept in one language. A page in another
language finds for each text the pattern it was made of (`A law of {state} in force that provides: {missing}.`), translates the
pattern, and sets the same names into it. What no pattern fits stays as it is. Patterns are found from left to right without going back,
so that a text which somebody typed cannot make it slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

_PLACE = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_NEXT = re.compile(r"\. [A-Z“]")
_DATE = re.compile(r"((?:[0-9]{1,2} )?)([^\W\d_]+)( [0-9]{4})")
"""As `register.views.words.date` writes it."""
_JOINTS = ("; ", ", and ", ", ", " and ", " or ", " · ", " – ", ": ", ". ")
DEPTH_MAX = 4
"""Patterns within values of patterns."""
TEXT_MAX = 20_000
"""Letters; what is longer stays as it is."""


class Pattern(NamedTuple):
    """A text with places."""

    text: str
    literals: tuple[str, ...]
    names: tuple[str, ...]
    weight: int
    """Letters that stand fast."""


class Retelling:
    """Tells texts in one language. `catalogue`: text -> translation."""

    def __init__(self, catalogue: Mapping[str, str]) -> None:
        self._catalogue = catalogue
        self._patterns: dict[str, list[Pattern]] = {}
        for text in catalogue:
            pieces = _PLACE.split(text)
            if len(pieces) < 3:
                continue
            literals, names = tuple(pieces[::2]), tuple(pieces[1::2])
            words = _WORD.findall(" ".join(literals))
            if words:
                made = Pattern(text, literals, names, sum(map(len, literals)))
                self._patterns.setdefault(max(words, key=len), []).append(made)
        for found in self._patterns.values():
            found.sort(key=lambda one: -one.weight)

    def __call__(self, text: str) -> str:
        """The text in this language."""
        return self._told(text, 0) if len(text) <= TEXT_MAX else text

    def _told(self, text: str, depth: int) -> str:
        bare = text.strip()
        if not _WORD.search(bare):
            return text
        found = self._exact(bare)
        if found is None and depth < DEPTH_MAX:
            found = self._by_pattern(bare, depth) or self._ended(bare, depth) or self._by_parts(bare, depth)
        return text if found is None else text.replace(bare, found, 1)

    def _exact(self, text: str) -> str | None:
        if found := self._catalogue.get(text):
            return found
        for form in (text.lower(), text[:1].upper() + text[1:]):  # at the beginning of a sentence, or within one
            if found := self._catalogue.get(form):
                return found
        if text.endswith(".") and (found := self._catalogue.get(text[:-1])):
            return f"{found}."
        if (date := _DATE.fullmatch(text)) and (found := self._catalogue.get(date[2])):
            return f"{date[1]}{found}{date[3]}"
        return None

    def _by_pattern(self, text: str, depth: int) -> str | None:
        best: tuple[tuple[bool, int], Pattern, tuple[str, ...]] | None = None
        for word in set(_WORD.findall(text)):
            for one in self._patterns.get(word, ()):
                if best is not None and (True, one.weight) <= best[0]:
                    break
                values = _values(one, text)
                if values is None:
                    continue
                # A value that runs over the end of a sentence is likely the beginning of another pattern.
                rank = (not any(_NEXT.search(value) for value in values), one.weight)
                if best is None or rank > best[0]:
                    best = (rank, one, values)
        if best is None:
            return None
        _, pattern, values = best
        told = {name: self._told(value, depth + 1) for name, value in zip(pattern.names, values, strict=True)}
        return _PLACE.sub(lambda place: told.get(place[1], place[0]), self._catalogue[pattern.text] or pattern.text)

    def _ended(self, text: str, depth: int) -> str | None:
        """By a pattern without what may follow a text: the full stop of its sentence, a country in parentheses."""
        if text.endswith(".") and ": " not in text:
            found = self._by_pattern(text[:-1], depth)
            return None if found is None else f"{found}."
        head, opened, rest = text.partition(" (")
        found = self._by_pattern(head, depth) if opened and rest.endswith(")") else None
        return None if found is None else f"{found} ({self._told(rest[:-1], depth + 1)})"

    def _by_parts(self, text: str, depth: int) -> str | None:
        label, colon, rest = text.partition(": ")
        if colon and "; " not in rest:
            record, dash, name = label.rpartition(" – ")
            if told_label := self._exact(name):
                return f"{self._told(record, depth + 1)}{dash}{told_label}: {self._value(rest, depth + 1)}"
            if told_rest := self._exact(rest) or self._ended(rest, depth + 1):  # a name before a sentence
                return f"{label}: {told_rest}"
        for joint in _JOINTS:
            if joint in text:
                # What stands behind a label is one text, however many colons it holds.
                parts = text.split(joint, 1 if joint == ": " else -1)
                told = [self._told(part, depth + 1) for part in parts]
                if told != parts:
                    return self._joint(joint).join(told)
        return None

    def _value(self, text: str, depth: int) -> str:
        """What stands behind a label. Somebody may have written it: it is told in parts only where all of them have a translation."""
        found = self._exact(text) or self._by_pattern(text, depth)
        if found is not None:
            return found
        for joint in _JOINTS:
            parts = text.split(joint)
            told = [self._told(part, depth + 1) for part in parts]
            if len(parts) > 1 and all(one != other for one, other in zip(parts, told, strict=True)):
                return self._joint(joint).join(told)
        return text

    def _joint(self, joint: str) -> str:
        """A word between parts has its translation; a mark stays."""
        bare = joint.strip()
        return joint.replace(bare, self._catalogue.get(bare) or bare)


def _values(pattern: Pattern, text: str) -> tuple[str, ...] | None:
    """What stands at the places; None where the pattern does not fit."""
    first, *middle = pattern.literals
    if not text.startswith(first):
        return None
    last = middle.pop()
    end = len(text) - len(last)
    if not text.endswith(last) or end < len(first):
        return None
    values: list[str] = []
    at = len(first)
    for literal in middle:
        found = text.find(literal, at, end)
        if found < 0:
            return None
        values.append(text[at:found])
        at = found + len(literal)
    values.append(text[at:end])
    return tuple(values)


def catalogue_of(file: Path) -> dict[str, str]:
    """The texts of a compiled catalogue (GNU gettext manual, "The Format of GNU MO Files"), the singular of each."""
    return dict(_entries(file.read_bytes()))


def _entries(data: bytes) -> Iterator[tuple[str, str]]:
    order: Literal["little", "big"] = "little" if data[:4] == b"\xde\x12\x04\x95" else "big"
    number = int.from_bytes

    def at(table: int, index: int) -> str:
        place = table + 8 * index
        length, start = number(data[place : place + 4], order), number(data[place + 4 : place + 8], order)
        return data[start : start + length].decode("utf-8").split("\0")[0]

    count, originals, translations = (number(data[start : start + 4], order) for start in (8, 12, 16))
    for index in range(count):
        if key := at(originals, index):
            yield key, at(translations, index)


@cache
def retelling(file: Path) -> Callable[[str], str]:
    """Of one language; made once in a process."""
    return Retelling(catalogue_of(file))
