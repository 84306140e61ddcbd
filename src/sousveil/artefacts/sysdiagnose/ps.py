"""Running processes as ps lists them (ps.txt, ps_thread.txt)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from sousveil.acquisition.model import Device
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.artefacts.sysdiagnose._common import made, process_name, program, trimmed
from sousveil.errors import Unsupported
from sousveil.kinds import FilePath, Integer, Label, LocalTime, ProcessName, Role, Text
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.plists import Row
from sousveil.records import Record
from sousveil.texts import t


class ListedProcess(Record):
    """One process that ran when the archive was made. Threads are left out."""

    path: FilePath
    """The program."""
    process: ProcessName | None
    """The last part of the path."""
    arguments: Text | None
    pid: Integer | None
    """Nothing where the phone printed it together with the column before."""
    parent: Integer | None
    uid: Integer | None
    """0 root, 501 mobile."""
    user: Label
    started: LocalTime | None
    """To the minute, the hour or the day, as ps prints it."""


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = lazy_pattern(r"(?<=[ \t])\d{1,7}:\d\d\.\d\d(?=[ \t])")
_HOUR = lazy_pattern(r"(\d{1,2}):(\d\d)(AM|PM)\Z")
_WEEKDAY = lazy_pattern(r"([A-Z][a-z]{2})(\d\d)(AM|PM)\Z")
_DATE = lazy_pattern(r"(\d{1,2})([A-Z][a-z]{2})(\d\d)\Z")


def started(text: str, device: Device) -> int | None:
    """Seconds since 1970 of a start as ps prints it: the last such moment before the archive was made.

    None for the forms of other languages."""
    now_utc = made(device)
    if now_utc is None:
        return None
    now = datetime.fromtimestamp(now_utc, timezone(timedelta(seconds=device.utc_offset or 0)))
    try:
        if found := _HOUR.match(text):
            moment = now.replace(hour=_hour(found[1], found[3]), minute=int(found[2]), second=0, microsecond=0)
            moment -= timedelta(days=moment > now)
        elif found := _WEEKDAY.match(text):
            moment = now.replace(hour=_hour(found[2], found[3]), minute=0, second=0, microsecond=0)
            moment -= timedelta(days=(now.weekday() - _DAYS.index(found[1])) % 7)
            moment -= timedelta(days=7 * (moment > now))
        elif found := _DATE.match(text):
            month = _MONTHS.index(found[2]) + 1
            moment = datetime(2000 + int(found[3]), month, int(found[1]), tzinfo=now.tzinfo)
        else:
            return None
        return round(moment.astimezone(UTC).timestamp())
    except (ValueError, OverflowError):
        return None


def _hour(hour: str, half: str) -> int:
    return int(hour) % 12 + 12 * (half == "PM")


def parse(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """The processes of one listing, by its heading. The command follows the last of the columns of times before it; a row of
    a thread names no user."""
    heading: list[str] = []
    times = 0
    for number, line in trimmed(lines):
        columns = line.split()
        if "PID" in columns and "COMMAND" in columns:
            heading = columns[: columns.index("COMMAND")]
            times = sum(name in ("TIME", "STIME", "UTIME") for name in heading)
            continue
        if not heading or not columns or columns[0].isdecimal():  # a thread has no user
            continue
        spans = [match.span() for match in _TIME.finditer(line)][:times]
        command = line[spans[-1][1] :].strip(" \t") if spans and len(spans) == times else ""
        if not command:
            continue
        before = re.split(r"[ \t]+", line[: spans[-1][1]].strip(" \t"))
        values = dict(zip(heading, before, strict=False)) if len(before) >= len(heading) else {}
        path, arguments = program(command)
        yield Row(
            {
                "path": path,
                "process": process_name(path),
                "arguments": None if "STIME" in heading else arguments,  # more columns follow there
                "pid": _number(values.get("PID")),
                "parent": _number(values.get("PPID")),
                "uid": _number(values.get("UID")),
                "user": columns[0][:100],
                "started": started(values.get("STARTED", ""), context.device),
            },
            line=number,
        )
    if not heading:
        raise Unsupported(t("error.sysdiagnose.ps"))


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < 11 else None


ARTEFACT = Artefact(
    name="sysdiagnose.ps",
    title="Running processes",
    needs={"main": (At.sysdiagnose("ps.txt"), At.sysdiagnose("ps_thread.txt"))},
    record=ListedProcess,
    role=Role.RAN,
    read=text_rows(parse),
    events=(Event(at="started", says="process started", shows="process"),),
    expected=Expected(guide="sysdiagnose"),
    seen=(
        Seen(
            versions="iOS 13 to 26",
            basis="column names of a published archive of iOS 26.1, and layout from the source of the EC sysdiagnose framework",
            verified=True,
        ),
    ),
    means="A program of a published name or path shows that it ran while the archive was made.",
)
