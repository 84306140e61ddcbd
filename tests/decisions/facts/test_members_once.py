"""A member of a body counts once, however many records and publishers tell of it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sousveil.decisions.facts.oversight import tally
from sousveil.decisions.model import Truth
from sousveil.decisions.oversight import BodyRow, oversight_view
from tests.decisions import met
from tests.decisions.rig import FREE, Rig, rigged, sid

FACT = "vendor.oversight_established"
GROUP = "Night Desk for Human Rights"
SIDES = ("civil-society", "affected-people", "academia", "industry", "")


def seat(rig: Rig, key: str, member: str, side: str, rights: str = "no", by: str = FREE) -> None:
    rig.say(
        key,
        type="Membership",
        by=by,
        member=f"@{member}",
        organization="@body",
        constituency=side,
        humanRights=rights,
        startDate=met.SINCE,
    )


def page(rig: Rig) -> BodyRow:
    [row] = oversight_view(rig.register.store, sid("vireo"), as_of="2024-06-01").bodies
    return row


def test_the_same_member_told_again_makes_civil_society_no_larger(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        met.meet(rig)
        rig.say("rights-group", type="Organization", name=GROUP)
        assert rig.value(FACT, "vireo").truth is Truth.TRUE
        assert page(rig).civil_share == 0.6667
        for number in range(3):
            rig.say(f"works-{number}", type="Company", name=f"Works {number} Ltd", jurisdiction="xc")
            seat(rig, f"seat-works-{number}", f"works-{number}", "industry")
        before = rig.value(FACT, "vireo")
        assert before.truth is Truth.UNKNOWN
        assert before.needs.endswith(
            "Board over Vireo: Civil society holds 33% of its seats, of 4 sides; half, and three sides, are asked for."
        )
        rig.publisher("second")
        rig.say("second", type="Organization", name="Second Foundation (invented)", country="xd", by="second")
        for number, by in enumerate((FREE, FREE, "second")):
            seat(rig, f"again-{number}", "rights-group", "civil-society", "yes", by=by)
        after = rig.value(FACT, "vireo")
        assert after == before
        assert (page(rig).civil_share, page(rig).human_rights_groups) == (0.3333, 1)


def test_one_member_for_three_sides_is_no_body_of_several(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        met.meet(rig, but=(FACT,))
        rig.say(
            "body",
            type="OversightBody",
            name="One Person Council",
            oversees="@vireo",
            establishedOn=met.SINCE,
            quality=["independent", "multi-stakeholder", "human-rights-groups", "civil-society"],
        )
        rig.second("body", type="OversightBody", quality="independent")
        for number, side in enumerate(SIDES[:3]):
            seat(rig, f"seat-{number}", "rights-group", side, "yes" if number == 0 else "no")
        found = rig.value(FACT, "vireo")
        assert found.truth is Truth.UNKNOWN
        assert found.needs.endswith(
            "Civil society holds 0% of its seats, of 0 sides; half, and three sides, are asked for."
        )
        assert page(rig).civil_share == 0


def test_seats_are_counted() -> None:
    assert tally([]) == (0, frozenset())
    assert tally([("a", {"civil-society"}), ("a", {"civil-society"})]) == (1, {"civil-society"})
    assert tally([("a", {"civil-society"}), ("a", {"industry"})]) == (0, frozenset())
    assert tally([("a", {"civil-society", "industry"})]) == (0, frozenset())
    many = [("a", {"industry"}), ("a", {"industry"}), ("b", {"civil-society"})]
    assert tally(many) == (1 / 3, {"industry", "civil-society"})


seats_given = st.tuples(st.sampled_from("abcd"), st.sampled_from(SIDES).map(lambda side: {side} - {""}))


@given(st.lists(seats_given, min_size=1, max_size=12), st.data())
def test_a_seat_that_is_reported_again_adds_nothing(seats: list[tuple[str, set[str]]], data: st.DataObject) -> None:
    before, after = tally(seats), tally([*seats, data.draw(st.sampled_from(seats))])
    assert after[0] <= before[0]
    assert after[1] == before[1]


@given(st.lists(seats_given, min_size=1, max_size=12), seats_given)
def test_another_side_of_a_member_makes_it_none_of_civil_society(
    seats: list[tuple[str, set[str]]], more: tuple[str, set[str]]
) -> None:
    if any(side != more[1] for member, side in seats if member == more[0]):
        assert tally([*seats, more])[0] <= tally(seats)[0]
