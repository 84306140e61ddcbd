"""Who tells of a refusal, how firmly, and when: clock, label, page, cell and rule say the same, and no word makes the rule milder."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.cells import state_row
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.f_contracts import ANSWER
from sousveil.decisions.procedures.items import due_of, state_of
from tests.decisions.rig import FREE, Rig, disclosures_view, rigged, sid

TYPE = "InformationRequest"
TELLERS = ("watch", "stranger", "grey", "averna")
"""Whoever asked; somebody verified and independent; somebody whose key nobody verified; the State that owes the answer."""
STANDINGS = ("confirmed", "reported", "alleged")
Seen = tuple[str, str, str, Truth, bool]
"""By the clock, the label, the page and the cell; the rule's fact, and whether it is alleged alone."""
REFUSED: Seen = ("refused", "refused", "not", Truth.TRUE, False)
REFUSED_LATE: Seen = ("refused", "refused", "not", Truth.TRUE, False)
UNANSWERED: Seen = ("asked", "asked", "not", Truth.TRUE, False)
WAITS: Seen = ("running", "asked", "unknown", Truth.UNKNOWN, False)
WAITS_ALLEGED: Seen = ("running", "asked", "unknown", Truth.TRUE, True)
ANSWERED: Seen = ("met", "answered", "met", Truth.UNKNOWN, False)
ANSWERED_ALLEGED: Seen = ("met", "answered", "met", Truth.TRUE, True)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as rig:
        rig.publisher("stranger")
        rig.publisher("averna")
        rig.publisher("grey", verified=False)
        rig.say("stranger", type="Organization", name="Stranger Group (invented)", country="xd", by="stranger")
        yield rig


def seen(rig: Rig, day: str) -> Seen:
    board, at = Board(rig.register.store), day_of(day)
    record = board.record(sid("request"))
    assert record is not None
    due = due_of(board, ANSWER, record, at)
    assert due is not None
    label = state_of(board, registry.all_procedures()["f-contracts"], record, at)[0]
    (row,) = disclosures_view(rig.register.store, as_of=day).requests
    assert row.state == label
    [cell] = [one for one in state_row(board, "xb", at).cells if one.procedure == "f-contracts"]
    [need] = [one.state for one in cell.needs if one.name == "requests"]
    fact = rig.value("state.request_overdue", "xb", as_of=day)
    fired = any(one.rule == "L21-f-2" for one in rig.judge("use", as_of=day).duties)
    assert fired is (fact.truth is Truth.TRUE)
    return due.state, label, need, fact.truth, fact.alleged


REPLIED = ("replied", "replied", "unknown", Truth.UNKNOWN, False)


def request(rig: Rig, **more: str) -> None:
    rig.say("request", type=TYPE, name="Request 1", requester="@watch", body="@ministry", question="Which?", **more)


@pytest.mark.parametrize(("by", "standing"), list(product(TELLERS, STANDINGS)))
def test_a_refusal_before_the_term_is_over(rig: Rig, by: str, standing: str) -> None:
    """Whoever reports it, it is one at once; whoever did not ask ends the term by it for nobody."""
    request(rig, askedOn="2024-01-01", status="asked")
    assert [seen(rig, day) for day in ("2024-01-25", "2024-06-01")] == [WAITS, UNANSWERED]
    rig.say("request", type=TYPE, by=by, standing=standing, status="refused", refusedOn="2024-01-20")
    firm = standing != "alleged"
    assert seen(rig, "2024-01-19") == WAITS
    assert seen(rig, "2024-01-25") == (REFUSED if firm else WAITS_ALLEGED)
    assert seen(rig, "2024-06-01") == (REFUSED if firm and by == FREE else UNANSWERED)


@pytest.mark.parametrize(("by", "standing"), list(product(TELLERS, STANDINGS)))
def test_a_refusal_after_an_answer_in_time(rig: Rig, by: str, standing: str) -> None:
    request(rig, askedOn="2024-01-01", status="answered", answeredOn="2024-01-20", answer="All.")
    assert seen(rig, "2024-06-01") == ANSWERED
    rig.say("request", type=TYPE, by=by, standing=standing, status="refused", refusedOn="2024-05-01")
    assert seen(rig, "2024-04-30") == ANSWERED
    assert seen(rig, "2024-06-01") == (REFUSED_LATE if standing != "alleged" else ANSWERED_ALLEGED)


@pytest.mark.parametrize(("by", "standing"), list(product(TELLERS, STANDINGS)))
def test_that_it_is_called_overdue_makes_no_term_shorter(rig: Rig, by: str, standing: str) -> None:
    request(rig, askedOn="2024-01-01", status="asked")
    rig.say("request", type=TYPE, by=by, standing=standing, status="overdue", valid_from="2024-01-10")
    assert [seen(rig, day) for day in ("2024-01-31", "2024-02-01")] == [WAITS, UNANSWERED]


@pytest.mark.parametrize(("by", "standing"), list(product(TELLERS, STANDINGS)))
def test_who_answers(rig: Rig, by: str, standing: str) -> None:
    """Whoever asked by any firm word; an office that owes it leaves it open and not late; an allegation answers nothing."""
    request(rig, askedOn="2024-01-01", status="asked")
    rig.say("request", type=TYPE, by=by, standing=standing, status="answered", answeredOn="2024-01-20", answer="All.")
    ends = by == FREE and standing != "alleged"
    need = "met" if standing == "confirmed" else "partly"
    otherwise = REPLIED if by == "averna" and standing != "alleged" else UNANSWERED
    assert seen(rig, "2024-06-01") == (("met", "answered", need, Truth.UNKNOWN, False) if ends else otherwise)


def test_an_answered_refusal_hides_no_allegation_of_a_later_one(rig: Rig) -> None:
    """What is firm and answered takes nothing from what is alleged and open."""
    request(rig, askedOn="2024-01-01", status="answered", answeredOn="2024-01-20", answer="All.")
    rig.say("request", type=TYPE, by="grey", standing="alleged", status="refused", refusedOn="2024-05-01")
    assert seen(rig, "2024-06-01") == ANSWERED_ALLEGED
    rig.say("request", type=TYPE, standing="reported", status="refused", refusedOn="2024-01-10")
    assert seen(rig, "2024-06-01") == ANSWERED_ALLEGED
