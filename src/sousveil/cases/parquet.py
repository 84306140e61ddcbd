"""Parquet files written while reading, in flat memory.

Each row group is made out of arrays (see `parquet_pages`) by a background thread and becomes part of the whole (see
`parquet_parts`). No library of tables is needed for that: importing one took as long as matching a large phone.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from sousveil.cases.column_types import BYTE_ARRAY, Type
from sousveil.cases.parquet_pages import Codes, Numbers, Plain, chunk, one, together
from sousveil.cases.parquet_parts import Chunk, Parts
from sousveil.errors import SousveilError
from sousveil.texts import t

ROW_GROUP = 16_384
"""Rows in a row group: a quarter of what is usual takes less memory at the same cost."""

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
            t("error.common.disk_full_could", name=name),
            hint=t("error.common.make_room_choose"),
        )
    return WriteFailed(
        t("error.common.could_written", name=name, reason=text[:200] or type(error).__name__),
        hint=t("error.common.choose_another_place_out"),
    )


class One:
    """A column that holds one value (or none) in all its rows."""

    __slots__ = ("key", "plain", "type")

    def __init__(self, plain: Any, of: Type) -> None:
        self.plain, self.type = plain, of
        """`plain` is the value as it is stored: an instant is a whole number."""
        # 1 and 1.0 are equal, and so are 0.0 and -0.0, but they are not the same.
        self.key = repr(plain) if isinstance(plain, float) else plain


Given = One | Plain
"""A column."""


def _arrays(column: One | Plain, rows: int) -> Plain:
    """A column of one value as arrays."""
    if isinstance(column, Plain):
        return column
    value = column.plain
    nulls = np.ones(rows, dtype=bool) if value is None else None
    if column.type.physical == BYTE_ARRAY:
        raw = value.encode() if isinstance(value, str) else value or b""
        return Codes(rows, nulls, np.zeros(rows, dtype=np.uint16), [raw])
    dtype = np.float64 if column.type is Type.REAL else np.int64
    return Numbers(rows, nulls, np.full(rows, 0 if value is None else value, dtype=dtype))


class ParquetSink:
    """One Parquet file that grows by `add(columns)`, given in the order of `schema`.

    What is given at once is not cut: with what is pending it becomes a row group, unless that is a short one (less than
    half of `row_group`). A file that stays below one row group is written without the background thread. `close()`
    finishes the file (and closes it); `abort()` lets go of everything. Raises WriteFailed."""

    def __init__(
        self,
        name: str,
        file: BinaryIO,
        schema: Mapping[str, Type],
        *,
        row_group: int = ROW_GROUP,
        originals: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.rows = 0
        self._file = file
        self._schema = dict(schema)
        self._originals = dict(originals or {})
        self._row_group = row_group
        self._pending: list[tuple[Sequence[Given], int]] = []
        """Columns that are to be written yet, and their rows."""
        self._held = 0
        self._queue: queue.Queue[Any] = queue.Queue(maxsize=1)
        self._idle = threading.Semaphore(1)
        """Free while the writer has nothing to do: only one row group waits or is written while the next is made."""
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def add(self, columns: Sequence[Given], rows: int) -> None:
        """Append rows."""
        self._pending.append((columns, rows))
        self._held += rows
        self.rows += rows
        if 2 * self._held >= self._row_group:
            self._put((self._piece(), self._held))
            self._held = 0

    def _piece(self) -> list[Given]:
        """The columns of what is pending, which is none then."""
        pending, self._pending = self._pending, []
        if len(pending) == 1:
            return list(pending[0][0])
        return [
            self._joined([(columns[place], rows) for columns, rows in pending]) for place in range(len(self._schema))
        ]

    def _joined(self, pieces: Sequence[tuple[Given, int]]) -> Given:
        first = pieces[0][0]
        if isinstance(first, One) and all(isinstance(p, One) and p.key == first.key for p, _ in pieces):
            return first
        return together([_arrays(piece, rows) for piece, rows in pieces])

    def close(self) -> None:
        """Write what is left and finish the file."""
        rest = self._piece() if self._pending else None
        if self._thread is None:
            try:
                parts = Parts(self._file, self._schema, self._originals)
                if rest is not None:
                    parts.add(self._chunks(rest, self._held, {}), self._held)
                parts.close()
                self._file.close()
            except OSError as error:
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
        while not self._idle.acquire(timeout=0.5):
            self._check()
        self._check()
        self._queue.put(item)

    def _check(self) -> None:
        if self._error is not None:
            raise write_error(self.name, self._error) from self._error

    def _write(self) -> None:
        done = False
        try:
            parts = Parts(self._file, self._schema, self._originals)
            known: dict[int, tuple[object, Chunk]] = {}
            while (item := self._queue.get()) is not _END:
                if item is _ABORT:
                    raise OSError("stopped")
                columns, rows = item
                del item
                parts.add(self._chunks(columns, rows, known), rows)
                del columns
                self._idle.release()
            parts.close()
            done = True
        except (OSError, ValueError) as error:
            self._error = error
        finally:
            # an error that nobody foresaw must reach the caller of add() or close(), not leave it waiting
            if not done and self._error is None:
                self._error = RuntimeError("the writer stopped")

    def _chunks(self, columns: Sequence[Given], rows: int, known: dict[int, tuple[object, Chunk]]) -> list[Chunk]:
        """The columns as they stand in the file. `known`: by place, the last one of one value and what it was."""
        made: list[Chunk] = []
        for place, (column, (name, of)) in enumerate(zip(columns, self._schema.items(), strict=True)):
            if isinstance(column, Plain):
                made.append(chunk(name, of.physical, column))
                continue
            before = known.get(place)
            if before is not None and before[0] == (rows, column.key):
                made.append(before[1])
                continue
            made.append(one(name, of.physical, rows, column.plain))
            if len(made[-1].data) <= _SMALL:
                known[place] = (rows, column.key), made[-1]
        return made


_SMALL = 4096
"""Bytes of a column of one value up to which it is kept to be written again."""


__all__ = ["ROW_GROUP", "Given", "One", "ParquetSink", "WriteFailed", "write_error"]
