"""Who stands in a deal, as the rules of a program ask about them."""

from __future__ import annotations

from collections.abc import Mapping

from sousveil.decisions.facts.model import Of
from sousveil.decisions.ghosts import Changes, Ghosts
from sousveil.decisions.language import SELECTORS
from sousveil.decisions.predicates import FIXED, Area
from sousveil.decisions.program import Program
from sousveil.decisions.subject_groups import Group
from sousveil.decisions.subjects import Subject, Subjects
from sousveil.decisions.world import Deal

MAY_BE_EMPTY = frozenset({"intermediaries", "exporting_states"})
"""Sets that the question itself says are empty; of any other empty set nothing is known."""


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
        ghosts = Ghosts(deal, self.unresolved, subjects) if self.unresolved or deal.gaps else None
        self.groups: dict[str, Group] = {}
        groups = self.groups
        for selector, kind in FIXED_KINDS:
            groups[selector] = _fixed(kind, deal, subjects, program, ghosts, changes).alone
        self.ghosts = ghosts is not None
        self.places: Mapping[str, Subject] = ghosts.places if ghosts is not None else {}
        """Places of sentences (`product`, `buyer`, `supplier`) of which the name is not resolved."""
        self.read = bool(groups["deal"].subjects[0].others)
        """Whether another reading of a name may make the deal another."""
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


def _group(selector: str, deal: Deal, subjects: Subjects, ghosts: Ghosts | None, changes: Changes | None) -> Group:
    kind = SELECTORS[selector]
    ids = _ids(deal, selector, ghosts)
    if ghosts is None and changes is None and ids:
        return subjects.group(kind, ids, deal)
    if ghosts is None:
        found = [subjects.made(kind, one, deal, changes.get((kind, one)) if changes else None) for one in ids]
    else:
        found = [ghosts.known(kind, one, changes) for one in ids] + ghosts.of(selector, changes)
    if not found and selector not in MAY_BE_EMPTY:
        caption = "a State that is not on file" if kind is Of.STATE else "a company that is not on file"
        found.append(subjects.nobody(kind, f"?{selector}", caption))
    return Group(found)


def _ids(deal: Deal, selector: str, ghosts: Ghosts | None) -> tuple[str, ...]:
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
