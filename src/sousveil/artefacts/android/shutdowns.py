"""Who asked for each restart or shutdown (/data/system/shutdown-checkpoints; Android 13 and later)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.android._common import component, cut
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import BundleId, Label, Role, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class Shutdown(Record):
    """One request to restart or switch off."""

    origin: Label
    """What in the system was asked: BINDER, INTENT, SHELL."""
    reason: Label | None
    package: BundleId | None
    """The app that asked, where the request names one."""
    at: UnixTime | None


_REQUEST = lazy_pattern(r"Shutdown request from (\S{1,100}) for reason (.{0,200}?) at .{1,60}? ?\(epoch=(\d{1,16})\)")
_INTENT = lazy_pattern(r"(?:package|Package|packageName|from)[ =:]+([A-Za-z][\w]*(?:\.\w+)+)")


def parse(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """The requests of one file; the lines behind each are the calls or the intent that led to it."""
    row: Row | None = None
    for number, line in lines:
        if request := _REQUEST.search(line):
            if row is not None:
                yield row
            values = {"origin": request[1], "reason": cut(request[2], 200), "at": int(request[3])}
            row = Row(values, line=number)
        elif row is not None and "package" not in row:
            named = component(line) if "Intent {" in line or "cmp=" in line else None
            found = _INTENT.search(line)
            if named or found:
                row["package"] = named[0] if named else found[1] if found else None
    if row is not None:
        yield row


ARTEFACT = Artefact(
    name="android.shutdowns",
    title="Requests to restart or switch off",
    needs={"main": (At.anywhere("*FS/data/system/shutdown-checkpoints/checkpoints-*"),)},
    record=Shutdown,
    role=Role.RAN,
    read=text_rows(parse),
    events=(Event(at="at", says="restart or shutdown requested", shows="origin"),),
    expected=Expected(optional="only Android 13 and later keep it, and only a zip or folder of the report holds it"),
    seen=(
        Seen(
            versions="Android 14 and 15", basis="layout from Samsung's framework code (One UI 6.1 and 7)", verified=True
        ),
    ),
    means="A restart clears spyware that lives in memory alone. The list shows who asked for it and when.",
)
