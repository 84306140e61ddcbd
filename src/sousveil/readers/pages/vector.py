"""Queries answered column by column out of the pages themselves (see `tree`), thousands of rows at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sousveil.readers.gather import Ints, once
from sousveil.readers.pages.cells import Cells, cells_of
from sousveil.readers.pages.columns import column, either, numbers, shared, whole_of
from sousveil.readers.pages.plan import ROWID, Join, Plan, Source
from sousveil.readers.pages.tree import CHUNK, Rows, Unusual, together
from sousveil.readers.work import Constant, Values
from sousveil.records import MAX_ROWS

TARGET = MAX_ROWS - MAX_ROWS // 16
"""Rows that are looked at together, about."""


@dataclass(slots=True)
class _Side:
    """The rows of one table, one for each row of the answer."""

    source: Source
    cells: dict[int, Cells]
    ids: Ints
    which: Any = None
    """Which of the cells' rows; None: each of them, in order."""
    there: Any = None
    """Where there is one; None: everywhere."""

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.ids if self.which is None else self.which)

    def cell(self, place: int) -> Cells | None:
        """The values of a column, or None where no row has the column yet."""
        found = self.cells.get(place)
        if found is not None and self.which is not None:
            found = found.taken(self.which, self.there)
        return found

    def keys(self) -> tuple[Ints, Any]:
        """The row ids, and where there are none."""
        if self.which is None:
            return self.ids.copy(), None
        return self.ids[self.which], None if self.there is None else ~self.there

    def held(self, place: int) -> Values:
        """A column, packed."""
        if place == ROWID:
            return numbers(*self.keys())
        if self.which is not None and place in self.cells and place not in self.source.real:
            cells = self.cells[place]
            few = shared(cells, self.which, self.there) or whole_of(cells, self.which, self.there)
            if few is not None:
                return few
        found = self.cell(place)
        return Constant(None) if found is None else column(found, real=place in self.source.real)


@dataclass(slots=True)
class Answer:
    """Some rows of a plan: its columns, the ids of its rows."""

    columns: list[Values]
    ids: Ints


@dataclass(slots=True)
class Part:
    """One of several plans over the same rows, and how far it is."""

    plan: Plan
    done: int | None = None
    """All its rows up to this id were answered; None: none yet."""
    waiting: list[Rows] = field(default_factory=list)
    """Rows that were too few for an answer of their own."""

    @property
    def last(self) -> tuple[str, int] | None:
        """The table that is walked, and up to which of its rows it was answered."""
        return None if self.done is None else (self.plan.driving.alias, self.done)

    def take(self, rows: Rows, cells: dict[int, Cells]) -> Iterator[Answer]:
        """Answer rows, of which `cells` are the columns, or let them wait."""
        plan, last = self.plan, int(rows.ids[-1])
        if plan.test is None or plan.late:
            yield from _answers(plan, _Side(plan.driving, cells, rows.ids))
        else:
            kept = np.flatnonzero(plan.test.of(lambda place: cells.get(place[1]), rows.ids))
            if not self.waiting and len(kept) * 4 > len(rows):
                yield from _answers(plan, _some(plan.driving, cells, rows, kept))
            elif len(kept):
                self.waiting.append(rows.at(kept).apart())
                rows_held = sum(map(len, self.waiting))
                if rows_held < TARGET and sum(len(one.raw) for one in self.waiting) <= CHUNK:
                    return  # all together at the end, where they can: rows of another form among them make tables dear
                yield from self.rest()
            elif self.waiting:
                return
        self.done = last

    def rest(self) -> Iterator[Answer]:
        """Answer what waits."""
        if self.waiting:
            rows = together(self.waiting)
            for at in range(0, len(rows), MAX_ROWS):
                part = rows.at(slice(at, at + MAX_ROWS))
                cells = _cells(self.plan.driving, part, self.plan.needed)
                yield from _answers(self.plan, _Side(self.plan.driving, cells, part.ids))
            self.waiting = []


def answers(parts: Sequence[Part]) -> Iterator[tuple[int, Answer]]:
    """All rows of several plans over one table, in its order, each with the number of its plan.

    Raises Unusual where SQLite has to go on, for each plan with the rows behind `done`.
    """
    driving = parts[0].plan.driving
    needed = {driving.alias: set[int]().union(*(part.plan.needed.get(driving.alias, ()) for part in parts))}
    for rows in driving.table.chunks(TARGET):
        pieces = max(1, -(-len(rows) // MAX_ROWS))
        step = -(-len(rows) // pieces)
        for at in range(0, len(rows), step):
            piece = rows.at(slice(at, at + step)) if pieces > 1 else rows
            cells = _cells(driving, piece, needed)
            for number, part in enumerate(parts):
                for answer in part.take(piece, cells):
                    yield number, answer
    for number, part in enumerate(parts):
        for answer in part.rest():
            yield number, answer


def _some(source: Source, cells: dict[int, Cells], rows: Rows, kept: Ints) -> _Side:
    if len(kept) == len(rows):
        return _Side(source, cells, rows.ids)
    return _Side(source, {place: one.taken(kept) for place, one in cells.items()}, rows.ids[kept])


def _cells(source: Source, rows: Rows, needed: Mapping[str, set[int]]) -> dict[int, Cells]:
    return cells_of(rows, source.width, needed.get(source.alias, ()), source.filled)


def _kept(source: Source, rows: Rows, needed: Mapping[str, set[int]]) -> dict[int, Cells]:
    """The columns of a whole table, looked for once however often it is joined."""
    seen, wanted = source.table.cells, needed.get(source.alias, set())
    missing = wanted - seen.keys()
    if missing:
        found = cells_of(rows, source.width, missing, source.filled)
        for place in missing:
            seen[place] = found.get(place)
            if place in found:
                found[place].known = {}
    return {place: cells for place in wanted if (cells := seen[place]) is not None}


def _answers(plan: Plan, driving: _Side) -> Iterator[Answer]:
    """The answer for some rows of the driving table; more than one where each of them gives many."""
    sides = {plan.driving.alias: driving}
    for join in plan.joins:
        _join(plan, join, sides)
    if plan.test is not None and plan.late:
        looked = plan.test.of(lambda place: sides[place[0]].cell(place[1]), sides[plan.driving.alias].keys()[0])
        _keep(sides, np.flatnonzero(looked))
    count = sides[plan.driving.alias].count
    for at in range(0, count, MAX_ROWS):
        some = dict(sides)
        if count > MAX_ROWS:
            _keep(some, np.arange(at, min(at + MAX_ROWS, count)))
        held = [Constant(None) if place is None else _held(place, some) for place in plan.columns]
        yield Answer(held, some[plan.shown].keys()[0])


def _held(place: Any, sides: Mapping[str, _Side]) -> Values:
    """A column, or of two the first that holds something."""
    if isinstance(place[0], str):
        return sides[place[0]].held(place[1])
    first, second = (sides[alias] for alias, _ in place)
    one, other = (side.cell(at) if at != ROWID else None for side, (_, at) in zip((first, second), place, strict=True))
    if any(at == ROWID for _, at in place):
        raise Unusual("a row id or another value")
    nulls = None if one is None else one.nulls()
    if one is None or (nulls is not None and nulls.all()):
        return second.held(place[1][1])
    if nulls is None or other is None:
        return first.held(place[0][1])
    real = [at in side.source.real for side, (_, at) in zip((first, second), place, strict=True)]
    return either(one, other, nulls, *real)


def _keep(sides: dict[str, _Side], which: Ints) -> None:
    """Leave these rows, in this order."""
    for alias, side in sides.items():
        before = which if side.which is None else side.which[which]
        sides[alias] = replace(side, which=before, there=None if side.there is None else side.there[which])


def _join(plan: Plan, join: Join, sides: dict[str, _Side]) -> None:
    """Put the rows of a joined table beside those so far."""
    side = _joined(plan, join, sides[join.by[0]]) if join.to == ROWID else _by_key(plan, join, sides)
    sides[join.source.alias] = side
    if join.inner and side.there is not None:
        _keep(sides, np.flatnonzero(side.there))


_MOST_PAIRS = 1 << 20


def _by_key(plan: Plan, join: Join, sides: dict[str, _Side]) -> _Side:
    """The rows of a joined table whose column is equal, for each row so far: that may be several, and then it is repeated."""
    keys, nulls = _keys(sides[join.by[0]], join.by[1])
    rows = join.source.table.whole()
    cells = {} if rows is None else _kept(join.source, rows, plan.needed)
    if rows is None or join.to not in cells:
        return _nothing(join.source, len(keys))
    theirs, absent = _keys(_Side(join.source, cells, rows.ids), join.to)
    known = np.arange(len(theirs)) if absent is None else np.flatnonzero(~absent)
    order = known[np.argsort(theirs[known], kind="stable")]
    begins, ends = (np.searchsorted(theirs[order], keys, which) for which in ("left", "right"))
    counts = ends - begins
    if nulls is not None:
        counts[nulls] = 0
    times = np.maximum(counts, 1)
    total = int(times.sum())
    if total > _MOST_PAIRS:
        raise Unusual("rows with too many others")
    number = np.arange(total) - np.repeat(np.cumsum(times) - times, times)
    if total > len(keys):
        _keep(sides, np.repeat(np.arange(len(keys)), times))
    there = np.repeat(counts > 0, times)
    if not len(order):
        return _nothing(join.source, total)
    which = order[np.where(there, np.repeat(begins, times) + number, 0)]
    return _Side(join.source, cells, rows.ids, which, None if there.all() else there)


def _joined(plan: Plan, join: Join, by: _Side) -> _Side:
    """The rows of a joined table for each row so far."""
    keys, nulls = _keys(by, join.by[1])
    known = keys if nulls is None else keys[~nulls]
    ids = once(known)
    rows, place = join.source.table.with_ids(ids)
    if not len(rows):
        return _nothing(join.source, len(keys))
    which = np.full(len(keys), -1, dtype=np.int64)
    which[slice(None) if nulls is None else ~nulls] = place[np.searchsorted(ids, known)]
    there = which >= 0
    if join.source.table.is_whole(rows):
        which = np.where(there, which, 0)
        return _Side(
            join.source, _kept(join.source, rows, plan.needed), rows.ids, which, None if there.all() else there
        )
    used = place[place >= 0]
    if len(used) < len(rows):  # only what is needed is looked into
        moved = np.full(len(rows), 0, dtype=np.int64)
        moved[used] = np.arange(len(used))
        which, rows = moved[np.maximum(which, 0)], rows.at(used)
    which = np.where(there, which, 0)
    if not len(rows):
        return _nothing(join.source, len(keys))
    return _Side(join.source, _cells(join.source, rows, plan.needed), rows.ids, which, None if there.all() else there)


def _nothing(source: Source, count: int) -> _Side:
    """The side of a joined table that has a row for none."""
    zeros = np.zeros(count, dtype=np.int64)
    return _Side(source, {}, zeros[:1], zeros, np.zeros(count, dtype=bool))


def _keys(by: _Side, place: int) -> tuple[Ints, Any]:
    """The row ids that a column holds, and where there are none."""
    if place == ROWID:
        return by.keys()
    cells = by.cell(place)
    if cells is None:
        return np.zeros(by.count, dtype=np.int64), np.ones(by.count, dtype=bool)
    if cells.classes() & ~2:
        raise Unusual("a row id that is no whole number")
    return cells.whole(), cells.nulls()
