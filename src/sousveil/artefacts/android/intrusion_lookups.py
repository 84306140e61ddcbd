"""Host names that programs of the phone looked up, in the logs of Intrusion Logging. Private browsing is among them: only
look-ups that match a published indicator are shown, unless full records are asked for."""

from __future__ import annotations

from typing import Any

from sousveil.artefacts.android._intrusion import address_of, intrusion_log
from sousveil.kinds import BundleId, Integer, Label, Lookup, Role, UnixTime
from sousveil.readers.json_rows import number_of, text_of
from sousveil.readers.plists import Row
from sousveil.records import Record

MAX_ADDRESSES = 100
"""Addresses of one answer that are kept."""


class HostLookup(Record):
    """One look-up of a host name (DNS)."""

    phone: Label | None
    """The archive and folder of the log."""
    host: Lookup | None
    addresses: Lookup | None
    """The addresses of the answer, with blanks between them."""
    address_count: Integer | None
    """How many the system counted; the log keeps the first ones."""
    package: BundleId | None
    """The app that asked."""
    event_id: Integer | None
    at: UnixTime | None


def parse(event: dict[str, Any]) -> Row | None:
    """The row of one event."""
    listed = event.get("ip_addresses")
    addresses = [address_of(one)[1] for one in (listed[:MAX_ADDRESSES] if isinstance(listed, list) else [])]
    return Row(
        {
            "host": text_of(event.get("hostname"), 500),
            "addresses": " ".join(filter(None, addresses)) or None,
            "address_count": number_of(event.get("ip_addresses_count")),
            "package": text_of(event.get("package_name"), 255),
            "event_id": number_of(event.get("event_id")),
            "at": number_of(event.get("event_time")),
        }
    )


ARTEFACT = intrusion_log(
    "android.intrusion_lookups",
    "Host names looked up (Intrusion Logging)",
    HostLookup,
    "dns_event",
    parse,
    role=Role.CONTACTED,
    means="An app asked for the address of a published host. Browsers look up the links of a page before anybody opens one. "
    "Android logs only some look-ups, so a missing one shows nothing.",
)
