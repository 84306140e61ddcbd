"""Settings for all programs: HomeDomain Library/Preferences/.GlobalPreferences.plist.

Entry keys: key, value. Lockdown Mode is key "LDMGlobalEnabled" (iOS 16 and later).
Layout: as publicly described.
"""

from __future__ import annotations

from typing import Any

from phonegen.ios._plists import binary

DOMAIN = "HomeDomain"
RELATIVE = "Library/Preferences/.GlobalPreferences.plist"
VERSIONS: tuple[int, ...] = (12, 16)


def build(ios: int, entries: list[dict[str, Any]]) -> bytes:
    """The file's bytes: the usual settings, then the given ones."""
    content: dict[str, Any] = {
        "AppleLanguages": ["en-GB"],
        "AppleLocale": "en_GB",
        "AppleKeyboards": ["en_GB@sw=QWERTY"],
        "AppleICUForce24HourTime": True,
        "PKLogNotificationServiceResponsesKey": False,
    }
    if ios >= 16:
        content["LDMGlobalEnabled"] = False
    content.update((entry["key"], entry["value"]) for entry in entries)
    return binary(content)
