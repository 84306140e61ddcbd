"""Parquet files put together out of parts are read as one file, whatever stands in them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sousveil.cases.parquet import INSTANT, One, ParquetSink, pl
from sousveil.cases.parquet_parts import chunks

SCHEMA = {
    "text": pl.String(),
    "number": pl.Int64(),
    "real": pl.Float64(),
    "bytes": pl.Binary(),
    "at": INSTANT,
    "none": pl.String(),
}


def rows(first: int, count: int) -> pl.DataFrame:
    """Some rows of every type, with holes."""
    places = range(first, first + count)
    return pl.DataFrame(
        {
            "text": [None if n % 7 == 3 else f"text {n % 50}" for n in places],
            "number": [None if n % 11 == 5 else n * n for n in places],
            "real": [n / 3 for n in places],
            "bytes": [None if n % 5 else bytes((n % 256,)) for n in places],
            "at": [datetime.fromtimestamp(n, UTC) for n in places],
            "none": [None] * count,
        },
        schema=SCHEMA,
    )


def test_row_groups_of_many_batches_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    sink = ParquetSink("x", path.open("wb"), SCHEMA, row_group=100)
    batches = [rows(start, count) for start, count in ((0, 30), (30, 290), (320, 1), (321, 1700), (2021, 79))]
    for batch in batches:
        sink.add(batch)
    sink.close()
    assert pl.read_parquet(path).equals(pl.concat(batches))
    assert pl.scan_parquet(path).filter(pl.col("number") == 1999 * 1999).collect().equals(rows(1999, 1))
    assert sink.rows == pl.scan_parquet(path).select(pl.len()).collect().item() == 2100


@pytest.mark.parametrize("row_group", [8, 50, 5000])
def test_columns_of_one_value_are_what_they_would_be_written_out(tmp_path: Path, row_group: int) -> None:
    values: list[dict[str, Any]] = [
        {"text": "a", "number": 1, "real": 0.0, "bytes": b"", "at": datetime(2020, 1, 2, tzinfo=UTC)},
        {"text": "a", "number": 1, "real": -0.0, "bytes": b"", "at": datetime(2020, 1, 2, tzinfo=UTC)},
        {"text": "", "number": -1, "real": 1.5, "bytes": b"x" * 9000, "at": datetime(2020, 1, 2, 0, 0, 1, tzinfo=UTC)},
        {"text": "b" * 9000, "number": 0, "real": float("inf")},
        {},
    ]
    path = tmp_path / "x"
    sink = ParquetSink("x", path.open("wb"), SCHEMA, row_group=row_group)
    whole = []
    for number in range(40):
        # Twice the same, so that some row groups hold one value and some two.
        given = values[number // 2 % len(values)]
        ones = [One.named(name, given.get(name), dtype) for name, dtype in SCHEMA.items()]
        mixed: list[pl.Series | One] = [*ones[:2], rows(number, 13)["real"], *ones[3:]] if number % 3 == 0 else [*ones]
        sink.add_columns(mixed, 13)
        whole.append(pl.DataFrame([one.of(13) if isinstance(one, One) else one for one in mixed]))
    sink.close()
    got, expected = pl.read_parquet(path), pl.concat(whole)
    assert got.equals(expected)
    assert got.select(pl.col("real").cast(pl.String)).equals(expected.select(pl.col("real").cast(pl.String)))


def test_the_same_rows_give_the_same_bytes_however_they_come(tmp_path: Path) -> None:
    made = []
    for number, step in enumerate((7, 64, 500)):
        path = tmp_path / str(number)
        sink = ParquetSink("x", path.open("wb"), SCHEMA, row_group=64)
        for start in range(0, 500, step):
            sink.add(rows(start, min(step, 500 - start)))
        sink.close()
        made.append(path.read_bytes())
    assert made[0] == made[1] == made[2]


def test_what_is_no_parquet_file_is_refused() -> None:
    file = io.BytesIO()
    rows(0, 20).write_parquet(file, row_group_size=10)
    for wrong in (b"", b"PAR1", b"PAR1" * 4, file.getvalue()[:-1], file.getvalue()):
        with pytest.raises(ValueError, match=r"Parquet|row groups"):
            chunks(wrong)
