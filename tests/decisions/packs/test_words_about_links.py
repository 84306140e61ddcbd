"""Every value of every property of every link, in the mouth of each who gains from the deal: nobody behind it is lost, nothing milder.

The worlds are in memory. Compared is who stands behind the deal and how firmly, each State and gap, what each pack says, and each rule.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random

import msgspec
import pytest

from sousveil.decisions import packs
from sousveil.decisions.answer.ambiguity import strictest_answer
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.affiliation import TIE
from sousveil.decisions.model import Answer, Deal
from sousveil.decisions.rules.judge import Judge
from tests.decisions.limits import Charges, added, sweep
from tests.decisions.moles import Mole, milder
from tests.decisions.packs.test_ends_of_links import GAINING, question, strangers
from tests.decisions.packs.test_hostile_words import judgement
from tests.decisions.rig import Rig, judged, rigged, sid
from tests.profiles import examples, sample

ADDERS = (*(one for one in GAINING if not one.startswith("guild-")), "ministry", "averna", "vireo", "shade")
ENDS = ("vireo", "shade", "top", "hand", "shell-a", "boss", "principal", "old", "front", "landlord", "broker", "circle")
KINDS = ("State", "PublicBody", "Person", "Organization", "Company")
ACTIONS = ("sale", "use")
ROUNDS = examples(40)
"""How often several words are tried; the same ones each time."""


def tangled(rig: Rig) -> None:
    """A supplier with every kind of link, each to somebody with something against him, each told once."""

    def say(key: str, type: str, **values: object) -> None:
        rig.say(key, type=type, by="paper", standing="reported", **values)

    for name in ("top", "hand", "shell-a", "shell-b", "principal", "old", "front", "landlord", "sister"):
        say(name, "Company", name=f"{name.title()} Ltd (invented)", country="xd")
    say("fern", "Organization", name="Fern Clinic (invented)")
    say("boss", "Person", name="Boss of Vireo (invented)", person=True)
    say("own-shade", "Ownership", owner="@top", asset="@shade", percentage="60", startDate="2020")
    for shell in ("shell-a", "shell-b"):
        say(f"part-{shell}", "Ownership", owner=f"@{shell}", asset="@vireo", percentage="30", startDate="2020")
        say(f"own-{shell}", "Ownership", owner="@hand", asset=f"@{shell}", percentage="100", startDate="2020")
    say("agency", "Representation", agent="@vireo", client="@principal", startDate="2020")
    say("became", "Succession", predecessor="@old", successor="@vireo", date="2019")
    say("seat", "Directorship", organization="@vireo", director="@boss", startDate="2020")
    say("seat-2", "Directorship", organization="@sister", director="@boss", startDate="2020")
    say(
        "nominee",
        "Ownership",
        asset="@vireo",
        owner="@front",
        nomineeFor="@landlord",
        percentage="40",
        startDate="2020",
    )
    say("own-ministry", "Ownership", owner="@landlord", asset="@ministry", percentage="60", startDate="2020")
    for name in ("top", "hand", "principal", "old", "landlord", "sister"):
        say(f"sdn-{name}", "Sanction", entity=f"@{name}", program="SDN", listingDate="2023")


@cache
def bench() -> Charges:
    with tempfile.TemporaryDirectory() as folder, rigged(Path(folder)) as rig:
        strangers(rig)
        before = {*rig.ids} - {"own-vireo", "listed", "o-2"}
        tangled(rig)
        links = {*rig.ids} - before - set(ENDS) - {"shell-b", "sister", "fern"}
        return Charges(rig, {}, links)


def read(world: Compiled) -> tuple[dict[str, Answer], Deal]:
    answers = {one: judged(world, msgspec.structs.replace(question(), action=one)) for one in ACTIONS}  # type: ignore[arg-type]
    return answers, world.deal(
        strictest_answer(world, Judge(world, packs.chosen()), question())[1], world.base.contested
    )


def lost(
    before: tuple[dict[str, Answer], Deal],
    after: tuple[dict[str, Answer], Deal],
    shown: Callable[[str], str] = lambda id: id,
) -> list[str]:
    """What became milder. `shown`: the id that stands for one."""
    (old, then), (new, now) = before, after
    found = [f"{action} {one}" for action in ACTIONS for one in milder(old[action], new[action])]
    for name in ("vendors", "states", "home_states", "exporting_states"):
        there = {*getattr(now, name)}
        for id in getattr(then, name):
            one = shown(id.removeprefix(TIE))
            if one not in there and not (id.startswith(TIE) and TIE + one in there):
                found.append(f"{name} {id}")
    return found + [one.caption for one in then.gaps if one.caption not in {each.caption for each in now.gaps}]


@cache
def as_told() -> tuple[dict[str, Answer], Deal]:
    return read(bench().build(bench().told))


def test_everybody_is_behind_the_deal_at_first() -> None:
    """Else nothing here could fail."""
    vendors = as_told()[1].vendors
    firm = {one for one in (*ENDS, "shell-b") if sid(one) in vendors}
    assert firm == {*ENDS, "shell-b"} - {"boss"}
    assert {TIE + sid(one) for one in ("boss", "sister")} <= {*vendors}


def test_who_reports_an_owner_ends_it() -> None:
    """What is compared here can be lost."""
    word = added(bench(), "paper", "own-vireo", "endDate", "2021", "reported")
    assert f"vendors {sid('shade')}" in lost(as_told(), read(bench().build(bench().told, [word])))


def test_no_value_that_one_who_gains_adds_to_a_link_loses_anybody() -> None:
    world, found = bench(), []
    for property, value, where in sample(list(sweep(world)), 90):
        more = [added(world, owner, record, property, value) for owner in ADDERS for record, _ in where]
        found += [(property, value, one) for one in lost(as_told(), read(world.build(world.told, more)))]
    assert found == []


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_one_who_gains_calls_somebody_loses_anybody(kind: str) -> None:
    world, found = bench(), []
    for name, value in (("name", "Another name (invented)"), ("country", "xc"), ("jurisdiction", "xc")):
        more = [_called(added(world, owner, end, name, value), kind) for owner in ADDERS for end in ENDS]
        found += [(name, one) for one in lost(as_told(), read(world.build(world.told, more)))]
    assert found == []


def test_several_words_of_one_who_gains_lose_nobody() -> None:
    """Also where they hold for a time only, are told as less than confirmed, or call an end something else."""
    world, found = bench(), []
    words = [(record, name, value) for name, value, where in sweep(world) for record, _ in where]
    for seed in range(ROUNDS):
        draw = Random(seed)
        owner = draw.choice(ADDERS)
        more = list(_some(draw, owner, draw.sample(words, 12)))
        found += [(seed, owner, one) for one in lost(as_told(), read(world.build(world.told, more)))]
    assert found == []


JUDGED = (
    ("shade", "clean"),
    ("hand", "clean"),
    ("vireo", "clean"),
    ("principal", "clean-2"),
    ("ministry", "clean-body"),
    ("lens", "clean-product"),
    ("own-vireo", "own-clean"),
    ("listed", "over"),
)


def test_no_judgement_of_those_who_gain_loses_anybody(tmp_path: Path) -> None:
    """Two of them judge somebody, a product or a record to be the same as another of whom nothing is on file, or what is over."""
    with rigged(tmp_path) as rig:
        strangers(rig)
        tangled(rig)
        for name in ("clean", "clean-2"):
            rig.say(name, type="Company", name=f"{name.title()} Ltd (invented)", country="xd")
        rig.say("clean-body", type="PublicBody", name="Clean body (invented)", country="xb")
        rig.say("clean-product", type="SurveillanceProduct", name="Clean product (invented)", vendor="@clean-2")
        old = {"by": "paper", "standing": "reported", "endDate": "2015"}
        rig.say("own-clean", type="Ownership", owner="@clean", asset="@vireo", startDate="2010", **old)
        rig.say("over", type="Sanction", entity="@clean", program="Entity List", **old)
        before = read(rig.world())
        for verdict, judges in (("same", ("guild-xb", "academy")), ("different", ("circle",))):
            for one, other in JUDGED:
                for judge in judges:
                    judgement(rig, judge, one, other, verdict)
                world = rig.world()
                after = read(world)
                if verdict == "different":  # parties are open then, and stand in each reading of the deal
                    assert [each for action in ACTIONS for each in milder(before[0][action], after[0][action])] == [], (
                        one
                    )
                else:
                    assert lost(before, after, world.base.canonical) == [], one


def _some(draw: Random, owner: str, words: Sequence[tuple[str, str, str]]) -> Iterator[Mole]:
    world = bench()
    for record, name, value in words:
        one = added(world, owner, record, name, value, draw.choice(["confirmed", "confirmed", "reported", "alleged"]))
        until = draw.choice([None, None, "2020-01-01"])
        yield Mole(owner, msgspec.structs.replace(one.said, valid_until=until))
        yield added(world, owner, record, "endDate", draw.choice(["2019", "2021-05", "2024-05-01"]))
    for end in draw.sample(ENDS, 3):
        yield _called(added(world, owner, end, "name", "Another name (invented)"), draw.choice(KINDS))


def _called(one: Mole, kind: str) -> Mole:
    """The same word, by which its subject is something of another type."""
    return Mole(one.owner, msgspec.structs.replace(one.said, type=kind))
