"""The bodies of thousands of messages at once: `typedstream.unsaid` over packed columns.

Nearly all bodies begin alike, and most hold no link: where their text stands is told by numbers, and it is copied without
ever being a text of Python. Whatever is otherwise goes the careful way, row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.readers.gather import equal, gathered
from sousveil.readers.typedstream import head_of, unsaid
from sousveil.readers.work import Constant, Values
from sousveil.records import FEW, SEPARATOR, SPARSE, Blobs, Coded, Sparse, Texts, separators

_PAD = 256
"""Bytes behind the bodies, so that a head may be looked for at the end of the last: none is longer."""
_FROM = "attributedBody"


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What the bodies of some messages add to their texts."""

    texts: Values
    """The texts, those of the bodies where there was none."""
    came: Values
    """`attributedBody` where the text is the body's."""
    links: dict[int, list[str]]
    """Links that stand only in the attributes, by row."""


@dataclass(slots=True)
class _Spans:
    """Where texts stand in a buffer."""

    data: bytes
    begins: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    there: npt.NDArray[np.bool_]

    def text(self, row: int) -> str | None:
        """One of them."""
        at = int(self.begins[row])
        return self.data[at : at + int(self.sizes[row])].decode() if self.there[row] else None


def unsaid_packed(bodies: Values | None, said: Values | None, count: int) -> Unsaid | None:
    """See `typedstream.unsaid`; None where the columns are not packed, or a text cannot be copied as it stands."""
    spans = _spans(said, count)
    if not isinstance(bodies, Blobs) or spans is None:
        return None
    letters = np.frombuffer(bodies.data + bytes(_PAD), np.uint8)
    sizes = np.frombuffer(bodies.sizes, np.uint32).astype(np.int64)
    ends = np.cumsum(sizes)
    begins = ends - sizes
    silent = spans.sizes == 0
    careful = _hinted(letters, ends) & (sizes > 0)
    rows = np.flatnonzero(silent & ~careful & (sizes > 0))
    at, size, good = _texts(letters, bodies.data, begins[rows], ends[rows])
    careful[rows[~good]] = True
    known = good & (size > 0)
    rows, at, size = rows[known], at[known], size[known]
    # The texts of the bodies stand behind those of the messages, and those that were read one by one behind them.
    slow = np.flatnonzero(careful).tolist()
    blobs: list[object] = [bodies.data[begins[row] : ends[row]] for row in slow]
    found, links = unsaid(blobs, [spans.text(row) for row in slow])
    from_body = np.zeros(count, dtype=bool)
    from_body[rows] = True
    where, long = spans.begins.copy(), spans.sizes.copy()
    where[rows], long[rows] = at + len(spans.data), size
    pieces, end = [spans.data, bodies.data], len(spans.data) + len(bodies.data)
    for row, text in zip(slow, found, strict=True):
        if text:
            raw = text.encode()
            where[row], long[row], from_body[row] = end, len(raw), True
            pieces.append(raw)
            end += len(raw)
    texts = _packed(_Spans(b"".join(pieces), where, long, spans.there | from_body), count)
    if texts is None:
        return None
    return Unsaid(texts, _came(from_body), {row: urls for row, urls in zip(slow, links, strict=True) if urls})


def _spans(said: Values | None, count: int) -> _Spans | None:
    """The texts of a packed column; None for any other."""
    nothing = np.zeros(count, dtype=np.int64)
    if isinstance(said, Constant) and said.value is None:
        return _Spans(b"", nothing, nothing, np.zeros(count, dtype=bool))
    if isinstance(said, Texts):
        ends = said.ends
        begins = np.append(0, ends[:-1] + len(SEPARATOR))
        there = np.ones(count, dtype=bool) if said.nulls is None else np.frombuffer(said.nulls, np.uint8) == 0
        return _Spans(said.joined, begins, ends - begins, there)
    if isinstance(said, Sparse) and set(map(type, said.held)) <= {str}:
        raw = [value.encode() for value in said.held]
        sizes, there = nothing.copy(), np.zeros(count, dtype=bool)
        sizes[said.rows], there[said.rows] = list(map(len, raw)), True
        return _Spans(b"".join(raw), np.cumsum(sizes) - sizes, sizes, there)
    return None


def _hinted(letters: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Rows in which something hints at a link: as `typedstream` does in what follows a text, here in the whole body: never too few."""
    at = np.flatnonzero(letters == ord(":"))
    second = letters[at + 2] == ord("/")
    plain = (letters[at + 1] == ord("/")) & second
    wide = (letters[at + 1] == 0) & second & (letters[at + 3] == 0) & (letters[at + 4] == ord("/"))
    hits = [at[plain | wide]]
    at = np.flatnonzero(letters == ord("L"))  # of `URL`, of `kIMLink`
    before = letters[at - 1]
    hits.append(at[(before == ord("R")) & (letters[at - 2] == ord("U"))])
    hits.append(at[(before == ord("M")) & (letters[at - 2] == ord("I")) & (letters[at + 1] == ord("i"))])
    found = np.zeros(len(ends), dtype=bool)
    for places in hits:
        found[np.searchsorted(ends, places, "right")] = True
    return found


def _texts(
    letters: npt.NDArray[np.uint8], data: bytes, begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> tuple[Any, Any, Any]:
    """Of each body: where its text begins, how long it is, and whether it is a usual one with something behind the text."""
    if not len(begins):
        return begins, begins, np.zeros(0, dtype=bool)
    head = head_of(data[begins[0] : ends[0]])
    little = head[2] == ord("s")
    at = begins + len(head)
    good = (ends - begins > len(head) + 2) & equal(letters, begins, head)
    size = letters[at].astype(np.int64)
    start = at + 1
    long = size == 0x81
    if little and long.any():
        size[long] = letters[at[long] + 1].astype(np.int64) | letters[at[long] + 2].astype(np.int64) << 8
        start[long] += 2
    good &= (size < 0x80) | (long if little else False)
    good &= start + size < ends
    return start, size, good


def _packed(spans: _Spans, count: int) -> Values | None:
    """Texts as a column; None where one holds the separator, or is not UTF-8."""
    known = int(np.count_nonzero(spans.there))
    if not known:
        return Constant(None)
    if known * SPARSE < count:
        rows = np.flatnonzero(spans.there).tolist()
        try:
            held = [spans.text(row) for row in rows]
        except UnicodeDecodeError:
            return None
        return Sparse(count=count, rows=rows, held=held)
    letters = np.frombuffer(spans.data, np.uint8)
    joined = gathered(letters, spans.begins, np.where(spans.there, spans.sizes, 0), SEPARATOR)
    if separators(joined) != count - 1:
        return None
    made = Texts(joined=joined, nulls=None if known == count else (~spans.there).tobytes())
    if not joined.isascii():
        try:
            _ = made.text
        except UnicodeDecodeError:
            return None
    return made


def _came(from_body: npt.NDArray[np.bool_]) -> Values:
    if from_body.all() or not from_body.any():
        return Constant(_FROM if from_body[0] else None)
    if len(from_body) < 2 * FEW:
        return [_FROM if own else None for own in from_body.tolist()]
    return Coded(codes=(~from_body).astype(np.uint16).tobytes(), held=[_FROM])
