"""Packed columns as the arrays that `parquet_pages` writes. No row becomes a value of Python."""

from __future__ import annotations

from typing import Any

import numpy as np

from sousveil.cases.parquet import INSTANT, pl
from sousveil.cases.parquet_pages import Codes, Numbers, Plain, Strings
from sousveil.records import SEPARATOR, Blobs, Coded, Column, Reals, Sparse, Texts, Whole

LATEST = 253_402_300_800_000_000
"""Instants from the year 10000 on are no instants."""


def strings(column: Texts, count: int) -> Strings:
    """A column of texts."""
    sizes = np.diff(column.ends, prepend=-1) - 1
    return Strings(count, _mask(column.nulls), sizes, column.joined.replace(SEPARATOR, b""))


def _mask(nulls: bytes | None) -> Any:
    return None if nulls is None else np.frombuffer(nulls, np.bool_)


def plain(column: Column, dtype: Any, count: int) -> Plain | None:
    """A column as arrays of this type; None where its values have to be looked at one by one."""
    match column:
        case Texts() if dtype == pl.String():
            return strings(column, count)
        case Coded(held=held) if dtype == pl.String() and set(map(type, held)) <= {str}:
            codes = column.numbers
            nulls = codes == len(held)
            return Codes(count, nulls if nulls.any() else None, codes, [value.encode() for value in held])
        case Blobs() if dtype == pl.Binary():
            sizes = np.frombuffer(column.sizes, np.uint32).astype(np.int64)
            return Strings(count, _mask(column.nulls), sizes, column.data)
        case Whole() if dtype in (pl.Int64(), pl.Float64(), INSTANT):
            return _numbers(np.frombuffer(column.data, np.int64), _mask(column.nulls), dtype)
        case Reals() if dtype == pl.Float64():
            return Numbers(count, _mask(column.nulls), np.frombuffer(column.data, np.float64))
        case Sparse():
            return _sparse(column, dtype)
    return None


def _numbers(values: Any, nulls: Any, dtype: Any) -> Numbers:
    if dtype == pl.Float64():
        values = values.astype(np.float64)
    elif dtype == INSTANT:
        odd = (values < 0) | (values >= LATEST)
        if odd.any():
            nulls = odd if nulls is None else nulls | odd
    return Numbers(len(values), nulls, values)


def _sparse(column: Sparse, dtype: Any) -> Plain | None:
    types = set(map(type, column.held))
    rows = np.array(column.rows, dtype=np.int64)
    nulls = np.ones(column.count, dtype=bool)
    nulls[rows] = False
    try:
        if (dtype == pl.String() and types == {str}) or (dtype == pl.Binary() and types == {bytes}):
            held = [value if isinstance(value, bytes) else value.encode() for value in column.held]
            sizes = np.zeros(column.count, dtype=np.int64)
            sizes[rows] = list(map(len, held))
            return Strings(column.count, nulls, sizes, b"".join(held))
        if (dtype in (pl.Int64(), INSTANT) and types == {int}) or (dtype == pl.Float64() and types <= {int, float}):
            values = np.zeros(column.count, dtype=np.float64 if dtype == pl.Float64() else np.int64)
            values[rows] = list(map(float, column.held)) if dtype == pl.Float64() else column.held
            return _numbers(values, nulls, dtype) if dtype == INSTANT else Numbers(column.count, nulls, values)
    except (OverflowError, UnicodeEncodeError):
        pass
    return None


def from_series(texts: pl.Series) -> Strings:
    """A column of texts without nulls out of polars."""
    sizes = texts.str.len_bytes().to_numpy().astype(np.int64)
    return Strings(len(texts), None, sizes, (texts.str.join("").item() or "").encode())
