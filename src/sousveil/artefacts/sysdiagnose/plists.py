"""Property lists with facts of the system: version, backups, wireless networks, changes of settings."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import Flag, Integer, Json, Label, Name, Opaque, ProcessName, ProfileId, Role, UnixTime
from sousveil.readers.json_rows import moment_of
from sousveil.readers.plist import PlistDate, PlistValue
from sousveil.readers.plists import Row, as_dict, as_list, as_text, plist_rows
from sousveil.records import Record
from sousveil.texts import t


class SystemVersion(Record):
    """The system of the phone."""

    product: Label | None
    version: Label | None
    build: Label | None
    build_id: Label | None


class BackupRun(Record):
    """One backup that the phone made or tried, or a restore."""

    event: Label
    """`backup`, `restore`, or `enabled` for when the account began to make backups."""
    code: Integer | None
    """0 is success."""
    domain: Label | None
    detail: Label | None
    cloud: Flag | None
    at: UnixTime | None


class KnownNetwork(Record):
    """One wireless network that the phone joined. Where its stations stand is left out."""

    ssid: Name | None
    added: UnixTime | None
    joined_by_user: UnixTime | None
    joined_by_system: UnixTime | None
    updated: UnixTime | None
    security: Label | None
    hidden: Flag | None
    captive: Flag | None
    """1: the network shows a page before it lets anybody in."""
    stations: Opaque
    """Addresses of its stations, one a line."""


class SettingEvent(Record):
    """The last change of one setting that a profile can set."""

    setting: Label
    """The way through the file, with dots."""
    event: Label | None
    process: ProcessName | None
    profile_id: ProfileId | None
    at: UnixTime | None
    facts: Json | None
    """What else the file says of the change."""


MAX_DEPTH = 8
"""Levels of the file of settings that are read."""


def _dictionary(value: PlistValue) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unsupported(t("error.sysdiagnose.not_dictionary"))
    return value


def system_version(value: PlistValue, context: Context) -> Iterator[Row]:
    """The one row."""
    facts = _dictionary(value)
    build = as_text(facts.get("ProductBuildVersion")) or as_text(facts.get("BuildVersion"))
    yield Row(
        {
            "product": as_text(facts.get("ProductName")),
            "version": as_text(facts.get("ProductVersion")),
            "build": build,
            "build_id": as_text(facts.get("BuildID")),
        }
    )


def backups(value: PlistValue, context: Context) -> Iterator[Row]:
    """A row for each end of a backup, for a restore, and for when the account began."""
    facts = _dictionary(value)
    if isinstance(begun := facts.get("AccountEnabledDate"), PlistDate):
        yield Row({"event": "enabled", "at": begun})
    state = as_dict(facts.get("BackupStateInfo"))
    cloud = state.get("isCloud")
    for run in as_list(state.get("errors")):
        ended = as_dict(run)
        yield Row(
            {
                "event": "backup",
                "code": ended.get("code") if isinstance(ended.get("code"), int) else None,
                "domain": as_text(ended.get("domain")),
                "detail": as_text(ended.get("localizedDescription")),
                "cloud": cloud if isinstance(cloud, bool) else None,
                "at": ended.get("date"),
            }
        )
    restore = as_dict(facts.get("RestoreInfo"))
    if restore:
        was_cloud = restore.get("WasCloudRestore")
        values = {"event": "restore", "cloud": was_cloud if isinstance(was_cloud, bool) else None}
        yield Row({**values, "at": restore.get("RestoreDate")})


def _flag(facts: Mapping[str, Any], name: str) -> bool | None:
    value = facts.get(name)
    return value if isinstance(value, bool) else None


def networks(value: PlistValue, context: Context) -> Iterator[Row]:
    """A row for each network."""
    for key, network in _dictionary(value).items():
        facts = as_dict(network)
        ssid = facts.get("SSID")
        name = ssid.decode("utf-8", "replace") if isinstance(ssid, bytes) else as_text(ssid)
        stations = [as_text(as_dict(station).get("BSSID")) for station in as_list(facts.get("BSSList"))]
        yield Row(
            {
                "ssid": name or key.removeprefix("wifi.network.ssid."),
                "added": facts.get("AddedAt"),
                "joined_by_user": facts.get("JoinedByUserAt"),
                "joined_by_system": facts.get("JoinedBySystemAt"),
                "updated": facts.get("UpdatedAt"),
                "security": as_text(facts.get("SupportedSecurityTypes")),
                "hidden": _flag(facts, "Hidden"),
                "captive": _flag(as_dict(facts.get("CaptiveProfile")), "CaptiveNetwork"),
                "stations": "\n".join(filter(None, stations)) or None,
            }
        )


def settings(value: PlistValue, context: Context) -> Iterator[Row]:
    """A row for each dictionary that has a time."""
    waiting: deque[tuple[str, dict[str, Any], int]] = deque([("", _dictionary(value), 0)])
    while waiting:
        path, facts, depth = waiting.popleft()
        if "timestamp" in facts:
            stamp = facts["timestamp"]
            more = {key: held for key, held in facts.items() if key not in ("timestamp", "event", "process", "profile")}
            yield Row(
                {
                    "setting": path or "(top)",
                    "event": as_text(facts.get("event")),
                    "process": as_text(facts.get("process")),
                    "profile_id": as_text(facts.get("profile")),
                    "at": stamp if isinstance(stamp, PlistDate) else moment_of(stamp),
                    "facts": more or None,
                }
            )
        elif depth < MAX_DEPTH:
            waiting += [
                (f"{path}.{key}" if path else key, held, depth + 1)
                for key, held in facts.items()
                if isinstance(held, dict)
            ]


_OPTIONAL = "the file is there where the phone could collect it"
_EC = "layout from the source of the EC sysdiagnose framework"
ARTEFACTS = (
    Artefact(
        name="sysdiagnose.system_version",
        title="Version of the system",
        needs={"main": (At.sysdiagnose("logs/SystemVersion/SystemVersion.plist"),)},
        record=SystemVersion,
        role=Role.RAW,
        read=plist_rows(system_version),
        expected=Expected(optional=_OPTIONAL),
        seen=(Seen(versions="iOS 13 to 26", basis=_EC, verified=True),),
        means="Shows which system the phone ran, and so which published attacks could work.",
    ),
    Artefact(
        name="sysdiagnose.backups",
        title="Backups and restores",
        needs={"main": (At.sysdiagnose("logs/MobileBackup/com.apple.MobileBackup.plist"),)},
        record=BackupRun,
        role=Role.RAW,
        read=plist_rows(backups),
        events=(Event(at="at", says="backup or restore", shows="event"),),
        expected=Expected(optional=_OPTIONAL),
        seen=(
            Seen(
                versions="iOS 16",
                basis="seen on a real phone, without a restore; the keys of a restore are recalled",
                verified=True,
            ),
        ),
        means="Shows when the phone made backups and whether it was restored. It holds no traces of spyware.",
    ),
    Artefact(
        name="sysdiagnose.known_networks",
        title="Known wireless networks",
        needs={"main": (At.sysdiagnose("WiFi/com.apple.wifi.known-networks.plist"),)},
        record=KnownNetwork,
        role=Role.RAW,
        read=plist_rows(networks),
        events=(
            Event(at="added", says="wireless network added"),
            Event(at="joined_by_system", says="wireless network joined"),
        ),
        expected=Expected(ios=(14, None), optional=_OPTIONAL),
        seen=(Seen(versions="iOS 16", basis="seen on a real phone", verified=True),),
        means="Shows where the phone was connected, for the time line. A network is no trace of spyware.",
    ),
    Artefact(
        name="sysdiagnose.settings_events",
        title="Changes of managed settings",
        needs={"main": (At.sysdiagnose("logs/MCState/Shared/MCSettingsEvents.plist"),)},
        record=SettingEvent,
        role=Role.INSTALLED,
        read=plist_rows(settings),
        events=(Event(at="at", says="setting changed", shows="setting"),),
        expected=Expected(optional=_OPTIONAL),
        seen=(Seen(versions="iOS 13 to 26", basis=_EC, verified=True),),
        means="Shows which program or profile changed a setting. A published profile identifier shows that its settings were applied.",
    ),
)
