"""A body and its seats under hostile accounts: ends by others, members that others add, allegations, a vendor's own board."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sousveil.decisions.facts import oversight
from sousveil.decisions.model import Truth
from tests.decisions import met
from tests.decisions.rig import FREE, Rig, rigged, sid

FACT = "vendor.oversight_established"
QUALITY = ["independent", "multi-stakeholder", "human-rights-groups", "civil-society"]
SEATS = (("g1", "civil-society", "yes"), ("g2", "affected-people", "no"), ("g3", "academia", "no"))


def judged(rig: Rig) -> oversight.Judged:
    world = rig.world()
    body = world.record(sid("body"))
    assert body is not None
    return oversight.over_each(world, body)[sid("vireo")]


def seats(rig: Rig, by: str, standing: str) -> None:
    for key, side, rights in SEATS:
        rig.say(key, type="Organization", name=f"Group {key} (invented)", country="xc", by=by)
        given = {"constituency": side, "humanRights": rights, "startDate": "2020-01-01"}
        rig.say(
            f"seat-{key}",
            type="Membership",
            by=by,
            standing=standing,
            member=f"@{key}",
            organization="@body",
            **given,
        )


@pytest.mark.parametrize(
    ("by", "standing", "truth"),
    [
        ("paper", "reported", Truth.UNKNOWN),
        (FREE, "confirmed", Truth.UNKNOWN),
        ("paper", "alleged", Truth.TRUE),
        ("vireo", "confirmed", Truth.TRUE),
    ],
)
def test_the_end_of_a_seat_counts_by_whoever_reports_it_but_the_vendor(
    tmp_path: Path, by: str, standing: str, truth: Truth
) -> None:
    with rigged(tmp_path) as rig:
        met.meet(rig)
        rig.publisher(by, verified=by != "paper")
        assert rig.value(FACT, "vireo").truth is Truth.TRUE
        rig.say("seat-rights-group", type="Membership", by=by, standing=standing, endDate="2023-05-01")
        assert rig.value(FACT, "vireo").truth is truth


def unverified(rig: Rig) -> str:
    return "paper"


def trading(rig: Rig) -> str:
    rig.publisher("maker")
    rig.say("maker", type="Company", name="Maker (invented)", country="xc")
    rig.say("tool", type="SurveillanceProduct", name="Tool", vendor="@maker", category="intrusion")
    return "maker"


@pytest.mark.parametrize("first", [unverified, trading])
def test_the_first_publisher_of_a_body_adds_no_members_to_confirmed_seats(
    tmp_path: Path, first: Callable[[Rig], str]
) -> None:
    with rigged(tmp_path) as rig:
        by = first(rig)
        rig.say("body", type="OversightBody", by=by, standing="reported", name="Board over Vireo", oversees="@vireo")
        met.meet(rig)
        for number in range(3):
            rig.say(f"works-{number}", type="Company", name=f"Works {number} Ltd", jurisdiction="xc")
            given = {"constituency": "industry", "humanRights": "no", "startDate": met.SINCE}
            rig.say(f"seat-works-{number}", type="Membership", member=f"@works-{number}", organization="@body", **given)
        before = rig.value(FACT, "vireo")
        assert before.needs.endswith(
            "Civil society holds 33% of its seats, of 4 sides; half, and three sides, are asked for."
        )
        for number, seat in enumerate(("seat-lawyers", "seat-rights-group")):
            rig.say(f"added-{number}", type="Organization", name=f"Added {number}", country="xc", by=by)
            given = {"member": f"@added-{number}", "organization": "@body", "constituency": "civil-society"}
            rig.say(seat, type="Membership", by=by, standing="reported", **given)
        after = rig.value(FACT, "vireo")
        assert after.truth is Truth.UNKNOWN
        assert "Civil society holds 33% of its seats" in after.needs


def test_a_second_member_of_a_seat_makes_it_nameless_and_no_larger(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        met.meet(rig)
        for number in range(3):
            rig.say(f"works-{number}", type="Company", name=f"Works {number} Ltd", jurisdiction="xc")
            given = {"constituency": "industry", "humanRights": "no", "startDate": met.SINCE}
            rig.say(f"seat-works-{number}", type="Membership", member=f"@works-{number}", organization="@body", **given)
        rig.publisher("second")
        rig.say("second", type="Organization", name="Second Foundation (invented)", country="xd", by="second")
        for number, seat in enumerate(("seat-lawyers", "seat-rights-group")):
            rig.say(f"added-{number}", type="Organization", name=f"Added {number}", country="xc", by="second")
            given = {"member": f"@added-{number}", "organization": "@body"}
            rig.say(seat, type="Membership", by="second", **given)
        assert rig.value(FACT, "vireo").truth is Truth.UNKNOWN


@pytest.mark.parametrize(
    ("body", "dated", "codes"),
    [
        ("reported", "reported", []),
        ("alleged", "alleged", ["no_date"]),
        ("reported", "alleged", ["no_date"]),
        ("alleged", "reported", []),
    ],
)
def test_allegations_establish_no_body(tmp_path: Path, body: str, dated: str, codes: list[str]) -> None:
    with rigged(tmp_path) as rig:
        rig.say("body", type="OversightBody", by="paper", standing=body, name="Body", oversees="@vireo")
        rig.say("body", type="OversightBody", by="paper", standing=dated, establishedOn="2020-01-01", quality=QUALITY)
        seats(rig, "paper", "reported")
        found = judged(rig)
        assert [one.code for one in found.faults] == ["not_confirmed", *codes, *["not_confirmed"] * 3]
        assert not any(one.disqualifies for one in found.faults)
