"""Many inputs of one call: processes of their own, a table that lists failures too, and none examined twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from tests.cli.cli_runner import LURE, Sousveil, small

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five phones, one of which has a link that is looked for, and a file that is no phone."""
    folder = tmp_path_factory.mktemp("phones")
    for number in range(5):
        small(
            folder / f"p{number}", *([f"see https://a.{LURE}/x"] if number == 3 else ["good night"]), seed=40 + number
        )
    (folder / "bugreport-broken.zip").write_bytes(b"PK\x03\x04" + b"\0" * 200)
    return folder


def cases(out: Path) -> dict[str, bytes]:
    """What was found, by the input."""
    found = {}
    for run in out.glob("case-*/run.json"):
        (path,) = json.loads(run.read_bytes())["inputs"]
        found[Path(path).name] = run.with_name("findings.json").read_bytes()
    assert len(found) == len(list(out.glob("case-*")))
    return found


def test_processes_find_what_one_process_finds(sv: Sousveil, phones: Path) -> None:
    one, many = sv.home / "one", sv.home / "many"
    by_one = sv.check(phones, options=["--jobs", 1, "--out", one])
    by_many = sv.check(phones, options=["--jobs", 3, "--out", many])
    assert by_one.code == by_many.code == 1
    together = sorted(path.read_bytes() for path in one.glob("case-*/findings.json"))
    apart = sorted(path.read_bytes() for path in many.glob("case-*/findings.json"))
    assert together == apart and len(apart) == 5
    assert sorted(cases(many)) == ["p0", "p1", "p2", "p3", "p4"]
    table = by_many.out.decode().split("=== Summary ===\n")[1].splitlines()
    assert table[0] == by_one.out.decode().split("=== Summary ===\n")[1].splitlines()[0]
    names = [line.split()[-1].rpartition("/")[2] for line in table[3:9]]
    assert names == ["bugreport-broken.zip", "p0", "p1", "p2", "p3", "p4"]
    assert "No result" in table[3] and "bugreport-broken.zip" in by_many.err
    assert by_many.out.count(b"\nRESULT") == 5
    page = (many / "index.html").read_text()
    assert page.count("report.html") == 5 and "1 of 5" in page and LURE.replace(".", "[.]") in page


def test_a_resumed_run_leaves_out_what_is_finished(sv: Sousveil, phones: Path, tmp_path: Path) -> None:
    own, out = tmp_path / "own", sv.home / "out"
    shutil.copytree(phones, own)
    options = ["--jobs", 2, "--out", out]
    assert sv.check(own, options=options).code == 1
    before = {path: path.stat().st_mtime_ns for path in out.glob("case-*/findings.json")}
    assert sv.check(own, options=options).code == 2, "the folder has cases"
    small(own / "p5", "good morning", seed=50)
    again = sv.check(own, options=[*options, "--resume", "--json"])
    rows = json.loads(again.out)
    assert again.code == 1 and [row["verdict"] for row in rows["cases"] if "verdict" in row].count("suspicious") == 1
    assert len(rows["cases"]) == 7
    assert rows["prevalence"][0]["phones"] == 1 and rows["prevalence"][0]["of"] == 6
    after = {path: path.stat().st_mtime_ns for path in out.glob("case-*/findings.json")}
    assert {path: after[path] for path in before} == before and len(after) == 6
    # another question is a new examination
    assert sv.check(own, options=[*options, "--resume", "--label", "L2"]).code == 1
    assert len(list(out.glob("case-*/findings.json"))) == 12


def test_a_resumed_run_does_not_know_what_is_encrypted(sv: Sousveil, phones: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    options = ["--jobs", 2, "--out", sv.home / "out", "--case-recipient", identity.to_public()]
    assert sv.check(phones / "p0", phones / "p3", options=options).code == 1
    again = sv.check(phones / "p0", phones / "p3", options=[*options, "--resume"])
    assert again.code == 3 and again.out.count(b"Finished in an earlier run; its case is encrypted") == 2
    assert len(list((sv.home / "out").glob("case-*"))) == 2


def test_resume_needs_the_folder(sv: Sousveil, phones: Path) -> None:
    ran = sv.check(phones, options=["--resume"])
    assert ran.code == 2 and "--out" in ran.err and ran.out == b""


def _wait(what: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not what() and time.monotonic() < end:
        time.sleep(0.01)
    assert what()


def _examiners(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(") ")[2].split()
            if int(fields[1]) == parent and b"serve_inputs" in entry.with_name("cmdline").read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def test_a_killed_process_loses_no_case(sv: Sousveil, phones: Path) -> None:
    out = sv.home / "out"
    words = ["check", phones, "--no-bundled", "--indicators", sv.iocs, "--no-scan", "--out", out, "--jobs", 2]
    process = sv.start(*words)
    _wait(lambda: _examiners(process.pid))
    _wait(lambda: any(out.glob("case-*")) or process.poll() is not None)
    os.kill(_examiners(process.pid)[0], signal.SIGKILL)
    printed = process.communicate(timeout=100)[0]
    assert process.returncode == 1 and b"needs a closer look: 1; no known traces: 4; no result: 1." in printed
    assert sorted(cases(out)) == ["p0", "p1", "p2", "p3", "p4"]
    assert not list(out.glob(".sousveil-*.part"))


def test_a_killed_run_is_resumed(sv: Sousveil, phones: Path) -> None:
    out = sv.home / "out"
    words = ["check", phones, "--no-bundled", "--indicators", sv.iocs, "--no-scan", "--out", out, "--jobs", 2]
    process = sv.start(*words)
    _wait(lambda: any(out.glob("case-*/findings.json")))
    process.kill()
    process.communicate()
    _wait(lambda: not list(out.glob(".sousveil-*.part")))  # what was begun is removed, or finished, by its process
    finished = {path: path.stat().st_mtime_ns for path in out.glob("case-*/findings.json")}
    resumed = sv(*words, "--resume")
    assert resumed.code == 1 and sorted(cases(out)) == ["p0", "p1", "p2", "p3", "p4"]
    assert {path: path.stat().st_mtime_ns for path in finished} == finished


def test_an_archive_whose_name_no_form_knows_is_named(sv: Sousveil) -> None:
    inbox = sv.home / "inbox"
    small(inbox / "p0", "good night")
    small(inbox / "p1", "good morning")
    (inbox / "jane.zip").write_bytes(b"PK\x03\x04" + b"\0" * 200)
    (inbox / "notes.txt").write_text("no archive")
    ran = sv.check(inbox, options=["--out", sv.home / "out"])
    assert ran.code == 3
    assert "1 archive was not checked" in ran.err and "jane.zip" in ran.err and "notes.txt" not in ran.err
