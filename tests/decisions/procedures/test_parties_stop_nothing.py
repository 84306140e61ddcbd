"""A party to a record, or somebody of its group, neither stops its clock nor shows what is asked of a State."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.procedures.cells import state_row
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import item_of
from sousveil.decisions.procedures.registry import all_procedures
from tests.decisions.rig import DAY, FREE, Rig, rigged, sid

INQUIRY: dict[str, Any] = {
    "type": "Investigation", "by": "paper", "standing": "reported", "name": "Inquiry", "body": "@ministry", "about": "@bank",
    "investigationKind": "independent", "status": "open", "startDate": "2022-01-01",
}  # fmt: skip
CLEARED = {"title": "All is well", "investigation": "@inquiry", "results": "None", "prevention": "None"}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as rig:
        rig.say("bank", type="Organization", name="Bank Foundation", country="xd")
        yield rig


def clock(rig: Rig, procedure: str, type: str, key: str, name: str) -> tuple[str, str | None]:
    board = Board(rig.register.store)
    [record] = [one for one in board.records[type] if one.id == sid(key)]
    [due] = [one for one in item_of(board, all_procedures()[procedure], record, day_of(DAY)).due if one.clock == name]
    return due.state, due.met_on


def findings(rig: Rig) -> str:
    cells = state_row(Board(rig.register.store), "xb", day_of(DAY)).cells
    [found] = [
        one for cell in cells for one in cell.needs if (cell.procedure, one.name) == ("b-investigations", "findings")
    ]
    return found.state


@pytest.mark.parametrize(("by", "state"), [("bank", "unknown"), ("branch", "unknown"), (FREE, "met")])
def test_whom_an_inquiry_is_about_does_not_end_it(rig: Rig, by: str, state: str) -> None:
    for name in ("bank", "branch"):
        rig.publisher(name)
    rig.say("branch", type="Organization", name="Branch", country="xd")
    rig.say("holding", type="Ownership", by="paper", standing="reported", owner="@bank", asset="@branch", percentage="100")  # fmt: skip
    rig.say("inquiry", **INQUIRY)
    rig.say("statement", type="PublicStatement", by=by, body=f"@{by}", statedOn="2022-03-01", **CLEARED)
    met = ("met", "2022-03-01") if state == "met" else ("asked", None)
    assert clock(rig, "b-investigations", "Investigation", "inquiry", "results") == met
    assert clock(rig, "nso-exporting-states", "Investigation", "inquiry", "statement") == met
    assert findings(rig) == state


@pytest.mark.parametrize(("founder", "by", "state"), [
    ("paper", "bank", "asked"), ("bank", "bank", "asked"), ("paper", "board", "running"), ("paper", FREE, "running"),
])  # fmt: skip
def test_whom_a_body_oversees_does_not_hold_its_meeting(rig: Rig, founder: str, by: str, state: str) -> None:
    for name in ("bank", "board"):
        rig.publisher(name)
    rig.say("board", type="OversightBody", by=founder, standing="reported", name="Ethics Board", bodyKind="vendor",
            oversees="@bank", country="xd", establishedOn="2022-01-01")  # fmt: skip
    assert clock(rig, "g-oversight", "OversightBody", "board", "meeting")[0] == "asked"
    rig.say("meeting", type="Meeting", by=by, name="Meeting", body="@board", date="2024-05-01")
    assert clock(rig, "g-oversight", "OversightBody", "board", "meeting")[0] == state
