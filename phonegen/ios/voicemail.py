"""Voicemail: HomeDomain Library/Voicemail/voicemail.db.

Row keys: sender, callback, at, trashed, expires (Unix seconds), duration (seconds); or any `voicemail` column by its
own name. Layout: as publicly described; label, receiver and uuid come with later versions (recalled).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, ddl, fixed_uuid

DOMAIN = "HomeDomain"
RELATIVE = "Library/Voicemail/voicemail.db"
VERSIONS: tuple[int, ...] = (12, 13)

_TAKEN = {"callback", "at", "trashed", "expires", "ROWID"}


def _tables(ios: int) -> tuple[Table, ...]:
    columns = [
        "ROWID INTEGER PRIMARY KEY AUTOINCREMENT",
        "remote_uid INTEGER",
        "date INTEGER",
        "token TEXT",
        "sender TEXT",
        "callback_num TEXT",
        "duration INTEGER",
        "expiration INTEGER",
        "trashed_date INTEGER",
        "flags INTEGER",
    ]
    if ios >= 13:
        columns += ["label TEXT", "uuid TEXT", "receiver TEXT"]
    return (
        Table(
            "voicemail",
            *columns,
            indexes=("date", "remote_uid"),
            token="Complete",
            duration=12,
            expiration=0,
            trashed_date=0,
            flags=1,
        ),
        Table(
            "deleted", "ROWID INTEGER PRIMARY KEY AUTOINCREMENT", "token TEXT", "remote_uid INTEGER", "flags INTEGER"
        ),
        Table("_SqliteDatabaseProperties", "key TEXT", "value TEXT", constraints=("UNIQUE (key)",)),
    )


def schema(ios: int) -> str:
    """The statements that make an empty database of this iOS major version."""
    check_ios(ios, VERSIONS)
    return ddl(_tables(ios)) + "INSERT INTO _SqliteDatabaseProperties VALUES ('_ClientVersion', '12');\n"


def bulk(db: apsw.Connection, ios: int, rows: Iterable[dict[str, Any]]) -> None:
    """Write many voicemails in one transaction."""
    with Batch(db, _tables(ios)) as batch:
        for row in rows:
            key = batch.key(row, "voicemail", "ROWID")
            sender = row.get("sender", "+15555550123")
            values = {
                "ROWID": key,
                "remote_uid": key,
                "date": int(row.get("at", BASE_TIME)),
                "sender": sender,
                "callback_num": row.get("callback", sender),
                "trashed_date": int(row.get("trashed", 0)),
                "expiration": int(row.get("expires", 0)),
            }
            if ios >= 13:
                values["uuid"] = fixed_uuid("voicemail", key)
            values.update((name, value) for name, value in row.items() if name not in _TAKEN)
            batch.add("voicemail", values)


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Write one voicemail; see the module for the keys."""
    bulk(db, ios, [row])
