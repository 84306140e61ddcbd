"""Paths of `check`: a bad one among several, an empty one; the number of processes; one object or several."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyrage
import pytest

from sousveil.acquisition.find import Found
from sousveil.cases import check
from tests.cli.cli_runner import LURE, Sousveil


def test_a_bad_path_among_several_keeps_no_other_from_being_looked_at(sv: Sousveil, lured: Path, quiet: Path) -> None:
    bad = sv.home / "nowhere"
    ran = sv.check(bad, lured, options=["--json", "--no-files"])
    cases = json.loads(ran.out)["cases"]
    assert [(case.get("verdict"), case["exit_code"]) for case in cases] == [("suspicious", 1), (None, 2)]
    assert cases[1]["path"] == str(bad) and "nowhere" in cases[1]["error"]
    assert (ran.code, "nowhere" in ran.err) == (1, True)
    quietly = sv.check(quiet, bad, options=["--json", "--no-files"])
    assert [case.get("verdict") for case in json.loads(quietly.out)["cases"]] == ["no_known_traces", None]
    assert (quietly.code, "nowhere" in quietly.err) == (2, True)  # what was asked was not all examined
    neither = sv.check(bad, sv.home / "nor here", options=["--json", "--no-files"])
    assert neither.code == 2 and [case["case_id"] for case in json.loads(neither.out)["cases"]] == [None, None]
    assert "nowhere" in neither.err and "nor here" in neither.err


def test_a_folder_that_may_not_be_read_is_told_and_allows_no_0(
    quiet: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(check, "look_through", lambda path: Found([path], 2))
    codes: list[int] = []
    unread: dict[Path, int] = {}
    assert (check._found([quiet], codes, unread, [], {}, alone=True), codes, unread) == ([quiet], [], {quiet: 2})
    assert [record.getMessage() for record in caplog.records] == [
        f"{quiet}: this user may not read 2 folders. Nothing in them was checked."
    ]


def test_one_object_for_one_backup_and_a_list_for_more_than_one_path(sv: Sousveil, lured: Path) -> None:
    assert "cases" not in json.loads(sv.check(lured, options=["--json", "--no-files"]).out)
    twice = json.loads(sv.check(lured, lured, options=["--json", "--no-files"]).out)
    assert list(twice) == ["cases"] and len(twice["cases"]) == 1


def test_many_inputs(sv: Sousveil, lured: Path, quiet: Path, locked: Path) -> None:
    """A table at the end, failures too; the page and folders beside each other never collide with what is there."""
    before = sv.home / "work"
    before.mkdir()
    (before / "index.html").write_text("mine")
    options = ["--label", "Case 7"]
    ran = sv.check(lured, locked, quiet, options=options, cwd=before)
    again = sv.check(lured, locked, quiet, options=options, cwd=before)
    assert (ran.code, again.code) == (1, 1) and (before / "index.html").read_text() == "mine"
    summary = ran.out.decode().split("=== Summary ===\n")[1].splitlines()
    assert summary[0] == "3 inputs: needs a closer look: 1; no known traces: 1; no result: 1."
    assert summary[2].split() == ["CASE", "RESULT", "FINDINGS", "EXIT", "INPUT"]
    (failed,) = (line for line in summary if "No result: this backup is encrypted and no password" in line)
    assert failed.split()[0].endswith("-not-opened") and failed.endswith(str(locked))
    assert summary[-1] == "All cases on one page: index-2.html"
    folders = [path for path in before.iterdir() if path.is_dir()]
    assert len(folders) == 6 and {path.name[:5] for path in folders} == {"case-"}
    assert all((path / "findings.json").is_file() for path in folders)
    page = (before / "index-2.html").read_text()
    assert "Case 7" in page and "needs a closer look: 1" in page and page.count("report.html") == 3
    assert (before / "index-3.html").is_file()
    both = json.loads(sv.check(lured, locked, options=["--json", "--no-files", *options]).out)["cases"]
    assert [(one["label"], one["error"] is None) for one in both] == [("Case 7", True), ("Case 7", False)]
    assert both[0]["case_id"] == hashlib.sha256((lured / "Manifest.db").read_bytes()).hexdigest()[:8]


def test_json_where_every_input_fails(sv: Sousveil, locked: Path, tmp_path: Path) -> None:
    """Whoever reads the output of a script learns which inputs have no result, and why."""
    options = ["--json", "--no-files", "--label", "L1"]
    alone = sv.check(locked, options=options)
    failed = json.loads(alone.out)
    assert (alone.code, failed["path"], failed["label"], failed["exit_code"]) == (2, str(locked), "L1", 2)
    assert "encrypted" in failed["error"] and "findings" not in failed and alone.err
    missing = tmp_path / "missing"
    both = sv.check(missing, locked, options=options)
    cases = json.loads(both.out)["cases"]
    assert both.code == 2
    assert {(case["path"], case["case_id"], bool(case["error"])) for case in cases} == {
        (str(locked), None, True),
        (str(missing), None, True),
    }
    none = sv.check(missing, tmp_path / "neither", options=options)
    assert none.code == 2 and len(json.loads(none.out)["cases"]) == 2


def test_the_page_of_encrypted_cases_is_encrypted(sv: Sousveil, lured: Path, quiet: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    out = sv.home / "cases"
    assert sv.check(lured, quiet, options=["--out", out, "--case-recipient", identity.to_public()]).code == 1
    assert sorted(path.name for path in out.iterdir() if path.is_file()) == [".sousveil-inputs.jsonl", "index.html.age"]
    assert str(lured).encode() not in (out / ".sousveil-inputs.jsonl").read_bytes()
    assert b"Checked phones" in pyrage.decrypt((out / "index.html.age").read_bytes(), [identity])


@pytest.mark.parametrize("words", [("",), ("--no-files", ""), ("x", "--out", ""), ("x", "--suppress", "")])
def test_an_empty_path_is_refused(sv: Sousveil, words: tuple[str, ...]) -> None:
    ran = sv("check", *words)
    assert (ran.code, ran.out) == (2, b"")
    assert "the path is empty" in ran.err


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
