"""Look-ups of people's accounts: HomeDomain Library/Preferences/com.apple.identityservices.idstatuscache.plist.

Entry keys: user ("mailto:someone@example.com", "tel:+15555550123"), service, at (Unix seconds), status, expiry
(seconds). Layout: seen in a real file. No longer fed since iOS 14.7, but kept.
"""

from __future__ import annotations

from typing import Any

from phonegen.ios._plists import binary
from phonegen.ios._tables import BASE_TIME, mac

DOMAIN = "HomeDomain"
RELATIVE = "Library/Preferences/com.apple.identityservices.idstatuscache.plist"
VERSIONS: tuple[int, ...] = (12,)


def build(ios: int, entries: list[dict[str, Any]]) -> bytes:
    """The file's bytes."""
    content: dict[str, Any] = {"CacheVersion": 1, "com.apple.private.alloy.sms": {}}
    for entry in entries:
        facts = {"IDStatus": entry.get("status", 1), "LookupDate": mac(entry.get("at", BASE_TIME))}
        if "expiry" in entry:
            facts["ValidExpiry"] = float(entry["expiry"])
        content.setdefault(entry.get("service", "com.apple.madrid"), {})[entry.get("user", "tel:+15555550123")] = facts
    return binary(content)
