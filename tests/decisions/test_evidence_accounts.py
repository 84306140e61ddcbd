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
from tests.decisions.claims import Claims, ids
from tests.decisions.rig import sid

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
    claims = Claims()
    claims.add("paper", "deal", supplier="@vireo", goods="Lens")
    claims.add("gazette", "deal", endDate="2023")
    claims.add("watch", "deal", supplier="@vireo")
    claims.add("watch", "deal", retracted=True, goods="Net")
    record = claims.record("deal")
    assert {who: ids(many) for who, many in by_publisher(claims, record.statements).items()} == {
        sid("paper"): ("1.0", "1.1"), sid("gazette"): ("2.0",), sid("watch"): ("3.0",)
    }  # fmt: skip
    assert [ids(list(one)) for one in accounts(claims, record, ["supplier"])] == [
        ("1.0", "1.1"), ("3.0", "1.0", "1.1"), ("1.0", "1.1", "2.0"), ("3.0", "2.0"), ("3.0",), ("1.0", "1.1", "3.0")
    ]  # fmt: skip


def test_a_released_end_stands_in_place_of_what_was_said_before_the_second_review() -> None:
    claims = Claims()
    claims.add("paper", "deal", supplier="@vireo", endDate="2030")
    (end,) = claims.add("gazette", "deal", endDate="2023")
    claims.add("paper", "deal", endDate="2031", goods="Lens")
    claims.ends = [Released(end, 3)]
    found = [[one.statement.value for one in many] for many in accounts(claims, claims.record("deal"), ["supplier"])]
    assert found == [[sid("vireo"), "2031", "Lens", "2023"], [sid("vireo"), "2031", "Lens", "2023"]]
    claims.ends = [Released(end, 4)]
    found = [[one.statement.value for one in many] for many in accounts(claims, claims.record("deal"), ["supplier"])]
    assert found == [[sid("vireo"), "Lens", "2023"], [sid("vireo"), "Lens", "2023"]]


def test_the_account_of_whoever_reported_it_first() -> None:
    claims = Claims()
    claims.add("rival", "vireo", "Company", retracted=True, name="Vireo")
    claims.add("paper", "vireo", "Organization", name="Vireo")
    claims.add("gazette", "vireo", "Company", name="Vireo Ltd", country="xa")
    claims.add("watch", "vireo", "Company", country="xa")
    record = claims.record("vireo")
    found = {type: ids(first_account(claims, record, type)) for type in ("", "Company", "PublicBody")}
    assert found == {"": ("2.0",), "Company": ("3.0", "3.1"), "PublicBody": ("2.0",)}
    claims.add("paper", "gone", retracted=True, supplier="@vireo")
    assert first_account(claims, claims.record("gone")) == []


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
    claims = Claims()
    account = [
        one
        for standing, many in said
        for one in claims.add("paper", "permit", standing=standing, goods="x", status=many)
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
    claims = Claims()
    claims.add("gazette", "use", "PotentialUse", product="@lens", retracted=True)
    for by, (standing, more) in zip(("paper", "watch"), said, strict=False):
        claims.add(by, "use", "PotentialUse", standing, body="@ministry", **more)
    assert possible_client(claims, claims.record("use")) is possible


@pytest.mark.parametrize("naming", ["body", "product", "country"])
def test_whoever_names_no_user_reports_no_use(naming: str) -> None:
    claims = Claims()
    claims.add("paper", "use", "PotentialUse", **{naming: "xb"}, **POTENTIAL)
    claims.add("watch", "use", "PotentialUse", **REPORTED)
    assert possible_client(claims, claims.record("use")) is True
    claims.add("watch", "use", "PotentialUse", **{naming: "xc"})
    assert possible_client(claims, claims.record("use")) is False


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
    claims = Claims()
    account = claims.add("paper", "deal", standing=standing, supplier="@vireo", **dates)
    assert in_period(claims, account) is within
    assert in_period(claims, account, until=None) is (within or "endDate" in dates)
    assert in_period(claims, account, since=("date",)) is (within or "startDate" in dates)
    rumour = claims.add("paper", "deal", standing="alleged", endDate="2023")
    assert in_period(claims, [*account, *rumour]) is (within and standing == "reported")


def test_what_supports_an_adverse_fact_comes_firmest_first() -> None:
    claims = Claims()
    claims.add("paper", "deal", "Supply", "alleged", goods="Lens")
    claims.add("paper", "deal", goods="Lens")
    claims.add("paper", "deal", "Supply", "confirmed", goods="Lens", until="2023")
    claims.add("paper", "deal", "Supply", "confirmed", goods="Lens", retracted=True)
    claims.add("paper", "deal", "Supply", "confirmed", goods="Lens", since="2023")
    claims.add("paper", "deal", "Supply", goods="Lens", since="2025")
    every = claims.record("deal").statements
    assert charge(claims, every) == Charge(("5.0", "2.0"))
    assert charge(claims, every, ended=True) == Charge(("3.0", "5.0", "2.0", "6.0"))
    assert charge(claims, every[:1]) == Charge(("1.0",), alleged=True)
    assert charge(claims, every[2:4]) == Charge()
    assert [one.id for one in every if reported(claims, one)] == ["2.0", "5.0"]


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
    claims = Claims()
    claims.add("paper", "deal", **({"supplier": "@vireo", "goods": "Lens"} | said))
    required = [("supplier", {sid("vireo")}), ("goods", {"Lens"})]
    assert adverse(claims, claims.record("deal"), required, **more) == found
    assert adverse(claims, claims.record("deal"), [("recipient", None)], **more) == NONE


def test_what_is_required_may_have_any_value() -> None:
    claims = Claims()
    claims.add("paper", "deal", supplier="@vireo", goods="Lens")
    assert adverse(claims, claims.record("deal"), [("goods", None)]) == Charge(("1.1",))


def test_what_somebody_is_called_and_what_that_contradicts() -> None:
    claims = Claims()
    for entry, (type, standing) in enumerate(
        [("Company", "reported"), ("PublicBody", "reported"), ("Company", "alleged"), ("Document", "reported")], 1
    ):
        assert ids(claims.add("paper", "who", type, standing, name="Who")) == (f"{entry}.0",)
    record = claims.record("who")
    assert ids(called(record, "Company")) == ("1.0",)
    assert ids(called(record, "LegalEntity")) == ("1.0", "2.0")
    assert ids(contrary(record, ("Company",))) == ("2.0",)
    assert ids(contrary(record, ("Person", "PublicBody"))) == ("1.0",)
    assert contrary(record, ("LegalEntity",)) == []
