"""What a world keeps of facts, by what their derivations read of a deal, is what a world that was never asked before derives."""

from __future__ import annotations

import itertools
import random

import pytest

from examples.make_register import make
from sousveil.decisions import packs
from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.facts.model import Of
from sousveil.decisions.facts.registry import all_facts
from sousveil.decisions.model import Action, Question
from sousveil.decisions.rules.judge import Judge
from sousveil.decisions.world import Deal

DAY = "2026-06-01"


def subjects(deal: Deal) -> dict[Of, tuple[str, ...]]:
    return {
        Of.DEAL: ("",),
        Of.STATE: tuple({*deal.states, *deal.home_states, *deal.buyer_states, *deal.exporting_states}),
        Of.VENDOR: deal.vendors,
        Of.PRODUCT: (deal.product,) if deal.product else (),
        Of.BUYER: (deal.buyer,) if deal.buyer else (),
    }


def drawn(world: Compiled, count: int, seed: int) -> list[Question]:
    draw = random.Random(seed)
    by = world.base.by_type
    companies, bodies = by["Company"], [*by["PublicBody"], *by["Organization"], *by["Company"]]
    return [
        Question(
            action=draw.choice(list(Action)),
            product=draw.choice(by["SurveillanceProduct"]),
            supplier=draw.choice(companies),
            end_user=draw.choice(bodies),
            country=draw.choice(("xa", "xb", "xc", "xd")),
            via=draw.choice(((), (draw.choice(companies),))),
            exporting_country=draw.choice((None, None, "xa", "xd")),
            as_of=DAY,
        )
        for _ in range(count)
    ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    with make(tmp_path_factory.mktemp("example") / "register") as register:
        return compile_world(register.store, DAY)


def test_a_kept_value_is_the_derived_one(world: Compiled) -> None:
    kept = Compiled(world.base, DAY, world.resolver)
    asked = 0
    for question in drawn(world, 150, 7):
        fresh = Compiled(world.base, DAY, world.resolver)
        deal, other = kept.deal(question), fresh.deal(question)
        assert deal == other
        for fact, (of, ids) in itertools.product(all_facts().values(), subjects(deal).items()):
            for id in ids if fact.of is of else ():
                assert kept.value(fact, id, deal) == fresh.value(fact, id, other), (fact.name, id, question)
                asked += 1
    assert asked > 30_000


def test_an_answer_of_a_judge_that_was_asked_before_is_that_of_a_new_one(world: Compiled) -> None:
    chosen = [packs.pack(name) for name in packs.names()]
    old = Judge(Compiled(world.base, DAY, world.resolver), chosen)
    for question in drawn(world, 120, 8):
        new = Judge(Compiled(world.base, DAY, world.resolver), chosen)
        assert old.judge(question) == new.judge(question)
