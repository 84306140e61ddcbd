"""Host names in other spellings: what folding changes, and which characters it can change anything for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from sousveil.patterns import lazy_pattern

_ESCAPE = lazy_pattern(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.S)
STOPS = "\u3002\uff0e\uff61"
IDEOGRAPHIC = lazy_pattern(f"[{STOPS}]")
_IGNORED = lazy_pattern("[\u00ad\u034f\u180b-\u180f\u200b-\u200d\u2060\u2064\ufe00-\ufe0f\ufeff]")


def fold(text: str) -> str:
    """A text with its host names as the scan knows them: compatibility forms and invisible characters gone, lower case.

    Wider than the mapping of host names (UTS 46), so that no name is lost; line by line as well as joined. ASCII stays.
    """
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text).lower().replace("\u3002", ".")
    return unicodedata.normalize("NFC", _IGNORED.sub("", text))


def composed_of(texts: Iterable[str]) -> frozenset[str]:
    """The characters beyond ASCII of indicators, and those that join to give them."""
    found: set[str] = set()
    for text in texts:
        found.update(text, unicodedata.normalize("NFD", text))
    if "\u03c2" in found:  # at the end of a word it is what the capital sigma becomes
        found.add("\u03c3")
    return frozenset(char for char in found if not char.isascii())


def inert(char: str, known: frozenset[str]) -> bool:
    """Whether folding a text for the sake of this character shows no indicator that the text does not show unfolded.

    So it is where the character folds to characters beyond ASCII of which no indicator is composed (`known`, see
    `composed_of`): then it is part of no indicator, and joins with no neighbour to become one.
    """
    folded = fold(char)
    visible = unicodedata.category(char)[0] != "C" and folded != ""
    return visible and all(part > "\x7f" and part not in known for part in folded)


def unescape(text: str) -> str:
    """JSON text with its escapes undone (white space for control characters), so that `\\nevil.com` is no name
    `nevil.com`."""

    def plain(found: re.Match[str]) -> str:
        if found[1]:
            code = int(found[1], 16)
            return " " if code < 32 or 0xD800 <= code < 0xE000 else chr(code)
        return " " if found[2] in 'nrtbf"' else found[2]

    return _ESCAPE.sub(plain, text) if "\\" in text else text
