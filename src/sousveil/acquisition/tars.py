"""Tar archives, plain or compressed with gzip, as evidence: read forward in flat memory, never unpacked to disk.

A gzip stream can only be read from its start. A process keeps the stream of one archive open, with the last `KEPT` bytes of
content: files are read in the order of the archive, and inside one file a reader may step back. Every number in an archive is
hostile, and a name never becomes a path of this computer.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator

import msgspec
from isal import igzip_lib, isal_zlib

from sousveil.acquisition import spool
from sousveil.acquisition.model import Member, Packed, Readable
from sousveil.acquisition.system import file_key
from sousveil.acquisition.zips import FREE, MAX_RATIO, PackedFile
from sousveil.errors import LimitExceeded, Malformed, SousveilError
from sousveil.texts import t

GZIP_MAGIC = b"\x1f\x8b\x08"
GZIPPED, TARRED, ZLIBBED = 1001, 1002, 1004
"""Values of `Packed.method`: a gzip stream, a file of a tar archive, and a zlib stream."""
KEPT = 32 << 20
"""Bytes of content behind the reading position that stay in memory. A step back further goes to the spool (see `spool`)."""
MAX_ALL = 8 << 30
"""Bytes of content of one archive; what lies beyond is not read."""
BLOCK = 256 << 10
_FEED = 256 << 10
_SMALL, _ALL_SMALL = 1 << 20, 8 << 20
"""Bytes of a file that is remembered after it was read, and of all such files together."""
_RECORD = 512
_MAX_HEADER = 1 << 20
"""Bytes of a long name or of extended attributes."""
_PADDING = 1 << 20
"""Bytes of zeros behind the last file that are searched for more files."""
MAX_NAME = 1_000
_ERRORS: tuple[type[Exception], ...] = (igzip_lib.IsalError, zlib.error)  # type: ignore[assignment]


class Unfolded:
    """Content of a gzip or zlib stream (see `Readable`), shared by everything in this process that reads the archive.

    What is damaged raises Malformed, and what unfolds to too much LimitExceeded: once everything before has been read.
    """

    def __init__(self, source: Readable, packed: Packed) -> None:
        self._source, self._packed = source, packed
        self.size = packed.size
        self._small: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._begin()

    def _begin(self) -> None:
        self._machine = isal_zlib.decompressobj(wbits=15 if self._packed.method == ZLIBBED else 31)
        self._blocks: deque[bytes] = deque()
        self._first = 0
        """Number of the first block that is kept."""
        self._taken = self._produced = 0
        self._tail = b""
        self._fault: SousveilError | None = None
        self._over = False

    @property
    def start(self) -> int:
        """The first byte of content that can be read without beginning anew."""
        return self._first * BLOCK

    def read(self, amount: int, offset: int) -> bytes:
        """Up to `amount` bytes from `offset` (see `Readable.read`)."""
        end = min(offset + amount, self.size)
        pieces, position = [], offset
        while 0 <= position < end:
            block = self._block(position // BLOCK)
            piece = block[position % BLOCK : position % BLOCK + end - position]
            if not piece:
                break
            pieces.append(piece)
            position += len(piece)
        if not pieces and self._fault is not None and 0 <= offset < end:
            raise self._fault
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def small(self, offset: int, size: int) -> bytes:
        """A whole small file; the last ones are remembered."""
        key = offset, size
        content = self._small.get(key)
        if content is None:
            content = self.read(size, offset)
            if len(content) == size:
                self._small[key] = content
            while sum(map(len, self._small.values())) > _ALL_SMALL:
                self._small.popitem(last=False)
        else:
            self._small.move_to_end(key)
        return content

    def _block(self, number: int) -> bytes:
        """A block of content; b"" behind the end."""
        if number < self._first:
            self._begin()
        while number >= self._first + len(self._blocks):
            if self._over:
                return b""
            self._blocks.append(self._advance())
            if len(self._blocks) > KEPT // BLOCK:
                self._blocks.popleft()
                self._first += 1
        return self._blocks[number - self._first]

    def _advance(self) -> bytes:
        """The next block; a shorter one ends the content."""
        pieces, missing = [], BLOCK
        while missing and not self._over:
            piece = self._piece(missing)
            pieces.append(piece)
            missing -= len(piece)
        self._produced += BLOCK - missing
        if self._produced > FREE and self._produced > MAX_RATIO * self._taken:
            self._end(LimitExceeded(t("error.tars.unfolds_more", limit=MAX_RATIO)))
        elif self._produced >= self.size:
            self._end(LimitExceeded(t("error.tars.unfolds_too_large", limit=self.size)))
        return b"".join(pieces)

    def _piece(self, most: int) -> bytes:
        machine = self._machine
        feed = machine.unused_data if machine.eof else self._tail
        if len(feed) < (len(GZIP_MAGIC) if machine.eof else 1):
            try:
                more = self._source.read(
                    min(_FEED, self._packed.stored - self._taken), self._packed.offset + self._taken
                )
            except SousveilError as error:
                return self._end(error)
            self._taken += len(more)
            feed += more
        if machine.eof:
            if self._packed.method == ZLIBBED or not feed.startswith(GZIP_MAGIC):
                return self._end(None)
            machine = self._machine = isal_zlib.decompressobj(wbits=31)
        if not feed:
            return self._end(Malformed(t("error.tars.cut")))
        try:
            piece: bytes = machine.decompress(feed, most)
        except _ERRORS:
            return self._end(Malformed(t("error.tars.damaged")))
        self._tail = machine.unconsumed_tail
        return piece

    def _end(self, fault: SousveilError | None) -> bytes:
        self._over, self._fault = True, fault
        return b""

    def close(self) -> None:
        """Nothing: the stream stays open for the next file. See `shut`."""

    def shut(self) -> None:
        """Let go of the file below."""
        self._source.close()
        self._blocks.clear()
        self._small.clear()


_open: dict[tuple[object, ...], Unfolded] = {}


def unfolded(path: str, layers: tuple[Packed, ...], source: Callable[[], Readable]) -> Unfolded:
    """The open stream of an archive; `layers` leads to it, and `source` opens what it lies in."""
    named = file_key(path)
    if named is None:
        return Unfolded(source(), layers[-1])  # which says why it cannot be read
    key = (*named, layers)
    stream = _open.get(key)
    if stream is None:
        for other in _open.values():
            other.shut()
        _open.clear()
        stream = _open[key] = Unfolded(source(), layers[-1])
    return stream


def stream_place(member: Member) -> int | None:
    """Where a file lies in the content of a gzip stream; None for one that lies in none."""
    layers = member.inside
    return layers[-1].offset if any(layer.method == GZIPPED for layer in layers) else None


class TarredFile(PackedFile):
    """Content of a file in a tar archive (see `Readable`)."""

    def __init__(self, source: Readable, packed: Packed, key: Hashable = None) -> None:
        """`key` names the file for as long as its archive stays the same; None spools no content."""
        self._source, self._packed, self._key = source, packed, key
        self._beyond: Malformed | None = None
        self.size = packed.size

    def read(self, amount: int, offset: int) -> bytes:
        """Up to `amount` bytes from `offset` (see `Readable.read`)."""
        source, begin, size = self._source, self._packed.offset, self._packed.size
        end = min(offset + amount, size)
        if offset < 0 or offset >= end:
            if self._beyond is not None and size <= offset < min(offset + amount, self.size):
                raise self._beyond
            return b""
        if isinstance(source, Unfolded):
            back = offset > 0 and begin + offset < source.start
            if size <= _SMALL:
                piece = source.small(begin, size)[offset:end]
            elif size <= KEPT - BLOCK:
                piece = source.read(end - offset, begin + offset)
            elif self._key is not None and (held := spool.current()) is not None:
                kept = held.read(
                    self._key, size, end - offset, offset, lambda most, at: source.read(most, begin + at), back=back
                )
                if kept is None:
                    raise LimitExceeded(t("error.spool.no_room", limit=spool.MAX_FILE >> 20))
                piece = kept
            elif back:
                raise LimitExceeded(t("error.tars.too_large", limit=KEPT >> 20))
            else:
                piece = source.read(end - offset, begin + offset)
        else:
            piece = source.read(end - offset, begin + offset)
        if not piece:
            raise Malformed(t("error.tars.file_cut", size=size))
        return piece

    read_apart = read

    def close(self) -> None:
        """Let go of what lies below."""
        self._source.close()


class TarMember(msgspec.Struct, frozen=True):
    """One entry of an archive that is no folder."""

    name: str
    """As the archive writes it; hostile."""
    packed: Packed
    problem: str | None = None
    """Why the content cannot be had."""
    link: bool = False
    """Whether it is a link, which has no content."""
    modified: int | None = None
    """Seconds since 1970."""


def is_tar(head: bytes) -> bool:
    """Whether bytes begin a tar archive: a header whose checksum is right."""
    return len(head) >= _RECORD and _sum_is_right(head[:_RECORD])


def _sum_is_right(header: bytes) -> bool:
    stated = _number(header[148:156])
    return stated is not None and stated == sum(header) - sum(header[148:156]) + 8 * 32


def members(archive: Readable) -> Iterator[TarMember]:
    """The files of an archive in the order of their bytes. Raises Malformed where it is damaged or cut off, after what came
    before."""
    position = zeros = 0
    name = ""
    stated: int | None = None
    while position < archive.size:
        header = archive.read(_RECORD, position)
        if len(header) < _RECORD and zeros:
            return
        if len(header) < _RECORD:
            raise Malformed(t("error.tars.cut"))
        position += _RECORD
        if not any(header):
            zeros += _RECORD
            if zeros > _PADDING:
                return
            continue
        size = _number(header[124:136])
        if not _sum_is_right(header) or size is None:
            if zeros:
                return  # what stands behind the end is no archive
            raise Malformed(t("error.tars.damaged"))
        kind = header[156:157]
        if kind in b"LKxg":
            if size > _MAX_HEADER:
                raise Malformed(t("error.tars.damaged"))
            more = archive.read(size, position)
            if kind == b"L":
                name = _text(more.rstrip(b"\0"))
            elif kind == b"x":
                pax = _attributes(more)
                name = _text(pax[b"path"]) if b"path" in pax else name
                stated = int(pax[b"size"]) if pax.get(b"size", b"").isdigit() and len(pax[b"size"]) < 20 else stated
            position += -(-size // _RECORD) * _RECORD
            continue
        size = size if stated is None else stated
        regular = kind in (b"0", b"\0", b"7")
        if kind != b"5":
            name = name or _own_name(header)
            link = kind in (b"1", b"2")
            problem = None if regular else t("error.tars.link" if link else "error.tars.special")
            size = size if regular or kind == b"S" else 0
            packed = Packed(offset=position, stored=size, size=size, method=TARRED)
            yield TarMember(name, packed, problem, link, _number(header[136:148]))
        else:
            size = 0
        position += -(-size // _RECORD) * _RECORD
        name, stated = "", None
    if position > archive.size or not zeros:
        raise Malformed(t("error.tars.cut"))


def _own_name(header: bytes) -> str:
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0] if header[257:263] == b"ustar\0" else b""
    return _text(prefix + b"/" + name if prefix else name)


def _text(raw: bytes) -> str:
    return raw[:MAX_NAME].decode("utf-8", "backslashreplace").replace("\0", "\\0")


def _number(field: bytes) -> int | None:
    """A number of a header, octal or in base 256; None for none, or one that no file has."""
    if field[:1] == b"\x80":
        value = int.from_bytes(field[1:], "big")
    else:
        digits = field.strip(b" \0")
        if not digits:
            return 0
        try:
            value = int(digits, 8)
        except ValueError:
            return None
    return value if 0 <= value < 1 << 60 else None


def _attributes(data: bytes) -> dict[bytes, bytes]:
    """The records `length key=value` of an extended header."""
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(data):
        length, space, _ = data[at : at + 12].partition(b" ")
        if not space or not length.isdigit() or not len(length) + 1 < int(length) <= len(data) - at:
            break
        key, _, value = data[at + len(length) + 1 : at + int(length) - 1].partition(b"=")
        found[key] = value
        at += int(length)
    return found


__all__ = [
    "GZIPPED",
    "GZIP_MAGIC",
    "KEPT",
    "TARRED",
    "TarMember",
    "TarredFile",
    "Unfolded",
    "is_tar",
    "members",
    "stream_place",
    "unfolded",
]
