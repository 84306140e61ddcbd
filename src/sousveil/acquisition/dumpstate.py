"""The text that Android's dumpstate writes: where it lies in an acquisition, and where its sections begin and end.

Parts of it run in parallel since Android 12, so a line about the duration of one command may stand inside another: such
lines are no border. Only the exact forms of dumpstate are (see `Section`); anything else is content.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

import msgspec

from sousveil.acquisition.content import open_member
from sousveil.acquisition.contents import Contained
from sousveil.acquisition.model import Member, Readable, Section
from sousveil.errors import SousveilError
from sousveil.patterns import lazy_pattern

MAX_SECTIONS = 20_000
MAX_BORDER = 1000
"""Bytes of a line that may be a border."""
_BLOCK = 1 << 20
_HEADER = 64 << 10
_SNIFF = 4096
_RULER = b"=" * 56
_HYPHENS = b"-" * 79
_START = rb"------|==|\*\*\* |DUMP OF SERVICE |Can't find service|Skipping '"
"""How a line begins that may be a border."""
_FIRST, _LATER = lazy_pattern(_START), lazy_pattern(rb"\n(?:" + _START + rb")")
_SERVICE = lazy_pattern(rb"DUMP OF SERVICE (?:(CRITICAL|HIGH|NORMAL) )?(.{1,200}):\Z")
_COMMAND = lazy_pattern(rb"------ (\S.{0,300}?)(?: \((.{1,600})\))? ------\Z")
_DURATION = lazy_pattern(rb"------ [0-9.]+s was the duration of '")
_TRAILER = lazy_pattern(
    rb"--------- [0-9.]+s was the duration of dumpsys (.{1,200}?)(?:, ending at: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d))?\Z"
)
_PROBLEM = lazy_pattern(
    rb"\*\*\* (?:SERVICE '.{1,200}' DUMP TIMEOUT|command '.{1,600}' (?:timed out|failed)|Error dumping [^/])|Can't find service"
    rb"|Skipping '.{1,600}' on user build"
)
_STARTED = lazy_pattern(rb"== dumpstate: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_DONE = lazy_pattern(rb"== dumpstate: done")


class Dumpstate(msgspec.Struct):
    """What a dumpstate text holds."""

    sections: list[Section] = msgspec.field(default_factory=list)
    header: dict[str, str] = msgspec.field(default_factory=dict)
    """The lines `Key: value` before the first section, as far as their keys are known (`HEADER`)."""
    started: str | None = None
    """The phone's wall clock when dumpstate began: `2020-01-08 15:30:07`."""
    whole: bool = False
    """Whether dumpstate says that it is done: without that line the report was cut."""
    overflow: bool = False
    """Whether there are more sections than are listed."""
    fault: str | None = None
    """Why the text could not be read to its end."""

    def named(self, title: str) -> Iterator[Section]:
        """The sections of this title, in the order of the text."""
        return (section for section in self.sections if section.title == title)


HEADER = (
    "Build",
    "Build fingerprint",
    "Bootloader",
    "Radio",
    "Android SDK version",
    "Kernel",
    "Command line",
    "Bootconfig",
    "Bugreport format version",
    "Dumpstate info",
)
_FACT = lazy_pattern(rf"(?:{'|'.join(map(re.escape, HEADER))}): ")


def dumpstate_text(files: Sequence[Contained]) -> Contained | None:
    """The dumpstate text of an acquisition; None where there is none.

    The order: the file that main_entry.txt names, Samsung's dumpState_*.log, bugreport-*.txt and dumpstate-*.txt, any
    text that begins like dumpstate, the output of dumpsys. What lies in fewer archives comes first.
    """
    texts = [file for file in files if not file.archive and file.member.problem is None]
    texts.sort(key=lambda file: len(file.member.inside))
    for file in texts:
        if _last(file) in ("main_entry.txt", "main-entry.txt"):
            name = file.head(MAX_BORDER).split(b"\n")[0].strip().decode("utf-8", "replace")
            folder = file.relative.rpartition("/")[0]
            wanted = f"{folder}/{name}".lstrip("/")
            for other in texts:
                if (other.domain, other.relative) == (file.domain, wanted):
                    return other
    for pattern in (r"dumpState_.*\.log", r"(?i)(?:bugreport|dumpstate)[-_].*\.txt"):
        for file in texts:
            if re.fullmatch(pattern, _last(file)) and begins_like_dumpstate(file.head(_SNIFF)):
                return file
    for file in texts:
        name = _last(file).lower()
        likely = name.endswith((".txt", ".log", ".dump")) or "." not in name or len(texts) == 1
        if likely and begins_like_dumpstate(file.head(_SNIFF)):
            return file
    for file in texts:
        if _last(file) == "dumpsys.txt":
            return file
    return None


def _last(file: Contained) -> str:
    return file.relative.rpartition("/")[2]


def begins_like_dumpstate(head: bytes) -> bool:
    """Whether these first bytes of a file are those of dumpstate, or of a dumpsys of all services."""
    return b"== dumpstate: " in head or head.lstrip().startswith(b"Currently running services:")


@lru_cache(maxsize=1)
def read_dumpstate(file: Contained) -> Dumpstate:
    """The sections of a text, in one pass and in flat memory. What cannot be read is its `fault`. The last text is remembered:
    what opens a report and what lists its files both ask."""
    found = Dumpstate()
    borders = _Borders(found)
    try:
        content = open_member(file.member)
        try:
            _header(found, content.read(min(_HEADER, content.size), 0))
            _scan(content, borders)
        finally:
            content.close()
    except SousveilError as error:
        found.fault = error.message
    borders.finish()
    return found


def section_bodies(member: Member, state: Dumpstate, titles: Collection[str], limit: int) -> dict[str, bytes]:
    """By title, the bytes of all sections of these titles, each up to `limit`; one pass. What cannot be read is left out."""
    found: dict[str, bytes] = {}
    try:
        content = open_member(member)
        try:
            for section in sorted(state.sections, key=lambda section: section.start):
                if section.title in titles:
                    body, end = bytearray(), min(section.end, section.start + limit)
                    while (at := section.start + len(body)) < end and (
                        piece := content.read(min(_BLOCK, end - at), at)
                    ):
                        body += piece
                    found[section.title] = found.get(section.title, b"") + body
        finally:
            content.close()
    except SousveilError:
        pass
    return found


def _header(found: Dumpstate, head: bytes) -> None:
    """Facts of the header, by content: on some versions lines stand out of order or run together."""
    lines = head.split(b"\n------ ", 1)[0].decode("utf-8", "replace").splitlines()
    for line in lines:
        for start in [match.start() for match in _FACT.finditer(line)][-1:] if line.startswith("Uptime:") else [0]:
            key, mark, value = line[start:].partition(": ")
            if mark and key in HEADER:
                found.header.setdefault(key, value.strip().strip("'"))


def _scan(content: Readable, borders: _Borders) -> None:
    offset, carried, number = 0, b"", 1
    while offset < content.size:
        piece = content.read(min(_BLOCK, content.size - offset), offset)
        if not piece:
            break
        offset += len(piece)
        buffer = carried + piece
        cut = buffer.rfind(b"\n") + 1
        if not cut and len(buffer) < 4 * _BLOCK:
            carried = buffer
            continue
        cut = cut or len(buffer)  # one endless line: what follows is looked at as if it began a line
        number = borders.look(buffer, cut, offset - len(buffer), number)
        carried = buffer[cut:]
    if carried:
        borders.look(carried + b"\n", len(carried) + 1, offset - len(carried), number)
    borders.end = offset


def _places(buffer: bytes, stop: int) -> list[int]:
    """Where lines begin that may be borders, ascending."""
    found = [match.start() + 1 for match in _LATER.finditer(buffer, 0, stop)]
    return [0, *found] if _FIRST.match(buffer) else found


class _Borders:
    """Goes from border to border."""

    def __init__(self, found: Dumpstate) -> None:
        self.found = found
        self.end = 0
        self._open: dict[str, object] | None = None
        self._hyphens = self._ruler = -1
        """Where the line behind the last line of 79 hyphens, or of 56 equal signs, begins."""
        self._hyphens_start = self._ruler_start = 0

    def look(self, buffer: bytes, stop: int, base: int, number: int) -> int:
        """Look at whole lines, the first of which has this number; gives the number of the line behind them."""
        counted = 0
        for start in _places(buffer, stop):
            end = buffer.find(b"\n", start)
            if end - start > MAX_BORDER:
                continue
            number += buffer.count(b"\n", counted, start)
            counted = start
            self._line(buffer[start:end].rstrip(b"\r"), base + start, base + end + 1, number)
        return number + buffer.count(b"\n", counted, stop)

    def _line(self, line: bytes, start: int, after: int, number: int) -> None:
        """One line that may be a border: from `start` up to `after`."""
        if line == _HYPHENS:
            self._hyphens, self._hyphens_start = after, start
        elif line.startswith(b"DUMP OF SERVICE "):
            if self._hyphens == start and (service := _SERVICE.match(line)):
                self._close(self._hyphens_start)
                self._begin(service[2], service[1] or b"", b"", after, number + 1)
        elif line == _RULER:
            if self._ruler != start:  # the ruler above a banner, not the one below
                self._ruler_start = start
            self._ruler = after
        elif line.startswith(b"== "):
            if self._ruler == start:
                self._close(self._ruler_start)
                if started := _STARTED.match(line):
                    self.found.started = self.found.started or started[1].decode()
                self.found.whole |= _DONE.match(line) is not None
        elif line.startswith(b"--------"):
            if (trailer := _TRAILER.match(line)) and self._open and self._open["title"] == _text(trailer[1]):
                self._open["ended"] = trailer[2].decode() if trailer[2] else None
                self._close(start)
        elif line.startswith(b"------ "):
            if not _DURATION.match(line) and (command := _COMMAND.match(line)):
                self._close(start)
                self._begin(command[1], b"", command[2] or b"", after, number + 1)
        elif _PROBLEM.match(line) and self._open and not self._open["problem"]:
            self._open["problem"] = _text(line[:300])

    def _begin(self, title: bytes, priority: bytes, command: bytes, start: int, line: int) -> None:
        if len(self.found.sections) >= MAX_SECTIONS:
            self.found.overflow = True
            return
        self._open = {
            "title": _text(title),
            "priority": priority.decode(),
            "command": _text(command),
            "start": start,
            "line": line,
            "ended": None,
            "problem": None,
        }

    def _close(self, end: int) -> None:
        if self._open is not None:
            self.found.sections.append(Section(end=end, **self._open))  # type: ignore[arg-type]
            self._open = None

    def finish(self) -> None:
        """The text ends here."""
        self._close(self.end)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
