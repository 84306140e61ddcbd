"""Who countersigns a registration: the registry of the company's home State, by the rule's own test, for label, clock, cell and rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.cells import company_cells
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import item_of
from sousveil.decisions.procedures.registry import all_procedures
from tests.decisions.rig import DAY, Rig, rigged, sid

REGISTERED: dict[str, Any] = {
    "type": "Registration", "company": "@vireo", "by": "vireo", "status": "submitted", "startDate": "2024-01-01",
    "declares": ["identity", "products", "due-diligence", "impacts", "sales"], "declaresNone": ["intermediaries", "rejections"],
}  # fmt: skip


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A registry of Calder, one of Averna, and a city of Calder, each with a verified key; who is what the foundation says."""
    with rigged(tmp_path) as made:
        for key in ("vireo", "city", "registry", "other"):
            made.publisher(key)
        made.say("city", type="PublicBody", name="City of Calder", country="xa", partOf="@calder", level="local")
        made.say("registry", type="PublicBody", name="Registry", country="xa", partOf="@calder", office="registry")
        made.say(
            "other", type="PublicBody", name="Registry of Averna", country="xb", partOf="@averna", office="registry"
        )
        yield made


def answer(rig: Rig, by: str, outcome: str = "confirmed", date: str = "2024-02-01", key: str = "answer") -> None:
    rig.say(key, type="Countersignature", registration="@one", authority=f"@{by}", outcome=outcome, date=date, by=by,
            **({} if outcome == "confirmed" else {"reason": "Parts are missing."}))  # fmt: skip


def seen(rig: Rig, day: str = DAY) -> tuple[str, str, str, Truth]:
    """The label, the clock, the cell's need, the fact of the rule."""
    board, at = Board(rig.register.store), day_of(day)
    (record,) = board.records["Registration"]
    item = item_of(board, all_procedures()["d-registration"], record, at)
    (due,) = item.due
    (cell,) = (one for one in company_cells(board, sid("vireo"), at) if one.letter == "d")
    (need,) = (one for one in cell.needs if one.name == "countersigned")
    return item.state, due.state, need.state, rig.value("vendor.registered", "vireo", as_of=day).truth


WAITS = ("declared", "overdue", "unknown", Truth.UNKNOWN)
DONE = ("confirmed", "met", "met", Truth.TRUE)


@pytest.mark.parametrize("named", ["city", "registry", "other"])
def test_a_city_that_the_company_names_countersigns_nothing(rig: Rig, named: str) -> None:
    rig.say("one", **REGISTERED, authority=f"@{named}")
    assert seen(rig) == WAITS
    for by in ("city", "other"):
        answer(rig, by, key=f"by-{by}")
        assert seen(rig) == WAITS, by
    answer(rig, "registry")
    assert seen(rig) == DONE
    assert seen(rig, "2024-01-31") == ("declared", "running", "unknown", Truth.UNKNOWN)


@pytest.mark.parametrize("outcome", ["incomplete", "refused"])
def test_only_the_state_refuses(rig: Rig, outcome: str) -> None:
    rig.say("one", **REGISTERED, authority="@city")
    answer(rig, "city", outcome, key="by-city")
    assert seen(rig)[:2] == WAITS[:2]
    answer(rig, "registry", outcome)
    assert seen(rig)[:2] == (outcome, "met")


def test_what_is_not_whole_is_answered_and_not_countersigned(rig: Rig) -> None:
    rig.say("one", **{**REGISTERED, "declaresNone": ["intermediaries"]}, authority="@registry")
    answer(rig, "registry")
    assert seen(rig) == ("partial", "met", "unknown", Truth.UNKNOWN)
