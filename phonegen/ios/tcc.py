"""Permissions: HomeDomain Library/TCC/TCC.db, table `access`.

Row keys: service ("kTCCServiceCamera"), client (bundle id or path), client_type (0 bundle id, 1 path), allowed (bool),
reason (iOS 14 and later), at (Unix seconds), or any `access` column by its own name.
Layout: `allowed` and `prompt_count` seen in a real database of the iOS 12 generation; auth_value, auth_reason and
auth_version (iOS 14), pid, boot_uuid and last_reminded (iOS 17) as publicly described.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, ddl

DOMAIN = "HomeDomain"
RELATIVE = "Library/TCC/TCC.db"
VERSIONS: tuple[int, ...] = (12, 14, 17)

_NOW = "DEFAULT (CAST(strftime('%s','now') AS INTEGER))"
_TAKEN = {"allowed", "reason", "at"}


def _tables(ios: int) -> tuple[Table, ...]:
    columns = ["service TEXT NOT NULL", "client TEXT NOT NULL", "client_type INTEGER NOT NULL"]
    if ios >= 14:
        columns += ["auth_value INTEGER NOT NULL", "auth_reason INTEGER NOT NULL", "auth_version INTEGER NOT NULL"]
    else:
        columns += ["allowed INTEGER NOT NULL", "prompt_count INTEGER NOT NULL"]
    columns += [
        "csreq BLOB",
        "policy_id INTEGER",
        "indirect_object_identifier_type INTEGER",
        "indirect_object_identifier TEXT" + (" NOT NULL DEFAULT 'UNUSED'" if ios >= 14 else ""),
        "indirect_object_code_identity BLOB",
        "flags INTEGER",
        f"last_modified INTEGER NOT NULL {_NOW}",
    ]
    if ios >= 17:
        columns += [
            "pid INTEGER",
            "pid_version INTEGER",
            "boot_uuid TEXT NOT NULL DEFAULT 'UNUSED'",
            "last_reminded INTEGER NOT NULL DEFAULT 0",
        ]
    keys = (
        "PRIMARY KEY (service, client, client_type, indirect_object_identifier)",
        "FOREIGN KEY (policy_id) REFERENCES policies (id) ON DELETE CASCADE ON UPDATE CASCADE",
    )
    return (
        Table("admin", "key TEXT PRIMARY KEY NOT NULL", "value INTEGER NOT NULL"),
        Table(
            "policies",
            "id INTEGER NOT NULL PRIMARY KEY",
            "bundle_id TEXT NOT NULL",
            "uuid TEXT NOT NULL",
            "display TEXT NOT NULL",
            constraints=("UNIQUE (bundle_id, uuid)",),
        ),
        Table(
            "active_policy",
            "client TEXT NOT NULL",
            "client_type INTEGER NOT NULL",
            "policy_id INTEGER NOT NULL",
            constraints=("PRIMARY KEY (client, client_type)", keys[1]),
            indexes=("policy_id",),
        ),
        Table(
            "access",
            *columns,
            constraints=keys,
            client_type=0,
            prompt_count=1,
            auth_reason=2,
            auth_version=1,
            indirect_object_identifier="UNUSED" if ios >= 14 else None,
            flags=0,
            boot_uuid="UNUSED",
            last_reminded=0,
        ),
        Table("access_overrides", "service TEXT NOT NULL PRIMARY KEY"),
        Table(
            "expired",
            "service TEXT NOT NULL",
            "client TEXT NOT NULL",
            "client_type INTEGER NOT NULL",
            "csreq BLOB",
            "last_modified INTEGER NOT NULL",
            f"expired_at INTEGER NOT NULL {_NOW}",
            constraints=("PRIMARY KEY (service, client, client_type)",),
        ),
    )


def schema(ios: int) -> str:
    """The statements that make an empty database of this iOS major version."""
    check_ios(ios, VERSIONS)
    number = {12: 15, 13: 17}.get(ios, 20 + ios - 14)
    return ddl(_tables(ios)) + f"INSERT INTO admin VALUES ('version', {number});\n"


def bulk(db: apsw.Connection, ios: int, rows: Iterable[dict[str, Any]]) -> None:
    """Write many permissions in one transaction."""
    with Batch(db, _tables(ios)) as batch:
        for row in rows:
            allowed = bool(row.get("allowed", True))
            values = {
                "service": "kTCCServiceCamera",
                "client": "com.example.camera",
                "last_modified": int(row.get("at", BASE_TIME)),
            }
            if ios >= 14:
                values.update(auth_value=2 if allowed else 0, auth_reason=row.get("reason", 2))
            else:
                values.update(allowed=int(allowed))
            values.update((name, value) for name, value in row.items() if name not in _TAKEN)
            batch.add("access", values)


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Write one permission; see the module for the keys."""
    bulk(db, ios, [row])
