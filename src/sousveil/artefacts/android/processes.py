"""Running processes: the list of ps, their times, memory maps, and the activity manager's records."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.android._common import package_of_process
from sousveil.artefacts.model import Artefact, At, Context, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import BundleId, Flag, Integer, Label, ProcessName, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record
from sousveil.texts import t


class Process(Record):
    """One process that ran when the report was made. Threads are left out."""

    process: ProcessName
    """Its name. `ps` of Android 8 and later prints 15 characters: of an app the last ones."""
    package: BundleId | None
    """The app whose process it is, where the whole name is known."""
    pid: Integer | None
    parent: Integer | None
    user: Label | None
    domain: Label | None
    """The SELinux domain, such as u:r:untrusted_app:s0."""
    short: Flag | None
    """1 where the name may be cut."""


CUT = 15
"""Characters of a thread's name that the kernel keeps."""
_AFTER_TIME = lazy_pattern(r"\s\d[\d:\-]*:\d\d\s+(\S.*?)\s*\Z")
_TIMES = lazy_pattern(r"\s*(\d{1,7})\s+(\S+)\s")
_RECORD = lazy_pattern(r"ProcessRecord\{[0-9a-f]+ (\d{1,7}):([^/}\s]{1,255})/([^}\s]{1,32})\}")
_SHOW_MAP = lazy_pattern(r"SHOW MAP (\d{1,7})\Z")


def _row(name: str, number: int, *, pid: int, short: bool = False, **more: str | int | None) -> Row:
    package = None if short else package_of_process(name)
    return Row({"process": name, "package": package, "pid": pid, "short": int(short), **more}, line=number)


def _listed(text: SectionText) -> Iterator[Row]:
    """`ps`: by its heading. With threads a row is a process where TID is PID; up to Android 7 rows carry one column more
    than the heading, and a column of the heading may be empty."""
    heading: list[str] = []
    for number, line in text.lines():
        parts = line.split()
        if "PID" in parts and "USER" in parts:
            heading = parts
            continue
        if not heading or len(parts) < 6 or line.startswith("------"):
            continue
        at = heading.index("PID")
        if not parts[at].isdecimal() or len(parts[at]) > 9:
            continue
        pid, threads = int(parts[at]), "TID" in heading
        if threads and parts[at + 1] != parts[at]:
            continue
        user = parts[heading.index("USER")]
        parent = parts[at + (2 if threads else 1)]
        command = _AFTER_TIME.search(line)  # the column before the time may be empty
        name = (command[1] if command else "") if "CMD" in heading else parts[-1]
        if not name:
            continue
        yield _row(
            name,
            number,
            pid=pid,
            short="CMD" in heading and len(name) >= CUT,
            parent=int(parent[:9]) if parent.isdecimal() else None,
            user=user,
            domain=parts[0] if heading[0] == "LABEL" else None,
        )
    if not heading:
        raise Unsupported(t("error.android.processes"))


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """The processes that one section names."""
    if text.title.startswith("PROCESSES"):
        yield from _listed(text)
    elif shown := _SHOW_MAP.match(text.title):
        name = text.section.command.partition(") (")[0]
        if name and not name.startswith("["):
            yield _row(name, text.section.line - 1, pid=int(shown[1]))
    elif text.title == "PROCESS TIMES":
        for number, line in text.lines():
            if (times := _TIMES.match(line)) and not times[2].startswith("["):
                yield _row(times[2], number, pid=int(times[1]))
    else:
        seen: set[tuple[str, str]] = set()
        for number, line in text.lines():
            record = _RECORD.search(line)
            if record and (record[1], record[2]) not in seen:
                seen.add((record[1], record[2]))
                yield _row(record[2], number, pid=int(record[1]), user=record[3])


ARTEFACT = Artefact(
    name="android.processes",
    title="Running processes",
    needs={
        "main": (
            At.section("PROCESSES"),
            At.section("PROCESSES AND THREADS"),
            At.section("PROCESS TIMES"),
            At.section("SHOW MAP *"),
            At.section("activity"),
        )
    },
    record=Process,
    role=Role.RAN,
    read=section_rows(parse),
    seen=(Seen(versions="Android 2.3, 4.3, 10 and 14", basis="seen on a real phone", verified=True),),
    means="A published name shows that a program of this name ran while the report was made.",
)
