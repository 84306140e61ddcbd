"""Columns as the arrays that `parquet_pages` writes. Of packed columns no row becomes a value of Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sousveil.cases.column_types import Type
from sousveil.cases.parquet_pages import Codes, Numbers, Places, Plain, Strings
from sousveil.records import SEPARATOR, Blobs, Coded, Column, Reals, Sparse, Texts, Whole

LATEST = 253_402_300_800_000_000
"""Instants from the year 10000 on are no instants."""


def strings(column: Texts, count: int, before: bytes = b"") -> Strings:
    """A column of texts; with the same bytes before each, if none is null."""
    sizes = np.diff(column.ends, prepend=-1) + (len(before) - 1)
    return Strings(count, _mask(column.nulls), sizes, before + column.joined.replace(SEPARATOR, before))


def _mask(nulls: bytes | None) -> Any:
    return None if nulls is None else np.frombuffer(nulls, np.bool_)


def plain(column: Column, of: Type, count: int) -> Plain | None:
    """A column as arrays of this type; None where its values have to be looked at one by one."""
    match column:
        case Texts() if of is Type.TEXT:
            return strings(column, count)
        case Coded(held=held) if of is Type.TEXT and set(map(type, held)) <= {str}:
            codes = column.numbers
            nulls = codes == len(held)
            return Codes(count, nulls if nulls.any() else None, codes, [value.encode() for value in held])
        case Blobs() if of is Type.BYTES:
            sizes = np.frombuffer(column.sizes, np.uint32).astype(np.int64)
            return Strings(count, _mask(column.nulls), sizes, column.data)
        case Whole() if of in (Type.WHOLE, Type.REAL, Type.INSTANT):
            return _numbers(np.frombuffer(column.data, np.int64), _mask(column.nulls), of)
        case Reals() if of is Type.REAL:
            return Numbers(count, _mask(column.nulls), np.frombuffer(column.data, np.float64))
        case Sparse():
            return _sparse(column, of)
    return None


def _numbers(values: Any, nulls: Any, of: Type) -> Numbers:
    if of is Type.REAL:
        values = values.astype(np.float64)
    elif of is Type.INSTANT:
        odd = (values < 0) | (values >= LATEST)
        if odd.any():
            nulls = odd if nulls is None else nulls | odd
    return Numbers(len(values), nulls, values)


def _sparse(column: Sparse, of: Type) -> Plain | None:
    types = set(map(type, column.held))
    rows = np.array(column.rows, dtype=np.int64)
    nulls = np.ones(column.count, dtype=bool)
    nulls[rows] = False
    try:
        if (of is Type.TEXT and types == {str}) or (of is Type.BYTES and types == {bytes}):
            held = [value if isinstance(value, bytes) else value.encode() for value in column.held]
            sizes = np.zeros(column.count, dtype=np.int64)
            sizes[rows] = list(map(len, held))
            return Strings(column.count, nulls, sizes, b"".join(held))
        if (of in (Type.WHOLE, Type.INSTANT) and types == {int}) or (of is Type.REAL and types <= {int, float}):
            values = np.zeros(column.count, dtype=np.float64 if of is Type.REAL else np.int64)
            values[rows] = list(map(float, column.held)) if of is Type.REAL else column.held
            return _numbers(values, nulls, of) if of is Type.INSTANT else Numbers(column.count, nulls, values)
    except (OverflowError, UnicodeEncodeError):
        pass
    return None


def listed(values: Sequence[Any], of: Type) -> Plain:
    """Values that are as they are stored, or None, as arrays."""
    count = len(values)
    some = np.array([value is None for value in values], dtype=bool) if None in values else None
    if of is Type.TEXT and some is None and (whole := "".join(values)).isascii():
        return Strings(count, None, np.array(list(map(len, values)), dtype=np.int64), whole.encode())
    if of in (Type.TEXT, Type.BYTES):
        raw = [b"" if v is None else v.encode() if of is Type.TEXT else v for v in values]
        return Strings(count, some, np.array(list(map(len, raw)), dtype=np.int64), b"".join(raw))
    full = values if some is None else [0 if v is None else v for v in values]
    return Numbers(count, some, np.array(full, dtype=np.float64 if of is Type.REAL else np.int64))


def values_of(column: Plain, of: Type) -> list[Any]:
    """The values of a column of arrays, None where it is null."""
    nulls = [False] * column.rows if column.nulls is None else column.nulls.tolist()
    if isinstance(column, Numbers):
        return [None if null else value for null, value in zip(nulls, column.values.tolist(), strict=True)]
    whole = column.strings() if isinstance(column, Codes | Places) else column
    assert isinstance(whole, Strings)
    data, at, made = bytes(whole.data), 0, list[Any]()
    for size, null in zip(whole.sizes.tolist(), nulls, strict=True):
        piece = data[at : at + size]
        made.append(None if null else piece if of is Type.BYTES else piece.decode())
        at += size
    return made
