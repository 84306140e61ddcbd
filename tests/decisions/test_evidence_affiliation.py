"""Affiliation, exactly: which links a record makes on a day, how shares add up, whom they reach, and who is tied to whom."""

from __future__ import annotations

from math import inf, nextafter
from typing import Any

import pytest

from sousveil.decisions.evidence import affiliation
from sousveil.decisions.evidence.affiliation import Affiliations, Link, closure, share
from tests.decisions.claims import Claims
from tests.decisions.rig import sid

OWN = {"type": "Ownership", "owner": "@top", "asset": "@bottom"}


def links(claims: Claims, key: str = "bottom") -> list[tuple[str, bool, float, float]]:
    """Kind, whether by allegations alone, and share of the links of an entity."""
    return [(one.kind, one.alleged, one.low, one.high) for one in claims.world().graph.links(sid(key))]


@pytest.mark.parametrize(
    ("said", "up", "down"),
    [
        ({"owner": "@top", "asset": "@bottom"}, "owner", "subsidiary"),
        ({"nomineeFor": "@top", "asset": "@bottom"}, "owner", "subsidiary"),
        ({"type": "Representation", "client": "@top", "agent": "@bottom"}, "principal", "agent"),
        ({"type": "Succession", "predecessor": "@top", "successor": "@bottom"}, "predecessor", "successor"),
        ({"type": "Directorship", "director": "@top", "organization": "@bottom"}, "officer", "post"),
    ],
)
def test_what_two_are_to_each_other(said: dict[str, Any], up: str, down: str) -> None:
    claims = Claims()
    claims.add("paper", "link", **({"type": "Ownership"} | said))
    graph = claims.world().graph
    (link,) = graph.links(sid("bottom"))
    assert (link.other, link.kind, link.alleged, set(link.proof)) == (sid("top"), up, False, {"1.0", "1.1"})
    assert [(one.other, one.kind) for one in graph.links(sid("top"))] == [(sid("bottom"), down)]
    claims.add("paper", "link", said.get("type", "Ownership"), endDate="2023")
    assert claims.world().graph.links(sid("bottom")) == ()
    assert [one.kind for one in claims.world("2022-06-01").graph.links(sid("bottom"))] == [up]


FIRM, SOFT, GONE = [("owner", False, 0.0, 100.0)], [("owner", True, 0.0, 100.0)], list[tuple[str, bool, float, float]]()
OVER_5 = nextafter(5, inf)
OVER, COMING = {"endDate": "2023"}, {"startDate": "2025"}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([("paper", "reported", OWN)], FIRM),
        ([("paper", "alleged", OWN)], SOFT),
        ([("paper", "reported", {**OWN, **OVER})], GONE),
        ([("paper", "reported", {**OWN, **COMING})], GONE),
        ([("paper", "reported", {**OWN, "listingDate": "2025"})], GONE),
        ([("paper", "reported", {**OWN, "date": "2025"})], GONE),
        ([("paper", "reported", {**OWN, **OVER}), ("watch", "reported", OWN)], FIRM),
        ([("paper", "reported", OWN), ("watch", "reported", OVER)], FIRM),
        ([("paper", "reported", OWN), ("paper", "alleged", OVER)], FIRM),
        ([("paper", "reported", {**OWN, **OVER}), ("watch", "reported", {"role": "founder"})], GONE),
        ([("paper", "reported", {**OWN, **OVER}), ("watch", "alleged", OWN)], SOFT),
        ([("paper", "alleged", {**OWN, **OVER}), ("watch", "alleged", OWN)], SOFT),
        ([("paper", "reported", {**OWN, **COMING}), ("paper", "alleged", {"startDate": "2020"})], SOFT),
        ([("paper", "reported", {"owner": "@top"}), ("watch", "reported", {"asset": "@bottom"})], FIRM),
        ([("paper", "reported", {"owner": "@top"}), ("watch", "alleged", {"asset": "@bottom"})], SOFT),
        ([("paper", "reported", {"owner": "@top"})], GONE),
        ([("paper", "reported", {**OWN, "since": "2025"})], GONE),
        ([("paper", "reported", {**OWN, "until": "2023"})], GONE),
        ([("paper", "reported", {**OWN, "since": "2020", "until": ".."})], FIRM),
        ([("paper", "reported", OWN), ("paper", "reported", {"endDate": "2030", "since": "2025"})], FIRM),
        ([("paper", "reported", OWN), ("paper", "reported", {"startDate": "2020", "until": "2023"})], FIRM),
    ],
)
def test_a_link_on_a_day(
    said: list[tuple[str, str, dict[str, Any]]], found: list[tuple[str, bool, float, float]]
) -> None:
    claims = Claims()
    for by, standing, values in said:
        claims.add(by, "own", standing=standing, **({"type": "Ownership"} | values))
    assert links(claims) == found


@pytest.mark.parametrize(
    ("said", "firm", "loose"),
    [
        ([], (0.0, 100.0, False), (0.0, 100.0, False)),
        ([("reported", {"role": "founder"})], (0.0, 100.0, True), (0.0, 100.0, True)),
        ([("reported", {"percentage": "25"})], (25.0, 25.0, True), (25.0, 25.0, True)),
        ([("reported", {"percentage": "24.9"})], (24.9, 24.9, False), (24.9, 24.9, False)),
        ([("reported", {"percentageAtLeast": "10"})], (10.0, 100.0, True), (10.0, 100.0, True)),
        ([("reported", {"percentageAtMost": "10"})], (0.0, 10.0, False), (0.0, 10.0, False)),
        ([("reported", {"percentageAbove": "5", "percentageBelow": "10"})], (OVER_5, 10.0, False), (OVER_5, 10.0, False)),
        ([("reported", {"percentage": ["10", "20"]})], (20.0, 10.0, False), (20.0, 10.0, False)),
        ([("reported", {"percentage": "10"}), ("reported", {"percentage": "20"})], (20.0, 20.0, False), (20.0, 20.0, False)),
        ([("reported", {"percentage": "10", "beneficial": "yes"})], (10.0, 10.0, True), (10.0, 10.0, True)),
        ([("reported", {"percentage": "10", "beneficial": "no"})], (10.0, 10.0, False), (10.0, 10.0, False)),
        ([("reported", {"percentage": "10", "interest": "votingRights"})], (10.0, 10.0, True), (10.0, 10.0, True)),
        ([("reported", {"percentage": "10", "interest": "shareholding"})], (10.0, 10.0, False), (10.0, 10.0, False)),
        ([("alleged", {"percentage": "10", "interest": "votingRights"})], (0.0, 10.0, False), (10.0, 10.0, True)),
        ([("alleged", {"percentage": "10", "beneficial": "yes"})], (0.0, 10.0, False), (10.0, 10.0, True)),
        ([("reported", {"percentage": "0"})], (0.0, 100.0, False), (0.0, 100.0, False)),
    ],
)  # fmt: skip
def test_the_share_of_accounts(
    said: list[tuple[str, dict[str, Any]]], firm: tuple[float, float, bool], loose: tuple[float, float, bool]
) -> None:
    claims = Claims()
    accounts = [claims.add("paper", "own", "Ownership", standing, **values) for standing, values in said]
    assert (share(accounts, firm=True), share(accounts, firm=False)) == (firm, loose)


def own(
    claims: Claims, owner: str, asset: str, percent: str = "100", standing: str = "reported", by: str = "paper"
) -> None:
    claims.add(by, f"{owner}-{asset}", "Ownership", standing, owner=f"@{owner}", asset=f"@{asset}", percentage=percent)


def test_a_small_share_is_a_holding_and_no_link() -> None:
    claims = Claims()
    own(claims, "top", "bottom", "20")
    graph = claims.world().graph
    assert [(one.other, one.kind, one.small, one.low, one.high) for one in graph.holdings(sid("bottom"))] == [
        (sid("top"), "owner", True, 20.0, 20.0)
    ]
    assert [(one.other, one.kind, one.small) for one in graph.holdings(sid("top"))] == [
        (sid("bottom"), "subsidiary", True)
    ]
    assert graph.links(sid("bottom")) == graph.links(sid("top")) == ()
    claims.add("watch", "top-bottom", "Ownership", "alleged", owner="@top", asset="@bottom", percentage="60")
    assert links(claims) == [("owner", True, 60.0, 60.0)]
    assert [one.small for one in claims.world().graph.holdings(sid("bottom"))] == [True, False]


def reach(claims: Claims, key: str = "bottom", day: str = "2024-06-01") -> dict[str, bool]:
    """Whom an entity reaches, nearest first, and whether as a tie."""
    names = {sid(one): one for one in ("top", "middle", "bottom", "sister", "agent", "chief", "post", "old", "twin")}
    return {names[one.id]: one.tie for one in claims.world(day).graph.reach(sid(key))}


def test_who_is_reached() -> None:
    claims = Claims()
    own(claims, "middle", "bottom")
    own(claims, "top", "middle", standing="alleged")
    own(claims, "middle", "sister")
    claims.add("paper", "speaks", "Representation", agent="@bottom", client="@agent")
    claims.add("paper", "runs", "Directorship", director="@chief", organization=["@bottom", "@post"])
    claims.add("paper", "follows", "Succession", predecessor="@old", successor="@bottom")
    assert reach(claims) == {
        "bottom": False, "middle": False, "agent": False, "old": False, "top": True, "chief": True, "sister": True, "post": True
    }  # fmt: skip
    assert reach(claims, "top") == {"top": False, "middle": True, "bottom": True, "sister": True, "old": True}
    assert reach(claims, "chief") == {"chief": False}
    assert reach(claims, "agent") == {"agent": False}
    assert reach(claims, "old") == {
        "old": False, "bottom": False, "middle": False, "agent": False, "top": True, "sister": True
    }  # fmt: skip
    graph = claims.world().graph
    assert [one.id for one in graph.owners(sid("bottom"))] == [sid("bottom"), sid("middle")]
    (tied,) = (one for one in graph.reach(sid("bottom")) if one.id == sid("top"))
    assert [one.other for one in tied.path] == [sid("middle"), sid("top")]
    assert tied.proof == ("1.1", "1.0", "2.1", "2.0")


def test_whom_an_owner_follows_and_who_may_be_one_with_a_subsidiary_are_reached() -> None:
    claims = Claims()
    own(claims, "top", "middle")
    own(claims, "middle", "bottom")
    claims.add("paper", "follows", "Succession", predecessor="@old", successor="@top")
    claims.base.contested = dict.fromkeys((sid("bottom"), sid("twin")), (sid("bottom"), sid("twin")))
    assert reach(claims, "middle") == dict.fromkeys(("middle", "top", "old", "bottom", "twin"), False)


@pytest.mark.parametrize(
    ("said", "sister"),
    [({}, True), ({"key": "top", "type": "PublicBody", "standing": "confirmed", "name": "Top"}, False)],
)
def test_companies_of_one_owner_are_ties_unless_it_is_public(said: dict[str, Any], sister: bool) -> None:
    claims = Claims()
    claims.organization("watch")
    for key in ("bottom", "sister"):
        own(claims, "top", key)
    if said:
        claims.add("watch", **said)
    assert reach(claims) == {"bottom": False, "top": False} | ({"sister": True} if sister else {})


def test_what_may_be_one_with_another_is_on_the_way_only_where_it_is_asked_for() -> None:
    claims = Claims()
    claims.base.contested = dict.fromkeys((sid("bottom"), sid("twin")), (sid("bottom"), sid("twin")))
    own(claims, "top", "twin")
    graph = claims.world().graph
    assert [one.id for one in graph.owners(sid("bottom"))] == [sid("bottom")]
    assert [one.id for one in graph.owners(sid("bottom"), same=True)] == [sid("bottom"), sid("twin"), sid("top")]
    assert graph.links(sid("bottom")) == (Link(sid("twin"), "same", False),)
    assert graph.ties(sid("bottom")) == {sid("bottom"), sid("twin"), sid("top")}


TIES = [
    ({"type": "Ownership", "owner": "@bottom", "asset": "@other"}, True),
    ({"type": "Ownership", "nomineeFor": "@bottom", "owner": "@other"}, True),
    ({"type": "Investment", "investor": "@bottom", "recipient": "@other"}, True),
    ({"type": "Investment", "investor": "@other", "recipient": "@bottom"}, True),
    ({"type": "Membership", "member": "@bottom", "paidBy": "@other"}, True),
    ({"type": "Membership", "member": "@bottom", "organization": "@other"}, False),
    ({"type": "Membership", "organization": "@other", "paidBy": "@bottom"}, True),
    ({"type": "Investment", "investor": "@bottom", "recipient": "@other", "endDate": "2023"}, False),
    ({"type": "PublicBody", "partOf": "@bottom"}, False),
]


@pytest.mark.parametrize(("said", "tied"), TIES)
def test_any_link_is_a_tie(said: dict[str, Any], tied: bool) -> None:
    claims = Claims()
    claims.add("paper", "link", standing="alleged", **said)
    assert (sid("other") in claims.world().graph.ties(sid("bottom"))) is tied


def test_ties_end_at_states(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = Claims()
    claims.organization("watch")
    claims.add("watch", "state", "State", "confirmed", name="Averna", country="xb")
    claims.add("watch", "office", "PublicBody", partOf="@state")
    claims.add("watch", "fund", "Investment", investor="@state", recipient="@bottom")
    graph = claims.world().graph
    assert graph.ties(sid("bottom")) == {sid("bottom"), sid("state")}
    assert graph.ties(sid("state")) == {sid("bottom"), sid("state"), sid("office")}
    assert (graph.cut(sid("bottom")), graph.cut(sid("state"))) == (False, False)
    monkeypatch.setattr(affiliation, "MOST_TIES", 2)
    graph = claims.world().graph
    assert (graph.cut(sid("bottom")), graph.cut(sid("state"))) == (False, True)


@pytest.mark.parametrize(
    ("said", "certainly"),
    [
        ([], False),
        ([("watch", "PublicBody", "confirmed")], True),
        ([("watch", "State", "confirmed")], True),
        ([("watch", "PublicBody", "reported")], False),
        ([("paper", "PublicBody", "confirmed")], False),
        ([("gazette", "PublicBody", "confirmed")], False),
        ([("seller", "PublicBody", "confirmed")], False),
        ([("office", "PublicBody", "confirmed")], False),
        ([("friend", "PublicBody", "confirmed")], False),
        ([("watch", "Company", "confirmed")], False),
        ([("watch", "PublicBody", "confirmed"), ("paper", "Company", "reported")], False),
        ([("watch", "PublicBody", "confirmed"), ("paper", "Company", "alleged")], True),
    ],
)
def test_who_certainly_is_a_public_body(said: list[tuple[str, str, str]], certainly: bool) -> None:
    claims = Claims(frozenset({"paper"}))
    claims.organization("watch", "seller", "friend", "paper")
    claims.organization("office", type="PublicBody")
    claims.add("watch", "sale", "Supply", supplier="@seller")
    claims.add("watch", "fund", "Investment", investor="@friend", recipient="@who")
    claims.add("watch", "who", "Document", name="Who")
    for by, type, standing in said:
        claims.add(by, "who", type, standing, name="Who")
    assert claims.world().graph.is_certainly(sid("who"), "PublicBody") is certainly


def test_what_a_record_says_on_a_day() -> None:
    claims = Claims()
    claims.add("paper", "own", **OWN, percentage="60", endDate=["2020-02-03", "2021-02-03"])
    claims.add("watch", "own", **OWN, percentage="40", since="2019", until="..")
    claims.add("watch", "own", "Ownership", owner="@old", until="2023")
    claims.add("gazette", "own", "Ownership", endDate="2019")
    claims.add("rival", "own", "Ownership", "alleged", asset="@bottom", endDate="2020")
    graph, record = claims.world().graph, claims.record("own")
    assert graph.values(record, "owner") == [sid("top")]
    assert graph.on("2022-06-01").values(record, "owner") == [sid("top"), sid("old")]
    assert graph.on("2024-06-01") is graph
    assert graph.live(record, ("owner", "asset")) is True
    assert graph.live(record, ("owner", "declaration")) is False
    last = Affiliations(claims.base, "2024-06-01").endings(record, ("owner", "asset"))
    assert [None if one is None else one[1] for one in last] == ["1.4", None, "5.1"]
    assert [len(one) for one in graph.accounts(record)] == [5, 4, 1, 2]


def test_a_closure_keeps_the_order_in_which_it_is_reached() -> None:
    steps = {"a": "cb", "b": "ad", "c": "dd"}
    assert closure("ab", lambda id: steps.get(id, "")) == ["a", "b", "c", "d"]
