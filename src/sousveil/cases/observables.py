"""observables.parquet: every distinct host, address, process, bundle id, path and hash of a case, with first and last
sight.

Tomorrow's indicators are looked up in this one small file. Memory stays flat: distinct values are gathered up to a
bound, then kept as sorted, compressed blocks that are merged at the end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, BinaryIO

import lz4.block  # type: ignore[import-untyped]
import msgspec
import numpy as np
import numpy.typing as npt

from sousveil.cases.column_types import Type
from sousveil.cases.frames import Columns
from sousveil.cases.parquet import ROW_GROUP, One, ParquetSink
from sousveil.cases.parquet_pages import Numbers, Plain
from sousveil.cases.plain_columns import listed
from sousveil.cases.sightings import EARLY, KINDS, LATE, Span, seen_in

SCHEMA = {
    "kind": Type.TEXT,
    "value": Type.TEXT,
    "first_seen": Type.INSTANT,
    "last_seen": Type.INSTANT,
    "artefacts": Type.COUNT,
    "sightings": Type.WHOLE,
}
"""Columns of observables.parquet: `artefacts` counts the artefacts that hold the value, `sightings` the rows."""
RUN, BLOCK = 8192, 512
"""Different values that are held at once, where each takes some two hundred bytes; and values of a stored block, where each
takes thirty. While the blocks are merged, one of each run is held."""
LONGEST = 1024
"""Characters of a value at most; longer ones are no host, name, path or hash."""
Ints = npt.NDArray[np.int64]


class _Sorted(msgspec.Struct):
    """Different values of one class in their order, and what is known of each."""

    values: list[str]
    first: Ints
    """The earliest instant; `LATE`: none."""
    last: Ints
    """The latest instant; `EARLY`: none."""
    rows: Ints
    """In how many rows it was seen."""
    holders: npt.NDArray[np.uint8]
    """The artefacts that hold it, a bit each, by their numbers; a line for each value."""

    def cut(self, start: int, end: int) -> _Sorted:
        """Some of the values."""
        some = slice(start, end)
        return _Sorted(self.values[some], self.first[some], self.last[some], self.rows[some], self.holders[some])

    def packed(self) -> bytes:
        """What `unpacked` reads."""
        arrays = (self.first, self.last, self.rows, self.holders)
        data = msgspec.msgpack.encode((self.values, *(array.tobytes() for array in arrays)))
        return lz4.block.compress(data)  # type: ignore[no-any-return]

    @classmethod
    def unpacked(cls, data: bytes) -> _Sorted:
        """What `packed` gave."""
        values, first, last, rows, holders = _stored.decode(lz4.block.decompress(data))
        return cls(
            values,
            np.frombuffer(first, np.int64),
            np.frombuffer(last, np.int64),
            np.frombuffer(rows, np.int64),
            np.frombuffer(holders, np.uint8).reshape(len(values), -1),
        )

    @classmethod
    def merged(cls, parts: Sequence[_Sorted]) -> _Sorted:
        """Several as one, each value once."""
        if len(parts) == 1:
            return parts[0]
        values = list(chain.from_iterable(part.values for part in parts))
        order = sorted(range(len(values)), key=values.__getitem__)
        values = [values[at] for at in order]
        new = np.array([True, *(a != b for a, b in pairwise(values))], dtype=bool)
        begins = np.flatnonzero(new)
        width = max(part.holders.shape[1] for part in parts)
        holders = np.zeros((len(values), width), dtype=np.uint8)
        at = 0
        for part in parts:
            holders[at : at + len(part.values), : part.holders.shape[1]] = part.holders
            at += len(part.values)
        return cls(
            [values[begin] for begin in begins.tolist()],
            np.minimum.reduceat(np.concatenate([part.first for part in parts])[order], begins),
            np.maximum.reduceat(np.concatenate([part.last for part in parts])[order], begins),
            np.add.reduceat(np.concatenate([part.rows for part in parts])[order], begins),
            np.bitwise_or.reduceat(holders[order], begins, axis=0),
        )


_stored = msgspec.msgpack.Decoder(tuple[list[str], bytes, bytes, bytes, bytes])


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
        first, last, counts = span.by(codes, rows, len(held))
        places, known = self._places, []
        for value, seen in zip(held, counts.tolist(), strict=True):
            place = places.get(value)
            if place is None:
                place = places.setdefault(value, len(places)) if value and len(value) <= LONGEST and seen else 0
            known.append(place)
        self._grow(len(places))
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

    def sorted(self) -> _Sorted:
        """What was seen; nothing may be added any more."""
        del self._places[None]
        values = sorted(self._places)  # type: ignore[type-var]
        order = np.array(list(map(self._places.__getitem__, values)), dtype=np.int64)
        bits = np.zeros((len(values), max(self._artefacts) + 1), dtype=bool)
        for artefact, holds in self._artefacts.items():
            bits[:, artefact] = holds[order]
        holders = np.packbits(bits, axis=1, bitorder="little")
        made = _Sorted(values, self._first[order], self._last[order], self._rows[order], holders)  # type: ignore[arg-type]
        return made


class ObservablesSink:
    """Gathers observables. `run` bounds the values that are held at once, `block` the values of a stored block."""

    def __init__(self, open_file: Callable[[str], BinaryIO], *, run: int = RUN, block: int = BLOCK) -> None:
        self._file = open_file("observables.parquet")
        self._run, self._block = run, block
        self._known: dict[int, _Known] = {}
        self._stored: dict[int, list[tuple[str, bytes]]] = {}
        """By class: blocks, each with its first value."""
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
            self._store()

    def close(self) -> None:
        """Merge everything and finish the file, sorted by kind and value."""
        sink = ParquetSink("observables.parquet", self._file, SCHEMA)
        try:
            if self._stored:
                self._store()
            for kind in sorted({*self._known, *self._stored}):
                for piece in self._merged(kind):
                    for start in range(0, len(piece.values), ROW_GROUP):
                        some = piece.cut(start, start + ROW_GROUP)
                        sink.add(_columns(KINDS[kind].value, some), len(some.values))
            sink.close()
        except BaseException:
            sink.abort()
            raise

    def abort(self) -> None:
        """Let go of everything. Never raises."""
        self._known, self._stored = {}, {}

    def _store(self) -> None:
        """Put what is held into blocks."""
        known, self._known = self._known, {}
        for kind in list(known):
            whole = known.pop(kind).sorted()
            for start in range(0, len(whole.values), self._block):
                block = whole.cut(start, start + self._block)
                self._stored.setdefault(kind, []).append((block.values[0], block.packed()))

    def _merged(self, kind: int) -> Iterator[_Sorted]:
        """The values of a class in pieces, in their order."""
        if kind in self._known:
            yield self._known.pop(kind).sorted()
            return
        # Taking blocks in the order of their first values, everything below the next block's first is complete.
        blocks = sorted(self._stored.pop(kind), key=lambda block: block[0], reverse=True)
        held: list[_Sorted] = []
        while blocks:
            held.append(_Sorted.unpacked(blocks.pop()[1]))
            if not blocks:
                yield _Sorted.merged(held)
            elif sum(len(part.values) for part in held) >= ROW_GROUP:
                whole = _Sorted.merged(held)
                done = bisect_left(whole.values, blocks[-1][0])
                yield whole.cut(0, done)
                held = [whole.cut(done, len(whole.values))]


def _columns(kind: str, some: _Sorted) -> list[One | Plain]:
    """As in `SCHEMA`."""
    count = len(some.values)
    none, never = some.first == LATE, some.last == EARLY
    return [
        One(kind, Type.TEXT),
        listed(some.values, Type.TEXT),
        Numbers(count, none, np.where(none, 0, some.first)),
        Numbers(count, never, np.where(never, 0, some.last)),
        Numbers(count, None, np.bitwise_count(some.holders).sum(axis=1, dtype=np.int64)),
        Numbers(count, None, some.rows),
    ]
