"""The whole way of one sale under `letter-2021` in the example register: fact by fact from `blocked` down to what (j) allows, and back.

Lindmark and Sandpiper Instruments are invented (examples/register/lifting.yaml); their publishers have verified keys of entities.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from examples.make_register import World, begin, make, subject
from sousveil.decisions import packs
from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.model import Action, Answer, Question, Verdict
from sousveil.decisions.rules.judge import Judge
from sousveil.register.admission import Published
from sousveil.register.codes import RetractReason
from sousveil.register.views.records import stands
from tests.decisions.moles import Bench

DAY = "2026-06-01"
QUESTION = Question(
    action=Action.SALE,
    product="Dunlin",
    supplier="Sandpiper Instruments AB",
    end_user="Police Authority of Lindmark",
    country="xd",
)


Shown = tuple[Verdict, set[str], set[str], set[str]]
"""Verdict, and the rules in reasons, undecided and duties."""
START: Shown = (
    Verdict.BLOCKED,
    {"L21-a-1", "L21-c-1", "L21-c-2", "L21-d-1", "L21-e-1", "L21-g-1", "L21-i-1", "L21-j-1", "L21-j-2", "L21-j-3"},
    {"L21-a-4", "L21-b-1", "L21-b-2", "L21-e-2", "L21-j-2x", "L21-l-2", "L21-NSO-1", "L21-NSO-4"},
    {"L21-d-2"},
)
STEPS: dict[str, tuple[Verdict, set[str], set[str], set[str], set[str]]] = {
    "safeguards": (Verdict.BLOCKED, {"L21-j-1"}, set(), set(), set()),
    "procurement": (Verdict.BLOCKED, set(), set(), set(), set()),
    "standards": (Verdict.BLOCKED, {"L21-j-3"}, set(), set(), set()),
    "due-diligence": (Verdict.BLOCKED, {"L21-c-2"}, set(), set(), set()),
    "registration": (Verdict.BLOCKED, {"L21-a-1", "L21-d-1", "L21-j-2"}, set(), {"L21-a-1"}, set()),
    "due-diligence-law": (Verdict.BLOCKED, {"L21-c-1"}, set(), set(), set()),
    "liability-law": (Verdict.BLOCKED, {"L21-e-1"}, set(), set(), set()),
    "oversight": (Verdict.BLOCKED, {"L21-g-1"}, set(), set(), set()),
    "court": (Verdict.BLOCKED, set(), set(), set(), set()),
    "other-path": (Verdict.INSUFFICIENT_INFORMATION, {"L21-i-1"}, set(), set(), set()),
    "owners": (Verdict.INSUFFICIENT_INFORMATION, set(), {"L21-e-2", "L21-NSO-1"}, set(), set()),
    "registry-law": (Verdict.INSUFFICIENT_INFORMATION, set(), set(), set(), {"L21-d-2"}),
    "encryption": (Verdict.INSUFFICIENT_INFORMATION, set(), {"L21-l-2"}, set(), set()),
}
"""Step -> the verdict after it; the rules that leave the reasons, that leave and that enter what is undecided, that leave the duties."""
LEFT = {"L21-a-1", "L21-a-4", "L21-b-1", "L21-b-2", "L21-j-2x", "L21-NSO-4"}
"""What stays open for good: nothing proves that something never happened, and (j) is a minimum."""
WITHOUT: dict[str, set[str]] = {
    "safeguards": {"L21-a-1", "L21-j-1"},
    "procurement": {"L21-a-1", "L21-j-2"},
    "standards": {"L21-a-1", "L21-j-3"},
    "due-diligence": {"L21-a-1", "L21-c-2", "L21-j-2"},
    "registration": {"L21-a-1", "L21-d-1", "L21-j-2"},
    "due-diligence-law": {"L21-c-1"},
    "liability-law": {"L21-e-1"},
    "oversight": {"L21-g-1"},
    "court": {"L21-i-1"},
    "other-path": {"L21-i-1"},
}
"""Step -> the reasons that are back where it alone is taken away; each of them blocks."""
OPEN = {
    "owners": ({"L21-e-2", "L21-NSO-1"}, set[str]()),
    "registry-law": (set[str](), {"L21-d-2"}),
    "encryption": ({"L21-l-2"}, set[str]()),
}
"""Steps that answer what is undecided, or end a duty: what is open again without them."""
NEEDLESS = {
    *(f"{type}.name" for type in ("OversightBody", "ProcurementStandard", "RemedyPath")),
    *("DueDiligenceReport.title", "Law.title", "Registration.registrationNumber"),
    *(
        "Registration.authority",
        "Registration.startDate",
        "Registration.status",
    ),  # of the countersignature the same is asked for
    *("RemedyPath.country", "TreatyParticipation.country", "TreatyParticipation.state"),  # each is said twice
    *(
        "Membership.humanRights",
        "Membership.startDate",
        "OversightBody.bodyKind",
    ),  # that a seat is of no such group proves nothing
    "Ownership.startDate",
    "DueDiligenceReport.severeFinding",  # less is told against the company; what was done is told all the same
}
"""What describes, or is said in another way as well: alone left out nothing is stricter."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The example register with nothing of Lindmark but who is who."""
    made = begin(tmp_path_factory.mktemp("walk") / "register")
    made.publish(made.data["records"])
    made.publish(made.lifting["parties"])
    yield made
    made.register.close()


def judge(known: Compiled, question: Question = QUESTION) -> Answer:
    return Judge(known, packs.chosen()).judge(question)


def asked(world: World) -> Answer:
    return judge(compile_world(world.register.store, DAY))


def show(answer: Answer) -> Shown:
    reasons, undecided, duties = answer.reasons, answer.undecided, answer.duties
    return answer.verdict, {one.rule for one in reasons}, {one.rule for one in undecided}, {one.rule for one in duties}


def publish(world: World, step: str) -> list[tuple[str, list[str]]]:
    """Publish the records of a step; gives publisher and statements of each."""
    records = world.lifting["steps"][step]
    done = [one for one in world.publish(records) if isinstance(one, Published)]
    assert len(done) == len(records)
    return [(record["publisher"], list(one.ids)) for record, one in zip(records, done, strict=True)]


def test_from_blocked_down_to_the_least_and_each_fact_alone_blocks_again(world: World) -> None:
    assert list(world.lifting["steps"]) == list(STEPS) == [*WITHOUT, *OPEN]
    expected = START
    assert show(asked(world)) == expected
    made = {}
    for step, (verdict, reasons, leaves, enters, duties) in STEPS.items():
        assert reasons <= expected[1] and leaves <= expected[2] and duties <= expected[3], step
        made[step] = publish(world, step)
        expected = (verdict, expected[1] - reasons, (expected[2] - leaves) | enters, expected[3] - duties)
        assert show(asked(world)) == expected, step
    assert expected == (Verdict.INSUFFICIENT_INFORMATION, set(), LEFT, set())
    told_so = next(one for one in asked(world).undecided if one.rule == "L21-a-1")
    assert (
        told_so.says == "What is asked for at the least is shown for Lindmark (invented). By itself that lifts nothing."
    )
    assert told_so.needs == [
        "Who must decide: every State with jurisdiction, by an act with a date, because what (j) asks for is only the minimum."
    ]
    for step, told in made.items():
        for publisher, ids in told:
            world.register.retract(ids, world.keys[publisher], RetractReason.WRONG)
        if step in WITHOUT:
            again = WITHOUT[step]
            assert show(asked(world)) == (Verdict.BLOCKED, again, LEFT - again, set()), step
        else:
            undecided, duties = OPEN[step]
            assert show(asked(world)) == (expected[0], set(), LEFT | undecided, duties), step
        publish(world, step)
        assert show(asked(world)) == expected, step


def test_no_single_statement_can_be_missed(world: World) -> None:
    """Each statement of the steps that lift, alone left out: blocked again, but for those that only describe. Nothing is milder."""
    bench = Bench(world.register)
    final = show(judge(bench.world(day=DAY)))
    assert final == (Verdict.INSUFFICIENT_INFORMATION, set(), LEFT, set())
    needless = set()
    lifting = {
        (subject(record["key"]), world.names[record["publisher"]])
        for step in WITHOUT
        for record in world.lifting["steps"][step]
    }
    mine = [one for one in bench.told if (one.statement.subject, one.statement.publisher) in lifting and stands(one)]
    for one in mine:
        verdict, reasons, _, _ = show(judge(bench.world([one.id], day=DAY)))
        assert (verdict is Verdict.BLOCKED) == bool(reasons)
        if not reasons:
            needless.add(f"{one.statement.type}.{one.statement.property}")
    assert needless == NEEDLESS
    assert len(mine) > 100


ELSE: dict[Action, set[str]] = {
    Action.SALE: set(),
    Action.TRANSFER: set(),
    Action.USE: {"L21-a-2", "L21-f-1", "L21-h-1", "L21-h-2"},
    Action.ACQUIRE: {"L21-a-3", "L21-f-1", "L21-h-1", "L21-h-2"},
    Action.INVEST: {"L21-a-3", "L21-k-1", "L21-k-2"},
    Action.LIST: {"L21-a-3", "L21-k-1", "L21-k-2"},
    Action.MARKETING: {"L21-a-3"},
    Action.MAINTENANCE: {"L21-a-3"},
    Action.GRANT_LICENCE: {"L21-a-3"},
}
"""Action -> what still blocks it: (j) lifts sale and transfer only, and never use."""


def test_the_example_register_has_the_whole_way_for_sale_and_transfer_only(tmp_path: Path) -> None:
    """As `make run` makes it."""
    with make(tmp_path / "register") as register:
        known = compile_world(register.store, DAY)
        assert set(ELSE) == set(Action)
        for action, rules in ELSE.items():
            verdict, reasons, _, _ = show(judge(known, msgspec.structs.replace(QUESTION, action=action)))
            assert reasons == rules, action
            assert verdict is (Verdict.BLOCKED if rules else Verdict.INSUFFICIENT_INFORMATION), action
