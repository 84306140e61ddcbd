"""The closed language of conditions, read from YAML and checked.

A value stands on four levels: 0 FALSE, 1 UNKNOWN, 2 TRUE by allegations alone, 3 TRUE. `all` is the least and `any` the greatest of
its parts (Kleene, with one more step); `not` turns 0 and 3 round and makes 1 of the two between. docs/reference/rule-language.md is
the grammar; nothing here evaluates text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sousveil.decisions.facts.model import Fact, Of, Polarity
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
class Const:
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True)
class Leaf:
    """A fact, of whom the nearest quantifier or the rule is about, or of deal, product, buyer."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Turned:
    """`not` or `possibly` around a condition."""

    part: Condition


class Not(Turned):
    """Turned round."""


class Possibly(Turned):
    """TRUE or UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Several conditions together."""

    parts: tuple[Condition, ...]


class All(Joined):
    """The least of its parts."""


class AnyOf(Joined):
    """The greatest of its parts."""


@dataclass(frozen=True, slots=True)
class Quantified:
    """A condition asked of a set."""

    selector: str
    where: Condition


class Some(Quantified):
    """Of one of a set."""


class Every(Quantified):
    """Of all of a set that is not empty."""


Condition = Const | Leaf | Turned | Joined | Quantified


def read_condition(raw: Any, about: Of, facts: Mapping[str, Fact], named: Mapping[str, Any], place: str) -> Condition:
    """A condition of a rule that is asked about subjects of this kind. Raises Malformed.

    `named`: raw conditions under `define`, read anew where they are used, so that kinds are checked there. `place`: for messages.
    """

    def inner(part: Any, about: Of = about) -> Condition:
        return read_condition(part, about, facts, named, place)

    match raw:
        case bool():
            return Const(raw)
        case {"all": [_, *_] as many, **rest} if not rest:
            return All(tuple(_flat(All, map(inner, many))))
        case {"any": [_, *_] as many, **rest} if not rest:
            return AnyOf(tuple(_flat(AnyOf, map(inner, many))))
        case {"not": part, **rest} if not rest:
            return Not(inner(part))
        case {"possibly": part, **rest} if not rest:
            return Possibly(inner(part))
        case {"some": str(selector), "where": where, **rest} if selector in SETS and not rest:
            return Some(selector, inner(where, SELECTORS[selector]))
        case {"every": str(selector), "where": where, **rest} if selector in SETS and not rest:
            return Every(selector, inner(where, SELECTORS[selector]))
        case {"condition": str(name), **rest} if name in named and not rest:
            return inner(named[name])
        case {"fact": str(name), **rest} if not rest:
            fact = facts.get(f"{about}.{name[8:]}" if name.startswith("subject.") else name)
            if fact is None or fact.of not in (*SINGLE, about):
                hint = "Look into docs/reference/facts.md; write some: or every: around a fact of somebody else."
                raise Malformed(f"{place}: no fact of a {about} is named {name[:80]!r}.", hint=hint)
            return Leaf(fact)
    raise Malformed(
        f"{place}: {str(raw)[:80]} is not a condition.", hint="docs/reference/rule-language.md has every form."
    )


def _flat(form: type[Joined], parts: Iterable[Condition]) -> Iterator[Condition]:
    """The parts of a list of conditions; of a list of the same form in it, each of its parts."""
    for one in parts:
        yield from one.parts if isinstance(one, Joined) and isinstance(one, form) else (one,)


class Literal(NamedTuple):
    """A fact that a condition asks for."""

    selector: str
    """Of whom it is asked; "" for those the rule is about."""
    fact: Fact
    negated: bool
    possible: bool = False
    """Whether it counts already where it is only possible."""
    turned: bool | None = None
    """Whether a `not` stands around it within `possibly`; None: no `possibly` does."""


def literals(
    condition: Condition,
    selector: str = "",
    *,
    negated: bool = False,
    possible: bool = False,
    turned: bool | None = None,
) -> Iterator[Literal]:
    """Every fact in a condition, in its order. The others than `condition` say what stands around it."""
    match condition:
        case Leaf(fact):
            yield Literal(str(fact.of) if fact.of in SINGLE else selector, fact, negated, possible, turned)
        case Not(part):
            within = None if turned is None else not turned
            yield from literals(part, selector, negated=not negated, possible=possible, turned=within)
        case Possibly(part):
            possible = possible or not negated
            yield from literals(part, selector, negated=negated, possible=possible, turned=bool(turned))
        case Quantified(inner, where):
            yield from literals(where, inner, negated=negated, possible=possible, turned=turned)
        case Joined(parts):
            for part in parts:
                yield from literals(part, selector, negated=negated, possible=possible, turned=turned)


def check_directions(when: Condition, unless: Condition, *, gates: bool, place: str) -> None:
    """No accusation softens, and no proof withheld: raises Malformed for a fact that stands the wrong way round.

    `gates`: the effect is blocked or blocked_unless.
    """
    wrong: list[tuple[Literal, str, str, bool]] = []
    for one in literals(when):
        blocks, lifts = one.fact.polarity is Polarity.BLOCKS, one.fact.polarity is Polarity.LIFTS
        wrong += [
            (one, "blocks, and stands under `not` in `when`", "Put it into `unless`, under `not`.", blocks and one.negated),
            (one, "lifts, and stands in `when`", "Put it into `unless`.", lifts and (gates or not one.negated)),
            (one, "cannot stand in `possibly`, or not under `not`", "Only facts that block or say the scope can, and without `not`.",
             one.turned is not None and (lifts or one.turned)),
        ]  # fmt: skip
    for one in literals(unless):
        blocks, lifts = one.fact.polarity is Polarity.BLOCKS, one.fact.polarity is Polarity.LIFTS
        wrong += [
            (one, "lifts, and stands under `not` in `unless`", "Write it without `not`.", lifts and one.negated),
            (one, "blocks, and would lift in `unless`", "Write {not: {fact: ...}}.", blocks and not one.negated),
            (one, "is only possible in `unless`: that lifts nothing", "Leave `possibly` out.", one.turned is not None),
        ]
    for one, says, hint, is_wrong in wrong:
        if is_wrong:
            raise Malformed(f"{place}: {one.fact.name} {says}.", hint=hint)
