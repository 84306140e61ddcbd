"""Traffic of each program over mobile data, DataUsage.sqlite: the best-known place where implants were found by name.

One table lists programs with their first and last time, the other their traffic. Traffic whose program was deleted
stays in the second: it is read too.
"""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, At, Event, Seen
from sousveil.kinds import BundleId, Integer, MacTime, ProcessName, Real, Role
from sousveil.readers.sqlite import Layout, chain, sqlite
from sousveil.records import Record


class ProcessTraffic(Record):
    """One count of traffic with its program, or a program without one."""

    process: ProcessName | None
    """Name of the program, at times followed by `/` and a bundle id. A name of exactly 16 characters may be cut."""
    bundle: BundleId | None
    first_seen: MacTime | None
    last_seen: MacTime | None
    process_id: Integer | None
    """Row of the program; None where the program's row is gone."""
    live_id: Integer | None
    """Row of the count; None where the program has none."""
    live_process_id: Integer | None
    """The program that the count names."""
    live_time: MacTime | None
    wifi_in: Real | None
    """Bytes. Recent systems do not have these two columns, and in this database they stay empty."""
    wifi_out: Real | None
    wwan_in: Real | None
    """Bytes over mobile data."""
    wwan_out: Real | None
    traffic_kind: Integer | None


_PROCESS = {"process": "ZPROCESS.ZPROCNAME", "process_id": "ZPROCESS.Z_PK"}
_PROCESS_OPTIONAL = {
    "bundle": "ZPROCESS.ZBUNDLENAME",
    "first_seen": "ZPROCESS.ZFIRSTTIMESTAMP",
    "last_seen": "ZPROCESS.ZTIMESTAMP",
}
_LIVE_OPTIONAL = {
    "live_time": "ZLIVEUSAGE.ZTIMESTAMP",
    "wifi_in": "ZLIVEUSAGE.ZWIFIIN",
    "wifi_out": "ZLIVEUSAGE.ZWIFIOUT",
    "wwan_in": "ZLIVEUSAGE.ZWWANIN",
    "wwan_out": "ZLIVEUSAGE.ZWWANOUT",
    "traffic_kind": "ZLIVEUSAGE.ZKIND",
}

USAGE = chain(
    sqlite(
        Layout(
            name="counts",
            source="ZLIVEUSAGE LEFT JOIN ZPROCESS ON ZPROCESS.Z_PK = ZLIVEUSAGE.ZHASPROCESS",
            columns={**_PROCESS, "live_id": "ZLIVEUSAGE.Z_PK", "live_process_id": "ZLIVEUSAGE.ZHASPROCESS"},
            optional={**_PROCESS_OPTIONAL, **_LIVE_OPTIONAL},
            extra=("ZLIVEUSAGE", "ZPROCESS"),
        )
    ),
    sqlite(
        Layout(
            name="programs without counts",
            source="ZPROCESS",
            columns=_PROCESS,
            optional=_PROCESS_OPTIONAL,
            extra=("ZPROCESS",),
            where="ZPROCESS.Z_PK NOT IN (SELECT ZLIVEUSAGE.ZHASPROCESS FROM ZLIVEUSAGE "
            "WHERE ZLIVEUSAGE.ZHASPROCESS IS NOT NULL)",
            selective=True,
        ),
        Layout(
            name="programs",
            source="ZPROCESS",
            columns=_PROCESS,
            optional=_PROCESS_OPTIONAL,
            extra=("ZPROCESS",),
        ),
    ),
)
"""Reader of the two tables; netusage.sqlite of full file system dumps has the same ones."""

ARTEFACT = Artefact(
    name="ios.datausage",
    title="Mobile data of each program",
    needs={"main": (At.ios("/private/var/wireless/Library/Databases/DataUsage.sqlite"),)},
    record=ProcessTraffic,
    role=Role.RAN,
    read=USAGE,
    events=(
        Event(at="first_seen", says="program first counted", shows="process"),
        Event(at="last_seen", says="program last counted", shows="process"),
        Event(at="live_time", says="traffic of a program counted", shows="process"),
    ),
    seen=(
        Seen(versions="iOS 16", basis="seen on a real phone: published test image", verified=True),
        Seen(versions="iOS 12 to 26", basis="layout from the reference tool's output", verified=True),
    ),
    means="A published program name shows that a program of that name ran and used mobile data. Traffic over "
    "Wi-Fi is not counted here, so an absent name does not show that the program never ran.",
)
