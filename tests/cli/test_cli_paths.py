"""Paths of `check`: a bad one among several, an empty one; the number of processes; one object or several."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sousveil.acquisition.find import Found
from sousveil.cases import check
from tests.cli.cli_runner import LURE, Sousveil


def test_a_bad_path_among_several_keeps_no_other_from_being_looked_at(sv: Sousveil, lured: Path, quiet: Path) -> None:
    bad = sv.home / "nowhere"
    ran = sv.check(bad, lured, options=["--json", "--no-files"])
    assert [case["verdict"] for case in json.loads(ran.out)["cases"]] == ["suspicious"]
    assert (ran.code, "nowhere" in ran.err) == (1, True)
    quietly = sv.check(quiet, bad, options=["--json", "--no-files"])
    assert [case["verdict"] for case in json.loads(quietly.out)["cases"]] == ["no_known_traces"]
    assert (quietly.code, "nowhere" in quietly.err) == (2, True)  # what was asked was not all examined
    neither = sv.check(bad, sv.home / "nor here", options=["--json", "--no-files"])
    assert (neither.code, neither.out) == (2, b"")
    assert "nowhere" in neither.err and "nor here" in neither.err


def test_a_folder_that_may_not_be_read_is_told_and_allows_no_0(
    quiet: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(check, "look_through", lambda path: Found([path], 2))
    codes: list[int] = []
    unread: dict[Path, int] = {}
    assert (check._found([quiet], codes, unread), codes, unread) == ([quiet], [], {quiet: 2})
    assert [record.getMessage() for record in caplog.records] == [
        f"2 folders in {quiet} may not be read by this user; what lies there was not looked at."
    ]


def test_one_object_for_one_backup_and_a_list_for_more_than_one_path(sv: Sousveil, lured: Path) -> None:
    assert "cases" not in json.loads(sv.check(lured, options=["--json", "--no-files"]).out)
    twice = json.loads(sv.check(lured, lured, options=["--json", "--no-files"]).out)
    assert list(twice) == ["cases"] and len(twice["cases"]) == 1


@pytest.mark.parametrize("words", [("",), ("--no-files", ""), ("x", "--out", ""), ("x", "--suppress", "")])
def test_an_empty_path_is_refused(sv: Sousveil, words: tuple[str, ...]) -> None:
    ran = sv("check", *words)
    assert (ran.code, ran.out) == (2, b"")
    assert "an empty path names nothing" in ran.err


@pytest.mark.parametrize("jobs", ["0", "65", "1000000", "-1", "x", ""])
def test_processes_are_one_to_sixty_four(sv: Sousveil, lured: Path, jobs: str) -> None:
    ran = sv.check(lured, options=["--no-files", f"--jobs={jobs}"])
    assert (ran.code, ran.out) == (2, b"")
    assert "--jobs" in ran.err


def test_what_is_left_out_is_counted_right_under_the_first_sentence(sv: Sousveil, lured: Path) -> None:
    known = sv.home / "known"
    known.write_text(f"{LURE}\n")
    ran = sv.check(lured, options=["--no-files", "--suppress", known])
    counted = "WARNING 1 known-good finding is left out by --suppress."
    assert counted in " ".join(ran.out.decode().split("\n\n")[1].split())
    assert "known-good" not in sv.check(lured, options=["--no-files"]).text
    case = sv.check(lured, options=["--out", sv.home / "case", "--suppress", known])
    assert case.code == ran.code
    report = (sv.home / "case" / "report.html").read_text()
    assert "1 known-good finding is left out by --suppress. The annex lists it." in report.split("What we found")[0]
