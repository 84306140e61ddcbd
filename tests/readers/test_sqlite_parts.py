"""Layouts whose rows are read in parts: the same rows and values, only fewer columns are fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw
import pytest
from msgspec.structs import replace

from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.readers import sqlite as reading
from sousveil.readers.model import Context
from sousveil.readers.sqlite import Layout, Part, sqlite
from sousveil.records import Batch, unpacked
from tests.readers.test_sqlite import ROWS, SIZE, _all, _Artefact, _database, _layout, _rows, by_sqlite

__all__ = ["by_sqlite"]

PARTS = (
    Part(where="typeof(t.c7) = 'null'", without=("o",)),
    Part(where="typeof(t.c7) <> 'null'"),
)


def _joining(**rest: Any) -> Layout:
    """A layout whose column of the joined table is empty where nothing is joined, as parts want it."""
    return replace(_layout(**rest), optional={"other": "o.v"})


def _by_row(batches: list[Batch]) -> dict[int, str]:
    """Row number -> everything in the row that holds something, with its types."""
    found: dict[int, str] = {}
    for batch in batches:
        columns = [(name, batch.column(name)) for name in {*batch.columns, *batch.same}]
        columns += [("+" + name, unpacked(column)) for name, column in batch.extra.items()]
        columns += [("+" + name, [value] * batch.count) for name, value in batch.extra_same.items()]
        for at, number in enumerate(batch.row_numbers() or ()):
            assert number not in found
            found[number] = repr(sorted((name, c[at]) for name, c in columns if c[at] is not None))
    return found


@pytest.mark.parametrize("guesses", [0, 3])
@pytest.mark.parametrize("bad", [False, True])
def test_parts_give_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guesses: int, bad: bool) -> None:
    monkeypatch.setattr(reading, "ROWS", SIZE)
    monkeypatch.setattr(reading, "_GUESSES", guesses)
    rows = _rows(c7_20=2, c7_21=3, c4_9=7)  # 3 is in no row of the other table
    for at, row in enumerate(rows):
        if at % 5:
            row[7] = None
    after = "UPDATE t SET c6 = CAST(x'41ff' AS TEXT) WHERE rowid IN (3, 26)" if bad else ""
    group = _database(tmp_path / "x.db", rows, after=after)
    asked: list[str] = []
    before = reading._Query.sql
    monkeypatch.setattr(reading._Query, "sql", lambda self, *rest: asked.append(before(self, *rest)) or asked[-1])
    whole, error = _all(group, _joining(where="t.rowid > 1"))
    assert error == "" and all("JOIN" in sql for sql in asked)
    asked.clear()
    apart, error = _all(group, _joining(where="t.rowid > 1", parts=PARTS))
    assert error == "" and {"JOIN" in sql for sql in asked} == {False, True}
    assert _by_row(apart) == _by_row(whole)
    assert set(_by_row(apart)) == set(range(2, ROWS + 1))
    assert {b.layout for b in apart} == {"t"}


def test_parts_only_where_something_is_spared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group = _database(tmp_path / "x.db", _rows())
    artefact: Any = _Artefact()
    asked: list[str] = []
    before = reading._Query.sql
    monkeypatch.setattr(reading._Query, "sql", lambda self, *rest: asked.append(before(self, *rest)) or asked[-1])
    for wanted, queries in (("c1", 1), ("other", 2)):
        asked.clear()
        context = Context(device=Device(), full=False, wanted=frozenset({wanted}))
        found = list(sqlite(_joining(parts=PARTS))(artefact, {"main": group}, context))
        assert sum(b.count for b in found) == ROWS
        assert len(asked) == queries


def test_names_of_extra_columns_do_not_depend_on_the_part(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, x); CREATE TABLE o (k INTEGER PRIMARY KEY, v)")
    connection.execute("CREATE TABLE p (k INTEGER PRIMARY KEY, v)")
    connection.execute("INSERT INTO t VALUES (1, NULL, 5), (2, 8, 5); INSERT INTO o VALUES (8, 'o')")
    connection.execute("INSERT INTO p VALUES (5, 'p')")
    connection.close()
    group = FileGroup(domain="HomeDomain", relative="x.db", members=(Member(suffix="", path=str(path)),))
    layout = Layout(
        name="t",
        source="t LEFT JOIN o ON o.k = t.a LEFT JOIN p ON p.k = t.x",
        columns={"c0": "t.id"},
        extra=("o", "p"),
        parts=(Part(where="t.a IS NULL", without=("o",)), Part(where="t.a IS NOT NULL")),
    )
    found, error = _all(group, layout)
    assert error == ""
    assert _by_row(found) == {
        1: repr([("+p.k", 5), ("+p.v", "p"), ("c0", 1)]),
        2: repr([("+k", 8), ("+p.k", 5), ("+p.v", "p"), ("+v", "o"), ("c0", 2)]),
    }


def test_a_damaged_page_keeps_the_rows_of_every_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ROWS", SIZE)
    rows = [[*row[:6], "x" * 300, None if at % 3 else 1] for at, row in enumerate(_rows() * 5)]
    group = _database(tmp_path / "x.db", rows)
    path = tmp_path / "x.db"
    data = bytearray(path.read_bytes())
    data[-4096 : -4096 + 8] = b"\xff" * 8
    path.write_bytes(data)
    whole, first = _all(group, _joining())
    apart, second = _all(group, _joining(parts=PARTS))
    assert first == second and "damaged" in second
    assert _by_row(apart) == _by_row(whole)
    assert 0 < sum(b.count for b in apart) < len(rows)
