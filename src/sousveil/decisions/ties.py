"""To whom an entity is tied in any way: for independence; and what something surely is, where that softens.

Ties go on through everybody but States, to which half of the world is tied. So that nobody is cut off from a holding by calling it a
State, it counts as one only by the confirmed word of somebody who is not tied to it, and where nobody calls it something else.

They are followed to their end, through everybody, however long the chain and however many stand beside it: a flood of ties buries none.
Whoever is tied to more than `MOST` is tied to nobody knows whom (`cut`), and is independent of nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Protocol

from sousveil.decisions.callings import contrary
from sousveil.decisions.heard import Heard, Met
from sousveil.decisions.index import Signed
from sousveil.register.model import Recorded
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.types import is_a
from sousveil.register.views.records import Record

MOST = 20_000
"""Entities in one set of ties."""
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


class Links(Protocol):
    """Who is linked with whom on a day, as ties follow it: the graph of the engine, or what a view has read (`sides.py`)."""

    def pointing(self, id: str, name: str) -> Iterator[Record]:
        """Records of which a property (`Type.property`) points to an entity."""

    def values(self, record: Record, name: str) -> list[str]:
        """Entities that a record names by a property on the day."""

    def ended(self, record: Record) -> bool:
        """Whether a link is over on the day by the word of all who tell of it."""

    def record(self, id: str) -> Record | None:
        """What is on file of an entity."""

    def listed(self, id: str) -> ReferenceRow | None:
        """The row of a published list."""

    def same(self, id: str) -> tuple[str, ...]:
        """All who would be one with it, did nobody judge them to be different."""

    def owner(self, one: Recorded) -> str:
        """The entity for which the key was registered that signed a statement, by its canonical id; empty where there is none."""


class Ties:
    """The ties of such links. `fit` says whether a statement may soften (the standard for lifting), `heard` whether it is heard for others:
    of whomever it is, unless `signer` tells who signed it."""

    def __init__(
        self,
        graph: Links,
        fit: Callable[[Recorded, str], bool],
        heard: Heard | None = None,
        signer: Callable[[Recorded], Signed] | None = None,
    ) -> None:
        self._graph, self._fit, self._signer = graph, fit, signer
        self._heard = heard if heard is not None else Heard(None)
        self._ties: dict[Hashable, tuple[frozenset[str], Met]] = {}
        self._cut: set[tuple[str, bool]] = set()
        self._sure: dict[Hashable, tuple[bool, Met]] = {}

    def of(self, id: str, *, through_states: bool = False) -> frozenset[str]:
        """Everybody to whom an entity is tied in any way that did not surely end. `through_states`: also by way of a State."""
        return self._heard.kept(self._ties, (id, through_states), lambda: self._walk(id, through_states))

    def cut(self, id: str, *, through_states: bool = False) -> bool:
        """Whether it is tied to more than are followed."""
        self.of(id, through_states=through_states)
        return (id, through_states) in self._cut

    def _walk(self, start: str, through_states: bool) -> frozenset[str]:
        seen, wave = {start}, [start]
        whole: frozenset[str] = frozenset()
        while wave:
            at = wave.pop()
            if at != start and not through_states and self.surely(at, "State"):
                continue
            if (at, through_states) in self._ties:  # who is tied to somebody is tied to all to whom that one is
                known = self.of(at, through_states=through_states)
                seen |= known
                whole = known if len(known) > len(whole) else whole
                if (at, through_states) in self._cut:
                    self._cut.add((start, through_states))
                    break
                continue
            for other in self._near(at):
                if other not in seen:
                    seen.add(other)
                    wave.append(other)
            if len(seen) > MOST:
                self._cut.add((start, through_states))
                break
        return whole if len(whole) == len(seen) else frozenset(seen)

    def _near(self, id: str) -> Iterator[str]:
        graph = self._graph
        for name, others in _TIES:
            for record in graph.pointing(id, name):
                if graph.ended(record):
                    continue
                for other in others:
                    yield from graph.values(record, other)
        yield from graph.same(id)
        mine = graph.record(id)
        if mine is not None:
            yield from graph.values(mine, "partOf")
        for part in graph.pointing(id, "PublicBody.partOf"):
            yield part.id

    def surely(self, id: str, type: str) -> bool:
        """Whether something is surely of a record type: a published list says so, or somebody who is not tied to it confirms it with the
        verified key of an entity; and nobody says more firmly than as an allegation that it is something else."""
        return self._heard.kept(self._sure, (id, type), lambda: self._is_surely(id, type))

    def _is_surely(self, id: str, type: str) -> bool:
        record, row = self._graph.record(id), self._graph.listed(id)
        if record is not None and contrary(record, (type,)):
            return False
        if row is not None and is_a(row.type, type):
            return True
        return record is not None and any(self._says(one, record, type) for one in record.statements)

    def _says(self, one: Recorded, record: Record, type: str) -> bool:
        publisher = self._graph.owner(one)
        if not is_a(one.statement.type, type) or not publisher or not self._fit(one, record.id):
            return False
        if record.id in self.of(publisher, through_states=True) or self.cut(publisher, through_states=True):
            return False
        return self._signer is None or self._heard.hears(self._signer(one))
