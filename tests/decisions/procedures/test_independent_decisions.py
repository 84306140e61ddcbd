"""A decision of a board that somebody independent publishes: the page, the clock, the label, the breach and the answer say the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.cells import state_row
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import item_of
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.decisions.proposals import proposal_view
from tests.decisions.rig import FREE, Rig, rigged, sid

DAY = "2025-06-01"
WAITS = "The decision is that of the board."
COUNTS = "It counts: it was published by Watch Foundation (invented), who is independent of the buyer and the vendor."


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A proposal with its notice, and a use of the product."""
    with rigged(tmp_path) as made:
        for key in ("council", "ministry", "friend"):
            made.publisher(key)
        made.say("friend", type="Organization", name="Friendly Institute", country="xc", by="friend")
        made.say("council", type="OversightBody", name="Town Board", country="xb", oversees="@ministry")
        made.say("plan", type="Acquisition", by="ministry", name="Lens for us", body="@ministry", product="@lens", vendor="@vireo",
                 board="@council", proposedOn="2024-01-30", noticeDays="30")  # fmt: skip
        made.say("notice", type="PublicNotice", by=FREE, acquisition="@plan", noticedOn="2024-02-01", days="30")
        made.say("own", type="PublicNotice", by="ministry", acquisition="@plan", noticedOn="2024-02-01", days="30")
        made.say("use", type="Deployment", body="@ministry", product="@lens", startDate="2024-06-01")
        yield made


def decide(rig: Rig, by: str = FREE, outcome: str = "approved", key: str = "d", **more: Any) -> None:
    rig.say(key, type="OversightDecision", by=by, body="@council", about="@plan", outcome=outcome, reason="x",
            **{"date": "2024-05-30", **more})  # fmt: skip


def page(rig: Rig, day: str = DAY) -> tuple[str, list[str], list[str]]:
    """The stage, the departures, what is noted of decisions."""
    shown = proposal_view(rig.register.store, sid("plan"), today=day)
    assert shown is not None
    stands = shown.proposal.stands
    notes = [one.note for one in shown.steps if one.kind == "decision"]
    return stands.stage, [one.code for one in stands.problems], notes


def due(rig: Rig, day: str = DAY) -> tuple[str, str]:
    """The label, and the clock of the decision."""
    board = Board(rig.register.store)
    (record,) = board.records["Acquisition"]
    item = item_of(board, all_procedures()["h-boards"], record, day_of(day))
    return item.state, next((one.state for one in item.due if one.clock == "decision"), "")


def test_what_somebody_independent_confirms_counts_everywhere(rig: Rig) -> None:
    assert (page(rig), due(rig)) == (("deciding", ["use_without_approval"], []), ("noticed", "asked"))
    decide(rig)
    assert rig.value("deal.board_approved", "", "acquire", as_of=DAY).truth is Truth.TRUE
    assert page(rig) == ("approved", ["no_votes", "no_report"], [COUNTS])
    assert due(rig) == ("approved", "met")


@pytest.mark.parametrize(
    ("by", "standing", "note"),
    [
        ("ministry", "confirmed",
         "It is no step of the procedure: it was published by Ministry of the Interior of Averna, which is not the board; Decision: "
         "approved: Ministry of the Interior of Averna benefits from it. " + WAITS),
        (FREE, "reported", "It is no step of the procedure: it was published by Watch Foundation (invented), which is not the board; "
         "Decision: approved: it is reported, not confirmed. " + WAITS),
        ("paper", "confirmed", "It is no step of the procedure: it was published by Invented Paper, which is not the board; Decision: "
         "approved: the key of Invented Paper is not verified (domain proof and two vouchers). " + WAITS),
    ],
)  # fmt: skip
def test_from_anybody_else_it_counts_nowhere(rig: Rig, by: str, standing: str, note: str) -> None:
    rig.say("paper", type="Organization", name="Invented Paper", country="xc")
    decide(rig, by, standing=standing)
    assert rig.value("deal.board_approved", "", "acquire", as_of=DAY).truth is Truth.UNKNOWN
    assert page(rig) == ("deciding", ["use_without_approval"], [note])
    assert due(rig)[1] == "asked"


def test_it_runs_out_and_a_refusal_ends_it(rig: Rig) -> None:
    decide(rig, expiryDate="2024-12-31")
    assert page(rig)[0::2] == ("expired", [COUNTS])
    decide(rig, "council", "rejected", "no", date="2025-01-10")
    assert page(rig)[0] == "rejected"
    assert rig.value("deal.board_approved", "", "acquire", as_of=DAY).truth is Truth.UNKNOWN


def test_who_is_tied_to_the_vendor_makes_no_label_either(rig: Rig) -> None:
    rig.say("tie", type="Ownership", owner="@vireo", asset="@friend", percentage="60", startDate="2020-01-01")
    decide(rig, "friend")
    assert rig.value("deal.board_approved", "", "acquire", as_of=DAY).truth is Truth.UNKNOWN
    assert (page(rig)[:2], due(rig)) == (("deciding", ["use_without_approval"]), ("noticed", "asked"))


def cell(rig: Rig, day: str = DAY) -> str:
    (one,) = (one for one in state_row(Board(rig.register.store), "xb", day_of(day)).cells if one.letter == "h")
    return next(need.state for need in one.needs if need.name == "approved")


@pytest.mark.parametrize(
    ("by", "standing", "state", "truth"),
    [
        (FREE, "confirmed", "met", Truth.TRUE),
        ("council", "confirmed", "met", Truth.TRUE),
        ("ministry", "confirmed", "not", Truth.UNKNOWN),
        (FREE, "reported", "not", Truth.UNKNOWN),
    ],
)
def test_the_cell_of_uses_asks_the_test_of_the_rule(rig: Rig, by: str, standing: str, state: str, truth: Truth) -> None:
    """Whatever approval the use names for itself."""
    rig.say("use", type="Deployment", approval="@d", by="ministry")
    assert cell(rig) == "not"
    decide(rig, by, standing=standing)
    assert (cell(rig), rig.value("deal.board_approved", "", "acquire", as_of=DAY).truth) == (state, truth)


def test_an_approval_counts_that_the_use_does_not_name(rig: Rig) -> None:
    decide(rig)
    assert cell(rig) == "met"
