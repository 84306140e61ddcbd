"""Where folding a text may show an indicator: characters beyond ASCII that are not inert, and that stand beside others.

All characters of a column are looked at as numbers; each different one is judged once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.findings.matching_fold import fold, inert

_UNKNOWN, _INERT, _CHANGED, _LONG = 0, 1, 2, 3
_COUNTS = np.zeros(256, dtype=bool)
"""Bytes that may be part of an indicator: visible ASCII. Of others the character decides."""
_COUNTS[0x21:0x7F] = True
_MANY = 3
"""A character that folds to more than so many may hold an indicator by itself."""


class Oddities:
    """Remembers what was judged. `known`: the characters of indicators, see `matching_fold.composed_of`."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._state = np.zeros(0x110000, dtype=np.uint8)

    def places(self, data: bytes) -> list[int]:
        """Places in UTF-8 of characters for which their text has to be folded, ascending."""
        letters = np.frombuffer(b"".join((data, b"\0\0\0\0")), np.uint8)
        leads = np.flatnonzero(letters >= 0xC0)
        if not len(leads):
            return []
        codes, sizes = _characters(letters, leads)
        state = self._state[codes]
        if not state.all():
            for code in set(codes[state == _UNKNOWN].tolist()):
                self._state[code] = self._judged(chr(code))
            state = self._state[codes]
        odd = state >= _CHANGED
        if not odd.any():
            return []
        # Alone among spaces and inert characters it joins nothing to anything, and is no indicator by itself.
        counts = state != _INERT
        ends = leads + sizes
        behind = np.where(letters[ends] < 0x80, _COUNTS[letters[ends]], np.append(counts[1:], False))
        ahead = letters[leads - 1]  # of the very first character that is one of the zeros at the end
        before = np.where(ahead < 0x80, _COUNTS[ahead], np.append(False, counts[:-1]))
        found: list[int] = leads[odd & (behind | before | (state == _LONG))].tolist()
        return found

    def _judged(self, char: str) -> int:
        if inert(char, self._known):
            return _INERT
        return _LONG if len(fold(char)) > _MANY else _CHANGED


def _characters(letters: npt.NDArray[np.uint8], leads: npt.NDArray[np.int64]) -> tuple[Any, Any]:
    """The characters that begin at `leads`, as numbers, and of how many bytes each is."""
    first, second, third, fourth = (letters[leads + at].astype(np.int32) for at in range(4))
    two = (first & 0x1F) << 6 | second & 0x3F
    three = (first & 0x0F) << 12 | (second & 0x3F) << 6 | third & 0x3F
    four = (first & 0x07) << 18 | (second & 0x3F) << 12 | (third & 0x3F) << 6 | fourth & 0x3F
    short, middle = first < 0xE0, first < 0xF0
    return np.where(short, two, np.where(middle, three, four)), np.where(short, 2, np.where(middle, 3, 4))
