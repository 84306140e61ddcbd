"""Apps that were installed and removed: mobile_installation.log."""

from __future__ import annotations

import re
from collections.abc import Iterator

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


def _form(event: str, begin: str, rest: str, fields: str) -> tuple[str, str, re.Pattern[str], list[str]]:
    """(event, what its message contains, its form, the fields in their order)."""
    return event, begin, re.compile(re.escape(begin) + rest), fields.split()


_DONE = rf" for \(([A-Za-z]{{1,40}}):{_NAME}\)"
_ASKED = r'(/[^"]{1,1000})" type (\w{1,40}) .{0,200}?requested by (\S{1,200})'
_BUNDLE = rf"\w{{1,60}} ID={_NAME}; (?:Persona=[^,>]*, )?Version=([^,>]{{1,80}})"
_REMOVAL = rf"(\S{{1,200}}) .{{0,200}}?for identity \[{_NAME}"
_GONE = rf"(?:with identifier )?{_NAME} .{{0,200}}?\bat (/.{{1,1000}})"
_FORMS = (
    _form("install started", "Installing <MI", _BUNDLE, "bundle version"),
    _form("installed", "nstall ", "[Ss]uccessful" + _DONE, "install_type bundle"),
    _form("install failed", "nstall ", "[Ff]ailed" + _DONE, "install_type bundle"),
    _form("install requested", 'Install of "', _ASKED, "path install_type requester"),
    _form("removal requested", "Uninstall requested by ", _REMOVAL, "requester bundle"),
    _form("removed", "Uninstalling identifier ", _NAME, "bundle"),
    _form("container removed", "Destroying container ", _GONE, "bundle path"),
    _form("container made", "Made container live for ", rf"{_NAME} at (/.{{1,1000}})", "bundle path"),
    _form("container made", "Data container for ", rf"{_NAME} is now at (/.{{1,1000}})", "bundle path"),
    _form("updated", "Attempting Delta patch update of ", rf"{_NAME} from (\S{{1,80}})", "bundle version"),
    _form("profile removed", "Uninstalling profiles for ", rf"[A-Z0-9*]{{10}}\.{_NAME}", "bundle"),
)


def parse(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """A row for each message that is a step of an installation or a removal."""
    for entry in entries(lines, context):
        first = entry.message.partition("\n")[0]
        if "nstall" not in first and "ontainer " not in first and "Delta " not in first:
            continue
        for event, begin, form, fields in _FORMS:
            if begin in first and (found := form.search(first)):
                row = Row(zip(fields, found.groups(), strict=True), line=entry.line)
                row["event"], row["pid"], row["at"] = event, entry.pid, entry.at
                yield row
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
