"""Until when a tie held on the page of who answers: by whoever told of it first; in decisions by all who tell of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.decisions.evidence.dates import latest
from sousveil.decisions.views.responsibility import chains_view
from tests.decisions.rig import Rig, rigged, sid


def shown(rig: Rig) -> list[tuple[str, str]]:
    view = chains_view(rig.register.store, sid("vireo"), today="2024-06-01")
    return [(one.dates_words, one.state) for one in view.ties if one.ref.id == sid("held")]


@pytest.mark.parametrize("standing", ["confirmed", "reported", "alleged"])
def test_a_vendor_does_not_end_who_owns_it(tmp_path: Path, standing: str) -> None:
    with rigged(tmp_path) as rig:
        rig.publisher("vireo")
        rig.say("fern", type="Company", name="Fern Holding SA", country="xc")
        rig.say("held", type="Ownership", owner="@fern", asset="@vireo", percentage="60", startDate="2019-07-01")
        assert shown(rig) == [("from 1 July 2019, end unknown", "disclosed")]
        rig.say("held", type="Ownership", endDate="2020-01-01", by="vireo", standing=standing)
        assert shown(rig) == [("from 1 July 2019, end unknown", "disclosed")]


def test_who_told_of_it_first_ends_it(tmp_path: Path) -> None:
    with rigged(tmp_path) as rig:
        rig.say("fern", type="Company", name="Fern Holding SA", country="xc")
        tie = {"owner": "@fern", "asset": "@vireo", "percentage": "60", "startDate": "2019-07-01"}
        rig.say("held", type="Ownership", **tie, by="paper", standing="reported")
        rig.say("held", type="Ownership", endDate="2020-01-01", by="paper", standing="reported")
        assert shown(rig) == [("from 1 July 2019 until 1 January 2020", "ended")]


@pytest.mark.parametrize(("end", "live"), [("2024-02-05", False), ("2024", True), ("2024-02-05?", True)])
def test_a_tie_goes_on_while_one_of_its_last_days_may_be_to_come(tmp_path: Path, end: str, live: bool) -> None:
    with rigged(tmp_path) as rig:
        rig.say("fern", type="Company", name="Fern Holding SA", country="xc")
        rig.say(
            "held",
            type="Ownership",
            owner="@fern",
            asset="@vireo",
            percentage="60",
            startDate="2019-07-01",
            endDate=end,
        )
        rig.say("held", type="Ownership", endDate="2024-03-05")
        links = rig.world(as_of="2024-06-01").graph.links(sid("vireo"))
        assert (sid("fern") in {one.other for one in links if not one.alleged}) is live
    assert [latest([end, "2024-03-05"]), latest([end, ".."])] == [end if live else "2024-03-05", ".."]
