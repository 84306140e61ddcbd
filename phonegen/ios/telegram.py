"""Telegram: AppDomainGroup-group.ph.telegra.Telegraph, a key-value store ("Postbox") in SQLite.

Row keys: text, peer (id), author (id), at (Unix seconds, whole), message_id, incoming, forward_author; or value (raw
bytes of t7). Current versions encrypt the file and keep it out of backups; a backup of an older one, or the notes
under accounts-metadata, is what can be left. This writes the plain form, in which text is readable bytes.
Layout: t7 holds messages under (peer int64, namespace int32, time int32, id int32), big-endian; values are
little-endian fields in the order publicly described for intermediate messages. Other tables are left empty.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, ddl

DOMAIN = "AppDomainGroup-group.ph.telegra.Telegraph"
ACCOUNT = 123456789012345678
RELATIVE = f"telegram-data/account-{ACCOUNT}/postbox/db/db_sqlite"
METADATA_RELATIVE = "telegram-data/accounts-metadata/atomic-state"
VERSIONS: tuple[int, ...] = (12,)

INCOMING = 4
_INTEGER_KEYS = (2, 3, 5, 6, 21)
_TABLES = 63


def _tables() -> tuple[Table, ...]:
    tables = [Table("__meta_tables", "name INTEGER", "keytype INTEGER", constraints=("PRIMARY KEY (name)",))]
    for number in range(_TABLES):
        key = "key INTEGER PRIMARY KEY" if number in _INTEGER_KEYS else "key BLOB PRIMARY KEY"
        tables.append(Table(f"t{number}", key, "value BLOB"))
    return tuple(tables)


def schema(ios: int) -> str:
    """The statements that make an empty store (the same for every iOS version: the app brings it)."""
    check_ios(ios, VERSIONS)
    kinds = "".join(
        f"INSERT INTO __meta_tables VALUES ({number}, {int(number in _INTEGER_KEYS)});\n" for number in range(_TABLES)
    )
    return ddl(_tables()) + kinds + "PRAGMA user_version = 3;\n"


def message_key(peer: int, at: int, message_id: int, namespace: int = 0) -> bytes:
    """The key of a message in t7."""
    return struct.pack(">qiii", peer, namespace, at, message_id)


def message_value(
    text: str, *, author: int | None, stable_id: int, incoming: bool, forward_author: int | None = None
) -> bytes:
    """The value of a message in t7: header, flags, forward information, author, text, no media."""
    body = text.encode()
    parts = [struct.pack("<bIIbII", 0, stable_id, 0, 0, INCOMING if incoming else 0, 0)]
    if forward_author is None:
        parts.append(b"\x00")
    else:
        parts.append(struct.pack("<bqi", 1, forward_author, int(BASE_TIME)))
    parts.append(b"\x00" if author is None else struct.pack("<bq", 1, author))
    parts.append(struct.pack("<i", len(body)) + body)
    parts.append(struct.pack("<iii", 0, 0, 0))
    return b"".join(parts)


def bulk(db: apsw.Connection, ios: int, rows: Iterable[dict[str, Any]]) -> None:
    """Write many messages in one transaction."""
    check_ios(ios, VERSIONS)
    with Batch(db, _tables()) as batch:
        number = db.execute("SELECT count(*) FROM t7").get
        for row in rows:
            number += 1
            peer, incoming = row.get("peer", 777_001), bool(row.get("incoming", True))
            key = message_key(peer, int(row.get("at", BASE_TIME)), row.get("message_id", number))
            value = row.get("value")
            if value is None:
                value = message_value(
                    row.get("text", "hello"),
                    author=row.get("author", peer if incoming else ACCOUNT),
                    stable_id=number,
                    incoming=incoming,
                    forward_author=row.get("forward_author"),
                )
            batch.add("t7", {"key": key, "value": value})


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Write one message; see the module for the keys."""
    bulk(db, ios, [row])


def accounts_metadata(entries: list[dict[str, Any]]) -> bytes:
    """The accounts file (JSON) that names the accounts on the phone; entry keys: id, temporary."""
    records = [
        {"id": entry.get("id", ACCOUNT), "attributes": [], "temporary": entry.get("temporary", False)}
        for entry in entries
    ]
    current = records[0]["id"] if records else None
    return json.dumps({"records": records, "currentRecordId": current}, sort_keys=True).encode()
