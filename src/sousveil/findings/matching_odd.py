"""Where folding a text may show an indicator: characters beyond ASCII that are not inert, and that stand beside others.

All characters of a column are looked at as numbers; each different one is judged once. Most are told by their first bytes,
which they share with others: of a text in Arabic or with emoji hardly one is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Callable
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


_FOUR = 0xF0
"""The first byte of the characters behind the first 65,536 that are met: emoji among them."""
Octets = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


class Oddities:
    """Remembers what was judged. `known`: the characters of indicators, see `matching_fold.composed_of`."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._state = np.zeros(0x110000, dtype=np.uint8)
        self._begins = np.zeros(1 << 16, dtype=np.uint8)
        """What is known of all characters that begin with two bytes: `_INERT`, `_CHANGED` (some are not), or not yet."""
        self._goes_on = np.zeros(1 << 16, dtype=np.uint8)
        """The same of the second and third byte of four, of which the first is `_FOUR`."""

    def places(self, data: bytes) -> list[int]:
        """Places in UTF-8 of characters for which their text has to be folded, ascending."""
        letters = np.frombuffer(b"".join((data, b"\0\0\0\0")), np.uint8)
        leads = np.flatnonzero(letters >= 0xC0)
        # Nearly all characters are of blocks in which every one is inert: two bytes tell that, three of an emoji.
        close = leads[self._mixed(self._begins, letters, leads, self._beginning)] if len(leads) else leads
        if not len(close):
            return []
        four = letters[close] == _FOUR
        if four.any():
            four[four] = ~self._mixed(self._goes_on, letters, close[four] + 1, self._going_on)
            close = close[~four]
        states, sizes = self._states(letters, close)
        odd = states >= _CHANGED
        if not odd.any():
            return []
        # Alone among spaces and inert characters it joins nothing to anything, and is no indicator by itself.
        at, states = close[odd], states[odd]
        ahead = leads[
            np.searchsorted(leads, at) - 1
        ]  # of the very first character that is another, whose byte is a zero
        counts = (states == _LONG) | self._counts(letters, at + sizes[odd]) | self._counts(letters, at - 1, ahead)
        found: list[int] = at[counts].tolist()
        return found

    def _counts(self, letters: Octets, at: Ints, leads: Ints | None = None) -> Any:
        """Whether the characters at these places may be part of an indicator. `leads`: where those beyond ASCII begin."""
        bytes_there = letters[at]
        counts = _COUNTS[bytes_there]
        beyond = np.flatnonzero(bytes_there >= 0x80)
        if len(beyond):
            counts[beyond] = self._states(letters, (at if leads is None else leads)[beyond])[0] != _INERT
        return counts

    def _mixed(self, known: Octets, letters: Octets, at: Ints, begun: Callable[[int], range]) -> Any:
        """Where the two bytes at a place begin characters of which some are not inert."""
        pairs = np.ndarray((len(letters) - 1,), "<u2", letters, 0, (1,))[at]
        states = known[pairs]
        if not states.all():
            for pair in set(pairs[states == _UNKNOWN].tolist()):
                codes = np.array(begun(pair), dtype=np.int64)
                known[pair] = _CHANGED if not len(codes) or (self._judge(codes) != _INERT).any() else _INERT
            states = known[pairs]
        return states == _CHANGED

    @staticmethod
    def _beginning(pair: int) -> range:
        """The characters that begin with these two bytes; none where they are too many."""
        first, second = pair & 0xFF, pair >> 8 & 0x3F
        if first < 0xE0:
            code = (first & 0x1F) << 6 | second
            return range(code, code + 1)
        code = (first & 0x0F) << 12 | second << 6
        return range(code, code + 64) if first < 0xF0 else range(0)

    @staticmethod
    def _going_on(pair: int) -> range:
        """The characters that begin with `_FOUR` and these two bytes."""
        code = (pair & 0x3F) << 12 | (pair >> 8 & 0x3F) << 6
        return range(code, code + 64)

    def _states(self, letters: Octets, at: Ints) -> tuple[Octets, Any]:
        """What the characters that begin at these places are, and of how many bytes."""
        codes, sizes = _characters(letters, at)
        return self._judge(codes), sizes

    def _judge(self, codes: Any) -> Octets:
        states: Octets = self._state[codes]
        if not states.all():
            for code in set(codes[states == _UNKNOWN].tolist()):
                self._state[code] = self._judged(chr(code))
            states = self._state[codes]
        return states

    def _judged(self, char: str) -> int:
        if inert(char, self._known):
            return _INERT
        return _LONG if len(fold(char)) > _MANY else _CHANGED


def _characters(letters: Octets, leads: Ints) -> tuple[Any, Any]:
    """The characters that begin at `leads`, as numbers, and of how many bytes each is."""
    first, second, third, fourth = (letters[leads + at].astype(np.int32) for at in range(4))
    two = (first & 0x1F) << 6 | second & 0x3F
    three = (first & 0x0F) << 12 | (second & 0x3F) << 6 | third & 0x3F
    four = (first & 0x07) << 18 | (second & 0x3F) << 12 | (third & 0x3F) << 6 | fourth & 0x3F
    short, middle = first < 0xE0, first < 0xF0
    return np.where(short, two, np.where(middle, three, four)), np.where(short, 2, np.where(middle, 3, 4))
