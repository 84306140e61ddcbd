"""Whether a path to remedy is open the rule says, on the page of who answers too: nobody opens one by saying so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.views.responsibility import chains_view
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.decisions.rig import DAY, FREE, Rig, rigged, sid
from tests.web.client import ask

PATH: dict[str, Any] = {"type": "RemedyPath", "name": "Ombudsman", "country": "xa", "pathKind": "ombudsman", "status": "open",
                        "practice": "Nine cases.", "casesHeard": "9", "startDate": "2022-01-01", "valid_until": ".."}  # fmt: skip
MISSING = "an open path outside of courts"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        made.publisher("vireo")
        made.say(
            "case",
            type="AbuseIncident",
            name="Phones",
            product="@lens",
            vendor="@vireo",
            date="2023-06-01",
            stage="infected",
        )
        yield made


def shown(rig: Rig) -> tuple[list[tuple[str, str, list[str], bool]], bool, bool]:
    """The paths (kind, status, by whom, in doubt), whether one outside of courts is open, and whether the page calls it missing."""
    view = chains_view(rig.register.store, sid("vireo"), today=DAY)
    [first] = view.incidents[0].answerable
    page = ask(Outer(Site(rig.register)), f"/entities/{sid('vireo')}/chains?as_of={DAY}").text
    paths = [(one.kind, one.status, sorted(one.by), one.doubted) for one in first.paths.rows]
    return paths, "other" in first.paths.opens, MISSING in page


@pytest.mark.parametrize("standing", ["confirmed", "reported"])
def test_the_vendor_opens_no_path_against_itself(rig: Rig, standing: str) -> None:
    assert shown(rig) == ([], False, True)
    rig.say("path", by="vireo", standing=standing, **PATH)
    assert shown(rig) == ([("ombudsman", "open", ["Vireo Systems Ltd"], True)], False, True)
    assert rig.value("state.other_path", "xa").truth is Truth.UNKNOWN
    rig.say("path", by=FREE, **PATH)
    told = ["Vireo Systems Ltd", "Watch Foundation (invented)"]
    assert shown(rig) == ([("ombudsman", "open", told, True)], False, True)
    rig.second("path", **PATH)
    assert shown(rig) == ([("ombudsman", "open", ["Lookout Foundation (invented)", *told], False)], True, False)
    assert rig.value("state.other_path", "xa").truth is Truth.TRUE


def test_what_others_add_moves_and_hides_no_path(rig: Rig) -> None:
    rig.say("path", by=FREE, **PATH, against="home")
    rig.say(
        "path",
        type="RemedyPath",
        by="vireo",
        standing="reported",
        against="host",
        howTo="Do not.",
        endDate="2023-01-01",
    )
    view = chains_view(rig.register.store, sid("vireo"), today=DAY)
    [found] = view.incidents[0].answerable[0].paths.rows
    assert (found.kind, found.practical, found.state_by) == ("ombudsman", [], ["Vireo Systems Ltd"])
    rig.say("path", type="RemedyPath", by="paper", standing="reported", status="closed")
    assert shown(rig) == ([("ombudsman", "closed", [sid("paper")], False)], False, True)
