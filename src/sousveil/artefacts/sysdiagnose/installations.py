"""Apps that were installed and removed: mobile_installation.log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.artefacts.sysdiagnose._entries import entries
from sousveil.kinds import BundleId, FilePath, Integer, Label, LocalTime, Role
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class Installation(Record):
    """One step of an installation or a removal."""

    event: Label
    """`install requested`, `install started`, `installed`, `install failed`, `container made`, `updated`, `removal requested`,
    `removed`, `container removed`, `profile removed`."""
    bundle: BundleId | None
    install_type: Label | None
    """`Customer` (the store), `Placeholder` (room for an app that is being loaded), `Developer`, and others."""
    version: Label | None
    path: FilePath | None
    requester: Label | None
    """The program that asked for it."""
    pid: Integer
    at: LocalTime | None


_NAME = r"([A-Za-z0-9][\w.\-]{1,254})"
_FORMS: tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...] = (
    (
        "install started",
        re.compile(rf"Installing <MI\w{{1,60}} ID={_NAME}; (?:Persona=[^,>]*, )?Version=([^,>]{{1,80}})"),
        ("bundle", "version"),
    ),
    (
        "installed",
        re.compile(rf"(?i:Install successful) for \(([A-Za-z]{{1,40}}):{_NAME}\)"),
        ("install_type", "bundle"),
    ),
    (
        "install failed",
        re.compile(rf"(?i:Install failed) for \(([A-Za-z]{{1,40}}):{_NAME}\)"),
        ("install_type", "bundle"),
    ),
    (
        "install requested",
        re.compile(r'Install of "(/[^"]{1,1000})" type (\w{1,40}) .{0,200}?requested by (\S{1,200})'),
        ("path", "install_type", "requester"),
    ),
    (
        "removal requested",
        re.compile(rf"Uninstall requested by (\S{{1,200}}) .{{0,200}}?for identity \[{_NAME}"),
        ("requester", "bundle"),
    ),
    ("removed", re.compile(rf"Uninstalling identifier {_NAME}"), ("bundle",)),
    (
        "container removed",
        re.compile(rf"Destroying container (?:with identifier )?{_NAME} .{{0,200}}?\bat (/.{{1,1000}})"),
        ("bundle", "path"),
    ),
    ("container made", re.compile(rf"Made container live for {_NAME} at (/.{{1,1000}})"), ("bundle", "path")),
    ("container made", re.compile(rf"Data container for {_NAME} is now at (/.{{1,1000}})"), ("bundle", "path")),
    ("updated", re.compile(rf"Attempting Delta patch update of {_NAME} from (\S{{1,80}})"), ("bundle", "version")),
    ("profile removed", re.compile(rf"Uninstalling profiles for [A-Z0-9*]{{10}}\.{_NAME}"), ("bundle",)),
)
_WORTH = re.compile(r"(?i:install)|container|profiles for|patch update")


def parse(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """A row for each message that is a step of an installation or a removal."""
    for entry in entries(lines, context):
        first = entry.message.partition("\n")[0]
        if not _WORTH.search(first):
            continue
        for event, form, fields in _FORMS:
            if found := form.search(first):
                values: dict[str, Any] = dict(zip(fields, found.groups(), strict=True))
                yield Row({"event": event, **values, "pid": entry.pid, "at": entry.at}, line=entry.line)
                break


ARTEFACT = Artefact(
    name="sysdiagnose.installations",
    title="Installed and removed apps",
    needs={"main": (At.sysdiagnose("logs/MobileInstallation/mobile_installation.log.*"),)},
    record=Installation,
    role=Role.INSTALLED,
    read=text_rows(parse),
    events=(Event(at="at", says="step of an installation or a removal", shows="event"),),
    expected=Expected(optional="the log is there where the phone could collect it"),
    seen=(
        Seen(
            versions="iOS 13 to 18",
            basis="seen on a real phone (iOS 14, containers); the steps of an app from lines of 2025 that two researchers published",
            verified=True,
        ),
    ),
    means="A published app was installed or removed at this time; the log also names apps that are gone. It shows no use.",
)
