"""Whoever is first to tell of an id may call it what it is not. What blocks goes on blocking; what lifts lifts no more than before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.facts.boards import asked_by_law
from sousveil.decisions.facts.model import Value
from sousveil.decisions.model import Truth
from sousveil.register.model import Stance
from tests.decisions.met import LIFTS
from tests.decisions.rig import DAY, FREE, Rig, ask, rigged, sid

REPORTED: dict[str, Any] = {"by": "paper", "standing": "reported"}


def told(value: Value) -> tuple[Truth, bool, tuple[str, ...]]:
    """All that counts of a value but its words."""
    return value.truth, value.alleged, value.proof


def ids(rig: Rig, key: str, *properties: str) -> set[str]:
    """The ids of what a record says by these properties."""
    told = rig.world().base.records[sid(key)].by_property
    return {one.id for name in properties for one in told[name]}


def owned(rig: Rig, owner: str, asset: str, share: str = "70", **by: Any) -> None:
    rig.say(f"own-{owner}-{asset}", type="Ownership", owner=f"@{owner}", asset=f"@{asset}", percentage=share,
            startDate="2018", valid_until="..", **by)  # fmt: skip


# Chains of owners


@pytest.mark.parametrize("first", ["Person", "State", "PublicBody"])
@pytest.mark.parametrize("later", ["Company", None])
def test_a_chain_does_not_end_with_a_company_that_calls_its_owner_a_person_or_a_state(
    tmp_path: Path, first: str, later: str | None
) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("vireo")
        rig.say("boss", type=first, name="Grey Holding SA", by="vireo")
        if later:
            rig.say("boss", type=later, name="Grey Holding SA", country="xd", person=first == "Person", **REPORTED)
        owned(rig, "boss", "vireo", person=first == "Person")
        assert told(rig.value("vendor.chain_known", "vireo")) == (Truth.UNKNOWN, False, ())


def test_a_chain_ends_with_whom_somebody_independent_calls_a_person_and_nobody_a_company(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("rival")
        rig.say("rival", type="Company", name="Rival Ltd", country="xd", by="rival")
        rig.say("boss", type="Document", title="A paper", by="rival")
        rig.say("boss", type="Person", name="A. Grey")
        owned(rig, "boss", "vireo", person=True)
        found = rig.value("vendor.chain_known", "vireo")
        assert (found.truth, set(found.proof)) == (
            Truth.TRUE,
            ids(rig, "own-boss-vireo", "owner", "asset", "percentage"),
        )
        rig.say("boss", type="Company", name="Grey", by="rival", standing="alleged", person=True)
        assert told(rig.value("vendor.chain_known", "vireo")) == told(found)
        rig.say("boss", type="Company", name="Grey", person=True, **REPORTED)
        assert told(rig.value("vendor.chain_known", "vireo")) == (Truth.UNKNOWN, False, ())


# Who is near whom


def beside(rig: Rig) -> None:
    """The company and one whose property is blocked, under one owner."""
    rig.say("twin", type="Company", name="Twin Ltd", country="xd")
    rig.say("boss", type="Company", name="Grey Holding SA", country="xd", **REPORTED)
    owned(rig, "boss", "vireo")
    owned(rig, "boss", "twin")
    rig.say("sdn", type="Sanction", entity="@twin", program="SDN", **REPORTED)


@pytest.mark.parametrize("first", ["PublicBody", "State"])
def test_an_owner_that_is_called_a_public_body_first_parts_nobody_from_a_company_beside_it(
    tmp_path: Path, first: str
) -> None:
    def facts(rig: Rig) -> list[tuple[Truth, bool, list[int]]]:
        found = [rig.value("vendor.us_sdn", "twin")]
        order = [*rig.ids["own-boss-vireo"], *rig.ids["own-boss-twin"], *rig.ids["sdn"]]
        return [(one.truth, one.alleged, [order.index(id) for id in one.proof]) for one in found]

    with rigged(tmp_path / "plain") as rig:
        beside(rig)
        before = facts(rig)
        vendors = rig.world().deal(ask()).vendors
        assert before[0][:2] == (Truth.TRUE, False)
        assert f"~{sid('twin')}" in vendors
    with rigged(tmp_path / "hostile") as rig:
        rig.publisher("vireo")
        rig.say("boss", type=first, name="Grey Holding SA", by="vireo")
        beside(rig)
        assert facts(rig) == before
        assert rig.world().deal(ask()).vendors == vendors


def test_who_is_part_of_the_group_is_not_independent_where_its_owner_is_called_a_state_first(tmp_path: Path) -> None:
    """Neither where the owner calls itself one, nor where another company of the group confirms it."""
    with rigged(tmp_path) as rig:
        for key in ("clinic-x", "sister", "boss"):
            rig.publisher(key)
        rig.say("boss", type="State", name="Grey", country="fr", by="boss")
        rig.say("sister", type="Organization", name="Sister Institute", country="fr", by="sister")
        rig.say("boss", type="State", name="Grey", country="fr", by="sister")
        rig.say("clinic-x", type="Organization", name="Clinic X", country="xc", by="clinic-x")
        for asset in ("vireo", "clinic-x", "sister"):
            owned(rig, "boss", asset, **REPORTED)
        rig.say("lens", type="SurveillanceProduct", worksBy="device-intrusion", by="clinic-x")
        assert sid("vireo") in rig.world().graph.ties(sid("clinic-x"))
        assert told(rig.value("product.encryption_kept", "lens")) == (Truth.UNKNOWN, False, ())


def test_ties_end_with_what_somebody_independent_calls_a_state(tmp_path: Path) -> None:
    """Else whatever belongs to a State were tied to all of it."""
    with rigged(tmp_path) as rig:
        rig.say("office", type="PublicBody", name="An office", country="xb", partOf="@averna")
        assert rig.world().graph.ties(sid("office")) == {sid("office"), sid("averna")}
        rig.say("averna", type="Organization", name="Averna", **REPORTED)
        assert rig.world().graph.ties(sid("office")) == {sid("office"), sid("averna")}
        rig.say("averna", type="Company", name="Averna", **REPORTED)
        assert rig.world().graph.ties(sid("office")) == {sid("office"), sid("averna"), sid("ministry")}


def test_a_company_that_is_called_a_document_first_does_not_refute_what_is_said_of_it(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("client-x")
        rig.say("client-x", type="Document", title="A paper", by="client-x")
        rig.say("client-x", type="Organization", name="Client X", country="fr", by="client-x")
        claim = rig.say("claim", type="ClientClaim", client="@client-x", vendor="@vireo", stage="reported", **REPORTED)
        rig.say("case", type="AbuseIncident", name="A case", stage="infected", client="@client-x",
                clientStage="reported", date="2023-01", **REPORTED)  # fmt: skip
        before = told(rig.value("vendor.served_abuser", "vireo"))
        assert before[0] is Truth.TRUE
        for id in claim:
            rig.answer(id, Stance.DENIES, "It is not so.", "client-x")
        assert told(rig.value("vendor.served_abuser", "vireo")) == before


# Governments


IL: dict[str, Any] = {
    "supplier": sid("tel"),
    "end_user": sid("front"),
    "exporting_country": "il",
    "packs": ("il-5766-2007",),
}


def asked_for(rig: Rig) -> set[str]:
    """The rules that block, or are not decided."""
    answer = rig.judge("sale", **IL)
    return {one.rule for one in (*answer.reasons, *answer.undecided)}


def test_a_company_under_a_reported_office_of_the_united_states_stays_an_agency(tmp_path: Path) -> None:
    """What brings somebody under a rule takes a report, as before."""
    with rigged(tmp_path) as rig:
        rig.say("bureau", type="Document", title="A paper", by=FREE)
        rig.say("bureau", type="PublicBody", name="Bureau", country="us", **REPORTED)
        rig.say("front", type="Company", name="Front Ltd", country="us")
        owned(rig, "bureau", "front", **REPORTED)
        found = rig.value("buyer.us_agency", "front", end_user=sid("front"), country="us")
        assert (found.truth, set(found.proof)) == (Truth.TRUE, set(rig.ids["own-bureau-front"][:2]))


# Boards


def test_a_proposal_that_is_called_a_deployment_first_still_needs_its_notice(tmp_path: Path) -> None:
    approve = LIFTS["deal.board_approved"][1]
    with rigged(tmp_path) as rig:
        rig.publisher("ministry")
        rig.say("proposal", type="Deployment", body="@ministry", product="@lens", startDate="2023", by="ministry")
        approve(rig, FREE, "confirmed")
        assert rig.value("deal.board_approved", "", "use").truth is Truth.TRUE
        rig.retract("notice", "council")
        assert told(rig.value("deal.board_approved", "", "use")) == (Truth.UNKNOWN, False, ())


@pytest.mark.parametrize(
    ("calls", "truth"),
    [
        ([("ministry", "OversightBody", "confirmed")], Truth.UNKNOWN),
        ([(FREE, "OversightBody", "confirmed")], Truth.TRUE),
        ([("ministry", "Document", "confirmed"), (FREE, "OversightBody", "confirmed")], Truth.TRUE),
        ([(FREE, "OversightBody", "confirmed"), ("paper", "Company", "alleged")], Truth.TRUE),
        ([(FREE, "OversightBody", "confirmed"), ("paper", "Company", "reported")], Truth.UNKNOWN),
    ],
)
def test_only_somebody_independent_makes_a_board_of_a_company(
    tmp_path: Path, calls: list[tuple[str, str, str]], truth: Truth
) -> None:
    """It is named by a proposal that somebody independent tells of; who calls it a board first decides nothing."""
    with rigged(tmp_path) as rig:
        rig.publisher("panel")
        rig.publisher("ministry")
        for by, type, standing in calls:
            values = {"title": "Panel"} if type == "Document" else {"name": "Panel Ltd"}
            rig.say("panel", type=type, by=by, standing=standing, **values)
        rig.say("p", type="Acquisition", name="P", body="@ministry", product="@lens", board="@panel",
                proposedOn="2023-10-01")  # fmt: skip
        rig.say("n", type="PublicNotice", acquisition="@p", noticedOn="2023-11-01", days="30", by="panel")
        rig.say("d", type="OversightDecision", body="@panel", about="@p", outcome="approved", date="2024-01-15")
        assert rig.value("deal.board_approved", "", "use").truth is truth


def _law(rig: Rig, days: str, by: str = FREE, standing: str = "confirmed", **more: str) -> None:
    rig.say("law", type="Law", by=by, standing=standing, title="Boards Act", jurisdiction="xb", topic="community-boards",
            status="in-force", inForceFrom="2022-01-01", valid_until="..", noticeDays=days, **more)  # fmt: skip


def _days(rig: Rig) -> int:
    world = rig.world(DAY)
    return asked_by_law(world, world.deal(ask("use")))


@pytest.mark.parametrize("first", ["Organization", "Document"])
def test_a_state_that_is_called_something_else_first_still_asks_for_more_days(tmp_path: Path, first: str) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry")
        values = {"title": "Old Averna"} if first == "Document" else {"name": "Old Averna"}
        rig.say("land", type=first, by="ministry", **values)
        rig.say("land", type="State", name="Averna", **REPORTED)
        _law(rig, "60", **REPORTED, state="@land")
        assert _days(rig) == 60


# Offices, and what a product is part of


@pytest.mark.parametrize(
    ("key", "fact", "action"),
    [
        ("registry", "vendor.registered", "sale"),
        ("exchange", "vendor.regulator_told", "list"),
        ("council", "deal.board_approved", "use"),
    ],
)
def test_a_rival_who_calls_an_office_a_document_first_keeps_nobody_from_its_act(
    tmp_path: Path, key: str, fact: str, action: str
) -> None:
    subject, meets = LIFTS[fact]
    with rigged(tmp_path) as rig:
        rig.publisher("rival")
        rig.say("rival", type="Company", name="Rival Ltd", country="xd", by="rival")
        rig.say(key, type="Document", title="A paper", by="rival")
        meets(rig, FREE, "confirmed")
        assert rig.value(fact, subject, action).truth is Truth.TRUE


def test_what_is_confirmed_of_another_product_lifts_nothing_for_one_that_its_maker_calls_a_part_of_it(
    tmp_path: Path,
) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("vireo")
        rig.say("suite", type="SurveillanceProduct", name="A suite", worksBy="device-intrusion")
        rig.say("lens", type="SurveillanceProduct", partOf="@suite", by="vireo")
        assert told(rig.value("product.encryption_kept", "lens")) == (Truth.UNKNOWN, False, ())
        (part,) = rig.say("lens", type="SurveillanceProduct", partOf="@suite")
        assert part
        assert told(rig.value("product.encryption_kept", "lens")) == (Truth.TRUE, False, (rig.ids["suite"][1],))
