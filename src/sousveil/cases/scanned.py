"""The raw pass seen from the parent: ranges of the manifest are given out, hashes and hits come back in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sousveil.cases.model import Coverage, Outcome
from sousveil.cases.pool import Pool
from sousveil.cases.tasks import Broken, Counted, Failed, HashedFile, Opened, ScanHit, Scanned, ScanTask
from sousveil.findings.scan_model import RawHit
from sousveil.indicators.index import Index
from sousveil.kinds import number_of

ROWS = 256
"""Manifest rows in one task: small enough that both cores end together."""
MAX_HITS = 50_000
MAX_TASKS = 20_000
"""Tasks of one run at most: row numbers are hostile and may lie far apart."""
LOOKING = "looking at every byte"
"""What progress says meanwhile."""


class ScanRun:
    """The raw pass over one backup. `files()` once, to its end; then the rest holds what came out."""

    def __init__(self, pool: Pool, path: Path, opened: Opened, index: Index) -> None:
        self.pool, self.path, self.opened, self.index = pool, path, opened, index
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

    def _tasks(self) -> Iterator[ScanTask]:
        from sousveil.findings.scan_file import store_scan_index  # not needed without the pass

        stored, sha256 = store_scan_index(self.index)
        first = self.opened.first_row
        rows = max(ROWS, (self.opened.last_row - first) // MAX_TASKS + 1)
        while first <= self.opened.last_row:
            last = min(first + rows - 1, self.opened.last_row)
            yield ScanTask(
                path=str(self.path),
                derived_key=self.opened.derived_key,
                first=first,
                last=last,
                index=str(stored),
                index_sha256=sha256,
                beside=first == self.opened.first_row,
            )
            first = last + 1

    def files(self, progress: Callable[[str, int, int], None]) -> Iterator[HashedFile]:
        """Every file of the backup with its hash, in the order of the manifest."""
        hit: set[str] = set()
        for _, answer in self.pool.run(self._tasks()):
            if isinstance(answer, Scanned):
                for one in answer.files:
                    self._take(one, hit)
                    hit.clear()
                    yield one
            elif isinstance(answer, ScanHit):
                hit.add(answer.hit.where)
                if len(self.hits) < MAX_HITS:
                    self.hits.append(answer.hit)
                else:
                    self._lost += 1
            elif isinstance(answer, Counted):
                progress(LOOKING, answer.files, answer.size)
            elif isinstance(answer, Failed):
                self._unread += 1
                self._problems.append(f"{answer.message} {answer.hint}".strip())
            elif isinstance(answer, Broken):
                self._unread += 1
                self._problems.append("an internal error; please report it")
                self.internal_errors.append(answer.trace)

    def _take(self, file: HashedFile, hit: set[str]) -> None:
        self._count += 1
        if file.problem:
            self._unread += 1
            if len(self._problems) < 5:
                self._problems.append(f"{file.where}: {file.problem}")
        if file.where in self._parsed or file.where in hit:
            self.hashes[file.where] = file

    @property
    def coverage(self) -> Coverage:
        """The coverage line of the raw pass; `records` counts files."""
        detail = f"{number_of(self._count, 'file')}, every byte"
        outcome = Outcome.READ
        if self._unread or self._lost:
            outcome = Outcome.FAILED
            detail = f"{self._unread:,} of {number_of(self._count, 'file')} could not be looked at whole: " + "; ".join(
                self._problems[:5]
            )
            if self._lost:
                detail += f"; {self._lost:,} more hits than are kept"
        return Coverage(artefact="scan", outcome=outcome, records=self._count, detail=detail)
