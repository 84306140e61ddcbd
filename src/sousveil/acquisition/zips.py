"""Zip archives as evidence: their members listed without unpacking, and read forward in flat memory.

Every number in an archive is hostile. A member is found by its local header, never by its name; a name never becomes a
path of this computer. An archive that was cut off has no directory: then its local headers are walked from the start.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Hashable, Iterator

import msgspec
from isal import igzip_lib, isal_zlib

from sousveil.acquisition import spool
from sousveil.acquisition.model import Packed, Readable
from sousveil.errors import LimitExceeded, Malformed, SousveilError, Unsupported
from sousveil.texts import t

MAGIC = b"PK\x03\x04"
MAX_MEMBERS = 20_000
"""Members of one archive that are listed."""
MAX_NAME = 1_000
"""Bytes of a member's name that are kept."""
MAX_RATIO = 200
"""Content to compressed bytes, once a member has given more than `FREE` bytes."""
FREE = 8 << 20
MAX_CONTENT = 4 << 30
"""Bytes of content of one member."""
_FEED, _PIECE = 64 << 10, 256 << 10
_KEPT = 1 << 20
"""Bytes behind the reading position that are kept, so that short steps back cost nothing."""
WHOLE = 32 << 20
"""Bytes of content up to which the member that was read last stays in memory: many artefacts read one text."""
_STORED, _DEFLATED = 0, 8
_DIRECTORY, _END, _END64, _LOCATOR64 = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_TAIL = (64 << 10) + 22
_ERRORS: tuple[type[Exception], ...] = (igzip_lib.IsalError, zlib.error)  # type: ignore[assignment]


class ZipMember(msgspec.Struct, frozen=True):
    """One member of an archive."""

    name: str
    """As the archive writes it; hostile."""
    packed: Packed
    modified: str | None
    """Wall clock of the archive's maker, `2020-01-08 14:32:10`, in steps of two seconds and without a zone."""
    problem: str | None = None
    """Why the content cannot be had."""


class PackedFile:
    """Content of a zip member (see `Readable`), read forward; a step back further than what is kept goes to the spool, or begins
    anew where the spool has no room or there is none.

    `size` is what the archive states. What is damaged, longer or shorter than stated raises Malformed, and a member that
    unfolds to more than `MAX_RATIO` times its bytes raises LimitExceeded: once everything before has been read, so that a
    read may give fewer bytes than are asked for.
    """

    _key: Hashable = None

    def __init__(self, source: Readable, packed: Packed, key: Hashable = None) -> None:
        """`key` names the member for as long as its archive stays the same; None remembers no content."""
        if packed.method not in (_STORED, _DEFLATED):
            raise Unsupported(t("error.zips.member_archive_compressed", method=packed.method))
        self._source, self._packed = source, packed
        large = packed.size > WHOLE
        self._key = key if packed.method == _DEFLATED and not large else None
        self._spooled = key if packed.method == _DEFLATED and large and spool.current() is not None else None
        self._fault: SousveilError | None = None
        self._beyond: Malformed | None = None
        self.size = packed.size if packed.method == _DEFLATED else packed.stored
        self._begin()

    @property
    def there(self) -> int:
        """Bytes of content, as far as the archive says."""
        return self.size

    def expect(self, size: int, fault: str) -> None:
        """A content that must be longer than the archive states is cut off (see `StoredFile.expect`)."""
        if size > self.size:
            self.size, self._beyond = size, self._beyond or Malformed(fault)

    def _begin(self) -> None:
        self._machine = isal_zlib.decompressobj(wbits=-15)
        self._start, self._block = 0, bytearray()
        self._taken, self._tail = 0, b""
        self._fault = None
        key, block = _last.get(self._packed.size > _KEPT, (None, None))
        if block is not None and self._key == key:
            self._block, self._taken = block, self._packed.stored

    def read(self, amount: int, offset: int) -> bytes:
        """Up to `amount` bytes from `offset` (see `Readable.read`)."""
        end = min(offset + amount, self.size)
        if offset < 0 or offset >= end:
            return b""
        if self._packed.method == _STORED:
            if self._beyond is not None and end > self._packed.stored:
                raise self._beyond
            return self._source.read(end - offset, self._packed.offset + offset)
        if self._spooled is not None and (held := spool.current()) is not None:
            back = 0 < offset < self._start
            piece = held.read(self._spooled, self.size, end - offset, offset, self._forward, back=back)
            if isinstance(self._fault, Malformed):
                held.keep_fault(self._spooled, self._fault, self._start + len(self._block))
            elif end == self.size and held.is_faulty(self._spooled, end):
                self.size += 1  # as `_advance` does
            if piece is not None:
                return piece
        return self._forward(end - offset, offset)

    def _forward(self, amount: int, offset: int) -> bytes:
        end = min(offset + amount, self.size)
        if offset < self._start:
            self._begin()
        # What stays in memory whole is unfolded in few steps: between other pieces it would be moved each time that it grows.
        goal = min(self.size, 4 * end) if self._key is not None and end > _KEPT else end
        while self._start + len(self._block) < goal:
            if self._key is None and (drop := min(offset - self._start, len(self._block)) - _KEPT) > 4 * _KEPT:
                del self._block[:drop]
                self._start += drop
            self._fault = self._fault or self._advance()
            if self._fault is not None:
                if self._start + len(self._block) > offset:
                    break
                raise self._fault
        return bytes(memoryview(self._block)[offset - self._start : end - self._start])

    read_apart = read

    def _advance(self) -> SousveilError | None:
        """Unfold one more piece; gives what is wrong where there is none."""
        machine, packed = self._machine, self._packed
        piece = b""
        while not piece:
            feed = self._tail
            if not feed and not machine.eof:
                try:
                    feed = self._source.read(min(_FEED, packed.stored - self._taken), packed.offset + self._taken)
                except SousveilError as error:
                    return error
                self._taken += len(feed)
            if machine.eof or not feed:
                there = self._start + len(self._block)
                return self._beyond or Malformed(t("error.zips.member_archive_cut", there=there, size=self.size))
            try:
                piece = machine.decompress(feed, _PIECE)
            except _ERRORS:
                return Malformed(t("error.zips.compressed_member_archive"))
            self._tail = machine.unconsumed_tail
        self._block += piece
        produced = self._start + len(self._block)
        if produced > self.size:
            del self._block[self.size - self._start :]
            self.size += 1  # a reader that goes to the end meets the error
            return Malformed(t("error.zips.member_archive_unfolds"))
        if produced > FREE and produced > MAX_RATIO * self._taken:
            return LimitExceeded(t("error.zips.member_archive_unfolds_more", limit=MAX_RATIO))
        return None

    def close(self) -> None:
        """Let go of what lies below."""
        self._source.close()
        if self._key is not None and self._fault is None and len(self._block) == self._packed.size:
            _last[self._packed.size > _KEPT] = self._key, self._block


_last: dict[bool, tuple[Hashable, bytearray]] = {}
"""The content of the small and of the large member that were read whole last: main_entry.txt must not displace its report."""


def members(archive: Readable) -> Iterator[ZipMember]:
    """The members of an archive in the order of their bytes. Raises Malformed for what is none, LimitExceeded after the
    first `MAX_MEMBERS`."""
    listed = list(directory(archive))
    if not listed:
        yield from walked(archive)
        return
    end = 0
    for header, name, packed, modified, problem in sorted(listed, key=lambda item: item[0]):
        start = header
        if problem is None:
            found = content_start(archive, header)
            if found is None:
                problem = t("error.zips.archive_directory_names")
            else:
                packed = Packed(offset=found, stored=packed.stored, size=packed.size, method=packed.method)
                problem = doubtful(packed, archive.size)
        if problem is None and start < end:
            problem = t("error.zips.members_archive_overlap")
        if problem is None:
            end = packed.offset + packed.stored
        yield ZipMember(name, packed, modified, problem)
    if len(listed) >= MAX_MEMBERS:
        raise LimitExceeded(t("error.zips.archive_more_members", limit=MAX_MEMBERS))


def doubtful(packed: Packed, size: int) -> str | None:
    """Why a member of an archive of `size` bytes is not read; None where nothing is against it."""
    if packed.method not in (_STORED, _DEFLATED):
        return t("error.zips.member_compressed_method", method=packed.method)
    if packed.size > MAX_CONTENT:
        return t("error.zips.member_larger_bytes", limit=MAX_CONTENT)
    if packed.size > FREE and packed.size > MAX_RATIO * packed.stored:
        return t("error.zips.member_unfolds_more", limit=MAX_RATIO)
    if packed.method == _STORED and packed.stored != packed.size:
        return t("error.zips.archive_states_two")
    return None if packed.offset < size or not packed.stored else t("error.zips.member_beyond_end")


Listed = tuple[int, str, Packed, str | None, str | None]
"""Offset of the local header, name, sizes, wall clock, and why the content cannot be had."""


def directory(archive: Readable, most: int | None = None) -> Iterator[Listed]:
    """The first `most` rows (`MAX_MEMBERS`) of the central directory; none where there is no sound one."""
    most = most or MAX_MEMBERS
    tail = archive.read(_TAIL, max(0, archive.size - _TAIL))
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        return
    count, size, start = struct.unpack_from("<HII", tail, at + 10)
    if start == 0xFFFFFFFF or count == 0xFFFF:
        if at < 20 or tail[at - 20 : at - 16] != _LOCATOR64:
            return
        (where,) = struct.unpack_from("<Q", tail, at - 12)
        record = archive.read(56, where) if where < archive.size else b""
        if len(record) < 56 or record[:4] != _END64:
            return
        size, start = struct.unpack_from("<QQ", record, 40)
    if start + size > archive.size:
        return
    position, seen = start, 0
    while position < start + size and seen < most:
        head = archive.read(46, position)
        if len(head) < 46 or head[:4] != _DIRECTORY:
            return
        flags, method, time, day, _, stored, content, name, extra, comment = struct.unpack_from("<HHHHIIIHHH", head, 8)
        (header,) = struct.unpack_from("<I", head, 42)
        label = archive.read(name, position + 46)
        if 0xFFFFFFFF in (stored, content, header):
            more = archive.read(extra, position + 46 + name)
            stored, content, header = _wide(more, stored, content, header)
        position += 46 + name + extra + comment
        seen += 1
        if label.endswith(b"/") and not content:
            continue
        problem = t("error.zips.member_encrypted") if flags & 1 else None
        packed = Packed(offset=0, stored=stored, size=content, method=method)
        yield header, _name(label), packed, _moment(day, time), problem


def _wide(extra: bytes, stored: int, content: int, header: int) -> tuple[int, int, int]:
    """The sizes of a Zip64 member."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            values = iter(struct.unpack_from(f"<{min(length, len(extra) - at - 4) // 8}Q", extra, at + 4))
            content, stored, header = (
                next(values, value) if value == 0xFFFFFFFF else value for value in (content, stored, header)
            )
            break
        at += 4 + length
    return stored, content, header


def content_start(archive: Readable, header: int) -> int | None:
    """Where the bytes of the member begin whose local header stands here."""
    head = archive.read(30, header) if header + 30 <= archive.size else b""
    if head[:4] != MAGIC:
        return None
    return header + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")


def walked(archive: Readable, most: int | None = None) -> Iterator[ZipMember]:
    """The members by their local headers, one after another. Raises as `members`."""
    most = most or MAX_MEMBERS
    position = seen = 0
    while position + 30 <= archive.size and (head := archive.read(30, position))[:4] == MAGIC:
        flags, method, time, day, _, stored, content, name, extra = struct.unpack_from("<HHHHIIIHH", head, 6)
        label, start = archive.read(name, position + 30), position + 30 + name + extra
        if 0xFFFFFFFF in (stored, content):
            stored, content, _ = _wide(archive.read(extra, position + 30 + name), stored, content, 0)
        problem = t("error.zips.member_encrypted") if flags & 1 else None
        if flags & 8 and not stored and method == _DEFLATED:
            stored, content = _measured(archive, start)
        stored = min(stored, max(0, archive.size - start))
        packed = Packed(offset=start, stored=stored, size=content, method=method)
        yield ZipMember(_name(label), packed, _moment(day, time), problem or doubtful(packed, archive.size))
        seen += 1
        if seen >= most:
            raise LimitExceeded(t("error.zips.archive_more_members", limit=most))
        position = start + stored
        if flags & 8:
            position += 16 if archive.read(4, position) == b"PK\x07\x08" else 12
    if not seen:
        raise Malformed(t("error.zips.file_zip_archive"))


def _measured(archive: Readable, start: int) -> tuple[int, int]:
    """(compressed bytes, content bytes) of a deflated member whose header states neither."""
    machine = isal_zlib.decompressobj(wbits=-15)
    taken = produced = 0
    tail = b""
    while not machine.eof:
        feed = tail or archive.read(_FEED, start + taken)
        taken += 0 if tail else len(feed)
        try:
            piece = machine.decompress(feed, _PIECE)
        except _ERRORS:
            break
        tail = machine.unconsumed_tail
        produced += len(piece)
        if (not piece and not feed) or produced > max(FREE, MAX_RATIO * taken) or produced > MAX_CONTENT:
            break
    return taken - len(machine.unused_data) - len(tail), produced


def _name(label: bytes) -> str:
    return label[:MAX_NAME].decode("utf-8", "backslashreplace")


def _moment(day: int, time: int) -> str | None:
    year, month, date = 1980 + (day >> 9), day >> 5 & 15, day & 31
    if not (1 <= month <= 12 and date >= 1):
        return None
    return f"{year}-{month:02}-{date:02} {time >> 11:02}:{time >> 5 & 63:02}:{(time & 31) * 2:02}"


__all__ = ["FREE", "MAGIC", "MAX_MEMBERS", "MAX_RATIO", "PackedFile", "ZipMember", "members"]
