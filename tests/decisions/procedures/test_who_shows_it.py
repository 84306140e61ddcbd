"""What shows that a demand is met: the word of whoever may lift by the rule, never that of a vendor or rival, whose it is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.cells import company_cells, state_row
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import item_of
from sousveil.decisions.views.records import inquiries_view
from tests.decisions.rig import DAY, FREE, Rig, rigged, sid

Values = dict[str, Any]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as rig:
        for key in ("rival", "vireo", "ministry", "exchange"):
            rig.publisher(key)
        rig.say("rival", type="Company", name="Rival Ltd", country="xd", by="rival")
        rig.say("vireo", type="Company", country="xa", by="vireo")
        rig.say("rival-lens", type="SurveillanceProduct", name="Rival Lens", vendor="@rival", category="intrusion")
        rig.say("solo", type="Company", name="Solo Ltd", country="xa")
        rig.say(
            "exchange", type="PublicBody", name="Exchange of Averna", country="xb", partOf="@averna", office="regulator"
        )
        yield rig


def need(rig: Rig, procedure: str, name: str, subject: str = "xb") -> str:
    board, day = Board(rig.register.store), day_of(DAY)
    cells = state_row(board, subject, day).cells if len(subject) == 2 else company_cells(board, sid(subject), day)
    [found] = [one.state for cell in cells if cell.procedure == procedure for one in cell.needs if one.name == name]
    return found


INQUIRY: Values = {"type": "Investigation", "name": "Inquiry", "body": "@averna", "status": "closed", "startDate": "2023-01-01",
                   "quality": ["immediate", "independent", "transparent", "impartial"], "findings": "Ten cases."}  # fmt: skip
LAW: Values = {"type": "Law", "title": "Act", "jurisdiction": "xb", "status": "in-force", "inForceFrom": "2020-01-01", "enforced": "yes",
               "valid_until": ".."}  # fmt: skip
OVERSIGHT: Values = {**LAW, "topic": "oversight", "provides": "independent-oversight"}
PROTECTS: Values = {**LAW, "topic": "encryption", "provides": "protects-encryption"}
CONTRACT: Values = {"type": "Contract", "title": "Lens", "buyer": "@ministry", "supplier": "@vireo", "amount": "EUR 1"}
NOTICE: Values = {"type": "RegulatorNotice", "name": "Notice", "regulator": "@exchange", "company": "@vireo", "harms": "Harm.",
                  "sentOn": "2024-01-01", "acknowledgedOn": "2024-02-01"}  # fmt: skip
LENS: Values = {"type": "SurveillanceProduct", "name": "Lens", "vendor": "@solo", "worksBy": "device-intrusion"}


@pytest.mark.parametrize(
    ("procedure", "name", "subject", "values"),
    [
        ("b-investigations", "investigation", "xb", INQUIRY),
        ("b-investigations", "findings", "xb", INQUIRY),
        ("f-contracts", "contracts", "xb", CONTRACT),
        ("f-contracts", "contracts", "vireo", CONTRACT),
        ("g-oversight", "law", "xb", OVERSIGHT),
        ("k-markets", "told", "xb", NOTICE),
        ("l-encryption", "protects", "xb", PROTECTS),
        ("l-encryption", "products", "solo", LENS),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_rival_shows_it_in_part_and_somebody_independent_whole(
    rig: Rig, procedure: str, name: str, subject: str, values: Values
) -> None:
    """A vendor of another State confirmed it alone, and the cell was met."""
    rig.say("told", by="rival", **values)
    assert need(rig, procedure, name, subject) == "partly"
    rig.say("told", **values)
    assert need(rig, procedure, name, subject) == "met"


PART: Values = {"type": "TreatyParticipation", "state": "@averna", "forum": "Talks", "participation": "contributor",
                "contribution": "A draft.", "startDate": "2023-01-01", "valid_until": ".."}  # fmt: skip


@pytest.mark.parametrize(
    ("procedure", "name", "values"), [("f-contracts", "contracts", CONTRACT), ("j-lifting", "standards", PART)]
)
def test_a_report_alone_shows_no_disclosure_and_no_work(rig: Rig, procedure: str, name: str, values: Values) -> None:
    """A newspaper told of a contract, and the State had "partly" disclosed its contracts."""
    rig.say("told", standing="reported", **values)
    assert need(rig, procedure, name, "xb") == "unknown"
    rig.say("told", by="rival", **values)
    assert need(rig, procedure, name, "xb") == "unknown"
    rig.say("told", by="ministry", **values) if values is CONTRACT else rig.second("told", **values)
    assert need(rig, procedure, name, "xb") == ("partly" if values is CONTRACT else "met")


@pytest.mark.parametrize("role", ["party", "supporter", "observer"])
def test_a_signature_is_no_work_on_standards(rig: Rig, role: str) -> None:
    rig.say("told", **{**PART, "participation": role})
    assert need(rig, "j-lifting", "standards", "xb") == "unknown"
    assert rig.value("state.takes_part", "xb").truth is Truth.UNKNOWN


def test_that_a_law_is_enforced_takes_two_publishers_as_in_the_rule(rig: Rig) -> None:
    rig.say("told", by="rival", **OVERSIGHT)
    assert need(rig, "g-oversight", "enforced", "xb") == "partly"
    rig.say("told", **OVERSIGHT)
    assert need(rig, "g-oversight", "enforced", "xb") == "partly"
    rig.second("told", type="Law", enforced="yes")
    assert need(rig, "g-oversight", "enforced", "xb") == "met"


def test_who_buys_shows_that_a_contract_with_a_company_is_disclosed(rig: Rig) -> None:
    rig.say("told", by="ministry", **CONTRACT)
    assert (need(rig, "f-contracts", "contracts", "vireo"), need(rig, "f-contracts", "contracts")) == ("met", "partly")


REVIEW: Values = {"type": "FilingReview", "name": "Review", "regulator": "@market", "company": "@vireo", "outcome": "complete",
                  "reviewedOn": "2024-02-01"}  # fmt: skip


@pytest.mark.parametrize("by", ["rival", FREE])
def test_a_review_of_a_filing_is_one_where_the_rule_takes_it(rig: Rig, by: str) -> None:
    rig.say("market", type="PublicBody", name="Market of Calder", country="xa", partOf="@calder", office="regulator")
    rig.say("review", by=by, **REVIEW)
    assert need(rig, "k-markets", "filing", "vireo") == "partly"
    assert rig.value("vendor.filing_reviewed", "vireo").truth is Truth.UNKNOWN


# (l) A law is called what the rule makes of it


WEAKENS: Values = {**LAW, "topic": "encryption", "effect": "weakens-encryption"}
FORCE, GONE = "in force, weakens encryption", "repealed or rejected"
EVERYWHERE = (FORCE, ["asked"], "not", Truth.TRUE)


def law(rig: Rig, day: str = DAY) -> tuple[str, list[str], str, Truth]:
    """Its label, its clock, the State's cell, the rule's fact."""
    board = Board(rig.register.store)
    record = board.record(sid("law"))
    assert record is not None
    item = item_of(board, registry.all_procedures()["l-encryption"], record, day_of(day))
    fact = rig.value("state.weakens_encryption", "xb", as_of=day).truth
    return item.state_label, [one.state for one in item.due], need(rig, "l-encryption", "protects"), fact


def test_a_law_that_somebody_says_weakens_encryption_is_labelled_so(rig: Rig) -> None:
    """The clock ran and the rule counted it, and its label was "in force"."""
    rig.say("law", **PROTECTS)
    assert law(rig) == ("in force", [], "met", Truth.UNKNOWN)
    rig.say("law", type="Law", effect="weakens-encryption", by="rival", standing="reported")
    assert law(rig) == EVERYWHERE


def test_a_law_ends_by_all_who_tell_of_it(rig: Rig) -> None:
    """Its publisher's end ends it for label, clock, cell and rule: the ministry's account only completes this record (policy 3)."""
    rig.say("law", **WEAKENS)
    rig.say("law", type="Law", effect="weakens-encryption", by="ministry", standing="reported")
    rig.say("law", type="Law", inForceUntil="2023-01-01")
    assert law(rig) == ("not in force any more", [], "unknown", Truth.UNKNOWN)
    rig.say("law", type="Law", inForceUntil="2023-02-01", by="ministry", standing="reported")
    assert law(rig) == ("not in force any more", ["met"], "unknown", Truth.UNKNOWN)


def test_a_law_that_is_repealed_without_a_last_day_ends_for_the_rule_as_well(rig: Rig) -> None:
    rig.say("law", **WEAKENS)
    rig.say("law", type="Law", status="repealed", valid_from="2024-03-01")
    assert law(rig, "2024-02-29")[3] is Truth.TRUE
    assert law(rig) == (GONE, ["met"], "unknown", Truth.UNKNOWN)
    rig.say("law", type="Law", status="in-force", effect="weakens-encryption")
    assert law(rig) == EVERYWHERE


def test_a_bill_that_would_weaken_encryption_owes_no_repeal(rig: Rig) -> None:
    rig.say("law", **{**WEAKENS, "status": "bill"})
    assert law(rig) == ("not in force", [], "unknown", Truth.UNKNOWN)


# (b) An inquiry is told by the body that leads it and whoever told of it first, unless that is the party to it


def inquiry(rig: Rig) -> tuple[str, str, dict[str, list[str]], str]:
    """Its label, its clock, findings and last day on its page, the State's cell of findings."""
    board = Board(rig.register.store)
    record = board.record(sid("inquiry"))
    assert record is not None
    item = item_of(board, registry.all_procedures()["b-investigations"], record, day_of(DAY))
    [row] = inquiries_view(rig.register.store, today=DAY).inquiries
    return (
        item.state_label,
        item.due[0].state,
        row.texts,
        need(rig, "b-investigations", "findings"),
    )


OPEN: Values = {
    "type": "Investigation",
    "name": "Inquiry",
    "body": "@averna",
    "about": "@vireo",
    "startDate": "2023-01-01",
}
DONE: Values = {"type": "Investigation", "status": "closed", "endDate": "2023-02-01", "findings": "Ten cases."}
STATED: Values = {"type": "PublicStatement", "title": "Results", "body": "@averna", "investigation": "@inquiry", "results": "None.",
                  "prevention": "None.", "statedOn": "2023-03-01"}  # fmt: skip


def test_the_party_under_inquiry_ends_none_that_it_tells_of(rig: Rig) -> None:
    """Its page showed no findings, and label and clock had it closed by the word of the party."""
    rig.say("inquiry", by="vireo", **OPEN, **{one: value for one, value in DONE.items() if one != "type"})
    rig.say("stated", by="vireo", standing="reported", **STATED)
    waits = ("under way", "asked", {}, "unknown")
    assert inquiry(rig) == waits
    rig.say("inquiry", type="Investigation", about="@rival", by="rival", standing="reported")
    assert inquiry(rig) == waits


def test_the_body_that_leads_an_inquiry_ends_it_whoever_told_of_it_first(rig: Rig) -> None:
    """Its own end stood on the page, and moved neither label nor clock."""
    rig.publisher("averna")
    rig.say("inquiry", by="paper", standing="reported", **OPEN)
    assert inquiry(rig)[:2] == ("under way", "asked")
    rig.say("inquiry", by="averna", **DONE)
    assert inquiry(rig) == ("closed", "met", {"Findings": ["Ten cases."]}, "partly")


def test_a_stranger_makes_nobody_the_party_to_an_inquiry(rig: Rig) -> None:
    rig.say("inquiry", by=FREE, **OPEN, **{one: value for one, value in DONE.items() if one != "type"})
    before = inquiry(rig)
    assert before[:2] == ("closed", "met")
    rig.say("inquiry", type="Investigation", about=f"@{FREE}", by="vireo", standing="reported")
    assert inquiry(rig) == before
