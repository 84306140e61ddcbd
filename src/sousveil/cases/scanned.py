"""The raw pass seen from the parent: ranges of the manifest are given out, hashes and hits come back in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from sousveil.cases.categories import left_out
from sousveil.cases.model import Coverage, Outcome
from sousveil.cases.pool import Pool
from sousveil.cases.tasks import (
    Begun,
    Broken,
    Done,
    Failed,
    HashedFile,
    LiteralsTask,
    Opened,
    ScanHit,
    Scanned,
    ScanTask,
)
from sousveil.findings.scan_model import RawHit
from sousveil.indicators.index import Index
from sousveil.texts import t

ROWS = 256
"""Manifest rows in one task: small enough that both cores end together."""
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
        self._unread = self._count = self._lost = 0

    def remember(self, where: str) -> None:
        """The hash of this file will be asked for."""
        self._parsed.add(where)

    def _literals(self) -> LiteralsTask:
        from sousveil.findings.scan_file import read_scan_index, store_scan_index  # not needed without the pass

        return LiteralsTask(data=read_scan_index(*store_scan_index(self.index)))

    def _tasks(self) -> Iterator[ScanTask]:
        first, end = self.opened.first_row, self.opened.last_row
        rows = max(ROWS, (end - first) // MAX_TASKS + 1)
        path, key = str(self.path), self.opened.derived_key
        if first <= end and not self.opened.rows:
            yield ScanTask(path=path, derived_key=key, first=0, last=MAX_BESIDE, beside=True)
        while first <= end:
            last = min(first + rows - 1, end)
            files = self.opened.rows[first : last + 1]
            yield ScanTask(path=path, derived_key=key, first=first, last=last, files=files, skip=self.skip)
            first = last + 1

    def files(self, progress: Callable[[str, int, int], None]) -> Iterator[HashedFile]:
        """Every file of the backup with its hash, in the order of the manifest."""
        hits: list[RawHit] = []
        """Of the file that is being looked at: they count once its hash has come."""
        for _, answer in self.pool.run(self._tasks(), first=self._literals()):
            if isinstance(answer, Scanned):
                for file in answer.files:
                    self._take(file, hits)
                    hits = []
                    yield file
                progress(LOOKING, len(answer.files), sum(file.size for file in answer.files))
            elif isinstance(answer, ScanHit):
                hits.append(answer.hit)
            elif isinstance(answer, Begun | Done):
                hits = []  # of a worker that ended within a file; that file is looked at once more
            elif isinstance(answer, Failed | Broken):
                self._unread += 1
                if isinstance(answer, Broken):
                    self._problems.append(t("coverage.internal_error"))
                    self.internal_errors.append(answer.trace)
                else:
                    self._problems.append(f"{answer.message} {answer.hint}".strip())

    def _take(self, file: HashedFile, hits: list[RawHit]) -> None:
        if file.sha256 is None and file.problem is None and (category := left_out(file.where, self.skip)):
            self.skipped[category] += 1
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
