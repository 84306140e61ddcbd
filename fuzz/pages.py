"""Fuzzing the reader of SQLite's pages: any bytes give rows, or are left to SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from unittest.mock import patch

import numpy as np

from sousveil.readers.pages import tree
from sousveil.readers.pages.cells import cells_of
from sousveil.readers.pages.columns import column
from sousveil.readers.pages.tree import Pages, Table, Unusual


def _database(page: int, rows: list[tuple[object, ...]], *more: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"PRAGMA page_size = {page}")
        connection.execute("CREATE TABLE t (a, b REAL, c TEXT, d)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        for statement in more:
            connection.execute(statement)
        connection.commit()
        return connection.serialize()


def seeds() -> list[bytes]:
    """One leaf, several levels, rows with pages of their own, rows that were deleted, columns that came later."""
    some: list[tuple[object, ...]] = [(n, n / 3, f"text {n}", None if n % 3 else b"blob") for n in range(40)]
    return [
        _database(512, some),
        _database(4096, some * 3),
        _database(512, [(1 << 40, 2, "x" * 5000, b"y" * 700), (None, None, None, None)]),
        _database(512, some, "DELETE FROM t WHERE a % 2", "ALTER TABLE t ADD COLUMN e", "INSERT INTO t (e) VALUES (7)"),
    ]


class _Bytes:
    """A file in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, amount: int, offset: int) -> bytes:
        """Some of it."""
        return self._data[offset : offset + amount]

    def close(self) -> None:
        """Nothing to let go of."""


def fuzz_one(data: bytes) -> None:
    """May raise nothing: what is not as SQLite writes it is `Unusual`."""
    _apart(data)
    try:
        pages = Pages(_Bytes(data))
        for root in range(2, min(pages.count, 6) + 1):
            for rows in Table(pages, root).chunks(1000):
                for cells in cells_of(rows, 5, range(5), {4}).values():
                    column(cells, real=False)
                    column(cells, real=True)
    except Unusual:
        return


def _apart(data: bytes) -> None:
    """Rows asked for by id, as if they lay far apart: those that come are in order, and each id has its own."""
    ids = np.array([1, 2, 7, 19, 20, 33, 1 << 40], dtype=np.int64)
    try:
        pages = Pages(_Bytes(data))
        for root in range(2, min(pages.count, 6) + 1):
            with patch.object(tree, "WHOLE", 0), patch.object(tree, "CLOSE", 0):
                rows, place = Table(pages, root).with_ids(ids)
            if not len(rows):
                continue
            known = place >= 0
            if (rows.ids[place[known]] != ids[known]).any() or (rows.ids[1:] <= rows.ids[:-1]).any():
                raise AssertionError("another row than the one that was asked for")
            for cells in cells_of(rows, 5, range(5), {4}).values():
                column(cells, real=False)
    except Unusual:
        return
