"""Why processes of apps ended, for about a week (dumpsys activity exit-info; Android 11 and later)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.android._common import cut
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import BundleId, Integer, Label, LocalTime, ProcessName, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class ProcessExit(Record):
    """The end of one process."""

    package: BundleId | None
    process: ProcessName | None
    reason: Label | None
    """Such as CRASH NATIVE, SIGNALED, LOW MEMORY, USER REQUESTED."""
    status: Integer | None
    pid: Integer | None
    description: Label | None
    at: LocalTime | None


_TITLE = "ACTIVITY MANAGER PROCESS EXIT INFO"
_PACKAGE = lazy_pattern(r"\s+package: ([A-Za-z][\w.]{0,254})\Z")
_ENTRY = lazy_pattern(r"\s+ApplicationExitInfo #\d+")
_AT = lazy_pattern(r"timestamp=(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,3})?)")
_PID = lazy_pattern(r"\bpid=(\d{1,9})")
_PROCESS = lazy_pattern(r"\bprocess=(\S{1,255})")
_REASON = lazy_pattern(r"\breason=\d+ \(([A-Z_ ()]{1,60}?)\)(?= |\Z)")
_STATUS = lazy_pattern(r"\bstatus=(-?\d{1,9})")
_DESCRIPTION = lazy_pattern(r"\bdescription=(.{1,300}?) (?:state|trace)=")


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """The entries of all packages."""
    inside = False
    package: str | None = None
    row: Row | None = None
    for number, line in text.lines():
        if line.startswith(_TITLE):
            inside = True
        elif inside and line.startswith("ACTIVITY MANAGER"):
            break
        if not inside:
            continue
        if named := _PACKAGE.match(line):
            package = named[1]
        elif _ENTRY.match(line):
            if row is not None:
                yield row
            row = Row({"package": package}, line=number)
        elif row is not None:
            _facts(text, row, line)
    if row is not None:
        yield row


def _facts(text: SectionText, row: Row, line: str) -> None:
    if at := _AT.search(line):
        row.setdefault("at", text.clock.utc(at[1]))
    for name, pattern in (("process", _PROCESS), ("reason", _REASON)):
        if found := pattern.search(line):
            row.setdefault(name, found[1])
    for name, pattern in (("pid", _PID), ("status", _STATUS)):
        if found := pattern.search(line):
            row.setdefault(name, int(found[1]))
    if (said := _DESCRIPTION.search(line)) and said[1] != "null":
        row.setdefault("description", cut(said[1], 300))


ARTEFACT = Artefact(
    name="android.exit_info",
    title="Why processes ended",
    needs={"main": (At.section("activity"),)},
    record=ProcessExit,
    role=Role.RAN,
    read=section_rows(parse),
    events=(Event(at="at", says="process of an app ended", shows="reason"),),
    expected=Expected(optional="only Android 11 and later keep it"),
    seen=(Seen(versions="Android 11 and later", basis="recalled; no real file was seen", verified=False),),
    means="A published name shows that the app ran within the last days. A crash alone is common.",
)
