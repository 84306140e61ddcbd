"""What a rule comes to for everybody it is about: its conditions, walked over the values of facts.

A value stands on four levels: FALSE, UNKNOWN, TRUE by allegations alone, TRUE. `all` is the least and `any` the greatest of its
parts. Each fact about a subject is derived once for a question, when a condition first asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sousveil.decisions.facts.model import Fact, Of, Value, World
from sousveil.decisions.model import Action, Deal, Effect, Party, Truth, Verdict
from sousveil.decisions.rules.language import (
    ALLEGED,
    FALSE,
    SELECTORS,
    SINGLE,
    TRUE,
    UNKNOWN,
    All,
    Condition,
    Every,
    Joined,
    Leaf,
    Quantified,
    leaves,
)
from sousveil.decisions.rules.pack import Pack, Rule

VERDICTS = (Verdict.NO_RULE_BLOCKS, Verdict.INSUFFICIENT_INFORMATION, Verdict.BLOCKED_UNLESS, Verdict.BLOCKED)
"""By severity, 0 to 3."""
SEVERITY = {verdict: number for number, verdict in enumerate(VERDICTS)}
MAY_BE_EMPTY = frozenset({"intermediaries", "exporting_states"})
"""Sets that the question itself says are empty. Of any other empty set nothing is known."""
ROLES = {"supplier": ("supplier",), "intermediaries": ("via",)}
"""Set of companies -> the roles of a question that stand in it; in any other set of companies both do."""
ROLE_WORDS = {"product": "product", "supplier": "supplier", "via": "intermediary", "end_user": "end user"}


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A State, a company, the product, the buyer or the deal, as a rule is asked about it."""

    kind: Of
    id: str
    caption: str
    needs: str = ""
    """Of somebody without a record: what would say who it is."""
    on_record: bool = True
    """Whether facts about it can be asked for; without a record every fact is UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Active:
    """A rule that speaks about an action on a day."""

    pack: Pack
    rule: Rule
    severity: int
    """What it comes to when it fires; -1 for a duty."""
    when_asks: tuple[Leaf, ...]
    asks: tuple[Leaf, ...]
    """Every fact of `when` and `unless`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule comes to, and for whom."""

    active: Active
    fires: Sequence[Subject]
    """`when` is TRUE and `unless` is not."""
    alleged: Sequence[Subject]
    """The same by allegations alone."""
    unknown: Sequence[Subject]
    lifted: Sequence[Subject]
    """`unless` is TRUE."""
    severity: int
    """0 to 3; -1 for a duty."""

    @property
    def is_shown(self) -> bool:
        """Whether an answer names the rule."""
        if self.fires or self.alleged:
            return True
        left = self.unknown or (self.lifted and self.active.rule.lifts_to)
        return bool(left) and self.active.rule.effect is not Effect.DUTY


def active_rules(packs: Sequence[Pack], action: Action, as_of: str) -> tuple[Active, ...]:
    """The rules of these packs that speak about an action on a day, in their order."""
    found: list[Active] = []
    for pack in packs:
        severities = {
            Effect.BLOCKED: SEVERITY[Verdict.BLOCKED],
            Effect.BLOCKED_UNLESS: SEVERITY[Verdict(pack.open_condition)],
            Effect.UNDECIDED: SEVERITY[Verdict.INSUFFICIENT_INFORMATION],
            Effect.DUTY: -1,
        }
        for rule in pack.rules if pack.in_force.holds(as_of) else ():
            if action in rule.actions and rule.in_force.holds(as_of):
                asks = tuple(leaves(rule.when))
                found.append(Active(pack, rule, severities[rule.effect], asks, (*asks, *leaves(rule.unless))))
    return tuple(found)


class Subjects:
    """Everybody whom the rules of a question are asked about, by selector, and the values of facts about them."""

    def __init__(self, world: World, deal: Deal) -> None:
        self.world, self.deal = world, deal
        self._members: dict[str, tuple[Subject, ...]] = {}
        self._values: dict[tuple[str, str], Value] = {}

    @cached_property
    def unresolved(self) -> tuple[Party, ...]:
        """Parties of the question without a record."""
        return tuple(one for one in self.deal.parties if one.id is None)

    def of(self, selector: str) -> tuple[Subject, ...]:
        """Those whom a selector names. Somebody of whom nothing is known stands for a set that should not be empty."""
        found = self._members.get(selector)
        if found is None:
            found = self._members[selector] = tuple(self._find(selector))
        return found

    def value(self, fact: Fact, subject: Subject) -> Value:
        """The value of a fact about a subject."""
        if not subject.on_record:
            return Value(Truth.UNKNOWN, needs=subject.needs)
        key = (fact.name, subject.id)
        if key not in self._values:
            self._values[key] = self.world.value(fact, subject.id, self.deal)
        return self._values[key]

    def asked_of(self, leaf: Leaf, about: Sequence[Subject]) -> Sequence[Subject]:
        """Of whom a rule about these asks for a fact."""
        return self.of(leaf.selector) if leaf.selector else about

    def asked_for(self, leaf: Leaf, subject: Subject) -> Subject:
        """Of whom a condition asks for a fact where it is asked about a subject: of deal, product and buyer there is one of each."""
        return self.of(leaf.selector)[0] if leaf.fact.of in SINGLE else subject

    def level(self, leaf: Leaf, subject: Subject) -> int:
        """On which level a fact stands for the one of whom it is asked."""
        return leaf.level(self.value(leaf.fact, subject))

    def _find(self, selector: str) -> list[Subject]:
        deal, kind, roles = self.deal, SELECTORS[selector], ROLES.get(selector, ("supplier", "via"))
        if kind is Of.DEAL:
            return [Subject(kind, "", "this deal")]
        if kind in (Of.PRODUCT, Of.BUYER):
            id = deal.product if kind is Of.PRODUCT else deal.buyer
            role = "product" if kind is Of.PRODUCT else "end_user"
            unresolved = [*(one for one in self.unresolved if one.role == role), Party(role=role, asked="", id=None)]
            return [Subject(kind, id, self.world.caption(id)) if id is not None else _unresolved(kind, unresolved[0])]
        if kind is Of.STATE or selector == "vendors":
            ids: Sequence[str] = getattr(deal, selector)
        else:
            ids = [one.id for one in deal.parties if one.role in roles and one.id is not None]
        found = [Subject(kind, id, self.world.caption(id)) for id in ids]
        if kind is Of.VENDOR:
            found += [_unresolved(kind, one) for one in self.unresolved if one.role in roles]
        gaps = (one for one in deal.gaps if selector in one.selectors)
        found += [Subject(kind, f"?gap:{one.caption}", one.caption, one.needs, on_record=False) for one in gaps]
        if not found and selector not in MAY_BE_EMPTY:
            what = "State" if kind is Of.STATE else "company"
            found = [Subject(kind, f"?{selector}", f"a {what} that is not on file", on_record=False)]
        return found


def _unresolved(kind: Of, party: Party) -> Subject:
    needs = f"Which {ROLE_WORDS[party.role]} is meant by “{party.asked}”: a full name with legal form, or the id of a record."
    return Subject(kind, f"?{party.role}:{party.asked}", without_record(party), needs, on_record=False)


def without_record(party: Party) -> str:
    """What a party without a record is called: a rule says nothing of a name that nobody has on file."""
    return f"the {ROLE_WORDS[party.role]} that is meant"


def outcome(active: Active, subjects: Subjects) -> Outcome | None:
    """What a rule comes to; None where it is about nobody or its `when` is FALSE for all of them."""
    groups: dict[int, list[Subject]] = {TRUE: [], ALLEGED: [], UNKNOWN: [], FALSE: []}
    lifted: list[Subject] = []
    for subject in subjects.of(active.rule.each):
        reached = level(active.rule.when, subject, subjects)
        is_lifted = reached and level(active.rule.unless, subject, subjects) == TRUE
        (lifted if is_lifted else groups[reached]).append(subject)
    fires, alleged, unknown = groups[TRUE], groups[ALLEGED], groups[UNKNOWN]
    if not (fires or alleged or unknown or lifted):
        return None
    severity = active.severity
    if not fires and alleged:
        severity = min(severity, SEVERITY[Verdict.BLOCKED_UNLESS])
    elif not fires:
        open_ = severity >= 0 and (unknown or active.rule.lifts_to)
        severity = SEVERITY[Verdict.INSUFFICIENT_INFORMATION] if open_ else min(severity, 0)
    return Outcome(active, fires, alleged, unknown, lifted, severity)


def level(condition: Condition, subject: Subject, subjects: Subjects) -> int:
    """On which level a condition stands for a subject."""
    match condition:
        case Leaf():
            return subjects.level(condition, subjects.asked_for(condition, subject))
        case Joined(parts):
            levels = (level(part, subject, subjects) for part in parts)
        case Quantified(selector, where):
            levels = (level(where, one, subjects) for one in subjects.of(selector))
    choose, reached, last = (min, TRUE, FALSE) if isinstance(condition, All | Every) else (max, FALSE, TRUE)
    for one in levels:
        reached = choose(reached, one)
        if reached == last:
            break
    return reached
