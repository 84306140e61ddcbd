"""Counts that may be published: cells below a minimum are suppressed, and further cells, so that nobody can compute the first.

A table with its sums is a network: each cell is an arc between its row and its column, and a change that no sum shows is a
circulation. So a maximum flow through the suppressed cells gives the exact bounds that a reader can derive from what is shown.
Cells of 0 are shown: a reader knows that a suppressed cell is 1 or more.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping

Cell = tuple[str | None, str | None]
"""Row and column; None stands for the sum over them."""
TOTAL: Cell = (None, None)
_Node = tuple[bool, str | None]
"""Whether it is a column, and its name; None stands for the sum over the rows or columns."""


def protect(
    counts: Mapping[tuple[str, str], int], least: int, suppressed: Collection[Cell] = ()
) -> dict[Cell, int | None]:
    """Every cell above 0 and every sum, None where it is suppressed. For no suppressed cell do its possible values span less
    than `least`. `suppressed`: further cells that are not shown.

    Where the table is too small for that, it has the total only; where the total is below `least`, it is empty.
    """
    cells = dict(_with_sums(counts))
    if sum(counts.values()) < least:
        return {}
    table = _Table(cells)
    small = (cell for cell, count in cells.items() if count < least or (cell in suppressed and cell != TOTAL))
    pending = deque(sorted(small, key=_order))
    table.suppressed.update(pending)
    while pending:
        cell = pending[0]
        if table.span(cell, least) >= least:
            pending.popleft()  # more suppressed cells only widen it
            continue
        more = table.complement(cell, least)
        if not more:
            return {TOTAL: cells[TOTAL]}
        table.suppressed.update(more)
        pending.extend(more)
    return {cell: None if cell in table.suppressed else cells[cell] for cell in sorted(cells, key=_order)}


def _with_sums(counts: Mapping[tuple[str, str], int]) -> Counter[Cell]:
    cells: Counter[Cell] = Counter()
    for (row, column), count in counts.items():
        if count:
            for cell in itertools.product((row, None), (column, None)):
                cells[cell] += count
    return cells


def _order(cell: Cell) -> tuple[tuple[bool, str], ...]:
    """Sums first."""
    return tuple((part is not None, part or "") for part in cell)


class _Table:
    """A table as a network, and the cells that are suppressed so far."""

    def __init__(self, cells: Mapping[Cell, int]) -> None:
        self.cells = cells
        self.suppressed: set[Cell] = set()
        self.arcs: dict[_Node, list[tuple[Cell, _Node, int]]] = {}
        """Node -> cells that touch it, the other node, and what a unit along this way adds to the cell."""
        for cell in cells:
            tail, head = _ends(cell)
            self.arcs.setdefault(tail, []).append((cell, head, 1))
            self.arcs.setdefault(head, []).append((cell, tail, -1))

    def span(self, cell: Cell, enough: int) -> int:
        """How far apart the least and the greatest possible value of a suppressed cell lie, or `enough`."""
        tail, head = _ends(cell)
        up = self._flow(head, tail, cell, enough)[0]
        return up + min(self.cells[cell] - 1, self._flow(tail, head, cell, enough - up)[0])

    def complement(self, cell: Cell, enough: int) -> list[Cell]:
        """The shown cells with the smallest sum whose suppression lets a suppressed cell be greater; empty where none do."""
        tail, head = _ends(cell)
        change = self._flow(head, tail, cell, enough)[1]
        best: dict[_Node, int] = {head: 0}
        came: dict[_Node, tuple[_Node, Cell]] = {}
        counter = itertools.count()
        waiting = [(0, next(counter), head)]
        while waiting:
            cost, _, node = heapq.heappop(waiting)
            if cost > best[node]:
                continue
            for other, to, sign in self.arcs[node]:
                if other in (cell, TOTAL) or (sign < 0 and self.cells[other] + change[other] <= 1):
                    continue
                price = cost + (0 if other in self.suppressed else self.cells[other])
                if to not in best or price < best[to]:
                    best[to], came[to] = price, (node, other)
                    heapq.heappush(waiting, (price, next(counter), to))
        return [other for other in _way(came, tail) if other not in self.suppressed]

    def _flow(self, source: _Node, sink: _Node, without: Cell, most: int) -> tuple[int, Counter[Cell]]:
        """Units from source to sink through suppressed cells, up to `most`, and how they change each cell."""
        change: Counter[Cell] = Counter()
        for units in range(most):
            came: dict[_Node, tuple[_Node, Cell, int]] = {}
            queue = deque([source])
            while queue and sink not in came:
                node = queue.popleft()
                for cell, to, sign in self.arcs[node]:
                    if cell not in self.suppressed or cell == without or to in came or to == source:
                        continue
                    if sign > 0 or self.cells[cell] + change[cell] > 1:
                        came[to] = (node, cell, sign)
                        queue.append(to)
            if sink not in came:
                return units, change
            node = sink
            while node != source:
                node, cell, sign = came[node]
                change[cell] += sign
        return max(most, 0), change


def _ends(cell: Cell) -> tuple[_Node, _Node]:
    """The two sums that a cell takes part in, in the direction in which a greater cell carries more from the first to the
    second: the equations of columns, and of sums over rows, are read with their sign changed."""
    row, column = (False, cell[0]), (True, cell[1])
    return (row, column) if (cell[0] is None) != (cell[1] is None) else (column, row)


def _way(came: Mapping[_Node, tuple[_Node, Cell]], sink: _Node) -> Iterator[Cell]:
    node = sink
    while node in came:
        node, cell = came[node]
        yield cell


__all__ = ["TOTAL", "Cell", "protect"]
