"""The raw pass seen from the parent: ranges of the manifest are given out, hashes and hits come back in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path

from sousveil.acquisition.content import content_size
from sousveil.acquisition.door import StoredFile
from sousveil.acquisition.tars import KEPT, stream_place
from sousveil.cases.model import Coverage, Outcome
from sousveil.cases.pool import Pool
from sousveil.cases.tasks import (
    Begun,
    Broken,
    Done,
    Failed,
    HashedFile,
    LiteralsTask,
    Message,
    Opened,
    ReadTask,
    ScanHit,
    Scanned,
    ScanTask,
    Task,
)
from sousveil.findings.scan_model import RawHit
from sousveil.indicators.index import Index
from sousveil.records import Batch
from sousveil.texts import t

ROWS = 256
"""Manifest rows in one task: small enough that both cores end together."""
SPAN = 8 << 20
"""Bytes of content in one task where the files lie in one stream: a worker that comes to a file of them later need not step
back further than what it keeps."""
MAX_HITS = 50_000
MAX_TASKS = 4_000
"""Tasks of one run at most: row numbers are hostile and may lie far apart."""
MAX_BESIDE = 15
"""Position of the last file beside the manifest."""
LOOKING = "progress.scanning"
"""What progress says meanwhile."""


class ScanRun:
    """The raw pass over one backup. `files()` once, to its end; then the rest holds what came out."""

    def __init__(self, pool: Pool, path: Path, opened: Opened, index: Index, skip: tuple[str, ...] = ()) -> None:
        self.pool, self.path, self.opened, self.index, self.skip = pool, path, opened, index, skip
        self.skipped: Counter[str] = Counter()
        """Files that were not opened, by category."""
        self.hits: list[RawHit] = []
        self.hashes: dict[str, HashedFile] = {}
        """Of files that were parsed (see `remember`) or hit."""
        self.internal_errors: list[str] = []
        self._parsed: set[str] = set()
        self._problems: list[str] = []
        self._pending: list[RawHit] = []
        """Of the file that is being looked at: they count once its hash has come."""
        self._given: list[HashedFile] | None = None
        """The files of a pass that went on while artefacts were read."""
        self._unread = self._count = self._lost = 0

    def remember(self, where: str) -> None:
        """The hash of this file will be asked for."""
        self._parsed.add(where)

    @property
    def literals(self) -> LiteralsTask:
        """What each worker has to take before it looks at a file."""
        from sousveil.findings.scan_file import read_scan_index, store_scan_index  # not needed without the pass

        return LiteralsTask(data=read_scan_index(*store_scan_index(self.index)))

    def _tasks(self) -> Iterator[ScanTask]:
        first, end = self.opened.first_row, self.opened.last_row
        rows = max(ROWS, (end - first) // MAX_TASKS + 1)
        path, key = str(self.path), self.opened.derived_key
        if first <= end:
            yield ScanTask(path=path, derived_key=key, first=0, last=MAX_BESIDE, beside=True)
        while first <= end:
            last = min(first + rows - 1, end)
            yield ScanTask(path=path, derived_key=key, first=first, last=last, skip=self.skip)
            first = last + 1

    def among(self, reads: Sequence[ReadTask]) -> list[Task]:
        """The tasks that read artefacts, with the pass between them, all in the order of the bytes of the stream that holds the
        files: so each worker unfolds it once. Their answers go to `take`. Files that are too large to step back in, or lie
        in no stream, are read at the end."""
        stored = self.opened.rows
        if stored[0].archive and stored[0].where == self.opened.identity:
            known, stored = stored[0], stored[1:]
            size, sha256 = self.opened.manifest_size, self.opened.manifest_sha256
            self._given = [HashedFile(where=known.where, size=size, sha256=sha256 or None)]
            self._take(self._given[0], [])
        else:
            self._given = []
        placed: list[tuple[int, Task]] = []
        place = 0
        for files in _ranges(stored):
            place = max(place, stream_place(files[0].member) or 0)
            task = ScanTask(
                path=str(self.path),
                derived_key=self.opened.derived_key,
                first=files[0].row,
                last=files[-1].row,
                files=files,
                skip=self.skip,
            )
            placed.append((place, task))
        last: list[Task] = []
        for read in reads:
            member = read.files["main"].members[0]
            where = stream_place(member)
            if where is None or content_size(member) > KEPT // 2:
                last.append(read)
            else:
                placed.append((where, read))
        return [task for _, task in sorted(placed, key=itemgetter(0))] + last

    def files(self, progress: Callable[[str, int, int], None]) -> Iterator[HashedFile]:
        """Every file of the backup with its hash, in the order of the manifest."""
        if self._given is not None:
            yield from self._given
            return
        for _, answer in self.pool.run(self._tasks(), first=self.literals):
            yield from self._answered(answer, progress)

    def take(self, answer: Batch | Message, progress: Callable[[str, int, int], None]) -> None:
        """Take an answer to one of the tasks of `among`."""
        assert self._given is not None
        self._given += self._answered(answer, progress)

    def _answered(self, answer: Batch | Message, progress: Callable[[str, int, int], None]) -> Iterator[HashedFile]:
        if isinstance(answer, Scanned):
            for file in answer.files:
                hits, self._pending = self._pending, []
                self._take(file, hits)
                yield file
            progress(LOOKING, len(answer.files), sum(file.size for file in answer.files))
        elif isinstance(answer, ScanHit):
            self._pending.append(answer.hit)
        elif isinstance(answer, Begun | Done):
            self._pending = []  # of a worker that ended within a file; that file is looked at once more
        elif isinstance(answer, Failed | Broken):
            self._unread += 1
            if isinstance(answer, Broken):
                self._problems.append(t("coverage.internal_error"))
                self.internal_errors.append(answer.trace)
            else:
                self._problems.append(f"{answer.message} {answer.hint}".strip())

    def _take(self, file: HashedFile, hits: list[RawHit]) -> None:
        if file.skipped in self.skip:
            self.skipped[file.skipped] += 1
            return
        self._count += 1
        room = MAX_HITS - len(self.hits)
        self.hits += hits[:room]
        self._lost += max(0, len(hits) - room)
        if file.problem:
            self._unread += 1
            if len(self._problems) < 5:
                self._problems.append(t("coverage.problem", where=file.where, reason=file.problem))
        if hits or file.where in self._parsed:
            self.hashes[file.where] = file

    @property
    def coverage(self) -> Coverage:
        """The coverage line of the raw pass; `records` counts files."""
        detail = t("coverage.every_byte", n=self._count)
        outcome = Outcome.READ
        if self._unread or self._lost:
            outcome = Outcome.FAILED
            detail = t(
                "coverage.not_whole", n=self._count, count=f"{self._unread:,}", reasons="; ".join(self._problems[:5])
            )
            if self._lost:
                detail += "; " + t("coverage.lost_hits", n=self._lost)
        return Coverage(artefact="scan", outcome=outcome, records=self._count, detail=detail)


def _ranges(stored: Sequence[StoredFile]) -> Iterator[tuple[StoredFile, ...]]:
    """Files that lie one after another, up to `ROWS` and `SPAN`; a larger one by itself."""
    begun, size = 0, 0
    for number, file in enumerate(stored):
        own = content_size(file.member)
        if number > begun and (number - begun >= ROWS or size + own > SPAN):
            yield tuple(stored[begun:number])
            begun, size = number, 0
        size += own
    if stored:
        yield tuple(stored[begun:])
