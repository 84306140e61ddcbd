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
    "Directorship": ("director", "organization"),
}
"""Record types that tie two entities, and the properties that name them."""
CIRCLE = {**LINKS, "SurveillanceProduct": ("vendor",)}
"""What a record on somebody rests on: the same ties, and products."""
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

    def canonical(self, id: str) -> str:
        """The id that stands for the cluster."""

    def type_of(self, subjects: Sequence[str]) -> dict[str, str]:
        """Entity -> its record type."""


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


def circles(store: Store, starts: Iterable[str]) -> dict[str, tuple[frozenset[str], bool]]:
    """For each of these (canonical ids): owners and owned, directors and who they direct, products; and whether it was cut.

    A State or a public body is of a circle, and nothing beyond it is: what one ministry buys is no fact about another's supplier.
    """
    asked = list(dict.fromkeys(starts))
    near: dict[str, set[str]] = {}
    level = set(asked)
    for _ in range(DEPTH):
        wanted = {one for one in level if one not in near}
        if not wanted:
            break
        types = store.type_of(sorted(wanted))
        states = {one for one in wanted if types.get(one) in PART_OF and one not in asked}
        near.update({one: set() for one in states})
        found = _neighbours(store, wanted - states)
        near.update(found)
        level = {other for others in found.values() for other in others}
        if len(near) > MOST * max(1, len(asked)):
            break
    return {one: _circle(near, one) for one in asked}


def _circle(near: dict[str, set[str]], start: str) -> tuple[frozenset[str], bool]:
    seen, level = {start}, {start}
    for _ in range(DEPTH):
        if any(one not in near for one in level):
            return frozenset(seen), True
        level = {other for one in level for other in near[one]} - seen
        seen |= level
        if len(seen) > MOST:
            return frozenset(seen), True
        if not level:
            return frozenset(seen), False
    return frozenset(seen), True


def _neighbours(store: Store, ids: Iterable[str]) -> dict[str, set[str]]:
    """Each of these -> entities and products one link away, by canonical id."""
    found: dict[str, set[str]] = {one: set() for one in ids}
    member = {id: one for one in found for id in store.members(one)}
    told = [
        one.statement
        for one in store.statements_to(sorted(member))
        if stands(one) and one.statement.property in CIRCLE.get(one.statement.type, ())
    ]
    ends: dict[str, set[str]] = {}
    for one in store.statements_of(sorted({said.subject for said in told if said.type in LINKS})):
        said = one.statement
        if stands(one) and said.property in LINKS.get(said.type, ()):
            ends.setdefault(said.subject, set()).add(store.canonical(said.value))
    for said in told:
        mine = member[said.value]
        found[mine] |= (ends.get(said.subject, set()) if said.type in LINKS else {store.canonical(said.subject)}) - {
            mine
        }
    for one in store.statements_of(sorted(member)):
        said = one.statement
        if stands(one) and said.type == "SurveillanceProduct" and said.property == "vendor":
            found[member[said.subject]].add(store.canonical(said.value))
    return found
