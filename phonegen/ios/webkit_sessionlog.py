"""Sites seen by a web view, older form: Library/WebKit/WebsiteData/ResourceLoadStatistics/
full_browsing_session_resourceLog.plist of any app domain (iOS 12 and 13; later versions keep a database).

Entry keys: origin, at (last seen, Unix seconds), interacted, interaction_at, redirects_to, redirects_from,
subframe_under, subresource_under, subresource_redirects_to (lists of origins), prevalent, as_dates (times
as property list dates instead of numbers: the form that the reference tool reads).
Layout: names as WebKit's public source wrote them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from phonegen.ios._plists import binary, date
from phonegen.ios._tables import BASE_TIME

DOMAIN = "AppDomain-com.apple.mobilesafari"
RELATIVE = "Library/WebKit/WebsiteData/ResourceLoadStatistics/full_browsing_session_resourceLog.plist"
VERSIONS: tuple[int, ...] = (12, 13)

_LISTS = (
    ("redirects_to", "topFrameUniqueRedirectsTo"),
    ("redirects_from", "topFrameUniqueRedirectsFrom"),
    ("subframe_under", "subframeUnderTopFrameOrigins"),
    ("subresource_under", "subresourceUnderTopFrameOrigins"),
    ("subresource_redirects_to", "subresourceUniqueRedirectsTo"),
)


def _counted(origins: Iterable[str]) -> list[dict[str, Any]]:
    return [{"origin": origin, "count": 1} for origin in origins]


def build(ios: int, entries: list[dict[str, Any]]) -> bytes:
    """The file's bytes."""
    statistics = []
    for entry in entries:
        at = float(entry.get("at", BASE_TIME))
        interacted = bool(entry.get("interacted", False))
        facts: dict[str, Any] = {
            "PrevalentResourceOrigin": entry.get("origin", "example.com"),
            "lastSeen": at,
            "hadUserInteraction": interacted,
            "mostRecentUserInteraction": float(entry.get("interaction_at", at if interacted else -1.0)),
            "grandfathered": False,
            "isPrevalentResource": bool(entry.get("prevalent", False)),
            "isVeryPrevalentResource": False,
            "dataRecordsRemoved": 0,
            "timesAccessedAsFirstPartyDueToUserInteraction": int(interacted),
            "timesAccessedAsFirstPartyDueToStorageAccessAPI": 0,
        }
        for name, key in _LISTS:
            if entry.get(name):
                facts[key] = _counted(entry[name])
        if entry.get("as_dates"):
            for key in ("lastSeen", "mostRecentUserInteraction"):
                facts[key] = date(facts[key])
        statistics.append(facts)
    return binary(
        {
            "browsingStatistics": statistics,
            "version": 12 if ios < 13 else 15,
            "endOfGrandfatheringTimestamp": BASE_TIME,
            "operatingDates": [],
            "storageAccessUnderTopFrameOrigins": [],
        }
    )
