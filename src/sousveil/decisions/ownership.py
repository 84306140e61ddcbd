"""Who stands behind a company on a day: owners, subsidiaries, principals of agents, predecessors, officers in common.

Two readings of the same links. `reach` (`closure.py`) is for blocking: whoever holds control on that day, or may hold it as far as is
known, at `reported` or better; what rests on an allegation, or on an owner or officer in common, is a tie (`~id`) and never counts as
proof. `ties` (`ties.py`) is for independence: any link at all, for a publisher that is tied to whoever benefits is not independent.

What one holds in parts, through shells of its own, is one holding: small parts under one hand are added up (`_blocs`).
What one record says of a link is read in `link_records.py`, and how much of somebody it is in `shares.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import msgspec

from sousveil.decisions import closure
from sousveil.decisions.heard import NOBODY, Heard, Meeting, Met
from sousveil.decisions.index import Base
from sousveil.decisions.link_records import CROWDED, Fit, LinkRecords
from sousveil.decisions.links import Link, Reached
from sousveil.decisions.shares import QUARTER, soft
from sousveil.decisions.ties import Ties
from sousveil.decisions.world import Gap
from sousveil.register.model import Recorded
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.views.records import Record

T = TypeVar("T")
MAJORITY = 50.0
"""Per cent from which on, or may be, a shell is its owner's own."""
PARTS = {"owner": "part", "subsidiary": "stake"}
"""What a link is where the share is too small to count by itself."""
KEPT_BY: dict[str, tuple[str, int | None]] = {
    **{name: (name, None) for name in ("links", "holdings", "owners", "surely", "ties", "cut")},
    "reach": ("reach", 0),
    "crowds": ("reach", 1),
}
"""Questions of which one look-up tells the whole answer: where it is kept, and which part of that it is."""
NOT_UNKNOWN = frozenset({"noBeneficialOwners"})
TIE = "~"
"""Before an id: reached by an allegation, or through an owner or officer in common."""


class Graph(LinkRecords):
    """The links of a base on a day, in one reading: `fit` says whether a statement may soften (the standard for lifting), `heard` whose.

    `strict`: the reading in which nobody is heard, `free`: that in which all are. What met nobody there who is heard here, or nobody here
    who is not, is the same here: it was worked out with the same answers.
    """

    def __init__(
        self,
        base: Base,
        as_of: str,
        fit: Fit,
        heard: Met | None = NOBODY,
        strict: Graph | None = None,
        free: Graph | None = None,
    ) -> None:
        super().__init__(base, as_of, fit, Heard(heard))
        self._strict, self._free = strict, free
        self._caches: dict[str, dict[Hashable, tuple[Any, Met]]] = defaultdict(dict)
        self._valued: dict[tuple[str, str], list[str]] = strict._valued if strict is not None else {}
        """Of crowded records; who is heard has no part in it."""
        self._tied = Ties(self, fit, self._heard, base.signer)
        self.behind: dict[tuple[str, ...], tuple[tuple[str, ...], tuple[str, ...], tuple[Gap, ...], Met]] = {}
        """Parties of a deal -> who stands behind them, their home States, the gaps, and who was met; `seats.py` keeps it here."""

    def meeting(self) -> AbstractContextManager[Meeting]:
        """Who is met meanwhile that would soften a link, were they heard."""
        return self._heard.meeting()

    def look(self, what: str, key: Hashable, make: Callable[[Graph], T]) -> tuple[T, Met]:
        """What is kept of this reading under a name and a key, or is worked out now; and who would soften it, were they heard."""
        cache = self._caches[what]
        found: tuple[T, Met] | None = cache.get(key)
        if found is None and self._strict is not None:
            who = self._heard.who
            same = self._strict.look(what, key, make)
            if not same[1] or (who is not None and same[1].isdisjoint(who)):
                found = cache[key] = same
            elif who is not None and self._free is not None:
                same = self._free.look(what, key, make)
                if same[1] <= who:
                    found = cache[key] = same
        if found is None or found[1]:
            found = self._heard.found(cache, key, lambda: make(self))
        return found

    def told(self, what: str, *asked: Any, **more: Any) -> tuple[Any, Met]:
        """The same of one of the questions below, by its name."""
        place = KEPT_BY.get(what)
        if place is not None:
            key = (*asked, more.get("same", False)) if what == "owners" else asked if len(asked) > 1 else asked[0]
            kept = self._caches[place[0]].get(key)
            if kept is not None:  # what is kept tells whom it met
                return (kept[0] if place[1] is None else kept[0][place[1]]), kept[1]
        with self.meeting() as met:
            found = getattr(self, what)(*asked, **more)
        return found, met.whole()

    # Links of one entity

    def links(self, id: str) -> tuple[Link, ...]:
        """Everybody who stands directly behind or below an entity on the day, or may; small parts under one hand as one holding."""
        return self.look("links", id, lambda graph: tuple(graph._added_up(id)))[0]

    def holdings(self, id: str) -> tuple[Link, ...]:
        """The same, each as it was told, small parts too."""
        return self.look("holdings", id, lambda graph: tuple(graph._find(id)))[0]

    def _added_up(self, id: str) -> Iterator[Link]:
        for link in self.holdings(id):
            if link.kind == "part":
                if link.other in (sums := self._blocs(id)):
                    yield sums[link.other]
            elif link.kind == "stake":
                if id in (sums := self._blocs(link.other)):
                    yield msgspec.structs.replace(sums[id], other=link.other, kind="subsidiary")
            else:
                yield link

    def _blocs(self, id: str) -> dict[str, Link]:
        """Owners of small parts of an entity who are in one hand with others that together hold enough, and what they hold in all."""
        return self.look("blocs", id, lambda graph: graph._hands(id))[0]

    def _hands(self, id: str) -> dict[str, Link]:
        # A larger one counts with the small ones of its hand: who makes one of these larger takes the others out of no sum.
        parts = [one for one in self.holdings(id) if one.kind == "part" or (one.kind == "owner" and not one.alleged)]
        hands: dict[str, list[Link]] = {}
        for link in parts if sum(one.high for one in parts) >= QUARTER else ():
            for head in self._heads(link.other):
                hands.setdefault(head, []).append(link)
        found = dict[str, Link]()
        for many in hands.values():
            high = sum(one.high for one in many)
            if high < QUARTER:
                continue
            proof = tuple(dict.fromkeys(said for each in many for said in each.proof))
            surely = all(each.surely for each in many)
            low = sum(each.low for each in many)
            for one in many:
                if one.other not in found or found[one.other].high < high:
                    found[one.other] = Link(one.other, "owner", False, surely, proof, min(low, 100.0), min(high, 100.0))
        return found

    def _heads(self, id: str) -> Iterable[str]:
        """An entity and whoever holds, or may hold, most of it, up to the last; in the same order in every process."""
        seen, wave = {id: None}, [id]
        while wave:
            for link in self.holdings(wave.pop()):
                if link.kind == "owner" and not link.alleged and link.high >= MAJORITY and link.other not in seen:
                    seen[link.other] = None
                    wave.append(link.other)
        return seen

    def _find(self, id: str) -> Iterator[Link]:
        for name, back, kind in (
            ("Ownership.asset", ("owner", "nomineeFor"), "owner"),
            ("Ownership.owner", ("asset",), "subsidiary"),
            ("Ownership.nomineeFor", ("asset",), "subsidiary"),
        ):
            for record in self.pointing(id, name):
                yield from self._one(record, (name.partition(".")[2], id), back, kind)
        for name, other, kind in (
            ("Representation.agent", "client", "principal"),
            ("Representation.client", "agent", "agent"),
            ("Succession.successor", "predecessor", "predecessor"),
            ("Succession.predecessor", "successor", "successor"),
            ("Directorship.organization", "director", "officer"),
            ("Directorship.director", "organization", "post"),
        ):
            for record in self.pointing(id, name):
                yield from self._one(record, (name.partition(".")[2], id), other, kind)
        for one in self.base.contested.get(id, ()):  # who says that they are two parts nobody whom another joins
            if one != id:
                yield Link(one, "same", False, False, (), 0.0, 100.0)

    def pointing(self, id: str, name: str) -> Iterator[Record]:
        """Records of which a property (`Type.property`) points to an entity."""
        for one in self.base.pointing.get((id, name), ()):
            yield self.base.records[one]

    def _one(self, record: Record, mine: tuple[str, str], others: str | Sequence[str], kind: str) -> Iterable[Link]:
        """What one record tells of an entity; kept where others have a word in it: whoever ends one of many has no other read anew."""

        def tell(graph: Graph) -> Iterable[Link]:
            if isinstance(others, str):
                return graph._plain(record, mine, others, kind)
            return graph._ownership(record, mine, others, kind)

        if not self._answered(record):
            return tell(self)
        return self.look("told", (record.id, mine, kind), lambda graph: tuple(tell(graph)))[0]

    def _answered(self, record: Record) -> bool:
        """Whether anybody may have said that it is over, or is not so."""
        answers = self.base.answers
        return "endDate" in record.by_property or (
            bool(answers) and any(one.id in answers for one in record.statements)
        )

    def _plain(self, record: Record, mine: tuple[str, str], name: str, kind: str) -> Iterator[Link]:
        for other in self.values(record, name):
            pair = self.pair(record, mine, (name, other))
            if pair is None:
                continue
            held, alleged = pair.held, pair.alleged
            if kind in ("predecessor", "successor") and held is False:
                held, alleged = True, self._alleged(pair.proof)  # what a company was before stays what it was
            if held is not False:
                yield Link(other, kind, alleged, held is True, pair.proof, 0.0, 100.0)

    def _alleged(self, proof: Iterable[str]) -> bool:
        return any(soft(self.base.statements[one]) for one in proof)

    def _ownership(self, record: Record, mine: tuple[str, str], back: Sequence[str], kind: str) -> Iterator[Link]:
        for name in back:
            for other in self.values(record, name):
                pair = self.pair(record, mine, (name, other))
                if pair is None or pair.held is False:
                    continue
                alleged = pair.alleged
                low, high, control = self.shared(pair, firm=not alleged)
                if not control and not alleged:  # an allegation may still say that it is more
                    yield Link(other, PARTS[kind], False, pair.held is True, pair.proof, low, high)
                    low, high, control = self.alleged(record, mine[0], name)
                    alleged = True
                if control:
                    yield Link(other, kind, alleged, pair.held is True, pair.proof, low, high)

    def values(self, record: Record, name: str) -> list[str]:
        """Entities that a record names by a property on the day; of a crowded record looked up once, for each of them asks again."""
        if len(record.statements) <= CROWDED:
            return super().values(record, name)
        found = self._valued.get((record.id, name))
        if found is None:
            found = self._valued[record.id, name] = super().values(record, name)
        return found

    def record(self, id: str) -> Record | None:
        """What is on file of an entity."""
        return self.base.records.get(id)

    def listed(self, id: str) -> ReferenceRow | None:
        """The row of a published list."""
        return self.base.rows.get(id)

    def same(self, id: str) -> tuple[str, ...]:
        """All who would be one with it, did nobody judge them to be different."""
        return self.base.contested.get(id, ())

    def owner(self, one: Recorded) -> str:
        """The entity for which the key was registered that signed a statement; empty where there is none."""
        owner = self.base.signer(one).owner
        return self.base.canonical(owner) if owner.startswith("sv-") else ""

    # Closures

    def reach(self, id: str) -> tuple[Reached, ...]:
        """The entity itself and whoever controls it, is controlled by it, or was it; ties behind them. Nearest first."""
        return self._reached(id)[0]

    def crowds(self, id: str) -> tuple[str, ...]:
        """Owners and officers who have so many companies that, of those, only whom something is on file about are in the reach."""
        return self._reached(id)[1]

    def _reached(self, id: str) -> tuple[tuple[Reached, ...], tuple[str, ...]]:
        return self.look("reach", id, lambda graph: closure.walk(graph, id))[0]

    def owners(self, id: str, *, same: bool = False) -> tuple[Reached, ...]:
        """The entity itself and whoever owns it through owners alone, none by a tie; nearest first. `same`: also by way of what it may be
        one with. `reach` gives the nearest way, and an agent or a predecessor that is nearer would hide here who owns it."""
        return self.look("owners", (id, same), lambda graph: closure.owners(graph, id, same=same))[0]

    def surely(self, id: str, type: str) -> bool:
        """For what softens: whether something is surely of a record type (`Ties.surely`)."""
        return self.look("surely", (id, type), lambda graph: graph._tied.surely(id, type))[0]

    def ties(self, id: str) -> frozenset[str]:
        """Everybody to whom an entity is tied in any way that did not surely end: for independence."""
        return self.look("ties", id, lambda graph: graph._tied.of(id))[0]

    def cut(self, id: str) -> bool:
        """Whether an entity is tied to more than are followed: of those who are not in its ties nobody can say that they are not tied."""
        return self.look("cut", id, lambda graph: graph._tied.cut(id))[0]
