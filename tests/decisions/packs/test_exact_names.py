"""A name that is exactly somebody's on file is that one's, however many longer names have its words in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from examples.make_register import make
from sousveil.decisions import packs
from sousveil.decisions.compiled import Compiled, compile_world
from sousveil.decisions.model import Action, Question, written
from sousveil.decisions.rules.judge import Judge
from sousveil.decisions.snapshot.names import FIRM
from sousveil.register.types import is_a
from tests.decisions.packs.test_names_and_shells import severities
from tests.decisions.rig import Rig, ask, judged, rigged, sid

DAY = "2026-06-01"
EVERY = tuple(packs.names())
ROLES = {"product": "SurveillanceProduct", "supplier": "LegalEntity", "via": "LegalEntity", "end_user": "LegalEntity"}
LONGER = (
    "Quorum Falcon Deep Inspection Bureau of Arms",
    "Fast Aerial Laser Craft Optics Nine",
    "Falcon Ministry of xd",
)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compiled]:
    with make(tmp_path_factory.mktemp("example") / "register") as register:
        yield compile_world(register.store, DAY)


def named(world: Compiled, kind: str) -> dict[str, list[str]]:
    """Each name for good of the example register -> whose it is."""
    found: dict[str, list[str]] = {}
    for id, record in world.base.records.items():
        if any(is_a(one.statement.type, kind) for one in record.statements):
            for name in dict.fromkeys(one.statement.value for what in FIRM for one in record.stand(what)):
                found.setdefault(name, []).append(id)
    return found


def question(action: Action, role: str, text: str, country: str = "xc") -> Question:
    fields = {"product": "Dunlin", "supplier": "Sandpiper Instruments AB", "end_user": "Republic of Calder"}
    return Question(action=action, country=country, **{**fields, role: (text,) if role == "via" else text})  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ROLES)
def test_every_exact_name_of_the_example_register_means_its_one_record(example: Compiled, role: str) -> None:
    names = named(example, ROLES[role])
    assert len(names) == (4 if role == "product" else 31)
    for name, ids in names.items():
        (party,) = (one for one in example.deal(question(Action.SALE, role, name)).parties if one.role == role)
        assert ([party.id], party.candidates) == (ids, ()), name


@pytest.mark.parametrize("action", [Action.SALE, Action.USE, Action.INVEST, Action.LIST])
def test_by_its_exact_name_the_answer_is_that_by_its_id(example: Compiled, action: Action) -> None:
    judging = Judge(example, [packs.pack(one) for one in EVERY])
    for role, kind in ROLES.items():
        for name, (id,) in named(example, kind).items():
            by_name, by_id = (written(judging.judge(question(action, role, one))) for one in (name, id))
            assert by_name == by_id, (role, name)


def test_the_body_over_a_company_does_not_open_the_companys_name(example: Compiled) -> None:
    """It did: the name stands in the body's, "Body over Sandpiper Instruments", and of the body something is on file."""
    asked = Question(
        action=Action.SALE,
        product="Lampyre",
        supplier="Sandpiper Instruments AB",
        end_user="Republic of Calder",
        country="xc",
        as_of=DAY,
    )
    answer = judged(example, msgspec.structs.replace(asked, packs=EVERY))
    assert [one.rule for one in answer.undecided if one.rule == "names"] == []
    assert {one.pack: str(one.verdict) for one in answer.packs}["pega-2023"] == "no_rule_blocks"


def falcon(rig: Rig) -> None:
    rig.publisher("honest")
    rig.publisher("rival", verified=False)
    rig.say("honest", type="Company", name="Falcon", country="xd", by="honest")


def longer(rig: Rig) -> None:
    """Names that hold the word, or of which it is the initials, each on a list by a rival's word."""
    for at, name in enumerate(LONGER):
        rig.say(f"fake-{at}", type="Company", name=name, country="xd", by="rival", standing="reported")
        for program in ("Entity List", "SDN"):
            rig.say(f"row-{at}-{program}", type="Sanction", by="rival", standing="reported", entity=f"@fake-{at}",
                    program=program, listingDate="2019")  # fmt: skip


@pytest.mark.parametrize("role", ["supplier", "via", "end_user"])
def test_nobody_opens_the_name_of_a_company_by_longer_names(tmp_path: Path, role: str) -> None:
    with rigged(tmp_path) as rig:
        falcon(rig)
        asked = ask("sale", **{role: ("Falcon",) if role == "via" else "Falcon"}, packs=EVERY)
        before = severities(judged(rig.world(), asked))
        longer(rig)
        (party,) = (one for one in rig.world().deal(asked).parties if one.role == role)
        assert (party.id, party.candidates) == (sid("honest"), ())
        assert severities(judged(rig.world(), asked)) == before


def test_a_name_that_two_bear_is_one_of_theirs_and_nobody_elses(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        falcon(rig)
        longer(rig)
        rig.say("second", type="Company", name="Falcon", country="xc")
        party = rig.world().deal(ask("sale", supplier="Falcon")).parties[1]
        assert (party.id, set(party.candidates)) == (None, {sid("honest"), sid("second")})


def test_whoever_names_both_knows_that_they_are_two(tmp_path: Path) -> None:
    """A register of one publisher, whose key nobody verified: its exact names are resolved."""
    with rigged(tmp_path) as rig:
        for key, name in (("short", "Harbour"), ("listed", "Harbour Signals Ltd")):
            rig.say(key, type="Company", name=name, country="xd", by="paper", standing="reported")
        rig.say(
            "row", type="Sanction", by="paper", standing="reported", entity="@listed", program="SDN", listingDate="2019"
        )
        party = rig.world().deal(ask("sale", via=("Harbour",))).parties[2]
        assert (party.id, party.candidates) == (sid("short"), ())
