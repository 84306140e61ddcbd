"""records/<artefact>.parquet: every field of every row, written while reading (`--full-records`).

The columns of a file are fixed when writing begins: the declared fields, typed by their kinds; `extra_<name>` for
each other column of the evidence met so far, typed by its first values; `extra` for what came later or did not fit,
as JSON text. Nothing is lost, whatever later files look like. SQL reads each column's name without quotes; where that is
not the evidence's own name, the file's metadata give it (`original_names`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

import msgspec

from sousveil.cases.column_types import Type, sql_names
from sousveil.cases.frames import HEAVY, Columns, as_stored, as_text, type_of, weight
from sousveil.cases.parquet import Given, One, ParquetSink
from sousveil.cases.parquet_pages import Numbers
from sousveil.cases.plain_columns import listed, plain
from sousveil.kinds import Kind
from sousveil.records import Batch, Blobs, Coded, Column, Reals, Sparse, Texts, Whole, place_numbers, unpacked

ROW_GROUP = 8192
"""Rows in a row group: full rows are wide."""
MAX_EXTRA = 400
"""Extra columns that get a column of their own."""

_LIMIT = 1 << 63

_json = msgspec.json.Encoder(order="deterministic")
PLACES: dict[str, Type] = {
    "source_file": Type.TEXT,
    "source_table": Type.TEXT,
    "source_row": Type.WHOLE,
    "source_line": Type.WHOLE,
    "source_offset": Type.WHOLE,
    "layout": Type.TEXT,
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
        self._extras: dict[str, Type | None] = {}
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
            self._sink.add(self._columns(columns), columns.batch.count)

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
        typed = {name: self._extras[name] or Type.TEXT for name in sorted(self._extras)}
        self._extras = dict(typed)
        own = {**PLACES, **{n: type_of(k) for n, k in self._kinds.items()}}
        names = [*own, "extra", *(f"extra_{n}" for n in typed)]
        in_sql = sql_names(names)
        first, last = in_sql[: len(own)], in_sql[len(own) + 1 :]
        schema = {
            **dict(zip(first, own.values(), strict=True)),
            **dict(zip(last, typed.values(), strict=True)),
            "extra": Type.TEXT,
        }
        originals = {column: name for column, name in zip(in_sql, names, strict=True) if column != name}
        originals = {column: name.removeprefix("extra_") for column, name in originals.items()}
        # Long rows go into shorter groups: a group is held whole while it is written.
        rows = HEAVY // max(1, self._weight // max(1, self._held))
        self._sink = ParquetSink(
            self._name,
            self._open(self._name),
            schema,
            row_group=max(512, min(rows, ROW_GROUP)),
            originals=originals,
        )
        for columns in self._waiting:
            self._sink.add(self._columns(columns), columns.batch.count)
        self._waiting = []

    def _columns(self, columns: Columns) -> list[Given]:
        batch = columns.batch
        made: list[Given] = [One(batch.file, Type.TEXT), One(batch.table, Type.TEXT)]
        for numbers in (batch.rows, batch.lines, batch.offsets):
            if numbers is None:
                made.append(One(None, Type.WHOLE))
            else:
                made.append(Numbers(batch.count, None, place_numbers(numbers)))
        made.append(One(batch.layout, Type.TEXT))
        for name, kind in self._kinds.items():
            if name in batch.columns:
                made.append(columns.get(name))
            else:
                made.append(One(as_stored(kind, batch.same.get(name)), type_of(kind)))
        misfits: dict[int, dict[str, Any]] = {}
        given = dict(_extras(batch))
        for name, of in self._extras.items():
            of = of or Type.TEXT
            if name not in given:
                made.append(One(None, of))
                continue
            values = given.pop(name)
            ready = plain(values, of, batch.count) if type(values) is not list else None
            if ready is not None:
                made.append(ready)
                continue
            strange: dict[int, dict[str, Any]] = {}
            kept = _typed(of, unpacked(values), name, strange)
            if len(kept) < batch.count:  # one value that all rows have
                made.append(One(kept[0], of))
                strange = dict.fromkeys(range(batch.count), strange[0]) if strange else {}
            else:
                made.append(listed(kept, of))
            for row, odd in strange.items():
                misfits.setdefault(row, {}).update(odd)
        made.append(self._late({name: unpacked(values) for name, values in given.items()}, misfits, batch.count))
        return made

    def _late(self, rest: dict[str, list[Any]], misfits: dict[int, dict[str, Any]], count: int) -> Given:
        """The column of what has no column of its own, or did not fit into it."""
        if rest and not misfits and (texts := _plain_as_json(rest, count)) is not None:
            return listed(texts, Type.TEXT)
        for name, values in rest.items():
            for row, value in enumerate(values if len(values) == count else values * count):
                if value is not None:
                    misfits.setdefault(row, {})[name] = value
        if not misfits:
            return One(None, Type.TEXT)
        return listed([_as_json(misfits.get(row)) for row in range(count)], Type.TEXT)


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


def _common(before: Type | None, seen: set[type]) -> Type | None:
    """The narrowest column type for what was seen; text when types are mixed; None when nothing was seen yet."""
    now = None
    if seen:
        now = {
            frozenset({int}): Type.WHOLE,
            frozenset({float}): Type.REAL,
            frozenset({int, float}): Type.REAL,
            frozenset({bytes}): Type.BYTES,
        }.get(frozenset(seen), Type.TEXT)
    if before is None or now is None or before == now:
        return now if before is None else before
    return Type.REAL if {before, now} == {Type.WHOLE, Type.REAL} else Type.TEXT


_FITS: dict[Type, tuple[type, ...]] = {Type.WHOLE: (int,), Type.REAL: (int, float), Type.BYTES: (bytes,)}


def _typed(of: Type, values: list[Any], name: str, misfits: dict[int, dict[str, Any]]) -> list[Any]:
    """Values as a column of this type stores them; those that do not fit go into `misfits`, by row."""
    if of is Type.TEXT:
        return list(map(as_text, values))
    fits = _FITS[of]
    kept: list[Any] = []
    for row, value in enumerate(values):
        good = isinstance(value, fits) and (of is not Type.WHOLE or _fits(value))
        if value is not None and not good:
            misfits.setdefault(row, {})[name] = value
        kept.append((float(value) if of is Type.REAL else value) if good else None)
    return kept


def _fits(value: Any) -> bool:
    return isinstance(value, int) and -(1 << 63) <= value < 1 << 63


def _plain_as_json(given: dict[str, list[Any]], count: int) -> list[str | None] | None:
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
        return [_json.encode(v).decode() if v else None for v in values]
    keys = [_json.encode(name).decode() + ":" for name in names]
    if type(None) not in kinds:
        form = "{" + ",".join(key.replace("%", "%%") + "%d" for key in keys) + "}"
        return [form % row for row in zip(*columns, strict=True)]
    rows = (
        ",".join([f"{key}{n}" for key, n in zip(keys, row, strict=True) if n is not None])
        for row in zip(*columns, strict=True)
    )
    return [f"{{{row}}}" if row else None for row in rows]


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
