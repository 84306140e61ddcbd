"""What groups keep never changes an answer: whoever was asked about before, it is that of a world in which nobody was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sousveil.decisions import packs
from sousveil.decisions.engine import Judge, Listing, Telling, in_lists
from sousveil.decisions.evaluation import answer, evaluate
from sousveil.decisions.facts.model import Of, Value
from sousveil.decisions.frame import Frame
from sousveil.decisions.model import Action, Open, Reason, Truth
from sousveil.decisions.program import marks_of_all
from sousveil.decisions.world import Deal
from tests.decisions.cases import Case, cases
from tests.decisions.generated import Generated, questions
from tests.decisions.test_engine import LAWS
from tests.decisions.worlds import question

Lists = tuple[list[Reason], list[Reason], list[Open]]


def both(judge: Judge, deal: Deal) -> tuple[Lists, int, Lists, int]:
    """The lists of an answer and what packs come to, by what groups keep, and by asking every rule."""
    program = judge.program(deal.question.action, deal.question.as_of or judge.world.as_of)
    frame = Frame(deal, judge.subjects, program)
    slow = Listing(judge, frame, [])
    found, marks = answer(program, frame, Telling(judge, frame))
    severities = evaluate(program, frame, slow.tell)
    return in_lists(found), marks, slow.lists, marks_of_all(severities)


@LAWS
@given(cases())
def test_what_is_kept_is_what_asking_every_rule_gives(case: Case) -> None:
    judge = Judge(case.world(), case.packs)
    for _ in range(3):  # the first makes what is kept, the others find it
        deal = judge.world.deal(question())
        quick, by_kept, slow, by_asking = both(judge, deal)
        assert by_kept == by_asking
        assert quick == slow


@LAWS
@given(cases(wide=True), st.lists(st.sampled_from(list(Action)), min_size=2, max_size=6))
def test_rules_for_some_actions_that_name_others_too(case: Case, actions: list[Action]) -> None:
    """What is kept for one action and found by another, what is put into words each time, and sets that are empty."""
    judge = Judge(case.world(), case.packs)
    for action in [*actions, *actions]:
        quick, by_kept, slow, by_asking = both(judge, judge.world.deal(question(action=action)))
        assert by_kept == by_asking
        assert quick == slow


@LAWS
@given(cases(), st.lists(st.sampled_from(list(Action)), min_size=2, max_size=6))
def test_whoever_asked_before_for_whatever_action(case: Case, actions: list[Action]) -> None:
    judge = Judge(case.world(), case.packs)
    for action in actions:
        asked = question(action=action)
        assert judge.judge(asked) == Judge(case.world(), case.packs).judge(asked)


def test_the_shipped_packs_over_a_thousand_deals() -> None:
    """Every pack, every action, companies that stand in many chains: by what is kept, and rule by rule."""
    world = Generated(600)
    judge = Judge(world, [packs.pack(name) for name in packs.names()])
    told = 0
    for asked in questions(world, 1_000, 5):
        quick, by_kept, slow, by_asking = both(judge, world.deal(asked))
        assert by_kept == by_asking
        assert quick == slow
        told += sum(map(len, quick))
    assert told > 15_000
    alone = {row.rule.id for action in Action for row in judge.program(action, world.as_of).table if row.alone}
    assert {"L21-NSO-3", "L21-b-1", "L21-d-2", "L21-g-1"} <= alone and len(alone) >= 20


def test_the_same_ids_in_another_tuple_are_the_same_group() -> None:
    world = Generated(60)
    judge = Judge(world, [packs.pack("letter-2021")])
    asked = questions(world, 1, 1)[0]
    deal = world.deal(asked)
    first = judge.subjects.group(Of.VENDOR, deal.vendors, deal)
    assert judge.subjects.group(Of.VENDOR, (*deal.vendors[:2], *deal.vendors[2:]), deal) is first
    assert judge.subjects.group(Of.VENDOR, deal.vendors, deal) is first
    judge.subjects.forget({(Of.VENDOR, deal.vendors[2])})
    again = judge.subjects.group(Of.VENDOR, deal.vendors, deal)
    assert again is not first
    assert again.subjects[2] is not first.subjects[2] and again.subjects[1] is first.subjects[1]


def test_what_changed_reaches_every_answer() -> None:
    """One fact of one company becomes another: what was kept of it, alone and in its chain, is gone."""
    world = Generated(60)
    chosen = [packs.pack("letter-2021")]
    judge = Judge(world, chosen)
    asked = [one for one in questions(world, 400, 3) if one.supplier in ("c6", "c7", "c11")]
    assert len(asked) >= 10
    before = [judge.judge(one) for one in asked]
    world.changed["vendor.in_group_nso", "c7"] = Value(Truth.TRUE, ("e" * 64,))
    judge.subjects.forget({(Of.VENDOR, "c7")})
    after = [judge.judge(one) for one in asked]
    fresh = Judge(world, chosen)
    assert after == [fresh.judge(one) for one in asked]
    assert before != after
