"""Who belongs together, at any time: owners and owned, agents and their clients, directors, products; and when the last link ended."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.decisions.compiled import Compiled

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
BODIES = ("PublicBody", "State")

Lapse = tuple[int, str]
"""The last day of a link (ordinal) and the statement that gives it."""


def circle(world: Compiled, start: str) -> tuple[dict[str, Lapse | None], bool]:
    """Everybody of the circle of an entity, itself included -> when its last link ended, None where one goes on; and whether it was cut.

    Of a chain of links the first that ended counts; of several chains the one that held longest. A State or a public body is of a circle,
    and nothing beyond it is: what one ministry buys is no fact about another's supplier.
    """
    start = world.base.canonical(start)
    reached: dict[str, Lapse | None] = {start: None}
    level = {start}
    for _ in range(DEPTH):
        wider = set[str]()
        for id in sorted(level):
            record = world.record(id)
            if id != start and record is not None and record.type in BODIES:
                continue
            for other, ended in _near(world, id):
                through = min(reached[id], ended, key=_later)
                if other not in reached or _later(through) > _later(reached[other]):
                    reached[other] = through
                    wider.add(other)
        level = wider
        if not level or len(reached) > MOST:
            break
    return reached, bool(level)


def _later(ended: Lapse | None) -> float:
    """A key that puts ends in order; a link that did not certainly end comes last."""
    return float("inf") if ended is None else ended[0]


def _near(world: Compiled, id: str) -> Iterator[tuple[str, Lapse | None]]:
    """Entities and products one link away, and when every publisher of the link has it ended."""
    for type, names in LINKS.items():
        for name in names:
            for record in world.pointing(id, f"{type}.{name}"):
                endings = world.graph.endings(record, names)
                past = [ending for ending in endings if ending is not None]
                ended = max(past) if past and len(past) == len(endings) else None
                for end in names:
                    for one in record.stand(end):
                        yield world.base.canonical(one.statement.value), ended
    for product in world.pointing(id, "SurveillanceProduct.vendor"):
        yield product.id, None
    own = world.record(id)
    for one in own.stand("vendor") if own is not None and own.type == "SurveillanceProduct" else ():
        yield world.base.canonical(one.statement.value), None
