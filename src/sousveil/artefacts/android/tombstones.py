"""Tombstones: crashes of native programs, as text and as protobuf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sousveil.acquisition.content import open_member
from sousveil.acquisition.model import FileGroup, whole
from sousveil.artefacts.android._common import cut, package_of_process
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import Malformed, Unsupported
from sousveil.kinds import BundleId, FilePath, Integer, Label, ProcessName, Role, Text, UnixTime
from sousveil.patterns import lazy_pattern
from sousveil.readers.dumpstate import SectionReader, SectionText, lines_of
from sousveil.readers.model import Described
from sousveil.readers.plists import Row, batches_of
from sousveil.readers.protobuf import message, strings
from sousveil.records import Batch, Record
from sousveil.texts import t


class Tombstone(Record):
    """One crash."""

    process: ProcessName | None
    package: BundleId | None
    path: FilePath | None
    """The program, where the process is named by its path."""
    thread: Label | None
    pid: Integer | None
    uid: Integer | None
    """0 root, 1000 system, 2000 shell, from 10000 apps."""
    signal: Label | None
    domain: Label | None
    """The SELinux domain (protobuf only)."""
    abort: Text | None
    at: UnixTime | None
    """With the zone that the tombstone names."""


MAX_PROTO = 32 << 20
"""Bytes of a protobuf tombstone."""
_BEGIN = lazy_pattern(r"(?:\*\*\* ){15}\*\*\*")
_TIME = lazy_pattern(r"Timestamp: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d{1,9})?([+\-]\d{4})")
_PROCESS = lazy_pattern(r"pid: (\d{1,9}), tid: \d{1,9}, name: (.{0,200}?)\s+>>> (.{1,255}?) <<<")
_UID = lazy_pattern(r"uid: (\d{1,9})")
_SIGNAL = lazy_pattern(r"signal (\d{1,3} \([A-Z0-9]{1,20}\))")
_ABORT = lazy_pattern(r"Abort message: '(.*?)'?\Z")


def _moment(stamp: str, fraction: str, zone: str) -> float | None:
    try:
        moment = datetime.strptime(stamp + zone, "%Y-%m-%d %H:%M:%S%z").timestamp()
    except ValueError:
        return None
    return moment + (float(fraction) if fraction else 0.0)


def _named(process: str) -> dict[str, Any]:
    program = process.partition(" ")[0]
    return {
        "process": process,
        "package": package_of_process(process),
        "path": program if program.startswith("/") else None,
    }


def _text(lines: Iterator[tuple[int, str]]) -> Iterator[Row]:
    """Crashes of a text: the first fifty lines of each say what is wanted; an app's runtime may insert lines of its own."""
    row: Row | None = None
    left = 0
    for number, line in lines:
        if _BEGIN.match(line):
            if row is not None and "process" in row:
                yield row
            row, left = Row({}, line=number), 50
        elif row is not None and left:
            left -= 1
            if time := _TIME.match(line):
                row["at"] = _moment(time[1], time[2] or "", time[3])
            elif process := _PROCESS.match(line):
                row.update(_named(process[3]), pid=int(process[1]), thread=process[2])
            elif uid := _UID.match(line):
                row["uid"] = int(uid[1])
            elif signal := _SIGNAL.match(line):
                row["signal"] = signal[1]
            elif abort := _ABORT.match(line):
                row["abort"] = cut(abort[1])
    if row is not None and "process" in row:
        yield row


_TOP = {
    3: "revision",
    4: "timestamp",
    5: "pid",
    6: "tid",
    7: "uid",
    8: "selinux",
    9: "command",
    10: "signal",
    14: "abort",
}


def _proto(data: bytes) -> Iterator[Row]:
    """The crash of a protobuf tombstone (its fields by number: see the published schema of debuggerd)."""
    fields = message(data, frozenset((*_TOP, 16)))
    command = strings(fields.get(9, ()))
    stamp = "".join(strings(fields.get(4, ()))[:1])
    time = _TIME.match("Timestamp: " + stamp)
    if not command and time is None:
        raise Unsupported(t("error.android.tombstone"))
    row = Row(_named(" ".join(command)[:255]) if command else {})
    for number, name in ((5, "pid"), (7, "uid")):
        value = next((v for v in fields.get(number, ()) if isinstance(v, int)), 0)
        row[name] = value if value < 1 << 31 else None
    row["domain"] = "".join(strings(fields.get(8, ()))[:1]) or None
    row["abort"] = cut("".join(strings(fields.get(14, ()))[:1])) or None
    row["at"] = _moment(time[1], time[2] or "", time[3]) if time else None
    for raw in fields.get(10, ()):
        if isinstance(raw, bytes):
            signal = message(raw, frozenset((1, 2)))
            code = next((v for v in signal.get(1, ()) if isinstance(v, int)), 0)
            row["signal"] = f"{code} ({''.join(strings(signal.get(2, ()))[:1])})"
    yield row


class TombstoneReader:
    """Reads sections of old reports, texts and protobuf files."""

    def __call__(self, artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
        group = files["main"]
        if group.sections:
            yield from SectionReader(_section, "text")(artefact, files, context)
            return
        if group.relative.endswith((".pb", ".pb.gz")):
            content = open_member(group.members[0])
            try:
                data = whole(content, MAX_PROTO)
            finally:
                content.close()
            yield from batches_of(_proto(data), artefact, "protobuf", group.where, context)
            return
        found = 0
        for batch in batches_of(_text(lines_of(group)), artefact, "text", group.where, context):
            found += batch.count
            yield batch
        if not found:
            raise Malformed(t("error.android.crash"))


def _section(text: SectionText, context: Context) -> Iterator[Row]:
    return _text(text.lines())


ARTEFACT = Artefact(
    name="android.tombstones",
    title="Crashes of native programs",
    needs={"main": (At.anywhere("*tombstones/tombstone_*"), At.section("TOMBSTONE*"))},
    record=Tombstone,
    role=Role.RAN,
    read=TombstoneReader(),
    events=(Event(at="at", says="program crashed", shows="process"),),
    expected=Expected(
        optional="the phone keeps them only after a crash, and only a zip or folder of the report holds them"
    ),
    acquisitions=("android-bugreport", "androidqf", "dump"),
    seen=(
        Seen(versions="Android 9, text", basis="seen on a real phone", verified=True),
        Seen(versions="Android 16, protobuf", basis="seen on a real phone", verified=True),
    ),
    means="A published name shows that a program of this name ran and crashed. A crash of another program is no sign by itself.",
)
