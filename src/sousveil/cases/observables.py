"""observables.parquet: every distinct host, address, process, bundle id, path and hash of a case, with first and last
sight.

Tomorrow's indicators are looked up in this one small file. Memory stays flat: distinct values are gathered up to a
bound, then kept as sorted, compressed blocks that are merged range by range at the end.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

from sousveil.cases.frames import Columns
from sousveil.cases.parquet import INSTANT, ParquetSink, pl
from sousveil.kinds import Observable

SCHEMA = {
    "kind": pl.String(),
    "value": pl.String(),
    "first": INSTANT,
    "last": INSTANT,
    "artefacts": pl.UInt32(),
    "sightings": pl.Int64(),
}
"""Columns of observables.parquet: `artefacts` counts the artefacts that hold the value, `sightings` the rows."""
LONGEST = 1024
"""Characters of a value at most; longer ones are no host, name, path or hash."""
_KEY = ["kind", "value", "artefact"]
_PARTIAL = {
    "kind": pl.UInt8(),
    "value": pl.String(),
    "artefact": pl.UInt16(),
    "first": INSTANT,
    "last": INSTANT,
    "sightings": pl.Int64(),
}
_CODES = {kind: code for code, kind in enumerate(sorted(Observable, key=lambda k: k.value))}
_NAMES = [kind.value for kind in sorted(Observable, key=lambda k: k.value)]
# A border of ASCII words: one of Unicode words takes five times as long where the text is not ASCII.
_LINKS = r"(?i)(?-u:\b)[a-z][a-z0-9+.\-]{1,20}://(?:[^\s/?#@\\]*@)?(?:\[[0-9a-f:.]+\]|[^/?#:\\\s@\"'<>]+)"
_IP = r"^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$"

Key = tuple[int, str, int]


class ObservablesSink:
    """Gathers observables. `pending` bounds the rows that wait to be made distinct, `block` the rows of a stored
    block."""

    def __init__(
        self, open_file: Callable[[str], BinaryIO], *, pending: int = 16_384, run: int = 65_536, block: int = 4096
    ) -> None:
        self._file = open_file("observables.parquet")
        self._limits = (pending, run, block)
        self._waiting: list[pl.DataFrame] = []
        self._held = 0
        self._distinct = pl.DataFrame(schema=_PARTIAL)
        self._runs: list[list[tuple[Key, Key, bytes]]] = []
        self._artefacts: dict[str, int] = {}

    def add(self, columns: Columns) -> None:
        """Take the observables of one batch."""
        batch = columns.batch
        if batch.count == 0:
            return
        found = list(_values(columns))
        if not found:
            return
        code = self._artefacts.setdefault(columns.artefact.name, len(self._artefacts))
        times = [columns.get(e.at) for e in columns.artefact.events if columns.has(e.at)]
        first, last = _span(times, batch.count)
        for kind, values, rows in found:
            count = values.len()
            self._take(
                pl.DataFrame(
                    [
                        pl.Series("kind", [_CODES[kind]], pl.UInt8).new_from_index(0, count),
                        values.alias("value"),
                        pl.Series("artefact", [code], pl.UInt16).new_from_index(0, count),
                        *((first, last) if rows is None else (first.gather(rows), last.gather(rows))),
                        pl.Series("sightings", [1], pl.Int64).new_from_index(0, count),
                    ]
                )
            )

    def close(self) -> None:
        """Merge everything and finish the file, sorted by kind and value."""
        self._settle()
        sink = ParquetSink("observables.parquet", self._file, SCHEMA)
        try:
            for piece in self._merged():
                final = (
                    piece.group_by("kind", "value")
                    .agg(
                        pl.col("first").min(),
                        pl.col("last").max(),
                        pl.len().cast(pl.UInt32).alias("artefacts"),
                        pl.col("sightings").sum(),
                    )
                    .sort("kind", "value")
                )
                sink.add(
                    final.with_columns(
                        pl.col("kind").replace_strict(range(len(_NAMES)), _NAMES, return_dtype=pl.String)
                    )
                )
            sink.close()
        except BaseException:
            sink.abort()
            raise

    def abort(self) -> None:
        """Let go of everything. Never raises."""
        self._waiting, self._runs = [], []

    def _take(self, frame: pl.DataFrame) -> None:
        self._waiting.append(frame)
        self._held += frame.height
        if self._held >= self._limits[0]:
            self._settle()
            if self._distinct.height >= self._limits[1]:
                self._store()

    def _settle(self) -> None:
        if self._waiting:
            self._distinct = _grouped([self._distinct, *self._waiting])
            self._waiting, self._held = [], 0

    def _store(self) -> None:
        ordered = self._distinct.sort(_KEY)
        self._distinct = pl.DataFrame(schema=_PARTIAL)
        self._runs.append(
            [_packed(ordered.slice(at, self._limits[2])) for at in range(0, ordered.height, self._limits[2])]
        )

    def _merged(self) -> Iterator[pl.DataFrame]:
        """Distinct rows in pieces; all rows of a kind and value come in one piece, pieces in order."""
        if not self._runs:
            yield self._distinct
            return
        if self._distinct.height:
            self._store()
        # Taking blocks in the order of their first keys, everything below the next block's first key is complete.
        blocks = sorted((block for run in self._runs for block in run), key=lambda b: b[0])
        held = pl.DataFrame(schema=_PARTIAL)
        for number, (_, _, packed) in enumerate(blocks):
            held = pl.concat([held, pl.read_ipc(io.BytesIO(packed))])
            if number + 1 == len(blocks):
                yield _grouped([held])
            elif held.height >= self._limits[2] * (len(self._runs) + 4):
                kind, value, _ = blocks[number + 1][0]
                below = (pl.col("kind") < kind) | ((pl.col("kind") == kind) & (pl.col("value") < value))
                ready = held.filter(below)
                held = held.filter(~below)
                yield _grouped([ready])


def _grouped(frames: list[pl.DataFrame]) -> pl.DataFrame:
    kept = pl.concat(frames).filter(pl.col("value").str.len_chars().is_between(1, LONGEST))
    return kept.group_by(_KEY).agg(pl.col("first").min(), pl.col("last").max(), pl.col("sightings").sum())


def _packed(frame: pl.DataFrame) -> tuple[Key, Key, bytes]:
    buffer = io.BytesIO()
    frame.rechunk().write_ipc(buffer, compression="zstd")
    low, high = frame.row(0), frame.row(-1)
    return (low[0], low[1], low[2]), (high[0], high[1], high[2]), buffer.getvalue()


def _span(times: list[pl.Series], count: int) -> tuple[pl.Series, pl.Series]:
    """The earliest and latest instant of each row."""
    if not times:
        empty = pl.Series("first", [None], dtype=INSTANT).new_from_index(0, count)
        return empty, empty.alias("last")
    if len(times) == 1:
        return times[0].alias("first"), times[0].alias("last")
    frame = pl.DataFrame([t.alias(str(i)) for i, t in enumerate(times)])
    return frame.min_horizontal().alias("first"), frame.max_horizontal().alias("last")


def _values(columns: Columns) -> Iterator[tuple[Observable, pl.Series, pl.Series | None]]:
    """Observables of a batch: class, values, and the row each stands in (None: one per row)."""
    for name, kind in columns.kinds.items():
        if not columns.has(name):
            continue
        if kind.name in ("text", "json"):
            yield from _hosts_in_text(columns, name)
        elif kind.observable is Observable.HOST:
            hosts = (
                columns.hosts(name)
                if kind.name == "url"
                else columns.get(name).str.to_lowercase().str.strip_chars_end(".")
            )
            yield from _told_apart(hosts, None)
        elif kind.observable is Observable.PROCESS:
            yield from _processes(columns.get(name))
        elif kind.observable is not None:
            yield kind.observable, columns.get(name), None


def _processes(names: pl.Series) -> Iterator[tuple[Observable, pl.Series, pl.Series | None]]:
    """Process names; `name/bundle.id` is how the phone writes a process that works for an app."""
    if not names.str.contains("/", literal=True).any():
        yield Observable.PROCESS, names, None
        return
    yield Observable.PROCESS, names.str.replace(r"^([^/]+)/.*$", "${1}"), None
    yield Observable.BUNDLE, names.str.extract(r"^[^/]+/([A-Za-z0-9\-]+(?:\.[A-Za-z0-9_\-]+)+)$", 1), None


def _hosts_in_text(columns: Columns, name: str) -> Iterator[tuple[Observable, pl.Series, pl.Series | None]]:
    """Hosts of the links inside texts: the host is all that leaves the text."""
    link = pl.col("link")
    found = (
        columns.get(name)
        .to_frame("link")
        .lazy()
        .with_row_index("row")
        .filter(link.str.contains("://", literal=True))
        .with_columns(link.str.extract_all(_LINKS))
        .explode("link")
        .drop_nulls("link")
        .with_columns(link.str.replace(r"^[^:]+://(?:[^@]*@)?", "").str.to_lowercase().str.strip_chars_end(".,;)!"))
        .collect()
    )
    if found.height:
        yield from _told_apart(found["link"], found["row"])


def _told_apart(hosts: pl.Series, rows: pl.Series | None) -> Iterator[tuple[Observable, pl.Series, pl.Series | None]]:
    address = hosts.str.contains(_IP)
    if not address.any():
        yield Observable.HOST, hosts, rows
        return
    address = address.fill_null(False)
    frame = pl.DataFrame(
        {"value": hosts, "address": address, "row": rows if rows is not None else pl.int_range(hosts.len(), eager=True)}
    )
    for kind, wanted in ((Observable.HOST, False), (Observable.ADDRESS, True)):
        part = frame.filter(pl.col("address") == wanted)
        yield kind, part["value"].str.strip_chars("[]"), part["row"]
