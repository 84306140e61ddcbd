"""The raw pass, seen from inside a worker: every file of a range of the manifest is hashed, decrypted and searched in
one pass over its bytes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from sousveil.acquisition.content import Content, content_size, open_member, stream_blocks, stream_stored
from sousveil.acquisition.door import StoredFile
from sousveil.acquisition.model import Member
from sousveil.cases.acquired import kept_acquisition
from sousveil.cases.allowance import FileAllowances, within
from sousveil.cases.categories import left_out
from sousveil.cases.tasks import Answers, Begun, HashedFile, ScanHit, Scanned, ScanTask
from sousveil.cases.worker_hash import hash_member
from sousveil.errors import LimitExceeded, SousveilError
from sousveil.findings.scan_bytes import Hits, Stream
from sousveil.findings.scan_check import Checker
from sousveil.findings.scan_containers import Unfolder
from sousveil.findings.scan_file import parse_scan_index
from sousveil.findings.scan_index import ScanIndex
from sousveil.findings.scan_model import RawHit
from sousveil.findings.scan_sqlite import is_database, is_wal, places

BLOCK = 1 << 20
STEP = 16 << 20
"""Bytes between two reports of progress."""
TOGETHER = 64
"""Files that are told in one message at most."""
ALIVE = 32 << 20
"""Bytes of one file between two signs of life."""
SECONDS = 1.0
"""Between two messages, about: a worker that is silent for long is taken for hung."""

_literals: list[ScanIndex] = []
"""The compiled literals in use: a worker gets many tasks of one run."""


def use_literals(data: bytes) -> None:
    """Look for these literals from now on. Raises as `parse_scan_index`."""
    _literals[:] = [parse_scan_index(data)]


def scan_rows(task: ScanTask) -> Answers:
    """The hits of each file, then the file in a `Scanned`, in the order of the manifest; a cursor behind each."""
    (index,) = _literals
    checker, allowances = Checker(index), FileAllowances(task.seconds)
    done: list[HashedFile] = []
    size, told, last = 0, time.monotonic(), task.first
    try:
        for file in within(task.seconds, "error.scanning.reading_list_files", _members(task)):
            row, where, member = file.row, file.where, file.member
            if task.careful:
                yield Begun(row=row, where=where)
            scanned: Iterable[ScanHit | HashedFile | None]
            if category := left_out(file.place or where, task.skip):
                scanned = (HashedFile(where=where, size=member.size or 0, sha256=None, skipped=category),)
            elif file.archive:
                scanned = (hash_member(where, member),)
            else:
                scanned = scan_file(checker, where, member, allowances.next(content_size(member)))
            for one in scanned:
                if one is None:
                    yield None
                    continue
                if isinstance(one, HashedFile):
                    done.append(one)
                    size, last = size + one.size, row
                    continue
                if done:
                    yield from _told(done, last)
                    done, size = [], 0
                yield one
            late = size >= STEP or len(done) >= TOGETHER or time.monotonic() - told >= SECONDS
            if late or task.careful:
                yield from _told(done, last)
                done, size, told = [], 0, time.monotonic()
    except Exception:
        yield from _told(done, last)
        raise
    yield from _told(done, last)


def _told(files: list[HashedFile], row: int) -> Answers:
    if files:
        yield Scanned(files=tuple(files))
        yield row


def _members(task: ScanTask) -> Iterator[StoredFile]:
    """Each file of a task."""
    if task.files:
        yield from (file for file in task.files if task.first <= file.row <= task.last)
        return
    found = kept_acquisition(task.path, task.derived_key)
    if task.beside:
        yield from (file for file in found.beside() if task.first <= file.row <= task.last)
    else:
        yield from found.stored(task.first, task.last)


def scan_file(
    checker: Checker, where: str, member: Member, seconds: float = 60.0
) -> Iterator[ScanHit | HashedFile | None]:
    """The hits of one file, then its hash; None as a sign of life within a large file. A file that cannot be read, not
    whole, or not within `seconds` of processor time, is a value with `problem`; what of it could be read was searched."""
    yield from FileScan(checker, where, member, seconds).run()


class FileScan:
    """One file on its way through hashing, decryption and search."""

    def __init__(self, checker: Checker, where: str, member: Member, seconds: float) -> None:
        self.checker, self.where, self.member, self.seconds = checker, where, member, seconds
        self.hits = Hits()
        self.head = b""
        self.problem: str | None = None
        self.size = self.content = 0
        self.stored = hashlib.sha256()
        self._digests: dict[str, Any] = {}
        self._spots: dict[int, Any] = {}
        """Page and space of each hit's offset, in a database."""

    def run(self) -> Iterator[ScanHit | HashedFile | None]:
        """See `scan_file`."""
        if self.member.problem is not None:
            yield self._stored_only()
            return
        names = [name for name in self.checker.index.hashes if name != "sha256" or self.member.key is not None]
        self._digests = {name: hashlib.new(name, usedforsecurity=False) for name in names}
        if "sha256" in self.checker.index.hashes and self.member.key is None:
            self._digests["sha256"] = self.stored
        unfolder = Unfolder(self.checker, self.hits, self._reopen)
        stream = Stream(self.checker, self.hits, on_members=unfolder.on_members)
        try:
            yield from within(self.seconds, "error.scanning.looking_bytes", self._look(stream, names))
        except LimitExceeded as error:
            self.problem = error.message
            self._hash_rest()
        unfolder.close()
        self.problem = self.problem or unfolder.problem or self.hits.problem
        yield from self._raw_hits()
        sha256 = self.stored.hexdigest() if self.size or not self.problem else None
        yield HashedFile(where=self.where, size=self.size, sha256=sha256, problem=self.problem)

    def _look(self, stream: Stream, names: list[str]) -> Iterator[None]:
        try:
            yield from self._pass(stream, names)
        except SousveilError as error:
            self.problem = error.message
        stream.finish()
        if self.hits.found:
            self._spots = self._places({hit.offset for hit, _ in self.hits.found})

    def _hash_rest(self) -> None:
        """Hash the whole file anew, as it is stored: the evidence has a hash even where it cannot be searched."""
        self.stored, self.size = hashlib.sha256(), 0
        with suppress(SousveilError):
            for block in stream_stored(self.member):
                self.stored.update(block)
                self.size += len(block)

    def _pass(self, stream: Stream, names: list[str]) -> Iterator[None]:
        updates = [self._digests[name].update for name in names]
        alive = ALIVE
        for stored, content in stream_blocks(self.member, BLOCK):
            self.stored.update(stored)
            self.size += len(stored)
            for update in updates:
                update(content)
            if not self.content:
                self.head = bytes(content[:100])
                stream.records = is_database(self.head) or is_wal(self.head)
            self.content += len(content)
            stream.feed(content)
            if self.size >= alive:
                alive += ALIVE
                yield None

    def _stored_only(self) -> HashedFile:
        """The hash of what lies there though it cannot be read."""
        sha256: str | None = None
        if self.member.path:
            try:
                for block in stream_stored(self.member):
                    self.stored.update(block)
                    self.size += len(block)
                sha256 = self.stored.hexdigest()
            except SousveilError:
                sha256 = None
        return HashedFile(where=self.where, size=self.size, sha256=sha256, problem=self.member.problem)

    def _reopen(self) -> Content | None:
        try:
            return open_member(self.member)
        except SousveilError:
            return None

    def _raw_hits(self) -> Iterator[ScanHit]:
        for position, digest in self._hash_hits():
            yield ScanHit(hit=RawHit(where=self.where, indicator=position, offset=0, text=digest, hashed=True))
        for hit, container in self.hits.found:
            page, space = self._spots.get(hit.offset, (None, None))
            yield ScanHit(
                hit=RawHit(
                    where=self.where,
                    indicator=hit.position,
                    offset=hit.offset,
                    page=page,
                    space=space,
                    encoding=hit.encoding,
                    container=container,
                    text=hit.text,
                    how=hit.how,
                    quoted=hit.quoted,
                    pattern=hit.pattern,
                )
            )

    def _places(self, offsets: set[int]) -> dict[int, Any]:
        if not (is_database(self.head) or is_wal(self.head)):
            return {}
        readable = self._reopen()
        if readable is None:
            return {}
        try:
            return dict(places(readable, self.head, offsets))
        finally:
            readable.close()

    def _hash_hits(self) -> Iterator[tuple[int, str]]:
        if not self.content or self.problem is not None:
            return
        for name, digest in self._digests.items():
            value = digest.hexdigest()
            for position in self.checker.index.hashes[name].get(value, ()):
                yield position, value


__all__ = ["FileScan", "scan_file", "scan_rows", "use_literals"]
