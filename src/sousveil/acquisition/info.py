"""What the property lists beside a backup's files say: the phone, the state of the backup, its keybag.

Each of them may be missing or broken; what the others allow is still read, and `limits` says what is not whole.
"""

from __future__ import annotations

import datetime
import os
import plistlib
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from sousveil.acquisition.content import open_member
from sousveil.acquisition.model import Device, Limit, Member, whole
from sousveil.errors import Missing, SousveilError

MAX_PLIST = 64 << 20
"""Bytes of one property list at most; Info.plist holds icons."""
MAX_APPS = 20_000
INFO_FILES = ("Info.plist", "Manifest.plist", "Status.plist")


@dataclass(slots=True, kw_only=True)
class BackupInfo:
    """The three property lists, as far as they could be read."""

    info: dict[str, Any]
    manifest: dict[str, Any]
    status: dict[str, Any]
    limits: list[Limit] = field(default_factory=list)
    """What is not whole."""

    @property
    def says_encrypted(self) -> bool | None:
        """`IsEncrypted`, or None where Manifest.plist does not say."""
        value = self.manifest.get("IsEncrypted")
        return bool(value) if isinstance(value, int) else None

    def data(self, name: str) -> bytes | None:
        """A data value of Manifest.plist (`BackupKeyBag`, `ManifestKey`)."""
        value = self.manifest.get(name)
        return value if isinstance(value, bytes) else None

    def device(self) -> Device:
        """The phone, as the backup states it."""
        locked = self.manifest.get("Lockdown")
        lockdown = locked if isinstance(locked, dict) else {}
        return Device(
            product_type=_text(self.info.get("Product Type"), lockdown.get("ProductType")),
            product_version=_text(self.info.get("Product Version"), lockdown.get("ProductVersion")),
            build=_text(self.info.get("Build Version"), lockdown.get("BuildVersion")),
            last_backup=_moment(self.info.get("Last Backup Date"), self.status.get("Date"), self.manifest.get("Date")),
            encrypted=self.says_encrypted is True,
            installed=self._apps(),
            unique_id=_text(
                self.info.get("Unique Identifier"), self.info.get("Target Identifier"), lockdown.get("UniqueDeviceID")
            ),
            name=_text(self.info.get("Device Name"), self.info.get("Display Name"), lockdown.get("DeviceName")),
        )

    def _apps(self) -> tuple[str, ...]:
        listed, held = self.info.get("Installed Applications"), self.manifest.get("Applications")
        names: set[str] = set()
        for source in (listed, held):
            if isinstance(source, list | dict):
                names.update(name for name in list(source)[:MAX_APPS] if isinstance(name, str) and 0 < len(name) <= 255)
        return tuple(sorted(names))


def _text(*values: object) -> str | None:
    return next((value[:500] for value in values if isinstance(value, str) and value), None)


def _moment(*values: object) -> int | None:
    """The first date, in microseconds since 1970 UTC."""
    for value in values:
        if isinstance(value, datetime.datetime):
            since = value.replace(tzinfo=datetime.UTC) - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
            return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return None


def read_info(root: Path) -> BackupInfo:
    """Read the property lists of a backup folder."""
    limits: list[Limit] = []
    info, manifest, status = (_plist(root / name, limits) for name in INFO_FILES)
    found = BackupInfo(info=info, manifest=manifest, status=status, limits=limits)
    state = status.get("SnapshotState")
    if isinstance(state, str) and state != "finished":
        limits.append(Limit(id="backup_unfinished", values={"state": state[:100]}))
    return found


def _plist(path: Path, limits: list[Limit]) -> dict[str, Any]:
    name = path.name
    try:
        value = load_plist(path)
    except Missing as error:
        if os.path.lexists(path):
            limits.append(Limit(id="property_list_unreadable", values={"file": name, "reason": error.message}))
        else:
            limits.append(Limit(id="property_list_missing", values={"file": name}))
        return {}
    except SousveilError as error:
        limits.append(Limit(id="property_list_unreadable", values={"file": name, "reason": error.message}))
        return {}
    if not isinstance(value, dict):
        limits.append(Limit(id="property_list_damaged", values={"file": name}))
        return {}
    return value


def load_plist(path: Path) -> Any:
    """A property list of a backup folder, or None where it is damaged. Raises Missing, Malformed (no regular file) or
    LimitExceeded.
    """
    file = open_member(Member(suffix="", path=os.fspath(path)))
    try:
        data = whole(file, MAX_PLIST)
    finally:
        file.close()
    try:
        return plistlib.loads(data)
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        OverflowError,
        RecursionError,
        MemoryError,
        ExpatError,
        struct.error,
    ):
        return None
