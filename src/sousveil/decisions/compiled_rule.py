"""One rule, compiled for one action and day: tests over numbers, and what sentences and proofs about it are put together from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sousveil.decisions.facts.model import Of
from sousveil.decisions.language import ALLEGED, SELECTORS, TRUE, UNKNOWN, All, Const, Every, settle
from sousveil.decisions.model import Action, Effect
from sousveil.decisions.pack import PLACES, Pack, Rule
from sousveil.decisions.predicates import (
    SPACE_OF,
    Conjunction,
    Form,
    Layout,
    Literal,
    literals,
    mask_of,
    plain,
    predicate,
)

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
    id: str
    pack_name: str
    effect: Effect
    weight: int
    """Severity of its effect, in its pack; -1: a duty."""
    weight_alleged: int
    kind: Of
    known: Conjunction
    """`when` is UNKNOWN or TRUE."""
    alleged: Conjunction
    true: Conjunction
    lifted: Conjunction | None
    lifts: bool
    """Whether what lifts it leaves something for somebody to decide."""
    when: Any
    """The condition itself, with `not` only at facts; and the same for `unless` (FALSE where there is none)."""
    unless: Any
    undecided: tuple[tuple[str, int], ...]
    """Literals of `when`, on level UNKNOWN: whose they are, by selector ("" for the subject), and the slot of their texts."""
    own_facts: int
    """Facts about the subject that the rule reads, by index."""
    own_slot: int
    """What stands for these facts in a group's pieces."""
    other_facts: tuple[tuple[str, int], ...]
    """Facts about others: selector and slot."""
    all_facts: tuple[tuple[str, int], ...]
    """The same and the subject's own, whose selector is ""."""
    needed: tuple[tuple[str, int], ...]
    """What its lift asks for: selector ("" for the subject) and slot."""
    unless_other: tuple[Any, ...]
    """Parts of `unless` that are put into words part by part."""
    plainly: bool
    """Whether what it asks for is all in `needed`, and nothing is only possible."""
    missing_slot: int | None
    """The slot of it, where all that it asks for is asked of the subject."""
    asks: bool
    """Whether something can be missing for its lift, or is only possible."""
    possible_own: int
    possible_slot: int
    possible_elsewhere: tuple[tuple[str, int, int], ...]
    """Literals under `possibly`, on level TRUE: what is treated as so, and not shown."""
    each: str
    says: tuple[str, ...]
    """The sentence in pieces; empty where nothing is to be put into it."""
    places: tuple[tuple[int, str], ...]
    """Which pieces are to be replaced, by what."""
    calls: tuple[str, ...]
    """Places beside subject, product and buyer."""
    sentence: Callable[[Mapping[str, str]], str]
    """The sentence, of names by place."""
    citation: str
    keeps: tuple[bool, bool, bool]
    """Whether what it says is about its subjects alone: when it fires, when it is unknown, when it is lifted."""


def compiled_rule(pack: Pack, rule: Rule, action: Action, as_of: str, where: Layout) -> Compiled | None:
    """A rule for one action and day; None where it says nothing then."""
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
    possible = bool(possible_own or possible_elsewhere)
    mine = {rule.each} if SPACE_OF[about] == "fixed" else set[str]()
    return Compiled(
        rule=rule,
        pack=pack,
        id=rule.id,
        pack_name=pack.name,
        effect=rule.effect,
        weight=weight,
        weight_alleged=min(weight, SEVERITY["blocked_unless"]),
        kind=about,
        known=predicate(when, UNKNOWN, about, where),
        alleged=predicate(when, ALLEGED, about, where),
        true=predicate(when, TRUE, about, where),
        lifted=predicate(unless, TRUE, about, where) if unless != Const(False) else None,
        lifts=bool(rule.lifts_to),
        when=when,
        unless=unless,
        undecided=_slots(about, Form.UNKNOWN, [*when_elsewhere, *([("", when_own)] if when_own else [])], where),
        own_facts=own_facts,
        own_slot=where.slot(about, Form.FACTS, own_facts),
        other_facts=_slots(about, Form.FACTS, facts.items(), where),
        all_facts=_slots(about, Form.FACTS, [*facts.items(), ("", own_facts)] if own_facts else facts.items(), where),
        needed=_slots(about, Form.MISSING, _joined([("", own), *every] if own else every), where),
        unless_other=other,
        plainly=not (other or possible),
        missing_slot=where.slot(about, Form.MISSING, own) if own and not (every or other or possible) else None,
        asks=bool(own or every or other or possible),
        possible_own=possible_own,
        possible_slot=where.slot(about, Form.MISSING, possible_own),
        possible_elsewhere=tuple(
            (name, mask, where.slot(SELECTORS[name], Form.MISSING, mask)) for name, mask in possible_elsewhere
        ),
        each=rule.each,
        says=says,
        places=places,
        calls=tuple(sorted({place for _, place in places} - {"subject", "product", "buyer"})),
        sentence=_sentence(says),
        citation=rule.citation.line(),
        keeps=(
            not ({*facts, *dict(when_elsewhere), *_whom(unless)} | {place for _, place in places} - {"subject"}) - mine,
            not {*facts, *dict(when_elsewhere)} - mine,
            not set(facts) - mine,
        ),
    )


def _whom(node: Any) -> set[str]:
    """Of whom a condition asks something, but the subject."""
    return {_whose(literal, selector) for selector, literal in literals(node)} - {""}


def _own(literal: Any, selector: str, about: Of) -> bool:
    return not selector and literal.leaf.fact.of is about and about in (Of.STATE, Of.VENDOR)


def _joined(found: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Neighbours that ask of the same, as one."""
    made: list[tuple[str, int]] = []
    for name, mask in found:
        if made and made[-1][0] == name:
            made[-1] = (name, made[-1][1] | mask)
        else:
            made.append((name, mask))
    return made


def _slots(about: Of, form: Form, found: Iterable[tuple[str, int]], where: Layout) -> tuple[tuple[str, int], ...]:
    """Slots by selector, "" for the subject."""
    return tuple((name, where.slot(SELECTORS[name] if name else about, form, mask)) for name, mask in found)


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


def _sentence(pieces: tuple[str, ...]) -> Callable[[Mapping[str, str]], str]:
    """What puts names into the places of a sentence. Written out for as many as sentences have: an answer has four of them."""
    match pieces:
        case (whole,):
            return lambda names: whole
        case (a, one, b):
            return lambda names: f"{a}{names[one]}{b}"
        case (a, one, b, two, c):
            return lambda names: f"{a}{names[one]}{b}{names[two]}{c}"
        case (a, one, b, two, c, three, d):
            return lambda names: f"{a}{names[one]}{b}{names[two]}{c}{names[three]}{d}"

    def joined(names: Mapping[str, str]) -> str:
        return "".join([names[piece] if at % 2 else piece for at, piece in enumerate(pieces)])

    return joined


def _pieces(says: str, action: Action) -> tuple[tuple[str, ...], tuple[tuple[int, str], ...]]:
    """The sentence in pieces, with the action's word put in, and which of them are places."""
    word = WORDS[action]
    capital = word[0].upper() + word[1:] if says.startswith("{action}") else word
    text = says.replace("{action}", capital, 1).replace("{action}", word)
    pieces = re.split(r"\{(" + "|".join(PLACES) + r")\}", text)
    return tuple(pieces), tuple((at, piece) for at, piece in enumerate(pieces) if at % 2)
