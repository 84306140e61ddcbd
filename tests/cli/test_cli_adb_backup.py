"""`sousveil check` over backups of adb: passwords from files, answers for wrong ones, what coverage says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from phonegen.android import Android, adb_backup, androidqf
from phonegen.android.background import populate
from tests.cli.cli_runner import LURE, Ran, Sousveil

WHEN = datetime(2026, 9, 1, 12, 0, 5, tzinfo=UTC)
APPS = (
    adb_backup.App(name="org.example.one", files={"f/a.txt": b"hello"}),
    adb_backup.messages([adb_backup.sms(f"Your parcel: https://{LURE}/x", WHEN)]),
    adb_backup.calls(adb_backup.call("+15550100", WHEN)),
)


def words(ran: Ran) -> str:
    return " ".join((ran.text + ran.err).split())


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    path = tmp_path / "backup.ab"
    path.write_bytes(adb_backup.backup(*APPS, password="a word"))
    return path


def test_a_password_opens_a_backup(sv: Sousveil, sealed: Path, tmp_path: Path) -> None:
    secret = tmp_path / "password.txt"
    secret.write_text("a word\n")
    ran = sv.check(sealed, options=["--json", "--no-files", "--password-file", secret])
    found = json.loads(ran.out)
    assert ran.code == 1 and found["device"]["product_version"] == "14"
    assert [(one["artefact"], one["indicator"]["value"]) for one in found["findings"]] == [
        ("android.backup_messages", LURE)
    ]
    lines = {line["artefact"]: line for line in found["coverage"]}
    assert {name: (line["outcome"], line["unverified"]) for name, line in lines.items() if line["records"]} == {
        "android.backup_apps": ("READ", False),
        "android.backup_files": ("READ", False),
        "android.backup_messages": ("READ", False),
        "android.backup_calls": ("READ", True),
    }
    secret.write_text("another\n")
    wrong = sv.check(sealed, options=["--no-files", "--password-file", secret])
    assert wrong.code == 2 and "the password does not open this adb backup" in words(wrong)


def test_what_people_see_of_a_backup_speaks_of_a_backup(sv: Sousveil, tmp_path: Path) -> None:
    """Messages were read here: nothing may say that a bug report has none."""
    path = tmp_path / "backup.ab"
    path.write_bytes(adb_backup.backup(adb_backup.messages([adb_backup.sms("hello", WHEN)])))
    ran = sv.check(path, options=["--full", "--out", tmp_path / "case"])
    page = (tmp_path / "case" / "report.html").read_text("utf-8")
    for text in (words(ran), page):
        assert "bug report" not in text.lower()
        assert "An adb backup contains only what apps allow." in text
        assert "ordinary people as backups of adb" in text


def test_without_a_password_nothing_is_read(sv: Sousveil, sealed: Path) -> None:
    ran = sv.check(sealed, options=["--no-files"])
    assert ran.code == 2 and "no password" in words(ran)


def test_a_locked_backup_inside_an_acquisition_is_a_limit(sv: Sousveil, sealed: Path, tmp_path: Path) -> None:
    phone = populate(Android(13), apps=2, scale=0.1)
    acquisition = androidqf.Acquisition(phone=phone, beside={"backup.ab": sealed.read_bytes()})
    path = androidqf.write_archive(acquisition, tmp_path / "a")
    ran = sv.check(path, options=["--json", "--no-files", "--no-scan"])
    found = json.loads(ran.out)
    assert (ran.code, found["findings"]) == (3, [])
    (line,) = (line for line in found["coverage"] if line["artefact"] == "backup")
    assert "The adb backup /backup.ab is encrypted. Give its password with --password-file" in line["detail"]
    secret = tmp_path / "password.txt"
    secret.write_text("a word\n")
    opened = json.loads(sv.check(path, options=["--json", "--no-files", "--password-file", secret]).out)
    assert [one["indicator"]["value"] for one in opened["findings"]] == [LURE]
