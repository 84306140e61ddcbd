"""Installed configuration profiles: settings, certificates and management that somebody put on the phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import Flag, Json, Label, ProfileId, Role, Text, UnixTime
from sousveil.readers.plist import PlistValue
from sousveil.readers.plists import Row, as_dict, plist_rows, row_of
from sousveil.records import Record
from sousveil.texts import t


class ConfigurationProfile(Record):
    """One profile. A malformed one shows what it holds; what it lacks is None."""

    profile_id: ProfileId | None
    """PayloadUUID, by which profiles are published."""
    identifier: ProfileId | None
    """PayloadIdentifier."""
    name: Text | None
    organization: Text | None
    description: Text | None
    payload_types: Label | None
    """Types of all payloads at any depth, one a line, none twice."""
    payloads: Json | None
    """PayloadContent, whole."""
    installed: UnixTime | None
    removal_disallowed: Flag | None
    by_mdm: Flag | None
    """1: device management installed it."""
    encrypted: Flag | None
    version: Label | None


_FIELDS = {
    "PayloadUUID": "profile_id",
    "PayloadIdentifier": "identifier",
    "PayloadDisplayName": "name",
    "PayloadOrganization": "organization",
    "PayloadDescription": "description",
    "PayloadContent": "payloads",
    "InstallDate": "installed",
    "PayloadRemovalDisallowed": "removal_disallowed",
    "WasEncrypted": "encrypted",
    "PayloadVersion": "version",
}
DOMAIN = "SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles"
_OLD_FOLDERS = (
    At.ios("/private/var/mobile/Library/UserConfigurationProfiles/profile-*"),
    At.ios("/private/var/mobile/Library/ConfigurationProfiles/profile-*"),
)
_MAX_TYPES = 500


def payload_types(content: PlistValue) -> list[str]:
    """Every PayloadType below a value, in order, none twice."""
    found: dict[str, None] = {}
    entered: set[int] = set()
    stack: list[Any] = [content]
    while stack and len(found) < _MAX_TYPES:
        value = stack.pop()
        if isinstance(value, dict | list):
            if id(value) in entered:
                continue
            entered.add(id(value))
            kind = value.get("PayloadType") if isinstance(value, dict) else None
            if isinstance(kind, str) and kind:
                found[kind[:200]] = None
            stack.extend(reversed(list(value.values()) if isinstance(value, dict) else value))
    return list(found)


def parse(value: PlistValue, context: Context) -> Iterator[Row]:
    """One row for the one profile of a file."""
    if not isinstance(value, dict):
        raise Unsupported(t("error.configuration_profiles.profile_dictionary_settings"))
    row = row_of(value, _FIELDS)
    row["payload_types"] = "\n".join(payload_types(value.get("PayloadContent"))) or None
    row["by_mdm"] = as_dict(value.get("InstallOptions")).get("installedByMDM")
    yield row


ARTEFACT = Artefact(
    name="ios.configuration_profiles",
    title="Configuration profiles",
    needs={
        "main": (
            At.backup(DOMAIN, "Library/ConfigurationProfiles/profile-*"),
            *_OLD_FOLDERS,
        )
    },
    record=ConfigurationProfile,
    role=Role.INSTALLED,
    read=plist_rows(parse),
    events=(Event(at="installed", says="configuration profile installed", shows="payload_types"),),
    expected=Expected(optional="only phones on which a profile was installed have one"),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="layout from the reference tool's output; payload keys as Apple documents them",
            verified=True,
        ),
        Seen(
            versions="iOS 7 and earlier",
            basis="the folder from published descriptions, the names of files in it recalled; payload keys are the same",
            verified=False,
            places=_OLD_FOLDERS,
        ),
    ),
    means="A profile changes settings, trusts certificates or hands the phone to a manager. Schools and "
    "employers use them; a published identifier shows that the profile of a campaign was installed.",
)
