"""Columns as pages of Parquet, straight out of the arrays that they are.

Texts are stored as their lengths and then all their bytes (DELTA_LENGTH_BYTE_ARRAY), whole numbers as differences
(DELTA_BINARY_PACKED): both are what is at hand already. A value that is met again and again is stored once (dictionary).

Each column of a row group states how many of its values are null, and its least and greatest value where both are at
most 64 bytes: a reader passes over row groups that cannot hold what it looks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lz4.block  # type: ignore[import-untyped]
import msgspec
import numpy as np
import numpy.typing as npt

from sousveil.cases.column_types import BYTE_ARRAY, DOUBLE, INT32, INT64, varint, zigzag
from sousveil.cases.parquet_parts import Chunk

Bools = npt.NDArray[np.bool_]

_PLAIN, _RLE, _DELTA, _LENGTHS, _SHARED, _CODES = 0, 3, 5, 6, 7, 8
_STORED, _LZ4 = 0, 7
_WORTH = 128
"""Bytes from which on compression is tried."""
_BLOCK = 128
"""A block of differences is a multiple of this."""


class Plain(msgspec.Struct):
    """A column as arrays. What is null is there as 0 or of no length."""

    rows: int
    nulls: Bools | None

    def cut(self, start: int, end: int) -> Plain:
        """Some rows of it."""
        raise NotImplementedError

    def _mask(self, start: int, end: int) -> Bools | None:
        return None if self.nulls is None else self.nulls[start:end]


class Numbers(Plain):
    """Whole numbers (int64) or floats."""

    values: npt.NDArray[Any]

    def cut(self, start: int, end: int) -> Numbers:
        """Some rows of it."""
        return Numbers(end - start, self._mask(start, end), self.values[start:end])


class Strings(Plain):
    """Texts or bytes one after the other."""

    sizes: npt.NDArray[np.int64]
    data: bytes | memoryview

    def cut(self, start: int, end: int) -> Strings:
        """Some rows of it."""
        first = int(self.sizes[:start].sum())
        size = int(self.sizes[start:end].sum())
        data = memoryview(self.data)[first : first + size]
        return Strings(end - start, self._mask(start, end), self.sizes[start:end], data)


class Codes(Plain):
    """Few texts, and which of them stands where."""

    codes: npt.NDArray[np.uint16]
    held: list[bytes]

    def cut(self, start: int, end: int) -> Codes:
        """Some rows of it."""
        return Codes(end - start, self._mask(start, end), self.codes[start:end], self.held)

    def strings(self) -> Strings:
        """The same, each text where it stands."""
        values = [*self.held, b""]
        codes = self.codes if self.nulls is None else np.where(self.nulls, len(self.held), self.codes)
        sizes = np.array(list(map(len, values)), dtype=np.int64)[codes]
        return Strings(self.rows, self.nulls, sizes, b"".join(map(values.__getitem__, codes.tolist())))


class Places(Plain):
    """Texts that are alike but for a number in them: what stands before it, the numbers, what stands behind."""

    parts: list[tuple[bytes, npt.NDArray[np.int64], bytes]]

    def cut(self, start: int, end: int) -> Places:
        """Some rows of it."""
        found, at = [], 0
        for before, numbers, behind in self.parts:
            some = numbers[max(0, start - at) : max(0, end - at)]
            if len(some):
                found.append((before, some, behind))
            at += len(numbers)
        return Places(end - start, None, found)

    def strings(self) -> Strings:
        """The same, each text as it is."""
        texts = [b"%b%d%b" % (a, number, b) for a, numbers, b in self.parts for number in numbers.tolist()]
        return Strings(self.rows, None, np.array(list(map(len, texts)), dtype=np.int64), b"".join(texts))


def digits(numbers: npt.NDArray[Any], behind: bytes) -> tuple[npt.NDArray[np.int64], bytes]:
    """Whole numbers in decimal, each with the same text behind it: their sizes, and all of them."""
    low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    if low < 0:
        texts = [b"%d%b" % (number, behind) for number in numbers.tolist()]
        return np.array(list(map(len, texts)), dtype=np.int64), b"".join(texts)
    width = len(str(high))
    table = np.empty((len(numbers), width + len(behind)), dtype=np.uint8)
    table[:, width:] = np.frombuffer(behind, np.uint8)
    left = numbers.astype(np.uint32) if high < 1 << 32 else numbers
    for place in range(width - 1, -1, -1):
        higher = left // 10
        table[:, place] = left - higher * 10 + 48
        left = higher
    sizes = np.full(len(numbers), width + len(behind), dtype=np.int64)
    if len(str(low)) == width:
        return sizes, table.tobytes()
    missing = width - 1 - np.searchsorted(10 ** np.arange(1, width, dtype=np.int64), numbers, "right")
    return sizes - missing, table[np.arange(width + len(behind)) >= missing[:, None]].tobytes()


def _of_places(name: str, kind: int, column: Places, levels: bytes) -> Chunk:
    """Each text as how much of the one before it begins with, and the rest (DELTA_BYTE_ARRAY)."""
    shared, sizes, data = [], [], []
    for before, numbers, behind in column.parts:
        same = np.full(len(numbers), len(before), dtype=np.int64)
        same[0] = 0
        size, rest = digits(numbers, behind)
        size[0] += len(before)
        shared.append(same)
        sizes.append(size)
        data += [before, rest]
    packed = [_differences(np.concatenate(one), always=True) or b"" for one in (shared, sizes)]
    return _chunk(name, kind, column.rows, [], _SHARED, [levels, *packed, *data], _statistics(0, None))


_LONGEST = 64
"""Bytes of a least or greatest value at most."""
_FEW = 16
Extremes = tuple[bytes, bytes] | None
"""The least and the greatest value as Parquet stores them; None where they are not stated."""


def _statistics(nulls: int, extremes: Extremes) -> bytes:
    """What the footer says of the values of a chunk: a struct without its field number."""
    made = b"\x36" + zigzag(nulls)
    if extremes is not None and max(map(len, extremes)) <= _LONGEST:
        least, greatest = extremes
        made += b"\x28" + varint(len(greatest)) + greatest + b"\x18" + varint(len(least)) + least
    return made + b"\0"


def _ends_of_numbers(values: npt.NDArray[Any], kind: int) -> Extremes:
    if not len(values):
        return None
    least, greatest = values.min(), values.max()
    if kind == DOUBLE:
        if np.isnan(least):  # one that is no number makes both so
            return None
        least, greatest = (-0.0 if least == 0 else least), (0.0 if greatest == 0 else greatest)
    dtype = {INT32: "<i4", INT64: "<i8", DOUBLE: "<f8"}[kind]
    return np.array(least, dtype=dtype).tobytes(), np.array(greatest, dtype=dtype).tobytes()


def _ends_of_codes(held: Sequence[bytes], codes: npt.NDArray[np.uint16]) -> Extremes:
    used = np.zeros(len(held), dtype=bool)
    used[codes] = True
    values = [value for value, there in zip(held, used.tolist(), strict=True) if there]
    return (min(values), max(values)) if values else None


def _ends_of_strings(sizes: npt.NDArray[np.int64], data: bytes | memoryview) -> Extremes:
    if not len(sizes):
        return None
    letters = np.frombuffer(b"".join((data, bytes(8))), np.uint8)
    words: npt.NDArray[Any] = np.ndarray((len(letters) - 7,), dtype=">u8", buffer=letters.data, strides=(1,))
    begins = np.cumsum(sizes) - sizes
    least = _end_of_strings(sizes, begins, data, words, greatest=False)
    greatest = _end_of_strings(sizes, begins, data, words, greatest=True)
    return None if least is None or greatest is None else (least, greatest)


def _end_of_strings(
    sizes: npt.NDArray[np.int64],
    begins: npt.NDArray[np.int64],
    data: bytes | memoryview,
    words: npt.NDArray[Any],
    *,
    greatest: bool,
) -> bytes | None:
    """The least or greatest of texts, eight bytes at a time; None where more than a few share a long beginning."""
    pick = max if greatest else min
    for done in range(0, _LONGEST, 8):
        if len(sizes) <= _FEW:
            break
        left = np.clip(sizes - done, 0, 8)
        unused = ((8 - left) * 8).astype(np.uint64)
        here: npt.NDArray[np.uint64] = words[np.minimum(begins + done, len(words) - 1)].astype(np.uint64)
        here = np.where(left > 0, here >> unused << unused, np.uint64(0))
        kept = here == (np.max(here) if greatest else np.min(here))
        sizes, begins = sizes[kept], begins[kept]
        if int(np.max(sizes)) <= done + 8:  # all that are left are the same but for zeros at their end
            kept = sizes == (np.max(sizes) if greatest else np.min(sizes))
            sizes, begins = sizes[kept][:1], begins[kept][:1]
    if len(sizes) > _FEW:
        return None
    return pick(bytes(data[a : a + n]) for a, n in zip(begins.tolist(), sizes.tolist(), strict=True))


def nothing(like: type[Plain], rows: int) -> Plain:
    """A column of nulls."""
    nulls = np.ones(rows, dtype=bool)
    if like is Numbers:
        return Numbers(rows, nulls, np.zeros(rows, dtype=np.int64))
    return Codes(rows, nulls, np.zeros(rows, dtype=np.uint16), [])


def together(parts: Sequence[Plain]) -> Plain:
    """Columns of one sort one under the other."""
    if len(parts) == 1:
        return parts[0]
    rows = sum(part.rows for part in parts)
    if all(isinstance(part, Places) for part in parts):
        return Places(rows, None, [one for part in parts for one in part.parts])  # type: ignore[attr-defined]
    nulls = None
    if any(part.nulls is not None for part in parts):
        nulls = np.concatenate([np.zeros(p.rows, dtype=bool) if p.nulls is None else p.nulls for p in parts])
    if all(isinstance(part, Codes) for part in parts):
        places: dict[bytes, int] = {}
        for part in parts:
            for value in part.held:  # type: ignore[attr-defined]
                places.setdefault(value, len(places))
        if len(places) < 1 << 14:
            made = [
                np.array([*map(places.__getitem__, p.held), 0], dtype=np.uint16)[np.minimum(p.codes, len(p.held))]  # type: ignore[attr-defined]
                for p in parts
            ]
            return Codes(rows, nulls, np.concatenate(made), list(places))
    if all(isinstance(part, Numbers) for part in parts):
        return Numbers(rows, nulls, np.concatenate([part.values for part in parts]))  # type: ignore[attr-defined]
    strings = [part.strings() if isinstance(part, Codes | Places) else part for part in parts]
    sizes = np.concatenate([part.sizes for part in strings])  # type: ignore[attr-defined]
    return Strings(rows, nulls, sizes, b"".join([part.data for part in strings]))  # type: ignore[attr-defined]


def chunk(name: str, kind: int, column: Plain) -> Chunk:
    """A column as one chunk of a row group. `kind` is its physical type; it may be null."""
    levels = _levels(column)
    nulls = column.nulls if column.nulls is not None and column.nulls.any() else None
    missing = 0 if nulls is None else int(np.count_nonzero(nulls))
    if isinstance(column, Places):
        return _of_places(name, kind, column, levels)
    if isinstance(column, Codes):
        if not column.held:
            return one(name, kind, column.rows, None)
        codes = column.codes if nulls is None else column.codes[~nulls]
        known = _statistics(missing, _ends_of_codes(column.held, codes))
        return _of_codes(name, kind, column, codes, levels, known)
    if isinstance(column, Numbers):
        values = column.values if nulls is None else column.values[~nulls]
        known = _statistics(missing, _ends_of_numbers(values, kind))
        if kind == INT64 and (packed := _differences(values)) is not None:
            return _chunk(name, kind, column.rows, [], _DELTA, [levels, packed], known)
        words = values.astype(np.int32) if kind == INT32 else values
        return _chunk(name, kind, column.rows, [], _PLAIN, [levels, words.tobytes()], known)
    assert isinstance(column, Strings)
    sizes = column.sizes if nulls is None else column.sizes[~nulls]
    packed = _differences(sizes, always=True)
    assert packed is not None
    known = _statistics(missing, _ends_of_strings(sizes, column.data))
    return _chunk(name, kind, column.rows, [], _LENGTHS, [levels, packed, column.data], known)


def _of_codes(
    name: str, kind: int, column: Codes, codes: npt.NDArray[np.uint16], levels: bytes, statistics: bytes
) -> Chunk:
    count = len(column.held)
    words = b"".join([len(value).to_bytes(4, "little") + value for value in column.held])
    known = (count, words)
    if count == 1 or not len(codes):
        packed = b"\x01" + varint(len(codes) << 1) + b"\0"
    else:
        groups = -(-len(codes) // 8)
        padded: Any = np.zeros(groups * 8, dtype=np.uint8 if count <= 256 else np.uint16)
        padded[: len(codes)] = codes
        if count == 2:
            packed = b"\x01" + varint(groups << 1 | 1) + np.packbits(padded, bitorder="little").tobytes()
        else:
            packed = bytes((padded.itemsize * 8,)) + varint(groups << 1 | 1) + padded.tobytes()
    return _chunk(name, kind, column.rows, [known], _CODES, [levels, packed], statistics)


def one(name: str, kind: int, rows: int, value: str | float | bytes | None) -> Chunk:
    """A column of one value, or of none."""
    levels = _run(rows, value is not None)
    if value is None:
        return _chunk(name, kind, rows, [], _PLAIN, [levels], _statistics(rows, None))
    ends: Extremes
    if isinstance(value, str | bytes):
        raw = value.encode() if isinstance(value, str) else value
        word, ends = len(raw).to_bytes(4, "little") + raw, (raw, raw)
    else:
        values = np.array([value], dtype={INT32: np.int32, INT64: np.int64, DOUBLE: np.float64}[kind])
        word, ends = values.tobytes(), _ends_of_numbers(values, kind)
    packed = b"\x01" + varint(rows << 1) + b"\0"
    return _chunk(name, kind, rows, [(1, word)], _CODES, [levels, packed], _statistics(0, ends))


def _run(rows: int, there: bool) -> bytes:
    """Levels that are all the same."""
    run = varint(rows << 1) + bytes((int(there),))
    return len(run).to_bytes(4, "little") + run


def _levels(column: Plain) -> bytes:
    """Which rows hold something."""
    if column.nulls is None or not column.nulls.any():
        return _run(column.rows, True)
    bits = np.packbits(~column.nulls, bitorder="little").tobytes()
    run = varint(len(bits) << 1 | 1) + bits
    return len(run).to_bytes(4, "little") + run


def _differences(values: npt.NDArray[Any], *, always: bool = False) -> bytes | None:
    """Whole numbers as differences, in one block; None where they need more than 32 bits."""
    count = len(values)
    head = varint(count) + zigzag(int(values[0]) if count else 0)
    if count < 2:
        return varint(_BLOCK) + b"\x01" + head
    if not always and (int(values.max()) > 1 << 61 or int(values.min()) < -(1 << 61)):
        return None
    steps = np.diff(values)
    low, high = int(steps.min()), int(steps.max())
    width = next((bits for bits in (0, 8, 16, 32) if high - low < 1 << bits), None)
    if width is None:
        return None
    block = -(-(count - 1) // _BLOCK) * _BLOCK
    packed = b""
    if width:
        padded = np.zeros(block, dtype=f"<u{width // 8}")
        padded[: count - 1] = steps - low
        packed = padded.tobytes()
    return b"".join((varint(block), b"\x01", head, zigzag(low), bytes((width,)), packed))


def _page(kind: bytes, parts: Sequence[bytes | memoryview], codec: int) -> tuple[bytes, bytes, int]:
    """Head and body of a page, and the bytes of the body before compression. `kind` is what the head says of it."""
    body = parts[0] if len(parts) == 1 else b"".join(parts)
    size = len(body)
    if codec == _LZ4:
        body = lz4.block.compress(body, store_size=False)
    number = b"\x15\0" if kind[0] == 0x2C else b"\x15\x04"
    head = b"".join((number, b"\x15", zigzag(size), b"\x15", zigzag(len(body)), kind, b"\0"))
    return head, bytes(body), size


def _chunk(
    name: str,
    kind: int,
    rows: int,
    dictionary: Sequence[tuple[int, bytes]],
    encoding: int,
    parts: Sequence[bytes | memoryview],
    statistics: bytes,
) -> Chunk:
    """Pages, and what the footer says of them."""
    codec = _LZ4 if sum(map(len, parts)) + sum(len(words) for _, words in dictionary) >= _WORTH else _STORED
    if encoding in (_DELTA, _PLAIN) and kind != BYTE_ARRAY:
        codec = _STORED  # differences and floats hardly become shorter
    pages = [_page(b"\x4c\x15" + zigzag(count) + b"\x15\0\0", [words], codec) for count, words in dictionary]
    after = sum(len(head) + len(body) for head, body, _ in pages)
    pages.append(_page(b"\x2c\x15" + zigzag(rows) + b"\x15" + zigzag(encoding) + b"\x15\x06\x15\x06\0", parts, codec))
    size = sum(len(head) + before for head, _, before in pages)
    stored = sum(len(head) + len(body) for head, body, _ in pages)
    encodings = [_RLE, encoding, *([_PLAIN] if dictionary else ())]
    path = name.encode()
    meta = b"".join(
        (
            b"\x1c\x15", zigzag(kind),
            b"\x19", bytes((len(encodings) << 4 | 5,)), *map(zigzag, encodings),
            b"\x19\x18", varint(len(path)), path,
            b"\x15", zigzag(codec),
            b"\x16", zigzag(rows),
            b"\x16", zigzag(size),
            b"\x16", zigzag(stored),
            b"\x26",
        )
    )  # fmt: skip
    described: list[bytes | int] = [b"\x26", 0, meta, after]
    if dictionary:
        described += [b"\x26", 0]
    described += [b"\x1c" if dictionary else b"\x3c", statistics, b"\0\0"]
    return Chunk(b"".join([part for head, body, _ in pages for part in (head, body)]), described, size, stored)
