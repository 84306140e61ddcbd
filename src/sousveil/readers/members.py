"""Compressed pieces inside any bytes: gzip, zlib and deflated zip members, unfolded in flat memory and with limits.

Members are found by their own headers, never by a directory or a stated size, which lie. Stored zip members are not
listed: their bytes lie open in the file. `MEMBER_PATTERNS` can join the patterns of a larger scan, whose matches then
go to `find_members` as `found`; without them it looks for itself.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeAlias

import hyperscan
import msgspec
from isal import igzip_lib, isal_zlib

from sousveil.errors import LimitExceeded, Malformed
from sousveil.texts import t

MemberKind: TypeAlias = Literal["zlib", "gzip", "zip"]
View: TypeAlias = bytes | bytearray | memoryview

CHUNK = 256 << 10
"""Bytes of output at most in one piece."""
_FEED = 64 << 10
_PROBE_IN, _PROBE_OUT = 512, 256
_ERRORS: tuple[type[Exception], ...] = (igzip_lib.IsalError, zlib.error)  # type: ignore[assignment]
_WBITS: dict[MemberKind, int] = {"zlib": 15, "gzip": 31, "zip": -15}


class Limits(msgspec.Struct, frozen=True):
    """What one file may cost. `work` counts bytes read from members and bytes produced, over all members together."""

    produced: int = 512 << 20
    """Of one member, bytes."""
    work: int = 4 << 30
    ratio: int = 200
    """Output to input, once a member has produced more than `free` bytes."""
    free: int = 1 << 20
    members: int = 100_000
    depth: int = 2
    nested: int = 8 << 20
    """Bytes of a member's output, from its start, in which further members are looked for."""


class Spent(msgspec.Struct):
    """What the members of one file have cost so far."""

    work: int = 0
    members: int = 0


def _class(bytes_: Iterable[int]) -> str:
    return "[" + "".join(f"\\x{byte:02x}" for byte in bytes_) + "]"


_BLOCK = [byte for byte in range(256) if byte in (0, 1) or byte & 6 == 2 or (byte & 6 == 4 and byte >> 3 <= 29)]
MEMBER_PATTERNS: tuple[tuple[MemberKind, bytes], ...] = (
    ("zlib", f"\\x78[\\x01\\x5e\\x9c\\xda]{_class(_BLOCK)}".encode()),  # the third byte starts a block that can be
    ("gzip", rb"\x1f\x8b\x08[\x00-\x1f]"),
    ("zip", rb"PK\x03\x04[\x00-\x3f][\x00-\x03].[^\x10]\x08\x00"),  # method 8 (deflate)
)
"""Kind and regular expression (one byte is one character, `.` any) of what may start a member; `probe` decides."""


@functools.cache
def _database() -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[pattern for _, pattern in MEMBER_PATTERNS],
        ids=list(range(len(MEMBER_PATTERNS))),
        flags=[hyperscan.HS_FLAG_DOTALL] * len(MEMBER_PATTERNS),
    )
    return database


_LENGTHS = (3, 4, 10)


def candidates(view: View) -> list[tuple[int, MemberKind]]:
    """Places whose header may start a member, ascending, unproved."""
    found: list[tuple[int, MemberKind]] = []

    def note(number: int, _start: int, stop: int, _flags: int, _context: object) -> None:
        found.append((stop - _LENGTHS[number], MEMBER_PATTERNS[number][0]))

    database = _database()
    database.scan(
        bytes(view) if isinstance(view, bytearray) else view,
        match_event_handler=note,
        scratch=hyperscan.Scratch(database),
    )
    found.sort()
    return found


def _start(view: View, offset: int, kind: MemberKind) -> int | None:
    """Where the compressed bytes begin; None for a zip header that is encrypted or cut off."""
    if kind != "zip":
        return offset
    head = bytes(view[offset : offset + 30])
    if len(head) < 30 or head[6] & 1 or head[8:10] != b"\x08\x00":
        return None
    return offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")


def probe(view: View, offset: int, kind: MemberKind) -> bool:
    """Whether a member truly starts here: its first bytes unfold to something without an error. About a microsecond."""
    at = _start(view, offset, kind)
    if at is None:
        return False
    try:
        return bool(zlib.decompressobj(_WBITS[kind]).decompress(view[at : at + _PROBE_IN], _PROBE_OUT))
    except zlib.error:
        return False


class Member(msgspec.Struct):
    """One member: where its header stands (with the caller's start added), its kind, and how it went once read."""

    offset: int
    kind: MemberKind
    view: View
    at: int
    """Where the header stands in `view`."""
    limits: Limits = msgspec.field(default_factory=Limits)
    spent: Spent = msgspec.field(default_factory=Spent)
    within: tuple[int, ...] = ()
    """Offsets of the members around it, outermost first; `offset` then counts from the start of the inner output."""
    end: int | None = None
    """Where the member ends in `view`, once read to its sound end."""
    produced: int = 0
    damaged: bool = False

    def chunks(self) -> Iterator[bytes]:
        """The output piece by piece; it ends at damage (`damaged` is then true). May be read once.

        Raises LimitExceeded after everything that was produced within the limits has been handed out.
        """
        at = _start(self.view, self.at, self.kind)
        if at is None:
            self.damaged = True
            return
        machine = isal_zlib.decompressobj(wbits=_WBITS[self.kind])
        start, tail = at, b""
        while not machine.eof:
            feed: View = tail
            if not tail:
                feed = self.view[at : at + _FEED]
                at += len(feed)
                self.spent.work += len(feed)
            more = bool(len(feed))
            try:
                piece = machine.decompress(feed, CHUNK)
            except _ERRORS:
                self.damaged = True
                return
            tail = machine.unconsumed_tail
            self.produced += len(piece)
            self.spent.work += len(piece)
            if piece:
                yield piece
            elif not more:
                self.damaged = True
                return
            self._check(at - start - len(tail))
        self.end = at - len(machine.unused_data)

    def _check(self, consumed: int) -> None:
        limits = self.limits
        if self.produced > limits.produced:
            raise LimitExceeded(t("error.members.member_unfolds_more", kind=self.kind, produced=limits.produced))
        if self.produced > limits.free and self.produced > consumed * limits.ratio:
            raise LimitExceeded(t("error.members.member_unfolds_more_times", kind=self.kind, ratio=limits.ratio))
        if self.spent.work > limits.work:
            raise LimitExceeded(t("error.members.compressed_members_file", work=limits.work))


def find_members(
    view: View,
    offset0: int = 0,
    *,
    limits: Limits | None = None,
    spent: Spent | None = None,
    within: tuple[int, ...] = (),
    found: Iterable[tuple[int, MemberKind]] | None = None,
) -> Iterator[Member]:
    """The members in `view`, each to be read through its `chunks()` before the next is asked for.

    `offset0` is added to offsets. Members inside the output of a member follow it, `limits.depth` levels deep, as far
    as the output was read and `limits.nested` reaches. What lies inside a sound member is not looked at again. `found`
    gives candidates (ascending, offsets in `view`) that a larger scan has met. Raises LimitExceeded when the file's
    whole budget is used up.
    """
    limits, spent = limits or Limits(), spent or Spent()
    beyond = 0
    for at, kind in candidates(view) if found is None else found:
        if at < beyond or not probe(view, at, kind):
            continue
        spent.members += 1
        if spent.members > limits.members or spent.work > limits.work:
            raise LimitExceeded(t("error.members.compressed_members_file_exceed"))
        member = Member(offset0 + at, kind, view, at, limits, spent, within)
        if len(within) + 1 >= limits.depth:
            yield member
        else:
            keeper = _Keeper(offset0 + at, kind, view, at, limits, spent, within)
            yield keeper
            member = keeper
            if keeper.kept:
                yield from find_members(
                    bytes(keeper.kept), 0, limits=limits, spent=spent, within=(*within, offset0 + at)
                )
        beyond = member.end if member.end is not None else beyond


class _Keeper(Member):
    """A member that keeps the start of its output, for the search inside it."""

    kept: bytearray = msgspec.field(default_factory=bytearray)

    def chunks(self) -> Iterator[bytes]:
        """As `Member.chunks`."""
        for piece in Member.chunks(self):
            room = self.limits.nested - len(self.kept)
            if room > 0:
                self.kept += piece[:room]
            yield piece


def _at_start(data: View, limit: int, ratio: int) -> Member:
    head = bytes(data[:4])
    kind: MemberKind = "gzip" if head[:3] == b"\x1f\x8b\x08" else "zip" if head == b"PK\x03\x04" else "zlib"
    return Member(0, kind, data, 0, Limits(produced=limit, ratio=ratio))


def inflate(data: View, *, limit: int, ratio: int = 200) -> bytes:
    """The whole output of a gzip member, zlib stream or deflated zip member that stands at the start of `data`.

    At most `limit` bytes. Raises Malformed (nothing of the kind, or damaged) and LimitExceeded.
    """
    member = _at_start(data, limit, ratio)
    whole = b"".join(member.chunks())
    if member.damaged:
        raise Malformed(t("error.members.compressed_piece_damaged"))
    return whole


def inflate_some(data: View, *, limit: int, ratio: int = 200) -> tuple[bytes, bool]:
    """As `inflate`, but what was produced before damage or a limit is kept: (output, whether it is whole)."""
    member = _at_start(data, limit, ratio)
    pieces: list[bytes] = []
    try:
        pieces.extend(member.chunks())
    except LimitExceeded:
        return b"".join(pieces)[:limit], False
    return b"".join(pieces), not member.damaged
