"""A vote that is cast or turned round after the decision has no effect, and the page shows it as a departure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions import proposals
from sousveil.register.model import Stance, Standing
from sousveil.register.register import Register
from sousveil.register.store import writing
from sousveil.register.views.reading import Reader
from tests.decisions.procedures.port import NOTICE, Rec, id_of, port, tell
from tests.decisions.procedures.test_checks import VOTE, decision

DAY = "2025-06-01"
LATE = ("vote_after_decision", "A vote was cast or changed after the decision; it does not count.")


def vote(key: str, seat: str = "seat-1", choice: str = "against", date: str = "2025-03-10") -> Rec:
    return (key, "Vote", VOTE | {"seat": f"@{seat}", "choice": choice, "date": date})


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    """A vote against by the member itself, and the rejection of the board."""
    with port(tmp_path / "register", ("police", [NOTICE])) as made:
        yield made


def rejected(register: Register) -> list[str]:
    ids = tell(register, "ngo", vote("vote-1")).ids
    tell(register, "board", decision(outcome="rejected", date="2025-03-12"))
    return list(ids)


def changed(register: Register, key: str, ids: list[str], **values: str) -> None:
    """Correct the statements of the first vote."""
    for name, value in values.items():
        old = next(one for one in ids if register.store.statement(one).statement.property == name)  # type: ignore[union-attr]
        tell(register, key, ("vote-1", "Vote", {name: value}), stance=Stance.CORRECTS, supersedes=old)


def standing(register: Register) -> tuple[dict[str, int], str | None, list[tuple[str, str]]]:
    found = proposals.standing_of(proposals.Case(Reader(register.store, today=DAY), id_of("proposal"), DAY))
    return found.votes, found.outcome, [(one.code, one.says) for one in found.problems]


@pytest.mark.parametrize("date", ["2025-03-30", "2025-03-12", "2025-03-11"], ids=["its day", "that day", "recorded"])
@pytest.mark.parametrize("key", ["board", "police"])
def test_a_vote_after_the_decision_does_not_count_by_its_day_and_by_the_log(
    register: Register, monkeypatch: pytest.MonkeyPatch, key: str, date: str
) -> None:
    rejected(register)
    monkeypatch.setattr(writing, "utc_now", lambda: "2030-01-01T12:00:00Z")
    tell(register, key, vote("vote-2", "seat-2", "for", date))
    assert standing(register) == ({"against": 1}, "rejected", [LATE])


def test_a_vote_turned_round_after_the_decision_does_not_count(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = rejected(register)
    monkeypatch.setattr(writing, "utc_now", lambda: "2030-01-01T12:00:00Z")
    changed(register, "ngo", ids, choice="for")
    assert standing(register) == ({}, "rejected", [LATE])


def test_who_cast_it_corrects_it_before_the_decision_and_its_reasons_later(register: Register) -> None:
    ids = list(tell(register, "ngo", vote("vote-1")).ids)
    changed(register, "ngo", ids, choice="for")
    tell(register, "board", decision(outcome="approved", date="2025-03-12"))
    changed(register, "ngo", ids, necessity="A milder way exists in law.")
    assert standing(register) == ({"for": 1}, "approved", [])


UNSIGNED = ("votes_unsigned", "1 of 2 votes carry no signature of the member.")


def test_nobody_else_turns_a_vote_round(register: Register) -> None:
    """The member's own vote counts, and the page says that the board publishes another."""
    tell(register, "board", vote("vote-1", choice="for"))
    assert standing(register) == ({"for": 1}, None, [])
    tell(register, "ngo", vote("vote-1"))
    two = (
        "vote_contradicted",
        "People of Port has more than one vote on file; the first that the member signed counts, else the first.",
    )
    assert standing(register) == ({"against": 1}, None, [two])
    tell(register, "vendor", vote("vote-1", choice="abstained"))
    assert standing(register) == ({"against": 1}, None, [two])


def test_a_member_votes_once(register: Register) -> None:
    tell(register, "ngo", vote("vote-1"), vote("vote-3"))
    assert standing(register) == ({"against": 1}, None, [])
    tell(register, "ngo", vote("vote-4", choice="for"))
    two = (
        "vote_contradicted",
        "People of Port has more than one vote on file; the first that the member signed counts, else the first.",
    )
    assert standing(register) == ({"against": 1}, None, [two])


def test_a_vote_of_a_later_day_does_not_count_and_is_shown(register: Register) -> None:
    tell(register, "ngo", vote("vote-1"))
    tell(register, "board", vote("vote-2", "seat-2", "for", "2025-03-20"))
    tell(register, "board", decision(outcome="rejected", date="2025-03-12"))
    assert standing(register) == ({"against": 1}, "rejected", [LATE])


def test_what_the_decision_counts_is_held_against_the_votes(register: Register) -> None:
    tell(register, "ngo", vote("vote-1"))
    tell(register, "board", vote("vote-2", "seat-2", "for"))
    tell(register, "board", decision(outcome="approved", date="2025-03-12", votesFor="2", votesAgainst="0"))
    assert standing(register) == (
        {"against": 1, "for": 1},
        "approved",
        [
            UNSIGNED,
            ("votes_differ", "The decision counts 2 votes for it; 1 are on file."),
            ("votes_differ", "The decision counts 0 votes against it; 1 are on file."),
        ],
    )


def test_a_vote_before_the_hearing_is_shown(register: Register) -> None:
    tell(register, "ngo", vote("vote-1", date="2025-02-01"))
    says = "A vote names 1 February 2025, before the notice was over or the hearing held."
    assert standing(register) == ({"against": 1}, None, [("vote_out_of_turn", says)])


def test_what_others_report_of_such_a_vote_is_published_and_shown_as_a_breach(register: Register) -> None:
    rejected(register)
    tell(register, "paper", vote("vote-2", "seat-2", "for", "2025-05-20"), standing=Standing.REPORTED)
    assert standing(register) == (
        {"against": 1},
        "rejected",
        [LATE],
    )


def test_what_is_put_on_file_later_with_an_earlier_day_is_shown_so(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejected(register)
    monkeypatch.setattr(writing, "utc_now", lambda: "2030-01-01T12:00:00Z")
    tell(register, "paper", vote("vote-2", "seat-2", "for", "2025-03-11"), standing=Standing.REPORTED)
    assert standing(register)[2] == [LATE]


def test_the_refusal_that_the_body_tells_against_itself_ends_the_vote_too(register: Register) -> None:
    tell(register, "ngo", vote("vote-1"))
    tell(register, "police", decision(outcome="rejected", date="2025-03-12"))
    assert standing(register) == ({"against": 1}, "rejected", [])
    tell(register, "paper", vote("vote-2", "seat-2", "for", "2025-05-20"), standing=Standing.REPORTED)
    assert standing(register) == ({"against": 1}, "rejected", [LATE])
