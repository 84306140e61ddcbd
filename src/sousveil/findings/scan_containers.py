"""gzip, zlib and deflated zip members inside a file, unfolded while the file streams past.

A member is found wherever its compressed bytes lie in one piece: in an archive, a cache file, a blob within one page of
a database. A blob that SQLite spread over overflow pages does not lie in one piece; its artefact's reader sees it, the
raw pass does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sousveil.acquisition.content import Content
from sousveil.errors import LimitExceeded, SousveilError
from sousveil.findings.scan_bytes import Candidates, Hits, Stream
from sousveil.findings.scan_check import Checker
from sousveil.readers.members import Limits, Member, Spent, find_members

LIMITS = Limits(ratio=1_100)
"""Deflate cannot unfold more than 1,032 times: files of zeros are no bombs here, size and work are what counts."""


class _Window:
    """The file as `find_members` needs it: bytes at any offset, out of the block at hand or read again."""

    def __init__(self, stream: Stream, reopen: Callable[[], Content | None]) -> None:
        self.stream, self._reopen = stream, reopen
        self._file: Content | None = None
        self._opened = False

    def __getitem__(self, part: slice) -> bytes | memoryview:
        start, stop = part.start, part.stop
        base, held = self.stream.base, self.stream.held
        if base <= start and stop <= base + len(held):
            return held[start - base : stop - base]
        if not self._opened:
            self._opened = True
            self._file = self._reopen()
        file = self._file
        if file is None:
            return held[start - base : stop - base] if start >= base else b""
        try:
            return file.read(min(stop, file.there) - start, start)
        except SousveilError:
            return b""

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class Unfolder:
    """Looks into the members of one file. `problem` says what could not be looked at."""

    def __init__(self, checker: Checker, hits: Hits, reopen: Callable[[], Content | None]) -> None:
        self.checker, self.hits = checker, hits
        self._reopen = reopen
        self._window: _Window | None = None
        self._spent = Spent()
        self._beyond = 0
        self.problem: str | None = None
        self._over = False

    def on_members(self, stream: Stream, places: Candidates) -> None:
        """See `Stream.on_members`."""
        if self._over:
            return
        if self._window is None:
            self._window = _Window(stream, self._reopen)
        ahead = [(at, kind) for at, kind in places if at >= self._beyond]
        if not ahead:
            return
        try:
            for member in find_members(cast(Any, self._window), 0, limits=LIMITS, spent=self._spent, found=ahead):
                self._look(member)
        except LimitExceeded as error:
            self.problem, self._over = error.message, True

    def _look(self, member: Member) -> None:
        outer = member.within[0] if member.within else member.offset
        inner = f" in it at {member.offset}" if member.within else ""
        kind = f"{member.kind} at {outer}{inner}"
        stream = Stream(self.checker, self.hits, container=kind, member_at=outer)
        try:
            pieces = iter(member.chunks())
            first = next(pieces, b"")
            second = next(pieces, b"")
            if not second:
                stream.whole(first)
            else:
                stream.feed(first)
                stream.feed(second)
                for piece in pieces:
                    stream.feed(piece)
                stream.finish()
        except LimitExceeded as error:
            stream.finish()
            self.problem = error.message
        if not member.within and member.end is not None:
            self._beyond = max(self._beyond, member.end)

    def close(self) -> None:
        """Let go of the file, and of the stream, which knows this unfolder: nothing else would free its buffer soon."""
        if self._window is not None:
            self._window.close()
            self._window = None
