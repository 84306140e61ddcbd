"""The engine: three-valued tables, what each effect comes to, laws over generated worlds and packs, the same bytes everywhere."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sousveil.decisions.answer import ambiguity
from sousveil.decisions.facts.model import Fact, Polarity, Value
from sousveil.decisions.model import (
    Answer,
    Deal,
    Effect,
    FactShown,
    Gap,
    PackAnswer,
    Reason,
    Truth,
    Verdict,
    written,
)
from sousveil.decisions.rules.judge import VERDICTS, Judge
from sousveil.decisions.rules.pack import Pack, Span
from sousveil.errors import Usage
from tests.decisions.cases import SUBJECTS, Case, cases
from tests.decisions.worlds import FACTS, FALSE, TRUE, UNKNOWN, SmallWorld, pack, question
from tests.profiles import examples

LAWS = settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
ORDER = list(VERDICTS)


def rule(**fields: str) -> str:
    """A rule about the deal that blocks."""
    rows = {
        "id": "A",
        "citation": '{article: "1"}',
        "actions": "all",
        "effect": "blocked",
        "says": "Halted.",
    } | fields
    return "\n  - " + "\n    ".join(f"{name}: {text}" for name, text in rows.items()) + "\n"


def verdict(world: SmallWorld, rules: str, open_condition: str = "blocked", **asked: object) -> Verdict:
    """What one pack comes to."""
    return Judge(world, [pack(rules, open_condition=open_condition)]).judge(question(**asked)).verdict  # type: ignore[arg-type]


def strictest(world: SmallWorld, packs: Sequence[Pack], **asked: str) -> Answer:
    """The strictest answer over all candidates of names."""
    judge, typed = Judge(world, packs), question(**asked)
    ids = ambiguity.strictest(world, judge, typed, [one for one in world.deal(typed).parties if one.id is None])
    return judge.judge(typed.meaning(ids), ids.values())


SEVERITY_OF = {TRUE: Verdict.BLOCKED, UNKNOWN: Verdict.INSUFFICIENT_INFORMATION, FALSE: Verdict.NO_RULE_BLOCKS}
PAIRS = list(itertools.product([TRUE, UNKNOWN, FALSE], repeat=2))


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_kleene_tables(one: Truth, other: Truth) -> None:
    world = SmallWorld({("product.in_scope", "P"): Value(one), ("buyer.agency", "B"): Value(other)})
    both = "{fact: product.in_scope}, {fact: buyer.agency}"
    assert verdict(world, rule(when=f"{{all: [{both}]}}")) is SEVERITY_OF[min(one, other)]
    assert verdict(world, rule(when=f"{{any: [{both}]}}")) is SEVERITY_OF[max(one, other)]
    assert verdict(world, rule(when="{not: {fact: product.in_scope}}")) is SEVERITY_OF[Truth(2 - one)]
    possibly = {TRUE: Verdict.BLOCKED, UNKNOWN: Verdict.BLOCKED, FALSE: Verdict.NO_RULE_BLOCKS}
    assert verdict(world, rule(when="{possibly: {fact: product.in_scope}}")) is possibly[one]
    states = SmallWorld({("state.incident", "xa"): Value(one), ("state.incident", "xb"): Value(other)})
    assert verdict(states, rule(when="{some: states, where: {fact: state.incident}}")) is SEVERITY_OF[max(one, other)]
    assert verdict(states, rule(when="{every: states, where: {fact: state.incident}}")) is SEVERITY_OF[min(one, other)]


def test_sets_that_are_empty() -> None:
    world = SmallWorld(home_states=(), exporting_states=())
    assert verdict(world, rule(each="home_states", when="{fact: state.incident}")) is Verdict.INSUFFICIENT_INFORMATION
    assert verdict(world, rule(unless="{every: home_states, where: {fact: state.remedy}}")) is Verdict.BLOCKED
    assert verdict(world, rule(unless="{every: intermediaries, where: {fact: vendor.body}}")) is Verdict.NO_RULE_BLOCKS
    assert (
        verdict(world, rule(when="{some: exporting_states, where: {fact: state.incident}}")) is Verdict.NO_RULE_BLOCKS
    )
    assert verdict(world, rule(each="intermediaries")) is Verdict.NO_RULE_BLOCKS


@pytest.mark.parametrize(
    ("effect", "when", "unless", "open_condition", "comes_to"),
    [
        ("blocked", TRUE, None, "blocked_unless", Verdict.BLOCKED),
        ("blocked", TRUE, UNKNOWN, "blocked_unless", Verdict.BLOCKED),
        ("blocked", TRUE, TRUE, "blocked", Verdict.NO_RULE_BLOCKS),
        ("blocked_unless", TRUE, FALSE, "blocked", Verdict.BLOCKED),
        ("blocked_unless", TRUE, UNKNOWN, "blocked_unless", Verdict.BLOCKED_UNLESS),
        ("blocked_unless", TRUE, TRUE, "blocked_unless", Verdict.NO_RULE_BLOCKS),
        ("blocked_unless", UNKNOWN, UNKNOWN, "blocked", Verdict.INSUFFICIENT_INFORMATION),
        ("blocked_unless", UNKNOWN, TRUE, "blocked", Verdict.NO_RULE_BLOCKS),
        ("blocked_unless", FALSE, UNKNOWN, "blocked", Verdict.NO_RULE_BLOCKS),
        ("undecided", TRUE, None, "blocked", Verdict.INSUFFICIENT_INFORMATION),
        ("undecided", TRUE, TRUE, "blocked", Verdict.NO_RULE_BLOCKS),
        ("duty", TRUE, UNKNOWN, "blocked", Verdict.NO_RULE_BLOCKS),
        ("duty", UNKNOWN, UNKNOWN, "blocked", Verdict.NO_RULE_BLOCKS),
    ],
)
def test_what_effects_come_to(
    effect: str, when: Truth, unless: Truth | None, open_condition: str, comes_to: Verdict
) -> None:
    fields = {"effect": effect, "when": "{fact: product.in_scope}", "decides": "the State"}
    if unless is not None:
        fields["unless"] = "{fact: deal.approved}"
    world = SmallWorld({("product.in_scope", "P"): Value(when), ("deal.approved", ""): Value(unless or UNKNOWN)})
    assert verdict(world, rule(**fields), open_condition) is comes_to


@pytest.mark.parametrize(("effect", "open_condition"), [("blocked", "blocked"), ("blocked_unless", "blocked")])
def test_an_allegation_alone_never_does_more_than_blocked_unless(effect: str, open_condition: str) -> None:
    rules = rule(effect=effect, when="{fact: deal.rejected}", unless="{fact: deal.approved}")
    world = SmallWorld({("deal.rejected", ""): Value(TRUE, ("rumour",), alleged=True)})
    answer = Judge(world, [pack(rules, open_condition=open_condition)]).judge(question())
    assert answer.verdict is Verdict.BLOCKED_UNLESS
    assert answer.reasons[0].effect == "blocked_unless"
    assert answer.reasons[0].needs[-1] == (
        "An allegation alone stands against this deal: a report with a stored source, or a finding, is missing."
    )


def test_a_lift_that_leaves_it_undecided() -> None:
    rules = rule(effect="blocked_unless", unless="{fact: deal.approved}", lifts_to="undecided", decides="the State")
    world = SmallWorld({("deal.approved", ""): Value(TRUE, ("yes",))})
    answer = Judge(world, [pack(rules)]).judge(question())
    assert answer.verdict is Verdict.INSUFFICIENT_INFORMATION
    assert answer.undecided == [
        Reason(
            effect="undecided",
            rule="A",
            pack="letter-2021",
            needs=["Who must decide: the State."],
            says="What is asked for at the least is shown for this deal. By itself that lifts nothing.",
            citation="Invented act, 1, https://act.example/",
            facts=[world.shown("yes")],
        )
    ]


def test_dates_and_actions() -> None:
    world = SmallWorld()
    rules = rule(actions="[sale]", in_force="{from: 2022-01-01, until: 2022-12-31}")
    for day, comes_to in (
        ("2021-07-26", Verdict.NO_RULE_BLOCKS),
        ("2021-12-31", Verdict.NO_RULE_BLOCKS),
        ("2022-01-01", Verdict.BLOCKED),
        ("2022-12-31", Verdict.BLOCKED),
        ("2023-01-01", Verdict.NO_RULE_BLOCKS),
    ):
        assert verdict(world, rules, as_of=day) is comes_to
    assert verdict(world, rules, action="use", as_of="2022-01-01") is Verdict.NO_RULE_BLOCKS
    silent = Judge(world, [pack(rule())]).judge(question(as_of="2021-07-26"))
    assert (silent.verdict, silent.reasons, silent.undecided) == (Verdict.NO_RULE_BLOCKS, [], [])
    assert silent.notes == [
        "letter-2021 (letter-2021): it counts from 27 July 2021 on. For an earlier day it says nothing.",
        "No rule that ran speaks about this action on this day. That nothing blocks is not a permission.",
    ]


def test_a_question_of_another_day_and_packs_that_say_nothing_on_it() -> None:
    over = msgspec.structs.replace(
        pack(rule(), "over"), in_force=Span(start=date(2021, 7, 27), until=date(2022, 12, 31))
    )
    judge = Judge(SmallWorld(names={"Nobody": ()}), [over, pack(rule(actions="[use]"), "of-use")])
    answer = judge.judge(question(as_of="2023-01-01"))
    assert (answer.verdict, answer.as_of) == (Verdict.NO_RULE_BLOCKS, "2023-01-01")
    assert answer.notes == [
        "over (over): it counts until 31 December 2022. For a later day it says nothing.",
        "No rule that ran speaks about this action on this day. That nothing blocks is not a permission.",
    ]
    answer = judge.judge(question("use", supplier="Nobody", as_of="2023-01-01"))
    assert [one.verdict for one in answer.packs] == [Verdict.NO_RULE_BLOCKS, Verdict.BLOCKED]
    assert [(one.rule, one.pack) for one in answer.undecided] == [("names", "of-use")]
    assert Judge(judge.world, []).judge(question()).verdict is Verdict.NO_RULE_BLOCKS


BOTH = "{all: [{fact: state.remedy}, {fact: deal.approved}]}"


def test_the_whole_answer() -> None:
    rules = (
        rule(each="vendors", when="{fact: vendor.abuse}", says='"{action} by {supplier} of {product} to {buyer} in {country}: {subject}."')
        + rule(id="B", effect="blocked_unless", each="states", unless=BOTH, says='"{subject} lacks it."')
        + rule(id="C", when="{fact: buyer.abuse}")
        + rule(id="D", effect="duty", each="states", when="{fact: state.incident}")
    )  # fmt: skip
    world = SmallWorld(
        {
            ("vendor.abuse", "T"): Value(TRUE, ("s2", "s1"), notes=("A reply stands beside it.",)),
            ("state.remedy", "xa"): Value(TRUE, ("r1",)),
            ("state.remedy", "xb"): Value(FALSE, ("r2",)),
            ("state.incident", "xa"): Value(TRUE, ("i1",)),
        }
    )

    def shown(*ids: str) -> list[FactShown]:
        return [world.shown(one) for one in ids]

    judge = Judge(world, [pack(rules)])
    cite = "Invented act, 1, https://act.example/"
    assert judge.judge(question()) == Answer(
        verdict=Verdict.BLOCKED,
        packs=[PackAnswer(pack="letter-2021", verdict=Verdict.BLOCKED)],
        reasons=[
            Reason(
                rule="A",
                pack="letter-2021",
                effect="blocked",
                citation=cite,
                says="Sale by S of P to B in Xbland: T.",
                facts=shown("s1", "s2"),
            ),
            Reason(
                rule="B",
                pack="letter-2021",
                effect="blocked_unless",
                citation=cite,
                says="Xaland and Xbland lacks it.",
                facts=shown("r1", "r2"),
                needs=["state.remedy of Xbland", "deal.approved of this deal"],
            ),
        ],
        undecided=[Reason(effect="undecided", rule="C", pack="letter-2021", needs=["buyer.abuse of B"], citation=cite)],
        duties=[
            Reason(rule="D", pack="letter-2021", effect="duty", citation=cite, says="Halted.", facts=shown("i1")),
        ],
        notes=["A reply stands beside it."],
        as_of="2026-11-25",
        known_on=7,
        log_size=9,
        rules_sha256=judge.rules_sha256,
    )


def test_a_name_without_a_record_is_neither_accused_nor_cleared() -> None:
    rules = rule(each="vendors", when="{fact: vendor.listed}", says='"{subject} is listed."')
    world = SmallWorld(
        {("vendor.listed", "Z"): Value(TRUE, ("l1",))}, vendors=(), names={"Nobody": (), "Zed": ("Z", "Y")}
    )
    judge = Judge(
        world, [pack(rules), pack(rules.replace("when: {fact: vendor.listed}", "unless: {fact: vendor.body}"), "other")]
    )
    answer = judge.judge(question(supplier="Nobody"))
    assert [one.verdict for one in answer.packs] == [Verdict.INSUFFICIENT_INFORMATION, Verdict.BLOCKED]
    assert [one.says for one in answer.reasons] == ["the supplier that is meant is listed."]
    meant = "Which supplier is meant by “Nobody”: a full name with legal form, or the id of a record."
    assert answer.reasons[0].needs == [meant]
    assert [(one.rule, *one.needs, one.says) for one in answer.undecided] == [
        ("names", "Which supplier “Nobody” is: no record has this name, and that clears nobody.", ""),
        ("A", meant, ""),
    ]
    with pytest.raises(Usage, match="“Zed” may mean 2 records"):
        judge.judge(question(supplier="Zed"))


def test_a_gap_is_somebody_of_whom_nothing_is_known() -> None:
    gap = Gap(selectors=("states", "home_states"), caption="the home State of S", needs="Where S has its seat.")
    known = {("state.remedy", code): Value(TRUE) for code in ("xa", "xb")}
    rules = rule(effect="blocked_unless", each="states", unless="{fact: state.remedy}", says='"{subject} lacks it."')
    assert verdict(SmallWorld(known), rules) is Verdict.NO_RULE_BLOCKS
    answer = Judge(SmallWorld(known, gaps=(gap,)), [pack(rules)]).judge(question())
    assert answer.verdict is Verdict.BLOCKED
    assert [one.says for one in answer.reasons] == ["the home State of S lacks it."]
    assert answer.reasons[0].needs == ["Where S has its seat."]


def test_values_that_depend_on_the_deal_are_asked_for_again() -> None:
    class Varying(SmallWorld):
        def value(self, fact: Fact, subject: str, deal: Deal) -> Value:
            if fact.name == "state.remedy" and subject == "xb":
                return Value(TRUE if deal.question.end_user == "B" else FALSE)
            return super().value(fact, subject, deal)

    world = Varying({("state.remedy", "xa"): Value(TRUE)})
    judge = Judge(world, [pack(rule(effect="blocked_unless", each="states", unless="{fact: state.remedy}"))])
    seen = [judge.judge(question(end_user=who)).verdict for who in ("B", "C", "B", "C", "B")]
    assert seen == [Verdict.NO_RULE_BLOCKS, Verdict.BLOCKED] * 2 + [Verdict.NO_RULE_BLOCKS]


# Laws


def severity(case: Case, changed: dict[tuple[str, str], int] | None = None) -> dict[str, int]:
    """Severity of the whole and of each pack."""
    answer = Judge(case.world(changed), case.packs).judge(question())
    return {"": ORDER.index(answer.verdict)} | {one.pack: ORDER.index(one.verdict) for one in answer.packs}


@LAWS
@given(cases(), st.data())
def test_more_abuse_never_softens(case: Case, data: st.DataObject) -> None:
    keys = [key for key, _ in case.levels if FACTS[key[0]].polarity is Polarity.BLOCKS]
    key = data.draw(st.sampled_from(keys))
    steps = [severity(case, {key: level}) for level in range(dict(case.levels)[key], 4)]
    for before, now in itertools.pairwise(steps):
        assert all(now[name] >= before[name] for name in now), key


@LAWS
@given(cases(), st.data())
def test_a_lift_that_becomes_unknown_never_softens(case: Case, data: st.DataObject) -> None:
    keys = [key for key, level in case.levels if FACTS[key[0]].polarity is Polarity.LIFTS and level != 1]
    if keys:
        changed = dict.fromkeys(data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=4)), 1)
        before, now = severity(case), severity(case, changed)
        assert all(now[name] >= before[name] for name in now)


@LAWS
@given(cases(), st.randoms(use_true_random=False))
def test_order_of_packs_and_rules_does_not_matter(case: Case, random: object) -> None:
    packs = list(case.packs)
    one = Judge(case.world(), packs).judge(question())
    random.shuffle(packs)  # type: ignore[attr-defined]
    turned = [shuffled(pack, random) for pack in packs]
    other = Judge(case.world(), turned).judge(question())
    assert one.verdict == other.verdict
    assert {(x.pack, x.verdict) for x in one.packs} == {(x.pack, x.verdict) for x in other.packs}
    for name in ("reasons", "undecided", "duties"):
        left, right = (sorted(map(written, getattr(answer, name))) for answer in (one, other))
        assert left == right
    assert one.rules_sha256 == other.rules_sha256


def shuffled(pack: object, random: object) -> object:
    rules = list(pack.rules)  # type: ignore[attr-defined]
    random.shuffle(rules)  # type: ignore[attr-defined]
    return msgspec.structs.replace(pack, rules=tuple(rules))


@LAWS
@given(cases())
def test_the_most_severe_pack_decides_and_open_lists_fit(case: Case) -> None:
    answer = Judge(case.world(), case.packs).judge(question())
    assert ORDER.index(answer.verdict) == max(ORDER.index(one.verdict) for one in answer.packs)
    for one in answer.packs:
        reasons = [reason for reason in answer.reasons if reason.pack == one.pack]
        undecided = [still for still in answer.undecided if still.pack == one.pack]
        if one.verdict is Verdict.NO_RULE_BLOCKS:
            assert not reasons and not undecided
        if one.verdict is Verdict.INSUFFICIENT_INFORMATION:
            assert not reasons and undecided
        if one.verdict in (Verdict.BLOCKED, Verdict.BLOCKED_UNLESS):
            assert reasons
    assert "allowed" not in written(answer).decode()


def test_what_a_name_could_be_lifts_for_nobody_in_a_crowd_either() -> None:
    """S has a body, T diligence. “Zed” may be U, who has a body, or V, who has nothing."""
    rule = {
        "id": "R-0",
        "citation": {"article": "A"},
        "actions": "all",
        "each": "deal",
        "when": {"fact": "product.in_scope"},
        "effect": "blocked_unless",
        "says": "no.",
        "unless": {
            "every": "vendors",
            "where": {"any": [{"fact": "vendor.body"}, {"fact": "vendor.diligence"}]},
        },
    }
    yes = Value(TRUE, ("yes",))
    have = (("product.in_scope", "P"), ("vendor.body", "S"), ("vendor.diligence", "T"), ("vendor.body", "U"))
    world = SmallWorld(dict.fromkeys(have, yes), names={"Zed": ("U", "V")})
    answer = strictest(world, [pack("  " + json.dumps([rule]))], supplier="Zed")
    assert (answer.verdict, [(one.rule, one.effect) for one in answer.reasons]) == (
        Verdict.BLOCKED,
        [("R-0", Effect.BLOCKED_UNLESS)],
    )


@LAWS
@given(cases(), st.sampled_from(["supplier", "product", "end_user"]))
def test_a_name_that_could_be_somebody_never_gets_a_milder_verdict(case: Case, role: str) -> None:
    world = case.world()
    right = {"supplier": "S", "product": "P", "end_user": "B"}[role]
    known = Judge(world, case.packs).judge(question())
    world = case.world()
    world.names = {"Typo": (right,)}
    typed = strictest(world, case.packs, **{role: "Typo"})
    for one, other in zip(known.packs, typed.packs, strict=True):
        assert ORDER.index(other.verdict) >= ORDER.index(one.verdict), one.pack


ASKED = """
import sys, json
sys.path.insert(0, sys.argv[1])
from tests.decisions.worlds import SmallWorld, FACTS, question, pack
from tests.decisions.cases import SUBJECTS, VALUES
from sousveil.decisions.rules.judge import Judge
from sousveil.decisions.model import written
levels = json.loads(sys.argv[2])
values = {(name, subject): VALUES[level] for name, subject, level in levels}
judge = Judge(SmallWorld(values), [pack(sys.argv[3]), pack(sys.argv[3], "other", "blocked_unless")])
sys.stdout.buffer.write(written(judge.judge(question())))
"""


def test_the_same_bytes_in_every_process() -> None:
    rules = (
        rule(each="vendors", when="{any: [{fact: vendor.abuse}, {fact: vendor.listed}]}", says='"{subject}."')
        + rule(id="B", effect="blocked_unless", each="states", unless="{any: [{fact: state.remedy}, {fact: state.safeguards}]}")
        + rule(id="C", when="{some: states, where: {fact: state.incident}}")
    )  # fmt: skip
    keys = [(name, subject) for name, fact in FACTS.items() for subject in SUBJECTS[fact.of]]
    steps = {True: 2, False: 4}
    levels = [
        [name, subject, at % steps[FACTS[name].polarity is Polarity.LIFTS]] for at, (name, subject) in enumerate(keys)
    ]
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    seen = {
        subprocess.run(
            [sys.executable, "-c", ASKED, root, json.dumps(levels), rules],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(seen) == 1
    assert json.loads(seen.pop())["verdict"] == "blocked"
