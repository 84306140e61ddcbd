"""A backup that no secret opens: the check gives a result that says so, with a screen, files and exit code 2."""

from __future__ import annotations

import json
import plistlib
import shutil
from pathlib import Path

import jsonschema
import pytest
from cli_runner import PASSWORD, ROOT, Sousveil, hashes_in, hashes_of

SCHEMA = json.loads((ROOT / "docs/reference/findings.schema.json").read_text())
FILES = ["explain.json", "findings.json", "report.html", "report.json", "run.json", "summary.txt"]
PLACE = {"--password-file": "wrong", "--key-file": "wrong.key"}


@pytest.mark.parametrize(
    ("secret", "headline", "why", "first", "error"),
    [
        (
            "--password-file",
            "the password does not open it",
            "The password from --password-file does not open the keybag.",
            "Try the password again.",
            "sousveil: the password does not open this backup.",
        ),
        (
            "--key-file",
            "the key file does not open it",
            "The key of the key file does not open the keybag.",
            "Use the key file of this backup, or its password.",
            "sousveil: the key file 'wrong.key' is the wrong one: its key does not open this backup.",
        ),
        (
            "",
            "it needs a password",
            "The backup is encrypted and no password was given.",
            "Give the password.",
            "sousveil: this backup is encrypted and no password was given.",
        ),
    ],
)
def test_a_secret_that_does_not_open(
    sv: Sousveil, locked: Path, secret: str, headline: str, why: str, first: str, error: str
) -> None:
    (sv.home / "wrong").write_text("1234\n")
    (sv.home / "wrong.key").write_text("00" * 32)
    given = [secret, PLACE[secret]] if secret else []
    ran = sv.check(locked, options=["--out", "case", "--label", "Blue phone", "--examiner", "M. Example", *given])
    assert (ran.code, ran.err.splitlines()[0]) == (2, error)
    for text in (
        f"RESULT We could not check this backup: {headline}. There is no result. It says nothing about the phone",
        f"READ 0 sources. {why} DO NOW 1. {first}",
        "FILES case-not-opened (report.html, summary.txt)",
        "Exit code 2.",
    ):
        assert text in ran.text, ran.text
    folder = sv.home / "case-not-opened"
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    case = json.loads((folder / "findings.json").read_bytes())
    jsonschema.validate(case, SCHEMA)
    assert (case["verdict"], case["findings"], case["indicators"]) == ("not_examinable", [], [])
    assert [(line["artefact"], line["outcome"], line["detail"]) for line in case["coverage"]] == [
        ("backup", "FAILED", why)
    ]
    summary = (folder / "summary.txt").read_text().splitlines()
    assert summary[0].endswith("| label: Blue phone | exit 2")
    assert summary[1] == f"Result: none. We could not check this backup: {headline}"
    assert summary[4].startswith("Read: 0 sources | confined: ") and summary[4].endswith(why)
    assert summary[5] == "Next: try the backup password (not the passcode, not the Apple Account password)"
    page = (folder / "report.html").read_text()
    assert f'<h1 id="result">We could not check this backup: {headline}</h1>' in page
    assert "The same backup can be checked again with the right password." in page
    password = {
        "--password-file": "1 tried, from --password-file; it does not open the keybag",
        "--key-file": "The key of the key file was tried; it does not open the keybag",
        "": "None was given",
    }[secret]
    assert "<dt>Files</dt><dd><bdi>None was read</bdi></dd>" in page
    assert f"<dt>Password</dt><dd><bdi>{password}</bdi></dd>" in page
    assert hashes_in(page) == hashes_of(folder)
    for part in ('id="method"', 'id="limits"', 'id="indicators"', "No indicators were used", "SHA-256 of"):
        assert part not in page


def test_the_right_password_finds_its_place_free(sv: Sousveil, locked: Path) -> None:
    for _ in range(2):
        assert sv.check(locked, options=["--out", "case"], env={"SOUSVEIL_BACKUP_PASSWORD": "1234"}).code == 2
    assert sv.check(locked, options=["--out", "case"], env={"SOUSVEIL_BACKUP_PASSWORD": PASSWORD}).code == 1
    assert sorted(path.name for path in sv.home.iterdir() if path.name.startswith("case")) == [
        "case",
        "case-not-opened",
        "case-not-opened-2",
    ]


def test_a_backup_without_its_keys(sv: Sousveil, locked: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(locked, tmp_path / "copy"))
    manifest = plistlib.loads((copy / "Manifest.plist").read_bytes())
    del manifest["BackupKeyBag"]
    (copy / "Manifest.plist").write_bytes(plistlib.dumps(manifest))
    ran = sv.check(copy, options=["--out", "case"], env={"SOUSVEIL_BACKUP_PASSWORD": PASSWORD})
    assert ran.code == 2 and "We could not check this backup: its own keys are missing or damaged." in ran.text
    page = (sv.home / "case-not-opened" / "report.html").read_text()
    assert "Make a new encrypted backup" in page and "can be checked again with the right password" not in page
    assert "make a new encrypted backup" in (sv.home / "case-not-opened" / "summary.txt").read_text()


def test_json_holds_the_error_and_the_files_are_written(sv: Sousveil, locked: Path) -> None:
    ran = sv.check(locked, options=["--json", "--out", "case"], env={"SOUSVEIL_BACKUP_PASSWORD": "1234"})
    failed = json.loads(ran.out)
    assert (ran.code, failed["exit_code"], "findings" in failed) == (2, 2, False)
    assert failed["error"].startswith("the password does not open this backup.")
    assert sorted(path.name for path in (sv.home / "case-not-opened").iterdir()) == FILES
