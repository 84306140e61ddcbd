"""One vote of each member counts: the first that the member signed, else the first that the board publishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions import proposals
from sousveil.register.model import Stance
from sousveil.register.register import Register
from sousveil.register.views.reading import Reader
from tests.decisions.procedures.port import NOTICE, Rec, id_of, port, tell
from tests.decisions.procedures.test_checks import VOTE, decision

DAY = "2025-06-01"


def vote(key: str, seat: str = "seat-1", choice: str = "against", date: str = "2025-03-10") -> Rec:
    return (key, "Vote", VOTE | {"seat": f"@{seat}", "choice": choice, "date": date})


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with port(tmp_path / "register", ("police", [NOTICE])) as made:
        yield made


def standing(register: Register) -> tuple[dict[str, int], str | None, list[str]]:
    found = proposals.standing_of(proposals.Case(Reader(register.store, today=DAY), id_of("proposal"), DAY))
    return found.votes, found.outcome, [one.code for one in found.problems]


def test_who_cast_it_corrects_it(register: Register) -> None:
    ids = list(tell(register, "ngo", vote("vote-1")).ids)
    old = next(one for one in ids if register.store.statement(one).statement.property == "choice")  # type: ignore[union-attr]
    tell(register, "ngo", ("vote-1", "Vote", {"choice": "for"}), stance=Stance.CORRECTS, supersedes=old)
    tell(register, "board", decision(outcome="approved", date="2025-03-12"))
    assert standing(register) == ({"for": 1}, "approved", [])


def test_nobody_else_turns_a_vote_round(register: Register) -> None:
    """The member's own vote counts, whatever the board or a stranger publishes."""
    tell(register, "board", vote("vote-1", choice="for"))
    assert standing(register) == ({"for": 1}, None, [])
    tell(register, "ngo", vote("vote-1"))
    assert standing(register) == ({"against": 1}, None, [])
    tell(register, "vendor", vote("vote-1", choice="abstained"))
    assert standing(register) == ({"against": 1}, None, [])


def test_a_member_votes_once(register: Register) -> None:
    tell(register, "ngo", vote("vote-1"), vote("vote-3"))
    tell(register, "ngo", vote("vote-4", choice="for"))
    assert standing(register) == ({"against": 1}, None, [])


def test_who_signed_a_vote_is_shown_with_it(register: Register) -> None:
    tell(register, "ngo", vote("vote-1"))
    tell(register, "board", vote("vote-2", "seat-2", "for"))
    view = proposals.proposal_view(register.store, id_of("proposal"), today=DAY)
    assert view is not None
    assert sorted((one.code, one.note) for one in view.steps if one.kind == "vote") == [
        ("against", ""),
        ("for", proposals.UNSIGNED),
    ]
