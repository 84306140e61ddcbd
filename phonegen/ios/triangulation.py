"""Files whose change, close to other events, belongs to the published Triangulation pattern.

They are there on clean phones too: only the times in the manifest, close together, matter. `FILES` lists them;
`events` gives the parts of a burst that are rows of other files. Entry keys of `build`: key, value.
"""

from __future__ import annotations

from typing import Any

from phonegen.ios._plists import binary

DOMAIN = "RootDomain"
RELATIVE = "Library/Preferences/com.apple.ImageIO.plist"
VERSIONS: tuple[int, ...] = (12,)

FILES: tuple[tuple[str, str], ...] = (
    ("RootDomain", "Library/Preferences/com.apple.ImageIO.plist"),
    ("HomeDomain", "Library/Preferences/com.apple.locationd.StatusBarIconManager.plist"),
    ("HomeDomain", "Library/Preferences/com.apple.imservice.ids.FaceTime.plist"),
)
PROCESSES: tuple[tuple[str, str | None], ...] = (
    ("nehelper", None),
    ("com.apple.WebKit.WebContent", None),
    ("powerd/com.apple.datausage.diagnostics", "com.apple.datausage.diagnostics"),
    ("lockdownd/com.apple.datausage.security", "com.apple.datausage.security"),
)
LOCATION_BUNDLES: tuple[str, ...] = (
    "/System/Library/LocationBundles/IonosphereHarvest.bundle",
    "/System/Library/LocationBundles/WRMLinkSelection.bundle",
)


def build(ios: int, entries: list[dict[str, Any]]) -> bytes:
    """The bytes of any of `FILES`."""
    return binary({entry["key"]: entry["value"] for entry in entries})


def datausage_rows(at: float, count: int = len(PROCESSES)) -> list[dict[str, Any]]:
    """Rows for the traffic database: the processes of the pattern, one second apart from `at` (Unix seconds)."""
    return [
        {"process": name, "bundle": bundle, "first": at + number, "last": at + number, "at": at + number}
        for number, (name, bundle) in enumerate(PROCESSES[:count])
    ]


def location_entries(at: float, count: int = len(LOCATION_BUNDLES)) -> list[dict[str, Any]]:
    """Entries for clients.plist: the location bundles of the pattern, stopped at `at` (Unix seconds)."""
    return [{"bundle_path": path, "at": at + number} for number, path in enumerate(LOCATION_BUNDLES[:count])]
