"""Fuzzing whole queries over a database: out of its pages come the rows that SQLite gives, and the same error, or none."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.errors import SousveilError
from sousveil.kinds import Integer, Kind, MacTime, Opaque, Real, Text
from sousveil.readers.model import Context
from sousveil.readers.pages import SETTING
from sousveil.readers.sqlite import Layout, sqlite
from sousveil.records import Record, kinds_of, unpacked


class _Row(Record):
    text: Text | None
    number: Integer | None
    real: Real | None
    at: MacTime | None
    kept: Opaque | None
    other: Opaque | None


class _Artefact:
    name = "ios.fuzzed"
    kinds: dict[str, Kind] = kinds_of(_Row)


_LAYOUT = Layout(
    name="fuzzed",
    source="t LEFT JOIN o ON o.rowid = t.o LEFT JOIN p ON p.of_o = o.rowid",
    columns={"text": "t.text", "number": "t.number", "real": "t.real", "at": "t.at", "kept": "ifnull(t.kept, p.v)"},
    optional={"other": "o.v"},
    where="t.number IS NOT NULL OR t.text IS NULL",
    extra=("t", "o"),
)
_SCHEMA = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT, number INTEGER, real REAL, at TIMESTAMP, kept, o INTEGER, x BLOB)",
    "CREATE TABLE o (v TEXT, w)",
    "CREATE TABLE p (of_o INTEGER, v)",
)


def _database(page: int, rows: int, *after: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"PRAGMA page_size = {page}")
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.executemany(
            "INSERT INTO t (text, number, real, at, kept, o, x) VALUES (?,?,?,?,?,?,?)",
            [
                (
                    f"text {n}" if n % 3 else None,
                    n * n if n % 5 else None,
                    n / 7,
                    7e8 + n,
                    None if n % 2 else n,
                    n % 9 or None,
                    b"x" * n,
                )
                for n in range(rows)
            ],
        )
        connection.executemany("INSERT INTO o VALUES (?, ?)", [(f"o {n}", n) for n in range(7)])
        connection.executemany("INSERT INTO p VALUES (?, ?)", [(n % 4, f"p {n}") for n in range(6)])
        for statement in after:
            connection.execute(statement)
        connection.commit()
        return connection.serialize()


def seeds() -> list[bytes]:
    """Tables of one page and of several levels, long rows, freed rows, a column that came later."""
    return [
        _database(512, 12),
        _database(512, 60, "DELETE FROM t WHERE id % 3 = 0"),
        _database(1024, 30, "UPDATE t SET x = zeroblob(4000) WHERE id % 7 = 0"),
        _database(4096, 25, "ALTER TABLE t ADD COLUMN late", "INSERT INTO t (number, late) VALUES (7, 'late')"),
    ]


def _answer(path: Path) -> tuple[list[tuple[str, ...]], str]:
    group = FileGroup(domain="HomeDomain", relative="x.db", members=(Member(suffix="", path=str(path)),))
    artefact: Any = _Artefact()
    rows: list[tuple[str, ...]] = []
    error = ""
    try:
        for batch in sqlite(_LAYOUT)(artefact, {"main": group}, Context(device=Device(), full=True)):
            columns = {name: batch.column(name) for name in {*batch.columns, *batch.same}}
            columns |= {"+" + name: unpacked(column) for name, column in batch.extra.items()}
            columns |= {"+" + name: [value] * batch.count for name, value in batch.extra_same.items()}
            for at, number in enumerate(batch.row_numbers() or ()):
                rows.append((f"{number}", *sorted(f"{n}={c[at]!r}" for n, c in columns.items() if c[at] is not None)))
    except SousveilError as raised:
        error = repr(raised)
    return rows, error


def fuzz_one(data: bytes) -> None:
    """May raise nothing, and both ways say the same, but of a page that stands in two places."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        path.write_bytes(data)
        found = _answer(path)
        with patch.dict(os.environ, {SETTING: "off"}):
            expected = _answer(path)
    if "stands in two places" in found[1]:  # SQLite walks such a page twice
        return
    if sorted(found[0]) != sorted(expected[0]) or found[1] != expected[1]:
        raise AssertionError(f"out of the pages {found!r}, by SQLite {expected!r}")
