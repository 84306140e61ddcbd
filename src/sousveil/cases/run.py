"""One examination from end to end: open, locate, read, look at every byte, judge, write.

The parent parses nothing: workers read (see `pool`, `worker`), the parent matches, judges and writes.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import msgspec

from sousveil.acquisition.model import Limit
from sousveil.acquisition.tars import stream_place
from sousveil.artefacts.model import Artefact, artefacts_elsewhere, artefacts_for
from sousveil.cases.categories import categories, left_out
from sousveil.cases.coverage import Reading, looked_at
from sousveil.cases.gather import Gatherer
from sousveil.cases.judging import Judged, judge
from sousveil.cases.limits import coverage_of, sentence, system_limits
from sousveil.cases.model import Case, Coverage, Outcome, UsedSet
from sousveil.cases.opening import InternalError, as_error, default_jobs, open_path
from sousveil.cases.pool import Pool
from sousveil.cases.scanned import ScanRun
from sousveil.cases.tasks import (
    Broken,
    Done,
    Failed,
    HashedFile,
    HashTask,
    Located,
    LocateTask,
    Message,
    Opened,
    PartsRead,
    ReadTask,
    Task,
)
from sousveil.cases.timeline import Tables
from sousveil.errors import Malformed, SousveilError
from sousveil.findings.matching import matcher_of
from sousveil.findings.model import Finding
from sousveil.findings.rules.model import discover_rules
from sousveil.indicators.index import Index
from sousveil.indicators.model import IndicatorSet
from sousveil.records import Batch
from sousveil.texts import data, t
from sousveil.version import __version__

_log = logging.getLogger(__name__)
Progress = Callable[[str, int, int], None]
"""Called with what is being done, files done and bytes done since the last call."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to examine."""

    jobs: int = 2
    full_records: bool = False
    scan: bool = True
    skip: tuple[str, ...] = ()
    """Categories of files that are not opened (see `categories`)."""
    suppress: Path | None = None
    today: date | None = None
    """For the age of the indicators; None does not warn."""


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of one backup."""

    case: Case
    judged: Judged
    internal_errors: tuple[str, ...]
    """Traces of exceptions that nobody foresaw; any makes the exit code 2."""


class Examination:
    """One unlocked backup being examined: `read()`, then `files()` to its end, then `result()`.

    `files()` gives every file that was looked at with its hash, in a fixed order, while the raw pass goes on; so a manifest
    of any length is written in flat memory.
    """

    def __init__(
        self,
        pool: Pool,
        path: Path,
        opened: Opened,
        index: Index,
        sets: Sequence[IndicatorSet],
        options: Options,
        progress: Progress,
    ) -> None:
        self.pool, self.path, self.opened, self.index, self.sets = pool, path, opened, index, sets
        self.options, self.progress = options, progress
        self.device = opened.device
        self.artefacts = artefacts_for(self.device)
        self.gatherer = Gatherer(matcher_of(index), discover_rules())
        covered = self.artefacts | artefacts_elsewhere(self.device)
        self.readings = {name: Reading(artefact) for name, artefact in sorted(covered.items())}
        self.hashes: dict[str, HashedFile] = {}
        """Of the files that were parsed or hit, not of all."""
        if opened.manifest_sha256 and not opened.encrypted:
            known = HashedFile(where=opened.identity, size=opened.manifest_size, sha256=opened.manifest_sha256)
            self._manifest = {known.where: known}
        else:
            self._manifest = {}
        self._claimed: set[str] = set(self._manifest)
        """Files that some task hashes, or that are hashed already."""
        self.internal: list[str] = []
        self.unlisted = ""
        """Why the manifest could not be read to its end."""
        self.names_alone = any(limit.id == "names_alone" for limit in opened.limits)
        scan = options.scan and not self.names_alone
        self.scan = ScanRun(pool, path, opened, index, options.skip) if scan else None

    def read(self, tables: Tables | None) -> None:
        """Read every known artefact. `tables` takes the timeline and observables meanwhile; None writes none."""
        given = sorted(self._tasks(), key=_order)
        together = self.scan if self.opened.rows else None
        tasks: list[Task] = [*given] if together is None else together.among(given)
        numbers = Counter(task.artefact for task in given)
        number = 0
        first = None if together is None else together.literals
        most = (
            1 if self.names_alone else None
        )  # a list is one task, and starting another worker costs as much as a tenth of it
        for task, answer in self.pool.run(tasks, first=first, most=most):
            if together is not None and not isinstance(task, ReadTask):
                together.take(answer, self.progress)
                continue
            assert isinstance(task, ReadTask)
            self._take(task, answer, tables, number)
            if isinstance(answer, Done):
                number += 1
                numbers[task.artefact] -= 1
                if not numbers[task.artefact]:
                    _log.info("%s: %s", task.artefact, t("count.records", n=self.readings[task.artefact].records))
                    if tables is not None:
                        tables.finish(task.artefact)
                if together is None:
                    self.progress(task.artefact, 1, 0)
        if self.scan is None:
            self._hash_rest(given)

    def _hash_rest(self, given: Sequence[ReadTask]) -> None:
        """The hashes that a worker which died has left out, though another task has read the file as well."""
        groups = [group for task in given for group in task.files.values()]
        for group in groups:
            for member in group.members:
                if (where := group.where + member.suffix) in self._manifest:
                    self.hashes[where] = self._manifest[where]
        rest = {g.where: g for g in groups if any(g.where + m.suffix not in self.hashes for m in g.members)}
        for group in rest.values():
            for answer in self.pool.one(HashTask(files=(group,))):
                if isinstance(answer, HashedFile):
                    self.hashes[answer.where] = answer

    def _located(self) -> Iterator[Located]:
        """What the manifest lists; where it cannot be read (to its end), that is kept for the coverage."""
        try:
            yield from locate(self.pool, self.path, self.artefacts.values(), self.opened.derived_key)
        except SousveilError as error:
            self.unlisted = str(error)

    def _tasks(self) -> Iterator[ReadTask]:
        for found in self._located():
            if found.artefact not in self.artefacts:
                raise InternalError("a worker located an artefact that there is not")
            if "main" not in found.files:
                raise InternalError("a worker located an artefact without its file")
            artefact = self.artefacts[found.artefact]
            left = {
                role: left_out(group.place or group.where, self.options.skip) for role, group in found.files.items()
            }
            if category := left["main"]:
                self.readings[found.artefact].skipped[category] += 1
                continue
            files = {role: group for role, group in found.files.items() if left[role] is None}
            self.readings[found.artefact].files += 1
            wanted = () if self.options.full_records else self.gatherer.columns_for(artefact)
            if self.scan is not None:
                for group in files.values():
                    for member in group.members:
                        self.scan.remember(group.where + member.suffix)
            names = {group.where + member.suffix for group in files.values() for member in group.members}
            new = not names <= self._claimed
            self._claimed |= names
            yield ReadTask(
                artefact=found.artefact,
                files=files,
                device=self.device,
                wanted=wanted,
                hash_files=self.scan is None and new,
            )

    def _take(self, task: ReadTask, answer: Batch | Message, tables: Tables | None, number: int) -> None:
        reading, where = self.readings[task.artefact], task.files["main"].where
        if isinstance(answer, Batch):
            try:
                if answer.artefact != task.artefact:
                    raise Malformed("a worker answered for another artefact")
                self.gatherer.add(reading.artefact, answer)
            except Malformed as error:
                reading.failed(where, Failed(error="Malformed", message=error.message))
                return
            reading.add_batch(answer)
            if tables is not None:
                tables.add(reading.artefact, answer, number)
        elif isinstance(answer, PartsRead):
            reading.add_parts(answer.parts)
        elif isinstance(answer, HashedFile):
            self.hashes[answer.where] = answer
        elif isinstance(answer, Failed | Broken):
            reading.failed(where, answer)
            if isinstance(answer, Broken):
                self.internal.append(answer.trace)

    def files(self) -> Iterator[HashedFile]:
        """Every file that was looked at: all of the backup, or with `--no-scan` those that were parsed."""
        if self.scan is None:
            for where in sorted(self.hashes):
                yield self.hashes[where]
            return
        yield from self.scan.files(self.progress)
        self.hashes = self.scan.hashes
        self.internal += self.scan.internal_errors

    def result(self) -> Examined:
        """Judge what was gathered."""
        if os.environ.get("SOUSVEIL_TEST_INJECT") == "parent":
            raise ZeroDivisionError("injected by a test")
        scan = (
            looked_at(self.scan.coverage, self.unlisted)
            if self.scan
            else Coverage(artefact="scan", outcome=Outcome.ABSENT_EXPECTED, records=0, detail=t("coverage.names_alone"))
            if self.names_alone
            else Coverage(artefact="scan", outcome=Outcome.SKIPPED, records=0, detail=t("coverage.no_scan"))
        )
        limits = [*self.opened.limits, *system_limits(self.device)]
        if self.unlisted and not any(limit.id.startswith("manifest_") for limit in limits):
            limits.append(Limit(id="manifest_unreadable", values={"reason": self.unlisted}))
        coverage = (
            *coverage_of(limits),
            *(reading.line(self.device, self.unlisted) for reading in self.readings.values()),
            scan,
            *(skip_line(name, self.scan) for name in self.options.skip),
            *overflow_lines(self.gatherer),
        )
        judged = judge(
            self.gatherer,
            self.scan.hits if self.scan else [],
            self.index,
            self.device,
            self.hashes,
            coverage,
            self.sets,
            full=self.options.full_records,
            suppress_file=self.options.suppress,
            today=self.options.today,
            limits=[sentence(limit) for limit in limits],
        )
        case = Case(
            version=__version__,
            verdict=judged.decision.verdict,
            reached=judged.decision.reached,
            threat_class=judged.decision.threat_class,
            context=judged.context,
            device=self.device,
            findings=judged.findings,
            coverage=with_suppressed(coverage, judged.suppressed),
            indicators=tuple(used(one) for one in self.sets),
            suppressed=judged.suppressed,
            limits=tuple(limits),
        )
        return Examined(case=case, judged=judged, internal_errors=tuple(self.internal))


def _order(task: ReadTask) -> tuple[int, int]:
    """Files of a stream in the order of their bytes, since stepping back reads all of it again. Of others the largest first:
    what is read in many small pieces leaves memory in pieces, and the largest need most."""
    members = task.files["main"].members
    if (place := stream_place(members[0])) is not None:
        return 0, place
    return 1, -sum(member.size or 0 for member in members)


def with_suppressed(coverage: Sequence[Coverage], suppressed: Sequence[Finding]) -> tuple[Coverage, ...]:
    """The coverage, with how many known-good findings were left out where."""
    left = Counter(finding.artefact for finding in suppressed)

    def told(line: Coverage) -> Coverage:
        count = left[line.artefact]
        if not count:
            return line
        detail = f"{line.detail}; {t('coverage.suppressed', n=count)}".removeprefix("; ")
        return msgspec.structs.replace(line, detail=detail)

    return tuple(map(told, coverage))


def locate(pool: Pool, path: Path, artefacts: Iterable[Artefact], derived_key: bytes | None) -> Iterator[Located]:
    """Where the files of these artefacts lie in a backup. Raises what the worker raised: without a manifest nothing can be
    examined."""
    needs = {artefact.name: dict(artefact.needs) for artefact in artefacts}
    for answer in pool.one(LocateTask(path=str(path), needs=needs, derived_key=derived_key)):
        if isinstance(answer, Located):
            yield answer
        elif isinstance(answer, Failed | Broken):
            raise as_error(answer)


def skip_line(category: str, scan: ScanRun | None) -> Coverage:
    """The coverage line of a category that `--skip` names."""
    detail = t("coverage.left_out", title=data(categories()[category].title))
    if scan is not None:
        detail += "; " + t("coverage.not_looked_at", n=scan.skipped[category])
    return Coverage(artefact=f"skip {category}", outcome=Outcome.SKIPPED, records=0, detail=detail)


def overflow_lines(gatherer: Gatherer) -> list[Coverage]:
    """A coverage line for every memory that overflowed."""
    lines = [
        Coverage(
            artefact=f"rule {rule}",
            outcome=Outcome.FAILED,
            records=0,
            detail=t("coverage.lost_rows", n=lost, name=name),
        )
        for (rule, name), lost in sorted(gatherer.lost_rows.items())
    ]
    if gatherer.lost_matches:
        lines.append(
            Coverage(
                artefact="indicators",
                outcome=Outcome.FAILED,
                records=0,
                detail=t("coverage.lost_matches", n=gatherer.lost_matches),
            )
        )
    return lines


def used(one: IndicatorSet) -> UsedSet:
    """How a set is listed in a case."""
    return UsedSet(
        name=one.name,
        sha256=one.sha256,
        count=one.count,
        skipped=len(one.skipped),
        newest=one.newest,
        publisher=one.publisher,
        licence=one.licence,
    )


__all__ = [
    "Examination",
    "Examined",
    "InternalError",
    "Options",
    "as_error",
    "default_jobs",
    "locate",
    "open_path",
    "overflow_lines",
    "used",
]
