"""What holds for every pack and every register: abuse never softens, a lost proof never lifts, what was known when it was asked."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sousveil.decisions import packs
from sousveil.decisions.model import Action, Answer, Verdict, written
from tests.decisions.facts.test_blocking import charges
from tests.decisions.met import LIFTS, meet
from tests.decisions.rig import FREE, Rig, rigged, sid

SEVERITY = [Verdict.NO_RULE_BLOCKS, Verdict.INSUFFICIENT_INFORMATION, Verdict.BLOCKED_UNLESS, Verdict.BLOCKED]
ALL = tuple(name for name in packs.names() if name != packs.FIRST)
ACTIONS = st.sampled_from(list(Action))
SLOW = settings(
    max_examples=6 if os.environ.get("SOUSVEIL_FULL") else 2, deadline=None, suppress_health_check=list(HealthCheck)
)

ABUSE: dict[str, Callable[[Rig, str], object]] = {
    "case": lambda rig, how: rig.say(
        "x-case", type="AbuseIncident", by="paper", standing=how, name="Phones", stage="infected", product="@lens",
        vendor="@vireo", client="@ministry", clientStage="reported", date="2024-02", targetCountry="xb",
    ),
    "client": lambda rig, how: rig.say(
        "x-client", type="ClientClaim", by="paper", standing=how, client="@ministry", vendor="@vireo", stage="reported"
    ),
    "sdn": lambda rig, how: rig.say("x-sdn", type="Sanction", by="paper", standing=how, entity="@vireo", program="SDN"),
    "entity list": lambda rig, how: rig.say(
        "x-el", type="Sanction", by="paper", standing=how, entity="@ministry", program="Entity List"
    ),
    "hidden owner": lambda rig, how: rig.say(
        "x-own", type="Ownership", by="paper", standing=how, asset="@vireo", ownerUnspecified="unknown"
    ),
    "barrier": lambda rig, how: rig.say(
        "x-bar", type="RemedyBarrier", by="paper", standing=how, state="@averna", country="xb", barrierKind="secrecy"
    ),
    "weak keys": lambda rig, how: rig.say(
        "x-law", type="Law", by="paper", standing=how, title="Keys Act", jurisdiction="xb", status="in-force",
        effect="weakens-encryption",
    ),
    "not enforced": lambda rig, how: rig.say(
        "law-safeguards-xb", type="Law", by="paper", standing=how, enforced="no"
    ),
    "rejected": lambda rig, how: rig.say(
        "x-no", type="OversightDecision", by="paper", standing=how, body="@council", about="@proposal", outcome="rejected",
        date="2024-03-01",
    ),
    "paid seat": lambda rig, how: rig.say("seat-institute", type="Membership", by="paper", standing=how, paidBy="@vireo"),
    "told of repression": lambda rig, how: rig.say(
        "x-told", type="OfficialNotice", by="paper", standing=how, authority="@calder", recipient="@vireo",
        product="@lens", noticeKind="informed-of-repression", date="2024-02",
    ),
    "works by": lambda rig, how: rig.say(
        "lens", type="SurveillanceProduct", by="paper", standing=how, worksBy="weakening-encryption"
    ),
}  # fmt: skip


def severities(answer: Answer) -> dict[str, int]:
    return {one.pack: SEVERITY.index(one.verdict) for one in answer.packs}


def blocked_rules(answer: Answer) -> set[str]:
    return {one.rule for one in answer.reasons}


def fired(answer: Answer, rule: str) -> list[str]:
    """What a rule that can only leave it to somebody to decide says, where its facts are there."""
    return [one.says for one in answer.undecided if one.rule == rule and "must decide" in one.needs[0]]


@given(st.permutations(sorted(ABUSE)), st.sampled_from(["reported", "alleged"]), ACTIONS, st.booleans())
@SLOW
def test_abuse_never_softens(order: list[str], how: str, action: Action, met: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, rigged(Path(folder)) as rig:
        if met:
            meet(rig)
        before = rig.judge(action, packs=ALL)
        for name in order[:5]:
            ABUSE[name](rig, how)
            after = rig.judge(action, packs=ALL)
            old, new = severities(before), severities(after)
            assert all(new[pack] >= old[pack] for pack in old), (name, old, new)
            assert blocked_rules(before) <= blocked_rules(after), (name, blocked_rules(before) - blocked_rules(after))
            before = after


@given(st.permutations(sorted(LIFTS)), ACTIONS)
@SLOW
def test_a_lost_proof_never_lifts(order: list[str], action: Action) -> None:
    with tempfile.TemporaryDirectory() as folder, rigged(Path(folder)) as rig:
        meet(rig)
        before = rig.judge(action, packs=ALL)
        keys = sorted(
            key for key in rig.ids if key.startswith(tuple("law- standard part path report seat body".split()))
        )
        picked = [keys[sum(map(ord, name)) % len(keys)] for name in order[:4]]
        for key in dict.fromkeys(picked):
            rig.retract(key, FREE)
            after = rig.judge(action, packs=ALL)
            old, new = severities(before), severities(after)
            assert all(new[pack] >= old[pack] for pack in old), (key, old, new)
            assert blocked_rules(before) <= blocked_rules(after), (key, blocked_rules(before) - blocked_rules(after))
            before = after


@pytest.mark.parametrize("action", list(Action))
def test_proofs_of_those_who_benefit_move_nothing(tmp_path: Path, action: Action) -> None:
    """The same records from the company itself leave every pack where it was."""
    with rigged(tmp_path) as rig:
        before = rig.judge(action, packs=ALL)
        rig.publisher("vireo")
        meet(rig, "vireo")
        after = rig.judge(action, packs=ALL)
        old, new = severities(before), severities(after)
        assert all(new[pack] >= old[pack] for pack in old), (old, new)
        assert blocked_rules(before) <= blocked_rules(after)


def test_the_same_question_gives_the_same_bytes(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        charges(rig, "reported")
        size = rig.size
        first = written(rig.judge("sale", packs=ALL, known_on=size))
        rig.say("later", type="Company", name="A later company", country="xa")
        again = written(rig.judge("sale", packs=ALL, known_on=size))
        assert msgspec.json.decode(first) | {"log_size": rig.size} == msgspec.json.decode(again)
        assert first == written(msgspec.structs.replace(rig.judge("sale", packs=ALL, known_on=size), log_size=size))


def test_what_was_known_then_of_an_earlier_day(tmp_path: Path) -> None:
    """As of 1 May 2019, with what was known when the log was shorter: later news of that day plays no part."""
    with rigged(tmp_path) as rig:
        rig.say("holding", type="Company", name="Grey Holding SA", country="xa", by="paper", standing="reported")
        rig.say(
            "sdn",
            type="Sanction",
            by="paper",
            standing="reported",
            entity="@holding",
            program="SDN",
            listingDate="2018-09-01",
        )
        then = rig.size
        rig.say("own", type="Ownership", by="paper", standing="reported", owner="@holding", asset="@vireo", percentage="70",
                startDate="2018-10", endDate="2020-03")  # fmt: skip
        now = rig.size

        def sdn(as_of: str, known_on: int | None) -> bool:
            answer = rig.judge("sale", as_of=as_of, known_on=known_on, packs=("us-lists",))
            assert (answer.as_of, answer.known_on, answer.log_size) == (as_of, known_on or rig.size, rig.size)
            return bool(fired(answer, "SDN-1"))

        assert (sdn("2019-05-01", then), sdn("2019-05-01", None)) == (False, True)
        assert (sdn("2018-09-30", None), sdn("2020-04-01", None)) == (False, False)
        rig.retract("own", "paper")
        assert (sdn("2019-05-01", now), sdn("2019-05-01", None)) == (True, False)


@pytest.mark.parametrize(
    ("link", "day", "hit"),
    [
        ({"type": "Ownership", "owner": "@listed", "asset": "@vireo", "percentage": "60"}, "2019-05-01", True),
        ({"type": "Ownership", "owner": "@listed", "asset": "@vireo", "percentage": "60"}, "2021-05-01", False),
        ({"type": "Ownership", "owner": "@listed", "asset": "@vireo", "percentage": "4"}, "2019-05-01", False),
        ({"type": "Ownership", "owner": "@vireo", "asset": "@listed", "percentage": "60"}, "2019-05-01", True),
        ({"type": "Ownership", "owner": "@vireo", "asset": "@listed", "percentage": "60"}, "2021-05-01", False),
        ({"type": "Representation", "agent": "@vireo", "client": "@listed"}, "2019-05-01", True),
        ({"type": "Representation", "agent": "@vireo", "client": "@listed"}, "2021-05-01", False),
    ],
)
def test_who_held_control_on_that_day(tmp_path: Path, link: dict[str, str], day: str, hit: bool) -> None:
    with rigged(tmp_path) as rig:
        rig.say("listed", type="Company", name="Listed Ltd", country="xa", by="paper", standing="reported")
        rig.say(
            "sdn", type="Sanction", by="paper", standing="reported", entity="@listed", program="SDN", listingDate="2018"
        )
        rig.say("link", by="paper", standing="reported", startDate="2018-10", endDate="2020-03", **link)
        answer = rig.judge("transfer", as_of=day, packs=("us-lists",))
        assert bool(fired(answer, "SDN-1")) is hit


def test_depth_of_ownership(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        for step in range(6):
            owner, asset = f"@tier-{step + 1}", f"@tier-{step}" if step else "@vireo"
            rig.say(f"tier-{step + 1}", type="Company", name=f"Tier {step + 1} Ltd", country="xa")
            rig.say(
                f"own-{step}",
                type="Ownership",
                by="paper",
                standing="reported",
                owner=owner,
                asset=asset,
                percentage="80",
            )
        rig.say("sdn", type="Sanction", by="paper", standing="reported", entity="@tier-6", program="SDN")
        answer = rig.judge("sale", packs=("us-lists",))
        (said,) = fired(answer, "SDN-1")
        assert said.startswith("The United States block the property of Tier 6")


def test_erased_statements_are_told_of(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        ids = rig.say("sdn", type="Sanction", by="paper", standing="reported", entity="@vireo", program="SDN")
        size = rig.size
        rig.erase(ids)
        answer = rig.judge("sale", known_on=size, packs=("us-lists",))
        assert (
            "2 statements that were known at this log size have been deleted since, and play no part." in answer.notes
        )


def test_several_bearers_of_a_name_are_candidates(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        for key in ("delta-1", "delta-2"):
            rig.say(key, type="Company", name="Delta Ltd", country="xa")
        rig.say("sdn", type="Sanction", by="paper", standing="reported", entity="@delta-1", program="SDN")
        answer = rig.judge("sale", supplier="Delta", packs=("us-lists",))
        assert answer.verdict is Verdict.BLOCKED
        assert answer.notes[0] == (
            f"“Delta”: 2 records fit; this answer is for the one with the most against it: Delta Ltd ({sid('delta-1')})."
        )


ACTORS = (
    "authority of the exporter", "board", "buyer", "buying State", "city", "company", "council", "department", "exporting State",
    "head of the agency", "home State", "independent examiner", "Interministerial Commission", "licensing authority", "Member State",
    "Member State where the goods lie",
    "office", "owners", "requester", "sender", "State", "State of the buyer",
    "State of the end user and its board", "State that supports the process",
    "State with jurisdiction", "State's own licensing office", "States with jurisdiction", "US authority",
)  # fmt: skip
"""Who may act next."""
ACTS = (
    "adopts", "answers", "approves", "authorises", "certifies", "changes", "commits", "completes", "confirms", "disclose", "do", "ends",
    "establishes", "fulfils", "gives", "grants", "issues", "keeps", "notifies", "opens", "provide", "provides", "publishes", "puts",
    "registers", "repeals", "reviews", "signs", "takes", "vets",
)  # fmt: skip
"""What an actor does next: verbs, so that a noun in their place is no act."""
ACTOR = re.compile(rf"(The|An?|Every) ({'|'.join(ACTORS)}) ({'|'.join(ACTS)})\b")


@pytest.mark.parametrize("name", packs.names())
def test_what_lifts_names_who_acts_first(name: str) -> None:
    """“Who must act next” begins with the actor, then says the act."""
    texts = {one.id: one.lifted_by for one in packs.pack(name).rules if one.lifted_by}
    assert {id: text for id, text in texts.items() if not ACTOR.match(text)} == {}


@pytest.mark.parametrize("text", ["The board approval after notice.", "The State of the board approves it."])
def test_a_text_without_an_act_names_nobody(text: str) -> None:
    assert ACTOR.match(text) is None
