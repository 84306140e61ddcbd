"""Admissibility, exactly: who objects to a statement and why, what statements show together, and which owners count."""

from __future__ import annotations

from typing import Any

import pytest

from sousveil.decisions.evidence.admissibility import (
    Support,
    admissible,
    admissible_links,
    admissible_owners,
    admissible_values,
    beneficiaries,
    first_support,
    independent,
    least_number,
    objection,
    publisher_name,
    support,
)
from sousveil.decisions.evidence.affiliation import Link
from sousveil.decisions.index import Signed
from tests.decisions.claims import Claims, ids
from tests.decisions.rig import ask, sid

WHO = beneficiaries(None, "xb", sid("vireo"))


def registered(*organizations: str) -> Claims:
    """The parties, and organizations of a third State."""
    claims = Claims(frozenset({"paper"}))
    claims.organization("vireo", type="Company", country="xa")
    claims.organization("ministry", type="PublicBody", country="xb")
    claims.add("paper", "lens", "SurveillanceProduct", vendor="@vireo", category="intrusion")
    claims.organization(*organizations)
    return claims


def test_who_benefits() -> None:
    claims = registered("guild", "rival")
    claims.add("paper", "own", "Ownership", "alleged", owner="@rival", asset="@vireo")
    deal = claims.world().deal(ask())
    who = beneficiaries(deal, "xd", sid("guild"), acting=[sid("guild")])
    assert (who.entities, who.states) == (
        {sid(one) for one in ("vireo", "rival", "ministry", "guild")},
        {"xa", "xb", "xd"},
    )
    own = beneficiaries(deal, "xd", sid("guild"), acting=[sid("guild")], buyer=False)
    assert (own.entities, own.states) == ({sid("vireo"), sid("rival")}, {"xa", "xb", "xd"})
    assert (WHO.entities, WHO.states) == ({sid("vireo")}, {"xb"})


TRADES = "trades in surveillance technology, or belongs to somebody who does"
FUND = {"type": "Investment", "recipient": "@guild"}


@pytest.mark.parametrize(
    ("by", "said", "why"),
    [
        ("guild", {}, ""),
        ("paper", {}, "the key of Paper (invented) is not verified (domain proof and two vouchers)"),
        ("vireo", {}, "Vireo (invented) benefits from it"),
        ("ministry", {}, "Ministry (invented) is part of a State, and confirms only its own acts"),
        ("guild", {**FUND, "investor": "@vireo"}, "Guild (invented) is tied to Vireo (invented), who benefits"),
        ("guild", {"type": "Registration", "company": "@guild"}, f"Guild (invented) {TRADES}"),
        ("guild", {**FUND, "investor": "@seller"}, f"Guild (invented) {TRADES}"),
        ("guild", {**FUND, "investor": "@ministry"}, "Guild (invented) is tied to Averna (invented), whose acts are judged"),
        ("guild", {**FUND, "investor": "@office"}, ""),
        ("guild", {**FUND, "investor": "@nowhere"}, "Guild (invented) is tied to a public body whose State is not on file"),
        ("guild", {**FUND, "investor": "@shell"}, ""),
    ],
)  # fmt: skip
def test_who_objects_to_a_statement_and_why(by: str, said: dict[str, Any], why: str) -> None:
    claims = registered("paper", "guild", "seller")
    claims.organization("office", type="PublicBody", country="xc")
    claims.add("paper", "nowhere", "PublicBody", name="Nowhere (invented)")
    claims.add("paper", "shell", "Company", name="Shell (invented)")
    claims.add("paper", "supply", "Supply", supplier="@seller")
    if said:
        claims.add("paper", "more", **said)
    (one,) = claims.add(by, "act", "Law", "confirmed", enforced="yes")
    assert objection(claims.world(), one, WHO) == why
    assert objection(claims.world(), one, None) == (why if by == "paper" else "")


@pytest.mark.parametrize(
    ("standing", "more", "why"),
    [
        ("confirmed", {}, ""),
        ("reported", {}, "it is reported, not confirmed"),
        ("alleged", {}, "it is alleged, not confirmed"),
        ("confirmed", {"retracted": True}, "it does not stand any more"),
        ("confirmed", {"denies": True}, "it does not stand any more"),
    ],
)
def test_what_is_not_confirmed_any_more(standing: str, more: dict[str, Any], why: str) -> None:
    claims = registered("guild")
    (one,) = claims.add("guild", "act", "Law", standing, enforced="yes", **more)
    assert objection(claims.world(), one, WHO) == why


def test_a_key_of_a_bare_name_belongs_to_nobody_on_file() -> None:
    claims = registered()
    (one,) = claims.add("gazette", "act", "Law", "confirmed", enforced="yes")
    signed = claims.base.signed[one.recorded] = Signed("Gazette", True)
    assert publisher_name(claims.world(), signed) == "Gazette"
    why = "Gazette is not on file as one organization, so nobody can see whom it belongs to"
    assert objection(claims.world(), one, WHO) == why
    assert publisher_name(claims.world(), Signed("svea society", True)) == "svea society"
    claims.base.signed[one.recorded] = Signed("", False)
    why = "the key of its publisher is not verified (domain proof and two vouchers)"
    assert objection(claims.world(), one, WHO) == why


def test_an_authority_confirms_its_own_act_and_not_how_it_works() -> None:
    claims = registered("guild", "watch")
    said = [one for by in ("ministry", "guild") for one in claims.add(by, "act", "Law", "confirmed", enforced="yes")]
    who = beneficiaries(None, "xb", acting=[sid("ministry")])
    world, act = claims.world(), claims.record("act")
    assert support(world, act, {"enforced": "yes"}, who) == Support(ids(said[:1]))
    name = world.caption(sid("act"))
    assert support(world, act, {"enforced": "yes"}, who, publishers=2).why == (
        f"{name}: Ministry (invented) shows that it acted, not how the act works",
        f"{name}: only Guild (invented) confirms “enforced”; one independent publisher more has to confirm it",
    )
    said += claims.add("watch", "act", "Law", "confirmed", enforced="yes")
    assert support(claims.world(), act, {"enforced": "yes"}, who, publishers=2) == Support(ids(said[1:]))


ONE, TWO, WHY, OTHER = Support(("a", "b")), Support(("b", "c")), Support(why=("why",)), Support(why=("other", "why"))


def test_what_supports_have_in_common() -> None:
    assert (ONE.also(TWO), ONE.also(WHY), WHY.also(ONE), WHY.also(OTHER)) == (Support(("a", "b", "c")), WHY, WHY, WHY)
    assert [one.provided(so, "not so") for one in (ONE, WHY) for so in (True, False)] == [
        ONE,
        Support(why=("not so",)),
        WHY,
        WHY,
    ]
    assert (first_support([WHY, TWO, ONE]), first_support([WHY, OTHER])) == (TWO, Support(why=("why", "other")))


LAW = {"status": "in-force", "provides": ["covers-companies", "independent-oversight"], "enforced": "yes"}


@pytest.mark.parametrize(
    ("needed", "proof"),
    [
        ({"status": "in-force"}, ["1"]),
        ({"status": None}, ["1"]),
        ({"status": {"in-force", "ended"}}, ["1"]),
        ({"status": "ended"}, []),
        ({"status": "in-force", "enforced": "yes"}, ["1", "4"]),
        ({"status": "in-force", "enforced": "no"}, []),
        ({"provides": ("covers-companies", "independent-oversight")}, ["2", "3"]),
        ({"provides": ("covers-companies", "open-registry")}, []),
        ({"provides": {"open-registry", "independent-oversight"}}, ["3"]),
        ({"effect": None}, []),
    ],
)
def test_each_needed_property_is_supported_or_nothing_is(needed: dict[str, Any], proof: list[str]) -> None:
    claims = registered("guild")
    claims.add("guild", "act", "Law", "confirmed", retracted=True, effect="binding", status="ended")
    claims.add("guild", "act", "Law", "confirmed", until="2023", effect="binding", provides="open-registry")
    said = claims.add("guild", "act", "Law", "confirmed", title="Act", **LAW)
    found = support(claims.world(), claims.record("act"), needed, WHO)
    assert found == Support(tuple(said[int(at)].id for at in proof))


def test_why_statements_do_not_support_it() -> None:
    claims = registered("guild", "paper")
    claims.add("paper", "act", "Law", title="Act", status="in-force")
    claims.add("guild", "act", "Law", status="in-force")
    world, act = claims.world(), claims.record("act")
    assert support(world, act, {"status": "in-force"}, WHO) == Support(why=("Act: it is reported, not confirmed",))
    assert admissible(world, act, "status", WHO) == []


@pytest.mark.parametrize(
    ("value", "many", "missing"),
    [
        ("in-force", {"status": "in-force"}, "Guild (invented) confirms “in force”"),
        ("in-force", {"status": None}, "Guild (invented) confirms “in force”"),
        ("By fines.", {"enforcement": "By fines."}, "Guild (invented) confirms “How it is enforced”"),
        ("x", {"unheardOf": "x"}, "Guild (invented) confirms “unheardOf”"),
    ],
)
def test_what_is_missing_where_one_publisher_confirms_it(value: str, many: dict[str, Any], missing: str) -> None:
    claims = registered("guild")
    claims.add("guild", "act", "Law", "confirmed", title="Act", **dict.fromkeys(many, value))
    found = support(claims.world(), claims.record("act"), many, WHO, publishers=2)
    assert found == Support(why=(f"Act: only {missing}; one independent publisher more has to confirm it",))


@pytest.mark.parametrize(
    ("said", "apart"),
    [
        ("", True),
        ("tie", False),
        ("first", False),
        ("second", False),
        ("both", True),
    ],
)
def test_two_publishers_are_apart_from_each_other_and_from_each_others_vouchers(said: str, apart: bool) -> None:
    claims = registered("guild", "watch", "mother")
    if said == "tie":
        claims.add("paper", "fund", "Investment", investor="@guild", recipient="@watch")
    claims.add("paper", "fund-mother", "Investment", investor="@mother", recipient="@guild")
    vouchers = {"first": ("guild", "watch"), "second": ("watch", "mother"), "both": ("guild", "mother")}.get(said)
    if vouchers is not None:
        claims.base.vouchers[sid(vouchers[0])] = frozenset({sid(vouchers[1])})
    title = claims.add("guild", "inquiry", "Investigation", "confirmed", title="Inquiry", quality="independent")
    other = claims.add("watch", "inquiry", "Investigation", "confirmed", quality="independent")
    found = independent(claims.world(), claims.record("inquiry"), WHO)
    if apart:
        assert found == Support((title[1].id, other[0].id))
    else:
        assert found.why[0].endswith(
            ": only Guild (invented) and Watch (invented) confirm “independent”; one independent publisher more has to "
            "confirm it"
        )


DIFFER = "Act: those who may confirm it differ"


@pytest.mark.parametrize(
    ("said", "differ"),
    [
        ([("guild", "yes")], False),
        ([("guild", "yes"), ("watch", "no")], True),
        ([("guild", "yes"), ("watch", "yes")], False),
        ([("guild", "yes"), ("paper", "no")], False),
        ([("guild", "no"), ("guild", "yes")], False),
        ([("guild", "no"), ("guild", "yes"), ("watch", "yes")], False),
        ([("guild", "no"), ("guild", "yes"), ("watch", "no")], True),
        ([("guild", "yes no")], True),
    ],
)
def test_where_admissible_publishers_differ_on_one_value_nothing_is_shown(
    said: list[tuple[str, str]], differ: bool
) -> None:
    claims = registered("guild", "watch", "paper")
    claims.add("paper", "act", "Law", title="Act")
    for by, values in said:
        claims.add(by, "act", "Law", "confirmed", enforced=values.split())
    found = support(claims.world(), claims.record("act"), {"enforced": "yes"}, WHO)
    assert (found.why == (DIFFER,), found.holds) == (differ, not differ)


@pytest.mark.parametrize(
    ("name", "said", "differ"),
    [
        ("status", [("guild", "in-force"), ("watch", "ended")], False),
        ("status", [("guild", "in-force ended")], True),
        ("provides", [("guild", "in-force ended")], False),
    ],
)
def test_a_status_differs_within_one_entry_and_other_values_stand_side_by_side(
    name: str, said: list[tuple[str, str]], differ: bool
) -> None:
    claims = registered("guild", "watch")
    claims.add("paper", "act", "Law", title="Act")
    for by, values in said:
        claims.add(by, "act", "Law", "confirmed", **{name: values.split()})
    found = support(claims.world(), claims.record("act"), {name: "in-force"}, WHO)
    assert (found.why == (DIFFER,), found.holds) == (differ, not differ)


@pytest.mark.parametrize(
    ("said", "least"),
    [
        ([("guild", "confirmed", "10")], 10.0),
        ([("guild", "confirmed", "10"), ("paper", "reported", "5")], 5.0),
        ([("guild", "confirmed", "10"), ("paper", "alleged", "5")], 10.0),
        ([("guild", "confirmed", "10"), ("paper", "reported", "15")], 10.0),
        ([("paper", "reported", "5")], 0.0),
    ],
)
def test_the_least_number_counts(said: list[tuple[str, str, str]], least: float) -> None:
    claims = registered("guild", "paper")
    for by, standing, number in said:
        claims.add(by, "act", "Law", standing, noticeDays=number)
    world, act = claims.world(), claims.record("act")
    assert least_number(world, act, "noticeDays", WHO) == least
    shown = {number for by, _, number in said if by == "guild"}
    assert admissible_values(world, act, "title", "noticeDays", who=WHO) == shown


@pytest.mark.parametrize(
    ("by", "standing", "said", "counts"),
    [
        ("guild", "confirmed", {}, True),
        ("guild", "reported", {}, False),
        ("paper", "confirmed", {}, False),
        ("guild", "confirmed", {"percentage": "25"}, True),
        ("guild", "confirmed", {"percentage": "24.9"}, False),
        ("guild", "confirmed", {"percentageAtMost": "20"}, False),
        ("guild", "confirmed", {"percentageBelow": "20"}, False),
        ("guild", "confirmed", {"percentageAtLeast": "20"}, True),
        ("guild", "confirmed", {"startDate": "2024-06-01"}, True),
        ("guild", "confirmed", {"startDate": "2024-06-02"}, False),
        ("guild", "confirmed", {"endDate": "2024-06-01"}, True),
        ("guild", "confirmed", {"endDate": "2024-05-31"}, False),
    ],
)
def test_links_that_lift(by: str, standing: str, said: dict[str, Any], counts: bool) -> None:
    claims = registered("guild", "paper", "owner", "asset")
    claims.add(by, "own", "Ownership", standing, owner="@owner", asset="@asset", **said)
    world = claims.world()
    firm = claims.add("guild", "more", "Ownership", "confirmed", owner="@owner", asset="@asset")
    link = Link("x", "owner", False, tuple(one.id for one in claims.record("own").statements[:2]))
    sure = Link("x", "owner", False, ids(firm))
    assert admissible_links(world, [link], WHO) is counts
    assert admissible_links(world, [sure, link], WHO) is counts
    assert admissible_links(world, [sure], WHO) is True
    assert admissible_links(world, [sure, Link("x", "owner", False)], WHO) is False


@pytest.mark.parametrize(("standing", "counts"), [("reported", False), ("alleged", True)])
def test_a_reported_end_takes_a_link_that_lifts(standing: str, counts: bool) -> None:
    claims = registered("guild", "paper", "owner", "asset")
    ends = claims.add("guild", "own", "Ownership", "confirmed", owner="@owner", asset="@asset")
    claims.add("paper", "own", "Ownership", standing, endDate=["2023", "2025"])
    assert admissible_links(claims.world(), [Link("x", "owner", False, ids(ends))], WHO) is counts
    assert admissible_links(claims.world("2022-01-01"), [Link("x", "owner", False, ids(ends))], WHO) is True


def test_owners_by_admissible_links() -> None:
    claims = registered("guild", "paper", "top", "middle", "asset", "rumoured", "agent")
    claims.add("guild", "own-1", "Ownership", "confirmed", owner="@middle", asset="@asset")
    claims.add("guild", "own-2", "Ownership", "confirmed", owner="@top", asset="@middle")
    claims.add("paper", "own-3", "Ownership", owner="@rumoured", asset="@asset")
    claims.add("guild", "speaks", "Representation", "confirmed", agent="@agent", client="@asset")
    assert admissible_owners(claims.world(), sid("asset"), WHO) == [sid("asset"), sid("middle"), sid("top")]
