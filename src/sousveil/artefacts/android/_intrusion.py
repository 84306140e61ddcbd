"""Lines of an intrusion log as rows: one event a line, exact duplicates once, in flat memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from itertools import chain, islice
from typing import Any

import msgspec

from sousveil.acquisition.content import open_member
from sousveil.acquisition.intrusion_logs import LOG
from sousveil.acquisition.model import FileGroup, Member
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import SousveilError
from sousveil.kinds import Role
from sousveil.readers.dumpstate import read_lines
from sousveil.readers.json_rows import text_of
from sousveil.readers.model import Described, Outcome, PartReading, Reader
from sousveil.readers.plists import Row, batches_of
from sousveil.records import Batch, Record
from sousveil.texts import t

FORMS = ("android-intrusion-logs", "androidqf")
SOURCE = "layout from MVT's documentation of November 2026"
KINDS = ("dns_event", "connect_event", "security_event")
MAX_REMEMBERED = 1_000_000
"""Events of one kind that are remembered, so that a second copy of one is left out."""
_TOGETHER = 400_000
"""Rows that are turned into batches at once: a file may have more than `batches_of` gives."""

Parse = Callable[[dict[str, Any]], Row | None]


class LogReader(msgspec.Struct, frozen=True):
    """See `intrusion_log`."""

    kind: str
    parse: Parse
    strangers: bool
    """Whether it counts lines that no reader knows."""

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        group = files["main"]
        events = Events(self.kind, self.parse, self.strangers)
        for member in group.members:
            where = group.where + member.suffix
            events.start(phone_of(group.domain, member.suffix))
            rows = events.rows(member)
            while (first := next(rows, None)) is not None:
                some = islice(chain((first,), rows), _TOGETHER)
                yield from batches_of(some, artefact, self.kind, where, context)
            if events.fault is not None:
                context.log.add(PartReading(name=where, outcome=Outcome.FAILED, records=0, detail=events.fault.message))
        if events.unread:
            context.log.decoded(self.kind, events.count, events.unread)
        if events.many:
            detail = t("error.intrusion.copies_kept", limit=MAX_REMEMBERED)
            context.log.add(PartReading(name="copies", outcome=Outcome.SKIPPED, records=0, detail=detail))


class Events:
    """The events of one kind in the logs of one group."""

    def __init__(self, kind: str, parse: Parse, strangers: bool = False) -> None:
        self._kind, self._parse, self._strangers = kind, parse, strangers
        self._mark = f'"{kind}"'
        self._others = tuple(f'"{name}"' for name in KINDS if name != kind)
        self._known: set[bytes] = set()
        self._key = os.urandom(16)
        self.count = self.unread = 0
        self.many = False
        """Whether there were more events than are remembered."""
        self._phone: str | None = None
        self.fault: SousveilError | None = None

    def start(self, phone: str | None) -> None:
        """Begin another log."""
        self._phone, self.fault = phone, None

    def rows(self, member: Member) -> Iterator[Row]:
        """The rows of one log. What ends its reading is `fault`."""
        try:
            content = open_member(member)
        except SousveilError as error:
            self.fault = error
            return
        try:
            for number, line in read_lines(content):
                row = self._row(line)
                if row is not None:
                    row.line = number
                    yield row
        except SousveilError as error:
            self.fault = error
        finally:
            content.close()

    def _row(self, line: str) -> Row | None:
        """The row of a line; None for an event of another kind, a copy, and a line that cannot be read."""
        if self._mark not in line:
            if self._strangers and line.strip("\ufeff\ufffd \t\r") and not any(other in line for other in self._others):
                self.unread += 1
            return None
        try:
            value = msgspec.json.decode(line.strip("\ufeff \t\r"))
            event = value.get(self._kind) if isinstance(value, dict) else None
        except (msgspec.DecodeError, RecursionError):
            event = None
        row = self._parse(event) if isinstance(event, dict) else None
        if row is None:
            self.unread += not isinstance(event, dict)
            return None
        if self._is_copy(line):
            return None
        self.count += 1
        row["phone"] = self._phone
        return row

    def _is_copy(self, line: str) -> bool:
        digest = blake2b(line.strip().encode("utf-8", "surrogatepass"), digest_size=8, key=self._key).digest()
        if digest in self._known:
            return True
        if len(self._known) < MAX_REMEMBERED:
            self._known.add(digest)
        else:
            self.many = True
        return False


def phone_of(domain: str, relative: str) -> str | None:
    """The archive and folder in which a log lies. The logs of every phone of an account lie beside one another, and only
    this tells them apart."""
    folder = relative.rpartition("/")[0]
    return "/".join(part for part in (domain, folder) if part)[:500] or None


def intrusion_log(
    name: str,
    title: str,
    record: type[Record],
    kind: str,
    parse: Parse,
    *,
    role: Role,
    means: str,
    events: tuple[Event, ...] = (),
    basis: str = SOURCE,
    verified: bool = True,
    strangers: bool = False,
) -> Artefact:
    """An artefact of events of one kind. `strangers`: its coverage counts the lines that no reader knows."""
    read: Reader = LogReader(kind, parse, strangers)
    return Artefact(
        name=name,
        title=title,
        needs={"main": (At.section(LOG),)},
        record=record,
        role=role,
        read=read,
        events=events,
        expected=Expected(
            optional="only phones with Android 16 and Advanced Protection write these logs, and their owner must download "
            "them",
            guide="android",
        ),
        acquisitions=FORMS,
        seen=(Seen(versions="Android 16", basis=basis, verified=verified),),
        means=means,
    )


def address_of(value: object) -> tuple[str | None, str | None]:
    """(host name, address) of `host/1.2.3.4` or `/1.2.3.4`; the zone of an address is left out."""
    host, slash, address = (text_of(value, 600) or "").rpartition("/")
    return host or None, address.partition("%")[0] or None if slash or address else None
