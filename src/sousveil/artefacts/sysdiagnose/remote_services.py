"""Services that the phone offers to a computer: remotectl_dumpstate.txt."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.kinds import Flag, Label, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.plists import Row
from sousveil.records import Record


class RemoteService(Record):
    """One service."""

    service: Label
    developer: Flag
    """1: only a mounted developer image offers it."""
    device: Label | None
    """The heading below which it stands: `Local device`, or a device that is connected."""


DEVELOPER = ("com.apple.internal.dt.", "com.apple.instruments.", "com.apple.dt.", "com.apple.debugserver")
"""Beginnings of the names of services that a developer image adds."""
_NAME = lazy_pattern(r"com\.apple\.[\w.\-]{1,200}")


def parse(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """A row for each name below `Services:`. The list ends at the next line that is indented as far."""
    device: str | None = None
    depth: int | None = None
    for number, line in lines:
        body = line.strip()
        if not body:
            continue
        indent = len(line) - len(line.lstrip())
        if indent == 0:
            device, depth = body[:200], None
        elif body in ("Services:", "Local Services:"):
            depth = indent
        elif depth is not None and indent <= depth:
            depth = None
        elif depth is not None and _NAME.fullmatch(body):
            developer = int(body.startswith(DEVELOPER))
            yield Row({"service": body, "developer": developer, "device": device}, line=number)


ARTEFACT = Artefact(
    name="sysdiagnose.remote_services",
    title="Services for computers (remotectl)",
    needs={"main": (At.sysdiagnose("remotectl_dumpstate.txt"),)},
    record=RemoteService,
    role=Role.RAW,
    read=text_rows(parse),
    expected=Expected(ios=(15, None), optional="the list is there where the phone could collect it"),
    seen=(
        Seen(
            versions="iOS 15 to 26",
            basis="layout from the source of the EC sysdiagnose framework; names recalled",
            verified=False,
        ),
    ),
    means="Services of a developer image show that a computer prepared the phone for development or for an examination.",
)
