"""Network traffic by process in the power log, and its connections."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, Event
from sousveil.artefacts.sysdiagnose._power import EXPECTED, FORMS, PLACES, layouts, seen, tables
from sousveil.kinds import BundleId, Integer, IpAddress, Label, ProcessName, Role, UnixTime, Url
from sousveil.readers.sqlite import Column
from sousveil.records import Record


class PowerTraffic(Record):
    """Traffic of a process in one interval, one connection, or one transfer in the background."""

    process: ProcessName | None
    bundle: BundleId | None
    pid: Integer | None
    start: UnixTime | None
    until: UnixTime | None
    wifi_in: Integer | None
    """Bytes."""
    wifi_out: Integer | None
    cell_in: Integer | None
    cell_out: Integer | None
    bytes_in: Integer | None
    """Bytes of a transfer in the background."""
    bytes_out: Integer | None
    address: IpAddress | None
    """The other side of a connection."""
    port: Integer | None
    interface: Label | None
    url: Url | None
    """Of a transfer that failed."""


def _program(column: Column) -> Column:
    """`program:[session:task]`: the program."""
    return [value.partition(":[")[0] if isinstance(value, str) else value for value in column]


_READ = tables(
    layouts(
        "PLProcessNetworkAgent_EventInterval_UsageDiff",
        {"process": "ProcessName"},
        {"start": "timestamp", "until": "timestampEnd"},
        optional={
            "bundle": "BundleName",
            "wifi_in": "WifiIn",
            "wifi_out": "WifiOut",
            "cell_in": "CellIn",
            "cell_out": "CellOut",
        },
    ),
    layouts(
        "PLProcessNetworkAgent_EventPoint_Connection",
        {"process": "ProcessName"},
        {"start": "timestamp"},
        optional={
            "pid": "ProcessPID",
            "address": "RemoteAddress",
            "port": "RemotePort",
            "interface": "InterfaceName",
            "wifi_in": "rxWifiBytes",
            "wifi_out": "txWifiBytes",
            "cell_in": "rxCellularBytes",
            "cell_out": "txCellularBytes",
        },
    ),
    layouts(
        "PLXPCAgent_EventPoint_BackgroundTransfer",
        {"process": "bundleID"},
        {"start": "timestamp"},
        optional={
            "url": "errorFailingURL",
            "interface": "interfaceName",
            "bytes_in": "bytesReceived",
            "bytes_out": "bytesSent",
        },
        decode={"process": _program},
    ),
)

ARTEFACT = Artefact(
    name="sysdiagnose.power_traffic",
    title="Network traffic in the power log",
    needs=PLACES,
    acquisitions=FORMS,
    record=PowerTraffic,
    role=Role.RAN,
    read=_READ,
    events=(Event(at="start", says="traffic counted by the power log", shows="process"),),
    expected=EXPECTED,
    seen=seen(_READ),
    means="A published name shows that a program of this name ran and used the network.",
)
