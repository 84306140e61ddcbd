"""Starts, crashes and ends of processes, and installations, in the phone's logs (logcat)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.android._common import package_of_process
from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.kinds import BundleId, Integer, Label, LocalTime, ProcessName, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class LogEvent(Record):
    """One line of a log that names a process or a package."""

    event: Label
    """Such as am_proc_start, am_crash, am_kill, START INSTALL PACKAGE."""
    process: ProcessName | None
    package: BundleId | None
    pid: Integer | None
    at: LocalTime | None
    """Logs name no year: it is taken from the report."""


EVENTS = ("am_proc_start", "am_proc_died", "am_crash", "am_kill", "am_anr", "am_create_service")
_ROW = lazy_pattern(r"(\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})\s+(?:\w+\s+)?(\d+)\s+(\d+)\s+([VDIWEFS])\s+(\S.*?)\s*: (.*)")
_INSTALL = lazy_pattern(r"START (INSTALL|DELETE) PACKAGE: (?:observer\{\d+\}[ \n]*)?.{0,200}?\b([a-zA-Z]\w*(?:\.\w+)+)")
_BEGIN = lazy_pattern(r"\b(START (?:INSTALL|DELETE) PACKAGE)\b")
_PKG = lazy_pattern(r"pkg\{([A-Za-z][\w.]{0,254})\}")


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """The lines that are events of the activity manager or the package manager."""
    for number, line in text.lines():
        if "am_" not in line and " PACKAGE" not in line:
            continue
        row = _ROW.match(line)
        if row is None:
            continue
        tag, said = row[5], row[6]
        if tag in EVENTS and said.startswith("["):
            yield _event(text, number, row[1], tag, said[1:].removesuffix("]").split(","))
        elif begin := _BEGIN.search(said):
            package = _PKG.search(said) or _INSTALL.search(said)
            name = package.groups()[-1] if package else None
            yield Row({"event": begin[1], "package": name, "at": text.without_year(row[1])}, line=number)


def _event(text: SectionText, number: int, stamp: str, tag: str, parts: list[str]) -> Row:
    """`am_proc_start` lists user, pid, uid, process; the others user, pid, process."""
    place = 3 if tag == "am_proc_start" else 2
    name = parts[place] if len(parts) > place else ""
    pid = parts[1] if len(parts) > 1 and parts[1].isdecimal() and len(parts[1]) < 10 else None
    values = {
        "event": tag,
        "process": name or None,
        "package": package_of_process(name),
        "pid": int(pid) if pid else None,
    }
    return Row({**values, "at": text.without_year(stamp)}, line=number)


ARTEFACT = Artefact(
    name="android.log_events",
    title="Processes and installations in the logs",
    needs={"main": (At.section("EVENT LOG"), At.section("SYSTEM LOG"), At.section("LAST LOGCAT"))},
    record=LogEvent,
    role=Role.RAN,
    read=section_rows(parse),
    events=(Event(at="at", says="process or installation logged", shows="event"),),
    seen=(Seen(versions="Android 10", basis="seen on a real phone", verified=True),),
    means="A published name shows that a program of this name was started, ended or installed within hours of the report.",
)
