"""Conditions as closures over whole numbers.

The facts of a subject are one number: bit `plane * width + index` says that the literal (the fact, or its denial) of that index
stands on a level or above. An `all` of twenty facts is then one `&`, and the least and greatest over many subjects are `&` and `|`
of their numbers. `predicate` turns a condition into a test for one level; nothing is evaluated from text.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sousveil.decisions.facts.model import Of
from sousveil.decisions.language import (
    ALLEGED,
    NEGATED,
    SELECTORS,
    TRUE,
    UNKNOWN,
    All,
    AnyOf,
    Condition,
    Const,
    Every,
    Leaf,
    Not,
    Possibly,
    Some,
)

PLANES = 5
"""The fact on level 1, 2, 3 or above; its denial on level 1, and on 2 or 3 (a denial is never alleged)."""
PLANE_OF = {
    (False, UNKNOWN): 0,
    (False, ALLEGED): 1,
    (False, TRUE): 2,
    (True, UNKNOWN): 3,
    (True, ALLEGED): 4,
    (True, TRUE): 4,
}
SPACE_OF = {Of.DEAL: "fixed", Of.PRODUCT: "fixed", Of.BUYER: "fixed", Of.STATE: "state", Of.VENDOR: "vendor"}
"""Facts of deal, product and buyer share one number: there is one of each."""

Area = int
"""A number of several subjects at once, by a small key: large or composed keys are slow."""
FIXED: Area = 0
"""The number of deal, product and buyer."""
AREA_SETS = tuple(SELECTORS)
"""`area_of("some", "vendors")`: the greatest over vendors; `area_of("every", ...)`: the least. Odd keys are greatest."""
Areas = Mapping[Area, int]
Sets = Mapping[str, Sequence[int]]
Test = Callable[[Areas, int, Sets], bool]


def area_of(form: str, selector: str) -> Area:
    """The key for "some" or "every" one of a set."""
    return 2 * AREA_SETS.index(selector) + (1 if form == "some" else 2)


class OwnTests(NamedTuple):
    """What a rule's four tests ask of a subject itself: `when` UNKNOWN or more, `unless` TRUE, `when` TRUE, `when` alleged or more."""

    known: OwnTest
    lifted: OwnTest
    true: OwnTest
    alleged: OwnTest


class OwnTest(NamedTuple):
    """All of these bits, and one of each of those; or nobody at all."""

    every: int
    one_of: tuple[int, ...]
    never: bool = False


NOBODY = OwnTest(0, (), never=True)


class Form(enum.IntEnum):
    """Of a piece that a group keeps."""

    FACTS = 0
    """What is on file about facts (bits by index)."""
    MISSING = 1
    """What is missing of literals on level TRUE (bits by plane and index)."""
    UNKNOWN = 2
    """What would decide literals on level UNKNOWN (bits by plane and index) that are not known."""


class PieceOf(NamedTuple):
    """A piece that a group keeps."""

    form: Form
    mask: int
    """The facts or literals that it is about."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which fact has which index, in each of the three spaces."""

    index: Mapping[str, int]
    width: Mapping[str, int]
    names: Mapping[str, tuple[str, ...]]
    by_kind: Mapping[Of, tuple[int, ...]]
    masks: Mapping[Of, tuple[int, int]]
    told: dict[tuple[str, int, int], int] = field(default_factory=dict)
    numbers: dict[tuple[object, ...], int] = field(default_factory=dict)
    kept: dict[Of, list[OwnTests | PieceOf | None]] = field(default_factory=lambda: {kind: [] for kind in Of})
    """By kind of subject: what rules ask of one and say of one, by the place in what a group keeps. None: whole rules about nobody else,
    which have two places in a row."""

    def test(self, kind: Of, found: OwnTests) -> int:
        """A small number that stands for the tests of a subject itself; the same tests have the same number in every rule."""
        return self._place((kind, found), kind, (found,))

    def bundle(self, kind: Of, rules: tuple[object, ...]) -> int:
        """A small number that stands for rules that ask and hang on nobody but their subjects: the first of their two places."""
        return self._place((kind, "rules", *rules), kind, (None, None))

    def _place(self, key: tuple[object, ...], kind: Of, places: tuple[OwnTests | PieceOf | None, ...]) -> int:
        number = self.numbers.get(key)
        if number is None:
            number = len(self.kept[kind])
            self.kept[kind] += places  # first: who finds the number finds its place
            self.numbers[key] = number
        return number

    def places(self, kind: Of) -> tuple[int, ...]:
        """Indexes of the facts of a kind."""
        return self.by_kind[kind]

    def mine(self, kind: Of) -> int:
        """The facts of a kind, as bits by index."""
        return self.masks[kind][0]

    def planes(self, kind: Of) -> int:
        """The same in each plane."""
        return self.masks[kind][1]

    def slot(self, kind: Of, form: Form, mask: int) -> int:
        """A small number that stands for a piece of proof or of a sentence: large numbers are slow keys."""
        return self._place((kind, form, mask), kind, (PieceOf(form, mask),))

    def mask(self, kind: Of, slot: int) -> int:
        """The facts or literals that a piece is about."""
        found = self.kept[kind][slot]
        assert isinstance(found, PieceOf)
        return found.mask

    def grown(self) -> int:
        """Rises with everything that a group keeps."""
        return len(self.numbers)

    def bit(self, leaf: Leaf, negated: bool, level: int) -> int:
        """The bit that says: this literal stands on this level or above."""
        fact = leaf.fact
        plane = PLANE_OF[negated, level]
        return 1 << (plane * self.width[SPACE_OF[fact.of]] + self.index[fact.name])

    def bits(self, space: str, at: int, level: int) -> int:
        """The bits of one fact on a level."""
        key = (space, at, level)
        found = self.told.get(key)
        if found is None:
            width, found = self.width[space], 0
            for negated, reached in ((False, level), (True, NEGATED[level])):
                for step in range(1, reached + 1):
                    found |= 1 << (PLANE_OF[negated, step] * width + at)
            self.told[key] = found
        return found


def layout(names: Mapping[str, Of]) -> Layout:
    """A layout for facts by name and kind."""
    spaces: dict[str, list[str]] = {"fixed": [], "state": [], "vendor": []}
    for name in sorted(names):
        spaces[SPACE_OF[names[name]]].append(name)
    index = {name: at for found in spaces.values() for at, name in enumerate(found)}
    width = {space: len(found) for space, found in spaces.items()}
    by_kind = {kind: tuple(sorted(index[name] for name in names if names[name] is kind)) for kind in Of}
    masks: dict[Of, tuple[int, int]] = {}
    for kind, places in by_kind.items():
        mine = sum(1 << at for at in places)
        masks[kind] = (mine, sum(mine << plane * width[SPACE_OF[kind]] for plane in range(PLANES)))
    return Layout(index, width, {space: tuple(found) for space, found in spaces.items()}, by_kind, masks)


@dataclass(frozen=True, slots=True)
class Literal:
    """A fact or its denial."""

    leaf: Leaf
    negated: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """TRUE when the part stands on a level or above, else FALSE: `possibly`, and its denial."""

    level: int
    part: Plain


Plain = Const | All | AnyOf | Some | Every | Literal | Reach
"""A condition with `not` only at facts."""


def plain(condition: Condition, negated: bool = False) -> Any:
    """The same condition with `not` pushed down to the facts."""
    match condition:
        case Const(value):
            return Const(value is not negated)
        case Leaf():
            return Literal(condition, negated)
        case Not(part):
            return plain(part, not negated)
        case Possibly(part):
            return Reach(TRUE, plain(part, True)) if negated else Reach(UNKNOWN, plain(part))
        case All(parts) | AnyOf(parts):
            form = AnyOf if isinstance(condition, All) is negated else All
            return form(tuple(plain(part, negated) for part in parts))
        case Some(selector, where) | Every(selector, where):
            kind = Every if isinstance(condition, Some) is negated else Some
            return kind(selector, plain(where, negated))
    raise AssertionError("settled before")  # pragma: no cover - ActionIs and AsOf are worked out by `settle`


@dataclass(frozen=True, slots=True)
class Conjunction:
    """A test that is an "and": bits of the subject, bits of areas, and what does not fit into bits."""

    own: int = 0
    """All of these bits of the subject."""
    any_own: tuple[int, ...] = ()
    """One bit of each of these, of the subject."""
    areas: tuple[tuple[Area, int], ...] = ()
    rest: tuple[Test, ...] = ()
    never: bool = False

    def of_subject(self) -> OwnTest:
        """What is asked of the subject itself."""
        return NOBODY if self.never else OwnTest(self.own, self.any_own)

    def test(self) -> Test:
        """As one closure."""
        own_mask, any_own, areas_masks, rest, never = self.own, self.any_own, self.areas, self.rest, self.never

        def holds(areas: Areas, own: int, sets: Sets) -> bool:
            if never or own & own_mask != own_mask:
                return False
            for mask in any_own:
                if not own & mask:
                    return False
            for area, mask in areas_masks:
                if areas[area] & mask != mask:
                    return False
            return all(test(areas, own, sets) for test in rest)

        return holds


def predicate(node: Any, level: int, about: Of, where: Layout) -> Conjunction:
    """A test for "stands on this level or above", for a rule or quantifier about this kind of subject."""
    own, any_own, areas, rest, never = 0, list[int](), dict[Area, int](), list[Test](), False
    for part in node.parts if isinstance(node, All) else (node,):
        match part:
            case Const(value):
                never = never or not value
            case Literal(leaf, negated):
                bit = where.bit(leaf, negated, level)
                if _is_own(leaf, about):
                    own |= bit
                else:
                    areas[FIXED] = areas.get(FIXED, 0) | bit
            case Reach(reached, inner):
                below = predicate(inner, reached, about, where)
                own, never = own | below.own, never or below.never
                any_own += below.any_own
                for area, mask in below.areas:
                    areas[area] = areas.get(area, 0) | mask
                rest += below.rest
            case All():
                rest.append(predicate(part, level, about, where).test())
            case AnyOf() if (
                _is_state_or_vendor(about) and (ones := mask_of(part, AnyOf, level, about, where)) is not None
            ):
                any_own.append(ones)
            case AnyOf(parts):
                rest.append(_any(parts, level, about, where))
            case Every(selector, inner) if (bits := mask_of(inner, All, level, SELECTORS[selector], where)) is not None:
                key = area_of("every", selector)
                areas[key] = areas.get(key, 0) | bits
            case Some(selector, Literal(leaf, negated)) if _is_own(leaf, SELECTORS[selector]):
                key = area_of("some", selector)
                areas[key] = areas.get(key, 0) | where.bit(leaf, negated, level)
            case Every(selector, inner) | Some(selector, inner):
                rest.append(_quantified(part, predicate(inner, level, SELECTORS[selector], where).test()))
    return Conjunction(own, tuple(any_own), tuple(sorted(areas.items())), tuple(rest), never)


def _is_state_or_vendor(about: Of) -> bool:
    return about in (Of.STATE, Of.VENDOR)


def _is_own(leaf: Leaf, about: Of) -> bool:
    return leaf.fact.of is about and _is_state_or_vendor(about)


def mask_of(node: Any, form: type[All] | type[AnyOf], level: int, about: Of, where: Layout) -> int | None:
    """The bits of a literal, or of an `all` of literals, that are about the same subject; None for anything else."""
    mask = 0
    for part in node.parts if isinstance(node, form) else (node,):
        if not isinstance(part, Literal) or not _is_own(part.leaf, about):
            return None
        mask |= where.bit(part.leaf, part.negated, level)
    return mask


def _any(parts: Sequence[Any], level: int, about: Of, where: Layout) -> Test:
    """One of them."""
    own_mask, areas_masks, rest = 0, dict[Area, int](), list[Test]()
    for part in parts:
        match part:
            case Literal(leaf, negated):
                bit = where.bit(leaf, negated, level)
                if _is_own(leaf, about):
                    own_mask |= bit
                else:
                    areas_masks[FIXED] = areas_masks.get(FIXED, 0) | bit
            case Some(selector, inner) if (
                mask := mask_of(inner, AnyOf, level, SELECTORS[selector], where)
            ) is not None:
                key = area_of("some", selector)
                areas_masks[key] = areas_masks.get(key, 0) | mask
            case _:
                rest.append(predicate(part, level, about, where).test())
    fixed = tuple(sorted(areas_masks.items()))

    def holds(areas: Areas, own: int, sets: Sets) -> bool:
        if own & own_mask:
            return True
        for area, mask in fixed:
            if areas[area] & mask:
                return True
        return any(test(areas, own, sets) for test in rest)

    return holds


def _quantified(node: Some | Every, test: Test) -> Test:
    selector = node.selector
    joined = any if isinstance(node, Some) else all

    def holds(areas: Areas, own: int, sets: Sets) -> bool:
        return joined(test(areas, one, sets) for one in sets[selector])

    return holds


def selectors(node: Any) -> set[str]:
    """The sets that a condition asks about."""
    match node:
        case All(parts) | AnyOf(parts):
            return set().union(*(selectors(part) for part in parts))
        case Reach(_, part):
            return selectors(part)
        case Some(selector, where) | Every(selector, where):
            return {selector} | selectors(where)
    return set()


def literals(node: Any, selector: str = "") -> list[tuple[str, Literal]]:
    """Every literal with the set that it is asked of; "" for the rule's own subject."""
    match node:
        case Literal():
            return [(selector, node)]
        case All(parts) | AnyOf(parts):
            return [found for part in parts for found in literals(part, selector)]
        case Reach(_, part):
            return literals(part, selector)
        case Some(inner, where) | Every(inner, where):
            return literals(where, inner)
    return []
