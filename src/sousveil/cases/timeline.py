"""The tables of a case, written while reading: timeline, observables and, when asked for, the full records.

Summaries of the timeline are fixed text of the artefact plus at most one value that is not sensitive (of a link only
its host), so the file holds no message text, names or numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from sousveil.artefacts.model import Artefact, Event
from sousveil.cases.column_types import Type
from sousveil.cases.frames import Columns, joined, may_join, weight
from sousveil.cases.full_records import RecordsSink
from sousveil.cases.observables import ObservablesSink
from sousveil.cases.parquet import Given, One, ParquetSink
from sousveil.cases.parquet_pages import Codes, Numbers, Places
from sousveil.cases.plain_columns import listed, strings
from sousveil.records import Batch, Texts
from sousveil.texts import data

OpenFile = Callable[[str], BinaryIO]
"""Opens a new file of the case folder by its name there."""

SCHEMA = {
    "time": Type.INSTANT,
    "artefact": Type.TEXT,
    "event": Type.TEXT,
    "summary": Type.TEXT,
    "source": Type.TEXT,
    "event_id": Type.TEXT,
}
"""Columns of timeline.parquet."""
TOGETHER = 16_384
"""Rows of one file that are written together."""
TOGETHER_BYTES = 4 << 20
"""About how many bytes of tables are written together: cutting up long texts takes several times as much for a moment."""
LONGEST = 200
"""Characters of a shown value at most."""


def check_events(artefact: Artefact) -> None:
    """Refuse (TypeError) an artefact that would put personal data into the timeline."""
    for event in artefact.events:
        if event.shows is not None and artefact.kinds[event.shows].sensitive:
            raise TypeError(f"{artefact.name} shows the sensitive field {event.shows} in the timeline")


def events(artefact: Artefact, batch: Batch, task: int, columns: Columns) -> Iterator[tuple[list[Given], int]]:
    """The timeline rows of a batch, in the order of its events: columns as in `SCHEMA`, and how many rows.

    `task` tells the files of one artefact apart in the event ids.
    """
    check_events(artefact)
    if batch.count == 0:
        return
    word, numbers = columns.places()
    place = f"{batch.file} {batch.table} {word} " if batch.table else f"{batch.file} {word} "
    for event in artefact.events:
        if not columns.has(event.at):
            continue
        at = columns.instants(event.at)
        kept = None if at.nulls is None else np.flatnonzero(~at.nulls)
        rows = batch.count if kept is None else len(kept)
        if not rows:
            continue
        some = numbers if kept is None else numbers[kept]
        yield (
            [
                Numbers(rows, None, at.values if kept is None else at.values[kept]),
                One(artefact.name, Type.TEXT),
                One(event.at, Type.TEXT),
                _summary(event, columns, kept),
                Places(rows, None, [(place.encode(), some, b"")]),
                Places(rows, None, [(f"{artefact.name}.{task}.".encode(), some, f".{event.at}".encode())]),
            ],
            rows,
        )


def _summary(event: Event, columns: Columns, kept: npt.NDArray[np.int64] | None) -> Given:
    """What an event says, with what it shows; of the rows that are kept."""
    shows, says = event.shows, data(event.says)
    if shows is None or not columns.has(shows):
        return One(says, Type.TEXT)
    few = columns.hosts(shows) if columns.kinds[shows].name == "url" else columns.coded(shows)
    if few is not None:
        texts = [says if v is None else f"{says}: {v[:LONGEST]}" for v in few[1]]
        codes = few[0] if kept is None else few[0][kept]
        return Codes(len(codes), None, codes, [text.encode() for text in texts])
    column = columns.batch.columns.get(shows)
    if kept is None and isinstance(column, Texts) and column.nulls is None:
        whole = strings(column, columns.batch.count, before=f"{says}: ".encode())
        if max(whole.sizes.tolist()) <= LONGEST:  # bytes, of which there are as many as characters or more
            return whole
    shown = columns.texts(shows)
    some = shown if kept is None else [shown[row] for row in kept.tolist()]
    return listed([says if v is None else f"{says}: {v[:LONGEST]}" for v in some], Type.TEXT)


class TimelineSink:
    """timeline.parquet. Rows stand in the order in which they were read; readers sort."""

    def __init__(self, open_file: OpenFile) -> None:
        self._sink = ParquetSink("timeline.parquet", open_file("timeline.parquet"), SCHEMA)

    @property
    def rows(self) -> int:
        """Rows so far."""
        return self._sink.rows

    def add(self, found: Iterable[tuple[list[Given], int]]) -> None:
        """Append what `events` gives."""
        for columns, rows in found:
            self._sink.add(columns, rows)

    def close(self) -> None:
        """Finish the file."""
        self._sink.close()

    def abort(self) -> None:
        """Let go of the file unfinished."""
        self._sink.abort()


class Tables:
    """All tables of one case: `add` every batch as it is read, then `close()` (or `abort()`)."""

    def __init__(self, open_file: OpenFile, *, full_records: bool = False, together: int = TOGETHER) -> None:
        self._together = together
        self.timeline = TimelineSink(open_file)
        self.observables = ObservablesSink(open_file)
        self.records = RecordsSink(open_file) if full_records else None
        self._held: list[Batch] = []
        self._weight = 0
        self._artefact: Artefact | None = None
        self._task = 0

    def add(self, artefact: Artefact, batch: Batch, task: int = 0) -> None:
        """Take the rows of one batch. `task` numbers the files of an artefact, the same on every run."""
        if self._held and (self._task != task or not may_join(self._held[0], batch)):
            self._flush()
        self._artefact, self._task = artefact, task
        self._held.append(batch)
        self._weight += weight(batch)
        if self._weight >= TOGETHER_BYTES or sum(held.count for held in self._held) >= self._together:
            self._flush()

    def _flush(self) -> None:
        if not self._held or self._artefact is None:
            return
        columns = Columns(self._artefact, joined(self._held))
        self._held, self._weight = [], 0
        self.timeline.add(events(self._artefact, columns.batch, self._task, columns))
        self.observables.add(columns)
        if self.records is not None:
            self.records.add(columns)

    def finish(self, artefact: str) -> None:
        """No more rows of this artefact will come."""
        self._flush()
        if self.records is not None:
            self.records.finish(artefact)

    def close(self) -> None:
        """Finish all files."""
        self._flush()
        self.timeline.close()
        self.observables.close()
        if self.records is not None:
            self.records.close()

    def abort(self) -> None:
        """Let go of all files unfinished."""
        self._held = []
        self.timeline.abort()
        self.observables.abort()
        if self.records is not None:
            self.records.abort()


__all__ = ["ObservablesSink", "RecordsSink", "Tables", "TimelineSink", "check_events", "events"]
