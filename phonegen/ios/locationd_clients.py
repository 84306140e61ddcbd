"""Programs that asked for the place: RootDomain Library/Caches/locationd/clients.plist.

Entry keys: client (the dictionary key; by default the bundle id), bundle, bundle_path, executable, registered,
at (Unix seconds, for LocationTimeStopped), times (dictionary: key name to Unix seconds), extra (dictionary), or
is_bundle=True for a system bundle, whose key is a path.
Layout: keys are bundle ids or bundle paths; from iOS 16 they carry a one-letter kind in front and a colon behind
("icom.example.app:", "p/System/..."), as publicly described.
"""

from __future__ import annotations

from typing import Any

from phonegen.ios._plists import binary
from phonegen.ios._tables import BASE_TIME, mac

DOMAIN = "RootDomain"
RELATIVE = "Library/Caches/locationd/clients.plist"
VERSIONS: tuple[int, ...] = (12, 16)

TIMES = (
    "BeaconRegionTimeStopped",
    "ConsumptionPeriodBegin",
    "FenceTimeStarted",
    "FenceTimeStopped",
    "LocationTimeStarted",
    "LocationTimeStopped",
    "ReceivingLocationInformationTimeStopped",
    "SignificantTimeStarted",
    "SignificantTimeStopped",
    "TimeMissing",
)


def client_key(ios: int, bundle: str | None, bundle_path: str | None) -> str:
    """The dictionary key of a client in this iOS major version."""
    if bundle_path is not None and bundle_path.startswith("/System"):
        return f"p{bundle_path}:" if ios >= 16 else bundle_path
    return f"i{bundle}:" if ios >= 16 else str(bundle)


def build(ios: int, entries: list[dict[str, Any]]) -> bytes:
    """The file's bytes."""
    content: dict[str, Any] = {}
    for entry in entries:
        bundle, path = entry.get("bundle"), entry.get("bundle_path")
        if bundle is None and path is None:
            bundle = "com.example.maps"
        facts: dict[str, Any] = {
            "Authorization": entry.get("authorization", 2),
            "Whitelisted": False,
            "LocationTimeStopped": mac(entry.get("at", BASE_TIME)),
        }
        for key, value in (
            ("BundleId", bundle),
            ("BundlePath", path),
            ("Executable", entry.get("executable")),
            ("Registered", entry.get("registered")),
        ):
            if value is not None:
                facts[key] = value
        facts.update((key, mac(value)) for key, value in entry.get("times", {}).items())
        facts.update(entry.get("extra", {}))
        content[entry.get("client", client_key(ios, bundle, path))] = facts
    return binary(content)
