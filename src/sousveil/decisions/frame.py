"""Who stands in a deal, as the rules of a program ask about them."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from sousveil.decisions.facts.model import Of
from sousveil.decisions.ghosts import Changes, Ghosts
from sousveil.decisions.predicates import AREA_SETS, FIXED, Area, Areas
from sousveil.decisions.program import Asked, Program, sets_of
from sousveil.decisions.subject import Subject
from sousveil.decisions.subject_groups import Group
from sousveil.decisions.subjects import Subjects
from sousveil.decisions.world import Deal, Party

MAY_BE_EMPTY = frozenset({"intermediaries", "exporting_states"})
"""Sets that the question itself says are empty; of any other empty set nothing is known."""


PRODUCT, BUYER = Of.PRODUCT, Of.BUYER
EVERYBODY_IS: Sequence[Party] = ()
NO_PLACES: Mapping[str, Subject] = {}


class Frame:
    """The subjects of a deal, and the numbers that tests are made with."""

    unresolved: Sequence[Party] = EVERYBODY_IS
    ghosts = False
    places: Mapping[str, Subject] = NO_PLACES
    """Places of sentences (`product`, `buyer`, `supplier`) of which the name is not resolved."""
    read = False
    """Whether another reading of a name may make the deal another."""
    noted = False
    """Whether something is noted about somebody."""
    varied = False
    """Whether somebody is not resolved, so that nothing lifts for them."""
    grown = False
    """Whether every group has room for what the program asks, which none has about which something is special."""
    _sets: dict[str, list[int]] | None = None
    _strict_sets: dict[str, list[int]] | None = None

    def __init__(
        self,
        deal: Deal,
        subjects: Subjects,
        program: Program,
        changes: Changes | None = None,
        ghosts: Ghosts | None = None,
    ) -> None:
        """`changes`: facts that are taken to have another value. `ghosts`: those of this deal, where somebody has made them before."""
        self.deal, self.layout = deal, subjects.where
        self.groups: dict[str, Group] = {}
        unresolved = [one for one in deal.parties if (id_ := one.id) is None or id_[:1] == "?"]
        if unresolved:
            self.unresolved = unresolved
        if self.unresolved or deal.gaps or changes is not None or deal.product is None or deal.buyer is None:
            self.ghosts = bool(self.unresolved or deal.gaps)
            self._others(subjects, program, changes, ghosts)
        else:
            self._plain(subjects, program, deal.product, deal.buyer)
        groups = self.groups
        if not self.grown:
            self._grow(program.grown)
        self.fixed = groups["deal"].greatest | groups["product"].greatest | groups["buyer"].greatest
        """The number of deal, product and buyer."""

    def _grow(self, grown: int) -> None:
        for group in self.groups.values():
            if group.grown < grown:
                group.grow(self.layout)
                self.noted = self.noted or group.noted
                self.varied = self.varied or group.varied

    @functools.cached_property
    def areas(self) -> Areas:
        """The numbers of deal, product and buyer, and of sets as a whole."""
        found = _Areas()
        found.groups = self.groups
        found[FIXED] = self.fixed
        return found

    @functools.cached_property
    def strict_areas(self) -> Areas:
        """The same, for tests of what lifts."""
        if not self.varied:
            return self.areas
        found, groups = _StrictAreas(), self.groups
        found.groups = groups
        found[FIXED] = (
            groups["deal"].strict_greatest | groups["product"].strict_greatest | groups["buyer"].strict_greatest
        )
        return found

    @property
    def sets(self) -> dict[str, list[int]]:
        """The numbers of everybody in a set."""
        if self._sets is None:
            self._sets = {name: [one.bits for one in group.subjects] for name, group in self.groups.items()}
        return self._sets

    @property
    def strict_sets(self) -> dict[str, list[int]]:
        """The same, for tests of what lifts."""
        if not self.varied:
            return self.sets
        if self._strict_sets is None:
            self._strict_sets = {name: [one.strict for one in group.subjects] for name, group in self.groups.items()}
        return self._strict_sets

    def _plain(self, subjects: Subjects, program: Program, product: str, buyer: str) -> None:
        """Everybody is on file."""
        deal, groups = self.deal, self.groups
        single, same = subjects.single, subjects.same
        groups["deal"] = first = subjects.deal(deal, program.deal_facts).alone
        groups["product"] = second = single[PRODUCT].get(product) or subjects.alone(PRODUCT, product, deal)
        groups["buyer"] = third = single[BUYER].get(buyer) or subjects.alone(BUYER, buyer, deal)
        needed = program.grown
        grown = first.grown >= needed and second.grown >= needed and third.grown >= needed
        sets = sets_of(deal)
        for selector, kind, at in program.sets:
            ids = sets[at]
            if len(ids) == 1:
                found = single[kind].get(ids[0]) or subjects.alone(kind, ids[0], deal)
            elif (known := same[kind].get(id(ids))) is not None and known[0] is ids:
                found = known[1]
            else:
                found = subjects.group(kind, ids, deal) if ids else _empty(selector, kind, subjects)
            groups[selector] = found
            if found.grown < needed:
                grown = False
        self.grown = grown

    def _others(self, subjects: Subjects, program: Program, changes: Changes | None, ghosts: Ghosts | None) -> None:
        """Somebody is not on file, or facts are taken to have another value."""
        if ghosts is None and self.ghosts:
            ghosts = Ghosts(self.deal, self.unresolved, subjects)
        for selector, kind in FIXED_KINDS:
            self.groups[selector] = _fixed(kind, self.deal, subjects, program, ghosts, changes).alone
        if ghosts is not None:
            self.places = ghosts.places
        self.read = bool(self.groups["deal"].subjects[0].others)
        for asked in program.sets:
            self.groups[asked[0]] = _group(asked, self.deal, subjects, ghosts, changes)


class _Areas(dict[Area, int]):
    """Numbers of sets as a whole, each made when it is first asked for."""

    __slots__ = ("groups",)
    groups: Mapping[str, Group]

    def __missing__(self, area: Area) -> int:
        group = self.groups[AREA_SETS[area - 1 >> 1]]
        found = self[area] = group.greatest if area & 1 else group.least
        return found


class _StrictAreas(_Areas):
    __slots__ = ()

    def __missing__(self, area: Area) -> int:
        group = self.groups[AREA_SETS[area - 1 >> 1]]
        found = self[area] = group.strict_greatest if area & 1 else group.strict_least
        return found


FIXED_KINDS = (("deal", Of.DEAL), ("product", Of.PRODUCT), ("buyer", Of.BUYER))


def _empty(selector: str, kind: Of, subjects: Subjects) -> Group:
    return Group([] if selector in MAY_BE_EMPTY else [_nobody(selector, kind, subjects)])


def _nobody(selector: str, kind: Of, subjects: Subjects) -> Subject:
    caption = "a State that is not on file" if kind is Of.STATE else "a company that is not on file"
    return subjects.nobody(kind, f"?{selector}", caption)


def _group(asked: Asked, deal: Deal, subjects: Subjects, ghosts: Ghosts | None, changes: Changes | None) -> Group:
    selector, kind, at = asked
    ids = sets_of(deal)[at]
    if ghosts is not None and changes:
        plain = ghosts.groups.get(selector)
        if plain is None:
            plain = ghosts.groups[selector] = _group(asked, deal, subjects, ghosts, None)
        if not any((one.kind, one.id) in changes for one in plain.subjects):
            return plain
    if ghosts is None:
        if ids and not (changes and any((kind, one) in changes for one in ids)):
            return subjects.group(kind, ids, deal)
        found = [subjects.made(kind, one, deal, changes.get((kind, one)) if changes else None) for one in ids]
    else:
        found = [ghosts.known(kind, one, changes) for one in ids if one not in ghosts.ids]
        found += ghosts.of(selector, changes)
    if not found and selector not in MAY_BE_EMPTY:
        found.append(_nobody(selector, kind, subjects))
    return Group(found)


def _fixed(
    kind: Of, deal: Deal, subjects: Subjects, program: Program, ghosts: Ghosts | None, changes: Changes | None
) -> Subject:
    id_ = "" if kind is Of.DEAL else deal.product if kind is Of.PRODUCT else deal.buyer
    changed = changes.get((kind, id_ or "")) if changes else None
    if kind is Of.DEAL:
        if ghosts is not None:
            return ghosts.deal(program.deal_facts, changes)
        return subjects.deal(deal, program.deal_facts, changed)
    if ghosts is not None and (ghost := ghosts.fixed(kind, changes)) is not None:
        return ghost
    if id_ is None:
        return subjects.nobody(kind, f"?{kind}", f"the {kind}, which is not on file")
    if ghosts is not None:
        return ghosts.known(kind, id_, changes)
    return subjects.made(kind, id_, deal, changed)
