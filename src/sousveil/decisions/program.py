"""Rules compiled for one action and day: tests over numbers, and what an answer's sentences and proofs are put together from."""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sousveil.decisions.facts.model import Of
from sousveil.decisions.language import ALLEGED, SELECTORS, TRUE, UNKNOWN, All, Const, Every, leaves, settle
from sousveil.decisions.model import Action, Effect
from sousveil.decisions.pack import PLACES, Pack, Rule
from sousveil.decisions.predicates import (
    SPACE_OF,
    Area,
    Conjunction,
    Layout,
    Literal,
    layout,
    literals,
    mask_of,
    plain,
    predicate,
    selectors,
)

if TYPE_CHECKING:
    from sousveil.decisions.subject_groups import Group

WORDS = {
    Action.SALE: "sale",
    Action.TRANSFER: "transfer",
    Action.MARKETING: "marketing",
    Action.USE: "use",
    Action.MAINTENANCE: "maintenance",
    Action.GRANT_LICENCE: "granting a licence",
    Action.ACQUIRE: "acquisition",
    Action.INVEST: "investment",
    Action.LIST: "listing on an exchange",
}
SEVERITY = {"blocked": 3, "blocked_unless": 2, "insufficient_information": 1, "no_rule_blocks": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """One rule."""

    rule: Rule
    pack: Pack
    weight: int
    """Severity of its effect, in its pack; -1: a duty."""
    weight_alleged: int
    asked: bool
    """The rule's own subject is a State or company, not the deal, product or buyer."""
    kind: Of
    known: Conjunction
    """`when` is UNKNOWN or TRUE."""
    alleged: Conjunction
    true: Conjunction
    lifted: Conjunction | None
    when: Any
    """The condition itself, with `not` only at facts; and the same for `unless` (FALSE where there is none)."""
    unless: Any
    when_mask: int
    """Literals of `when` about the subject, on level UNKNOWN."""
    when_slot: int
    when_elsewhere: tuple[tuple[str, int, int], ...]
    """The same for others: selector, bits and slot."""
    own_facts: int
    """Facts about the subject that the rule reads, by index."""
    own_slot: int
    """What stands for these facts in a group's pieces."""
    other_facts: tuple[tuple[str, int, int], ...]
    """Facts about others: selector, bits by index, slot."""
    unless_own: int
    unless_slot: int
    unless_every: tuple[tuple[str, int, int], ...]
    unless_other: tuple[Any, ...]
    """Parts of `unless` that are put into words part by part."""
    possible_own: int
    possible_slot: int
    possible_elsewhere: tuple[tuple[str, int, int], ...]
    """Literals under `possibly`, on level TRUE: what is treated as so, and not shown."""
    each: str
    says: tuple[str, ...]
    """The sentence in pieces; empty where nothing is to be put into it."""
    places: tuple[tuple[int, str], ...]
    """Which pieces are to be replaced, by what."""
    only_subject: bool
    """Those for whom it fires stand in it once, and nothing else is to be replaced."""
    citation: str


Row = tuple[
    Compiled,
    str,
    tuple[tuple[Area, int], ...],
    int,
    bool,
    Conjunction | None,
    int,
    tuple[tuple[Area, int], ...],
    int,
    bool,
    int,
    int,
]
"""Rule; whom it is asked about; areas and bits of `known`, and whether that is all of it; `unless` and its bits; the same of `true`;
bits of `alleged`; severity where it is not known."""


def _row(one: Compiled) -> Row:
    known, true, lifted = one.known, one.true, one.lifted
    return (
        one,
        one.each,
        known.areas,
        known.own,
        not known.rest and not known.any_own and not known.never,
        lifted,
        lifted.own if lifted is not None else 0,
        true.areas,
        true.own,
        not true.rest and not true.any_own and not true.never,
        one.alleged.own,
        -1 if one.weight < 0 else 1,
    )


@dataclass(frozen=True, slots=True)
class Program:
    """All rules that speak about one action on one day."""

    rules: tuple[Compiled, ...]
    table: tuple[Row, ...]
    """The same, as what `evaluate` reads of each at first."""
    selectors: tuple[str, ...]
    """Sets that rules are asked about, or ask about."""
    deal_facts: int
    """Facts of the deal that some rule reads, by index."""
    silent: tuple[str, ...]
    """Packs that are not in force on that day."""
    speaking: tuple[str, ...]
    """Packs with a rule about the action on that day."""

    def compile_pieces(self, group: Group) -> None:
        """Put the sentences and statements about a chain of owners together before anybody asks, as an index is made."""
        for one in self.rules:
            if one.kind is group.subjects[0].kind:
                group.facts(one.own_slot, one.own_facts)
                group.needs(one.unless_slot, one.unless_own)
                group.unknown_text(one.when_slot, one.when_mask)


def facts_of(packs: tuple[Pack, ...]) -> dict[str, Of]:
    """The facts that the rules read, with their kind."""
    found: dict[str, Of] = {}
    for pack in packs:
        for rule in pack.rules:
            for condition in (rule.when, rule.unless if rule.unless is not None else Const(True)):
                found.update({leaf.fact.name: leaf.fact.of for leaf, _ in leaves(condition)})
    return found


def layout_of(packs: tuple[Pack, ...]) -> Layout:
    """Where the facts of these packs stand in the numbers."""
    return layout(facts_of(packs))


def compile_program(packs: tuple[Pack, ...], action: Action, as_of: str, where: Layout) -> Program:
    """The rules of these packs for one action and day."""
    rules: list[Compiled] = []
    for pack in packs:
        for rule in pack.rules:
            if action in rule.actions and pack.in_force.holds(as_of) and rule.in_force.holds(as_of):
                made = _compiled(pack, rule, action, as_of, where)
                if made is not None:
                    rules.append(made)
    used = {rule.rule.each for rule in rules}
    for one in rules:
        used |= selectors(one.when) | selectors(one.unless)
    return Program(
        tuple(rules),
        tuple(_row(one) for one in rules),
        tuple(sorted(used)),
        functools.reduce(
            operator.or_, (mask for one in rules for name, mask, _ in one.other_facts if name == "deal"), 0
        ),
        tuple(pack.name for pack in packs if not pack.in_force.holds(as_of)),
        tuple(dict.fromkeys(rule.pack.name for rule in rules)),
    )


def _compiled(pack: Pack, rule: Rule, action: Action, as_of: str, where: Layout) -> Compiled | None:
    when = plain(settle(rule.when, action, as_of))
    if when == Const(False):
        return None
    unless = plain(settle(rule.unless, action, as_of)) if rule.unless is not None else Const(False)
    about = SELECTORS[rule.each]
    says, places = _pieces(rule.says, action)
    weights = {
        Effect.BLOCKED: SEVERITY["blocked"],
        Effect.BLOCKED_UNLESS: SEVERITY[pack.open_condition],
        Effect.UNDECIDED: SEVERITY["insufficient_information"],
        Effect.DUTY: -1,
    }
    weight = weights[rule.effect]
    own, every, other = _unless_parts(unless, about, where)
    when_own, when_elsewhere = _split(literals(when), about, where, UNKNOWN)
    facts = _fact_masks([*literals(when), *literals(unless)], about, where)
    own_facts = facts.pop("", 0)
    possible_own, possible_elsewhere = _split(_under_possibly(when), about, where, TRUE)
    return Compiled(
        rule=rule,
        pack=pack,
        weight=weight,
        weight_alleged=min(weight, SEVERITY["blocked_unless"]),
        asked=about in (Of.STATE, Of.VENDOR),
        kind=about,
        known=predicate(when, UNKNOWN, about, where),
        alleged=predicate(when, ALLEGED, about, where),
        true=predicate(when, TRUE, about, where),
        lifted=predicate(unless, TRUE, about, where) if unless != Const(False) else None,
        when=when,
        unless=unless,
        when_mask=when_own,
        when_slot=where.slot(when_own),
        when_elsewhere=_slotted(when_elsewhere, where),
        own_facts=own_facts,
        own_slot=where.slot(own_facts),
        other_facts=_slotted(facts.items(), where),
        unless_own=own,
        unless_slot=where.slot(own),
        unless_every=_slotted(every, where),
        unless_other=other,
        possible_own=possible_own,
        possible_slot=where.slot(possible_own),
        possible_elsewhere=_slotted(possible_elsewhere, where),
        each=rule.each,
        says=says,
        places=places,
        only_subject=[place for _, place in places] == ["subject"],
        citation=rule.citation.line(),
    )


def _own(literal: Any, selector: str, about: Of) -> bool:
    return not selector and literal.leaf.fact.of is about and about in (Of.STATE, Of.VENDOR)


def _slotted(found: Iterable[tuple[str, int]], where: Layout) -> tuple[tuple[str, int, int], ...]:
    return tuple((name, mask, where.slot(mask)) for name, mask in found)


def _whose(literal: Any, selector: str) -> str:
    """Whose fact it is: a set, or "deal", "product", "buyer"."""
    of = literal.leaf.fact.of
    return str(of) if SPACE_OF[of] == "fixed" else selector


def _split(
    found: list[tuple[str, Any]], about: Of, where: Layout, level: int
) -> tuple[int, tuple[tuple[str, int], ...]]:
    """Bits of literals: those about the subject, and those of others by selector."""
    own, others = 0, dict[str, int]()
    for selector, literal in found:
        bit = where.bit(literal.leaf, literal.negated, level)
        if _own(literal, selector, about):
            own |= bit
        else:
            name = _whose(literal, selector)
            others[name] = others.get(name, 0) | bit
    return own, tuple(others.items())


def _fact_masks(found: list[tuple[str, Any]], about: Of, where: Layout) -> dict[str, int]:
    """Facts by whose they are, as bits by index; "" for the subject's own."""
    masks: dict[str, int] = {}
    for selector, literal in found:
        name = "" if _own(literal, selector, about) else _whose(literal, selector)
        masks[name] = masks.get(name, 0) | 1 << where.index[literal.leaf.fact.name]
    return masks


def _under_possibly(node: Any) -> list[tuple[str, Any]]:
    from sousveil.decisions.language import AnyOf, Some
    from sousveil.decisions.predicates import Reach

    match node:
        case Reach(level, _):
            return literals(node) if level == UNKNOWN else []
        case All(parts) | AnyOf(parts):
            return [one for part in parts for one in _under_possibly(part)]
        case Some(selector, inner) | Every(selector, inner):
            return [(name or selector, literal) for name, literal in _under_possibly(inner)]
    return []


def _unless_parts(unless: Any, about: Of, where: Layout) -> tuple[int, tuple[tuple[str, int], ...], tuple[Any, ...]]:
    """`unless` as what can be put into words at once, and the rest."""
    own, every, other = 0, list[tuple[str, int]](), list[Any]()
    for part in unless.parts if isinstance(unless, All) else (unless,):
        mask = mask_of(part, All, TRUE, about, where) if about in (Of.STATE, Of.VENDOR) else None
        if mask is not None:
            own |= mask
        elif isinstance(part, Literal) and SPACE_OF[part.leaf.fact.of] == "fixed":
            every.append((str(part.leaf.fact.of), where.bit(part.leaf, part.negated, TRUE)))
        elif (
            isinstance(part, Every)
            and (inner := mask_of(part.where, All, TRUE, SELECTORS[part.selector], where)) is not None
        ):
            every.append((part.selector, inner))
        elif not isinstance(part, Const):
            other.append(part)
    return own, tuple(every), tuple(other)


def _pieces(says: str, action: Action) -> tuple[tuple[str, ...], tuple[tuple[int, str], ...]]:
    """The sentence in pieces, with the action's word put in, and which of them are places."""
    word = WORDS[action]
    capital = word[0].upper() + word[1:] if says.startswith("{action}") else word
    text = says.replace("{action}", capital, 1).replace("{action}", word)
    pieces = re.split(r"\{(" + "|".join(PLACES) + r")\}", text)
    return tuple(pieces), tuple((at, piece) for at, piece in enumerate(pieces) if at % 2)
