"""Parquet files written while reading, in flat memory.

polars writes a Parquet file only from something it can pull: here a generator fed through a short queue, run by a
background thread. Two cores are enough for that, so its thread pool is kept small (each of its threads holds memory
of its own).
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Literal

os.environ.setdefault("POLARS_MAX_THREADS", "2")  # must be set before polars is imported
# What was freed goes back at once: 40 MiB less at the peak, for a hundredth of the time.
os.environ.setdefault("_RJEM_MALLOC_CONF", "narenas:1,dirty_decay_ms:30,muzzy_decay_ms:0")

import polars as pl
from polars.io.plugins import register_io_source

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


class ParquetSink:
    """One Parquet file that grows by `add(frame)`. All frames must have exactly the columns of `schema`.

    Frames are gathered into pieces of exactly `row_group` rows, so the same rows give the same bytes however they were
    batched. A file that stays below one piece is written without the background thread. `close()` finishes the file
    (and closes it); `abort()` lets go of everything. Raises WriteFailed."""

    def __init__(self, name: str, file: BinaryIO, schema: Mapping[str, Any], *, row_group: int = ROW_GROUP) -> None:
        self.name = name
        self.rows = 0
        self._file = file
        self._schema = dict(schema)
        self._row_group = row_group
        self._pending: list[pl.DataFrame] = []
        self._held = 0
        self._queue: queue.Queue[Any] = queue.Queue(maxsize=1)
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def add(self, frame: pl.DataFrame) -> None:
        """Append rows."""
        if frame.height == 0:
            return
        self._pending.append(frame)
        self._held += frame.height
        self.rows += frame.height
        if self._held >= self._row_group:
            whole = pl.concat(self._pending, rechunk=False)
            cut = self._held - self._held % self._row_group
            for start in range(0, cut, self._row_group):
                self._put(whole.slice(start, self._row_group).rechunk())
            rest = whole.slice(cut)
            self._held = rest.height
            self._pending = [rest.rechunk()] if rest.height else []

    def close(self) -> None:
        """Write what is left and finish the file."""
        rest = pl.concat(self._pending, rechunk=True) if self._pending else pl.DataFrame(schema=self._schema)
        self._pending = []
        if self._thread is None:
            try:
                rest.write_parquet(
                    self._file,
                    compression=COMPRESSION,
                    row_group_size=self._row_group,
                    statistics=False,
                )
                self._file.close()
            except (OSError, pl.exceptions.PolarsError) as error:
                self.abort()
                raise write_error(self.name, error) from error
            return
        if rest.height:
            self._put(rest)
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

    def _frames(self, *_: object) -> Iterator[pl.DataFrame]:
        while (item := self._queue.get()) is not _END:
            if item is _ABORT:
                raise OSError("stopped")
            yield item

    def _write(self) -> None:
        done = False
        try:
            source = register_io_source(self._frames, schema=self._schema)
            source.sink_parquet(
                self._file,
                compression=COMPRESSION,
                row_group_size=self._row_group,
                statistics=False,  # the least and greatest value of a row group: a fifth of the cost, used by nobody
                maintain_order=True,
                engine="streaming",
            )
            done = True
        except (OSError, ValueError, pl.exceptions.PolarsError) as error:
            self._error = error
        except KeyboardInterrupt:  # polars raises it here too; the parent's own ends the run
            self._error = RuntimeError("interrupted")
        finally:
            # a panic of the writer must reach the caller of add() or close(), not leave it waiting
            if not done and self._error is None:
                self._error = RuntimeError("the writer stopped")


__all__ = ["COMPRESSION", "INSTANT", "ROW_GROUP", "ParquetSink", "WriteFailed", "pl", "write_error"]
