"""Plaintext on disk only where it is asked for, and only below the destination."""

from __future__ import annotations

import errno
import os
import plistlib
import stat
from pathlib import Path

import pytest

from sousveil.acquisition import decrypt
from sousveil.acquisition.backup import Backup
from sousveil.acquisition.decrypt import Step, decrypt_backup, extract_key
from sousveil.acquisition.keybag import read_key_file
from sousveil.errors import LimitExceeded, Locked, Usage
from tests.acquisition.maker import PASSWORD, Maker, file_id, mbfile, snapshot


def unlocked(root: Path) -> Backup:
    maker = Maker(root, PASSWORD)
    maker.add("HomeDomain", "Library/SMS/sms.db", b"messages" * 1000)
    maker.add("AppDomain-org.example", "Documents/a.txt", b"text")
    maker.add("HomeDomain", "../../escape", b"bad")
    maker.add("..", "escape", b"bad")
    maker.add("HomeDomain", "/absolute", b"bad")
    maker.add("HomeDomain", "locked", b"x", cls=9)
    maker.rows.append((file_id("HomeDomain", "gone"), "HomeDomain", "gone", 1, mbfile("gone", 3)))
    backup = Backup(maker.write())
    backup.unlock(backup.keybag.unlock(PASSWORD))
    return backup


def test_all_files(tmp_path: Path) -> None:
    backup = unlocked(tmp_path / "backup")
    before = snapshot(backup.root)
    steps: list[Step] = []
    dest = tmp_path / "out"
    done = decrypt_backup(backup, dest, progress=steps.append)
    files = {os.fspath(path.relative_to(dest)): path for path in dest.rglob("*") if path.is_file()}
    assert done == len(files)
    odd = [("HomeDomain", "../../escape"), ("..", "escape"), ("HomeDomain", "/absolute")]
    ids = [
        file_id(*pair)
        for pair in [("HomeDomain", "Library/SMS/sms.db"), ("AppDomain-org.example", "Documents/a.txt"), *odd]
    ]
    stored = {f"{one[:2]}/{one}" for one in ids}
    assert set(files) - {"Info.plist", "Status.plist"} == {"Manifest.db", "Manifest.plist", *stored}
    assert files[f"{ids[0][:2]}/{ids[0]}"].read_bytes() == b"messages" * 1000
    stated = plistlib.loads(files["Manifest.plist"].read_bytes())
    assert stated["IsEncrypted"] is False and not {"BackupKeyBag", "ManifestKey"} & set(stated)
    again = Backup(dest)
    assert not again.encrypted and again.device.product_version == backup.device.product_version
    assert [entry.relative for entry in again.entries()] == [entry.relative for entry in backup.entries()]
    assert files["Manifest.db"].read_bytes().startswith(b"SQLite format 3\0")
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in [dest, *dest.rglob("*")] if path.is_dir()} == {0o700}
    assert sorted(step.where for step in steps if step.problem) == ["HomeDomain/gone", "HomeDomain/locked"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "out"]
    assert snapshot(backup.root) == before


def test_only_some(tmp_path: Path) -> None:
    backup = unlocked(tmp_path / "backup")
    assert decrypt_backup(backup, tmp_path / "out", ["HomeDomain/Library/*"]) == 1
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["sms.db"]


def test_destinations_refused(tmp_path: Path) -> None:
    backup = unlocked(tmp_path / "backup")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    (tmp_path / "file").write_text("x")
    for dest in (backup.root, backup.root / "out", tmp_path / "full", tmp_path / "file"):
        with pytest.raises(Usage):
            decrypt_backup(backup, dest)


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backup = unlocked(tmp_path / "backup")
    real = decrypt._write_content
    calls = []

    def fills(group: object, partial: Path) -> int:
        calls.append(group)
        if len(calls) == 2:
            partial.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(group, partial)  # type: ignore[arg-type]

    monkeypatch.setattr(decrypt, "_write_content", fills)
    with pytest.raises(LimitExceeded, match=r"the disk is full\. 2 files were written before"):
        decrypt_backup(backup, tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert names == ["Info.plist", "Manifest.plist"]


def test_too_little_space(tmp_path: Path) -> None:
    maker = Maker(tmp_path / "backup")
    maker.add("D", "a", b"x", size=1 << 49)
    with pytest.raises(LimitExceeded, match="bytes free"):
        decrypt_backup(Backup(maker.write()), tmp_path / "out")


def test_extract_key(tmp_path: Path) -> None:
    backup = unlocked(tmp_path / "backup")
    with pytest.raises(Locked):
        extract_key(backup, "wrong", tmp_path / "key")
    assert not (tmp_path / "key").exists()
    extract_key(backup, PASSWORD, tmp_path / "key")
    assert backup.keybag.unlock_with_key(read_key_file(tmp_path / "key")).keys == backup.keys.keys  # type: ignore[union-attr]
    with pytest.raises(Usage):
        extract_key(backup, PASSWORD, tmp_path / "key")
