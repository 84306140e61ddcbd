"""Running processes with the binaries that they loaded (spindump-nosymbols.txt)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.artefacts.sysdiagnose._common import trimmed
from sousveil.errors import Unsupported
from sousveil.kinds import BundleId, FilePath, Integer, Label, ProcessName, Role, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import text_rows
from sousveil.readers.plists import Row
from sousveil.records import Record
from sousveil.texts import t


class SampledProcess(Record):
    """One process that ran when the archive was made, or one binary that processes had loaded."""

    entry: Label
    """`process` or `image`; an image other than a program stands once for each path and UUID."""
    process: ProcessName | None
    path: FilePath | None
    image: Label | None
    """The UUID of the binary."""
    pid: Integer | None
    parent: Label | None
    """Name and pid of the process that started it."""
    uid: Integer | None
    bundle: BundleId | None
    version: Label | None
    started: UnixTime | None


MAX_IMAGES = 100_000
"""Different binaries of one file that are kept, and as many paths of programs."""
_PROCESS = lazy_pattern(r"Process: +(.{1,255}?) \[(\d{1,10})\]")
_FACT = lazy_pattern(r"(UUID|Path|Identifier|Version|Parent|UID|Time Since Fork): +(.{1,2000})\Z")
_IMAGE = lazy_pattern(r" *0x[0-9a-f]+ - +(?:0x[0-9a-f]+|\?{3}) +.{0,300}<([0-9A-Fa-f-]{32,36})> +(/.{1,2000})\Z")
_WHEN = lazy_pattern(r"Date/Time: +(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? [+-]\d{4})")
_FIELDS = {"UUID": "image", "Path": "path", "Identifier": "bundle", "Version": "version", "Parent": "parent"}


def parse(lines: Iterator[tuple[int, str]], context: Context) -> Iterator[Row]:
    """The processes and binaries of one report."""
    row: Row | None = None
    when: float | None = None
    known = False
    images: set[tuple[str, str]] = set()
    programs: set[str] = set()
    for number, line in trimmed(lines):
        if process := _PROCESS.match(line):
            if row is not None:
                yield row
            known = True
            row = Row({"entry": "process", "process": process[1], "pid": int(process[2])}, line=number)
        elif row is not None and (fact := _FACT.match(line)):
            _add(row, fact[1], fact[2], when)
        elif image := _IMAGE.match(line):
            if row is not None:
                if len(programs) < MAX_IMAGES:
                    programs.add(str(row.get("path")))
                yield row
                row = None
            key = image[2], image[1].upper()
            if key[0] not in programs and key not in images and len(images) < MAX_IMAGES:
                images.add(key)
                yield Row({"entry": "image", "path": key[0], "image": key[1]}, line=number)
        elif when is None and (date := _WHEN.match(line)):
            known = True
            when = _moment(date[1])
        elif line.startswith("Spindump binary format"):
            break
    if row is not None:
        yield row
    if not known:
        raise Unsupported(t("error.sysdiagnose.spindump"))


def _add(row: Row, key: str, value: str, when: float | None) -> None:
    if key in _FIELDS:
        row.setdefault(_FIELDS[key], value.upper() if key == "UUID" else value)
    elif key == "UID" and value.isdecimal() and len(value) < 11:
        row.setdefault("uid", int(value))
    elif key == "Time Since Fork" and (age := re.match(r"(\d{1,10})s", value)) and when is not None:
        row.setdefault("started", round(when - int(age[1])))


def _moment(text: str) -> float | None:
    for form in ("%Y-%m-%d %H:%M:%S.%f %z", "%Y-%m-%d %H:%M:%S %z"):
        try:
            return datetime.strptime(text, form).timestamp()
        except (ValueError, OverflowError):
            continue
    return None


ARTEFACT = Artefact(
    name="sysdiagnose.spindump",
    title="Running processes with their binaries",
    needs={"main": (At.sysdiagnose("spindump-nosymbols.txt"),)},
    record=SampledProcess,
    role=Role.RAN,
    read=text_rows(parse),
    events=(Event(at="started", says="process started", shows="process"),),
    expected=Expected(guide="sysdiagnose"),
    seen=(
        Seen(
            versions="iOS 13 to 26", basis="layout from the test lines of the EC sysdiagnose framework", verified=True
        ),
    ),
    means="A program of a published name or path shows that it ran, or was loaded, while the archive was made.",
)
