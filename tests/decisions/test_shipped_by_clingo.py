"""Verdicts and smallest changing sets of the shipped packs over the example register, computed by clingo from the same values of facts."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from examples.make_register import make
from sousveil.decisions import packs
from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.facts.model import all_facts
from sousveil.decisions.model import Action, Question
from sousveil.decisions.rules.evaluate import level_of, sets_asked
from sousveil.decisions.rules.explain import Search, Trials
from sousveil.decisions.rules.judge import VERDICTS, Judge
from sousveil.decisions.rules.pack import Pack
from tests.decisions import oracle

DAY = "2026-06-01"
MOST = 3
"""Facts of a set."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    with make(tmp_path_factory.mktemp("example") / "register") as register:
        return compile_world(register.store, DAY)


def asked(world: Compiled) -> list[Question]:
    """One question of each action for several suppliers and end users of whom everything is on file that a question needs."""
    by = world.base.by_type
    found: list[Question] = []
    for at, action in enumerate(Action):
        for product, supplier, user in itertools.product(by["SurveillanceProduct"], by["Company"], by["PublicBody"]):
            country = (world.seats.of(user) or ("xa",))[0]
            one = Question(action=action, product=product, supplier=supplier, end_user=user, country=country, as_of=DAY)
            deal = world.deal(one)
            if not deal.gaps and all(party.id is not None for party in deal.parties):
                found.append(one)
                if len(found) == 4 * (at + 1):
                    break
    return found


def in_force(pack: Pack, action: Action) -> Pack:
    """Its rules for this action on the day."""
    rules = (one for one in pack.rules if action in one.actions and one.in_force.holds(DAY))
    return dataclasses.replace(pack, rules=tuple(rules) if pack.in_force.holds(DAY) else ())


def test_clingo_says_the_same(world: Compiled) -> None:
    judge = Judge(world, [packs.pack(name) for name in packs.names()])
    facts, compared, changed = all_facts(), 0, 0
    questions = asked(world)
    assert len(questions) == 36
    for question in questions:
        deal, answer = world.deal(question), judge.judge(question)
        everybody = judge.subjects(deal)
        selectors = set[str]().union(*map(sets_asked, judge.active(deal)))
        sets = {name: tuple(one.id for one in everybody.of(name)) for name in selectors}
        chosen = tuple(in_force(packs.pack(name), question.action) for name in packs.names())
        subjects = {(one.kind, one.id) for name in selectors for one in everybody.of(name)}
        levels = {
            (fact.name, id): level_of(world.value(fact, id, deal))
            for fact in facts.values()
            for kind, id in subjects
            if fact.of is kind
        }
        for name in ("", *(one.pack for one in answer.packs)):
            program = oracle.Program(
                chosen, levels, sets.__getitem__, only=name, product=deal.product or "", buyer=deal.buyer or ""
            )
            search = Search(Trials(judge, deal), name)
            assert VERDICTS.index(search.now) == program.verdict(), (question, name)
            compared += 1
            ours, whole = search.smallest()
            if whole:
                mine = {frozenset((fact, id, truth) for _, id, fact, truth in one) for one in ours}
                assert mine == program.changes(VERDICTS.index(search.now), MOST), (question, name)
                changed += bool(mine)
    assert compared == len(questions) * (1 + len(packs.names()))
    assert changed >= 100
