"""Columns written straight out of arrays are read back by polars as what they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.cases.column_types import Type
from sousveil.cases.parquet import Given, One, ParquetSink
from sousveil.cases.parquet_pages import Codes, Numbers, Places, Strings, digits
from sousveil.cases.plain_columns import listed, plain, values_of
from sousveil.records import packed
from tests.profiles import examples

SCHEMA = {
    "number": Type.WHOLE,
    "real": Type.REAL,
    "text": Type.TEXT,
    "bytes": Type.BYTES,
    "few": Type.TEXT,
    "place": Type.TEXT,
    "one": Type.TEXT,
}
POLARS: dict[Type, Any] = {
    Type.TEXT: pl.String(),
    Type.BYTES: pl.Binary(),
    Type.WHOLE: pl.Int64(),
    Type.REAL: pl.Float64(),
    Type.INSTANT: pl.Datetime("us", "UTC"),
    Type.COUNT: pl.UInt32(),
}
WHOLE = st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-5, 5), st.integers(0, 70_000))


def written(path: Path, groups: list[tuple[list[Given], int]], row_group: int) -> pl.DataFrame:
    """What is read back."""
    sink = ParquetSink("x", path.open("wb"), SCHEMA, row_group=row_group)
    for columns, rows in groups:
        sink.add(columns, rows)
    sink.close()
    return pl.read_parquet(path)


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.none() | WHOLE,
                st.none() | st.floats(allow_nan=False),
                st.none() | st.text(max_size=20),
                st.none() | st.binary(max_size=20),
                st.none() | st.sampled_from(["a", "", "é" * 90]),
                WHOLE,
            ),
            min_size=1,
            max_size=30,
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([4, 16, 1000]),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[tuple[Any, ...]]], row_group: int
) -> None:
    expected: list[tuple[Any, ...]] = []
    given: list[tuple[list[Given], int]] = []
    for number, rows in enumerate(groups):
        count = len(rows)
        columns: list[Given] = []
        for (name, dtype), values in zip(SCHEMA.items(), zip(*rows, strict=True), strict=False):
            if name == "few":
                held = sorted({v for v in values if v is not None})
                codes = np.array([held.index(v) if v is not None else len(held) for v in values], dtype=np.uint16)
                nulls = codes == len(held)
                columns.append(Codes(count, nulls if nulls.any() else None, codes, [v.encode() for v in held]))
            elif name == "place":
                places = np.array(values, dtype=np.int64)
                columns.append(Places(count, None, [(b"row ", places, b".at")]))
            else:
                column = packed(list(values))
                ready = None if type(column) is list else plain(column, dtype, count)
                columns.append(listed(values, dtype) if ready is None else ready)
                assert list(map(repr, values_of(columns[-1], dtype))) == list(map(repr, values))
                assert listed(values, dtype).rows == count
        said = ("same", None)[number % 3 == 2]
        columns.append(One(said, Type.TEXT))
        given.append((columns, count))
        expected += [(*row[:5], f"row {row[5]}.at", said) for row in rows]
        assert values_of(columns[5], Type.TEXT) == [f"row {row[5]}.at" for row in rows]
    got = written(tmp_path_factory.mktemp("pages") / "x", given, row_group)
    assert got.schema == pl.Schema({name: POLARS[of] for name, of in SCHEMA.items()})
    assert [repr(row) for row in got.rows()] == [repr(row) for row in expected]


@pytest.mark.parametrize("values", [[0], [9, 10, 99, 100], [10**18, 1, 2**63 - 1], [-1, 5], [], [7] * 300])
def test_digits(values: list[int]) -> None:
    sizes, data = digits(np.array(values, dtype=np.int64), b"x")
    texts = [f"{value}x" for value in values]
    assert (sizes.tolist(), data.decode()) == ([len(text) for text in texts], "".join(texts))


def test_many_rows_of_each_width_of_differences(tmp_path: Path) -> None:
    steps = [0, 1, 200, 70_000, 1 << 31, 1 << 40]
    count = 20_000
    number = np.array([step * at for at, step in enumerate(steps * (count // len(steps) + 1))][:count], dtype=np.int64)
    text = ["x" * (at % 300) for at in range(count)]
    sizes = np.array([len(t) for t in text], dtype=np.int64)
    codes = (np.arange(count) % 700).astype(np.uint16)
    held = [f"value {at}".encode() for at in range(700)]
    columns: list[Given] = [
        Numbers(count, None, number),
        Numbers(count, None, number / 7),
        Strings(count, None, sizes, "".join(text).encode()),
        listed([t.encode() for t in text], Type.BYTES),
        Codes(count, None, codes, held),
        Places(count, None, [(b"a ", number[:10], b""), (b"b ", number[10:], b".x")]),
        One(None, Type.TEXT),
    ]
    got = written(tmp_path / "x", [(columns, count)], 8192)
    assert got["number"].to_list() == number.tolist() and got["real"].to_list() == (number / 7).tolist()
    assert got["text"].to_list() == text and got["bytes"].to_list() == [t.encode() for t in text]
    assert got["few"].to_list() == [held[code].decode() for code in codes.tolist()]
    assert got["place"].to_list() == [
        f"{'a' if at < 10 else 'b'} {n}{'' if at < 10 else '.x'}" for at, n in enumerate(number.tolist())
    ]
    assert got["one"].null_count() == count


@pytest.mark.parametrize("columns", [1, 14, 15, 200])
@pytest.mark.parametrize("groups", [0, 1, 14, 15, 300])
def test_files_of_any_shape(tmp_path: Path, columns: int, groups: int) -> None:
    """The footer counts columns and row groups in one way up to fourteen and in another beyond."""
    types = [list(Type)[at % len(Type)] for at in range(columns)]
    schema = {f"column {at} é": of for at, of in enumerate(types)}
    samples: dict[Type, list[Any]] = {
        Type.TEXT: ["é", None, ""],
        Type.BYTES: [b"\xff", b"", None],
        Type.WHOLE: [None, -(2**63), 2**63 - 1],
        Type.REAL: [0.5, None, float("inf")],
        Type.INSTANT: [1_770_000_000_123_456, None, 0],
        Type.COUNT: [2**31 - 1, 0, None],
    }
    sink = ParquetSink("x", (tmp_path / "x").open("wb"), schema, row_group=6)
    for _ in range(groups):
        sink.add([listed(samples[of], of) for of in types], 3)
    sink.close()
    got = pl.read_parquet(tmp_path / "x")
    assert got.schema == pl.Schema({name: POLARS[of] for name, of in schema.items()})
    for (_, of), column in zip(schema.items(), got.get_columns(), strict=True):
        assert (column.to_physical() if of is Type.INSTANT else column).to_list() == samples[of] * groups
