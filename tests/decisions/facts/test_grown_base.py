"""A base that has grown by what the log says since is the one that is read anew; what does more than add is read anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.index import Base
from sousveil.register.codes import Role
from sousveil.register.intake import find
from sousveil.register.model import Stance, Standing, Statement
from tests.decisions.rig import FREE, Rig, private, public, rigged, sid


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        made.say("use", type="Deployment", body="@ministry", product="@lens", startDate="2024-06-01")
        yield made


def told(base: Base) -> dict[str, Any]:
    """All that a base holds, in its order."""
    held = {name: value for name, value in vars(base).items() if name != "_kept"}
    return held | {"order": [list(base.records), list(base.statements), list(base.pointing.items())]}


ADDS: dict[str, Callable[[Rig], object]] = {
    "somebody new": lambda rig: rig.say("late", type="Company", name="Late Ltd", country="xc"),
    "to a record": lambda rig: rig.say("vireo", type="Company", alias="Vireo", by="paper", standing="reported"),
    "a link": lambda rig: rig.say("owns", type="Ownership", owner="@ministry", asset="@vireo", startDate="2020"),
    "another end": lambda rig: rig.say("use-2", type="Deployment", body="@ministry", product="@lens"),
    "as something else": lambda rig: rig.say("use", type="Document", title="Paper", by="paper"),
    "twice as something else": lambda rig: [
        rig.say("use", type="Document", title="Paper", by="paper"), rig.say("use", type="Document", summary="x", by="paper")
    ],
}  # fmt: skip


@pytest.mark.parametrize("adds", ADDS.values(), ids=ADDS)
def test_what_only_adds_is_added(rig: Rig, adds: Callable[[Rig], object]) -> None:
    store = rig.register.store
    for _ in range(2):  # and once more upon what has grown
        before = Base.from_store(store)
        kept = told(Base.from_store(store))
        adds(rig)
        made = before.grown(store)
        assert made is not None
        assert told(made) == told(Base.from_store(store))
        assert told(before) == kept  # worlds stand on it
        adds = later


def later(rig: Rig) -> None:
    rig.say("later", type="Company", name="Later Ltd", country="xc")


NOT: dict[str, Callable[[Rig], object]] = {
    "nothing": lambda rig: None,
    "a retraction": lambda rig: rig.retract("use", FREE),
    "a denial": lambda rig: rig.answer(rig.ids["use"][0], Stance.DENIES, sid("ministry"), FREE),
    "a key": lambda rig: rig.register.key_add(public("other"), sid("other"), Role.PUBLISHER),
    "an erasure": lambda rig: rig.erase(rig.ids["use"][:1]),
    "a listing": lambda rig: rig.say("listed", type="Sanction", entity="@vireo", authority="Office", program="A list"),
}


@pytest.mark.parametrize("does", NOT.values(), ids=NOT)
def test_what_does_more_is_read_anew(rig: Rig, does: Callable[[Rig], object]) -> None:
    before = Base.from_store(rig.register.store)
    does(rig)
    assert before.grown(rig.register.store) is None


def test_a_new_record_of_an_official_list_is_read_anew(rig: Rig) -> None:
    """It may be one with another record by rule."""
    rig.register.key_add(public("loader"), "Loader", Role.LOADER)
    number = 0

    def say(dataset: str) -> None:
        nonlocal number
        number += 1
        facts = {"name": "Heron Ltd", "country": "mt"}
        many = [
            Statement(
                subject=sid(f"heron-{number}"), type="Company", property=name, value=value, source="https://list.example/",
                publisher=find(dataset).dataset.publisher, dataset=dataset, standing=Standing.CONFIRMED,
            )
            for name, value in facts.items()
        ]  # fmt: skip
        rig.register.publish(many, private("loader"))

    say("us-csl-spyware")
    before = Base.from_store(rig.register.store)
    say("misp-surveillance-vendor")
    assert before.grown(rig.register.store) is not None
    before = Base.from_store(rig.register.store)
    say("us-csl-spyware")
    assert before.grown(rig.register.store) is None
    after = Base.from_store(rig.register.store)
    assert after.canonical(sid("heron-3")) == after.canonical(sid("heron-1")) != sid("heron-2")


def test_what_is_told_of_somebody_who_was_judged_to_be_another_makes_all_be_read_anew(rig: Rig) -> None:
    rig.say("matter", type="AbuseIncident", name="A matter", product="@lens", date="2023-01-01", stage="infected")
    for judge in ("first-judge", "second-judge"):
        rig.publisher(judge)
        rig.say(f"by-{judge}", type="Judgement", left="@matter", right="@vireo", verdict="same", by=judge)
    before = Base.from_store(rig.register.store)
    assert before.contested == {}, "an incident is nobody"
    rig.say("matter", type="Company", name="Matter Trading Ltd", country="xa", by="paper", standing="reported")
    fresh = Base.from_store(rig.register.store)
    assert before.grown(rig.register.store) is None
    both = tuple(sorted((sid("matter"), sid("vireo"))))
    assert fresh.contested == dict.fromkeys(both, both)


def test_who_calls_one_of_three_joined_parties_a_sale_parts_no_other(rig: Rig) -> None:
    rig.publisher("troll", verified=False)
    for key in ("east", "north", "west"):
        rig.say(key, type="Company", name=f"{key} Trading", country="xa")
    for left, right in (("east", "north"), ("north", "west")):
        rig.say(f"{left}-{right}", type="Judgement", left=f"@{left}", right=f"@{right}", verdict="same")
    joined = Base.from_store(rig.register.store)
    assert len({joined.canonical(sid(key)) for key in ("east", "north", "west")}) == 1
    rig.say("north", type="Supply", supplier="@vireo", recipient="@ministry", by="troll", standing="reported")
    parted = Base.from_store(rig.register.store)
    head = parted.canonical(sid("east"))
    assert (parted.canonical(sid("west")), parted.canonical(sid("north"))) == (head, sid("north"))
    apart = tuple(sorted((head, sid("north"))))
    assert parted.contested == dict.fromkeys(apart, apart)
