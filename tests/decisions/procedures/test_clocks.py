"""Clocks and cells: laws that hold for any day and any order, on small invented registers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sousveil.decisions.api import gate
from sousveil.decisions.procedures import cells, items, registry
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import due_of
from sousveil.ledger.keys import PrivateKey
from sousveil.register.codes import Role
from sousveil.register.model import Standing, Statement, entity_id
from sousveil.register.register import Register
from tests.profiles import examples

REQUEST, STATE, BODY = (entity_id("clock", name) for name in ("request", "state", "body"))
F = registry.all_procedures()["f-contracts"]
ANSWER = next(one for one in F.clocks if one.name == "answer")


def said(
    subject: str, type: str, standing: Standing = Standing.CONFIRMED, **values: str | Sequence[str]
) -> list[Statement]:
    return [
        Statement(subject=subject, type=type, property=name, value=value, source="Gazette 1", publisher="Paper (invented)",
                  dataset="direct", standing=standing)
        for name, many in values.items()
        for value in ([many] if isinstance(many, str) else many)
    ]  # fmt: skip


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    made = Register.init(
        tmp_path / "register", title="Clocks (invented)", origin="clocks.example/log", example=True, gate=gate
    )
    key = PrivateKey.new()
    made.key_add(key.public.raw.hex(), "Paper (invented)", Role.PUBLISHER)
    made.paper = key  # type: ignore[attr-defined]
    publish(made, said(STATE, "State", name="Sarvian Union", country="xc"))
    publish(made, said(BODY, "PublicBody", name="Service", country="xc", partOf=STATE))
    yield made
    made.close()


def publish(register: Register, statements: list[Statement]) -> None:
    register.publish(statements, register.paper)  # type: ignore[attr-defined]


def asked(register: Register, **more: str) -> Board:
    publish(register, said(REQUEST, "InformationRequest", name="Request 1", body=BODY, status="asked", **more))
    return Board(register.store)


def due(board: Board, day: str) -> tuple[str, str, int] | None:
    found = due_of(board, ANSWER, board.records["InformationRequest"][0], day_of(day))
    return (found.due, found.state, found.days_over) if found else None


def test_a_clock_runs_is_overdue_and_is_met_late(register: Register) -> None:
    board = asked(register, askedOn="2026-03-01", answeredOn="2026-06-01")
    assert due(board, "2026-02-28") is None
    assert due(board, "2026-03-31") == ("2026-03-31", "running", 0)
    assert due(board, "2026-04-01") == ("2026-03-31", "asked", 0)
    assert due(board, "2026-05-31") == ("2026-03-31", "asked", 0)
    assert due(board, "2026-06-01") == ("2026-03-31", "met", 0)


def test_a_vague_date_makes_nobody_late(register: Register) -> None:
    board = asked(register, askedOn="2026-03", answeredOn="2026-05")
    assert due(board, "2026-04-30") == ("2026-04-30", "running", 0)
    assert due(board, "2026-05-01") == ("2026-04-30", "met", 0)


def test_the_records_own_day_comes_first(register: Register) -> None:
    assert due(asked(register, askedOn="2026-03-01", dueOn="2026-03-10"), "2026-03-11") == ("2026-03-10", "overdue", 1)


@settings(max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.integers(0, 4000))
def test_what_the_letter_asks_is_never_days_over(register: Register, gone: int) -> None:
    board = _BOARDS.get(id(register)) or _BOARDS.setdefault(id(register), asked(register, askedOn="2026-03-01"))
    over = gone - ANSWER.days
    day = (date(2026, 3, 1) + timedelta(days=gone)).isoformat()
    assert due(board, day) == ("2026-03-31", "asked" if over > 0 else "running", 0)


_BOARDS: dict[int, Board] = {}
"""The one board of a property test, made with its first example."""


def cell(register: Register, procedure: str, day: str = "2027-01-01") -> str:
    row = cells.state_row(Board(register.store), "xc", day_of(day))
    return next(one.state for one in row.cells if one.procedure == procedure)


def barrier(status: str, start: str, standing: Standing = Standing.CONFIRMED) -> list[Statement]:
    id = entity_id("barrier", status, start, standing)
    return said(id, "RemedyBarrier", standing, state=STATE, barrierKind="secrecy", status=status, startDate=start)


def test_unknown_is_not_not(register: Register) -> None:
    assert {one.state for one in cells.state_row(Board(register.store), "xc", day_of("2027-01-01")).cells} == {
        "unknown"
    }


def test_a_claim_that_is_only_alleged_moves_no_cell(register: Register) -> None:
    statements = barrier("in-force", "2026-01-01", Standing.ALLEGED)
    outcome = register.publish(statements, register.paper)  # type: ignore[attr-defined]
    assert type(outcome).__name__ == "Held"
    assert cell(register, "i-remedy") == "unknown"


def test_what_is_only_reported_makes_a_cell_partly_met(register: Register) -> None:
    path = said(entity_id("path"), "RemedyPath", Standing.REPORTED, name="Ombudsman", country="xc", pathKind="ombudsman", status="open",
                practice="Ten cases.", casesHeard="10", startDate="2026-05-01")  # fmt: skip
    publish(register, path)
    assert cell(register, "i-remedy") == "partly"


def test_a_later_reform_of_another_barrier_hides_none_and_the_day_decides(register: Register) -> None:
    publish(register, barrier("in-force", "2026-01-01"))
    publish(register, barrier("reformed", "2026-08-01"))
    assert cell(register, "i-remedy", "2025-12-31") == "unknown"
    assert cell(register, "i-remedy", "2026-07-31") == "not"
    assert cell(register, "i-remedy", "2026-08-01") == "not"


def test_of_one_day_the_record_that_says_no_counts(register: Register) -> None:
    publish(register, barrier("reformed", "2026-01-01"))
    publish(register, barrier("in-force", "2026-01-01"))
    assert cell(register, "i-remedy") == "not"


def test_what_is_taken_back_moves_no_cell(register: Register) -> None:
    done = register.publish(barrier("in-force", "2026-01-01"), register.paper)  # type: ignore[attr-defined]
    assert cell(register, "i-remedy") == "not"
    register.retract(list(done.ids), register.paper, "wrong")  # type: ignore[attr-defined, arg-type]
    assert cell(register, "i-remedy") == "unknown"


def test_a_record_to_come_is_listed_and_owes_nothing(register: Register) -> None:
    board = asked(register, askedOn="2026-03-01")
    found = items.items(board, F, day_of("2026-01-01"))
    assert [(one.state, one.due) for one in found] == [("to-come", [])]
    assert items.open_duties(board, day_of("2026-01-01")) == []
