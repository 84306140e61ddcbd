"""observables.parquet: every distinct host, address, process, bundle id, path and hash of a case, with first and last
sight.

Tomorrow's indicators are looked up in this one small file. Memory stays flat: distinct values are gathered up to a
bound, then kept as sorted, compressed blocks that are merged range by range at the end.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np

from sousveil.cases.frames import Columns
from sousveil.cases.parquet import INSTANT, ParquetSink, pl
from sousveil.cases.sightings import KINDS, NONE, Span, seen_in

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
_NAMES = [kind.value for kind in KINDS]
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
        code = self._artefacts.setdefault(columns.artefact.name, len(self._artefacts))
        span: Span | None = None
        values: list[str] = []
        kinds, spans = [], []
        for kind, held, codes, rows in seen_in(columns):
            span = span or Span.over(columns)
            seen = span.by(codes, rows, len(held))
            kept = [at for at, value in enumerate(held) if value and seen[2][at]]
            values += held if len(kept) == len(held) else [held[at] for at in kept]  # type: ignore[misc,arg-type]
            kinds.append(np.full(len(kept), kind, dtype=np.uint8))
            spans.append([column[kept] for column in seen])
        if values:
            first, last, sightings = (np.concatenate([one[n] for one in spans]) for n in range(3))
            frame = pl.DataFrame(
                {
                    "kind": np.concatenate(kinds),
                    "value": values,
                    "artefact": np.full(len(values), code, dtype=np.uint16),
                    "first": first,
                    "last": last,
                    "sightings": sightings,
                }
            )
            known = [pl.when(pl.col(name) != none).then(name).cast(INSTANT) for name, none in NONE.items()]
            self._take(frame.with_columns(known))

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
