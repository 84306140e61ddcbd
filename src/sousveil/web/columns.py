"""Lists of a view as tables of a file: the names of the columns, then a row for each of the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

Row = Sequence[object]


def table(lists: str, columns: str) -> Callable[[Any], list[Row]]:
    """Returns what makes the rows of a view: those of its `lists`; a column is its name, or its name and the path to it, `id=ref.id`."""
    paths = {one.partition("=")[0]: one.partition("=")[2] or one for one in columns.split()}

    def rows(view: Any) -> list[Row]:
        found = [one for name in lists.split() for one in _reached(view, name)]
        return [tuple(paths), *(tuple(_text(_reached(one, path)) for path in paths.values()) for one in found)]

    return rows


def _reached(of: Any, path: str) -> Any:
    """What lies at a path; None where a part of it is missing. A list on the way gives what lies behind each of its rows."""
    first, _, rest = path.partition(".")
    here = getattr(of, first, None)
    if not rest:
        return here
    if isinstance(here, list):
        return list(_flat(_reached(one, rest) for one in here))
    return _reached(here, rest)


def _flat(many: Iterator[Any]) -> Iterator[Any]:
    for one in many:
        if isinstance(one, list):
            yield from one
        elif one is not None:
            yield one


def _text(value: Any) -> object:
    """A value as a cell: a record by its name, several parted by semicolons."""
    if isinstance(value, list):
        return "; ".join(str(_text(one)) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_text(many)}" for name, many in value.items())
    if isinstance(value, msgspec.Struct):
        return getattr(value, "caption", None) or _text(getattr(value, "ref", None)) or ""
    return value


TIMELINE = table(
    "items",
    "dates=dates_words first=start last=end kind=lane_label what=words publisher source strength=standing id=ref.id",
)
"""Of a timeline."""
