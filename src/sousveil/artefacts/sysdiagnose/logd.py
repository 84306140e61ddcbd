"""The log of the log daemon itself (logd.0.log, logd.1.log): among other things, what became of older shutdown logs."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.artefacts.sysdiagnose._common import seconds, trimmed
from sousveil.kinds import Integer, Label, Role, Text, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class LogDaemonLine(Record):
    """One line."""

    at: UnixTime
    pid: Integer
    text: Text
    event: Label | None
    """`shutdown log migrated` or `shutdown log deleted`, where the line says so."""
    changed: UnixTime | None
    """`at`, where there is an event."""


_LINE = lazy_pattern(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}) logd\[(\d{1,10})\]: (.{1,4000})")
_EVENTS = {
    "Migrated legacy shutdown.log": "shutdown log migrated",
    "Deleted legacy shutdown.log": "shutdown log deleted",
}


def parse(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """The lines in the form of the log daemon."""
    for number, line in trimmed(lines):
        if found := _LINE.match(line):
            moment = seconds(found[1])
            if moment is None:
                continue
            event = next((name for begin, name in _EVENTS.items() if found[3].startswith(begin)), None)
            at = round(moment)
            values = {
                "at": at,
                "pid": int(found[2]),
                "text": found[3],
                "event": event,
                "changed": at if event else None,
            }
            yield Row(values, line=number)


ARTEFACT = Artefact(
    name="sysdiagnose.logd",
    title="Log of the log daemon",
    needs={"main": (At.sysdiagnose("*/logd.?.log"),)},
    record=LogDaemonLine,
    role=Role.RAN,
    read=text_rows(parse),
    events=(Event(at="changed", says="the phone changed its shutdown log", shows="event"),),
    expected=Expected(optional="older versions of iOS do not write it", guide="sysdiagnose"),
    seen=(
        Seen(
            versions="iOS 16 to 26",
            basis="layout from published listings of the log daemon; the lines about shutdown logs from its published changes",
            verified=True,
        ),
    ),
    means="It shows whether an update of iOS deleted an older shutdown log. It shows nothing about spyware.",
)
