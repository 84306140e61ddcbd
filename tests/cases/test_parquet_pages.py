"""Columns written straight out of arrays are read back by DuckDB as what they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.cases.column_types import Type
from sousveil.cases.parquet import Given, One, ParquetSink
from sousveil.cases.parquet_pages import Codes, Numbers, Places, Strings, digits
from sousveil.cases.plain_columns import listed, plain, values_of
from sousveil.records import packed
from tests.parquet_tables import columns as read
from tests.parquet_tables import query, rows, types
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
IN_SQL = {
    Type.TEXT: "VARCHAR",
    Type.BYTES: "BLOB",
    Type.WHOLE: "BIGINT",
    Type.REAL: "DOUBLE",
    Type.INSTANT: "TIMESTAMP WITH TIME ZONE",
    Type.COUNT: "UINTEGER",
}
WHOLE = st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-5, 5), st.integers(0, 70_000))


def written(path: Path, groups: list[tuple[list[Given], int]], row_group: int) -> Path:
    """The file."""
    sink = ParquetSink("x", path.open("wb"), SCHEMA, row_group=row_group)
    for columns, count in groups:
        sink.add(columns, count)
    sink.close()
    return path


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
    for number, group in enumerate(groups):
        count = len(group)
        columns: list[Given] = []
        for (name, dtype), values in zip(SCHEMA.items(), zip(*group, strict=True), strict=False):
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
        expected += [(*row[:5], f"row {row[5]}.at", said) for row in group]
        assert values_of(columns[5], Type.TEXT) == [f"row {row[5]}.at" for row in group]
    got = written(tmp_path_factory.mktemp("pages") / "x", given, row_group)
    assert types(got) == {name: IN_SQL[of] for name, of in SCHEMA.items()}
    assert [repr(row) for row in rows(got)] == [repr(row) for row in expected]


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
    got = read(written(tmp_path / "x", [(columns, count)], 8192))
    assert got["number"] == number.tolist() and got["real"] == (number / 7).tolist()
    assert got["text"] == text and got["bytes"] == [t.encode() for t in text]
    assert got["few"] == [held[code].decode() for code in codes.tolist()]
    assert got["place"] == [
        f"{'a' if at < 10 else 'b'} {n}{'' if at < 10 else '.x'}" for at, n in enumerate(number.tolist())
    ]
    assert got["one"] == [None] * count


@pytest.mark.parametrize("columns", [1, 14, 15, 200])
@pytest.mark.parametrize("groups", [0, 1, 14, 15, 300])
def test_files_of_any_shape(tmp_path: Path, columns: int, groups: int) -> None:
    """The footer counts columns and row groups in one way up to fourteen and in another beyond."""
    kinds = [list(Type)[at % len(Type)] for at in range(columns)]
    schema = {f"column {at} é": of for at, of in enumerate(kinds)}
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
        sink.add([listed(samples[of], of) for of in kinds], 3)
    sink.close()
    path = tmp_path / "x"
    assert types(path) == {name: IN_SQL[of] for name, of in schema.items()}
    assert [*read(path).values()] == [samples[of] * groups for of in kinds]


def statistics(path: Path) -> list[tuple[Any, ...]]:
    """Of each column of each row group: least value, greatest value, nulls."""
    return duckdb.execute(
        "SELECT stats_min_value, stats_max_value, stats_null_count FROM parquet_metadata($1) ORDER BY row_group_id, column_id",
        [str(path)],
    ).fetchall()


LIKELY = st.sampled_from(
    ["", "\0", "a", "a\0", "https://", "https://a", "é", "x" * 63, "x" * 64, "x" * 65, "\U0001f600"]
)


@settings(max_examples=examples(80), deadline=None)
@given(st.lists(st.none() | LIKELY | st.text(max_size=12), min_size=1, max_size=60), st.booleans())
def test_ends_of_texts(tmp_path_factory: pytest.TempPathFactory, values: list[str | None], often: bool) -> None:
    """Least and greatest value are those of the values, in the order of their bytes, or are not stated."""
    values = values * (20 if often else 1)
    path = tmp_path_factory.mktemp("ends") / "x"
    sink = ParquetSink("x", path.open("wb"), {"a": Type.TEXT})
    sink.add([listed(values, Type.TEXT)], len(values))
    sink.close()
    known = [value.encode() for value in values if value is not None]
    ends = (min(known), max(known)) if known else (b"x" * 65,) * 2
    wanted = (None, None) if max(map(len, ends)) > 64 else tuple(end.decode() for end in ends)
    assert statistics(path) == [(*wanted, values.count(None))]


def test_statistics_of_each_type(tmp_path: Path) -> None:
    columns: list[Given] = [
        listed([3, None, -7], Type.WHOLE),
        listed([0.0, -0.0, None], Type.REAL),
        listed([None, None, None], Type.TEXT),
        One(b"\x01\xff", Type.BYTES),
        Codes(3, None, np.array([1, 1, 2], dtype=np.uint16), [b"not used", b"b", b"a"]),
        Places(3, None, [(b"row ", np.array([1, 2, 3]), b"")]),
        One(None, Type.TEXT),
    ]
    path = written(tmp_path / "x", [(columns, 3)], 1000)
    assert statistics(path) == [
        ("-7", "3", 1),
        ("-0.0", "0.0", 1),
        (None, None, 3),
        ("\\x01\\xFF", "\\x01\\xFF", 0),
        ("a", "b", 0),
        (None, None, 0),
        (None, None, 3),
    ]


def test_no_number_hides_no_ends(tmp_path: Path) -> None:
    path = tmp_path / "x"
    sink = ParquetSink("x", path.open("wb"), {"a": Type.REAL})
    sink.add([listed([1.0, float("nan"), 5.0], Type.REAL)], 3)
    sink.close()
    assert statistics(path) == [(None, None, 0)]


def test_a_reader_passes_over_row_groups(tmp_path: Path) -> None:
    """Of 40 row groups one can hold the value: the others are not read."""
    path = tmp_path / "x"
    sink = ParquetSink("x", path.open("wb"), {"a": Type.WHOLE, "b": Type.TEXT}, row_group=100)
    for start in range(0, 4000, 100):
        numbers = range(start, start + 100)
        sink.add([listed(list(numbers), Type.WHOLE), listed([f"name {n:05}" for n in numbers], Type.TEXT)], 100)
    sink.close()
    damaged = bytearray(path.read_bytes())
    first = duckdb.execute(
        "SELECT data_page_offset, total_compressed_size FROM parquet_metadata($1) WHERE row_group_id = 0", [str(path)]
    ).fetchall()
    for offset, size in first:
        damaged[offset : offset + size] = bytes(size)
    path.write_bytes(damaged)
    assert query(path, "SELECT a, b FROM rows WHERE a = 1234") == [(1234, "name 01234")]
    assert query(path, "SELECT a, b FROM rows WHERE b = 'name 03999'") == [(3999, "name 03999")]
    with pytest.raises(duckdb.Error):
        query(path, "SELECT a, b FROM rows WHERE a = 12")
