"""Verdicts that clingo computes from the same values of facts: of generated packs, and of the shipped ones over the example register."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from examples.make_register import make
from sousveil.decisions import packs
from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.facts.model import all_facts
from sousveil.decisions.model import Action, Question
from sousveil.decisions.rules.judge import VERDICTS, Judge
from sousveil.decisions.rules.language import level_of
from sousveil.decisions.rules.pack import Pack
from tests.decisions import oracle
from tests.decisions.cases import Case, cases
from tests.decisions.worlds import SmallWorld
from tests.decisions.worlds import question as small_question
from tests.profiles import examples

DAY = "2026-06-01"


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
    return msgspec.structs.replace(pack, rules=tuple(rules) if pack.in_force.holds(DAY) else ())


def members(selector: str) -> tuple[str, ...]:
    """Who stands in the sets of the small world."""
    world = SmallWorld()
    return {
        "deal": ("",),
        "product": ("P",),
        "buyer": ("B",),
        "states": world.states,
        "home_states": world.home_states,
        "exporting_states": world.exporting_states,
        "buyer_states": world.buyer_states,
        "vendors": world.vendors,
        "parties": ("S",),
        "supplier": ("S",),
        "intermediaries": (),
    }[selector]


@settings(max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(cases())
def test_verdicts_of_generated_packs_are_those_of_clingo(case: Case) -> None:
    answer = Judge(case.world(), case.packs).judge(small_question())
    whole = oracle.Program(case.packs, dict(case.levels), members)
    assert VERDICTS.index(answer.verdict) == whole.verdict()
    for one in answer.packs:
        found = oracle.Program(case.packs, dict(case.levels), members, only=one.pack).verdict()
        assert VERDICTS.index(one.verdict) == found, one.pack


def test_verdicts_of_the_shipped_packs_are_those_of_clingo(world: Compiled) -> None:
    judge = Judge(world, [packs.pack(name) for name in packs.names()])
    facts, compared = all_facts(), 0
    questions = asked(world)
    assert len(questions) == 36
    for question in questions:
        deal, answer = world.deal(question), judge.judge(question)
        everybody = judge.subjects(deal)
        asks = [
            one for active in judge.active(deal) for one in (active.rule.each, *(each.selector for each in active.asks))
        ]
        selectors = {"deal", "product", "buyer", *filter(None, asks)}
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
            said = next((one.verdict for one in answer.packs if one.pack == name), answer.verdict)
            assert VERDICTS.index(said) == program.verdict(), (question, name)
            compared += 1
    assert compared == len(questions) * (1 + len(packs.names()))
