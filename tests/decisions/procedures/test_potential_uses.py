"""A use by a potential client is no use: label, cell, departures, list of what continues despite a halt, and rule say the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.cells import state_row
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import item_of
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.decisions.proposals import proposal_view
from sousveil.decisions.views.halts import halts
from tests.decisions.rig import FREE, Rig, rigged, sid

DAY = "2025-06-01"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A halt of use in Averna, and a proposal of its ministry that no board has decided on."""
    with rigged(tmp_path) as made:
        for key in ("council", "ministry"):
            made.publisher(key)
        made.say("council", type="OversightBody", name="Town Board", country="xb", oversees="@ministry")
        made.say("plan", type="Acquisition", by="ministry", name="Lens for us", body="@ministry", product="@lens", vendor="@vireo",
                 board="@council", proposedOn="2024-01-30", noticeDays="30")  # fmt: skip
        made.say("notice", type="PublicNotice", by="ministry", acquisition="@plan", noticedOn="2024-02-01", days="30")
        made.say("halt", type="MoratoriumMeasure", by="ministry", summary="Decree 1", state="@averna", country="xb",
                 measureKind="moratorium", covers=["use"], status="in-force", startDate="2022-01-01")  # fmt: skip
        yield made


def use(rig: Rig, by: str = FREE, standing: str = "confirmed", **more: Any) -> None:
    told = {"body": "@ministry", "product": "@lens", "country": "xb", "startDate": "2024-06-01", **more}
    rig.say("use", type="Deployment", by=by, standing=standing, **told)


def shown(rig: Rig) -> tuple[str, str, list[str], list[str], list[str]]:
    """Label, need of the State's cell, departures, and the uses on the page of measures: despite, possible."""
    board, day = Board(rig.register.store), day_of(DAY)
    (record,) = board.records["Deployment"]
    label = item_of(board, all_procedures()["a-moratorium"], record, day).state
    (cell,) = (one for one in state_row(board, "xb", day).cells if one.letter == "h")
    need = next(need.state for need in cell.needs if need.name == "approved")
    page = proposal_view(rig.register.store, sid("plan"), today=DAY)
    assert page is not None
    departures = [one.code for one in page.proposal.stands.problems if one.code.startswith("use_")]
    (country,) = (one for one in halts(board, day) if one.country == "xb")
    return label, need, departures, *([one.ref.id for one in many] for many in (country.despite, country.possible))


USED = ("running", "not", ["use_without_approval"], [sid("use")], [])
POSSIBLE = ("possible", "unknown", [], [], [sid("use")])


@pytest.mark.parametrize("stage", [None, "reported", "confirmed"])
def test_a_use_that_somebody_reports_goes_on(rig: Rig, stage: str | None) -> None:
    use(rig, **({"clientStage": stage} if stage else {}))
    assert shown(rig) == USED
    value = rig.value("deal.used_already", "", "use", as_of=DAY)
    assert (value.truth, value.alleged) == (Truth.TRUE, False)


def test_that_of_a_potential_client_is_possible_and_no_more(rig: Rig) -> None:
    use(rig, clientStage="potential")
    assert shown(rig) == POSSIBLE
    value = rig.value("deal.used_already", "", "use", as_of=DAY)
    assert (value.truth, value.alleged) == (Truth.TRUE, True)


@pytest.mark.parametrize("by", ["council", "ministry"])
def test_nobody_makes_what_another_tells_only_possible(rig: Rig, by: str) -> None:
    use(rig)
    use(rig, by=by, clientStage="potential")
    assert shown(rig) == USED
    assert not rig.value("deal.used_already", "", "use", as_of=DAY).alleged


def test_who_tells_it_more_firmly_makes_it_a_use(rig: Rig) -> None:
    use(rig, clientStage="potential")
    use(rig, by="council", clientStage="reported")
    assert shown(rig) == USED
    assert not rig.value("deal.used_already", "", "use", as_of=DAY).alleged


def test_a_country_with_possible_uses_alone_has_no_use_on_file(rig: Rig) -> None:
    rig.say("far", type="Deployment", product="@lens", country="xd", clientStage="potential", startDate="2024-06-01")
    (country,) = (one for one in halts(Board(rig.register.store), day_of(DAY)) if one.country == "xd")
    assert (country.state, country.uses, [one.ref.id for one in country.possible]) == ("possible", [], [sid("far")])


def test_a_use_that_is_over_is_not_said_to_go_on(rig: Rig) -> None:
    use(rig, startDate="2019-01-01", endDate="2020-03-01")
    page = proposal_view(rig.register.store, sid("plan"), today=DAY)
    assert page is not None
    assert [one.says for one in page.proposal.stands.problems if one.code == "use_without_approval"] == [
        "A use is recorded, and no approval."
    ]
