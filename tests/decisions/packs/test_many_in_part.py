"""Of very many names told in part nobody is left out of whom something is on file, whoever files how many others, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.make_register import make
from sousveil.decisions import in_part
from sousveil.decisions.charged import LINKED, QUIET, TOLD, Charged
from sousveil.decisions.compiled import compile_world
from sousveil.decisions.doubts import Doubts
from sousveil.decisions.facts.groups import groups
from sousveil.decisions.in_part import InPart, Told
from sousveil.decisions.model import Question
from sousveil.decisions.packs import names
from sousveil.decisions.resolve import Resolver
from sousveil.decisions.subjects import Subjects
from sousveil.register.types import is_a
from tests.decisions.packs.test_names_and_shells import judge, severities
from tests.decisions.rig import Rig, ask, rigged, sid

EVERY = tuple(names())
LISTED_LAST = "Harbour Signals Ltd"
FILLERS: dict[str, tuple[str, str, dict[str, Any]] | None] = {
    "nothing": None,
    "sale": ("Contract", "reported", {"title": "x", "supplier": "@shell"}),
    "alleged sanction": ("Sanction", "alleged", {"entity": "@shell", "program": "Other list"}),
    "investment": ("Investment", "reported", {"recipient": "@shell", "date": "2020"}),
}
"""What a rival files of each of its shells."""


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(in_part, "MOST", 3)
    with rigged(tmp_path) as made:
        made.publisher("rival", verified=False)
        yield made


def shells(rig: Rig, filler: tuple[str, str, dict[str, Any]] | None, many: int = 6, country: str = "xd") -> None:
    """Companies of one word, filed by a rival."""
    told: list[tuple[str, str, str, str, dict[str, Any]]] = []
    for at in range(many):
        key = f"shell-{country}-{at}"
        name = f"Harbour {country}{'abcdefgh'[at] * 3} Trading"
        told.append((key, "Company", "rival", "reported", {"name": name, "country": country}))
        if filler is not None:
            type, standing, values = filler
            own = {name: f"@{key}" if value == "@shell" else value for name, value in values.items()}
            told.append((f"{key}-told", type, "rival", standing, own))
    rig.many(told)


def listed(rig: Rig) -> None:
    rig.say("listed", type="Company", name=LISTED_LAST, country="xd", by="paper", standing="reported")
    for program in ("Entity List", "SDN"):
        rig.say(f"row-{program}", type="Sanction", by="paper", standing="reported", entity="@listed", program=program,
                listingDate="2019")  # fmt: skip


def party(rig: Rig, text: str, role: str = "via") -> Any:
    asked = ask("sale", **{role: (text,) if role == "via" else text})
    return next(one for one in rig.world().deal(asked).parties if one.role == role)


@pytest.mark.parametrize("role", ["via", "end_user", "supplier"])
@pytest.mark.parametrize("filler", FILLERS)
def test_shells_filed_before_it_hide_nobody_who_is_listed(rig: Rig, filler: str, role: str) -> None:
    shells(rig, FILLERS[filler])
    listed(rig)
    for text in ("Harbour", "Harbour Ltd"):
        assert sid("listed") in party(rig, text, role).candidates
        full, part = (
            severities(judge(rig.world(), ask("sale", **{role: (one,) if role == "via" else one}, packs=EVERY)))
            for one in (sid("listed"), text)
        )
        assert {pack: part[pack] for pack in part if part[pack] < full[pack]} == {}


def test_who_is_left_out_is_counted_and_of_whom_something_is_on_file_nobody_is(rig: Rig) -> None:
    shells(rig, FILLERS["sale"])
    listed(rig)
    found = party(rig, "Harbour")
    assert (found.candidates, found.left_out) == ((sid("listed"), sid("shell-xd-0"), sid("shell-xd-1")), 4)


def test_all_of_whom_something_is_on_file_are_looked_at_however_many(rig: Rig) -> None:
    shells(rig, FILLERS["alleged sanction"])
    listed(rig)
    found = party(rig, "Harbour")
    assert (len(found.candidates), found.left_out) == (7, 0)


def test_a_name_that_is_alike_hides_nobody_who_is_listed(rig: Rig) -> None:
    """Nor does it open the name for those of whom nothing is on file."""
    shells(rig, None, 1)
    listed(rig)
    rig.say("alike", type="Company", name="Harbuor", country="xd", by="rival", standing="reported")
    found = party(rig, "Harbour")
    assert (found.id, found.candidates, found.left_out) == (None, (sid("alike"), sid("listed")), 0)


def test_a_word_that_companies_share_means_those_of_whom_something_is_on_file(rig: Rig) -> None:
    shells(rig, None)
    first = tuple(sid(f"shell-xd-{at}") for at in range(3))
    assert (party(rig, "Trading").candidates, party(rig, "Trading").left_out) == (first, 3)
    rig.say("other", type="Company", name="Lindholm Trading", country="xd")
    rig.say("row", type="Sanction", entity="@other", program="SDN", listingDate="2019")
    assert (party(rig, "Trading").candidates, party(rig, "Trading").left_out) == ((sid("other"),), 6)


def test_of_those_of_whom_nothing_is_on_file_one_of_each_seat_and_kind_is_looked_at(rig: Rig) -> None:
    shells(rig, None, 6)
    shells(rig, None, 2, "xc")
    rig.say("office", type="PublicBody", name="Harbour Office", country="xd")
    rig.say("nowhere", type="Company", name="Harbour Nowhere")
    shells(rig, None, 2, "xa")
    found = party(rig, "Harbour")
    wanted = ("shell-xd-0", "shell-xc-0", "nowhere", "shell-xa-0", "office")
    assert (found.candidates, found.left_out) == (tuple(map(sid, wanted)), 7)


def test_no_stranger_makes_it_somebody_elses_by_another_seat(rig: Rig) -> None:
    rig.say("interior", type="PublicBody", name="Ministry of the Interior")
    text = "Innenministerium Spanien"
    assert party(rig, text, "end_user").candidates == (sid("interior"),)
    rig.say("interior", type="PublicBody", by="rival", standing="reported", country="xd")
    assert party(rig, text, "end_user").candidates == (sid("interior"),)
    rig.say("interior", type="PublicBody", country="xd")
    assert party(rig, text, "end_user").candidates == ()


def owned(rig: Rig) -> None:
    rig.say("owner", type="Company", name="Lindholm AB", country="xd")
    rig.say("row", type="Sanction", entity="@owner", program="SDN", listingDate="2019")
    rig.say("between", type="Company", name="Middle AB", country="xd")
    rig.say("held-1", type="Ownership", owner="@owner", asset="@between", percentage="80")
    rig.say("held-2", type="Ownership", owner="@between", asset="@last", percentage="80")


def served(rig: Rig) -> None:
    rig.say("case", type="AbuseIncident", name="A case", client="@ministry", clientStage="confirmed", stage="infected")
    rig.say("deal", type="Contract", title="A sale", supplier="@last", buyer="@ministry")


def used(rig: Rig) -> None:
    rig.say("thing", type="SurveillanceProduct", name="Reed", vendor="@last", category="intrusion")
    rig.say("case", type="AbuseIncident", name="A case", product="@thing", stage="infected")


def hidden(rig: Rig) -> None:
    rig.say("held", type="Ownership", asset="@last", ownerUnspecified="unknown")


def undisclosed(rig: Rig) -> None:
    rig.say("held", type="Ownership", asset="@last", percentage="80")


def grouped(rig: Rig) -> None:
    core = next(one for group in groups().values() for one in group.invented)
    rig.say("core", type="Company", name=core, country="xd")
    rig.say("held", type="Ownership", owner="@core", asset="@last", percentage="80")


def quiet(rig: Rig) -> None:
    rig.say("friend", type="Company", name="Friend AB", country="xd")
    rig.say("held", type="Ownership", owner="@friend", asset="@last", percentage="80")
    rig.say("deal", type="Contract", title="A sale", supplier="@last", buyer="@ministry")


CHARGES: dict[Callable[[Rig], None], int] = {
    owned: LINKED,
    served: TOLD,
    used: LINKED,
    hidden: TOLD,
    undisclosed: TOLD,
    grouped: LINKED,
    quiet: QUIET,
}


@pytest.mark.parametrize("charge", CHARGES)
def test_whatever_blocks_somebody_brings_it_before_the_others(rig: Rig, charge: Callable[[Rig], None]) -> None:
    shells(rig, None)
    rig.say("last", type="Company", name="Harbour Last Ltd", country="xd")
    charge(rig)
    world = rig.world()
    assert world.resolver.charged().rank(sid("last")) == CHARGES[charge]
    against = Doubts()._charged(world, world.deal(ask("sale", via=("Nobody",))), "LegalEntity", sid("last"))
    assert against == (CHARGES[charge] < QUIET) == (party(rig, "Harbour").candidates[0] == sid("last"))


@pytest.mark.parametrize("day", ["2026-06-01", "2021-07-26", "2023-03-01"])
def test_over_the_example_register_nobody_is_charged_of_whom_this_index_knows_nothing(tmp_path: Path, day: str) -> None:
    with make(tmp_path / "register") as register:
        world, doubts = compile_world(register.store, day), Doubts()
        asked = Question(action=ask().action, product="x", supplier="y", end_user="z", country="xa", as_of=day)
        deal, missed = world.deal(asked), []
        for id, record in world.base.records.items():
            for kind in ("LegalEntity", "SurveillanceProduct"):
                if any(is_a(one.statement.type, kind) for one in record.statements):
                    missed += [id] * (
                        doubts._charged(world, deal, kind, id) and world.resolver.charged().rank(id) == QUIET
                    )
        assert missed == []


def test_what_a_name_tells_in_part_is_found_once(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reading of each candidate asks again who the others are: it was worked out each time."""
    shells(rig, FILLERS["alleged sanction"])
    found: list[str] = []
    find, sort = InPart._find, Charged.__init__
    sorted_: list[Resolver] = []

    def count(self: InPart, text: str) -> Told:
        found.append(text)
        return find(self, text)

    def count_sort(self: Charged, *more: Any) -> None:
        sorted_.append(more[0])
        sort(self, *more)

    monkeypatch.setattr(InPart, "_find", count)
    monkeypatch.setattr(Charged, "__init__", count_sort)
    for _ in range(2):
        judge(
            rig.world(),
            ask("sale", via=("Harbour", "Harbour T.", "Trading Harbour"), supplier="Harbour Ltd", packs=EVERY),
        )
    assert (sorted(found), len(sorted_)) == (["Harbour", "Harbour Ltd", "Harbour T.", "Trading Harbour"], 1)


def test_each_of_those_whom_many_names_mean_is_looked_at_once_for_each_name(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each name looked at each of them in all readings in which any name means it: of so many names, the square."""
    shells(rig, FILLERS["alleged sanction"])
    names = (
        "Harbour",
        "Harbour T.",
        "Trading Harbour",
        "Harbour Trading",
        "Harbour Trade",
        "H. Trading Harbour",
        "Harbour Ltd",
    )
    counted: list[int] = []
    made = Subjects.made

    def count(self: Subjects, *more: Any) -> Any:
        counted[-1] += 1
        return made(self, *more)

    monkeypatch.setattr(Subjects, "made", count)
    for many in (5, 6, 7):
        counted.append(0)
        judge(rig.world(), ask("sale", via=names[:many], packs=("letter-2021", "us-lists")))
    assert counted[2] - counted[1] == counted[1] - counted[0]
