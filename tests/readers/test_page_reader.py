"""Tables read out of their pages are what SQLite gives, to the type, whatever is in them; what cannot be is left to SQLite."""

from __future__ import annotations

import gc
import random
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.cases.confinement import environment
from sousveil.errors import SousveilError
from sousveil.kinds import Integer, Kind, MacTime, Opaque, Real, Text
from sousveil.readers import sqlite as reading
from sousveil.readers.model import Context
from sousveil.readers.pages import SETTING, columns, tree
from sousveil.readers.sqlite import Column, Layout, Part, sqlite
from sousveil.records import Batch, Record, check_batch, kinds_of, unpacked
from tests.profiles import examples


class Row(Record):
    """A row."""

    text: Text | None
    number: Integer | None
    real: Real | None
    at: MacTime | None
    kept: Opaque | None
    other: Opaque | None
    more: Opaque | None
    role: Text | None


class _Artefact:
    name = "ios.made_up"
    kinds: dict[str, Kind] = kinds_of(Row)


def derive(work: dict[str, Column], context: Context) -> None:
    """Changes a column, adds one, looks at one and leaves it."""
    texts = work["text"]
    for row, value in enumerate(texts):
        if value == "change me":
            texts[row] = "changed"
    work["role"] = ["a" if number == 1 else "b" for number in work["_in"]]
    assert len(work["kept"]) == len(texts)


LAYOUT = Layout(
    name="t",
    source="t LEFT JOIN o ON o.k = t.o LEFT JOIN p AS q ON q.rowid = o.p",
    columns={"text": "t.text", "number": "t.number", "real": "t.real", "at": "t.at", "kept": "t.kept"},
    optional={"other": "o.v", "more": "q.v"},
    inputs={"_in": "t.number"},
    derive=derive,
    extra=("t", "o"),
    kept=("t.number",),
)
PARTS = (Part(where="typeof(t.o) = 'null'", without=("o", "q")), Part(where="+t.o IS NOT NULL"))
_T = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT, number INTEGER, real REAL, at TIMESTAMP, kept, o INTEGER, x1, "
    "x2 BLOB, x3 FLOAT, x4 TEXT)"
)
SCHEMA = (
    _T,
    "CREATE TABLE o (k INTEGER PRIMARY KEY, v, p, w TEXT)",
    "CREATE TABLE p (v)",
    "CREATE TABLE amid (v)",
)


TWICE = "the database refers to one page twice"


def group_of(path: Path) -> FileGroup:
    """A file of evidence, with its WAL where there is one."""
    members = [Member(suffix=s, path=f"{path}{s}") for s in ("", "-wal") if Path(f"{path}{s}").exists()]
    return FileGroup(domain="HomeDomain", relative="x.db", members=tuple(members))


def everything(group: FileGroup, layout: Layout) -> tuple[dict[int, list[str]], str]:
    """Row number -> everything in each row of it (a damaged table may have several) with its types; the error after it."""
    batches: list[Batch] = []
    artefact: Any = _Artefact()
    error = ""
    try:
        batches.extend(sqlite(layout)(artefact, {"main": group}, Context(device=Device(), full=True)))
    except SousveilError as raised:
        error = repr(raised)
    found: dict[int, list[str]] = {}
    for batch in batches:
        check_batch(batch, Row)
        columns = [(name, batch.column(name)) for name in {*batch.columns, *batch.same}]
        columns += [("+" + name, unpacked(column)) for name, column in batch.extra.items()]
        columns += [("+" + name, [value] * batch.count) for name, value in batch.extra_same.items()]
        assert all(len(column) == batch.count for _, column in columns)
        for at, number in enumerate(batch.row_numbers() or [-1] * batch.count):
            found.setdefault(number, []).append(repr(sorted((name, c[at]) for name, c in columns if c[at] is not None)))
    return found, error


def both(path: Path, layout: Layout, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[int, list[str]], str, int]:
    """What the pages give, after it was held against SQLite; and for how many queries SQLite was asked."""
    group, asked = group_of(path), 0
    before = reading._Query.run

    def run(self: Any, *rest: Any) -> Any:
        nonlocal asked
        asked += 1
        return before(self, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(reading._Query, "run", run)
        rows, error = everything(group, layout)
    by_pages = asked
    if TWICE in error:  # SQLite walks such a page twice
        assert by_pages == 0
        return rows, error, by_pages
    with monkeypatch.context() as patched:
        patched.setenv(SETTING, "off")
        expected, expected_error = everything(group, layout)
    assert rows == expected
    assert error == expected_error
    return rows, error, by_pages


def make(path: Path, rows: list[tuple[Any, ...]], *after: str, page: int = 4096, before: str = "") -> None:
    """A database with these rows in `t`, some tables beside it, and other pages in between."""
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA page_size = {page}")
    connection.execute("PRAGMA synchronous = off")
    if before:
        connection.execute(before)
    for statement in SCHEMA:
        connection.execute(statement)
    with connection:
        connection.executemany(
            "INSERT INTO o VALUES (?, ?, ?, ?)", [(n * 3, f"o {n}", n % 5 or None, None) for n in range(200)]
        )
        connection.executemany("INSERT INTO p VALUES (?)", [(1,), ("two",), (3.5,), (b"four",)])
        for at, row in enumerate(rows):
            connection.execute(
                "INSERT INTO t (text, number, real, at, kept, o, x1, x2, x3, x4) VALUES (?,?,?,?,?,?,?,?,?,?)", row
            )
            if at % 7 == 0:
                connection.execute("INSERT INTO amid VALUES (zeroblob(300))")
    for statement in after:
        connection.execute(statement)
    connection.close()


def usual(count: int) -> list[tuple[Any, ...]]:
    """Rows as a phone has them."""
    return [
        (
            None if n % 3 == 0 else f"text {n} é" if n % 2 else "x" * (n % 200),
            n * n,
            n / 7,
            700_000_000 + n + (0.25 if n % 2 else 0.5),
            ("one", "two", None)[n % 3],
            n * 2 if n % 4 else None,
            None if n % 50 else f"rare {n}",
            bytes((n % 256,)) * (n % 90),
            float(n),
            "same",
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("page", [512, 1024, 4096, 65536])
@pytest.mark.parametrize("parts", [(), PARTS])
def test_usual_rows_need_no_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int, parts: tuple[Part, ...]
) -> None:
    path = tmp_path / "x.db"
    make(path, usual(9000), page=page)
    layout = LAYOUT if not parts else Layout(**{f: getattr(LAYOUT, f) for f in LAYOUT.__slots__} | {"parts": parts})
    rows, error, asked = both(path, layout, monkeypatch)
    assert (len(rows), error, asked) == (9000, "", 0)


VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from(
        [0, 1, -1, 127, 128, -32768, 2**47, 2**53 + 1, 0.0, -0.0, 1.0, float("inf"), "", b"", "1", "change me"]
    ),
    st.floats(allow_nan=False),
    st.text(alphabet="aé\x00\x1f€😀 ", max_size=40),
    st.binary(max_size=20),
    st.integers(0, 3000).map("x".__mul__),
)


def far_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the rows of every joined table be read page by page, as if they lay far apart."""
    monkeypatch.setattr(tree, "WHOLE", 0)
    monkeypatch.setattr(tree, "CLOSE", 0)


@pytest.mark.parametrize("page", [512, 4096])
def test_rows_far_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    far_apart(monkeypatch)
    path = tmp_path / "x.db"
    make(
        path,
        usual(3000),
        "UPDATE t SET o = (id * 7919) % 700",
        "UPDATE o SET w = printf('%.*c', k * 9, 'w')",
        page=page,
    )
    rows, error, asked = both(path, LAYOUT, monkeypatch)
    assert (len(rows), error, asked) == (3000, "", 0)


def test_what_is_remembered_goes_with_its_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.db"
    make(path, usual(3000))
    before = sum(type(thing) is tree.Table for thing in gc.get_objects())
    gc.disable()  # as good as: a worker hardly looks for circles
    try:
        assert len(both(path, LAYOUT, monkeypatch)[0]) == 3000
        assert sum(type(thing) is tree.Table for thing in gc.get_objects()) == before
    finally:
        gc.enable()


def test_a_joined_table_of_many_different_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MAX_DIFFERENT", 100)
    path = tmp_path / "x.db"
    make(path, usual(3000))
    rows, error, asked = both(path, LAYOUT, monkeypatch)
    assert (len(rows), error, asked) == (3000, "", 0)


class _Numbered:
    """Forty pages, each full of its number."""

    size = 40 * 512

    def __init__(self) -> None:
        head = bytearray(512)
        head[:24] = b"SQLite format 3\0\x02\0\x01\x01\0\x40\x20\x20"
        head[56:60] = b"\0\0\0\1"
        self.data = bytes(head) + b"".join(bytes([number]) * 512 for number in range(2, 41))

    def read(self, amount: int, offset: int) -> bytes:
        """Some of it."""
        return self.data[offset : offset + amount]

    def close(self) -> None:
        """Nothing to let go of."""


@settings(deadline=None)
@given(st.lists(st.integers(2, 40), min_size=1, max_size=60))
def test_pages_in_any_order_with_others_between(numbers: list[int]) -> None:
    expected = b"".join(bytes([number]) * 512 for number in numbers) + bytes(tree.PAD)
    assert tree.Pages(_Numbered()).read(np.array(numbers, dtype=np.int64)) == expected


def test_long_rows_far_apart_are_left_to_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far_apart(monkeypatch)
    monkeypatch.setattr(tree, "MAX_APART", 10_000)
    path = tmp_path / "x.db"
    make(path, usual(3000), "UPDATE o SET w = printf('%.*c', 200, 'w')")
    rows, error, asked = both(path, LAYOUT, monkeypatch)
    assert (len(rows), error, asked) == (3000, "", 1)


@settings(max_examples=examples(25), deadline=None)
@given(
    st.lists(st.tuples(VALUES, st.one_of(st.none(), st.integers(0, 9)), VALUES), min_size=1, max_size=40),
    st.sampled_from(["text", "number"]),
    st.booleans(),
)
def test_any_values_of_a_joined_table(
    tmp_path_factory: pytest.TempPathFactory, joined: list[tuple[Any, ...]], kind: str, apart: bool
) -> None:
    """Tables that are joined to hundreds of rows at once: of few and of many values, one class or several."""
    path = tmp_path_factory.mktemp("joined") / "x.db"
    make(path, usual(400))
    connection = apsw.Connection(str(path))
    with connection:
        connection.execute("DELETE FROM o")
        connection.executemany(
            "INSERT INTO o VALUES (?, ?, ?, ?)",
            [
                (n * 16, (n * 7 if n % 3 else None) if kind == "number" else value, at, more)
                for n, (value, at, more) in enumerate(joined)
            ],
        )
        connection.execute("UPDATE t SET o = (id * 7919) % 700 WHERE id % 3")
    connection.close()
    with pytest.MonkeyPatch.context() as patched:
        if apart:
            far_apart(patched)
        both(path, LAYOUT, patched)


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.tuples(*[VALUES] * 10), max_size=30), st.sampled_from([512, 4096]), st.booleans())
def test_any_values(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]], page: int, split: bool
) -> None:
    path = tmp_path_factory.mktemp("any") / "x.db"
    make(path, rows, page=page)
    layout = Layout(**{f: getattr(LAYOUT, f) for f in LAYOUT.__slots__} | {"parts": PARTS if split else ()})
    with pytest.MonkeyPatch.context() as patched:
        both(path, layout, patched)


@pytest.mark.parametrize(
    ("after", "asked"),
    [
        ("DELETE FROM t WHERE id % 3 = 0", 0),
        ("DELETE FROM t", 0),
        ("UPDATE t SET text = printf('%.*c', 30000, 'y') WHERE id % 100 = 0", 0),
        ("UPDATE t SET kept = zeroblob(9000000) WHERE id = 77", 1),
        ("UPDATE t SET text = CAST(x'41ff' AS TEXT) WHERE id = 2500", 1),
        ("UPDATE t SET o = 'six' WHERE id = 2999", 1),
        ("UPDATE t SET o = 6.0 WHERE id = 2999", 0),
        ("ALTER TABLE t ADD COLUMN late", 0),
        ("ALTER TABLE t ADD COLUMN late DEFAULT 7", 1),
        ("ALTER TABLE t ADD COLUMN made AS (number + 1)", 1),
        ("INSERT INTO t (id, text) VALUES (-5, 'before'), (9223372036854775807, 'last')", 0),
        ("DROP TABLE p", 1),
    ],
)
def test_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: str, asked: int) -> None:
    path = tmp_path / "x.db"
    make(path, usual(3000), after)
    _, _, done = both(path, LAYOUT, monkeypatch)
    assert done == (0 if "DROP" in after else asked)


def test_rows_from_before_a_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.db"
    make(
        path,
        usual(3000),
        "ALTER TABLE t ADD COLUMN late",
        "INSERT INTO t (text, late) SELECT 'n', id FROM t WHERE id > 2500",
    )
    assert both(path, LAYOUT, monkeypatch)[1:] == ("", 0)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, text, number, real, at, kept, o, more) WITHOUT ROWID",
        "CREATE TABLE t (id INTEGER PRIMARY KEY DESC, text, number, real, at, kept, o)",
        "CREATE TABLE t (text, number, real, at, kept, o, rowid)",
        "CREATE TABLE t (text ANY, number INTEGER, real REAL, at REAL, kept ANY, o INTEGER) STRICT",
    ],
)
def test_other_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str) -> None:
    path = tmp_path / "x.db"
    connection = apsw.Connection(str(path))
    for statement in (sql, *SCHEMA[1:]):
        connection.execute(statement)
    given = "id, " if "id INTEGER" in sql else ""
    connection.execute(
        f"INSERT INTO t ({given}text, number, real, at, kept, o) VALUES ({'7, ' if given else ''}'a', 1, 2, 3.5, 'b', 3)"
    )
    connection.close()
    if "WITHOUT" in sql:
        return  # has no row id, which the layouts say themselves
    both(path, LAYOUT, monkeypatch)


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
def test_other_encodings_are_left_to_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    path = tmp_path / "x.db"
    make(path, usual(200), before=f"PRAGMA encoding = '{encoding}'")
    assert both(path, LAYOUT, monkeypatch)[2] == 1


def test_a_wal_is_left_to_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, copy = tmp_path / "x.db", tmp_path / "y.db"
    make(path, usual(200), before="PRAGMA journal_mode = wal")
    connection = apsw.Connection(str(path))
    connection.execute("UPDATE t SET text = 'in the WAL' WHERE id < 50")
    for suffix in ("", "-wal"):
        Path(f"{copy}{suffix}").write_bytes(Path(f"{path}{suffix}").read_bytes())
    connection.close()
    rows, error, asked = both(copy, LAYOUT, monkeypatch)
    assert "in the WAL" in rows[1][0] and (error, asked) == ("", 1)


@pytest.mark.parametrize("apart", [False, True])
def test_damaged_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apart: bool) -> None:
    """Whatever byte is wrong, the rows and the error are SQLite's."""
    if apart:
        far_apart(monkeypatch)
    path, damaged = tmp_path / "x.db", tmp_path / "y.db"
    make(path, usual(1500), "UPDATE t SET text = printf('%.*c', 9000, 'y') WHERE id % 200 = 0", page=1024)
    whole = path.read_bytes()
    dice = random.Random(5)
    answered, tries = 0, examples(250)
    for _ in range(tries):
        data = bytearray(whole)
        page = dice.randrange(1, len(data) // 1024)
        for _ in range(dice.choice([1, 1, 3])):
            data[page * 1024 + dice.choice([dice.randrange(16), dice.randrange(64), dice.randrange(1024)])] = (
                dice.randrange(256)
            )
        if dice.random() < 0.1:
            del data[dice.randrange(len(data) // 2, len(data)) :]
        damaged.write_bytes(data)
        answered += both(damaged, LAYOUT, monkeypatch)[2] == 0
    assert 0 < answered < tries


def tree_of(path: Path, page: int = 512) -> tuple[bytearray, int, list[int]]:
    """The bytes of a database, where the root page of `t` begins in them, and where the numbers of its children stand."""
    with apsw.Connection(str(path)) as connection:
        (number,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 't'").fetchone() or (0,)
    data = bytearray(path.read_bytes())
    root = (number - 1) * page
    assert data[root] == 5
    count = int.from_bytes(data[root + 3 : root + 5], "big")
    cells = [int.from_bytes(data[at : at + 2], "big") for at in range(root + 12, root + 12 + 2 * count, 2)]
    return data, root, [root + cell for cell in cells] + [root + 8]


def number_at(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "big")


def test_a_page_in_two_places_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.db"
    make(path, [(f"text {n}", *[None] * 9) for n in range(80)], page=512)
    rows, _, _ = both(path, LAYOUT, monkeypatch)
    data, _, children = tree_of(path)
    gone = number_at(data, children[1])
    data[children[1] : children[1] + 4] = data[children[0] : children[0] + 4]
    path.write_bytes(data)
    left, error, asked = both(path, LAYOUT, monkeypatch)
    cells = int.from_bytes(data[(gone - 1) * 512 + 3 : (gone - 1) * 512 + 5], "big")
    assert cells > 5 and len(left) == 80 - cells
    assert left == {number: rows[number] for number in left} and all(len(same) == 1 for same in left.values())
    assert "Malformed" in error and TWICE in error and asked == 0


def test_a_page_in_two_places_of_a_joined_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.db"
    make(path, usual(300), page=512)
    data, _, _ = tree_of(path)
    with apsw.Connection(str(path)) as connection:
        (number,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'o'").fetchone() or (0,)
    cell = (number - 1) * 512 + int.from_bytes(data[(number - 1) * 512 + 12 : (number - 1) * 512 + 14], "big")
    data[(number - 1) * 512 + 8 : (number - 1) * 512 + 12] = data[cell : cell + 4]
    path.write_bytes(data)
    rows, error, asked = both(path, LAYOUT, monkeypatch)
    assert len(rows) == 300 and TWICE in error and asked == 0


@pytest.mark.parametrize("first", [True, False])
def test_long_rows_that_share_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bool) -> None:
    """A few pages of overflow would be read again for every row. What came before stays."""
    path = tmp_path / "x.db"
    make(path, [(letter * 3000, *[None] * 9) for letter in "abc"], page=512)
    data = bytearray(path.read_bytes())
    pages = {
        letter: [at for at in range(0, len(data), 512) if data[at + 4 : at + 508] == letter * 504]
        for letter in (b"a", b"b")
    }
    one, other = (pages[letter][0 if first else 1] // 512 + 1 for letter in (b"a", b"b"))
    place = data.index(other.to_bytes(4, "big"))
    while not (place % 512 == 0 or data[place - 1 : place] == b"b"):
        place = data.index(other.to_bytes(4, "big"), place + 1)
    data[place : place + 4] = one.to_bytes(4, "big")
    path.write_bytes(data)
    rows, error, asked = both(path, LAYOUT, monkeypatch)
    assert rows == {} and TWICE in error and asked == 0


def endless(path: Path, *, uneven: bool = False) -> int:
    """Make eight levels of pages whose twenty cells all name the next: 20 to the power of 8 leaves out of a dozen pages. Gives
    the rows of the leaf. `uneven`: a leaf stands among the pages of the second level."""
    make(path, [(f"text {n}", *[None] * 9) for n in range(80)], page=512)
    data, _, children = tree_of(path)
    leaf, other = number_at(data, children[0]), number_at(data, children[1])
    first = len(data) // 512 + 1
    for level in range(8):
        page = bytearray(512)
        below = (first + level + 1 if level < 7 else leaf).to_bytes(4, "big")
        page[0], page[3:5] = 5, (20).to_bytes(2, "big")
        page[8:12] = other.to_bytes(4, "big") if uneven and level == 0 else below
        for cell in range(20):
            page[12 + 2 * cell : 14 + 2 * cell] = (500 - 6 * cell).to_bytes(2, "big")
            page[500 - 6 * cell : 505 - 6 * cell] = below + bytes([cell + 1])
        data += page
    for place in children:
        data[place : place + 4] = first.to_bytes(4, "big")
    data[28:32] = (len(data) // 512).to_bytes(4, "big")
    path.write_bytes(data)
    return int.from_bytes(data[(leaf - 1) * 512 + 3 : (leaf - 1) * 512 + 5], "big")


@pytest.mark.parametrize("uneven", [False, True])
def test_pages_that_share_pages_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uneven: bool) -> None:
    path = tmp_path / "x.db"
    count = endless(path, uneven=uneven)
    rows, error, asked = both(path, LAYOUT, monkeypatch)
    assert TWICE in error and asked == 0
    assert len(rows) == (0 if uneven else count) and all(len(same) == 1 for same in rows.values())


def test_sqlite_gives_no_more_rows_than_bytes_can_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came before the limit is kept."""
    monkeypatch.setenv(SETTING, "off")
    path = tmp_path / "x.db"
    count = endless(path)
    rows, error = everything(group_of(path), LAYOUT)
    assert "more rows than its size allows" in error
    assert len(rows) == count
    assert 0 < sum(map(len, rows.values())) <= reading.ROWS <= path.stat().st_size // 6


def test_the_setting_reaches_reading_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SETTING not in environment()
    monkeypatch.setenv(SETTING, "off")
    assert environment()[SETTING] == "off"
