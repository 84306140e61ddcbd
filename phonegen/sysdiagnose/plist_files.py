"""Property lists: profiles, settings events, network extensions, wireless networks, system version, backups."""

from __future__ import annotations

import hashlib
import json
import plistlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from phonegen.sysdiagnose import model as m
from phonegen.sysdiagnose.model import Sysdiagnose

_BINARY = plistlib.FMT_BINARY


def _naive(when: datetime) -> datetime:
    """A moment as property lists hold it: UTC without a zone, whole seconds."""
    return when.replace(tzinfo=None, microsecond=0)


def _profiles(phone: Sysdiagnose) -> Iterator[tuple[str, bytes]]:
    for profile in phone.of(m.Profile):
        name = profile.uuid or phone.uuid(profile.identifier)
        content = {
            "PayloadUUID": name,
            "PayloadIdentifier": profile.identifier,
            "PayloadDisplayName": profile.name,
            "PayloadOrganization": "Example",
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "InstallDate": _naive(profile.when),
            "InstallOptions": {"installedByMDM": profile.mdm},
            "PayloadContent": [
                {
                    "PayloadType": kind,
                    "PayloadUUID": phone.uuid(f"{name} {kind}"),
                    "PayloadIdentifier": f"{profile.identifier}.{kind}",
                }
                for kind in profile.payloads
            ],
        }
        digest = hashlib.sha256(profile.identifier.encode()).hexdigest()
        yield f"logs/MCState/Shared/profile-{digest}.stub", plistlib.dumps(content, fmt=_BINARY)


def _settings(phone: Sysdiagnose) -> bytes:
    events: dict[str, Any] = {"restrictedBool": {}, "restrictedValue": {}}
    for event in phone.of(m.SettingEvent):
        facts = {
            "event": event.event,
            "process": event.process,
            "timestamp": event.when.strftime("%Y-%m-%dT%H:%M:%S.%f"),
        }
        if event.profile:
            facts["profile"] = event.profile
        events["restrictedBool"][event.setting] = facts
    return plistlib.dumps(events, fmt=_BINARY)


class _Keyed:
    """An archive of NSKeyedArchiver."""

    def __init__(self) -> None:
        self.objects: list[Any] = ["$null"]

    def add(self, value: Any) -> plistlib.UID:
        self.objects.append(value)
        return plistlib.UID(len(self.objects) - 1)

    def named(self, name: str, *parents: str) -> plistlib.UID:
        return self.add({"$classname": name, "$classes": [name, *parents, "NSObject"]})

    def dictionary(self, values: dict[str, Any]) -> plistlib.UID:
        keys = [self.add(key) for key in values]
        held = [self.add(value) if isinstance(value, str | int | bool) else value for value in values.values()]
        return self.add({"NS.keys": keys, "NS.objects": held, "$class": self.named("NSDictionary")})


def _extensions(phone: Sysdiagnose) -> bytes:
    """com.apple.networkextension.plist: a configuration for each VPN, filter or name server."""
    archive = _Keyed()
    kinds = {"vpn": "VPN", "filter": "ContentFilter", "dns": "DNSSettings"}
    configurations = {}
    for extension in phone.of(m.NetworkExtension):
        body: dict[str, Any] = {
            "Enabled": extension.enabled,
            "PluginType": archive.add(extension.bundle),
            "ServerAddress": archive.add(extension.server),
            "$class": archive.named("NETunnelProviderProtocol", "NEVPNProtocol"),
        }
        configuration = {
            "Name": archive.add(extension.name),
            "Application": archive.add(extension.bundle),
            "ApplicationName": archive.add(extension.name),
            "Identifier": archive.add(phone.uuid(extension.bundle)),
            kinds[extension.kind]: archive.add(
                {
                    "Enabled": extension.enabled,
                    "Protocol": archive.add(body),
                    "$class": archive.named(f"NE{kinds[extension.kind]}"),
                }
            ),
            "Grade": 0,
            "$class": archive.named("NEConfiguration"),
        }
        configurations[phone.uuid(extension.bundle)] = archive.add(configuration)
    top: dict[str, plistlib.UID] = {"Version": archive.add(1), "Generation": archive.add(len(configurations))}
    top |= configurations
    top["Index"] = archive.dictionary(dict.fromkeys((one.bundle for one in phone.of(m.NetworkExtension)), 1))
    whole = {"$archiver": "NSKeyedArchiver", "$version": 100000, "$top": top, "$objects": archive.objects}
    return plistlib.dumps(whole, fmt=_BINARY)


def _networks(phone: Sysdiagnose) -> Iterator[tuple[str, bytes]]:
    known = {
        f"wifi.network.ssid.{network.ssid}": {
            "SSID": network.ssid.encode(),
            "AddedAt": _naive(network.added),
            "JoinedByUserAt": _naive(network.added),
            "JoinedBySystemAt": _naive(network.joined),
            "UpdatedAt": _naive(network.joined),
            "Hidden": False,
            "SupportedSecurityTypes": "WPA2 Personal",
            "CaptiveProfile": {"CaptiveNetwork": False},
            "BSSList": [
                {
                    "BSSID": network.bssid,
                    "Channel": 36,
                    "LastAssociatedAt": _naive(network.joined),
                    "LocationLatitude": 48.1,
                    "LocationLongitude": 11.5,
                }
            ],
        }
        for network in phone.of(m.KnownNetwork)
    }
    yield "WiFi/com.apple.wifi.known-networks.plist", plistlib.dumps(known, fmt=_BINARY)
    if phone.version >= (16,):
        recent = [
            {"ssid": network.ssid, "joined": _naive(network.joined).isoformat() + "Z"}
            for network in phone.of(m.KnownNetwork)
        ]
        yield "WiFi/com.apple.wifi.recent-networks.json", json.dumps(recent).encode()


def _backups(phone: Sysdiagnose) -> bytes:
    runs = phone.of(m.BackupRun)
    state = {
        "date": _naive(runs[-1].when if runs else phone.date),
        "errors": [
            {"code": run.code, "date": _naive(run.when), "domain": "MBErrorDomain", "localizedDescription": run.text}
            for run in runs
        ],
        "isBackground": False,
        "isCloud": True,
        "progress": 1.0,
        "state": 4,
    }
    restore = {
        "BackupUDID": phone.uuid("restored from").replace("-", ""),
        "RestoreDate": _naive(phone.date - timedelta(days=300)),
        "WasCloudRestore": True,
    }
    facts = {
        "AccountEnabledDate": _naive(phone.date - timedelta(days=400)),
        "BackupStateInfo": state,
        "RestoreInfo": restore,
    }
    return plistlib.dumps(facts, fmt=_BINARY)


def files(phone: Sysdiagnose) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the property lists."""
    yield from _profiles(phone)
    yield "logs/MCState/Shared/MCSettingsEvents.plist", _settings(phone)
    yield "logs/Networking/com.apple.networkextension.plist", _extensions(phone)
    if phone.version >= (14,):
        yield from _networks(phone)
    system = {
        "ProductName": "iPhone OS",
        "ProductVersion": phone.ios,
        "ProductBuildVersion": phone.build,
        "BuildID": phone.uuid("build"),
    }
    yield "logs/SystemVersion/SystemVersion.plist", plistlib.dumps(system)
    yield "logs/MobileBackup/com.apple.MobileBackup.plist", _backups(phone)
    if phone.version < (15,):
        paths = {phone.uuid(process.path): process.path for process in phone.of(m.LoggedProcess)}
        yield "logs/tailspindb/UUIDToBinaryLocations", plistlib.dumps(paths, fmt=_BINARY)
