"""Text to index words and back to highlights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA

from sousveil.register.names_tokens import tokens
from sousveil.register.search.model import Document, Highlight

_WORD = re.compile(r"\w+")
AROUND = 60
"""Characters shown before the first found word."""
SHOWN = 240
MOST = 3
PIECE = 450
"""Characters that are folded at a time; the fold itself cuts what is longer than a name."""


def folded(text: str) -> list[str]:
    """The words of a text of any length in comparable letters."""
    found: list[str] = []
    for start in range(0, len(text), PIECE):
        # Cut between words, so that a word at the border is not two.
        end = start + PIECE
        piece = text[start:end]
        if start and text[start - 1].isalnum() and text[start].isalnum():
            piece = piece[len(_head(piece)) :]
        if end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
            piece += _head(text[end : end + 60])
        found += [word for word, _ in tokens(piece, join=False, most=PIECE)]
    return found


def _head(text: str) -> str:
    return text[: next((at for at, one in enumerate(text) if not one.isalnum()), len(text))]


def name_words(document: Document) -> list[str]:
    """The words of all names, and each name of single letters as one word too ("S.A.", "N S O")."""
    found: list[str] = []
    for name in document.names:
        apart = folded(name)
        found += apart
        found += [word for word, _ in tokens(name) if word not in apart]
    return found


def slips(word: str) -> int:
    """How many slips are forgiven in a typed word."""
    return 0 if len(word) < 4 or word.isdigit() else 1 if len(word) < 8 else 2


def highlights(document: Document, words: Sequence[str], tolerant: bool) -> tuple[Highlight, ...]:
    """The texts in which the words stand, names first, at most three."""
    if not words:
        return ()
    found = []
    for text in (*document.names, *document.texts):
        one = _highlight(text, words, tolerant)
        if one is not None:
            found.append(one)
            if len(found) == MOST:
                break
    return tuple(found)


def _highlight(text: str, words: Sequence[str], tolerant: bool) -> Highlight | None:
    spans = [
        (match.start(), match.end())
        for match in _WORD.finditer(text[:5000])
        if any(_is(one, words, tolerant) for one in folded(match.group()))
    ]
    if not spans:
        return None
    start = max(0, spans[0][0] - AROUND)
    while 0 < start < spans[0][0] and text[start - 1].isalnum():
        start += 1
    end = max(min(len(text), start + SHOWN), spans[0][1])
    parts: list[tuple[str, bool]] = [("… ", False)] if start else []
    at = start
    for first, last in spans:
        if last > end:
            break
        if first > at:
            parts.append((text[at:first], False))
        parts.append((text[first:last], True))
        at = last
    if at < end:
        parts.append((text[at:end], False))
    if end < len(text):
        parts.append((" …", False))
    return Highlight(parts=tuple(parts))


def _is(word: str, words: Iterable[str], tolerant: bool) -> bool:
    for one in words:
        if word.startswith(one):
            return True
        if tolerant and (most := slips(one)) and OSA.distance(word, one, score_cutoff=most) <= most:
            return True
    return False
