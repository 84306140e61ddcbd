"""Security events in the logs of Intrusion Logging: debugging, apps, certificate authorities, unlocking, starts of programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sousveil.artefacts.android._common import package_of_process
from sousveil.artefacts.android._intrusion import SOURCE, intrusion_log
from sousveil.artefacts.model import Event
from sousveil.kinds import BundleId, FilePath, Flag, HashValue, Integer, Json, Label, ProcessName, Role, Text, UnixTime
from sousveil.readers.json_rows import digest_of, number_of, text_of
from sousveil.readers.plists import Row
from sousveil.records import Record

TAGS: Mapping[int, str] = {
    210001: "adb_shell_interactive",
    210002: "adb_shell_cmd",
    210003: "adb_sync_recv_file",
    210004: "adb_sync_send_file",
    210005: "app_process_start",
    210006: "keyguard_dismissed",
    210007: "keyguard_dismiss_auth_attempt",
    210008: "keyguard_secured",
    210009: "os_startup",
    210010: "os_shutdown",
    210011: "logging_started",
    210012: "logging_stopped",
    210013: "media_mount",
    210014: "media_unmount",
    210022: "remote_lock",
    210023: "wipe_failure",
    210024: "key_generated",
    210025: "key_import",
    210026: "key_destruction",
    210027: "user_restriction_added",
    210028: "user_restriction_removed",
    210029: "cert_authority_installed",
    210030: "cert_authority_removed",
    210032: "key_integrity_violation",
    210033: "cert_validation_failure",
    210036: "password_changed",
    210037: "wifi_connection",
    210038: "wifi_disconnection",
    210039: "bluetooth_connection",
    210040: "bluetooth_disconnection",
    210041: "package_installed",
    210042: "package_updated",
    210043: "package_uninstalled",
    210044: "backup_service_toggled",
    210045: "nfc_enabled",
    210046: "nfc_disabled",
}
"""The numbers by which an event may name its kind."""
PLACES: Mapping[str, tuple[str, ...]] = {
    "adb_shell_cmd": ("command",),
    "adb_sync_recv_file": ("path",),
    "adb_sync_send_file": ("path",),
    "app_process_start": ("process", "start_time", "uid", "pid", "seinfo", "sha256"),
    "cert_authority_installed": ("success", "subject"),
    "cert_authority_removed": ("success", "subject"),
    "package_installed": ("package_name", "version_code", "user_id"),
    "package_updated": ("package_name", "version_code", "user_id"),
    "package_uninstalled": ("package_name", "version_code", "user_id"),
}
"""The values of an event that lists them without names."""
START = "app_process_start"
_OWN = frozenset({"event_time", "event_id", "tag", "data"})
MAX_DETAIL = 20_000


class SecurityEvent(Record):
    """One security event; starts of programs have a page of their own."""

    phone: Label | None
    """The archive and folder of the log."""
    event: Label
    """The name of the kind, such as `adb_shell_cmd`; `tag N` for a number without a name."""
    package: BundleId | None
    version_code: Integer | None
    command: Text | None
    path: FilePath | None
    """Of a file that a computer fetched from the phone or put on it."""
    subject: Label | None
    """Of a certificate authority."""
    success: Flag | None
    detail: Json | None
    """Everything that the event says."""
    at: UnixTime | None


class ProgramStart(Record):
    """One start of a program."""

    phone: Label | None
    """The archive and folder of the log."""
    process: ProcessName
    package: BundleId | None
    pid: Integer | None
    uid: Integer | None
    seinfo: Label | None
    sha256: HashValue | None
    """Of the app's APK."""
    started: UnixTime | None
    """What the event itself says; `at` is when it was logged."""
    at: UnixTime | None


def named(event: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """(kind, its values by name) of an event in either form; None where it names no kind."""
    tag = number_of(event.get("tag"))
    if tag is not None:
        name = TAGS.get(tag, f"tag {tag}")
        data = event.get("data")
        if isinstance(data, dict):
            return name, data
        listed = data if isinstance(data, list) else []
        values = dict(zip(PLACES.get(name, ()), listed, strict=False))
        rest = listed[len(values) :]
        return name, values | ({"data": rest} if rest else {})
    keys = [key for key in event if key not in _OWN]
    key = next((key for key in keys if key in TAGS.values()), None) or next(
        (key for key in keys if isinstance(event[key], dict | None)), None
    )
    if key is None:
        return None
    value = event[key]
    return key[:100], value if isinstance(value, dict) else {}


def _flag(value: object) -> int | None:
    number = int(value) if isinstance(value, bool) else number_of(value)
    return None if number is None else int(number > 0)


def _event(event: dict[str, Any]) -> Row | None:
    kind, values = named(event) or ("unnamed", {})
    if kind == START:
        return None
    detail = json.dumps(values, ensure_ascii=False, sort_keys=True) if values else None
    return Row(
        {
            "event": kind,
            "package": text_of(values.get("package_name"), 255),
            "version_code": number_of(values.get("version_code")),
            "command": text_of(values.get("command"), MAX_DETAIL),
            "path": text_of(values.get("path")),
            "subject": text_of(values.get("subject"), 500),
            "success": _flag(values.get("success")),
            "detail": detail if detail is None or len(detail) <= MAX_DETAIL else None,
            "at": number_of(event.get("event_time")),
        }
    )


def _start(event: dict[str, Any]) -> Row | None:
    kind, values = named(event) or ("", {})
    process = text_of(values.get("process"), 255)
    if kind != START or process is None:
        return None
    return Row(
        {
            "process": process,
            "package": package_of_process(process),
            "pid": number_of(values.get("pid")),
            "uid": number_of(values.get("uid")),
            "seinfo": text_of(values.get("seinfo"), 200),
            "sha256": digest_of(values.get("sha256")),
            "started": number_of(values.get("start_time")),
            "at": number_of(event.get("event_time")),
        }
    )


ARTEFACTS = (
    intrusion_log(
        "android.intrusion_events",
        "Security events (Intrusion Logging)",
        SecurityEvent,
        "security_event",
        _event,
        role=Role.INSTALLED,
        strangers=True,
        events=(Event(at="at", says="security event", shows="event"),),
        means="The log shows what computers did on the phone over a cable, and which apps and certificate authorities came and "
        "went. The name of a published app shows that an app of this name was installed or removed.",
    ),
    intrusion_log(
        "android.intrusion_starts",
        "Starts of programs (Intrusion Logging)",
        ProgramStart,
        "security_event",
        _start,
        role=Role.RAN,
        events=(Event(at="at", says="program started", shows="process"),),
        basis=SOURCE + "; the hash recalled",
        verified=False,
        means="A published name shows that a program of this name was started. Names can be copied.",
    ),
)
