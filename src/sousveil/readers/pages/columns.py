"""Columns out of cells: packed as they travel, with as few values of Python on the way as there can be."""

from __future__ import annotations

from typing import Any

import numpy as np

from sousveil.readers.gather import Ints, equal, gathered
from sousveil.readers.pages.cells import BLOB, INT, NULL, REAL, TEXT, Cells, fixed
from sousveil.readers.pages.tree import Unusual
from sousveil.readers.work import Constant, Values
from sousveil.records import (
    FEW,
    MAX_ROWS,
    SEPARATOR,
    SPARSE,
    Blobs,
    Coded,
    Column,
    Reals,
    Sparse,
    Texts,
    Whole,
    separators,
)

_LOOK = 16
MAX_DIFFERENT = 16_384
"""Texts of a joined table that are remembered at most: the senders of messages are few, its own texts are not."""
_SHORT = 64
"""Bytes up to which texts of one length are taken as a table."""


def column(cells: Cells, *, real: bool) -> Values:
    """The values of a column. `real`: whole numbers are floats that were stored shorter.

    Raises Unusual for a text that is not UTF-8, and for what SQLite never writes.
    """
    classes = cells.classes()
    if classes == NULL:
        return Constant(None)
    nulls = cells.nulls()
    if classes == INT and not real:
        return _whole(cells, nulls)
    if classes == REAL or (real and classes == INT | REAL) or (real and classes == INT):
        return _reals(cells, nulls, classes)
    if classes == TEXT:
        return _texts(cells, nulls)
    if classes == BLOB:
        return _blobs(cells, nulls)
    return listed(cells, real=real)


def numbers(values: Ints, nulls: Any) -> Values:
    """Whole numbers; `nulls` (or None) says where there is none."""
    count = len(values)
    if nulls is None:
        low = int(values[0])
        if low == int(values[-1]) and (values == low).all():
            return Constant(low)
        return Whole(data=values.tobytes())
    known = count - int(np.count_nonzero(nulls))
    if not known:
        return Constant(None)
    if known * SPARSE < count:
        rows = np.flatnonzero(~nulls)
        return Sparse(count=count, rows=rows.tolist(), held=values[rows].tolist())
    values[nulls] = 0
    return Whole(data=values.tobytes(), nulls=nulls.tobytes())


def _whole(cells: Cells, nulls: Any) -> Values:
    if isinstance(cells.types, int) and cells.types in (8, 9):
        return Constant(cells.types - 8)
    return numbers(cells.whole(), nulls)


def _reals(cells: Cells, nulls: Any, classes: int) -> Values:
    if classes == INT:
        values = cells.whole().astype(np.float64)
    else:
        values = cells.real()
        if classes & INT:
            short = (cells.types != 7) & (cells.types != 0)
            values[short] = cells.whole()[short]
    return _floats(values, nulls)


def _floats(values: Any, nulls: Any) -> Values:
    if np.isnan(values).any():
        raise Unusual("a float that is no number")
    if nulls is None:
        return Reals(data=values.tobytes())
    known = len(values) - int(np.count_nonzero(nulls))
    if known * SPARSE < len(values):
        rows = np.flatnonzero(~nulls)
        return Sparse(count=len(values), rows=rows.tolist(), held=values[rows].tolist())
    values[nulls] = 0.0
    return Reals(data=values.tobytes(), nulls=nulls.tobytes())


def _pieces(cells: Cells, which: Any = None) -> list[bytes]:
    begins, sizes = cells.at, cells.lengths()
    if which is not None:
        begins, sizes = begins[which], sizes[which]
    raw = cells.rows.raw
    return [raw[a:b] for a, b in zip(begins.tolist(), (begins + sizes).tolist(), strict=True)]


def _text(piece: bytes) -> str:
    try:
        return piece.decode()
    except UnicodeDecodeError as error:
        raise Unusual("a text that is not UTF-8") from error


def _texts(cells: Cells, nulls: Any) -> Values:
    count = len(cells)
    if nulls is not None and (count - int(np.count_nonzero(nulls))) * SPARSE < count:
        rows = np.flatnonzero(~nulls)
        return Sparse(count=count, rows=rows.tolist(), held=[_text(piece) for piece in _pieces(cells, rows)])
    if (few := _few(cells, nulls)) is not None:
        return few
    if isinstance(cells.types, int) and (size := cells.types - 13 >> 1) <= _SHORT:
        table = np.empty((count, size + 1), np.uint8)
        table[:, :size] = fixed(cells.rows.buffer, cells.at, size)
        table[:, size] = SEPARATOR[0]
        return _joined(cells, table.tobytes()[:-1], None)
    return _joined(cells, gathered(cells.rows.buffer, cells.at, cells.lengths(), SEPARATOR), nulls)


def _few(cells: Cells, nulls: Any) -> Constant | Coded | None:
    """A column of few different texts; None for another. They are guessed from some rows and looked for in all."""
    count = len(cells)
    guessed = set(_pieces(cells, slice(None, None, max(1, count // _LOOK))))
    if len(guessed) > _LOOK // 2 or max(map(len, guessed)) > _SHORT:
        return None
    held, sizes = sorted(guessed), cells.lengths()
    codes = np.full(count, -1, dtype=np.int64)
    for code, value in enumerate(held):
        rows = np.flatnonzero(sizes == len(value))
        codes[rows[equal(cells.rows.buffer, cells.at[rows], value)]] = code
    if nulls is not None:
        codes[nulls] = _NONE
    others = np.flatnonzero(codes < 0)
    if others.size:
        places = {value: code for code, value in enumerate(held)}
        codes[others] = [places.setdefault(value, len(places)) for value in _pieces(cells, others)]
        held = list(places)
        if len(held) > FEW:
            return None
    if len(held) == 1 and nulls is None:
        return Constant(_text(held[0]))
    if count < 2 * FEW:
        return None
    return coded([_text(value) for value in held], codes)


_NONE = 1 << 20
"""What stands for no value among codes."""


def coded(held: list[str], codes: Ints) -> Coded:
    """Few values, and which of them stands where (`_NONE`: none)."""
    return Coded(codes=np.where(codes == _NONE, len(held), codes).astype(np.uint16).tobytes(), held=held)


def shared(cells: Cells, which: Ints, there: Any) -> Values | None:
    """A column of texts of a joined table, where each of its rows stands beside many: every text is taken once.

    None where that is not so.
    """
    if cells.known is not None:
        return _repeated(cells, which, there)
    if (
        2 * len(cells) > len(which)
        or len(cells) > MAX_ROWS
        or len(which) < 2 * FEW
        or cells.classes() not in (TEXT, NULL)
    ):
        return None
    nulls = cells.nulls()
    places: dict[bytes, int] = {}
    codes = np.array([places.setdefault(value, len(places)) for value in _pieces(cells)], dtype=np.int64)
    if nulls is not None:
        codes[nulls] = _NONE
    codes = codes[which]
    if there is not None:
        codes[~there] = _NONE
    known = codes[codes != _NONE]
    if not len(known):
        return Constant(None)
    if len(known) * SPARSE < len(codes):
        return None
    held = [_text(value) for value in places]
    if len(known) == len(codes) and (codes == codes[0]).all():
        return Constant(held[int(codes[0])])
    return coded(held, codes)


def _dictionary(cells: Cells) -> tuple[Ints, list[str]] | None:
    """The different texts of a column and which of them each row has (one behind the last: none); None for a column of
    another class, or of more than `MAX_DIFFERENT` texts."""
    assert cells.known is not None
    if "texts" not in cells.known:
        cells.known["texts"] = None
        if cells.classes() in (TEXT, NULL):
            nulls, places = cells.nulls(), dict[bytes, int]()
            codes = np.empty(len(cells), dtype=np.int64)
            for at in range(0, len(cells), MAX_ROWS):
                some = slice(at, at + MAX_ROWS)
                codes[some] = [places.setdefault(value, len(places)) for value in _pieces(cells, some)]
                if len(places) > MAX_DIFFERENT:
                    return None
            if nulls is not None:  # an empty text among the values may be one that is none; nobody has its code then
                codes[nulls] = len(places)
            cells.known["texts"] = codes, [_text(value) for value in places]
    found: tuple[Ints, list[str]] | None = cells.known["texts"]
    return found


def _repeated(cells: Cells, which: Ints, there: Any) -> Values | None:
    """`shared` of a column of a whole table, whose different texts are remembered."""
    if len(which) < 2 * FEW or (found := _dictionary(cells)) is None:
        return None
    codes, texts = found
    codes = codes[which]
    if there is not None:
        codes[~there] = len(texts)
    flags = np.zeros(len(texts) + 1, dtype=bool)
    flags[codes] = True
    used = np.flatnonzero(flags[:-1])
    if not used.size:
        return Constant(None)
    if used.size == 1 and not flags[-1]:
        return Constant(texts[int(used[0])])
    if 2 * used.size > len(which):
        return None
    if flags[-1] and int(np.count_nonzero(codes < len(texts))) * SPARSE < len(codes):
        return None
    moved = np.cumsum(flags) - 1
    moved[-1] = _NONE
    return coded([texts[at] for at in used.tolist()], moved[codes])


def whole_of(cells: Cells, which: Ints, there: Any) -> Values | None:
    """A column of whole numbers of a whole table, which are remembered; None for another column."""
    if cells.known is None:
        return None
    if "whole" not in cells.known:
        cells.known["whole"] = (cells.whole(), cells.nulls()) if cells.classes() == INT else None
    if (found := cells.known["whole"]) is None:
        return None
    values, nulls = found
    none = None if nulls is None else nulls[which]
    if there is not None:
        none = ~there if none is None else none | ~there
    return numbers(values[which], none if none is not None and none.any() else None)


def _joined(cells: Cells, joined: bytes, nulls: Any) -> Column:
    if separators(joined) != len(cells) - 1:
        return listed(cells, real=False)  # a text holds the separator itself
    made = Texts(joined=joined, nulls=None if nulls is None else nulls.tobytes())
    if not joined.isascii():
        _ = _text(joined)
    return made


def _blobs(cells: Cells, nulls: Any) -> Values:
    count = len(cells)
    if nulls is not None and (count - int(np.count_nonzero(nulls))) * SPARSE < count:
        rows = np.flatnonzero(~nulls)
        return Sparse(count=count, rows=rows.tolist(), held=_pieces(cells, rows))
    if nulls is None and isinstance(cells.types, int):
        first = _pieces(cells, slice(0, 1))[0]
        if len(first) <= _SHORT and equal(cells.rows.buffer, cells.at, first).all():
            return Constant(first)
    sizes = cells.lengths()
    data = gathered(cells.rows.buffer, cells.at, sizes)
    return Blobs(data=data, sizes=sizes.astype(np.uint32).tobytes(), nulls=None if nulls is None else nulls.tobytes())


def listed(cells: Cells, *, real: bool) -> list[Any]:
    """The values one by one, of whatever class."""
    types: Any = np.full(len(cells), cells.types) if isinstance(cells.types, int) else cells.types
    if ((types == 10) | (types == 11)).any():
        raise Unusual("a type that SQLite keeps for itself")
    values: list[Any] = [None] * len(cells)
    rows = np.flatnonzero((types > 0) & (types < 10) & (types != 7))
    for row, number in zip(rows.tolist(), cells.taken(rows).whole().tolist(), strict=True):
        values[row] = float(number) if real else number
    rows = np.flatnonzero(types == 7)
    for row, value in zip(rows.tolist(), cells.taken(rows).real().tolist(), strict=True):
        if value != value:
            raise Unusual("a float that is no number")
        values[row] = value
    rest = np.flatnonzero(types > 11)
    for row, kind, piece in zip(rest.tolist(), types[rest].tolist(), _pieces(cells, rest), strict=True):
        values[row] = _text(piece) if kind % 2 else piece
    return values


def either(one: Cells, other: Cells, nulls: Any, real: bool, other_real: bool) -> Values:
    """The values of one column, and where it holds nothing (`nulls`) those of another."""
    classes = one.classes() | other.classes()
    if real or other_real or classes not in (INT, REAL):
        first, second = listed(one, real=real), listed(other, real=other_real)
        found = [b if a is None else a for a, b in zip(first, second, strict=True)]
        return Constant(None) if found.count(None) == len(found) else found
    others = other.nulls()
    neither = None if others is None or not (nulls & others).any() else nulls & others
    if classes == INT:
        return numbers(np.where(nulls, other.whole(), one.whole()), neither)
    return _floats(np.where(nulls, other.real(), one.real()), neither)
