"""WhatsApp's hidden identifiers: LID.sqlite, which maps "...@lid" JIDs to phone numbers.

Row keys: lid ("...@lid"), number, created (Unix seconds), or any column of ZWAZACCOUNT by its own name.
Layout: ZWAPHONENUMBERLIDPAIR in older versions of the app, ZWAZACCOUNT in newer ones (here from iOS 18 on), as public
readers of them use the two tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, core_data, ddl, mac, raw_columns

DOMAIN = "AppDomainGroup-group.net.whatsapp.WhatsApp.shared"
RELATIVE = "LID.sqlite"
VERSIONS: tuple[int, ...] = (15, 18)

_CORE = ("Z_PK INTEGER PRIMARY KEY", "Z_ENT INTEGER", "Z_OPT INTEGER")


def _table(ios: int) -> Table:
    if ios >= 18:
        columns = ("ZCREATEDAT TIMESTAMP", "ZDISPLAYNAME VARCHAR", "ZIDENTIFIER VARCHAR", "ZPHONENUMBER VARCHAR")
        return Table("ZWAZACCOUNT", *_CORE, *columns, Z_ENT=1, Z_OPT=1)
    return Table(
        "ZWAPHONENUMBERLIDPAIR",
        *_CORE,
        "ZTIMESTAMP TIMESTAMP",
        "ZLID VARCHAR",
        "ZPHONENUMBER VARCHAR",
        Z_ENT=1,
        Z_OPT=1,
    )


def schema(ios: int) -> str:
    """The statements that make an empty store of this iOS major version."""
    check_ios(ios, VERSIONS)
    return ddl((_table(ios),)) + core_data("lid", ("WAZAccount" if ios >= 18 else "WAPhoneNumberLidPair",))


def bulk(db: apsw.Connection, ios: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes many accounts in one transaction."""
    table = _table(ios)
    with Batch(db, (table,)) as batch:
        for row in rows:
            values = {"Z_PK": batch.key(row, table.name), "ZPHONENUMBER": row.get("number")}
            if ios >= 18:
                values |= {"ZIDENTIFIER": row.get("lid"), "ZCREATEDAT": mac(row.get("created", BASE_TIME))}
            else:
                values |= {"ZLID": row.get("lid"), "ZTIMESTAMP": mac(row.get("created", BASE_TIME))}
            batch.add(table.name, values | raw_columns(row))


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Writes one account; see the module for the keys."""
    bulk(db, ios, [row])
