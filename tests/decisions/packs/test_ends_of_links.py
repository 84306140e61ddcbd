"""Who stands behind a company ends in the words of those who report it, and of nobody else, whoever benefits (policy 3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.evidence.admissibility import beneficiaries, objection
from sousveil.decisions.facts.model import all_facts
from sousveil.decisions.model import Answer, Question, Truth
from sousveil.decisions.packs import names
from sousveil.register.model import Stance
from tests.decisions.packs.test_hostile_words import judgement
from tests.decisions.rig import Rig, ask, rigged, sid

EVERY = tuple(names())
GAINING = {
    "guild-xb": "an organization of the end user's State",
    "guild-no": "one of the State from which it leaves",
    "guild-jp": "one of the State of the product's maker",
    "guild-xd": "one of the State of the owner",
    "academy": "one that belongs to the end user, with its seat in a State of its own",
    "circle": "the parent of the intermediary",
    "charity": "one that belongs to the owner whose hold it ends",
}
FREE = ("watch", "clinic")
ASKED: dict[str, Any] = {"exporting_country": "no", "packs": EVERY}


def strangers(rig: Rig) -> None:
    """The supplier in the hands of somebody on a list; and those who may have something to say about that."""
    rig.say(
        "shade", type="Company", name="Nine Sparrows Group (invented)", country="xd", by="paper", standing="reported"
    )
    rig.say("own-vireo", type="Ownership", owner="@shade", asset="@vireo", percentage="100", startDate="2020", by="paper",
            standing="reported")  # fmt: skip
    rig.say("listed", type="Sanction", entity="@shade", program="Entity List", listingDate="2023", by="paper")
    rig.say("maker", type="Company", name="Maker Ltd", country="jp", by="paper", standing="reported")
    rig.say("lens", type="SurveillanceProduct", vendor="@maker", by="paper", standing="reported")
    rig.say("broker", type="Company", name="Broker FZE", country="sg", by="paper", standing="reported")
    seats = {"academy": "is", "circle": "pt", "charity": "fi", "clinic": "fi"}
    for name in (*GAINING, "clinic"):
        rig.publisher(name)
        seat = seats.get(name, name[-2:])
        rig.say(name, type="Organization", name=f"{name.title()} (invented)", country=seat, by=name)
    for link, owner, asset in (
        ("o-1", "ministry", "academy"),
        ("o-2", "circle", "broker"),
        ("o-3", "shade", "charity"),
    ):
        rig.say(link, type="Ownership", owner=f"@{owner}", asset=f"@{asset}", by="paper", standing="reported")


def asked(rig: Rig, **more: Any) -> Answer:
    return rig.judge("sale", **{**ASKED, "via": (sid("broker"),), **more})


def question(**more: Any) -> Question:
    return ask("sale", **{**ASKED, "via": (sid("broker"),), **more})


def ground(answer: Answer) -> set[str]:
    """What blocks."""
    return {one.rule for one in answer.reasons}


BY_OWNER = {"L21-NSO-1"}
"""Rules that say nothing of this supplier but through its owner."""


@pytest.mark.parametrize("who", [*GAINING, *FREE])
def test_nobody_else_ends_an_ownership(tmp_path: Path, who: str) -> None:
    with rigged(tmp_path) as rig:
        strangers(rig)
        before = asked(rig)
        rig.say("own-vireo", type="Ownership", endDate="2021", by=who)
        after = asked(rig)
        assert sid("shade") in rig.world().deal(question()).vendors
        assert BY_OWNER <= ground(before) == ground(after)
        assert [(one.pack, one.verdict) for one in after.packs] == [(one.pack, one.verdict) for one in before.packs]


@pytest.mark.parametrize("who", ["guild-xb", "academy", "charity"])
def test_nobody_else_refutes_what_is_on_file_of_an_owner(tmp_path: Path, who: str) -> None:
    """Neither its listing, nor that it bears the name of a group: for each, and for whoever it owns half of."""
    facts = (
        ("vendor.us_entity_list", "shade"),
        ("vendor.half_owned_entity_list", "vireo"),
        ("vendor.in_group_nso", "vireo"),
    )
    with rigged(tmp_path) as rig:
        strangers(rig)
        for by, held in ((who, Truth.TRUE), ("clinic", Truth.TRUE)):
            named = [id for id in rig.ids["shade"] if rig.world().recorded(id).statement.property == "name"]  # type: ignore[union-attr]
            for id in (*rig.ids["listed"], *named):
                rig.answer(id, Stance.DENIES, "It is not so.", by)
            via = {"exporting_country": "no", "via": (sid("broker"),)}
            assert {name: rig.value(name, one, **via).truth for name, one in facts} == dict.fromkeys(
                (name for name, _ in facts), held
            )


def test_who_is_the_same_is_judged_of_parties_and_not_of_what_is_told_of_them(tmp_path: Path) -> None:
    """Two ownerships that one judges to be the same are no single one that ended when the older did."""
    with rigged(tmp_path) as rig:
        strangers(rig)
        rig.say("former", type="Company", name="Former Owner (invented)", country="xd", by="paper", standing="reported")
        rig.say("own-old", type="Ownership", owner="@former", asset="@vireo", percentage="100", startDate="2010",
                endDate="2015", by="paper", standing="reported")  # fmt: skip
        judgement(rig, "guild-xb", "own-old", "own-vireo", "same")
        vendors = rig.world().deal(question()).vendors
        assert sid("shade") in vendors and sid("former") not in vendors


def test_who_tells_a_link_of_a_party_makes_it_no_less_the_same_as_another(tmp_path: Path) -> None:
    """Two records of one owner, and somebody calls one of them an ownership: nobody knows, and both count."""
    with rigged(tmp_path) as rig:
        strangers(rig)
        rig.say("twin", type="Company", name="Twin of it (invented)", country="xd", by="paper", standing="reported")
        rig.say("own-twin", type="Ownership", owner="@twin", asset="@maker", percentage="100", by="paper")
        for judge in ("academy", "clinic"):
            judgement(rig, judge, "shade", "twin", "same")
        assert rig.world().base.canonical(sid("twin")) == sid("shade")
        rig.say("twin", type="Ownership", asset="@broker", by="guild-xb")
        world = rig.world()
        both = tuple(sorted((sid("shade"), sid("twin"))))
        assert {world.base.contested[one] for one in both} == {both}
        assert {*both} <= {*world.deal(question()).vendors}


@pytest.mark.parametrize("who", ["ministry"])
def test_nobody_of_a_state_makes_somebody_a_state_at_which_ties_stop(tmp_path: Path, who: str) -> None:
    """A board that a holding funds, which funds the supplier too: its act lifts nothing for that one, whatever the holding is called."""
    with rigged(tmp_path) as rig:
        strangers(rig)
        for name in {who, "ward"} - set(GAINING):
            rig.publisher(name)
        rig.say("ward", type="Organization", name="Ward (invented)", country="ie", by="ward")
        for link, funded in (("fund-1", "ward"), ("fund-2", "vireo")):
            rig.say(
                link, type="Investment", investor="@holding", recipient=f"@{funded}", by="paper", standing="reported"
            )
        (act,) = rig.say("lens", type="SurveillanceProduct", worksBy="device-intrusion", by="ward")

        def lifts() -> bool:
            world = rig.world()
            said = world.recorded(act)
            assert said is not None
            return not objection(world, said, beneficiaries(world.deal(question()), acting=(sid("ward"),)))

        assert not lifts()
        rig.say("holding", type="State", name="Republic of Holding (invented)", by=who)
        assert not lifts()
        rig.say("holding", type="State", name="Republic of Holding (invented)", by="clinic")
        assert lifts()


def test_one_more_seat_of_the_end_user_makes_no_export_a_sale_at_home(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        strangers(rig)
        rig.say(
            "bureau",
            type="PublicBody",
            name="A bureau abroad (invented)",
            country="xd",
            by="paper",
            standing="reported",
        )
        asked_ = {"end_user": sid("bureau"), "country": "xa", "exporting_country": None}
        assert rig.world().deal(question(**asked_)).exporting_states == ("xa",)
        rig.say("bureau", type="PublicBody", country="xa", by="guild-xb")
        assert rig.world().deal(question(**asked_)).exporting_states == ("xa",)
        assert rig.value("deal.crosses_a_border", "", **asked_).truth is Truth.TRUE


def test_half_of_a_company_is_held_by_no_owner_whose_hold_ended(tmp_path: Path) -> None:
    """Shares of listed owners are summed over the links that apply on the day: ended by those alone who report them."""
    fact = all_facts()["vendor.half_owned_sdn"]
    with rigged(tmp_path) as rig:
        strangers(rig)
        rig.say("sdn", type="Sanction", entity="@shade", program="SDN", listingDate="2023", by="paper")

        def half() -> Truth:
            world = rig.world()
            return world.value(fact, sid("vireo"), world.deal(question())).truth

        assert half() is Truth.TRUE
        for name in GAINING:
            rig.say("own-vireo", type="Ownership", endDate="2021", by=name)
            assert half() is Truth.TRUE, name
        rig.say("own-vireo", type="Ownership", endDate="2021", by="clinic")
        assert half() is Truth.TRUE
        rig.say("own-vireo", type="Ownership", endDate="2021", by="paper", standing="reported")
        assert half() is Truth.UNKNOWN


@pytest.mark.parametrize("owner", ["ministry", "averna"])
def test_the_state_that_owns_the_end_user_gains(tmp_path: Path, owner: str) -> None:
    """A front company abroad buys for whoever owns it: an organization of that State ends nothing for this deal."""
    with rigged(tmp_path) as rig:
        strangers(rig)
        rig.say("front", type="Company", name="Front Ltd (invented)", country="pe", by="paper", standing="reported")
        rig.say("own-front", type="Ownership", owner=f"@{owner}", asset="@front", percentage="100", startDate="2020", by="paper",
                standing="reported", valid_until="..")  # fmt: skip
        rig.say("own-vireo", type="Ownership", endDate="2021", by="guild-xb")
        deal = rig.world().deal(question(end_user=sid("front"), country="pe"))
        assert (deal.buyer_states, deal.behind_buyer) == (("pe", "xb"), ("pe", "xb"))
        assert sid("shade") in deal.vendors


def test_that_a_state_owns_the_end_user_ends_by_the_word_of_nobody_else(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        strangers(rig)
        rig.say("front", type="Company", name="Front Ltd (invented)", country="pe", by="paper", standing="reported")
        rig.say("own-front", type="Ownership", owner="@ministry", asset="@front", percentage="100", startDate="2020", by="paper",
                standing="reported", valid_until="..")  # fmt: skip
        bought = question(end_user=sid("front"), country="pe")
        for who, left in (("guild-xb", ("pe", "xb")), ("academy", ("pe", "xb")), ("clinic", ("pe", "xb"))):
            rig.say("own-front", type="Ownership", endDate="2021", by=who, standing="reported")
            assert (rig.world().deal(bought).buyer_states, who) == (left, who)


def test_a_public_owner_without_a_seat_is_a_state_that_nobody_knows(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        strangers(rig)
        rig.say("front", type="Company", name="Front Ltd (invented)", country="pe", by="paper", standing="reported")
        rig.say("bureau", type="PublicBody", name="Bureau of nowhere", by="paper", standing="reported")
        rig.say(
            "own-front",
            type="Ownership",
            owner="@bureau",
            asset="@front",
            percentage="100",
            by="paper",
            standing="reported",
        )
        deal = rig.world().deal(question(end_user=sid("front"), country="pe"))
        assert deal.buyer_states == ("pe",)
        assert [one.selectors for one in deal.gaps if one.caption == "the home State of Bureau of nowhere"] == [
            ("states", "buyer_states")
        ]
