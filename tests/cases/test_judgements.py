"""`sousveil judge`: an examiner's decision beside the machine's verdict, also in an encrypted case."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest
from case_maker import case, finding, hostile_case, told

from sousveil.cases import outputs
from sousveil.cases.explain import explain
from sousveil.cases.folder import CaseFiles, CaseFolder
from sousveil.cases.judgements import judge_finding, read_judgements, report_json
from sousveil.cases.model import Case, Judgement, Word
from sousveil.cases.report.html import report_html
from sousveil.errors import Locked, Malformed, Missing, Usage

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def made(folder: Path, one: Case, recipients: list[str] | None = None) -> bytes:
    """A case folder as a check writes it; gives the report."""
    about = told(one, examined="2026-03-01T10:00:00+00:00")
    report = report_html(one, about)
    with CaseFolder.create(folder, "0" * 64, recipients) as new:
        new.write("findings.json", outputs.findings_json(one))
        new.write("explain.json", outputs.explain_json(one, "One sentence.", []))
        new.write("report.json", report_json(one, about))
        new.write("report.html", report)
        new.write(
            "run.json",
            outputs.run_json(
                version="1", started=NOW, ended=NOW, host="h", system="s", python="p", recipients=recipients or []
            ),
        )
        new.finish()
    return report


def test_decisions_are_added_and_findings_json_stays(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    report = made(folder, case(finding(0xA1), finding(0xB2)))
    before = (folder / "findings.json").read_bytes()
    first = judge_finding(folder, "00000000000000A1", Word.HARMLESS, because=" Our own test. ", by="Ana", now=NOW)
    assert first == Judgement(
        finding="00000000000000a1", word=Word.HARMLESS, because="Our own test.", by="Ana", time="2026-03-04T05:06:07Z"
    )
    second = judge_finding(folder, "00000000000000a1", Word.CONFIRMED, because="I was wrong.", by="Ana", now=NOW)
    assert read_judgements(CaseFiles(folder)) == (first, second)
    assert json.loads((folder / "judgements.json").read_text()) == {
        "format": 1,
        "judgements": [
            {
                "finding": "00000000000000a1",
                "word": "harmless",
                "because": "Our own test.",
                "by": "Ana",
                "time": "2026-03-04T05:06:07Z",
            },
            {
                "finding": "00000000000000a1",
                "word": "confirmed",
                "because": "I was wrong.",
                "by": "Ana",
                "time": "2026-03-04T05:06:07Z",
            },
        ],
    }
    assert (folder / "findings.json").read_bytes() == before
    assert (folder / "judgements.json").stat().st_mode & 0o777 == 0o600
    text = explain(folder, "00000000000000a1")
    assert text.endswith(
        "8. What an examiner decided\n"
        "   harmless by Ana on 2026-03-04T05:06:07Z: Our own test.\n"
        "   confirmed by Ana on 2026-03-04T05:06:07Z: I was wrong.\n"
    )
    assert "examiner" not in explain(folder, "00000000000000b2")
    again = (folder / "report.html").read_text()
    assert "0 confirmed, 0 harmless, 2 not judged" in report.decode()
    assert "1 confirmed, 0 harmless, 1 not judged" in again
    assert '<b class="c">Confirmed</b><bdi>I was wrong. Ana, 4 March 2026</bdi>' in again


@pytest.mark.parametrize("one", [case(finding()), hostile_case()], ids=["plain", "hostile"])
def test_the_report_can_be_made_again_from_what_is_kept(tmp_path: Path, one: Case) -> None:
    """Without a decision the same bytes come out as at first."""
    import msgspec

    from sousveil.cases.judgements import _ReportSource

    report = made(tmp_path / "case", one)
    kept = msgspec.json.decode((tmp_path / "case" / "report.json").read_bytes(), type=_ReportSource)
    assert report_html(kept.case, kept.told) == report


def test_an_encrypted_case_stays_encrypted_for_all_its_recipients(tmp_path: Path) -> None:
    folder, key = tmp_path / "case", tmp_path / "key"
    owner, second = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    key.write_text(str(owner))
    made(folder, case(finding()), [str(owner.to_public()), str(second.to_public())])
    with pytest.raises(Locked, match="--identity"):
        judge_finding(folder, "00", Word.CONFIRMED, because="x", by="y")
    judgement = judge_finding(folder, "00", Word.CONFIRMED, because="Seen by hand.", by="Ana", identity=key, now=NOW)
    assert {path.suffix for path in folder.iterdir()} == {".age"}
    for identity in (owner, second):
        opened = json.loads(pyrage.decrypt((folder / "judgements.json.age").read_bytes(), [identity]))
        assert [entry["because"] for entry in opened["judgements"]] == ["Seen by hand."]
        assert pyrage.decrypt((folder / "report.html.age").read_bytes(), [identity]).startswith(b"<!DOCTYPE html>")
    assert read_judgements(CaseFiles(folder, key)) == (judgement,)
    assert "confirmed by Ana" in explain(folder, "00", key)


def test_what_is_refused_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    made(folder, case(finding(1), finding(2)))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for wanted, because, by in [
        ("f", "x", "y"),
        ("", "x", "y"),
        ("0", "x", "y"),
        ("F3", "x", "y"),
        (f"{1:016x}", " ", "y"),
        (f"{1:016x}", "x", ""),
        (f"{1:016x}", "x" * 2001, "y"),
        (f"{1:016x}", "x", "y" * 201),
    ]:
        with pytest.raises(Usage):
            judge_finding(folder, wanted, Word.HARMLESS, because=because, by=by)
    with pytest.raises(Missing):
        judge_finding(tmp_path / "nowhere", "0", Word.HARMLESS, because="x", by="y")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    (folder / "judgements.json").write_bytes(b"[" * 100_000)
    with pytest.raises(Malformed, match=r"^judgements\.json is damaged"):
        judge_finding(folder, f"{1:016x}", Word.HARMLESS, because="x", by="y")
