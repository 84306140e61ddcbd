"""Artefacts that are property lists: whole rows."""

from __future__ import annotations

import hashlib
import json
import plistlib
from pathlib import Path
from types import ModuleType

import pytest

from phonegen.core import Phone
from phonegen.ios import addaily as made_addaily
from phonegen.ios import applications as made_applications
from phonegen.ios import configuration_profiles as made_profiles
from phonegen.ios import crashreporter, globalpreferences, roleaccountd
from phonegen.ios import locationd_clients as made_clients
from phonegen.ios import profile_events as made_events
from sousveil.artefacts.ios import (
    addaily,
    applications,
    backup_info,
    configuration_profiles,
    crash_reporter,
    global_preferences,
    locationd_clients,
    profile_events,
    role_account,
)
from sousveil.errors import Malformed, Unsupported
from tests.artefacts.ios.phone_reading import batches, file_group, read, rows

T = 1_700_000_000
US = 1_000_000
EVERY = (
    addaily,
    applications,
    backup_info,
    configuration_profiles,
    crash_reporter,
    global_preferences,
    locationd_clients,
    profile_events,
    role_account,
)


def test_backup_info(tmp_path: Path) -> None:
    phone = Phone(ios="16.5", scratch=tmp_path)
    phone.install("com.example.app")
    (row,) = rows(batches(backup_info.ARTEFACT, phone.write(tmp_path / "b")))
    assert row == {
        "product_name": "iPhone 11",
        "product_type": "iPhone12,1",
        "product_version": "16.5",
        "build_version": "20F66",
        "last_backup": 1_748_770_200_000_000,
        "installed_applications": '["com.example.app"]',
        "device_name": "Example phone",
        "display_name": "Example phone",
        "guid": phone.uuid("guid").replace("-", ""),
        "iccid": "8900000000000000000",
        "imei": "000000000000000",
        "meid": "00000000000000",
        "phone_number": "+1 (555) 555-0100",
        "serial_number": phone.serial,
        "target_identifier": phone.udid,
        "target_type": "Device",
        "unique_identifier": phone.udid.upper(),
        "itunes_version": "12.13.2.3",
        "iTunes Files": "{}",
        "iTunes Settings": "{}",
        "macOS Build Version": "24F74",
        "macOS Version": "15.5",
    }


def test_applications(tmp_path: Path) -> None:
    path = tmp_path / "Info.plist"
    content = made_applications.info_keys(
        16,
        [
            {"at": T},
            {"bundle_id": "com.example.side", "source_app": None, "drop": ("softwareVersionBundleId",), "at": T},
        ],
    )
    content["Applications"]["com.example.broken"] = {"iTunesMetadata": b"nonsense"}
    content["Installed Applications"].append("com.example.bare")
    path.write_bytes(plistlib.dumps(content))
    icon = hashlib.sha256(content["Applications"]["com.example.app"]["PlaceholderIcon"]).hexdigest()
    found = rows(read(applications.ARTEFACT, file_group(path)))
    first = found[0]
    assert json.loads(first.pop("download")) == {
        "accountInfo": {"AppleID": "alex@example.com", "DSPersonID": 1},
        "purchaseDate": "2023-11-14T22:13:20Z",
    }
    assert isinstance(first.pop("item_id"), int)
    assert first == {
        "bundle": "com.example.app",
        "name": "Example",
        "version": "1.0",
        "short_version": "1.0",
        "maker": "Example Software",
        "genre": "Utilities",
        "source_app": "com.apple.AppStore",
        "purchased": T * US,
        "apple_id": "alex@example.com",
        "icon_sha256": icon,
        "listed": 1,
        "metadata": "store",
        "kind": "software",
        "releaseDate": "2020-01-01T00:00:00Z",
    }
    assert [(row["bundle"], row["metadata"], row["listed"], row.get("source_app")) for row in found[1:]] == [
        ("com.example.broken", "damaged", 0, None),
        ("com.example.side", "store", 1, None),
        ("com.example.bare", "none", 1, None),
    ]


def test_configuration_profiles(tmp_path: Path) -> None:
    phone = Phone(ios="16.5", scratch=tmp_path)
    phone.plist(
        made_profiles,
        [{"identifier": "com.example.bare", "at": T, "drop": ("PayloadContent", "PayloadUUID")}],
        relative=made_profiles.FOLDER + "/profile-0.stub",
    )
    nested = {"PayloadType": "com.apple.mdm", "PayloadContent": [{"PayloadType": "com.apple.security.root"}]}
    phone.plist(
        made_profiles,
        [
            {
                "identifier": "com.example.two",
                "uuid": "76DAB334-7E17-475D-A5D6-0794EB5818A5",
                "at": T,
                "removable": False,
                "payloads": ["com.apple.wifi.managed", nested, "com.apple.notificationsettings"],
            }
        ],
        relative=made_profiles.FOLDER + "/profile-1.stub",
    )
    phone.add(made_profiles.DOMAIN, made_profiles.FOLDER + "/profile-2.stub", plistlib.dumps(["no profile"]))
    phone.add(made_profiles.DOMAIN, made_profiles.FOLDER + "/other.plist", b"")
    folder = phone.write(tmp_path / "b")
    with pytest.raises(Unsupported):
        batches(configuration_profiles.ARTEFACT, folder)
    phone.remove(made_profiles.DOMAIN, made_profiles.FOLDER + "/profile-2.stub")
    bare, two = rows(batches(configuration_profiles.ARTEFACT, phone.write(tmp_path / "c")))
    assert bare == {
        "identifier": "com.example.bare",
        "name": "Example Wi-Fi",
        "organization": "Example School",
        "installed": T * US,
        "removal_disallowed": 0,
        "by_mdm": 0,
        "encrypted": 0,
        "version": "1",
        "PayloadType": "Configuration",
        "InstallOptions": '{"installedByMDM":false}',
    }
    payloads = json.loads(two.pop("payloads"))
    assert [item["PayloadType"] for item in payloads] == [
        "com.apple.wifi.managed",
        "com.apple.mdm",
        "com.apple.notificationsettings",
    ]
    assert (two["profile_id"], two["removal_disallowed"], two["payload_types"].split("\n")) == (
        "76DAB334-7E17-475D-A5D6-0794EB5818A5",
        1,
        ["com.apple.wifi.managed", "com.apple.mdm", "com.apple.security.root", "com.apple.notificationsettings"],
    )


def test_profile_events(tmp_path: Path) -> None:
    phone = Phone(ios="16.5", scratch=tmp_path)
    phone.plist(
        made_events,
        [
            {"profile": "com.example.a", "at": T},
            {"profile": "b", "operation": "remove", "at": T + 1, "process": "mdmd"},
        ],
    )
    assert rows(batches(profile_events.ARTEFACT, phone.write(tmp_path / "b"))) == [
        {"profile_id": "com.example.a", "operation": "install", "process": "profiled", "at": T * US},
        {"profile_id": "b", "operation": "remove", "process": "mdmd", "at": (T + 1) * US},
    ]


@pytest.mark.parametrize("ios", [12, 15, 16, 26])
def test_locationd_clients(tmp_path: Path, ios: int) -> None:
    new = ios >= 16
    phone = Phone(ios=f"{ios}.0", scratch=tmp_path)
    times = {name: T + number for number, name in enumerate(made_clients.TIMES)}
    phone.plist(
        made_clients,
        [
            {
                "bundle": "com.example.app",
                "executable": "/private/var/tmp/evil",
                "times": times,
                "extra": {"Other": [1]},
            },
            {"bundle_path": "/System/Library/LocationBundles/IonosphereHarvest.bundle", "at": T},
        ],
    )
    bundle = "/System/Library/LocationBundles/IonosphereHarvest.bundle"
    instants = {
        "beacon_region_time_stopped": T,
        "consumption_period_begin": T + 1,
        "fence_time_started": T + 2,
        "fence_time_stopped": T + 3,
        "location_time_started": T + 4,
        "location_time_stopped": T + 5,
        "receiving_location_information_time_stopped": T + 6,
        "significant_time_started": T + 7,
        "significant_time_stopped": T + 8,
        "time_missing": T + 9,
    }
    assert sorted(rows(batches(locationd_clients.ARTEFACT, phone.write(tmp_path / "b"))), key=lambda r: len(r)) == [
        {
            "client": f"p{bundle}:" if new else bundle,
            "process": "IonosphereHarvest.bundle",
            "bundle_path": bundle,
            "authorization": 2,
            "location_time_stopped": T * US,
            "Whitelisted": 0,
        },
        {
            "client": "icom.example.app:" if new else "com.example.app",
            "bundle": "com.example.app",
            "process": "evil",
            "executable": "/private/var/tmp/evil",
            "authorization": 2,
            "Whitelisted": 0,
            "Other": "[1]",
        }
        | {name: at * US for name, at in instants.items()},
    ]


def test_addaily(tmp_path: Path) -> None:
    phone = Phone(ios="16.5", scratch=tmp_path)
    phone.plist(
        made_addaily, [{"process": "BackupAgent", "at": T, "wifi_in": 1, "wifi_out": 2, "wwan_in": 3, "wwan_out": 4}]
    )
    assert rows(batches(addaily.ARTEFACT, phone.write(tmp_path / "b"))) == [
        {"process": "BackupAgent", "at": T * US, "wifi_in": 1.0, "wifi_out": 2.0, "wwan_in": 3.0, "wwan_out": 4.0}
    ]
    path = tmp_path / "odd.plist"
    path.write_bytes(plistlib.dumps({"netUsageBaseline": {"a": [1, 2], "b": [1, 2, 3, 4, 5, "six"], "c": "text"}}))
    assert rows(read(addaily.ARTEFACT, file_group(path))) == [
        {"process": "a", "at": US, "wifi_in": 2},
        {
            "process": "b",
            "at": US,
            "wifi_in": 2,
            "wifi_out": 3,
            "wwan_in": 4,
            "wwan_out": 5,
            "further values": '["six"]',
        },
        {"process": "c", "value": "text"},
    ]


@pytest.mark.parametrize(
    ("made", "module", "usual"),
    [
        (globalpreferences, global_preferences, {"AppleLocale": '"en_GB"', "LDMGlobalEnabled": "true"}),
        (crashreporter, crash_reporter, {"ShouldSubmit": "false"}),
        (roleaccountd, role_account, {"a": "3"}),
    ],
)
def test_settings(tmp_path: Path, made: ModuleType, module: ModuleType, usual: dict[str, str]) -> None:
    phone = Phone(ios="16.5", scratch=tmp_path)
    phone.plist(made, [{"key": key, "value": json.loads(value)} for key, value in usual.items()])
    found = rows(batches(module.ARTEFACT, phone.write(tmp_path / "b")))
    assert all(set(row) == {"entry", "value"} for row in found)
    assert usual.items() <= {row["entry"]: row["value"] for row in found}.items()


@pytest.mark.parametrize("module", EVERY)
def test_other_content(tmp_path: Path, module: ModuleType) -> None:
    path = tmp_path / "x.plist"
    for content in (b"", b"<plist>", b"bplist00"):
        path.write_bytes(content)
        with pytest.raises(Malformed):
            read(module.ARTEFACT, file_group(path))
    path.write_bytes(plistlib.dumps("text"))
    with pytest.raises(Unsupported):
        read(module.ARTEFACT, file_group(path))


def test_payload_types_of_a_deep_profile() -> None:
    content: object = {"PayloadType": "bottom"}
    for _ in range(5000):
        content = {"PayloadContent": [content]}
    assert configuration_profiles.payload_types(content) == ["bottom"]  # type: ignore[arg-type]
