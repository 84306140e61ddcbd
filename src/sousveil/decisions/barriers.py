"""Whether a barrier to remedy stands on the day of a reader, by the test of decisions: for pages that have no board."""

from __future__ import annotations

from sousveil.decisions.boards import world_of
from sousveil.decisions.facts.remedy import barrier
from sousveil.register.views.reading import Reader, Record


def stands(reader: Reader, record: Record) -> bool:
    """Whether an answer of that day counts it as standing."""
    world = world_of(reader, reader.day)
    there = world.record(record.id)
    return there is not None and barrier(world, there).says == "stands"
