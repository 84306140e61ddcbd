"""Mounted file systems: mount lists of AndroidQF, of the processes of a bug report, and volumes (dumpsys mount)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, At, Context, Expected, Seen
from sousveil.kinds import FilePath, Flag, Label, Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionText, section_rows, text_rows
from sousveil.readers.json_rows import json_rows
from sousveil.readers.model import Described
from sousveil.readers.plists import Row
from sousveil.records import Batch, Record


class Mount(Record):
    """One mounted file system or one volume."""

    point: FilePath
    """Where it is mounted."""
    source: Label | None
    """The device or its name; of a volume its id."""
    type: Label | None
    options: Label | None
    """Of the mount itself, not of the file system behind it."""
    writable: Flag | None


_PRINTED = lazy_pattern(r"(\S{1,500}) on (/.{0,1000}?) type (\S{1,100}) \((.{0,1000})\)\Z")
_LISTED = lazy_pattern(r"(\S{1,500}) (/\S{0,1000}) (\S{1,100}) (\S{1,1000}) \d+ \d+\Z")
_INFO = lazy_pattern(
    r"\d+ \d+ \d+:\d+ \S{1,1000} (/\S{0,1000}) (\S{1,1000}) (?:\S{1,200} ){0,10}?- (\S{1,100}) (\S{1,500})"
)
_ESCAPE = lazy_pattern(r"\\([0-7]{3})")
_VOLUME = lazy_pattern(r"  VolumeInfo\{([^}]{1,200})\}:\Z")
_FACT = lazy_pattern(r"(\w{1,50})=(\S{0,1000})")


def mount_of(line: str) -> Row | None:
    """The row of a line in one of three forms: of `mount`, of /proc/mounts, of mountinfo. None for another."""
    if found := _INFO.match(line):
        point, options, kind, source = found.groups()
    elif found := _PRINTED.match(line) or _LISTED.match(line):
        source, point, kind, options = found.groups()
    else:
        return None
    point, source = (_ESCAPE.sub(lambda octal: chr(int(octal[1], 8)), text) for text in (point, source))
    writable = {"rw": 1, "ro": 0}.get(options.partition(",")[0])
    return Row({"point": point, "source": source, "type": kind, "options": options, "writable": writable})


def _lines(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    for number, line in lines:
        if row := mount_of(line.strip()):
            row.line = number
            yield row


SHAPE = {1: ("line", "text")}
"""A mount in the list of Bugbane."""


def _collected(value: Any, context: Context) -> Iterator[Row]:
    value = value.get("line") if isinstance(value, dict) else value  # of Bugbane
    if isinstance(value, str) and (row := mount_of(value.strip())):
        yield row


def _volumes(text: SectionText, context: Context) -> Iterator[Row]:
    """A row for each volume that has a path."""
    name = ""
    kind: str | None = None
    for number, line in text.lines():
        if volume := _VOLUME.match(line):
            name, kind = volume[1], None
        elif name and line.startswith("    "):
            facts = dict(_FACT.findall(line))
            kind = facts.get("type", kind)
            if (path := facts.get("path", "")).startswith("/"):
                yield Row({"point": path, "source": name, "type": kind}, line=number)
        else:
            name = ""


_SECTIONS, _TEXT = section_rows(_volumes), text_rows(_lines)
_LISTS = json_rows(_collected, layout="mounts.json", shape=SHAPE)


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The rows of one file or of the sections."""
    group = files["main"]
    reader = _SECTIONS if group.sections else _LISTS if group.relative.endswith((".json", ".pb")) else _TEXT
    yield from reader(artefact, files, context)


ARTEFACT = Artefact(
    name="android.mounts",
    title="Mounted file systems",
    needs={
        "main": (
            *(At.anywhere(f"{top}mounts.{end}") for top in ("", "*/") for end in ("json", "pb")),
            At.anywhere("*FS/proc/*/mountinfo"),
            At.section("mount"),
        )
    },
    record=Mount,
    role=Role.INSTALLED,
    read=read,
    expected=Expected(optional="not in every version of Android and AndroidQF"),
    seen=(
        Seen(
            versions="all",
            basis="volumes seen on a real phone (Android 10); lists of the Linux kernel as AndroidQF's source of June 2026 writes them",
            verified=True,
        ),
        Seen(
            versions="Bugbane",
            basis="layout from Bugbane's published source",
            verified=True,
            places=(At.anywhere("mounts.pb"), At.anywhere("*/mounts.pb")),
        ),
    ),
    means="A published path shows that something is mounted where a known tool mounts its own. A system partition that can be "
    "written shows that the phone is or was rooted.",
)
