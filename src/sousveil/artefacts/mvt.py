"""Results that the Mobile Verification Toolkit (MVT) wrote: one JSON file for each of its modules.

Such rows are second-hand: MVT read the phone's data, and that data is not here. A finding that rests on them is a lead at most.
`MODULES` says what the columns of each module are. Times of an iPhone are in UTC, those of Android in the phone's own zone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sousveil.acquisition.clock import Clock
from sousveil.acquisition.content import open_member
from sousveil.acquisition.model import FileGroup
from sousveil.acquisition.places import phone_path
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import (
    BundleId,
    Certificate,
    Domain,
    FilePath,
    Handle,
    HashValue,
    Label,
    LocalTime,
    Opaque,
    ProcessName,
    ProfileId,
    PropertyName,
    Real,
    Role,
    RoleValue,
    Text,
    UnixTime,
    Url,
)
from sousveil.patterns import lazy_pattern
from sousveil.readers.json_rows import json_values
from sousveil.readers.model import Described
from sousveil.readers.plists import Row, batches_of
from sousveil.records import Batch, Record
from sousveil.texts import t

MAX_TEXT = 100_000
"""Characters of a value that are kept."""
MAX_VALUES = 500
"""Values of a column, where a row holds a list of them."""
_MAX_NODES = 20_000
_PACKAGE_NAME = lazy_pattern(r"[A-Za-z]\w*(?:\.\w+)+(?=:|$)")
_UTC = Clock(zone=None, offset=0)


class ResultRow(Record):
    """One row of a module's results. A row with several values of a kind gives several rows."""

    module: Label
    """The name of the file without `.json`: MVT's module."""
    role: RoleValue
    at: UnixTime | None
    at_local: LocalTime | None
    text: Text | None
    url: Url | None
    host: Domain | None
    handle: Handle | None
    process: ProcessName | None
    bundle: BundleId | None
    path: FilePath | None
    hash: HashValue | None
    certificate: Certificate | None
    profile: ProfileId | None
    property: PropertyName | None
    value: Opaque | None
    source: Label | None
    """The program that installed an app, where that is known."""
    wifi_in: Real | None
    wifi_out: Real | None
    wwan_in: Real | None
    wwan_out: Real | None


RoleOf = Callable[[Mapping[str, Any]], Role]


@dataclass(frozen=True, slots=True)
class Module:
    """What a module's columns are."""

    columns: tuple[tuple[str, str], ...]
    """(path of keys joined by `/`, field); `*` stands for every entry of a list or dictionary."""
    role: Role | RoleOf | None = None
    """None: that of the artefact."""
    at: tuple[str, ...] = ()
    """Keys of the time, the best first."""
    local: bool = False
    """Whether the time is the phone's wall clock."""


def _sent(value: Mapping[str, Any]) -> Role:
    mine = value.get("direction") == "sent" or value.get("ZISFROMME") in (1, True)
    return Role.SENT if mine else Role.RECEIVED


def _visit(value: Mapping[str, Any]) -> Role:
    return Role.REDIRECTED if value.get("redirect_source") else Role.VISITED


def _of(columns: str, *at: str, role: Role | RoleOf | None = None, local: bool = False) -> Module:
    """A module from `key:field key:field`; a key alone is the field's name as well."""
    pairs = (column.partition(":") for column in columns.split())
    return Module(tuple((key, field or key) for key, _, field in pairs), role, at, local)


_TRAFFIC = "wifi_in wifi_out wwan_in wwan_out"
_COMPONENT = "package_name:bundle package:bundle component:component"
_PACKAGE = _of(
    "name:bundle package_name:bundle installer:source files/*/path:path files/*/sha256:hash files/*/sha1:hash "
    "files/*/md5:hash files/*/certificate/Sha256:certificate files/*/certificate/Sha1:certificate "
    "files/*/certificate/Md5:certificate files/*/certificate/sha256:certificate files/*/certificate/sha1:certificate "
    "files/*/certificate/md5:certificate",
    "last_update_time",
    "timestamp",
    local=True,
)
_PROPERTY = _of("name:property value")
_SETTING = _of("name:name value")
_PROCESS = _of(
    "command:process command:app proc_name:process proc_name:app name:process name:app process_name:process process_name:app"
)
_FILES = _of("path sha256:hash sha1:hash md5:hash", "modified_time", local=True)
_SITE = _of("url", "isodate", "last_seen_isodate", role=Role.LOADED)
_TRAFFIC_ROWS = _of(f"proc_name:process bundle_id:bundle {_TRAFFIC}", "live_isodate", "isodate", "first_isodate")
_ADDAILY = _of(f"package:process {_TRAFFIC}", "ts")
_INTERACTION = _of(
    "sender_identifier:handle recipient_identifier:handle content:text interaction_content_url:url", "start_date"
)
_CHROME = _of("url", "isodate", role=_visit)
_ANDROID_LOG = "package_name:bundle process:process process_name:process"

MODULES: Mapping[str, Mapping[str, Module]] = {
    "messages": {
        "sms": _of("text:text body:text links/*:text phone_number:handle address:handle", "isodate", role=_sent),
        "sms_attachments": _of("filename:path phone_number:handle", "isodate", "start_date", role=_sent),
        "whatsapp": _of(
            "ZTEXT:text links/*:text ZTITLE:text ZSUMMARY:text ZMATCHEDTEXT:text ZMEDIAURL:url ZCONTENT1:text "
            "ZCONTENT2:text ZFROMJID:handle contact_jid:handle lid:handle",
            "isodate",
            role=_sent,
        ),
        "calendar": _of("summary:text description:text url participant_email:handle", "start_date", "creation_date"),
        "urls": _of("expanded_url:url", "timestamp"),
    },
    "links": {
        "safari_history": _of("url", "isodate", role=_visit),
        "safari_browser_state": _of(
            "tab_url:url tab_title:text session_data/*/entry_url:url session_data/*/entry_title:text",
            "last_viewed_timestamp",
        ),
        "safari_favicon": _of("url icon_url:url", "isodate", role=Role.LOADED),
        "chrome_history": _CHROME,
        "chrome_favicon": _of("url icon_url:url", "isodate", role=Role.LOADED),
        "firefox_history": _of("url title:text", "isodate"),
        "firefox_favicon": _of("url history_url:url", "isodate", role=Role.LOADED),
        "webkit_resource_load_statistics": _of("registrable_domain:host", "last_seen_isodate", role=Role.LOADED),
        "webkit_session_resource_log": _of(
            "origin:host redirect_source:text redirect_destination:text subframe_under_origin:text "
            "subresource_under_origin:text",
            "last_seen_isodate",
            "last_seen",
            role=Role.LOADED,
        ),
        "webkit_indexed_db": _SITE,
        "webkit_local_storage": _SITE,
        "webkit_safari_view_service": _SITE,
        "cache_files": _SITE,
        "shortcuts": _of("action_urls:text", "isodate", role=Role.WRITTEN),
        "dns_event": _of("hostname:host ip_addresses/*:host package_name:bundle", "event_time", role=Role.LOADED),
        "connect_event": _of("ip_address:host package_name:bundle", "event_time", role=Role.LOADED),
    },
    "processes": {
        "datausage": _TRAFFIC_ROWS,
        "netusage": _TRAFFIC_ROWS,
        "os_analytics_ad_daily": _ADDAILY,
        "osanalytics_addaily": _ADDAILY,
        "shutdown_log": _of("client:program", "isodate"),
        "processes": _PROCESS,
        "aqf_processes": _PROCESS,
        "tombstones": _of(
            "process_name:process command_line/*:process command_line/*:app binary_path:program",
            "timestamp",
            local=True,
        ),
    },
    "apps": {
        "applications": _of("softwareVersionBundleId:bundle name:bundle sourceApp:source", "isodate"),
        "packages": _PACKAGE,
        "aqf_packages": _PACKAGE,
        "dumpsys_packages": _PACKAGE,
        "dumpsys_activities": _of(_COMPONENT),
        "dumpsys_receivers": _of(_COMPONENT),
        "dumpsys_battery_daily": _of("package_name:bundle", "period_end", local=True),
        "dumpsys_battery_history": _of("package_name:bundle", "timestamp", local=True),
        "dumpsys_platform_compat": _of("package_name:bundle"),
        "security_event": _of(_ANDROID_LOG, "event_time"),
    },
    "profiles": {
        "configuration_profiles": _of(
            "plist/PayloadUUID:profile plist/PayloadIdentifier:profile plist:structure", "install_date"
        ),
        "profile_events": _of("profile_id:profile process", "timestamp"),
    },
    "files": {
        "manifest": _of("relative_path:relative", "modified", "created"),
        "filesystem": _of("path:rooted", "modified"),
        "files": _FILES,
        "aqf_files": _FILES,
        "root_binaries": _of("path"),
        "mounts": _of("mount_point:path"),
        "dbinfo": _of("path", "timestamp", local=True),
        "dumpsys_dbinfo": _of("path", "timestamp", local=True),
        "bugreport_timestamps": _of("path", "modified_time", local=True),
    },
    "accounts": {
        "id_status_cache": _of("user:handle", "isodate"),
        "idstatuscache": _of("user:handle", "isodate"),
        "interaction_c": _INTERACTION,
        "interactionc": _INTERACTION,
        "calls": _of("number:handle", "isodate"),
        "contacts": _of("value:handle", role=Role.WRITTEN),
        "whatsapp_contacts": _of("whatsapp_id:handle", "last_updated", role=Role.WRITTEN),
    },
    "permissions": {
        "tcc": _of("client:program service:source", "last_modified"),
        "locationd_clients": _of(
            "BundleId:bundle package:program BundlePath:path Executable:path Registered:path",
            "LocationTimeStopped",
            "SignificantTimeStopped",
            "ConsumptionPeriodBegin",
        ),
        "dumpsys_appops": _of("package_name:bundle"),
        "dumpsys_accessibility": _of(_COMPONENT),
    },
    "properties": {
        "getprop": _PROPERTY,
        "aqf_get_prop": _PROPERTY,
        "dumpsys_get_prop": _PROPERTY,
        "settings": _SETTING,
        "aqf_settings": _SETTING,
        "global_preferences": _of("entry:name value"),
    },
}
"""Artefact -> module (name of its file) -> columns. Older versions of MVT name some modules otherwise."""
KNOWN = {module: columns for modules in MODULES.values() for module, columns in modules.items()}
CONFIRMED = frozenset(
    """
    applications aqf_get_prop aqf_packages aqf_settings bugreport_timestamps calendar calls chrome_favicon
    chrome_history configuration_profiles contacts datausage dbinfo dumpsys_activities dumpsys_appops
    dumpsys_battery_daily dumpsys_battery_history dumpsys_get_prop dumpsys_packages dumpsys_receivers
    firefox_favicon firefox_history global_preferences id_status_cache interaction_c locationd_clients manifest
    mounts os_analytics_ad_daily processes profile_events safari_browser_state safari_history settings shortcuts
    sms sms_attachments tcc tombstones urls webkit_resource_load_statistics webkit_session_resource_log whatsapp
    whatsapp_contacts
    """.split()
)
"""Modules whose files MVT 2026.10.26 wrote for generated phones and one real bug report. The columns of the others are recalled."""


def _values(value: Any, path: list[str]) -> Iterator[Any]:
    """What lies at a path of keys."""
    if not path:
        yield value
    elif path[0] == "*":
        inner = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
        for entry in inner[:MAX_VALUES]:
            yield from _values(entry, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])


def _strings(value: Any) -> str:
    """The texts within a structure, one a line."""
    found: list[str] = []
    waiting = [value]
    while waiting and len(found) < _MAX_NODES:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, str):
            found.append(node)
    return "\n".join(reversed(found))


def _clean(text: str) -> str:
    """A text as it may be written out: JSON can hold halves of characters."""
    return text[:MAX_TEXT].encode("utf-8", "replace").decode()


def _named(field: str, value: Any, row: Mapping[str, Any]) -> tuple[str, Any]:
    """(field of the record, value) of a column that needs a closer look; a value of None is left out."""
    if field in ("wifi_in", "wifi_out", "wwan_in", "wwan_out"):
        return field, value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if field == "structure":
        return "text", _clean(_strings(value)) or None
    if field == "value":
        return field, _clean(str(value)) if isinstance(value, str | int | float) else None
    if not isinstance(value, str) or not value:
        return field, None
    text = _clean(value)
    if field == "component":
        return "bundle", text.partition("/")[0].strip() or None
    if field == "app":
        package = _PACKAGE_NAME.match(text)
        return "bundle", package[0] if package else None
    if field == "program":
        return "path" if text.startswith("/") else "bundle", text
    if field == "rooted":
        return "path", "/" + text.lstrip("/")
    if field == "relative":
        return "path", phone_path(str(row.get("domain")), text) or text
    if field == "name":
        return "source", text
    return field, text


def _moment(value: Mapping[str, Any], module: Module, clock: Clock) -> dict[str, float]:
    """The time of a row, where it has one."""
    for key in module.at:
        text = value.get(key)
        moment = clock.utc(text[:40]) if isinstance(text, str) else None
        if moment is not None:
            return {"at_local" if module.local else "at": moment}
    return {}


def rows_of(value: Any, name: str, module: Module, artefact: str, context: Context) -> list[Row]:
    """The rows of one value of a module's list; [] for a value of another form."""
    if isinstance(value, str):
        value = {"path": value}  # older versions list paths alone
    if not isinstance(value, dict):
        return []
    given = module.role or ROLES[artefact]
    role = given if isinstance(given, Role) else given(value)
    common: dict[str, Any] = {"module": name, "role": role.value}
    common |= _moment(value, module, Clock.of(context.device) if module.local else _UTC)
    known = False
    rows = [Row(common)]
    for path, column in module.columns:
        for found in _values(value, path.split("/")):
            known = True
            field, plain = _named(column, found, value)
            if plain is None or any(row.get(field) == plain for row in rows):
                continue
            if field == "text" and "text" in rows[0]:
                rows[0]["text"] = f"{rows[0]['text']}\n{plain}"[:MAX_TEXT]
                continue
            row = next((row for row in rows if field not in row), None)
            if row is None:
                rows.append(row := Row(common))
            row[field] = plain
    return rows if known else []


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The rows of one module's file. Raises Unsupported, after the others, where rows have another form."""
    group = files["main"]
    name = group.relative.rpartition("/")[2].removesuffix(".json")
    module, short = KNOWN[name], artefact.name.partition(".")[2]
    content = open_member(group.members[0])
    strange = 0

    def rows() -> Iterator[Row]:
        nonlocal strange
        for value in json_values(content):
            made = rows_of(value, name, module, short, context)
            strange += not made
            yield from made
        if strange:
            raise Unsupported(t("error.mvt.rows", n=strange))

    try:
        yield from batches_of(rows(), artefact, f"MVT {name}", group.where, context)
    finally:
        content.close()


_BASIS = "results that MVT 2026.10.26 wrote for generated phones; other versions by its published documentation"
ROLES = {
    "messages": Role.RECEIVED,
    "links": Role.VISITED,
    "processes": Role.RAN,
    "apps": Role.INSTALLED,
    "profiles": Role.INSTALLED,
    "files": Role.INSTALLED,
    "accounts": Role.CONTACTED,
    "permissions": Role.GRANTED,
    "properties": Role.INSTALLED,
}
_TITLES = {
    "messages": "Messages and calendar (results of MVT)",
    "links": "Web pages and connections (results of MVT)",
    "processes": "Processes (results of MVT)",
    "apps": "Apps (results of MVT)",
    "profiles": "Configuration profiles (results of MVT)",
    "files": "Files of the phone (results of MVT)",
    "accounts": "Accounts and contacts (results of MVT)",
    "permissions": "Permissions (results of MVT)",
    "properties": "Properties and settings (results of MVT)",
}


def _places(modules: Iterable[str]) -> tuple[At, ...]:
    return tuple(At.anywhere(f"{top}{name}.json") for name in modules for top in ("", "*/"))


def _seen(modules: Collection[str]) -> tuple[Seen, ...]:
    confirmed = [name for name in modules if name in CONFIRMED]
    recalled = [name for name in modules if name not in CONFIRMED]
    made = (Seen(versions="MVT 2026.10", basis=_BASIS, verified=True, places=_places(confirmed)),) if confirmed else ()
    if recalled:
        basis = f"recalled from descriptions of MVT's output ({', '.join(recalled)})"
        made = (*made, Seen(versions="MVT 2.0 and later", basis=basis, verified=False, places=_places(recalled)))
    return made


def _artefact(short: str) -> Artefact:
    return Artefact(
        name=f"mvt.{short}",
        title=_TITLES[short],
        needs={"main": _places(MODULES[short])},
        record=ResultRow,
        role=ROLES[short],
        read=read,
        events=(
            Event(at="at", says="in the results of MVT", shows="module"),
            Event(at="at_local", says="in the results of MVT", shows="module"),
        ),
        expected=Expected(optional="only where MVT ran a module for it and wrote results"),
        acquisitions=("mvt",),
        seen=_seen(MODULES[short]),
        means="The rows come from another tool. A match is a lead: the phone's own data was not seen.",
    )


class Alert(Record):
    """What MVT itself flagged: one alert, or one row with an indicator that it matched."""

    module: Label
    level: Label | None
    message: Opaque | None
    indicator: Label | None
    """The name of the threat, or of the file of indicators, that MVT gave."""
    at: UnixTime | None


def _alerts(value: Any, name: str) -> Iterator[Row]:
    if not isinstance(value, dict):
        return
    matched = value.get("matched_indicator")
    matched = matched if isinstance(matched, dict) else {}
    named = matched.get("name") or matched.get("stix2_file_name")
    module = value.get("module")
    level, message = value.get("level"), value.get("message")
    yield Row(
        {
            "module": _clean(module)[:80] if isinstance(module, str) and module else name.removesuffix("_detected"),
            "level": _clean(level)[:20] if isinstance(level, str) else None,
            "message": _clean(message)[:1000] if isinstance(message, str) else None,
            "indicator": _clean(named)[:80] if isinstance(named, str) and named else None,
        }
    )


def read_alerts(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The alerts of one file."""
    group = files["main"]
    name = group.relative.rpartition("/")[2].removesuffix(".json")
    content = open_member(group.members[0])
    try:
        rows = (row for value in json_values(content) for row in _alerts(value, name))
        yield from batches_of(rows, artefact, "MVT alerts", group.where, context)
    finally:
        content.close()


_FLAGGED = ("alerts", *(f"{name}_detected" for name in KNOWN))
ARTEFACTS = (
    *map(_artefact, MODULES),
    Artefact(
        name="mvt.alerts",
        title="Alerts of MVT",
        needs={"main": _places(_FLAGGED)},
        record=Alert,
        role=Role.QUOTED,
        read=read_alerts,
        expected=Expected(optional="only where MVT flagged something"),
        acquisitions=("mvt",),
        seen=(Seen(versions="MVT 2.0 and later", basis=_BASIS, verified=True),),
        means="What MVT flagged is shown as a note with its name. It is not a finding of Sousveil.",
    ),
)
