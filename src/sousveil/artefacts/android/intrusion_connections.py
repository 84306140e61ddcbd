"""Connections that programs of the phone opened, in the logs of Intrusion Logging. Private browsing is among them: only
connections that match a published indicator are shown, unless full records are asked for."""

from __future__ import annotations

from typing import Any

from sousveil.artefacts.android._intrusion import address_of, intrusion_log
from sousveil.kinds import BundleId, Integer, Label, Lookup, Role, UnixTime
from sousveil.readers.json_rows import number_of, text_of
from sousveil.readers.plists import Row
from sousveil.records import Record


class Connection(Record):
    """One connection that an app opened (TCP)."""

    phone: Label | None
    """The archive and folder of the log."""
    host: Lookup | None
    """The name that the log gives beside the address, mostly none."""
    address: Lookup | None
    port: Integer | None
    package: BundleId | None
    event_id: Integer | None
    at: UnixTime | None


def parse(event: dict[str, Any]) -> Row | None:
    """The row of one event."""
    host, address = address_of(event.get("ip_address"))
    return Row(
        {
            "host": host,
            "address": address,
            "port": number_of(event.get("port")),
            "package": text_of(event.get("package_name"), 255),
            "event_id": number_of(event.get("event_id")),
            "at": number_of(event.get("event_time")),
        }
    )


ARTEFACT = intrusion_log(
    "android.intrusion_connections",
    "Connections (Intrusion Logging)",
    Connection,
    "connect_event",
    parse,
    role=Role.CONTACTED,
    means="An app opened a connection to a published address. Several sites may share one address.",
)
