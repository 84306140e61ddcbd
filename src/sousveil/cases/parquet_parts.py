"""Parquet files put together out of parts, each written by polars as a small Parquet file of its own.

A writer of Parquet keeps some kilobytes for each column of each row group until the file ends, which for wide tables is
more than the rows. Here every part is written and forgotten; of its footer only what describes its columns is kept, as the
bytes that go into the footer of the whole, with the places moved. Page indexes, which nobody uses, are left out. And a
column that holds one value over a whole row group is written once, and its bytes are used again.

The footer is a struct of Thrift's compact protocol: fields of a type and a number, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

MAGIC = b"PAR1"
_TAIL = 8
"""Bytes behind the footer: its length and the magic."""

# Types of the compact protocol.
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_NUMBERS = (4, 5, 6)
# Fields of FileMetaData, RowGroup, ColumnChunk and ColumnMetaData.
_ROWS, _GROUPS = 3, 4
_CHUNKS = 1
_CHUNK_PLACE, _META, _INDEX_PLACE, _INDEXES = 2, 3, 4, (4, 5, 6, 7)
_SIZE, _SIZE_STORED, _DATA_PLACE, _DICTIONARY_PLACE = 6, 7, 9, 11


@dataclass(slots=True)
class Chunk:
    """One column of one row group: its pages, and how the footer describes it."""

    data: bytes | memoryview
    described: list[bytes | int]
    """Bytes, and between them places counted from the beginning of `data`."""
    size: int
    """Bytes before compression."""
    stored: int
    """Bytes after compression."""

    def kept(self) -> Chunk:
        """The chunk with bytes of its own."""
        return Chunk(bytes(self.data), self.described, self.size, self.stored)


def chunks(part: bytes | memoryview) -> list[Chunk]:
    """The columns of a Parquet file of one row group. They are views of it. Raises ValueError for what is none."""
    view, walk, start = _opened(part)
    found: list[tuple[int, Chunk]] = []
    ends = start
    for number, kind, _ in walk.fields():
        if number != _GROUPS:
            walk.skip(kind)
            continue
        if walk.count() != 1:
            raise ValueError("a part of several row groups")
        for inner, of, _ in walk.fields():
            if inner != _CHUNKS:
                walk.skip(of)
                continue
            for _ in range(walk.count()):
                at, chunk, index = _chunk(walk)
                found.append((at, chunk))
                ends = min(ends, index or ends)
    places = [at for at, _ in found] + [ends]
    if any(at >= after for at, after in pairwise(places)):
        raise ValueError("columns in another order than their pages")
    for (at, chunk), after in zip(found, places[1:], strict=True):
        chunk.data = view[at:after]
    return [chunk for _, chunk in found]


class Parts:
    """One Parquet file, row group by row group. `empty` is a Parquet file of its columns without rows."""

    def __init__(self, file: BinaryIO, empty: bytes | memoryview) -> None:
        self._file = file
        self._rows = 0
        self._groups: list[bytes] = []
        _, walk, _ = _opened(empty)
        before = behind = 0
        for number, kind, begin in walk.fields():
            walk.skip(kind)
            before = begin if number == _ROWS else before
            behind = walk.at if number == _GROUPS else behind
        self._before, self._behind = walk.data[:before], walk.data[behind : walk.at]
        self._file.write(MAGIC)
        self._at = len(MAGIC)

    def add(self, group: Sequence[Chunk], rows: int) -> None:
        """Append a row group. Raises OSError."""
        begin = self._at
        made = [b"\x19", _list(len(group))]
        for chunk in group:
            made += [part if isinstance(part, bytes) else zigzag(part + self._at) for part in chunk.described]
            self._file.write(chunk.data)
            self._at += len(chunk.data)
        # Fields 2, 3, 5 and 6; the byte before each says by how much its number is greater, and that it is a number.
        made += [b"\x16", zigzag(sum(chunk.size for chunk in group)), b"\x16", zigzag(rows)]
        made += [b"\x26", zigzag(begin), b"\x16", zigzag(sum(chunk.stored for chunk in group)), b"\0"]
        self._groups.append(b"".join(made))
        self._rows += rows

    def close(self) -> None:
        """Write the footer; the file stays open. Raises OSError."""
        head = b"\x16" + zigzag(self._rows) + b"\x19" + _list(len(self._groups))
        footer = b"".join((self._before, head, *self._groups, self._behind))
        self._groups = []
        self._file.write(footer + len(footer).to_bytes(4, "little") + MAGIC)


def _opened(part: bytes | memoryview) -> tuple[memoryview, _Walk, int]:
    """A Parquet file, a way through its footer, and where that begins."""
    view = memoryview(part)
    length = int.from_bytes(view[-_TAIL:-4], "little")
    start = len(view) - _TAIL - length
    if start < len(MAGIC) or view[: len(MAGIC)] != MAGIC or view[-len(MAGIC) :] != MAGIC:
        raise ValueError("no Parquet file")
    return view, _Walk(bytes(view[start:-_TAIL])), start


def _chunk(walk: _Walk) -> tuple[int, Chunk, int]:
    """Where a column begins, the column without its pages, and where its page index is (0: it has none)."""
    made: list[bytes | int] = []
    places: dict[int, tuple[int, int]] = {}
    """By its place in `made`: of which field, and what it says."""
    sizes = {_SIZE: 0, _SIZE_STORED: 0}
    index, done = 0, walk.at

    def place(number: int) -> None:
        nonlocal done
        made.append(walk.data[done : walk.at])
        places[len(made)] = number, walk.number()
        made.append(0)
        done = walk.at

    for number, kind, _ in walk.fields():
        if number == _CHUNK_PLACE:
            place(_CHUNK_PLACE)
        elif number == _META:
            for inner, of, _ in walk.fields():
                if inner in (_DATA_PLACE, _DICTIONARY_PLACE):
                    place(inner)
                elif inner in sizes:
                    sizes[inner] = walk.number()
                else:
                    walk.skip(of)
            made.append(walk.data[done : walk.at])
        elif number == _INDEX_PLACE:
            index = walk.number()
        elif number in _INDEXES:
            walk.skip(kind)
        else:
            raise ValueError("a column of a form that we do not know")
    made.append(b"\0")
    if not any(number == _DATA_PLACE for number, _ in places.values()):
        raise ValueError("a column without pages")
    start = min(place for number, place in places.values() if number != _CHUNK_PLACE)
    for at, (_, where) in places.items():
        made[at] = where - start
    return start, Chunk(b"", made, sizes[_SIZE], sizes[_SIZE_STORED]), index


class _Walk:
    """One way through a struct, field by field."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def fields(self) -> Iterator[tuple[int, int, int]]:
        """Number, type and beginning of each field of the struct here; its value must be walked over in between."""
        number = 0
        while head := self.data[(begin := self.at)]:
            self.at += 1
            number = number + (head >> 4) if head >> 4 else self.number()
            yield number, head & 15, begin
        self.at += 1

    def count(self) -> int:
        """The length of the list here; its first value is next."""
        head = self.data[self.at]
        self.at += 1
        return head >> 4 if head < 0xF0 else self._varint()

    def number(self) -> int:
        """The whole number here."""
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _varint(self) -> int:
        value = shift = 0
        while (byte := self.data[self.at]) & 128:
            value |= (byte & 127) << shift
            shift += 7
            self.at += 1
        self.at += 1
        return value | byte << shift

    def skip(self, kind: int) -> None:
        """Walk over a value."""
        if kind in _NUMBERS:
            while self.data[self.at] & 128:
                self.at += 1
            self.at += 1
        elif kind == _BINARY:
            size = self._varint()
            self.at += size
        elif kind in (_LIST, _SET):
            inner = self.data[self.at] & 15
            for _ in range(self.count()):
                if inner in (_TRUE, _FALSE):
                    self.at += 1
                else:
                    self.skip(inner)
        elif kind == _STRUCT:
            for _, of, _ in self.fields():
                self.skip(of)
        elif kind in (_BYTE, _DOUBLE):
            self.at += 8 if kind == _DOUBLE else 1
        elif kind not in (_TRUE, _FALSE):
            raise ValueError("a footer of a form that we do not know")


def _list(count: int) -> bytes:
    """The head of a list of structs."""
    return bytes((count << 4 | _STRUCT,)) if count < 15 else b"\xfc" + varint(count)


def varint(value: int) -> bytes:
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    made.append(value)
    return bytes(made)


def zigzag(value: int) -> bytes:
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)
