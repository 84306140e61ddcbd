"""Computers that were connected to the phone: lockdownd.log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sousveil.acquisition.clock import Clock
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Flag, Integer, Label, LocalTime, Role, Text
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class LockdownMessage(Record):
    """One message of the daemon that talks to computers."""

    function: Label
    client: Label | None
    """The program on the computer that asks, where the message names it."""
    message: Text
    pairing: Flag
    """1: a computer asked to be trusted."""
    host_id: Label | None
    """How the computer identifies itself in a request to pair."""
    system_buid: Label | None
    pid: Integer
    at: LocalTime | None


MAX_LINES, MAX_LINE = 2000, 16 << 10
"""Lines of one message and characters of one line; the rest of longer ones is left out."""
_HEAD = lazy_pattern(r"(\d\d)/(\d\d)/(\d\d) (\d\d:\d\d:\d\d\.\d{1,6}) pid=(\d{1,9}) ([^:\n]{1,200}): ?(.*)")
_CLIENT = lazy_pattern(r"(\S{1,100}) attempting to ")
_IDENTITY = r"\W{1,8}([0-9A-Za-z][0-9A-Za-z\-]{3,63})"
_HOST, _BUID = lazy_pattern(r"\bHostID" + _IDENTITY), lazy_pattern(r"\bSystemBUID" + _IDENTITY)
_PAIRING = lazy_pattern(r"\bPair message\b|Request\W{1,5}Pair\b")


@dataclass(slots=True)
class _Message:
    line: int
    stamp: str
    pid: int
    function: str
    text: list[str] = field(default_factory=list)

    def row(self, clock: Clock) -> Row:
        message = "\n".join(self.text)
        client, host, buid = (form.search(message) for form in (_CLIENT, _HOST, _BUID))
        return Row(
            {
                "function": self.function,
                "client": client[1] if client else None,
                "message": message,
                "pairing": int(_PAIRING.search(message) is not None),
                "host_id": host[1] if host else None,
                "system_buid": buid[1] if buid else None,
                "pid": self.pid,
                "at": clock.utc(self.stamp),
            },
            line=self.line,
        )


def parse(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """A row for each message; lines without a time go on with the message before them."""
    clock = Clock.of(context.device)
    held: _Message | None = None
    for number, line in lines:
        head = _HEAD.fullmatch(line)
        if head is None:
            if held is not None and len(held.text) < MAX_LINES:
                held.text.append(line[:MAX_LINE])
            continue
        if held is not None:
            yield held.row(clock)
        stamp = f"20{head[3]}-{head[1]}-{head[2]} {head[4]}"
        held = _Message(number, stamp, int(head[5]), head[6], [head[7][:MAX_LINE]])
    if held is not None:
        yield held.row(clock)


ARTEFACT = Artefact(
    name="sysdiagnose.lockdown",
    title="Connected computers (lockdown log)",
    needs={
        "main": (
            At.sysdiagnose("logs/MobileLockdown/lockdownd.log"),
            At.sysdiagnose("logs/MobileLockdown/lockdownd.log.*"),
        )
    },
    record=LockdownMessage,
    role=Role.QUOTED,
    read=text_rows(parse),
    events=(Event(at="at", says="message of the daemon that talks to computers", shows="function"),),
    expected=Expected(optional="the log is there where the phone could collect it"),
    seen=(
        Seen(
            versions="iOS 15",
            basis="seen on a real phone; a request to pair as a report of January 2026 quotes it",
            verified=True,
        ),
    ),
    means="Shows which programs on a computer asked the phone for data, and when a computer asked to be trusted. "
    "The computer that made this archive can be one of them.",
)
