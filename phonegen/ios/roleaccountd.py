"""RootDomain Library/Preferences/roleaccountd.plist: a published file name; that it is there is the trace.

Entry keys: key, value. No content of a real file is published, so the default is an empty dictionary.
"""

from __future__ import annotations

from typing import Any

from phonegen.ios._plists import binary

DOMAIN = "RootDomain"
RELATIVE = "Library/Preferences/roleaccountd.plist"
VERSIONS: tuple[int, ...] = (12,)


def build(ios: int, entries: list[dict[str, Any]]) -> bytes:
    """The file's bytes."""
    return binary({entry["key"]: entry["value"] for entry in entries})
