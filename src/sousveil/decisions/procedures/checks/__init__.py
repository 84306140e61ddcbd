"""What may not be published: bad input and abuse of the procedures, one file a topic, found by walking this package.

A module here holds `CHECKS`, a tuple of `Check`. Each sees the statements that are to be published, whose key signed them,
and the register, and raises `Refused` that names field and code and says what to do next; nothing is kept then. What is true
and bad (a board that the vendor pays, a use before approval) is not refused: it is published and shown as what it is.
The table of what is refused stands in docs/reference/refusals.md.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache, lru_cache

from sousveil.decisions.procedures.checks import model
from sousveil.decisions.procedures.checks.model import Check, Publication
from sousveil.register.gates import Arrival
from sousveil.register.publication import File


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check, in the order of the files' names. Raises TypeError for a file without any."""
    found: list[Check] = []
    for module in pkgutil.iter_modules(__path__):
        name = f"{__name__}.{module.name}"
        if name == model.__name__:
            continue
        checks = getattr(importlib.import_module(name), "CHECKS", ())
        if not checks or not all(isinstance(one, Check) for one in checks):
            raise TypeError(f"{name}: no constant CHECKS that is a tuple of Check")
        found += checks
    return tuple(found)


@cache
def wanted() -> frozenset[str]:
    """The record types that some check looks at."""
    return frozenset(name for one in all_checks() for name in one.types)


@lru_cache(maxsize=4096)
def _of(types: frozenset[str]) -> tuple[Check, ...]:
    """The checks that look at one of these types, and those that may look at anything."""
    return tuple(one for one in all_checks() if one.always is not None or not types.isdisjoint(one.types))


class _Gate:
    """All checks as one gate of the register."""

    def __call__(self, arrival: Arrival, /) -> None:
        """Raises Refused by the first check that does not let the publication pass."""
        types = frozenset([one.type for one in arrival.statements])
        every = [one for one in _of(types) if (one.always and one.always(arrival)) or not types.isdisjoint(one.types)]
        if not every:
            return
        publication = Publication(arrival)
        for one in every:
            one.run(publication)

    def files(self, files: Sequence[File], /) -> None:
        """Raises Refused by the first check that does not take one of the files."""
        for one in all_checks():
            one.files(files)


gate = _Gate()
