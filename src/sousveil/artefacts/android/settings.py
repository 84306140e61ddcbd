"""Settings of the system, and their changes (dumpsys settings)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sousveil.artefacts.android._common import component, cut
from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.kinds import BundleId, Integer, Label, LocalTime, Opaque, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class Setting(Record):
    """One setting, or one change of it."""

    name: Label
    value: Opaque | None
    namespace: Label
    """`config`, `global`, `secure` or `system`."""
    user: Integer | None
    setter: BundleId | None
    """The app that set it."""
    package: BundleId | None
    """The app that the value names, where it is one component or package."""
    changed: LocalTime | None
    """Of a change in the history; the year is taken from the report."""


_HEADING = lazy_pattern(r"(CONFIG|GLOBAL|SECURE|SYSTEM) SETTINGS \(user (\d{1,6})\)")
_ROW = lazy_pattern(r"_id:\d+ name:(\S{1,300}) pkg:(\S{1,255})(?: value:(.*))?\Z")
_END = lazy_pattern(
    r" (?:default:|defaultSystemSet:|tag:|isValuePreservedInRestore|notPreservedInRestore).*\Z", re.DOTALL
)
_CHANGE = lazy_pattern(
    r"\s+time:(\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) .*?(?:name:(\S{1,300}) )?.*?newValue:(.*?) (?:oldValue|package):.*?package:(\S{1,255})"
)
_HISTORY = lazy_pattern(r"History \((\S{1,300})\)|History of (\S{1,300})")
_PACKAGE = lazy_pattern(r"[A-Za-z]\w*(?:\.\w+)+\Z")
MAX_VALUE = 4_000


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """The rows of the four tables. A value may hold line breaks and look like a row: rows begin with `_id:` alone."""
    namespace, user, named = "", 0, ""
    row: Row | None = None
    value = ""
    for number, line in text.lines():
        found = _ROW.match(line) if namespace else None
        ends = not line.strip() or line.startswith(("Historical", "version:", "Generation")) or _HEADING.match(line)
        if row is not None and (found or ends):
            yield _finished(row, value)
            row = None
        if heading := _HEADING.match(line):
            namespace, user = heading[1].lower(), int(heading[2])
        elif found:
            values = {"name": found[1], "namespace": namespace, "user": user, "setter": _package(found[2])}
            row, value = Row(values, line=number), found[3] or ""
        elif row is not None:
            if len(value) < MAX_VALUE:
                value += "\n" + line
        elif history := _HISTORY.search(line):
            named = history[1] or history[2]
        elif namespace and (change := _CHANGE.match(line)):
            values = {"name": change[2] or named or "unknown", "namespace": namespace, "user": user}
            values |= {"setter": _package(change[4]), "changed": text.without_year(change[1])}
            yield _finished(Row(values, line=number), change[3])
    if row is not None:
        yield _finished(row, value)


def _package(text: str) -> str | None:
    return text if _PACKAGE.match(text) else None


def _finished(row: Row, value: str) -> Row:
    value = cut(_END.sub("", value), MAX_VALUE)
    row["value"] = value
    named = component(value) if "/" in value and not value.startswith(("http", "/", "content:")) else None
    row["package"] = named[0] if named else _package(value)
    return row


ARTEFACT = Artefact(
    name="android.settings",
    title="Settings of the system",
    needs={"main": (At.section("settings"),)},
    record=Setting,
    role=Role.GRANTED,
    read=section_rows(parse),
    events=(Event(at="changed", says="setting changed (time of the phone)", shows="name"),),
    seen=(
        Seen(versions="Android 10", basis="seen on a real phone", verified=True),
        Seen(versions="Android 11 and later", basis="layout from the reference tool's output", verified=True),
    ),
    means="The name of a published app in a setting shows that it holds a role, such as keyboard, helper or VPN.",
)
