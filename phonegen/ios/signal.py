"""What a backup can hold of Signal: group preferences; its database is ciphertext without the keychain's key.

Signal keeps its database out of backups, so a normal phone has the preferences only; `database` is for tests that a
file of noise under a database's name is not called damaged. Entry keys of `build`: key, value.
Layout: file names as publicly described; the database is SQLCipher: no readable header, whole 4096-byte pages.
"""

from __future__ import annotations

from typing import Any

from phonegen.ios._plists import binary
from phonegen.ios._tables import fixed_bytes, fixed_uuid

DOMAIN = "AppDomainGroup-group.org.whispersystems.signal.group"
RELATIVE = "Library/Preferences/group.org.whispersystems.signal.group.plist"
DATABASE_RELATIVE = "grdb/signal.sqlite"
APP_DOMAIN = "AppDomain-org.whispersystems.signal"
VERSIONS: tuple[int, ...] = (12,)


def build(ios: int, entries: list[dict[str, Any]]) -> bytes:
    """The bytes of the group's preferences."""
    content: dict[str, Any] = {
        "isRegistered": True,
        "deviceIdentifier": fixed_uuid("signal-device"),
        "OWSPreferencesKeyNotificationPreviewType": 2,
    }
    content.update((entry["key"], entry["value"]) for entry in entries)
    return binary(content)


def database(pages: int = 4, salt: str = "signal") -> bytes:
    """`pages` pages of noise: the file as a backup would show it."""
    return fixed_bytes(4096 * pages, "sqlcipher", salt)
