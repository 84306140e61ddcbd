"""What would change an answer: held against clingo on generated cases, and the words of known ones."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from sousveil.decisions.facts.model import Value
from sousveil.decisions.model import Change, Verdict
from sousveil.decisions.rules.explain import Search, Trials, would_change
from sousveil.decisions.rules.judge import VERDICTS, Judge
from tests.decisions import oracle
from tests.decisions.cases import Case, cases
from tests.decisions.worlds import FALSE, TRUE, SmallWorld, pack, question
from tests.profiles import examples


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
def test_verdicts_are_those_of_clingo(case: Case) -> None:
    answer = Judge(case.world(), case.packs).judge(question())
    whole = oracle.Program(case.packs, dict(case.levels), members)
    assert VERDICTS.index(answer.verdict) == whole.verdict()
    for one in answer.packs:
        found = oracle.Program(case.packs, dict(case.levels), members, only=one.pack).verdict()
        assert VERDICTS.index(one.verdict) == found, one.pack


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(cases(rules=3))
def test_smallest_changes_are_those_of_clingo(case: Case) -> None:
    judge = Judge(case.world(), case.packs)
    deal = judge.world.deal(question())
    for name in ("", "other"):
        search = Search(Trials(judge, deal), name)
        sets, whole = search.smallest()
        assert whole
        ours = {frozenset((fact, subject, truth) for _, subject, fact, truth in one) for one in sets}
        program = oracle.Program(case.packs, dict(case.levels), members, only=name)
        assert ours == program.changes(VERDICTS.index(search.now))
        for one in sets:
            assert search.verdict(one) is not search.now


RULES = """
  - id: A
    citation: {article: "1"}
    actions: all
    when: {fact: product.in_scope}
    unless: {all: [{fact: deal.approved}, {every: states, where: {fact: state.remedy}}]}
    effect: blocked_unless
    says: "Halted."
  - id: B
    citation: {article: "2"}
    actions: all
    each: vendors
    when: {fact: vendor.abuse}
    effect: blocked
    says: "{subject} served an abuser."
"""


def small(**more: Value) -> Judge:
    known = {
        ("product.in_scope", "P"): Value(TRUE),
        ("vendor.abuse", "S"): Value(FALSE),
        ("vendor.abuse", "T"): Value(FALSE),
    }
    for name, value in more.items():
        fact, subject = name.split("__")
        known[fact.replace("_", ".", 1), subject] = value
    return Judge(SmallWorld(known), [pack(RULES)])


def test_the_facts_are_in_words_with_what_is_known_now() -> None:
    judge = small(deal_approved__=Value(TRUE), state_remedy__xa=Value(TRUE))
    answer = would_change(judge, question(), judge.judge(question()))
    assert answer.verdict is Verdict.BLOCKED
    assert answer.would_change == [
        Change(facts=["product.in_scope of P? – no (now: yes)"], verdict=Verdict.NO_RULE_BLOCKS, pack=""),
        Change(facts=["state.remedy of Xbland? – yes (now: not known)"], verdict=Verdict.NO_RULE_BLOCKS, pack=""),
    ]
    assert answer.notes == []


def test_it_says_when_the_search_was_cut_off_and_when_nothing_was_found() -> None:
    judge = small()
    first = judge.judge(question())
    cut = would_change(judge, question(), first, effort=1)
    assert (cut.would_change, cut.notes) == (
        [],
        ["The search for facts that would change the verdict was cut off after 1 tries."],
    )
    many = "".join(
        RULES.replace("id: A", f"id: A{at}").replace("id: B", f"id: B{at}").replace("product.in_scope", fact)
        for at, fact in enumerate(("product.in_scope", "product.weakens", "deal.rejected", "buyer.abuse"))
    )
    facts = ("product.in_scope", "product.weakens", "deal.rejected", "buyer.abuse")
    values = {(name, {"p": "P", "d": "", "b": "B"}[name[0]]): Value(TRUE) for name in facts}
    judge = Judge(SmallWorld(values), [pack(many)])
    none = would_change(judge, question(), judge.judge(question()))
    assert none.would_change == [
        Change(
            facts=[
                "deal.approved of this deal? – yes (now: not known)",
                "state.remedy of Xaland? – yes (now: not known)",
                "state.remedy of Xbland? – yes (now: not known)",
            ],
            verdict=Verdict.INSUFFICIENT_INFORMATION,
            pack="",
        )
    ]
    wide = SmallWorld(values, states=("xa", "xb", "xc"))
    judge = Judge(wide, [pack(many)])
    answer = would_change(judge, question(), judge.judge(question()))
    assert answer.would_change == []
    assert answer.notes == ["No set of at most three facts would change the verdict."]


def test_the_effort_is_shared_and_counts_who_stands_in_the_deal() -> None:
    """A count, so that the same question gets the same answer on every machine; the whole and each pack have their part of it."""
    other = RULES.replace("id: A", "id: C").replace("id: B", "id: D")
    judge = Judge(SmallWorld({("product.in_scope", "P"): Value(TRUE)}), [pack(RULES), pack(other, name="other")])
    first = judge.judge(question())
    trials = Trials(judge, judge.world.deal(question()))
    assert (trials.cost, trials.made) == (7, 0)
    says = "The search for facts that would change the verdict{} was cut off after {} tries."
    cut = would_change(judge, question(), first, effort=3 * trials.cost)
    whose = ("", " of letter-2021", " of other")
    assert (cut.would_change, cut.notes) == ([], [says.format(one, 1) for one in whose])
    more = would_change(judge, question(), first, effort=6 * trials.cost)
    assert [one.pack for one in more.would_change] == [
        "letter-2021",
        "other",
    ]  # what the first left, or asked, serves the others
    assert more.notes == [says.format("", 2)]
    again = Judge(judge.world, judge.packs)
    assert would_change(again, question(), again.judge(question()), effort=6 * trials.cost) == more
    whole = would_change(judge, question(), first)
    assert ([one.pack for one in whole.would_change], whole.notes) == (["", "letter-2021", "other"], [])


def test_a_search_asks_each_question_once() -> None:
    judge = small()
    trials = Trials(judge, judge.world.deal(question()))
    assert Search(trials, "").smallest() == Search(trials, "").smallest()
    made = trials.made
    assert Search(trials, "").smallest()[1] is True
    assert trials.made == made > 0
