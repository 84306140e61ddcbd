"""Parquet files written while reading, in flat memory.

Each row group is written by polars as a file of its own in memory, by a background thread, and then becomes part of the
whole (see `parquet_parts`): one writer for the whole file kept 3 KB for each column of each group until the end, and took a
fifth more time. Two cores are enough for that, so the thread pool of polars is kept small (each of its threads holds memory
of its own).
"""

from __future__ import annotations

import contextlib
import io
import os
import queue
import threading
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Literal

os.environ.setdefault("POLARS_MAX_THREADS", "2")  # must be set before polars is imported
# What was freed goes back at once: 40 MiB less at the peak, for a hundredth of the time.
os.environ.setdefault("_RJEM_MALLOC_CONF", "narenas:1,dirty_decay_ms:30,muzzy_decay_ms:0")

import numpy as np
import polars as pl

from sousveil.cases.parquet_pages import (
    BYTES,
    DOUBLE,
    INT64,
    Codes,
    Numbers,
    Places,
    Plain,
    Strings,
    chunk,
    one,
    together,
)
from sousveil.cases.parquet_parts import Chunk, Parts, chunks
from sousveil.errors import SousveilError

ROW_GROUP = 16_384
"""Rows in a row group: a quarter of what is usual takes less memory at the same cost."""
COMPRESSION: Literal["lz4"] = "lz4"
"""Twice the size of zstd's files at a third of its cost, which was a fifth of all work on the tables."""

INSTANT = pl.Datetime("us", "UTC")
"""How instants are stored."""

_END = object()
_ABORT = object()


class WriteFailed(SousveilError):
    """A result file could not be written."""


def write_error(name: str, error: BaseException) -> SousveilError:
    """The error to show when writing `name` failed: a full disk is said as such."""
    text = str(error)
    if (
        getattr(error, "errno", None) in (28, 122)
        or "No space left" in text
        or "StorageFull" in text
        or "os error 28" in text
    ):
        return WriteFailed(
            f"The disk is full: {name} could not be written, so no case folder was made.",
            hint="Make room or choose another place with --out, then run the check again.",
        )
    if isinstance(error, pl.exceptions.PolarsError):
        text = "the disk may be full or not writable"  # the library names the place in its format, not the reason
    return WriteFailed(
        f"{name} could not be written: {text[:200] or type(error).__name__}.",
        hint="Choose another place with --out and run the check again.",
    )


class One:
    """A column that holds one value (or none) in all its rows."""

    __slots__ = ("dtype", "key", "name", "plain")

    def __init__(self, name: str, plain: Any, dtype: Any) -> None:
        self.name, self.plain, self.dtype = name, plain, dtype
        """`plain` is the value as it is stored: an instant is a whole number."""
        # 1 and 1.0 are equal, and so are 0.0 and -0.0, but they are not the same.
        self.key = repr(plain) if isinstance(plain, float) else plain

    @classmethod
    def named(cls, name: str, value: object, dtype: Any) -> One:
        """Out of a value of Python."""
        return cls(name, pl.Series(name, [value], dtype=dtype).to_physical().item(), dtype)

    def of(self, rows: int) -> pl.Series:
        """The column."""
        one = pl.Series(self.name, [self.plain], dtype=pl.Int64() if self.dtype == INSTANT else self.dtype)
        return one.cast(self.dtype).new_from_index(0, rows)


Given = pl.Series | One | Plain
"""A column."""

_PHYSICAL = {pl.String(): BYTES, pl.Binary(): BYTES, pl.Int64(): INT64, INSTANT: INT64, pl.Float64(): DOUBLE}


def _arrays(column: One | Plain, rows: int) -> Plain:
    """A column of one value as arrays."""
    if isinstance(column, Plain):
        return column
    value = column.plain
    nulls = np.ones(rows, dtype=bool) if value is None else None
    if _PHYSICAL[column.dtype] == BYTES:
        raw = value.encode() if isinstance(value, str) else value or b""
        return Codes(rows, nulls, np.zeros(rows, dtype=np.uint16), [raw])
    dtype = np.float64 if column.dtype == pl.Float64() else np.int64
    return Numbers(rows, nulls, np.full(rows, 0 if value is None else value, dtype=dtype))


def as_series(name: str, column: Plain, dtype: Any) -> pl.Series:
    """A column of arrays as one of polars."""
    if isinstance(column, Numbers):
        values = [None if n else v for n, v in zip(_flags(column), column.values.tolist(), strict=True)]
        return pl.Series(name, values, dtype=pl.Int64 if dtype == INSTANT else dtype).cast(dtype)
    whole = column.strings() if isinstance(column, Codes | Places) else column
    assert isinstance(whole, Strings)
    data, at, made = bytes(whole.data), 0, list[Any]()
    for size, null in zip(whole.sizes.tolist(), _flags(whole), strict=True):
        piece = data[at : at + size]
        made.append(None if null else piece if dtype == pl.Binary() else piece.decode())
        at += size
    return pl.Series(name, made, dtype=dtype)


def _flags(column: Plain) -> list[bool]:
    return [False] * column.rows if column.nulls is None else column.nulls.tolist()


class ParquetSink:
    """One Parquet file that grows by `add(columns)`. All frames must have exactly the columns of `schema`.

    Rows are gathered into pieces of exactly `row_group`, so the same rows give the same bytes however they were
    batched. A file that stays below one piece is written without the background thread. `close()` finishes the file
    (and closes it); `abort()` lets go of everything. Raises WriteFailed."""

    def __init__(self, name: str, file: BinaryIO, schema: Mapping[str, Any], *, row_group: int = ROW_GROUP) -> None:
        self.name = name
        self.rows = 0
        self._file = file
        self._schema = dict(schema)
        self._row_group = row_group
        self._pending: list[tuple[Sequence[Given], int, int]] = []
        """Columns, and from where to where their rows are to be written yet."""
        self._held = 0
        self._queue: queue.Queue[Any] = queue.Queue(maxsize=1)
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def add(self, frame: pl.DataFrame) -> None:
        """Append rows."""
        self.add_columns(frame.get_columns(), frame.height)

    def add_columns(self, columns: Sequence[Given], rows: int) -> None:
        """Append rows: columns in the order of the schema."""
        self._held += rows
        self.rows += rows
        start = 0
        while self._held >= self._row_group:
            end = rows - (self._held - self._row_group)
            self._pending.append((columns, start, end))
            self._put((self._piece(), self._row_group))
            self._held -= self._row_group
            start = end
        if start < rows:
            self._pending.append((columns, start, rows))

    def add_group(self, columns: Sequence[Given], rows: int) -> None:
        """Append rows that need not be cut: with what is pending they become a row group, unless that is a short one."""
        self._pending.append((columns, 0, rows))
        self._held += rows
        self.rows += rows
        if 2 * self._held >= self._row_group:
            self._put((self._piece(), self._held))
            self._held = 0

    def _piece(self) -> list[Given]:
        """The columns of what is pending, which is none then."""
        pending, self._pending = self._pending, []
        return [
            self._joined(name, dtype, [(columns[place], start, end) for columns, start, end in pending])
            for place, (name, dtype) in enumerate(self._schema.items())
        ]

    def _joined(self, name: str, dtype: Any, pieces: Sequence[tuple[Given, int, int]]) -> Given:
        first = pieces[0][0]
        if isinstance(first, One) and all(isinstance(p, One) and p.key == first.key for p, _, _ in pieces):
            return first
        arrays = [
            _arrays(p, end - start) if isinstance(p, One) else p if end - start == p.rows else p.cut(start, end)
            for p, start, end in pieces
            if not isinstance(p, pl.Series)
        ]
        if len(arrays) == len(pieces):
            return together(arrays)
        cut = [_series(name, dtype, p, start, end) for p, start, end in pieces]
        return cut[0] if len(cut) == 1 else pl.concat(cut, rechunk=True)

    def close(self) -> None:
        """Write what is left and finish the file."""
        rest = self._piece() if self._pending else None
        if self._thread is None:
            try:
                parts = Parts(self._file, _empty(self._schema))
                if rest is not None:
                    parts.add(self._chunks(rest, self._held, {}), self._held)
                parts.close()
                self._file.close()
            except (OSError, pl.exceptions.PolarsError) as error:
                self.abort()
                raise write_error(self.name, error) from error
            return
        if rest is not None:
            self._put((rest, self._held))
        self._put(_END)
        self._thread.join()
        self._check()
        try:
            self._file.close()
        except OSError as error:
            raise write_error(self.name, error) from error

    def abort(self) -> None:
        """Stop without finishing the file. Never raises."""
        self._pending = []
        thread = self._thread
        while thread is not None and thread.is_alive():
            try:
                self._queue.put(_ABORT, timeout=0.2)
                break
            except queue.Full:
                continue
        if thread is not None:
            thread.join(timeout=10)
        with contextlib.suppress(OSError, SousveilError, ValueError):
            self._file.close()

    def _put(self, item: Any) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name=f"write {self.name}", daemon=True)
            self._thread.start()
        while True:
            self._check()
            try:
                self._queue.put(item, timeout=0.5)
                return
            except queue.Full:
                continue

    def _check(self) -> None:
        if self._error is not None:
            raise write_error(self.name, self._error) from self._error

    def _write(self) -> None:
        done = False
        try:
            parts = Parts(self._file, _empty(self._schema))
            known: dict[int, tuple[object, Chunk]] = {}
            while (item := self._queue.get()) is not _END:
                if item is _ABORT:
                    raise OSError("stopped")
                columns, rows = item
                del item
                parts.add(self._chunks(columns, rows, known), rows)
                del columns
            parts.close()
            done = True
        except (OSError, ValueError, pl.exceptions.PolarsError) as error:
            self._error = error
        except KeyboardInterrupt:  # polars raises it here too; the parent's own ends the run
            self._error = RuntimeError("interrupted")
        finally:
            # a panic of the writer must reach the caller of add() or close(), not leave it waiting
            if not done and self._error is None:
                self._error = RuntimeError("the writer stopped")

    def _chunks(self, columns: Sequence[Given], rows: int, known: dict[int, tuple[object, Chunk]]) -> list[Chunk]:
        """The columns as they stand in the file. `known`: by place, those of one value and a full row group."""
        made: dict[int, Chunk] = {}
        by_polars: list[int] = []
        for place, (column, (name, dtype)) in enumerate(zip(columns, self._schema.items(), strict=True)):
            if isinstance(column, pl.Series) or dtype not in _PHYSICAL:
                by_polars.append(place)
            elif isinstance(column, Plain):
                made[place] = chunk(name, _PHYSICAL[dtype], column)
            elif rows == self._row_group and place in known and known[place][0] == column.key:
                made[place] = known[place][1]
            else:
                made[place] = one(name, _PHYSICAL[dtype], rows, column.plain)
                if rows == self._row_group and len(made[place].data) <= _SMALL:
                    known[place] = column.key, made[place]
        if by_polars:
            names = list(self._schema)
            frame = pl.DataFrame([_series(names[p], self._schema[names[p]], columns[p], 0, rows) for p in by_polars])
            for place, part in zip(by_polars, chunks(_parquet(frame)), strict=True):
                made[place] = part
        return [made[place] for place in range(len(columns))]


_SMALL = 4096
"""Bytes of a column of one value up to which it is kept to be written again."""


def as_column(name: str, dtype: Any, column: Given, rows: int) -> pl.Series:
    """A column as one of polars."""
    return _series(name, dtype, column, 0, rows)


def _series(name: str, dtype: Any, column: Given, start: int, end: int) -> pl.Series:
    """Some rows of a column, for polars."""
    if isinstance(column, One):
        return column.of(end - start)
    if isinstance(column, Plain):
        return as_series(name, column.cut(start, end), dtype)
    return column.slice(start, end - start)


def _empty(schema: Mapping[str, Any]) -> memoryview:
    """A file of these columns without rows."""
    return _parquet(pl.DataFrame(schema=schema))


def _write_parquet(frame: pl.DataFrame, file: BinaryIO) -> None:
    # The least and greatest value of a row group are a fifth of the cost and used by nobody.
    frame.write_parquet(file, compression=COMPRESSION, row_group_size=max(1, frame.height), statistics=False)


def _parquet(frame: pl.DataFrame) -> memoryview:
    file = io.BytesIO()
    _write_parquet(frame, file)
    # Of the bytes, not of the file: a file whose buffer is still in use cannot be collected.
    return memoryview(file.getvalue())


__all__ = ["COMPRESSION", "INSTANT", "ROW_GROUP", "One", "ParquetSink", "WriteFailed", "pl", "write_error"]
