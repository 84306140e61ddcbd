"""Installed configuration profiles: one file profile-*.stub per profile.

Entry keys: uuid, identifier, name, organization, at (install time, Unix seconds), payloads (list of dictionaries;
a text is taken as a payload type), removable, drop (names of top-level keys to leave out, for malformed profiles),
extra (dictionary). Layout: payload keys as Apple documents them, stub keys as publicly described.
"""

from __future__ import annotations

import hashlib
from typing import Any

from phonegen.ios._plists import binary, date
from phonegen.ios._tables import fixed_uuid

DOMAIN = "SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles"
FOLDER = "Library/ConfigurationProfiles"
VERSIONS: tuple[int, ...] = (12,)


def relative(identifier: str) -> str:
    """Where the stub of the profile with this identifier lies (the name is a hash of it)."""
    return f"{FOLDER}/profile-{hashlib.sha256(identifier.encode()).hexdigest()}.stub"


RELATIVE = relative("com.example.profile")


def _payload(item: Any, number: int, identifier: str) -> dict[str, Any]:
    facts = {"PayloadType": item} if isinstance(item, str) else dict(item)
    facts.setdefault("PayloadType", "com.apple.wifi.managed")
    facts.setdefault("PayloadUUID", fixed_uuid("payload", identifier, number))
    facts.setdefault("PayloadIdentifier", f"{identifier}.{number}")
    facts.setdefault("PayloadVersion", 1)
    return facts


def build(ios: int, entries: list[dict[str, Any]]) -> bytes:
    """The bytes of one stub; `entries` holds exactly one profile (a stub is one profile)."""
    (entry,) = entries or [{}]
    identifier = entry.get("identifier", "com.example.profile")
    content: dict[str, Any] = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": identifier,
        "PayloadUUID": entry.get("uuid", fixed_uuid("profile", identifier)),
        "PayloadDisplayName": entry.get("name", "Example Wi-Fi"),
        "PayloadOrganization": entry.get("organization", "Example School"),
        "PayloadRemovalDisallowed": not entry.get("removable", True),
        "PayloadContent": [
            _payload(item, number, identifier)
            for number, item in enumerate(entry.get("payloads", ["com.apple.wifi.managed"]))
        ],
        "InstallDate": date(entry.get("at")),
        "InstallOptions": {"installedByMDM": False},
        "WasEncrypted": False,
    }
    content.update(entry.get("extra", {}))
    for name in entry.get("drop", ()):
        del content[name]
    return binary(content)
