"""Two keys that nobody verified, of which one says "same" and one "different": nobody knows who it is, and no answer becomes milder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from sousveil.decisions.api import Ambiguous, Desk
from sousveil.decisions.model import Truth
from sousveil.register.codes import RetractReason
from tests.decisions.packs.test_hostile_words import fired, judgement, severity
from tests.decisions.rig import DAY, Rig, ask, rigged, sid
from tests.register.maker import private

ALLEGES: dict[str, Any] = {"by": "paper", "standing": "reported"}


def contest(rig: Rig, one: str, other: str) -> None:
    """One stranger says that two records are one, another that they are not."""
    for by, verdict in (("stranger-1", "same"), ("stranger-2", "different")):
        rig.publisher(by, verified=False)
        judgement(rig, by, one, other, verdict)


def rules(rig: Rig, action: str, **asked: Any) -> set[str]:
    """The rules of the pack that was asked for that block."""
    (pack,) = asked["packs"]
    return {one.rule for one in rig.judge(action, **asked).reasons if one.pack == pack}


# What stands behind a contested name


def test_a_contested_seller_keeps_its_seat(tmp_path: Path) -> None:
    """A German company sells what is in Annex I out of the Union, whoever else it is said to be."""
    with rigged(tmp_path) as rig:
        rig.say("werk", type="Company", name="Werk Systeme GmbH", country="de")
        rig.say("copy", type="Company", name="Copy Ltd", country="xc", **ALLEGES)
        rig.say("tool", type="SurveillanceProduct", name="A tool", controlCode="4D004", **ALLEGES)
        asked: dict[str, Any] = {"supplier": sid("werk"), "product": sid("tool"), "packs": ("eu-2021-821",)}
        before = rig.judge("transfer", **asked)
        assert rules(rig, "transfer", **asked) == {"EU-3.1"}
        contest(rig, "werk", "copy")
        for supplier in (sid("werk"), "Werk Systeme", "Werk Sisteme"):
            asked["supplier"] = supplier
            after = rig.judge("transfer", **asked)
            assert severity(after, "eu-2021-821") == severity(before, "eu-2021-821") == 2
            assert rules(rig, "transfer", **asked) == {"EU-3.1"}
            assert after.notes[0].startswith(f"“{supplier}”: 2 records fit")


def test_who_chose_a_contested_record_is_not_asked_again(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("werk", type="Company", name="Werk Systeme GmbH", country="de")
        rig.say("copy", type="Company", name="Copy Ltd", country="xc", **ALLEGES)
        contest(rig, "werk", "copy")
        desk = Desk(rig.register.store)
        question = ask("transfer", supplier="Werk Systeme", as_of=DAY)
        with pytest.raises(Ambiguous) as asked:
            desk.answer(question)
        (name,) = asked.value.names
        ids = [one.id for one in name.candidates]
        assert sorted(ids) == sorted((sid("werk"), sid("copy")))
        answers = [desk.answer(msgspec.structs.replace(question, supplier=id)) for id in ids]
        assert [one.notes[0].startswith(f"“{id}”: 2 records fit") for one, id in zip(answers, ids, strict=True)] == [
            True,
            True,
        ]


def test_a_contested_seller_keeps_its_owner(tmp_path: Path) -> None:
    """The owner is listed, the seller is not: so one person may join it to another, and one may object."""
    with rigged(tmp_path) as rig:
        rig.say("werk", type="Company", name="Werk Systeme GmbH", country="xa")
        rig.say("copy", type="Company", name="Copy Ltd", country="xc", **ALLEGES)
        rig.say("holding", type="Company", name="Grey Holding SA", country="xd")
        rig.say("own", type="Ownership", owner="@holding", asset="@werk", percentage="70", startDate="2018")
        rig.say("sdn", type="Sanction", entity="@holding", program="SDN", **ALLEGES)
        asked: dict[str, Any] = {"supplier": sid("werk"), "packs": ("us-lists",)}
        assert fired(rig.judge("sale", **asked), "SDN-1")
        contest(rig, "werk", "copy")
        assert fired(rig.judge("sale", **asked), "SDN-1")
        contested = rig.world().resolver.party("supplier", sid("werk"))
        assert (contested.id, set(contested.candidates)) == (None, {sid("werk"), sid("copy")})


def test_a_contested_product_keeps_its_maker(tmp_path: Path) -> None:
    """Whoever made it served an abuser; somebody else sells it."""
    with rigged(tmp_path) as rig:
        rig.say("maker", type="Company", name="Maker Ltd", country="xa")
        rig.say("tool", type="SurveillanceProduct", name="A tool", vendor="@maker")
        rig.say("copy", type="SurveillanceProduct", name="A copy", **ALLEGES)
        rig.say("abuser", type="PublicBody", name="An office", country="xd")
        rig.say("client", type="ClientClaim", client="@abuser", vendor="@maker", stage="reported", **ALLEGES)
        rig.say("case", type="AbuseIncident", name="A case", stage="infected", client="@abuser", clientStage="reported",
                date="2023-01", **ALLEGES)  # fmt: skip
        asked: dict[str, Any] = {"product": sid("tool"), "packs": ("letter-2021",)}
        before = rules(rig, "acquire", **asked)
        assert "L21-j-2x" in before
        contest(rig, "tool", "copy")
        assert before <= rules(rig, "acquire", **asked)
        assert severity(rig.judge("acquire", **asked), "letter-2021") == 3


def test_a_contested_end_user_keeps_its_state(tmp_path: Path) -> None:
    """It sits in another country than was asked for, and that leaves the Union."""
    with rigged(tmp_path) as rig:
        rig.say("werk", type="Company", name="Werk Systeme GmbH", country="de")
        rig.say("copy", type="PublicBody", name="A copy", country="gr", **ALLEGES)
        asked: dict[str, Any] = {"supplier": sid("werk"), "country": "gr", "packs": ("eu-2021-821",)}
        rig.say("lens", type="SurveillanceProduct", controlCode="4D004", **ALLEGES)
        assert rules(rig, "transfer", **asked) == {"EU-3.1"}
        contest(rig, "ministry", "copy")
        assert rules(rig, "transfer", **asked) == {"EU-3.1"}


def test_a_contested_owner_keeps_the_seat_that_it_had_while_joined(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("holding", type="Company", name="Grey Holding SA", country="xd")
        rig.say("copy", type="Company", name="Grey Holding Ltd", country="de")
        rig.say("own", type="Ownership", owner="@holding", asset="@vireo", percentage="70", startDate="2018")
        homes = []
        assert rig.world().deal(ask()).home_states == ("xa", "xd")
        rig.publisher("stranger-3", verified=False)
        judgement(rig, "stranger-3", "holding", "copy", "same")
        homes.append(rig.world().deal(ask()).home_states)
        contest(rig, "holding", "copy")
        homes.append(rig.world().deal(ask()).home_states)
        assert homes == [("de", "xa", "xd"), ("de", "xa", "xd")]


@pytest.mark.parametrize("seat", ["xd", None])
def test_the_seats_of_whom_a_maker_is_contested_with_count_in_every_set_of_states(
    tmp_path: Path, seat: str | None
) -> None:
    """Whose laws are asked for is as with the two joined: the State of the other, or that nobody knows where it sits."""
    with rigged(tmp_path) as rig:
        rig.say("maker", type="Company", name="Maker Ltd", country="xa")
        rig.say("copy", type="Company", name="Copy Ltd", **({"country": seat} if seat else {}))
        rig.say("tool", type="SurveillanceProduct", name="A tool", vendor="@maker")
        rig.say("dorn", type="State", name="Dorn", country="xd")
        rig.say("halt", type="MoratoriumMeasure", state="@dorn", measureKind="moratorium", covers=["sale"],
                date="2023-01-01", **ALLEGES)  # fmt: skip
        asked: dict[str, Any] = {"product": sid("tool")}
        assert rig.world().deal(ask("sale", **asked)).states == ("xa", "xb")
        assert not fired(rig.judge("sale", **asked), "L21-a-4")
        rig.publisher("stranger-3", verified=False)
        judgement(rig, "stranger-3", "maker", "copy", "same")
        joined = rig.judge("sale", **asked)
        contest(rig, "maker", "copy")
        deal = rig.world().deal(ask("sale", **asked))
        split = rig.judge("sale", **asked)
        wanted = ("xa", "xb", seat) if seat else ("xa", "xb")
        homes = ("xa", seat) if seat else ("xa",)
        assert (deal.states, deal.home_states, deal.buyer_states) == (wanted, homes, ("xb",))
        gaps = [(one.selectors, one.caption) for one in deal.gaps]
        assert gaps == ([] if seat else [(("states", "home_states"), "the home State of Copy Ltd")])
        assert fired(joined, "L21-a-4") is fired(split, "L21-a-4") is (seat is not None)
        assert {one.rule for one in joined.reasons} <= {one.rule for one in split.reasons}


def test_a_contested_platform_keeps_its_makers_and_what_is_said_of_it(tmp_path: Path) -> None:
    """A product is a part of something that is contested: the makers of both stand behind it, and the harm of both counts."""
    with rigged(tmp_path) as rig:
        for key, seat in (("one", "xd"), ("two", "fr")):
            rig.say(f"maker-{key}", type="Company", name=f"Maker {key} Ltd", country=seat)
            rig.say(f"suite-{key}", type="SurveillanceProduct", name=f"Suite {key}", vendor=f"@maker-{key}")
        rig.say("suite-two", type="SurveillanceProduct", worksBy="weakening-encryption", **ALLEGES)
        rig.say("lens", type="SurveillanceProduct", partOf="@suite-one")
        (harm,) = rig.ids["suite-two"][2:]
        assert rig.world().deal(ask()).states == ("fr", "xa", "xb", "xd")[1:]
        rig.publisher("stranger-3", verified=False)
        judgement(rig, "stranger-3", "suite-one", "suite-two", "same")
        for state in ("joined", "contested"):
            if state == "contested":
                contest(rig, "suite-one", "suite-two")
            deal = rig.world().deal(ask())
            found = rig.value("product.weakens_encryption", "lens")
            assert (deal.states, found.truth, found.proof) == (("fr", "xa", "xb", "xd"), Truth.TRUE, (harm,))
            assert {sid("maker-one"), sid("maker-two")} <= set(deal.vendors)


def test_a_platform_that_is_contested_lifts_nothing_for_its_parts(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("suite", type="SurveillanceProduct", name="A suite", worksBy="device-intrusion")
        rig.say("copy", type="SurveillanceProduct", name="A copy", **ALLEGES)
        rig.say("lens", type="SurveillanceProduct", partOf="@suite")
        assert rig.value("product.encryption_kept", "lens").truth is Truth.TRUE
        contest(rig, "suite", "copy")
        assert rig.value("product.encryption_kept", "lens").truth is Truth.UNKNOWN


# Who denies what one person alone says


@pytest.mark.parametrize("by", ["victim", "stranger-2"])
def test_a_denial_makes_no_accusation_count(tmp_path: Path, by: str) -> None:
    """One stranger says that a company is a listed one. That joins nothing, and neither does the company's own answer to it."""
    with rigged(tmp_path) as rig:
        for one in ("stranger-1", "stranger-2", "stranger-3"):
            rig.publisher(one, verified=False)
        rig.publisher("victim")
        rig.say("victim", type="Company", name="Honest Systems Ltd", country="xa")
        rig.say("listed", type="Company", name="Listed Ltd", country="xd")
        rig.say("sdn", type="Sanction", entity="@listed", program="SDN", **ALLEGES)
        asked: dict[str, Any] = {"supplier": sid("victim"), "packs": ("us-lists",)}

        def told() -> tuple[bool, str | None]:
            return fired(rig.judge("sale", **asked), "SDN-1"), rig.world().resolver.party("supplier", sid("victim")).id

        assert told() == (False, sid("victim"))
        judgement(rig, "stranger-1", "victim", "listed", "same")
        assert told() == (False, sid("victim"))
        judgement(rig, by, "victim", "listed", "different")
        assert told() == (False, sid("victim"))
        assert rig.world().base.contested == {}
        judgement(rig, "stranger-3", "victim", "listed", "same")  # a second person: now it would be joined
        assert told() == (True, None)


def test_a_denial_keeps_nobody_from_confirming(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        for one in ("clinic-x", "stranger-1"):
            rig.publisher(one, verified=one == "clinic-x")
        rig.say("clinic-x", type="Organization", name="Clinic X", country="xc", by="clinic-x")
        rig.say("lens", type="SurveillanceProduct", worksBy="device-intrusion", by="clinic-x")
        rig.say("listed", type="Company", name="Listed Ltd", country="xd")
        rig.say("sdn", type="Sanction", entity="@listed", program="SDN", **ALLEGES)
        judgement(rig, "stranger-1", "clinic-x", "listed", "same")
        judgement(rig, "clinic-x", "clinic-x", "listed", "different")
        assert rig.value("product.encryption_kept", "lens").truth is Truth.TRUE


# What it is called first


def test_who_calls_a_company_a_document_first_takes_nothing_from_it(tmp_path: Path) -> None:
    """Asked by its id it has its seat, and what stands behind it; also once it takes back that it is a company."""
    with rigged(tmp_path) as rig:
        rig.publisher("werk", verified=False)
        rig.say("werk", type="Document", title="A paper", **ALLEGES)
        rig.say("werk", type="Company", name="Werk Systeme GmbH", country="de", by="werk")
        rig.say("holding", type="Company", name="Grey Holding SA", country="xd")
        rig.say("own", type="Ownership", owner="@holding", asset="@werk", percentage="70", startDate="2018")
        rig.say("sdn", type="Sanction", entity="@holding", program="SDN", **ALLEGES)
        rig.say("lens", type="SurveillanceProduct", controlCode="4D004", **ALLEGES)
        asked: dict[str, Any] = {"supplier": sid("werk")}
        assert rig.world().resolver.party("supplier", sid("werk")).id == sid("werk")
        assert rules(rig, "transfer", **asked, packs=("eu-2021-821",)) == {"EU-3.1"}
        assert fired(rig.judge("sale", **asked, packs=("us-lists",)), "SDN-1")
        told = [id for id in rig.ids["werk"] if rig.register.store.statement(id).statement.type == "Company"]  # type: ignore[union-attr]
        rig.register.retract(told, private("werk"), RetractReason.WRONG)
        assert fired(rig.judge("sale", **asked, packs=("us-lists",)), "SDN-1")


def test_a_product_or_an_end_user_called_something_else_first_is_itself(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        for role, key, type, first in (
            ("product", "tool", "SurveillanceProduct", "Document"),
            ("end_user", "office", "PublicBody", "Document"),
            ("via", "agent", "Company", "SurveillanceProduct"),
        ):
            rig.say(key, type=first, **({"title": "A paper"} if first == "Document" else {"name": "A tool"}), **ALLEGES)
            assert rig.world().resolver.party(role, sid(key)).id is None
            rig.say(key, type=type, name=f"What the {key} is")
            assert rig.world().resolver.party(role, sid(key)).id == sid(key)


def test_who_calls_a_publisher_a_document_first_silences_nobody(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("clinic-x")
        rig.say("clinic-x", type="Document", title="A paper", **ALLEGES)
        rig.say("clinic-x", type="Organization", name="Clinic X", country="xc", by="clinic-x")
        rig.say("lens", type="SurveillanceProduct", worksBy="device-intrusion", by="clinic-x")
        assert rig.world().base.publisher(sid("clinic-x")) == sid("clinic-x")
        assert rig.value("product.encryption_kept", "lens").truth is Truth.TRUE
