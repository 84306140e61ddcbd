"""WhatsApp's address book: ContactsV2.sqlite.

Row keys: name, given, family, number, jid, lid, username, about, updated (Unix seconds), timer (seconds until messages
disappear), or any column of ZWAADDRESSBOOKCONTACT by its own name. Layout: recalled from public descriptions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, core_data, ddl, fixed_uuid, mac, raw_columns

DOMAIN = "AppDomainGroup-group.net.whatsapp.WhatsApp.shared"
RELATIVE = "ContactsV2.sqlite"
VERSIONS: tuple[int, ...] = (12, 17)


def _table(ios: int) -> Table:
    columns = ["Z_PK INTEGER PRIMARY KEY", "Z_ENT INTEGER", "Z_OPT INTEGER", "ZFAVORITE INTEGER", "ZSYNCSTATUS INTEGER"]
    columns += ["ZABOUTTIMESTAMP TIMESTAMP", "ZLASTUPDATED TIMESTAMP"]
    names = "ZABOUTTEXT ZBUSINESSNAME ZFULLNAME ZGIVENNAME ZHIGHLIGHTEDNAME ZIDENTIFIER ZLASTNAME ZLOCALIZEDPHONENUMBER"
    columns += [f"{name} VARCHAR" for name in f"{names} ZPHONENUMBER ZPHONENUMBERLABEL ZWHATSAPPID".split()]
    if ios >= 17:
        columns += ["ZLID VARCHAR", "ZUSERNAME VARCHAR", "ZDISAPPEARINGMODEDURATION INTEGER"]
        columns += ["ZDISAPPEARINGMODETIMESTAMP TIMESTAMP"]
    return Table("ZWAADDRESSBOOKCONTACT", *columns, indexes=("ZWHATSAPPID",), Z_ENT=1, Z_OPT=1, ZFAVORITE=0)


def schema(ios: int) -> str:
    """The statements that make an empty store of this iOS major version."""
    check_ios(ios, VERSIONS)
    return ddl((_table(ios),)) + core_data("whatsapp contacts", ("WAAddressBookContact",))


def bulk(db: apsw.Connection, ios: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes many contacts in one transaction."""
    with Batch(db, (_table(ios),)) as batch:
        for row in rows:
            key = batch.key(row, "ZWAADDRESSBOOKCONTACT")
            number = row.get("number", "+15555550123")
            values = {
                "Z_PK": key,
                "ZFULLNAME": row.get("name"),
                "ZGIVENNAME": row.get("given"),
                "ZLASTNAME": row.get("family"),
                "ZPHONENUMBER": number,
                "ZLOCALIZEDPHONENUMBER": number,
                "ZWHATSAPPID": row.get("jid", f"{number.lstrip('+')}@s.whatsapp.net"),
                "ZABOUTTEXT": row.get("about"),
                "ZLASTUPDATED": mac(row.get("updated", BASE_TIME)),
                "ZIDENTIFIER": fixed_uuid("contact", key),
            }
            if ios >= 17:
                values |= {"ZLID": row.get("lid"), "ZUSERNAME": row.get("username")}
                values["ZDISAPPEARINGMODEDURATION"] = row.get("timer")
            batch.add("ZWAADDRESSBOOKCONTACT", values | raw_columns(row))


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Writes one contact; see the module for the keys."""
    bulk(db, ios, [row])
