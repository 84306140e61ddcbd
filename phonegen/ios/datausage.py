"""Traffic per process: WirelessDomain Library/Databases/DataUsage.sqlite, a Core Data store.

Row keys: process (ZPROCNAME), bundle (ZBUNDLENAME), first, last (Unix seconds), at (of the traffic), wifi_in, wifi_out,
wwan_in, wwan_out, kind; live=False leaves out the usage row; process_row=False writes a usage row whose process row
is missing; Z_PK chooses the process id. Rows of one process name and bundle share a process row.
Layout: seen in a database of iOS 16 (five tables with the Wi-Fi columns); before iOS 14 the Wi-Fi columns are taken to
be missing, as in stores of phones that never had Wi-Fi assist; the extra tables are left out there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apsw

from phonegen.ios._tables import BASE_TIME, Batch, Table, check_ios, core_data, ddl, lookup, mac, note_maximum

DOMAIN = "WirelessDomain"
RELATIVE = "Library/Databases/DataUsage.sqlite"
VERSIONS: tuple[int, ...] = (12, 14)

_OLD = ("LiveUsage", "Process")
_NEW = (
    "CheckUpEvent",
    "DemoLiveUsage",
    "Event",
    "EventScene",
    "LiveUsage",
    "Peer",
    "Process",
    "TshootingData",
    "WiFiData",
)
_HEAD = ("Z_PK INTEGER PRIMARY KEY", "Z_ENT INTEGER", "Z_OPT INTEGER")


def _entities(ios: int) -> tuple[str, ...]:
    return _NEW if ios >= 14 else _OLD


def _tables(ios: int) -> tuple[Table, ...]:
    entities = _entities(ios)
    wifi = ("ZWIFIIN FLOAT", "ZWIFIOUT FLOAT") if ios >= 14 else ()
    tables = [
        Table(
            "ZLIVEUSAGE",
            *_HEAD,
            "ZKIND INTEGER",
            "ZMETADATA INTEGER",
            "ZTAG INTEGER",
            "ZHASPROCESS INTEGER",
            "ZBILLCYCLEEND TIMESTAMP",
            "ZTIMESTAMP TIMESTAMP",
            *wifi,
            "ZWWANIN FLOAT",
            "ZWWANOUT FLOAT",
            indexes=("ZHASPROCESS",),
            Z_ENT=entities.index("LiveUsage") + 1,
            Z_OPT=2,
            ZMETADATA=0,
            ZTAG=1,
        ),
        Table(
            "ZPROCESS",
            *_HEAD,
            "ZFIRSTTIMESTAMP TIMESTAMP",
            "ZTIMESTAMP TIMESTAMP",
            "ZBUNDLENAME VARCHAR",
            "ZPROCNAME VARCHAR",
            Z_ENT=entities.index("Process") + 1,
            Z_OPT=1,
        ),
    ]
    if ios >= 14:
        tables += [
            Table("ZCHECKUPEVENT", *_HEAD, "ZTIMESTAMP TIMESTAMP", "ZSYNDROMEID VARCHAR"),
            Table(
                "ZDEMOLIVEUSAGE",
                *_HEAD,
                "ZINCARNATION INTEGER",
                "ZWIFIIN INTEGER",
                "ZWIFIOUT INTEGER",
                "ZWWANIN INTEGER",
                "ZWWANOUT INTEGER",
                "ZTIMESTAMP TIMESTAMP",
            ),
            Table(
                "ZPEER",
                *_HEAD,
                "ZADDRESS INTEGER",
                "ZDSTPORT INTEGER",
                "ZWITHEVENT INTEGER",
                "ZTIMESTAMP TIMESTAMP",
                "ZFQDN VARCHAR",
            ),
        ]
    return tuple(tables)


def schema(ios: int) -> str:
    """The statements that make an empty store of this iOS major version."""
    check_ios(ios, VERSIONS)
    return ddl(_tables(ios)) + core_data("datausage", _entities(ios))


def bulk(db: apsw.Connection, ios: int, rows: Iterable[dict[str, Any]]) -> None:
    """Write many rows in one transaction."""
    with Batch(db, _tables(ios)) as batch:
        known = {
            (name, bundle): key for key, name, bundle in db.execute("SELECT Z_PK, ZPROCNAME, ZBUNDLENAME FROM ZPROCESS")
        }
        # The id of a process row that was left out must not go to the next process, or the trace is gone.
        gone = db.execute(
            "SELECT max(ifnull(max(ZHASPROCESS), 0), (SELECT Z_MAX FROM Z_PRIMARYKEY WHERE Z_NAME = ?))"
            " FROM ZLIVEUSAGE",
            ("Process",),
        ).get
        batch.reserve("ZPROCESS", gone)
        for row in rows:
            _add(batch, ios, row, known)
        batch.flush()
        note_maximum(db, "LiveUsage", "ZLIVEUSAGE")
        note_maximum(db, "Process", "ZPROCESS")


def _add(batch: Batch, ios: int, row: dict[str, Any], known: dict[tuple[Any, Any], int]) -> None:
    name, bundle = row.get("process", "mDNSResponder"), row.get("bundle")
    at = row.get("at", row.get("last", BASE_TIME))
    key = known.get((name, bundle)) if row.get("Z_PK") is None and row.get("process_row", True) else None
    if key is None:
        key = batch.key(row, "ZPROCESS")
        if row.get("process_row", True):
            known[(name, bundle)] = key
            batch.add(
                "ZPROCESS",
                {
                    "Z_PK": key,
                    "ZFIRSTTIMESTAMP": mac(row.get("first", at)),
                    "ZTIMESTAMP": mac(row.get("last", at)),
                    "ZBUNDLENAME": bundle,
                    "ZPROCNAME": name,
                },
            )
    if not row.get("live", True):
        return
    usage = {
        "Z_PK": batch.new_id("ZLIVEUSAGE"),
        "ZKIND": row.get("kind", 0),
        "ZHASPROCESS": key,
        "ZTIMESTAMP": mac(at),
        "ZWWANIN": float(row.get("wwan_in", 1024.0)),
        "ZWWANOUT": float(row.get("wwan_out", 512.0)),
    }
    if ios >= 14:
        usage.update(ZWIFIIN=float(row.get("wifi_in", 0.0)), ZWIFIOUT=float(row.get("wifi_out", 0.0)))
    batch.add("ZLIVEUSAGE", usage)


def insert(db: apsw.Connection, ios: int, **row: Any) -> None:
    """Write one process with one usage row; see the module for the keys."""
    bulk(db, ios, [row])


def process_ids(db: apsw.Connection) -> dict[str, int]:
    """The process ids by process name, for a test that wants to remove or check one."""
    return lookup(db, "SELECT ZPROCNAME, Z_PK FROM ZPROCESS")
