"""What somebody independent confirmed falls short by one value, and a stranger or one who gains supplies it: each of these lifted once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.model import Truth, Verdict
from sousveil.register.refusal import Refused
from tests.decisions import moles
from tests.decisions.met import STATES, meet
from tests.decisions.rig import Rig, rigged, sid

GOOD = ["immediate", "independent", "transparent", "impartial"]
POWERS = ["approve", "reject", "human-rights-test", "public-notice", "reporting"]
Say = Callable[[Rig], None]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """The parties, and strangers with keys of their own."""
    with rigged(tmp_path) as made:
        moles.people(made)
        for one in ("rival", "vireo", "averna", "calder", "ministry", "council"):
            made.publisher(one)
        yield made


def shown(rig: Rig, action: str, **asked: Any) -> tuple[dict[str, Verdict], set[str], set[str], set[str]]:
    """Verdict of each pack; the rules in reasons, undecided and duties."""
    told = rig.judge(action, packs=moles.ALL, **asked)
    rules = [{one.rule for one in many} for many in (told.reasons, told.undecided, told.duties)]
    return {one.pack: one.verdict for one in told.packs}, rules[0], rules[1], rules[2]


def stays(rig: Rig, fact: str, subject: str, actions: tuple[str, ...], *said: Say, **asked: Any) -> None:
    """The fact does not lift, whatever is said besides, and no answer changes but for what it says against the deal."""
    before = {action: shown(rig, action, **asked) for action in actions}
    assert rig.value(fact, subject, actions[0], **asked).truth is Truth.UNKNOWN
    for one in said:
        one(rig)
        assert rig.value(fact, subject, actions[0], **asked).truth is Truth.UNKNOWN
    for action in actions:
        verdicts, *rules = shown(rig, action, **asked)
        assert all(
            moles.SEVERITY.index(verdicts[pack]) >= moles.SEVERITY.index(old) for pack, old in before[action][0].items()
        )
        assert all(old <= now for old, now in zip(before[action][1:], rules, strict=True)), action


def adds(key: str, type: str, by: str, standing: str = "reported", **values: Any) -> Say:
    return lambda rig: void(rig.say(key, type=type, by=by, standing=standing, **values))


def void(_: object) -> None:
    """Nothing of it is needed."""


# Remedy


def path(rig: Rig, cases: str, body: str) -> None:
    meet(rig, but=("state.judicial_path",))
    for code, state in STATES.items():
        rig.say(f"court-{code}", type="PublicBody", name=f"Court of {code}", partOf=f"@{state}", office="court")
        rig.say(f"panel-{code}", type="PublicBody", name=f"Panel of {code}", partOf=f"@{state}")
        rig.say(f"path-{code}", type="RemedyPath", name=f"Path {code}", country=code, pathKind="court", status="open",
                practice="x", casesHeard=cases, body=f"@{body}-{code}", startDate="2022-01-01", valid_until="..")  # fmt: skip
        rig.second(f"path-{code}", type="RemedyPath", status="open", practice="x", casesHeard=cases, valid_until="..")


@pytest.mark.parametrize("standing", ["alleged", "reported", "confirmed"])
def test_cases_that_a_rival_counts_were_not_heard(rig: Rig, standing: str) -> None:
    path(rig, "0", "court")
    more = [
        adds(f"path-{code}", "RemedyPath", by, standing, casesHeard="9")
        for code, by in (("xa", "rival"), ("xb", "averna"))
    ]
    stays(rig, "state.judicial_path", "xb", ("sale", "use"), *more)


def test_fewer_cases_that_somebody_reports_count(rig: Rig) -> None:
    """The least number counts: of those who may lift, and of a report; an allegation undoes nothing."""
    path(rig, "9", "court")
    rig.say("path-xb", type="RemedyPath", by="rival", standing="alleged", casesHeard="0")
    assert rig.value("state.judicial_path", "xb").truth is Truth.TRUE
    rig.say("path-xb", type="RemedyPath", by="rival", standing="reported", casesHeard="0")
    assert rig.value("state.judicial_path", "xb").truth is Truth.UNKNOWN


def test_a_court_that_a_rival_names_hears_no_path(rig: Rig) -> None:
    path(rig, "9", "panel")
    more = [adds(f"path-{code}", "RemedyPath", "rival", body=f"@court-{code}") for code in STATES]
    stays(rig, "state.judicial_path", "xb", ("sale", "use"), *more)


def test_where_those_who_may_lift_differ_nothing_is_lifted(rig: Rig) -> None:
    """A path is of one kind."""
    path(rig, "9", "court")
    assert rig.value("state.judicial_path", "xb").truth is Truth.TRUE
    rig.publisher("clinic")
    rig.say("clinic", type="Organization", name="Clinic (invented)", country="xc", by="clinic")
    rig.say("path-xb", type="RemedyPath", by="clinic", pathKind="ombudsman")
    found = rig.value("state.judicial_path", "xb")
    assert (found.truth, "those who may confirm it differ" in found.needs) == (Truth.UNKNOWN, True)


# Boards over vendors


def seats(rig: Rig, over: str) -> None:
    meet(rig, but=("vendor.oversight_established",))
    rig.say("body", type="OversightBody", name="Board over Vireo", oversees=f"@{over}", establishedOn="2022-01-01",
            quality=["independent", "multi-stakeholder", "human-rights-groups", "civil-society"])  # fmt: skip
    rig.second("body", type="OversightBody", quality="independent")
    for key, side, rights in (
        ("rights-group", "civil-society", "yes"),
        ("lawyers", "affected-people", "no"),
        ("institute", "civil-society" if over == "vireo" else "academia", "no"),
    ):
        rig.say(f"seat-{key}", type="Membership", member=f"@{key}", organization="@body", constituency=side, humanRights=rights,
                startDate="2022-01-01", valid_until="..")  # fmt: skip


def test_a_third_side_that_the_supplier_reports_is_none(rig: Rig) -> None:
    seats(rig, "vireo")
    more = adds("seat-institute", "Membership", "vireo", constituency="academia")
    stays(rig, "vendor.oversight_established", "vireo", ("sale", "use"), more)


def test_a_side_that_somebody_reports_takes_a_seat_from_civil_society(rig: Rig) -> None:
    seats(rig, "vireo")
    rig.say("seat-4", type="Membership", member="@library", organization="@body", constituency="academia", humanRights="no",
            startDate="2022-01-01", valid_until="..")  # fmt: skip
    assert rig.value("vendor.oversight_established", "vireo").truth is Truth.TRUE
    for key in ("institute", "lawyers"):
        rig.say(f"seat-{key}", type="Membership", by="rival", standing="reported", constituency="industry")
    assert rig.value("vendor.oversight_established", "vireo").truth is Truth.UNKNOWN


@pytest.mark.parametrize("by", ["vireo", "rival"])
def test_an_owner_that_a_stranger_tells_of_has_its_board_for_itself(rig: Rig, by: str) -> None:
    rig.say("good-co", type="Company", name="Good Co", country="xd")
    seats(rig, "good-co")
    assert rig.value("vendor.oversight_established", "good-co").truth is Truth.TRUE
    owns = {"owner": "@good-co", "asset": "@vireo", "percentage": "60", "startDate": "2020"}
    rig.say("owns", type="Ownership", by=by, standing="reported", **owns)
    assert rig.value("vendor.oversight_established", "vireo").truth is Truth.UNKNOWN
    rig.say("owns", type="Ownership", **{**owns, "percentage": "10"})
    assert rig.value("vendor.oversight_established", "vireo").truth is Truth.UNKNOWN  # a share that is no hand in it


def test_an_owner_that_somebody_independent_tells_of_brings_its_board(rig: Rig) -> None:
    rig.say("good-co", type="Company", name="Good Co", country="xd")
    seats(rig, "good-co")
    rig.say("owns", type="Ownership", owner="@good-co", asset="@vireo", percentage="60", startDate="2020")
    assert rig.value("vendor.oversight_established", "vireo").truth is Truth.TRUE


def test_what_the_regulator_of_a_supposed_owner_was_told_nobody_told_of_the_company(rig: Rig) -> None:
    rig.say("dorn", type="State", name="Dorn", country="xd")
    rig.say("good-co", type="Company", name="Good Co", country="xd")
    rig.say("bourse", type="PublicBody", name="Regulator of Dorn", country="xd", partOf="@dorn", office="regulator")
    rig.say("told", type="RegulatorNotice", regulator="@bourse", company="@good-co", harms="x", sentOn="2024-01-02",
            acknowledgedOn="2024-01-15")  # fmt: skip
    owns = {"owner": "@good-co", "asset": "@vireo", "percentage": "60", "startDate": "2020"}
    stays(rig, "vendor.regulator_told", "vireo", ("list",), adds("owns", "Ownership", "vireo", **owns))
    rig.say("owns", type="Ownership", **owns)
    assert rig.value("vendor.regulator_told", "vireo", "list").truth is Truth.TRUE


# Days


def test_an_act_of_a_later_day_ends_no_halt_by_an_earlier_one_that_a_rival_tells(rig: Rig) -> None:
    meet(rig, but=("state.halt_ended",))
    rig.say("halt", type="MoratoriumMeasure", by="paper", standing="reported", state="@averna", measureKind="moratorium",
            covers=["sale", "transfer", "use"], startDate="2023-01-01")  # fmt: skip
    rig.say("act", type="MoratoriumMeasure", state="@averna", measureKind="lifted", covers=["sale", "transfer", "use"],
            startDate="2030-01-15")  # fmt: skip
    stays(
        rig,
        "state.halt_ended",
        "xb",
        ("sale", "use"),
        adds("act", "MoratoriumMeasure", "rival", startDate="2024-01-15"),
    )


def test_a_report_of_a_later_day_is_not_of_this_year(rig: Rig) -> None:
    meet(rig, but=("deal.use_reported", "state.licence_report"))
    rig.say("uses", type="UseReport", title="Use", body="@ministry", about="@decision", publishedAt="2030-05-01")
    stays(rig, "deal.use_reported", "", ("use",), adds("uses", "UseReport", "rival", publishedAt="2024-05-01"))
    rig.say("yearly", type="OfficialNotice", authority="@export-office", noticeKind="licence-report", date="2030-01-15")
    more = adds("yearly", "OfficialNotice", "rival", date="2024-01-15")
    stays(rig, "state.licence_report", "xa", ("grant-licence",), more)


# Inquiries


def inquiries(rig: Rig, about: str) -> None:
    rig.say("case", type="AbuseIncident", by="paper", standing="reported", name="Phones", stage="targeted", product="@lens",
            date="2024-01", targetCountry="xb")  # fmt: skip
    for code, state in STATES.items():
        rig.say(f"inquiry-{code}", type="Investigation", name="Inquiry", body=f"@{state}", country=code, about=f"@{about}",
                startDate="2024-02-01", endDate="2024-04-01", quality=GOOD)  # fmt: skip
        rig.second(f"inquiry-{code}", type="Investigation", quality="independent")


def test_an_inquiry_into_something_else_is_about_no_case_by_the_suppliers_word(rig: Rig) -> None:
    inquiries(rig, "third-office")
    more = [adds(f"inquiry-{code}", "Investigation", "vireo", standing, about="@case")
            for code in STATES for standing in ("alleged", "reported")]  # fmt: skip
    stays(rig, "state.cases_investigated", "xb", ("sale",), *more)


def test_one_more_vendor_in_a_case_brings_no_inquiry_into_that_vendor_to_it(rig: Rig) -> None:
    inquiries(rig, "rival")
    stays(rig, "state.cases_investigated", "xb", ("sale",), adds("case", "AbuseIncident", "vireo", vendor="@rival"))
    rig.say("case", type="AbuseIncident", vendor="@rival")  # somebody independent
    assert rig.value("state.cases_investigated", "xb").truth is Truth.TRUE


def test_an_inquiry_into_a_rival_is_none_into_the_group(rig: Rig) -> None:
    rig.say("nine", type="Company", name="Nine Sparrows Group (invented)", country="xa")
    rig.say("inquiry", type="Investigation", name="Inquiry into Rival", body="@calder", country="xa", about="@rival",
            startDate="2023-01-01", quality=GOOD)  # fmt: skip
    rig.second("inquiry", type="Investigation", quality="independent")
    rig.say(
        "said", type="PublicStatement", investigation="@inquiry", results="r", prevention="p", statedOn="2024-01-01"
    )
    assert rig.value("state.hosts_group_nso", "xa").truth is Truth.TRUE
    owns = {"owner": "@nine", "asset": "@rival", "percentage": "60"}
    stays(rig, "state.inquiry_into_group_nso", "xa", ("sale",), adds("owns", "Ownership", "calder", **owns))
    rig.say("owns", type="Ownership", **owns)
    assert rig.value("state.inquiry_into_group_nso", "xa").truth is Truth.TRUE
    rig.say("owns", type="Ownership", startDate="2030")
    assert rig.value("state.inquiry_into_group_nso", "xa").truth is Truth.UNKNOWN


def test_a_name_of_the_group_that_a_stranger_gives_makes_no_member(rig: Rig) -> None:
    rig.say("inquiry", type="Investigation", name="Inquiry into Rival", body="@calder", country="xa", about="@rival",
            startDate="2023-01-01", quality=GOOD)  # fmt: skip
    rig.second("inquiry", type="Investigation", quality="independent")
    rig.say(
        "said", type="PublicStatement", investigation="@inquiry", results="r", prevention="p", statedOn="2024-01-01"
    )
    more = adds("rival", "Company", "rival", name="Nine Sparrows Group (invented)")
    stays(rig, "state.inquiry_into_group_nso", "xa", ("sale",), more)


# Community boards


def board(rig: Rig, **council: Any) -> None:
    meet(rig, but=("deal.board_has_powers", "deal.board_approved", "deal.impact_reported", "deal.use_reported"))
    rig.say("council", type="OversightBody", name="Community board of Averna", country="xb", power=POWERS, **council)
    rig.say("plan", type="Acquisition", by="ministry", name="Lens for us", body="@ministry", product="@lens", vendor="@vireo",
            proposedOn="2024-01-30", noticeDays="30")  # fmt: skip


@pytest.mark.parametrize("by", ["rival", "ministry", "vireo"])
def test_a_foreign_board_that_somebody_writes_into_the_proposal_has_no_power_here(rig: Rig, by: str) -> None:
    board(rig)
    rig.say("foreign", type="OversightBody", name="Board of elsewhere", country="xd", power=POWERS)
    stays(rig, "deal.board_has_powers", "", ("use", "acquire"), adds("plan", "Acquisition", by, board="@foreign"))


def test_the_buyer_makes_a_proposal_its_own_after_nobody_decided_on_it(rig: Rig) -> None:
    """It says of another's proposal, which a board over that one approved, that it is its own, for this product."""
    meet(rig)
    assert rig.value("deal.board_approved", "", "use").truth is Truth.TRUE
    rig.say("other-lens", type="SurveillanceProduct", name="Other Lens", vendor="@vireo")
    asked = {"product": sid("other-lens")}
    more = adds("proposal", "Acquisition", "ministry", "confirmed", product="@other-lens")
    stays(rig, "deal.board_approved", "", ("use", "acquire"), more, **asked)


def test_an_approval_of_the_use_is_none_of_the_proposal(rig: Rig) -> None:
    board(rig, oversees="@ministry")
    rig.publisher("council")
    decided = {"body": "@council", "outcome": "approved", "reason": "x"}
    with pytest.raises(Refused, match="no public notice of this proposal with a number of days"):
        rig.say("on-plan", type="OversightDecision", by="council", about="@plan", date="2024-05-30", **decided)
    rig.say("use", type="Deployment", by="ministry", body="@ministry", product="@lens", startDate="2024-05-30")
    more = adds("on-use", "OversightDecision", "council", "confirmed", about="@use", date="2024-05-30", **decided)
    stays(rig, "deal.board_approved", "", ("use", "acquire"), more)
    rig.say("notice", type="PublicNotice", by="council", acquisition="@plan", noticedOn="2024-02-01", days="30")
    assert rig.value("deal.board_approved", "", "use").truth is Truth.UNKNOWN


# States, laws, forums, offices


def test_a_law_of_another_state_keeps_no_registry_here(rig: Rig) -> None:
    rig.say("act", type="Law", title="Registry Act", jurisdiction="xd", status="in-force", topic="transparency",
            provides=["covers-companies", "public-registry"], enforced="yes", inForceFrom="2022", valid_until="..")  # fmt: skip
    stays(rig, "state.registry_open", "xa", ("sale",), adds("act", "Law", "rival", jurisdiction="xa"))


def test_a_forum_that_a_state_adds_itself_is_no_commitment(rig: Rig) -> None:
    rig.say("part", type="TreatyParticipation", state="@averna", forum="Sports talks", participation="participant",
            startDate="2022")  # fmt: skip
    more = adds("part", "TreatyParticipation", "averna", "confirmed", forum="Europol joint inquiries")
    stays(rig, "state.brings_in_europol", "xb", ("use",), more)


def test_an_office_that_somebody_independent_puts_elsewhere_is_not_of_this_state(rig: Rig) -> None:
    meet(rig, but=("deal.authorised", "state.licence_report", "state.licences_reviewed"))
    rig.say(
        "export-office", type="PublicBody", name="Export office", country="xd", partOf="@calder", office="licensing"
    )
    rig.say("yearly", type="OfficialNotice", authority="@export-office", noticeKind="licence-report", date="2024-01-15")
    rig.say("licence", type="ExportLicence", licensee="@vireo", issuer="@export-office", product="@lens", status="granted",
            issueDate="2024-01-15")  # fmt: skip
    rig.say("look", type="Investigation", name="Inquiry", about="@licence", findings="None.")
    for fact, by in (("state.licence_report", "rival"), ("state.licences_reviewed", "vireo")):
        stays(rig, fact, "xa", ("grant-licence",), adds("export-office", "PublicBody", by, country="xa"))


def test_a_market_to_which_a_stranger_moves_the_end_user_is_not_the_one_that_was_examined(rig: Rig) -> None:
    meet(rig, but=("vendor.due_diligence_shown", "deal.authorised"))
    rig.say("report", type="DueDiligenceReport", title="Report", company="@vireo", product="@lens", market="xd",
            endUser="@ministry", principle=[f"gp{number}" for number in range(16, 23)], publishedAt="2024-01-15",
            expiresOn="2025-01-15")  # fmt: skip
    stays(rig, "vendor.due_diligence_shown", "vireo", ("sale",), adds("ministry", "PublicBody", "rival", country="xd"))


# The product


def test_what_a_rival_calls_a_part_of_a_clean_product_is_not_clean(rig: Rig) -> None:
    meet(rig)
    rig.say("lens-2", type="SurveillanceProduct", name="Lens Two", vendor="@vireo", category="intrusion")
    for fact, by in (("product.weakens_encryption", "rival"), ("product.encryption_kept", "vireo")):
        more = adds("lens-2", "SurveillanceProduct", by, partOf="@lens")
        stays(rig, fact, "lens-2", ("sale", "use"), more, product=sid("lens-2"))
    rig.say("lens-2", type="SurveillanceProduct", partOf="@lens")
    assert rig.value("product.weakens_encryption", "lens-2", product=sid("lens-2")).truth is Truth.FALSE


# The question itself


def test_nobody_asks_the_exporting_state_away(rig: Rig) -> None:
    """An export from where it goes to is none: the seller's seat exports, or nobody knows which State does."""
    meet(rig, but=("state.licences_reviewed",))
    plain = rig.judge("grant-licence")
    assert "L21-b-3" in {one.rule for one in plain.reasons}
    for asked in ({"exporting_country": "xb"}, {"country": "xa"}, {"country": "xa", "exporting_country": "xa"}):
        deal = rig.world().deal(moles.ask("grant-licence", **asked))
        assert deal.exporting_states == ("xa",), asked
        told = rig.judge("grant-licence", **asked)
        assert {one.rule for one in plain.reasons} <= {one.rule for one in told.reasons}
        assert any("the seller's seat counts" in one for one in told.notes) is ("exporting_country" in asked)
    rig.say("seatless", type="Company", name="Seatless Ltd")
    deal = rig.world().deal(moles.ask("grant-licence", supplier=sid("seatless"), exporting_country="xb"))
    assert (deal.exporting_states, [one.selectors for one in deal.gaps if "exporting_states" in one.selectors]) == (
        (),
        [("exporting_states",)],
    )


def test_whoever_is_not_on_file_exports_from_somewhere(rig: Rig) -> None:
    """What the exporting State owes is not gone because nobody knows which State it is; of the name nothing is said."""
    meet(rig, but=("state.licences_reviewed",))
    plain, unknown = (rig.judge("grant-licence", supplier=name) for name in (sid("vireo"), "9 Sparrows"))
    assert "L21-b-3" in {one.rule for one in plain.reasons}
    [told] = [one for one in (*unknown.reasons, *unknown.undecided) if one.rule == "L21-b-3"]
    assert "was published by the State from which it goes" in told.says and "9 Sparrows" not in told.says
    named = rig.judge("grant-licence", supplier="9 Sparrows", exporting_country="xa")
    assert "the State from which it goes" not in "".join(one.says for one in (*named.reasons, *named.undecided))


def test_a_sale_inside_one_state_exports_nothing(rig: Rig) -> None:
    rig.say("at-home", type="PublicBody", name="Office of Calder", country="xa", partOf="@calder")
    asked = moles.ask("sale", end_user=sid("at-home"), country="xa")
    assert rig.world().deal(asked).exporting_states == ()


def test_a_small_share_that_the_supplier_reports_rules_out_no_larger_one(rig: Rig) -> None:
    """Owners on a list may hold half: that they do not nobody shows."""
    rig.say("listed", type="Company", name="Listed Ltd", country="xd")
    rig.say("sdn", type="Sanction", by="paper", standing="reported", entity="@listed", program="SDN")
    part = {"owner": "@listed", "asset": "@vireo", "percentage": "30", "startDate": "2020"}
    stays(rig, "vendor.half_owned_sdn", "vireo", ("sale",), adds("part", "Ownership", "vireo", **part))
    rig.say("part", type="Ownership", valid_until="..", **part)
    rig.say("boss", type="Person", name="Boss", person=True)
    rest = {"owner": "@boss", "asset": "@vireo", "percentage": "60", "startDate": "2020", "valid_until": ".."}
    rig.say("rest", type="Ownership", person=True, **rest)
    assert rig.value("vendor.half_owned_sdn", "vireo").truth is Truth.UNKNOWN
