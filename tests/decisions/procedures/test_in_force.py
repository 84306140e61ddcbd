"""What is only announced halts nothing and lifts nothing, and a last day still counts: decisions and pages say the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from sousveil.decisions.procedures import items, registry
from sousveil.decisions.procedures.cells import state_row
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.views.halts import HaltView, halts
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.decisions.rig import DAY, FREE, Rig, parties, sid
from tests.web.client import ask

HALT: dict[str, Any] = {"type": "MoratoriumMeasure", "summary": "Decree 1", "state": "@averna", "country": "xb",
                        "measureKind": "moratorium", "covers": ["sale", "transfer", "use"]}  # fmt: skip
IN_FORCE = {**HALT, "status": "in-force", "date": "2023-01-01", "startDate": "2023-02-01"}
LIFT: dict[str, Any] = {**HALT, "summary": "Decree 2", "measureKind": "lifted", "date": "2024-01-01"}
RULE = "L21-a-4"


@pytest.fixture
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    made = Rig(tmp_path_factory.mktemp("force") / "register")
    parties(made)
    for key in ("averna", "vireo"):
        made.publisher(key)
    made.say("running", type="Deployment", summary="A system", body="@ministry", country="xb", startDate="2021-01-01")
    yield made
    made.register.close()


def decided(rig: Rig, day: str = DAY) -> tuple[str, str]:
    """Where an answer has the rule, and what it says there: its words, or what it needs to know."""
    answer = rig.judge("use", as_of=day)
    for one in answer.reasons:
        if one.rule == RULE:
            return "reasons", one.says
    for other in answer.undecided:
        if other.rule == RULE and (needs := [each for each in other.needs if "Averna" in each]):
            return "undecided", needs[0]  # of Calder nothing is on file in any of these
    return "silent", ""


def shown(rig: Rig, day: str = DAY) -> HaltView:
    (view,) = (one for one in halts(Board(rig.register.store), day_of(day)) if one.country == "xb")
    return view


def cell(rig: Rig, day: str = DAY) -> str:
    (found,) = (one.state for one in state_row(Board(rig.register.store), "xb", day_of(day)).cells if one.letter == "a")
    return found


def clock(rig: Rig, day: str) -> tuple[str, str | None]:
    """Whether the announced measure is in force in time, and since when."""
    listed = items.items(Board(rig.register.store), registry.all_procedures()["a-moratorium"], day_of(day))
    ((found,),) = (one.due for one in listed if one.ref.id == sid("halt"))
    return found.state, found.met_on


def state_of(rig: Rig, procedure: str, key: str, day: str) -> str:
    listed = items.items(Board(rig.register.store), registry.all_procedures()[procedure], day_of(day))
    (found,) = (one.state for one in listed if one.ref.id == sid(key))
    return found


# Announced


@pytest.mark.parametrize(
    "more",
    [
        {"status": "announced", "date": "2024-01-01"},
        {"status": "announced", "date": "2024-01-01", "startDate": "2030-01-01"},
        {"status": "in-force", "date": "2024-01-01", "startDate": "2030-01-01"},
    ],
    ids=["announced", "announced-for-later", "from-later"],
)
def test_a_halt_that_is_only_announced_does_not_fire(rig: Rig, more: dict[str, str]) -> None:
    rig.say("halt", **{**HALT, **more})
    assert decided(rig) == (
        "undecided",
        "An answer to “Has Averna (invented) halted this by a measure of its own?”",
    )
    view = shown(rig)
    assert (view.state, view.covers, view.despite) == ("announced", [], [])
    assert cell(rig) == "unknown"


@pytest.mark.parametrize("given", [{}, {"date": "2024-01-01"}], ids=["to-come", "announced"])
def test_what_is_only_to_come_stands_under_a_heading_of_its_own(rig: Rig, given: dict[str, str]) -> None:
    """Beside a halt that is in force: nothing of it is among what is halted, on the page and in the JSON."""
    rig.say("halt", **IN_FORCE, scope="All tools.")
    later = {**HALT, "summary": "Decree 9", "measureKind": "ban", "covers": ["use"], "status": "in-force"}
    rig.say("later", **later, **given, startDate="2030-01-01", scope="Cameras.")
    app = Outer(Site(rig.register))
    for day, now, coming in (
        ("2029-12-31", ["halt"], ["later"]),
        ("2030-01-01", ["halt", "later"], []),
    ):
        view = shown(rig, day)
        assert (view.state, view.covers, cell(rig, day)) == ("halted", ["sale", "transfer", "use"], "met")
        assert {one.ref.id for one in view.measures} == set(map(sid, now))
        assert {one.record.id for one in view.terms} == {*map(sid, now), *map(sid, coming)}
        assert [one.ref.id for one in view.to_come] == [*map(sid, coming)]
        data = ask(app, f"/api/v1/moratorium?as_of={day}").json["data"]["countries"]
        (row,) = (one for one in data if one["country"] == "xb")
        assert [one["ref"]["id"] for one in row["to_come"]] == [*map(sid, coming)]
        page = ask(app, f"/moratorium?as_of={day}").text
        section = page.partition('id="country-xb"')[2].partition("</section>")[0]
        before, heading, after = section.partition("<h3>To come: nothing of this is halted yet</h3>")
        assert (bool(heading), "Cameras." in before, "Cameras." in after) == (bool(coming), not coming, bool(coming))
        assert ("From: 1 January 2030" in after) is bool(coming)


def test_a_state_whose_only_measure_is_to_come_is_marked_so_on_the_map(rig: Rig) -> None:
    rig.say("halt", **HALT, status="in-force", startDate="2030-01-01")
    assert [(shown(rig, day).state, cell(rig, day)) for day in ("2029-12-31", "2030-01-01")] == [
        ("announced", "unknown"), ("halted", "met"),
    ]  # fmt: skip


def test_from_its_first_day_it_halts(rig: Rig) -> None:
    rig.say("halt", **IN_FORCE)
    says = "It is halted by a measure of Averna (invented), as the letter asks."
    assert [decided(rig, day) for day in ("2023-02-01", "2023-02-02")] == [("reasons", says)] * 2
    assert decided(rig, "2023-01-31")[0] == "undecided"
    assert [shown(rig, day).covers for day in ("2023-01-31", "2023-02-01")] == [[], ["sale", "transfer", "use"]]


@pytest.mark.parametrize("more", [{"status": "announced"}, {"startDate": "2030-01-01"}, {"status": "ended"}], ids=str)
def test_nobody_puts_off_a_halt_that_another_told(rig: Rig, more: dict[str, str]) -> None:
    rig.say("halt", by="paper", standing="reported", **{**IN_FORCE, "startDate": []})
    rig.say("halt", by=FREE, type="MoratoriumMeasure", measureKind="moratorium", **more)
    assert decided(rig)[0] == "reasons"


def test_what_everybody_calls_ended_halts_nothing_any_more(rig: Rig) -> None:
    rig.say("halt", **{**HALT, "status": "ended", "date": "2023-01-01"})
    assert decided(rig)[0] == "undecided"
    assert (shown(rig).state, shown(rig).covers) == ("none", [])


def test_without_a_first_day_it_is_in_force_from_the_day_of_the_word(rig: Rig) -> None:
    """Map, cell, label and clock have it in force since the same day; before it an answer counts it, for it may be."""
    rig.say("halt", **HALT, status="in-force", date="2023-01-01")
    [word] = Board(rig.register.store).records["MoratoriumMeasure"][0].stand("status")
    told = date.fromisoformat(rig.register.store.entry(word.recorded).recorded_at[:10])
    before, after = str(told - timedelta(days=1)), str(told)
    says = ("reasons", "It is halted by a measure of Averna (invented), as the letter asks.")
    assert [decided(rig, day) for day in (before, after)] == [says, says]
    assert [shown(rig, day).covers for day in (before, after)] == [[], ["sale", "transfer", "use"]]
    assert [shown(rig, day).state for day in (before, after)] == ["announced", "halted"]
    assert [cell(rig, day) for day in (before, after)] == ["unknown", "met"]
    assert [state_of(rig, "a-moratorium", "halt", day) for day in (before, after)] == ["undated", "in-force"]
    assert [clock(rig, day) for day in (before, after)] == [("asked", None), ("met", after)]
    rig.say("halt", type="MoratoriumMeasure", startDate="2023-01-20")
    assert (decided(rig, "2023-01-20"), shown(rig, "2023-01-20").state) == (says, "halted")
    assert [cell(rig, day) for day in ("2023-01-19", "2023-01-20")] == ["unknown", "met"]


# A lift

LIFTS = [
    ({"status": "announced"}, False),
    ({"status": "announced", "startDate": "2030-01-01"}, False),
    ({"status": "in-force", "startDate": "2030-01-01"}, False),
    ({"status": "ended"}, False),
    ({"status": "in-force", "startDate": "2024-01-05", "endDate": "2024-03-01"}, False),
    ({}, False),
    ({"status": "in-force"}, True),
    ({"status": "in-force", "startDate": "2024-01-05"}, True),
    ({"status": "in-force", "startDate": DAY, "endDate": DAY}, True),
]


@pytest.mark.parametrize(("more", "lifts"), LIFTS, ids=str)
def test_a_lift_ends_a_halt_only_while_it_is_in_force(rig: Rig, more: dict[str, str], lifts: bool) -> None:
    rig.say("halt", **IN_FORCE)
    rig.say("lift", by="averna", **{**LIFT, **more})
    rig.say("lift", by=FREE, **{**LIFT, **more})
    assert decided(rig)[0] == ("silent" if lifts else "reasons")
    view = shown(rig)
    assert (view.covers, [one.ref.id for one in view.despite]) == (
        ([], []) if lifts else (["sale", "transfer", "use"], [sid("running")])
    )
    assert (view.state, cell(rig)) == (("lifted", "not") if lifts else ("halted", "met"))


def test_a_day_that_somebody_else_gives_puts_a_lift_off(rig: Rig) -> None:
    rig.say("halt", **IN_FORCE)
    for by in ("averna", FREE):
        rig.say("lift", by=by, status="in-force", **LIFT)
    assert decided(rig)[0] == "silent"
    rig.say("lift", by="paper", standing="alleged", type="MoratoriumMeasure", startDate="2030-01-01")
    assert decided(rig)[0] == "silent"
    rig.say("lift", by="paper", standing="reported", type="MoratoriumMeasure", startDate="2030-01-01")
    assert decided(rig)[0] == "reasons"


def test_the_end_that_a_state_announces_is_called_so(rig: Rig) -> None:
    rig.say("lift", by="averna", status="announced", **LIFT)
    assert state_of(rig, "a-moratorium", "lift", DAY) == "lift-announced"
    assert shown(rig).state == "none"


# Last days


@pytest.mark.parametrize(
    "end", [{"endDate": "2024-03-01"}, {"valid_until": "2024-03-01"}], ids=["until", "holds-until"]
)
def test_a_measure_has_ended_the_day_after_its_last(rig: Rig, end: dict[str, str]) -> None:
    rig.say("halt", **{**IN_FORCE, **end})
    days = ("2024-02-29", "2024-03-01", "2024-03-02")
    assert [state_of(rig, "a-moratorium", "halt", day) for day in days] == ["in-force", "in-force", "ended"]
    assert [bool(shown(rig, day).covers) for day in days] == [True, True, False]
    assert [decided(rig, day)[0] for day in days] == ["reasons", "reasons", "undecided"]
    assert [cell(rig, day) for day in days] == ["met", "met", "unknown"]


@pytest.mark.parametrize(
    ("procedure", "more", "state"),
    [
        ("c-due-diligence", {"topic": "due-diligence"}, "in-force"),
        ("l-encryption", {"topic": "encryption"}, "in-force"),
        ("l-encryption", {"topic": "encryption", "effect": "weakens-encryption"}, "weakens"),
    ],
    ids=["diligence", "protects", "weakens"],
)
def test_a_law_is_in_force_from_its_first_day_to_its_last(
    rig: Rig, procedure: str, more: dict[str, str], state: str
) -> None:
    rig.say("law", type="Law", title="Act", jurisdiction="xb", status="in-force", inForceFrom="2023-01-01",
            inForceUntil="2024-03-01", **more)  # fmt: skip
    days = ("2022-12-31", "2023-01-01", "2024-03-01", "2024-03-02")
    assert [state_of(rig, procedure, "law", day) for day in days] == ["to-come", state, state, "over"]


LAST_DAYS: dict[str, tuple[str, dict[str, Any], str, tuple[str, str]]] = {
    "licence": ("b-investigations", {"type": "ExportLicence", "name": "L", "licensee": "@vireo", "issuer": "@ministry",
                                     "issueDate": "2023-01-01"}, "expiryDate", ("live", "over")),
    "word": ("b-investigations", {"type": "OfficialNotice", "name": "N", "authority": "@ministry", "date": "2023-01-01",
                                  "noticeKind": "certification"}, "expiresOn", ("said", "over")),
    "ownership": ("e-liability", {"type": "Ownership", "owner": "@rival", "asset": "@vireo", "startDate": "2023-01-01"}, "endDate",
                  ("disclosed", "ended")),
    "contract": ("f-contracts", {"type": "Contract", "title": "C", "buyer": "@ministry", "supplier": "@vireo",
                                 "startDate": "2023-01-01"}, "endDate", ("current", "ended")),
    "seat": ("g-oversight", {"type": "Membership", "organization": "@board", "member": "@rival", "startDate": "2023-01-01"}, "endDate",
             ("member", "ended")),
    "part": ("j-lifting", {"type": "TreatyParticipation", "state": "@averna", "forum": "Talks", "participation": "participant",
                           "startDate": "2023-01-01"}, "endDate", ("takes-part", "ended")),
    "use": ("a-moratorium", {"type": "Deployment", "summary": "D", "body": "@ministry", "country": "xb", "startDate": "2023-01-01"},
            "endDate", ("running", "ended")),
}  # fmt: skip


@pytest.mark.parametrize("key", LAST_DAYS)
def test_every_last_day_still_counts(rig: Rig, key: str) -> None:
    procedure, values, property, (before, after) = LAST_DAYS[key]
    rig.say(f"one-{key}", **values, **{property: "2024-03-01"})
    days = ("2024-02-29", "2024-03-01", "2024-03-02")
    assert [state_of(rig, procedure, f"one-{key}", day) for day in days] == [before, before, after]


def test_a_vague_last_day_is_over_at_its_end(rig: Rig) -> None:
    rig.say("halt", **IN_FORCE, endDate="2024-03")
    assert [state_of(rig, "a-moratorium", "halt", day) for day in ("2024-03-31", "2024-04-01")] == ["in-force", "ended"]


@pytest.mark.parametrize(
    ("records", "rule", "state"),
    [
        ({"one": (FREE,)}, "reasons", "halted"),
        ({"one": ("averna",)}, "reasons", "lifted"),
        ({"one": ("paper", "averna")}, "reasons", "halted"),
        ({"one": ("averna",), "two": (FREE,)}, "silent", "lifted"),
        ({"one": ("averna", FREE)}, "silent", "lifted"),
        ({"one": ("city",), "two": (FREE,)}, "reasons", "halted"),
    ],
    ids=["independent-alone", "state-alone", "state-in-another's", "two-records", "one-record", "a-city"],
)
def test_a_lift_is_the_state_s_own_act_and_decides_where_somebody_independent_confirms_it(
    rig: Rig, records: dict[str, tuple[str, ...]], rule: str, state: str
) -> None:
    """The map goes by the State's own act, which makes it no better; a decision, which is made milder, asks for both."""
    rig.publisher("city")
    rig.say("city", type="PublicBody", name="City", country="xb", partOf="@averna", level="local")
    rig.say("halt", **IN_FORCE)
    for key, many in records.items():
        for by in many:
            rig.say(key, by=by, standing="reported" if by == "paper" else "confirmed", status="in-force", **LIFT)
    assert (decided(rig)[0], shown(rig).state) == (rule, state)


def test_an_exception_is_made_by_whoever_tells_of_the_halt(rig: Rig) -> None:
    """A company that adds one to somebody else's measure makes no halt a halt with exceptions."""
    rig.say("halt", **IN_FORCE)
    rig.say("halt", type="MoratoriumMeasure", exception="Everything that Vireo sells.", by="vireo", standing="reported")

    def seen() -> str:
        (view,) = (one for one in halts(Board(rig.register.store), day_of("2026-01-01")) if one.country == "xb")
        return view.state

    assert seen() == "halted"
    rig.say("halt", type="MoratoriumMeasure", exception="Rescue at sea.")
    assert seen() == "excepted"
