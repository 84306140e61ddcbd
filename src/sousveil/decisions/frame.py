"""Who stands in a deal, as the rules of a program ask about them."""

from __future__ import annotations

from collections.abc import Mapping

from sousveil.decisions.facts.model import Of
from sousveil.decisions.ghosts import Changes, Ghosts
from sousveil.decisions.predicates import AREA_SETS, FIXED, Area
from sousveil.decisions.program import Asked, Program
from sousveil.decisions.subject_groups import Group
from sousveil.decisions.subjects import Subject, Subjects
from sousveil.decisions.world import Deal

MAY_BE_EMPTY = frozenset({"intermediaries", "exporting_states"})
"""Sets that the question itself says are empty; of any other empty set nothing is known."""


NO_PLACES: Mapping[str, Subject] = {}


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
        "read",
        "sets",
        "strict_areas",
        "strict_sets",
        "unresolved",
    )

    def __init__(self, deal: Deal, subjects: Subjects, program: Program, changes: Changes | None = None) -> None:
        self.deal, self.layout = deal, subjects.where
        self.unresolved = [party for party in deal.parties if party.id is None or party.id[:1] == "?"]
        self.groups: dict[str, Group] = {}
        self.ghosts = bool(self.unresolved or deal.gaps)
        self.places: Mapping[str, Subject] = NO_PLACES
        """Places of sentences (`product`, `buyer`, `supplier`) of which the name is not resolved."""
        self.read = False
        """Whether another reading of a name may make the deal another."""
        if self.ghosts or changes is not None or deal.product is None or deal.buyer is None:
            self._others(subjects, program, changes)
        else:
            self._plain(subjects, program, deal.product, deal.buyer)
        self.noted = varied = False
        grown = program.grown
        for group in self.groups.values():
            if group.grown < grown:
                group.grow(self.layout)
            if group.special:
                self.noted = self.noted or group.noted
                varied = varied or group.varied
        self._areas(varied=varied)

    def _plain(self, subjects: Subjects, program: Program, product: str, buyer: str) -> None:
        """Everybody is on file."""
        deal, groups, group = self.deal, self.groups, subjects.group
        groups["deal"] = subjects.deal(deal, program.deal_facts).alone
        groups["product"] = subjects.made(Of.PRODUCT, product, deal).alone
        groups["buyer"] = subjects.made(Of.BUYER, buyer, deal).alone
        for asked in program.sets:
            selector, kind, member, _ = asked
            ids: tuple[str, ...] = getattr(deal, member) if member else _of_parties(asked, deal)
            groups[selector] = group(kind, ids, deal) if ids else _empty(selector, kind, subjects)

    def _others(self, subjects: Subjects, program: Program, changes: Changes | None) -> None:
        """Somebody is not on file, or facts are taken to have another value."""
        ghosts = Ghosts(self.deal, self.unresolved, subjects) if self.ghosts else None
        for selector, kind in FIXED_KINDS:
            self.groups[selector] = _fixed(kind, self.deal, subjects, program, ghosts, changes).alone
        if ghosts is not None:
            self.places = ghosts.places
        self.read = bool(self.groups["deal"].subjects[0].others)
        for asked in program.sets:
            self.groups[asked.selector] = _group(asked, self.deal, subjects, ghosts, changes)

    def _areas(self, *, varied: bool) -> None:
        groups = self.groups
        deal, product, buyer = groups["deal"], groups["product"], groups["buyer"]
        self.areas: dict[Area, int] = _Areas(groups)
        self.areas[FIXED] = deal.greatest | product.greatest | buyer.greatest
        self.strict_areas = self.areas
        self.sets: dict[str, list[int]] = _Sets(groups)
        self.strict_sets = self.sets
        if varied:  # somebody is not resolved: nothing that lifts for those it could be lifts
            self.strict_areas = _StrictAreas(groups)
            self.strict_areas[FIXED] = deal.strict_greatest | product.strict_greatest | buyer.strict_greatest
            self.strict_sets = _StrictSets(groups)


class _Areas(dict[Area, int]):
    """Numbers of sets as a whole, each made when it is first asked for."""

    def __init__(self, groups: Mapping[str, Group]) -> None:
        super().__init__()
        self._groups = groups

    def __missing__(self, area: Area) -> int:
        group = self._groups[AREA_SETS[area - 1 >> 1]]
        found = self[area] = group.greatest if area & 1 else group.least
        return found


class _StrictAreas(_Areas):
    def __missing__(self, area: Area) -> int:
        group = self._groups[AREA_SETS[area - 1 >> 1]]
        found = self[area] = group.strict_greatest if area & 1 else group.strict_least
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


def _of_parties(asked: Asked, deal: Deal) -> tuple[str, ...]:
    roles = asked.roles
    return tuple([party.id for party in deal.parties if party.role in roles and party.id is not None])


def _empty(selector: str, kind: Of, subjects: Subjects) -> Group:
    return Group([] if selector in MAY_BE_EMPTY else [_nobody(selector, kind, subjects)])


def _nobody(selector: str, kind: Of, subjects: Subjects) -> Subject:
    caption = "a State that is not on file" if kind is Of.STATE else "a company that is not on file"
    return subjects.nobody(kind, f"?{selector}", caption)


def _group(asked: Asked, deal: Deal, subjects: Subjects, ghosts: Ghosts | None, changes: Changes | None) -> Group:
    selector, kind, member, _ = asked
    ids: tuple[str, ...] = getattr(deal, member) if member else _of_parties(asked, deal)
    if ghosts is None:
        if changes is None and ids:
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
