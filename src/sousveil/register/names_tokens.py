"""Text to folded words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from sousveil.register.scripts import EASTERN_SLAVONIC, is_consonantal, is_han, romanise

LONGEST = 500
"""Characters of a name that are looked at. Longer ones are cut: no name is longer, hostile input is."""
MOST_WORDS = 40
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼʻ`´′״\"“”„"), None)
_AND = re.compile(r"[&+]")
_MIXED = re.compile("[а-я]i|i[а-я]")
"""A Latin i inside a Cyrillic word stands for the Ukrainian and Belarusian one."""


def tokens(text: str, join: bool = True, most: int = MOST_WORDS) -> list[tuple[str, bool]]:
    """The folded words of a text, each with whether its script leaves vowels out. `join`: single letters in a row are one."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).casefold().translate(_APOSTROPHES)
    text = _AND.sub(" and ", text)
    if not EASTERN_SLAVONIC.isdisjoint(text) or _MIXED.search(text):
        text = text.replace("г", "h")  # as Ukrainian and Belarusian read it
    found: list[tuple[str, bool]] = []
    if text.isascii():
        found = [(word, False) for word in _ASCII_WORD.findall(text)]
    else:
        for word in _split(text):
            folded = romanise(word)
            if not folded:
                continue
            if any(map(is_han, folded)):
                found += [(one, False) for one in folded if is_han(one) or one.isalnum()]
            else:
                consonantal = not word.isascii() and is_consonantal(word)
                found += [(part, consonantal) for part in _ASCII_WORD.findall(folded)]
    return (_initials(found) if join else found)[:most]


def _split(text: str) -> Iterator[str]:
    """Runs of letters, digits and the marks that belong to them."""
    run: list[str] = []
    for one in text:
        if unicodedata.category(one)[0] in "LNM":
            run.append(one)
        elif run and unicodedata.category(one) != "Cf":  # what nobody sees parts no word
            yield "".join(run)
            run = []
    if run:
        yield "".join(run)


def _initials(found: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """`s`, `a` -> `sa`: registers write S.A., S A and SA."""
    if not any(len(word) == 1 for word, _ in found):
        return found
    result: list[tuple[str, bool]] = []
    run = ""
    for word, consonantal in found:
        if len(word) == 1 and word.isascii() and word.isalpha():
            run += word
            continue
        if run:
            result.append((run, False))
            run = ""
        result.append((word, consonantal))
    if run:
        result.append((run, False))
    return result
