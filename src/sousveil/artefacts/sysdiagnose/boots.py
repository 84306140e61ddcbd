"""Starts of the phone: the boots that the unified log's clock records name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sousveil.acquisition.content import open_member
from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Integer, Label, Role, UnixTime
from sousveil.readers.model import Described
from sousveil.readers.plists import Row, batches_of
from sousveil.readers.tracev3 import timesync
from sousveil.records import Batch, Record


class BootRecord(Record):
    """One start of the phone."""

    boot: Label
    """UUID of the boot."""
    started: UnixTime | None
    last: UnixTime | None
    """The last comparison of clocks in this boot: the phone still ran."""
    comparisons: Integer
    steps: Integer
    """How often the wall clock was set by more than a minute."""
    zone_minutes: Integer
    """Minutes by which the phone's zone lay west of UTC, without summer time."""


def _read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    group = files["main"]
    content = open_member(group.members[0])
    try:
        rows = (
            Row(
                {
                    "boot": boot.boot,
                    "started": boot.started,
                    "last": boot.last,
                    "comparisons": boot.syncs,
                    "steps": boot.steps,
                    "zone_minutes": boot.zone_minutes,
                }
            )
            for boot in timesync(content)
        )
        yield from batches_of(rows, artefact, "timesync", group.where, context)
    finally:
        content.close()


ARTEFACT = Artefact(
    name="sysdiagnose.boots",
    title="Starts of the phone",
    needs={
        "main": (
            At.sysdiagnose("system_logs.logarchive/timesync/*.timesync"),
            At.ios("/private/var/db/diagnostics/timesync/*.timesync"),
        )
    },
    acquisitions=("sysdiagnose", "dump"),
    record=BootRecord,
    role=Role.RAN,
    read=_read,
    events=(
        Event(at="started", says="phone started"),
        Event(at="last", says="clock last compared before the next start"),
    ),
    expected=Expected(optional="a folder of a log archive may lack it"),
    seen=(Seen(versions="iOS 11 and 12", basis="seen on a real phone", verified=True),),
    means="A start shows when the phone was switched on. Spyware that lives in memory only does not survive one.",
)
