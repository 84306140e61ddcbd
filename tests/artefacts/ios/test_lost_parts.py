"""Every table that an artefact reads from a database, with each required column renamed and each table dropped.

The databases are made from the layouts of the registry, so that a new artefact is tested without a new line here. Whether
a layout still fits is asked of SQLite itself, by preparing its query.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import pytest

from phonegen import Phone, typedstream
from phonegen.ios import sms
from sousveil.acquisition.backup import Backup
from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.artefacts.model import Artefact, discover
from sousveil.cases.coverage import Reading
from sousveil.cases.model import Coverage, Outcome
from sousveil.cases.tasks import Broken, Failed, PartsRead, ReadTask
from sousveil.cases.worker import answer
from sousveil.errors import Unsupported
from sousveil.readers.model import Context, PartReading, ReadingLog
from sousveil.readers.sqlite import Layout, parts_of, sqlite
from sousveil.readers.sqlite_layout import DeclaredPart, named
from sousveil.records import Batch

ARTEFACTS = {name: artefact for name, artefact in discover().items() if parts_of(artefact.read)}
UNDECLARED = {"ios.triangulation_files"}
"""Reads the manifest by a query of its own."""
OPTIONAL = {"ios.safari_tombstones", "android.dump_calls"}
"""The whole table may be absent: since Android 7, contacts2.db has no calls."""
SPECIAL = {
    ("participant", "entity_type"): 7,
    ("files", "domain"): "'AppDomain-a.example'",
    (
        "message",
        "message_summary_info",
    ): f"x'{sms.summary({'0': [('before', 2_000_000_000), ('now', 2_000_000_001)]}).hex()}'",
}
"""Values that a condition of a layout asks for; every other cell is 1, so that every join finds its row."""


def expressions(layout: Layout) -> tuple[str, ...]:
    """Everything that a layout requires."""
    return (*layout.columns.values(), *layout.inputs.values(), layout.where, layout.source)


def required(layout: Layout) -> dict[str, set[str]]:
    """Table -> columns that a layout requires, in lower case; the number of a row is no column."""
    tables = {alias.lower(): table.lower() for alias, table in layout.aliases.items()}
    found: dict[str, set[str]] = {table: set() for table in tables.values()}
    for expression in expressions(layout):
        for alias, column in named(expression.replace('"', "")):
            if column != "rowid":
                found.setdefault(tables.get(alias, alias), set()).add(column)
    return found


def prepares(connection: apsw.Connection, layout: Layout) -> bool:
    """Whether SQLite accepts the query of a layout."""
    asked = ", ".join((*layout.columns.values(), *layout.inputs.values())) or "1"
    condition = f" WHERE {layout.where}" if layout.where else ""
    try:
        connection.execute(f"SELECT {asked} FROM {layout.source}{condition} LIMIT 0")
    except apsw.SQLError:
        return False
    return True


def build(path: Path, layouts: list[Layout]) -> None:
    """A database with one row in every table that the layouts require."""
    tables: dict[str, set[str]] = {}
    for layout in layouts:
        for table, columns in required(layout).items():
            tables.setdefault(table, set()).update(columns)
    connection = apsw.Connection(str(path))
    for table, columns in tables.items():
        names = [f'"{column}"' for column in sorted(columns)] or ['"unused"']
        values = [str(SPECIAL.get((table, name.strip('"')), 1)) for name in names]
        connection.execute(f'CREATE TABLE "{table}" ({", ".join(names)})')
        connection.execute(f'INSERT INTO "{table}" VALUES ({", ".join(values)})')
    connection.close()


@dataclass(frozen=True)
class Read:
    """What one examination says of the artefact."""

    line: Coverage
    rows: dict[str, int]
    """Layout -> rows."""

    def outcome(self, part: DeclaredPart) -> tuple[Outcome, int]:
        found = next(p for p in self.line.parts if p.name == part.name)
        return found.outcome, found.records


def read(artefact: Artefact, path: Path) -> Read:
    return read_group(artefact, FileGroup(domain="D", relative=path.name, members=(Member(suffix="", path=str(path)),)))


def read_group(artefact: Artefact, group: FileGroup) -> Read:
    reading, rows = Reading(artefact, files=1), dict[str, int]()
    for one in answer(ReadTask(artefact=artefact.name, files={"main": group}, device=Device())):
        assert not isinstance(one, Broken), one.trace
        if isinstance(one, Batch):
            reading.records += one.count
            rows[one.layout] = rows.get(one.layout, 0) + one.count
        elif isinstance(one, PartsRead):
            reading.add_parts(one.parts)
        elif isinstance(one, Failed):
            reading.failed(group.where, one)
    return Read(reading.line(Device()), rows)


def changes(layouts: list[Layout]) -> Iterator[tuple[str, str]]:
    """(what is changed, statement): each required column renamed, each required table dropped."""
    seen: dict[str, str] = {}
    for layout in layouts:
        for table, columns in required(layout).items():
            for column in columns:
                seen[f"{table}.{column}"] = f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "{column}_renamed"'
            seen[table] = f'DROP TABLE "{table}"'
    yield from seen.items()


def whole_layouts(parts: tuple[DeclaredPart, ...], place: int) -> list[Layout]:
    """Of each required part the layout at a place, or its last one; the other parts where they need no table that these do
    without."""
    chosen = [part.layouts[min(place, len(part.layouts) - 1)] for part in parts]
    without: set[str] = set()
    for part, layout in zip(parts, chosen, strict=True):
        for preferred in part.layouts[: part.layouts.index(layout)] if part.required else ():
            without |= set(required(preferred)) - set(required(layout))
    return [
        layout
        for part, layout in zip(parts, chosen, strict=True)
        if part.required or not without & set(required(layout)) or place == 0
    ]


CASES = [
    (name, place)
    for name, artefact in ARTEFACTS.items()
    for place in range(max(len(part.layouts) for part in parts_of(artefact.read)))
]


@pytest.mark.parametrize(("name", "place"), CASES)
def test_what_no_layout_fits_is_never_read(name: str, place: int, tmp_path: Path) -> None:
    artefact = ARTEFACTS[name]
    parts = parts_of(artefact.read)
    sound = tmp_path / "sound.db"
    build(sound, whole_layouts(parts, place))
    before = read(artefact, sound)
    assert before.line.records > 0 and (place or before.line.outcome is Outcome.READ), before.line
    assert {before.outcome(part)[0] for part in parts if part.required} <= {Outcome.READ}, before.line
    assert {part.name for part in before.line.parts} >= {part.name for part in parts}
    lost = 0
    for change, statement in changes(whole_layouts(parts, place)):
        path = tmp_path / "changed.db"
        shutil.copy(sound, path)
        connection = apsw.Connection(str(path))
        connection.execute("PRAGMA legacy_alter_table = ON")
        connection.execute(statement)
        tables = {
            str(row[0]).lower() for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        }
        fit = {part.name: [prepares(connection, layout) for layout in part.layouts] for part in parts}
        connection.close()
        after = read(artefact, path)
        gone = {part.name for part in parts if not any(fit[part.name])}
        for part in parts:
            outcome, records = after.outcome(part)
            if part.name not in gone:
                used = next(place for place, fits in enumerate(fit[part.name]) if fits)
                reads, joined = (
                    {t.lower() for one in some for t in one.aliases.values()}
                    for some in (part.layouts[used : used + 1], part.layouts[:used])
                )
                expected = Outcome.UNSUPPORTED if tables & joined - reads else Outcome.READ
                assert outcome is expected and records >= before.outcome(part)[1], (change, part.name)
                lost += outcome is Outcome.UNSUPPORTED
            elif part.required or any(layout.table.lower() in tables for layout in part.layouts):
                assert (outcome, records) == (Outcome.UNSUPPORTED, 0), (change, part.name)
                lost += 1
            else:
                assert (outcome, records) == (Outcome.ABSENT_EXPECTED, 0), (change, part.name)
        missed = [part for part in after.line.parts if not part.outcome.complete]
        assert after.line.outcome.complete is not bool(missed), (change, after.line)
        assert after.line.records == sum(after.outcome(part)[1] for part in parts)
        if after.line.records == 0:
            assert after.line.outcome is not Outcome.READ, (change, after.line)
    assert lost or all(not part.required for part in parts)


def test_every_database_declares_its_parts() -> None:
    databases = {
        name
        for name, artefact in discover().items()
        if any(
            at.path.lower().endswith(
                (".db", ".sqlite", ".sqlitedb", ".storedata", "db_sqlite", "/history", "/favicons")
            )
            for at in artefact.needs["main"]
        )
    }
    assert databases - set(ARTEFACTS) == UNDECLARED
    for name, artefact in ARTEFACTS.items():
        names = [part.name for part in parts_of(artefact.read)]
        assert len(set(names)) == len(names), name
        some = getattr(artefact.read, "some", False)  # which says so where no part is there
        assert any(part.required for part in parts_of(artefact.read)) or some or name in OPTIONAL


@pytest.mark.parametrize("column", ["domain", "relativePath", "flags", "file"])
def test_the_manifest_query_needs_its_columns(tmp_path: Path, column: str) -> None:
    path = tmp_path / "Manifest.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE Files (fileID, domain, relativePath, flags, file)")
    connection.execute(f"ALTER TABLE Files RENAME COLUMN {column} TO renamed")
    connection.close()
    line = read(discover()["ios.triangulation_files"], path).line
    assert (line.outcome, line.records) == (Outcome.UNSUPPORTED, 0)


def test_bodies_that_cannot_be_decoded_are_counted(tmp_path: Path) -> None:
    phone = Phone(ios="16.5")
    rows: list[dict[str, Any]] = [
        {"text": "a", "handle": "+15550001", "attributed": True},
        {"attributed": "b", "handle": "+15550001"},
        {"body": b"", "handle": "+15550001"},
        {"body": typedstream.attributed(""), "handle": "+15550001"},
        {"body": b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01", "handle": "+15550001"},
        {"text": "its own words", "body": b"damaged", "handle": "+15550001"},
    ]
    phone.database(
        (sms.DOMAIN, sms.RELATIVE), lambda db: [db.execute(sms.schema(16)), *(sms.insert(db, 16, **r) for r in rows)]
    )
    phone.write(tmp_path / "b")
    ((_, group),) = Backup(tmp_path / "b").locate([(None, at) for at in ARTEFACTS["ios.sms"].needs["main"]])
    line = read_group(ARTEFACTS["ios.sms"], group).line
    assert line.outcome is Outcome.UNSUPPORTED and line.records == 6
    assert {part.name: (part.outcome, part.records, part.undecoded) for part in line.parts} == {
        "messages": (Outcome.READ, 6, 0),
        "attributedBody": (Outcome.UNSUPPORTED, 4, 1),
    }
    assert line.detail == "1 file; attributedBody: 1 of 5 texts could not be decoded"


def test_the_log_adds_up_files_and_batches() -> None:
    log = ReadingLog()
    log.decoded("edit history", 0, 0)
    assert log.parts == ()
    log.decoded("edit history", 5, 0)
    log.decoded("edit history", 3, 2)
    log.add(PartReading(name="notes", outcome=Outcome.FAILED, records=7, detail="cut off"))
    reading = Reading(ARTEFACTS["ios.sms"], files=2)
    reading.add_parts(log.parts)
    reading.add_parts([PartReading(name="notes", outcome=Outcome.READ, records=1)])
    line = reading.line(Device())
    assert line.outcome is Outcome.FAILED
    assert line.parts == (
        PartReading(name="edit history", outcome=Outcome.UNSUPPORTED, records=8, undecoded=2),
        PartReading(name="notes", outcome=Outcome.FAILED, records=8, detail="cut off"),
    )
    assert line.detail == "2 files; edit history: 2 of 10 texts could not be decoded"


@pytest.mark.parametrize(
    ("selective", "rows", "outcome"),
    [
        (False, 2, Outcome.UNSUPPORTED),
        (True, 2, Outcome.READ),
        (False, 0, Outcome.READ),
    ],
)
def test_a_table_with_rows_that_gives_none_is_never_read(
    tmp_path: Path, selective: bool, rows: int, outcome: Outcome
) -> None:
    path = tmp_path / "x.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE t (k); CREATE TABLE o (k)")
    connection.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(rows)])
    connection.close()
    layout = Layout(
        name="joined", source="t JOIN o ON o.k = t.k", columns={"key": "t.k"}, where="t.k >= 0", selective=selective
    )
    log = ReadingLog()
    group = FileGroup(domain="D", relative="x.db", members=(Member(suffix="", path=str(path)),))
    error = ""
    try:
        assert list(sqlite(layout)(ARTEFACTS["ios.sms"], {"main": group}, Context(device=Device(), log=log))) == []
    except Unsupported as raised:
        error = raised.message
    assert [(part.name, part.outcome, part.records) for part in log.parts] == [("joined", outcome, 0)]
    assert error == ("joined: the table t has rows, and no row could be read." if outcome is not Outcome.READ else "")
