"""Who stands behind a company on a day: owners, subsidiaries, principals of agents, predecessors, officers in common.

Two readings of the same links. `reach` (`closure.py`) is for blocking: whoever holds control on that day, or may hold it as far as is
known, at `reported` or better; what rests on an allegation, or on an owner or officer in common, is a tie (`~id`) and never counts as
proof. `ties` (`ties.py`) is for independence: any link at all, for a publisher that is tied to whoever benefits is not independent.

What one holds in parts, through shells of its own, is one holding: small parts under one hand are added up (`_blocs`).

An end or a share that softens counts only from whoever said that there is a link, or by the standard for lifting: a stranger
cannot end an ownership.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

import msgspec

from sousveil.decisions import closure
from sousveil.decisions.index import Base
from sousveil.decisions.links import Link, Reached
from sousveil.decisions.ties import Ties
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.views.records import Record, stands

QUARTER = 25.0
"""Per cent from which on a share counts as a hand in the company; below it, and where nothing says control, it does not."""
MAJORITY = 50.0
"""Per cent from which on, or may be, a shell is its owner's own."""
PARTS = {"owner": "part", "subsidiary": "stake"}
"""What a link is where the share is too small to count by itself."""
CONTROL = frozenset(
    "votingRights appointmentOfBoard otherInfluenceOrControl seniorManagingOfficial settlor trustee protector "
    "beneficiaryOfLegalArrangement rightsGrantedByContract conditionalRightsGrantedByContract "
    "controlViaCompanyRulesOrArticles controlByLegalFramework boardChair unknownInterest unpublishedInterest nominee "
    "nominator".split()
)
"""Kinds of interest that may be control whatever the share."""
NOT_UNKNOWN = frozenset({"noBeneficialOwners"})
States = Callable[[], frozenset[str]]
"""The States of a deal, asked for only where somebody else's word would soften: most records need none."""


def nowhere() -> frozenset[str]:
    """No State: outside of a deal."""
    return frozenset()


TIE = "~"
"""Before an id: reached by an allegation, or through an owner or officer in common."""


class Fit(Protocol):
    """Whether a statement about a record may soften: the standard for lifting. `states`: those of a deal; None where none gains."""

    def __call__(self, one: Recorded, about: str, states: States | None = None, /) -> bool: ...


class _Pair(msgspec.Struct, frozen=True):
    """Two values of a record that make a link: whether it holds, by what, and who says so."""

    held: bool | None
    proof: tuple[str, ...]
    alleged: bool
    voices: list[list[Recorded]]


class Graph:
    """The links of a base on a day. `fit` says whether a statement may soften (the standard for lifting)."""

    def __init__(self, base: Base, as_of: str, fit: Fit) -> None:
        self.base, self.as_of, self._fit = base, as_of, fit
        self._direct: dict[str, tuple[Link, ...]] = {}
        self._links: dict[str, tuple[Link, ...]] = {}
        self._sums: dict[str, dict[str, Link]] = {}
        self._reach: dict[str, tuple[tuple[Reached, ...], tuple[str, ...]]] = {}
        self._owners: dict[tuple[str, bool], tuple[Reached, ...]] = {}
        self._tied = Ties(self, fit)

    # One record

    def live(
        self, record: Record, naming: Sequence[str], *, firm: bool = False, states: States = nowhere
    ) -> bool | None:
        """Whether the record holds on the day, for blocking: True, None (not known) or False.

        `naming`: the properties without which it says nothing; one of each must stand, of whatever publisher. `firm`: only by those
        who say so as more than an allegation, and an alleged beginning begins nothing. `states`: those of the deal, where nobody sits who
        may end it for others.
        """
        for name in naming:
            if not any(stands(one) and not self._over(one) for one in record.by_property.get(name, ())):
                return False
        held: bool | None = False
        for voice in self._voices(record, naming):
            if not firm or any(one.statement.property in naming and not _soft(one) for one in voice):
                held = _more(held, self._held(record, voice, firm=firm, states=states))
        return held

    def _pair(self, record: Record, mine: tuple[str, str], other: tuple[str, str]) -> _Pair | None:
        """What stands for a link between two values of a record; None where one of them is not said any more.

        Each value has its own standing: an allegation about one says nothing firm about another in the same record, and neither
        its dates nor its share keep a firm link alive.
        """
        ends = (mine, other)
        best: list[Recorded] = []
        for name, value in ends:
            found = [one for one in self._said(record, name, value) if not self._over(one)]
            if not found:
                return None
            best.append(min(found, key=lambda one: (_soft(one), one.recorded)))
        voices = [voice for voice in self._voices(record, (mine[0], other[0])) if self._names(voice, ends, firm=False)]
        firm = [voice for voice in voices if self._names(voice, ends, firm=True)]
        proof = tuple(dict.fromkeys(one.id for one in best))
        if not any(_soft(one) for one in best):
            held = self._most(record, firm, firm=True)
            if held is not False:
                return _Pair(held, proof, False, firm)
        return _Pair(self._most(record, voices, firm=False), proof, True, voices)

    def _said(self, record: Record, name: str, value: str) -> list[Recorded]:
        told = record.by_property.get(name, ())
        return [one for one in told if stands(one) and self.base.canonical(one.statement.value) == value]

    def _names(self, voice: list[Recorded], ends: Sequence[tuple[str, str]], *, firm: bool) -> bool:
        return any(
            (one.statement.property, self.base.canonical(one.statement.value)) in ends and not (firm and _soft(one))
            for one in voice
        )

    def _most(self, record: Record, voices: Iterable[list[Recorded]], *, firm: bool) -> bool | None:
        held: bool | None = False
        for voice in voices:
            held = _more(held, self._held(record, voice, firm=firm))
        return held

    def _over(self, one: Recorded) -> bool:
        return edtf.holds(one.statement.valid_from, one.statement.valid_until, self.as_of) is False

    def _voices(self, record: Record, naming: Sequence[str]) -> Iterator[list[Recorded]]:
        """The statements of each publisher who says that there is such a thing: nobody else ends it."""
        by: dict[str, list[Recorded]] = {}
        for one in record.statements:
            if stands(one):
                by.setdefault(self.base.signer(one).voice, []).append(one)
        for statements in by.values():
            if any(one.statement.property in naming for one in statements):
                yield statements

    def _held(
        self, record: Record, voice: list[Recorded], *, firm: bool = False, states: States = nowhere
    ) -> bool | None:
        starts, ends = _dates(voice)
        if firm:  # an alleged beginning begins nothing
            starts = _dates(one for one in voice if not _soft(one))[0]
        ends += [
            one.statement.value
            for one in record.by_property.get("endDate", ())
            if stands(one) and one not in voice and self._fit(one, record.id, states)
        ]
        start = min(starts, key=edtf.sort_key, default=None)
        held: bool | None = edtf.holds(start, None, self.as_of) if not ends else True
        for end in ends:
            held = _less(held, edtf.holds(start, end, self.as_of))
        return held

    # Links of one entity

    def links(self, id: str) -> tuple[Link, ...]:
        """Everybody who stands directly behind or below an entity on the day, or may; small parts under one hand as one holding."""
        found = self._links.get(id)
        if found is None:
            found = self._links[id] = tuple(self._added_up(id))
        return found

    def holdings(self, id: str) -> tuple[Link, ...]:
        """The same, each as it was told, small parts too."""
        found = self._direct.get(id)
        if found is None:
            found = self._direct[id] = tuple(self._find(id))
        return found

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
        found = self._sums.get(id)
        if found is None:
            parts = [link for link in self.holdings(id) if link.kind == "part"]
            hands: dict[str, list[Link]] = {}
            for link in parts if sum(one.high for one in parts) >= QUARTER else ():
                for head in self._heads(link.other):
                    hands.setdefault(head, []).append(link)
            found = self._sums[id] = {}
            for many in hands.values():
                high = sum(one.high for one in many)
                for one in many:
                    if high >= QUARTER and (one.other not in found or found[one.other].high < high):
                        proof = tuple(dict.fromkeys(said for each in many for said in each.proof))
                        surely = all(each.surely for each in many)
                        low = sum(each.low for each in many)
                        found[one.other] = Link(
                            one.other, "owner", False, surely, proof, min(low, 100.0), min(high, 100.0)
                        )
        return found

    def _heads(self, id: str) -> set[str]:
        """An entity and whoever holds, or may hold, most of it, up to the last."""
        seen, wave = {id}, [id]
        while wave:
            for link in self.holdings(wave.pop()):
                if link.kind == "owner" and not link.alleged and link.high >= MAJORITY and link.other not in seen:
                    seen.add(link.other)
                    wave.append(link.other)
        return seen

    def _find(self, id: str) -> Iterator[Link]:
        for name, back, kind in (
            ("Ownership.asset", ("owner", "nomineeFor"), "owner"),
            ("Ownership.owner", ("asset",), "subsidiary"),
            ("Ownership.nomineeFor", ("asset",), "subsidiary"),
        ):
            for record in self.pointing(id, name):
                yield from self._ownership(record, (name.partition(".")[2], id), back, kind)
        for name, other, kind in (
            ("Representation.agent", "client", "principal"),
            ("Representation.client", "agent", "agent"),
            ("Succession.successor", "predecessor", "predecessor"),
            ("Succession.predecessor", "successor", "successor"),
            ("Directorship.organization", "director", "officer"),
            ("Directorship.director", "organization", "post"),
        ):
            for record in self.pointing(id, name):
                yield from self._plain(record, (name.partition(".")[2], id), other, kind)
        for one in self.base.contested.get(id, ()):  # who says that they are two parts nobody whom another joins
            if one != id:
                yield Link(one, "same", False, False, (), 0.0, 100.0)

    def pointing(self, id: str, name: str) -> Iterator[Record]:
        """Records of which a property (`Type.property`) points to an entity."""
        for one in self.base.pointing.get((id, name), ()):
            yield self.base.records[one]

    def _plain(self, record: Record, mine: tuple[str, str], name: str, kind: str) -> Iterator[Link]:
        for other in self.values(record, name):
            pair = self._pair(record, mine, (name, other))
            if pair is None:
                continue
            held, alleged = pair.held, pair.alleged
            if kind in ("predecessor", "successor") and held is False:
                held, alleged = True, self._alleged(pair.proof)  # what a company was before stays what it was
            if held is not False:
                yield Link(other, kind, alleged, held is True, pair.proof, 0.0, 100.0)

    def _alleged(self, proof: Iterable[str]) -> bool:
        return any(_soft(self.base.statements[one]) for one in proof)

    def _ownership(self, record: Record, mine: tuple[str, str], back: Sequence[str], kind: str) -> Iterator[Link]:
        for name in back:
            for other in self.values(record, name):
                pair = self._pair(record, mine, (name, other))
                if pair is None or pair.held is False:
                    continue
                alleged = pair.alleged
                low, high, control = _share(pair.voices, firm=not alleged)
                if not control and not alleged:  # an allegation may still say that it is more
                    yield Link(other, PARTS[kind], False, pair.held is True, pair.proof, low, high)
                    naming = (mine[0], name)
                    low, high, control = _share(self._voices(record, naming), firm=False)
                    alleged = True
                if control:
                    yield Link(other, kind, alleged, pair.held is True, pair.proof, low, high)

    def share(self, record: Record, naming: Sequence[str]) -> tuple[float, float, bool]:
        """For lifting: per cent that all its publishers grant at the least, and at most, and whether it may be control."""
        voices = list(self._voices(record, naming))
        least = min((_share([voice], firm=False)[0] for voice in voices), default=0.0)
        return least, *_share(voices, firm=False)[1:]

    def values(self, record: Record, name: str) -> list[str]:
        """Entities that a record names by a property on the day."""
        found = [one.statement.value for one in record.by_property.get(name, ()) if stands(one) and not self._over(one)]
        return list(dict.fromkeys(self.base.canonical(one) for one in found))

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
        found = self._reach.get(id)
        if found is None:
            found = self._reach[id] = closure.walk(self, id)
        return found

    def owners(self, id: str, *, same: bool = False) -> tuple[Reached, ...]:
        """The entity itself and whoever owns it through owners alone, none by a tie; nearest first. `same`: also by way of what it may be
        one with. `reach` gives the nearest way, and an agent or a predecessor that is nearer would hide here who owns it."""
        found = self._owners.get((id, same))
        if found is None:
            found = self._owners[id, same] = closure.owners(self, id, same=same)
        return found

    def surely(self, id: str, type: str) -> bool:
        """For what softens: whether something is surely of a record type (`Ties.surely`)."""
        return self._tied.surely(id, type)

    def ties(self, id: str) -> frozenset[str]:
        """Everybody to whom an entity is tied in any way that did not surely end: for independence."""
        return self._tied.of(id)

    def cut(self, id: str) -> bool:
        """Whether an entity is tied to more than are followed: of those who are not in its ties nobody can say that they are not tied."""
        return self._tied.cut(id)

    def ended(self, record: Record) -> bool:
        """Whether a record of a link is over on the day by the word of all who tell of it."""
        return all(self._held(record, voice) is False for voice in self._voices(record, tuple(record.by_property)))


def _soft(one: Recorded) -> bool:
    return one.statement.standing is Standing.ALLEGED


def _share(voices: Iterable[list[Recorded]], *, firm: bool) -> tuple[float, float, bool]:
    """Per cent at least and at most, and whether it may be control; the strongest of what these say: whoever repeats a holding
    without its share takes nothing from it.

    `firm`: what is alleged makes it neither more nor control; an allegation that it is less counts, from whoever tells of it.
    """
    low, high, control = 0.0, 0.0, False
    for voice in voices:
        least, most, kinds = 0.0, 100.0, False
        for one in voice:
            name, value = one.statement.property, one.statement.value
            counts = not (firm and _soft(one))
            number = _number(value) if name.startswith("percentage") else None
            if number is not None:
                if name in ("percentage", "percentageAtLeast", "percentageAbove") and counts:
                    least = max(least, number)
                if name in ("percentage", "percentageAtMost", "percentageBelow"):
                    most = min(most, number)
            elif name == "beneficial":
                kinds = kinds or (counts and value == "yes")
            elif name == "interest":
                kinds = kinds or (counts and value in CONTROL)
        low, high = max(low, least), max(high, most)
        control = control or kinds or most >= QUARTER
    return (low, high, control) if high else (0.0, 100.0, control)


def _dates(statements: Iterable[Recorded]) -> tuple[list[str], list[str]]:
    starts: list[str] = []
    ends: list[str] = []
    for one in statements:
        said = one.statement
        if said.property in ("startDate", "listingDate", "date"):
            starts.append(said.value)
        elif said.property == "endDate":
            ends.append(said.value)
        else:
            starts += [said.valid_from] if said.valid_from else []
            ends += [said.valid_until] if said.valid_until else []
    return starts, ends


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _more(a: bool | None, b: bool | None) -> bool | None:
    """Of True, not known and False the greater."""
    return True if a or b else None if a is None or b is None else False


def _less(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True
