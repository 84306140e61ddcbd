"""Tables of a SQLite file, page by page and thousands of rows at once, without SQLite.

SQLite hands over a row cell by cell, each as an object of its own; with wide tables that is most of the time of a check.
Here the leaf pages of a table are read as they lie and whole columns of numbers say where each value stands (numpy); what a
value is only becomes Python's where somebody asks.

Evidence is hostile, and SQLite knows more than this: whatever is not as SQLite itself writes it raises `Unusual`, and then
SQLite reads it. So nothing here may be laxer than SQLite: what it would call damaged must never be given as rows.

One kind of damage is worse for SQLite than for this module. Where a page stands in two places of a tree, SQLite walks it
twice, and pages that share pages make a small file endless. Here each page is read once (`Table.repeats`, `check_tree`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from sousveil.acquisition.model import Readable
from sousveil.errors import SousveilError
from sousveil.readers.gather import Ints, Octets, gathered, once

MAX_DEPTH = 19
"""Levels of a tree at most, as in SQLite."""
MAX_OVERFLOW = 4 << 20
"""Bytes of rows that do not fit into their pages, in one chunk; more is SQLite's."""
MAX_APART = 16 << 20
"""Bytes of joined rows that lie far apart, for one piece of an answer; more is SQLite's."""
CHUNK = 2 << 20
"""Bytes of pages that are looked at together at most."""
WHOLE, CLOSE = CHUNK, CHUNK
"""Bytes of a joined table that is read once and remembered, and of pages out of which its rows are taken at once."""
PAD = 16
"""Bytes behind a buffer, so that eight bytes can be taken at the place of its last one."""
_NEAR = 2
"""Pages between which it is quicker to read than to jump."""
_PENDING = 1 << 30
"""The byte that SQLite locks: its page is never used."""
_LEAF, _INTERIOR = 13, 5
_HIGHEST = (1 << 63) - 1


class Unusual(Exception):
    """Something that is left to SQLite itself."""


class RepeatedPage(Exception):
    """A page that stands in two places of a tree, or belongs to two long rows.

    No database that SQLite wrote has one, and SQLite is not to walk it.
    """


class Pages:
    """The pages of a database whose text is UTF-8. Raises Unusual for any other."""

    def __init__(self, file: Readable) -> None:
        self._read = getattr(file, "read_apart", file.read)
        self.tables: dict[int, Table] = {}
        """Tables that were asked for, by their first page: several parts of a query look at the same."""
        try:
            head = file.read(100, 0)
        except SousveilError as error:
            raise Unusual("the header cannot be read") from error
        if len(head) < 100 or head[:16] != b"SQLite format 3\0" or head[21:24] != b"\x40\x20\x20":
            raise Unusual("no header as SQLite writes it")
        size = int.from_bytes(head[16:18], "big")
        self.size = 65536 if size == 1 else size
        self.usable = self.size - head[20]
        if self.size < 512 or self.size & (self.size - 1) or self.usable < 480:
            raise Unusual("a page size that there is not")
        if head[56:60] != b"\0\0\0\1" or head[18] > 2 or head[19] > 2:
            raise Unusual("texts that are not UTF-8, or a later form of file")
        declared = int.from_bytes(head[28:32], "big")
        self.count = file.size // self.size
        if head[24:28] == head[92:96] and declared:
            self.count = min(self.count, declared)

    def close(self) -> None:
        """Let go of the tables. They name these pages and these name them: such a circle would stay, with all that is
        remembered of the tables, until Python looks for circles, which it hardly does while rows are read."""
        self.tables.clear()

    def read(self, numbers: Ints) -> bytes:
        """These pages one after the other, with `PAD` zeros behind them."""
        if not len(numbers) or int(numbers.min()) < 2 or int(numbers.max()) > self.count:
            raise Unusual("a page that there is not")
        if self.count > _PENDING // self.size and (numbers == _PENDING // self.size + 1).any():
            raise Unusual("the page that is never used")
        size, order = self.size, None
        ordered = numbers
        if (numbers[1:] <= numbers[:-1]).any():
            order = np.argsort(numbers, kind="stable")
            ordered = numbers[order]
        # Tables lie among each other: what stands between two pages that are near is read as well.
        cuts = [0, *(np.flatnonzero(np.diff(ordered) > _NEAR) + 1).tolist(), len(ordered)]
        parts: list[Any] = []
        for low, high in pairwise(cuts):
            first, last = int(ordered[low]), int(ordered[high - 1])
            try:
                data = self._read((last - first + 1) * size, (first - 1) * size)
            except SousveilError as error:
                raise Unusual("a page cannot be read") from error
            if len(data) != (last - first + 1) * size:
                raise Unusual("a page is not whole")
            if high - low <= last - first or order is not None:
                data = np.frombuffer(data, f"V{size}")[ordered[low:high] - first]
            parts.append(data)
        if order is not None:
            whole = np.empty(len(numbers), f"V{size}")
            whole[order] = np.concatenate(parts)
            parts = [whole]
        return b"".join((*parts, bytes(PAD)))


def two(buffer: Octets, at: Ints) -> Ints:
    """Whole numbers of two bytes."""
    value: Ints = buffer[at].astype(np.int64) << 8 | buffer[at + 1]
    return value


def four(buffer: Octets, at: Ints) -> Ints:
    """Whole numbers of four bytes."""
    return two(buffer, at) << 16 | two(buffer, at + 2)


def varints(buffer: Octets, at: Ints, most: int = 9) -> tuple[Ints, Ints]:
    """SQLite's numbers of variable length, and the places behind them. Raises Unusual for one of more than `most` bytes.

    `at` lies in the buffer, which goes on for `PAD` bytes.
    """
    value = buffer[at].astype(np.int64)
    behind = at + 1
    rows = np.flatnonzero(value > 127)
    if rows.size:
        value[rows] &= 127
    length = 1
    while rows.size:
        length += 1
        if length > most:
            raise Unusual("a number of more bytes than it needs")
        byte = buffer[behind[rows]].astype(np.int64)
        behind[rows] += 1
        if length == 9:
            value[rows] = value[rows] << 8 | byte
            break
        value[rows] = value[rows] << 7 | byte & 127
        rows = rows[byte > 127]
    return value, behind


def _pointers(buffer: Octets, pages: Pages, kind: int) -> tuple[Ints, Ints, Ints]:
    """Of every cell of the pages in a buffer: its place; how many cells each page has, and where each page begins."""
    head = 8 if kind == _LEAF else 12
    begins = np.arange((len(buffer) - PAD) // pages.size, dtype=np.int64) * pages.size
    if (buffer[begins] != kind).any():
        raise Unusual("a page of another kind")
    counts = two(buffer, begins + 3)
    if (counts < 1).any() or (head + 2 * counts > pages.usable).any():
        raise Unusual("a page without cells, or with too many")
    before = np.cumsum(counts) - counts
    number = np.arange(int(counts.sum()), dtype=np.int64) - np.repeat(before, counts)
    begin = np.repeat(begins, counts)
    place = two(buffer, begin + head + 2 * number)
    if (place < np.repeat(head + 2 * counts, counts)).any() or (place > pages.usable - 4).any():
        raise Unusual("a cell outside of its page")
    return begin + place, counts, begins


def leaves(pages: Pages, root: int) -> tuple[Ints, Ints, bool]:
    """The leaf pages of a table in the order of its rows, each once, and the greatest row id that each may hold; and whether
    a page of the tree stands in two places."""
    level: Ints = np.array([root], dtype=np.int64)
    highs: Ints = np.array([_HIGHEST], dtype=np.int64)
    seen, repeats = np.zeros(pages.count + 1, dtype=bool), False
    for _ in range(MAX_DEPTH):
        if int(level.min()) < 2 or int(level.max()) > pages.count:
            raise Unusual("a page that there is not")
        first = np.sort(np.unique(level, return_index=True)[1])
        first = first[~seen[level[first]]]
        if len(first) < len(level):
            repeats, level, highs = True, level[first], highs[first]
        seen[level] = True
        if not len(level) or pages.read(level[:1])[0] == _LEAF:
            return level, highs, repeats
        below = [_below(pages, level[at : at + 256], highs[at : at + 256]) for at in range(0, len(level), 256)]
        level, highs = (np.concatenate([part[n] for part in below]) for n in (0, 1))
    raise Unusual("a tree too deep")


def check_tree(pages: Pages, root: int) -> None:
    """Look at every page of a table, whatever else is wrong with it. Raises RepeatedPage."""
    level, seen = np.array([root], dtype=np.int64), np.zeros(pages.count + 1, dtype=bool)
    for _ in range(MAX_DEPTH):
        level = level[(level >= 2) & (level <= pages.count)]
        if len(np.unique(level)) < len(level) or seen[level].any():
            raise RepeatedPage
        seen[level] = True
        below = [_children(pages, level[at : at + 256]) for at in range(0, len(level), 256)]
        if not below:
            return
        level = np.concatenate(below)


def _children(pages: Pages, level: Ints) -> Ints:
    """Whatever the interior ones among some pages point at."""
    buffer = np.frombuffer(pages.read(level), np.uint8)
    begins = np.arange(len(level), dtype=np.int64) * pages.size
    begins = begins[buffer[begins] == _INTERIOR]
    counts = np.minimum(two(buffer, begins + 3), (pages.usable - 12) // 2)
    number = np.arange(int(counts.sum()), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)
    begin = np.repeat(begins, counts)
    place = two(buffer, begin + 12 + 2 * number)
    inside = place <= pages.usable - 4
    return np.concatenate((four(buffer, (begin + place)[inside]), four(buffer, begins + 8)))


def _below(pages: Pages, level: Ints, highs: Ints) -> tuple[Ints, Ints]:
    """The children of interior pages, and the greatest row id that each may hold."""
    buffer = np.frombuffer(pages.read(level), np.uint8)
    place, counts, begins = _pointers(buffer, pages, _INTERIOR)
    last = np.cumsum(counts + 1) - 1  # where each page's rightmost child goes
    others = np.ones(len(place) + len(level), dtype=bool)
    others[last] = False
    children, keys = np.empty(len(others), dtype=np.int64), np.empty(len(others), dtype=np.int64)
    children[others], children[last] = four(buffer, place), four(buffer, begins + 8)
    keys[others], keys[last] = varints(buffer, place + 4)[0], highs
    return children, keys


class Rows:
    """Rows of a table: where each record begins and ends in a buffer, and its row id."""

    __slots__ = ("begin", "buffer", "end", "ids", "raw")

    def __init__(self, raw: bytes, begin: Ints, end: Ints, ids: Ints) -> None:
        self.raw, self.begin, self.end, self.ids = raw, begin, end, ids
        """The buffer as bytes, with `PAD` bytes behind what is used."""
        self.buffer: Octets = np.frombuffer(raw, np.uint8)

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, which: slice | Ints) -> Rows:
        """Some of them, in the same buffer."""
        return Rows(self.raw, self.begin[which], self.end[which], self.ids[which])

    def apart(self) -> Rows:
        """The same rows in a buffer that holds nothing else."""
        sizes = self.end - self.begin
        end = np.cumsum(sizes)
        return Rows(gathered(self.buffer, self.begin, sizes) + bytes(PAD), end - sizes, end, self.ids)


def together(several: list[Rows]) -> Rows:
    """Rows out of several buffers in one."""
    if len(several) == 1:
        return several[0]
    raws, shifts, at = [], [], 0
    for rows in several:
        raws.append(rows.raw[:-PAD])
        shifts.append(at)
        at += len(raws[-1])
    pairs = list(zip(several, shifts, strict=True))
    return Rows(
        b"".join((*raws, bytes(PAD))),
        np.concatenate([rows.begin + shift for rows, shift in pairs]),
        np.concatenate([rows.end + shift for rows, shift in pairs]),
        np.concatenate([rows.ids for rows in several]),
    )


def rows_of(pages: Pages, numbers: Ints) -> Rows:
    """All rows of some leaf pages. Their ids ascend."""
    raw = pages.read(numbers)
    buffer = np.frombuffer(raw, np.uint8)
    place, _, _ = _pointers(buffer, pages, _LEAF)
    size, place = varints(buffer, place, 5)
    ids, begin = varints(buffer, place)
    if (ids[1:] <= ids[:-1]).any():
        raise Unusual("rows that are not in order")
    room = pages.size - begin % pages.size - (pages.size - pages.usable)
    most = pages.usable - 35
    large = np.flatnonzero(size > most)
    end = begin + size
    if not large.size:
        if (size > room).any() or (size < 1).any():
            raise Unusual("a row that is longer than its page")
        return Rows(raw, begin, end, ids)
    local = _local(pages, size[large])
    if (local + 4 > room[large]).any():
        raise Unusual("a row that is longer than its page")
    follow = four(buffer, begin[large] + local)
    if len(np.unique(follow)) < len(follow):
        raise RepeatedPage
    if int(size[large].sum()) > MAX_OVERFLOW:
        raise Unusual("long rows")
    small = np.ones(len(size), dtype=bool)
    small[large] = False
    if (size[small] > room[small]).any() or (size < 1).any():
        raise Unusual("a row that is longer than its page")
    whole, at, seen = [raw[:-PAD]], len(raw) - PAD, set[int]()
    for row, there, first in zip(large.tolist(), local.tolist(), follow.tolist(), strict=True):
        start = int(begin[row])
        record = raw[start : start + there] + _chain(pages, first, int(size[row]) - there, seen)
        begin[row], end[row] = at, at + len(record)
        at += len(record)
        whole.append(record)
    return Rows(b"".join((*whole, bytes(PAD))), begin, end, ids)


def _local(pages: Pages, sizes: Ints) -> Ints:
    """How many bytes of records that do not fit into their page stand in it."""
    usable = pages.usable
    least = (usable - 12) * 32 // 255 - 23
    local = least + (sizes - least) % (usable - 4)
    found: Ints = np.where(local > usable - 35, least, local)
    return found


def _chain(pages: Pages, page: int, left: int, seen: set[int]) -> bytes:
    """So many bytes out of a chain of pages. `seen` are the pages of other chains, and takes these."""
    parts: list[bytes] = []
    while left > 0:  # ends: `left` shrinks by a page each time
        if page in seen:
            raise RepeatedPage
        seen.add(page)
        data = pages.read(np.array([page], dtype=np.int64))
        parts.append(data[4 : min(pages.usable, 4 + left)])
        left -= pages.usable - 4
        page = int.from_bytes(data[:4], "big")
    if page:
        raise Unusual("a chain that goes on behind its end")
    return b"".join(parts)


class Table:
    """One table of a file: its rows in order, or those with certain ids."""

    def __init__(self, pages: Pages, root: int) -> None:
        self._pages = pages
        self._root = root
        self._leaves: tuple[Ints, Ints] | None = None
        self.repeats = False
        """Whether a page of the tree was seen in two places. Its rows are given once."""
        self._all: Rows | None = None
        self._last: tuple[Ints, Rows, Ints] | None = None
        self.cells: dict[int, Any] = {}
        """Columns of all rows that were looked for, where the table is joined as a whole; None: no row has it."""

    def _tree(self) -> tuple[Ints, Ints]:
        if self._leaves is None:
            numbers, highs, self.repeats = leaves(self._pages, self._root)
            self._leaves = numbers, highs
        return self._leaves

    def check(self) -> None:
        """Raises RepeatedPage where a page of the tree stands in two places, also in a tree that `leaves` cannot read."""
        if self.repeats:
            raise RepeatedPage
        check_tree(self._pages, self._root)

    def _empty(self) -> bool:
        """Whether the table has no row: one leaf without a cell."""
        page = self._pages.read(np.array([self._root], dtype=np.int64))
        return page[0] == _LEAF and page[3:5] == b"\0\0"

    def chunks(self, rows: int) -> Iterator[Rows]:
        """All rows, about so many at once."""
        if self._empty():
            return
        numbers, _ = self._tree()
        most = max(1, CHUNK // self._pages.size)
        at, step = 0, min(most, 32)
        while at < len(numbers):
            found = rows_of(self._pages, numbers[at : at + step])
            yield found
            at += step
            step = max(1, min(most, step * rows // len(found)))

    def whole(self) -> Rows | None:
        """All rows of a table that is not large; None where it has none."""
        if self._empty():
            return None
        if self._all is None:
            numbers, _ = self._tree()
            if len(numbers) * self._pages.size > 3 * CHUNK:
                raise Unusual("a large table that is joined")
            self._all = rows_of(self._pages, numbers)
        return self._all

    def with_ids(self, ids: Ints) -> tuple[Rows, Ints]:
        """The rows with these ids (ascending, each once) that are there, and maybe others; and the place of each id among
        them, -1 where it is not there."""
        if self._last is not None and np.array_equal(self._last[0], ids):
            return self._last[1:]  # the parts of a query ask for the same
        found = self._near(ids)
        if found is None:
            return Rows(bytes(PAD), *(np.empty(0, dtype=np.int64) for _ in range(3))), np.full(len(ids), -1)
        place = np.searchsorted(found.ids, ids)
        place[place == len(found)] = 0
        place[found.ids[place] != ids] = -1
        self._last = (ids, found, place) if found is not self._all else None
        return found, place

    def is_whole(self, rows: Rows) -> bool:
        """Whether these are all rows of the table, which are remembered."""
        return rows is self._all

    def _near(self, ids: Ints) -> Rows | None:
        if not len(ids) or self._empty():
            return None
        if self._all is not None:
            return self._all
        numbers, highs = self._tree()
        size = self._pages.size
        if len(numbers) * size <= WHOLE:
            self._all = rows_of(self._pages, numbers)
            return self._all
        which = once(np.searchsorted(highs, ids))
        which = which[which < len(numbers)]
        if len(which) * size <= CLOSE:
            return rows_of(self._pages, numbers[which])
        # Rows that lie far apart: of each page only what is asked for is kept.
        parts, held, most = list[Rows](), 0, max(1, CLOSE // size)
        for at in range(0, len(which), most):
            rows = rows_of(self._pages, numbers[which[at : at + most]])
            place = np.minimum(np.searchsorted(ids, rows.ids), len(ids) - 1)
            parts.append(rows.at(np.flatnonzero(ids[place] == rows.ids)).apart())
            held += len(parts[-1].raw)
            if held > MAX_APART:
                raise Unusual("long rows that lie far apart")
        found = together(parts)
        if (found.ids[1:] <= found.ids[:-1]).any():
            raise Unusual("rows that are not in order")
        return found if len(found) else None
