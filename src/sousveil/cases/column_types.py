"""The column types of the tables of a case, as Parquet describes them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

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


CREATED = b"\x28" + varint(8) + b"sousveil" + b"\0"
"""The end of a footer, behind its row groups: who has written it."""
