"""Databases read out of evidence: WAL, hot journal, limits, damage, and the evidence as it was."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import apsw
import pytest

from sousveil.acquisition.evidence_db import as_error, open_database
from sousveil.acquisition.model import FileGroup, Member
from sousveil.errors import LimitExceeded, Malformed, Missing, SousveilError, Unsupported
from tests.acquisition.maker import encrypted, journal_database, snapshot, wal_database

KEY = b"k" * 32


def group(folder: Path, files: dict[str, bytes], secret: bool) -> FileGroup:
    members = []
    for suffix, content in files.items():
        path = folder / f"stored{suffix}"
        path.write_bytes(encrypted(KEY, content) if secret else content)
        members.append(Member(suffix=suffix, path=os.fspath(path), key=KEY if secret else None, size=len(content)))
    return FileGroup(domain="HomeDomain", relative="Library/SMS/sms.db", members=tuple(members))


@pytest.mark.parametrize("secret", [False, True])
@pytest.mark.parametrize("shm", [False, True])
def test_wal_rows_are_seen(tmp_path: Path, secret: bool, shm: bool) -> None:
    main, wal = wal_database(tmp_path)
    files = {"": main, "-wal": wal} | ({"-shm": b"\xff" * 32768} if shm else {})
    evidence = group(tmp_path, files, secret)
    before = snapshot(tmp_path)
    with open_database(evidence) as database:
        texts = [text for (text,) in database.connection.execute("select text from message order by id")]
    assert texts == [f"main {i} " + "x" * 200 for i in range(50)] + [f"wal {i}" for i in range(7)]
    assert snapshot(tmp_path) == before


def test_without_wal_only_the_main_file(tmp_path: Path) -> None:
    main, _ = wal_database(tmp_path)
    with open_database(group(tmp_path, {"": main}, False)) as database:
        assert database.connection.execute("select count(*) from message").get == 50


def test_damaged_wal_frames_are_ignored(tmp_path: Path) -> None:
    main, wal = wal_database(tmp_path)
    broken = wal[:40] + bytes([wal[40] ^ 1]) + wal[41:]
    with open_database(group(tmp_path, {"": main, "-wal": broken}, False)) as database:
        assert database.connection.execute("select count(*) from message").get == 50
    with open_database(group(tmp_path, {"": main, "-wal": b""}, False)) as database:
        assert database.connection.execute("select count(*) from message").get == 50


@pytest.mark.parametrize("secret", [False, True])
def test_hot_journal_is_undone_in_memory(tmp_path: Path, secret: bool) -> None:
    main, journal = journal_database(tmp_path)
    evidence = group(tmp_path, {"": main, "-journal": journal}, secret)
    before = snapshot(tmp_path)
    with open_database(evidence) as database:
        texts = [text for (text,) in database.connection.execute("select text from message order by id")]
        assert database.connection.execute("pragma integrity_check").get == "ok"
    assert texts == [f"good {i} " + "x" * 500 for i in range(200)]
    assert snapshot(tmp_path) == before


def test_journal_too_large_for_the_overlay(tmp_path: Path) -> None:
    main, journal = journal_database(tmp_path)
    with pytest.raises(LimitExceeded, match="undo in memory"):
        open_database(group(tmp_path, {"": main, "-journal": journal}, False), overlay=8192)


def test_nothing_can_be_written_or_reached(tmp_path: Path) -> None:
    main, wal = wal_database(tmp_path)
    with open_database(group(tmp_path, {"": main, "-wal": wal}, False)) as database:
        for query in (
            "insert into message (text) values ('x')",
            "attach '/etc/passwd' as other",
            "attach ':memory:' as other",
            "select load_extension('x')",
            "pragma journal_mode=delete; delete from message",
        ):
            with pytest.raises(apsw.Error):
                database.connection.execute(query).fetchall()
        with pytest.raises(apsw.TooBigError):
            database.connection.execute("select hex(zeroblob(400000000))").fetchall()


def test_time_limit(tmp_path: Path) -> None:
    main, _ = wal_database(tmp_path)
    endless = "with recursive x(a) as (select 1 union all select a + 1 from x) select max(a) from x"
    with open_database(group(tmp_path, {"": main}, False), seconds=0.05) as database:
        with pytest.raises(apsw.InterruptError) as caught:
            database.connection.execute(endless).fetchall()
        assert isinstance(as_error(caught.value), LimitExceeded)
        database.allow(60)
        assert database.connection.execute("select count(*) from message").get == 50


@pytest.mark.parametrize("secret", [False, True])
def test_cut_off_database_gives_its_first_rows(tmp_path: Path, secret: bool) -> None:
    main, _ = wal_database(tmp_path, committed=500)
    evidence = group(tmp_path, {"": main}, secret)
    os.truncate(evidence.members[0].path, len(main) // 2)
    rows: list[object] = []
    with open_database(evidence) as database:
        with pytest.raises((apsw.Error, SousveilError)) as caught:
            rows.extend(database.connection.execute("select text from message order by id"))
        assert isinstance(as_error(caught.value), Malformed)
        rows = []
        try:
            for row in database.connection.execute("select text from message order by id"):
                rows.append(row)
        except SousveilError:
            pass
    assert 50 < len(rows) < 500


def test_what_is_no_database(tmp_path: Path) -> None:
    for content in (b"", b"not a database" * 100, os.urandom(8192)):
        with pytest.raises(Malformed):
            open_database(group(tmp_path, {"": content}, False))
    main, _ = wal_database(tmp_path)
    with pytest.raises(Malformed):
        open_database(FileGroup(domain="", relative="x", members=(Member(suffix="", path=os.fspath(tmp_path)),)))
    with pytest.raises(Missing):
        open_database(FileGroup(domain="", relative="x", members=()))
    with pytest.raises(Missing):
        open_database(FileGroup(domain="", relative="x", members=(Member(suffix="", path="", problem="not there"),)))
    with open_database(group(tmp_path, {"": main}, False)) as database, pytest.raises(apsw.SQLError) as caught:
        database.connection.execute("select nothing from nowhere")
    assert isinstance(as_error(caught.value), Unsupported)


def test_locked_database_of_a_live_writer(tmp_path: Path) -> None:
    """Another process that holds a lock on the same file does not stop the reading."""
    path = tmp_path / "live.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("create table t (a)")
    writer.execute("insert into t values (1)")
    writer.execute("begin exclusive")
    member = Member(suffix="", path=os.fspath(path))
    with open_database(FileGroup(domain="", relative="live.db", members=(member,))) as database:
        assert database.connection.execute("select a from t").fetchall() == [(1,)]
    writer.close()


def test_names_and_descriptors_are_let_go(tmp_path: Path) -> None:
    main, wal = wal_database(tmp_path)
    evidence = group(tmp_path, {"": main, "-wal": wal}, False)
    names = apsw.vfs_names()
    opened = [open_database(evidence) for _ in range(5)]
    assert len(apsw.vfs_names()) == len(names) + 5
    for database in opened:
        assert database.connection.execute("select count(*) from message").get == 57
        database.close()
        database.close()
    with pytest.raises(Malformed):
        open_database(group(tmp_path, {"": b"x" * 5000}, False))
    assert apsw.vfs_names() == names


@pytest.mark.parametrize("seed", range(40))
def test_damaged_pages_end_in_an_error_of_ours(tmp_path: Path, seed: int) -> None:
    import random

    chance = random.Random(seed)
    main, wal = wal_database(tmp_path, committed=200)
    broken, broken_wal = bytearray(main), bytearray(wal)
    for _ in range(20):
        broken[chance.randrange(100, len(broken))] = chance.randrange(256)
        broken_wal[chance.randrange(len(broken_wal))] = chance.randrange(256)
    try:
        with open_database(
            group(tmp_path, {"": bytes(broken), "-wal": bytes(broken_wal)}, False), seconds=5
        ) as database:
            database.connection.execute("select id, cast(text as blob) from message").fetchall()
    except (apsw.Error, SousveilError) as error:
        assert isinstance(as_error(error), SousveilError)
