"""Logs of Apple's daemons: `Wed May 24 13:05:35 2023 [176] <notice> (0x16bae7000) -[Class method:]: message`.

A line that does not begin like this goes on with the message before it. Times are the phone's wall clock without a zone. Names of
months may be in the phone's language; then the time is unknown, and coverage counts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sousveil.acquisition.clock import Clock
from sousveil.patterns import lazy_pattern
from sousveil.readers.model import Context

MAX_MESSAGE = 64 << 10
"""Characters of a message; the rest of a longer one is left out."""
_MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_SOURCE = r"(?:(?:[-+]\[[^\]\n]{1,400}\]|[A-Za-z_]\w{0,200}):\s*)?"
_HEAD = lazy_pattern(rf"([^\[]{{8,60}}) \[(\d{{1,9}})\] <([^>\s]{{1,20}})> \(0x[0-9a-fA-F]{{1,16}}\) {_SOURCE}(.*)")
_LONG = lazy_pattern(r"\S+ (\S+) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})")
_ISO = lazy_pattern(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?(?: ?[+-]\d{4})?")


@dataclass(slots=True)
class Entry:
    """One message. `line` is the number of its first line, `at` seconds since 1970 UTC."""

    line: int
    at: float | None
    pid: int
    level: str
    message: str
    """Without the name of the method or function that wrote it."""


def seconds(stamp: str, clock: Clock) -> float | None:
    """Seconds since 1970 of a time as these logs write it; None for another form."""
    if long := _LONG.fullmatch(stamp):
        month = _MONTHS.get(long[1])
        return clock.utc(f"{long[4]}-{month:02d}-{int(long[2]):02d} {long[3]}") if month else None
    return clock.utc(stamp) if _ISO.fullmatch(stamp) else None


def _same_minute(time: str, before: str) -> bool:
    """Whether two times, of which the second is read, differ in their seconds alone: `Wed May 24 13:05:35 2023`."""
    if time[:17] != before[:17] or time[19:] != before[19:] or time[16] != ":" or time[19:20] == ":":
        return False
    return time[17:19].isdigit() and time[17:19] < "60"


def entries(lines: Iterable[tuple[int, str]], context: Context) -> Iterator[Entry]:
    """The messages of a log. Lines before the first message are left out."""
    clock = Clock.of(context.device)
    held: Entry | None = None
    total = untimed = 0
    stamp, at = "", None
    for number, line in lines:
        head = _HEAD.fullmatch(line)
        if head is None:
            if held is not None and len(held.message) + len(line) < MAX_MESSAGE:
                held.message += "\n" + line
            continue
        if held is not None:
            yield held
        time, pid, level, message = head.groups()
        if time != stamp and at is not None and _same_minute(time, stamp):
            at += int(time[17:19]) - int(stamp[17:19])
        elif time != stamp:
            at = seconds(time, clock)
        stamp = time
        total += 1
        untimed += at is None
        held = Entry(number, at, int(pid), level, message[:MAX_MESSAGE])
    if held is not None:
        yield held
    context.log.decoded("times", total, untimed)
