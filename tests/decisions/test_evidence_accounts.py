"""Accounts, exactly: whose statements make one, and what an adverse fact takes from each."""

from __future__ import annotations

from typing import Any

import pytest

from sousveil.decisions.evidence.accounts import (
    Charge,
    Released,
    accounts,
    adverse,
    both,
    by_publisher,
    called,
    charge,
    contrary,
    first_account,
    in_period,
    last_status,
    merge,
    possible_client,
    reported,
)
from tests.decisions.rig import sid
from tests.decisions.told import Told, ids

FIRM, FIRMER, RUMOUR, NONE = Charge(("a",)), Charge(("a", "b")), Charge(("c",), alleged=True), Charge()


@pytest.mark.parametrize(
    ("charges", "merged", "required"),
    [
        ([], NONE, NONE),
        ([NONE], NONE, NONE),
        ([FIRM, FIRMER], FIRMER, FIRMER),
        ([FIRM, NONE], FIRM, NONE),
        ([RUMOUR, FIRM], FIRM, Charge(("c", "a"), alleged=True)),
        ([RUMOUR, RUMOUR], RUMOUR, RUMOUR),
    ],
)
def test_alternatives_and_requirements(charges: list[Charge], merged: Charge, required: Charge) -> None:
    assert (merge(charges), both(charges)) == (merged, required)
    assert [one.alleged for one in (merge([]), both([]))] == [False, False]


def test_the_accounts_of_a_record() -> None:
    """Each who names it, alone and completed by one other; nobody who only completes it, and nothing that was taken back."""
    told = Told()
    told.say("paper", "deal", supplier="@vireo", goods="Lens")
    told.say("gazette", "deal", endDate="2023")
    told.say("watch", "deal", supplier="@vireo")
    told.say("watch", "deal", retracted=True, goods="Net")
    record = told.record("deal")
    assert {who: ids(many) for who, many in by_publisher(told, record.statements).items()} == {
        sid("paper"): ("1.0", "1.1"), sid("gazette"): ("2.0",), sid("watch"): ("3.0",)
    }  # fmt: skip
    assert [ids(list(one)) for one in accounts(told, record, ["supplier"])] == [
        ("1.0", "1.1"), ("3.0", "1.0", "1.1"), ("1.0", "1.1", "2.0"), ("3.0", "2.0"), ("3.0",), ("1.0", "1.1", "3.0")
    ]  # fmt: skip


def test_a_released_end_stands_in_place_of_what_was_said_before_the_second_review() -> None:
    told = Told()
    told.say("paper", "deal", supplier="@vireo", endDate="2030")
    (end,) = told.say("gazette", "deal", endDate="2023")
    told.say("paper", "deal", endDate="2031", goods="Lens")
    told.ends = [Released(end, 3)]
    found = [[one.statement.value for one in many] for many in accounts(told, told.record("deal"), ["supplier"])]
    assert found == [[sid("vireo"), "2031", "Lens", "2023"], [sid("vireo"), "2031", "Lens", "2023"]]
    told.ends = [Released(end, 4)]
    found = [[one.statement.value for one in many] for many in accounts(told, told.record("deal"), ["supplier"])]
    assert found == [[sid("vireo"), "Lens", "2023"], [sid("vireo"), "Lens", "2023"]]


def test_the_account_of_whoever_reported_it_first() -> None:
    told = Told()
    told.say("rival", "vireo", "Company", retracted=True, name="Vireo")
    told.say("paper", "vireo", "Organization", name="Vireo")
    told.say("gazette", "vireo", "Company", name="Vireo Ltd", country="xa")
    told.say("watch", "vireo", "Company", country="xa")
    record = told.record("vireo")
    found = {type: ids(first_account(told, record, type)) for type in ("", "Company", "PublicBody")}
    assert found == {"": ("2.0",), "Company": ("3.0", "3.1"), "PublicBody": ("2.0",)}
    told.say("paper", "gone", retracted=True, supplier="@vireo")
    assert first_account(told, told.record("gone")) == []


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ([("reported", ["open"]), ("reported", ["granted", "ended"])], ("granted", "ended")),
        ([("reported", ["open"]), ("alleged", ["ended"])], ("open",)),
        ([("alleged", ["open"]), ("alleged", ["ended"])], ("ended",)),
        ([("confirmed", []), ("alleged", ["ended"])], ()),
        ([], ()),
    ],
)
def test_the_last_status(said: list[tuple[str, list[str]]], last: tuple[str, ...]) -> None:
    told = Told()
    account = [
        one for standing, many in said for one in told.say("paper", "permit", standing=standing, goods="x", status=many)
    ]
    assert tuple(one.statement.value for one in last_status(account)) == last


REPORTED, POTENTIAL = {"clientStage": "reported"}, {"clientStage": "potential"}


@pytest.mark.parametrize(
    ("said", "possible"),
    [
        ([("reported", POTENTIAL)], True),
        ([("reported", REPORTED)], False),
        ([("reported", {"clientStage": "confirmed"})], False),
        ([("reported", {})], False),
        ([("reported", POTENTIAL), ("reported", {})], False),
        ([("reported", POTENTIAL), ("alleged", REPORTED)], True),
        ([("alleged", POTENTIAL), ("alleged", POTENTIAL)], True),
        ([("alleged", POTENTIAL), ("alleged", REPORTED)], False),
        ([], False),
    ],
)
def test_a_use_of_which_everybody_reports_a_potential_client_alone(
    said: list[tuple[str, dict[str, str]]], possible: bool
) -> None:
    told = Told()
    told.say("gazette", "use", "PotentialUse", product="@lens", retracted=True)
    for by, (standing, more) in zip(("paper", "watch"), said, strict=False):
        told.say(by, "use", "PotentialUse", standing, body="@ministry", **more)
    assert possible_client(told, told.record("use")) is possible


@pytest.mark.parametrize("naming", ["body", "product", "country"])
def test_whoever_names_no_user_reports_no_use(naming: str) -> None:
    told = Told()
    told.say("paper", "use", "PotentialUse", **{naming: "xb"}, **POTENTIAL)
    told.say("watch", "use", "PotentialUse", **REPORTED)
    assert possible_client(told, told.record("use")) is True
    told.say("watch", "use", "PotentialUse", **{naming: "xc"})
    assert possible_client(told, told.record("use")) is False


DATES = [
    ("reported", {}, True),
    ("reported", {"startDate": "2024-06-02"}, False),
    ("reported", {"startDate": ["2024-06-01", "2025"]}, True),
    ("reported", {"endDate": "2024-05-31"}, False),
    ("reported", {"endDate": "2024-06-01"}, True),
    ("reported", {"endDate": ["2023", "2025"]}, True),
    ("alleged", {"endDate": "2023"}, False),
]


@pytest.mark.parametrize(("standing", "dates", "within"), DATES)
def test_the_period_of_an_account(standing: str, dates: dict[str, Any], within: bool) -> None:
    told = Told()
    account = told.say("paper", "deal", standing=standing, supplier="@vireo", **dates)
    assert in_period(told, account) is within
    assert in_period(told, account, until=None) is (within or "endDate" in dates)
    assert in_period(told, account, since=("date",)) is (within or "startDate" in dates)
    rumour = told.say("paper", "deal", standing="alleged", endDate="2023")
    assert in_period(told, [*account, *rumour]) is (within and standing == "reported")


def test_what_supports_an_adverse_fact_comes_firmest_first() -> None:
    told = Told()
    told.say("paper", "deal", "Supply", "alleged", goods="Lens")
    told.say("paper", "deal", goods="Lens")
    told.say("paper", "deal", "Supply", "confirmed", goods="Lens", until="2023")
    told.say("paper", "deal", "Supply", "confirmed", goods="Lens", retracted=True)
    told.say("paper", "deal", "Supply", "confirmed", goods="Lens", since="2023")
    told.say("paper", "deal", "Supply", goods="Lens", since="2025")
    every = told.record("deal").statements
    assert charge(told, every) == Charge(("5.0", "2.0"))
    assert charge(told, every, ended=True) == Charge(("3.0", "5.0", "2.0", "6.0"))
    assert charge(told, every[:1]) == Charge(("1.0",), alleged=True)
    assert charge(told, every[2:4]) == Charge()
    assert [one.id for one in every if reported(told, one)] == ["2.0", "5.0"]


@pytest.mark.parametrize(
    ("said", "more", "found"),
    [
        ({}, {}, Charge(("1.0", "1.1"))),
        ({"goods": "Net"}, {}, NONE),
        ({"supplier": "@rival"}, {}, NONE),
        ({"endDate": "2023"}, {}, NONE),
        ({"endDate": "2023"}, {"until": None}, Charge(("1.0", "1.1"))),
        ({"endDate": "2023"}, {"event": True}, Charge(("1.0", "1.1"))),
        ({"startDate": "2025"}, {"event": True}, NONE),
        ({"date": "2025"}, {"event": True}, NONE),
        ({"startDate": "2025"}, {"since": ()}, Charge(("1.0", "1.1"))),
        ({"date": "2025"}, {}, Charge(("1.0", "1.1"))),
        (POTENTIAL, {}, Charge(("1.0", "1.1"))),
        (POTENTIAL, {"stage": "clientStage"}, Charge(("1.0", "1.1"), alleged=True)),
        (REPORTED, {"stage": "clientStage"}, Charge(("1.0", "1.1"))),
        ({}, {"stage": "clientStage"}, Charge(("1.0", "1.1"))),
        ({}, {"when": len}, Charge(("1.0", "1.1"))),
        ({}, {"when": lambda account: not account}, NONE),
    ],
)
def test_what_an_account_supports(said: dict[str, str], more: dict[str, Any], found: Charge) -> None:
    told = Told()
    told.say("paper", "deal", **({"supplier": "@vireo", "goods": "Lens"} | said))
    required = [("supplier", {sid("vireo")}), ("goods", {"Lens"})]
    assert adverse(told, told.record("deal"), required, **more) == found
    assert adverse(told, told.record("deal"), [("recipient", None)], **more) == NONE


def test_what_is_required_may_have_any_value() -> None:
    told = Told()
    told.say("paper", "deal", supplier="@vireo", goods="Lens")
    assert adverse(told, told.record("deal"), [("goods", None)]) == Charge(("1.1",))


def test_what_somebody_is_called_and_what_that_contradicts() -> None:
    told = Told()
    for entry, (type, standing) in enumerate(
        [("Company", "reported"), ("PublicBody", "reported"), ("Company", "alleged"), ("Document", "reported")], 1
    ):
        assert ids(told.say("paper", "who", type, standing, name="Who")) == (f"{entry}.0",)
    record = told.record("who")
    assert ids(called(record, "Company")) == ("1.0",)
    assert ids(called(record, "LegalEntity")) == ("1.0", "2.0")
    assert ids(contrary(record, ("Company",))) == ("2.0",)
    assert ids(contrary(record, ("Person", "PublicBody"))) == ("1.0",)
    assert contrary(record, ("LegalEntity",)) == []
