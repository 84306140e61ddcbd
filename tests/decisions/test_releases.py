"""Released ends (policy 3): another publisher's end counts for everybody once two reviewers who are tied to no party released it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.compiled import compile_world
from sousveil.decisions.facts.licences import state
from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.checks.releases import WAITING_MAX
from sousveil.register.codes import RetractReason, Role
from sousveil.register.refusal import Refused
from tests.decisions.rig import FREE, Rig, private, rigged, sid
from tests.register.maker import public

REPORTED: dict[str, Any] = {"by": "paper", "standing": "reported"}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        for name in ("north", "south"):
            reviewer(made, name)
        made.say("licence", type="ExportLicence", name="Licence 1", licensee="@vireo", product="@lens", **REPORTED)
        made.say(
            "bar",
            type="RemedyBarrier",
            state="@averna",
            country="xb",
            barrierKind="secrecy",
            startDate="2020-01-01",
            **REPORTED,
        )
        yield made


def reviewer(rig: Rig, name: str, **more: str) -> None:
    """A verified organization with a key of a reviewer."""
    rig.publisher(name)
    rig.register.key_add(public(f"{name}-reviews"), sid(name), Role.REVIEWER, holder=private(name))
    rig.say(name, type="Organization", name=f"{name.title()} Society (invented)", by=name, **{"country": "xd", **more})


def end(rig: Rig) -> str:
    """A foundation reports that the licence was revoked; gives the statement's id."""
    event = {"licence": "@licence", "event": "revoked", "date": "2024-01-01"}
    rig.say("event", type="LicenceEvent", **event)
    return rig.ids["event"][1]


def ask(rig: Rig, statement: str, record: str = "@licence", key: str = "release", by: str = FREE) -> None:
    values = {"record": record, "statement": statement, "reason": "Its office wrote to us."}
    rig.say(key, type="Release", by=by, **values)


def answer(rig: Rig, by: str, outcome: str = "released") -> list[str]:
    return rig.say("release", type="Release", by=by, outcome=outcome)


def says(rig: Rig, known_on: int | None = None) -> str:
    world = compile_world(rig.register.store, "2024-06-01", known_on)
    record = world.record(sid("licence"))
    assert record is not None
    return state(world, record).says


def test_an_end_counts_from_the_entry_of_the_second_review(rig: Rig) -> None:
    statement = end(rig)
    assert says(rig) == "live"
    ask(rig, statement)
    answer(rig, "north")
    assert says(rig) == "live"
    before = rig.register.store.size()
    ids = answer(rig, "south")
    assert (says(rig), says(rig, before)) == ("revoked", "live")
    rig.register.retract(ids, private("south"), RetractReason.WRONG)
    assert says(rig) == "live"


@pytest.mark.parametrize("case", ["tied", "party", "no-reviewer", "refused", "before"])
def test_who_releases_nothing(rig: Rig, case: str) -> None:
    statement = end(rig)
    second = {"tied": "west", "party": "east", "no-reviewer": "plain"}.get(case, "south")
    if case == "tied":
        reviewer(rig, "west")
        rig.say("owns", type="Ownership", owner="@north", asset="@west", percentage="100")
    if case == "party":
        reviewer(rig, "east")
        rig.say("owns", type="Ownership", owner="@vireo", asset="@east", percentage="100", **REPORTED)
    if case == "no-reviewer":
        rig.publisher("plain")
        rig.say("plain", type="Organization", name="Plain Society (invented)", country="xd", by="plain")
    if case == "before":
        answer(rig, second)
    ask(rig, statement)
    answer(rig, "north")
    if case != "before":
        answer(rig, second, "refused" if case == "refused" else "released")
    assert says(rig) == "live"


@pytest.mark.parametrize(("by", "counts"), [(FREE, True), ("vireo", True), ("paper", False)])
def test_a_verified_publisher_or_a_party_asks(rig: Rig, by: str, counts: bool) -> None:
    rig.publisher("vireo", verified=False)
    ask(rig, end(rig), by=by)
    for one in ("north", "south"):
        answer(rig, one)
    assert (says(rig) == "revoked") is counts


def test_nobody_adds_to_what_was_asked(rig: Rig) -> None:
    statement = end(rig)
    rig.say("other", type="ExportLicence", name="Licence 2", licensee="@vireo", **REPORTED)
    ask(rig, statement, record="@other")
    for one in ("north", "south"):
        answer(rig, one)
    rig.say("release", type="Release", record="@licence", statement=statement, reason="This one too.", **REPORTED)
    assert says(rig) == "live"


def test_a_released_last_day_counts_in_every_account(rig: Rig) -> None:
    def barred() -> Truth:
        return rig.value("state.remedy_barred", "xb").truth

    (last_day,) = rig.say("bar", type="RemedyBarrier", endDate="2022-01-01")
    assert barred() is Truth.TRUE
    ask(rig, last_day, record="@bar")
    answer(rig, "north")
    assert barred() is Truth.TRUE
    answer(rig, "south")
    assert barred() is Truth.UNKNOWN


def test_requests_of_one_publisher_are_capped(rig: Rig) -> None:
    statement = end(rig)
    for place in range(WAITING_MAX):
        ask(rig, statement, key=f"release-{place}")
    with pytest.raises(Refused) as refused:
        ask(rig, statement, key="one-more")
    assert refused.value.code == "too_many_requests"
    rig.publisher("vireo", verified=False)
    ask(rig, statement, key="of-another", by="vireo")


def test_a_request_names_a_statement_of_the_register(rig: Rig) -> None:
    with pytest.raises(Refused) as refused:
        ask(rig, "0" * 64)
    assert refused.value.code == "no_such_statement"
