"""Where a proposal stands, its label, its clock, its page and the rule are one test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import ProcedureItem, item_of
from sousveil.decisions.proposals import AGAINST, Case, standing_of
from sousveil.register.model import Standing
from sousveil.register.register import Register
from sousveil.register.views.reading import Reader
from tests.decisions.procedures.clerk import Clerk
from tests.decisions.procedures.port import NOTICE, Rec, id_of, port, tell

COUNCIL = "Brackwater City Council"
SEIZED = "Reading of seized phones"


def put(clerk: Clerk, form: str, key: str, standing: str = "confirmed", **values: Any) -> str:
    names = {"brackwater-council": COUNCIL, "glasmoth": "Glasmoth Systems Ltd", "rookery": "Rookery Watch (invented)"}
    said = {
        "statement.publisher": names[key],
        "statement.source": f"https://gazette.example/{form}",
        "statement.standing": standing,
        "statement.valid_until": "",
        "statement.record": "",
    }
    return clerk.publish("h-boards", form, {**values, **said}, key=key).subject


def told(clerk: Clerk, name: str) -> tuple[str, str, list[str]]:
    """On the boards, on the procedure's page, and of its clock."""
    [stage] = [one["stands"]["stage"] for one in clerk.json("/boards")["proposals"] if one["ref"]["caption"] == name]
    items = clerk.json("/procedures/h-boards")["items"]
    [item] = [one for one in items if one["ref"]["caption"] == name]
    return stage, item["state_label"], [one["state"] for one in item["due"]]


def test_the_shipped_proposal_that_was_rejected_waits_for_nobody(clerk: Clerk) -> None:
    assert told(clerk, SEIZED)[:2] == ("rejected", "rejected")
    assert "asked" not in told(clerk, SEIZED)[2]
    assert not [one for one in clerk.json("/overdue")["duties"] if one["item"]["ref"]["caption"] == SEIZED]
    page = clerk.get("/states/xa").text
    assert "Decision of the board: asked since 16 January 2023" not in page


def test_what_the_council_tells_against_itself_ends_the_wait_and_a_stranger_s_word_none(clerk: Clerk) -> None:
    board = "Brackwater Surveillance Board"
    id = put(clerk, "proposal", "brackwater-council", name="PZ", body=COUNCIL, board=board, purpose="x",
             proposedOn="2026-05-01", noticeDays="30", rightsAssessment="y")  # fmt: skip
    put(clerk, "notice", "brackwater-council", acquisition=id, body=COUNCIL, noticedOn="2026-05-02", days="30")
    waiting = told(clerk, "PZ")
    assert waiting == ("deciding", "public notice given", ["asked"])
    decision = {"body": board, "about": id, "outcome": "rejected", "date": "2026-08-01", "reason": "Because."}
    put(clerk, "decision", "glasmoth", name="DG", **decision)
    assert told(clerk, "PZ") == waiting
    put(clerk, "decision", "brackwater-council", name="DZ", **decision)
    stage, label, due = told(clerk, "PZ")
    assert (stage, label) == ("rejected", "rejected")
    assert "asked" not in due


DAY = "2025-09-01"
WAITS = ("deciding", "public notice given", [("decision", "asked", None)])


def item(register: Register, name: str) -> ProcedureItem:
    board = Board(register.store)
    record = board.record(id_of(name))
    assert record is not None
    return item_of(board, registry.all_procedures()["h-boards"], record, day_of(DAY))


def all_told(register: Register) -> tuple[str, str, list[tuple[str, str, str | None]]]:
    """Of the proposal of Port: its page, its label, its clocks."""
    stage = standing_of(Case(Reader(register.store, today=DAY), id_of("proposal"), DAY)).stage
    found = item(register, "proposal")
    return stage, found.state_label, [(one.clock, one.state, one.met_on) for one in found.due]


def decision(outcome: str) -> Rec:
    said: dict[str, str | list[str]] = {
        "name": "D",
        "body": "@board",
        "about": "@proposal",
        "outcome": outcome,
        "reason": "So.",
    }
    return ("decision", "OversightDecision", {**said, "date": "2025-04-01"})


@pytest.mark.parametrize(
    ("outcome", "stage", "label"),
    [("approved", "approved", "approved"), ("rejected", "rejected", "rejected"), ("opinion", *WAITS[:2])],
)
def test_what_the_board_only_reports_ends_no_wait(tmp_path: Path, outcome: str, stage: str, label: str) -> None:
    """The clock stopped by it, and by an opinion, where label and page waited."""
    with port(tmp_path / "r", ("police", [NOTICE])) as register:
        assert all_told(register) == WAITS
        tell(register, "board", decision(outcome), standing=Standing.REPORTED)
        assert all_told(register) == WAITS
        assert item(register, "decision").state_label == "told of, not confirmed by the board"
        tell(register, "board", decision(outcome))
        clock = ("decision", "met", "2025-04-01") if outcome != "opinion" else WAITS[2][0]
        assert all_told(register) == (stage, label, [clock])
        assert item(register, "decision").state_label == "decided"


def test_a_board_that_lays_a_proposal_aside_waits_for_nothing(tmp_path: Path) -> None:
    with port(tmp_path / "r", ("police", [NOTICE])) as register:
        tell(register, "board", ("proposal", "Acquisition", {"status": "withdrawn"}))
        assert all_told(register) == ("withdrawn", "withdrawn", [])


FREE_BOARD = "Brackwater Surveillance Board"
REPORTED = "It is no step of the procedure: it was published by Rookery Watch (invented), which is not the board"


def test_a_rejection_that_somebody_reports_counts_against_and_the_page_says_so(clerk: Clerk) -> None:
    """It said of all that it does not count, and the rule blocked by it."""
    question = {"action": "acquire", "product": "Heron Desk", "supplier": "Quietwater Analytics AG", "country": "xa",
                "end_user": COUNCIL}  # fmt: skip

    def facts() -> set[str]:
        found = [one for one in clerk.decide(question)["reasons"] if one["rule"] == "L21-h-3"]
        return {one["says"] for each in found for one in each["facts"] if one["standing"] == "reported"}

    id = put(clerk, "proposal", "brackwater-council", name="PZ", body=COUNCIL, board=FREE_BOARD, purpose="x", product="Heron Desk",
             vendor="Quietwater Analytics AG", proposedOn="2026-05-01", noticeDays="30", rightsAssessment="y")  # fmt: skip
    put(clerk, "notice", "brackwater-council", acquisition=id, body=COUNCIL, noticedOn="2026-05-02", days="30")
    waiting = told(clerk, "PZ")
    assert facts() == set()
    said = {"body": FREE_BOARD, "about": id, "date": "2026-08-01", "reason": "Because."}
    for name, outcome in (("RZ", "rejected"), ("AZ", "approved")):
        put(clerk, "decision", "rookery", "reported", **said, name=name, outcome=outcome)
    assert facts() == {"RZ – outcome: rejected", "RZ – about: PZ"}
    assert told(clerk, "PZ") == waiting
    notes = {one["ref"]["caption"]: one["note"] for one in clerk.json(f"/boards/{id}")["steps"]}
    assert notes["RZ"] == f"{REPORTED}; RZ: it is reported, not confirmed. {AGAINST}"
    assert notes["AZ"] == f"{REPORTED}; AZ: it is reported, not confirmed. The decision is that of the board."
    page = clerk.get(f"/boards/{id}").text
    assert AGAINST in page
    assert "none that counts; what is told of one, and why it does not count, stands below" in page
