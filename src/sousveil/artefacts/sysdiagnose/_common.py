"""What several listings of a sysdiagnose write alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sousveil.acquisition.clock import Clock
from sousveil.acquisition.model import Device
from sousveil.patterns import lazy_pattern

MAX_LINE = 4096
"""Characters of a line that are looked at; the longest path of iOS has 1,024 bytes."""
_BUNDLE = lazy_pattern(r"(/(?:.*/)?([^/]+)\.(?:app|appex|xpc)/)(.*)\Z")
_STAMP = lazy_pattern(r"(\d{4}-\d\d-\d\d) (\d{1,2}):(\d\d):(\d\d)(?: ?([AaPp])\.?[Mm]\.?)? ?([+-]\d{4})")


def program(command: str) -> tuple[str, str | None]:
    """(path or name of the program, its arguments) of a command line. Names of apps may hold spaces."""
    head, mark, tail = command.partition(" /")
    bundle = _BUNDLE.match(head)
    if bundle and (bundle[3] == bundle[2] or bundle[3].startswith(bundle[2] + " ")):
        path = bundle[1] + bundle[2]
    else:
        start = len(bundle[1]) if bundle else 0
        path = head[:start] + head[start:].partition(" ")[0]
    rest = (head[len(path) :] + mark + tail).strip()
    return path, rest or None


def trimmed(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The lines without white space at their end, cut at `MAX_LINE` to bound what a pattern costs."""
    for number, line in lines:
        yield number, line[:MAX_LINE].rstrip()


def process_name(path: str) -> str | None:
    """The last part of a path."""
    return path.rpartition("/")[2] or None


def made(device: Device) -> float | None:
    """When the archive was made: seconds since 1970."""
    return None if device.last_backup is None else device.last_backup / 1e6


def seconds(text: str) -> float | None:
    """Seconds since 1970 of a time with its zone, on the 24-hour or the 12-hour clock; None for another form."""
    found = _STAMP.fullmatch(text.replace("\u202f", " ").strip())
    if found is None:
        return None
    hour = int(found[2])
    if found[5]:
        hour = hour % 12 + 12 * (found[5] in "Pp")
    try:
        return datetime.fromisoformat(f"{found[1]} {hour:02d}:{found[3]}:{found[4]}{found[6]}").timestamp()
    except (ValueError, OverflowError):
        return None


def stamped(clock: Clock, text: str) -> float | None:
    """Seconds since 1970 of a time that may have a space before its offset."""
    return clock.utc(text.replace(" +", "+").replace(" -", "-"))
