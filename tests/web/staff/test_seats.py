"""What is before a seat, and who has it: by the words of those who act; on the invented Port."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.register.model import Standing
from sousveil.web.site import Site
from sousveil.web.staff import clocks
from sousveil.web.staff.permissions import Role, Who
from sousveil.web.staff.seats import Proposal, proposals_for, seat_of
from tests.decisions.procedures.port import NOTICE, PROPOSAL, Rec, id_of, port, tell

SEAT = id_of("seat-1")
WAITS = Proposal(
    id=id_of("proposal"),
    body=id_of("board"),
    title="Reading phones at the harbour",
    comments_until="2025-02-20",
    hearing="2025-03-01",
)
VOTE: Rec = ("vote", "Vote", {"body": "@board", "about": "@proposal", "seat": "@seat-1", "choice": "for"})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Port, with a proposal and its notice."""
    with port(tmp_path / "register") as register:
        tell(register, "police", NOTICE)
        yield Site(register)


def decision(outcome: str) -> Rec:
    return (
        "decision",
        "OversightDecision",
        {"body": "@board", "about": "@proposal", "outcome": outcome, "date": "2025-03-20"},
    )


def test_a_proposal_waits_for_the_seats_of_its_board(site: Site) -> None:
    assert proposals_for(site, SEAT) == [WAITS]
    assert proposals_for(site, "") == proposals_for(site, id_of("nothing")) == []
    assert seat_of(site, SEAT) == (id_of("ngo"), id_of("board"))
    assert seat_of(site, "") == seat_of(site, id_of("nothing")) == ("", "")


@pytest.mark.parametrize("standing", [Standing.CONFIRMED, Standing.REPORTED])
@pytest.mark.parametrize("outcome", ["opinion", "approved", "rejected"])
def test_a_stranger_decides_nothing(site: Site, outcome: str, standing: Standing) -> None:
    tell(site.register, "vendor", decision(outcome), standing=standing)
    assert proposals_for(site, SEAT) == [WAITS]


@pytest.mark.parametrize(("outcome", "left"), [("opinion", [WAITS]), ("approved", []), ("rejected", [])])
def test_the_board_does(site: Site, outcome: str, left: list[Proposal]) -> None:
    tell(site.register, "board", decision(outcome))
    assert proposals_for(site, SEAT) == left


@pytest.mark.parametrize(("by", "left"), [("vendor", [WAITS]), ("paper", [WAITS]), ("police", [])])
def test_who_asked_takes_it_back_and_nobody_else(site: Site, by: str, left: list[Proposal]) -> None:
    tell(site.register, by, (PROPOSAL[0], PROPOSAL[1], {"status": "withdrawn"}))
    assert proposals_for(site, SEAT) == left


def test_a_stranger_gives_no_seat_away_and_moves_none(site: Site) -> None:
    tell(site.register, "vendor", ("seat-1", "Membership", {"member": "@vendor", "organization": "@board-b"}))
    assert seat_of(site, SEAT) == (id_of("ngo"), id_of("board"))
    assert proposals_for(site, SEAT) == [WAITS]


@pytest.mark.parametrize("by", ["ngo", "board"])
def test_a_vote_is_cast_by_who_sits_there_or_the_board(site: Site, by: str) -> None:
    tell(site.register, by, VOTE)
    assert [one.voted for one in proposals_for(site, SEAT)] == [True]
    assert [one.voted for one in proposals_for(site, id_of("seat-2"))] == [False]


OFFICE = Who(pseudonym="xena", role=Role.PUBLISHER, owner=id_of("office"))
REQUEST: Rec = (
    "request",
    "InformationRequest",
    {"name": "Licences of 2024", "requester": "@ngo", "body": "@office", "askedOn": "2024-05-01"},
)


def asked(site: Site) -> list[tuple[str, str, bool]]:
    fresh = Site(site.register)  # a site keeps what it shows for some seconds
    found = (one for one in clocks.owed_by(fresh, OFFICE) if one.path == f"../entities/{id_of('request')}")
    return [(one.says, one.due, one.overdue) for one in found]


def test_a_request_waits_for_whoever_is_asked_as_its_public_clock_says(site: Site) -> None:
    tell(site.register, "ngo", REQUEST)
    waits = asked(site)
    assert waits == [("Demand (f): Answer to the request for information: Licences of 2024", "2024-05-31", False)]
    tell(
        site.register,
        "vendor",
        ("request", "InformationRequest", {"answeredOn": "2024-05-20"}),
        standing=Standing.REPORTED,
    )
    assert asked(site) == waits
    tell(site.register, "office", ("request", "InformationRequest", {"answeredOn": "2030-05-20"}))
    assert asked(site) == waits
    tell(site.register, "ngo", ("request", "InformationRequest", {"status": "withdrawn"}))
    assert asked(site) == []
