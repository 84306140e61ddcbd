"""Sections of a dumpstate text to rows: line by line, in flat memory, with the number of each line.

An artefact gives a function that gets one `SectionText` after the other and yields `Row`s. What is broken in a section
(NUL, carriage returns, bytes that are no UTF-8) is shown as a replacement character, never an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from sousveil.acquisition.clock import Clock
from sousveil.acquisition.content import Content, open_member
from sousveil.acquisition.model import Device, FileGroup, Section
from sousveil.errors import SousveilError
from sousveil.readers.model import Context, Described, Outcome, PartReading, Reader
from sousveil.readers.plists import Row, batches_of
from sousveil.records import Batch

MAX_LINE = 1 << 20
"""Bytes of a line; a longer one is read as several."""
_BLOCK = 256 << 10


class SectionText(msgspec.Struct, frozen=True):
    """One section that is being read."""

    section: Section
    device: Device
    titles: frozenset[str]
    """Titles of all sections of the artefact: one may say better what another says too."""
    _content: Content

    @property
    def title(self) -> str:
        """Name of the service, or title of the command."""
        return self.section.title

    @property
    def name(self) -> str:
        """How the section is cited: its title, with its priority where it has one."""
        return f"{self.section.priority} {self.section.title}".strip()

    @property
    def clock(self) -> Clock:
        """The phone's wall clock."""
        return Clock.of(self.device)

    @property
    def printed(self) -> float | None:
        """When the phone printed the section, as nearly as is known: seconds since 1970."""
        made = self.device.last_backup
        return self.clock.utc(self.section.ended) or (None if made is None else made / 1e6)

    def without_year(self, stamp: str) -> float | None:
        """Seconds since 1970 of a time without a year, `01-08 15:30:07.123`: the last one before the report's end."""
        until = self.printed
        if until is None:
            return None
        year = datetime.fromtimestamp(until, UTC).year
        for guess in (year + 1, year, year - 1):
            moment = self.clock.utc(f"{guess}-{stamp}")
            if moment is not None and moment <= until + 86_400:
                return moment
        return None

    def lines(self) -> Iterator[tuple[int, str]]:
        """(number in the text, line) without its end. Raises what reading raises, after the lines before it."""
        return _lines(self._content, self.section.start, self.section.end, self.section.line)


def _lines(content: Content, position: int, end: int, number: int) -> Iterator[tuple[int, str]]:
    carried = b""
    while position < end or carried:
        piece = b""
        if position < end:
            piece = content.read(min(_BLOCK, end - position), position)
            position = position + len(piece) if piece else end
        buffer = carried + piece
        cut = buffer.rfind(b"\n") + 1 or (len(buffer) if len(buffer) >= MAX_LINE else 0)
        if position >= end:
            cut = len(buffer)
        carried = buffer[cut:]
        text = buffer[:cut].decode("utf-8", "replace").replace("\0", "\ufffd")
        if not text:
            continue
        lines = text.removesuffix("\n").split("\n")
        yield from enumerate([line.removesuffix("\r") for line in lines] if "\r" in text else lines, number)
        number += len(lines)


def read_lines(content: Content) -> Iterator[tuple[int, str]]:
    """(number, line) of a whole text. Raises what reading raises, after the lines before it."""
    return _lines(content, 0, content.size, 1)


def lines_of(group: FileGroup) -> Iterator[tuple[int, str]]:
    """(number, line) of the main file of a group, which is a text. Raises as `open_member` and reading do."""
    content = open_member(group.members[0])
    try:
        yield from read_lines(content)
    finally:
        content.close()


class TextReader(msgspec.Struct, frozen=True):
    """See `text_rows`."""

    parse: Callable[[Iterator[tuple[int, str]], Context], Iterator[Row]]

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        group = files["main"]
        yield from batches_of(self.parse(lines_of(group), context), artefact, "text", group.where, context)


def text_rows(parse: Callable[[Iterator[tuple[int, str]], Context], Iterator[Row]]) -> Reader:
    """A reader for a text file of its own: `parse` gets its lines with their numbers."""
    return TextReader(parse)


Parse = Callable[[SectionText, Context], Iterator[Row]]


def section_rows(parse: Parse, *, layout: str = "dumpstate") -> Reader:
    """A reader for the sections that the role `main` holds.

    `parse` yields the rows of one section; what it yielded before it raises a SousveilError is kept, and the sections
    behind it are read. A section that the phone did not finish becomes a part of the coverage.
    """
    return SectionReader(parse, layout)


class SectionReader(msgspec.Struct, frozen=True):
    """See `section_rows`."""

    parse: Parse
    layout: str

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        group = files.get("main")
        if group is None:
            return
        error: SousveilError | None = None
        content, titles = open_member(group.members[0]), frozenset(section.title for section in group.sections)
        try:
            for section in group.sections:
                text, records = SectionText(section, context.device, titles, content), 0
                try:
                    rows = self.parse(text, context)
                    for batch in batches_of(rows, artefact, self.layout, group.where, context, table=text.name):
                        records += batch.count
                        yield batch
                except SousveilError as raised:
                    error = error or raised
                context.log.add(_part(text, records))
        finally:
            content.close()
        if error is not None:
            raise error


def _part(text: SectionText, records: int) -> PartReading:
    """What became of a section: one that timed out may lack anything, one whose service is not there lacks nothing."""
    problem = text.section.problem
    if problem is None:
        return PartReading(name=text.name, outcome=Outcome.READ, records=records)
    lost = "TIMEOUT" in problem or "timed out" in problem or "Error dumping" in problem
    outcome = Outcome.FAILED if lost else Outcome.READ if records else Outcome.ABSENT_EXPECTED
    return PartReading(name=text.name, outcome=outcome, records=records, detail=problem)


__all__ = ["MAX_LINE", "SectionReader", "SectionText", "TextReader", "lines_of", "section_rows", "text_rows"]
