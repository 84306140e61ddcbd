"""Small kit for the database writers: table layouts, fast inserts, Core Data side tables, fixed identifiers.

Everything here is deterministic: no clock, no random numbers. Times that callers give are Unix seconds (UTC);
`mac` turns them into the seconds since 2001-01-01 that Apple's databases hold.
"""

from __future__ import annotations

import hashlib
import plistlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import apsw

MAC_EPOCH = 978_307_200
"""Unix seconds of 2001-01-01 00:00:00 UTC, the zero of Apple's clocks."""

BASE_TIME = 1_700_000_000.0
"""Unix seconds used where a caller gives no time (2023-11-14 22:13:20 UTC)."""

FLUSH_ROWS = 5_000

Row = Mapping[str, Any]


def mac(unix: float) -> float:
    """Seconds since 2001-01-01 UTC for Unix seconds."""
    return unix - MAC_EPOCH


def fixed_uuid(*parts: object) -> str:
    """An upper-case UUID that depends on nothing but `parts`."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "phonegen:" + "|".join(map(str, parts)))).upper()


def fixed_bytes(count: int, *parts: object) -> bytes:
    """`count` noise bytes that depend on nothing but `parts` (they look random, as ciphertext does)."""
    return hashlib.shake_256("|".join(map(str, parts)).encode()).digest(count)


class Table:
    """One table: its name, its columns in order ("NAME TYPE constraint"), table constraints and indexes."""

    def __init__(
        self,
        name: str,
        *columns: str,
        constraints: Sequence[str] = (),
        indexes: Sequence[str] = (),
        tail: str = "",
        **defaults: Any,
    ) -> None:
        self.name = name
        self.columns = columns
        self.constraints = tuple(constraints)
        self.indexes = tuple(indexes)
        self.tail = tail
        self.names = tuple(column.split(None, 1)[0] for column in columns)
        self.defaults = defaults
        self._known = frozenset(self.names)

    def ddl(self) -> str:
        """The statements that make the table and its indexes."""
        body = ", ".join((*self.columns, *self.constraints))
        text = f"CREATE TABLE {self.name} ({body}){self.tail};\n"
        for number, columns in enumerate(self.indexes):
            text += f"CREATE INDEX {self.name}_index_{number} ON {self.name} ({columns});\n"
        return text

    def sql(self) -> str:
        """An INSERT for all columns in order."""
        return f"INSERT INTO {self.name} ({', '.join(self.names)}) VALUES ({', '.join('?' * len(self.names))})"

    def values(self, row: Row) -> tuple[Any, ...]:
        """The row's values in column order; ValueError when the row names a column this layout lacks."""
        unknown = row.keys() - self._known
        if unknown:
            raise ValueError(f"table {self.name} of this iOS version has no column {', '.join(sorted(unknown))}")
        defaults = self.defaults
        return tuple(row[name] if name in row else defaults.get(name) for name in self.names)


def ddl(tables: Iterable[Table]) -> str:
    """The statements for several tables."""
    return "".join(table.ddl() for table in tables)


class Batch:
    """Collects rows per table and writes them with executemany; use it as a context manager, in one transaction."""

    def __init__(self, db: apsw.Connection, tables: Iterable[Table]) -> None:
        self._db = db
        self._tables = {table.name: table for table in tables}
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in self._tables}
        self._next: dict[tuple[str, str], int] = {}

    def __enter__(self) -> Batch:
        self._db.__enter__()
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            if kind is None:
                self.flush()
        except apsw.Error as problem:
            self._db.__exit__(type(problem), problem, None)
            raise
        self._db.__exit__(kind, error, trace)

    def new_id(self, table: str, column: str = "Z_PK") -> int:
        """The next free number of a key column: one more than the highest so far."""
        key = (table, column)
        if key not in self._next:
            self._next[key] = self._db.execute(f"SELECT ifnull(max({column}), 0) FROM {table}").get + 1
        number = self._next[key]
        self._next[key] = number + 1
        return number

    def use_id(self, table: str, number: int, column: str = "Z_PK") -> int:
        """Note that the caller chose this number itself, so that later numbers stay above it."""
        if number >= self.new_id(table, column):
            self._next[(table, column)] = number + 1
        else:
            self._next[(table, column)] -= 1
        return number

    def reserve(self, table: str, number: int, column: str = "Z_PK") -> None:
        """Never give out this number or a lower one: it belonged to a row that is gone."""
        self._next[(table, column)] = max(self.new_id(table, column), number + 1)

    def key(self, row: Row, table: str, column: str = "Z_PK") -> int:
        """The row's own number when it has one, else the next free one."""
        chosen = row.get(column)
        return self.new_id(table, column) if chosen is None else self.use_id(table, int(chosen), column)

    def add(self, table: str, row: Row) -> None:
        """Queue one row (keys are column names)."""
        rows = self._rows[table]
        rows.append(self._tables[table].values(row))
        if len(rows) >= FLUSH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what is queued."""
        for name, rows in self._rows.items():
            if rows:
                self._db.executemany(self._tables[name].sql(), rows)
                rows.clear()


def lookup(db: apsw.Connection, sql: str) -> dict[Any, Any]:
    """A dictionary of a two-column query, to find rows that are already there."""
    return {row[0]: row[1] for row in db.execute(sql)}


def raw_columns(row: Row) -> dict[str, Any]:
    """The part of a row given by real Core Data column names (they begin with Z): they win over what we make up."""
    return {name: value for name, value in row.items() if name.startswith("Z") and name != "Z_PK"}


def core_data(name: str, entities: Sequence[str]) -> str:
    """Statements for the three side tables that every Core Data store has, entities numbered from 1 in order."""
    blob = plistlib.dumps(
        {
            "NSStoreType": "SQLite",
            "NSPersistenceFrameworkVersion": 1000,
            "NSStoreModelVersionHashesVersion": 3,
            "NSStoreModelVersionIdentifiers": [""],
            "_NSAutoVacuumLevel": "2",
        },
        fmt=plistlib.FMT_BINARY,
    )
    text = (
        "CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);\n"
        "CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);\n"
        "CREATE TABLE Z_MODELCACHE (Z_CONTENT BLOB);\n"
        f"INSERT INTO Z_METADATA VALUES (1, '{fixed_uuid('store', name)}', X'{blob.hex()}');\n"
    )
    for number, entity in enumerate(entities, 1):
        text += f"INSERT INTO Z_PRIMARYKEY VALUES ({number}, '{entity}', 0, 0);\n"
    return text


def note_maximum(db: apsw.Connection, entity: str, table: str) -> None:
    """Bring Z_PRIMARYKEY.Z_MAX up to the highest row; it never goes down, as on a phone."""
    db.execute(
        f"UPDATE Z_PRIMARYKEY SET Z_MAX = max(Z_MAX, (SELECT ifnull(max(Z_PK), 0) FROM {table})) WHERE Z_NAME = ?",
        (entity,),
    )


def check_ios(ios: int, versions: Sequence[int]) -> None:
    """ValueError when no layout is known for this major version."""
    if ios < versions[0] or ios > 26:
        raise ValueError(f"no layout for iOS {ios}: known are {versions[0]} to 26")
