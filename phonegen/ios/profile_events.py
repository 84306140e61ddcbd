"""What happened to profiles: MCProfileEvents.plist of the configuration profiles group.

Entry keys: profile (identifier), at (Unix seconds), operation ("install", "remove"), process.
Layout: ProfileEvents is a list of one-key dictionaries, profile identifier to facts, as publicly described.
"""

from __future__ import annotations

from typing import Any

from phonegen.ios._plists import binary, date

DOMAIN = "SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles"
RELATIVE = "Library/ConfigurationProfiles/MCProfileEvents.plist"
VERSIONS: tuple[int, ...] = (12,)


def build(ios: int, entries: list[dict[str, Any]]) -> bytes:
    """The file's bytes."""
    events = [
        {
            entry.get("profile", "com.example.profile"): {
                "Operation": entry.get("operation", "install"),
                "Process": entry.get("process", "profiled"),
                "timestamp": date(entry.get("at")),
            }
        }
        for entry in entries
    ]
    return binary({"ProfileEvents": events})
