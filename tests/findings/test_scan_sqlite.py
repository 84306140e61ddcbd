"""Page and space of hits in SQLite files, made by SQLite itself; hostile headers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.acquisition.content import open_member
from sousveil.acquisition.model import Member
from sousveil.findings.scan_sqlite import MAGIC, is_database, is_wal, places, record_text
from tests.profiles import examples


class Bytes:
    """Bytes as a `Readable`."""

    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)

    def read(self, amount: int, offset: int) -> bytes:
        return self.data[offset : offset + amount]

    def close(self) -> None:
        pass


def spaces(data: bytes, value: bytes) -> list[tuple[int | None, str]]:
    offsets, at = [], data.find(value)
    while at >= 0:
        offsets.append(at)
        at = data.find(value, at + 1)
    got = places(Bytes(data), data[:100], offsets)
    return [got[offset] for offset in offsets]


@pytest.mark.parametrize("page", [512, 4096, 65536])
def test_live_freed_cell_and_free_page(tmp_path: Path, page: int) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"pragma page_size={page}")
        db.execute("pragma secure_delete=0")
        db.execute("create table t (a integer primary key, b text)")
        db.execute("insert into t values (1, 'live-value.example'), (2, 'gone-value.example'), (3, 'last')")
        db.execute("create table u (b text)")
        db.executemany(
            "insert into u values (?)", [(f"page-value.example {n} " + "x" * (page // 3),) for n in range(6)]
        )
        db.commit()
        db.execute("delete from t where a = 2")
        db.execute("drop table u")
    db.close()
    data = path.read_bytes()
    assert is_database(data[:100])
    assert spaces(data, b"live-value") == [(2, "live")]
    assert spaces(data, b"gone-value") == [(2, "freed")]
    assert {space for _, space in spaces(data, b"page-value")} == {"freed"}


def test_first_page_counts_from_its_header(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table t (a text default 'live-value.example')")
    db.close()
    assert spaces(path.read_bytes(), b"live-value") == [(1, "live")]


def test_log(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("pragma journal_mode=wal")
    db.execute("pragma wal_autocheckpoint=0")
    db.execute("create table t (a text)")
    db.execute("insert into t values ('wal-value.example')")
    data = (tmp_path / "a.db-wal").read_bytes()
    db.close()
    assert is_wal(data[:100])
    assert not is_database(data[:100])
    assert spaces(data, b"wal-value") == [(2, "wal")]


def header(trunk: int, size: int = 512) -> bytearray:
    data = bytearray(100)
    data[:16] = MAGIC
    data[16:18] = size.to_bytes(2, "big")
    data[32:36] = trunk.to_bytes(4, "big")
    return data


def test_circular_and_wild_free_lists() -> None:
    data = bytearray(512 * 5)
    data[:100] = header(2)
    data[512:520] = (3).to_bytes(4, "big") + (2**32 - 1).to_bytes(4, "big")
    data[520:524] = (4).to_bytes(4, "big")
    data[1024:1032] = (2).to_bytes(4, "big") + bytes(4)
    got = places(Bytes(bytes(data)), bytes(data[:100]), [600, 1100, 1600, 2100])
    assert got == {600: (2, "freed"), 1100: (3, "freed"), 1600: (4, "freed"), 2100: (5, "live")}
    data[32:36] = (2**32 - 1).to_bytes(4, "big")
    assert places(Bytes(bytes(data)), bytes(data[:100]), [600]) == {600: (2, "live")}


@pytest.mark.parametrize("size", [0, 3, 256, 513])
def test_wrong_page_sizes(size: int) -> None:
    assert not is_database(bytes(header(0, size)))


@settings(max_examples=examples(60), deadline=None)
@given(st.binary(min_size=512, max_size=2048), st.integers(0, 2047))
def test_any_bytes(junk: bytes, offset: int) -> None:
    data = bytes(header(2)) + junk
    places(Bytes(data), data[:100], [offset])
    record_text(junk, min(offset, len(junk)) // 2, min(offset, len(junk)) // 2 + 8)


def test_wild_cells_and_free_blocks() -> None:
    page = bytearray(512)
    page[0] = 0x0D
    page[1:3] = (400).to_bytes(2, "big")
    page[3:5] = (65_535).to_bytes(2, "big")
    page[400:404] = (400).to_bytes(2, "big") + (65_535).to_bytes(2, "big")  # leads to itself
    data = bytes(header(0)) + bytes(412) + bytes(page)
    assert places(Bytes(data), data[:100], [512 + 450]) == {962: (2, "freed")}
    assert places(Bytes(data), data[:100], [512 + 300]) == {812: (2, "live")}


def test_open_member_is_a_readable(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(header(0)) + bytes(1000))
    readable = open_member(Member(suffix="", path=str(tmp_path / "x")))
    assert places(readable, bytes(header(0)), [700]) == {700: (2, "live")}
    readable.close()
