"""Whether a fact depends on the deal: its derivation gets the deal in a wrapping that notes when something is read of it.

Who benefits from a deal is read by `facts.standing` alone, which notes that itself.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, cast

from sousveil.decisions.world import Deal


class Reads:
    """What the derivation that runs has read of the deal."""

    def __init__(self) -> None:
        self.any = False

    def note(self, what: Hashable, found: Hashable) -> None:
        """Something of the deal was read."""
        self.any = True


class Watched:
    """A deal that notes when something is read of it."""

    __slots__ = ("_reads", "whole")

    def __init__(self, whole: Any, reads: Reads) -> None:
        self.whole, self._reads = whole, reads

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.whole, name)
        self._reads.note(name, found)
        return found


def watched(deal: Deal, reads: Reads) -> Deal:
    """The deal, in its wrapping."""
    return cast(Deal, Watched(deal, reads))


def whole_deal(deal: Deal) -> Deal:
    """The deal without it."""
    return deal.whole if isinstance(deal, Watched) else deal
