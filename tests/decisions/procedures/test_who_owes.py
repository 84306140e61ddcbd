"""Who owes a step, and whose word ends the wait for it: the user its yearly report, the board its decision, the State its notice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures import items, registry
from sousveil.decisions.procedures.cells import UNKNOWN, company_cells, state_row
from sousveil.decisions.procedures.engine import Board, country_codes, day_of
from sousveil.decisions.procedures.items import due_of
from sousveil.decisions.views import state_sales
from sousveil.register.codes import RetractReason
from tests.decisions.met import LIFTS
from tests.decisions.met import told as tell_regulator
from tests.decisions.rig import DAY, FREE, Rig, parties, sid
from tests.register.maker import private

DAY_NUMBER = day_of(DAY)
REPORTED: dict[str, Any] = {"by": "paper", "standing": "reported"}


@pytest.fixture
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    made = Rig(tmp_path_factory.mktemp("owes") / "register")
    parties(made)
    for key in ("ministry", "board", "vireo", "rival", "averna", "calder", "exchange", "office-c"):
        made.publisher(key)
    yield made
    made.register.close()


def due(rig: Rig, procedure: str, clock: str, key: str) -> tuple[str, str, str | None]:
    """Its state, the day by which it is due, and who owes it."""
    board = Board(rig.register.store)
    wanted = next(one for one in registry.all_procedures()[procedure].clocks if one.name == clock)
    record = next(one for one in board.records[wanted.type] if one.id == sid(key))
    found = due_of(board, wanted, record, DAY_NUMBER)
    assert found is not None
    return found.state, found.due, found.owed_by.id if found.owed_by is not None else None


def label(rig: Rig, procedure: str, key: str) -> str:
    found = items.items(Board(rig.register.store), registry.all_procedures()[procedure], DAY_NUMBER)
    return next(one.state for one in found if one.ref.id == sid(key))


# (h) The board decides, the user reports


def proposal(rig: Rig, by: str = "ministry", board: str = "board") -> None:
    rig.say("board", type="OversightBody", name="Board of Averna", country="xb", bodyKind="community", by="board")
    rig.say("proposal", type="Acquisition", name="Lens", body="@ministry", product="@lens", board=f"@{board}",
            proposedOn="2024-01-10", by=by, standing="reported")  # fmt: skip
    rig.say("notice", type="PublicNotice", acquisition="@proposal", noticedOn="2024-01-11", days="30", by=board)


def decide(
    rig: Rig, by: str, key: str = "decision", about: str = "@proposal", body: str = "@board", standing: str = "reported"
) -> None:
    rig.say(key, type="OversightDecision", name="Decision", body=body, about=about, outcome="approved",
            date="2024-03-01", reason="Narrow.", by=by, standing=standing)  # fmt: skip


@pytest.mark.parametrize("teller", ["ministry", "paper"])
@pytest.mark.parametrize("by", ["ministry", "averna", "vireo", "rival", "paper", FREE])
def test_the_wait_for_the_board_ends_with_its_own_decision(rig: Rig, teller: str, by: str) -> None:
    """Neither the body that proposes ends it, who told of the proposal, nor a report of somebody else; nor what the board only reports."""
    proposal(rig, by=teller)
    assert due(rig, "h-boards", "decision", "proposal") == ("asked", "2024-05-09", sid("board"))
    decide(rig, by, key="other")
    assert due(rig, "h-boards", "decision", "proposal") == ("asked", "2024-05-09", sid("board"))
    decide(rig, "board")
    assert due(rig, "h-boards", "decision", "proposal") == ("asked", "2024-05-09", sid("board"))
    assert label(rig, "h-boards", "decision") == "told"
    decide(rig, "board", standing="confirmed")
    assert due(rig, "h-boards", "decision", "proposal")[0] == "met"
    assert (label(rig, "h-boards", "decision"), label(rig, "h-boards", "other")) == ("decided", "told")


def test_a_body_that_names_itself_as_its_board_does_not_end_its_wait(rig: Rig) -> None:
    proposal(rig, board="ministry")
    decide(rig, "ministry", body="@ministry")
    assert due(rig, "h-boards", "decision", "proposal") == ("asked", "2024-05-09", sid("ministry"))


def test_the_yearly_report_is_owed_by_whoever_uses_it(rig: Rig) -> None:
    """Not by the board: the agency reports to it. A stranger's report starts no new year; the user's does."""
    proposal(rig)
    decide(rig, "board")
    assert due(rig, "h-boards", "yearly-report", "decision") == ("running", "2025-03-01", sid("ministry"))
    report: dict[str, Any] = {"type": "UseReport", "title": "Report", "about": "@decision", "publishedAt": "2024-05-01"}
    rig.say("r-rival", by="rival", standing="reported", **report)
    assert due(rig, "h-boards", "yearly-report", "decision") == ("running", "2025-03-01", sid("ministry"))
    rig.say("r-own", by="ministry", standing="reported", **report)
    assert due(rig, "h-boards", "yearly-report", "decision")[1:] == ("2025-05-01", sid("ministry"))


def test_where_the_first_publisher_is_silent_everybody_says_where_a_record_belongs(rig: Rig) -> None:
    """Who uses what a board approved, the State of a client, and that of a seller."""
    rig.say("office", type="PublicBody", name="Office of Things", **REPORTED)
    rig.say("office", type="PublicBody", country="xb")
    rig.say("incident", type="AbuseIncident", name="Case", client="@office", stage="infected", **REPORTED)
    rig.say("corp", type="Company", name="Corp Ltd", **REPORTED)
    rig.say("corp", type="Company", country="xa")
    rig.say("tool", type="SurveillanceProduct", name="Tool", vendor="@corp", category="intrusion")
    rig.say("sale", type="Supply", supplier="@corp", recipient="@ministry", startDate="2023-01-01", **REPORTED)
    rig.say("proposal", type="Acquisition", name="Lens", product="@lens", board="@board", **REPORTED)
    rig.say("proposal", type="Acquisition", body="@ministry")
    decide(rig, "board")
    board = Board(rig.register.store)
    incident = board.record(sid("incident"))
    assert incident is not None and country_codes(board, incident) == ["xb"]
    assert [one.company.caption for one in state_sales(board, "xa", DAY_NUMBER)] == ["Corp Ltd"]
    assert due(rig, "h-boards", "yearly-report", "decision") == ("running", "2025-03-01", sid("ministry"))


@pytest.mark.parametrize(
    ("record", "values", "owed"),
    [
        ("use", {"type": "Deployment", "body": "@ministry", "product": "@lens"}, "ministry"),
        ("deal", {"type": "Contract", "title": "Lens", "buyer": "@ministry", "supplier": "@vireo"}, "ministry"),
        ("paper-1", {"type": "Document", "title": "A paper"}, None),
    ],
)
def test_the_user_is_whom_the_decision_leads_to(
    rig: Rig, record: str, values: dict[str, Any], owed: str | None
) -> None:
    rig.say("board", type="OversightBody", name="Board of Averna", country="xb", bodyKind="community", by="board")
    rig.say(record, **values)
    decide(rig, "board", about=f"@{record}")
    who = sid(owed) if owed else None
    assert due(rig, "h-boards", "yearly-report", "decision") == ("running", "2025-03-01", who)


def test_nobody_shifts_the_report_to_somebody_else_by_adding_to_the_proposal(rig: Rig) -> None:
    proposal(rig)
    decide(rig, "board")
    rig.say("proposal", type="Acquisition", body="@averna", by="rival", standing="reported")
    assert due(rig, "h-boards", "yearly-report", "decision")[2] == sid("ministry")


# (g) An independent body calls its own meetings


def test_the_meeting_is_owed_by_the_body_and_not_by_the_company_that_it_oversees(rig: Rig) -> None:
    rig.say("board", type="OversightBody", name="Board over Vireo", bodyKind="vendor", oversees="@vireo", establishedOn="2023-10-01",
            by="board")  # fmt: skip
    assert due(rig, "g-oversight", "meeting", "board") == ("asked", "2024-04-02", sid("board"))
    rig.say("m-vireo", type="Meeting", body="@board", date="2024-03-01", by="vireo")
    assert due(rig, "g-oversight", "meeting", "board")[0] == "asked"
    rig.say("m-own", type="Meeting", body="@board", date="2024-06-01", by="board")
    assert due(rig, "g-oversight", "meeting", "board") == ("running", "2024-12-02", sid("board"))


# (k) The State tells its regulator; the regulator that was told acknowledges


def event(rig: Rig) -> None:
    rig.say("event", type="CorporateEvent", name="Listing", company="@vireo", eventKind="listing", plannedFor="2024-05-01",
            status="announced", **REPORTED)  # fmt: skip


def notice(rig: Rig, by: str, key: str = "told", **more: str) -> None:
    rig.say(key, type="RegulatorNotice", name="Notice", regulator="@exchange", company="@vireo", corporateEvent="@event",
            harms="Lawyers.", sentOn="2024-04-01", by=by, standing="reported", **more)  # fmt: skip


def regulators(rig: Rig) -> None:
    rig.say("third", type="State", name="Third", country="xd")
    rig.say(
        "exchange", type="PublicBody", name="Exchange of Calder", country="xa", partOf="@calder", office="regulator"
    )
    rig.say("office-c", type="PublicBody", name="Exchange of Third", country="xd", partOf="@third", office="regulator")


def test_the_notice_is_owed_by_the_state_of_the_company_and_no_notice_of_its_own_ends_it(rig: Rig) -> None:
    """The letter asks all States to inform exchanges and regulators; a company that tells of itself is no such notice."""
    regulators(rig)
    event(rig)
    assert due(rig, "k-markets", "notice", "event") == ("asked", "2024-05-01", sid("calder"))
    notice(rig, "vireo", "own")
    assert due(rig, "k-markets", "notice", "event")[0] == "asked"
    assert label(rig, "k-markets", "event") == "not-told"
    notice(rig, FREE)
    assert due(rig, "k-markets", "notice", "event")[0] == "met"


def test_a_company_that_told_of_its_event_first_is_not_told_of_by_its_own_notice(rig: Rig) -> None:
    rig.say("event", type="CorporateEvent", name="Listing", company="@vireo", eventKind="listing", plannedFor="2024-05-01",
            status="announced", by="vireo")  # fmt: skip
    notice(rig, "vireo", "own")
    assert (due(rig, "k-markets", "notice", "event")[0], label(rig, "k-markets", "event")) == ("asked", "not-told")


def test_where_nobody_knows_the_state_the_notice_is_owed_by_nobody_that_is_named(rig: Rig) -> None:
    rig.say("nowhere", type="Company", name="Nowhere Ltd")
    rig.say("event", type="CorporateEvent", name="Listing", company="@nowhere", eventKind="listing",
            plannedFor="2024-05-01", status="announced", **REPORTED)  # fmt: skip
    assert due(rig, "k-markets", "notice", "event") == ("asked", "2024-05-01", None)


@pytest.mark.parametrize(("by", "counts"), [("vireo", False), ("office-c", False), ("rival", False),
                                            ("exchange", True), ("calder", True), (FREE, True)])  # fmt: skip
def test_a_notice_is_acknowledged_by_the_regulator_that_it_names_or_by_whoever_sent_it(
    rig: Rig, by: str, counts: bool
) -> None:
    """What the regulator is part of may speak for it; another State's regulator, and the company, may not. The cell is met in part: the
    rule asks besides what was told, and by whom."""
    regulators(rig)
    event(rig)
    notice(rig, FREE)

    def seen() -> tuple[str, str, str]:
        board = Board(rig.register.store)
        cells = {one.letter: one for one in company_cells(board, sid("vireo"), DAY_NUMBER)}
        need = next(one for one in cells["k"].needs if one.name == "notice")
        return due(rig, "k-markets", "acknowledgement", "told")[0], label(rig, "k-markets", "told"), need.state

    assert due(rig, "k-markets", "acknowledgement", "told") == ("asked", "2024-05-01", sid("exchange"))
    assert seen() == ("asked", "sent", UNKNOWN)
    rig.say("told", type="RegulatorNotice", regulator="@office-c", acknowledgedOn="2024-04-15", by=by)
    assert seen() == (("met", "acknowledged", "partly") if counts else ("asked", "sent", UNKNOWN))
    assert rig.value("vendor.regulator_told", "vireo").truth is Truth.UNKNOWN


def test_the_cell_of_another_state_is_not_met_by_a_regulator_that_calls_itself_addressed(rig: Rig) -> None:
    regulators(rig)
    event(rig)
    notice(rig, FREE)
    rig.say("told", type="RegulatorNotice", regulator="@office-c", acknowledgedOn="2024-04-15", by="office-c")
    cells = {one.letter: one for one in state_row(Board(rig.register.store), "xd", DAY_NUMBER).cells}
    assert next(one.state for one in cells["k"].needs if one.name == "told") == UNKNOWN


ABROAD: dict[str, tuple[str, dict[str, str]]] = {
    "vendor.regulator_told": ("RegulatorNotice", {"harms": "Lawyers.", "sentOn": "2024-01-02", "acknowledgedOn": "2024-01-15"}),
    "vendor.filing_reviewed": ("FilingReview", {"outcome": "complete", "law": "@act", "filing": "@filing", "reviewedOn": "2024-01-15"}),
}  # fmt: skip


@pytest.mark.parametrize("fact", ABROAD)
def test_a_regulator_of_another_state_lifts_nothing_by_telling_of_itself(rig: Rig, fact: str) -> None:
    """Somebody independent has to name it, before an event of the company: it is listed there."""
    regulators(rig)
    type, values = ABROAD[fact]
    rig.say("filing", type="Document", title="Filing")
    rig.say("act", type="Law", title="Act", jurisdiction="xd", topic="securities", status="in-force")
    rig.say("listing", type="CorporateEvent", company="@vireo", eventKind="listing", plannedFor="2024-09-01")
    whole = {"type": type, "regulator": "@office-c", "company": "@vireo", **values}
    rig.say("own", by="office-c", corporateEvent="@listing", **whole)
    assert rig.value(fact, "vireo", "list").truth is Truth.UNKNOWN
    rig.say("bare", **{name: value for name, value in whole.items() if name != "outcome"})
    assert rig.value(fact, "vireo", "list").truth is Truth.UNKNOWN
    rig.say("own", type=type, regulator="@office-c", company="@vireo", corporateEvent="@listing",
            **({"harms": "Lawyers.", "sentOn": "2024-01-02"} if type == "RegulatorNotice" else {}))  # fmt: skip
    assert rig.value(fact, "vireo", "list").truth is Truth.TRUE


@pytest.mark.parametrize(
    ("fact", "office"), [("vendor.regulator_told", "exchange"), ("vendor.filing_reviewed", "exchange-2")]
)
def test_the_regulator_of_its_own_state_tells_of_the_whole_itself(rig: Rig, fact: str, office: str) -> None:
    rig.publisher(office)
    LIFTS[fact][1](rig, office, "confirmed")
    assert rig.value(fact, "vireo", "list").truth is Truth.TRUE


def test_a_second_regulator_of_the_state_does_not_acknowledge_for_the_one_that_was_told(rig: Rig) -> None:
    rig.publisher("office-2")
    rig.say("office-2", type="PublicBody", name="Office 2", country="xa", partOf="@calder", office="regulator")
    tell_regulator(rig, FREE, "confirmed")
    (acknowledged,) = (
        one for one in rig.ids["told"]
        if rig.register.store.statement(one).statement.property == "acknowledgedOn"  # type: ignore[union-attr]
    )  # fmt: skip
    assert rig.value("vendor.regulator_told", "vireo", "list").truth is Truth.TRUE
    rig.register.retract([acknowledged], private(FREE), RetractReason.WRONG)
    rig.say("told", type="RegulatorNotice", acknowledgedOn="2024-01-15", by="office-2")
    assert rig.value("vendor.regulator_told", "vireo", "list").truth is Truth.UNKNOWN
    rig.say("told", type="RegulatorNotice", acknowledgedOn="2024-01-15", by="exchange")
    assert rig.value("vendor.regulator_told", "vireo", "list").truth is Truth.TRUE


def test_the_seat_whose_regulator_counts_is_not_one_that_the_company_names(rig: Rig) -> None:
    """It says that it sits in Third too, whose regulator is easy."""
    regulators(rig)
    rig.say("vireo", type="Company", country="xd", by="vireo")
    rig.say("easy", type="RegulatorNotice", regulator="@office-c", company="@vireo", harms="Lawyers.",
            sentOn="2024-01-02", acknowledgedOn="2024-01-15")  # fmt: skip
    assert rig.value("vendor.regulator_told", "vireo", "list").truth is Truth.UNKNOWN
    rig.say("vireo", type="Company", country="xd")
    assert rig.value("vendor.regulator_told", "vireo", "list").truth is Truth.TRUE


# (d) The home State answers, whomever the company names


def test_a_company_puts_the_answer_to_its_registration_on_nobody_else(rig: Rig) -> None:
    rig.say("office-c", type="PublicBody", name="Registry of Calder", country="xa", partOf="@calder", office="registry")
    rig.say("exchange", type="PublicBody", name="Registry of Averna", country="xb", partOf="@averna", office="registry")
    told: dict[str, Any] = {"type": "Registration", "startDate": "2024-01-01", "status": "submitted", "by": "vireo"}
    for authority in ("exchange", "ministry", "office-c", ""):
        named = {"authority": f"@{authority}"} if authority else {}
        rig.say(f"to-{authority}", company="@vireo", **told, **named)
        found = due(rig, "d-registration", "countersignature", f"to-{authority}")
        assert found == ("asked", "2024-03-01", sid("calder"))
    rig.say("vireo", type="Company", country="xb", by="vireo")  # it moves to another State by its own word
    assert due(rig, "d-registration", "countersignature", "to-ministry")[2] == sid("calder")


def test_of_a_company_of_which_only_others_tell_the_seat_is_theirs(rig: Rig) -> None:
    rig.say("rival", type="Company", name="Rival Ltd", country="xa", **REPORTED)
    rig.say("rival", type="Company", country="xb", by="rival")
    rig.say("of-rival", type="Registration", company="@rival", authority="@ministry", startDate="2024-01-01",
            status="submitted", by="rival")  # fmt: skip
    assert due(rig, "d-registration", "countersignature", "of-rival")[2] == sid("calder")


def test_a_company_that_places_itself_first_does_not_choose_who_answers(rig: Rig) -> None:
    rig.publisher("upstart")
    rig.say("upstart", type="Company", name="Upstart Ltd", country="xb", by="upstart")
    rig.say("of-upstart", type="Registration", company="@upstart", startDate="2024-01-01", status="submitted",
            by="upstart")  # fmt: skip
    assert due(rig, "d-registration", "countersignature", "of-upstart")[2] == sid("averna")
    rig.say("upstart", type="Company", country="xa")
    assert due(rig, "d-registration", "countersignature", "of-upstart")[2] == sid("calder")
