"""Property lists of a sysdiagnose: exact rows, real files where they are at hand."""

from __future__ import annotations

import plistlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from phonegen.sysdiagnose import Sysdiagnose, members
from phonegen.sysdiagnose import model as m
from sousveil.errors import Unsupported
from tests.artefacts.sysdiagnose.archive_reading import micros, read, rows_of

DATE = datetime(2024, 5, 24, 11, 30, 15, tzinfo=UTC)
AT = micros("2024-05-24T11:30:15+00:00")


def member(entry: Any, path: str) -> bytes:
    """The member that a phone with this one entry writes at the path; `*` stands for the one of its folder."""
    phone = Sysdiagnose("17.5", date=DATE)
    phone.add(entry)
    held = members(phone)
    return held[path] if path in held else next(data for name, data in held.items() if name.startswith(path.strip("*")))


def test_networks_of_a_real_phone_are_read(shared_data: Path) -> None:
    path = shared_data / "phones/ios-plaso/com.apple.wifi.known-networks.plist"
    (row,), errors, _ = read("sysdiagnose.known_networks", path)
    assert errors == [] and row.pop("stations").split("\n")[0] == "76:a7:41:e7:7c:9d"
    assert row == {
        "ssid": "Matt_Foley",
        "added": micros("2023-04-15T13:53:47.476017+00:00"),
        "joined_by_user": micros("2023-04-15T13:53:47.472469+00:00"),
        "joined_by_system": micros("2023-05-20T19:55:03.073186+00:00"),
        "updated": micros("2023-05-20T19:55:03.077004+00:00"),
        "security": "WPA2 Personal",
        "hidden": 0,
        "captive": 0,
    }


def test_backups_of_a_real_phone_are_read(shared_data: Path) -> None:
    rows, errors, _ = read("sysdiagnose.backups", shared_data / "phones/ios-plaso/com.apple.MobileBackup.plist")
    assert errors == [] and [row["event"] for row in rows] == ["enabled"] + ["backup"] * 10
    assert rows[0] == {"event": "enabled", "at": micros("2023-04-15T13:58:42.481634+00:00")}
    assert rows[1] == {
        "event": "backup",
        "code": 0,
        "domain": "MBErrorDomain",
        "detail": "Backup succeeded",
        "cloud": 1,
        "at": micros("2023-05-03T01:11:53.195466+00:00"),
    }


def test_a_failed_backup_and_a_restore_are_read(tmp_path: Path) -> None:
    data = member(
        m.BackupRun(when=DATE, code=209, text="Not enough storage"), "logs/MobileBackup/com.apple.MobileBackup.plist"
    )
    rows = rows_of("sysdiagnose.backups", tmp_path, data)
    assert rows[1] == {
        "event": "backup",
        "code": 209,
        "domain": "MBErrorDomain",
        "detail": "Not enough storage",
        "cloud": 1,
        "at": AT,
    }
    assert rows[2] == {"event": "restore", "cloud": 1, "at": micros("2023-07-29T11:30:15+00:00")}


def test_the_version_is_read(tmp_path: Path) -> None:
    data = member(m.RemoteService(name="x"), "logs/SystemVersion/SystemVersion.plist")
    (row,) = rows_of("sysdiagnose.system_version", tmp_path, data)
    assert {key: row[key] for key in ("product", "version", "build")} == {
        "product": "iPhone OS",
        "version": "17.5",
        "build": "21F79",
    }


def test_changes_of_settings_are_read_at_any_depth(tmp_path: Path) -> None:
    change = {"event": "set", "process": "profiled", "profile": "com.example.p", "timestamp": "2024-05-24T11:30:15.25"}
    value = {
        "restrictedBool": {"allowCamera": {**change, "value": True}},
        "top": {"timestamp": DATE.replace(tzinfo=None)},
    }
    rows = rows_of("sysdiagnose.settings_events", tmp_path, plistlib.dumps(value))
    assert rows == [
        {"setting": "top", "at": AT},
        {
            "setting": "restrictedBool.allowCamera",
            "event": "set",
            "process": "profiled",
            "profile_id": "com.example.p",
            "at": AT + 250_000,
            "facts": '{"value":true}',
        },
    ]


def test_a_profile_is_read_from_its_stub(tmp_path: Path) -> None:
    profile = m.Profile(identifier="com.example.p", when=DATE, uuid="76DAB334-7E17-475D-A5D6-0794EB5818A5", mdm=True)
    (row,) = rows_of("sysdiagnose.profiles", tmp_path, member(profile, "logs/MCState/Shared/profile-*"))
    assert row["profile_id"] == "76DAB334-7E17-475D-A5D6-0794EB5818A5" and row["identifier"] == "com.example.p"
    assert (row["installed"], row["by_mdm"], row["payload_types"]) == (AT, 1, "com.apple.wifi.managed")


@pytest.mark.parametrize(("kind", "part"), [("vpn", "VPN"), ("filter", "ContentFilter"), ("dns", "DNSSettings")])
def test_a_network_extension_is_read(kind: str, part: str, tmp_path: Path) -> None:
    entry = m.NetworkExtension(bundle="com.example.shield", server="vpn.example.org", kind=kind, enabled=kind == "vpn")
    data = member(entry, "logs/Networking/com.apple.networkextension.plist")
    assert rows_of("sysdiagnose.network_extensions", tmp_path, data) == [
        {
            "kind": part,
            "bundle": "com.example.shield",
            "provider": "com.example.shield",
            "name": "Shield",
            "server": "vpn.example.org",
            "enabled": int(kind == "vpn"),
        }
    ]


@pytest.mark.parametrize(
    "name", ["network_extensions", "known_networks", "settings_events", "system_version", "backups"]
)
def test_a_list_of_another_shape_is_unsupported(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(plistlib.dumps(["other"]))
    rows, errors, _ = read(f"sysdiagnose.{name}", path)
    assert rows == [] and [type(error) for error in errors] == [Unsupported]
