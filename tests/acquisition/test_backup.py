"""Backups whole, half and hostile."""

from __future__ import annotations

import os
import plistlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from sousveil.acquisition.backup import Backup
from sousveil.acquisition.content import open_member
from sousveil.acquisition.evidence_db import open_database
from sousveil.acquisition.find import Found, find_backups, look_through
from sousveil.acquisition.mbfile import FileInfo
from sousveil.acquisition.model import Device, Limit, whole
from sousveil.artefacts.model import At
from sousveil.errors import LimitExceeded, Locked, Malformed, Missing, SousveilError, Unsupported, Usage
from tests.acquisition.maker import PASSWORD, Maker, file_id, mbfile, snapshot, wal_database

SMS = At.ios("/private/var/mobile/Library/SMS/sms.db")


def make(root: Path, password: str | None = None, *, modern: bool = True) -> Maker:
    maker = Maker(root, password, modern)
    work = root.parent / "work"
    work.mkdir(parents=True, exist_ok=True)
    main, wal = wal_database(work)
    maker.add("HomeDomain", "Library/SMS/sms.db", main)
    maker.add("HomeDomain", "Library/SMS/sms.db-wal", wal)
    maker.add("HomeDomain", "Library/SMS/sms.db-shm", bytes(32768))
    maker.add("AppDomain-org.example", "Library/a.plist", b"hello", Digest=b"d" * 20)
    maker.add("HomeDomain", "Library/empty", b"")
    maker.rows.append((file_id("HomeDomain", "Library/SMS"), "HomeDomain", "Library/SMS", 2, mbfile("Library/SMS")))
    return maker


@pytest.mark.parametrize(("password", "modern"), [(None, True), (PASSWORD, True), (PASSWORD, False)])
def test_from_folder_to_rows(tmp_path: Path, password: str | None, modern: bool) -> None:
    root = make(tmp_path / "backup", password, modern=modern).write()
    before = snapshot(root)
    backup = Backup(root)
    assert backup.limits == [] and backup.encrypted is (password is not None)
    assert backup.device == Device(
        product_type="iPhone12,1",
        product_version="16.5",
        build="20F66",
        last_backup=1_704_164_645_000_000,
        encrypted=password is not None,
        installed=("org.example.one", "org.example.two"),
        unique_id="00008030-0000000000000001",
        name="Test phone",
    )
    if password is not None:
        with pytest.raises(Locked, match="no password"):
            backup.row_span()
        backup.unlock(backup.keybag.unlock(password))
    assert backup.row_span() == (1, 6, 6)
    entries = list(backup.entries())
    assert [entry.relative for entry in entries] == [
        "Library/SMS/sms.db",
        "Library/SMS/sms.db-wal",
        "Library/SMS/sms.db-shm",
        "Library/a.plist",
        "Library/empty",
        "Library/SMS",
    ]
    assert all(entry.problem is None and entry.doubt is None for entry in entries)
    assert [entry.row for entry in backup.entries(2, 3)] == [2, 3]
    app = entries[3]
    assert (app.phone_path, app.flags, entries[0].phone_path) == (None, 1, SMS.path)
    assert isinstance(app.info, FileInfo) and (app.info.size, app.info.digest) == (5, b"d" * 20)
    assert whole(open_member(backup.member(app)), 100) == b"hello"
    assert whole(open_member(backup.member(entries[4])), 100) == b""
    found = list(
        backup.locate(
            [
                ("sms", SMS),
                ("again", SMS),
                ("app", At.app("org.*", "*.plist")),
                ("info", At.info("Info.plist")),
                ("manifest", At.info("Manifest.db")),
                ("none", At.anywhere("*/nothing")),
            ]
        )
    )
    assert [key for key, _ in found] == ["info", "manifest", "sms", "again", "app"]
    sms = found[2][1]
    assert (sms.where, sms.phone_path) == ("HomeDomain/Library/SMS/sms.db", SMS.path)
    assert sorted(member.suffix for member in sms.members) == ["", "-shm", "-wal"]
    with open_database(sms) as database:
        assert database.connection.execute("select count(*) from message").get == 57
    assert [group.relative for group in backup.info_groups()] == [
        "Info.plist",
        "Manifest.plist",
        "Status.plist",
        "Manifest.db",
    ]
    assert snapshot(root) == before


def test_wrong_password_and_missing_class(tmp_path: Path) -> None:
    maker = make(tmp_path / "backup", PASSWORD)
    maker.add("HomeDomain", "secret", b"x", cls=9)
    backup = Backup(maker.write())
    with pytest.raises(Locked, match="not the phone's unlock code"):
        backup.keybag.unlock("wrong")
    backup.unlock(backup.keybag.unlock(PASSWORD))
    member = backup.member(list(backup.entries())[-1])
    assert member.problem == "the backup has no usable key for protection class 9."
    with pytest.raises(Locked, match="class 9"):
        open_member(member)


def test_decrypted_before(tmp_path: Path) -> None:
    """A backup that another tool decrypted keeps its Manifest.plist."""
    maker = make(tmp_path / "backup")
    maker.manifest_extra = {"IsEncrypted": True}
    backup = Backup(maker.write())
    assert backup.device.encrypted and not backup.encrypted
    assert backup.row_span()[2] == 6


def test_manifest_with_wal(tmp_path: Path) -> None:
    root = make(tmp_path / "backup").write()
    db = sqlite3.connect(root / "Manifest.db")
    db.execute("pragma journal_mode=wal")
    db.execute("pragma wal_autocheckpoint=0")
    db.execute(
        "insert into Files values (?, 'HomeDomain', 'late', 1, ?)", (file_id("HomeDomain", "late"), mbfile("late"))
    )
    db.commit()
    assert [entry.relative for entry in Backup(root).entries()][-1] == "late"
    db.close()


HOSTILE: list[tuple[object, object, object, object, object]] = [
    ("../../../../etc/passwd", "HomeDomain", "a", 1, mbfile("a")),
    ("/etc/passwd", "HomeDomain", "b", 1, mbfile("b")),
    ("ab/" + "c" * 37, "HomeDomain", "c", 1, mbfile("c")),
    ("a" * 40 + "\n", "HomeDomain", "d", 1, mbfile("d")),
    ("A" * 40, "HomeDomain", "e", 1, mbfile("e")),
    (None, None, None, None, None),
    (b"\0" * 40, b"\xff\xfe", b"\xc3\x28", "x", b"not a record"),
    (5, 6, 7, 8, 9),
    (file_id("HomeDomain", "new\nline"), "HomeDomain", "new\nline", 1, mbfile("new\nline")),
    (file_id("HomeDomain", "other"), "HomeDomain", "renamed", 1, mbfile("renamed")),
    (file_id("../..", "../../x"), "../..", "../../x", 1, mbfile("../../x")),
    (file_id("HomeDomain", "big"), "HomeDomain", "big", 1, bytes(2 << 20)),
]


def test_hostile_rows(tmp_path: Path) -> None:
    maker = Maker(tmp_path / "backup", rows=list(HOSTILE))
    backup = Backup(maker.write())
    entries = list(backup.entries())
    assert len(entries) == len(HOSTILE)
    for entry in entries[:8]:
        assert "40 hexadecimal digits" in (entry.problem or "")
        assert backup.member(entry).path == ""
        with pytest.raises(Missing):
            open_member(backup.member(entry))
    assert entries[6].relative == "\\xc3("
    assert entries[8].relative == "new\nline" and entries[8].problem is None
    assert backup.member(entries[8]).problem == "the manifest lists the file, but it is not in the backup."
    assert entries[9].doubt is not None
    assert entries[10].phone_path is None
    assert backup.member(entries[10]).path == ""
    assert entries[11].problem is not None
    assert [key for key, _ in backup.locate([("x", At.anywhere("*new*"))])] == ["x"]


def test_links_out_of_the_backup(tmp_path: Path) -> None:
    maker = make(tmp_path / "backup")
    stored = maker.add("HomeDomain", "linked", b"inside")
    root = maker.write()
    (tmp_path / "outside").mkdir()
    outside = tmp_path / "outside" / stored.name
    outside.write_bytes(b"not evidence")
    stored.unlink()
    stored.symlink_to(outside)
    backup = Backup(root)
    entry = next(entry for entry in backup.entries() if entry.relative == "linked")
    with pytest.raises(Malformed, match="symbolic link"):
        open_member(backup.member(entry))
    stored.unlink()
    if not any(stored.parent.iterdir()):
        stored.parent.rmdir()
        stored.parent.symlink_to(outside.parent)
        with pytest.raises(Missing):
            open_member(Backup(root).member(entry))


def test_flat_layout(tmp_path: Path) -> None:
    maker = Maker(tmp_path / "backup")
    stored = maker.add("HomeDomain", "a", b"flat")
    root = maker.write()
    stored.rename(root / stored.name)
    stored.parent.rmdir()
    backup = Backup(root)
    assert whole(open_member(backup.member(next(backup.entries()))), 10) == b"flat"


def test_half_backups(tmp_path: Path) -> None:
    root = make(tmp_path / "backup").write()
    for name in ("Info.plist", "Status.plist", "Manifest.plist"):
        (root / name).unlink()
        assert Limit(id="property_list_missing", values={"file": name}) in Backup(root).limits
    assert Backup(root).row_span()[2] == 6
    (root / "Info.plist").write_bytes(b"<plist><dict><key>")
    (root / "Status.plist").write_bytes(plistlib.dumps({"SnapshotState": "uploading"}))
    limits = Backup(root).limits
    assert Limit(id="property_list_damaged", values={"file": "Info.plist"}) in limits
    assert Limit(id="backup_unfinished", values={"state": "uploading"}) in limits
    (root / "Manifest.db").unlink()
    backup = Backup(root)
    assert Limit(id="manifest_missing") in backup.limits
    for ask in (backup.row_span, lambda: list(backup.entries()), lambda: list(backup.locate([("x", SMS)]))):
        with pytest.raises(Missing, match="this backup is incomplete"):
            ask()
    (root / "Manifest.db").write_bytes(b"")
    with pytest.raises(Malformed, match="empty"):
        Backup(root).row_span()


def test_encrypted_without_its_keybag(tmp_path: Path) -> None:
    root = make(tmp_path / "backup", PASSWORD).write()
    (root / "Manifest.plist").unlink()
    backup = Backup(root)
    assert backup.encrypted and backup.device.encrypted
    with pytest.raises(Locked, match=r"Manifest\.plist"):
        _ = backup.keybag


def test_view_in_place_of_the_list(tmp_path: Path) -> None:
    root = make(tmp_path / "backup").write()
    db = sqlite3.connect(root / "Manifest.db")
    db.execute("drop table Files")
    db.execute(
        "create view Files as with recursive x(a) as (select 1 union all select a + 1 from x) "
        "select a rowid, a fileID, a domain, a relativePath, 1 flags, a file from x"
    )
    db.commit()
    db.close()
    with pytest.raises(Malformed, match="something else"):
        Backup(root).row_span()


def test_damaged_manifest_keeps_the_first_rows(tmp_path: Path) -> None:
    maker = make(tmp_path / "backup")
    for number in range(400):
        maker.rows.append((file_id("D", f"f{number}"), "D", f"f{number}", 1, mbfile(f"f{number}")))
    root = maker.write()
    os.truncate(root / "Manifest.db", os.path.getsize(root / "Manifest.db") // 2 // 4096 * 4096)
    rows = []
    with pytest.raises(SousveilError):
        for entry in Backup(root).entries():
            rows.append(entry.row)
    assert rows and rows == list(range(1, len(rows) + 1))
    found = []
    with pytest.raises(Malformed):
        for key, _ in Backup(root).locate([("sms", SMS)]):
            found.append(key)
    assert found == ["sms"]


def test_find(tmp_path: Path) -> None:
    one = make(tmp_path / "phones" / "a").write()
    two = Maker(tmp_path / "phones" / "deep" / "b").write()
    (tmp_path / "phones" / "loop").symlink_to(tmp_path / "phones")
    assert find_backups(tmp_path / "phones") == [one, two]
    assert find_backups(one) == [one]
    (tmp_path / "link").symlink_to(one)
    assert find_backups(tmp_path / "link") == [tmp_path / "link"]


def test_folders_that_may_not_be_read_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = make(tmp_path / "phones" / "a").write()
    (tmp_path / "phones" / "closed" / "x").mkdir(parents=True)
    whole, scandir = look_through(tmp_path / "phones"), os.scandir

    def refuse(folder: Path) -> Any:
        if folder.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert whole == Found([one], 0, {one: "ios"})
    assert look_through(tmp_path / "phones") == Found([one], 1, {one: "ios"})


def test_not_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "self").symlink_to(tmp_path / "self")
    for name, text in (
        ("none", "does not exist"),
        ("file", "is a file"),
        ("empty", "is not an iPhone backup"),
        ("self", "cannot be read"),
        ("a\0b", "cannot be read"),
    ):
        with pytest.raises(Usage, match=text):
            find_backups(tmp_path / name)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "Manifest.mbdb").write_bytes(b"mbdb\5\0")
    assert find_backups(tmp_path / "old") == [tmp_path / "old"]
    with pytest.raises(Unsupported, match="iOS 9"):
        Backup(tmp_path / "old")
    monkeypatch.setattr("sousveil.acquisition.find.MAX_FOLDERS", 3)
    for number in range(5):
        (tmp_path / "empty" / str(number)).mkdir()
    with pytest.raises(LimitExceeded):
        find_backups(tmp_path / "empty")
