"""Installed applications: what Info.plist of a backup says of them (iTunesMetadata per bundle id).

Entry keys of `build` and `application_metadata`: bundle_id, name, artist, version, at (purchase time, Unix seconds),
source_app (None leaves it out), apple_id, extra (dictionary), drop (keys to leave out).
Layout: as publicly described. The metadata is itself a property list inside Info.plist's Applications dictionary.
"""

from __future__ import annotations

from typing import Any

from phonegen.ios._plists import binary, date
from phonegen.ios._tables import fixed_bytes

DOMAIN = ""
RELATIVE = "Info.plist"
VERSIONS: tuple[int, ...] = (12,)

APP_STORE = "com.apple.AppStore"


def application_metadata(**entry: Any) -> bytes:
    """The iTunesMetadata property list of one application."""
    bundle_id = entry.get("bundle_id", "com.example.app")
    name = entry.get("name", "Example")
    content: dict[str, Any] = {
        "softwareVersionBundleId": bundle_id,
        "itemName": name,
        "title": name,
        "artistName": entry.get("artist", "Example Software"),
        "bundleShortVersionString": entry.get("version", "1.0"),
        "bundleVersion": entry.get("version", "1.0"),
        "genre": "Utilities",
        "kind": "software",
        "itemId": 1_000_000_000 + int.from_bytes(fixed_bytes(3, "item", bundle_id), "big"),
        "releaseDate": "2020-01-01T00:00:00Z",
        "com.apple.iTunesStore.downloadInfo": {
            "accountInfo": {"AppleID": entry.get("apple_id", "alex@example.com"), "DSPersonID": 1},
            "purchaseDate": date(entry.get("at")).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "sourceApp": entry.get("source_app", APP_STORE),
    }
    content.update(entry.get("extra", {}))
    for key in entry.get("drop", ()):
        content.pop(key, None)
    return binary({key: value for key, value in content.items() if value is not None})


def info_keys(ios: int, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The keys `Applications` and `Installed Applications` for a backup's Info.plist."""
    applications = {}
    for entry in entries:
        bundle_id = entry.get("bundle_id", "com.example.app")
        applications[bundle_id] = {
            "iTunesMetadata": application_metadata(**entry),
            "PlaceholderIcon": b"\x89PNG\r\n\x1a\n" + fixed_bytes(56, "icon", bundle_id),
            "ApplicationSINF": fixed_bytes(64, "sinf", bundle_id),
        }
    return {"Applications": applications, "Installed Applications": sorted(applications)}


def build(ios: int, entries: list[dict[str, Any]]) -> bytes:
    """A property list with just `info_keys`, for tests; the backup writer puts the keys into its own Info.plist."""
    return binary(info_keys(ios, entries))
