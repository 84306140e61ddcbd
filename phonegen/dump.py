"""A phone's files as a dump of its file system: a folder, a zip or a tar archive, or a list of them.

Takes a `Phone` (iOS) with the files that a backup would hold, and adds what only a dump has: folders of apps with random names
and the property lists that name them, further files, and the folder that a tool puts before all of it.
"""

from __future__ import annotations

import io
import plistlib
import stat
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from phonegen.core import DIRECTORY, SYMLINK, Phone

VAR = "private/var"
FOLDERS = {
    "DatabaseDomain": "db",
    "HealthDomain": "mobile/Library",
    "InstallDomain": "installd",
    "KeychainDomain": "Keychains",
    "ManagedPreferencesDomain": "Managed Preferences",
    "MobileDeviceDomain": "MobileDevice",
    "NetworkDomain": "networkd",
    "ProtectedDomain": "protected",
    "RootDomain": "root",
    "SystemPreferencesDomain": "preferences",
    "WirelessDomain": "wireless",
}
"""Folders of /private/var; domains that are not named here lie in mobile."""
CONTAINERS = {
    "AppDomain-": "mobile/Containers/Data/Application",
    "AppDomainGroup-": "mobile/Containers/Shared/AppGroup",
    "AppDomainPlugin-": "mobile/Containers/Data/PluginKitPlugin",
}
NAMED = {
    "SysContainerDomain-": "containers/Data/System",
    "SysSharedContainerDomain-": "containers/Shared/SystemGroup",
}


@dataclass(frozen=True, slots=True)
class DumpedFile:
    """A file of the dump."""

    path: str
    """On the phone, without the first slash."""
    data: bytes
    modified: int
    link: str | None = None
    """Where it leads."""


def files_of(phone: Phone, more: Mapping[str, bytes] | None = None) -> list[DumpedFile]:
    """The phone's files by path. `more`: further files, by absolute path."""
    made: list[DumpedFile] = []
    containers: dict[str, str] = {}
    for entry in phone._entries.values():
        if entry.flags == DIRECTORY or not entry.relative:
            continue
        data = entry.data.read_bytes() if isinstance(entry.data, Path) else entry.data or b""
        path = f"{VAR}/{_folder(phone, entry.domain, containers)}/{entry.relative}"
        made.append(DumpedFile(path, data, entry.modified, entry.target if entry.flags == SYMLINK else None))
    now = int(phone.date.timestamp())
    for folder, name in containers.items():
        content = plistlib.dumps({"MCMMetadataIdentifier": name}, fmt=plistlib.FMT_BINARY)
        made.append(DumpedFile(f"{VAR}/{folder}/.com.apple.mobile_container_manager.metadata.plist", content, now))
    version = plistlib.dumps({"ProductVersion": phone.ios, "ProductBuildVersion": "20F66"})
    made.append(DumpedFile("System/Library/CoreServices/SystemVersion.plist", version, now))
    made += [DumpedFile(path.lstrip("/"), data, now) for path, data in (more or {}).items()]
    return sorted(made, key=lambda one: one.path)


def _folder(phone: Phone, domain: str, containers: dict[str, str]) -> str:
    for prefix, folder in CONTAINERS.items():
        if domain.startswith(prefix):
            place = f"{folder}/{phone.uuid(domain)}"
            containers[place] = domain.removeprefix(prefix)
            return place
    for prefix, folder in NAMED.items():
        if domain.startswith(prefix):
            return f"{folder}/{domain.removeprefix(prefix)}"
    return FOLDERS.get(domain, "mobile")


def write(files: list[DumpedFile], dest: Path, *, prefix: str = "", form: str = "folder", without: str = "") -> Path:
    """Write a dump. `form`: folder, tar, tar.gz or zip; `prefix`: what the tool puts before each path, with a last slash;
    `without`: a beginning of the paths that the tool leaves out (`private/var/`); other files then stay out."""
    placed = [
        (prefix + one.path.removeprefix(without), one) for one in files if not without or one.path.startswith(without)
    ]
    if form == "folder":
        for name, one in placed:
            path = dest / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if one.link is None:
                path.write_bytes(one.data)
            else:
                path.symlink_to(one.link)
    elif form == "zip":
        with zipfile.ZipFile(dest, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, one in placed:
                info = zipfile.ZipInfo(name, date_time=(2025, 6, 1, 9, 30, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                if one.link is not None:
                    info.external_attr = (stat.S_IFLNK | 0o777) << 16
                archive.writestr(info, one.data if one.link is None else one.link)
    else:
        with tarfile.open(dest, "w:gz" if form == "tar.gz" else "w", format=tarfile.PAX_FORMAT) as archive_tar:
            for name, one in placed:
                entry = tarfile.TarInfo(name)
                entry.mtime = one.modified
                if one.link is not None:
                    entry.type, entry.linkname = tarfile.SYMTYPE, one.link
                    archive_tar.addfile(entry)
                else:
                    entry.size = len(one.data)
                    archive_tar.addfile(entry, io.BytesIO(one.data))
    return dest


def body_file(files: list[DumpedFile], *, prefix: str = "/") -> str:
    """The files as a body file of The Sleuth Kit (version 3)."""
    lines = []
    for number, one in enumerate(files):
        mode = "l/lrwxrwxrwx" if one.link is not None else "r/rrw-r--r--"
        name = f"{prefix}{one.path} -> {one.link}" if one.link is not None else f"{prefix}{one.path}"
        times = f"{one.modified + 60}|{one.modified}|{one.modified + 1}|{one.modified - 5}"
        lines.append(f"0|{name}|{number + 2}|{mode}|501|501|{len(one.data)}|{times}")
    return "\n".join(lines) + "\n"


def path_list(files: list[DumpedFile], *, prefix: str = "/") -> str:
    """One path a line."""
    return "".join(f"{prefix}{one.path}\n" for one in files)


def mac_time(moment: datetime) -> float:
    """Seconds since 2001."""
    return (moment - datetime(2001, 1, 1, tzinfo=UTC)).total_seconds()
