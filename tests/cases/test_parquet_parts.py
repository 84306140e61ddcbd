"""Parquet files put together out of row groups are read as one file, whatever stands in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sousveil.cases.column_types import Type
from sousveil.cases.parquet import One, ParquetSink
from sousveil.cases.parquet_pages import Plain
from sousveil.cases.plain_columns import listed
from tests.parquet_tables import columns as read
from tests.parquet_tables import query

SCHEMA = {
    "text": Type.TEXT,
    "number": Type.WHOLE,
    "real": Type.REAL,
    "bytes": Type.BYTES,
    "at": Type.INSTANT,
    "none": Type.TEXT,
}


def rows(first: int, count: int) -> dict[str, list[Any]]:
    """Some rows of every type, with holes."""
    places = range(first, first + count)
    return {
        "text": [None if n % 7 == 3 else f"text {n % 50}" for n in places],
        "number": [None if n % 11 == 5 else n * n for n in places],
        "real": [n / 3 for n in places],
        "bytes": [None if n % 5 else bytes((n % 256,)) for n in places],
        "at": [n * 1_000_000 for n in places],
        "none": [None] * count,
    }


def arrays(given: dict[str, list[Any]]) -> list[Plain]:
    """The same as arrays."""
    return [listed(given[name], of) for name, of in SCHEMA.items()]


def test_row_groups_of_many_batches_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    sink = ParquetSink("x", path.open("wb"), SCHEMA, row_group=100)
    for start, count in ((0, 30), (30, 290), (320, 1), (321, 1700), (2021, 79)):
        sink.add(arrays(rows(start, count)), count)
    sink.close()
    assert read(path) == rows(0, 2100)
    assert query(path, "SELECT text FROM rows WHERE number = 1999 * 1999") == [("text 49",)]
    assert [(sink.rows,)] == query(path, "SELECT count(*) FROM rows") == [(2100,)]


@pytest.mark.parametrize("row_group", [8, 50, 5000])
def test_columns_of_one_value_are_what_they_would_be_written_out(tmp_path: Path, row_group: int) -> None:
    values: list[dict[str, Any]] = [
        {"text": "a", "number": 1, "real": 0.0, "bytes": b"", "at": 1_577_923_200_000_000},
        {"text": "a", "number": 1, "real": -0.0, "bytes": b"", "at": 1_577_923_200_000_000},
        {"text": "", "number": -1, "real": 1.5, "bytes": b"x" * 9000, "at": 1_577_923_201_000_000},
        {"text": "b" * 9000, "number": 0, "real": float("inf")},
        {},
    ]
    path = tmp_path / "x"
    sink = ParquetSink("x", path.open("wb"), SCHEMA, row_group=row_group)
    expected: dict[str, list[Any]] = {name: [] for name in SCHEMA}
    for number in range(40):
        # Twice the same, so that some row groups hold one value and some two.
        given = values[number // 2 % len(values)]
        columns: list[One | Plain] = [One(given.get(name), of) for name, of in SCHEMA.items()]
        written = {name: [given.get(name)] * 13 for name in SCHEMA}
        if number % 3 == 0:
            written["real"] = rows(number, 13)["real"]
            columns[2] = listed(written["real"], Type.REAL)
        sink.add(columns, 13)
        for name, column in written.items():
            expected[name] += column
    sink.close()
    got = read(path)
    assert {name: list(map(repr, column)) for name, column in got.items()} == {
        name: list(map(repr, column)) for name, column in expected.items()
    }


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for number in range(2):
        path = tmp_path / str(number)
        sink = ParquetSink("x", path.open("wb"), SCHEMA, row_group=64)
        for start in range(0, 500, 40):
            sink.add(arrays(rows(start, 40)), 40)
        sink.close()
        made.append(path.read_bytes())
    assert made[0] == made[1]
