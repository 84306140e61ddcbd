"""A key of a property list that is named like a field of ours never replaces the evidence.

Every artefact of the registry that reads a property list is tried: a key for each of its fields is put into each dictionary
of a sample, one at a time.
"""

from __future__ import annotations

import copy
import plistlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.artefacts.model import Artefact, discover
from sousveil.errors import SousveilError
from sousveil.findings.judge import finding_from_match
from sousveil.findings.matching import Matcher
from sousveil.indicators.index import Index
from sousveil.indicators.load import load_bytes
from sousveil.readers.model import Context
from sousveil.readers.plists import PlistReader
from sousveil.records import Batch, unpacked

ARTEFACTS = {name: artefact for name, artefact in discover().items() if isinstance(artefact.read, PlistReader)}
DATE = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC).replace(tzinfo=None)
PROFILE = {
    "PayloadUUID": "76DAB334-0000-4000-8000-000000000000",
    "PayloadIdentifier": "example.profile",
    "PayloadDisplayName": "Example",
    "PayloadContent": [{"PayloadType": "com.apple.wifi.managed"}],
    "InstallDate": DATE,
    "InstallOptions": {"installedByMDM": True},
}
SAMPLES: dict[str, Any] = {
    "ios.applications": {
        "Installed Applications": ["example.app"],
        "Applications": {
            "example.app": {
                "iTunesMetadata": plistlib.dumps({"itemName": "App", "softwareVersionBundleId": "example.store"}),
                "PlaceholderIcon": b"icon",
            }
        },
    },
    "ios.backup_info": {"Product Type": "iPhone12,1", "Last Backup Date": DATE},
    "ios.configuration_profiles": PROFILE,
    "ios.crash_reporter": {"ShouldSubmit": False},
    "ios.global_preferences": {"LDMGlobalEnabled": True, "AppleLanguages": ["en"]},
    "ios.idstatuscache": {"com.apple.madrid": {"mailto:a@b.example": {"LookupDate": 1.5, "IDStatus": 1}}},
    "ios.locationd_clients": {"iexample.app:": {"BundleId": "example.app", "Executable": "/a/b", "Authorization": 2}},
    "ios.osanalytics_addaily": {"netUsageBaseline": {"bh/example": [DATE, 1.0, 2.0, 3.0, 4.0]}},
    "ios.profile_events": {
        "ProfileEvents": [{"example.profile": {"Operation": "install", "Process": "profiled", "timestamp": DATE}}]
    },
    "ios.role_account": {"Setting": "x"},
    "ios.signal": {"Setting": 1},
    "ios.webkit_session_log": {
        "browsingStatistics": [
            {"PrevalentResourceOrigin": "evil.example", "hadUserInteraction": True, "lastSeen": 1_700_000_000.0},
            {"PrevalentResourceDomain": "other.example", "topFrameUniqueRedirectsFrom": [{"origin": "a.example"}]},
        ]
    },
}
SETTING = {"timestamp": DATE, "event": "set", "process": "profiled", "profile": "example.profile", "x": 1}
UID = plistlib.UID
SAMPLES |= {
    "sysdiagnose.backups": {
        "AccountEnabledDate": DATE,
        "BackupStateInfo": {
            "isCloud": True,
            "errors": [{"code": 7, "domain": "MBErrorDomain", "localizedDescription": "x", "date": DATE}],
        },
        "RestoreInfo": {"WasCloudRestore": False, "RestoreDate": DATE},
    },
    "sysdiagnose.known_networks": {
        "wifi.network.ssid.home": {
            "SSID": b"home",
            "AddedAt": DATE,
            "Hidden": False,
            "SupportedSecurityTypes": "WPA2",
            "CaptiveProfile": {"CaptiveNetwork": True},
            "BSSList": [{"BSSID": "00:00:5e:00:53:01"}],
        }
    },
    "sysdiagnose.network_extensions": {
        "$archiver": "NSKeyedArchiver",
        "$version": 100000,
        "$top": {"Version": UID(1), "A": UID(2)},
        "$objects": [
            "$null",
            1,
            {"$class": UID(3), "Application": UID(4), "Name": UID(5), "ProfileIdentifier": UID(6), "VPN": UID(7)},
            {"$classname": "NEConfiguration", "$classes": ["NEConfiguration", "NSObject"]},
            "example.vpn",
            "Shield",
            "example.profile",
            {"$class": UID(8), "Enabled": True, "Protocol": UID(9)},
            {"$classname": "NEVPN", "$classes": ["NEVPN", "NSObject"]},
            {"$class": UID(10), "PluginType": UID(4), "ServerAddress": UID(11)},
            {"$classname": "NETunnelProviderProtocol", "$classes": ["NETunnelProviderProtocol", "NSObject"]},
            "vpn.example.org",
        ],
    },
    "sysdiagnose.profiles": PROFILE,
    "sysdiagnose.settings_events": {"top": {"inner": SETTING}, "other": SETTING},
    "sysdiagnose.system_version": {
        "ProductName": "iPhone OS",
        "ProductVersion": "17.5",
        "ProductBuildVersion": "21F79",
        "BuildID": "00000000-0000-4000-8000-000000000000",
    },
}
FOREIGN = "foreign value"


def batches(artefact: Artefact, value: Any, path: Path) -> list[Batch]:
    path.write_bytes(plistlib.dumps(value, fmt=plistlib.FMT_BINARY))
    group = FileGroup(domain="D", relative="x.plist", members=(Member(suffix="", path=str(path)),))
    found: list[Batch] = []
    with suppress(SousveilError):  # an entry in an unknown form; what was read before it is kept
        found.extend(artefact.read(artefact, {"main": group}, Context(device=Device())))
    return found


def rows(artefact: Artefact, value: Any, path: Path) -> list[dict[str, Any]]:
    return [batch.row(at) for batch in batches(artefact, value, path) for at in range(batch.count)]


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every dictionary of a value."""
    if isinstance(value, dict):
        yield way
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*way, key))


def with_key(value: Any, way: tuple[Any, ...], key: str) -> Any:
    """The value with one more key; as it is where its dictionary has that key, which is then the file's own."""
    changed = copy.deepcopy(value)
    inner = changed
    for step in way:
        inner = inner[step]
    inner.setdefault(key, FOREIGN)
    return changed


def compared(row: dict[str, Any], artefact: Artefact) -> dict[str, Any]:
    """The fields but for those that keep a whole structure as it is."""
    return {name: value for name, value in row.items() if artefact.kinds[name].name != "json"}


def test_every_property_list_has_a_sample() -> None:
    assert set(SAMPLES) == set(ARTEFACTS)


@pytest.mark.parametrize("name", sorted(ARTEFACTS))
def test_no_key_replaces_a_field(name: str, tmp_path: Path) -> None:
    artefact = ARTEFACTS[name]
    before = [compared(row, artefact) for row in rows(artefact, SAMPLES[name], tmp_path / "x")]
    assert before
    for way in places(SAMPLES[name]):
        for key in {*artefact.kinds, "role"}:
            after = [
                compared(row, artefact) for row in rows(artefact, with_key(SAMPLES[name], way, key), tmp_path / "x")
            ]
            assert [row for row in before if row not in after] == [], (way, key)
            assert not any(FOREIGN in map(str, row.values()) for row in after), (way, key)


def test_keys_in_the_store_metadata_are_foreign_too(tmp_path: Path) -> None:
    artefact = ARTEFACTS["ios.applications"]
    sample = copy.deepcopy(SAMPLES["ios.applications"])
    facts = sample["Applications"]["example.app"]
    hostile = dict.fromkeys((*artefact.kinds, "role", "download"), FOREIGN)
    facts["iTunesMetadata"] = plistlib.dumps({**plistlib.loads(facts["iTunesMetadata"]), **hostile})
    (batch,) = batches(artefact, sample, tmp_path / "x")
    # `genre` is the store's own key of that field.
    assert batch.row(0) == rows(artefact, SAMPLES["ios.applications"], tmp_path / "x")[0] | {"genre": FOREIGN}
    extra = {name: unpacked(values)[0] for name, values in batch.extra.items()} | batch.extra_same
    assert set(extra) == {*artefact.kinds, "role", "download"} - {"genre"}


def test_a_published_profile_stays_a_finding(tmp_path: Path) -> None:
    """With all its rows kept, the finding shows the foreign key under another name and does not take a role from it."""
    artefact = ARTEFACTS["ios.configuration_profiles"]
    hostile = PROFILE | {"profile_id": "00000000", "role": "quoted", "identifier": "innocent"}
    del hostile["PayloadIdentifier"]
    (batch,) = batches(artefact, hostile, tmp_path / "x")
    index = Index.build(
        load_bytes(
            b'{"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000001", "objects": [{"type": "indicator", '
            b'"id": "indicator--00000000-0000-4000-8000-000000000002", "pattern_type": "stix", "pattern": '
            b"\"[configuration-profile:id = '76DAB334-0000-4000-8000-000000000000']\"}]}",
            "x.stix2",
            "x",
        )
    )
    (match,) = Matcher(index).match(batch, artefact.kinds)
    finding = finding_from_match(artefact, batch, match, index.indicators, full=True)
    assert finding.record["profile_id"] == PROFILE["PayloadUUID"] and "identifier" not in finding.record
    assert finding.record["extra.identifier"] == "innocent" and finding.record["role"] != "quoted"
