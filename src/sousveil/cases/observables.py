"""observables.parquet: every distinct host, address, process, bundle id, path and hash of a case, with first and last
sight.

Tomorrow's indicators are looked up in this one small file. Memory stays flat: distinct values are gathered up to a
bound, then kept as sorted, compressed blocks that are merged at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import groupby
from typing import Any, BinaryIO

import lz4.block  # type: ignore[import-untyped]
import msgspec
import numpy as np

from sousveil.cases.column_types import Type
from sousveil.cases.frames import Columns
from sousveil.cases.parquet import ROW_GROUP, ParquetSink
from sousveil.cases.parquet_pages import Codes, Numbers
from sousveil.cases.plain_columns import listed
from sousveil.cases.sightings import EARLY, KINDS, LATE, Span, seen_in

SCHEMA = {
    "kind": Type.TEXT,
    "value": Type.TEXT,
    "first": Type.INSTANT,
    "last": Type.INSTANT,
    "artefacts": Type.COUNT,
    "sightings": Type.WHOLE,
}
"""Columns of observables.parquet: `artefacts` counts the artefacts that hold the value, `sightings` the rows."""
LONGEST = 1024
"""Characters of a value at most; longer ones are no host, name, path or hash."""
_NAMES = [kind.value.encode() for kind in KINDS]
Row = tuple[int, str, int, int, int, int]
"""The number of the class, the value, first and last instant (`LATE` and `EARLY`: none), the artefacts that hold it as
bits, and in how many rows."""


class _Known:
    """The values of one class that were seen, each once."""

    def __init__(self) -> None:
        self._places: dict[str | None, int] = {None: 0}
        """Where each value stands in the arrays below; what is not kept stands in the first place."""
        self._first = np.full(1024, LATE, dtype=np.int64)
        self._last = np.full(1024, EARLY, dtype=np.int64)
        self._rows = np.zeros(1024, dtype=np.int64)
        self._artefacts: dict[int, Any] = {}
        """Of each artefact, by its number: which of the values it holds."""

    def __len__(self) -> int:
        return len(self._places) - 1

    def add(self, artefact: int, span: Span, held: Sequence[str | None], codes: Any, rows: Any) -> None:
        """Take values and which of them were seen in which rows."""
        places, known = self._places, []
        for value in held:
            place = places.get(value)
            if place is None:
                place = places.setdefault(value, len(places)) if value and len(value) <= LONGEST else 0
            known.append(place)
        self._grow(len(places))
        first, last, counts = span.by(codes, rows, len(held))
        at = np.array(known, dtype=np.int64)
        # Two spellings may be one value, so that a place may be there twice.
        np.minimum.at(self._first, at, first)
        np.maximum.at(self._last, at, last)
        np.add.at(self._rows, at, counts)
        holds = self._artefacts.get(artefact)
        if holds is None:
            holds = self._artefacts[artefact] = np.zeros(len(self._first), dtype=bool)
        holds[at[counts > 0]] = True

    def _grow(self, count: int) -> None:
        size = len(self._first)
        if count > size:
            more = max(count, 2 * size) - size
            self._first = np.concatenate([self._first, np.full(more, LATE, dtype=np.int64)])
            self._last = np.concatenate([self._last, np.full(more, EARLY, dtype=np.int64)])
            self._rows = np.concatenate([self._rows, np.zeros(more, dtype=np.int64)])
        for artefact, holds in self._artefacts.items():
            if len(holds) < len(self._first):
                more = len(self._first) - len(holds)
                self._artefacts[artefact] = np.concatenate([holds, np.zeros(more, dtype=bool)])

    def sorted(self, kind: int) -> Iterator[Row]:
        """What was seen, by value."""
        del self._places[None]
        bits = [0] * (len(self._places) + 1)
        for artefact, holds in self._artefacts.items():
            for place in np.flatnonzero(holds[: len(bits)]).tolist():
                bits[place] |= 1 << artefact
        first, last, rows = self._first.tolist(), self._last.tolist(), self._rows.tolist()
        for value, place in sorted(self._places.items()):
            if rows[place]:
                assert value is not None
                yield kind, value, first[place], last[place], bits[place], rows[place]


class ObservablesSink:
    """Gathers observables. `run` bounds the values that are held at once, `block` the rows of a stored block."""

    def __init__(self, open_file: Callable[[str], BinaryIO], *, run: int = 65_536, block: int = 1024) -> None:
        self._file = open_file("observables.parquet")
        self._run, self._block = run, block
        self._known: dict[int, _Known] = {}
        self._runs: list[list[bytes]] = []
        self._artefacts: dict[str, int] = {}

    def add(self, columns: Columns) -> None:
        """Take the observables of one batch."""
        if columns.batch.count == 0:
            return
        code = self._artefacts.setdefault(columns.artefact.name, len(self._artefacts))
        span: Span | None = None
        for kind, held, codes, rows in seen_in(columns):
            span = span or Span.over(columns)
            if kind not in self._known:
                self._known[kind] = _Known()
            self._known[kind].add(code, span, held, codes, rows)
        if sum(map(len, self._known.values())) >= self._run:
            self._runs.append([_packed(block) for block in _cut(self._sorted(), self._block)])

    def close(self) -> None:
        """Merge everything and finish the file, sorted by kind and value."""
        sink = ParquetSink("observables.parquet", self._file, SCHEMA)
        try:
            parts = [_unpacked(run) for run in self._runs]
            rows = self._sorted() if not parts else _merged([*parts, self._sorted()])
            for piece in _cut(rows, ROW_GROUP):
                kinds, values, first, last, artefacts, sightings = zip(*piece, strict=True)
                count = len(piece)
                begin, end = np.array(first, dtype=np.int64), np.array(last, dtype=np.int64)
                columns = [
                    Codes(count, None, np.array(kinds, dtype=np.uint16), _NAMES),
                    listed(values, Type.TEXT),
                    Numbers(count, begin == LATE, np.where(begin == LATE, 0, begin)),
                    Numbers(count, end == EARLY, np.where(end == EARLY, 0, end)),
                    Numbers(count, None, np.array([bits.bit_count() for bits in artefacts], dtype=np.int64)),
                    Numbers(count, None, np.array(sightings, dtype=np.int64)),
                ]
                sink.add(columns, count)
            sink.close()
        except BaseException:
            sink.abort()
            raise

    def abort(self) -> None:
        """Let go of everything. Never raises."""
        self._known, self._runs = {}, []

    def _sorted(self) -> Iterator[Row]:
        """What is held, by class and value; it is held no longer."""
        known, self._known = self._known, {}
        for kind in sorted(known):
            yield from known.pop(kind).sorted(kind)


def _merged(runs: Iterable[Iterator[Row]]) -> Iterator[Row]:
    """Several runs as one, each value once."""
    for (kind, value), same in groupby(merge(*runs), key=lambda row: row[:2]):
        first, last, artefacts, sightings = LATE, EARLY, 0, 0
        for row in same:
            first, last = min(first, row[2]), max(last, row[3])
            artefacts |= row[4]
            sightings += row[5]
        yield kind, value, first, last, artefacts, sightings


def _cut(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    """Pieces of so many rows."""
    piece: list[Row] = []
    for row in rows:
        piece.append(row)
        if len(piece) >= size:
            yield piece
            piece = []
    if piece:
        yield piece


_json = msgspec.json.Decoder(list[Row])
"""JSON, since the bits of artefacts may be more than 64."""


def _packed(rows: list[Row]) -> bytes:
    return lz4.block.compress(msgspec.json.encode(rows))  # type: ignore[no-any-return]


def _unpacked(run: list[bytes]) -> Iterator[Row]:
    """The rows of a run; each block is let go of when it has been read."""
    run.reverse()
    while run:
        yield from _json.decode(lz4.block.decompress(run.pop()))
