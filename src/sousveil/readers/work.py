"""Columns as a derivation sees them: packed where they came packed, lists of values where it looks at them.

The functions tell a column out of packed numbers and texts, without a value of Python for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np

from sousveil.readers.gather import once
from sousveil.records import SEPARATOR, Coded, Column, Texts, Whole, unpacked


class Constant(msgspec.Struct, frozen=True):
    """A column that holds one value (or None) in all its rows; no float."""

    value: Any


Values = Constant | Column


class Work(dict[str, Any]):
    """Columns as a derivation sees them: lists, each made when it is first looked at."""

    def __init__(self, held: Mapping[str, Values], count: int) -> None:
        super().__init__()
        self._held = dict(held)
        self.count = count
        """How many rows."""
        self._made: dict[str, tuple[list[Any], list[Any]]] = {}

    def __missing__(self, name: str) -> list[Any]:
        made = self[name] = as_list(self._held[name], self.count)
        self._made[name] = made, made.copy()
        return made

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._held

    def packed(self, name: str) -> Values | None:
        """A column as it was held; None where it is a list by now, or is not there."""
        return None if super().__contains__(name) else self._held.get(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The column, or something else where there is none."""
        if name in self:
            return self[name]
        return default

    def pop(self, name: str, *default: Any) -> Any:
        """Take a column away."""
        if name not in self:
            return super().pop(name, *default)
        found = self[name]
        super().pop(name)
        self._held.pop(name, None)
        return found

    def settled(self) -> dict[str, Values]:
        """All columns: those that were not changed as they were held, the others as lists."""
        found: dict[str, Values] = dict(self._held)
        for name, now in dict.items(self):
            made, before = self._made.get(name, (None, None))
            if now is not made or now != before or name not in found:
                found[name] = now
        return found


def as_list(held: Values, count: int) -> list[Any]:
    """The values of a column, in a list of its own."""
    return [held.value] * count if isinstance(held, Constant) else list(unpacked(held))


def ones(work: dict[str, list[Any]], name: str, yes: str, no: str) -> Values | None:
    """`yes` in every row where a column holds the number 1, else `no`; None where the column is not packed."""
    held = work.packed(name) if isinstance(work, Work) else None
    if isinstance(held, Constant):
        return Constant(yes if held.value == 1 else no)
    if not isinstance(held, Whole):
        return None
    return _either(np.frombuffer(held.data, np.int64) == 1, yes, no)


def all_held(work: dict[str, list[Any]], name: str) -> bool:
    """Whether a column is packed and surely holds something in every row."""
    held = work.packed(name) if isinstance(work, Work) else None
    return (isinstance(held, Constant) and held.value is not None) or (isinstance(held, Whole) and held.nulls is None)


def all_nothing(work: dict[str, list[Any]], name: str) -> bool:
    """Whether a column is packed and holds nothing in any row."""
    held = work.packed(name) if isinstance(work, Work) else None
    return isinstance(held, Constant) and held.value is None


def matching(
    work: dict[str, list[Any]], name: str, letter: str, test: Callable[[str], bool], yes: str, no: str
) -> Values | None:
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


def _either(found: Any, yes: str, no: str) -> Values:
    if found.all() or not found.any():
        return Constant(yes if found[0] else no)
    held = sorted((yes, no))
    codes = np.where(found, held.index(yes), held.index(no))
    return Coded(codes=codes.astype(np.uint16).tobytes(), held=list(held))
