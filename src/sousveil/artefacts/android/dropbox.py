"""Crashes and other reports that the system keeps (dumpsys dropbox)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.android._common import package_of_process
from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.kinds import BundleId, FilePath, Label, LocalTime, ProcessName, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class Drop(Record):
    """One entry."""

    tag: Label
    """Such as data_app_crash, system_app_native_crash, SYSTEM_TOMBSTONE, system_server_watchdog."""
    process: ProcessName | None
    package: BundleId | None
    path: FilePath | None
    """The program, where the entry names it by its path."""
    at: LocalTime | None


_ENTRY = lazy_pattern(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ([A-Za-z_]{2,80}) \(")
_PROCESS = lazy_pattern(r"(?:Process: |.*>>> )(\S{1,255})")
_PACKAGE = lazy_pattern(r"Package: ([A-Za-z][\w.]{0,254})")


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """The entries with what they say first of their process."""
    row: Row | None = None
    for number, line in text.lines():
        if entry := _ENTRY.match(line):
            if row is not None:
                yield row
            row = Row({"tag": entry[2], "at": text.clock.utc(entry[1])}, line=number)
        elif row is not None:
            if (process := _PROCESS.match(line)) and "process" not in row:
                row["process"] = process[1]
                row.setdefault("package", package_of_process(process[1]))
                if process[1].startswith("/"):
                    row["path"] = process[1]
            elif package := _PACKAGE.match(line):
                row["package"] = package[1]
    if row is not None:
        yield row


ARTEFACT = Artefact(
    name="android.dropbox",
    title="Crashes that the system kept",
    needs={"main": (At.section("dropbox"), At.section("DROPBOX *"))},
    record=Drop,
    role=Role.RAN,
    read=section_rows(parse),
    events=(Event(at="at", says="crash or report kept", shows="tag"),),
    seen=(Seen(versions="Android 10", basis="seen on a real phone", verified=True),),
    means="A published name shows that a program of this name ran. Crashes are common and are no sign by themselves.",
)
