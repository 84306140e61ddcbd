"""Where a proposal stands, its label, its clock, its page and the rule are one test."""

from __future__ import annotations

from typing import Any

from tests.decisions.procedures.clerk import Clerk

COUNCIL = "Brackwater City Council"
SEIZED = "Reading of seized phones"


def put(clerk: Clerk, form: str, key: str, **values: Any) -> str:
    said = {
        "statement.publisher": {"brackwater-council": COUNCIL, "glasmoth": "Glasmoth Systems Ltd"}[key],
        "statement.source": f"https://gazette.example/{form}",
        "statement.standing": "confirmed",
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
    assert "overdue" not in told(clerk, SEIZED)[2]
    assert not [one for one in clerk.json("/overdue")["overdue"] if one["item"]["ref"]["caption"] == SEIZED]
    page = clerk.get("/states/xa").text
    assert "Decision of the board: overdue since 16 May 2023" not in page


def test_what_the_council_tells_against_itself_ends_the_wait_and_a_stranger_s_word_none(clerk: Clerk) -> None:
    board = "Brackwater Surveillance Board"
    id = put(clerk, "proposal", "brackwater-council", name="PZ", body=COUNCIL, board=board, purpose="x",
             proposedOn="2026-05-01", noticeDays="30", rightsAssessment="y")  # fmt: skip
    put(clerk, "notice", "brackwater-council", acquisition=id, body=COUNCIL, noticedOn="2026-05-02", days="30")
    waiting = told(clerk, "PZ")
    assert waiting == ("deciding", "public notice given", ["overdue"])
    decision = {"body": board, "about": id, "outcome": "rejected", "date": "2026-08-01", "reason": "Because."}
    put(clerk, "decision", "glasmoth", name="DG", **decision)
    assert told(clerk, "PZ") == waiting
    put(clerk, "decision", "brackwater-council", name="DZ", **decision)
    stage, label, due = told(clerk, "PZ")
    assert (stage, label) == ("rejected", "rejected")
    assert "overdue" not in due
