"""The raw pass, seen from inside a worker: every file of a range of the manifest is hashed, decrypted and searched in
one pass over its bytes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from typing import Any

from sousveil.acquisition.backup import FOLDER, LINK, Backup, Entry
from sousveil.acquisition.content import StoredFile, open_member, stream_blocks, stream_stored
from sousveil.acquisition.model import Member
from sousveil.cases.ios_backup import unlocked
from sousveil.cases.tasks import Answers, Counted, HashedFile, ScanHit, Scanned, ScanTask
from sousveil.errors import SousveilError
from sousveil.findings.scan_bytes import Hits, Stream
from sousveil.findings.scan_check import Checker
from sousveil.findings.scan_containers import Unfolder
from sousveil.findings.scan_file import load_scan_index
from sousveil.findings.scan_index import ScanIndex
from sousveil.findings.scan_model import RawHit
from sousveil.findings.scan_sqlite import is_database, is_wal, places

BLOCK = 1 << 20
STEP = 16 << 20
"""Bytes between two reports of progress."""
TOGETHER = 64
"""Files that are told in one message at most."""
SECONDS = 1.0
"""Between two messages, about: a worker that is silent for long is taken for hung."""

_indexes: dict[tuple[str, str], ScanIndex] = {}
"""The compiled literals of the last task, by file and hash: a worker gets many tasks of one run."""
_backups: dict[tuple[str, bytes | None], Backup] = {}
"""The backup of the last task, by folder and key."""


def _index(path: str, sha256: str) -> ScanIndex:
    if (path, sha256) not in _indexes:
        _indexes.clear()
        _indexes[path, sha256] = load_scan_index(path, sha256)
    return _indexes[path, sha256]


def _backup(path: str, key: bytes | None) -> Backup:
    if (path, key) not in _backups:
        _backups.clear()
        _backups[path, key] = unlocked(path, key)
    return _backups[path, key]


def scan_rows(task: ScanTask) -> Answers:
    """The hits of each file, then the file in a `Scanned`, in the order of the manifest; progress between them. The
    first task of a run also looks at the files beside the manifest."""
    index, backup = _index(task.index, task.index_sha256), _backup(task.path, task.derived_key)
    checker = Checker(index)
    done: list[HashedFile] = []
    size, told = 0, time.monotonic()
    try:
        for where, member in _members(backup, task):
            for one in scan_file(checker, where, member):
                if isinstance(one, HashedFile):
                    done.append(one)
                    size += one.size
                    continue
                if done:
                    yield from _told(done)
                    done, size = [], 0
                yield one
            if size >= STEP or len(done) >= TOGETHER or time.monotonic() - told >= SECONDS:
                yield from _told(done)
                done, size, told = [], 0, time.monotonic()
    except Exception:
        yield from _told(done)
        raise
    yield from _told(done)


def _told(files: list[HashedFile]) -> Iterator[Scanned | Counted]:
    yield Scanned(files=tuple(files))
    yield Counted(files=len(files), size=sum(one.size for one in files))


def _members(backup: Backup, task: ScanTask) -> Iterator[tuple[str, Member]]:
    if task.beside:
        for group in backup.info_groups():
            for member in group.members:
                yield group.where + member.suffix, member
    for entry in backup.entries(task.first, task.last):
        if entry.flags in (FOLDER, LINK):
            continue
        member = backup.member(entry)
        if not (member.problem is not None and not member.path and _empty(entry)):
            yield f"{entry.domain}/{entry.relative}", member


def _empty(entry: Entry) -> bool:
    """Whether the manifest says that the file holds nothing; then no stored file need be there."""
    return entry.problem is None and entry.info is not None and entry.info.size == 0


def scan_file(checker: Checker, where: str, member: Member) -> Iterator[ScanHit | HashedFile]:
    """The hits of one file, then its hash. A file that cannot be read, or not whole, is a value with `problem`; what of
    it could be read was searched."""
    yield from FileScan(checker, where, member).run()


class FileScan:
    """One file on its way through hashing, decryption and search."""

    def __init__(self, checker: Checker, where: str, member: Member) -> None:
        self.checker, self.where, self.member = checker, where, member
        self.hits = Hits()
        self.head = b""
        self.problem: str | None = None
        self.size = self.content = 0
        self.stored = hashlib.sha256()
        self._digests: dict[str, Any] = {}

    def run(self) -> Iterator[ScanHit | HashedFile]:
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
            self._pass(stream, names)
        except SousveilError as error:
            self.problem = error.message
        stream.finish()
        unfolder.close()
        self.problem = self.problem or unfolder.problem or self.hits.problem
        yield from self._raw_hits()
        sha256 = self.stored.hexdigest() if self.size or not self.problem else None
        yield HashedFile(where=self.where, size=self.size, sha256=sha256, problem=self.problem)

    def _pass(self, stream: Stream, names: list[str]) -> None:
        updates = [self._digests[name].update for name in names]
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

    def _reopen(self) -> StoredFile | None:
        try:
            return open_member(self.member)
        except SousveilError:
            return None

    def _raw_hits(self) -> Iterator[ScanHit]:
        for position, digest in self._hash_hits():
            yield ScanHit(hit=RawHit(where=self.where, indicator=position, offset=0, text=digest, hashed=True))
        found = self.hits.found
        spots = self._spots({hit.offset for hit, _ in found}) if found else {}
        for hit, container in found:
            page, space = spots.get(hit.offset, (None, None))
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

    def _spots(self, offsets: set[int]) -> dict[int, Any]:
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


__all__ = ["FileScan", "scan_file", "scan_rows"]
