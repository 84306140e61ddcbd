"""`decrypt` and `extract-key`: only what was asked for, private, whole or not at all."""

from __future__ import annotations

import json
import plistlib
import shutil
from pathlib import Path

import pytest
from cli_runner import LURE, PASSWORD, Sousveil, small, stored, tree

from phonegen import Phone

FILES = {
    "HomeDomain/Library/Notes/a.txt": b"note",
    "HomeDomain/Library/Notes/empty": b"",
    "CameraRollDomain/Media/photo.jpg": bytes(range(256)) * 5000,
    "AppDomain-com.example.app/Documents/b": b"sixteen bytes ok",
}
WARNING = (
    "These files contain personal data of the owner and of others. The backup's password no longer protects them. "
    "Keep them on an encrypted disk, and erase them when you no longer need them.\n"
)


def fill(made: Phone) -> None:
    for where, data in FILES.items():
        domain, _, relative = where.partition("/")
        made.add(domain, relative, data)


@pytest.fixture(scope="module")
def backups(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("backups")
    return {
        kind: small(folder / kind, f"https://{LURE}/", change=fill, encrypted=kind == "encrypted")
        for kind in ("plain", "encrypted")
    }


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("kind", ["plain", "encrypted"])
def test_everything(sv: Sousveil, backups: dict[str, Path], kind: str) -> None:
    """A backup that is not encrypted comes out, which our own check opens, with the same findings."""
    before = tree(backups[kind])
    ran = sv("decrypt", backups[kind], "plain", env={"SOUSVEIL_BACKUP_PASSWORD": PASSWORD})
    assert (ran.code, ran.err) == (0, "")
    made = content(sv.home / "plain")
    assert {"Info.plist", "Manifest.db", "Manifest.plist", "Status.plist"} <= set(made)
    for where, data in FILES.items():
        domain, _, relative = where.partition("/")
        assert stored(sv.home / "plain", domain, relative).read_bytes() == data
    messages = stored(backups["plain"], "HomeDomain", "Library/SMS/sms.db").read_bytes()
    assert stored(sv.home / "plain", "HomeDomain", "Library/SMS/sms.db").read_bytes() == messages
    assert made["Manifest.db"].startswith(b"SQLite format 3\0")
    assert plistlib.loads(made["Manifest.plist"])["IsEncrypted"] is False
    size = sum(map(len, made.values()))
    assert ran.out.decode() == f"{len(made)} files ({size / 1e6:.1f} MB) were written to plain.\n{WARNING}"
    modes = {p.stat().st_mode & 0o777 for p in [sv.home / "plain", *(sv.home / "plain").rglob("*")] if p.is_dir()}
    assert modes == {0o700} and {p.stat().st_mode & 0o777 for p in (sv.home / "plain").rglob("*") if p.is_file()} == {
        0o600
    }
    assert tree(backups[kind]) == before
    options = ["--json", "--no-files"]
    first = sv.check(backups[kind], options=options, env={"SOUSVEIL_BACKUP_PASSWORD": PASSWORD})
    again = sv.check(sv.home / "plain", options=options)
    told = [[(f["rule"], f["says"], f["at"]) for f in json.loads(one.out)["findings"]] for one in (first, again)]
    assert told[0] == told[1] != []


def test_a_wrong_key_file_is_named(sv: Sousveil, backups: dict[str, Path], locked: Path) -> None:
    assert sv("extract-key", locked, "other.key", env={"SOUSVEIL_BACKUP_PASSWORD": PASSWORD}).code == 0
    why = "the key file 'other.key' is the wrong one: its key does not open this backup."
    for ran in (
        sv.check(backups["encrypted"], options=["--no-files", "--key-file", sv.home / "other.key"]),
        sv("decrypt", backups["encrypted"], "plain", "--key-file", "other.key"),
    ):
        assert ran.code == 2 and why in ran.err and "`sousveil extract-key`" in ran.err
    assert not (sv.home / "plain").exists()


def test_only_some(sv: Sousveil, backups: dict[str, Path]) -> None:
    ran = sv("decrypt", backups["plain"], "plain", "--only", "HomeDomain/Library/Notes/*", "--only", "*/photo.jpg")
    assert ran.code == 0
    wanted = {name: data for name, data in FILES.items() if "AppDomain" not in name}
    assert content(sv.home / "plain") == wanted
    one = sv("decrypt", backups["plain"], "one", "--only", "*/photo.jpg")
    assert one.text.startswith("1 file (") and ") was written to one." in one.text
    nothing = sv("decrypt", backups["plain"], "none", "--only", "NoDomain/*")
    assert nothing.code == 2 and not (sv.home / "none").exists()
    assert nothing.err == (
        "sousveil: no file of the backup matches; nothing was written.\n"
        "--only takes DOMAIN/GLOB, such as 'HomeDomain/Library/SMS/*'.\n"
    )


def test_a_folder_that_is_not_empty(sv: Sousveil, backups: dict[str, Path]) -> None:
    (sv.home / "plain").mkdir()
    (sv.home / "plain/mine").write_text("keep")
    ran = sv("decrypt", backups["plain"], "plain")
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err == "sousveil: The folder plain is not empty; nothing in it was changed.\nName a new folder.\n"
    assert content(sv.home) == {"plain/mine": b"keep"}


def test_files_that_cannot_be_had(sv: Sousveil, backups: dict[str, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(backups["encrypted"], copy)
    stored(copy, "CameraRollDomain", "Media/photo.jpg").write_bytes(b"cut")
    stored(copy, "HomeDomain", "Library/Notes/a.txt").unlink()
    ran = sv("decrypt", copy, "plain", env={"SOUSVEIL_BACKUP_PASSWORD": PASSWORD})
    assert (ran.code, ran.err) == (3, "")
    lines = ran.out.decode().splitlines()
    assert lines[0].startswith("7 files (") and lines[1] == "2 files could not be written:"
    assert sorted(line.split(": ")[0].strip() for line in lines[2:4]) == [
        "CameraRollDomain/Media/photo.jpg",
        "HomeDomain/Library/Notes/a.txt",
    ]
    assert not stored(sv.home / "plain", "CameraRollDomain", "Media/photo.jpg").exists()


def test_wrong_password_makes_nothing(sv: Sousveil, backups: dict[str, Path]) -> None:
    ran = sv("decrypt", backups["encrypted"], "plain", env={"SOUSVEIL_BACKUP_PASSWORD": "1234"})
    assert ran.code == 2 and "not the phone's unlock code" in ran.err
    key = sv("extract-key", backups["encrypted"], "key", env={"SOUSVEIL_BACKUP_PASSWORD": "1234"})
    assert key.code == 2 and "the password does not open this backup." in key.err
    assert list(sv.home.iterdir()) == []


def test_several_backups_are_too_many(sv: Sousveil, backups: dict[str, Path]) -> None:
    ran = sv("decrypt", backups["plain"].parent, "plain")
    assert ran.code == 2 and "contains 2 backups; this command takes one." in ran.err
