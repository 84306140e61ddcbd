"""Rules compiled for one action and day: tests over numbers, and what an answer's sentences and proofs are put together from."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterable
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Row:
    """What `outcome` reads of a rule at first."""

    rule: Compiled
    each: str
    alone: bool
    """Whether what it comes to hangs on its subjects alone: then a group keeps it."""
    at: int
    """The number of what a group keeps of the tests that it makes of a subject; nothing where it is `alone`."""
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
    rank: int
    """Where in an answer it stands when it fires: a whole number by list, then by place of the rule in its packs."""
    open_rank: int
    """The same when it is not decided."""
    marks: tuple[int, ...]
    """By the severity that the rule comes to: what its pack comes to by it, as bits (`marks_of`)."""


REASONS_LIST, DUTIES_LIST, UNDECIDED_LIST = range(3)
LIST_OF = {Effect.DUTY: DUTIES_LIST, Effect.UNDECIDED: UNDECIDED_LIST}
LIST_BITS = 16
"""Bits of the place of a rule: packs together have fewer (21 of 400 at the most), so ranks of one list are below those of the next."""


def marks_of(pack: int, severity: int) -> int:
    """What a pack comes to, as bits that "or" puts together: a bit for each severity from 1 to that, three of each pack."""
    return ((1 << severity) - 1) << 3 * pack if severity > 0 else 0


def marks_of_all(severities: Iterable[int]) -> int:
    """What packs come to, by place."""
    return functools.reduce(operator.or_, map(marks_of, itertools.count(), severities), 0)


Bundle = tuple[str, int, tuple[Row, ...]]
"""Rules about the same subjects that hang on nobody else: whom they are about, the first of the two places of what a group keeps of
them, and the rules. What they come to, a group keeps as one."""


Quick = tuple[Compiled, str, int, tuple[tuple[Area, int], ...], int, int, int, int, int, int, Row]
"""What `answer` reads at first of a rule that hangs on others too, as a bare tuple, which is taken apart fastest: the rule; whom it is
about; what it asks of deal, product and buyer, and of sets, to be UNKNOWN at least; the number of the tests of a subject; what it asks of
deal, product and buyer to be TRUE, to be alleged at least, and to be lifted; its marks when it fires, and when it is not decided. To be
TRUE and to be lifted: -1 where it asks more than that."""


def _quick(row: Row) -> Quick:
    rule = row.rule
    (fixed, rest), (true, more), (alleged, _) = map(_parted, (row.gate, row.true_gate, rule.alleged.areas))
    plain = row.simple and not row.known_rest and not more
    lifted, also = _parted(row.lifted.areas) if row.lifted is not None else (0, ())
    if row.lifted is not None and (row.lifted.rest or also):
        lifted = -1
    marks = row.marks[row.weight], row.marks[min(row.weight, 1)]
    return rule, row.each, fixed, rest, row.at, true if plain else -1, alleged, lifted, *marks, row


def _parted(areas: tuple[tuple[Area, int], ...]) -> tuple[int, tuple[tuple[Area, int], ...]]:
    """What is asked of deal, product and buyer, and the rest."""
    return dict(areas).get(FIXED, 0), tuple(one for one in areas if one[0] != FIXED)


def _row(one: Compiled, place: int, number: int, where: Layout) -> Row:
    known, true, lifted = one.known, one.true, one.lifted
    tests = OwnTests(
        known.of_subject(),
        lifted.of_subject() if lifted is not None else NOBODY,
        true.of_subject(),
        one.alleged.of_subject(),
    )
    asked = [test for test in (known, true, one.alleged, lifted) if test is not None]
    alone = all(not test.rest and _of_itself(test, one.kind, where) for test in asked)
    return Row(
        one,
        one.each,
        alone,
        -1 if alone else where.test(one.kind, tests),
        place,
        known.areas,
        tests,
        bool(known.rest),
        lifted if lifted is not None and (lifted.areas or lifted.rest) else None,
        true.areas,
        not true.rest,
        one.weight,
        LIST_OF.get(one.effect, REASONS_LIST) << LIST_BITS | number,
        UNDECIDED_LIST << LIST_BITS | number,
        (*(marks_of(place, severity) for severity in range(4)), 0),
    )


FEW = (Of.STATE, Of.DEAL)
"""Of these there are few."""


def _bundles(table: Iterable[Row], where: Layout) -> Iterable[Bundle]:
    """Rules that hang on their subjects alone, by whom they are about. Those about companies, products and buyers are parted besides by the
    actions that they speak of: there are so many that few are asked about twice with the same action, and with another they find what is
    the same."""
    sets: dict[tuple[str, frozenset[str]], list[Row]] = {}
    for row in table:
        if row.alone:
            actions = () if row.rule.kind in FEW else row.rule.rule.actions
            sets.setdefault((row.each, frozenset(actions)), []).append(row)
    for (each, _), rows in sets.items():
        key = tuple(
            (one.pack_name, one.id, one.effect, one.weight, one.when, one.unless, one.says)
            for one in (row.rule for row in rows)
        )
        yield each, where.bundle(rows[0].rule.kind, key), tuple(rows)


def _of_itself(test: Conjunction, kind: Of, where: Layout) -> bool:
    """Whether a test asks only of the subject: of the deal, the product or the buyer that is one area, which others share."""
    mine = where.planes(kind) if SPACE_OF[kind] == "fixed" else 0
    return all(area == FIXED and not mask & ~mine for area, mask in test.areas)


SETS = ("states", "vendors", "home_states", "exporting_states", "buyer_states", "parties", "supplier", "intermediaries")
"""Sets of a deal, in the order in which `sets_of` gives them."""
Asked = tuple[str, Of, int]
"""A set that rules are asked about: its selector, of which kind they are, and its place in `SETS`."""


def sets_of(deal: Deal) -> tuple[tuple[str, ...], ...]:
    """The sets of a deal (`SETS`), as far as who is in them is on file."""
    parties: tuple[str, ...] = ()
    supplier: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    for one in deal.parties:
        role = one.role
        if role == "supplier" and one.id:
            supplier = (*supplier, one.id)
            parties = (*parties, one.id)
        elif role == "via" and one.id:
            via = (*via, one.id)
            parties = (*parties, one.id)
    return deal.states, deal.vendors, deal.home_states, deal.exporting_states, deal.buyer_states, parties, supplier, via


@dataclass(frozen=True, slots=True)
class Program:
    """All rules that speak about one action on one day."""

    rules: tuple[Compiled, ...]
    table: tuple[Row, ...]
    """The same, as what `outcome` reads of each at first."""
    bundles: tuple[Bundle, ...]
    """Those of them that hang on their subjects alone."""
    others: tuple[Quick, ...]
    """The rest."""
    sets: tuple[Asked, ...]
    """Sets of States and companies that rules are asked about, or ask about."""
    deal_facts: int
    """Facts of the deal that some rule reads, by index."""
    notes: tuple[str, ...]
    """Packs that say nothing on that day, in words."""
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
    numbers: list[int] = []
    number = 0
    for pack in packs:
        for rule in pack.rules:
            number += 1
            if action in rule.actions and pack.in_force.holds(as_of) and rule.in_force.holds(as_of):
                made = compiled_rule(pack, rule, action, as_of, where)
                if made is not None:
                    rules.append(made)
                    numbers.append(number)
    used = {rule.rule.each for rule in rules}
    for one in rules:
        used |= selectors(one.when) | selectors(one.unless)
    place = {pack.name: at for at, pack in enumerate(packs)}
    table = tuple(_row(one, place[one.pack_name], at, where) for one, at in zip(rules, numbers, strict=True))
    return Program(
        tuple(rules),
        table,
        tuple(_bundles(table, where)),
        tuple(_quick(row) for row in table if not row.alone),
        tuple(
            (name, SELECTORS[name], SETS.index(name)) for name in sorted(used) if SPACE_OF[SELECTORS[name]] != "fixed"
        ),
        functools.reduce(
            operator.or_,
            (where.mask(Of.DEAL, slot) for one in rules for name, slot in one.other_facts if name == "deal"),
            0,
        ),
        tuple(_silent(packs, rules, as_of)),
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
