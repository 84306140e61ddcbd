"""What a value of a fact hangs on: what its derivation read of the deal, so that it is derived once for all deals that agree in that.

A derivation gets the deal in a wrapping that notes each field that is read. Who benefits from a deal is read by `facts.standing` alone,
as one question: does what this publisher signs lift here? The answer is noted, not who benefits: it is the same in almost all deals.
A derivation reads nothing else, so that one which would read the same, and hear the same, comes to the same value.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, cast

from sousveil.decisions.world import Deal

QUESTION = "question."
MOST = 1 << 14
"""Values of one fact about one subject that are kept, by what was read."""


class Branch:
    """Where derivations of one value part: what they read next of the deal, and what follows from what that is: another branch, or
    the value. What is read first is the same for all, and what is read next hangs on nothing but what was read before."""

    __slots__ = ("by", "what")

    def __init__(self, what: Hashable) -> None:
        self.what = what
        self.by: dict[Hashable, Any] = {}


class Tree:
    """All values that one fact about one subject was found to have."""

    __slots__ = ("leaves", "on", "root", "values")

    def __init__(self) -> None:
        self.root: Any = None
        self.on: tuple[Hashable, ...] = ()
        """Everything that was read."""
        self.leaves = 0
        self.values: dict[Any, Any] = {}
        """Each value once, so that it is one object in every deal in which it is the same."""

    def put(self, path: Sequence[tuple[Hashable, Hashable]], value: Any) -> Any:
        """Keep a value under what was read, in its order. Gives the value, as the object that is kept of it."""
        if self.leaves >= MOST:
            self.root, self.leaves, self.values = None, 0, {}
        value = self.values.setdefault(value, value)
        if not all(what in self.on for what, _ in path):
            self.on = tuple(dict.fromkeys((*self.on, *(what for what, _ in path))))
        above: Branch | None = None
        under: Hashable = None
        node = self.root
        for what, found in path:
            if type(node) is not Branch or node.what != what:
                node = Branch(what)
                if above is None:
                    self.root = node
                else:
                    above.by[under] = node
            above, under = node, found
            node = node.by.get(found)
        if above is not None:
            above.by[under] = value
        self.leaves += 1
        return value


class Reads:
    """What the derivation that runs has read."""

    def __init__(self) -> None:
        self.found: dict[Hashable, Hashable] = {}

    def note(self, what: Hashable, found: Hashable) -> None:
        """Something of the deal was read, and this is what it was."""
        self.found[what] = found


class Watched:
    """A deal that notes what is read of it. A question in it notes the same of itself."""

    __slots__ = ("_prefix", "_reads", "whole")

    def __init__(self, whole: Any, reads: Reads, prefix: str = "") -> None:
        self.whole, self._reads, self._prefix = whole, reads, prefix

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.whole, name)
        if name == "question" and not self._prefix:
            return Watched(found, self._reads, QUESTION)
        self._reads.note(self._prefix + name, found)
        return found


def watched(deal: Deal, reads: Reads) -> Deal:
    """The deal, in its wrapping."""
    return cast(Deal, Watched(deal, reads))


def whole_deal(deal: Deal) -> Deal:
    """The deal without it."""
    return deal.whole if isinstance(deal, Watched) else deal


def field_of(deal: Deal, name: str) -> Hashable:
    """What a field, as `Watched` names it, is in a deal."""
    if name.startswith(QUESTION):
        return cast(Hashable, getattr(deal.question, name[len(QUESTION) :]))
    return cast(Hashable, getattr(deal, name))
