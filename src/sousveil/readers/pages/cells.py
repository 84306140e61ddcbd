"""Where each value of thousands of rows stands: the headers of SQLite records, read column by column."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from sousveil.readers.gather import Ints, Octets, eight
from sousveil.readers.pages.tree import Rows, Unusual, varints

_SIZES = np.array(
    [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0] + [(t - 12 - (t & 1)) // 2 for t in range(12, 256)], dtype=np.int64
)
"""Bytes of a value by its serial type, those of one byte."""
_BLOB, _TEXT = 12, 13
NULL, REAL, INT, BLOB, TEXT = 0, 1, 2, 4, 8
_CLASS = np.array(
    [NULL, INT, INT, INT, INT, INT, INT, REAL, INT, INT, 16, 16]
    + [BLOB if t % 2 == 0 else TEXT for t in range(12, 256)],
    dtype=np.uint8,
)
"""What a serial type is; 16: a type that SQLite keeps for itself."""
_SHIFTS = np.array([64, 56, 48, 40, 32, 16, 0, 0, 64, 64], dtype=np.int64)


class Cells:
    """The values of one column: the serial type of each (one number where all have the same), and where it begins."""

    __slots__ = ("at", "known", "rows", "types")

    def __init__(self, rows: Rows, types: int | Ints | Octets, at: Ints) -> None:
        self.rows, self.types, self.at = rows, types, at
        self.known: dict[str, Any] | None = None
        """What was found out about the column, where the same one is asked again and again; None: it is not kept."""

    def __len__(self) -> int:
        return len(self.at)

    def taken(self, which: Ints, there: Any = None) -> Cells:
        """The values of these rows in this order; NULL where `there` is false."""
        types = self.types if isinstance(self.types, int) else self.types[which]
        if there is not None:
            types = np.where(there, types, 0)
        return Cells(self.rows, types, self.at[which])

    def classes(self) -> int:
        """Which classes of values are among them, as a sum of `INT`, `REAL`, `TEXT`, `BLOB`; 16 for a type that is none.
        NULLs are not told."""
        types = self.types
        if isinstance(types, int):
            return int(_CLASS[types if types < 256 else 254 + types % 2])
        if types.dtype != np.uint8:
            types = np.where(types < 256, types, 254 + types % 2)
        either: Any = np.bitwise_or.reduce
        return int(either(_CLASS[types]))

    def nulls(self) -> Any:
        """Which rows hold nothing; None where none does."""
        if isinstance(self.types, int):
            return None if self.types else np.ones(len(self), dtype=bool)
        nulls = self.types == 0
        return nulls if nulls.any() else None

    def lengths(self) -> Ints:
        """Bytes of each value, all of them texts, blobs or nothing."""
        if isinstance(self.types, int):
            return np.full(len(self), max(0, self.types - 12 >> 1), dtype=np.int64)
        sizes: Ints = np.maximum(self.types.astype(np.int64) - 12 >> 1, 0)
        return sizes

    def whole(self) -> Ints:
        """The values, all of them whole numbers or nothing (0)."""
        types, rows = self.types, self.rows
        if isinstance(types, int):
            if types in (0, 8, 9):
                return np.full(len(self), int(types == 9), dtype=np.int64)
            found: Ints = eight(rows.buffer, self.at, ">i8").astype(np.int64) >> int(_SHIFTS[types])
            return found
        shifts = _SHIFTS[types]
        found = eight(rows.buffer, self.at, ">i8").astype(np.int64) >> np.minimum(shifts, 63)
        found[shifts == 64] = 0
        found[types == 9] = 1
        return found

    def real(self) -> Any:
        """The values, all of them floats (8 bytes each) or nothing (0.0)."""
        found = eight(self.rows.buffer, self.at, ">f8").astype(np.float64)
        if not isinstance(self.types, int):
            found[self.types != 7] = 0.0
        return found


def fixed(buffer: Octets, at: Ints, size: int) -> Octets:
    """So many bytes at each place, one row of a table each."""
    found = np.ndarray((len(buffer) - size + 1,), f"V{size}", buffer, 0, (1,))[at]
    return found.view(np.uint8).reshape(len(at), size)


def cells_of(rows: Rows, width: int, wanted: Collection[int], filled: Collection[int] = ()) -> dict[int, Cells]:
    """The wanted columns of a table of `width` columns. Columns that no row has yet are left out.

    Raises Unusual where a record is not exactly as long as its header says, or has more columns than the table, or has not
    yet one of the wanted columns of `filled`, which have a value then.
    """
    buffer = rows.buffer
    size, place = varints(buffer, rows.begin, 3)
    end = rows.begin + size
    if (end > rows.end).any() or (end < place).any():
        raise Unusual("a header that is longer than its record")
    body, shift = end.copy(), 0
    found: dict[int, Cells] = {}
    sure = int((end - place).min())
    """Columns that every record has from here on, at least: each takes one byte, or `place` has moved."""
    for column in range(width):
        if shift >= sure:
            place, shift = place + shift, 0
            sure = int((end - place).min())
            if sure <= 0:
                if any(column <= late for late in filled if late in wanted):
                    raise Unusual("rows from before a column with a value of its own")
                if (place >= end).all():
                    break
                place, body = _with_holes(rows, place, end, body, column, wanted, found)
                sure = 0
                continue
        types: Any = buffer[shift:][place]
        low, high = int(types.min()), int(types.max())
        shift += 1
        if high > 127:
            types, place = varints(buffer, place + (shift - 1), 5)
            shift = 0
            low, high = int(types.min()), int(types.max())
            sure = int((end - place).min())
        if low == high:
            types = low
        if column in wanted:
            found[column] = Cells(rows, types, body)
        if isinstance(types, int):
            if size_of := _size(types):
                body = body + size_of
        elif high < 256:
            body = body + _SIZES[types]
        else:
            body = body + _sizes(types)
    if (body != rows.end).any() or (place + shift != end).any():
        raise Unusual("a record that is longer or shorter than it says")
    return found


def _with_holes(
    rows: Rows, place: Ints, end: Ints, body: Ints, column: int, wanted: Collection[int], found: dict[int, Cells]
) -> tuple[Ints, Ints]:
    """One column that some records do not have: it came later."""
    there = place < end
    if (place > end).any():
        raise Unusual("a header that ends in a number")
    types, behind = varints(rows.buffer, np.where(there, place, end - 1), 5)
    if (behind[there] > end[there]).any():
        raise Unusual("a header that ends in a number")
    types = np.where(there, types, 0)
    if column in wanted:
        found[column] = Cells(rows, types, body)
    return np.where(there, behind, place), body + _sizes(types)


def _size(kind: int) -> int:
    return int(_SIZES[kind]) if kind < 12 else kind - 12 >> 1


def _sizes(types: Any) -> Ints:
    sizes: Ints = np.where(types < 12, _SIZES[np.minimum(types, 11)], types - 12 >> 1)
    return sizes
