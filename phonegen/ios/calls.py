"""Call history: HomeDomain Library/CallHistoryDB/CallHistory.storedata, a Core Data store.

Row keys: at, address, duration (seconds), outgoing, answered, provider, service ("phone", "audio", "video"),
location, country, name, participants (further addresses), or any ZCALLRECORD column by its own name.
Layout: recalled from public descriptions of ZCALLRECORD; addresses are bytes up to iOS 12 and text later.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw

from phonegen.ios._tables import (
    BASE_TIME,
    Batch,
    Table,
    check_ios,
    core_data,
    ddl,
    fixed_uuid,
    lookup,
    mac,
    note_maximum,
    raw_columns,
)

DOMAIN = "HomeDomain"
RELATIVE = "Library/CallHistoryDB/CallHistory.storedata"
VERSIONS: tuple[int, ...] = (12, 13, 14, 16, 18)

CALL_TYPES = {"phone": 1, "video": 8, "audio": 16}
_ENTITIES = ("CallDBProperties", "CallRecord", "EmergencyMediaItem", "Handle")


def _tables(ios: int) -> tuple[Table, ...]:
    columns = [
        "Z_PK INTEGER PRIMARY KEY",
        "Z_ENT INTEGER",
        "Z_OPT INTEGER",
        "ZANSWERED INTEGER",
        "ZCALL_CATEGORY INTEGER",
        "ZCALLTYPE INTEGER",
        "ZDISCONNECTED_CAUSE INTEGER",
        "ZFACE_TIME_DATA INTEGER",
        "ZNUMBER_AVAILABILITY INTEGER",
        "ZORIGINATED INTEGER",
        "ZREAD INTEGER",
        "ZHANDLE_TYPE INTEGER",
    ]
    if ios >= 13:
        columns += ["ZFILTERED_OUT_REASON INTEGER", "ZJUNKCONFIDENCE INTEGER", "ZVERIFICATIONSTATUS INTEGER"]
    if ios >= 16:
        columns += [
            "ZAUTOANSWERED_REASON INTEGER",
            "ZHASMESSAGE INTEGER",
            "ZSCREENSHARINGTYPE INTEGER",
            "ZUSEDEMERGENCYVIDEOSTREAMING INTEGER",
            "ZWASEMERGENCYCALL INTEGER",
        ]
    if ios >= 18:
        columns += ["ZCALLDIRECTORYIDENTITYTYPE INTEGER", "ZCOMMUNICATIONTRUSTSCORE INTEGER"]
    columns += ["ZDATE TIMESTAMP", "ZDURATION FLOAT"]
    columns += [
        "ZADDRESS VARCHAR" if ios >= 13 else "ZADDRESS BLOB",
        "ZDEVICE_ID VARCHAR",
        "ZISO_COUNTRY_CODE VARCHAR",
        "ZLOCATION VARCHAR",
        "ZNAME VARCHAR",
        "ZSERVICE_PROVIDER VARCHAR",
        "ZUNIQUE_ID VARCHAR",
    ]
    if ios >= 14:
        columns += [
            "ZBLOCKEDBYEXTENSION VARCHAR",
            "ZLOCALPARTICIPANTUUID BLOB",
            "ZOUTGOINGLOCALPARTICIPANTUUID BLOB",
            "ZPARTICIPANTGROUPUUID BLOB",
        ]
    if ios >= 16:
        columns += ["ZIMAGEURL VARCHAR"]
    tables = [
        Table(
            "ZCALLDBPROPERTIES",
            "Z_PK INTEGER PRIMARY KEY",
            "Z_ENT INTEGER",
            "Z_OPT INTEGER",
            "ZTIMER_ALL FLOAT",
            "ZTIMER_INCOMING FLOAT",
            "ZTIMER_LAST FLOAT",
            "ZTIMER_LAST_RESET FLOAT",
            "ZTIMER_LIFETIME FLOAT",
            "ZTIMER_OUTGOING FLOAT",
        ),
        Table(
            "ZCALLRECORD",
            *columns,
            indexes=("ZDATE",),
            Z_ENT=2,
            Z_OPT=1,
            ZCALL_CATEGORY=1,
            ZNUMBER_AVAILABILITY=0,
            ZREAD=1,
        ),
    ]
    if ios >= 13:
        tables.append(
            Table(
                "ZHANDLE",
                "Z_PK INTEGER PRIMARY KEY",
                "Z_ENT INTEGER",
                "Z_OPT INTEGER",
                "ZTYPE INTEGER",
                "ZNORMALIZEDVALUE VARCHAR",
                "ZVALUE VARCHAR",
                Z_ENT=4,
                Z_OPT=1,
            )
        )
        tables.append(
            Table(
                "Z_2REMOTEPARTICIPANTHANDLES",
                "Z_2REMOTEPARTICIPANTCALLS INTEGER",
                "Z_4REMOTEPARTICIPANTHANDLES INTEGER",
                constraints=("PRIMARY KEY (Z_2REMOTEPARTICIPANTCALLS, Z_4REMOTEPARTICIPANTHANDLES)",),
            )
        )
    return tuple(tables)


def schema(ios: int) -> str:
    """The statements that make an empty store of this iOS major version."""
    check_ios(ios, VERSIONS)
    return ddl(_tables(ios)) + core_data("calls", _ENTITIES)


def bulk(db: apsw.Connection, ios: int, rows: Iterable[dict[str, Any]]) -> None:
    """Write many calls in one transaction."""
    with Batch(db, _tables(ios)) as batch:
        handles = lookup(db, "SELECT ZVALUE, Z_PK FROM ZHANDLE") if ios >= 13 else {}
        for row in rows:
            _add(batch, ios, row, handles)
        batch.flush()
        note_maximum(db, "CallRecord", "ZCALLRECORD")
        if ios >= 13:
            note_maximum(db, "Handle", "ZHANDLE")


def _add(batch: Batch, ios: int, row: dict[str, Any], handles: dict[Any, Any]) -> None:
    key = batch.key(row, "ZCALLRECORD")
    address = row.get("address", "+15555550123")
    service = row.get("service", "phone")
    default_provider = "com.apple.Telephony" if service == "phone" else "com.apple.FaceTime"
    outgoing = bool(row.get("outgoing", False))
    stored = address.encode() if ios < 13 and isinstance(address, str) else address
    values = {
        "Z_PK": key,
        "ZDATE": mac(row.get("at", BASE_TIME)),
        "ZDURATION": float(row.get("duration", 60.0)),
        "ZADDRESS": stored,
        "ZORIGINATED": int(outgoing),
        "ZANSWERED": int(row.get("answered", not outgoing)),
        "ZCALLTYPE": CALL_TYPES[service],
        "ZHANDLE_TYPE": 3 if "@" in str(address) else 2,
        "ZSERVICE_PROVIDER": row.get("provider", default_provider),
        "ZLOCATION": row.get("location"),
        "ZISO_COUNTRY_CODE": row.get("country", "us"),
        "ZNAME": row.get("name"),
        "ZUNIQUE_ID": fixed_uuid("call", key),
        **raw_columns(row),
    }
    batch.add("ZCALLRECORD", values)
    if ios >= 13:
        people = dict.fromkeys(filter(None, [address, *row.get("participants", ())]))
        for person in people:
            if person not in handles:
                handles[person] = batch.new_id("ZHANDLE")
                batch.add(
                    "ZHANDLE",
                    {
                        "Z_PK": handles[person],
                        "ZVALUE": person,
                        "ZNORMALIZEDVALUE": person,
                        "ZTYPE": 3 if "@" in str(person) else 2,
                    },
                )
            batch.add(
                "Z_2REMOTEPARTICIPANTHANDLES",
                {"Z_2REMOTEPARTICIPANTCALLS": key, "Z_4REMOTEPARTICIPANTHANDLES": handles[person]},
            )


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Write one call; see the module for the keys."""
    bulk(db, ios, [row])
