"""Who belongs together: owners and owned, agents and those they act for, and the State that a body is part of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from sousveil.desk.lapses import Lapse, lapse_of, later
from sousveil.register.model import Recorded, Stance

DEPTH = 6
"""Links that are followed from an entity."""
MOST = 2_000
"""Entities of one circle; a larger one is cut."""
LINKS = {
    "Ownership": ("owner", "asset"),
    "Representation": ("agent", "client"),
    "Investment": ("investor", "recipient"),
    "Succession": ("predecessor", "successor"),
    "Directorship": ("director", "organization"),
}
"""Record types that tie two entities, and the properties that name them."""
PART_OF = ("PublicBody", "State")
CIRCLE = {**LINKS, "SurveillanceProduct": ("vendor",)}
"""What a record on somebody rests on: the same ties, and products."""


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


def circles(store: Store, starts: Iterable[str]) -> dict[str, tuple[frozenset[str], bool]]:
    """For each of these (canonical ids): owners and owned, directors and who they direct, products; and whether it was cut.

    A State or a public body is of a circle, and nothing beyond it is: what one ministry buys is no fact about another's supplier.
    """
    asked = list(dict.fromkeys(starts))
    near = _near(store, asked)
    return {one: _circle(near, one) for one in asked}


def lapses(store: Store, start: str) -> dict[str, Lapse | None]:
    """Whoever is of the circle of a canonical id -> when its last tie ended; None where a tie goes on, or its end is not known.

    Of a chain of ties the first that ended counts; of several chains the one that held longest.
    """
    near = _near(store, [start])
    found: dict[str, Lapse | None] = {start: None}
    level = {start}
    for _ in range(DEPTH):
        wider = set()
        for one in sorted(level):
            for other, tie in near.get(one, {}).items():
                through = tie if found[one] is None else found[one] if tie is None else min(tie, found[one], key=later)
                if other not in found or later(through) > later(found[other]):
                    found[other] = through
                    wider.add(other)
        level = wider
        if not level or len(found) > MOST:
            break
    return found


def _near(store: Store, asked: Sequence[str]) -> dict[str, dict[str, Lapse | None]]:
    """Everybody within reach of these -> who is one link away, and when that link ended."""
    near: dict[str, dict[str, Lapse | None]] = {}
    level = set(asked)
    for _ in range(DEPTH):
        wanted = {one for one in level if one not in near}
        if not wanted:
            break
        types = store.type_of(sorted(wanted))
        states = {one for one in wanted if types.get(one) in PART_OF and one not in asked}
        near.update({one: {} for one in states})
        found = _neighbours(store, wanted - states)
        near.update(found)
        level = {other for others in found.values() for other in others}
        if len(near) > MOST * max(1, len(asked)):
            break
    return near


def _circle(near: dict[str, dict[str, Lapse | None]], start: str) -> tuple[frozenset[str], bool]:
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


def _neighbours(store: Store, ids: Iterable[str]) -> dict[str, dict[str, Lapse | None]]:
    """Each of these -> entities and products one link away, by canonical id, and when the link ended (the latest of several links)."""
    found: dict[str, dict[str, Lapse | None]] = {one: {} for one in ids}
    member = {id: one for one in found for id in store.members(one)}

    def add(one: str, other: str, ended: Lapse | None) -> None:
        if other != one and (other not in found[one] or later(ended) > later(found[one][other])):
            found[one][other] = ended

    told = [
        one
        for one in store.statements_to(sorted(member))
        if stands(one) and one.statement.property in CIRCLE.get(one.statement.type, ())
    ]
    records: dict[str, list[Recorded]] = {}
    for one in store.statements_of(sorted({one.statement.subject for one in told if one.statement.type in LINKS})):
        if stands(one):
            records.setdefault(one.statement.subject, []).append(one)
    ends = {
        id: (
            {store.canonical(one.statement.value) for one in many if _is_end(one)},
            lapse_of(filter(_is_end, many), many),
        )
        for id, many in records.items()
    }
    for one in told:
        said = one.statement
        mine = member[said.value]
        if said.type in LINKS:
            others, ended = ends.get(said.subject, (set(), None))
            for other in others:
                add(mine, other, ended)
        else:
            add(mine, store.canonical(said.subject), lapse_of([one], ()))
    for one in store.statements_of(sorted(member)):
        said = one.statement
        if stands(one) and said.type == "SurveillanceProduct" and said.property == "vendor":
            add(member[said.subject], store.canonical(said.value), lapse_of([one], ()))
    return found


def _is_end(one: Recorded) -> bool:
    """Whether a statement names an end of a tie."""
    return one.statement.property in LINKS.get(one.statement.type, ())
