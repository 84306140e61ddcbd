"""Parquet files put together out of row groups, each written and forgotten.

A writer of Parquet keeps some kilobytes for each column of each row group until the file ends, which for wide tables is
more than the rows. Here only what the footer says of a chunk is kept, as the bytes that go into it.

The footer is a struct of Thrift's compact protocol: fields of a type and a number, one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO

import msgspec

from sousveil.cases.column_types import Type, described, footer_end, list_of_structs, zigzag

MAGIC = b"PAR1"


class Chunk(msgspec.Struct):
    """One column of one row group: its pages, and how the footer describes it."""

    data: bytes | memoryview
    described: list[bytes | int]
    """Bytes, and between them places counted from the beginning of `data`."""
    size: int
    """Bytes before compression."""
    stored: int
    """Bytes after compression."""


class Parts:
    """One Parquet file, row group by row group."""

    def __init__(self, file: BinaryIO, schema: Mapping[str, Type], originals: Mapping[str, str]) -> None:
        """`originals`: the evidence's own names of columns that are called otherwise in `schema`."""
        self._file = file
        self._rows = 0
        self._groups: list[bytes] = []
        self._before, self._behind = described(schema), footer_end(schema, originals)
        self._file.write(MAGIC)
        self._at = len(MAGIC)

    def add(self, group: Sequence[Chunk], rows: int) -> None:
        """Append a row group. Raises OSError."""
        begin = self._at
        made = [b"\x19", list_of_structs(len(group))]
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
        head = b"\x16" + zigzag(self._rows) + b"\x19" + list_of_structs(len(self._groups))
        footer = b"".join((self._before, head, *self._groups, self._behind))
        self._groups = []
        self._file.write(footer + len(footer).to_bytes(4, "little") + MAGIC)
