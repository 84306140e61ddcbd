"""Who stands behind whom, as far as those may say who gain nothing from the deal that is asked about.

Links are found before a deal is known, and who may end one for others hangs on who gains from the deal. So links are read once with
nobody heard (`strict`), which notes who would soften them; and anew only where such a one was met who gains nothing from this deal, with
those heard and nobody else. A link about which only those speak who tell of it is read once, whatever is asked.
docs/decisions/0052-a-link-ends-by-the-word-of-nobody-who-gains.md says why.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from sousveil.decisions.heard import Met
from sousveil.decisions.index import Base
from sousveil.decisions.link_records import Fit
from sousveil.decisions.links import Link, Reached
from sousveil.decisions.ownership import Graph
from sousveil.register.views.records import Record

if TYPE_CHECKING:
    from sousveil.decisions.softeners import Hearing

READINGS_MAX = 64
"""Readings that are kept, by who is heard in them; the one used last the longest."""


class Readings:
    """The readings of the links of a base on a day. What facts ask here is read for the deal of the derivation that runs.

    `hearing`: who may soften in that deal; None outside of a deal, where all may whom neither the link nor what it names rules out.
    """

    def __init__(self, base: Base, as_of: str, fit: Fit, hearing: Callable[[], Hearing | None]) -> None:
        self._base, self._as_of, self._fit, self._hearing = base, as_of, fit, hearing
        self.strict = Graph(base, as_of, fit)
        """Nobody ends a link for others."""
        self._free = Graph(base, as_of, fit, None, self.strict)
        self._kept: dict[Met, Graph] = {}
        self._lock = threading.Lock()

    def within(self, heard: Met) -> Graph:
        """The reading in which these are heard."""
        if not heard:
            return self.strict
        kept = self._kept
        with self._lock:
            found = kept.pop(heard, None)
            if found is None:
                while len(kept) >= READINGS_MAX:
                    del kept[next(iter(kept))]
                found = Graph(self._base, self._as_of, self._fit, heard, self.strict, self._free)
            kept[heard] = found
        return found

    def _ask(self, what: str, *asked: Any, **more: Any) -> Any:
        hearing = self._hearing()
        if hearing is None:
            return getattr(self._free, what)(*asked, **more)
        found, met = self.strict.told(what, *asked, **more)
        heard = hearing.among(met) if met else met
        if heard is not None and not heard:
            return found
        return getattr(self._free if heard is None else self.within(heard), what)(*asked, **more)

    def live(self, record: Record, naming: Sequence[str], *, firm: bool = False) -> bool | None:
        """Whether a record holds on the day (`LinkRecords.live`)."""
        return cast("bool | None", self._ask("live", record, naming, firm=firm))

    def endings(
        self, record: Record, naming: Sequence[str], *, firm: bool = False
    ) -> tuple[tuple[int, str] | None, ...]:
        """By what a record is over, for each who tells of it (`LinkRecords.endings`)."""
        return cast("tuple[tuple[int, str] | None, ...]", self._ask("endings", record, naming, firm=firm))

    def share(self, record: Record, naming: Sequence[str]) -> tuple[float, float, bool]:
        """How much a record tells of (`LinkRecords.share`)."""
        return self.strict.share(record, naming)

    def links(self, id: str) -> tuple[Link, ...]:
        """Everybody directly behind or below an entity (`Graph.links`)."""
        return cast("tuple[Link, ...]", self._ask("links", id))

    def holdings(self, id: str) -> tuple[Link, ...]:
        """The same, each as it was told (`Graph.holdings`)."""
        return cast("tuple[Link, ...]", self._ask("holdings", id))

    def reach(self, id: str) -> tuple[Reached, ...]:
        """Everybody behind and below an entity (`Graph.reach`)."""
        return cast("tuple[Reached, ...]", self._ask("reach", id))

    def crowds(self, id: str) -> tuple[str, ...]:
        """Who has too many companies to name each (`Graph.crowds`)."""
        return cast("tuple[str, ...]", self._ask("crowds", id))

    def owners(self, id: str, *, same: bool = False) -> tuple[Reached, ...]:
        """Everybody who owns an entity (`Graph.owners`)."""
        return cast("tuple[Reached, ...]", self._ask("owners", id, same=same))

    def surely(self, id: str, type: str) -> bool:
        """Whether something is surely of a record type (`Graph.surely`)."""
        return cast(bool, self._ask("surely", id, type))

    def ties(self, id: str) -> frozenset[str]:
        """To whom an entity is tied (`Graph.ties`)."""
        return cast("frozenset[str]", self._ask("ties", id))

    def cut(self, id: str) -> bool:
        """Whether it is tied to more than are followed (`Graph.cut`)."""
        return cast(bool, self._ask("cut", id))
