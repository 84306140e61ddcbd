"""The closed language of conditions, read from YAML and checked.

A value stands on four levels: 0 FALSE, 1 UNKNOWN, 2 TRUE by allegations alone, 3 TRUE. `all` is the least and `any` the greatest of
its parts (Kleene, with one more step); `not`, which stands around a fact alone, turns 0 and 3 round and makes 1 of the two between.
docs/reference/rule-language.md is the grammar; nothing here evaluates text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.model import Truth
from sousveil.errors import Malformed

FALSE, UNKNOWN, ALLEGED, TRUE = 0, 1, 2, 3
NEGATED = (3, 1, 1, 0)
"""`not`, by level."""

SELECTORS: Mapping[str, Of] = {
    "deal": Of.DEAL,
    "product": Of.PRODUCT,
    "buyer": Of.BUYER,
    "states": Of.STATE,
    "home_states": Of.STATE,
    "exporting_states": Of.STATE,
    "buyer_states": Of.STATE,
    "vendors": Of.VENDOR,
    "parties": Of.VENDOR,
    "supplier": Of.VENDOR,
    "intermediaries": Of.VENDOR,
}
"""Whom a rule can be asked about, and which kind of fact fits."""
SINGLE = (Of.DEAL, Of.PRODUCT, Of.BUYER)
"""Of these there is one of each in a question."""
SETS = tuple(name for name, kind in SELECTORS.items() if kind in (Of.STATE, Of.VENDOR))


@dataclass(frozen=True, slots=True)
class Leaf:
    """A fact that a condition asks for."""

    fact: Fact
    selector: str = ""
    """Of whom it is asked: of deal, product, buyer, or the set of the nearest quantifier; "" for those the rule is about."""
    negated: bool = False
    possible: bool = False
    """Whether it counts already where it is only possible."""

    def level(self, value: Value) -> int:
        """On which level it stands where the fact has this value."""
        reached = level_of(value)
        if self.possible:
            return TRUE if reached else FALSE
        return NEGATED[reached] if self.negated else reached


@dataclass(frozen=True, slots=True)
class Joined:
    """Several conditions together."""

    parts: tuple[Condition, ...]


class All(Joined):
    """The least of its parts; TRUE without any."""


class AnyOf(Joined):
    """The greatest of its parts; FALSE without any."""


@dataclass(frozen=True, slots=True)
class Quantified:
    """A condition asked of a set."""

    selector: str
    where: Condition


class Some(Quantified):
    """Of one of a set."""


class Every(Quantified):
    """Of all of a set that is not empty."""


Condition = Leaf | Joined | Quantified


def level_of(value: Value) -> int:
    """The level of a value."""
    if value.truth is Truth.TRUE:
        return ALLEGED if value.alleged else TRUE
    return FALSE if value.truth is Truth.FALSE else UNKNOWN


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Every fact in a condition, in its order."""
    match condition:
        case Leaf():
            yield condition
        case Quantified(_, where):
            yield from leaves(where)
        case Joined(parts):
            for part in parts:
                yield from leaves(part)


class Reader:
    """Reads conditions of one pack."""

    def __init__(self, facts: Mapping[str, Fact], named: Mapping[str, Any]) -> None:
        """`named`: raw conditions under `define`, read anew where they are used, so that kinds are checked there."""
        self._facts, self._named = facts, named

    def read(self, raw: Any, about: Of, place: str, selector: str = "") -> Condition:
        """A condition that is asked about subjects of this kind, of a set where one is named. Raises Malformed that names the place."""

        def inner(part: Any) -> Condition:
            return self.read(part, about, place, selector)

        match raw:
            case {"all": [_, *_] as many, **rest} if not rest:
                return All(tuple(_flat(All, map(inner, many))))
            case {"any": [_, *_] as many, **rest} if not rest:
                return AnyOf(tuple(_flat(AnyOf, map(inner, many))))
            case {"some": str(of), "where": where, **rest} if of in SETS and not rest:
                return Some(of, self.read(where, SELECTORS[of], place, of))
            case {"every": str(of), "where": where, **rest} if of in SETS and not rest:
                return Every(of, self.read(where, SELECTORS[of], place, of))
            case {"condition": str(name), **rest} if name in self._named and not rest:
                return inner(self._named[name])
            case {"not": {"fact": _} as part, **rest} if not rest:
                return replace(self._leaf(part, about, place, selector), negated=True)
            case {"possibly": {"fact": _} as part, **rest} if not rest:
                return replace(self._leaf(part, about, place, selector), possible=True)
            case {"fact": _}:
                return self._leaf(raw, about, place, selector)
        hint = "docs/reference/rule-language.md has every form."
        raise Malformed(f"{place}: {str(raw)[:80]} is not a condition.", hint=hint)

    def _leaf(self, raw: Mapping[str, Any], about: Of, place: str, selector: str) -> Leaf:
        name = str(raw["fact"])
        fact = self._facts.get(f"{about}.{name[8:]}" if name.startswith("subject.") else name)
        if fact is None or fact.of not in (*SINGLE, about) or len(raw) > 1:
            hint = "Look into docs/reference/facts.md; write some: or every: around a fact of somebody else."
            raise Malformed(f"{place}: no fact of a {about} is {str(dict(raw))[:80]}.", hint=hint)
        return Leaf(fact, str(fact.of) if fact.of in SINGLE else selector)


def _flat(form: type[Joined], parts: Iterable[Condition]) -> Iterator[Condition]:
    """The parts of a list of conditions; of a list of the same form in it, each of its parts."""
    for one in parts:
        yield from one.parts if isinstance(one, Joined) and isinstance(one, form) else (one,)


def check_directions(when: Condition, unless: Condition, *, gates: bool, place: str) -> None:
    """No accusation softens, and no proof withheld: raises Malformed for a fact that stands the wrong way round.

    `gates`: the effect is blocked or blocked_unless.
    """
    wrong: list[tuple[Leaf, str, bool]] = []
    for one in leaves(when):
        blocks, lifts = one.fact.polarity is Polarity.BLOCKS, one.fact.polarity is Polarity.LIFTS
        wrong += [
            (one, "blocks, and stands under `not` in `when`", blocks and one.negated),
            (one, "lifts, and stands in `when`", lifts and (gates or not one.negated)),
        ]
    for one in leaves(unless):
        blocks, lifts = one.fact.polarity is Polarity.BLOCKS, one.fact.polarity is Polarity.LIFTS
        wrong += [
            (one, "lifts, and stands under `not` in `unless`", lifts and one.negated),
            (one, "blocks, and would lift in `unless`", blocks and not one.negated),
            (one, "is only possible in `unless`: that lifts nothing", one.possible),
        ]
    for one, says, is_wrong in wrong:
        if is_wrong:
            hint = "docs/reference/rule-language.md says which way facts count."
            raise Malformed(f"{place}: {one.fact.name} {says}.", hint=hint)
