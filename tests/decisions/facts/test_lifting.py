"""What lifts: confirmed, signed with a verified key, by somebody who does not benefit. The same records from anybody else do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.decisions.facts.model import Polarity
from sousveil.decisions.facts.registry import all_facts
from sousveil.decisions.model import Truth
from tests.decisions.met import LIFTS, meet
from tests.decisions.rig import FREE, Rig, rigged

OUTSIDE = {"state.cases_investigated", "state.inquiry_into_group_nso", "deal.us_licence"}
"""Tested by themselves: they need an incident, a group, or a US authority."""


def values(rig: Rig) -> dict[str, Truth]:
    """Each fact of the table, with its value."""
    return {name: rig.value(name, subject).truth for name, (subject, _) in LIFTS.items()}


def test_the_table_has_every_fact_that_lifts() -> None:
    lifting = {name for name, fact in all_facts().items() if fact.polarity is Polarity.LIFTS}
    assert lifting == set(LIFTS) | OUTSIDE


def test_confirmed_by_somebody_independent(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        assert set(values(rig).values()) == {Truth.UNKNOWN}
        meet(rig)
        assert values(rig) == dict.fromkeys(LIFTS, Truth.TRUE)
        assert all(rig.value(name, subject).proof for name, (subject, _) in LIFTS.items())


@pytest.mark.parametrize(
    ("by", "standing", "why"),
    [
        (FREE, "reported", "it is reported, not confirmed"),
        (FREE, "forensically_attributed", "it is forensically attributed, not confirmed"),
        ("paper", "confirmed", "the key of Invented Paper is not verified (domain proof and two vouchers)"),
        ("vireo", "confirmed", "Vireo Systems Ltd benefits from it"),
        ("parent", "confirmed", "Grey Holding SA benefits from it"),
        ("rival", "confirmed", "Rival Systems Ltd trades in surveillance technology, or belongs to somebody who does"),
        ("friend", "confirmed", "Friendly Institute is tied to Vireo Systems Ltd, who benefits"),
        ("nobody", "confirmed", "is not on file as one organization with a seat"),
    ],
)
def test_from_anybody_else_nothing_lifts(tmp_path: Path, by: str, standing: str, why: str) -> None:
    with rigged(tmp_path) as rig:
        others(rig, by)
        meet(rig, by, standing)
        found = values(rig)
        assert Truth.TRUE not in found.values(), [name for name, truth in found.items() if truth is Truth.TRUE]
        assert why in rig.value("state.takes_part", "xb").needs


@pytest.mark.parametrize("by", ["calder-league", "averna-league"])
def test_somebody_seated_in_a_state_of_the_deal_lifts_nothing(tmp_path: Path, by: str) -> None:
    with rigged(tmp_path) as rig:
        others(rig, by)
        meet(rig, by)
        found = values(rig)
        assert Truth.TRUE not in found.values(), [name for name, truth in found.items() if truth is Truth.TRUE]
        assert "a State that benefits" in rig.value("state.safeguards_law", "xb").needs


def others(rig: Rig, by: str) -> None:
    """Publishers who are not independent, each with a verified key but the paper and those whose key the table makes."""
    rig.say("paper", type="Organization", name="Invented Paper", country="xc")
    if by not in (FREE, "paper"):
        rig.publisher(by)
    if by == "parent":
        rig.say("parent", type="Company", name="Grey Holding SA", country="xc")
        rig.say("own", type="Ownership", owner="@parent", asset="@vireo", percentage="60", startDate="2020", by="paper")
    elif by == "rival":
        rig.say("rival", type="Company", name="Rival Systems Ltd", country="xc")
        rig.say("rival-lens", type="SurveillanceProduct", name="Rival Lens", vendor="@rival", by="paper")
    elif by == "friend":
        rig.say("friend", type="Organization", name="Friendly Institute", country="xc")
        rig.say("grant", type="Investment", investor="@vireo", recipient="@friend", by="paper")
    elif by.endswith("-league"):
        rig.say(by, type="Organization", name=f"League {by}", country={"c": "xa", "a": "xb"}[by[0]])
