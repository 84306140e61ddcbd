"""The texts of a column as the scan sees them: joined, UTF-8, one separator between rows.

A packed column stands like this already, so that texts in which nothing is met never become texts of Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sousveil.records import SEPARATOR, Coded, Column, Sparse, Texts, unpacked

if TYPE_CHECKING:
    import numpy.typing as npt

MARK = SEPARATOR.decode()


class Lines:
    """`data` are the joined texts. A text that holds the separator itself has a space there in `data`, not in `texts`."""

    def __init__(self, data: bytes, count: int, texts: Sequence[str] | None = None) -> None:
        self.data, self.count, self._texts = data, count, texts

    @classmethod
    def of(cls, column: Column, count: int) -> Lines:
        """The texts of a column of `count` rows; an empty one for what is none."""
        if isinstance(column, Texts):
            lines = cls(column.joined, count)
            if not column.joined.isascii():
                lines.__dict__["joined"] = column.text  # decoded once
            return lines
        if isinstance(column, Sparse | Coded) and not any(type(value) is str for value in column.held):
            return cls(SEPARATOR * (count - 1), count)
        return cls.joining([value if isinstance(value, str) else "" for value in unpacked(column)])

    @classmethod
    def joining(cls, texts: Sequence[str]) -> Lines:
        """Texts, a line each."""
        joined = MARK.join(texts)
        if joined.count(MARK) != max(len(texts) - 1, 0):
            joined = MARK.join([text.replace(MARK, " ") for text in texts])
        return cls(joined.encode("utf-8", "replace"), len(texts), texts)

    @cached_property
    def texts(self) -> Sequence[str]:
        """The texts, one a row."""
        return self._texts if self._texts is not None else self.joined.split(MARK)

    @cached_property
    def joined(self) -> str:
        """`data` as text."""
        return self.data.decode("utf-8", "replace")

    def text(self, row: int) -> str:
        """One of the texts."""
        if self._texts is not None:
            return self._texts[row]
        begin = int(self._ends[row - 1]) + 1 if row else 0
        return self.data[begin : int(self._ends[row])].decode("utf-8", "replace")

    @cached_property
    def _ends(self) -> npt.NDArray[np.int64]:
        letters = np.frombuffer(self.data, np.uint8)
        return np.append(np.flatnonzero(letters == SEPARATOR[0]), len(letters))

    @property
    def empty(self) -> bool:
        """Whether there are no texts but empty ones."""
        return len(self.data) < self.count

    def rows(self, places: Iterable[int]) -> set[int]:
        """The rows in which byte offsets of `data` lie; ascending offsets."""
        found, at, row = set(), 0, 0
        for place in places:
            row += self.data.count(SEPARATOR, at, place)
            at = place
            found.add(row)
        return found

    def replaced(self, old: bytes, new: bytes) -> Lines:
        """The same rows with one byte for another."""
        return Lines(self.data.replace(old, new), self.count)

    def cut(self, places: Iterable[int]) -> list[tuple[int, str]]:
        """The texts in which offsets of `joined` (ascending) lie, each once, with their rows."""
        joined = self.joined
        found: list[tuple[int, str]] = []
        at, row, end = 0, 0, -1
        for place in places:
            if place < end:
                continue
            row += joined.count(MARK, at, place)
            begin, end = joined.rfind(MARK, at, place) + 1 or at, joined.find(MARK, place)
            end = len(joined) if end < 0 else end
            found.append((row, joined[begin:end]))
            at = end
        return found

    def at(self, places: Iterable[int]) -> list[tuple[int, str]]:
        """The texts in which byte offsets of `data` (ascending) lie, each once, with their rows."""
        data = self.data
        found: list[tuple[int, str]] = []
        at, row, end = 0, 0, -1
        for place in places:
            if place < end:
                continue
            row += data.count(SEPARATOR, at, place)
            begin, end = data.rfind(SEPARATOR, at, place) + 1 or at, data.find(SEPARATOR, place)
            end = len(data) if end < 0 else end
            found.append((row, data[begin:end].decode("utf-8", "replace")))
            at = end
        return found


def distinct(column: Column) -> set[str]:
    """The texts of a column, each once, without the empty one."""
    values: Iterable[Any] = column.held if isinstance(column, Sparse | Coded) else unpacked(column)
    found = set(values)
    found -= {None, ""}
    return found if set(map(type, found)) <= {str} else {value for value in found if isinstance(value, str)}
