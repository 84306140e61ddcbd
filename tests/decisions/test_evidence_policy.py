"""The evidence model's policy, sentence by sentence: each test's name states the sentence that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.evidence.admissibility import beneficiaries, support
from sousveil.decisions.evidence.dates import certainly_by, possibly_by
from sousveil.decisions.facts.model import Value
from sousveil.decisions.model import Truth
from sousveil.register.codes import RetractReason, Role
from sousveil.register.model import Stance
from tests.decisions.met import LIFTS
from tests.decisions.rig import FREE, SECOND, Rig, ask, rigged, sid
from tests.register.maker import private, public

TRUE, UNKNOWN = Truth.TRUE, Truth.UNKNOWN
HALT = {"state": "@averna", "measureKind": "moratorium", "covers": ["sale", "use"], "startDate": "2023-01-01"}
CASE = {"stage": "infected", "vendor": "@vireo", "client": "@ministry", "clientStage": "reported", "date": "2024-02"}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        for name in ("gazette", "averna"):
            made.publisher(name)
        yield made


def halt(rig: Rig, by: str = "paper", standing: str = "reported", **more: Any) -> list[str]:
    return rig.say("halt", type="MoratoriumMeasure", by=by, standing=standing, **more)


def halted(rig: Rig, as_of: str = "2024-06-01") -> Value:
    return rig.value("state.halt_in_force", "xb", as_of=as_of)


# 1. Adverse facts


def test_one_reported_account_with_every_property_makes_an_adverse_fact_true(rig: Rig) -> None:
    halt(rig, **HALT)
    found = halted(rig)
    assert (found.truth, found.alleged) == (TRUE, False)


def test_an_account_without_a_required_property_makes_no_adverse_fact(rig: Rig) -> None:
    halt(rig, **{**HALT, "covers": ["transfer"]})
    assert halted(rig).truth is UNKNOWN


def test_an_account_that_is_over_by_its_own_dates_makes_no_adverse_fact(rig: Rig) -> None:
    halt(rig, **HALT, endDate="2024-03-31")
    assert [halted(rig, day).truth for day in ("2022-12-31", "2023-01-01", "2024-03-31", "2024-04-01")] == [
        UNKNOWN,
        TRUE,
        TRUE,
        UNKNOWN,
    ]


def test_an_alleged_account_alone_gives_at_most_blocked_unless(rig: Rig) -> None:
    halt(rig, **HALT, standing="alleged")
    found = halted(rig)
    assert (found.truth, found.alleged) == (TRUE, True)
    assert {one.effect for one in rig.judge("sale").reasons} == {"blocked_unless"}


@pytest.mark.parametrize("by", ["paper-2", "averna", "gazette"])
@pytest.mark.parametrize("more", [{"endDate": "2023-02-01"}, {"startDate": "2030"}, {"status": "ended"}, {"status": "announced"},
                                  {"covers": "transfer"}, {"measureKind": "lifted"}])  # fmt: skip
def test_adding_an_account_never_weakens_an_adverse_fact(rig: Rig, by: str, more: dict[str, str]) -> None:
    rig.publisher("paper-2", verified=False)
    halt(rig, **HALT)
    halt(rig, by, "confirmed", **more)
    found = halted(rig)
    assert (found.truth, found.alleged) == (TRUE, False)


def test_its_own_publishers_retraction_ends_an_adverse_fact(rig: Rig) -> None:
    halt(rig, **HALT)
    rig.retract("halt", "paper")
    assert halted(rig).truth is UNKNOWN


def test_another_publishers_denial_does_not_end_an_adverse_fact(rig: Rig) -> None:
    ids = halt(rig, **HALT)
    for id in ids:
        rig.answer(id, Stance.DENIES, "There is no such measure.", "gazette")
    assert halted(rig).truth is TRUE


# 3. Another publisher's record


def test_a_publisher_completes_what_another_left_out(rig: Rig) -> None:
    halt(rig, state="@averna", measureKind="moratorium")
    assert halted(rig).truth is UNKNOWN
    halt(rig, "gazette", "reported", covers="sale")
    found = halted(rig)
    assert (found.truth, found.alleged) == (TRUE, False)


def test_an_alleged_date_makes_no_reported_account_begin_earlier(rig: Rig) -> None:
    halt(rig, **{**HALT, "startDate": "2030-01-01"})
    halt(rig, "gazette", "alleged", startDate="2023-01-01")
    found = halted(rig)
    assert (found.truth, found.alleged) == (TRUE, True)


def test_an_incident_with_a_potential_client_charges_as_an_allegation_does(rig: Rig) -> None:
    rig.say("case", type="AbuseIncident", by="paper", standing="reported", **{**CASE, "clientStage": "potential"})
    found = rig.value("buyer.abused", "ministry")
    assert (found.truth, found.alleged) == (TRUE, True)
    rig.say("case", type="AbuseIncident", by="gazette", standing="reported", **CASE)
    found = rig.value("buyer.abused", "ministry")
    assert (found.truth, found.alleged) == (TRUE, False)


def test_who_stood_in_a_relation_at_the_time_answers_for_that_time(rig: Rig) -> None:
    """The end of a supply contract leaves the supplier of that time with its client."""
    rig.say("case", type="AbuseIncident", by="paper", standing="reported", **{**CASE, "vendor": "@rival"})
    supply = {"supplier": "@vireo", "recipient": "@ministry", "date": "2019", "clientStage": "reported"}
    rig.say("supply", type="Supply", by="paper", standing="reported", **supply)
    assert rig.value("vendor.served_abuser", "vireo").truth is TRUE
    rig.say("supply", type="Supply", by="gazette", endDate="2020")
    assert rig.value("vendor.served_abuser", "vireo").truth is TRUE


@pytest.mark.parametrize(
    ("day", "truth"),
    [("2024-02-25", UNKNOWN), ("2024-02-26", TRUE), ("2024-10-21", TRUE), ("2024-10-22", UNKNOWN)],
)
def test_a_notice_of_removal_ends_a_listing_and_an_earlier_statement_clears_nobody(
    rig: Rig, day: str, truth: Truth
) -> None:
    """As Sandvine: listed on 26 February 2024, removed on 21 October 2024, by the publisher of the list."""
    row = {"entity": "@vireo", "program": "Entity List", "authority": "Bureau of Industry and Security"}
    rig.say("listing", type="Sanction", by="gazette", listingDate="2024-02-26", **row)
    rig.say("listing", type="Sanction", by="gazette", endDate="2024-10-21")
    rig.say("before", type="Sanction", by="paper", standing="reported", endDate="2023-01-01", **row)
    assert rig.value("vendor.us_entity_list", "vireo", as_of=day).truth is truth


# 2. Mitigating facts


def standard(rig: Rig, by: str, standing: str = "confirmed") -> Value:
    """A law of Averna, of which an account in force would mitigate."""
    law = {"title": "Act", "topic": "due-diligence", "status": "in-force", "jurisdiction": "xb"}
    if "act" not in rig.ids:
        rig.say("act", type="Law", by=by, standing=standing, **law)
    record = rig.world().record(sid("act"))
    assert record is not None
    deal = rig.world().deal(ask())
    found = support(rig.world(), record, {"status": "in-force"}, beneficiaries(deal, "xb"))
    return Value(TRUE if found.holds else UNKNOWN, found.proof, needs="; ".join(found.why))


def test_a_confirmed_account_of_an_independent_verified_publisher_mitigates(rig: Rig) -> None:
    assert standard(rig, FREE).truth is TRUE


@pytest.mark.parametrize(
    ("by", "standing", "why"),
    [
        (FREE, "reported", "it is reported, not confirmed"),
        ("paper", "confirmed", "is not verified"),
        ("averna", "confirmed", "is tied to Ministry of the Interior of Averna, who benefits"),
        ("third", "confirmed", "is part of a State, and confirms only its own acts"),
        ("vireo", "confirmed", "benefits from it"),
        ("gazette", "confirmed", "is not on file as one organization"),
    ],
)
def test_whoever_is_not_admissible_mitigates_nothing(rig: Rig, by: str, standing: str, why: str) -> None:
    for name in ("vireo", "third"):
        rig.publisher(name)
    rig.say("third", type="State", name="Third Republic (invented)", country="xd", by="paper")
    found = standard(rig, by, standing)
    assert found.truth is UNKNOWN
    assert why in found.needs


@pytest.mark.parametrize(
    ("link", "ties"),
    [
        ({"type": "Ownership", "owner": "@averna", "asset": "@guild"}, True),
        ({"type": "Investment", "investor": "@averna", "recipient": "@guild"}, True),
        ({"type": "Investment", "investor": "@calder", "recipient": "@rival"}, False),
    ],
)
def test_a_domestic_organization_is_independent_until_one_tie_to_its_state_is_reported(
    rig: Rig, link: dict[str, str], ties: bool
) -> None:
    rig.publisher("guild")
    rig.say("guild", type="Organization", name="Guild of Averna (invented)", country="xb", by="paper")
    assert standard(rig, "guild").truth is TRUE
    rig.say("tie", by="paper", standing="reported", **link)
    assert standard(rig, "guild").truth is (UNKNOWN if ties else TRUE)


# 2. What is enforced, open in practice or independent

LAW = {"type": "Law", "topic": "due-diligence", "status": "in-force", "jurisdiction": "xb", "inForceFrom": "2023-01-01",
       "provides": "covers-companies", "enforced": "yes", "valid_until": ".."}  # fmt: skip
PATH = {"type": "RemedyPath", "pathKind": "ombudsman", "status": "open", "practice": "Nine cases were heard.", "country": "xb",
        "casesHeard": "9", "startDate": "2023-01-01", "valid_until": ".."}  # fmt: skip
INQUIRY = {"type": "Investigation", "country": "xb", "about": "@case", "startDate": "2024-03-01", "endDate": "2024-05-01",
    "quality": ["immediate", "independent", "transparent", "impartial"]}  # fmt: skip


def organization(rig: Rig, key: str, country: str = "xd") -> None:
    rig.publisher(key)
    rig.say(key, type="Organization", name=f"{key.title()} (invented)", country=country, by="paper")


def enforced(rig: Rig, *by: str, acting: str = "") -> Value:
    """Whether publishers, with those who said so before, show that a law is enforced."""
    for one in by:
        rig.say("act", by=one, **LAW)
    world = rig.world()
    record = world.record(sid("act"))
    assert record is not None
    who = beneficiaries(world.deal(ask()), "xb", acting={sid(acting)} if acting else ())
    found = support(world, record, {"enforced": "yes"}, who, publishers=2)
    return Value(TRUE if found.holds else UNKNOWN, found.proof, needs="; ".join(found.why))


def test_enforcement_takes_two_admissible_publishers(rig: Rig) -> None:
    organization(rig, "guild")
    found = enforced(rig, "guild")
    assert found.truth is UNKNOWN
    assert found.needs.endswith(
        ": only Guild (invented) confirms “enforced”; one independent publisher more has to confirm it"
    )
    found = enforced(rig, FREE)
    assert (found.truth, len(found.proof)) == (TRUE, 2)


def test_a_publisher_who_confirms_it_twice_is_not_two(rig: Rig) -> None:
    rig.say("act", type="Law", enforced="yes", valid_until="2030-01-01")
    assert enforced(rig, FREE).truth is UNKNOWN


@pytest.mark.parametrize("by", ["paper", "averna"])
def test_the_second_publisher_is_admissible_too(rig: Rig, by: str) -> None:
    assert enforced(rig, FREE, by).truth is UNKNOWN


TIED = " confirm “enforced”; one independent publisher more has to confirm it"


@pytest.mark.parametrize(
    "link",
    [
        {"type": "Investment", "investor": "@guild", "recipient": f"@{FREE}"},
        {"type": "Ownership", "owner": "@rival", "asset": ["@guild", f"@{FREE}"]},
    ],
)
def test_two_publishers_that_are_tied_to_each_other_are_not_two(rig: Rig, link: dict[str, Any]) -> None:
    organization(rig, "guild")
    assert enforced(rig, FREE, "guild").truth is TRUE
    rig.say("tie", by="paper", standing="alleged", **link)
    found = enforced(rig)
    assert (found.truth, found.needs.endswith(TIED)) == (UNKNOWN, True)
    organization(rig, "institute")
    assert enforced(rig, "institute").truth is TRUE


@pytest.mark.parametrize("order", [("guild", FREE), (FREE, "guild")])
@pytest.mark.parametrize("voucher", ["@guild", "Guild (invented)", "@mother"])
def test_two_publishers_one_of_whom_is_or_is_tied_to_a_voucher_of_the_other_are_not_two(
    rig: Rig, voucher: str, order: tuple[str, str]
) -> None:
    owner = sid(voucher[1:]) if voucher.startswith("@") else voucher
    rig.register.key_add(public("voucher-3"), owner, Role.VOUCHER)
    organization(rig, "guild")
    rig.say("mother", type="Organization", name="Mother (invented)", country="xd", by="paper")
    rig.say("fund", type="Investment", investor="@mother", recipient="@guild", by="paper")
    assert enforced(rig, *order).truth is TRUE
    rig.register.vouch(public(FREE), private("voucher-3"))
    found = enforced(rig)
    assert (found.truth, found.needs.endswith(TIED)) == (UNKNOWN, True)


def test_two_publishers_for_whom_the_same_organizations_vouched_are_two(rig: Rig) -> None:
    organization(rig, "guild")
    vouchers = [rig.world().base.vouchers[sid(one)] for one in ("guild", FREE)]
    assert vouchers == [{"Voucher voucher-1 (invented)", "Voucher voucher-2 (invented)"}] * 2
    assert enforced(rig, FREE, "guild").truth is TRUE


def test_the_own_act_of_an_authority_does_not_show_that_it_is_enforced(rig: Rig) -> None:
    organization(rig, "council")
    assert enforced(rig, FREE, "council").truth is TRUE
    found = enforced(rig, acting="council")
    assert found.truth is UNKNOWN
    assert "Council (invented) shows that it acted, not how the act works" in found.needs


def test_that_a_path_is_open_in_practice_takes_two_publishers_for_each_statement(rig: Rig) -> None:
    rig.say("path", **PATH)
    organization(rig, "guild")
    for name in ("status", "practice", "casesHeard"):
        assert rig.value("state.other_path", "xb").truth is UNKNOWN
        rig.say("path", type="RemedyPath", by="guild", **{name: PATH[name]})
    assert rig.value("state.other_path", "xb").truth is TRUE


def test_that_an_inquiry_is_independent_takes_two_publishers(rig: Rig) -> None:
    rig.say("case", type="AbuseIncident", by="paper", standing="reported", **CASE)
    rig.say("inquiry", **INQUIRY)
    assert rig.value("state.cases_investigated", "xb").truth is UNKNOWN
    organization(rig, "guild")
    rig.say("inquiry", type="Investigation", by="guild", quality=["immediate", "transparent", "impartial"])
    assert rig.value("state.cases_investigated", "xb").truth is UNKNOWN
    rig.say("inquiry", type="Investigation", by="guild", quality="independent")
    assert rig.value("state.cases_investigated", "xb").truth is TRUE


LIFTED_BY_TWO = {
    "state.transparency_law": "law-transparency-xa", "state.registry_open": "law-transparency-xb",
    "state.safeguards_law": "law-safeguards-xb", "state.judicial_path": "path-court-xb",
    "state.other_path": "path-ombudsman-xa", "vendor.oversight_established": "body"}  # fmt: skip


@pytest.mark.parametrize("name", LIFTED_BY_TWO)
def test_facts_of_what_is_enforced_open_or_independent_fall_with_the_second_publisher(rig: Rig, name: str) -> None:
    subject, publish = LIFTS[name]
    publish(rig, FREE, "confirmed")
    assert rig.value(name, subject).truth is TRUE
    world = rig.world()
    record = world.record(sid(LIFTED_BY_TWO[name]))
    assert record is not None
    mine = [one.id for one in record.statements if one.statement.publisher == sid(SECOND)]
    rig.register.retract(mine, private(SECOND), RetractReason.WRONG)
    found = rig.value(name, subject)
    assert found.truth is UNKNOWN
    assert "one independent publisher more has to confirm it" in found.needs


# 6. Affiliation


def test_a_possible_tie_removes_admissibility_and_charges_nobody(rig: Rig) -> None:
    rig.publisher("guild")
    rig.say("guild", type="Organization", name="Guild (invented)", country="xd", by="paper")
    rig.say("own", type="Ownership", owner="@vireo", asset="@guild", by="paper", standing="alleged")
    assert standard(rig, "guild").truth is UNKNOWN
    assert [one.tie for one in rig.world().graph.reach(sid("vireo")) if one.id == sid("guild")] == [True]


def test_a_link_ends_in_its_own_account_alone(rig: Rig) -> None:
    rig.say("own", type="Ownership", owner="@rival", asset="@vireo", percentage="60", by="paper", standing="reported")
    for by, kept in (("gazette", True), ("averna", True), ("paper", False)):
        rig.say("own", type="Ownership", endDate="2021", by=by, standing="reported")
        reached = {one.id for one in rig.world().graph.reach(sid("vireo")) if not one.tie}
        assert (by, sid("rival") in reached) == (by, kept)


# 7. Erasure


def test_an_erased_statement_supports_nothing(rig: Rig) -> None:
    halt(rig, **HALT)
    assert halted(rig).truth is TRUE
    rig.erase(rig.ids["halt"])
    assert halted(rig).truth is UNKNOWN


# 4. Dates


@pytest.mark.parametrize(
    ("text", "possible", "certain"),
    [("2024-06-01", True, True), ("2024-06-02", False, False), ("2024", True, False), ("2023", True, True),
     ("2025?", True, False), ("2020?", True, False), ("..", True, False), (None, True, False)],
)  # fmt: skip
def test_an_adverse_fact_takes_a_possible_date_and_a_mitigating_fact_a_certain_one(
    text: str | None, possible: bool, certain: bool
) -> None:
    assert (possibly_by("2024-06-01", text), certainly_by("2024-06-01", text)) == (possible, certain)
