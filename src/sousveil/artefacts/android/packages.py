"""Installed packages: what the package manager lists (dumpsys package, CHECKIN PACKAGE)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.kinds import BundleId, FilePath, Flag, Integer, Label, LocalTime, Role, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class Package(Record):
    """One package as one of the sections lists it."""

    package: BundleId
    version: Label | None
    version_code: Integer | None
    app_id: Integer | None
    """The number that Android gives to the app; with the user it makes the uid."""
    code_path: FilePath | None
    system: Flag | None
    """1 for a part of the system image, updated or not."""
    hidden: Flag | None
    """1 for the version of the system image that an update replaced."""
    debuggable: Flag | None
    test_only: Flag | None
    installer: BundleId | None
    """The app that installed it; none for parts of the system and for `adb install`."""
    initiator: BundleId | None
    """The app that asked for the installation."""
    originator: BundleId | None
    """The app that fetched the file: a browser, a messenger."""
    update_owner: BundleId | None
    source: Integer | None
    """How the installer names the origin: 1 other, 2 store, 3 local file, 4 downloaded file."""
    first_installed: LocalTime | None
    updated: LocalTime | None
    first_installed_utc: UnixTime | None
    """From CHECKIN PACKAGE, to the millisecond."""
    updated_utc: UnixTime | None
    users: Label | None
    """Users that have it installed, such as "0, 10"."""
    removed_for: Label | None
    """Users whose data is still there though they removed it."""
    disabled_for: Label | None
    hidden_for: Label | None
    suspended_for: Label | None
    requested: Label | None
    """Permissions that the app asks for."""
    granted: Label | None
    """Permissions that some user has granted it."""
    key_hash: Label | None
    """The 32-bit hash by which Android tells signing keys apart. No published certificate can be compared with it."""


_BLOCK = lazy_pattern(r"  Package \[([^\]\n]{1,255})\] \([0-9a-f]+\):")
_HEADING = lazy_pattern(r"[A-Z][A-Za-z ]{2,60}:\s*\Z")
_KEY = lazy_pattern(r" {2,6}([A-Za-z]{2,40})=(.*)")
_VERSION = lazy_pattern(r"versionCode=(\d{1,19})")
_USER = lazy_pattern(r" {4}User (\d{1,6}):(.*)")
_PERMISSION = lazy_pattern(r"[A-Za-z][\w.]{2,200}\Z")
_GRANTED = lazy_pattern(r"([A-Za-z][\w.]{2,200}): granted=true")
_SIGNATURES = lazy_pattern(r"\[([0-9a-f]{1,8}(?:, ?[0-9a-f]{1,8})*)\]")
_ABSENT = ("null", "?", "")
_NAMES = {
    "installerPackageName": "installer",
    "initiatingPackageName": "initiator",
    "originatingPackageName": "originator",
    "updateOwnerPackageName": "update_owner",
    "versionName": "version",
    "codePath": "code_path",
}
_TIMES = {"firstInstallTime": "first_installed", "lastUpdateTime": "updated"}
_STATES = {"hidden=true": "hidden_for", "suspended=true": "suspended_for"}
MAX_PERMISSIONS = 500


class _Package:
    """One block being read."""

    def __init__(self, name: str, line: int, hidden: bool, text: SectionText) -> None:
        self.row = Row({"package": name, "hidden": int(hidden), "system": 0}, line=line)
        self._clock = text.clock
        self._lists: dict[str, dict[str, None]] = {}
        self._requesting = False

    def _add(self, field: str, value: str) -> None:
        values = self._lists.setdefault(field, {})
        if len(values) < MAX_PERMISSIONS:
            values[value] = None

    def line(self, line: str) -> None:
        """One line of the block."""
        bare = line.strip()
        if self._requesting:
            if line.startswith("      ") and _PERMISSION.match(bare.partition(":")[0]):
                self._add("requested", bare.partition(":")[0])
                return
            self._requesting = False
        if bare == "requested permissions:":
            self._requesting = True
        elif granted := _GRANTED.match(bare):
            self._add("granted", granted[1])
        elif user := _USER.match(line):
            self._user(user[1], user[2])
        elif key := _KEY.match(line):
            self._key(key[1], key[2].strip())

    def _user(self, number: str, state: str) -> None:
        if "installed=" not in state:
            return
        self._add("users" if "installed=true" in state else "removed_for", number)
        for mark, field in _STATES.items():
            if mark in state:
                self._add(field, number)
        if re.search(r"\benabled=[23]\b", state):
            self._add("disabled_for", number)

    def _key(self, key: str, value: str) -> None:
        row = self.row
        if key in _NAMES:
            if value not in _ABSENT:
                row.setdefault(_NAMES[key], value)
        elif key in _TIMES:
            row.setdefault(_TIMES[key], self._clock.utc(value))
        elif key in ("userId", "appId"):
            if number := re.match(r"\d{1,9}", value):
                row.setdefault("app_id", int(number[0]))
        elif key == "versionCode":
            if version := _VERSION.match(f"{key}={value}"):
                row["version_code"] = int(version[1])
        elif key in ("flags", "pkgFlags"):
            flags = {"SYSTEM"} if re.match(r"0x[0-9a-f]{0,7}[13579bdf]\b", value) else set(value.strip("[] ").split())
            for name, field in (("SYSTEM", "system"), ("DEBUGGABLE", "debuggable"), ("TEST_ONLY", "test_only")):
                row[field] = max(row.get(field) or 0, int(name in flags))
        elif key == "packageSource":
            row["source"] = int(value) if value.isdecimal() and len(value) < 6 else None
        elif key == "signatures" and (hashes := _SIGNATURES.search(value)):
            row["key_hash"] = hashes[1]

    def finished(self) -> Row:
        """The row."""
        self.row.update({field: ", ".join(values) for field, values in self._lists.items()})
        return self.row


def _dumped(text: SectionText) -> Iterator[Row]:
    """The blocks below `Packages:` and `Hidden system packages:`; other parts of the section hold lines that look alike."""
    hidden: bool | None = None
    package: _Package | None = None
    for number, line in text.lines():
        if line[:1] not in ("", " ") and _HEADING.match(line):
            # A line that ends in "overlay paths:" may stand within a block: a stray newline of Android 14 and 15.
            if line.rstrip().endswith("overlay paths:"):
                continue
            if package is not None:
                yield package.finished()
                package = None
            hidden = {"Packages:": False, "Hidden system packages:": True}.get(line.strip())
        elif hidden is not None:
            if block := _BLOCK.match(line):
                if package is not None:
                    yield package.finished()
                package = _Package(block[1], number, hidden, text)
            elif package is not None:
                package.line(line)
    if package is not None:
        yield package.finished()


def _checkin(text: SectionText) -> Iterator[Row]:
    """The rows `pkg,`: up to Android 12 name, uid, version, first installation, update, installer; later without the first
    installation, with installer, its uid and the owner of updates run together."""
    row: Row | None = None
    for number, line in text.lines():
        parts = line.split(",")
        if parts[0] == "pkg" and len(parts) >= 5 and all(part.isdecimal() for part in parts[2:5]):
            if row is not None:
                yield row
            values: dict[str, Any] = {
                "package": parts[1],
                "app_id": int(parts[2][:9]),
                "version_code": int(parts[3][:18]),
            }
            if len(parts) > 5 and parts[5].isdecimal():
                values["first_installed_utc"], values["updated_utc"] = int(parts[4][:15]), int(parts[5][:15])
                installer = parts[6] if len(parts) > 6 else "?"
            else:
                values["updated_utc"] = int(parts[4][:15])
                installer = ""  # its end cannot be told from what follows
                if len(parts) > 6 and parts[6].isdecimal():
                    values["source"] = int(parts[6][:5])
            if installer not in _ABSENT:
                values["installer"] = installer
            row = Row(values, line=number)
        elif parts[0] == "pkg-usr" and len(parts) >= 3 and row is not None:
            field = "users" if parts[2].startswith("I") else "removed_for"
            row[field] = f"{row[field]}, {parts[1]}" if field in row else parts[1]
            if len(parts) > 5 and parts[5].isdecimal():
                row.setdefault("first_installed_utc", int(parts[5][:15]))
    if row is not None:
        yield row


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """The packages of one section."""
    return _checkin(text) if text.title.startswith("CHECKIN") else _dumped(text)


ARTEFACT = Artefact(
    name="android.packages",
    title="Installed apps",
    needs={"main": (At.section("package"), At.section("CHECKIN PACKAGE"))},
    record=Package,
    role=Role.INSTALLED,
    read=section_rows(parse),
    events=(
        Event(at="first_installed_utc", says="app installed", shows="package"),
        Event(at="updated_utc", says="app updated", shows="package"),
        Event(at="first_installed", says="app installed (time of the phone)", shows="package"),
        Event(at="updated", says="app updated (time of the phone)", shows="package"),
    ),
    seen=(
        Seen(versions="Android 10", basis="seen on a real phone", verified=True),
        Seen(
            versions="Android 14 and 15", basis="layout from Samsung's framework code (One UI 6.1 and 7)", verified=True
        ),
    ),
    means="The name of a published app shows that an app of this name is installed, or was, for some user of the phone.",
)
