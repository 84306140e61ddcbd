"""Whether a fact depends on the deal: its derivation gets the deal in a wrapping that notes when something is read of it."""

from __future__ import annotations

from typing import Any, cast

from sousveil.decisions.world import Deal


class Reads:
    """What the derivation that runs has read of the deal."""

    def __init__(self) -> None:
        self.any = False


class Watched:
    """A deal that notes when something is read of it."""

    __slots__ = ("_reads", "whole")

    def __init__(self, whole: Any, reads: Reads) -> None:
        self.whole, self._reads = whole, reads

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.whole, name)
        self._reads.any = True
        return found


def watched(deal: Deal, reads: Reads) -> Deal:
    """The deal, in its wrapping."""
    return cast(Deal, Watched(deal, reads))
