"""Running processes with their age and path (taskinfo.txt)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.artefacts.sysdiagnose._common import made, trimmed
from sousveil.errors import Unsupported
from sousveil.kinds import FilePath, Integer, ProcessName, Role, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.model import Outcome, PartReading
from sousveil.readers.plists import Row
from sousveil.records import Record
from sousveil.texts import t


class Task(Record):
    """One process that ran when the archive was made."""

    process: ProcessName
    path: FilePath | None
    """The program; older versions of iOS do not print it."""
    pid: Integer
    run_time: Integer | None
    """Seconds since it was started."""
    started: UnixTime | None
    """When the archive was made, less `run_time`."""


_COUNT = lazy_pattern(r"\s*num tasks: (\d{1,6})\Z")
_PROCESS = lazy_pattern(r'\s*process: "(.{1,255})" \[(\d{1,10})\]')
_PATH = lazy_pattern(r"\s*path\s*: (/.{1,2000})\Z")
_RUN_TIME = lazy_pattern(r"\s*run time\s*: (\d{1,10}) s\b")


def parse(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """The processes of the listing; the lines behind each describe it."""
    row: Row | None = None
    stated, count = None, 0
    now = made(context.device)
    for number, line in trimmed(lines):
        if process := _PROCESS.match(line):
            if row is not None:
                yield row
            count += 1
            row = Row({"process": process[1], "pid": int(process[2])}, line=number)
        elif row is not None and (path := _PATH.match(line)):
            row.setdefault("path", path[1])
        elif row is not None and (age := _RUN_TIME.match(line)):
            row["run_time"] = int(age[1])
            row["started"] = round(now - int(age[1])) if now is not None else None
        elif total := _COUNT.match(line):
            stated = int(total[1])
    if row is not None:
        yield row
    if stated is None:
        raise Unsupported(t("error.sysdiagnose.taskinfo"))
    if count < stated:
        detail = t("error.sysdiagnose.tasks_cut", count=count, stated=stated)
        context.log.add(PartReading(name="tasks", outcome=Outcome.FAILED, records=count, detail=detail))


ARTEFACT = Artefact(
    name="sysdiagnose.taskinfo",
    title="Running processes with their age",
    needs={"main": (At.sysdiagnose("taskinfo.txt"),)},
    record=Task,
    role=Role.RAN,
    read=text_rows(parse),
    events=(Event(at="started", says="process started", shows="process"),),
    expected=Expected(guide="sysdiagnose"),
    seen=(
        Seen(versions="iOS 13 to 26", basis="layout from the source of the EC sysdiagnose framework", verified=True),
    ),
    means="A program of a published name or path shows that it ran while the archive was made.",
)
