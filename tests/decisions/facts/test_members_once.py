"""A member of a body counts once, however many records and publishers tell of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.decisions import boards
from sousveil.decisions.facts import oversight
from sousveil.decisions.facts.oversight import CIVIL, Tally, Told, called, counted_as, shape, tally
from sousveil.decisions.model import Truth
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.views.reading import Reader, Record
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


def page(rig: Rig) -> boards.Established:
    return boards.established(Reader(rig.register.store), sid("body"), "2024-06-01")


def test_the_same_member_told_again_makes_civil_society_no_larger(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        met.meet(rig)
        rig.say("rights-group", type="Organization", name=GROUP)
        assert rig.value(FACT, "vireo").truth is Truth.TRUE
        assert page(rig).civil_share == pytest.approx(2 / 3)
        for number in range(3):
            rig.say(f"works-{number}", type="Company", name=f"Works {number} Ltd", jurisdiction="xc")
            seat(rig, f"seat-works-{number}", f"works-{number}", "industry")
        before = rig.value(FACT, "vireo")
        assert before.truth is Truth.UNKNOWN
        assert before.needs.endswith("Board over Vireo: civil society holds 33% of the seats, of 4 sides.")
        rig.publisher("second")
        rig.say("second", type="Organization", name="Second Foundation (invented)", country="xd", by="second")
        for number, by in enumerate((FREE, FREE, "second")):
            seat(rig, f"again-{number}", "rights-group", "civil-society", "yes", by=by)
        after = rig.value(FACT, "vireo")
        assert after == before
        for number, by in enumerate((FREE, "second")):  # and under an id of its own
            rig.say(f"twin-{number}", type="Organization", name=GROUP, country="xc", by=by)
            seat(rig, f"seat-twin-{number}", f"twin-{number}", "civil-society", "yes", by=by)
        after = rig.value(FACT, "vireo")
        assert after == before
        shown = page(rig)
        assert shown.civil_share == pytest.approx(2 / 6)
        assert shown.human_rights_groups == 1
        assert shown.constituencies == {"academia": 1, "affected-people": 1, "civil-society": 1, "industry": 3}


CROWD = "civil society holds 33% of the seats, of 4 sides."
PAIR = "civil society holds 40% of the seats, of 4 sides."


def crowded(rig: Rig) -> None:
    """A body with three of industry, and with its rights group told of twice more: by another publisher, under ids of its own."""
    met.meet(rig)
    rig.publisher("second")
    rig.say("second", type="Organization", name="Second Foundation (invented)", country="xd", by="second")
    rig.say("rights-group", type="Organization", name=GROUP, standing="reported")
    for number in range(3):
        rig.say(f"works-{number}", type="Company", name=f"Works {number} Ltd", jurisdiction="xc")
        seat(rig, f"seat-works-{number}", f"works-{number}", "industry")
    for number in range(2):
        rig.say(f"twin-{number}", type="Organization", name=GROUP, by="second", standing="reported")
        seat(rig, f"seat-twin-{number}", f"twin-{number}", "civil-society", "yes", by="second")


@pytest.mark.parametrize("standing", ["confirmed", "reported", "alleged"])
def test_no_other_name_makes_one_member_two(tmp_path: Path, standing: str) -> None:
    with rigged(tmp_path) as rig:
        crowded(rig)
        before = rig.value(FACT, "vireo")
        assert before.truth is Truth.UNKNOWN
        assert before.needs.endswith(CROWD)
        rig.publisher("vireo")
        for number in range(2):
            rig.say(f"twin-{number}", type="Organization", name=f"Group {number}", by="vireo", standing=standing)
        assert rig.value(FACT, "vireo") == before
        shown = page(rig)
        assert (shown.civil_share, shown.human_rights_groups) == (pytest.approx(2 / 6), 1)


@pytest.mark.parametrize("names", [("Works Ltd", "Works GmbH"), ("Works 0 Ltd", "Works 1 Ltd")])
def test_no_name_makes_two_companies_one(tmp_path: Path, names: tuple[str, str]) -> None:
    """Two of them sit there, each told of by somebody else. The vendor calls both the same."""
    with rigged(tmp_path) as rig:
        met.meet(rig)
        rig.publisher("second")
        rig.say("second", type="Organization", name="Second Foundation (invented)", country="xd", by="second")
        for number, by in enumerate((FREE, "second")):
            rig.say(
                f"works-{number}", type="Company", name=names[number], jurisdiction="xc", by=by, standing="reported"
            )
            seat(rig, f"seat-works-{number}", f"works-{number}", "industry", by=by)
        before = rig.value(FACT, "vireo")
        assert before.truth is Truth.UNKNOWN
        assert before.needs.endswith(PAIR)
        rig.publisher("vireo")
        for number in range(2):
            rig.say(f"works-{number}", type="Company", name="Works Ltd", by="vireo")
        assert rig.value(FACT, "vireo") == before
        shown = page(rig)
        assert shown.civil_share == pytest.approx(2 / 5)
        assert shown.constituencies == {"academia": 1, "affected-people": 1, "civil-society": 1, "industry": 2}


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
        assert found.needs.endswith("civil society holds 0% of the seats, of 0 sides.")
        assert page(rig).civil_share == 0


def test_seats_are_counted() -> None:
    assert tally([]) == (0, 0, frozenset())
    assert tally([Told("a", "civil-society", "x"), Told("a", "civil-society", "y")]) == (1, 1, {"civil-society"})
    assert tally([Told("a", "civil-society", "x"), Told("a", "industry", "y")]) == (0, 1, frozenset())
    # one voice that tells of two seats of a company tells of two; a second voice may tell of the same
    many = [Told("a", "industry", "x"), Told("a", "industry", "x"), Told("a", "industry", "y")]
    assert tally([*many, Told("b", "civil-society", "x")]) == (1, 3, {"industry", "civil-society"})


def test_seats_of_one_name_are_counted() -> None:
    night, desk = frozenset({"night"}), frozenset({"desk"})
    twins = [Told("a", "civil-society", "x", night), Told("b", "civil-society", "y", night | desk)]
    assert tally(twins) == (1, 1, {"civil-society"})
    # by a third, who bears a name of each
    assert counted_as((("a", night), ("b", desk), ("c", night | desk), ("d", frozenset()))) == {
        "a": "a", "b": "a", "c": "a", "d": "d",
    }  # fmt: skip
    # one that speaks for two sides under two ids speaks for none; of others each id is one
    assert tally([*twins, Told("c", "academia", "x", desk)]) == (0, 3, frozenset())
    assert tally([Told("a", "industry", "x", night), Told("b", "industry", "y", night)]) == (0, 2, {"industry"})


def test_the_shape_of_seats() -> None:
    named = [("a", "civil-society", True), ("b", "academia", False)]
    assert shape(named, {"a": "a", "b": "a"}) == ["kinds_not_told"]
    assert shape([]) == ["no_members"]
    assert shape([("a", "civil-society", True), ("a", "academia", False)]) == ["one_constituency"]
    assert shape([("a", "civil-society", True), ("b", "academia", False)]) == []
    assert shape([("a", "civil-society", True), ("b", None, False)]) == ["kinds_not_told"]
    two = [("a", "civil-society", True), ("a", "academia", False), ("b", "academia", False)]
    assert shape(two) == ["one_constituency"]  # the second may be of one side with the first


told = st.builds(Told, st.sampled_from("abcd"), st.sampled_from(SIDES), st.sampled_from("xyz"))
names_of = st.frozensets(st.sampled_from("pqr"))


@given(st.lists(told, min_size=1, max_size=12), st.data())
def test_who_is_told_of_again_adds_nothing(seats: list[Told], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(seats))
    voice = data.draw(st.sampled_from("xyz"))
    before, after = tally(seats), tally([*seats, Told(again.member, again.side, voice)])
    assert after.share <= before.share
    assert after.civil == before.civil
    assert after.sides == before.sides


@given(st.lists(told, min_size=1, max_size=12), told)
def test_another_side_of_a_member_makes_it_none_of_civil_society(seats: list[Told], more: Told) -> None:
    mine = {one.side for one in seats if one.member == more.member}
    if len(mine | {more.side}) > 1:
        assert tally([*seats, more]).civil <= tally(seats).civil
    assert tally(seats).civil <= len({one.member for one in seats if one.side in CIVIL})


@given(st.lists(told, min_size=1, max_size=8), st.dictionaries(st.sampled_from("abcd"), names_of), st.data())
def test_no_further_name_makes_civil_society_larger(
    seats: list[Told], names: dict[str, frozenset[str]], data: st.DataObject
) -> None:
    def counted(names: dict[str, frozenset[str]]) -> Tally:
        return tally([one._replace(names=names.get(one.member, frozenset())) for one in seats])

    more = data.draw(st.dictionaries(st.sampled_from("abcd"), names_of))
    before = counted(names)
    after = counted({one: names.get(one, frozenset()) | more.get(one, frozenset()) for one in "abcd"})
    assert after.share <= before.share
    assert after.sides <= before.sides


def test_the_names_of_a_member_are_put_together_once_for_all_of_its_seats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counting(record: Record | None, row: ReferenceRow | None) -> frozenset[str]:
        asked.append(record.id if record is not None else "")
        return called(record, row)

    with rigged(tmp_path) as rig:
        met.meet(rig)
        rig.say("rights-group", type="Organization", name=GROUP)
        for number in range(5):
            seat(rig, f"again-{number}", "rights-group", "civil-society", "yes")
        for module in (boards, oversight):
            monkeypatch.setattr(module, "called", counting)
        assert page(rig).human_rights_groups == 1
        assert asked.count(sid("rights-group")) == 1
        asked.clear()
        assert rig.value(FACT, "vireo").truth is Truth.TRUE
        assert asked.count(sid("rights-group")) == 1
