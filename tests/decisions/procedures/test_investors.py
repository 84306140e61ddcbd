"""Who owns or funds a surveillance company is asked for due diligence too; and no report counts for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sousveil.decisions.procedures import items, registry
from sousveil.decisions.procedures.cells import ITSELF, CellView, company_cells, holdings
from sousveil.decisions.procedures.engine import Board, day_of
from tests.decisions.rig import DAY, FREE, Rig, parties, sid

PARTS = {"identified": "Risks.", "prevented": "Steps.", "mitigated": "Steps.", "accounted": "Told."}
REPORT: dict[str, Any] = {"type": "DueDiligenceReport", "title": "Report", "periodStart": "2023-01-01",
                          "periodEnd": "2023-12-31", **PARTS}  # fmt: skip


@pytest.fixture
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    made = Rig(tmp_path_factory.mktemp("owners") / "register")
    parties(made)
    told = {"by": "paper", "standing": "reported"}
    for key in ("fund", "bank", "seller", "person", "treasury"):
        made.say(key, type={"person": "Person", "treasury": "PublicBody"}.get(key, "Company"), name=f"The {key}")
    made.say("own-1", type="Ownership", owner="@fund", asset="@holding-1", percentage="30", **told)
    made.say("holding-1", type="Company", name="Holding 1")
    made.say(
        "own-2", type="Ownership", owner="@holding-1", asset="@vireo", percentage="20", startDate="2020-01-01", **told
    )
    made.say("own-3", type="Ownership", owner="@seller", asset="@vireo", endDate="2023-01-01", **told)
    made.say("own-4", type="Ownership", owner="@person", asset="@vireo", person=True, **told)
    made.say("own-5", type="Ownership", owner="@treasury", asset="@vireo", **told)
    made.say("money", type="Investment", investor="@bank", recipient="@holding-1", startDate="2022-01-01", **told)
    yield made
    made.register.close()


def cells(rig: Rig, key: str, day: str = DAY) -> dict[str, CellView]:
    return {one.letter: one for one in company_cells(Board(rig.register.store), sid(key), day_of(day))}


def test_holdings_and_funds_are_asked_and_nobody_else(rig: Rig) -> None:
    board = Board(rig.register.store)
    asked = {one: holdings(board, sid(one), day_of(DAY)) for one in
             ("fund", "holding-1", "bank", "seller", "person", "treasury", FREE, "vireo")}  # fmt: skip
    assert {one for one, found in asked.items() if found == [sid("vireo")]} == {"fund", "holding-1", "bank"}
    assert {one for one, found in asked.items() if not found} == {"seller", "person", "treasury", FREE, "vireo"}
    assert {one: sorted(cells(rig, one)) for one in asked if one != "vireo"} == {
        **{key: ["c"] for key in ("fund", "holding-1", "bank")},
        **{key: [] for key in ("seller", "person", "treasury", FREE)},
    }
    assert len(cells(rig, "vireo")) > 1
    assert list(cells(rig, "seller", "2022-12-31")) == ["c"]
    assert cells(rig, "fund")["c"].state == "unknown"


def test_a_report_that_names_it_as_investor_counts_for_it(rig: Rig) -> None:
    rig.say("report", company="@vireo", investor="@fund", expiresOn="2024-12-31", **REPORT)
    assert {one: cells(rig, one)["c"].state for one in ("fund", "holding-1", "bank")} == {
        "fund": "met", "holding-1": "unknown", "bank": "unknown"}  # fmt: skip
    rig.publisher("fund")
    rig.publisher("bank")
    rig.say("own", company="@vireo", investor="@bank", expiresOn="2024-12-31", by="bank", **REPORT)
    assert (cells(rig, "bank")["c"].state, cells(rig, "bank")["c"].words) == ("partly", ITSELF)


def state_of(rig: Rig, key: str, day: str) -> str:
    listed = items.items(Board(rig.register.store), registry.all_procedures()["c-due-diligence"], day_of(day))
    (found,) = (one.state for one in listed if one.ref.id == sid(key))
    return found


def test_a_last_day_still_counts(rig: Rig) -> None:
    rig.say("report", company="@vireo", expiresOn="2024-06-30", **REPORT)
    days = ("2024-06-29", "2024-06-30", "2024-07-01")
    assert [cells(rig, "vireo", day)["c"].state for day in days] == ["met", "met", "unknown"]
    assert [state_of(rig, "report", day) for day in days] == ["complete", "complete", "expired"]


def test_a_report_without_a_last_day_fades_after_a_year(rig: Rig) -> None:
    rig.say("report", company="@vireo", **REPORT)
    days = ("2024-12-30", "2024-12-31", "2035-01-01")
    found = [cells(rig, "vireo", day)["c"] for day in days]
    assert [(one.state, one.words, one.needs[0].words) for one in found] == [
        ("met", "met", "met"),
        ("unknown", "unknown", "unknown"),
        ("unknown", "unknown", "unknown"),
    ]
    assert [state_of(rig, "report", day) for day in days] == ["complete", "old", "old"]
    rig.say("next", company="@vireo", expiresOn="2035-12-31", **{**REPORT, "title": "Next", "periodEnd": "2034-12-31"})
    assert cells(rig, "vireo", "2035-01-01")["c"].state == "met"


@pytest.mark.parametrize("dated", [{"periodEnd": "2023-12-31"}, {"publishedAt": "2023-12-31"}])
def test_a_report_counts_for_three_years_at_the_most_whatever_last_day_it_names(
    rig: Rig, dated: dict[str, str]
) -> None:
    rig.say(
        "report", company="@vireo", type="DueDiligenceReport", title="Report", expiresOn="2120-12-31", **PARTS, **dated
    )
    days = ("2026-12-30", "2026-12-31")
    assert [cells(rig, "vireo", day)["c"].state for day in days] == ["met", "unknown"]
    assert [state_of(rig, "report", day) for day in days] == ["complete", "old"]
    board = Board(rig.register.store)
    (listed,) = items.items(board, registry.all_procedures()["c-due-diligence"], day_of("2026-12-31"))
    assert [(one.started, one.due, one.state, one.days_over) for one in listed.due] == [
        ("2023-12-31", "2026-12-30", "asked", 0)
    ]


def test_a_report_without_any_date_is_as_one_that_is_old(rig: Rig) -> None:
    rig.say("report", company="@vireo", type="DueDiligenceReport", title="Report", **PARTS)
    assert cells(rig, "vireo")["c"].words == "unknown"


@pytest.mark.parametrize("type", ["PublicBody", "Organization", "Company"])
def test_no_investor_confirms_its_own_report_for_the_company(rig: Rig, type: str) -> None:
    rig.say("backer", type=type, name="The backer", country="xd")
    rig.publisher("backer")
    rig.say("own", company="@vireo", investor="@backer", expiresOn="2024-12-31", by="backer", **REPORT)
    assert cells(rig, "vireo")["c"].state == "partly"


def test_a_company_that_reports_again_stops_the_clock_itself(rig: Rig) -> None:
    rig.publisher("vireo")
    rig.say("first", company="@vireo", expiresOn="2024-03-31", by="vireo", **REPORT)
    rig.say("next", company="@vireo", publishedAt="2024-03-01", by="vireo",
            **{**REPORT, "periodStart": "2024-01-01", "periodEnd": "2024-02-28"})  # fmt: skip
    listed = items.items(Board(rig.register.store), registry.all_procedures()["c-due-diligence"], day_of(DAY))
    [due] = next(one.due for one in listed if one.ref.id == sid("first"))
    assert (due.state, due.met_on) == ("met", "2024-03-01")
