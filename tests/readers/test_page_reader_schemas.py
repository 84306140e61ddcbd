"""Any schema: whatever tables there are and however a layout asks for them, their pages give what SQLite gives."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.readers.sqlite import Layout, Part
from tests.profiles import examples
from tests.readers.test_page_reader import VALUES, both, far_apart

TYPES = (
    "",
    "INTEGER",
    "INT",
    "BIGINT",
    "TEXT",
    "VARCHAR(40)",
    "REAL",
    "FLOAT",
    "DOUBLE PRECISION",
    "FLOATING POINT",
    "CHARINT",
    "NUMERIC",
    "DECIMAL(10,5)",
    "BLOB",
    "TIMESTAMP",
    "BOOLEAN",
    "STRING",
    "TEXT COLLATE NOCASE",
    "INTEGER NOT NULL DEFAULT 7",
)
"""Declared types of every affinity, with names that are traps: a point holds INT, a CHARINT is a number."""
LATE = (
    "",
    "REAL",
    "TEXT DEFAULT NULL",
    "INTEGER DEFAULT 7",
    "REAL DEFAULT 2",
    "TEXT DEFAULT 'd'",
    "BLOB DEFAULT x'00'",
)
"""Columns that are added when there are rows already."""
STRICT = ("INTEGER", "INT", "REAL", "TEXT", "BLOB", "ANY")
KEYS = (
    "",
    "id INTEGER PRIMARY KEY",
    "id INTEGER PRIMARY KEY AUTOINCREMENT",
    "id INTEGER PRIMARY KEY DESC",
    "id INT PRIMARY KEY",
    "id TEXT PRIMARY KEY",
    "id INTEGER, PRIMARY KEY (id)",
    "id INTEGER, PRIMARY KEY (id DESC)",
    "id INTEGER, UNIQUE (id)",
)
"""Some are other names of the row id, some only look like it."""
SOURCES = (
    "t",
    "t AS u",
    "t LEFT JOIN o ON o.rowid = t.ref",
    "t LEFT JOIN o ON t.ref = o.rowid",
    "t LEFT JOIN o ON o.id = t.ref",
    "t LEFT JOIN o ON o.c0 = t.ref",
    "t LEFT JOIN o ON o.c0 = t.rowid",
    "t JOIN o ON o.c0 = t.rowid",
    "t LEFT JOIN o ON o.rowid = t.ref LEFT JOIN t AS s ON s.rowid = o.c0",
    "t LEFT JOIN o AS s ON s.c0 = t.ref LEFT JOIN o ON o.rowid = s.c1",
)
WHERES = (
    "",
    "{a}.c0 IS NULL",
    "+{a}.c1 IS NOT NULL",
    "typeof({a}.c1) = 'null'",
    "typeof({a}.c1) <> 'null' AND {a}.c0 IS NULL",
    "{a}.c0 IS NULL OR ({a}.c1 IS NOT NULL AND {a}.ref IS NULL)",
    "{a}.rowid NOT IN (SELECT c0 FROM o WHERE c0 IS NOT NULL)",
    "{a}.rowid NOT IN (SELECT ref FROM t WHERE ref IS NOT NULL)",
    "{a}.c0 = 1",
)
SMALL = st.one_of(
    st.none(), st.integers(-2, 12), st.integers(-2, 12), st.integers(1, 4).map(float), st.sampled_from(["3", b"3"])
)
"""What refers to rows, mostly."""
REFERS = st.one_of(st.none(), st.integers(-2, 12), st.integers(-2, 12), st.integers(-2, 12))


def table(draw: Any, name: str, strict: bool) -> tuple[str, int]:
    """How a table is made, and how many columns `c0`, `c1` ... it has."""
    kinds = draw(st.lists(st.sampled_from(STRICT if strict else TYPES), min_size=2, max_size=7), label=name)
    key = draw(st.sampled_from(KEYS), label=f"key of {name}")
    columns = [f"c{n} {kind}".rstrip() for n, kind in enumerate(kinds)]
    columns.insert(draw(st.integers(0, len(columns))), 'ref INTEGER, "odd "" é" ' + ("ANY" if strict else ""))
    first, comma, constraint = key.partition(", ")
    if first:
        columns.insert(draw(st.integers(0, len(columns))), first)
    return f"CREATE TABLE {name} ({', '.join(columns)}{comma}{constraint}){' STRICT' if strict else ''}", len(kinds)


def fill(draw: Any, db: apsw.Connection, name: str, count: int, refers: Any) -> None:
    """Rows of any values; those that the table refuses are left out."""
    names = [row[1] for row in db.execute(f"PRAGMA table_info({name})")]
    plain = [column for column in names if column not in ("id", "ref", "c0")]
    marks = ", ".join("?" * (len(plain) + 2))
    quoted = ", ".join('"' + column.replace('"', '""') + '"' for column in [*plain, "ref", "c0"])
    for _ in range(count):
        row = [draw(VALUES) for _ in plain]
        given = (*row, draw(refers), draw(st.one_of(refers, VALUES)))
        try:
            db.execute(f"INSERT INTO {name} ({quoted}) VALUES ({marks})", given)
        except (apsw.ConstraintError, apsw.MismatchError):
            continue
    if "id" in names and draw(st.booleans()):
        db.execute(f"UPDATE OR IGNORE {name} SET id = rowid * 3 - 5")


def expressions(draw: Any, source: str, columns: dict[str, int]) -> list[str]:
    """Seven expressions over the tables of a source."""
    aliases = {"t AS u": {"u": "t"}}.get(source, {"t": "t"})
    if " o " in f"{source} ".replace("o AS s", ""):
        aliases["o"] = "o"
    if " AS s" in source:
        aliases["s"] = "o" if "o AS s" in source else "t"
    places = [f"{alias}.c{n}" for alias, of in aliases.items() for n in range(columns[of])]
    places += [f"{alias}.{name}" for alias in aliases for name in ("rowid", "ref")]
    one = st.sampled_from(places)
    return draw(
        st.lists(
            st.one_of(one, one, one, st.tuples(one, one).map(lambda pair: f"ifnull({pair[0]}, {pair[1]})")),
            min_size=7,
            max_size=7,
        ),
        label="expressions",
    )


def build(draw: Any, path: Path) -> dict[str, int]:
    """A database of two tables, with a history: rows, a column more, rows again, rows that go or grow."""
    db = apsw.Connection(str(path))
    db.execute(f"PRAGMA page_size = {draw(st.sampled_from([512, 1024, 4096]))}")
    db.execute(f"PRAGMA auto_vacuum = {draw(st.integers(0, 2))}")
    columns = {}
    for name in ("t", "o"):
        made, columns[name] = table(draw, name, draw(st.integers(0, 5)) == 0)
        db.execute(made)
    refers = draw(st.sampled_from([REFERS, SMALL]))
    with db:
        for name in ("t", "o"):
            fill(draw, db, name, draw(st.integers(0, 12)), refers)
    for name in ("t", "o"):
        if draw(st.booleans()):
            strict = bool(db.execute(f"PRAGMA table_list({name})").fetchall()[0][5])
            kind = "ANY" if strict else draw(st.sampled_from(LATE))
            db.execute(f"ALTER TABLE {name} ADD COLUMN c{columns[name]} {kind}")
            columns[name] += 1
    with db:
        for name in ("t", "o"):
            fill(draw, db, name, draw(st.integers(0, 8)), refers)
    grown = ["DELETE FROM t WHERE rowid % 3 = 1", "DELETE FROM o", "DELETE FROM o WHERE rowid % 2", "VACUUM", "ANALYZE"]
    grown += [
        "UPDATE OR IGNORE t SET c1 = printf('%.*c', 5000, 'y') WHERE rowid % 2",
        "CREATE INDEX IF NOT EXISTS i ON o (c0, c1)",
    ]
    grown += [
        "UPDATE OR IGNORE o SET c1 = zeroblob(900)",
        "ALTER TABLE t RENAME COLUMN ref TO x; ALTER TABLE t RENAME COLUMN x TO ref",
    ]
    for statement in draw(st.lists(st.sampled_from(grown), max_size=3), label="after"):
        try:
            db.execute(statement)
        except apsw.ConstraintError:  # a table that is strict about what it holds
            continue
    db.close()
    return columns


@pytest.mark.parametrize("apart", [False, True])
def test_any_schema(tmp_path_factory: pytest.TempPathFactory, apart: bool) -> None:
    """Most of it is answered out of the pages; what is left to SQLite is left whole."""
    folder, answered = tmp_path_factory.mktemp("any"), Counter[bool]()

    @settings(max_examples=examples(100), deadline=None)
    @given(st.data())
    def run(data: st.DataObject) -> None:
        path = folder / f"{answered.total()}.db"
        path.unlink(missing_ok=True)
        columns = build(data.draw, path)
        source = data.draw(st.sampled_from(SOURCES), label="source")
        texts = expressions(data.draw, source, columns)
        alias = "u" if source == "t AS u" else "t"
        where = data.draw(st.sampled_from(WHERES), label="where").format(a=alias)
        parts: tuple[Part, ...] = ()
        if source.count("JOIN") == 1 and source.startswith("t LEFT JOIN o ON") and "t.ref" in source and not where:
            parts = (Part(where="typeof(t.ref) = 'null'", without=("o",)), Part(where="typeof(t.ref) <> 'null'"))
        layout = Layout(
            name="any",
            source=source,
            columns=dict(zip(("text", "number", "real", "at", "kept", "other", "more"), texts, strict=True)),
            where=where,
            selective=True,
            extra=(alias, *(("o",) if any(" o " in f" {e}".replace("o.", " o ") for e in texts) else ())),
            parts=parts if data.draw(st.booleans()) else (),
        )
        with pytest.MonkeyPatch.context() as patched:
            if apart:
                far_apart(patched)
            answered[both(path, layout, patched)[2] == 0] += 1

    run()
    # What is drawn depends on the modules that are loaded; a tenth is what surely stays.
    assert answered[True] > answered[False] / 10, answered
