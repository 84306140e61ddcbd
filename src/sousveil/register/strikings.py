"""Words by what is left of them when one or two of their first letters are struck out: two words with a slip meet in one of these.

What is left of eight letters or fewer is one number of 64 bits, so the words of a whole register are two sorted columns, made at once:
sixty thousand words have some two million strikings, and as many lists would take seconds and half a gigabyte. Words that come later
stand in a table beside the columns until there are many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sousveil.register.filed import Filed

PREFIX = 8
"""Letters of a word under which its strikings are filed."""
LATE_MOST = 2000
"""Words beside the columns from which on they are put into them."""


def strikings(word: str, most: int) -> set[str]:
    """What is left of a word's first letters with up to `most` (1 or 2) of them struck out, and those letters."""
    head = word[:PREFIX]
    once = {head[:at] + head[at + 1 :] for at in range(len(head))}
    result = once | {head}
    if most > 1:
        for one in once:
            result.update([one[:at] + one[at + 1 :] for at in range(len(one))])
    return result


def slips(word: str) -> int:
    """How many slips a word of this length may hold and still be told."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2


class Struck:
    """Words, by number, under their strikings. A word of digits is told by all of them, and not filed."""

    def __init__(self) -> None:
        self._keys: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._words: NDArray[np.int32] = np.empty(0, np.int32)
        self._late: Filed[str, int] = Filed()
        self._many = 0
        """Words that stand in the table."""

    def fill(self, words: Sequence[str]) -> None:
        """File all words anew, each under its place."""
        self._late, self._many = Filed(), 0
        sorts: dict[tuple[int, int], list[int]] = {}
        for at, word in enumerate(words):
            if (most := slips(word)) and not word.isdigit():
                if word.isascii():
                    sorts.setdefault((min(len(word), PREFIX), most), []).append(at)
                else:
                    self._later(word, at)
        keys, numbers = [np.empty(0, np.uint64)], [np.empty(0, np.int32)]
        for (length, most), many in sorts.items():
            found = _struck([words[at] for at in many], length, most)
            keys.append(found.reshape(-1))
            numbers.append(np.repeat(np.array(many, np.int32), found.shape[1]))
        every = np.concatenate(keys)
        order = np.argsort(every, kind="stable")
        self._keys, self._words = every[order], np.concatenate(numbers)[order]

    def add(self, word: str, at: int) -> None:
        """File one more word."""
        if slips(word) and not word.isdigit():
            self._later(word, at)
            self._many += 1

    def _later(self, word: str, at: int) -> None:
        for one in strikings(word, slips(word)):
            self._late.add(one, at)

    def grown(self, words: Sequence[str]) -> Struck:
        """A copy that takes more words; `words`: those that are filed."""
        made = Struck()
        if self._many > LATE_MOST:
            made.fill(words)
        else:
            made._keys, made._words, made._late, made._many = self._keys, self._words, self._late.copy(), self._many
        return made

    def find(self, word: str) -> Iterator[int]:
        """The words that share a striking with this one; one may come more than once."""
        most = slips(word)
        if len(self._keys):
            asked = (
                _struck([word], min(len(word), PREFIX), most)[0] if word.isascii() else _plain(strikings(word, most))
            )
            first = np.searchsorted(self._keys, asked, "left").tolist()
            last = np.searchsorted(self._keys, asked, "right").tolist()
            for start, end in zip(first, last, strict=True):
                if start < end:
                    yield from self._words[start:end].tolist()
        if self._late:
            for one in strikings(word, most):
                yield from self._late.get(one)


@cache
def _kept(length: int, most: int) -> NDArray[np.intp]:
    """For each way to strike out up to so many of so many letters, those that stay; `PREFIX` is none."""
    ways = [
        [at for at in range(length) if at not in gone]
        for many in range(most + 1)
        for gone in combinations(range(length), many)
    ]
    return np.array([[*way, *[PREFIX] * (PREFIX - len(way))] for way in ways], np.intp)


def _plain(strikings: Iterable[str]) -> NDArray[np.uint64]:
    """Those of a word with other letters in which none of them is left."""
    return np.frombuffer(b"".join(one.encode().ljust(PREFIX, b"\0") for one in strikings if one.isascii()), np.uint64)


def _struck(words: Sequence[str], length: int, most: int) -> NDArray[np.uint64]:
    """The strikings of words whose first letters are so many, a row for each, as numbers."""
    heads = b"".join(word[:PREFIX].encode().ljust(PREFIX + 1, b"\0") for word in words)
    letters = np.frombuffer(heads, np.uint8).reshape(len(words), PREFIX + 1)
    found: NDArray[np.uint64] = np.ascontiguousarray(letters[:, _kept(length, most)]).view(np.uint64)[:, :, 0]
    return found
