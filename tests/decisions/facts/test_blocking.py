"""What blocks: `reported` or better; allegations are marked; what was taken back, corrected or refuted is named and does not count."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.decisions.facts.model import Polarity, all_facts
from sousveil.decisions.model import Truth, Verdict
from sousveil.register.codes import RetractReason
from sousveil.register.model import Stance
from tests.decisions.met import meet
from tests.decisions.rig import FREE, Rig, ask, rigged
from tests.register.maker import private

BLOCKS = {
    "vendor.served_abuser": ("vireo", "sale"),
    "vendor.abuse_reported": ("vireo", "sale"),
    "buyer.abused": ("ministry", "sale"),
    "state.touched_by_case": ("xb", "sale"),
    "state.operates_abusively": ("xb", "sale"),
    "state.halt_in_force": ("xb", "sale"),
    "deal.halt_excepts": ("", "sale"),
    "state.weakens_encryption": ("xb", "sale"),
    "state.remedy_barred": ("xb", "sale"),
    "state.request_overdue": ("xb", "sale"),
    "deal.licence_at_risk": ("", "transfer"),
    "deal.refused_elsewhere": ("", "transfer"),
    "deal.informed_of_repression": ("", "sale"),
    "deal.informed_of_military_use": ("", "sale"),
    "deal.objected_to": ("", "transfer"),
    "deal.goods_elsewhere": ("", "transfer"),
    "buyer.watched_media": ("ministry", "use"),
    "deal.risk_found": ("", "use"),
    "deal.exporter_knows_of_risk": ("", "sale"),
    "deal.board_rejected": ("", "use"),
    "deal.used_already": ("", "use"),
    "product.weakens_encryption": ("lens", "use"),
    "product.listed_annex_i": ("lens", "transfer"),
    "vendor.owner_hidden": ("vireo", "sale"),
    "vendor.registration_refused": ("vireo", "sale"),
    "vendor.filing_silent": ("vireo", "list"),
    "vendor.us_entity_list": ("vireo", "sale"),
    "vendor.us_sdn": ("vireo", "sale"),
    "vendor.half_owned_entity_list": ("vireo", "sale"),
    "vendor.half_owned_sdn": ("vireo", "sale"),
    "buyer.us_sdn": ("ministry", "sale"),
    "buyer.half_owned_entity_list": ("ministry", "sale"),
    "buyer.half_owned_sdn": ("ministry", "sale"),
    "deal.recipient_us_entity_list": ("", "sale"),
}
"""Fact that blocks -> subject and action."""
GROUP = {"vendor.in_group_nso", "vendor.tied_to_group_nso", "state.hosts_group_nso"}


def charges(rig: Rig, standing: str) -> None:
    """Everything that blocks, said by a paper whose key nobody verified; a withdrawal by the company itself."""

    def say(key: str, type: str, **values: object) -> None:
        rig.say(key, type=type, by="paper", standing=standing, **values)

    say(
        "case",
        "AbuseIncident",
        name="Phones of lawyers",
        stage="targeted",
        product="@lens",
        vendor="@vireo",
        client="@ministry",
        clientStage="reported",
        date="2024-02",
        targetCountry="xb",
        targetCategory="journalist",
    )
    say("client", "ClientClaim", client="@ministry", vendor="@vireo", product="@lens", stage="reported")
    say(
        "halt", "MoratoriumMeasure", state="@averna", measureKind="moratorium", covers=["sale", "use"], startDate="2023"
    )
    say(
        "spares",
        "MoratoriumMeasure",
        state="@averna",
        measureKind="ban",
        covers="sale",
        startDate="2023",
        excepts="@vireo",
    )
    say(
        "weak",
        "Law",
        title="Keys Act",
        jurisdiction="xb",
        status="in-force",
        effect="weakens-encryption",
        inForceFrom="2023",
    )
    say("immunity", "RemedyBarrier", state="@averna", country="xb", barrierKind="immunity", startDate="2020")
    say(
        "request",
        "InformationRequest",
        body="@ministry",
        question="Which contracts?",
        askedOn="2024-01-02",
        dueOn="2024-02-02",
    )
    say("office", "PublicBody", name="Export office of Calder", country="xa")
    say(
        "licence",
        "ExportLicence",
        licensee="@vireo",
        issuer="@office",
        product="@lens",
        destination="xb",
        status="granted",
        issueDate="2023-05-01",
        goodsIn="fr",
    )
    say("office-c", "PublicBody", name="Export office of Sarvia", country="xc")
    say(
        "refusal",
        "ExportLicence",
        licensee="@vireo",
        issuer="@office-c",
        product="@lens",
        destination="xb",
        status="refused",
        issueDate="2023-05-01",
    )
    for kind in (
        "informed-of-repression",
        "informed-of-military-use",
        "objection",
        "risk-finding",
    ):
        say(
            kind,
            "OfficialNotice",
            authority="@office",
            recipient="@vireo",
            product="@lens",
            noticeKind=kind,
            date="2024-02",
        )
    say("own-report", "DueDiligenceReport", company="@vireo", product="@lens", severeFinding="Use against lawyers.")
    say("board", "OversightBody", name="Board of Averna")
    say("proposal", "Acquisition", name="Lens", body="@ministry", product="@lens", proposedOn="2024-01-02")
    say("no", "OversightDecision", body="@board", about="@proposal", outcome="rejected", date="2024-03-01")
    say("use", "Deployment", body="@ministry", product="@lens", startDate="2024-04")
    say("lens", "SurveillanceProduct", worksBy="weakening-encryption", controlCode="4D004.a")
    say("hidden", "Ownership", asset="@vireo", ownerUnspecified="unknown", percentage="30", startDate="2020")
    rig.publisher("vireo", verified=False)
    rig.say("registration", type="Registration", by="vireo", standing=standing, company="@vireo", status="withdrawn")
    say("body", "OversightBody", name="Board over Vireo", oversees="@vireo")
    say("seat", "Membership", member="@somebody", organization="@body", paidBy="@vireo")
    say("silent", "FilingReview", regulator="@office", company="@vireo", silentOn="incident", reviewedOn="2024-03-01")
    say("el", "Sanction", entity="@vireo", program="Entity List", authority="Bureau of Industry and Security")
    say("sdn", "Sanction", entity="@vireo", program="Specially Designated Nationals (SDN)", listingDate="2024-03-05")
    say("el-2", "Sanction", entity="@ministry", program="Entity List", authority="Bureau of Industry and Security")
    say("sdn-2", "Sanction", entity="@ministry", program="Specially Designated Nationals (SDN)")
    say("holding", "Company", name="Grey Holding SA", country="xc")
    say("own", "Ownership", owner="@holding", asset="@vireo", percentage="60", startDate="2020")
    say("own-buyer", "Ownership", owner="@holding", asset="@ministry", percentage="60", startDate="2020")
    say("run", "Directorship", director="@holding", organization="@vireo", startDate="2020")
    say("el-3", "Sanction", entity="@holding", program="Entity List", authority="Bureau of Industry and Security")
    say("sdn-3", "Sanction", entity="@holding", program="SDN", authority="Treasury")


def test_the_table_has_every_fact_that_blocks() -> None:
    blocking = {name for name, fact in all_facts().items() if fact.polarity is Polarity.BLOCKS}
    assert blocking == set(BLOCKS) | GROUP


def test_reported_is_enough(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        assert {name for name, (who, do) in BLOCKS.items() if rig.value(name, who, do).truth is Truth.TRUE} == set()
        charges(rig, "reported")
        found = {name: rig.value(name, who, do) for name, (who, do) in BLOCKS.items()}
        assert {name for name, one in found.items() if one.truth is not Truth.TRUE} == set()
        assert {name for name, one in found.items() if one.alleged} == set()
        assert {name for name, one in found.items() if not one.proof} == set()


def test_alleged_alone_is_marked_and_never_comes_to_more_than_an_open_condition(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        charges(rig, "alleged")
        found = {name: rig.value(name, who, do) for name, (who, do) in BLOCKS.items()}
        wrong = {name: one for name, one in found.items() if one.truth is Truth.TRUE and not one.alleged}
        assert wrong == {}
        assert found["vendor.served_abuser"].alleged and found["vendor.us_sdn"].alleged
        packs = ("us-lists", "eu-2021-821", "us-eo-14093", "ccops")
        answer = rig.judge("sale", packs=packs)
        assert {one.effect for one in answer.reasons} == {"blocked_unless"}
        assert {one.pack: str(one.verdict) for one in answer.packs}["us-lists"] == "blocked_unless"


@pytest.mark.parametrize("how", ["retracted", "corrected"])
def test_what_its_publisher_takes_back_or_corrects_counts_no_more(tmp_path: Path, how: str) -> None:
    with rigged(tmp_path) as rig:
        ids = rig.say("el", type="Sanction", by="paper", standing="reported", entity="@vireo", program="SDN list")
        assert rig.value("vendor.us_sdn", "vireo").truth is Truth.TRUE
        if how == "retracted":
            rig.retract("el", "paper")
        else:
            rig.say("other", type="Company", name="Other Ltd", by="paper", standing="reported")
            rig.answer(ids[1], Stance.CORRECTS, "A list of libraries", "paper", "reported")
        assert rig.value("vendor.us_sdn", "vireo").truth is Truth.UNKNOWN


def test_an_incident_that_all_who_told_of_it_took_back_is_none_on_file(tmp_path: Path) -> None:
    """The answer went on to ask who operated the products in it, for good."""
    case = {"type": "AbuseIncident", "standing": "reported", "name": "Phones", "stage": "infected", "vendor": "@vireo"}
    fact = ("vendor.no_abusing_client", "vireo")
    with rigged(tmp_path) as rig:
        meet(rig)
        assert rig.value(*fact).truth is Truth.TRUE
        paper, free = (rig.say("case", by=by, date="2024-02", **case) for by in ("paper", FREE))

        def back(by: str, *ids: str) -> None:
            rig.register.retract(ids, private(by), RetractReason.WRONG)

        back("paper", *paper)
        back(FREE, *free[:2])
        assert rig.value(*fact).truth is Truth.UNKNOWN
        back(FREE, *free[2:])
        gone = rig.value(*fact)
        assert gone.truth is Truth.TRUE
        assert rig.judge("sale").verdict is Verdict.INSUFFICIENT_INFORMATION


@pytest.mark.parametrize(
    ("day", "truth"),
    [
        ("2024-03-04", Truth.UNKNOWN),
        ("2024-03-05", Truth.TRUE),
        ("2024-05-31", Truth.TRUE),
        ("2024-06-01", Truth.UNKNOWN),
    ],
)
def test_a_listing_counts_from_its_first_day_to_its_last(tmp_path: Path, day: str, truth: Truth) -> None:
    with rigged(tmp_path) as rig:
        rig.say(
            "sdn",
            type="Sanction",
            by="paper",
            standing="reported",
            entity="@vireo",
            program="SDN",
            listingDate="2024-03-05",
            endDate="2024-05-31",
        )
        assert rig.value("vendor.us_sdn", "vireo", as_of=day).truth is truth
        answer = rig.judge("sale", as_of=day, packs=("us-lists",))
        said = [one.says for one in answer.undecided if one.rule == "SDN-1" and "must decide" in one.needs[0]]
        assert [one.startswith("The United States block the property of Vireo Systems Ltd") for one in said] == (
            [True] if truth is Truth.TRUE else []
        )


def test_a_stranger_ends_nothing(tmp_path: Path) -> None:
    """An end, a share, a status counts from whoever reported the record, and from nobody else."""
    with rigged(tmp_path) as rig:
        rig.publisher("vireo")
        rig.say(
            "sdn", type="Sanction", by="paper", standing="reported", entity="@vireo", program="SDN", listingDate="2024"
        )
        rig.say("sdn", type="Sanction", by="vireo", endDate="2024-02-01")
        assert rig.value("vendor.us_sdn", "vireo").truth is Truth.TRUE
        rig.say("holding", type="Company", by="paper", name="Grey Holding SA", country="xd")
        rig.say(
            "own", type="Ownership", by="paper", standing="reported", owner="@holding", asset="@vireo", percentage="60"
        )
        rig.say("own", type="Ownership", by="vireo", percentageAtMost="1", endDate="2023-01-01")
        world = rig.world()
        assert {world.caption(one.id) for one in world.graph.reach(rig_id("vireo")) if not one.tie} == {
            "Vireo Systems Ltd",
            "Grey Holding SA",
        }
        rig.say("sdn", type="Sanction", by=FREE, endDate="2024-02-01")
        assert rig.value("vendor.us_sdn", "vireo").truth is Truth.TRUE
        rig.say("sdn", type="Sanction", by="paper", standing="reported", endDate="2024-02-01")
        assert rig.value("vendor.us_sdn", "vireo").truth is Truth.UNKNOWN


@pytest.mark.parametrize("role", ["Representation", "Succession"])
def test_another_tie_that_is_nearer_hides_no_owner(tmp_path: Path, role: str) -> None:
    """The agent of its owner's owner, or who came after that, has this owner still."""
    ends = {"Representation": ("agent", "client"), "Succession": ("successor", "predecessor")}[role]
    with rigged(tmp_path) as rig:
        for key, country in (("mid", "xa"), ("top", "xc")):
            rig.say(key, type="Company", by="paper", name=f"{key.title()} Holding SA", country=country)
        for key, owner, asset in (("own-1", "mid", "vireo"), ("own-2", "top", "mid")):
            rig.say(key, type="Ownership", by="paper", owner=f"@{owner}", asset=f"@{asset}", percentage="60")
        rig.say("hidden", type="Ownership", by="paper", standing="reported", ownerUnspecified="unknown", asset="@top")
        before = rig.value("vendor.owner_hidden", "vireo")
        homes = rig.world().deal(ask("sale")).home_states
        assert before.truth is Truth.TRUE and "xc" in homes
        rig.say("tie", type=role, by="paper", standing="reported", **{ends[0]: "@vireo", ends[1]: "@top"})
        world = rig.world()
        assert [one.id for one in world.graph.reach(rig_id("vireo")) if len(one.path) == 1 and one.id == rig_id("top")]
        assert [(one.id, len(one.path)) for one in world.graph.owners(rig_id("vireo"))] == [
            (rig_id("vireo"), 0),
            (rig_id("mid"), 1),
            (rig_id("top"), 2),
        ]
        assert rig.value("vendor.owner_hidden", "vireo") == before
        assert world.deal(ask("sale")).home_states == homes


@pytest.mark.parametrize("role", ["Representation", "Succession"])
def test_another_tie_to_a_subsidiary_hides_nobody_below_it(tmp_path: Path, role: str) -> None:
    ends = {"Representation": ("agent", "client"), "Succession": ("successor", "predecessor")}[role]
    with rigged(tmp_path) as rig:
        for key in ("sub", "low"):
            rig.say(key, type="Company", by="paper", name=f"{key.title()} Works Ltd", country="xa")
        for key, owner, asset in (("own-1", "vireo", "sub"), ("own-2", "sub", "low")):
            rig.say(key, type="Ownership", by="paper", owner=f"@{owner}", asset=f"@{asset}", percentage="60")

        def behind() -> set[str]:
            return {one.id for one in rig.world().graph.reach(rig_id("vireo")) if not one.tie}

        before = behind()
        assert {rig_id("sub"), rig_id("low")} < before
        rig.say("tie", type=role, by="paper", standing="reported", **{ends[0]: "@vireo", ends[1]: "@sub"})
        assert behind() == before


def rig_id(key: str) -> str:
    from tests.decisions.rig import sid

    return sid(key)
