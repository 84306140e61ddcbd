"""Fuzzing a database with what lies beside it, a write-ahead log or a journal: rows or an error of ours, and nothing of the
three files is changed."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from pathlib import Path

import apsw

from sousveil.acquisition.evidence_db import open_database
from sousveil.acquisition.model import FileGroup, Member
from sousveil.errors import SousveilError

_MARK = b"\0--beside--\0"
"""Between the database and what lies beside it."""


def _made(mode: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA page_size = 512")
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("CREATE TABLE t (a, b)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(n, "x" * n) for n in range(30)])
        connection.commit()
        connection.execute("UPDATE t SET b = 'changed' || a WHERE a % 2")
        if mode == "wal":
            connection.commit()
        beside = Path(f"{path}-{'wal' if mode == 'wal' else 'journal'}")
        data = path.read_bytes() + _MARK + (beside.read_bytes() if beside.exists() else b"")
        connection.close()
        return data


def seeds() -> list[bytes]:
    """One with a log, one in the middle of a transaction."""
    return [_made("wal"), _made("delete")]


def fuzz_one(data: bytes) -> None:
    """May raise SousveilError only."""
    main, _, beside = data.partition(_MARK)
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("-wal", "-journal"):
            files = {"": main, suffix: beside}
            for end, content in files.items():
                (Path(folder) / f"x.db{end}").write_bytes(content)
            members = tuple(Member(suffix=end, path=str(Path(folder) / f"x.db{end}")) for end in files)
            group = FileGroup(domain="HomeDomain", relative="x.db", members=members)
            with contextlib.suppress(SousveilError, apsw.Error, UnicodeDecodeError), open_database(group) as database:
                for statement in ("SELECT name FROM sqlite_schema", "SELECT rowid, a, b FROM t"):
                    list(database.connection.execute(statement))
            for end, content in files.items():
                if (Path(folder) / f"x.db{end}").read_bytes() != content:
                    raise AssertionError("evidence was changed")
            if len(list(Path(folder).iterdir())) != 2:
                raise AssertionError("something was written beside the evidence")
            (Path(folder) / f"x.db{suffix}").unlink()
