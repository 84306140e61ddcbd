"""The unified log: tracev3 files, time synchronisation, strings of programs and of the shared cache.

Little-endian; UUIDs big-endian.
"""

from __future__ import annotations

import plistlib
import struct
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from phonegen.sysdiagnose import model as m
from phonegen.sysdiagnose.model import Sysdiagnose

ROOT = "system_logs.logarchive"
TIMEBASE = (125, 3)
"""A tick of the clock is 125/3 nanoseconds."""
_LAUNCHES = timedelta(days=1)


def ticks(span: timedelta) -> int:
    """The phone's clock ticks of a span."""
    return span // timedelta(microseconds=1) * 1000 * TIMEBASE[1] // TIMEBASE[0]


def _ns(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000


def _chunk(tag: int, data: bytes, subtag: int = 0x11) -> bytes:
    """A chunk, padded to 8 bytes; its length does not count the padding."""
    made = struct.pack("<IIQ", tag, subtag, len(data)) + data
    return made + b"\0" * (-len(made) % 8)


def boots(phone: Sysdiagnose) -> list[m.Boot]:
    """The starts, oldest first; a phone without any started a day before the archive."""
    listed = sorted(phone.of(m.Boot), key=lambda boot: boot.when)
    return listed or [m.Boot(when=phone.date - _LAUNCHES)]


def boot_uuid(phone: Sysdiagnose, boot: m.Boot) -> uuid.UUID:
    """The UUID of a start."""
    return uuid.UUID(phone.uuid(f"boot {boot.when.isoformat()}"))


def boot_of(phone: Sysdiagnose, when: datetime) -> m.Boot:
    """The start before a moment."""
    listed = boots(phone)
    return next((boot for boot in reversed(listed) if boot.when <= when), listed[0])


def header(phone: Sysdiagnose, boot: m.Boot, when: datetime) -> bytes:
    """The first chunk of a tracev3 file, 224 bytes with its preamble."""
    zone = b"/var/db/timezone/zoneinfo/Europe/Berlin"
    continuous = ticks(when - boot.when)
    data = struct.pack("<IIQiiI", *TIMEBASE, continuous, int(when.timestamp()), 0, when.microsecond)
    data += struct.pack("<iIi", -phone.offset, 1, 1)
    data += struct.pack("<IIQ", 0x6100, 8, continuous)
    data += struct.pack("<II", 0x6101, 56) + struct.pack("<II", 0x0100000C, 1)
    data += phone.build.encode().ljust(16, b"\0") + b"D17AP".ljust(32, b"\0")
    data += struct.pack("<II", 0x6102, 24) + boot_uuid(phone, boot).bytes + struct.pack("<II", 35, 0)
    data += struct.pack("<II", 0x6103, 48) + zone.ljust(48, b"\0")
    return _chunk(0x1000, data)


def catalog(phone: Sysdiagnose, processes: Sequence[m.LoggedProcess], boot: m.Boot) -> bytes:
    """A catalog: UUIDs of images, subsystem strings, processes, spans of the chunks that follow."""
    uuids: list[str] = []

    def number(path: str) -> int:
        name = phone.uuid(path)
        if name not in uuids:
            uuids.append(name)
        return uuids.index(name)

    subsystems = b"com.apple.example\0default\0"
    records = b""
    offsets: list[int] = []
    for index, process in enumerate(processes):
        cache = number("dsc") if process.cached else 0xFFFF
        main = number(process.path)
        offsets.append(len(records))
        unique = 7000 + index
        record = struct.pack(
            "<HHHHQIIIII", index, 0, main, cache, unique, unique, process.pid, process.euid, 0, len(process.libraries)
        )
        record += struct.pack("<I", 0)
        for library in process.libraries:
            record += struct.pack("<IIH", 0x4000, 0, number(library)) + (0x180000000 + index).to_bytes(6, "little")
        record += struct.pack("<II", 1, 0) + struct.pack("<HHH", 1, 0, 18)
        records += record + b"\0" * (-len(record) % 8)
    subsystems += b"\0" * (-len(subsystems) % 8)
    spans = b""
    for process in processes:
        start = ticks(process.when - boot.when)
        span = struct.pack("<QQII", start, start + 24_000, 64, 0x100)
        span += struct.pack("<I", 1) + struct.pack("<H", processes.index(process))
        span += struct.pack("<I", 1) + struct.pack("<H", 0)
        spans += span + b"\0" * (-len(span) % 8)
    earliest = min((ticks(process.when - boot.when) for process in processes), default=0)
    table = b"".join(uuid.UUID(name).bytes for name in uuids)
    after = len(subsystems)
    data = struct.pack(
        "<HHHHHHIQ",
        len(table),
        len(table) + after,
        len(processes),
        len(table) + after + len(records),
        len(processes),
        0,
        0,
        earliest,
    )
    return _chunk(0x600B, data + table + subsystems + records + spans)


def chunkset() -> bytes:
    """A set of chunks that is stored without compression: one chunk of the kind firehose, without messages."""
    inner = struct.pack("<QIBBHHHHBBIQ", 7000, 7000, 14, 0, 0, 16, 4096, 0, 0, 0, 0, 0)
    firehose = _chunk(0x6001, inner)
    return _chunk(0x600D, b"bv4-" + struct.pack("<I", len(firehose)) + firehose + b"bv4$")


def tracev3(phone: Sysdiagnose, processes: Sequence[m.LoggedProcess]) -> bytes:
    """A file with one catalog; all processes belong to the start before the first of them."""
    boot = boot_of(phone, processes[0].when)
    return header(phone, boot, processes[0].when) + catalog(phone, processes, boot) + chunkset()


def timesync(phone: Sysdiagnose) -> bytes:
    """The record of each start, and after it its clock beside the calendar's, twice."""
    data = b""
    for boot in boots(phone):
        data += struct.pack("<HHI", 0xBBB0, 48, 0) + boot_uuid(phone, boot).bytes
        data += struct.pack("<IIqii", *TIMEBASE, _ns(boot.when), -phone.offset, 1)
        for minutes in (0, 30):
            span = timedelta(minutes=minutes)
            data += struct.pack("<IIQqii", 0x207354, 0, ticks(span), _ns(boot.when + span), -phone.offset, 1)
    return data


def uuidtext(path: str) -> bytes:
    """The strings of one program; the last one is its path."""
    strings = b"message %d\0"
    return struct.pack("<IIIIII", 0x66778899, 2, 1, 1, 0x1000, len(strings)) + strings + path.encode() + b"\0"


def dsc(phone: Sysdiagnose, paths: Sequence[str], major: int = 2) -> bytes:
    """The strings of the shared cache, with one range of strings and the images."""
    head = b"hcsd" + struct.pack("<HHII", major, 0, 1, len(paths))
    texts = b"cached %d\0"
    place = len(head) + (24 if major == 2 else 16) + len(paths) * (32 if major == 2 else 28)
    ranges = struct.pack("<IIII", 0, 0x1000, place, len(texts))
    if major == 2:
        ranges = struct.pack("<QIIQ", 0x1000, place, len(texts), 0)
    images, names = b"", b""
    for number, path in enumerate(paths):
        offset = place + len(texts) + len(names)
        name = uuid.UUID(phone.uuid(path)).bytes
        start = 0x10000 * (number + 1)
        if major == 2:
            images += struct.pack("<QI", start, 0x8000) + name + struct.pack("<I", offset)
        else:
            images += struct.pack("<II", start, 0x8000) + name + struct.pack("<I", offset)
        names += path.encode() + b"\0"
    return head + ranges + images + texts + names


def files(phone: Sysdiagnose) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the log archive without `Extra`."""
    processes = phone.of(m.LoggedProcess)
    groups: dict[tuple[str, datetime], list[m.LoggedProcess]] = {}
    for process in processes:
        groups.setdefault((process.stream, boot_of(phone, process.when).when), []).append(process)
    for number, ((stream, _), members) in enumerate(groups.items(), 1):
        members.sort(key=lambda process: process.when)
        place = f"{ROOT}/{stream}/{number:016x}.tracev3" if stream != "live" else f"{ROOT}/logdata.LiveData.tracev3"
        yield place, tracev3(phone, members)
    yield f"{ROOT}/timesync/0000000000000001.timesync", timesync(phone)
    cached = [library for process in processes if process.cached for library in process.libraries]
    cached += [process.path for process in processes if process.cached]
    for path in dict.fromkeys(path for process in processes for path in (process.path, *process.libraries)):
        if path not in cached:
            name = phone.uuid(path).replace("-", "")
            yield f"{ROOT}/{name[:2]}/{name[2:]}", uuidtext(path)
    if cached:
        major = 2 if phone.version >= (14,) else 1
        yield f"{ROOT}/dsc/{phone.uuid('dsc').replace('-', '')}", dsc(phone, list(dict.fromkeys(cached)), major)
    last = boots(phone)[-1]
    end = {
        "ContinuousTime": ticks(phone.date - last.when),
        "UUID": str(boot_uuid(phone, last)).upper(),
        "WallTime": _ns(phone.date),
    }
    facts = {
        "ArchiveIdentifier": phone.uuid("archive"),
        "EndTimeRef": end,
        "OSArchiveVersion": 5 if phone.version >= (17,) else 4,
        "OSLoggingSupportVersion": {"Identifier": "current", "Major": 2, "Minor": 1},
    }
    yield f"{ROOT}/Info.plist", plistlib.dumps(facts, fmt=plistlib.FMT_BINARY)
