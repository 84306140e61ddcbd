"""How the archive was made: sysdiagnose.log. What the phone could not collect goes into the coverage."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.acquisition.clock import Clock
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.artefacts.sysdiagnose._common import stamped
from sousveil.kinds import Flag, LocalTime, Role, Text
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.model import Outcome, PartReading
from sousveil.readers.plists import Row
from sousveil.records import Record
from sousveil.texts import t


class CollectionMessage(Record):
    """One line of the phone's log about the archive."""

    message: Text
    problem: Flag
    """1: something was not collected."""
    at: LocalTime | None


MAX_PARTS = 100
"""Parts that are named in the coverage; further ones are records alone."""
_STAMP = lazy_pattern(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?(?: ?[+-]\d{4})?)[:,]?\s+(.{0,4000})")
_PROBLEM = lazy_pattern(
    r"(?i)\b(?:timed out|timeout expired|failed to (?:collect|copy|run|launch)|did not (?:finish|complete)|was skipped|could not)\b"
)
_PART = lazy_pattern(
    r"(?i)\b(?:container|task|collector|command)\s+[\"'“]?([\w.\-/ ]{2,60}?)[\"'”]?\s+(?:timed out|failed|did not|was skipped|could not)"
)


def parse(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """A row for each line with a time; each part that was not collected is reported to the coverage."""
    clock = Clock.of(context.device)
    named: set[str] = set()
    for number, line in lines:
        stamp = _STAMP.match(line)
        if stamp is None:
            continue
        problem = _PROBLEM.search(stamp[2]) is not None
        part = _PART.search(stamp[2]) if problem else None
        if part and part[1] not in named and len(named) < MAX_PARTS:
            named.add(part[1])
            detail = t("error.collection.not_collected")
            context.log.add(PartReading(name=part[1], outcome=Outcome.SKIPPED, detail=detail))
        at = stamped(clock, stamp[1])
        yield Row({"message": stamp[2], "problem": int(problem), "at": at}, line=number)


ARTEFACT = Artefact(
    name="sysdiagnose.collection",
    title="How the archive was made",
    needs={"main": (At.sysdiagnose("sysdiagnose.log"),)},
    record=CollectionMessage,
    role=Role.QUOTED,
    read=text_rows(parse),
    events=(Event(at="at", says="the phone collected a part of the archive"),),
    expected=Expected(optional="the log is there where the phone wrote it"),
    seen=(Seen(versions="iOS 13 to 26", basis="recalled; only the form of the times is published", verified=False),),
    means="Shows what the phone could not collect. It holds no traces of spyware.",
)
