"""Who sits on a board is what the board's side tells: others neither end a seat, nor join it, nor make one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions import proposals
from sousveil.register.model import Standing
from sousveil.register.register import Register
from tests.decisions.procedures.port import NOTICE, Rec, Values, id_of, port, tell
from tests.decisions.procedures.test_checks import VOTE
from tests.decisions.procedures.test_strangers_at_the_board import stage

DAY = "2025-06-01"
STANDINGS = [Standing.CONFIRMED, Standing.REPORTED]
STRANGERS = ["vendor", "paper", "office"]
"""A company, a paper, and a key that is verified but is no part of the board."""


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with port(tmp_path / "register", ("police", [NOTICE])) as made:
        yield made


def cast(key: str, seat: str, **more: str) -> Rec:
    return key, "Vote", VOTE | {"seat": seat, "choice": "for"} | more


def seat(key: str, **more: str) -> Rec:
    values: Values = {"member": "@ngo", "organization": "@board", "constituency": "civil-society", **more}
    return key, "Membership", values


def voted(register: Register) -> list[tuple[list[str], str]]:
    view = proposals.proposal_view(register.store, id_of("proposal"), today=DAY)
    assert view is not None
    return sorted(([one.id for one in each.by], each.code) for each in view.steps if each.kind == "vote")


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize("by", STRANGERS)
def test_nobody_else_ends_a_seat(register: Register, by: str, standing: Standing) -> None:
    tell(register, by, seat("seat-1", endDate="2024-01-01"), standing=standing)
    tell(register, "ngo", cast("v", "@seat-1"))
    assert voted(register) == [([id_of("ngo")], "for")]


def test_the_board_ends_a_seat(register: Register) -> None:
    tell(register, "board", ("seat-2", "Membership", {"endDate": "2024-01-01"}))
    tell(register, "board", cast("v", "@seat-2"))
    assert voted(register) == []


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize("by", STRANGERS)
def test_nobody_else_joins_a_seat(register: Register, by: str, standing: Standing) -> None:
    tell(register, by, ("seat-2", "Membership", {"member": ["@ngo", "@vendor"]}), standing=standing)
    tell(register, "board", cast("v-2", "@seat-2"))
    tell(register, "vendor", cast("v-3", "@seat-2"))
    tell(register, "ngo", cast("v-1", "@seat-1"))
    assert voted(register) == sorted([([id_of("school")], "for"), ([id_of("ngo")], "for")])
    assert stage(register).votes == {"for": 2}


@pytest.mark.parametrize("by", STRANGERS)
def test_a_seat_of_which_others_tell_is_none(register: Register, by: str) -> None:
    made = seat("seat-9", member="@vendor", constituency="industry")
    tell(register, by, made)
    tell(register, "vendor", cast("v", "@seat-9"))
    assert voted(register) == []
    tell(register, "ngo", made)
    assert voted(register) == []
    tell(register, "board", ("seat-9", "Membership", {"organization": "@board", "member": "@vendor"}))
    assert voted(register) == [([id_of("vendor")], "for")]


def test_what_the_board_itself_only_reports_is_no_seat(register: Register) -> None:
    tell(register, "board", seat("seat-9", member="@vendor"), standing=Standing.REPORTED)
    tell(register, "vendor", cast("v", "@seat-9"))
    assert voted(register) == []


@pytest.mark.parametrize("standing", STANDINGS)
def test_nobody_turns_a_comment_round(register: Register, standing: Standing) -> None:
    said: Values = {
        "acquisition": "@proposal",
        "organization": "@ngo",
        "capacity": "organization",
        "position": "against",
        "comment": "We oppose.",
        "date": "2025-02-01",
    }
    tell(register, "ngo", ("c", "PublicComment", said))
    added: Values = {**said, "organization": "@vendor", "position": "for", "comment": "It is fine."}
    tell(register, "vendor", ("c", "PublicComment", added), standing=standing)
    view = proposals.proposal_view(register.store, id_of("proposal"), today=DAY)
    assert view is not None
    [step] = [one for one in view.steps if one.kind == "comment"]
    assert ([one.id for one in step.by], step.code, step.what) == ([id_of("ngo")], "against", "We oppose.")
    assert step.note == ""
    assert stage(register).comments == {"against": 1}
