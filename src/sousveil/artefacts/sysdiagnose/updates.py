"""What the phone logged about updates of its system."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.acquisition.clock import Clock
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.artefacts.sysdiagnose._common import stamped
from sousveil.artefacts.sysdiagnose._entries import MAX_MESSAGE
from sousveil.kinds import Label, LocalTime, Role, Text
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class UpdateMessage(Record):
    """One line of a log of updates."""

    process: Label | None
    message: Text
    at: LocalTime | None


_STAMP = lazy_pattern(r"\[?(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?: ?[+-]\d{4})?)\]?:?\s+")
_PROCESS = lazy_pattern(r"([\w.\-]{1,100})\[\d{1,9}\]: ?")


def parse(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """A row for each line that begins with a time."""
    clock = Clock.of(context.device)
    for number, line in lines:
        if stamp := _STAMP.match(line):
            rest = line[stamp.end() : stamp.end() + MAX_MESSAGE]
            process = _PROCESS.match(rest)
            message = rest[process.end() :] if process else rest
            at = stamped(clock, stamp[1])
            yield Row({"process": process[1] if process else None, "message": message, "at": at}, line=number)


ARTEFACT = Artefact(
    name="sysdiagnose.updates",
    title="Updates of the system (log)",
    needs={
        "main": tuple(
            At.sysdiagnose(f"logs/{folder}/*.{end}")
            for folder in ("OTAUpdateLogs", "MSU", "MobileSoftwareUpdate")
            for end in ("log", "txt")
        )
    },
    record=UpdateMessage,
    role=Role.QUOTED,
    read=text_rows(parse),
    events=(Event(at="at", says="message about an update of the system", shows="process"),),
    expected=Expected(ios=(18, None), optional="the logs are there where the phone could collect them"),
    seen=(Seen(versions="iOS 18 to 26", basis="recalled; only the names of the files are published", verified=False),),
    means="Shows when the phone was updated, and updates that failed. Failed updates are ordinary.",
)
