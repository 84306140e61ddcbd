"""Batches as columns of arrays, made once and shared by the timeline, the observables and the records."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from sys import byteorder
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.artefacts.model import Artefact
from sousveil.cases.column_types import Type
from sousveil.cases.parquet_pages import Numbers, Plain
from sousveil.cases.plain_columns import LATEST, listed, plain, values_of
from sousveil.kinds import Kind
from sousveil.patterns import lazy_pattern
from sousveil.records import (
    SEPARATOR,
    Batch,
    Blobs,
    Coded,
    Column,
    Reals,
    Sparse,
    Texts,
    Whole,
    place_numbers,
    separators,
    unpacked,
)

Codes16 = npt.NDArray[np.uint16]

# The letters s and k have a third form each that is equal to them in other case; white space is Unicode's.
_HOST = lazy_pattern(
    r"[a-zA-Z\u017f\u212a][a-zA-Z\u017f\u212a0-9+.\-]{0,20}://(?:[^/?#@\\]*@)?"
    r"(\[[0-9a-fA-F:.]+\]|[^/?#:\\@\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+)"
)
_I64 = 1 << 63


def as_text(value: object) -> str | None:
    """A value of unknown type as text: bytes in hexadecimal."""
    if value is None or isinstance(value, str):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)


def type_of(kind: Kind) -> Type:
    """The column type of a kind; what may be of several types is kept as text."""
    if kind.instant:
        return Type.INSTANT
    if kind.types == (int,):
        return Type.WHOLE
    if float in kind.types and str not in kind.types:
        return Type.REAL
    return Type.TEXT


def as_stored(kind: Kind, value: Any) -> Any:
    """One value of a kind as its column stores it."""
    of = type_of(kind)
    if value is None or of is Type.REAL:
        return None if value is None else float(value)
    if of is Type.TEXT:
        return as_text(value)
    least, most = (0, LATEST) if kind.instant else (-_I64, _I64)
    return value if isinstance(value, int) and least <= value < most else None


def host_of(link: str) -> str | None:
    """The host of a link as written; None where there is none."""
    found = _HOST.match(link)
    return found[1] if found else None


HEAVY = 8 << 20
"""Bytes of texts and blobs that are handled at once at most, so that long messages do not fill the memory."""


CELL = 12
"""Bytes that a cell takes in a table beside its text, about."""


def weight(batch: Batch) -> int:
    """About how many bytes a batch takes as a table: of texts and blobs in lists some sixty rows are looked at."""
    step = max(1, batch.count // 64)
    held = batch.count * CELL * (len(batch.columns) + len(batch.extra))
    for columns in (batch.columns, batch.extra):
        for column in columns.values():
            if isinstance(column, Texts):
                held += len(column.joined)
            elif isinstance(column, Blobs):
                held += len(column.data)
            elif isinstance(column, Sparse):
                held += sum(len(v) for v in column.held if type(v) is str or type(v) is bytes)
            elif type(column) is list:
                held += step * sum(len(v) for v in column[::step] if type(v) is str or type(v) is bytes)
    return held


def may_join(one: Batch, other: Batch) -> bool:
    """Whether two batches are of one file, one table and one layout, with their places told the same way."""
    return (one.artefact, one.file, one.table, one.layout) == (
        other.artefact,
        other.file,
        other.table,
        other.layout,
    ) and all(
        (a is None) == (b is None)
        for a, b in ((one.rows, other.rows), (one.lines, other.lines), (one.offsets, other.offsets))
    )


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches that may be joined as one, longer than any that travels: each call of numpy has a price of its own."""
    first = batches[0]
    if len(batches) == 1:
        return first
    columns, same = _side_by_side([(b.columns, b.same, b.count) for b in batches])
    extra, extra_same = _side_by_side([(b.extra, b.extra_same, b.count) for b in batches])
    return Batch(
        artefact=first.artefact,
        layout=first.layout,
        file=first.file,
        count=sum(b.count for b in batches),
        table=first.table,
        rows=None if first.rows is None else _places_under([b.rows for b in batches if b.rows is not None]),
        lines=None if first.lines is None else _places_under([b.lines for b in batches if b.lines is not None]),
        offsets=None if first.offsets is None else list(chain.from_iterable(b.offsets or () for b in batches)),
        columns=columns,
        extra=extra,
        same=same,
        extra_same=extra_same,
    )


def _places_under(parts: Sequence[list[int] | Whole]) -> list[int] | Whole:
    """Where the rows of several batches stand."""
    if all(isinstance(part, Whole) for part in parts):
        return Whole(data=b"".join([part.data for part in parts if isinstance(part, Whole)]))
    return list(chain.from_iterable(map(unpacked, parts)))


def _side_by_side(
    parts: Sequence[tuple[dict[str, Column], dict[str, Any], int]],
) -> tuple[dict[str, Column], dict[str, Any]]:
    """Columns one under the other; those that hold one value throughout apart."""
    columns: dict[str, Column] = {}
    same: dict[str, Any] = {}
    for name in dict.fromkeys(name for held, one, _ in parts for name in (*held, *one)):
        values = [one.get(name) for held, one, _ in parts]
        if any(name in held for held, _, _ in parts) or any(
            type(value) is not type(values[0]) or value != values[0] for value in values
        ):
            columns[name] = _under([(held.get(name), one.get(name), count) for held, one, count in parts])
        else:
            same[name] = values[0]
    return columns, same


def _under(parts: Sequence[tuple[Column | None, Any, int]]) -> Column:
    """One column out of the pieces of several batches: a column, or the one value that all its rows have."""
    whole: list[Any] = []
    nulls = None
    if any(getattr(column, "nulls", None) is not None for column, _, _ in parts):
        nulls = b"".join(getattr(column, "nulls", None) or bytes(count) for column, _, count in parts)
    texts = [column.joined for column, _, _ in parts if isinstance(column, Texts)]
    if len(texts) == len(parts):
        return Texts(joined=SEPARATOR.join(texts), nulls=nulls)
    numbers = [column.data for column, _, _ in parts if isinstance(column, Whole)]
    if len(numbers) == len(parts):
        return Whole(data=b"".join(numbers), nulls=nulls)
    if all(isinstance(column, Coded) for column, _, _ in parts):
        return _recoded([column for column, _, _ in parts if isinstance(column, Coded)])
    reals = [column.data for column, _, _ in parts if isinstance(column, Reals)]
    if len(reals) == len(parts):
        return Reals(data=b"".join(reals), nulls=nulls)
    blobs = [column for column, _, _ in parts if isinstance(column, Blobs)]
    if len(blobs) == len(parts):
        sizes = b"".join(column.sizes for column in blobs)
        return Blobs(data=b"".join(column.data for column in blobs), sizes=sizes, nulls=nulls)
    if all(isinstance(column, Sparse) or (column is None and value is None) for column, value, _ in parts):
        rows: list[int] = []
        before = 0
        for column, _, count in parts:
            if isinstance(column, Sparse):
                rows += [row + before for row in column.rows] if before else column.rows
                whole += column.held
            before += count
        return Sparse(count=before, rows=rows, held=whole)
    if (made := _texts_under(parts) or _numbers_under(parts)) is not None:
        return made
    for column, value, count in parts:
        whole += [value] * count if column is None else unpacked(column)
    return whole


def _texts_under(parts: Sequence[tuple[Column | None, Any, int]]) -> Texts | None:
    """Texts in several forms in one; None where others are among them."""
    joined: list[bytes] = []
    nulls: list[bytes] = []
    for column, value, count in parts:
        if column is None and (value is None or isinstance(value, str)):
            joined.append(SEPARATOR.join([(value or "").encode()] * count))
            nulls.append(bytes((value is None,)) * count)
        elif isinstance(column, Texts):
            joined.append(column.joined)
            nulls.append(column.nulls or bytes(count))
        elif isinstance(column, Coded) and set(map(type, column.held)) <= {str}:
            held = [*(text.encode() for text in column.held), b""]
            codes = column.numbers
            joined.append(SEPARATOR.join(map(held.__getitem__, codes.tolist())))
            nulls.append((codes == len(column.held)).tobytes())
        else:
            return None
    whole, mask = SEPARATOR.join(joined), b"".join(nulls)
    if separators(whole) != len(mask) - 1:
        return None
    return Texts(joined=whole, nulls=mask if 1 in mask else None)


def _numbers_under(parts: Sequence[tuple[Column | None, Any, int]]) -> Whole | None:
    """Whole numbers in several forms in one; None where others are among them."""
    data: list[bytes] = []
    nulls: list[bytes] = []
    for column, value, count in parts:
        if column is None and (value is None or (type(value) is int and -_I64 <= value < _I64)):
            data.append((value or 0).to_bytes(8, byteorder, signed=True) * count)
            nulls.append(bytes((value is None,)) * count)
        elif isinstance(column, Whole):
            data.append(column.data)
            nulls.append(column.nulls or bytes(count))
        elif isinstance(column, Sparse) and isinstance(ready := plain(column, Type.WHOLE, count), Numbers):
            data.append(ready.values.tobytes())
            nulls.append(bytes(count) if ready.nulls is None else ready.nulls.tobytes())
        else:
            return None
    mask = b"".join(nulls)
    return Whole(data=b"".join(data), nulls=mask if 1 in mask else None)


def _recoded(columns: Sequence[Coded]) -> Column:
    """Columns with codes of their own under one list of values."""
    held: dict[Any, int] = {}
    for column in columns:
        for value in column.held:
            held.setdefault(value, len(held))
    if len(held) > 1 << 15:
        return [value for column in columns for value in column.values]
    made = []
    for column in columns:
        places = np.array([*map(held.__getitem__, column.held), len(held)], dtype=np.uint16)
        made.append(places[column.numbers])
    return Coded(codes=np.concatenate(made).tobytes(), held=list(held))


class Columns:
    """The columns of one batch, made when first asked for."""

    def __init__(self, artefact: Artefact, batch: Batch) -> None:
        self.artefact = artefact
        self.batch = batch
        self.kinds = artefact.kinds
        self._made: dict[str, Plain] = {}
        self._hosts: dict[str, tuple[Codes16, list[Any]]] = {}

    def has(self, name: str) -> bool:
        """Whether the batch holds anything in this field."""
        return name in self.batch.columns or self.batch.same.get(name) is not None

    def get(self, name: str) -> Plain:
        """The column of a field; all null where the batch lacks it. What does not fit its type is null."""
        made = self._made.get(name)
        if made is None:
            kind, column, count = self.kinds[name], self.batch.columns.get(name), self.batch.count
            if column is None:
                made = listed([as_stored(kind, self.batch.same.get(name))] * count, type_of(kind))
            else:
                ready = plain(column, type_of(kind), count)
                stored = [as_stored(kind, value) for value in unpacked(column)] if ready is None else []
                made = listed(stored, type_of(kind)) if ready is None else ready
            self._made[name] = made
        return made

    def texts(self, name: str) -> list[str | None]:
        """The values of a field of texts, one for each row."""
        column = self.batch.columns.get(name)
        if isinstance(column, Texts):
            return column.values
        return values_of(self.get(name), Type.TEXT)

    def instants(self, name: str) -> Numbers:
        """A column of instants as arrays."""
        made = self.get(name)
        assert isinstance(made, Numbers)
        return made

    def coded(self, name: str) -> tuple[Codes16, list[Any]] | None:
        """The different texts of a field and which of them stands in each row, where they are few; else None."""
        column = self.batch.columns.get(name)
        if type_of(self.kinds[name]) is not Type.TEXT:
            return None
        if isinstance(column, Coded):
            return column.numbers, [*map(as_text, column.held), None]
        if column is None:
            return np.zeros(self.batch.count, dtype=np.uint16), [as_text(self.batch.same.get(name))]
        return None

    def hosts(self, name: str) -> tuple[Codes16, list[Any]]:
        """The hosts of a column of links (None where there is none), and which of them stands in each row.

        They are in lower case and without a last dot.
        """
        made = self._hosts.get(name)
        if made is None:
            few = self.coded(name)
            column = self.batch.columns.get(name)
            if few is not None:
                codes, held = _hosts([link or "" for link in few[1]])
            elif isinstance(column, Texts):
                codes, held = _hosts_of_joined(column)
            else:
                codes, held = _hosts([link if isinstance(link, str) else "" for link in unpacked(column or [])])
            made = self._hosts[name] = (codes if few is None else codes[few[0]], held)
        return made

    def places(self) -> tuple[str, npt.NDArray[np.int64]]:
        """What counts the rows of the source (`row`, `line`, `offset` or `record`), and the numbers."""
        batch = self.batch
        for word, numbers in (("row", batch.rows), ("line", batch.lines), ("offset", batch.offsets)):
            if numbers is not None:
                return word, place_numbers(numbers)
        return "record", np.arange(batch.count, dtype=np.int64)


_known: dict[str, str | None] = {}
"""Hosts of links that were met before, by the links up to the slash behind the host."""
_MOST, _LONG = 1 << 14, 100


def _host(head: str) -> str | None:
    """The host of a link in lower case and without a last dot, remembered."""
    if head in _known:
        return _known[head]
    found = host_of(head)
    host = found.lower().rstrip(".") if found is not None else None
    if len(head) <= _LONG:
        if len(_known) >= _MOST:
            _known.clear()
        _known[head] = host
    return host


def _hosts(links: Sequence[str]) -> tuple[Codes16, list[Any]]:
    """See `Columns.hosts`."""
    places: dict[Any, int] = {}
    codes = [places.setdefault(_host(link), len(places)) for link in links]
    return np.array(codes, dtype=np.uint16), list(places)


def _hosts_of_joined(column: Texts) -> tuple[Codes16, list[Any]]:
    """See `Columns.hosts`. A host is decided by what stands before the third slash, which many links share."""
    joined = column.joined
    letters = np.frombuffer(joined, np.uint8)
    ends = column.ends
    begins = np.append(0, ends[:-1] + 1)
    slashes = np.append(np.flatnonzero(letters == ord("/")), len(letters))
    cut = np.minimum(slashes[np.searchsorted(slashes, np.minimum(begins + _SCHEME, len(letters)))], ends)
    # After a longer scheme it may be one of the two slashes before the host.
    behind = letters[np.maximum(cut - 1, 0)] if len(letters) else letters
    cut = np.where((behind == ord(":")) | (behind == ord("/")), ends, cut) if len(letters) else cut
    heads: dict[bytes, int] = {}
    codes = [heads.setdefault(joined[a:b], len(heads)) for a, b in zip(begins.tolist(), cut.tolist(), strict=True)]
    few, held = _hosts([head.decode() for head in heads])
    return few[np.array(codes, dtype=np.int64)], held


_SCHEME = 8
"""Bytes behind which the third slash of nearly all links is: `https://`."""
