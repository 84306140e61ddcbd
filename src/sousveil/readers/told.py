"""Columns that derivations tell out of packed numbers and texts, without a value of Python for each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sousveil.readers.btree import once
from sousveil.readers.btree_columns import Held, One
from sousveil.readers.sqlite_batch import Column
from sousveil.readers.sqlite_vector import Work
from sousveil.records import SEPARATOR, Coded, Texts, Whole


def ones(work: dict[str, Column], name: str, yes: str, no: str) -> Held | None:
    """`yes` in every row where a column holds the number 1, else `no`; None where the column is not packed."""
    held = work.packed(name) if isinstance(work, Work) else None
    if isinstance(held, One):
        return One(yes if held.value == 1 else no)
    if not isinstance(held, Whole):
        return None
    return _either(np.frombuffer(held.data, np.int64) == 1, yes, no)


def all_held(work: dict[str, Column], name: str) -> bool:
    """Whether a column is packed and surely holds something in every row."""
    held = work.packed(name) if isinstance(work, Work) else None
    return (isinstance(held, One) and held.value is not None) or (isinstance(held, Whole) and held.nulls is None)


def all_nothing(work: dict[str, Column], name: str) -> bool:
    """Whether a column is packed and holds nothing in any row."""
    held = work.packed(name) if isinstance(work, Work) else None
    return isinstance(held, One) and held.value is None


def matching(
    work: dict[str, Column], name: str, letter: str, test: Callable[[str], bool], yes: str, no: str
) -> Held | None:
    """`yes` in every row whose text holds a letter (of ASCII) and passes a test, else `no`; None where the column is no
    packed one of texts."""
    held = work.packed(name) if isinstance(work, Work) else None
    if not isinstance(held, Texts):
        return None
    ends = held.ends
    places = np.flatnonzero(np.frombuffer(held.joined, np.uint8) == ord(letter))
    rows = once(np.searchsorted(ends, places))
    found = np.zeros(len(ends), dtype=bool)
    for row in rows.tolist():
        begin = int(ends[row - 1]) + len(SEPARATOR) if row else 0
        found[row] = test(held.joined[begin : int(ends[row])].decode())
    return _either(found, yes, no)


def _either(found: Any, yes: str, no: str) -> Held:
    if found.all() or not found.any():
        return One(yes if found[0] else no)
    held = sorted((yes, no))
    codes = np.where(found, held.index(yes), held.index(no))
    return Coded(codes=codes.astype(np.uint16).tobytes(), held=list(held))
