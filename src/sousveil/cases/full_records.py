"""records/<artefact>.parquet: every field of every row, written while reading (`--full-records`).

The columns of a file are fixed when writing begins: the declared fields, typed by their kinds; `extra.<name>` for
each other column of the evidence met so far, typed by its first values; `extra` for what came later or did not fit,
as JSON text. Nothing is lost, whatever later files look like.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

import msgspec
import numpy as np

from sousveil.cases.frames import HEAVY, Columns, as_stored, as_text, dtype_of, floats, texts, weight
from sousveil.cases.parquet import Given, One, ParquetSink, pl
from sousveil.cases.parquet_pages import Numbers, Plain
from sousveil.cases.plain_columns import plain
from sousveil.kinds import Kind
from sousveil.records import Batch, Blobs, Coded, Column, Reals, Sparse, Texts, Whole, unpacked

ROW_GROUP = 8192
"""Rows in a row group: full rows are wide."""
MAX_EXTRA = 400
"""Extra columns that get a column of their own."""

_LIMIT = 1 << 63

_json = msgspec.json.Encoder(order="deterministic")
_PLACES: dict[str, Any] = {
    "source.file": pl.String(),
    "source.table": pl.String(),
    "source.row": pl.Int64(),
    "source.line": pl.Int64(),
    "source.offset": pl.Int64(),
    "layout": pl.String(),
}


class RecordsSink:
    """All record files of a case. `gather` rows of an artefact are held before its columns are fixed."""

    def __init__(self, open_file: Callable[[str], BinaryIO], *, gather: int = 4096) -> None:
        self._open = open_file
        self._gather = gather
        self._files: dict[str, _OneArtefact] = {}

    def add(self, columns: Columns) -> None:
        """Take the rows of one batch."""
        name = columns.artefact.name
        if name not in self._files:
            self._files[name] = _OneArtefact(name, columns.kinds, self._open, self._gather)
        self._files[name].add(columns)

    def finish(self, artefact: str) -> None:
        """No more rows of this artefact will come: its file is finished, what it held in memory is free."""
        if artefact in self._files:
            self._files.pop(artefact).close()

    def close(self) -> None:
        """Finish all files."""
        for one in self._files.values():
            one.close()

    def abort(self) -> None:
        """Let go of all files unfinished. Never raises."""
        for one in self._files.values():
            one.abort()


class _OneArtefact:
    def __init__(self, name: str, kinds: dict[str, Kind], open_file: Callable[[str], BinaryIO], gather: int) -> None:
        self._name = f"records/{name}.parquet"
        self._kinds = kinds
        self._open = open_file
        self._gather = gather
        self._waiting: list[Columns] = []
        self._held = self._weight = 0
        self._extras: dict[str, Any] = {}
        self._ones: dict[str, One] = {}
        self._sink: ParquetSink | None = None

    def add(self, columns: Columns) -> None:
        if columns.batch.count == 0:
            return
        if self._sink is None:
            self._waiting.append(columns)
            self._held += columns.batch.count
            self._weight += weight(columns.batch)
            if self._held >= self._gather or self._weight >= HEAVY:
                self._start()
        else:
            self._sink.add_group(self._columns(columns), columns.batch.count)

    def close(self) -> None:
        if self._sink is None and self._waiting:
            self._start()
        if self._sink is not None:
            self._sink.close()

    def abort(self) -> None:
        self._waiting = []
        if self._sink is not None:
            self._sink.abort()

    def _start(self) -> None:
        for columns in self._waiting:
            for name, values in _extras(columns.batch):
                if name in self._extras or len(self._extras) < MAX_EXTRA:
                    seen = _types(values)
                    self._extras[name] = _common(self._extras.get(name), seen)
        self._extras = {name: self._extras[name] or pl.String() for name in sorted(self._extras)}
        schema = {
            **_PLACES,
            **{n: dtype_of(k) for n, k in self._kinds.items()},
            **{f"extra.{n}": t for n, t in self._extras.items()},
            "extra": pl.String(),
        }
        # Long rows go into shorter groups: a group is held whole while it is written.
        rows = HEAVY // max(1, self._weight // max(1, self._held))
        self._sink = ParquetSink(self._name, self._open(self._name), schema, row_group=max(512, min(rows, ROW_GROUP)))
        for columns in self._waiting:
            self._sink.add_group(self._columns(columns), columns.batch.count)
        self._waiting = []

    def _one(self, name: str, value: str | None, dtype: Any) -> One:
        """A column of one text or none: most are the same for every batch of a file."""
        known = self._ones.get(name)
        if known is None or known.key != value:
            known = self._ones[name] = One.named(name, value, dtype)
        return known

    def _columns(self, columns: Columns) -> list[Given]:
        batch = columns.batch
        text, number = pl.String(), pl.Int64()
        made: list[Given] = [
            self._one("source.file", batch.file, text),
            self._one("source.table", batch.table, text),
        ]
        for word, numbers in (("row", batch.rows), ("line", batch.lines), ("offset", batch.offsets)):
            name = f"source.{word}"
            if numbers is None:
                made.append(self._one(name, None, number))
            else:
                made.append(Numbers(batch.count, None, np.array(numbers, dtype=np.int64)))
        made.append(self._one("layout", batch.layout, text))
        for name, kind in self._kinds.items():
            if name in batch.columns:
                ready = plain(batch.columns[name], dtype_of(kind), batch.count)
                made.append(columns.get(name) if ready is None else ready)
            elif columns.has(name):
                made.append(One(name, as_stored(kind, batch.same.get(name)), dtype_of(kind)))
            else:
                made.append(self._one(name, None, dtype_of(kind)))
        misfits: dict[int, dict[str, Any]] = {}
        late: pl.Series | None = None
        given = dict(_extras(batch))
        for name, dtype in self._extras.items():
            column = f"extra.{name}"
            if name not in given:
                made.append(self._one(column, None, dtype))
                continue
            values = given.pop(name)
            fitting: One | Plain | None = None
            if type(values) is not list:
                fitting = plain(values, dtype, batch.count)
            elif len(values) == 1 and batch.count > 1 and type(values[0]) is _FITS.get(dtype):
                fitting = One(column, values[0], dtype) if type(values[0]) is not int or _fits(values[0]) else None
            if fitting is not None:
                made.append(fitting)
                continue
            strange: dict[int, dict[str, Any]] = {}
            cut = columns.extra(name)
            if cut is not None and cut.dtype != dtype:
                cut = cut.cast(dtype) if cut.dtype == pl.Int64 and dtype != pl.Binary() else None
            one = _typed(column, dtype, values, name, strange) if cut is None else cut.alias(column)
            if one.len() < batch.count:  # one value that all rows have
                made.append(One(column, one.item(), dtype))
                strange = dict.fromkeys(range(batch.count), strange[0]) if strange else {}
            else:
                made.append(one)
            for row, odd in strange.items():
                misfits.setdefault(row, {}).update(odd)
        rest = {name: unpacked(values) for name, values in given.items()}
        if rest and not misfits:
            late = _plain_as_json(rest, batch.count)
        for name, values in rest.items() if late is None else ():
            whole = values if len(values) == batch.count else values * batch.count
            for row, value in enumerate(whole):
                if value is not None:
                    misfits.setdefault(row, {})[name] = value
        if late is not None:
            made.append(late)
        elif misfits:
            made.append(pl.Series("extra", [_as_json(misfits.get(row)) for row in range(batch.count)], dtype=pl.String))
        else:
            made.append(self._one("extra", None, pl.String()))
        return made


_FITS = {pl.String(): str, pl.Int64(): int, pl.Float64(): float, pl.Binary(): bytes}
"""The values of a column type that are stored as they are."""


def _types(column: Column) -> set[type]:
    """The types of the values of a column."""
    match column:
        case Texts():
            return {str}
        case Whole():
            return {int}
        case Reals():
            return {float}
        case Blobs():
            return {bytes}
        case Sparse(held=values) | Coded(held=values):
            pass
        case _:
            values = unpacked(column)
    return set(map(type, values)) - {type(None)}


def _extras(batch: Batch) -> list[tuple[str, Column]]:
    """The other columns; one value alone where all rows have the same."""
    return [*batch.extra.items(), *((n, [v]) for n, v in batch.extra_same.items() if n not in batch.extra)]


def _common(before: Any, seen: set[type]) -> Any:
    """The narrowest column type for what was seen; text when types are mixed; None when nothing was seen yet."""
    now = None
    if seen:
        now = {
            frozenset({int}): pl.Int64(),
            frozenset({float}): pl.Float64(),
            frozenset({int, float}): pl.Float64(),
            frozenset({bytes}): pl.Binary(),
        }.get(frozenset(seen), pl.String())
    if before is None or now is None or before == now:
        return now if before is None else before
    return pl.Float64() if {str(before), str(now)} == {"Int64", "Float64"} else pl.String()


def _typed(column: str, dtype: Any, given: Column, name: str, misfits: dict[int, dict[str, Any]]) -> pl.Series:
    if isinstance(given, Sparse):
        strange: dict[int, dict[str, Any]] = {}
        held = _typed(column, dtype, given.held, name, strange)
        misfits.update((given.rows[place], odd) for place, odd in strange.items())
        return held.clear(given.count).scatter(given.rows, held)
    if isinstance(given, Coded) and isinstance(dtype, pl.String):
        return texts(column, [*given.held, None]).gather(pl.Series(given.numbers))
    if isinstance(given, Reals) and dtype == pl.Float64():
        return floats(column, given)
    if isinstance(dtype, pl.String):
        return texts(column, unpacked(given))
    values = unpacked(given)
    fits: tuple[type, ...] = {pl.Int64(): (int,), pl.Float64(): (int, float), pl.Binary(): (bytes,)}[dtype]
    types = set(map(type, values)) - {type(None)}
    if types <= set(fits):
        try:
            if dtype == pl.Float64() and int in types:
                values = [None if value is None else float(value) for value in values]
            return pl.Series(column, values, dtype=dtype)
        except (OverflowError, TypeError, pl.exceptions.PolarsError):
            pass
    kept: list[Any] = []
    for row, value in enumerate(values):
        good = isinstance(value, fits) and (dtype != pl.Int64() or _fits(value))
        if value is not None and not good:
            misfits.setdefault(row, {})[name] = value
        kept.append((float(value) if dtype == pl.Float64() else value) if good else None)
    return pl.Series(column, kept, dtype=dtype)


def _fits(value: Any) -> bool:
    return isinstance(value, int) and -(1 << 63) <= value < 1 << 63


def _plain_as_json(given: dict[str, list[Any]], count: int) -> pl.Series | None:
    """What `_as_json` gives for columns of texts and numbers, without a look at each value; None for other columns."""
    names = sorted(given)
    columns = [values if len(values) == count else values * count for values in map(given.__getitem__, names)]
    kinds = {kind for values in columns for kind in set(map(type, values))}
    if kinds - {int, str, float, type(None)}:
        return None
    if not all(-_LIMIT < n < _LIMIT for c in columns if int in set(map(type, c)) for n in _ends(c)):
        return None
    if kinds - {int, type(None)}:
        values = (
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            for row in zip(*columns, strict=True)
        )
        return pl.Series("extra", [_json.encode(v).decode() if v else None for v in values], dtype=pl.String)
    keys = [_json.encode(name).decode() + ":" for name in names]
    if type(None) not in kinds:
        form = "{" + ",".join(key.replace("%", "%%") + "%d" for key in keys) + "}"
        return pl.Series("extra", [form % row for row in zip(*columns, strict=True)], dtype=pl.String)
    rows = (
        ",".join([f"{key}{n}" for key, n in zip(keys, row, strict=True) if n is not None])
        for row in zip(*columns, strict=True)
    )
    return pl.Series("extra", [f"{{{row}}}" if row else None for row in rows], dtype=pl.String)


def _ends(values: list[Any]) -> tuple[int, ...]:
    """The least and the greatest whole number of a column."""
    known = [n for n in values if type(n) is int]
    return (min(known), max(known)) if known else ()


def _as_json(values: dict[str, Any] | None) -> str | None:
    if values is None:
        return None
    plain = {
        n: v if isinstance(v, str | float) or (isinstance(v, int) and abs(v) < 1 << 63) else as_text(v)
        for n, v in values.items()
    }
    return _json.encode(plain).decode()
