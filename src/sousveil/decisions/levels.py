"""Levels of public bodies, as sources call them: which speak for their whole State, and which surely do not."""

from __future__ import annotations

LOCAL = frozenset("local municipal city county district regional provincial".split())
"""Levels of bodies that do not speak for the whole State."""
NATIONAL = frozenset("national federal central".split())
"""Levels of bodies that do. What a source calls otherwise is not decided."""


def is_local(level: str) -> bool:
    """Whether a level is below that of the State."""
    return level.strip().casefold() in LOCAL


def is_national(level: str) -> bool:
    """Whether a level is that of the State."""
    return level.strip().casefold() in NATIONAL
