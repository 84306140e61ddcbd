"""One file's facts out of `Manifest.db`: the MBFile record, a keyed archive in a binary property list of about 650
bytes.

A backup holds hundreds of thousands of them, and plistlib takes ten times as long as the rest of the manifest's
reading. So `_quick` reads just the fields that are wanted out of the usual form; it gives up on anything unusual, and
`_slow` reads that with plistlib. Both give the same result (held by a property test). No recursion follows references
of the evidence."""

from __future__ import annotations

import datetime
import plistlib
import struct
from struct import unpack_from
from typing import Any, Final

import msgspec

from sousveil.errors import LimitExceeded, Malformed
from sousveil.texts import t

MAX_BLOB = 1 << 20
"""Bytes of one record at most; extended attributes can make it larger than the usual 650."""


class FileInfo(msgspec.Struct, frozen=True, gc=False):
    """What the manifest says about one file. None: it does not say. Times are seconds since 1970 UTC."""

    relative: str | None = None
    size: int | None = None
    protection_class: int | None = None
    encryption_key: bytes | None = None
    """Class number (4 bytes, little-endian) and the wrapped key."""
    modified: int | None = None
    """LastModified."""
    created: int | None = None
    """Birth."""
    changed: int | None = None
    """LastStatusChange."""
    mode: int | None = None
    """Kind and permissions, as in stat(2)."""
    user: int | None = None
    group: int | None = None
    inode: int | None = None
    flags: int | None = None
    target: str | None = None
    """Where a symbolic link leads."""
    digest: bytes | None = None
    extended: bool = False
    """Whether the file had extended attributes."""

    def __repr__(self) -> str:
        return f"FileInfo({self.relative!r}, size={self.size})"


INT, DATA, TEXT, ANY = range(4)
"""Forms of a field."""
NAMES: Final = FileInfo.__struct_fields__
EMPTY: Final[list[Any]] = [None] * (len(NAMES) - 1) + [False]
_SIZE: Final = NAMES.index("size")
FIELDS: Final[dict[bytes, tuple[int, int]]] = {
    key: (NAMES.index(name), form)
    for key, name, form in (
        (b"RelativePath", "relative", TEXT),
        (b"Size", "size", INT),
        (b"ProtectionClass", "protection_class", INT),
        (b"EncryptionKey", "encryption_key", DATA),
        (b"LastModified", "modified", INT),
        (b"Birth", "created", INT),
        (b"LastStatusChange", "changed", INT),
        (b"Mode", "mode", INT),
        (b"UserID", "user", INT),
        (b"GroupID", "group", INT),
        (b"InodeNumber", "inode", INT),
        (b"Flags", "flags", INT),
        (b"Target", "target", TEXT),
        (b"Digest", "digest", DATA),
        (b"ExtendedAttributes", "extended", ANY),
    )
}
"""Key of the record -> (number of the field, its form)."""


class _Layout:
    """The keys of an MBFile dictionary: which of them are wanted, and their bytes, so that each use can be checked."""

    __slots__ = ("fields", "first", "keys", "last", "offsets", "span")

    def __init__(self, blob: bytes, table: Any, references: bytes) -> None:
        self.keys: list[tuple[int, bytes]] = []
        self.fields: list[tuple[int, int, int]] = []
        """(place among the keys, number of the field, form)"""
        for index, reference in enumerate(references):
            at = table[reference]
            if blob[at] >> 4 != 5:
                raise _Unusual
            length, start = _length(blob, at)
            if start + length > len(blob):
                raise _Unusual
            self.keys.append((reference, blob[at : start + length]))
            field = FIELDS.get(blob[start : start + length])
            if field is not None:
                self.fields.append((index, *field))
        # Writers lay the keys one after the other, behind a head that stays the same: two comparisons check all.
        self.first, self.last = (min(references), max(references) + 1) if references else (0, 0)
        self.offsets = table[self.first : self.last]
        self.span = b""
        text = b"".join(key for _, key in self.keys)
        if bytes(range(self.first, self.last)) == references and blob.startswith(text, self.offsets[0]):
            self.span = text

    def fits(self, blob: bytes, table: Any) -> bool:
        """Whether this record has the same keys in the same places of its dictionary."""
        if self.span and table[self.first : self.last] == self.offsets:
            return blob.startswith(self.span, self.offsets[0])
        return all(blob.startswith(key, table[reference]) for reference, key in self.keys)


_layouts: dict[bytes, list[_Layout]] = {}
"""Cache: key references of an MBFile -> layouts that have them, checked on every use."""
_MAX_LAYOUTS = 256
_MAX_ALIKE = 8
_offsets: dict[int, struct.Struct] = {}
"""Cache: number of objects -> how to unpack their offsets."""


class _Unusual(Exception):
    """Not the usual form: ask plistlib."""


def read_mbfile(blob: bytes) -> FileInfo:
    """Read one record. Raises Malformed, or LimitExceeded for one of more than a megabyte."""
    if len(blob) > MAX_BLOB:
        raise LimitExceeded(t("error.mbfile.file_record_manifest", blob=len(blob)))
    try:
        found = _quick(blob)
    except (_Unusual, IndexError, struct.error, ValueError):
        found = _slow(blob)
        if any(type(value) is int and not -(1 << 63) <= value < 1 << 63 for value in found):
            raise Malformed(t("error.mbfile.file_record_manifest_contains")) from None
    if found[_SIZE] is not None and found[_SIZE] < 0:
        raise Malformed(t("error.mbfile.file_record_manifest_states"))
    return FileInfo(*found)


def read_usual(blob: bytes) -> list[Any] | None:
    """The fields of a record in the order of `FileInfo`, unchecked; None for one that is not of the usual form."""
    try:
        return _quick(blob)
    except (_Unusual, IndexError, struct.error, ValueError):
        return None


def _table(blob: bytes, width: int, count: int, start: int) -> Any:
    """Offsets of the objects, by number."""
    if start + count * width > len(blob):
        raise _Unusual
    if width == 1:
        return blob[start : start + count]
    if width != 2:
        raise _Unusual
    form = _offsets.get(count)
    if form is None:
        form = struct.Struct(f">{count}H")
        if len(_offsets) < _MAX_LAYOUTS:
            _offsets[count] = form
    return form.unpack_from(blob, start)


def _length(blob: bytes, at: int) -> tuple[int, int]:
    """(length, where the content starts) of the object at an offset."""
    low = blob[at] & 15
    if low != 15:
        return low, at + 1
    if blob[at + 1] == 0x10:
        return blob[at + 2], at + 3
    if blob[at + 1] == 0x11:
        return blob[at + 2] << 8 | blob[at + 3], at + 4
    raise _Unusual


def _root(blob: bytes, table: Any, top: int) -> tuple[int, int, int]:
    """(offset of the MBFile dictionary, start of the references of $objects, their number)."""
    at = table[top]
    count = blob[at] & 15
    if blob[at] >> 4 != 13 or count == 15:
        raise _Unusual
    objects = root = -1
    for index in range(at + 1, at + 1 + count):
        key = table[blob[index]]
        if blob.startswith(b"\x58$objects", key):
            objects = table[blob[index + count]]
        elif blob.startswith(b"\x54$top", key):
            inner = table[blob[index + count]]
            if blob[inner] != 0xD1 or not blob.startswith(b"\x54root", table[blob[inner + 1]]):
                raise _Unusual
            value = table[blob[inner + 2]]
            if blob[value] != 0x80:
                raise _Unusual
            root = blob[value + 1]
        elif blob[key] >> 4 != 5:
            raise _Unusual
    if objects < 0 or root < 0 or blob[objects] >> 4 != 10:
        raise _Unusual
    length, start = _length(blob, objects)
    if root >= length or start + length > len(blob):
        raise _Unusual
    return table[blob[start + root]], start, length


def _uid(blob: bytes, table: Any, at: int, start: int, count: int) -> int:
    """Offset of the object that a reference at an offset means."""
    marker = blob[at]
    if marker == 0x80:
        number = blob[at + 1]
    elif marker == 0x81:
        number = blob[at + 1] << 8 | blob[at + 2]
    else:
        raise _Unusual
    if number >= count:
        raise _Unusual
    return int(table[blob[start + number]])


def _data(blob: bytes, table: Any, at: int) -> bytes | None:
    """The bytes of NSData: the object itself, or the one in an NSMutableData dictionary."""
    kind = blob[at] >> 4
    if kind == 13:
        count = blob[at] & 15
        found = -1
        for index in range(at + 1, at + 1 + count):
            key = table[blob[index]]
            if blob[key] >> 4 != 5:
                raise _Unusual
            if blob.startswith(b"\x57NS.data", key):
                found = table[blob[index + count]]
        if found < 0 or count == 15:
            raise _Unusual
        at = found
        kind = blob[at] >> 4
    if kind != 4:
        if not blob.startswith(b"\x55$null", at):
            raise _Unusual
        return None
    length, start = _length(blob, at)
    if start + length > len(blob):
        raise _Unusual
    return blob[start : start + length]


def _text(blob: bytes, at: int) -> str | None:
    kind = blob[at] >> 4
    length, start = _length(blob, at)
    if kind == 5 and start + length <= len(blob):
        text = blob[start : start + length].decode("ascii")
    elif kind == 6 and start + 2 * length <= len(blob):
        text = blob[start : start + 2 * length].decode("utf-16be")
    else:
        raise _Unusual
    return None if text == "$null" else text


def _new_layout(blob: bytes, table: Any, references: bytes) -> _Layout:
    layout = _Layout(blob, table, references)
    if len(_layouts) < _MAX_LAYOUTS:
        known = _layouts.setdefault(references, [])
        if len(known) < _MAX_ALIKE:
            known.append(layout)
    return layout


def _quick(blob: bytes) -> list[Any]:
    """The fields in the order of `FileInfo`; raises _Unusual (or an error of indexing) for any other form than the
    usual.
    """
    width, reference_width, number, top, start = unpack_from(">6xBBQQQ", blob, len(blob) - 32)
    if reference_width != 1 or number > 256 or not blob.startswith(b"bplist00"):
        raise _Unusual
    table = _table(blob, width, number, start)
    at, objects, count = _root(blob, table, top)
    if blob[at] >> 4 != 13:
        raise _Unusual
    entries, first = _length(blob, at)
    references = blob[first : first + entries]
    for layout in _layouts.get(references, ()):
        if layout.fits(blob, table):
            break
    else:
        layout = _new_layout(blob, table, references)
    found = EMPTY.copy()
    place = first + entries
    for index, field, form in layout.fields:
        value = table[blob[place + index]]
        if form == INT:
            marker = blob[value]
            if not 0x10 <= marker <= 0x13:
                raise _Unusual
            end = value + 1 + (1 << (marker & 15))
            if end > len(blob):
                raise _Unusual
            found[field] = int.from_bytes(blob[value + 1 : end], "big", signed=marker == 0x13)
        else:
            found[field] = _object(blob, table, _uid(blob, table, value, objects, count), form)
    return found


def _object(blob: bytes, table: Any, at: int, form: int) -> Any:
    if form == TEXT:
        return _text(blob, at)
    if form == DATA:
        return _data(blob, table, at)
    return not blob.startswith(b"\x55$null", at)


def _slow(blob: bytes) -> list[Any]:
    """The same by plistlib, for unusual forms."""
    try:
        archive = plistlib.loads(blob, fmt=plistlib.FMT_BINARY)
        objects = archive["$objects"]
        record = objects[archive["$top"]["root"].data]
        items = list(record.items())
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        OverflowError,
        RecursionError,
        struct.error,
        MemoryError,
    ):
        raise Malformed(t("error.mbfile.file_record_manifest_damaged")) from None
    found = EMPTY.copy()
    for name, value in items:
        known = FIELDS.get(name.encode("utf-8", "replace")) if isinstance(name, str) else None
        if known is not None:
            found[known[0]] = _value(objects, value, known[1])
    return found


def _value(objects: Any, value: Any, form: int) -> Any:
    if form == INT:
        return _integer(value)
    if isinstance(value, plistlib.UID):
        if not isinstance(objects, list) or value.data >= len(objects):
            raise Malformed(t("error.mbfile.file_record_manifest_refers"))
        value = objects[value.data]
    if form == ANY:
        return value != "$null"
    if value == "$null":
        return None
    if form == DATA and isinstance(value, dict):
        value = value.get("NS.data")
    if not isinstance(value, bytes if form == DATA else str):
        raise Malformed(t("error.mbfile.file_record_manifest_field"))
    return value


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, datetime.datetime):
        return int(value.replace(tzinfo=datetime.UTC).timestamp())
    if isinstance(value, float) and abs(value) < 2**62:
        return int(value)
    raise Malformed(t("error.mbfile.file_record_manifest_field"))
