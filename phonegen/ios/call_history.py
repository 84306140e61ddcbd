"""Call history up to iOS 7: WirelessDomain Library/CallHistory/call_history.db.

Row keys: at (Unix seconds), address, duration (seconds), outgoing, name, country, or any column of ``call`` by its own name.
Layout: the table of a published schema of iOS 6; columns as they were in iOS 6. A phone that was updated from iOS 7 keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, ddl

DOMAIN = "WirelessDomain"
RELATIVE = "Library/CallHistory/call_history.db"
VERSIONS: tuple[int, ...] = (6,)

_CALL = Table(
    "call",
    "ROWID INTEGER PRIMARY KEY AUTOINCREMENT",
    "address TEXT",
    "date INTEGER",
    "duration INTEGER",
    "flags INTEGER",
    "id INTEGER",
    "name TEXT",
    "country_code TEXT",
    "network_code TEXT",
    "read INTEGER",
    "assisted INTEGER",
    "face_time_data BLOB",
    "originalAddress TEXT",
    indexes=("date",),
    id=-1,
    country_code="310",
    network_code="410",
    read=1,
    assisted=0,
)


def schema(ios: int) -> str:
    """The statements that make an empty database; it is the same on every phone that has one."""
    return "CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));\n" + ddl((_CALL,))


def bulk(db: apsw.Connection, ios: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes many calls in one transaction."""
    with Batch(db, (_CALL,)) as batch:
        for row in rows:
            values = {
                "ROWID": batch.key(row, "call", "ROWID"),
                "address": row.get("address", "+15555550123"),
                "date": int(row.get("at", BASE_TIME)),
                "duration": int(row.get("duration", 60)),
                "flags": 5 if row.get("outgoing") else 4,
                "name": row.get("name"),
            }
            batch.add("call", values | {name: row[name] for name in _CALL.names if name in row})


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Writes one call; see the module for the keys."""
    bulk(db, ios, [row])
