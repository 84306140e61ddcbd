"""What strangers add to a proposal, a decision or anything that a board decides about: it bars, mutes and moves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions import proposals
from sousveil.register.model import Standing
from sousveil.register.refusal import Refused
from sousveil.register.register import Register
from sousveil.register.views.reading import Reader
from tests.decisions.procedures.port import NOTICE, Rec, Values, id_of, port, tell

DAY = "2025-06-01"
REPORTED = Standing.REPORTED


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with port(tmp_path / "register") as made:
        yield made


def decided(about: str, outcome: str = "rejected", key: str = "d", **more: str) -> Rec:
    values: Values = {
        "about": about,
        "body": "@board",
        "outcome": outcome,
        "date": "2025-03-06",
        "reason": "R.",
        **more,
    }
    return key, "OversightDecision", values


def stage(register: Register, proposal: str = "proposal") -> proposals.ProposalStanding:
    return proposals.standing_of(proposals.Case(Reader(register.store, today=DAY), id_of(proposal), DAY))


def boards(register: Register) -> list[str]:
    return proposals.Case(Reader(register.store, today=DAY), id_of("p-2"), DAY).boards


def refused(register: Register, key: str, record: Rec) -> str:
    with pytest.raises(Refused) as told:
        tell(register, key, record)
    return told.value.code


# A label


USE: Rec = ("use", "Deployment", {"body": "@police", "product": "@product", "country": "xa", "startDate": "2025-01-01"})
LABELS: list[tuple[str, Values]] = [
    ("vendor", {"name": "A name"}),
    ("vendor", {"body": "@police", "board": "@board"}),
    ("vendor", {"body": "@vendor", "board": "@vendor"}),
    ("paper", {"body": "@police", "board": "@board"}),
]


@pytest.mark.parametrize(("by", "label"), LABELS)
@pytest.mark.parametrize("thing", ["use", "licence"])
def test_a_stranger_s_label_bars_no_decision_and_is_shown(
    register: Register, thing: str, by: str, label: Values
) -> None:
    tell(register, "police", USE)
    tell(register, "vendor", ("vendor", "OversightBody", {"name": "Hollow Board"}), ("vendor", "PublicBody", {"name": "Hollow Board"}),
         standing=REPORTED)  # fmt: skip
    tell(register, by, (thing, "Acquisition", label), standing=REPORTED)
    tell(register, "board", decided(f"@{thing}"))
    view = proposals.proposals_view(register.store, today=DAY)
    [row] = [one for one in view.proposals if one.ref.id == id_of(thing)]
    assert "no_notice" in [one.code for one in row.stands.problems]


# A vote is a decision's step: asked the same way


def test_a_stranger_s_label_bars_no_vote(register: Register) -> None:
    tell(register, "police", USE)
    tell(register, "vendor", ("use", "Acquisition", {"name": "A use"}), standing=REPORTED)
    vote: Rec = ("v", "Vote", {"body": "@board", "about": "@use", "seat": "@seat-1", "choice": "against", "date": "2025-03-05",
                               "necessity": "N.", "proportionality": "P.", "legality": "L."})  # fmt: skip
    tell(register, "board", vote)
    assert stage(register, "use").votes == {}


# Words in a decision


@pytest.mark.parametrize("by", ["police", "board"])
def test_a_stranger_adds_nothing_to_a_decision(register: Register, by: str) -> None:
    tell(register, "police", NOTICE)
    tell(register, by, decided("@proposal", date="2025-03-05"))
    tell(
        register,
        "vendor",
        decided("@proposal", "approved", date="2025-03-09", expiryDate="2025-04-01"),
        standing=REPORTED,
    )
    found = stage(register)
    assert (found.stage, found.outcome, found.decided_on, found.expires_on) == (
        "rejected",
        "rejected",
        "2025-03-05",
        None,
    )


def test_nor_where_the_stranger_told_of_it_first(register: Register) -> None:
    tell(register, "police", NOTICE)
    tell(
        register,
        "vendor",
        decided("@proposal", "rejected", date="2025-03-04", expiryDate="2025-04-01"),
        standing=REPORTED,
    )
    tell(register, "board", decided("@proposal", "approved", date="2025-03-05"))
    found = stage(register)
    assert (found.stage, found.decided_on, found.expires_on) == ("approved", "2025-03-05", None)


def test_the_body_that_asks_for_it_still_tells_no_approval_beside_its_refusal(register: Register) -> None:
    tell(register, "police", NOTICE)
    tell(register, "police", decided("@proposal", date="2025-03-05"))
    tell(register, "police", ("d", "OversightDecision", {"outcome": "approved"}))
    assert stage(register).stage == "deciding"


# Words in the proposal


ADDED: list[Values] = [
    {"board": "@vendor"},
    {"body": "@office"},
    {"hearingDate": "2099-01-01"},
    {"commentsUntil": "2099-01-01"},
    {"noticeDays": "366"},
    {"status": "withdrawn"},
    {"proposedOn": "2025-01-20"},
]


@pytest.mark.parametrize("added", ADDED, ids=str)
def test_a_stranger_moves_nothing_of_a_proposal(register: Register, added: Values) -> None:
    before = stage(register)
    tell(register, "vendor", ("vendor", "OversightBody", {"name": "Hollow Board"}), ("proposal", "Acquisition", added),
         standing=REPORTED)  # fmt: skip
    assert stage(register) == before
    tell(register, "police", NOTICE)
    deciding = stage(register)
    assert (deciding.stage, deciding.notice_until, deciding.comments_until) == ("deciding", "2025-02-14", "2025-02-20")
    tell(register, "vendor", decided("@proposal", "approved", "d-2"))
    assert stage(register).stage == "deciding"
    tell(register, "board", decided("@proposal"))
    found = stage(register)
    assert (found.stage, found.decision, found.hearing) == ("rejected", id_of("d"), "2025-03-01")


def test_the_body_and_the_board_that_the_founder_names_speak_in_it(register: Register) -> None:
    tell(register, "paper", ("p-2", "Acquisition", {"name": "Another", "body": "@police", "product": "@product"}))
    tell(register, "vendor", ("p-2", "Acquisition", {"board": "@vendor", "status": "withdrawn"}), standing=REPORTED)
    assert (boards(register), stage(register, "p-2").stage) == ([], "proposed")
    tell(register, "police", ("p-2", "Acquisition", {"board": "@board", "commentsUntil": "2025-02-20"}))
    assert (boards(register), stage(register, "p-2").comments_until) == ([id_of("board")], "2025-02-20")
    tell(register, "police", ("p-2", "Acquisition", {"status": "withdrawn"}))
    assert stage(register, "p-2").stage == "withdrawn"


def test_the_board_sets_the_day_of_its_hearing(register: Register) -> None:
    tell(register, "police", NOTICE)
    tell(register, "board", ("proposal", "Acquisition", {"hearingDate": "2025-03-10"}))
    assert refused(register, "board", decided("@proposal")) == "before_hearing"
