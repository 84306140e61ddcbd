"""Who stands in a deal, as the rules of a program ask about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from sousveil.decisions.facts.model import Of, Value
from sousveil.decisions.language import SELECTORS
from sousveil.decisions.model import Question
from sousveil.decisions.predicates import FIXED, Area
from sousveil.decisions.program import Program
from sousveil.decisions.subjects import NOT_ON_FILE, Group, Subject, Subjects
from sousveil.decisions.world import Deal, Gap, Party, World
from sousveil.errors import SousveilError

MAY_BE_EMPTY = frozenset({"intermediaries", "exporting_states"})
"""Sets that the question itself says are empty; of any other empty set nothing is known."""
CANDIDATES_MAX = 5
"""So many of those that a name could be are looked at with whoever controls them."""

Changes = Mapping[tuple[Of, str], Mapping[str, Value]]
"""Facts that are taken to have another value, by kind and id of their subject."""


class Frame:
    """The subjects of a deal, and the numbers that tests are made with."""

    __slots__ = (
        "areas",
        "deal",
        "ghosts",
        "groups",
        "layout",
        "noted",
        "places",
        "sets",
        "strict_areas",
        "strict_sets",
        "unresolved",
    )

    def __init__(self, deal: Deal, subjects: Subjects, program: Program, changes: Changes | None = None) -> None:
        self.deal, self.layout = deal, subjects.where
        self.unresolved = [party for party in deal.parties if party.id is None or party.id[:1] == "?"]
        ghosts = _Ghosts(deal, self.unresolved, subjects) if self.unresolved or deal.gaps else None
        self.groups: dict[str, Group] = {}
        groups = self.groups
        for selector, kind in FIXED_KINDS:
            groups[selector] = _fixed(kind, deal, subjects, program, ghosts, changes).alone
        self.ghosts = ghosts is not None
        self.places: Mapping[str, Subject] = ghosts.places if ghosts is not None else {}
        """Places of sentences (`product`, `buyer`, `supplier`) of which the name is not resolved."""
        for selector in program.selectors:
            if selector not in groups:
                groups[selector] = _group(selector, deal, subjects, ghosts, changes)
        deal_, product, buyer = groups["deal"], groups["product"], groups["buyer"]
        self.noted = False
        varied = False
        for group in groups.values():
            if group.noted:
                self.noted = True
            if group.varied:
                varied = True
        self.areas: dict[Area, int] = _Areas(groups)
        self.areas[FIXED] = deal_.greatest | product.greatest | buyer.greatest
        self.sets: dict[str, list[int]] = _Sets(groups)
        self.strict_areas, self.strict_sets = self.areas, self.sets
        if varied:  # somebody is not resolved: nothing that lifts for those it could be lifts
            self.strict_areas = _StrictAreas(groups)
            self.strict_areas[FIXED] = deal_.strict_greatest | product.strict_greatest | buyer.strict_greatest
            self.strict_sets = _StrictSets(groups)


class _Areas(dict[Area, int]):
    """Numbers of sets as a whole, each made when it is first asked for."""

    def __init__(self, groups: Mapping[str, Group]) -> None:
        super().__init__()
        self._groups = groups

    def __missing__(self, area: Area) -> int:
        group = self._groups[area[1]]
        found = self[area] = group.greatest if area[0] == "some" else group.least
        return found


class _StrictAreas(_Areas):
    def __missing__(self, area: Area) -> int:
        group = self._groups[area[1]]
        found = self[area] = group.strict_greatest if area[0] == "some" else group.strict_least
        return found


class _Sets(dict[str, list[int]]):
    """The numbers of everybody in a set, made when they are first asked for."""

    def __init__(self, groups: Mapping[str, Group]) -> None:
        super().__init__()
        self._groups = groups

    def __missing__(self, selector: str) -> list[int]:
        found = self[selector] = [one.bits for one in self._groups[selector].subjects]
        return found


class _StrictSets(_Sets):
    def __missing__(self, selector: str) -> list[int]:
        found = self[selector] = [one.strict for one in self._groups[selector].subjects]
        return found


FIXED_KINDS = (("deal", Of.DEAL), ("product", Of.PRODUCT), ("buyer", Of.BUYER))


def _group(selector: str, deal: Deal, subjects: Subjects, ghosts: _Ghosts | None, changes: Changes | None) -> Group:
    kind = SELECTORS[selector]
    ids = _ids(deal, selector, ghosts)
    if ghosts is None and changes is None and ids:
        return subjects.group(kind, ids, deal)
    found = [subjects.made(kind, one, deal, changes.get((kind, one)) if changes else None) for one in ids]
    if ghosts is not None:
        found += ghosts.of(selector, changes)
    if not found and selector not in MAY_BE_EMPTY:
        caption = "a State that is not on file" if kind is Of.STATE else "a company that is not on file"
        found.append(subjects.nobody(kind, f"?{selector}", caption))
    return Group(found)


def _ids(deal: Deal, selector: str, ghosts: _Ghosts | None) -> tuple[str, ...]:
    if selector in ("states", "home_states", "exporting_states", "buyer_states"):
        found: tuple[str, ...] = getattr(deal, selector)
    elif selector == "vendors":
        found = deal.vendors
    else:
        roles = {"parties": ("supplier", "via"), "supplier": ("supplier",), "intermediaries": ("via",)}[selector]
        found = tuple(party.id for party in deal.parties if party.role in roles and party.id is not None)
    if ghosts is not None:
        return tuple(one for one in found if one not in ghosts.ids)
    return found


def _fixed(
    kind: Of, deal: Deal, subjects: Subjects, program: Program, ghosts: _Ghosts | None, changes: Changes | None
) -> Subject:
    id_ = "" if kind is Of.DEAL else deal.product if kind is Of.PRODUCT else deal.buyer
    changed = changes.get((kind, id_ or "")) if changes else None
    if kind is Of.DEAL:
        return subjects.deal(deal, program.deal_facts, changed)
    if ghosts is not None and (ghost := ghosts.fixed(kind, changes)) is not None:
        return ghost
    if id_ is None:
        return subjects.nobody(kind, f"?{kind}", f"the {kind}, which is not on file")
    return subjects.made(kind, id_, deal, changed)


class _Ghosts:
    """Those who are not resolved, and gaps: each somebody of whom nothing is known but what those it could be have on file."""

    def __init__(self, deal: Deal, parties: Sequence[Party], subjects: Subjects) -> None:
        self.ids: set[str] = set()
        self._subjects = subjects
        self.places: dict[str, Subject] = {}
        self._fixed: dict[Of, Subject] = {}
        self._rows: list[tuple[frozenset[str], Subject]] = []
        for party in parties:
            self._add(party, deal)
        for gap in deal.gaps:
            self._gap(gap, deal)

    def of(self, selector: str, changes: Changes | None) -> list[Subject]:
        return [self._changed(ghost, changes) for selectors, ghost in self._rows if selector in selectors]

    def fixed(self, kind: Of, changes: Changes | None) -> Subject | None:
        ghost = self._fixed.get(kind)
        return None if ghost is None else self._changed(ghost, changes)

    def _changed(self, ghost: Subject, changes: Changes | None) -> Subject:
        changed = changes.get((ghost.kind, ghost.id)) if changes else None
        return ghost if changed is None else ghost.with_changes(changed)

    def _add(self, party: Party, deal: Deal) -> None:
        world = self._subjects.world
        id_ = party.id or f"?{party.role}:{party.asked}"
        self.ids.add(id_)
        role = {"product": "product", "end_user": "end user", "supplier": "supplier", "via": "intermediary"}[party.role]
        words = [f"{one}: {world.caption(one)}" for one in party.candidates]
        needs = f"Which {role} is meant by “{party.asked}”: a full name with legal form, or the id of a record."
        other_deals = _readings(world, deal.question, party)
        kind = {"product": Of.PRODUCT, "end_user": Of.BUYER}.get(party.role, Of.VENDOR)
        if kind is Of.VENDOR:
            theirs = sorted(
                {one for other in other_deals for one in other.vendors} - set(deal.vendors) | set(party.candidates)
            )
        else:
            theirs = list(party.candidates)
        ghost = self._ghost(kind, id_, f"“{party.asked}”{NOT_ON_FILE}", needs, party.asked, theirs, words, deal)
        if party.role != "via":
            self.places["buyer" if party.role == "end_user" else party.role] = ghost
        if kind is not Of.VENDOR:
            self._fixed[kind] = ghost
            more = sorted({one for other in other_deals for one in other.vendors} - set(deal.vendors))
            if more:
                caption = f"whoever stands behind “{party.asked}”"
                self._row(
                    {"vendors"},
                    self._ghost(Of.VENDOR, f"{id_}:vendors", caption, needs, party.asked, more, words, deal),
                )
        else:
            self._row({"vendors", "parties", "supplier" if party.role == "supplier" else "intermediaries"}, ghost)
        for selectors in ("home_states", "exporting_states", "buyer_states"):
            more = sorted({one for other in other_deals for one in getattr(other, selectors)} - set(deal.states))
            if more:
                caption = f"the State of “{party.asked}”"
                ghost = self._ghost(Of.STATE, f"{id_}:{selectors}", caption, needs, party.asked, more, words, deal)
                self._row({"states", selectors}, ghost)

    def _gap(self, gap: Gap, deal: Deal) -> None:
        kind = SELECTORS[gap.selectors[0]]
        words = [f"{one}: {self._subjects.world.caption(one)}" for one in gap.candidates]
        id_ = f"?gap:{gap.caption}"
        self._row(set(gap.selectors), self._ghost(kind, id_, gap.caption, gap.needs, "", gap.candidates, words, deal))

    def _row(self, selectors: set[str], ghost: Subject) -> None:
        self._rows.append((frozenset(selectors), ghost))

    def _ghost(
        self,
        kind: Of,
        id_: str,
        caption: str,
        needs: str,
        asked: str,
        others: Sequence[str],
        words: Sequence[str],
        deal: Deal,
    ) -> Subject:
        theirs = [self._subjects.made(kind, one, deal) for one in others if one[:1] != "?"]
        return self._subjects.nobody(kind, id_, caption, needs).unresolved(asked, theirs, words)


def _readings(world: World, question: Question, party: Party) -> list[Deal]:
    """The deal as it would be, were the name one of those that it could be."""
    found: list[Deal] = []
    for candidate in party.candidates[:CANDIDATES_MAX]:
        if party.role == "via":
            via = tuple(candidate if one == party.asked else one for one in question.via)
            other = msgspec.structs.replace(question, via=via)
        else:
            other = msgspec.structs.replace(question, **{party.role: candidate})
        try:
            found.append(world.deal(other))
        except SousveilError:
            continue
    return found
