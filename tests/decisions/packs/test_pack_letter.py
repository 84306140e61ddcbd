"""`letter-2021`, rule by rule: what makes it speak, what lifts it, and what comes near and does not. On real registers."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.decisions import packs
from sousveil.decisions.api import gate
from sousveil.decisions.compiled import compile_world
from sousveil.decisions.model import Action, Answer, Question, Verdict
from sousveil.register.register import Register
from sousveil.register.store import Store
from tests.decisions.facts.test_blocking import charges
from tests.decisions.met import LIFTS, meet
from tests.decisions.rig import Rig, judged, rigged, sid

J = (
    "state.safeguards_law",
    "state.procurement_standard",
    "state.takes_part",
    "vendor.due_diligence_shown",
    "vendor.registered",
)
"""What meets (j); a complete registration also names all clients."""
USE = ("state.safeguards_law", "state.judicial_path", "state.other_path", "deal.board_approved")
OPEN = {
    "L21-a-1": ("sale", J),
    "L21-a-2": ("use", USE),
    "L21-a-3": ("maintenance", (*J, *USE[1:])),
    "L21-b-3": ("grant-licence", ("deal.authorised", "state.licences_reviewed")),
    "L21-c-1": ("sale", ("state.due_diligence_law",)),
    "L21-c-2": ("sale", ("vendor.due_diligence_shown",)),
    "L21-d-1": ("sale", ("vendor.registered",)),
    "L21-e-1": ("invest", ("state.liability_law",)),
    "L21-f-1": ("acquire", ("buyer.contract_disclosed",)),
    "L21-g-1": ("marketing", ("vendor.oversight_established",)),
    "L21-h-1": ("use", ("deal.board_approved",)),
    "L21-h-2": ("use", ("deal.board_approved", "state.board_law")),
    "L21-i-1": ("use", ("state.judicial_path", "state.other_path")),
    "L21-j-1": ("transfer", ("state.safeguards_law",)),
    "L21-j-2": ("transfer", ("state.procurement_standard", "vendor.due_diligence_shown", "vendor.registered")),
    "L21-j-3": ("transfer", ("state.takes_part",)),
    "L21-k-1": ("list", ("vendor.regulator_told",)),
    "L21-k-2": ("list", ("vendor.filing_reviewed", "state.scrutiny_law")),
}
"""Open conditions: the action, and what lifts them."""
FIRES = {
    "L21-a-4": ("sale", "blocked"),
    "L21-a-5": ("sale", "blocked"),
    "L21-b-2": ("transfer", "blocked"),
    "L21-h-3": ("use", "blocked"),
    "L21-j-2x": ("sale", "blocked"),
    "L21-l-2": ("use", "blocked_unless"),
}
UNDECIDED = {"L21-b-1": "sale", "L21-e-2": "sale", "L21-k-3": "list"}
DUTIES = {"L21-d-2": "sale", "L21-f-2": "sale", "L21-l-1": "sale"}


def rules(answer: Answer) -> set[str]:
    return {one.rule for one in answer.reasons}


def undecided(answer: Answer) -> set[str]:
    return {one.rule for one in answer.undecided}


def test_the_tables_have_every_rule() -> None:
    group = {"L21-NSO-1", "L21-NSO-2", "L21-NSO-3", "L21-NSO-4"}
    tables = {*OPEN, *FIRES, *UNDECIDED, *DUTIES, *group}
    assert tables == {rule.id for rule in packs.pack("letter-2021").rules}


@pytest.mark.parametrize("rule", OPEN)
def test_an_open_condition_and_what_lifts_it(tmp_path: Path, rule: str) -> None:
    action, needed = OPEN[rule]
    with rigged(tmp_path) as rig:
        before = rig.judge(action)
        assert rule in rules(before) and before.verdict is Verdict.BLOCKED
        found = next(one for one in before.reasons if one.rule == rule)
        assert found.needs and found.citation.startswith("Joint open letter")
        meet(rig, only=needed)
        after = rig.judge(action)
        assert rule not in rules(after)
        assert (rule in undecided(after)) == (rule in ("L21-a-1", "L21-a-2", "L21-a-3"))


def near_misses() -> list[tuple[str, str]]:
    """Each condition without one of what it needs, where no other record proves the same."""
    found = []
    for rule, (_, needed) in OPEN.items():
        for one in needed:
            others = [LIFTS[other][1] for other in needed if other != one]
            needless = LIFTS[one][1] in others or (rule, one) == ("L21-b-3", "deal.authorised")
            if others and not needless:
                found.append((rule, one))
    return found


@pytest.mark.parametrize(("rule", "missing"), near_misses())
def test_a_near_miss_lifts_nothing(tmp_path: Path, rule: str, missing: str) -> None:
    action, needed = OPEN[rule]
    with rigged(tmp_path) as rig:
        meet(rig, only=tuple(one for one in needed if one != missing))
        answer = rig.judge(action)
        assert rule in rules(answer) and answer.verdict is Verdict.BLOCKED


def test_what_blocks(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        quiet = {action: rules(rig.judge(action)) for action in ("sale", "transfer", "use")}
        assert all(rule not in quiet[action] for rule, (action, _) in FIRES.items())
        charges(rig, "reported")
        for rule, (action, effect) in FIRES.items():
            answer = rig.judge(action)
            found = next(one for one in answer.reasons if one.rule == rule)
            assert found.effect == effect and found.facts and answer.verdict is Verdict.BLOCKED
        for rule, action in UNDECIDED.items():
            assert rule in undecided(rig.judge(action))
        for rule, action in DUTIES.items():
            assert rule in {one.rule for one in rig.judge(action).duties}


def test_the_empty_register_blocks_everything(tmp_path: Path) -> None:
    with Register.init(
        tmp_path / "register", title="Empty", origin="empty.example/log", example=True, gate=gate
    ) as register:
        for action in Action:
            answer = judge(register.store, action)
            assert answer.verdict is Verdict.BLOCKED
            assert rules(answer) & {"L21-a-1", "L21-a-2", "L21-a-3"}
        assert judge(register.store, Action.SALE, as_of="2021-07-26").verdict is Verdict.NO_RULE_BLOCKS
        assert judge(register.store, Action.SALE, as_of="2021-07-27").verdict is Verdict.BLOCKED
        assert judge(register.store, Action.SALE, known_on=0).verdict is Verdict.BLOCKED


def judge(store: Store, action: Action, as_of: str = "2024-06-01", known_on: int | None = None) -> Answer:
    question = Question(
        action=action, product="Nightjar", supplier="Hollow Reed Ltd", end_user="A ministry", country="xb"
    )
    return judged(compile_world(store, as_of, known_on), question)


def test_the_minimum_alone_leaves_it_to_the_states_and_never_lifts_use(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        meet(rig, only=J)
        for action in ("sale", "transfer"):
            answer = rig.judge(action)
            assert "L21-a-1" in undecided(answer) and not rules(answer) & {"L21-a-1", "L21-j-1", "L21-j-2", "L21-j-3"}
            assert "must decide" in next(one.needs[0] for one in answer.undecided if one.rule == "L21-a-1")
        for action in ("use", "marketing", "maintenance", "acquire", "invest", "list", "grant-licence"):
            assert rules(rig.judge(action)) & {"L21-a-2", "L21-a-3"}


def test_everything_met_is_still_for_somebody_to_decide(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        meet(rig)
        for action in Action:
            answer = rig.judge(action)
            assert (answer.verdict, rules(answer)) == (Verdict.INSUFFICIENT_INFORMATION, set())
            assert undecided(answer) & {"L21-a-1", "L21-a-2", "L21-a-3"}


@pytest.mark.parametrize("state", ["calder", "averna"])
def test_every_state_with_jurisdiction_has_to_meet_it(tmp_path: Path, state: str) -> None:
    with rigged(tmp_path) as rig:
        meet(rig, only=J)
        assert "L21-j-3" not in rules(rig.judge("sale"))
        rig.retract(f"part-{state}", "watch")
        answer = rig.judge("sale")
        assert {"L21-a-1", "L21-j-3"} <= rules(answer)
        says = next(one.says for one in answer.reasons if one.rule == "L21-j-3")
        assert ("Calder" in says) == (state == "calder") and ("Averna" in says) == (state == "averna")


def test_support_of_a_declaration_alone_shows_nothing(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        for key in ("calder", "averna"):
            rig.say(
                f"support-{key}",
                type="TreatyParticipation",
                state=f"@{key}",
                forum="Pall Mall Process",
                participation="supporter",
                contribution="A signature.",
                startDate="2024-02-06",
                valid_until="..",
            )
        assert "L21-j-3" in rules(rig.judge("sale"))


# The clause on NSO Group: the invented stand-in


def sparrows(rig: Rig) -> None:
    rig.say("sparrows", type="Company", name="Nine Sparrows Group (invented)", country="xa")


@pytest.mark.parametrize("via", ["supplier", "subsidiary", "holding", "successor"])
def test_licences_of_the_group_have_no_lift(tmp_path: Path, via: str) -> None:
    with rigged(tmp_path) as rig:
        sparrows(rig)
        supplier = "vireo"
        if via == "supplier":
            supplier = "sparrows"
        elif via == "subsidiary":
            rig.say(
                "own",
                type="Ownership",
                by="paper",
                standing="reported",
                owner="@sparrows",
                asset="@vireo",
                percentage="90",
            )
        elif via == "holding":
            rig.say(
                "own",
                type="Ownership",
                by="paper",
                standing="reported",
                owner="@vireo",
                asset="@sparrows",
                percentage="70",
            )
        else:
            rig.say(
                "next", type="Succession", by="paper", standing="reported", predecessor="@sparrows", successor="@vireo"
            )
        meet(rig, but=("vendor.chain_known",))
        for action, rule in (("transfer", "L21-NSO-1"), ("marketing", "L21-NSO-1"), ("grant-licence", "L21-NSO-2")):
            answer = rig.judge(action, supplier=sid(supplier))
            found = next(one for one in answer.reasons if one.rule == rule)
            assert (found.effect, found.needs, answer.verdict) == ("blocked", [], Verdict.BLOCKED)
        assert "L21-NSO-3" in {one.rule for one in rig.judge("transfer", supplier=sid(supplier)).duties}
    assert not any(
        rule.unless.parts for rule in packs.pack("letter-2021").rules if rule.id in ("L21-NSO-1", "L21-NSO-2")
    )


def test_a_tie_that_is_not_proven_is_for_a_reviewer(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        sparrows(rig)
        rig.say(
            "own", type="Ownership", by="paper", standing="alleged", owner="@sparrows", asset="@vireo", percentage="90"
        )
        answer = rig.judge("transfer")
        assert "L21-NSO-4" in undecided(answer)
        assert "blocked" not in {one.effect for one in answer.reasons if one.rule == "L21-NSO-1"}


def test_an_inquiry_ends_the_duty_and_revives_no_licence(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        sparrows(rig)
        rig.say("court", type="PublicBody", name="Inquiry office of Calder", country="xa")
        rig.say(
            "inquiry",
            type="Investigation",
            name="Inquiry into the group",
            body="@court",
            about="@sparrows",
            quality=["independent", "impartial", "transparent"],
            startDate="2023-01-01",
        )
        rig.second("inquiry", type="Investigation", quality="independent")
        ask = {"supplier": sid("sparrows")}
        assert "L21-NSO-3" in {one.rule for one in rig.judge("transfer", **ask).duties}
        rig.say(
            "statement",
            type="PublicStatement",
            title="Results",
            body="@court",
            investigation="@inquiry",
            results="Forty phones.",
            prevention="No licence any more.",
            statedOn="2024-05-01",
        )
        answer = rig.judge("transfer", **ask)
        assert "L21-NSO-3" not in {one.rule for one in answer.duties if "Calder" in one.says}
        assert "L21-NSO-1" in rules(answer)


def test_cases_are_investigated_one_by_one(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        for number in ("1", "2"):
            rig.say(f"case-{number}", type="AbuseIncident", by="paper", standing="reported", name=f"Case {number}",
                    stage="targeted", product="@lens", targetCountry="xb", date="2023-05")  # fmt: skip
        rig.say("court", type="PublicBody", name="Prosecutor of Averna", country="xb")
        for number in ("1", "2"):
            assert rig.value("state.cases_investigated", "xb").truth == 1
            rig.say(
                f"inquiry-{number}",
                type="Investigation",
                name=f"Inquiry {number}",
                body="@court",
                about=f"@case-{number}",
                quality=["immediate", "independent", "transparent", "impartial"],
                startDate="2023-06-01",
                endDate="2024-01-01",
            )
            rig.second(f"inquiry-{number}", type="Investigation", quality="independent")
        assert rig.value("state.cases_investigated", "xb").truth == 2
