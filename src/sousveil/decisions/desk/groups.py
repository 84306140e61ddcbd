"""Who belongs together: owners and owned, agents and those they act for, and the State that a body is part of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from sousveil.register.model import Recorded, Stance

DEPTH = 6
"""Links that are followed from an entity."""
MOST = 2_000
"""Entities of one group; a larger group is cut, and `group_of` says so."""
LINKS = {
    "Ownership": ("owner", "asset"),
    "Representation": ("agent", "client"),
    "Investment": ("investor", "recipient"),
    "Succession": ("predecessor", "successor"),
}
"""Record types that tie two entities, and the properties that name them."""
PART_OF = ("PublicBody", "State")
"""Their property `partOf` is followed upwards and downwards."""


class Store(Protocol):
    """What is read of a register's store."""

    def statements_of(self, subjects: Sequence[str]) -> list[Recorded]:
        """Everything that is said of these."""

    def statements_to(self, ids: Sequence[str]) -> list[Recorded]:
        """Every statement whose value is one of these."""

    def members(self, id: str) -> list[str]:
        """All ids of the cluster."""


def stands(one: Recorded) -> bool:
    """Whether a statement counts: asserted, not taken back, not corrected away, not doubtful."""
    free = one.retracted is None and one.superseded_by is None and not one.doubtful
    return free and one.statement.stance is not Stance.DENIES


def group_of(store: Store, start: str) -> tuple[frozenset[str], bool]:
    """All entities that ties of any date lead to, the one asked for included, and whether the group was cut.

    Dates are left out on purpose: who was of the group last year is no independent asker today.
    """
    seen = set(store.members(start))
    level = seen
    for _ in range(DEPTH):
        found = {id for other in _tied(store, level) for id in (other, *store.members(other))} - seen
        if not found:
            return frozenset(seen), False
        seen |= found
        if len(seen) > MOST:
            return frozenset(seen), True
        level = found
    return frozenset(seen), bool(set(_tied(store, level)) - seen)


def _tied(store: Store, ids: Iterable[str]) -> Iterator[str]:
    """Entities one link away."""
    asked = sorted(ids)
    records: set[str] = set()
    for one in store.statements_to(asked):
        said = one.statement
        if not stands(one):
            continue
        if said.type in PART_OF and said.property == "partOf":
            yield said.subject
        elif said.type in LINKS and said.property in LINKS[said.type]:
            records.add(said.subject)
    for one in store.statements_of([*asked, *sorted(records)]):
        said = one.statement
        if not stands(one):
            continue
        ends = LINKS.get(said.type, ())
        part = said.type in PART_OF and said.property == "partOf" and said.subject in asked
        if part or (said.subject in records and said.property in ends):
            yield said.value
