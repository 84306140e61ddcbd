"""The three property lists beside the files of a backup."""

from __future__ import annotations

import plistlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phonegen.core import Phone

Apps = Mapping[str, Mapping[str, Any]]
"""Bundle id to ``version`` and ``metadata`` (None: listed without)."""

_BUILDS = {12: "16H81", 13: "17H35", 14: "18H17", 15: "19H12", 16: "20F66", 17: "21F79", 18: "22F76", 26: "23A341"}


def _build(phone: Phone) -> str:
    return _BUILDS.get(phone.major, "20F66")


def _naive(phone: Phone) -> datetime:
    return phone.date.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def manifest_plist(phone: Phone, apps: Apps, bag: bytes, manifest_key: bytes | None) -> dict[str, Any]:
    """Manifest.plist: is it encrypted, the keybag, the wrapped key of Manifest.db, the applications."""
    content: dict[str, Any] = {
        "Applications": {
            bundle: {
                "CFBundleIdentifier": bundle,
                "CFBundleVersion": app["version"],
                "ContainerContentClass": "Data/Application",
                "Path": f"/private/var/containers/Bundle/Application/{phone.uuid(bundle)}/{bundle}.app",
            }
            for bundle, app in sorted(apps.items())
        },
        "BackupKeyBag": bag,
        "Date": _naive(phone),
        "IsEncrypted": phone.encrypted,
        "Lockdown": {
            "BuildVersion": _build(phone),
            "DeviceName": phone.device_name,
            "ProductType": phone.product_type,
            "ProductVersion": phone.ios,
            "SerialNumber": phone.serial,
            "UniqueDeviceID": phone.udid,
        },
        "SystemDomainsVersion": "24.0",
        "Version": "10.0",
        "WasPasscodeSet": True,
    }
    if manifest_key is not None:
        content["ManifestKey"] = manifest_key
    return content


def info_plist(phone: Phone, apps: Apps, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Info.plist: the device, its applications with their metadata; ``changes`` win and None removes a key."""
    metadata: dict[str, Any] = {}
    for bundle, app in apps.items():
        if app["metadata"] is not None:
            metadata[bundle] = {"iTunesMetadata": plistlib.dumps(app["metadata"], fmt=plistlib.FMT_XML)}
    content: dict[str, Any] = {
        "Applications": metadata,
        "Build Version": _build(phone),
        "Device Name": phone.device_name,
        "Display Name": phone.device_name,
        "GUID": phone.uuid("guid").replace("-", ""),
        "ICCID": "8900000000000000000",
        "IMEI": "000000000000000",
        "Installed Applications": list(apps),
        "Last Backup Date": _naive(phone),
        "MEID": "00000000000000",
        "Phone Number": "+1 (555) 555-0100",
        "Product Name": "iPhone 11",
        "Product Type": phone.product_type,
        "Product Version": phone.ios,
        "Serial Number": phone.serial,
        "Target Identifier": phone.udid,
        "Target Type": "Device",
        "Unique Identifier": phone.udid.upper(),
        "iTunes Files": {},
        "iTunes Settings": {},
        "iTunes Version": "12.13.2.3",
        "macOS Build Version": "24F74",
        "macOS Version": "15.5",
    }
    content.update(changes)
    return {key: value for key, value in content.items() if value is not None}


def status_plist(phone: Phone) -> dict[str, Any]:
    """Status.plist: how the backup ended."""
    return {
        "BackupState": "new",
        "Date": _naive(phone),
        "IsFullBackup": True,
        "SnapshotState": "finished",
        "UUID": phone.uuid("status"),
        "Version": "3.3",
    }
