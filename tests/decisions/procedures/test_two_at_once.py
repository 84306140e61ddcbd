"""Who gives a record two statuses in one entry has softened nothing, in label and clock; a label says by whose word it is so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.cells import company_cells, state_row
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import ProcedureItem, item_of
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.decisions.views.halts import halts
from sousveil.decisions.views.licences import exporting_view
from sousveil.web.pictures.halts import words
from tests.decisions.procedures.test_renewed_licences import LICENCE
from tests.decisions.rig import Rig, rigged, sid

DAY = "2024-06-01"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        for name in ("calder", "rival", "maker"):
            made.publisher(name)
        made.publisher("grey", verified=False)
        made.say("rival", type="Company", name="Rival AG (invented)", country="xb", by="rival")
        made.say("maker", type="Company", name="Maker AG (invented)", country="xa", by="maker")
        yield made


def item(rig: Rig, procedure: str, type: str, key: str, day: str = DAY) -> ProcedureItem:
    board = Board(rig.register.store)
    (record,) = (one for one in board.records[type] if one.id == sid(key))
    return item_of(board, all_procedures()[procedure], record, day_of(day))


def seen(rig: Rig, procedure: str, type: str, key: str) -> tuple[str, bool, list[tuple[str, str]]]:
    found = item(rig, procedure, type, key)
    return found.state_label, found.closed, [(one.clock, one.state) for one in found.due]


ORDER: dict[str, Any] = {"title": "Order", "authority": "@calder", "company": "@maker", "publishedAt": "2024-01-01"}
HALT: dict[str, Any] = {"summary": "Halt", "state": "@calder", "country": "xa", "measureKind": "ban", "covers": "sale",
                        "date": "2024-01-01", "startDate": "2024-01-05"}  # fmt: skip
EVENT: dict[str, Any] = {"name": "Sale", "company": "@maker", "eventKind": "takeover", "announcedOn": "2024-01-01",
                         "plannedFor": "2024-03-01"}  # fmt: skip
STANDARD: dict[str, Any] = {"name": "Standard", "state": "@calder", "proposedOn": "2023-01-01",
                            "inForceFrom": "2023-02-01", "requires": ["ungp-respect", "no-abusing-clients"]}  # fmt: skip
ACT: dict[str, Any] = {"title": "Act", "jurisdiction": "xa", "state": "@calder", "topic": "transparency",
                       "provides": ["covers-companies", "public-registry"], "enforced": "yes",
                       "inForceFrom": "2020-01-01", "valid_until": ".."}  # fmt: skip
TORN = [
    ("nso-exporting-states", "RevocationOrder", {**ORDER, "issuedOn": "2024-01-02"}, ["draft", "issued"],
     ("draft", False, [("revocation", "asked")])),
    ("nso-exporting-states", "RevocationOrder", {**ORDER, "issuedOn": "2024-01-02"}, ["draft", "issued", "refused"],
     ("draft", False, [("revocation", "asked")])),
    ("a-moratorium", "MoratoriumMeasure", HALT, ["in-force", "announced"],
     ("announced, not yet in force", False, [("in-force", "asked")])),
    ("a-moratorium", "MoratoriumMeasure", HALT, ["in-force", "ended"],
     ("announced, not yet in force", False, [("in-force", "asked")])),
    ("k-markets", "CorporateEvent", EVENT, ["announced", "withdrawn"],
     ("no notice on file", False, [("notice", "asked")])),
    ("k-markets", "CorporateEvent", EVENT, ["announced", "completed"],
     ("no notice on file", False, [("notice", "asked")])),
    ("j-lifting", "ProcurementStandard", STANDARD, ["proposed", "in-force"],
     ("proposed", False, [("standard", "asked")])),
    ("j-lifting", "ProcurementStandard", STANDARD, ["proposed", "repealed"],
     ("proposed", False, [("standard", "asked")])),
    ("d-registration", "Law", ACT, ["bill", "in-force"], ("not in force", False, [])),
    ("d-registration", "Law", ACT, ["in-force", "repealed"], ("rejected or repealed", True, [])),
    ("d-registration", "Law", ACT, ["bill", "passed"], ("not in force", False, [])),
]  # fmt: skip


@pytest.mark.parametrize(("procedure", "type", "said", "statuses", "expected"), TORN)
def test_two_statuses_of_one_entry_soften_neither_label_nor_clock(
    rig: Rig, procedure: str, type: str, said: dict[str, Any], statuses: list[str], expected: tuple[str, bool, Any]
) -> None:
    rig.say("one", by="calder", type=type, **said, status=statuses)
    assert seen(rig, procedure, type, "one") == expected


ALONE = [
    ("nso-exporting-states", "RevocationOrder", {**ORDER, "issuedOn": "2024-01-02"}, "issued",
     ("issued", True, [("revocation", "met")])),
    ("nso-exporting-states", "RevocationOrder", {**ORDER, "issuedOn": "2024-01-02"}, "draft",
     ("draft", False, [("revocation", "asked")])),
    ("a-moratorium", "MoratoriumMeasure", HALT, "in-force", ("in force", False, [("in-force", "met")])),
    ("a-moratorium", "MoratoriumMeasure", HALT, "ended", ("ended", True, [])),
    ("k-markets", "CorporateEvent", EVENT, "withdrawn", ("over", True, [])),
    ("j-lifting", "ProcurementStandard", STANDARD, "in-force", ("in force", False, [])),
]  # fmt: skip


@pytest.mark.parametrize(("procedure", "type", "said", "status", "expected"), ALONE)
def test_one_status_counts(
    rig: Rig, procedure: str, type: str, said: dict[str, Any], status: str, expected: tuple[str, bool, Any]
) -> None:
    rig.say("one", by="calder", type=type, **said, status=status)
    assert seen(rig, procedure, type, "one") == expected


LATER = [
    ("nso-exporting-states", "RevocationOrder", {**ORDER, "issuedOn": "2024-01-02"}, ["draft", "refused"], "issued",
     ("issued", True, [("revocation", "met")])),
    ("nso-exporting-states", "RevocationOrder", {**ORDER, "issuedOn": "2024-01-02"}, ["draft", "issued"], "refused",
     ("refused", True, [("revocation", "asked")])),
    ("a-moratorium", "MoratoriumMeasure", HALT, ["announced", "in-force"], "in-force",
     ("in force", False, [("in-force", "met")])),
    ("a-moratorium", "MoratoriumMeasure", HALT, ["announced", "in-force"], "ended", ("ended", True, [])),
    ("k-markets", "CorporateEvent", EVENT, ["announced", "withdrawn"], "withdrawn", ("over", True, [])),
    ("j-lifting", "ProcurementStandard", STANDARD, ["proposed", "in-force"], "repealed",
     ("repealed", True, [("standard", "asked")])),
]  # fmt: skip


@pytest.mark.parametrize(("procedure", "type", "said", "torn", "later", "expected"), LATER)
def test_what_a_later_entry_says_alone_counts_in_label_and_clock(
    rig: Rig, procedure: str, type: str, said: dict[str, Any], torn: list[str], later: str, expected: Any
) -> None:
    rig.say("one", by="calder", type=type, **said, status=torn)
    rig.say("one", by="calder", type=type, status=later, valid_until="..")
    assert seen(rig, procedure, type, "one") == expected


@pytest.mark.parametrize("standing", ["reported", "alleged"])
@pytest.mark.parametrize(
    ("procedure", "type", "said", "status", "torn", "label"),
    [
        ("a-moratorium", "MoratoriumMeasure", HALT, "ended", ["ended", "in-force"], "ended"),
        ("k-markets", "CorporateEvent", EVENT, "withdrawn", ["withdrawn", "announced"], "over"),
    ],
)
def test_two_statuses_of_a_stranger_start_no_clock_of_what_is_over(
    rig: Rig,
    standing: str,
    procedure: str,
    type: str,
    said: dict[str, Any],
    status: str,
    torn: list[str],
    label: str,
) -> None:
    rig.say("one", by="calder", type=type, **said, status=status)
    rig.say("one", by="grey", standing=standing, type=type, status=torn)
    assert seen(rig, procedure, type, "one") == (label, True, [])


def test_a_status_of_a_later_entry_is_news(rig: Rig) -> None:
    rig.say("one", by="calder", type="RevocationOrder", **ORDER, status="draft")
    rig.say("one", by="calder", type="RevocationOrder", status="issued", issuedOn="2024-01-10")
    assert seen(rig, "nso-exporting-states", "RevocationOrder", "one") == ("issued", True, [("revocation", "met")])


@pytest.mark.parametrize(
    ("statuses", "later", "order"),
    [
        (["issued"], "", "issued"),
        (["issued", "draft"], "", "draft"),
        (["issued", "draft"], "refused", "refused"),
        (["refused", "draft"], "issued", "issued"),
    ],
)
def test_the_page_of_a_group_tells_an_order_as_its_label_does(
    rig: Rig, statuses: list[str], later: str, order: str
) -> None:
    rig.say("office", type="PublicBody", name="Export Office", country="xa", partOf="@calder", office="licensing")
    rig.publisher("office")
    rig.say("licence", by="office", **LICENCE)
    rig.say("order", by="calder", type="RevocationOrder", **{**ORDER, "company": "@vireo"}, issuedOn="2024-01-02",
            status=statuses)  # fmt: skip
    if later:
        rig.say("order", by="calder", type="RevocationOrder", status=later, valid_until="..")
    (state,) = exporting_view(rig.register.store, sid("vireo"), today=DAY).states
    assert state.order_status == order
    label = item(rig, "nso-exporting-states", "RevocationOrder", "order").state_label
    assert label == order


# What somebody reports as ended


LAW = {**ACT, "status": "in-force"}
PART: dict[str, Any] = {"state": "@calder", "forum": "Work on standards", "participation": "party",
                        "contribution": "A draft", "startDate": "2020-01-01", "valid_until": ".."}  # fmt: skip
REPORT: dict[str, Any] = {"title": "Report", "company": "@maker", "periodEnd": "2024-01-01", "publishedAt": "2024-01-02",
                          "identified": "a", "prevented": "b", "mitigated": "c", "accounted": "d",
                          "expiresOn": "2025-01-01"}  # fmt: skip
NOW = {**STANDARD, "status": "in-force", "valid_until": ".."}
IN_DISPUTE = "in force, and somebody reports that it is not"
ENDS = [
    ("d-registration", "Law", LAW, {"status": "repealed"}, "in force", IN_DISPUTE),
    ("d-registration", "Law", LAW, {"status": "bill"}, "in force", IN_DISPUTE),
    ("d-registration", "Law", LAW, {"inForceUntil": "2024-05-01"}, "in force", IN_DISPUTE),
    ("j-lifting", "ProcurementStandard", NOW, {"status": "repealed"}, "in force", IN_DISPUTE),
    ("j-lifting", "ProcurementStandard", NOW, {"inForceUntil": "2024-05-01"}, "in force", IN_DISPUTE),
    ("j-lifting", "TreatyParticipation", PART, {"endDate": "2024-05-01"}, "takes part",
     "takes part, and somebody reports that it ended"),
    ("c-due-diligence", "DueDiligenceReport", REPORT, {"expiresOn": "2024-05-01"}, "all four parts there",
     "somebody reports that it counts no more"),
]  # fmt: skip


@pytest.mark.parametrize(("procedure", "type", "own", "added", "before", "after"), ENDS)
@pytest.mark.parametrize("standing", ["confirmed", "reported", "alleged"])
def test_what_a_rival_reports_as_ended_is_labelled_so_with_its_name(
    rig: Rig,
    procedure: str,
    type: str,
    own: dict[str, Any],
    added: dict[str, Any],
    before: str,
    after: str,
    standing: str,
) -> None:
    by = "maker" if type == "DueDiligenceReport" else "calder"
    rig.say("one", by=by, type=type, **own)
    assert item(rig, procedure, type, "one").state_label == before
    rig.say("one", by="rival", standing=standing, type=type, **added)
    found = item(rig, procedure, type, "one")
    name = "Rival AG (invented)"
    if standing == "alleged":
        assert (found.state_label, found.state_by, found.state_words) == (before, [], "")
    else:
        assert (found.state_label, found.state_by, found.state_words) == (after, [name], standing)
    assert not found.closed


def test_label_and_rule_say_the_same_of_a_law_that_a_rival_calls_repealed(rig: Rig) -> None:
    rig.say("one", by="watch", type="Law", **LAW)
    rig.second("one", type="Law", enforced="yes")
    assert rig.value("state.transparency_law", "xa").truth is Truth.TRUE
    rig.ids["theirs"] = rig.say("one", by="rival", standing="reported", type="Law", status="repealed")
    assert rig.value("state.transparency_law", "xa").truth is Truth.UNKNOWN
    assert item(rig, "d-registration", "Law", "one").state_label == IN_DISPUTE
    rig.retract("theirs", "rival")
    assert rig.value("state.transparency_law", "xa").truth is Truth.TRUE
    assert item(rig, "d-registration", "Law", "one").state_label == "in force"


def cell(rig: Rig, letter: str) -> dict[str, str]:
    (found,) = (one for one in state_row(Board(rig.register.store), "xa", day_of(DAY)).cells if one.letter == letter)
    return {one.name: one.state for one in found.needs}


def halting(rig: Rig) -> dict[str, tuple[str, list[str]]]:
    return {one.country: (one.state, one.covers) for one in halts(Board(rig.register.store), day_of(DAY))}


def test_a_halt_that_its_state_ended_is_none_in_label_clock_cell_and_map(rig: Rig) -> None:
    rig.say("one", by="calder", type="MoratoriumMeasure", **HALT, status="in-force")
    assert cell(rig, "a") == {"sale": "partly", "transfer": "unknown", "use": "unknown", "whole": "partly"}
    assert halting(rig) == {"xa": ("partial", ["sale"])}
    rig.say("one", by="calder", type="MoratoriumMeasure", status="ended")
    assert seen(rig, "a-moratorium", "MoratoriumMeasure", "one") == ("ended", True, [])
    assert cell(rig, "a") == dict.fromkeys(("sale", "transfer", "use", "whole"), "unknown")
    assert halting(rig) == {"xa": ("none", [])}


def test_the_map_tells_of_no_use_where_a_state_has_a_measure_alone(rig: Rig) -> None:
    rig.say("one", by="calder", type="MoratoriumMeasure", **HALT, status=["announced", "in-force"])
    assert halting(rig) == {"xa": ("announced", [])}
    assert words()["none"] == "nothing halted by what is recorded"


MET = {"law": "met", "registry": "met", "enforced": "met"}
UNKNOWN = dict.fromkeys(MET, "unknown")


@pytest.mark.parametrize(
    ("added", "needs"),
    [
        ({"status": "bill"}, UNKNOWN),
        ({"inForceUntil": "2024-05-01"}, UNKNOWN),
        ({"status": "repealed"}, {"law": "not", "registry": "not", "enforced": "unknown"}),
        ({"enforced": "partly"}, {**MET, "enforced": "partly"}),
        ({"enforced": "no"}, {**MET, "enforced": "not"}),
    ],
)
def test_a_law_in_dispute_shows_nothing_as_the_rule_does_not_count_it(
    rig: Rig, added: dict[str, str], needs: dict[str, str]
) -> None:
    rig.say("one", by="watch", type="Law", **LAW)
    rig.second("one", type="Law", enforced="yes")
    assert cell(rig, "d") == MET
    rig.say("one", by="grey", standing="alleged", type="Law", **added)
    assert cell(rig, "d") == (MET | {"enforced": "partly"} if "inForceUntil" in added else MET)
    rig.say("one", by="rival", standing="reported", type="Law", **added)
    assert (cell(rig, "d"), rig.value("state.transparency_law", "xa").truth) == (needs, Truth.UNKNOWN)


def test_a_law_in_dispute_is_a_claim_and_no_missing_answer(rig: Rig) -> None:
    rig.say("one", by="watch", type="Law", **LAW)
    rig.say("one", by="rival", standing="reported", type="Law", inForceUntil="2024-05-01")
    row = state_row(Board(rig.register.store), "xa", day_of(DAY))
    (found,) = (one for one in row.cells if one.letter == "d")
    assert (found.state, found.asked_since, found.days_asked) == ("unknown", None, 0)
    assert [(one.proof, bool(one.claimed)) for one in found.needs] == [([], True)] * 3


@pytest.mark.parametrize("by", ["watch", "rival"])
def test_nobody_takes_away_what_is_reported_by_alleging_it_as_well(rig: Rig, by: str) -> None:
    rig.say("one", by="watch", type="Law", **LAW)
    rig.say("one", by="rival", standing="reported", type="Law", status="repealed", enforced="no")
    assert cell(rig, "d") == dict.fromkeys(MET, "not")
    rig.say("one", by=by, standing="alleged", type="Law", status="repealed", enforced="no")
    assert cell(rig, "d") == dict.fromkeys(MET, "not")


@pytest.mark.parametrize("by", ["grey", "rival"])
def test_a_law_that_somebody_told_of_as_a_paper_first_is_in_dispute_as_well(rig: Rig, by: str) -> None:
    rig.say("one", by=by, type="Document", title="A paper")
    rig.say("one", by="watch", type="Law", **LAW)
    rig.second("one", type="Law", enforced="yes")
    assert (item(rig, "d-registration", "Law", "one").state_label, cell(rig, "d")) == ("in force", MET)
    rig.say("one", by="rival", standing="reported", type="Law", inForceUntil="2024-05-01")
    found = item(rig, "d-registration", "Law", "one")
    assert (found.state_label, found.state_by) == (IN_DISPUTE, ["Rival AG (invented)"])
    assert (cell(rig, "d"), rig.value("state.transparency_law", "xa").truth) == (UNKNOWN, Truth.UNKNOWN)


def test_a_report_that_somebody_says_counts_no_more_shows_nothing(rig: Rig) -> None:
    rig.say("lens-2", by="maker", type="SurveillanceProduct", name="Lens 2", vendor="@maker", category="intrusion")
    rig.say("one", by="watch", type="DueDiligenceReport", **REPORT)

    def report() -> str:
        cells = company_cells(Board(rig.register.store), sid("maker"), day_of(DAY))
        (found,) = (need.state for one in cells if one.letter == "c" for need in one.needs)
        return found

    assert report() == "met"
    rig.say("one", by="rival", standing="reported", type="DueDiligenceReport", expiresOn="2024-05-01")
    assert report() == "unknown"


def test_another_law_that_nobody_disputes_meets_the_need(rig: Rig) -> None:
    rig.say("one", by="watch", type="Law", **LAW)
    rig.say("two", by="watch", type="Law", **{**LAW, "title": "Another act"})
    rig.second("two", type="Law", enforced="yes")
    rig.say("one", by="rival", standing="reported", type="Law", inForceUntil="2024-05-01")
    assert (cell(rig, "d"), rig.value("state.transparency_law", "xa").truth) == (MET, Truth.TRUE)


def test_a_law_given_two_statuses_at_once_meets_nothing(rig: Rig) -> None:
    rig.say("one", by="watch", type="Law", **ACT, status=["bill", "in-force"])
    rig.second("one", type="Law", enforced="yes")
    assert cell(rig, "d") == dict.fromkeys(MET, "unknown")
    assert rig.value("state.transparency_law", "xa").truth is Truth.UNKNOWN


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ({}, "in force"),
        ({"inForceFrom": "2099-01-01"}, "not yet in force"),
        ({"inForceUntil": "2024-05-01"}, "not in force any more"),
    ],
)
def test_a_standard_is_in_force_from_its_first_day_to_its_last(rig: Rig, said: dict[str, str], label: str) -> None:
    rig.say("one", by="calder", type="ProcurementStandard", **{**NOW, **said})
    assert item(rig, "j-lifting", "ProcurementStandard", "one").state_label == label


# By whose word


def test_a_path_that_somebody_reports_as_closed_is_closed_by_their_word(rig: Rig) -> None:
    said = {"name": "Court", "country": "xa", "pathKind": "court", "status": "open"}
    rig.say("one", by="calder", type="RemedyPath", **said)
    rig.say("one", by="rival", standing="reported", type="RemedyPath", status="closed")
    found = item(rig, "i-remedy", "RemedyPath", "one")
    assert (found.state_label, found.state_by, found.state_words) == (
        "barred or closed",
        ["Rival AG (invented)"],
        "reported",
    )
    assert found.standing_words == "confirmed"


def test_an_effect_that_one_vendor_reports_bears_its_name(rig: Rig) -> None:
    said = {"title": "Act", "jurisdiction": "xa", "state": "@calder", "topic": "encryption", "status": "in-force",
            "inForceFrom": "2020-01-01"}  # fmt: skip
    rig.say("one", by="calder", type="Law", **said)
    rig.say("one", by="rival", standing="reported", type="Law", effect="weakens-encryption", status="in-force",
            inForceFrom="2020-01-01")  # fmt: skip
    found = item(rig, "l-encryption", "Law", "one")
    assert (found.state_label, found.state_by, found.state_words) == (
        "in force, weakens encryption",
        ["Rival AG (invented)"],
        "reported",
    )
    rig.say("one", by="rival", standing="reported", type="Law", inForceUntil="2024-02-01")
    found = item(rig, "l-encryption", "Law", "one")
    assert found.state_label == IN_DISPUTE
    assert [(one.clock, one.state) for one in found.due] == [("repeal", "met")]


@pytest.mark.parametrize(
    ("outcomes", "proposal", "truth"),
    [
        (["approved"], "approved", Truth.UNKNOWN),
        (["rejected"], "rejected", Truth.TRUE),
        (["approved", "rejected"], "rejected", Truth.TRUE),
        (["approved-with-conditions", "rejected"], "rejected", Truth.TRUE),
        (["approved", "ended"], "approval is over", Truth.TRUE),
        (["approved", "suspended"], "approval is over", Truth.TRUE),
    ],
)
def test_of_two_outcomes_of_a_decision_the_stricter_is_the_label_as_the_rule_has_it(
    rig: Rig, outcomes: list[str], proposal: str, truth: Truth
) -> None:
    for name in ("ministry", "board"):
        rig.publisher(name)
    rig.say("board", type="OversightBody", name="Board", country="xb", bodyKind="community", oversees="@ministry")
    rig.say("plan", by="ministry", type="Acquisition", name="Plan", body="@ministry", board="@board", product="@lens",
            proposedOn="2023-12-01", noticeDays="30", rightsAssessment="y", purpose="x")  # fmt: skip
    rig.say("told", by="ministry", type="PublicNotice", acquisition="@plan", body="@ministry", noticedOn="2023-12-02",
            days="30")  # fmt: skip
    rig.say("decision", by="board", type="OversightDecision", body="@board", about="@plan", outcome=outcomes,
            date="2024-02-10", reason="Because")  # fmt: skip
    found = item(rig, "h-boards", "Acquisition", "plan")
    assert (found.state_label, found.closed) == (proposal, True)
    assert [(one.clock, one.state) for one in found.due] == [("decision", "met")]
    assert rig.value("deal.board_rejected", "").truth is truth
