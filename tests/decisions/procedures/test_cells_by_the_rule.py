"""A cell is met by what the rule takes: for want of a word, or of somebody independent, it is partly met."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.cells import company_cells, state_row
from sousveil.decisions.procedures.engine import Board, day_of
from tests.decisions.met import LIFTS, meet
from tests.decisions.rig import DAY, FREE, Rig, rigged, sid


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as rig:
        yield rig


def need(rig: Rig, procedure: str, name: str, subject: str = "xb") -> tuple[str, str]:
    board, day = Board(rig.register.store), day_of(DAY)
    cells = state_row(board, subject, day).cells if len(subject) == 2 else company_cells(board, sid(subject), day)
    [found] = [one for cell in cells if cell.procedure == procedure for one in cell.needs if one.name == name]
    return found.state, found.words


WORDS: tuple[tuple[str, str, str, str, str], ...] = (
    ("state.procurement_standard", "j-lifting", "procurement", "ProcurementStandard", "valid_until"),
    ("state.takes_part", "j-lifting", "standards", "TreatyParticipation", "contribution"),
    ("state.judicial_path", "i-remedy", "judicial", "RemedyPath", "casesHeard"),
    ("state.other_path", "i-remedy", "non-judicial", "RemedyPath", "valid_until"),
    ("vendor.regulator_told", "k-markets", "notice", "RegulatorNotice", "harms"),
)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("fact", "procedure", "name", "type", "left_out"), WORDS)
def test_for_want_of_a_word_that_the_rule_needs(
    rig: Rig, fact: str, procedure: str, name: str, type: str, left_out: str, whole: bool
) -> None:
    say, subject = rig.say, LIFTS[fact][0]

    def without(key: str, **values: Any) -> list[str]:
        gone = left_out if values["type"] == type and not whole else ""
        return say(key, **{one: values[one] for one in values if one != gone})

    rig.say = without  # type: ignore[method-assign]
    meet(rig, only=(fact,))
    assert rig.value(fact, subject).truth is (Truth.TRUE if whole else Truth.UNKNOWN)
    assert need(rig, procedure, name, subject) == (("met", "met") if whole else ("partly", "partly met"))


PATH: dict[str, Any] = {"type": "RemedyPath", "name": "Ombudsman", "country": "xb", "pathKind": "ombudsman", "status": "open",
                        "practice": "Nine cases.", "casesHeard": "9", "startDate": "2022-01-01", "valid_until": ".."}  # fmt: skip


@pytest.mark.parametrize(
    ("by", "standing", "state"),
    [
        (FREE, "confirmed", "met"),
        (FREE, "reported", "partly"),
        ("grey", "confirmed", "partly"),
        ("averna", "confirmed", "partly"),
    ],
)
def test_somebody_independent_shows_a_path_of_which_a_report_told_first(
    rig: Rig, by: str, standing: str, state: str
) -> None:
    rig.publisher("averna")
    rig.publisher("grey", verified=False)
    rig.say("path", by="paper", standing="reported", **PATH)
    rig.second("path", **PATH)
    assert need(rig, "i-remedy", "non-judicial") == ("partly", "partly met")
    rig.say("path", by=by, standing=standing, **PATH)
    assert need(rig, "i-remedy", "non-judicial")[0] == state
    assert rig.value("state.other_path", "xb").truth is (Truth.TRUE if state == "met" else Truth.UNKNOWN)


REPORT: dict[str, Any] = {"type": "DueDiligenceReport", "title": "Report", "company": "@vireo", "identified": "Harm.",
                          "prevented": "Much.", "mitigated": "More.", "accounted": "All.", "publishedAt": "2024-01-01",
                          "principle": ["gp17", "gp18", "gp19", "gp20", "gp21"], "expiresOn": "2025-01-01"}  # fmt: skip


def test_the_state_of_a_company_shows_no_report_of_it_alone(rig: Rig) -> None:
    """A part of a State confirms only its own acts."""
    for key in ("vireo", "calder"):
        rig.publisher(key)
        rig.say(key, type="State" if key == "calder" else "Company", country="xa", by=key)
    rig.say("report", by="vireo", **REPORT)
    assert need(rig, "c-due-diligence", "report", "vireo") == ("partly", "says of itself")
    rig.say("report", by="calder", **REPORT)
    assert need(rig, "c-due-diligence", "report", "vireo") == ("partly", "says of itself")
    rig.say("report", **REPORT)
    assert need(rig, "c-due-diligence", "report", "vireo") == ("met", "met")


def test_somebody_of_the_state_shows_no_powers_of_its_board_alone(rig: Rig) -> None:
    board: dict[str, Any] = {"type": "OversightBody", "name": "Board of Averna", "country": "xb", "bodyKind": "community",
                             "power": ["approve", "reject", "human-rights-test", "public-notice", "reporting"]}  # fmt: skip
    rig.publisher("league")
    rig.say("league", type="Organization", name="League of Averna (invented)", country="xb", by="league")
    rig.say("fund", type="Investment", investor="@averna", recipient="@league", by="paper", standing="reported")
    rig.say("board", by="league", **board)
    assert need(rig, "h-boards", "board") == ("partly", "says of itself")
    rig.say("board", **board)
    assert need(rig, "h-boards", "board") == ("met", "met")


def test_owners_are_disclosed_where_the_chain_is_known(rig: Rig) -> None:
    rig.say("holding", type="Company", name="Holding SA", country="xd")
    owned = {"type": "Ownership", "owner": "@holding", "asset": "@vireo", "percentage": "60", "startDate": "2020-01-01",
             "valid_until": ".."}  # fmt: skip
    rig.say("owned", **owned)
    assert need(rig, "e-liability", "owners", "vireo") == ("partly", "partly met")
    assert rig.value("vendor.chain_known", "vireo").truth is Truth.UNKNOWN
    rig.say("above", type="Ownership", asset="@holding", ownerUnspecified="noBeneficialOwners", startDate="2020-01-01",
            valid_until="..")  # fmt: skip
    assert rig.value("vendor.chain_known", "vireo").truth is Truth.TRUE
    assert need(rig, "e-liability", "owners", "vireo") == ("met", "met")


def test_a_stranger_moves_no_review_to_another_licence(rig: Rig) -> None:
    rig.publisher("ministry")
    rig.publisher("stranger", verified=False)
    for one in ("first", "second"):
        rig.say(one, type="ExportLicence", name=one, licensee="@vireo", issuer="@ministry")
    review: dict[str, Any] = {"type": "LicenceReview", "authority": "@ministry", "reason": "Harm."}
    keep = {**review, "outcome": "maintained", "date": "2023-01-01"}
    revoke = {**review, "outcome": "revoked", "date": "2023-06-01"}
    rig.say("keep", by="ministry", licence="@first", **keep)
    rig.say("revoke", by="ministry", licence="@second", **revoke)
    assert need(rig, "b-investigations", "reviewed") == ("not", "not met")
    rig.say("keep", by="stranger", standing="alleged", licence="@second", **keep)
    rig.say("revoke", by="stranger", standing="alleged", licence="@first", **revoke)
    assert need(rig, "b-investigations", "reviewed") == ("not", "not met")
    rig.say("later", by="ministry", licence="@first", **revoke)
    assert need(rig, "b-investigations", "reviewed") == ("met", "met")


def test_a_state_reviews_no_licence_of_another_state(rig: Rig) -> None:
    for one in ("ministry", "calder"):
        rig.publisher(one)
    rig.publisher("stranger", verified=False)
    rig.say("licence", type="ExportLicence", name="Licence", licensee="@vireo", issuer="@calder")
    review: dict[str, Any] = {"type": "LicenceReview", "licence": "@licence", "outcome": "revoked", "reason": "Harm.",
                              "date": "2023-06-01"}  # fmt: skip
    rig.say("foreign", by="ministry", authority="@ministry", **review)
    assert need(rig, "b-investigations", "reviewed") == ("unknown", "unknown")
    rig.say("foreign", by="stranger", standing="reported", authority="@calder", **review)
    assert need(rig, "b-investigations", "reviewed") == ("partly", "partly met")
    rig.say("own", by="calder", authority="@calder", **review)
    rig.say("own", by="stranger", standing="reported", authority="@calder", **review)
    assert need(rig, "b-investigations", "reviewed", "xa") == ("met", "met")


@pytest.fixture
def group(rig: Rig) -> dict[str, Any]:
    """The group is on file, and its State has given it no licence."""
    rig.publisher("calder")
    rig.publisher("vireo", verified=False)
    rig.say("nine", type="Company", name="Nine Sparrows Group (invented)", country="xa")
    return {"type": "RevocationOrder", "title": "Order", "authority": "@calder", "company": "@nine",
            "publishedAt": "2024-01-01"}  # fmt: skip


def test_without_a_licence_an_order_is_met_by_the_issued_order_of_the_state(rig: Rig, group: dict[str, Any]) -> None:
    issued = {**group, "status": "issued", "issuedOn": "2024-01-02"}
    rig.say("foreign", by="vireo", standing="reported", **issued)
    assert need(rig, "nso-exporting-states", "order", "xa")[0] == "partly"
    rig.say("order", by="calder", **group, status="draft")
    rig.say("order", by="vireo", standing="reported", **issued)
    assert need(rig, "nso-exporting-states", "order", "xa")[0] == "partly"
    rig.say("own", by="calder", **issued)
    assert need(rig, "nso-exporting-states", "order", "xa")[0] == "met"


def test_a_state_that_refuses_the_order_has_not_met_it(rig: Rig, group: dict[str, Any]) -> None:
    rig.say("order", by="calder", **group, status="refused")
    assert need(rig, "nso-exporting-states", "order", "xa")[0] == "not"


def test_a_newer_inquiry_that_is_refused_denies_the_older(rig: Rig, group: dict[str, Any]) -> None:
    quality = ["independent", "impartial", "transparent"]
    inquiry = {"type": "Investigation", "name": "Inquiry", "body": "@calder", "about": "@nine",
               "investigationKind": "independent"}  # fmt: skip
    for say in (rig.say, rig.second):
        say("inquiry", **inquiry, startDate="2022-01-01", quality=quality)
    assert need(rig, "nso-exporting-states", "inquiry", "xa")[0] == "met"
    rig.say("refused", **inquiry, startDate="2024-01-01", status="refused")
    assert need(rig, "nso-exporting-states", "inquiry", "xa")[0] == "not"


def test_the_parts_of_a_withdrawn_registration_are_not_shown(rig: Rig) -> None:
    rig.publisher("vireo")
    filed: dict[str, Any] = {"type": "Registration", "by": "vireo", "company": "@vireo", "startDate": "2023-01-01"}
    declared = ["intermediaries", "sales", "rejections", "impacts"]
    rig.say("registration", **filed, status="submitted", declaresNone=declared)
    assert {need(rig, "d-registration", one, "vireo")[0] for one in declared} == {"met"}
    assert judged(rig, "registered-sales", "vireo") is Truth.TRUE
    rig.say("registration", type="Registration", by="vireo", status="withdrawn")
    assert {need(rig, "d-registration", one, "vireo")[0] for one in declared} == {"not"}
    assert judged(rig, "registered-sales", "vireo") is Truth.UNKNOWN


def judged(rig: Rig, test: str, company: str) -> Truth:
    return Board(rig.register.store).value(test, sid(company), day_of(DAY)).truth
