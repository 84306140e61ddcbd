"""Programs that delayed a shutdown (shutdown.log): what still ran when the phone was switched off or restarted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby

from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.artefacts.sysdiagnose._common import process_name, trimmed
from sousveil.kinds import FilePath, Integer, Label, ProcessName, Real, Role, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import lines_of
from sousveil.readers.model import Described
from sousveil.readers.plists import Row, batches_of
from sousveil.records import Batch, Record


class ShutdownLine(Record):
    """One program that still ran at a shutdown, or the end of a shutdown."""

    entry: Label
    """`client`: a program that still ran. `end`: the shutdown is over; its line counts the clients before it."""
    path: FilePath | None
    """The program."""
    process: ProcessName | None
    """The last part of the path."""
    pid: Integer | None
    image: Label | None
    """The UUID of the program's binary file."""
    delay: Real | None
    """Seconds since the shutdown began."""
    shutdown: Integer
    """Number of the shutdown in this file, from 1."""
    clients: Integer | None
    """Different programs that delayed this shutdown."""
    ended: UnixTime | None
    """When the shutdown ended. Nothing where the log does not say: the power was lost."""


MAX_CLIENTS = 20_000
"""Rows of one shutdown that wait for its time; phones write some dozens."""
TABLE, ONE_LINE = "shutdown", "one line"
_AFTER = lazy_pattern(
    r"\s*After (\d{1,6}(?:\.\d{1,6})?)s, (?:these clients are still here:|(?=remaining client pid: ))"
)
_CLIENT = lazy_pattern(r"remaining client pid: (\d{1,10}) \((.{1,2000})\)\Z")
_IMAGE = lazy_pattern(r"/([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\Z")
_END = lazy_pattern(r"\s*SIGTERM: \[(\d{1,12})\]")


class _Shutdown:
    """The lines of one shutdown, until its end is known."""

    def __init__(self, number: int, delay: float = 0.0) -> None:
        self.number, self.delay = number, delay
        self.rows: list[tuple[str, Row]] = []

    def client(self, match: re.Match[str], table: str, line: int) -> None:
        named = match[2]
        image = _IMAGE.search(named)
        path = named[: image.start()] if image else named
        values = {
            "entry": "client",
            "path": path,
            "process": process_name(path),
            "pid": int(match[1]),
            "image": image[1].upper() if image else None,
            "delay": self.delay,
            "shutdown": self.number,
        }
        self.rows.append((table, Row(values, line=line)))

    def ended(self, moment: int | None, line: int) -> Iterator[tuple[str, Row]]:
        for table, row in self.rows:
            row["ended"] = moment
            yield table, row
        clients = len({row["path"] for _, row in self.rows})
        values = {"entry": "end", "shutdown": self.number, "clients": clients, "ended": moment}
        yield TABLE, Row(values, line=line)


def parse(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[str, Row]]:
    """(table, row) of each line. A shutdown without an end is followed by one whose delays begin anew."""
    current, number = _Shutdown(1), 0
    for number, line in trimmed(lines):
        after = _AFTER.match(line)
        if after:
            delay = float(after[1])
            if delay < current.delay:
                yield from current.ended(None, number - 1)
                current = _Shutdown(current.number + 1)
            current.delay = delay
        if client := _CLIENT.search(line):
            if len(current.rows) >= MAX_CLIENTS:
                yield from current.ended(None, number - 1)
                current = _Shutdown(current.number + 1, current.delay)
            current.client(client, ONE_LINE if after else TABLE, number)
        elif end := _END.match(line):
            yield from current.ended(int(end[1]), number)
            current = _Shutdown(current.number + 1)
    if current.rows:
        yield from current.ended(None, number)


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The rows of one log."""
    group = files["main"]
    for table, rows in groupby(parse(lines_of(group)), key=lambda pair: pair[0]):
        yield from batches_of((row for _, row in rows), artefact, "text", group.where, context, table=table)


ARTEFACT = Artefact(
    name="sysdiagnose.shutdown",
    title="Programs that delayed a shutdown",
    needs={
        "main": (
            At.sysdiagnose("*/shutdown*.log"),
            At.sysdiagnose("shutdown*.log"),
            At.ios("/private/var/db/diagnostics/shutdown*.log"),
        )
    },
    acquisitions=("sysdiagnose", "dump"),
    record=ShutdownLine,
    role=Role.RAN,
    read=read,
    events=(Event(at="ended", says="program still ran at shutdown", shows="process"),),
    expected=Expected(guide="sysdiagnose"),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="layout from libyal's dtformats, and from counts of real logs of iOS 13.3 to 26.5 that two open parsers publish",
            verified=True,
            tables=(TABLE,),
        ),
        Seen(versions="unknown", basis="a test file of another tool", verified=False, tables=(ONE_LINE,)),
    ),
    means="A program of a published name shows that it ran until the phone was switched off. iOS 26.0 and 26.1 keep only the "
    "last shutdown, and an update can delete the log. So a missing entry shows nothing.",
)
