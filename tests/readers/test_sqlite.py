"""Databases as columns: what SQLite compares in place of fetching must be what would have been fetched, to the letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.errors import SousveilError
from sousveil.kinds import Integer, Kind, MacTime, Opaque, Text
from sousveil.readers import sqlite as reading
from sousveil.readers.model import Context
from sousveil.readers.pages import SETTING
from sousveil.readers.sqlite import Layout, sqlite
from sousveil.records import Batch, Record, kinds_of, unpacked
from tests.profiles import examples

COLUMNS = [f"c{number}" for number in range(8)]
ROWS = 40
SIZE = 8


@pytest.fixture(autouse=True)
def by_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    """All queries go to SQLite; tests/readers/test_page_reader.py compares that with reading the pages."""
    monkeypatch.setenv(SETTING, "off")


class Row(Record):
    """A row."""

    c0: Integer | None
    c1: Text | None
    c2: Opaque
    c3: MacTime | None
    other: Opaque
    mark: Text | None


@dataclass(frozen=True)
class _Artefact:
    name: str = "test.rows"

    @property
    def kinds(self) -> dict[str, Kind]:
        return kinds_of(Row)


def _derive(work: dict[str, Any], _context: Context) -> None:
    """Changes a column in place, as derivations may."""
    work["mark"] = ["x" if value == 7 else None for value in work["_in"]]
    for at, value in enumerate(work["_in"]):
        if value == 7:
            work["c1"][at] = "changed"


def _layout(**rest: Any) -> Layout:
    source = "t LEFT JOIN o ON o.k = t.c7"
    return Layout(
        name="t",
        source=source,
        columns={"c0": "t.c0", "c1": "t.c1", "c2": "t.c2", "c3": "t.c3"},
        optional={"other": "ifnull(o.v, t.c4)"},
        inputs={"_in": "t.c4"},
        derive=_derive,
        extra=("t", "o"),
        kept=("t.c4",),
        **rest,
    )


def _database(path: Path, rows: list[list[Any]], kind: str = "", after: str = "") -> FileGroup:
    path.unlink(missing_ok=True)
    connection = apsw.Connection(str(path))
    connection.execute(f"CREATE TABLE t ({', '.join(f'{c} {kind}' for c in COLUMNS)})")
    connection.execute("CREATE TABLE o (k INTEGER PRIMARY KEY, v, w COLLATE NOCASE)")
    connection.execute("INSERT INTO o VALUES (1, 'one', 'ONE'), (2, 2.0, 'one')")
    connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(COLUMNS))})", rows)
    if after:
        connection.execute(after)
    connection.close()
    return FileGroup(domain="HomeDomain", relative="x.db", members=(Member(suffix="", path=str(path)),))


def _all(group: FileGroup, layout: Layout) -> tuple[list[Batch], str]:
    """Batches, and the error after them."""
    found: list[Batch] = []
    artefact: Any = _Artefact()
    reader = sqlite(layout)
    try:
        found.extend(reader(artefact, {"main": group}, Context(device=Device(), full=True)))
    except SousveilError as error:
        return found, repr(error)
    return found, ""


Both = Callable[..., list[Batch]]


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """Reads a table with and without the comparison, holds that both give the same to the type, and gives the batches."""
    monkeypatch.setattr(reading, "ROWS", SIZE)

    def read(rows: list[list[Any]], kind: str = "", after: str = "", error: str = "", **layout: Any) -> list[Batch]:
        group = _database(tmp_path / "x.db", rows, kind, after)
        results = []
        for guesses in (0, 3):
            monkeypatch.setattr(reading, "_GUESSES", guesses)
            results.append(_all(group, _layout(**layout)))
        (plain, first), (quick, second) = results
        assert first == second
        assert error in first if error else first == ""
        assert _exactly(quick) == _exactly(plain)
        return quick

    yield read


def _exactly(batches: list[Batch]) -> list[str]:
    """Everything in them with its types (repr tells 1 from 1.0 and 0.0 from -0.0), columns sorted by name."""
    return [
        repr(
            (
                b.layout,
                b.table,
                b.count,
                b.row_numbers(),
                *(sorted((n, unpacked(c)) for n, c in d.items()) for d in (b.columns, b.extra)),
                *(sorted(d.items()) for d in (b.same, b.extra_same)),
            )
        )
        for b in batches
    ]


def _rows(**places: Any) -> list[list[Any]]:
    """Forty rows of NULL, 0, '' and the like; `c3_20=5` puts 5 into column 3 of row 20."""
    usual = [None, "SMS", 0, 700_000_000, 0, 1, None, 1]
    rows = [list(usual) for _ in range(ROWS)]
    for place, value in places.items():
        column, row = place[1:].split("_")
        rows[int(row)][int(column)] = value
    return rows


def test_columns_of_one_value(both: Both) -> None:
    found = both(_rows())
    assert [b.count for b in found] == [SIZE] * 5
    assert found[3].row_numbers() == list(range(25, 33))
    assert found[3].columns == {} and found[3].extra == {}
    assert found[3].same == {"c1": "SMS", "c2": 0, "c3": 1_678_307_200_000_000, "other": "one"}
    assert found[3].extra_same == {"c4": 0, "c5": 1, "c7": 1, "k": 1, "w": "ONE"}


@pytest.mark.parametrize("value", [1.0, "1", b"1", None, 0, 2, 1 << 62, -1, "", float("inf")])
@pytest.mark.parametrize("row", [7, 8, 20, 23, 24, 39])
def test_another_value_on_the_way(both: Both, value: object, row: int) -> None:
    found = both(_rows(**{f"c5_{row}": value}))
    held = unpacked(found[row // SIZE].extra["c5"])
    assert held == [value if at == row else 1 for at in range(row - row % SIZE, row - row % SIZE + SIZE)]
    assert type(held[row % SIZE]) is type(value)


@pytest.mark.parametrize(
    ("kind", "usual", "value"),
    [
        ("", None, 0),
        ("", 0, None),
        ("", 0, 0.0),
        ("", 0, -0.0),
        ("", 0, "0"),
        ("", 0, b""),
        ("", "", b""),
        ("", "", None),
        ("", "a", "A"),
        ("COLLATE NOCASE", "a", "A"),
        ("COLLATE RTRIM", "a", "a "),
        ("TEXT", "1", b"1"),
        ("INTEGER", 1, "x"),
        ("REAL", 1, 2),
        ("NUMERIC", 1, 1.5),
        ("", "a\0b", "a\0c"),
        ("", "a\0b", "a"),
        ("", "é", "e\u0301"),
        ("", b"x", b"y"),
        ("", 0.5, 0.25),
        ("", 1 << 62, 1),
        ("", "x" * 1000, "x"),
    ],
)
def test_close_values_are_told_apart(both: Both, kind: str, usual: object, value: object) -> None:
    rows = _rows()
    for at, row in enumerate(rows):
        row[2] = row[5] = value if at == 19 else usual
    found = both(rows, kind)
    assert "c5" in found[2].extra
    assert "c2" in found[2].columns and len(found[2].column("c2")) == SIZE


@pytest.mark.parametrize(
    ("usual", "value", "kind"),
    [(1, 1.0, "INTEGER"), (1, "1", "INTEGER"), ("1", 1, "TEXT"), (0, "0", "REAL"), (None, 0, "INTEGER NOT NULL")],
)
def test_values_that_the_declared_type_forbids(both: Both, usual: object, value: object, kind: str) -> None:
    rows = _rows()
    for at, row in enumerate(rows):
        row[5] = value if at == 20 else usual
    lie = f"PRAGMA writable_schema=on; UPDATE sqlite_schema SET sql = replace(sql, 'c5 ', 'c5 {kind}')"
    found = both(rows, after=lie)
    assert sum(b.count for b in found) == ROWS


def test_a_value_that_changes_in_every_batch(both: Both) -> None:
    rows = _rows()
    for at, row in enumerate(rows):
        row[5] = row[0] = at // SIZE
        row[6] = "x" if at // SIZE % 2 else None
    found = both(rows)
    assert [b.extra_same["c5"] for b in found] == [0, 1, 2, 3, 4]
    assert [b.same["c0"] for b in found] == [0, 1, 2, 3, 4]
    assert [b.extra_same.get("c6") for b in found] == [None, "x", None, "x", None]


def test_a_derivation_may_change_a_column_in_place(both: Both) -> None:
    found = both(_rows(c4_20=7))
    assert found[2].column("c1") == ["SMS"] * 4 + ["changed"] + ["SMS"] * 3
    assert found[2].column("mark") == [None] * 4 + ["x"] + [None] * 3
    assert found[3].same["c1"] == "SMS"
    rows = _rows()
    for row in rows:
        row[4] = 7
    assert [b.same["c1"] for b in both(rows)] == ["changed"] * 5


def test_joined_columns(both: Both) -> None:
    found = both(_rows(c7_20=2, c7_21=3))
    assert unpacked(found[2].extra["k"]) == [1, 1, 1, 1, 2, None, 1, 1]
    assert unpacked(found[2].extra["w"]) == ["ONE"] * 4 + ["one", None, "ONE", "ONE"]
    assert found[2].column("other") == ["one"] * 4 + [2.0, 0, "one", "one"]


def test_values_of_a_wrong_type(both: Both) -> None:
    rows = _rows()
    for row in rows:
        row[0] = "many"
    found = both(rows)
    assert [b.same["c0"] for b in found if "c0" in b.same] == []
    assert {b.extra_same["c0 (as stored)"] for b in found} == {"many"}


@pytest.mark.parametrize("column", ["c1", "c5", "c6"])
def test_bad_utf8_on_the_way(both: Both, column: str) -> None:
    found = both(_rows(), after=f"UPDATE t SET {column} = CAST(x'41ff' AS TEXT) WHERE rowid = 30")
    held = [unpacked((b.columns | b.extra)[column]) for b in found if column in b.columns | b.extra]
    assert [v for c in held for v in c if v not in (None, "SMS", 1)] == ["A\\xff"]
    assert sum(b.count for b in found) == ROWS


def test_where_and_order(both: Both) -> None:
    found = both(_rows(c5_20=5), where="t.rowid > 3")
    assert [b.count for b in found] == [8, 8, 8, 8, 5]
    assert [r for b in found for r in b.row_numbers() or ()] == list(range(4, 41))
    turned = both(_rows(c5_20=5), order="t.rowid DESC")
    assert [r for b in turned for r in b.row_numbers() or ()] == list(range(40, 0, -1))


def test_an_error_on_the_way_keeps_what_came_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ROWS", SIZE)
    rows = [[*row[:6], "x" * 300, 1] for row in _rows() * 5]
    group = _database(tmp_path / "x.db", rows)
    path = tmp_path / "x.db"
    data = bytearray(path.read_bytes())
    data[-4096 : -4096 + 8] = b"\xff" * 8
    path.write_bytes(data)
    results = []
    for guesses in (0, 3):
        monkeypatch.setattr(reading, "_GUESSES", guesses)
        results.append(_all(group, _layout()))
    assert results[0][1] == results[1][1]
    assert "damaged" in results[1][1]
    assert _exactly(results[0][0]) == _exactly(results[1][0])
    assert 0 < sum(b.count for b in results[1][0]) < len(rows)


VALUES = st.sampled_from([None, None, None, 0, 0, 1, 1.0, 0.0, "0", "1", "", b"", b"1", 7])


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.lists(VALUES, min_size=8, max_size=8), min_size=3, max_size=6), st.data())
def test_any_table(tmp_path_factory: pytest.TempPathFactory, patterns: list[list[Any]], data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.integers(1, 20), min_size=len(patterns), max_size=len(patterns)))
    rows = [pattern for pattern, length in zip(patterns, lengths, strict=True) for _ in range(length)]
    kind = data.draw(st.sampled_from(["", "INTEGER", "TEXT", "REAL", "NUMERIC", "COLLATE NOCASE"]))
    group = _database(tmp_path_factory.getbasetemp() / "any.db", rows, kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "ROWS", SIZE)
        patch.setattr(reading, "_WORTH", 1)
        patch.setattr(reading, "_GUESSES", 0)
        plain = _all(group, _layout())
        patch.setattr(reading, "_GUESSES", 3)
        quick = _all(group, _layout())
    assert plain[1] == quick[1]
    assert _exactly(plain[0]) == _exactly(quick[0])


def _spoils(work: dict[str, Any], _context: Context) -> None:
    """Changes a column that other names hold as well."""
    work["c1"][0] = "spoilt"


def test_a_column_under_several_names_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[7, f"text {at}", 1, 1, at, at, at, at] for at in range(3)]
    path = tmp_path / "x.db"
    group = _database(path, rows)
    connection = apsw.Connection(str(path))
    connection.execute('ALTER TABLE t ADD COLUMN "c""1" DEFAULT \'quote\'')
    connection.close()
    asked: list[str] = []
    before = reading._Query.sql
    monkeypatch.setattr(reading._Query, "sql", lambda self, *rest: asked.append(before(self, *rest)) or asked[-1])
    layout = Layout(
        name="t",
        source="t",
        columns={"c0": "t.c4", "c1": "t.c1", "c2": "t.rowid", "other": "t.C1"},
        inputs={"_in": "t.c1"},
        derive=_spoils,
        extra=("t",),
        kept=("t.c1",),
    )
    (batch,), error = _all(group, layout)
    assert error == ""
    assert len(asked) == 1
    assert asked[0].lower().count("c1") == 1
    assert batch.column("c1") == ["spoilt", "text 1", "text 2"]
    assert batch.column("other") == unpacked(batch.extra["c1"]) == ["text 0", "text 1", "text 2"]
    assert batch.row_numbers() == batch.column("c2") == [1, 2, 3]
    assert batch.extra_same['c"1'] == "quote"


def test_equal_values_of_many_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More columns than one call of a function takes, with values that make up for each other."""
    names = [f"n{number}" for number in range(130)]
    usual = [1 if number % 3 else -2 for number in range(130)]
    cases: list[tuple[int, object, int, object]] = [
        (0, -3, 1, 2),
        (0, -1, 3, -3),
        (1, 2, 2, 0),
        (1, 1.0, 2, 1),
        (1, "1", 2, 1),
        (1, b"1", 2, 1),
        (1, None, 2, 2),
        (1, (1 << 63) - 1, 2, -(1 << 63)),
        (1, float("inf"), 2, 1),
    ]
    monkeypatch.setattr(reading, "ROWS", SIZE)
    for first, one, second, two in cases:
        rows = [list(usual) for _ in range(4 * SIZE)]
        rows[2 * SIZE + 3][first], rows[2 * SIZE + 3][second] = one, two
        path = tmp_path / "many.db"
        path.unlink(missing_ok=True)
        connection = apsw.Connection(str(path))
        connection.execute(f"CREATE TABLE t ({', '.join(names)})")
        connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(names))})", rows)
        connection.close()
        group = FileGroup(domain="HomeDomain", relative="x.db", members=(Member(suffix="", path=str(path)),))
        layout = Layout(name="t", source="t", columns={"c2": "t.n5"}, extra=("t",))
        results = []
        for guesses in (0, 3):
            monkeypatch.setattr(reading, "_GUESSES", guesses)
            results.append(_all(group, layout))
        assert results[0][1] == results[1][1] == ""
        assert _exactly(results[0][0]) == _exactly(results[1][0])
        assert repr(unpacked(results[1][0][2].extra[f"n{first}"])[3]) == repr(one)
