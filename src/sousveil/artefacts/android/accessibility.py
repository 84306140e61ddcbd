"""Accessibility services: apps that may read the screen and act for the user (dumpsys accessibility)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.artefacts.android._common import component, components
from sousveil.artefacts.model import Artefact, At, Context, Seen
from sousveil.kinds import BundleId, Flag, Integer, Label, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.model import Outcome, PartReading
from sousveil.readers.plists import Row
from sousveil.records import Record


class AccessibilityService(Record):
    """One service in one of the lists of a user."""

    package: BundleId | None
    service: Label | None
    """`package/class`; older phones print a label alone for services that are bound."""
    label: Label | None
    state: Label
    """`installed`, `enabled`, `bound`, `binding` or `crashed`."""
    enabled: Flag
    user: Integer | None


_USER = lazy_pattern(r"attributes:\s*\{\s*id=(\d{1,6})")
_COUNT = lazy_pattern(r"installedServiceCount=(\d{1,6})")
_LIST = lazy_pattern(r"\s*(Bound|Enabled|Binding|Crashed) services:\s*\{(.*)", re.IGNORECASE)
_INSTALLED = lazy_pattern(r"\s*installed services:\s*\{")
_LABEL = lazy_pattern(r"Service\[label=([^,\]]{0,200})")


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """The services of each user. Where the phone prints only how many there are, the coverage says so."""
    user: int | None = None
    installed = False
    unnamed = 0
    state, depth = "", 0
    for number, line in text.lines():
        if found := _USER.search(line):
            user = int(found[1])
        if count := _COUNT.search(line):
            unnamed = max(unnamed, int(count[1]))
        if _INSTALLED.match(line):
            installed = True
            continue
        if installed:
            if line.strip().startswith("}"):
                installed = False
            elif service := component(line):
                unnamed = 0
                yield _row(number, user, "installed", service)
            continue
        if listed := _LIST.match(line):
            state, depth, line = listed[1].lower(), 1, listed[2]
        if not state:
            continue
        for service in components(line):
            unnamed = 0
            yield _row(number, user, state, service)
        for label in _LABEL.finditer(line):
            yield _row(number, user, state, None, label[1])
        depth += line.count("{") - line.count("}")
        if depth <= 0:
            state = ""
    if unnamed:
        detail = f"{unnamed} services are installed; this version of Android does not print their names"
        context.log.add(PartReading(name="installed services", outcome=Outcome.UNSUPPORTED, detail=detail))


def _row(number: int, user: int | None, state: str, service: tuple[str, str] | None, label: str | None = None) -> Row:
    package, name = service or (None, None)
    enabled = int(state in ("enabled", "bound", "binding"))
    values = {"package": package, "service": name, "label": label, "state": state, "enabled": enabled, "user": user}
    return Row(values, line=number)


ARTEFACT = Artefact(
    name="android.accessibility",
    title="Accessibility services",
    needs={"main": (At.section("accessibility"),)},
    record=AccessibilityService,
    role=Role.GRANTED,
    read=section_rows(parse),
    seen=(
        Seen(versions="Android 10, without a service", basis="seen on a real phone", verified=True),
        Seen(
            versions="Android 14 and 15", basis="layout from Samsung's framework code (One UI 6.1 and 7)", verified=True
        ),
    ),
    means="An enabled service can read the screen and press buttons. Screen readers and password managers use this as well.",
)
