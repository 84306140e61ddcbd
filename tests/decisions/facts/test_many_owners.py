"""Floods, long chains, small parts: however ownership is told, whoever stands behind is found, and nothing gets milder."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.decisions.evidence import affiliation
from sousveil.decisions.evidence.admissibility import beneficiaries, objection
from sousveil.decisions.model import Answer, Truth
from sousveil.decisions.packs import names
from tests.decisions.moles import people
from tests.decisions.rig import Rig, rigged, sid
from tests.profiles import FULL

EVERY = tuple(names())
CORE = "Nine Sparrows Group (invented)"
NOW = {"startDate": "2020", "valid_until": ".."}


def owns(rig: Rig, key: str, owner: str, asset: str, percent: str = "100", by: str = "watch") -> None:
    rig.say(key, type="Ownership", owner=f"@{owner}", asset=f"@{asset}", percentage=percent, by=by, **NOW)


def company(rig: Rig, key: str, name: str = "", by: str = "watch") -> None:
    rig.say(key, type="Company", name=name or f"Company {key} Ltd", country="xd", by=by)


def flood(rig: Rig, target: str, many: int, start: int = 0, role: str = "asset", other: str = "owner") -> None:
    """So many invented companies tied to one, in one publication of a rival."""
    records: list[tuple[str, str, str, str, dict[str, object]]] = []
    for at in range(start, start + many):
        key = f"fake-{target}-{role}-{at}"
        records.append((key, "Company", "rival", "reported", {"name": f"Fake holding {at} of {target}"}))
        link = {other: f"@{key}", role: f"@{target}", "percentage": "30"}
        records.append((f"link-{key}", "Ownership", "rival", "reported", link))
    rig.many(records)


def rules(answer: Answer) -> dict[str, set[str]]:
    return {
        "reasons": {one.rule for one in answer.reasons},
        "undecided": {one.rule for one in answer.undecided},
        "duties": {one.rule for one in answer.duties},
    }


def gone(before: Answer, after: Answer) -> dict[str, set[str]]:
    """Rules that say less after than before."""
    then, now = rules(before), rules(after)
    return {
        "reasons": then["reasons"] - now["reasons"],
        "undecided": then["undecided"] - now["undecided"] - now["reasons"],
        "duties": then["duties"] - now["duties"],
    }


NOTHING: dict[str, set[str]] = {"reasons": set(), "undecided": set(), "duties": set()}


def test_a_flood_of_owners_hides_neither_a_group_nor_a_case(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        people(rig)
        rig.publisher("rival")
        company(rig, "nine", CORE)
        company(rig, "mid")
        owns(rig, "own-mid", "nine", "mid")
        owns(rig, "own-grey", "mid", "grey")
        rig.say("claim", type="ClientClaim", client="@ministry", vendor="@mid", stage="confirmed")
        rig.say("case", type="AbuseIncident", name="C", stage="infected", client="@ministry", clientStage="reported",
                date="2023-01", targetCountry="xb")  # fmt: skip
        asked = ("sale", "grant-licence", *(("marketing", "use") if FULL else ()))
        before = {one: rig.judge(one, packs=EVERY) for one in asked}
        assert {"L21-NSO-1", "L21-j-2x"} <= rules(before["sale"])["reasons"]
        assert "L21-NSO-2" in rules(before["grant-licence"])["reasons"]
        for target in ("vireo", "grey"):
            for start in range(0, 400, 100):
                flood(rig, target, 100, start)
        for one in asked:
            after = rig.judge(one, packs=EVERY)
            assert gone(before[one], after) == NOTHING
            assert after.verdict is before[one].verdict


def test_of_a_crowd_those_of_whom_something_is_on_file_are_asked_about(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        people(rig)
        rig.publisher("rival")
        for start in range(0, 600, 100):
            flood(rig, "vireo", 100, start)
        rig.say("claim", type="ClientClaim", client="@ministry", vendor="@fake-vireo-asset-599", stage="confirmed")
        rig.say("case", type="AbuseIncident", name="C", stage="infected", client="@ministry", clientStage="reported",
                date="2023-01", targetCountry="xb")  # fmt: skip
        assert "L21-j-2x" in rules(rig.judge("sale"))["reasons"]


def test_an_owner_of_a_crowd_hides_no_tie(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        people(rig)
        rig.publisher("rival")
        company(rig, "nine", CORE)
        rig.say("sdn", type="Sanction", entity="@nine", authority="OFAC", program="SDN", startDate="2023")
        owns(rig, "own-nine", "grey", "nine")
        before = rig.judge("sale", packs=EVERY)
        assert rig.value("vendor.tied_to_group_nso", "vireo").truth is Truth.TRUE
        for start in range(0, affiliation.CROWD + 100, 100):
            flood(rig, "grey", 100, start, role="owner", other="asset")
        after = rig.judge("sale", packs=EVERY)
        assert gone(before, after) == NOTHING
        assert rig.value("vendor.tied_to_group_nso", "vireo").truth is Truth.TRUE


@pytest.mark.parametrize("shells", [9, 40])
def test_a_long_chain_of_shells_ends_nowhere(tmp_path: Path, shells: int) -> None:
    with rigged(tmp_path) as rig:
        company(rig, "nine", CORE)
        above = "nine"
        for at in range(shells):
            company(rig, f"shell-{at}")
            owns(rig, f"own-{at}", above, f"shell-{at}")
            above = f"shell-{at}"
        owns(rig, "own-vireo", above, "vireo")
        assert rig.value("vendor.in_group_nso", "vireo").truth is Truth.TRUE
        assert "L21-NSO-1" in rules(rig.judge("marketing"))["reasons"]


@pytest.mark.parametrize("links", [9, 40])
def test_a_long_chain_of_ties_makes_nobody_independent(tmp_path: Path, links: int) -> None:
    with rigged(tmp_path) as rig:
        above = "watch"
        for at in range(links):
            company(rig, f"shell-{at}", by="paper")
            owns(rig, f"own-{at}", above, f"shell-{at}", by="paper")
            above = f"shell-{at}"
        owns(rig, "own-vireo", above, "vireo", by="paper")
        assert sid("vireo") in rig.world().graph.ties(sid("watch"))


def test_whoever_is_tied_to_more_than_are_followed_is_independent_of_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("rival")
        told = [
            one for one in rig.world().base.statements.values() if rig.world().base.signer(one).owner == sid("watch")
        ]
        graph = rig.world().graph
        assert told
        assert not graph.cut(sid("watch"))
        monkeypatch.setattr(affiliation, "MOST_TIES", 50)
        flood(rig, "watch", 60)
        world = rig.world()
        assert world.graph.cut(sid("watch"))
        why = {objection(world, one, beneficiaries(None, sid("vireo"))) for one in told}
        assert why == {
            "Watch Foundation (invented) is tied to more than are followed, so nobody can see whether it benefits"
        }


def test_small_parts_are_not_added_up(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        company(rig, "nine", CORE)
        for at, percent in (("1", "100"), ("2", "40"), ("3", "40")):
            company(rig, f"shell-{at}")
            owns(rig, f"own-{at}", "nine", f"shell-{at}", percent)
            owns(rig, f"part-{at}", f"shell-{at}", "vireo", "20")
        found = rig.world().graph.reach(sid("vireo"))
        assert {one.id for one in found if not one.tie} == {sid("vireo")}


def listed(rig: Rig, key: str) -> None:
    company(rig, key)
    rig.say(
        f"el-{key}", type="Sanction", entity=f"@{key}", authority="US Department of Commerce", program="Entity List"
    )
    rig.say(f"sdn-{key}", type="Sanction", entity=f"@{key}", authority="OFAC", program="SDN")


HALVES = ("half_owned_entity_list", "half_owned_sdn")


@pytest.mark.parametrize(("kind", "who"), [("vendor", "vireo"), ("buyer", "ministry")])
@pytest.mark.parametrize(("percent", "truth"), [("20", Truth.TRUE), ("16.6", Truth.UNKNOWN)])
def test_three_listed_owners_hold_half_in_all(tmp_path: Path, kind: str, who: str, percent: str, truth: Truth) -> None:
    with rigged(tmp_path) as rig:
        for at in "123":
            listed(rig, f"owner-{at}")
            owns(rig, f"own-{at}", f"owner-{at}", who, percent)
        for name in HALVES:
            assert rig.value(f"{kind}.{name}", who).truth is truth, name
        says = {one.rule for one in rig.judge("sale", packs=("us-lists",), as_of="2026-11-15").undecided if one.says}
        rule = {"vendor": {"EAR-50", "SDN-2"}, "buyer": {"EAR-50b", "SDN-2b"}}[kind]
        assert says & {"EAR-50", "SDN-2", "EAR-50b", "SDN-2b"} == (rule if truth is Truth.TRUE else set())


def test_what_a_shell_holds_counts_for_the_listed_ones_who_own_it_by_half(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        listed(rig, "one")
        listed(rig, "two")
        for key in ("upper", "lower", "loose"):
            company(rig, key)
        owns(rig, "a", "one", "upper", "25")
        owns(rig, "b", "two", "upper", "25")
        owns(rig, "c", "upper", "lower", "60")
        owns(rig, "d", "lower", "vireo", "30")
        owns(rig, "e", "one", "vireo", "20")
        for name in HALVES:
            assert rig.value(f"vendor.{name}", "vireo").truth is Truth.TRUE
        owns(rig, "f", "one", "loose", "49")
        owns(rig, "g", "loose", "ministry", "100")
        for name in HALVES:
            assert rig.value(f"buyer.{name}", "ministry").truth is Truth.UNKNOWN


def test_a_circle_of_owners_neither_hides_nor_makes_a_listed_one(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        for key in ("left", "right"):
            company(rig, key)
        owns(rig, "a", "left", "right", "50")
        owns(rig, "b", "right", "left", "50", by="paper")
        owns(rig, "c", "right", "vireo", "100")
        assert rig.value("vendor.half_owned_sdn", "vireo").truth is Truth.UNKNOWN
        listed(rig, "one")
        owns(rig, "d", "one", "left", "50")
        assert rig.value("vendor.half_owned_sdn", "left").truth is Truth.TRUE
        assert rig.value("vendor.half_owned_sdn", "vireo").truth is Truth.TRUE


def test_whoever_repeats_a_holding_without_its_share_takes_nothing_from_it(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("rival")
        listed(rig, "one")
        owns(rig, "a", "one", "vireo", "60")
        rig.say("a", type="Ownership", by="rival", standing="reported", owner="@one", asset="@vireo")
        for name in HALVES:
            assert rig.value(f"vendor.{name}", "vireo").truth is Truth.TRUE
