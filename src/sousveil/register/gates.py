"""Where further checks of a publication come in, from packages above this one.

The register knows what a statement is, not what a vote or a licence is for: those checks live higher up and are found by
the entry points of this distribution (`[project.entry-points."sousveil.gates"]` in pyproject.toml). They run where
publications are admitted, within the transaction, so no path goes round them: library, command line, API, form. Where
none is found nothing is admitted: an installation without its gates is broken, not free of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import metadata

import msgspec

from sousveil.errors import Missing
from sousveil.register.keyring import Keyring, KeyState
from sousveil.register.model import Statement
from sousveil.register.publication import File
from sousveil.register.store import Store

GROUP = "sousveil.gates"


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A publication at the gate: its form, signatures and fit to the log are sound, nothing of it is written."""

    statements: Sequence[Statement]
    files: Sequence[File]
    owner: KeyState
    """Of the key that signed; `verified` as the log says at this moment."""
    dataset: str
    held: tuple[str, ...]
    """Why reviewers must read it first; empty where it is public at once."""
    index: int
    """The entry that it would become."""
    day: str
    """Today, ISO 8601."""
    look: Callable[[], Store]
    """The store, with everything in it that was admitted before, of the same batch too."""
    is_new: Callable[[str], bool]
    """Whether this subject surely stands nowhere yet, so that the store need not be asked about it."""
    ring: Keyring


Gate = Callable[[Arrival], None]
"""Raises Refused for what may not be published."""


@cache
def gates() -> tuple[Gate, ...]:
    """All gates, in the order of their names. Raises Missing where this installation has none."""
    found = metadata.distribution("sousveil").entry_points.select(group=GROUP)
    if not found:
        raise Missing(
            "The checks that every publication passes are not installed, so nothing can be published.",
            hint="Install the program again (`make setup` in its folder).",
        )
    return tuple(one.load() for one in sorted(found, key=lambda one: one.name))


def pass_all(arrival: Arrival) -> None:
    """Raises Refused by the first gate that does not let it pass."""
    for gate in gates():
        gate(arrival)
