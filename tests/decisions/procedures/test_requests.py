"""A request for information: its clock, its page, its cell and the rule say the same on every day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.cells import state_row
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.f_contracts import ANSWER
from sousveil.decisions.procedures.items import due_of, state_of
from sousveil.register.codes import RetractReason
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.decisions.rig import FREE, Rig, disclosures_view, private, rigged, sid
from tests.web.client import ask

TYPE = "InformationRequest"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as rig:
        yield rig


def request(rig: Rig, **more: str) -> None:
    rig.say("request", type=TYPE, name="Request 1", body="@ministry", question="Which?", **more)


def seen(rig: Rig, day: str) -> tuple[str | None, str, bool]:
    """By the clock, by its label, which the page shows; whether the rule says that an answer is owed."""
    board = Board(rig.register.store)
    record = board.record(sid("request"))
    assert record is not None
    due = due_of(board, ANSWER, record, day_of(day))
    label = state_of(board, registry.all_procedures()["f-contracts"], record, day_of(day))[0]
    (row,) = disclosures_view(rig.register.store, as_of=day).requests
    assert row.state == label
    owed = rig.value("state.request_overdue", "xb", as_of=day).truth is Truth.TRUE
    assert any(one.rule == "L21-f-2" for one in rig.judge("use", as_of=day).duties) is owed
    return due.state if due else None, label, owed


def cell(rig: Rig, day: str) -> str:
    row = state_row(Board(rig.register.store), "xb", day_of(day))
    (one,) = (each for each in row.cells if each.procedure == "f-contracts")
    return next(need.state for need in one.needs if need.name == "requests")


def test_a_form_that_is_filled_once_with_the_answer_is_late_and_was_overdue(rig: Rig) -> None:
    request(rig, askedOn="2024-01-01", answeredOn="2025-06-01", status="answered", answer="All.")
    assert seen(rig, "2024-01-31") == ("running", "asked", False)
    assert seen(rig, "2024-06-01") == ("asked", "asked", True)
    assert seen(rig, "2025-05-31") == ("asked", "asked", True)
    assert seen(rig, "2025-06-01") == ("met", "answered", False)
    (row,) = disclosures_view(rig.register.store, as_of="2025-06-01").requests
    assert [(one.authority, one.days_over, one.days_open) for one in row.due] == [("letter", 0, 517)]
    assert [cell(rig, day) for day in ("2024-01-31", "2024-06-01", "2025-06-01")] == ["unknown", "not", "met"]


@pytest.mark.parametrize(("due", "given"), [("2024-01-31", {}), ("2024-03-15", {"dueOn": "2024-03-15"})])
def test_with_a_day_or_without_the_rule_names_the_state_when_the_clock_is_overdue(
    rig: Rig, due: str, given: dict[str, str]
) -> None:
    request(rig, askedOn="2024-01-01", status="asked", **given)
    assert seen(rig, due) == ("running", "asked", False)
    late = ("overdue", "asked", True) if given else ("asked", "asked", True)
    assert seen(rig, "2024-03-16") == late
    proof = rig.value("state.request_overdue", "xb", as_of="2024-03-16").proof
    told = {one.id: one.statement.property for one in rig.register.store.statements_of([sid("request")])}
    assert [told[one] for one in proof] == ["dueOn" if given else "askedOn"]


def test_nobody_else_gives_the_state_more_time(rig: Rig) -> None:
    request(rig, askedOn="2024-01-01", status="asked")
    rig.publisher("grey", verified=False)
    rig.say("request", type=TYPE, dueOn="2030-01-01", by="grey")
    assert seen(rig, "2024-02-01") == ("asked", "asked", True)


def test_an_answer_after_a_refusal_is_an_answer(rig: Rig) -> None:
    request(rig, askedOn="2026-09-01", status="asked")
    rig.say("request", type=TYPE, status="refused", refusedOn="2026-12-01", legalGround="Secrets Act")
    rig.say("request", type=TYPE, status="appealed", appealedOn="2026-12-20")
    assert seen(rig, "2026-11-30") == ("asked", "asked", True)
    assert seen(rig, "2026-12-10") == ("refused", "refused", True)
    assert seen(rig, "2027-01-01") == ("refused", "appealed", True)
    assert cell(rig, "2027-01-01") == "not"
    rig.say("request", type=TYPE, status="answered", answeredOn="2027-02-01", answer="All contracts.")
    assert seen(rig, "2027-01-31") == ("refused", "appealed", True)
    assert seen(rig, "2027-02-01") == ("met", "answered", False)
    assert [cell(rig, day) for day in ("2027-01-31", "2027-02-01")] == ["not", "met"]


def test_a_refusal_in_time_and_a_late_answer_is_a_late_answer(rig: Rig) -> None:
    request(rig, askedOn="2024-01-01", status="refused", refusedOn="2024-01-20")
    assert seen(rig, "2024-06-01") == ("refused", "refused", True)
    rig.say("request", type=TYPE, status="answered", answeredOn="2025-01-01")
    assert seen(rig, "2026-01-01") == ("met", "answered", False)


def test_a_refusal_after_an_answer_stands(rig: Rig) -> None:
    request(rig, askedOn="2024-01-01", status="answered", answeredOn="2024-01-10", answer="A part.")
    rig.say("request", type=TYPE, status="refused", refusedOn="2024-05-01")
    assert (cell(rig, "2024-04-01"), cell(rig, "2024-06-01")) == ("met", "not")
    assert rig.value("state.request_overdue", "xb", as_of="2024-06-01").truth is Truth.TRUE


def test_nobody_else_answers_a_refusal(rig: Rig) -> None:
    request(rig, askedOn="2024-01-01", status="refused", refusedOn="2024-01-20")
    for by in ("ministry", "grey"):
        rig.publisher(by, verified=False)
        rig.say("request", type=TYPE, status="answered", answeredOn="2024-05-01", answer="All.", by=by)
        assert seen(rig, "2024-06-01") == ("refused", "refused", True), by
        assert cell(rig, "2024-06-01") == "not"


def test_a_request_that_was_taken_back_is_owed_no_answer(rig: Rig) -> None:
    """Whoever asked takes it back; who owes the answer, or somebody else, does not."""
    request(rig, askedOn="2024-01-01", status="asked")
    for by in ("ministry", "grey"):
        rig.publisher(by, verified=False)
        rig.say("request", type=TYPE, status="withdrawn", by=by)
        assert rig.value("state.request_overdue", "xb", as_of="2024-06-01").truth is Truth.TRUE, by
    rig.say("request", type=TYPE, status="withdrawn")
    assert rig.value("state.request_overdue", "xb", as_of="2024-06-01").truth is Truth.UNKNOWN
    assert [one.rule for one in rig.judge("use", as_of="2024-06-01").duties if one.rule == "L21-f-2"] == []


def test_a_refusal_is_no_answer_by_the_clock_on_the_page(rig: Rig) -> None:
    """Whoever refused did not do what was owed: the page says when it was refused, and that is all."""
    request(rig, askedOn="2024-01-01", status="refused", refusedOn="2024-01-20")
    rig.say("late", type=TYPE, name="Request 2", body="@ministry", question="Which?", askedOn="2024-01-01", status="refused",
            refusedOn="2024-03-01")  # fmt: skip
    page = ask(Outer(Site(rig.register)), "/procedures/f-contracts?as_of=2024-06-01").text
    told = re.findall(r'<span class="due due-([a-z-]+)">(Answer[^<]*)</span>', page)
    assert sorted(told) == [
        ("refused", "Answer to the request for information: refused on 1 March 2024"),
        ("refused", "Answer to the request for information: refused on 20 January 2024"),
    ]


def test_what_the_body_says_of_its_own_refusal_stops_no_clock(rig: Rig) -> None:
    rig.publisher("ministry")
    request(rig, askedOn="2024-01-01", status="asked", requester="@watch")
    rig.say("request", type=TYPE, by="ministry", status="refused", refusedOn="2024-03-01", legalGround="Section 3")
    (row,) = disclosures_view(rig.register.store, as_of="2024-06-01").requests
    assert (row.state, [one.state for one in row.due]) == ("asked", ["asked"])
    rig.say("request", type=TYPE, status="answered", answeredOn="2024-05-01", answer="All.")
    (row,) = disclosures_view(rig.register.store, as_of="2024-06-01").requests
    assert row.state == "answered"


def test_a_refusal_after_an_answer_is_a_refusal_everywhere(rig: Rig) -> None:
    """By the day of the later act; the clock says when it was refused."""
    request(rig, askedOn="2024-01-01", status="answered", answeredOn="2024-01-10", answer="A part.")
    rig.say("request", type=TYPE, status="refused", refusedOn="2024-05-01")
    assert seen(rig, "2024-04-30") == ("met", "answered", False)
    assert seen(rig, "2024-05-01") == ("refused", "refused", True)
    rig.say("request", type=TYPE, answeredOn="2024-07-01")
    assert seen(rig, "2024-06-30") == ("refused", "refused", True)
    assert seen(rig, "2024-07-01") == ("met", "answered", False)
    assert [cell(rig, day) for day in ("2024-04-30", "2024-05-01", "2024-07-01")] == ["met", "not", "met"]


ANSWERS = {"answeredOn": "2024-01-10", "answer": "All.", "status": "answered"}
REFUSES = {"refusedOn": "2024-01-10", "status": "refused"}


@pytest.mark.parametrize(
    ("first", "then", "says", "owed"),
    [(ANSWERS, REFUSES, "refused", True), (REFUSES, ANSWERS, "answered", False)],
)
def test_of_one_day_what_the_log_had_later_counts(
    rig: Rig, first: dict[str, str], then: dict[str, str], says: str, owed: bool
) -> None:
    request(rig, askedOn="2024-01-01", **first)
    rig.say("request", type=TYPE, **then)
    state = {"refused": "refused", "answered": "met"}[says]
    assert seen(rig, "2024-06-01") == (state, says, owed)
    assert cell(rig, "2024-06-01") == ("not" if owed else "met")


@pytest.mark.parametrize("status", ["refused", "answered"])
def test_of_one_day_and_one_entry_the_refusal_counts(rig: Rig, status: str) -> None:
    request(rig, askedOn="2024-01-01", answeredOn="2024-01-10", refusedOn="2024-01-10", answer="x", status=status)
    assert seen(rig, "2024-06-01")[1:] == ("refused", True)
    assert cell(rig, "2024-06-01") == "not"


def test_what_is_taken_back_counts_no_more(rig: Rig) -> None:
    request(rig, askedOn="2024-01-01", answeredOn="2024-01-10", status="answered", answer="A part.")
    ids = rig.say("request", type=TYPE, status="refused", refusedOn="2024-05-01")
    assert seen(rig, "2024-06-01") == ("refused", "refused", True)
    rig.register.retract(ids, private(FREE), RetractReason.WRONG)
    assert seen(rig, "2024-06-01") == ("met", "answered", False)


def test_an_answer_in_part_is_none_of_the_whole(rig: Rig) -> None:
    request(rig, askedOn="2024-01-01", status="partly-answered", answeredOn="2024-01-20", answer="A part.")
    assert seen(rig, "2024-01-31") == ("running", "partly", False)
    assert seen(rig, "2024-02-01") == ("asked", "partly", True)
    assert [cell(rig, day) for day in ("2024-01-31", "2024-02-01")] == ["unknown", "not"]
    rig.say("request", type=TYPE, status="answered", answeredOn="2024-03-01", answer="The rest.")
    assert seen(rig, "2024-03-01") == ("met", "answered", False)


def test_the_day_of_a_partial_answer_in_a_later_entry_answers_no_more(rig: Rig) -> None:
    rig.publisher("ministry")
    request(rig, by="ministry", askedOn="2024-01-01", status="partly-answered")
    rig.say("request", type=TYPE, by="ministry", answeredOn="2024-01-20")
    assert seen(rig, "2027-06-01") == ("asked", "partly", True)
    rig.say("request", type=TYPE, by="ministry", status="answered", answeredOn="2024-03-01", answer="The rest.")
    assert seen(rig, "2027-06-01")[1:] == ("answered", False)


def test_who_answers_for_all_is_one_test(rig: Rig) -> None:
    """Two tell of a refusal and one of the answer: it is owed until both do; a third publisher's word answers neither (policy 3)."""
    rig.publisher("grey", verified=False)
    rig.say("request", type=TYPE, name="Request 1", body="@ministry", question="Which?", askedOn="2024-01-01", by="paper",
            standing="reported", status="refused", refusedOn="2024-01-20")  # fmt: skip
    rig.say("request", type=TYPE, by="grey", standing="reported", status="refused", refusedOn="2024-01-20")
    rig.say("request", type=TYPE, by="paper", standing="reported", answeredOn="2024-02-20")
    assert seen(rig, "2024-06-01")[1:] == ("asked", True)
    rig.say("request", type=TYPE, answeredOn="2024-03-01")
    assert seen(rig, "2024-06-01")[1:] == ("asked", True)


@pytest.mark.parametrize("status", ["refused", "overdue"])
def test_whoever_alleges_a_refusal_takes_nothing_from_a_term_that_is_over(rig: Rig, status: str) -> None:
    request(rig, askedOn="2024-01-01")
    before = seen(rig, "2024-06-01"), cell(rig, "2024-06-01"), rig.value("state.request_overdue", "xb")
    assert before[:2] == (("asked", "asked", True), "not") and not before[2].alleged
    rig.publisher("unverified", verified=False)
    ids = rig.say("request", type=TYPE, by="unverified", standing="alleged", status=status)
    after = rig.value("state.request_overdue", "xb")
    assert (seen(rig, "2024-06-01"), cell(rig, "2024-06-01")) == before[:2]
    assert (after.truth, after.alleged, set(after.proof)) == (Truth.TRUE, False, {*before[2].proof})
    rig.register.retract(ids, private("unverified"), RetractReason.WRONG)
    again = rig.value("state.request_overdue", "xb")
    assert (again.truth, again.alleged, again.proof) == (Truth.TRUE, False, before[2].proof)


def test_a_request_that_was_told_of_as_a_paper_first_names_the_body_all_the_same(rig: Rig) -> None:
    rig.say("agency", type="PublicBody", name="Agency of Averna", country="xb")
    rig.say("request", type="Document", title="A paper")
    rig.say("request", type=TYPE, requester="@watch", body="@agency", question="Which?", askedOn="2024-01-01")
    assert cell(rig, "2024-06-01") == "not"
    board = Board(rig.register.store)
    record = board.record(sid("request"))
    assert record is not None and board.reader.caption(board.reader.records[sid("agency")]) == "Agency of Averna"
