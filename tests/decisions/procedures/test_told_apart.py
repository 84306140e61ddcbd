"""What a stranger adds to a contract, request or inquiry changes no row; a marked product is labelled as the rule blocks it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.decisions.procedures.clerk import Clerk, put


@pytest.mark.parametrize("standing", ["confirmed", "reported"])
def test_a_stranger_dates_and_stages_no_contract(clerk: Clerk, standing: str) -> None:
    said = {"title": "CT", "buyer": "Brackwater City Council", "supplier": "Quietwater Analytics AG"}
    id = put(clerk, "f-contracts", "contract", "brackwater-council", "confirmed", **said, stage="signed",
             startDate="2026-01-01", endDate="2030-01-01")  # fmt: skip
    put(clerk, "f-contracts", "contract", "glasmoth", standing, id, **said, stage="ended", endDate="2026-02-01",
        amount="EUR 1")  # fmt: skip
    [row] = [one for one in clerk.json("/disclosures")["contracts"] if one["ref"]["id"] == id]
    assert (row["state"], row["texts"]) == ("current", {})
    assert row["dates_words"] == "from 1 January 2026 until 1 January 2030"


def test_who_buys_ends_its_contract(clerk: Clerk) -> None:
    said = {"title": "CT", "buyer": "Brackwater City Council", "supplier": "Quietwater Analytics AG"}
    id = put(clerk, "f-contracts", "contract", "rookery", "reported", **said, stage="signed", startDate="2026-01-01")
    put(
        clerk,
        "f-contracts",
        "contract",
        "brackwater-council",
        "confirmed",
        id,
        **said,
        stage="signed",
        endDate="2026-02-01",
    )
    [row] = [one for one in clerk.json("/disclosures")["contracts"] if one["ref"]["id"] == id]
    assert row["state"] == "ended"


def test_a_product_that_somebody_independent_marks_is_labelled_as_the_rule_blocks_it(clerk: Clerk) -> None:
    def label() -> str:
        [one] = [
            each for each in clerk.json("/procedures/l-encryption")["items"] if each["ref"]["caption"] == "Heron Desk"
        ]
        return str(one["state_label"])

    question = {"action": "sale", "product": "Heron Desk", "supplier": "Quietwater Analytics AG", "country": "xa",
                "end_user": "Brackwater City Council"}  # fmt: skip

    def fires() -> bool:
        return "L21-l-2" in [one["rule"] for one in clerk.decide(question)["reasons"]]

    assert (label(), fires()) == ("works otherwise, or not said", False)
    [id] = [
        one["ref"]["id"]
        for one in clerk.json("/procedures/l-encryption")["items"]
        if one["ref"]["caption"] == "Heron Desk"
    ]
    put(clerk, "l-encryption", "product", "rookery", "confirmed", id, name="Heron Desk", vendor="Quietwater Analytics AG",
        worksBy="weakening-encryption")  # fmt: skip
    assert (label(), fires()) == ("works by weakening encryption", True)


@pytest.mark.parametrize("standing", ["confirmed", "reported"])
def test_what_the_party_under_inquiry_says_is_no_finding_of_it(clerk: Clerk, standing: str) -> None:
    name = "Independent inquiry into Glasmoth Systems"

    def row() -> Any:
        [found] = [one for one in clerk.json("/investigations")["inquiries"] if one["ref"]["caption"] == name]
        return found

    before = row()
    put(clerk, "b-investigations", "investigation", "glasmoth", standing, before["ref"]["id"], name=name,
        body="Calder Export Office", status="closed", startDate="2025-09-01", endDate="2025-10-01",
        findings="Nothing was found.", outcome="All cleared", quality=["immediate", "impartial"])  # fmt: skip
    after = row()
    for field in ("texts", "state", "due"):
        assert (field, after[field]) == (field, before[field])


COUNCIL, OFFICE = "Brackwater City Council", "Calder Export Office"


def contract_of_council(clerk: Clerk) -> str:
    return put(clerk, "f-contracts", "contract", "brackwater-council", "confirmed", title="KT", buyer=COUNCIL,
               supplier="Quietwater Analytics AG", stage="signed", startDate="2026-01-01", endDate="2030-01-01")  # fmt: skip


def test_a_stranger_adds_nothing_to_what_is_withheld(clerk: Clerk) -> None:
    contract = contract_of_council(clerk)
    said = {"body": COUNCIL, "what": "The price of KT", "legalGround": "Section 9", "endDate": "2026-06-01"}
    id = put(clerk, "f-contracts", "redaction", "brackwater-council", "confirmed", **said, record=contract)
    other = {"body": OFFICE, "what": "All of it", "legalGround": "Section 1", "endDate": "2040-06-01"}
    put(clerk, "f-contracts", "redaction", "glasmoth", "reported", id, **other, record=contract)
    view = clerk.json("/disclosures")
    [row] = [one for one in view["withheld"] if one["ref"]["id"] == id]
    assert row["texts"] == {"What is withheld": ["The price of KT"], "Ground": ["Section 9"]}
    assert [(one["state"], one["due"], one["owed_by"]["caption"]) for one in row["due"]] == [
        ("overdue", "2026-06-01", COUNCIL)
    ]
    assert id not in [one["ref"]["id"] for one in clerk.json("/disclosures?country=xb")["withheld"]]
