"""Rules compiled for one action and day: tests over numbers, and what an answer's sentences and proofs are put together from."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sousveil.decisions.compiled_rule import Compiled, compiled_rule
from sousveil.decisions.facts.model import Of
from sousveil.decisions.language import SELECTORS, Const, leaves
from sousveil.decisions.model import Action, Effect
from sousveil.decisions.pack import Pack
from sousveil.decisions.phrases import COUNTS
from sousveil.decisions.predicates import (
    FIXED,
    NOBODY,
    SPACE_OF,
    Area,
    Conjunction,
    Layout,
    OwnTests,
    layout,
    selectors,
)
from sousveil.decisions.world import Deal
from sousveil.register.views import words


class Row(NamedTuple):
    """What `outcome` reads of a rule at first."""

    rule: Compiled
    each: str
    alone: bool
    """Whether what it comes to hangs on its subjects alone: then a group keeps it."""
    at: int
    """The number of what a group keeps: of the rule, else of the tests that it makes of a subject."""
    pack: int
    """Its pack, by place."""
    gate: tuple[tuple[Area, int], ...]
    """What `when` asks of others, to be UNKNOWN at least."""
    tests: OwnTests
    known_rest: bool
    """Whether `when`, to be UNKNOWN at least, asks more than gate and test."""
    lifted: Conjunction | None
    """`unless`, where it asks more than a test of the subject itself."""
    true_gate: tuple[tuple[Area, int], ...]
    simple: bool
    """Whether `when` is TRUE where gate and test say so."""
    weight: int
    told: int
    """In which of an answer's lists it stands when it fires."""


REASONS_LIST, DUTIES_LIST, UNDECIDED_LIST = range(3)
LIST_OF = {Effect.DUTY: DUTIES_LIST, Effect.UNDECIDED: UNDECIDED_LIST}


def _row(one: Compiled, place: int, where: Layout) -> Row:
    known, true, lifted = one.known, one.true, one.lifted
    tests = OwnTests(
        known.of_subject(),
        lifted.of_subject() if lifted is not None else NOBODY,
        true.of_subject(),
        one.alleged.of_subject(),
    )
    asked = [test for test in (known, true, one.alleged, lifted) if test is not None]
    alone = all(not test.rest and _of_itself(test, one.kind, where) for test in asked)
    key = (one.pack_name, one.id, one.effect, one.weight, one.when, one.unless, one.says)
    return Row(
        one,
        one.each,
        alone,
        where.alone(one.kind, key) if alone else where.test(one.kind, tests),
        place,
        known.areas,
        tests,
        bool(known.rest),
        lifted if lifted is not None and (lifted.areas or lifted.rest) else None,
        true.areas,
        not true.rest,
        one.weight,
        LIST_OF.get(one.effect, REASONS_LIST),
    )


def _of_itself(test: Conjunction, kind: Of, where: Layout) -> bool:
    """Whether a test asks only of the subject: of the deal, the product or the buyer that is one area, which others share."""
    mine = where.planes(kind) if SPACE_OF[kind] == "fixed" else 0
    return all(area == FIXED and not mask & ~mine for area, mask in test.areas)


class Asked(NamedTuple):
    """A set that rules are asked about, and where a deal has it."""

    selector: str
    kind: Of
    get: Callable[[Deal], tuple[str, ...]] | None
    """Where a deal has it; None where it is made of the parties."""
    roles: tuple[str, ...]


ROLES = {"parties": ("supplier", "via"), "supplier": ("supplier",), "intermediaries": ("via",)}


@dataclass(frozen=True, slots=True)
class Program:
    """All rules that speak about one action on one day."""

    rules: tuple[Compiled, ...]
    table: tuple[Row, ...]
    """The same, as what `outcome` reads of each at first."""
    quick: tuple[tuple[Compiled, str, bool, int, int, tuple[tuple[Area, int], ...], Row], ...]
    """The same once more, as what `answer` reads of each at first."""
    sets: tuple[Asked, ...]
    """Sets of States and companies that rules are asked about, or ask about."""
    deal_facts: int
    """Facts of the deal that some rule reads, by index."""
    notes: tuple[str, ...]
    """Packs that say nothing on that day, in words."""
    places: frozenset[str]
    """Whose names stand in sentences, but the subject's."""
    speaking: tuple[str, ...]
    """Packs with a rule about the action on that day."""
    severities: list[int]
    """Of each pack, before a rule is asked."""
    grown: int
    """What the layout had come to when these rules were compiled."""


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
                made = compiled_rule(pack, rule, action, as_of, where)
                if made is not None:
                    rules.append(made)
    used = {rule.rule.each for rule in rules}
    for one in rules:
        used |= selectors(one.when) | selectors(one.unless)
    place = {pack.name: at for at, pack in enumerate(packs)}
    table = tuple(_row(one, place[one.pack_name], where) for one in rules)
    return Program(
        tuple(rules),
        table,
        tuple((row.rule, row.each, row.alone, row.at, row.pack, row.gate, row) for row in table),
        tuple(
            Asked(name, SELECTORS[name], None if name in ROLES else operator.attrgetter(name), ROLES.get(name, ()))
            for name in sorted(used)
            if SPACE_OF[SELECTORS[name]] != "fixed"
        ),
        functools.reduce(
            operator.or_,
            (where.mask(Of.DEAL, slot) for one in rules for name, slot in one.other_facts if name == "deal"),
            0,
        ),
        tuple(_silent(packs, rules, as_of)),
        frozenset(place for one in rules for _, place in one.places) - {"subject"},
        tuple(dict.fromkeys(rule.pack.name for rule in rules)),
        [0] * len(packs),
        where.grown(),
    )


def _silent(packs: tuple[Pack, ...], rules: list[Compiled], as_of: str) -> Iterable[str]:
    for pack in packs:
        if not pack.in_force.holds(as_of):
            early = as_of < pack.in_force.start
            when = f"from {words.date(pack.in_force.start)} on" if early else f"until {words.date(pack.in_force.until)}"
            yield f"{pack.title} ({pack.name}): {COUNTS} {when}. For {'an earlier' if early else 'a later'} day it says nothing."
    if not rules:
        yield "No rule that ran speaks about this action on this day. That nothing blocks is not a permission."
