"""Days of public notice: what the pack says, or more where a law of the place is reported to set more."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.evidence.admissibility import beneficiaries
from sousveil.decisions.facts.boards import asked_by_law
from sousveil.decisions.facts.offices import states_of
from sousveil.decisions.model import Truth
from tests.decisions.rig import DAY, FREE, Rig, ask, rigged, sid

LAW: dict[str, Any] = {
    "title": "Boards Act",
    "jurisdiction": "xb",
    "topic": "community-boards",
    "status": "in-force",
    "inForceFrom": "2022-01-01",
    "valid_until": "..",
}


def asked(rig: Rig) -> int:
    """The days that are asked for in the case of the tests."""
    world = rig.world(DAY)
    return asked_by_law(world, world.deal(ask("use")))


def law(rig: Rig, days: str, key: str = "law", by: str = FREE, standing: str = "confirmed", **more: str) -> None:
    rig.say(key, type="Law", by=by, standing=standing, noticeDays=days, **{**LAW, **more})


def board(rig: Rig, days: int) -> None:
    """A board that approved after so many days of notice."""
    for key in ("board", "ministry"):
        rig.publisher(key)
    rig.say("board", type="OversightBody", name="Board of Averna", country="xb", oversees="@ministry")
    rig.say("p", type="Acquisition", name="P", body="@ministry", product="@lens", board="@board", noticeDays="1",
            proposedOn="2023-01-01", by="ministry")  # fmt: skip
    rig.say("n", type="PublicNotice", acquisition="@p", noticedOn=f"2024-01-{31 - days:02}", days="1", by="board")
    rig.say("d", type="OversightDecision", body="@board", about="@p", outcome="approved", date="2024-01-31", by="board")


def test_without_a_law_the_pack_says(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        assert asked(rig) == 30


@pytest.mark.parametrize(
    ("laws", "days"),
    [
        ([{"days": "45"}], 45),
        ([{"days": "14"}], 30),
        ([{"days": "45"}, {"days": "60", "key": "b"}], 60),
        ([{"days": "14", "standing": "reported"}], 30),
        ([{"days": "45", "standing": "reported"}], 45),
        ([{"days": "45", "standing": "alleged"}], 30),
        ([{"days": "14", "by": "paper"}], 30),
        ([{"days": "14", "by": "ministry"}], 30),
        ([{"days": "14"}, {"days": "45", "key": "b", "by": "paper", "standing": "reported"}], 45),
        ([{"days": "14", "status": "bill"}], 30),
        ([{"days": "45", "status": "bill"}], 30),
        ([{"days": "14", "topic": "procurement"}], 30),
        ([{"days": "14", "jurisdiction": "xa"}], 30),
        ([{"days": "14", "inForceFrom": "2025-01-01"}], 30),
        ([{"days": "45", "inForceUntil": "2023-12-31"}], 30),
    ],
)
def test_a_law_of_the_state_counts(tmp_path: Path, laws: list[dict[str, str]], days: int) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry")
        for one in laws:
            law(rig, one["days"], **{name: value for name, value in one.items() if name != "days"})
        assert asked(rig) == days


@pytest.mark.parametrize(
    "added",
    [
        {"state": "@city"},
        {"inForceUntil": "2023-12-31"},
        {"status": "repealed"},
        {"noticeDays": "1"},
        {"inForceFrom": "2030-01-01"},
        {"topic": "procurement"},
    ],
)
@pytest.mark.parametrize("by", ["paper", "ministry"])
def test_what_a_stranger_adds_to_a_law_takes_no_day_away(tmp_path: Path, by: str, added: dict[str, str]) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("ministry")
        rig.say("city", type="PublicBody", name="City of Harl", country="xb")
        law(rig, "45")
        assert asked(rig) == 45
        rig.say("law", type="Law", by=by, **added)
        assert asked(rig) == 45


@pytest.mark.parametrize(
    ("part_of", "by", "days", "wanted"),
    [
        ("@city", FREE, "10", 30),
        ("@city", FREE, "60", 60),
        ("@averna", FREE, "10", 30),
        ("@averna", FREE, "60", 30),
        ("@city", "paper", "60", 60),
    ],
)
def test_a_law_of_a_city_counts_for_its_bodies(tmp_path: Path, part_of: str, by: str, days: str, wanted: int) -> None:
    """Also where that the body is part of the city is only reported."""
    with rigged(tmp_path) as rig:
        rig.say("city", type="PublicBody", name="City of Harl", country="xb")
        rig.say("police", type="PublicBody", name="Police of Harl", country="xb", partOf=part_of, by=by)
        law(rig, days, state="@city")
        world = rig.world(DAY)
        assert asked_by_law(world, world.deal(ask("use", end_user=sid("police")))) == wanted


def test_a_body_any_number_of_steps_below_its_state_is_of_that_state(tmp_path: Path) -> None:
    """And so far below the body whose law it is."""
    with rigged(tmp_path) as rig:
        steps = ["averna", *(f"office-{step}" for step in range(9))]
        for above, key in pairwise(steps):
            rig.say(key, type="PublicBody", name=key, partOf=f"@{above}")
        law(rig, "60", state="@office-0")
        world = rig.world(DAY)
        deal = world.deal(ask("use", end_user=sid(steps[-1])))
        assert states_of(world, sid(steps[-1]), beneficiaries(deal)) == {"xb"}
        assert asked_by_law(world, deal) == 60
        rig.say("office-8", type="PublicBody", partOf="@office-9")
        rig.say("office-4", type="PublicBody", by="paper", partOf="@office-3")
        rig.say("office-9", type="PublicBody", name="office-9", by="paper", partOf="@office-0")
        world = rig.world(DAY)
        assert states_of(world, sid("office-9"), beneficiaries(deal)) == frozenset()


@pytest.mark.parametrize("until", [{}, {"valid_until": "2024-05-01"}], ids=["for good", "over"])
def test_a_rejection_outlives_what_is_said_of_its_subject(tmp_path: Path, until: dict[str, str]) -> None:
    """An approval before a rejection does not count again when the statement that names what was rejected is no longer valid."""
    with rigged(tmp_path) as rig:
        rig.publisher("paper")
        board(rig, 30)
        assert rig.value("deal.board_approved", "", "use").truth is Truth.TRUE
        rejection = {"body": "@board", "outcome": "rejected", "date": "2024-03-01"}
        subject = {"about": "@p", **until}
        rig.many([("no", "OversightDecision", "paper", "reported", told) for told in (rejection, subject)])
        assert rig.value("deal.board_approved", "", "use").truth is Truth.UNKNOWN


@pytest.mark.parametrize(
    ("days", "law_days", "truth"),
    [(29, None, Truth.UNKNOWN), (30, None, Truth.TRUE), (30, "45", Truth.UNKNOWN), (30, "14", Truth.TRUE)],
)
def test_an_approval_counts_after_these_days(tmp_path: Path, days: int, law_days: str | None, truth: Truth) -> None:
    with rigged(tmp_path) as rig:
        board(rig, days)
        if law_days:
            law(rig, law_days)
        found = rig.value("deal.board_approved", "", "use")
        assert found.truth is truth
        least = law_days or "30"
        assert (f"before it, and {least} are asked for" in found.needs) is (truth is Truth.UNKNOWN)
