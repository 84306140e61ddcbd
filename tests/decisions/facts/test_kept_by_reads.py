"""What a world keeps of one question changes no answer to the next."""

from __future__ import annotations

import random

import pytest

from examples.make_register import make
from sousveil.decisions import packs
from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.model import Action, Question
from sousveil.decisions.rules.judge import Judge

DAY = "2026-06-01"


def drawn(world: Compiled, count: int, seed: int) -> list[Question]:
    draw = random.Random(seed)
    by = {type: list(ids) for type, ids in world.base.by_type.items()}
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


def test_an_answer_of_a_judge_that_was_asked_before_is_that_of_a_new_one(world: Compiled) -> None:
    chosen = [packs.pack(name) for name in packs.names()]
    old = Judge(Compiled(world.base, DAY, world.resolver), chosen)
    for question in drawn(world, 120, 8):
        new = Judge(Compiled(world.base, DAY, world.resolver), chosen)
        assert old.judge(question) == new.judge(question)


def test_who_stands_behind_a_company_is_kept_for_a_bounded_number_of_questions(world: Compiled) -> None:
    seats = Compiled(world.base, DAY, world.resolver).seats
    (company, *_) = world.base.by_type["Company"]
    first = seats.behind((company,))
    assert seats.behind((company,)) is first
    for number in range(1_000):
        seats.behind((f"unknown-{number}",))
    again = seats.behind((company,))
    assert again == first
    assert again is not first
