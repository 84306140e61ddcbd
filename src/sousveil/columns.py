"""Columns as they travel from a worker to the parent: packed, so that a row becomes values of Python only where it is asked for.

Absence of a value is None. What arrives is looked at again (`sound`), and says the same however it is read.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, chain, compress
from operator import lt
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from sousveil.kinds import only

if TYPE_CHECKING:
    import numpy.typing as npt

MAX_ROWS = 6144
"""Rows in one batch at most."""

SEPARATOR = b"\x1f"
"""Stands between the texts of a packed column and nowhere else in it."""
_SHORT = 128 << 10
"""Bytes of a column that a worker counts without numpy: importing it takes longer than a thousand such columns."""


def separators(joined: bytes) -> int:
    """How many there are. (`bytes.count` takes nine times as long for texts of a usual length.)"""
    return int(np.count_nonzero(np.frombuffer(joined, np.uint8) == SEPARATOR[0]))


SPARSE = 4
"""A column travels as its values and their rows where less than one row in so many has a value."""


class Texts(msgspec.Struct, tag="texts", dict=True):
    """A packed column of texts: UTF-8, `SEPARATOR` between rows. Most are searched and stored as they stand here, and
    never become texts of Python."""

    joined: bytes
    nulls: bytes | None = None
    """One byte for each row, 1 where there is no value (its text is empty then)."""

    @cached_property
    def text(self) -> str:
        """`joined` as text. Raises UnicodeDecodeError."""
        return self.joined.decode()

    @cached_property
    def ends(self) -> npt.NDArray[np.int64]:
        """Where each row ends in `joined`."""
        letters = np.frombuffer(self.joined, np.uint8)
        return np.append(np.flatnonzero(letters == SEPARATOR[0]), len(letters))

    @cached_property
    def values(self) -> list[Any]:
        """One text or None for each row."""
        return _emptied(self.text.split("\x1f"), self.nulls)


class Whole(msgspec.Struct, tag="whole", dict=True):
    """A packed column of whole numbers: 8 bytes each, signed, in this machine's order."""

    data: bytes
    nulls: bytes | None = None
    """As in `Texts`; the number is 0 then."""

    @cached_property
    def values(self) -> list[Any]:
        """One number or None for each row."""
        return _emptied(array("q", self.data).tolist(), self.nulls)


class Reals(msgspec.Struct, tag="reals", dict=True):
    """A packed column of floating-point numbers: 8 bytes each, in this machine's order."""

    data: bytes
    nulls: bytes | None = None
    """As in `Texts`; the number is 0.0 then."""

    @cached_property
    def values(self) -> list[Any]:
        """One number or None for each row."""
        return _emptied(array("d", self.data).tolist(), self.nulls)


class Blobs(msgspec.Struct, tag="blobs", dict=True):
    """A packed column of bytes, one after the other."""

    data: bytes
    sizes: bytes
    """How long each is: 4 bytes, unsigned, in this machine's order."""
    nulls: bytes | None = None
    """As in `Texts`; the size is 0 then."""

    @cached_property
    def values(self) -> list[Any]:
        """The bytes or None for each row."""
        sizes = array("I", self.sizes).tolist()
        ends = list(accumulate(sizes))
        return _emptied([self.data[end - size : end] for end, size in zip(ends, sizes, strict=True)], self.nulls)


class Coded(msgspec.Struct, tag="coded", dict=True):
    """A packed column whose few values are met again and again: which of them stands in each row."""

    codes: bytes
    """Places in `held`: 2 bytes, unsigned, in this machine's order. One behind the last stands for no value."""
    held: list[Any]

    @cached_property
    def values(self) -> list[Any]:
        """One value or None for each row."""
        return list(map([*self.held, None].__getitem__, memoryview(self.codes).cast("H")))

    @property
    def numbers(self) -> npt.NDArray[Any]:
        """The codes."""
        return np.frombuffer(self.codes, np.uint16)


class Sparse(msgspec.Struct, tag="sparse", dict=True):
    """A packed column with few values: what they are, and in which rows, ascending."""

    count: int
    rows: list[int]
    held: list[Any]

    @cached_property
    def values(self) -> list[Any]:
        """One value or None for each row."""
        found: list[Any] = [None] * self.count
        for row, value in zip(self.rows, self.held, strict=True):
            found[row] = value
        return found


Packed = Texts | Whole | Reals | Blobs | Coded | Sparse
Column = list[Any] | Packed


def _emptied(values: list[Any], nulls: bytes | None) -> list[Any]:
    for row in ones(nulls) if nulls is not None else ():
        values[row] = None
    return values


def ones(mask: bytes) -> list[int]:
    """Places of the ones in a mask."""
    return np.flatnonzero(np.frombuffer(mask, np.uint8)).tolist()


def unpacked(column: Column) -> list[Any]:
    """The values of a column, one for each row."""
    return column if type(column) is list else column.values  # type: ignore[union-attr]


def picked(column: Column, rows: Sequence[int]) -> list[Any]:
    """The values of some rows: of the longest columns without all others becoming values of Python."""
    if type(column) is list or "values" in column.__dict__ or not isinstance(column, Texts | Whole):
        values = unpacked(column)
        return [values[row] for row in rows]
    if isinstance(column, Whole):
        (numbers := array("q")).frombytes(column.data)
        found: list[Any] = [numbers[row] for row in rows]
    else:
        ends = column.ends
        found = [column.joined[int(ends[row - 1]) + 1 if row else 0 : int(ends[row])].decode() for row in rows]
    nulls = column.nulls
    return found if nulls is None else [None if nulls[row] else value for row, value in zip(rows, found, strict=True)]


def packed(column: list[Any]) -> Column:
    """A column as it travels: the shortest form that says the same. It remembers the values."""
    count = len(column)
    # Most columns have no hole, and packing them shows it: only where it fails are the holes counted.
    found = _dense(column, column[0], None) if count else None
    if found is None and (none := column.count(None)):
        if (count - none) * SPARSE < count:
            return _sparse(column, count - none)
        first = next((value for value in column if value is not None), None)
        found = _dense(column, first, bytes([value is None for value in column]))
    if found is None:
        return column
    found.__dict__["values"] = column
    return found


def _dense(column: list[Any], first: object, nulls: bytes | None) -> Packed | None:
    """The form for values like the first one, if all are; None where they are not, or the holes are not in `nulls`."""
    try:
        if type(first) is str:
            if (coded := _coded(column)) is not None:
                return coded
            full = column if nulls is None else ["" if v is None else v for v in column]
            joined = "\x1f".join(full).encode()
            # A text may hold the separator itself.
            borders = joined.count(SEPARATOR) if len(joined) < _SHORT else separators(joined)
            return Texts(joined=joined, nulls=nulls) if borders == len(column) - 1 else None
        if type(first) is int:
            full = column if nulls is None else [0 if v is None else v for v in column]
            return Whole(data=struct.pack(f"{len(full)}q", *full), nulls=nulls)
    except (TypeError, UnicodeEncodeError):  # not all of them texts, or not all of them sound
        return None
    except struct.error:  # not all of them whole numbers, or not all of 64 bits
        return None
    if type(first) is float and set(map(type, column)) <= {float, float if nulls is None else type(None)}:
        return Reals(
            data=array("d", column if nulls is None else [0.0 if v is None else v for v in column]).tobytes(),
            nulls=nulls,
        )
    if type(first) is bytes and set(map(type, column)) <= {bytes, bytes if nulls is None else type(None)}:
        pieces = column if nulls is None else [v or b"" for v in column]
        return Blobs(data=b"".join(pieces), sizes=array("I", map(len, pieces)).tobytes(), nulls=nulls)
    return None


FEW = 64
"""Different texts of a column up to which they travel once, with a code for each row."""
_LOOK = 16


def _coded(column: list[Any]) -> Coded | None:
    """The form for a column of few different texts (and None); None for any other."""
    count = len(column)
    if count < 2 * FEW or len(set(column[:: count // _LOOK])) > _LOOK // 2:
        return None
    seen = set(column)
    seen.discard(None)
    if len(seen) > FEW or set(map(type, seen)) != {str}:
        return None
    held = sorted(seen)
    for value in held:
        value.encode()  # a text that is not sound is no text of a packed column
    codes: dict[str | None, int] = {value: code for code, value in enumerate(held)}
    codes[None] = len(held)
    return Coded(codes=array("H", map(codes.__getitem__, column)).tobytes(), held=held)


_PLACES = tuple(range(MAX_ROWS))


def _sparse(column: list[Any], known: int) -> Sparse:
    count, held = len(column), list(filter(None, column))
    if len(held) == known and count <= MAX_ROWS:
        rows = list(compress(_PLACES, column))
    else:  # a zero, or an empty text
        rows = [row for row, value in enumerate(column) if value is not None]
        held = [column[row] for row in rows]
    found = Sparse(count=count, rows=rows, held=held)
    found.__dict__["values"] = column
    return found


def sound(column: Column, count: int, types: tuple[type, ...]) -> bool:
    """Whether a column has `count` rows and only values of these types, and a packed one can be read in each way.

    What a worker that lies hides under a row without a value is not looked for: it is shown nowhere.
    """
    match column:
        case Texts(joined=joined, nulls=nulls):
            if str not in types or not count or separators(joined) != count - 1:
                return False
            try:
                return _mask(nulls, count) and (joined.isascii() or bool(column.text))
            except UnicodeDecodeError:
                return False
        case Whole(data=data, nulls=nulls):
            return int in types and len(data) == 8 * count and _mask(nulls, count)
        case Reals(data=data, nulls=nulls):
            return float in types and len(data) == 8 * count and _mask(nulls, count)
        case Blobs(data=data, sizes=sizes, nulls=nulls):
            fits = bytes in types and len(sizes) == 4 * count and _mask(nulls, count)
            if not fits:
                return False
            lengths = np.frombuffer(sizes, np.uint32)
            if nulls is not None and lengths[np.frombuffer(nulls, np.bool_)].any():
                return False
            return int(lengths.sum(dtype=np.int64)) == len(data)
        case Coded(codes=codes, held=held):
            if len(codes) != 2 * count or not count or int(column.numbers.max()) > len(held):
                return False
            return None not in held and only(held, types) and all(map(_encodes, held))
        case Sparse(count=rows, rows=places, held=held):
            ascending = all(map(lt, chain((-1,), places), chain(places, (count,))))
            return rows == count and len(places) == len(held) and ascending and only(held, types)
        case _:
            return len(column) == count and only(column, types)


def _encodes(value: object) -> bool:
    try:
        return type(value) is not str or bool(value.encode()) or not value
    except UnicodeEncodeError:
        return False


def _mask(nulls: bytes | None, count: int) -> bool:
    return nulls is None or (len(nulls) == count and nulls.count(0) + nulls.count(1) == count)
