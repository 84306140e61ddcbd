"""App operations: when apps last used the camera, the microphone, the location and other rights (dumpsys appops)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sousveil.artefacts.android._common import milliseconds
from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.kinds import BundleId, Flag, Integer, Label, LocalTime, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class Operation(Record):
    """One right of an app, or one use of it."""

    package: BundleId
    uid: Label | None
    """As the phone writes it: u0a123 is app 123 of user 0."""
    operation: Label
    """Such as CAMERA, RECORD_AUDIO, FINE_LOCATION, REQUEST_INSTALL_PACKAGES."""
    mode: Label | None
    """`allow`, `ignore`, `deny`, `default`, `foreground`."""
    at: LocalTime | None
    rejected: Flag | None
    """1 where the phone refused it."""
    running: Flag | None
    """1 where it was going on when the report was made."""
    state: Label | None
    """State of the app and flags, such as fg-s. `tpd` in it: another app did it on behalf of this one."""
    duration: Integer | None
    """Milliseconds."""
    tag: Label | None
    """The part of the app that the app names."""
    proxy: BundleId | None
    """The app that did it on behalf of this one."""
    single: Flag | None
    """1 for the list of single uses of about the last week."""
    count: Integer | None
    """Uses within a period of the history."""


_UID = lazy_pattern(r"  Uid ([\w]{1,24}):")
_PACKAGE = lazy_pattern(r"    Package ([A-Za-z][\w.]{0,254}):")
_OPERATION = lazy_pattern(r"      ([A-Z][A-Z0-9_]{1,60}) \(([a-z_]+)(?: / switch [A-Z0-9_]+=[a-z_]+)?\):")
_OLD = lazy_pattern(r"      ([A-Z][A-Z0-9_]{1,60}): mode=([a-z_]+)(;.*)?\Z")
_ENTRY = lazy_pattern(
    r" {8,}(Access|Reject): (?:\[([\w,\- ]{1,40})\] ?|([a-z]+) = )(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,3})?)(.*)"
)
_RUNNING = lazy_pattern(r" {8,}Running start at: ([+\-\w]+)")
_TAG = lazy_pattern(r" {8}(\S.{0,200})=\[\Z")
_DURATION = lazy_pattern(r"duration=([+\-\w]+)")
_PROXY = lazy_pattern(r"proxy\[uid=[\w\-]+, pkg=([A-Za-z][\w.]{0,254})")
_AGO = lazy_pattern(r"\b(time|rejectTime)=([+\-\w]+) ago")
_NUMBERED = lazy_pattern(r"\s+Uid: (\w{1,24})\Z")
_SINGLE_PACKAGE = lazy_pattern(r"\s+Package: ([A-Za-z][\w.]{0,254})\Z")
_SINGLE_OP = lazy_pattern(r"\s+([A-Z][A-Z0-9_]{1,60})\Z")
_SINGLE_TAG = lazy_pattern(r"\s+Attribution: (.{1,200})\Z")
_SINGLE = lazy_pattern(
    r"\s+(Access|Reject) \[([\w,\- ]{1,40})\] at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,3})?)(?: for (\d{1,12}) milliseconds)?"
)
_SNAPSHOT = lazy_pattern(r"\s+(?:begin|snapshot:? begin) = (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,3})?)")
_COUNTED = lazy_pattern(r"\s+\S+ = access=(\d{1,9})(?:, reject=(\d{1,9}))?")


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """The last uses of each right, then (Android 12 and later) the single uses and the history."""
    single = history = False
    for number, line in (lines := _Lines(text)):
        if line.startswith("  Discrete accesses:"):
            single = True
            yield from lines.pending()
            lines.forget()
        elif line.startswith(("  History:", "  History ")):
            history, single = True, False
            yield from lines.pending()
            lines.forget()
        elif history or single:
            yield from lines.later(number, line, history)
        else:
            yield from lines.last(number, line)
    yield from lines.pending()


class _Lines:
    """The lines of the section, and what those above the current one name."""

    def __init__(self, text: SectionText) -> None:
        self._text = text
        self._at = text.clock.utc
        self._printed = text.printed
        self.forget()

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return self._text.lines()

    def forget(self) -> None:
        """Another part begins."""
        self._uid: str | None = None
        self._package: str | None = None
        self._op: str | None = None
        self._mode: str | None = None
        self._tag: str | None = None
        self._begin: str | None = None
        self._unused: Row | None = None

    def pending(self) -> Iterator[Row]:
        """The row of a right that was named and of which no use is listed."""
        if self._unused is not None:
            yield self._unused
            self._unused = None

    def _row(self, number: int, **values: Any) -> Row:
        self._unused = None
        known = {
            "package": self._package,
            "uid": self._uid,
            "operation": self._op,
            "mode": self._mode,
            "tag": self._tag,
        }
        return Row({**known, **values}, line=number)

    def last(self, number: int, line: str) -> Iterator[Row]:
        """One line of the list of rights with their last use."""
        if named := _UID.match(line):
            yield from self.pending()
            self._uid, self._package = named[1], None
        elif named := _PACKAGE.match(line):
            yield from self.pending()
            self._package = named[1]
        elif self._package is None:
            return
        elif named := _OPERATION.match(line):
            yield from self.pending()
            self._op, self._mode, self._tag = named[1], named[2], None
            self._unused = Row(
                {"package": self._package, "uid": self._uid, "operation": named[1], "mode": named[2]}, line=number
            )
        elif old := _OLD.match(line):
            yield from self.pending()
            self._op, self._mode, self._tag = old[1], old[2], None
            yield from self._ago(number, old[3] or "")
        elif entry := _ENTRY.match(line):
            length, proxy = _DURATION.search(entry[5]), _PROXY.search(entry[5])
            yield self._row(
                number,
                at=self._at(entry[4]),
                rejected=int(entry[1] == "Reject"),
                state=entry[2] or entry[3],
                duration=milliseconds(length[1]) if length else None,
                proxy=proxy[1] if proxy else None,
            )
        elif running := _RUNNING.match(line):
            span = milliseconds(running[1])
            since = None if span is None or self._printed is None else self._printed - abs(span) / 1000
            yield self._row(number, running=1, at=since)
        elif tag := _TAG.match(line):
            self._tag = None if tag[1] == "null" else tag[1]

    def _ago(self, number: int, rest: str) -> Iterator[Row]:
        """Up to Android 8: times before the report."""
        uses = _AGO.findall(rest)
        length = _DURATION.search(rest)
        for word, span in uses:
            passed = milliseconds(span)
            yield self._row(
                number,
                at=None if passed is None or self._printed is None else self._printed - abs(passed) / 1000,
                rejected=int(word == "rejectTime"),
                duration=milliseconds(length[1]) if length else None,
            )
        if not uses:
            yield self._row(number)

    def later(self, number: int, line: str, history: bool) -> Iterator[Row]:
        """One line of the single uses or of the history."""
        if named := _NUMBERED.match(line) or re.match(r"\s+Uid (\w{1,24}):", line):
            self._uid, self._package, self._op = named[1], None, None
        elif named := _SINGLE_PACKAGE.match(line) or re.match(r"\s+Package ([A-Za-z][\w.]{0,254}):", line):
            self._package, self._op = named[1], None
        elif begin := _SNAPSHOT.match(line):
            self._begin = begin[1]
        elif self._package is None:
            return
        elif tag := _SINGLE_TAG.match(line):
            self._tag = None if tag[1] == "null" else tag[1]
        elif (use := _SINGLE.match(line)) and self._op:
            yield self._row(
                number,
                at=self._at(use[3]),
                rejected=int(use[1] == "Reject"),
                state=use[2],
                duration=int(use[4]) if use[4] else None,
                single=1,
            )
        elif (counted := _COUNTED.match(line)) and self._op and history:
            yield self._row(number, at=self._at(self._begin), count=int(counted[1]))
        elif named := _SINGLE_OP.match(line) or re.match(r"\s+([A-Z][A-Z0-9_]{1,60}):\Z", line):
            self._op, self._tag = named[1], None


ARTEFACT = Artefact(
    name="android.appops",
    title="Use of rights by apps",
    needs={"main": (At.section("appops"),)},
    record=Operation,
    role=Role.GRANTED,
    read=section_rows(parse),
    events=(Event(at="at", says="right used", shows="operation"),),
    seen=(
        Seen(versions="Android 10", basis="seen on a real phone", verified=True),
        Seen(
            versions="Android 11 to 15", basis="layout from Samsung's framework code (One UI 6.1 and 7)", verified=True
        ),
    ),
    means="A published app in this list has a right or has used it. A row without a time shows only that the phone knows the app.",
)
