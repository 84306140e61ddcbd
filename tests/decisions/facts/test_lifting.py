"""What lifts: confirmed, signed with a verified key, by somebody who does not benefit. The same records from anybody else do not."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from sousveil.decisions.facts.model import Polarity, all_facts
from sousveil.decisions.model import Truth
from sousveil.register.model import Standing
from sousveil.register.refusal import Refused
from tests.decisions.met import LIFTS, meet
from tests.decisions.rig import FREE, Rig, rigged, sid
from tests.register.maker import private

OUTSIDE = {
    "state.cases_investigated",
    "state.inquiry_into_group_nso",
    "deal.us_licence",
    "vendor.exporter_certified",
    "vendor.marketing_licensed",
}
"""Tested by themselves: they need an incident, a group, or an authority of a State that there is."""


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
        ("nobody", "confirmed", "is not on file as one organization, so nobody can see"),
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
def test_an_organization_seated_in_a_state_of_the_deal_is_presumed_independent(tmp_path: Path, by: str) -> None:
    """One reported tie to its State ends the presumption."""
    with rigged(tmp_path) as rig:
        others(rig, by)
        meet(rig, by)
        assert rig.value("state.takes_part", "xb").truth is Truth.TRUE
        home = {"c": "@calder", "a": "@averna"}[by[0]]
        rig.say("fund", type="Investment", investor=home, recipient=f"@{by}", by="paper", standing="reported")
        found = rig.value("state.takes_part", "xb")
        assert found.truth is Truth.UNKNOWN
        assert "whose acts are judged" in found.needs


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
        rig.say(by, type="Organization", name=f"League {by}", country={"c": "xa", "a": "xb"}[by[0]], by=by)


NOT_NEAR = {"reported": "everything but the standing is there", "forensically_attributed": "so is it here"}


@pytest.mark.parametrize("standing", NOT_NEAR)
def test_an_allegation_under_an_unverified_key_never_lifts(tmp_path: Path, standing: str) -> None:
    """To any record of what lifts, one alleged statement is added after the other: nothing becomes TRUE by it."""
    with rigged(tmp_path) as rig:
        meet(rig, FREE, standing)
        base = [rig.register.store.statement(id) for ids in list(rig.ids.values()) for id in ids]
        added = 0
        for one in base:
            assert one is not None and not hasattr(one, "ground")
            said = structs.replace(
                one.statement,
                publisher=sid("paper"),
                source="https://paper.example/claim",
                standing=Standing.ALLEGED,
                asserted=None,
            )
            try:
                rig.register.publish([said], private("paper"), receipt=False)
            except Refused:
                continue  # the door refuses it already
            added += 1
        assert added > len(base) * 2 // 5
        assert Truth.TRUE not in values(rig).values()


def test_who_names_itself_an_authority_is_none(tmp_path: Path) -> None:
    """A club of the home State, and a public body that nobody independent knows as part of the State, acknowledge nothing."""
    with rigged(tmp_path) as rig:
        rig.publisher("library")
        rig.say("library", type="PublicBody", name="Town Library", country="xa", partOf="@calder", by="library")
        rig.say(
            "told",
            type="RegulatorNotice",
            by="library",
            regulator="@library",
            company="@vireo",
            harms="Intrusion.",
            sentOn="2024-01-01",
            acknowledgedOn="2024-01-05",
        )
        assert rig.value("vendor.regulator_told", "vireo", "invest").truth is Truth.UNKNOWN
        rig.say("library", type="PublicBody", partOf="@calder", by=FREE)
        assert (
            rig.value("vendor.regulator_told", "vireo", "invest").truth is Truth.UNKNOWN
        )  # a part of the State, no regulator
        rig.say("library", type="PublicBody", office="regulator", by=FREE)
        assert rig.value("vendor.regulator_told", "vireo", "invest").truth is Truth.TRUE


def test_notice_is_proven_and_long_enough(tmp_path: Path) -> None:
    """Neither an alleged earlier notice nor fewer days that the buyer sets make a notice of five days long enough."""
    with rigged(tmp_path) as rig:
        for key in ("board", "ministry"):
            rig.publisher(key)
        rig.say("board", type="OversightBody", name="Town Board", country="xb", oversees="@ministry")
        rig.say("p", type="Acquisition", name="P", body="@ministry", product="@lens", board="@board", noticeDays="1",
                proposedOn="2023-01-01", by="ministry")  # fmt: skip
        rig.say("n", type="PublicNotice", acquisition="@p", noticedOn="2024-01-05", days="1", by="board")
        rig.say(
            "d", type="OversightDecision", body="@board", about="@p", outcome="approved", date="2024-01-10", by="board"
        )
        rig.say("n2", type="PublicNotice", acquisition="@p", noticedOn="2023-06-01", by="paper", standing="alleged")
        assert rig.value("deal.board_approved", "", "use").truth is Truth.UNKNOWN
        rig.say("n3", type="PublicNotice", acquisition="@p", noticedOn="2023-06-01", days="30", by="board")
        assert rig.value("deal.board_approved", "", "use").truth is Truth.TRUE
