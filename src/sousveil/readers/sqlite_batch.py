"""Raw columns made into a batch: instants converted, values of a wrong type set apart, columns of one value folded, others
packed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sousveil.kinds import WEBKIT_EPOCH, Kind, instants, packed_seconds
from sousveil.readers.gather import Ints
from sousveil.readers.model import Described
from sousveil.readers.work import Constant, Values
from sousveil.records import Batch, Blobs, Coded, Reals, Sparse, Texts, Whole, packed, unpacked
from sousveil.records import Column as Kept

Column = list[Any]


def make_batch(
    artefact: Described,
    layout: str,
    where: str,
    work: Mapping[str, Values],
    count: int,
    *,
    table: str | None = None,
    rows: list[int] | Whole | None = None,
    lines: list[int] | Whole | None = None,
    extra: Mapping[str, Values] | None = None,
    same: Mapping[str, Any] | None = None,
    extra_same: Mapping[str, Any] | None = None,
) -> Batch:
    """A batch out of columns, raw or packed: instants converted, values of a wrong type moved to `extra`, equal columns folded,
    the others packed.

    `work` may hold names that are no fields of the record (inputs of a derivation): they are dropped. `same` and
    `extra_same` name columns (of `work`, and further ones) that are known to hold this one value, which is no float.
    """
    kinds = artefact.kinds
    batch = Batch(
        artefact=artefact.name,
        layout=layout,
        file=where,
        count=count,
        table=table,
        rows=rows,
        lines=lines,
        columns={},
        extra={},
        same={},
        extra_same={},
    )
    for name, kind in kinds.items():
        column = work.get(name)
        if column is None:
            continue
        if same is not None and name in same:
            column = [same[name]]
        elif isinstance(column, Constant):
            column = [column.value]
        elif type(column) is not list:
            if (ready := _fitting(column, kind)) is not None:
                batch.columns[name] = ready
                continue
            column = unpacked(column)
        if len(column) == 1:
            pass
        elif _one_value(column):
            column = column[:1]
        elif (quick := _quick(column, kind)) is not None:
            batch.columns[name] = quick
            continue
        odd = None
        if kind.instant:
            column = instants(column, kind.epoch or 0)  # nothing but integers and None
        else:
            column, odd = conform(column, kind)
        _put(batch.columns, batch.same, name, column)
        if odd is not None:
            _put(batch.extra, batch.extra_same, name + " (as stored)", odd)
    for name, column in (extra or {}).items():
        if isinstance(column, Constant):
            _put(batch.extra, batch.extra_same, name, [column.value])
        elif type(column) is list:
            _put(batch.extra, batch.extra_same, name, column)
        else:
            batch.extra[name] = column
    batch.extra_same.update((name, value) for name, value in (extra_same or {}).items() if value is not None)
    return batch


def _put(columns: dict[str, Kept], same: dict[str, Any], name: str, column: Column) -> None:
    if _one_value(column):
        if column[0] is not None:
            same[name] = column[0]
    elif column:
        columns[name] = packed(column)


def _one_value(column: Column) -> bool:
    """Whether all rows hold one value, which is no float."""
    first = column[0] if column else None
    # Three looks spare most columns that vary the walk over all of it. 1 and 1.0 are equal and not the same: hence the types.
    return bool(
        column
        and column[-1] == first
        and column[len(column) // 2] == first
        and type(first) is not float
        and column.count(first) == len(column)
        and (first is None or len(set(map(type, column))) == 1)
    )


def _quick(column: Column, kind: Kind) -> Kept | None:
    """A column, of several values, packed where that shows that they are all of the kind; None where it needs more."""
    if kind.instant:
        data = packed_seconds(column, kind.epoch or 0) if column and type(column[0]) is float else None
        return Whole(data=data) if data is not None and data != data[:8] * len(column) else None
    found = packed(column)
    if type(found) is Whole and bool in set(map(type, column)):
        return None
    return found if _of(found, kind) else None


def _of(found: Kept, kind: Kind) -> bool:
    """Whether all values of a packed column are of the kind's types."""
    match found:
        case Texts():
            return str in kind.types
        case Whole():
            return int in kind.types
        case Reals():
            return float in kind.types
        case Blobs():
            return bytes in kind.types
        case Sparse(held=held) | Coded(held=held):
            return set(map(type, held)) <= set(kind.types)
        case _:
            return False


def _fitting(found: Kept, kind: Kind) -> Kept | None:
    """A packed column as it is kept; None where its values need a closer look."""
    if not kind.instant:
        return found if _of(found, kind) else None
    if not isinstance(found, Whole | Reals):
        return None
    nulls = found.nulls and np.frombuffer(found.nulls, np.bool_)
    values = np.frombuffer(found.data, np.int64 if isinstance(found, Whole) else np.float64)
    made = _many_instants(values, nulls, kind.epoch or 0)
    if made is None or (made[1] is None and (made[0] == made[0][0]).all()):
        return None
    return Whole(data=made[0].tobytes(), nulls=None if made[1] is None else made[1].tobytes())


def conform(column: Column, kind: Kind) -> tuple[Column, Column | None]:
    """The column with only values of the kind's types, and the others as they were stored (None where all fit)."""
    types = set(map(type, column))
    types.discard(type(None))
    if types <= set(kind.types):
        return column, None
    fixed: Column = []
    odd: Column = []
    for value in column:
        if value is None or type(value) in kind.types:
            fixed.append(value)
            odd.append(None)
            continue
        good = _as(value, kind)
        fixed.append(good)
        odd.append(None if good is not None and type(value) is not bytes else value)
    return fixed, odd if any(v is not None for v in odd) else None


def _as(value: object, kind: Kind) -> object:
    """A value of another type as one of the kind's, or None."""
    if str in kind.types:
        return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
    if int in kind.types and isinstance(value, float) and value.is_integer() and abs(value) < 2**62:
        return int(value)
    if int in kind.types and isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 19:
        return int(value)
    return None


_ONES = float(1 << 52)
"""See `sousveil.kinds`: a sum between this and twice as much has been rounded to a whole number."""
_FRACTION = (1 << 52) - 1


def _many_instants(values: Any, nulls: Any, epoch: int) -> tuple[Ints, Any] | None:
    """`sousveil.kinds.instants` of a column of whole numbers or floats of one sound unit, zeros among them; None where a
    value needs a closer look."""
    none = values == 0 if nulls is None else nulls | (values == 0)
    known = values[~none] if none.any() else values
    if not len(known):
        return None
    shift, low, high = epoch * 1_000_000, known.min(), known.max()
    if values.dtype == np.float64:
        if epoch == WEBKIT_EPOCH:
            return None
        bits = (values * 1e6 + (_ONES + shift)).view(np.int64)
        if ((bits >> 52 != 0x433) & ~none).any():
            return None
        made = bits & _FRACTION
    elif epoch == WEBKIT_EPOCH:
        if low <= -shift or high >= 2 * 10**17:
            return None
        made = values + shift
    elif low > 10**17 and high < 9 * 10**18:
        made = values // 1000 + shift
    elif low > 0 and high < 10**11:
        made = values * 1_000_000 + shift
    else:
        return None
    made[none] = 0
    return made, none if none.any() else None
