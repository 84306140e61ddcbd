"""Results of another tool as an acquisition: the folder that MVT wrote, told by what its info.json says.

The phone's own data is not in it. Every file that no artefact reads is named in coverage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from sousveil.acquisition.bugreport import MAX_INSTALLED, Bugreport
from sousveil.acquisition.clock import Clock, zone_named
from sousveil.acquisition.content import open_member
from sousveil.acquisition.contents import Contained, Contents, contents
from sousveil.acquisition.door import StoredFile
from sousveil.acquisition.model import RESULTS, Device, Limit, Member, whole
from sousveil.errors import SousveilError

INFO = "info.json"
_SIGNS = frozenset({"command.log", "timeline.csv", "alerts.json", "urls.json"})
_OWN = frozenset({INFO, *_SIGNS, "alerts_timeline.csv"})
"""Files about the run of the tool, and copies of rows of its modules: hashed, not searched."""
_PHONE = frozenset({"backup_info.json"})
_GETPROP = ("aqf_get_prop.json", "dumpsys_get_prop.json", "getprop.json")
_PACKAGES = ("aqf_packages.json", "dumpsys_packages.json", "packages.json")
_FACTS = 4 << 20
"""Bytes of a file that is read when the folder is opened."""
MODULES = frozenset(
    """
    applications aqf_files aqf_get_prop aqf_packages aqf_processes aqf_settings bugreport_timestamps cache_files
    calendar calls chrome_favicon chrome_history configuration_profiles connect_event contacts datausage dbinfo
    dns_event dumpsys_accessibility dumpsys_activities dumpsys_appops dumpsys_battery_daily dumpsys_battery_history
    dumpsys_dbinfo dumpsys_get_prop dumpsys_packages dumpsys_platform_compat dumpsys_receivers files filesystem
    firefox_favicon firefox_history getprop global_preferences id_status_cache idstatuscache interaction_c
    interactionc locationd_clients manifest mounts netusage os_analytics_ad_daily osanalytics_addaily packages
    processes profile_events root_binaries safari_browser_state safari_favicon safari_history security_event
    settings shortcuts shutdown_log sms sms_attachments tcc tombstones urls webkit_indexed_db webkit_local_storage
    webkit_resource_load_statistics webkit_safari_view_service webkit_session_resource_log whatsapp
    whatsapp_contacts
    """.split()
)
"""The modules whose rows artefacts read (`sousveil.artefacts.mvt`): names of files without `.json`."""
NAMED = 8
"""Files that coverage names; of more it gives the number."""


def looks_like(names: frozenset[str] | set[str]) -> bool:
    """Whether a folder with these entries may be results of MVT."""
    return INFO in names and bool(names & _SIGNS)


def opened(path: Path) -> Results | None:
    """The results at a path; None where the content is of another form."""
    held = contents(str(path))
    for file in held.files:
        folder, _, name = f"/{file.relative}".rpartition("/")
        if name == INFO and file.domain == "" and folder.count("/") <= 1:
            results = Results(path, held, file)
            if isinstance(results.facts.get("mvt_version"), str):
                return results
    return None


class Results(Bugreport):
    """See `Acquisition`."""

    form = RESULTS

    def __init__(self, path: Path, held: Contents, info: Contained) -> None:
        super().__init__(held, None)
        self._path, self._info = path, info
        self._root = info.relative.removesuffix(INFO)

    @property
    def identity(self) -> tuple[str, Member]:
        """The archive as it is stored; of a folder its info.json."""
        if self._path.is_dir():
            return self._info.where, self._info.member
        return f"/{self._path.name}", Member(suffix="", path=str(self._path))

    def stored(self, first: int, last: int) -> Iterator[StoredFile]:
        """As of a bug report; what the tool wrote about its own run is hashed and not searched."""
        for row in range(max(first, 0), min(last + 1, len(self.held.files))):
            file = self.held.files[row]
            yield StoredFile(row, file.where, file.member, file.archive or _own(self._name(file)))

    def _name(self, file: Contained) -> str:
        return file.relative.removeprefix(self._root) if file.domain == "" else file.where

    def _json(self, name: str) -> Any:
        """The value of a small file; None where there is none or it is damaged."""
        file = next((file for file in self.held.files if self._name(file) == name), None)
        try:
            if file is None:
                return None
            content = open_member(file.member)
            try:
                return msgspec.json.decode(whole(content, _FACTS))
            finally:
                content.close()
        except (SousveilError, msgspec.DecodeError, RecursionError):
            return None

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What info.json says of the run."""
        value = self._json(INFO)
        return value if isinstance(value, dict) else {}

    @cached_property
    def properties(self) -> dict[str, str]:
        """The system properties of Android among the results."""
        found: dict[str, str] = {}
        for name in _GETPROP:
            rows = self._json(name)
            for row in rows if isinstance(rows, list) else ():
                if isinstance(row, dict) and isinstance(row.get("name"), str) and isinstance(row.get("value"), str):
                    found.setdefault(row["name"], row["value"])
        return found

    @cached_property
    def clock(self) -> Clock:
        """Of the zone that the phone was set to."""
        zone = self.properties.get("persist.sys.timezone")
        return Clock(zone=zone if zone_named(zone) else None, offset=None)

    @cached_property
    def device(self) -> Device:
        """The phone, as the results state it. When MVT ran stands for when its data was made, where nothing says it."""
        made = Clock(zone=None, offset=0).utc(_text(self.facts, "date"))
        ran = None if made is None else round(made * 1_000_000)
        names = {self._name(file) for file in self.held.files}
        if self.properties or any(name.startswith(("aqf_", "dumpsys_")) or name in _PACKAGES for name in names):
            return msgspec.structs.replace(super().device, acquisition=self.form, last_backup=ran)
        phone = self._json("backup_info.json")
        phone = phone if isinstance(phone, dict) else {}
        at = Clock(zone=None, offset=0).utc(_text(phone, "Last Backup Date"))
        apps = phone.get("Installed Applications")
        installed = [app[:255] for app in apps if isinstance(app, str)] if isinstance(apps, list) else []
        return Device(
            platform="ios",
            acquisition=self.form,
            product_type=_text(phone, "Product Type"),
            product_version=_text(phone, "Product Version"),
            build=_text(phone, "Build Version"),
            last_backup=ran if at is None else round(at * 1_000_000),
            installed=tuple(sorted(set(installed))[:MAX_INSTALLED]),
            unique_id=_text(phone, "Unique Identifier"),
            name=_text(phone, "Device Name"),
        )

    def _installed(self) -> tuple[str, ...]:
        rows = next(filter(None, map(self._json, _PACKAGES)), None)
        names = {
            name[:255]
            for row in (rows if isinstance(rows, list) else ())
            if isinstance(row, dict) and isinstance(name := row.get("package_name") or row.get("name"), str)
        }
        return tuple(sorted(names)[:MAX_INSTALLED])

    @cached_property
    def limits(self) -> list[Limit]:
        """That the phone's data was not seen, and which files no artefact reads."""
        version = _text(self.facts, "mvt_version") or ""
        found = [*self.held.limits, Limit(id="second_hand", values={"version": version})]
        names = (self._name(file) for file in self.held.files if not file.archive)
        unread = sorted(
            name for name in names if not (_own(name) or name in _PHONE or name.removesuffix(".json") in MODULES)
        )
        if unread:
            more = f" (+{len(unread) - NAMED:,})" if len(unread) > NAMED else ""
            shown = ", ".join(name[:60] for name in unread[:NAMED]) + more
            found.append(Limit(id="results_unread", values={"names": shown}))
        if self.device.platform == "android" and self.clock.zone is None:
            found.append(Limit(id="clock_unknown"))
        return found


def _own(name: str) -> bool:
    return name in _OWN or name.endswith("_detected.json")


def _text(facts: Mapping[str, Any], key: str) -> str | None:
    value = facts.get(key)
    return value[:255] if isinstance(value, str) and value else None


__all__ = ["Results", "looks_like", "opened"]
