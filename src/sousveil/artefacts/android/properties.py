"""System properties: build, boot state, patch level and settings of the system (getprop)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.android._common import cut
from sousveil.artefacts.model import Artefact, At, Context, Seen
from sousveil.kinds import Opaque, PropertyName, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class SystemProperty(Record):
    """One property."""

    name: PropertyName
    value: Opaque | None
    """May be a serial number or another value of the owner."""


_BEGIN = lazy_pattern(r"\[([^\]]{1,255})\]: \[(.*)")
MAX_VALUE = 4_000


def parse(text: SectionText, context: Context) -> Iterator[Row]:
    """One row a property; a value may go over several lines."""
    row: Row | None = None
    value = ""
    for number, line in text.lines():
        begin = _BEGIN.match(line)
        if begin:
            if row is not None:
                yield row
            row, value = Row({"name": begin[1]}, line=number), begin[2]
        elif row is not None and len(value) < MAX_VALUE:
            value += "\n" + line
        if row is not None and value.endswith("]"):
            row["value"] = cut(value[:-1], MAX_VALUE)
            yield row
            row = None
    if row is not None:
        yield row


ARTEFACT = Artefact(
    name="android.properties",
    title="System properties",
    needs={"main": (At.section("SYSTEM PROPERTIES"),)},
    record=SystemProperty,
    role=Role.INSTALLED,
    read=section_rows(parse),
    seen=(Seen(versions="Android 2.3 and 10", basis="seen on a real phone", verified=True),),
    means="The name of a published property shows that a program of that name set it.",
)
