"""The tables of a case, written while reading: timeline, observables and, when asked for, the full records.

Summaries of the timeline are fixed text of the artefact plus at most one value that is not sensitive (of a link only
its host), so the file holds no message text, names or numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from sousveil.artefacts.model import Artefact
from sousveil.cases.frames import Columns, joined, may_join, weight
from sousveil.cases.full_records import RecordsSink
from sousveil.cases.observables import ObservablesSink
from sousveil.cases.parquet import INSTANT, ParquetSink, pl
from sousveil.cases.timeline_view import show_timeline
from sousveil.records import Batch

OpenFile = Callable[[str], BinaryIO]
"""Opens a new file of the case folder by its name there."""

SCHEMA = {
    "at": INSTANT,
    "artefact": pl.String(),
    "event": pl.String(),
    "summary": pl.String(),
    "source": pl.String(),
    "event_id": pl.String(),
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


def events_frame(
    artefact: Artefact, batch: Batch, task: int = 0, columns: Columns | None = None
) -> pl.DataFrame | None:
    """The timeline rows of a batch, in the order of its events; None when it has no instants.

    `task` tells the files of one artefact apart in the event ids.
    """
    check_events(artefact)
    columns = columns or Columns(artefact, batch)
    parts: list[pl.DataFrame] = []
    places: list[pl.Series] = []
    for event in artefact.events:
        if batch.count == 0 or not columns.has(event.at):
            continue
        places = places or _places(artefact, columns, task)
        held = [columns.get(event.at).alias("at"), *places]
        summary: pl.Expr = pl.lit(event.says)
        if event.shows is not None and columns.has(event.shows):
            shown = columns.hosts(event.shows) if columns.kinds[event.shows].name == "url" else columns.get(event.shows)
            held.append(shown.cast(pl.String).str.slice(0, LONGEST).alias("shown"))
            summary = pl.concat_str(pl.lit(event.says + ": "), pl.col("shown")).fill_null(event.says)
        frame = pl.DataFrame(held)
        if frame["at"].null_count():
            frame = frame.filter(pl.col("at").is_not_null())
        if frame.height == 0:
            continue
        parts.append(
            frame.select(
                "at",
                pl.lit(artefact.name).alias("artefact"),
                pl.lit(event.at).alias("event"),
                summary.alias("summary"),
                "source",
                pl.concat_str("begin", pl.lit(f".{event.at}")).alias("event_id"),
            )
        )
    return pl.concat(parts, rechunk=False) if parts else None


def _places(artefact: Artefact, columns: Columns, task: int) -> list[pl.Series]:
    """Where each row stands, and how the ids of its events begin: the same for all its events."""
    word, numbers = columns.places()
    batch, number = columns.batch, pl.col("n").cast(pl.String)
    place = f"{batch.file} {batch.table} {word} " if batch.table else f"{batch.file} {word} "
    made = numbers.to_frame("n").select(
        pl.concat_str(pl.lit(place), number).alias("source"),
        pl.concat_str(pl.lit(f"{artefact.name}.{task}."), number).alias("begin"),
    )
    return made.get_columns()


class TimelineSink:
    """timeline.parquet. Rows stand in the order in which they were read; readers sort."""

    def __init__(self, open_file: OpenFile) -> None:
        self._sink = ParquetSink("timeline.parquet", open_file("timeline.parquet"), SCHEMA)

    @property
    def rows(self) -> int:
        """Rows so far."""
        return self._sink.rows

    def add(self, frame: pl.DataFrame | None) -> None:
        """Append what `events_frame` gave."""
        if frame is not None:
            self._sink.add(frame)

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
        self.timeline.add(events_frame(self._artefact, columns.batch, self._task, columns))
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


__all__ = ["ObservablesSink", "RecordsSink", "Tables", "TimelineSink", "check_events", "events_frame", "show_timeline"]
