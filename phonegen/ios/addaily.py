"""Traffic since the last daily report: HomeDomain Library/Preferences/com.apple.osanalytics.addaily.plist.

Entry keys: process, at (Unix seconds), wifi_in, wifi_out, wwan_in, wwan_out (bytes).
Layout: netUsageBaseline maps a process name to [date, four byte counts], as publicly described.
"""

from __future__ import annotations

from typing import Any

from phonegen.ios._plists import binary, date

DOMAIN = "HomeDomain"
RELATIVE = "Library/Preferences/com.apple.osanalytics.addaily.plist"
VERSIONS: tuple[int, ...] = (12,)


def build(ios: int, entries: list[dict[str, Any]]) -> bytes:
    """The file's bytes."""
    baseline: dict[str, list[Any]] = {}
    for entry in entries:
        baseline[entry.get("process", "mDNSResponder")] = [
            date(entry.get("at")),
            *(
                float(entry.get(name, default))
                for name, default in (("wifi_in", 2048), ("wifi_out", 1024), ("wwan_in", 0), ("wwan_out", 0))
            ),
        ]
    return binary({"netUsageBaseline": baseline, "appUsageBaseline": {}, "lastPostDate": date(None)})
