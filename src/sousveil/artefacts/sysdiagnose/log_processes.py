"""Processes that wrote to the unified log, from its catalogs: pid, user, image and time over weeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sousveil.acquisition.content import open_member
from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.kinds import Integer, Label, Role, UnixTime
from sousveil.readers.model import Described, Outcome, PartReading
from sousveil.readers.plists import Row, batches_of
from sousveil.readers.tracev3 import TraceFile, trace_file
from sousveil.records import Batch, Record
from sousveil.texts import t


class LoggedProcess(Record):
    """One process in one file of the log."""

    pid: Integer
    uid: Integer
    """Effective user: 0 root, 501 mobile."""
    image: Label | None
    """UUID of its program; `sysdiagnose.log_images` has the path."""
    first: UnixTime | None
    """Begin of the first span of time in which it wrote."""
    last: UnixTime | None
    """End of the last one."""
    boot: Label | None
    """UUID of the boot."""
    libraries: Integer
    """How many other images wrote in its name."""
    build: Label | None
    """Build of the system that wrote the file."""
    zone: Label | None
    """The phone's time zone at that time."""


def _rows(found: TraceFile) -> Iterator[Row]:
    for process in found.processes:
        header = process.header
        yield Row(
            {
                "pid": process.pid,
                "uid": process.euid,
                "image": process.image or None,
                "first": header.moment(process.first) if process.last else None,
                "last": header.moment(process.last) if process.last else None,
                "boot": process.boot or None,
                "libraries": len(process.libraries),
                "build": header.build or None,
                "zone": header.zone or None,
            }
        )
    if found.damage is not None:
        raise found.damage


def _read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    group = files["main"]
    content = open_member(group.members[0])
    try:
        found = trace_file(content)
    finally:
        content.close()
    if found.foreign:
        context.log.add(
            PartReading(name=t("error.tracev3.foreign"), outcome=Outcome.UNSUPPORTED, undecoded=found.foreign)
        )
    yield from batches_of(_rows(found), artefact, "tracev3", group.where, context)


ARTEFACT = Artefact(
    name="sysdiagnose.log_processes",
    title="Processes in the system log",
    needs={
        "main": (
            At.sysdiagnose("system_logs.logarchive/*.tracev3"),
            At.ios("/private/var/db/diagnostics/*.tracev3"),
        )
    },
    acquisitions=("sysdiagnose", "dump"),
    record=LoggedProcess,
    role=Role.RAN,
    read=_read,
    expected=Expected(optional="a folder of a log archive may lack it"),
    seen=(
        Seen(versions="iOS 15", basis="seen on a real phone", verified=True),
        Seen(
            versions="iOS 26.5.2", basis="layout confirmed in the published validation of the Trace tool", verified=True
        ),
    ),
    means="A process is named by the UUID of its program here. The list of images names its path, where the archive has it. "
    "The rule staged-program joins both. The times are not in the timeline, because they name no program.",
)
