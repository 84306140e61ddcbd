"""A company that a State owns buys for that State: in no pack is the verdict milder than with the State's own organ as end user."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from examples.make_register import make
from sousveil.decisions import packs
from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.index import Base, Signed
from sousveil.decisions.model import Action, Question
from sousveil.decisions.rules.judge import Judge
from sousveil.register.model import Recorded, Standing, Statement
from tests.decisions.moles import SEVERITY
from tests.decisions.rig import sid

DAY = "2026-06-01"
HARMLESS = "is"
EVERY = [packs.pack(name) for name in packs.names()]


def front(organ: str, layers: int) -> str:
    """The id of the front company of an organ, through so many holdings."""
    return sid(f"front-{layers}-{organ}")


def said(base: Base, told: list[Recorded], subject: str, type: str, **values: str) -> None:
    """A newspaper reports it."""
    base.known_on += 1
    base.signed[base.known_on] = Signed("A newspaper (invented)", False)
    for name, value in values.items():
        one = Statement(
            subject=subject,
            type=type,
            property=name,
            value=value,
            source="https://example.org/",
            publisher="A newspaper (invented)",
            dataset="direct",
            standing=Standing.REPORTED,
        )
        told.append(Recorded(statement=one, id=f"front-{len(told)}", recorded=base.known_on))


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Compiled, list[str]]]:
    """The example register with a company in a harmless country for each organ of a State, owned by it, and one more through a holding;
    and these organs."""
    with make(tmp_path_factory.mktemp("fronts") / "register") as register:
        base = compile_world(register.store, DAY).base
        organs = [
            id
            for type in ("PublicBody", "State")
            for id in base.by_type.get(type, ())
            if base.records[id].first("country")
        ]
        told: list[Recorded] = []
        for organ in organs:
            for layers in (0, 1):
                owner = organ
                for at in range(layers + 1):
                    company = front(organ, layers) if at == layers else sid(f"holding-{organ}")
                    said(base, told, company, "Company", name=f"Front {len(told)} Ltd (invented)", country=HARMLESS)
                    said(base, told, sid(f"own-{company}"), "Ownership", owner=owner, asset=company, percentage="100")
                    owner = company
        base.log_size = base.known_on
        base.take(told)
        yield Compiled(base, DAY), organs


def question(world: Compiled, action: Action, organ: str, user: str) -> Question:
    """A question with a product and its maker of the register; the country is the end user's own."""
    product = next(id for id in world.base.by_type["SurveillanceProduct"] if world.seats.makers(id))
    country = world.seats.of(user)[0]
    return Question(
        action=action,
        product=product,
        supplier=world.seats.makers(product)[0],
        end_user=user,
        country=country,
        as_of=DAY,
    )


@pytest.mark.parametrize("action", list(Action))
def test_no_front_company_gets_a_milder_verdict_than_its_state(
    fronts: tuple[Compiled, list[str]], action: Action
) -> None:
    world, organs = fronts
    judge = Judge(world, EVERY)
    assert len(organs) > 5
    for organ in organs:
        own = judge.judge(question(world, action, organ, organ))
        for layers in (0, 1):
            bought = question(world, action, organ, front(organ, layers))
            deal, found = world.deal(bought), judge.judge(bought)
            assert {*world.seats.of(organ), HARMLESS} <= {*deal.buyer_states} <= {*deal.states}
            milder = [
                (one.pack, str(one.verdict), str(two.verdict))
                for one, two in zip(own.packs, found.packs, strict=True)
                if SEVERITY.index(two.verdict) < SEVERITY.index(one.verdict)
            ]
            gone = sorted({one.rule for one in own.reasons} - {one.rule for one in found.reasons})
            assert (world.caption(organ), milder, gone) == (world.caption(organ), [], [])
