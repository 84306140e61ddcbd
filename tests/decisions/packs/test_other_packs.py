"""The packs beside the letter: one row a rule, what makes it speak and what comes near. On real registers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions import packs
from sousveil.decisions.model import Answer, Truth
from tests.decisions.met import LIFTS, PROFILE
from tests.decisions.rig import Rig, rigged, sid

Setting = Callable[[Rig], object]
REPORTED = {"by": "paper", "standing": "reported"}


def say(key: str, type: str, **values: object) -> Setting:
    return lambda rig: rig.say(key, type=type, **{**REPORTED, **values})


def many(*settings: Setting) -> Setting:
    def run(rig: Rig) -> None:
        for one in settings:
            one(rig)

    return run


def abroad(rig: Rig) -> None:
    """A supplier in a Member State of the Union."""
    rig.say("werk", type="Company", name="Werk Systeme GmbH", country="de")
    rig.say("lens", type="SurveillanceProduct", vendor="@werk")


def licensed(rig: Rig, licensee: str, issuer: str) -> None:
    """An office lets somebody export the lens to the ministry."""
    rig.say("authorisation", type="ExportLicence", licensee=licensee, issuer=issuer, product="@lens", destination="xb",
            endUser="@ministry", licenceKind="export", status="granted", issueDate="2024-01-15",
            expiryDate="2025-01-15")  # fmt: skip


def seated(code: str) -> Setting:
    """A supplier with its seat in this country."""

    def run(rig: Rig) -> None:
        rig.say("werk", type="Company", name="Werk Systems Ltd", country=code)
        rig.say("lens", type="SurveillanceProduct", vendor="@werk")

    return run


def agency(rig: Rig) -> None:
    rig.say("agency", type="PublicBody", name="An Agency", country="us", level="federal")


EU = {"supplier": sid("werk"), "exporting_country": "de"}
ISRAEL = {"supplier": sid("werk"), "exporting_country": "il"}
BULGARIA = {"supplier": sid("werk"), "exporting_country": "bg"}
US = {"end_user": sid("agency"), "country": "us"}
CASE = say("case", "AbuseIncident", name="A case", stage="infected", product="@lens", vendor="@vireo", client="@ministry",
           clientStage="reported", date="2024-02", targetCountry="xb")  # fmt: skip
PALL_MALL = say("pm", "TreatyParticipation", state="@averna", forum="Pall Mall Process", participation="supporter")
MEMBER = {"country": "gr"}
LOCAL = say("ministry", "PublicBody", level="local")
REJECTED = many(
    say("board", "OversightBody", name="A board"),
    say("proposal", "Acquisition", name="Lens", body="@ministry", product="@lens", proposedOn="2024-01"),
    say("no", "OversightDecision", body="@board", about="@proposal", outcome="rejected", date="2024-03-01"),
)
OWNED = many(
    say("holding", "Company", name="Grey Holding SA", country="xc"),
    say("own", "Ownership", owner="@holding", asset="@vireo", percentage="50", startDate="2020"),
)
BUYER_OWNED = many(
    say("holding", "Company", name="Grey Holding SA", country="xc"),
    say("own", "Ownership", owner="@holding", asset="@ministry", percentage="50", startDate="2020"),
)
ROWS: dict[str, tuple[str, str, dict[str, str], Setting, str]] = {
    "EU-3.1": (
        "eu-2021-821",
        "transfer",
        EU,
        many(abroad, say("lens", "SurveillanceProduct", controlCode="4D004")),
        "reason",
    ),
    "EU-4.1": (
        "eu-2021-821",
        "transfer",
        EU,
        many(
            abroad,
            say("n", "OfficialNotice", authority="@de", recipient="@werk", noticeKind="informed-of-military-use"),
        ),
        "reason",
    ),
    "EU-5.1": (
        "eu-2021-821",
        "transfer",
        EU,
        many(
            abroad, say("n", "OfficialNotice", authority="@de", recipient="@werk", noticeKind="informed-of-repression")
        ),
        "reason",
    ),
    "EU-5.2": (
        "eu-2021-821",
        "transfer",
        EU,
        many(abroad, say("r", "DueDiligenceReport", company="@werk", product="@lens", severeFinding="Lawyers.")),
        "undecided",
    ),
    "EU-5.3": ("eu-2021-821", "transfer", EU, many(abroad, CASE), "undecided"),
    "EU-10": (
        "eu-2021-821",
        "transfer",
        EU,
        many(
            abroad, say("n", "OfficialNotice", authority="@de", recipient="@werk", noticeKind="informed-of-repression")
        ),
        "undecided",
    ),
    "EU-14": (
        "eu-2021-821",
        "transfer",
        EU,
        many(abroad, say("l", "ExportLicence", licensee="@werk", product="@lens", status="applied", goodsIn="fr")),
        "undecided",
    ),
    "EU-14-objected": (
        "eu-2021-821",
        "grant-licence",
        EU,
        many(abroad, say("n", "OfficialNotice", authority="@fr", recipient="@werk", noticeKind="objection")),
        "reason",
    ),
    "EU-26": ("eu-2021-821", "transfer", EU, abroad, "duty"),
    "EU-16.2": (
        "eu-2021-821",
        "transfer",
        EU,
        many(
            abroad,
            say("office", "PublicBody", name="Office of Sarvia", country="xc"),
            say(
                "l",
                "ExportLicence",
                licensee="@werk",
                issuer="@office",
                product="@lens",
                destination="xb",
                status="refused",
            ),
        ),
        "undecided",
    ),
    "EU-REC-5": (
        "eu-2021-821",
        "transfer",
        {**EU, "as_of": "2024-11-01"},
        many(abroad, say("lens", "SurveillanceProduct", category="biometrics")),
        "undecided",
    ),
    "EMFA-4.3": (
        "eu-2024-1083",
        "use",
        {"country": "gr", "as_of": "2025-09-01"},
        many(CASE, say("case", "AbuseIncident", targetCategory="journalist")),
        "undecided",
    ),
    "EMFA-4.3c": ("eu-2024-1083", "use", {"country": "gr", "as_of": "2025-09-01"}, CASE, "undecided"),
    "IL-14": ("il-5766-2007", "marketing", ISRAEL, seated("il"), "reason"),
    "IL-15": ("il-5766-2007", "transfer", ISRAEL, seated("il"), "undecided"),
    "IL-end-use": ("il-5766-2007", "sale", ISRAEL, seated("il"), "undecided"),
    "IL-governments": (
        "il-5766-2007",
        "sale",
        ISRAEL | {"end_user": sid("agency-inc")},
        many(seated("il"), say("agency-inc", "Company", name="Agency Inc", country="xb")),
        "",
    ),
    "BG-register": ("bg-2011", "transfer", BULGARIA, seated("bg"), "undecided"),
    "BG-licence": ("bg-2011", "maintenance", BULGARIA, seated("bg"), "undecided"),
    "EAR-744.16a": ("us-lists", "sale", {}, say("el", "Sanction", entity="@ministry", program="Entity List"), "reason"),
    "EAR-744.11": ("us-lists", "use", {}, say("el", "Sanction", entity="@vireo", program="Entity List"), "duty"),
    "EAR-50": (
        "us-lists",
        "sale",
        {"as_of": "2025-10-01"},
        many(OWNED, say("el", "Sanction", entity="@holding", program="Entity List")),
        "undecided",
    ),
    "EAR-50b": (
        "us-lists",
        "sale",
        {"as_of": "2025-10-01"},
        many(BUYER_OWNED, say("el", "Sanction", entity="@holding", program="Entity List")),
        "undecided",
    ),
    "SDN-1": ("us-lists", "invest", {}, say("sdn", "Sanction", entity="@vireo", program="SDN"), "undecided"),
    "SDN-1b": ("us-lists", "use", {}, say("sdn", "Sanction", entity="@ministry", program="SDN"), "undecided"),
    "SDN-2": (
        "us-lists",
        "sale",
        {},
        many(OWNED, say("sdn", "Sanction", entity="@holding", program="SDN")),
        "undecided",
    ),
    "SDN-2b": (
        "us-lists",
        "sale",
        {},
        many(BUYER_OWNED, say("sdn", "Sanction", entity="@holding", program="SDN")),
        "undecided",
    ),
    "EO-2a": (
        "us-eo-14093",
        "use",
        US,
        many(agency, say("n", "OfficialNotice", authority="@agency", product="@lens", noticeKind="risk-finding")),
        "reason",
    ),
    "EO-factors": ("us-eo-14093", "use", US, many(agency, CASE), "undecided"),
    "EO-cert": ("us-eo-14093", "use", US, agency, "undecided"),
    "EO-3": ("us-eo-14093", "acquire", US, agency, "undecided"),
    "EO-4": ("us-eo-14093", "acquire", US, agency, "duty"),
    "PM-1": ("pall-mall-2025", "use", {"as_of": "2025-06-01"}, PALL_MALL, "undecided"),
    "PM-2": ("pall-mall-2025", "use", {"as_of": "2025-06-01"}, many(PALL_MALL, CASE), "undecided"),
    "PM-4": ("pall-mall-2025", "acquire", {"as_of": "2025-06-01"}, PALL_MALL, "undecided"),
    "PEGA-1": ("pega-2023", "use", MEMBER, CASE, "undecided"),
    "PEGA-2": ("pega-2023", "use", MEMBER, CASE, "undecided"),
    "PEGA-3": ("pega-2023", "sale", MEMBER, CASE, "undecided"),
    "PEGA-4": ("pega-2023", "transfer", MEMBER, CASE, "undecided"),
    "PACE-15": ("pace-2023", "use", MEMBER, CASE, "reason"),
    "CC-1": ("ccops", "use", {}, LOCAL, "reason"),
    "CC-2": ("ccops", "acquire", {}, REJECTED, "reason"),
    "CC-2-impact": ("ccops", "use", {}, LOCAL, "reason"),
    "CC-4": (
        "ccops",
        "use",
        {},
        many(LOCAL, say("use", "Deployment", body="@ministry", product="@lens", startDate="2024-01")),
        "duty",
    ),
    "CC-3": ("ccops", "acquire", {}, LOCAL, "reason"),
}
"""Rule -> pack, action, what is asked besides, what is published, and where it then stands ("": a fact is missing)."""


def where(answer: Answer, rule: str) -> set[str]:
    found = set()
    for name, rows in (("reason", answer.reasons), ("duty", answer.duties)):
        found |= {name for one in rows if one.rule == rule}
    return found | {"undecided" for one in answer.undecided if one.rule == rule and "must decide" in one.needs[0]}


def test_the_table_has_every_rule() -> None:
    assert set(ROWS) == {rule.id for name in packs.names() if name != packs.FIRST for rule in packs.pack(name).rules}


@pytest.mark.parametrize("rule", ROWS)
def test_a_rule_speaks_when_its_facts_do(tmp_path: Path, rule: str) -> None:
    pack, action, more, publish, place = ROWS[rule]
    with rigged(tmp_path) as rig:
        publish(rig)
        asked = {"packs": (pack,), **more}
        answer = rig.judge(action, **asked)
        if place:
            assert place in where(answer, rule), (answer.reasons, answer.undecided)
        else:  # nothing says that somebody is no part of a State, so that it stays a question
            assert [one.rule for one in answer.undecided if one.rule == rule] == [rule]
        days = {**asked, "as_of": packs.pack(pack).in_force.start}
        assert where(rig.judge(action, **{**days, "as_of": "2001-01-01"}), rule) == set()


def test_scope_keeps_packs_silent(tmp_path: Path) -> None:
    """Nothing leaves the Union, no US agency, no Member State: these packs have nothing to say, however bad the facts."""
    with rigged(tmp_path) as rig:
        CASE(rig)
        assert where(rig.judge("use", packs=("pace-2023",)), "PACE-15") == set()
        answer = rig.judge("transfer", packs=("eu-2021-821", "us-eo-14093", "pega-2023"))
        for rule in ("EU-3.1", "EU-5.1", "EU-5.3", "EO-2a", "EO-cert", "PEGA-1", "PEGA-2"):
            assert where(answer, rule) == set()


def test_law_and_a_court_leave_a_use_in_a_state_of_the_council_undecided(tmp_path: Path) -> None:
    """(PACE-15): no law and no court suffice alone, and with both it is for the Venice Commission."""
    with rigged(tmp_path) as rig:
        CASE(rig)
        rig.say("greece", type="State", name="Greece", country="gr")
        rig.say("court", type="PublicBody", name="Court", partOf="@greece", office="court")
        found = [where(rig.judge("use", packs=("pace-2023",), **MEMBER), "PACE-15")]
        rig.say("law", type="Law", title="Act on safeguards", jurisdiction="gr", status="in-force", topic="safeguards",
                provides=PROFILE, enforced="yes", inForceFrom="2022-01-01", valid_until="..")  # fmt: skip
        rig.second("law", type="Law", enforced="yes", valid_until="..")
        found.append(where(rig.judge("use", packs=("pace-2023",), **MEMBER), "PACE-15"))
        practice = {"status": "open", "practice": "Nine cases.", "casesHeard": "9"}
        rig.say("path", type="RemedyPath", name="Court", country="gr", pathKind="court", body="@court",
                startDate="2022-01-01", valid_until="..", **practice)  # fmt: skip
        rig.second("path", type="RemedyPath", valid_until="..", **practice)
        found.append(where(rig.judge("use", packs=("pace-2023",), **MEMBER), "PACE-15"))
        assert found == [{"reason"}, {"reason"}, {"undecided"}]


def test_the_law_of_a_state_binds_who_sits_there(tmp_path: Path) -> None:
    """A company of Calder is bound neither by the law of Israel nor by that of Bulgaria, wherever it sells."""
    with rigged(tmp_path) as rig:
        CASE(rig)
        for action in ("marketing", "transfer", "sale", "maintenance"):
            answer = rig.judge(action, packs=("il-5766-2007", "bg-2011"))
            assert {
                one.rule for one in (*answer.reasons, *answer.undecided) if one.rule.startswith(("IL-", "BG-"))
            } == set()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({}, set()),
        ({"licenceKind": "export"}, {"reason"}),
        ({"licensee": "@vireo"}, {"reason"}),
        ({"endUser": "@werk"}, {"reason"}),
        ({"destination": "xc"}, {"reason"}),
        ({"expiryDate": "2024-05-31"}, {"reason"}),
        ({"issuer": "@ministry"}, {"reason"}),
        ({"standing": "reported"}, {"reason"}),
        ({"by": "werk"}, {"reason"}),
        ({"by": "paper"}, {"reason"}),
    ],
)
def test_a_marketing_licence_lifts_where_it_is_for_this(
    tmp_path: Path, change: dict[str, str], place: set[str]
) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("werk")
        seated("il")(rig)
        rig.say("il-state", type="State", name="Israel", country="il")
        rig.say(
            "deca", type="PublicBody", name="A control agency", country="il", partOf="@il-state", office="licensing"
        )
        values = {
            "licensee": "@werk",
            "issuer": "@deca",
            "product": "@lens",
            "destination": "xb",
            "licenceKind": "marketing",
            "status": "granted",
            "issueDate": "2024-01-15",
            "expiryDate": "2025-01-15",
        }
        rig.say("marketing", type="ExportLicence", **(values | change))
        assert where(rig.judge("marketing", packs=("il-5766-2007",), **ISRAEL), "IL-14") == place
        # The licence to export is missing in any case: the rule must not say that neither of the two is there.
        (one,) = (
            each for each in rig.judge("transfer", packs=("il-5766-2007",), **ISRAEL).undecided if each.rule == "IL-15"
        )
        assert one.says.endswith("after the one to market it; not both are on file.")


@pytest.mark.parametrize(("recipient", "place"), [("@werk", set()), ("@vireo", {"undecided"})])
def test_a_certificate_registers_whom_it_names(tmp_path: Path, recipient: str, place: set[str]) -> None:
    with rigged(tmp_path) as rig:
        seated("bg")(rig)
        rig.say("bg-state", type="State", name="Bulgaria", country="bg")
        rig.say(
            "commission", type="PublicBody", name="A commission", country="bg", partOf="@bg-state", level="national"
        )
        rig.say(
            "certificate",
            type="OfficialNotice",
            authority="@commission",
            recipient=recipient,
            noticeKind="registration-certificate",
            outcome="given",
            date="2024-01-15",
            expiresOn="2025-01-15",
        )
        assert where(rig.judge("transfer", packs=("bg-2011",), **BULGARIA), "BG-register") == place


@pytest.mark.parametrize(("date", "place"), [("2024-02", set()), ("2023-05-20", {"duty"}), ("2024-07-01", {"duty"})])
def test_the_yearly_report_is_of_the_last_year(tmp_path: Path, date: str, place: set[str]) -> None:
    with rigged(tmp_path) as rig:
        abroad(rig)
        rig.say("de-state", type="State", name="Germany", country="de")
        rig.say("bafa", type="PublicBody", name="An office", country="de", partOf="@de-state", office="licensing")
        rig.say("report", type="OfficialNotice", authority="@bafa", noticeKind="licence-report", date=date)
        answer = rig.judge("transfer", packs=("eu-2021-821",), **EU)
        assert where(answer, "EU-26") == place
        said = [one.says for one in answer.duties if one.rule == "EU-26"]
        assert ["for Germany as issuing State nothing of it is on file" in one for one in said] == [True] * len(place)


@pytest.mark.parametrize(
    ("published", "by", "place"),
    [
        ("2023-12-01", "watch", set()),  # 45 days before 2024-01-15
        ("2023-12-02", "watch", {"reason"}),
        ("2023-11", "ministry", set()),
        ("2023-11", "vireo", {"reason"}),
    ],
)
def test_an_impact_report_lies_open_long_enough(tmp_path: Path, published: str, by: str, place: set[str]) -> None:
    with rigged(tmp_path) as rig:
        for one in ("ministry", "vireo"):
            rig.publisher(one)
        LOCAL(rig)
        LIFTS["deal.board_approved"][1](rig, "watch", "confirmed")
        rig.say("impact", type="Document", title="Impact of the Lens", publishedAt=published, by=by)
        rig.say("proposal", type="Acquisition", impactReport="@impact", by=by)
        answer = rig.judge("use", packs=("ccops",))
        assert where(answer, "CC-2-impact") == place
        said = [one.says for one in answer.reasons if one.rule == "CC-2-impact"]
        assert [one.endswith("that it be public for so long is a reading of this pack.") for one in said] == [
            True
        ] * len(place)


@pytest.mark.parametrize(
    ("published", "about", "place"),
    [
        ("2024-05-01", "@decision", set()),
        ("2024-05-01", "@proposal", set()),
        ("2023-05-01", "@decision", {"duty"}),
        ("2024-07-01", "@decision", {"duty"}),
        ("2024-05-01", "@other", {"duty"}),
    ],
)
def test_the_use_is_reported_each_year(tmp_path: Path, published: str, about: str, place: set[str]) -> None:
    with rigged(tmp_path) as rig:
        LOCAL(rig)
        LIFTS["deal.board_approved"][1](rig, "watch", "confirmed")
        rig.say("use", type="Deployment", body="@ministry", product="@lens", startDate="2024-01", by="paper")
        rig.say("report", type="UseReport", title="Use", body="@ministry", about=about, publishedAt=published)
        assert where(rig.judge("use", packs=("ccops",)), "CC-4") == place


def test_the_entity_list_points_one_way(tmp_path: Path) -> None:
    """A supplier on it is no ground to block; a recipient is."""
    with rigged(tmp_path) as rig:
        rig.say("el", type="Sanction", entity="@vireo", program="Entity List", **REPORTED)
        assert where(rig.judge("sale", packs=("us-lists",)), "EAR-744.16a") == set()


def test_a_licence_of_the_wrong_authority_does_not_lift(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("el", type="Sanction", entity="@ministry", program="Entity List", **REPORTED)
        LIFTS["deal.authorised"][1](rig, "watch", "confirmed")
        assert "reason" in where(rig.judge("sale", packs=("us-lists",)), "EAR-744.16a")
        rig.say("us-state", type="State", name="United States", country="us")
        rig.say("bis", type="PublicBody", name="An export office", country="us", partOf="@us-state", office="licensing")
        rig.say(
            "us-licence",
            type="ExportLicence",
            licensee="@vireo",
            issuer="@bis",
            product="@lens",
            destination="xb",
            endUser="@ministry",
            licenceKind="export",
            status="granted",
            issueDate="2024-01-15",
            expiryDate="2025-01-15",
        )
        assert where(rig.judge("sale", packs=("us-lists",)), "EAR-744.16a") == set()
        assert "reason" in where(rig.judge("sale", packs=("us-lists",), as_of="2025-01-16"), "EAR-744.16a")


@pytest.mark.parametrize(("percent", "truth"), [("50", Truth.TRUE), ("49.9", Truth.UNKNOWN)])
def test_half_is_half(tmp_path: Path, percent: str, truth: Truth) -> None:
    """Less than half that listed owners are reported to hold leaves it a question, also where the rest is confirmed (policy 1)."""
    with rigged(tmp_path) as rig:
        rig.say("founder", type="PublicBody", name="A fund of a State (invented)", country="xd")
        rig.say(
            "rest",
            type="Ownership",
            owner="@founder",
            asset="@vireo",
            percentage="50.1",
            startDate="2020",
            valid_until="..",
        )
        rig.say("holding", type="Company", name="Grey Holding SA", country="xc", **REPORTED)
        rig.say("own", type="Ownership", owner="@holding", asset="@vireo", percentage=percent, **REPORTED)
        rig.say("sdn", type="Sanction", entity="@holding", program="SDN", **REPORTED)
        assert rig.value("vendor.half_owned_sdn", "vireo").truth is truth
        found = [one.needs[0] for one in rig.judge("sale", packs=("us-lists",)).undecided if one.rule == "SDN-2"]
        assert ["must decide" in one for one in found] == [truth is Truth.TRUE]


def test_a_rule_whose_text_was_not_read_only_adds_to_undecided() -> None:
    for name in packs.names():
        for rule in packs.pack(name).rules:
            assert rule.citation.read or rule.effect == "undecided", (name, rule.id)


SECONDARY = {
    "bg-2011": {"BG-register", "BG-licence"},
    "eu-2021-821": {"EU-REC-5"},
    "eu-2024-1083": {"EMFA-4.3c"},
    "il-5766-2007": {"IL-15", "IL-end-use", "IL-governments"},
    "pall-mall-2025": {"PM-4"},
    "pega-2023": {"PEGA-1", "PEGA-2", "PEGA-3", "PEGA-4"},
    "us-eo-14093": {"EO-factors", "EO-cert"},
    "us-lists": {"EAR-50", "EAR-50b", "SDN-1", "SDN-1b", "SDN-2", "SDN-2b"},
}
OURS = {
    "ccops": {("CC-2-impact", "seen")},
    "letter-2021": {
        ("L21-a-3", "seen"),
        ("L21-a-4", "seen"),
        ("L21-a-5", "seen"),
        ("L21-j-1", "seen"),
        ("L21-l-2", "seen"),
        ("L21-NSO-2", "seen"),
    },
    "us-lists": {("EAR-744.11", "seen")},
}


@pytest.mark.parametrize("name", packs.names())
def test_each_rule_says_how_its_wording_is_known(name: str) -> None:
    rules = packs.pack(name).rules
    assert {one.id for one in rules if one.citation.seen == "secondary"} == SECONDARY.get(name, set())
    assert {one.id for one in rules if one.citation.seen == "memory"} == set()
    assert {(one.id, one.citation.of) for one in rules if one.citation.seen == "ours"} == OURS.get(name, set())
    assert {one.citation.of for one in rules if one.citation.seen != "ours"} <= {""}


@pytest.mark.parametrize("name", packs.names())
def test_each_rule_is_cited_with_instrument_article_and_link(name: str) -> None:
    lacking = [
        one.id
        for one in packs.pack(name).rules
        if not (one.citation.instrument and one.citation.article and one.citation.url.startswith("http"))
    ]
    assert lacking == []


def test_the_answer_says_how_the_wording_is_known(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        say("sdn", "Sanction", entity="@vireo", program="SDN")(rig)
        answer = rig.judge("marketing", packs=("us-lists",))
    said = {one.rule: one.citation.partition(", http")[0] for one in (*answer.reasons, *answer.undecided)}
    assert said["SDN-1"].endswith("583.201, and the like of other programmes (quoted by others, wording not read)")
    assert said["L21-a-3"].endswith("(a), “enabled activities” (a reading of this pack, not the words of the text)")
    assert said["L21-c-1"].endswith("27 July 2021, (c)")


@pytest.mark.parametrize("country", ["fr", "re", "gp"])
def test_a_seat_overseas_that_is_a_part_of_a_member_state_is_in_it(tmp_path: Path, country: str) -> None:
    """A company in Réunion exports from France: what blocks it there blocks it, and France's office can license."""
    with rigged(tmp_path) as rig:
        rig.say("maison", type="Company", name="Maison Optique SARL", country=country)
        rig.say("lens", type="SurveillanceProduct", name="Lens", controlCode="4D004", **REPORTED)
        asked: dict[str, Any] = {"supplier": sid("maison"), "product": sid("lens"), "packs": ("eu-2021-821",)}
        answer = rig.judge("transfer", **asked)
        assert where(answer, "EU-3.1") == {"reason"}
        rig.say("fr-state", type="State", name="France", country="fr")
        rig.say(
            "sbdu", type="PublicBody", name="An export office", country="fr", partOf="@fr-state", office="licensing"
        )
        licensed(rig, "@maison", "@sbdu")
        assert where(rig.judge("transfer", **asked), "EU-3.1") == set()


@pytest.mark.parametrize("where_it_was", ["fr", "re"])
def test_a_case_in_a_part_of_a_state_touches_the_state(tmp_path: Path, where_it_was: str) -> None:
    with rigged(tmp_path) as rig:
        rig.say("case", type="AbuseIncident", name="A case", stage="infected", product="@lens", targetCountry=where_it_was,
                date="2023-02", **REPORTED)  # fmt: skip
        assert rig.value("state.touched_by_case", "fr", country="fr").truth is Truth.TRUE


def test_a_lift_of_the_union_is_none_under_the_letter(tmp_path: Path) -> None:
    """An authorisation counts where the regulation says so, and moves nothing in the letter's pack."""
    with rigged(tmp_path) as rig:
        abroad(rig)
        rig.say("lens", type="SurveillanceProduct", controlCode="4D004", **REPORTED)
        before = rig.judge("transfer", packs=("eu-2021-821",), **EU)
        assert "reason" in where(before, "EU-3.1")
        rig.say("de-state", type="State", name="Germany", country="de")
        rig.say(
            "bafa", type="PublicBody", name="An export office", country="de", partOf="@de-state", office="licensing"
        )
        licensed(rig, "@werk", "@bafa")
        after = rig.judge("transfer", packs=("eu-2021-821",), **EU)
        assert where(after, "EU-3.1") == set()
        letter = [{one.rule for one in answer.reasons if one.pack == "letter-2021"} for answer in (before, after)]
        assert letter[0] == letter[1]
