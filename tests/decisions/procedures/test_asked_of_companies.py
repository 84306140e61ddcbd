"""A request for information to a company or an organisation: on the list, without a clock, and for no State."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.cells import state_row
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.f_contracts import ANSWER
from sousveil.decisions.procedures.items import due_of, open_duties, state_of
from tests.decisions.rig import DAY, Rig, disclosures_view, rigged, sid

TYPE = "InformationRequest"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Vireo sits in xa, a group in xa too; the city of xa is called an organisation first, and a public body by somebody else."""
    with rigged(tmp_path) as made:
        made.publisher("vireo", verified=False)
        made.say("group", type="Organization", name="Open Phones", country="xa")
        made.say("city", type="Organization", name="Port", country="xa", by="paper")
        made.say("city", type="PublicBody", name="Port", country="xa")
        yield made


def ask(rig: Rig, *bodies: str, by: str = "vireo", **more: str) -> None:
    rig.say("request", type=TYPE, name="Request 1", body=[f"@{one}" for one in bodies], question="Which?",
            **{"askedOn": "2020-07-01", "status": "asked", **more}, by=by)  # fmt: skip


def cell(rig: Rig, code: str) -> str:
    (one,) = (each for each in state_row(Board(rig.register.store), code, day_of(DAY)).cells if each.letter == "f")
    return one.state


def label(rig: Rig) -> str:
    board = Board(rig.register.store)
    record = board.record(sid("request"))
    assert record is not None
    return state_of(board, registry.all_procedures()["f-contracts"], record, day_of(DAY))[0]


def owing(rig: Rig) -> list[tuple[str, str | None]]:
    late = open_duties(Board(rig.register.store), day_of(DAY))
    return [(one.due.label, one.due.owed_by.id if one.due.owed_by else None) for one in late]


@pytest.mark.parametrize("body", ["vireo", "group"])
def test_what_is_asked_of_no_public_body_is_shown_and_counts_for_nothing(rig: Rig, body: str) -> None:
    ask(rig, body)
    board = Board(rig.register.store)
    record = board.record(sid("request"))
    assert record is not None and due_of(board, ANSWER, record, day_of(DAY)) is None
    assert (cell(rig, "xa"), label(rig), owing(rig)) == ("unknown", "beside", [])
    assert rig.value("state.request_overdue", "xa").truth is Truth.UNKNOWN
    view = disclosures_view(rig.register.store, "xa", as_of=DAY)
    assert [(one.state, one.due, sid(body) in {each.ref.id for each in one.parties}) for one in view.requests] == [
        ("beside", [], True)
    ]
    assert {name: many for name, many in view.counts.items() if many} == {}


@pytest.mark.parametrize("status", ["refused", "overdue", "answered"])
def test_neither_does_what_came_of_it(rig: Rig, status: str) -> None:
    ask(rig, "vireo", status=status, answer="All.")
    assert (cell(rig, "xa"), owing(rig)) == ("unknown", [])
    assert rig.value("state.request_overdue", "xa").truth is Truth.UNKNOWN
    assert disclosures_view(rig.register.store, as_of=DAY).counts["requests_refused"] == 0


@pytest.mark.parametrize(("body", "code"), [("ministry", "xb"), ("averna", "xb"), ("city", "xa")])
def test_what_is_asked_of_a_public_body_counts_for_its_state(rig: Rig, body: str, code: str) -> None:
    ask(rig, body)
    assert (cell(rig, code), label(rig)) == ("not", "asked")
    assert owing(rig) == [("Answer to the request for information", sid(body))]
    assert rig.value("state.request_overdue", code).truth is Truth.TRUE
    assert disclosures_view(rig.register.store, code, as_of=DAY).counts["requests_open"] == 1


@pytest.mark.parametrize("added", [False, True])
def test_a_company_beside_a_public_body_owes_nothing_and_tells_nothing_of_its_state(rig: Rig, added: bool) -> None:
    """Also where a stranger adds the public body to a request that was made of a company."""
    ask(rig, "vireo", *([] if added else ["ministry"]))
    if added:
        rig.say("request", type=TYPE, body="@ministry")
    assert (cell(rig, "xa"), cell(rig, "xb")) == ("unknown", "not")
    assert owing(rig) == [("Answer to the request for information", sid("ministry"))]
    facts = [rig.value("state.request_overdue", code).truth for code in ("xa", "xb")]
    assert facts == [Truth.UNKNOWN, Truth.TRUE]
