"""The column types of the tables of a case, as Parquet describes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from enum import Enum

from sousveil.patterns import lazy_pattern

INT32, INT64, DOUBLE, BYTE_ARRAY = 1, 2, 5, 6
"""Physical types of Parquet."""

# Of a column's description, in Thrift's compact protocol: the converted type (field 6) for old readers, then the logical
# type (field 10, a union). Both follow the name (field 4).
_TEXT = b"\x25\x00" + b"\x4c\x1c\x00\x00"
_INSTANT = b"\x25\x14" + b"\x4c\x8c\x11\x1c\x2c\x00\x00\x00\x00"
_COUNT = b"\x25\x1a" + b"\x4c\xac\x13\x20\x12\x00\x00"


class Type(Enum):
    """What a column holds; each may be null."""

    TEXT = (BYTE_ARRAY, _TEXT)
    BYTES = (BYTE_ARRAY, b"")
    WHOLE = (INT64, b"")
    """A whole number of 64 bits."""
    REAL = (DOUBLE, b"")
    INSTANT = (INT64, _INSTANT)
    """Microseconds since 1970 in UTC."""
    COUNT = (INT32, _COUNT)
    """A whole number of 32 bits that is not negative."""

    @property
    def physical(self) -> int:
        """How Parquet stores it."""
        return self.value[0]

    @property
    def meaning(self) -> bytes:
        """What Parquet's description says beyond that."""
        return self.value[1]


def varint(value: int) -> bytes:
    """A number of Thrift's compact protocol that is not negative."""
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    made.append(value)
    return bytes(made)


def zigzag(value: int) -> bytes:
    """A number of Thrift's compact protocol."""
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def list_of_structs(count: int) -> bytes:
    """The head of a list of structs."""
    return bytes((count << 4 | 12,)) if count < 15 else b"\xfc" + varint(count)


def described(schema: Mapping[str, Type]) -> bytes:
    """The beginning of a footer (`FileMetaData`): the version of the format and the columns."""
    made = [b"\x15\x02\x19", list_of_structs(len(schema) + 1)]
    root = b"root"
    made += [b"\x48", varint(len(root)), root, b"\x15", zigzag(len(schema)), b"\0"]
    for name, of in schema.items():
        raw = name.encode()
        made += [b"\x15", zigzag(of.physical), b"\x25\x02\x18", varint(len(raw)), raw, of.meaning, b"\0"]
    return b"".join(made)


_CREATED = b"\x18" + varint(8) + b"sousveil"
_ORDERED = b"\x1c\0\0"
"""Of one column: its least and greatest values are in the order of its type."""


def footer_end(schema: Mapping[str, Type], originals: Mapping[str, str]) -> bytes:
    """The end of a footer, behind its row groups: the evidence's own names of columns (`original_names`), the writer, and
    the order that the statistics of each column follow."""
    names = json.dumps(originals, ensure_ascii=False, sort_keys=True).encode()
    pair = b"\x18" + varint(len(_ORIGINALS)) + _ORIGINALS + b"\x18" + varint(len(names)) + names + b"\0"
    known = b"\x19" + list_of_structs(1) + pair if originals else b"\x19" + list_of_structs(0)
    return known + _CREATED + b"\x19" + list_of_structs(len(schema)) + _ORDERED * len(schema) + b"\0"


_ORIGINALS = b"original_names"
RESERVED = frozenset(
    """
    all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check collate
    collation column columns concurrently constraint create cross default deferrable desc describe distinct do else end except
    false fetch for foreign freeze from full generated glob group having ilike in initially inner intersect into is isnull
    join lambda lateral leading left like limit map natural not notnull null offset on only or order outer overlaps pivot
    pivot_longer pivot_wider placing positional primary qualify references returning right select semi show similar some
    struct summarize symmetric table tablesample then to trailing true try_cast tuple union unique unpack unpivot using variadic
    verbose when where window with
    """.split()
)
"""Words that SQL reads as its own: no column bears one."""
_PLAIN_NAME = lazy_pattern(r"[a-z_][a-z0-9_]*", re.ASCII | re.IGNORECASE)
_OTHER = lazy_pattern(r"[^a-z0-9_]+", re.ASCII | re.IGNORECASE)


def sql_names(names: Iterable[str]) -> list[str]:
    """Column names for `names`, in their order, that SQL reads without quotes; unique whatever the case of their letters.

    A plain name stays. Other characters become `_`, a reserved word is put behind `field_`, and a name that is taken gets
    a number.
    """
    columns: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = name if _PLAIN_NAME.fullmatch(name) else _OTHER.sub("_", name)
        if not plain or plain[0].isdigit() or plain.lower() in RESERVED:
            plain = f"field_{plain}"
        column, number = plain, 2
        while column.lower() in taken:
            column, number = f"{plain}_{number}", number + 1
        taken.add(column.lower())
        columns.append(column)
    return columns
