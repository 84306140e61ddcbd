"""A notice to a regulator that the company, or somebody tied to it, publishes about itself: it told nobody, and nobody owes an answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import item_of, open_duties
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.desk.watching import WatchView, watch
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.decisions.rig import DAY, FREE, Rig, rigged, sid
from tests.web.client import ask

ACKNOWLEDGEMENT = "Acknowledgement of the notice"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Vireo's listing, told of by others; Vireo's owner, its reseller, and a regulator."""
    with rigged(tmp_path) as made:
        for key in ("vireo", "holding", "reseller", "exchange"):
            made.publisher(key)
        made.say("exchange", type="PublicBody", name="Exchange", country="xa", partOf="@calder", office="regulator")
        made.say("holding", type="Company", name="Holding", country="xa")
        made.say("reseller", type="Company", name="Reseller", country="xa")
        made.say("owns", type="Ownership", owner="@holding", asset="@vireo", percentage="100", startDate="2020")
        made.say("sells", type="Representation", agent="@reseller", client="@vireo", startDate="2020")
        made.say("event", type="CorporateEvent", name="Listing", company="@vireo", eventKind="listing", plannedFor="2024-09-01",
                 status="announced")  # fmt: skip
        yield made


def notice(rig: Rig, by: str, **more: str) -> None:
    rig.say("notice", type="RegulatorNotice", by=by,
            **{"name": "Notice", "regulator": "@exchange", "company": "@vireo", "corporateEvent": "@event", "harms": "Lawyers.",
               "sentOn": "2024-02-01", **more})  # fmt: skip


def seen(rig: Rig) -> tuple[str | None, str, list[str], list[str], int]:
    """The notice: its clock, its label, its state on the watch; there also the event, and how many notices are overdue."""
    board = Board(rig.register.store)
    record = board.record(sid("notice"))
    assert record is not None
    item = item_of(board, all_procedures()["k-markets"], record, day_of(DAY))
    view: WatchView = watch(rig.register.store, DAY, board)
    mine = next(one for one in view.watched if one.company.id == sid("vireo"))
    late = [one for one in open_duties(board, day_of(DAY)) if one.due.label == ACKNOWLEDGEMENT]
    assert len(late) == view.unanswered
    clock = next((one.state for one in item.due), None)
    return clock, item.state, [one.state for one in mine.notices], [one.state for one in mine.events], view.unanswered


@pytest.mark.parametrize("by", ["vireo", "holding", "reseller"])
def test_nobody_owes_an_answer_to_what_a_company_says_of_itself(rig: Rig, by: str) -> None:
    notice(rig, by)
    assert seen(rig) == (None, "by-itself", ["own"], ["untold"], 0)
    page = ask(Outer(Site(rig.register)), f"/watch?as_of={DAY}").text
    assert "no regulator has been told" in page and "published by the company itself or somebody tied to it" in page
    assert "not acknowledged within the days asked for" not in page


def test_nor_where_it_names_another_company_before_an_event_of_its_own(rig: Rig) -> None:
    rig.say("rival", type="Company", name="Rival", country="xa")
    notice(rig, "vireo", company="@rival")
    late = [one.due.label for one in open_duties(Board(rig.register.store), day_of(DAY))]
    assert ACKNOWLEDGEMENT not in late


def test_what_anybody_else_tells_the_regulator_is_answered_in_time_or_overdue(rig: Rig) -> None:
    """Also where somebody adds to it that it is about whoever told of it first."""
    notice(rig, FREE)
    expected = ("asked", "sent", ["unanswered"], ["told"], 1)
    assert seen(rig) == expected
    rig.say("notice", type="RegulatorNotice", company=f"@{FREE}", by="vireo")
    assert seen(rig) == expected


def test_a_regulator_that_acknowledges_it_all_the_same_has_done_so(rig: Rig) -> None:
    notice(rig, "vireo", acknowledgedOn="2024-02-02")
    assert seen(rig)[:3] == (None, "by-itself", ["own"])
    rig.say("notice", type="RegulatorNotice", acknowledgedOn="2024-02-10", by="exchange")
    assert seen(rig)[:3] == (None, "acknowledged", ["acknowledged"])
