"""To whom an entity is tied in any way: for independence; and what something surely is, where that softens.

Ties go on through everybody but States, to which half of the world is tied. So that nobody is cut off from a holding by calling it a
State, it counts as one only by the confirmed word of somebody who is not tied to it, and where nobody calls it something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sousveil.decisions.callings import contrary
from sousveil.register.model import Recorded
from sousveil.register.types import is_a
from sousveil.register.views.records import Record

if TYPE_CHECKING:
    from sousveil.decisions.ownership import Fit, Graph

DEPTH = 8
MOST = 400
"""Entities in one reach or one set of ties; a hub with more links than this is reached and not followed."""
_TIES = (
    ("Ownership.asset", ("owner", "nomineeFor")),
    ("Ownership.owner", ("asset",)),
    ("Ownership.nomineeFor", ("asset", "owner")),
    ("Representation.agent", ("client",)),
    ("Representation.client", ("agent",)),
    ("Succession.successor", ("predecessor",)),
    ("Succession.predecessor", ("successor",)),
    ("Directorship.organization", ("director",)),
    ("Directorship.director", ("organization",)),
    ("Investment.investor", ("recipient",)),
    ("Investment.recipient", ("investor",)),
    ("Membership.member", ("paidBy",)),
    ("Membership.paidBy", ("member", "organization")),
)


class Ties:
    """The ties of a graph. `fit` says whether a statement may soften (the standard for lifting)."""

    def __init__(self, graph: Graph, fit: Fit) -> None:
        self._graph, self._fit = graph, fit
        self._ties: dict[tuple[str, bool], frozenset[str]] = {}
        self._sure: dict[tuple[str, str], bool] = {}

    def of(self, id: str, *, through_states: bool = False) -> frozenset[str]:
        """Everybody to whom an entity is tied in any way that did not surely end. `through_states`: also by way of a State."""
        key = (id, through_states)
        found = self._ties.get(key)
        if found is None:
            found = self._ties[key] = frozenset(self._walk(id, through_states))
        return found

    def _walk(self, start: str, through_states: bool) -> set[str]:
        seen, wave = {start}, [start]
        for _ in range(DEPTH):
            new = []
            for at in wave:
                if at != start and not through_states and self.surely(at, "State"):
                    continue
                near = list(self._near(at))
                if len(near) > MOST and at != start:
                    continue
                for other in near:
                    if other not in seen and len(seen) < MOST:
                        seen.add(other)
                        new.append(other)
            wave = new
        return seen

    def _near(self, id: str) -> Iterator[str]:
        graph = self._graph
        for name, others in _TIES:
            for record in graph.pointing(id, name):
                if graph.ended(record):
                    continue
                for other in others:
                    yield from graph.values(record, other)
        yield from graph.base.contested.get(id, ())
        mine = graph.base.records.get(id)
        if mine is not None:
            yield from graph.values(mine, "partOf")
        for part in graph.pointing(id, "PublicBody.partOf"):
            yield part.id

    def surely(self, id: str, type: str) -> bool:
        """Whether something is surely of a record type: a published list says so, or somebody who is not tied to it confirms it with the
        verified key of an entity; and nobody says more firmly than as an allegation that it is something else."""
        found = self._sure.get((id, type))
        if found is None:
            found = self._sure[id, type] = self._is_surely(id, type)
        return found

    def _is_surely(self, id: str, type: str) -> bool:
        base = self._graph.base
        record, row = base.records.get(id), base.rows.get(id)
        if record is not None and contrary(record, (type,)):
            return False
        if row is not None and is_a(row.type, type):
            return True
        return record is not None and any(self._says(one, record, type) for one in record.statements)

    def _says(self, one: Recorded, record: Record, type: str) -> bool:
        owner = self._graph.base.signer(one).owner
        if not is_a(one.statement.type, type) or not owner.startswith("sv-") or not self._fit(one, record.id):
            return False
        publisher = self._graph.base.canonical(owner)
        return record.id not in self.of(publisher, through_states=True)
