"""On a day, what begins only later is not open: it is to come, or left out; and a duty on an inquiry has one clock on every page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions import proposals
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import open_duties
from sousveil.decisions.views import licences, records
from sousveil.register.register import Register
from tests.decisions.rig import Rig, disclosures_view, sid

BEFORE, AFTER = "2019-01-01", "2026-06-01"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A State with an office, and nothing on file of it yet."""
    made = Rig(tmp_path / "register")
    made.say("averna", type="State", name="Averna (invented)", country="xa")
    made.say("office", type="PublicBody", name="Office of Averna", country="xa", partOf="@averna")
    made.say("vireo", type="Company", name="Vireo", country="xb")
    yield made
    made.register.close()


def requests(rig: Rig, day: str) -> tuple[list[str], tuple[int, int, int]]:
    """State of each request; how many are open, overdue and to come."""
    view = disclosures_view(rig.register.store, as_of=day)
    counts = view.counts["requests_open"], view.counts["requests_overdue"], view.counts["requests_to_come"]
    return [one.state for one in view.requests], counts


def test_a_request_is_to_come_until_it_is_asked(rig: Rig) -> None:
    asked = {"type": "InformationRequest", "body": "@office", "requester": "@watch"}
    rig.say("old", **asked, name="Old", askedOn="2022-03-01", answeredOn="2022-03-20")
    rig.say("new", **asked, name="New", askedOn="2027-01-01")
    assert requests(rig, BEFORE) == (["to-come", "to-come"], (0, 0, 2))
    assert requests(rig, "2022-03-10") == (["asked", "to-come"], (1, 0, 1))
    assert requests(rig, AFTER)[1][2] == 1
    assert requests(rig, AFTER)[0][-1] == "to-come", "it stands at the end"
    assert requests(rig, "2027-01-01")[1] == (1, 0, 0)


def test_nothing_is_withheld_before_it_is(rig: Rig) -> None:
    rig.say("deal", type="Contract", title="Deal", buyer="@office", startDate="2018-01-01", endDate="2026-12-31")
    rig.say(
        "ink",
        type="Redaction",
        standing="reported",
        record="@deal",
        body="@office",
        what="The price.",
        legalGround="9",
        startDate="2022-05-01",
        endDate="2027-01-01",
    )
    found = []
    for day in (BEFORE, "2022-05-01"):
        view = disclosures_view(rig.register.store, as_of=day)
        found.append((view.counts["withheld"], len(view.withheld)))
    assert found == [(0, 0), (1, 1)]


def test_a_proposal_is_to_come_before_its_day_and_has_no_notice_before_that_of_it(rig: Rig) -> None:
    rig.say("board", type="OversightBody", name="Board", country="xa", bodyKind="community", oversees="@office")
    proposal = {
        "type": "Acquisition",
        "name": "Cameras",
        "body": "@office",
        "board": "@board",
        "proposedOn": "2026-05-04",
    }
    rig.say("proposal", **proposal, noticeDays="30")
    rig.say("other", **{**proposal, "name": "Aerials", "proposedOn": "2026-01-02"})
    notice = {"type": "PublicNotice", "acquisition": "@proposal", "noticedOn": "2026-05-10"}
    rig.publisher("office")
    rig.say("notice", **notice, name="Notice", by="office")
    stages = []
    for day in ("2026-01-05", "2026-05-05", "2026-05-20", "2026-07-01"):
        view = proposals.proposals_view(rig.register.store, as_of=day)
        stages.append((view.to_come, [(one.ref.caption, one.stands.stage) for one in view.proposals]))
    assert stages == [
        (1, [("Aerials", "proposed"), ("Cameras", "to-come")]),
        (0, [("Aerials", "proposed"), ("Cameras", "proposed")]),
        (0, [("Aerials", "proposed"), ("Cameras", "notice")]),
        (0, [("Aerials", "proposed"), ("Cameras", "deciding")]),
    ]


def test_an_inquiry_is_to_come_before_it_begins(rig: Rig) -> None:
    inquiry = {"type": "Investigation", "name": "Inquiry", "body": "@office", "about": "@vireo", "status": "open"}
    rig.say("inquiry", **inquiry, startDate="2022-06-01", findings="Much.", endDate="2023-01-01")
    found = []
    for day in (BEFORE, "2022-06-01"):
        view = records.inquiries_view(rig.register.store, as_of=day)
        found.append((view.count, view.to_come, view.overdue, [(one.state, one.texts) for one in view.inquiries]))
    assert found == [
        (1, 1, 0, [("to-come", {})]),
        (1, 0, 0, [("open", {"Findings": ["Much."]})]),
    ]


def late(rig: Rig, day: str) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """Which steps of inquiries are overdue by how many days: on their page, and on that of what is overdue."""
    store: Register = rig.register
    view = records.inquiries_view(store.store, as_of=day)
    page = {(f"{one.ref.id} {due.clock}", due.days_over) for one in view.inquiries for due in one.due if due.days_over}
    rows = open_duties(Board(store.store), day_of(day))
    whole = {
        (f"{one.item.ref.id} {one.due.clock}", one.due.days_over)
        for one in rows
        if one.item.ref.type == "Investigation" and one.due.state == "overdue"
    }
    assert view.overdue == len({name.split()[0] for name, _ in page})
    return page, whole


def test_an_inquiry_is_overdue_on_its_page_as_where_everything_overdue_stands(rig: Rig) -> None:
    rig.publisher("office")
    inquiry = {
        "by": "office",
        "type": "Investigation",
        "body": "@office",
        "about": "@vireo",
        "status": "open",
        "startDate": "2024-01-01",
        "dueOn": "2024-06-29",
    }
    rig.say("plain", **inquiry, name="Of parliament", investigationKind="parliamentary")
    rig.say("free", **inquiry, name="Independent", investigationKind="independent")
    rig.say("over", **inquiry, name="Ended without a statement", endDate="2024-03-01")
    rig.say("licence", type="ExportLicence", name="L", licensee="@vireo", issuer="@office", issueDate="2023-01-01")
    plain, free = sid("plain"), sid("free")
    told = {
        "2024-06-29": set(),
        "2024-06-30": {(f"{plain} results", 1), (f"{free} results", 1), (f"{free} statement", 1)},
        "2025-01-01": {(f"{plain} results", 186), (f"{free} results", 186), (f"{free} statement", 186)},
    }
    for day, expected in told.items():
        assert late(rig, day) == (expected, expected), day
    [state] = licences.exporting_view(rig.register.store, sid("vireo"), as_of="2025-01-01").states
    assert {one.ref.id for one in state.inquiries if records.is_overdue(one)} == {plain, free}
