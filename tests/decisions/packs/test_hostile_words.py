"""What somebody may publish so that an answer becomes milder, each tried once: the scope of a pack, who is who, whose office it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions import packs
from sousveil.decisions.model import Answer, Truth, Verdict
from sousveil.register.codes import RetractReason
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.store import writing
from tests.decisions.facts.test_whose_act import KINDS, notice
from tests.decisions.rig import FREE, Rig, ask, rigged, sid
from tests.register.maker import private

SEVERITY = [Verdict.NO_RULE_BLOCKS, Verdict.INSUFFICIENT_INFORMATION, Verdict.BLOCKED_UNLESS, Verdict.BLOCKED]
STRANGERS = ("paper", "vireo", "ministry", "calder")
"""A key that is not verified, and verified ones of the supplier, the end user and the supplier's State."""


def severity(answer: Answer, pack: str) -> int:
    return SEVERITY.index(next(one.verdict for one in answer.packs if one.pack == pack))


def fired(answer: Answer, rule: str) -> bool:
    """Whether a rule blocks, or leaves it to somebody to decide."""
    return any(one.rule == rule for one in answer.reasons) or any(
        one.rule == rule and "must decide" in one.needs[0] for one in answer.undecided
    )


def keys(rig: Rig) -> None:
    for one in STRANGERS[1:]:
        rig.publisher(one)


def judgement(rig: Rig, by: str, one: str, other: str, verdict: str) -> None:
    values = {"left": sid(one), "right": sid(other), "verdict": verdict, "reason": "Looked at."}
    rig.register.publish(
        [
            Statement(
                subject=entity_id("judged", by, one, other, verdict),
                type="Judgement",
                property=name,
                value=value,
                source="https://judge.example/",
                publisher=sid(by),
                dataset="direct",
                standing=Standing.CONFIRMED,
            )
            for name, value in values.items()
        ],
        private(by),
        receipt=False,
    )


# The scope of a pack


@pytest.mark.parametrize("by", STRANGERS)
@pytest.mark.parametrize("standing", ["confirmed", "reported"])
def test_nobody_who_gains_or_is_unknown_makes_a_body_a_national_one(tmp_path: Path, by: str, standing: str) -> None:
    """Laws of cities are silent for bodies of the State: that word has to come from somebody independent."""
    with rigged(tmp_path) as rig:
        keys(rig)
        assert fired(rig.judge("use", packs=("ccops",)), "CC-1")
        rig.say("ministry", type="PublicBody", level="national", by=by, standing=standing)
        assert fired(rig.judge("use", packs=("ccops",)), "CC-1")
        assert rig.value("buyer.local_body", "ministry").truth is Truth.UNKNOWN
        rig.say("ministry", type="PublicBody", level="National", by=FREE)
        assert rig.value("buyer.local_body", "ministry").truth is Truth.FALSE
        assert not fired(rig.judge("use", packs=("ccops",)), "CC-1")
        rig.say("ministry", type="PublicBody", level="city", by="paper", standing="reported")
        assert rig.value("buyer.local_body", "ministry").truth is Truth.TRUE


def test_nobody_who_gains_or_is_unknown_makes_a_federal_agency_a_local_one(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        keys(rig)
        rig.publisher("agency")
        rig.say("agency", type="PublicBody", name="An Agency", country="us", by="paper", standing="reported")
        rig.say("n", type="OfficialNotice", authority="@agency", product="@lens", noticeKind="risk-finding", by="paper",
                standing="reported")  # fmt: skip
        asked: dict[str, Any] = {"end_user": sid("agency"), "country": "us", "packs": ("us-eo-14093",)}
        for by in ("paper", "vireo", "agency"):
            assert fired(rig.judge("use", **asked), "EO-2a")
            rig.say("agency", type="PublicBody", level="local", by=by)
        assert fired(rig.judge("use", **asked), "EO-2a")
        rig.say("sheriff", type="PublicBody", name="A sheriff", country="us", level="county")
        assert not fired(rig.judge("use", **asked | {"end_user": sid("sheriff")}), "EO-cert")


def test_an_agency_whose_seat_is_not_on_file_stays_a_question(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("agency", type="PublicBody", name="An Agency")
        asked: dict[str, Any] = {"end_user": sid("agency"), "country": "us"}
        assert rig.value("buyer.us_agency", "agency", **asked).truth is Truth.UNKNOWN
        # asked for another country it is still nobody's word where it sits
        assert rig.value("buyer.us_agency", "agency", **asked | {"country": "xb"}).truth is Truth.UNKNOWN
        rig.say("agency", type="PublicBody", country="xb", by="paper", standing="reported")
        assert rig.value("buyer.us_agency", "agency", **asked | {"country": "xb"}).truth is Truth.UNKNOWN
        rig.say("agency", type="PublicBody", country="xb")
        assert rig.value("buyer.us_agency", "agency", **asked | {"country": "xb"}).truth is Truth.FALSE


def test_a_bureau_is_of_the_state_that_it_is_part_of_though_nobody_wrote_its_country(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("union", type="State", name="United States", country="us")
        rig.say("department", type="PublicBody", name="A Department", partOf="@union")
        (named, *_) = rig.say("bureau", type="PublicBody", name="A Bureau", partOf="@department", level="federal")
        asked: dict[str, Any] = {"end_user": sid("bureau"), "country": "co"}
        found = rig.value("buyer.us_agency", "bureau", **asked)
        assert (found.truth, found.proof) == (Truth.TRUE, (named,))
        assert fired(rig.judge("use", packs=("us-eo-14093",), **asked), "EO-cert")
        rig.say(
            "office", type="PublicBody", name="An Office", partOf="@averna"
        )  # of another State, by somebody independent
        asked = {"end_user": sid("office"), "country": "co"}
        assert rig.value("buyer.us_agency", "office", **asked).truth is Truth.FALSE
        rig.say("office", type="PublicBody", partOf="@union", by="paper", standing="alleged")
        assert rig.value("buyer.us_agency", "office", **asked).truth is Truth.FALSE
        rig.say("office", type="PublicBody", partOf="@union", by="paper", standing="reported")
        assert rig.value("buyer.us_agency", "office", **asked).truth is Truth.TRUE


def test_an_allegation_makes_nobody_an_agency_and_the_proof_is_who_calls_it_one(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("club", type="Organization", name="A club", country="us", by="paper", standing="reported")
        asked: dict[str, Any] = {"end_user": sid("club"), "country": "us"}
        rig.say("club", type="PublicBody", name="A club", by="paper", standing="alleged")
        found = rig.value("buyer.us_agency", "club", **asked)
        assert (found.truth, found.proof, found.alleged) == (Truth.UNKNOWN, (), False)
        (called,) = rig.say("club", type="PublicBody", name="A club", by="paper", standing="reported")
        found = rig.value("buyer.us_agency", "club", **asked)
        assert (found.truth, found.proof, found.alleged) == (Truth.TRUE, (called,), False)


@pytest.mark.parametrize("by", ["paper", "werk", "calder"])
def test_a_seat_that_is_put_in_rules_no_other_out(tmp_path: Path, by: str) -> None:
    """Where the seat is not known each State's law may bind; a stranger's word, or that of the company, does not say that none does."""
    with rigged(tmp_path) as rig:
        for one in ("werk", "calder"):
            rig.publisher(one)
        rig.say("werk", type="Company", name="Werk Systems Ltd")
        asked: dict[str, Any] = {"supplier": sid("werk"), "packs": ("il-5766-2007", "bg-2011", "eu-2021-821")}
        before = rig.judge("sale", **asked)
        rig.say("werk", type="Company", country="xd", by=by)
        after = rig.judge("sale", **asked)
        for pack in asked["packs"]:
            assert severity(after, pack) >= severity(before, pack) == 1, pack
        assert rig.value("vendor.seated_in_israel", "werk", **asked).truth is Truth.UNKNOWN
        rig.say("werk", type="Company", country="xd", by=FREE)
        assert rig.value("vendor.seated_in_israel", "werk", **asked).truth is Truth.FALSE


def test_an_end_user_elsewhere_makes_it_leave_the_union_whatever_country_is_asked_for(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("werk", type="Company", name="Werk Systeme GmbH", country="de")
        asked: dict[str, Any] = {"supplier": sid("werk"), "exporting_country": "de", "country": "gr"}
        assert rig.value("deal.leaves_the_union", "", **asked).truth is Truth.TRUE  # the ministry sits in xb
        assert rig.value("deal.leaves_the_union", "", **asked | {"end_user": "Nobody"}).truth is Truth.FALSE


@pytest.mark.parametrize("rule", ["EU-14", "EU-16.2"])
def test_one_more_seat_of_the_seller_makes_nothing_another_state_did_its_own(tmp_path: Path, rule: str) -> None:
    """The goods lie in France, and France refused: a word that the seller sits there too takes neither away."""
    with rigged(tmp_path) as rig:
        rig.say("werk", type="Company", name="Werk Systeme GmbH", country="de")
        rig.say("fr-office", type="PublicBody", name="An office", country="fr")
        by = {"by": "paper", "standing": "reported"}
        rig.say("l", type="ExportLicence", licensee="@werk", product="@lens", status="applied", goodsIn="fr", **by)
        rig.say(
            "no", type="ExportLicence", licensee="@werk", product="@lens", status="refused", issuer="@fr-office", **by
        )
        asked: dict[str, Any] = {"supplier": sid("werk"), "packs": ("eu-2021-821",)}
        assert fired(rig.judge("sale", **asked), rule)
        rig.say("werk", type="Company", country="fr", **by)
        assert fired(rig.judge("sale", **asked), rule)
        assert not fired(rig.judge("sale", **asked, exporting_country="fr"), rule)  # France itself is asked


# Who is who


@pytest.mark.parametrize("role", ["supplier", "end_user"])
def test_who_splits_what_others_joined_makes_nothing_milder(tmp_path: Path, role: str) -> None:
    """Two records of one company or body, joined by two people; a third says that they differ: nobody knows, and both count."""
    with rigged(tmp_path) as rig:
        for one in ("judge-1", "judge-2", "vireo"):
            rig.publisher(one)
        type = "Company" if role == "supplier" else "PublicBody"
        old, new = ("morrow", "copy") if role == "supplier" else ("ministry", "copy")
        rig.say("morrow", type="Company", name="Morrow Interception GmbH", country="xa")
        rig.say("copy", type=type, name="Another spelling of it", country="xb")
        rig.say("client", type="ClientClaim", client="@ministry", vendor="@morrow", stage="reported", by="paper",
                standing="reported")  # fmt: skip
        rig.say("case", type="AbuseIncident", name="A case", stage="infected", product="@lens", client="@ministry",
                clientStage="reported", date="2023-01", by="paper", standing="reported")  # fmt: skip
        rig.say("sdn", type="Sanction", entity=f"@{old}", program="SDN", by="paper", standing="reported")
        asked: dict[str, Any] = {role: sid(new), "packs": ("us-lists",)}
        alone = rig.judge("sale", **asked)
        for judge in ("judge-1", "judge-2"):
            judgement(rig, judge, old, new, "same")
        joined = rig.judge("sale", **asked)
        rule = "SDN-1" if role == "supplier" else "SDN-1b"
        assert (fired(alone, rule), fired(joined, rule)) == (False, True)
        judgement(rig, "vireo", old, new, "different")
        split = rig.judge("sale", **asked)
        assert fired(split, rule)
        assert {one.rule for one in joined.reasons} <= {one.rule for one in split.reasons}
        assert split.notes[0].startswith(f"“{sid(new)}”: 2 records fit") and split.notes[0].endswith(f"({sid(old)}).")
        for pack in ("letter-2021", "us-lists"):
            assert severity(split, pack) >= severity(joined, pack)


def test_who_is_said_to_be_somebody_who_gains_lifts_nothing(tmp_path: Path) -> None:
    """Neither by the word of another that they are two."""
    with rigged(tmp_path) as rig:
        for one in ("judge-1", "vireo", "clinic-x"):
            rig.publisher(one)
        rig.say("clinic-x", type="Organization", name="Clinic X", country="xc", by="clinic-x")
        rig.say("lens", type="SurveillanceProduct", worksBy="device-intrusion", by="clinic-x")
        assert rig.value("product.encryption_kept", "lens").truth is Truth.TRUE
        judgement(rig, "judge-1", "clinic-x", "vireo", "same")
        assert rig.value("product.encryption_kept", "lens").truth is Truth.UNKNOWN
        judgement(rig, "vireo", "clinic-x", "vireo", "different")
        assert rig.value("product.encryption_kept", "lens").truth is Truth.UNKNOWN


@pytest.mark.parametrize("by", ["morrow", "holding", "vireo", FREE])
def test_no_single_publisher_names_a_shell_beside_a_blocked_company(tmp_path: Path, by: str) -> None:
    """A record that was made to catch a slip in its name stays one candidate, also where the company's own verified key made it."""
    with rigged(tmp_path) as rig:
        for one in ("morrow", "holding", "vireo"):
            rig.publisher(one)
        rig.say("morrow", type="Company", name="Morrow Interception GmbH", country="xa")
        rig.say("holding", type="Company", name="Grey Holding SA", country="xc", by="holding")
        rig.say(
            "own", type="Ownership", owner="@holding", asset="@morrow", percentage="10", startDate="2020", by="paper"
        )
        rig.say("m-lens", type="SurveillanceProduct", name="Nightjar", vendor="@morrow")
        rig.say("tool", type="SurveillanceProduct", name="A tool of nobody")
        rig.say("sdn", type="Sanction", entity="@morrow", program="SDN", by="paper", standing="reported")
        asked: dict[str, Any] = {"supplier": "Morow Interception", "product": sid("tool"), "packs": ("us-lists",)}
        assert fired(rig.judge("sale", **asked), "SDN-1")
        rig.say("shell", type="Company", name="Morow Interception", country="xd", by=by)
        answer = rig.judge("sale", **asked)
        assert fired(answer, "SDN-1")
        assert answer.notes[0].startswith("“Morow Interception”: 2 records fit")


# What something is called first


def test_who_tells_of_something_first_as_something_else_hides_nothing(tmp_path: Path) -> None:
    """Ids of data sets can be guessed: whoever is first calls a measure a document, or an agency an organization."""
    with rigged(tmp_path) as rig:
        rig.publisher("vireo")
        halt: dict[str, Any] = {
            "measureKind": "moratorium",
            "covers": ["sale"],
            "state": "@averna",
            "date": "2023-01-01",
        }
        rig.say("halt", type="Document", title="A paper", by="vireo")
        assert not fired(rig.judge("sale"), "L21-a-4")
        rig.say("halt", type="MoratoriumMeasure", by="paper", standing="reported", **halt)
        assert fired(rig.judge("sale"), "L21-a-4")
        rig.say("agency", type="Organization", name="An Agency", by="vireo")
        rig.say("agency", type="PublicBody", country="us", by="paper", standing="reported")
        rig.say("n", type="OfficialNotice", authority="@agency", product="@lens", noticeKind="risk-finding", by="paper",
                standing="reported")  # fmt: skip
        asked: dict[str, Any] = {"end_user": sid("agency"), "country": "us", "packs": ("us-eo-14093",)}
        assert fired(rig.judge("use", **asked), "EO-2a")


def test_a_part_of_a_state_that_calls_itself_an_organization_confirms_nothing_once_that_is_reported(
    tmp_path: Path,
) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("institute-x")
        rig.say("institute-x", type="Organization", name="Institute X", country="xc", by="institute-x")
        rig.say("lens", type="SurveillanceProduct", worksBy="device-intrusion", by="institute-x")
        assert rig.value("product.encryption_kept", "lens").truth is Truth.TRUE
        rig.say("institute-x", type="PublicBody", name="Institute X", by="paper", standing="alleged")
        assert rig.value("product.encryption_kept", "lens").truth is Truth.TRUE
        rig.say("institute-x", type="PublicBody", level="national", by="paper", standing="reported")
        assert rig.value("product.encryption_kept", "lens").truth is Truth.UNKNOWN


@pytest.mark.parametrize(("by", "silent"), [("paper", False), ("ministry", False), (FREE, True)])
def test_only_somebody_independent_makes_an_end_user_a_government(tmp_path: Path, by: str, silent: bool) -> None:
    """The rule on sales to governments falls silent for one."""
    with rigged(tmp_path) as rig:
        rig.publisher("ministry")
        rig.say("werk", type="Company", name="Werk Systems Ltd", country="il")
        rig.say("club", type="Organization", name="A club", country="xb", by="paper", standing="reported")
        asked: dict[str, Any] = {"supplier": sid("werk"), "exporting_country": "il", "end_user": sid("club")}
        assert rig.value("buyer.government", "club", **asked).truth is Truth.UNKNOWN
        (called,) = rig.say("club", type="PublicBody", name="A club", by=by)
        found = rig.value("buyer.government", "club", **asked)
        assert (found.truth, found.proof) == (Truth.TRUE if silent else Truth.UNKNOWN, (called,))


@pytest.mark.parametrize(
    ("fact", "subject", "record", "name", "by"),
    [
        ("deal.authorised", "", "licence", "issuer", FREE),
        ("vendor.registered", "vireo", "countersigned", "authority", "registry"),
    ],
)
def test_a_seat_that_is_put_in_makes_no_office_of_another_state_the_one_that_acts(
    tmp_path: Path, fact: str, subject: str, record: str, name: str, by: str
) -> None:
    """An office of Lindmark acts in the place of Calder's, where the seller says that it sits in Lindmark too."""
    from tests.decisions.met import LIFTS

    with rigged(tmp_path) as rig:
        for one in ("vireo", "lind"):
            rig.publisher(one)
        LIFTS[fact][1](rig, FREE, "confirmed")
        assert rig.value(fact, subject).truth is Truth.TRUE
        told = {id: rig.register.store.statement(id).statement for id in rig.ids[record]}  # type: ignore[union-attr]
        held = next(id for id, one in told.items() if one.property == name)
        rig.register.retract([held], private(by), RetractReason.WRONG)
        assert rig.value(fact, subject).truth is Truth.UNKNOWN
        rig.say("lindmark", type="State", name="Lindmark", country="xd")
        rig.say("lind", type="PublicBody", name="An office of Lindmark", country="xd", partOf="@lindmark", level="national",
                office=["licensing", "registry"])  # fmt: skip
        again = {one.property: one.value for one in told.values()}
        rig.say(record, type=told[held].type, by="lind", **{**again, name: "@lind"})
        for mole in ("vireo", "paper", "lind"):
            rig.say("vireo", type="Company", country="xd", by=mole)
            assert rig.value(fact, subject).truth is Truth.UNKNOWN, mole
        rig.say("vireo", type="Company", country="xd", by=FREE)
        assert rig.value(fact, subject).truth is Truth.TRUE


def test_calling_a_city_a_state_makes_it_none(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry")
        rig.say("city", type="State", name="City of Averna", by="ministry")
        rig.say("city", type="PublicBody", country="xb", partOf="@averna")
        notice(rig, "end-use-declaration", "@city")
        assert rig.value("deal.end_use_declared", "").truth is Truth.UNKNOWN


# Whose act it is


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("levels", "truth"),
    [
        ({}, Truth.UNKNOWN),  # nothing says on which level it is
        ({"watch": "national"}, Truth.TRUE),
        ({"watch": "federal"}, Truth.TRUE),
        ({"watch": "local"}, Truth.UNKNOWN),
        ({"watch": "state"}, Truth.UNKNOWN),  # a word that is not decided
        ({"ministry": "national"}, Truth.UNKNOWN),
        ({"paper": "national"}, Truth.UNKNOWN),
        ({"watch": "national", "paper": "city"}, Truth.UNKNOWN),
    ],
)
def test_a_city_signs_nothing_for_its_state(tmp_path: Path, kind: str, levels: dict[str, str], truth: Truth) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry")
        rig.say("city", type="PublicBody", name="City of Averna", country="xb", partOf="@averna")
        notice(rig, kind, "@city")
        for by, level in levels.items():
            rig.say(
                "city", type="PublicBody", level=level, by=by, standing="reported" if by == "paper" else "confirmed"
            )
        assert rig.value(KINDS[kind], "").truth is truth


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_of_a_city_is_no_body_of_the_state_and_the_state_itself_is(tmp_path: Path, kind: str) -> None:
    with rigged(tmp_path) as rig:
        rig.say("city", type="PublicBody", name="City of Averna", country="xb", partOf="@averna", level="local")
        rig.say("guard", type="PublicBody", name="City Guard", country="xb", partOf="@city", level="national")
        notice(rig, kind, "@guard")
        assert rig.value(KINDS[kind], "").truth is Truth.UNKNOWN
        rig.say("signed", type="OfficialNotice", authority="@averna")
        assert rig.value(KINDS[kind], "").truth is Truth.TRUE


def test_a_city_registers_no_exporter_and_is_not_asked_for_its_state(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("werk", type="Company", name="Werk Systems Ltd", country="bg")
        rig.say("bg-state", type="State", name="Bulgaria", country="bg")
        rig.say("sofia", type="PublicBody", name="A city", country="bg", partOf="@bg-state")
        rig.say("c", type="OfficialNotice", authority="@sofia", recipient="@werk", noticeKind="registration-certificate",
                outcome="given", date="2024-01-15", expiresOn="2025-01-15")  # fmt: skip
        asked: dict[str, Any] = {"supplier": sid("werk")}
        assert rig.value("vendor.exporter_certified", "werk", **asked).truth is Truth.UNKNOWN
        rig.say("sofia", type="PublicBody", office="licensing")
        assert rig.value("vendor.exporter_certified", "werk", **asked).truth is Truth.TRUE


def test_a_certification_of_the_use_is_no_step_before_buying(tmp_path: Path) -> None:
    """Section 3 asks for steps that were not read: nothing on file shows them."""
    from tests.decisions.met import official

    with rigged(tmp_path) as rig:
        rig.say("ministry", type="PublicBody", country="us")
        official("certification")(rig, FREE, "confirmed")
        answer = rig.judge("acquire", country="us", packs=("us-eo-14093",))
        assert fired(answer, "EO-3")


# Two times


def test_as_of_a_day_with_what_was_known_on_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of 1 May 2019, with what was known on 18 July 2021: told later plays no part, and so does what was taken back later."""
    from sousveil.decisions.answer.asking import Desk, size_on

    def on(day: str) -> None:
        monkeypatch.setattr(writing, "utc_now", lambda: f"{day}T12:00:00Z")

    on("2019-01-01")
    with rigged(tmp_path) as rig:
        on("2021-07-18")
        rig.say("holding", type="Company", name="Grey Holding SA", country="xc", by="paper", standing="reported")
        rig.say("own", type="Ownership", owner="@holding", asset="@vireo", percentage="70", startDate="2018-10",
                endDate="2020-03", by="paper", standing="reported")  # fmt: skip
        rig.say("sdn", type="Sanction", entity="@holding", program="SDN", listingDate="2018-09-01", by="paper",
                standing="reported")  # fmt: skip
        on("2021-07-19")
        rig.retract("own", "paper")

        def answer(as_of: str, known: str | None) -> tuple[bool, int, str]:
            asked = ask("sale", packs=("us-lists",), as_of=as_of, known_on=size_on(rig.register, known))
            found = Desk(rig.register.store).answer(asked)
            letter = next(one.verdict for one in found.packs if one.pack == packs.FIRST)
            return fired(found, "SDN-1"), found.known_on, str(letter)

        size = rig.size
        assert answer("2019-05-01", "2021-07-18") == (True, size - 1, "no_rule_blocks")
        assert answer("2019-05-01", "2021-07-17")[0] is False
        assert answer("2019-05-01", "2021-07-19") == (False, size, "no_rule_blocks")
        assert answer("2020-05-01", "2021-07-18")[0] is False  # the ownership had ended
        assert answer("2018-09-30", "2021-07-18")[0] is False  # it had not begun
        assert answer("2021-07-27", "2021-07-18") == (False, size - 1, "blocked")


@pytest.mark.parametrize(
    ("fact", "subject"),
    [("deal.authorised", ""), *((f"vendor.{one}", "vireo") for one in ("marketing_licensed", "registered", "no_abusing_client"))],
)  # fmt: skip
@pytest.mark.parametrize("by", ["vireo", "calder"])
def test_where_only_the_seller_or_its_state_tells_the_seat_that_is_what_is_missing(
    tmp_path: Path, by: str, fact: str, subject: str
) -> None:
    """What its State signed is on file: the answer asks for the seat, not only for what is there."""
    from tests.decisions.met import LIFTS

    with rigged(tmp_path) as rig:
        for one in ("vireo", "calder"):
            rig.publisher(one)
        for known in ("deal.authorised", "vendor.registered"):
            LIFTS[known][1](rig, FREE, "confirmed")
        rig.say("vireo", type="Company", country="xa", by=by)
        (told,) = (id for id in rig.ids["vireo"] if _by(rig, id, "country", FREE))
        rig.register.retract([told], private(FREE), RetractReason.WRONG)
        found = rig.value(fact, subject)
        assert found.truth is Truth.UNKNOWN
        assert "confirmed seat" in found.needs
        if not subject:
            assert rig.value(fact, subject, exporting_country="xa").truth is Truth.TRUE


def _by(rig: Rig, id: str, name: str, by: str) -> bool:
    said = rig.register.store.statement(id).statement  # type: ignore[union-attr]
    return said.property == name and said.publisher == sid(by)
