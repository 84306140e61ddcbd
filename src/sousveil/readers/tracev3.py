"""Apple's unified log without its messages: which processes wrote, from which image, when, and in which boot.

A tracev3 file is a row of chunks. Its catalogs name the processes of the compressed chunks that follow, and the spans of
time; so nothing is decompressed. Timesync files name boots, uuidtext and shared-cache files the paths of images. Layouts:
the Unified Logging document of the libyal project (dtformats), compared with a real file of iOS 15.3.1.

Every file is read forward once: offsets only grow. All numbers of the files are hostile.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from sousveil.acquisition.model import Readable
from sousveil.errors import LimitExceeded, Malformed, SousveilError, Unsupported
from sousveil.texts import t

MAX_CATALOG = 4 << 20
"""Bytes of one catalog; offsets inside it are 16 bits wide."""
MAX_PROCESSES = 100_000
"""Different processes of one file."""
MAX_LIBRARIES = 65_535
"""Other images of one process that are kept."""
MAX_BOOTS = 10_000
"""Boots of one timesync file."""
MAX_IMAGES = 100_000
"""Images of one shared cache."""
MAX_PATH = 4096
"""Bytes of the path of an image."""
_BLOCK = 1 << 20
_HEADER, _CATALOG = 0x1000, 0x600B
_TAGS = frozenset((_HEADER, _CATALOG, 0x600D, 0x6001, 0x6002, 0x6003, 0x6004))
"""Chunks of a file: header, catalog, compressed chunks, firehose, oversize, state dump, simple dump."""
_NONE = 0xFFFF
_LATEST = 253_402_300_800_000_000_000
"""Nanoseconds from 1970 to the year 10000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the head of a tracev3 file says about phone and clock."""

    numerator: int
    denominator: int
    """Nanoseconds of one tick of the continuous clock, as a fraction; phones say 125/3."""
    continuous: int
    """Ticks since the boot when the file was begun."""
    wall: int
    """The same moment in nanoseconds since 1970, UTC."""
    build: str
    hardware: str
    boot: str
    """UUID of the boot."""
    zone: str
    """The name of the phone's time zone; "" where none is named."""

    def moment(self, ticks: int) -> float | None:
        """Seconds since 1970 of a reading of the continuous clock; None for one outside years 1970 to 9999."""
        nanoseconds = self.wall + (ticks - self.continuous) * self.numerator // self.denominator
        return _seconds(nanoseconds)


@dataclass(slots=True, kw_only=True)
class LoggedProcess:
    """A process that wrote to the log."""

    pid: int
    euid: int
    """Effective user: 0 root, 501 mobile."""
    image: str
    """UUID of its main image; "" where the catalog names none."""
    boot: str
    first: int
    """Start of the earliest span of time in which it wrote, in ticks."""
    last: int
    """End of the latest one."""
    header: Header
    offset: int
    """Of the catalog that names it first."""
    libraries: set[str] = field(default_factory=set)
    """UUIDs of the other images that wrote in its name."""


@dataclass(slots=True)
class TraceFile:
    """What a tracev3 file names, as far as it could be read."""

    header: Header | None = None
    """The last one."""
    processes: list[LoggedProcess] = field(default_factory=list)
    """In order of first mention."""
    catalogs: int = 0
    foreign: int = 0
    """Chunks of a kind that is not known."""
    damage: SousveilError | None = None
    """Why reading ended before the end of the file."""


def uuid_text(raw: bytes) -> str:
    """A UUID of 16 bytes as Apple prints it: upper case with hyphens."""
    return str(UUID(bytes=raw)).upper()


def _string(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("utf-8", "replace")


def trace_file(content: Readable) -> TraceFile:
    """The header and processes of a tracev3 file. Never raises for damage: see `TraceFile.damage`."""
    found = TraceFile()
    known: dict[tuple[object, ...], LoggedProcess] = {}
    try:
        for offset, tag, data in _chunks(content, found):
            if tag == _HEADER:
                found.header = _header(data)
            elif found.header is None:
                raise Malformed(t("error.tracev3.header_first"))
            else:
                found.catalogs += 1
                _catalog(data, offset, found.header, known)
        if found.header is None:
            raise Malformed(t("error.tracev3.empty"))
    except SousveilError as error:
        found.damage = error
    found.processes = list(known.values())
    return found


def _chunks(content: Readable, found: TraceFile) -> Iterator[tuple[int, int, bytes]]:
    """(offset, tag, data) of each header and catalog; other chunks are passed over."""
    offset = 0
    while offset < content.size:
        head = content.read(16, offset)
        if len(head) < 16:
            raise Malformed(t("error.tracev3.cut", offset=offset))
        tag, _, length = struct.unpack("<IIQ", head)
        if not tag and not length and offset and _only_zeros(content, offset):
            return  # the rest of a file that was made larger than it is full
        if tag not in _TAGS:
            if tag >> 8 != 0x60:
                raise Malformed(t("error.tracev3.chunk" if offset else "error.tracev3.empty", offset=offset))
            found.foreign += 1
        end = offset + 16 + length
        if end > content.size:
            raise Malformed(t("error.tracev3.cut", offset=offset))
        if tag in (_HEADER, _CATALOG):
            if length > MAX_CATALOG:
                raise LimitExceeded(t("error.tracev3.catalog_large", most=MAX_CATALOG))
            data = content.read(length, offset + 16)
            if len(data) < length:
                raise Malformed(t("error.tracev3.cut", offset=offset))
            yield offset, tag, data
        offset = end + -end % 8


def _only_zeros(content: Readable, offset: int) -> bool:
    while piece := content.read(_BLOCK, offset):
        if any(piece):
            return False
        offset += len(piece)
    return True


def _header(data: bytes) -> Header:
    if len(data) < 40:
        raise Malformed(t("error.tracev3.header_short"))
    numerator, denominator, continuous, wall, _, micros = struct.unpack_from("<IIQiII", data, 0)
    if not numerator or not denominator:
        raise Malformed(t("error.tracev3.header_clock"))
    build = hardware = boot = zone = ""
    at = 40
    while at + 8 <= len(data):
        tag, size = struct.unpack_from("<II", data, at)
        part = data[at + 8 : at + 8 + size]
        at += 8 + size + -size % 8
        if tag == 0x6100 and len(part) >= 8:
            # The catalogs count on this clock; the reading before it stops while the phone sleeps.
            continuous = int.from_bytes(part[:8], "little")
        elif tag == 0x6101:
            build, hardware = _string(part[8:24]), _string(part[24:56])
        elif tag == 0x6102 and len(part) >= 16:
            boot = uuid_text(part[:16])
        elif tag == 0x6103:
            zone = _string(part).partition("/zoneinfo/")[2]
    return Header(
        numerator=numerator,
        denominator=denominator,
        continuous=continuous,
        wall=wall * 1_000_000_000 + (micros * 1000 if micros < 1_000_000 else 0),
        build=build,
        hardware=hardware,
        boot=boot,
        zone=zone,
    )


def _catalog(data: bytes, offset: int, header: Header, known: dict[tuple[object, ...], LoggedProcess]) -> None:
    """Add the processes of a catalog to those that are known."""
    if len(data) < 24:
        raise Malformed(t("error.tracev3.catalog", offset=offset))
    strings, entries, count, spans, span_count = struct.unpack_from("<5H", data, 0)
    body = memoryview(data)[24:]
    uuids = [uuid_text(bytes(body[at : at + 16])) for at in range(0, min(strings, len(body)) - 15, 16)]

    def image(index: int) -> str:
        return uuids[index] if index < len(uuids) else ""

    named: dict[int, LoggedProcess] = {}
    at = entries
    try:
        for _ in range(count):
            index, _, main, _, high, low, pid, euid, _, images, _ = struct.unpack_from("<4HQ6I", body, at)
            at += 40
            if images > (len(body) - at) // 16:
                raise Malformed(t("error.tracev3.catalog", offset=offset))
            loaded = {image(number) for (number,) in struct.iter_unpack("<8xH6x", body[at : at + 16 * images])}
            at += 16 * images
            subsystems = struct.unpack_from("<I", body, at)[0]
            at += 8 + 6 * subsystems
            at += -at % 8
            key = (header.boot, high, low, pid, euid, image(main))
            process = known.get(key)
            if process is None:
                if len(known) >= MAX_PROCESSES:
                    raise LimitExceeded(t("error.tracev3.processes", most=MAX_PROCESSES))
                process = known[key] = LoggedProcess(
                    pid=pid,
                    euid=euid,
                    image=image(main),
                    boot=header.boot,
                    first=0,
                    last=0,
                    header=header,
                    offset=offset,
                )
            added = loaded - process.libraries - {process.image, ""}
            process.libraries.update(islice(added, MAX_LIBRARIES - len(process.libraries)))
            named[index] = process
        at = spans
        for _ in range(span_count):
            start, end, _, _, indexes = struct.unpack_from("<QQIII", body, at)
            at += 28
            if indexes > (len(body) - at) // 2:
                raise Malformed(t("error.tracev3.catalog", offset=offset))
            for index in struct.unpack_from(f"<{indexes}H", body, at):
                if (process := named.get(index)) is not None:
                    process.first = min(process.first or start, start)
                    process.last = max(process.last, end)
            at += 2 * indexes
            at += 4 + 2 * struct.unpack_from("<I", body, at)[0]
            at += -at % 8
    except struct.error:
        raise Malformed(t("error.tracev3.catalog", offset=offset)) from None


@dataclass(slots=True, kw_only=True)
class Boot:
    """One boot of the phone, and how its clocks were compared."""

    boot: str
    """UUID of the boot."""
    started: float | None
    """Seconds since 1970, UTC."""
    zone_minutes: int
    """Minutes that the zone lies west of UTC, as the record says, without summer time."""
    offset: int
    """Of its record."""
    syncs: int = 0
    last: float | None = None
    """Seconds since 1970 of the last comparison of clocks: the phone still ran."""
    steps: int = 0
    """How often the wall clock was set by more than `STEP` seconds."""


STEP = 60
"""Seconds by which the wall clock may drift between two comparisons before it counts as set."""


def timesync(content: Readable) -> Iterator[Boot]:
    """The boots of a timesync file, in its order. Raises Malformed and LimitExceeded after those that could be read."""
    boot: Boot | None = None
    count = 0
    rate = 1.0
    shift: float | None = None
    for offset, record in _records(content):
        if record is None:
            if boot is not None:
                yield boot
            raise Malformed(t("error.timesync.record", offset=offset))
        if len(record) == 48:
            if boot is not None:
                yield boot
            count += 1
            if count > MAX_BOOTS:
                raise LimitExceeded(t("error.timesync.boots", most=MAX_BOOTS))
            numerator, denominator, wall, zone = struct.unpack_from("<IIqi", record, 24)
            rate = numerator / denominator if denominator else 1.0
            shift = None
            boot = Boot(boot=uuid_text(record[8:24]), started=_seconds(wall), zone_minutes=zone, offset=offset)
        elif boot is not None:
            ticks, wall = struct.unpack_from("<Qq", record, 8)
            moment = _seconds(wall)
            boot.syncs += 1
            if moment is None:
                continue
            boot.last = moment if boot.last is None else max(boot.last, moment)
            now = moment - ticks * rate / 1e9
            if shift is not None and abs(now - shift) > STEP:
                boot.steps += 1
            shift = now
    if boot is not None:
        yield boot


def _seconds(nanoseconds: int) -> float | None:
    """To the microsecond: a float holds no more digits."""
    return nanoseconds // 1000 / 1e6 if 0 < nanoseconds < _LATEST else None


def _records(content: Readable) -> Iterator[tuple[int, bytes | None]]:
    """(offset, record) of a timesync file, by its length 48 a boot, by 32 a comparison; None for what is neither."""
    rest, offset, position = b"", 0, 0
    while True:
        piece = content.read(_BLOCK, position)
        position += len(piece)
        rest += piece
        at = 0
        while at < len(rest):
            size = 48 if rest[at : at + 2] == b"\xb0\xbb" else 32 if rest[at : at + 2] == b"Ts" else 0
            if not size:
                if len(rest) - at < 2 and piece:
                    break
                if any(rest[at:]):
                    yield offset + at, None
                return
            if at + size > len(rest):
                break
            yield offset + at, rest[at : at + size]
            at += size
        rest, offset = rest[at:], offset + at
        if not piece:
            if any(rest):
                yield offset, None
            return


def image_path(content: Readable) -> str:
    """The path of the image whose strings a uuidtext file holds. Raises Malformed and Unsupported."""
    head = content.read(16, 0)
    if head[:4] != b"\x99\x88\x77\x66" or len(head) < 16:
        raise Malformed(t("error.uuidtext.magic"))
    major, _, count = struct.unpack_from("<III", head, 4)
    if major != 2:
        raise Unsupported(t("error.uuidtext.version", version=major))
    at, left = 16, count * 8
    if at + left > content.size:
        raise Malformed(t("error.uuidtext.cut"))
    strings = 0
    while left:
        piece = content.read(min(left, _BLOCK), at)
        if len(piece) % 8 or not piece:
            raise Malformed(t("error.uuidtext.cut"))
        strings += sum(size for _, size in struct.iter_unpack("<II", piece))
        at, left = at + len(piece), left - len(piece)
    path = content.read(MAX_PATH, at + strings) if at + strings < content.size else b""
    if b"\0" not in path or path[:1] != b"/":
        raise Malformed(t("error.uuidtext.cut"))
    return _string(path)


def cache_images(content: Readable) -> Iterator[tuple[str, str]]:
    """(UUID, path) of each image of a shared cache's strings. Raises Malformed, Unsupported and LimitExceeded."""
    head = content.read(16, 0)
    if head[:4] != b"hcsd" or len(head) < 16:
        raise Malformed(t("error.dsc.magic"))
    major, _, ranges, count = struct.unpack_from("<HHII", head, 4)
    if major not in (1, 2):
        raise Unsupported(t("error.dsc.version", version=major))
    if count > MAX_IMAGES:
        raise LimitExceeded(t("error.dsc.images", most=MAX_IMAGES))
    layout = struct.Struct("<8x16sI" if major == 1 else "<12x16sI")
    start = 16 + ranges * (16 if major == 1 else 24)
    table = content.read(layout.size * count, start) if start < content.size else b""
    if len(table) < layout.size * count:
        raise Malformed(t("error.dsc.cut"))
    # Read forward: by the place of the path.
    block, base = b"", 0
    for uuid, at in sorted(layout.iter_unpack(table), key=lambda image: image[1]):
        if at >= content.size:
            raise Malformed(t("error.dsc.cut"))
        if not base <= at < base + len(block) or (
            b"\0" not in block[at - base : at - base + MAX_PATH] and base + len(block) < content.size
        ):
            block, base = content.read(_BLOCK, at), at
        path = block[at - base : at - base + MAX_PATH]
        if b"\0" not in path or path[:1] != b"/":
            raise Malformed(t("error.dsc.cut"))
        yield uuid_text(uuid), _string(path)


__all__ = [
    "MAX_CATALOG",
    "MAX_IMAGES",
    "MAX_PROCESSES",
    "STEP",
    "Boot",
    "Header",
    "LoggedProcess",
    "TraceFile",
    "cache_images",
    "image_path",
    "timesync",
    "trace_file",
    "uuid_text",
]
