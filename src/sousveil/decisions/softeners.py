"""Who of those that were met may soften in the deal of a derivation: asked of all together, and noted as one thing that was read.

Anybody with a key may say that a link is over. Were each of thousands asked about by itself, for each company that stands near them, an
answer would cost their number times that of the companies. So where many speak about whom a deal is with, a derivation that meets any
of them reads of the deal who of all of them is not heard in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sousveil.decisions.facts.softening import may_soften
from sousveil.decisions.heard import NOBODY, Met
from sousveil.decisions.index import Signed
from sousveil.decisions.world import Deal

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled

FEW = 8
"""So many are noted one by one: deals that differ in others share what was derived."""
SETS_MAX = 256
"""Sets of those who are not heard that are one object each."""


class Hearing(Protocol):
    """Who is heard while something is worked out."""

    def hears(self, signed: Signed) -> bool:
        """Whether somebody is."""

    def among(self, met: Met) -> Met | None:
        """Those of whom the reading is to be taken where these were met, as far as they are heard; None: all are."""


class Everybody:
    """All are heard, or nobody: what is kept for every deal is worked out so."""

    def __init__(self, *, all: bool) -> None:
        self.all = all

    def hears(self, signed: Signed) -> bool:
        """Whether somebody is heard."""
        return self.all

    def among(self, met: Met) -> Met | None:
        """Nobody, or None."""
        return None if self.all else NOBODY


class InDeal:
    """Those who gain nothing from a deal. What is asked here of it is noted for the derivation that runs."""

    def __init__(self, world: Compiled, deal: Deal) -> None:
        self._world, self.deal = world, deal
        met = (deal.strict or deal).softeners
        self._many = met if len(met) > FEW else NOBODY
        self._heard = met - deaf(world, deal, met) if met else NOBODY
        self._deaf: dict[int, tuple[Met, Met]] = {}
        self._inside: dict[int, tuple[Met, bool]] = {}
        """Sets that were met, by their identity, which they hold here: whether all of them are among the many."""

    def hears(self, signed: Signed) -> bool:
        """Whether somebody is heard."""
        if signed in self._many:
            self._note(self._many)
            return signed in self._heard
        found = may_soften(self._world, self.deal, signed)
        self._world.reads.note((None, signed), found)
        return found

    def among(self, met: Met) -> Met:
        """Who is heard of those that were met, and of all that were met in this deal before: one reading does for all of them."""
        if self._many:
            known = self._inside.get(id(met))
            if known is None:
                known = self._inside[id(met)] = (met, met <= self._many)
            if known[1]:
                self._note(self._many)
                return self._heard
        if len(met) > FEW:
            self._note(met)
            found = met - self._not_heard(met)
        else:
            found = frozenset(one for one in sorted(met, key=repr) if self.hears(one))
        if not found <= self._heard:
            self._heard |= found
        return self._heard if found else NOBODY

    def _note(self, many: Met) -> None:
        self._world.reads.note((None, many), self._not_heard(many))

    def _not_heard(self, many: Met) -> Met:
        known = self._deaf.get(id(many))
        if known is None:
            known = self._deaf[id(many)] = (many, deaf(self._world, self.deal, many))
        return known[1]


def deaf(world: Compiled, deal: Deal, met: Met) -> Met:
    """Who of these may not soften in a deal: mostly few, and the same for many deals."""
    found = frozenset(one for one in met if not may_soften(world, deal, one))
    kept = world.standing.deaf
    if len(kept) >= SETS_MAX:
        kept.clear()
    return kept.setdefault(found, found)
