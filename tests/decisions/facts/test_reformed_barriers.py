"""A barrier to remedy bars until the day of its reform, by the fact of the rule, the cell, the clock and the pages alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.model import Truth
from sousveil.decisions.procedures.cells import state_row
from sousveil.decisions.procedures.engine import Board, day_of
from sousveil.decisions.procedures.items import item_of
from sousveil.decisions.procedures.registry import all_procedures
from sousveil.decisions.views.responsibility import barrier_stands, path_opens
from sousveil.register.views.remedy import RemedyPlace, RemedyRow, remedy_view
from sousveil.web.outer import Outer
from sousveil.web.site import Site
from tests.decisions.rig import FREE, Rig, rigged, sid
from tests.web.client import ask

BARRIER = {"type": "RemedyBarrier", "by": "paper", "standing": "reported", "state": "@averna", "country": "xb"} | {
    "barrierKind": "secrecy", "startDate": "2020-01-01"
}  # fmt: skip


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with rigged(tmp_path) as made:
        yield made


def barred(rig: Rig, day: str) -> Truth:
    return rig.value("state.remedy_barred", "xb", as_of=day).truth


CASES: tuple[tuple[dict[str, Any], str, Truth], ...] = (
    ({"status": "in-force"}, "2024-06-01", Truth.TRUE),
    ({"status": "reformed", "endDate": "2023-01-01"}, "2024-06-01", Truth.UNKNOWN),
    ({"status": "reformed", "endDate": "2024-06-01"}, "2024-06-01", Truth.UNKNOWN),
    ({"status": "reformed", "endDate": "2024-06-01"}, "2024-05-31", Truth.TRUE),
    ({"status": "reformed", "endDate": "2030-01-01"}, "2024-06-01", Truth.TRUE),
    ({"status": "reformed", "endDate": "2024"}, "2024-06-01", Truth.TRUE),
    ({"status": "reformed", "endDate": "2024"}, "2025-01-01", Truth.UNKNOWN),
    ({"status": "reformed"}, "2024-06-01", Truth.TRUE),
    ({"status": "reformed", "valid_from": "2023-01-01"}, "2024-06-01", Truth.UNKNOWN),
    ({"status": "reformed", "valid_from": "2025-01-01"}, "2024-06-01", Truth.TRUE),
)


@pytest.mark.parametrize(("given", "day", "truth"), CASES)
def test_the_day_of_the_reform_counts(rig: Rig, given: dict[str, Any], day: str, truth: Truth) -> None:
    word = {name: given[name] for name in given if name in ("status", "valid_from")}
    rig.say("bar", **BARRIER, **{name: given[name] for name in given if name not in word})
    rig.say("bar", type="RemedyBarrier", by="paper", standing="reported", **word)
    assert barred(rig, day) is truth


def test_a_reform_counts_only_once_it_is_known(rig: Rig) -> None:
    rig.say("bar", **BARRIER, status="reformed")
    before = rig.size
    rig.say("bar", type="RemedyBarrier", by="paper", standing="reported", endDate="2023-01-01")
    told = [
        {one.rule for one in rig.judge(known_on=known).reasons if any("secrecy" in f.says for f in one.facts)}
        for known in (before, rig.size)
    ]
    assert told == [{"L21-i-1"}, set()]


def test_nobody_else_gives_the_day(rig: Rig) -> None:
    rig.publisher("averna")
    rig.say("bar", **BARRIER, status="reformed")
    rig.say("bar", type="RemedyBarrier", by="averna", endDate="2023-01-01")
    assert barred(rig, "2024-06-01") is Truth.TRUE
    rig.say("bar", type="RemedyBarrier", by="paper", standing="reported", endDate="2023-01-01")
    assert barred(rig, "2024-06-01") is Truth.UNKNOWN


def test_a_reform_to_come_fulfils_nothing_on_pages(rig: Rig) -> None:
    """Beside a barrier that is reformed, one whose reform is to come keeps the cell from being met."""
    rig.say("court", type="RemedyPath", name="Court", country="xb", pathKind="court", status="open", practice="Two cases.",
            casesHeard="2", startDate="2020-01-01")  # fmt: skip
    rig.say("done", **BARRIER, status="reformed", endDate="2023-01-01")
    rig.say("bar", **BARRIER, status="reformed", endDate="2030-01-01")
    procedure = all_procedures()["i-remedy"]
    for day, need, label, clock, barriers in (
        ("2029-12-31", "not", "stands", "asked", 1),
        ("2030-01-01", "partly", "reformed", "met", 0),
    ):
        board, at = Board(rig.register.store), day_of(day)
        [cell] = [one for one in state_row(board, "xb", at).cells if one.procedure == "i-remedy"]
        assert [one.state for one in cell.needs if one.name == "barriers"] == [need]
        [record] = [one for one in board.records["RemedyBarrier"] if one.id == sid("bar")]
        item = item_of(board, procedure, record, at)
        assert (item.state_label, [one.state for one in item.due]) == (label, [clock])
        assert len(court_of(rig, day).barriers) == barriers


@pytest.mark.parametrize("status", ["in-force", "reform-proposed"])
def test_a_barrier_whose_last_day_is_over_is_ended_everywhere(rig: Rig, status: str) -> None:
    """Whatever it is called; on its last day it stands."""
    rig.say("court", type="RemedyPath", name="Court", country="xb", pathKind="court", status="open", practice="Two cases.",
            casesHeard="2", startDate="2020-01-01")  # fmt: skip
    rig.say("bar", **BARRIER, status=status, endDate="2024-02-01")
    procedure = all_procedures()["i-remedy"]
    stands = "stands" if status == "in-force" else "reform proposed"
    for day, truth, need, label, clock, said in (
        ("2024-02-01", Truth.TRUE, "not", stands, "asked", "asked since 27 July 2021, no recorded answer, 919 days"),
        ("2024-02-02", Truth.UNKNOWN, "partly", "ended", "ended",
         "it ended on 1 February 2024"),
    ):  # fmt: skip
        assert barred(rig, day) is truth
        board, at = Board(rig.register.store), day_of(day)
        [cell] = [one for one in state_row(board, "xb", at).cells if one.procedure == "i-remedy"]
        assert [one.state for one in cell.needs if one.name == "barriers"] == [need]
        [record] = [one for one in board.records["RemedyBarrier"] if one.id == sid("bar")]
        item = item_of(board, procedure, record, at)
        assert (item.state_label, [one.state for one in item.due]) == (label, [clock])
        assert len(court_of(rig, day).barriers) == (truth is Truth.TRUE)
        page = ask(Outer(Site(rig.register)), f"/procedures/i-remedy?as_of={day}").text
        assert set(re.findall(r">Reform of the barrier: ([^<]*)</span>", page)) == {said}


def place_of(rig: Rig, day: str) -> RemedyPlace:
    """Averna on the page of where to turn."""
    place = remedy_view(rig.register.store, "xb", today=day, stands=barrier_stands, opens=path_opens).home
    assert place is not None
    return place


def court_of(rig: Rig, day: str) -> RemedyRow:
    [court] = place_of(rig, day).judicial
    return court


def pages(rig: Rig, day: str) -> tuple[str, str, str, int, int]:
    """The need of the cell, the label, the clock, and how many stand on the page of who answers and on that of where to turn."""
    board, at = Board(rig.register.store), day_of(day)
    [cell] = [one for one in state_row(board, "xb", at).cells if one.procedure == "i-remedy"]
    [need] = [one.state for one in cell.needs if one.name == "barriers"]
    [record] = [one for one in board.records["RemedyBarrier"] if one.id == sid("bar")]
    item = item_of(board, all_procedures()["i-remedy"], record, at)
    place = place_of(rig, day)
    [court] = place.judicial
    return need, item.state_label, next((one.state for one in item.due), ""), len(court.barriers), place.barred


STANDS, ENDED = ("not", "stands", "asked", 1, 1), ("met", "ended", "ended", 0, 0)
REFORMED = ("partly", "reformed", "met", 0, 0)
TOLD: tuple[tuple[tuple[tuple[str, dict[str, str]], ...], Truth, tuple[str, str, str, int, int]], ...] = (
    ((("free", {"endDate": "2024-02-01"}),), Truth.TRUE, STANDS),
    ((("free", {"endDate": "2030-02-01"}),), Truth.TRUE, STANDS),
    ((("free", {"status": "reformed", "endDate": "2024-02-01"}),), Truth.TRUE, STANDS),
    ((("averna", {"endDate": "2024-02-01"}),), Truth.TRUE, STANDS),
    ((("averna", {"status": "reformed", "endDate": "2024-02-01"}),), Truth.TRUE, STANDS),
    ((("grey", {"endDate": "2024-02-01"}),), Truth.TRUE, STANDS),
    ((("paper", {"status": "reformed"}),), Truth.TRUE, STANDS),
    ((("paper", {"endDate": "2024-02-01"}), ("grey", {"barrierKind": "secrecy"})), Truth.TRUE, STANDS),
    (
        (("paper", {"status": "reformed", "endDate": "2024-02-01"}), ("grey", {"barrierKind": "secrecy"})),
        Truth.TRUE,
        STANDS,
    ),
    ((("paper", {"status": "reformed", "endDate": "2024-02-01"}), ("grey", {"status": "in-force"})), Truth.UNKNOWN, REFORMED),
    (
        (
            ("paper", {"status": "reformed", "endDate": "2024-02-01"}),
            ("grey", {"barrierKind": "secrecy", "status": "reformed", "endDate": "2024-03-01"}),
        ),
        Truth.UNKNOWN,
        REFORMED,
    ),
)  # fmt: skip


@pytest.mark.parametrize(("told", "truth", "shown"), TOLD)
def test_who_may_end_a_barrier_is_one_test_for_pages_and_answers(
    rig: Rig, told: tuple[tuple[str, dict[str, str]], ...], truth: Truth, shown: tuple[str, str, str, int, int]
) -> None:
    rig.say("court", type="RemedyPath", name="Court", country="xb", pathKind="court", status="open", practice="Two cases.",
            casesHeard="2", startDate="2020-01-01")  # fmt: skip
    first = next((words for by, words in told if by == "paper"), {})
    rig.say("bar", **{**BARRIER, "status": "in-force", **first})
    rig.publisher("averna")
    rig.publisher("grey", verified=False)
    for by, words in told:
        if by != "paper":
            rig.say("bar", type="RemedyBarrier", by=FREE if by == "free" else by, **words)
    assert barred(rig, "2024-06-01") is truth
    assert pages(rig, "2024-06-01") == shown


@pytest.mark.parametrize(
    ("closed", "need", "label", "truth"),
    [(True, "not", "barred or closed", Truth.TRUE), (False, "partly", "open, cases heard", Truth.UNKNOWN)],
)
def test_a_path_that_anybody_reports_to_be_closed_is_not_open(
    rig: Rig, closed: bool, need: str, label: str, truth: Truth
) -> None:
    rig.say("court", type="RemedyPath", name="Court", country="xb", pathKind="court", status="open", practice="Two cases.",
            casesHeard="2", startDate="2020-01-01")  # fmt: skip
    if closed:
        rig.say("court", type="RemedyPath", by="paper", standing="reported", status="closed")
    board, at = Board(rig.register.store), day_of("2024-06-01")
    [cell] = [one for one in state_row(board, "xb", at).cells if one.procedure == "i-remedy"]
    assert [one.state for one in cell.needs if one.name == "judicial"] == [need]
    [record] = board.records["RemedyPath"]
    assert item_of(board, all_procedures()["i-remedy"], record, at).state_label == label
    assert barred(rig, "2024-06-01") is truth


TELLERS = ("paper", "free", "grey", "averna")
"""Whoever told of the barrier; somebody verified and independent; somebody whose key nobody verified; the State itself."""
STANDINGS = ("confirmed", "reported", "alleged")


def court(rig: Rig) -> None:
    rig.say("court", type="RemedyPath", name="Court", country="xb", pathKind="court", status="open", practice="Two cases.",
            casesHeard="2", startDate="2020-01-01")  # fmt: skip
    rig.publisher("averna")
    rig.publisher("grey", verified=False)


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize(("by", "standing"), list(product(TELLERS, STANDINGS)))
def test_who_tells_of_a_barrier_again_after_its_reform(rig: Rig, by: str, standing: str, dated: bool) -> None:
    """Whoever tells of it more than as an allegation has it stand; an allegation is one in the answer, and on no page."""
    court(rig)
    rig.say("bar", **BARRIER)
    gone = {"endDate": "2023-01-01"} if dated else {"valid_from": "2023-01-01"}
    rig.say("bar", type="RemedyBarrier", by="paper", standing="reported", status="reformed", **gone)
    assert (barred(rig, "2024-06-01"), pages(rig, "2024-06-01")) == (Truth.UNKNOWN, REFORMED)
    rig.say("bar", type="RemedyBarrier", by=FREE if by == "free" else by, standing=standing, barrierKind="immunity",
            summary="Again.")  # fmt: skip
    value = rig.value("state.remedy_barred", "xb")
    if standing == "alleged" and by != "paper":
        assert (value.truth, value.alleged, pages(rig, "2024-06-01")) == (Truth.TRUE, True, REFORMED)
    elif by == "paper":
        assert (value.truth, value.alleged, pages(rig, "2024-06-01")) == (Truth.UNKNOWN, False, REFORMED)
    else:
        assert (value.truth, value.alleged, pages(rig, "2024-06-01")) == (Truth.TRUE, False, STANDS)


@pytest.mark.parametrize(("by", "standing"), list(product(TELLERS, STANDINGS)))
def test_who_reforms_a_barrier(rig: Rig, by: str, standing: str) -> None:
    court(rig)
    rig.say("bar", **{**BARRIER, "status": "in-force"})
    rig.say("bar", type="RemedyBarrier", by=FREE if by == "free" else by, standing=standing, status="reformed",
            endDate="2023-01-01")  # fmt: skip
    shown = REFORMED if by == "paper" and standing != "alleged" else STANDS
    truth = Truth.TRUE if shown == STANDS else Truth.UNKNOWN
    assert (barred(rig, "2024-06-01"), pages(rig, "2024-06-01")) == (truth, shown)


@pytest.mark.parametrize(
    "more",
    [
        {"status": ["reformed", "in-force"], "valid_from": "2023-01-01"},
        {"status": "in-force", "endDate": ["2023-01-01", "2030-01-01"]},
        {"status": "reformed", "endDate": ["2023-01-01", "2030-01-01"]},
    ],
)
def test_two_words_of_one_voice_end_no_barrier(rig: Rig, more: dict[str, Any]) -> None:
    court(rig)
    rig.say("bar", **{**BARRIER, **more})
    assert (barred(rig, "2024-06-01"), pages(rig, "2024-06-01")) == (Truth.TRUE, STANDS)
