"""Columns that hold one value over thousands of rows: they are not fetched, SQLite compares them.

A wide table has dozens of them. What is compared must be told apart as exactly as in Python, to the type: 1, 1.0, '1' and
NULL are four values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_MOST = 400
_TOGETHER = 50
"""Columns in one call of a function, or in one sum."""


def constants(columns: Sequence[Sequence[Any]], before: Mapping[int, Any] | None) -> dict[int, Any]:
    """Place -> value of the columns that hold one value of a kind that SQLite compares exactly (and held it `before`)."""
    found: dict[int, Any] = {}
    for place in range(1, len(columns)) if before is None else before:
        column = columns[place]
        value = column[0]
        if (
            (
                value is None
                or (type(value) is int and abs(value) < 1 << 40)
                or (type(value) is str and len(value) < 200)
            )
            and column[-1] == value
            and column.count(value) == len(column)
            and (before is None or before[place] == value)
            and len(set(map(type, column))) == 1
        ):
            found[place] = value
            if len(found) == _MOST:
                break
    return found


def compared(expressions: Sequence[str], known: Mapping[int, object]) -> tuple[str, list[object], int]:
    """An expression, the values to bind to it, and the integer that it gives where every one of `known` has its value and type.

    Elsewhere it gives something else, which may be a float that is equal to the integer. NULLs: `coalesce` finds any other
    value. Integers: the largest of those that should be equal is what they should be, so none is larger, and none is a text
    or blob, which SQLite holds to be larger than any number; then all together have the right sum, so none is smaller; and
    the sum is an integer only where every one of them is. A plus takes away the affinity, so that nothing is converted for
    a comparison.
    """
    nulls: list[str] = []
    texts: list[tuple[str, str]] = []
    numbers: dict[int, list[str]] = {}
    for place, value in known.items():
        expression = f"({expressions[place]})"
        if value is None:
            nulls.append(expression)
        elif isinstance(value, int):
            numbers.setdefault(value, []).append(expression)
        else:
            texts.append((expression, str(value)))
    tests: list[str] = []
    bound: list[object] = []
    for some in _parts(nulls):
        tests.append(f"{_call('coalesce', some)} IS NOT NULL")
    for number, all_of_it in numbers.items():
        for some in _parts(all_of_it):
            tests.append(f"+{_call('max', some)} IS NOT ?")
            bound.append(number)
    for expression, text in texts:
        tests.append(f"+{expression} COLLATE BINARY IS NOT ?")
        bound.append(text)
    sums = [f"({'+'.join(some)})" for some in _parts([e for same in numbers.values() for e in same])]
    total = sum(number * len(same) for number, same in numbers.items()) if numbers else 1
    whens = " ".join(f"WHEN {test} THEN NULL" for test in tests)
    return f"CASE {whens} ELSE {'+'.join(sums) or '1'} END", bound, total


def _parts(expressions: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(expressions), _TOGETHER):
        yield expressions[at : at + _TOGETHER]


def _call(function: str, arguments: Sequence[str]) -> str:
    """A function of all arguments; one argument alone stands for itself."""
    return f"{function}({', '.join(arguments)})" if len(arguments) > 1 else arguments[0]
