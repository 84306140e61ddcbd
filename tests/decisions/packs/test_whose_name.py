"""A record that bears a misspelt name exactly: whoever made it, a slip in a blocked name never gets a milder answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.decisions.model import Answer
from sousveil.decisions.packs import names
from tests.decisions.met import meet
from tests.decisions.moles import people
from tests.decisions.rig import Rig, ask, rigged, sid

EVERY = tuple(names())
GAINING = ("ministry", "averna", "calder", "league", "third-office", "vireo", "rival", "grey", "paper")
"""The end user, both States, somebody seated in the buyer's, an office of a third State, and those who are in the trade."""
SLIPS = {
    "via": ("Blackmor Trading FZE", {"type": "Company", "country": "xd"}),
    "product": ("Nightjar Remot Console", {"type": "SurveillanceProduct", "vendor": "@vireo", "category": "intrusion"}),
    "end_user": ("Bureau of Harbor Security", {"type": "PublicBody", "country": "xb", "partOf": "@averna"}),
}
BAD = {"via": "bad-company", "product": "bad-product", "end_user": "bad-body"}
RULE = {"via": "EAR-744.16a", "product": "L21-l-2", "end_user": "L21-i-1"}
"""What is against each of them, or is missing for it, and would not be for another."""


def bad(rig: Rig) -> None:
    """Three who are blocked."""
    rig.say("bad-company", type="Company", name="Blackmoor Trading FZE", country="xd")
    rig.say("sanction", type="Sanction", entity="@bad-company", authority="US Department of Commerce",
            program="Entity List", startDate="2023")  # fmt: skip
    rig.say("bad-product", type="SurveillanceProduct", name="Nightjar Remote Console", vendor="@rival",
            category="intrusion", worksBy="weakening-encryption")  # fmt: skip
    rig.say("bad-body", type="PublicBody", name="Bureau of Harbour Security", country="xd")
    rig.say("case", type="AbuseIncident", name="C", stage="infected", client="@bad-body", clientStage="reported",
            date="2023-01", targetCountry="xb")  # fmt: skip


def judged(rig: Rig, role: str, text: str, action: str) -> Answer:
    return rig.judge(action, packs=EVERY, **{role: (text,) if role == "via" else text})


def lists(answer: Answer) -> tuple[set[str], set[str], set[str]]:
    return (
        {one.rule for one in answer.reasons},
        {one.rule for one in (*answer.reasons, *answer.undecided)},
        {one.rule for one in answer.duties},
    )


SEVERITY = ("no_rule_blocks", "insufficient_information", "blocked_unless", "blocked")


@pytest.mark.parametrize("who", GAINING)
def test_nobody_who_gains_makes_a_slip_mean_another(tmp_path: Path, who: str) -> None:
    with rigged(tmp_path) as rig:
        people(rig)
        meet(rig)
        bad(rig)
        rig.publisher(who, verified=who != "paper")
        cases = [(role, action) for role in SLIPS for action in ("sale", "use")]
        before = {case: judged(rig, case[0], SLIPS[case[0]][0], case[1]) for case in cases}
        for role, (slip, values) in SLIPS.items():
            rig.say(f"shell-{role}", by=who, name=slip, **values)
        for case in cases:
            after = judged(rig, case[0], SLIPS[case[0]][0], case[1])
            gone = [then - now for then, now in zip(lists(before[case]), lists(after), strict=True)]
            assert gone == [set(), set(), set()], (who, case)
            for then, now in zip(before[case].packs, after.packs, strict=True):
                assert SEVERITY.index(now.verdict) >= SEVERITY.index(then.verdict), (who, case, now.pack)
        for role, rule in RULE.items():
            assert rule in lists(judged(rig, role, SLIPS[role][0], "sale"))[0], (who, role)


@pytest.mark.parametrize("role", SLIPS)
def test_the_record_and_whoever_is_alike_are_the_candidates(tmp_path: Path, role: str) -> None:
    slip, values = SLIPS[role]
    with rigged(tmp_path) as rig:
        people(rig)
        bad(rig)
        rig.publisher("ministry")
        rig.say("shell", by="ministry", name=slip, **values)
        world = rig.world()
        parties = world.deal(ask("sale", **{role: (slip,) if role == "via" else slip})).parties
        party = next(one for one in parties if one.role == role)
        assert (party.id, party.candidates) == (None, (sid("shell"), sid(BAD[role])))


def test_a_shell_of_a_blocked_company_is_blocked_for_this(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        people(rig)
        bad(rig)
        rig.say("front", type="Company", name="Heron Freight FZE", country="xd")
        rig.say("own", type="Ownership", owner="@bad-company", asset="@front", percentage="100", startDate="2020")
        rig.publisher("ministry")
        rig.say("shell", type="Company", name="Herron Freight FZE", country="xd", by="ministry")
        party = rig.world().deal(ask("sale", via=("Herron Freight FZE",))).parties[2]
        assert (party.id, party.candidates) == (None, (sid("shell"), sid("front")))
