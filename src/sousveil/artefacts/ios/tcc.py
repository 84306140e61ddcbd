"""Permissions: which program may use camera, microphone, photos and the like (TCC.db)."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, At, Event, Seen
from sousveil.kinds import BundleId, FilePath, Integer, Label, ProcessName, Role, UnixTime
from sousveil.readers.sqlite import Column, Layout, chain, sqlite
from sousveil.records import Record


class Permission(Record):
    """One permission that a program asked for, was given or was refused."""

    service: Label
    """Such as kTCCServiceCamera."""
    bundle: BundleId | None
    """The program, where it is named by its identifier."""
    process: ProcessName | None
    """The program, where it is named by its path (which genuine apps never are)."""
    path: FilePath | None
    """The same path."""
    client_type: Label | None
    """`bundle_id` or `absolute_path`."""
    auth_value: Label | None
    """`denied`, `unknown`, `allowed`, `limited`."""
    auth_reason: Label | None
    auth_version: Integer | None
    prompt_count: Integer | None
    last_modified: UnixTime | None
    last_reminded: UnixTime | None
    expired_at: UnixTime | None
    """When a permission that is no longer valid was taken away."""


_CLIENTS = {0: "bundle_id", 1: "absolute_path"}
_VALUES = {0: "denied", 1: "unknown", 2: "allowed", 3: "limited"}
_REASONS = {
    1: "error",
    2: "user_consent",
    3: "user_set",
    4: "system_set",
    5: "service_policy",
    6: "mdm_policy",
    7: "override_policy",
    8: "missing_usage_string",
    9: "prompt_timeout",
    10: "preflight_unknown",
    11: "entitled",
    12: "app_type_policy",
}


def _words(names: dict[int, str], column: Column) -> Column:
    return [names.get(value, f"unknown ({value})") if isinstance(value, int) else value for value in column]


def _client(column: Column) -> Column:
    return _words(_CLIENTS, column)


def _value(column: Column) -> Column:
    return _words(_VALUES, column)


def _reason(column: Column) -> Column:
    return _words(_REASONS, column)


def _allowed(column: Column) -> Column:
    return ["allowed" if value == 1 else "denied" if value == 0 else value for value in column]


def _layout(name: str, table: str, columns: dict[str, str], auth: bool) -> Layout:
    path = f"CASE {table}.client_type WHEN 1 THEN {table}.client END"
    return Layout(
        name=name,
        source=table,
        columns={
            "service": f"{table}.service",
            "bundle": f"CASE {table}.client_type WHEN 1 THEN NULL ELSE {table}.client END",
            "process": path,
            "path": path,
            "client_type": f"{table}.client_type",
            **columns,
        },
        optional={
            "last_modified": f"{table}.last_modified",
            "last_reminded": f"{table}.last_reminded",
            "auth_reason": f"{table}.auth_reason",
            "auth_version": f"{table}.auth_version",
            "prompt_count": f"{table}.prompt_count",
        },
        decode={"client_type": _client, "auth_value": _value if auth else _allowed, "auth_reason": _reason},
        extra=(table,),
    )


_CURRENT = sqlite(
    _layout("auth_value", "access", {"auth_value": "access.auth_value"}, True),
    _layout("allowed", "access", {"auth_value": "access.allowed"}, False),
    part="permissions",
)
_EXPIRED = sqlite(_layout("expired", "expired", {"expired_at": "expired.expired_at"}, True), required=False)

ARTEFACT = Artefact(
    name="ios.tcc",
    title="Permissions of programs",
    needs={"main": (At.ios("/private/var/mobile/Library/TCC/TCC.db"),)},
    record=Permission,
    role=Role.GRANTED,
    read=chain(_CURRENT, _EXPIRED),
    events=(
        Event(at="last_modified", says="permission changed", shows="service"),
        Event(at="expired_at", says="permission expired", shows="service"),
    ),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="layout from the reference tool's output and published descriptions",
            verified=True,
        ),
    ),
    means="A program that may use the microphone was allowed to by the owner, by policy or by the system. A "
    "published name here shows that a program of that name asked; apps with such names exist.",
)
