"""One backup of a check: examined, and its files written."""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TextIO

import msgspec

from sousveil.artefacts.model import artefacts_on
from sousveil.cases.folder import CaseFolder, free_name, make_parent, refuse_existing
from sousveil.cases.judgements import report_json
from sousveil.cases.judging import known_good
from sousveil.cases.limits import coverage_of, locked_limit, sentence
from sousveil.cases.model import LOCKED, Case
from sousveil.cases.opening import open_path
from sousveil.cases.outputs import explain_json, findings_json, manifest_json, run_json
from sousveil.cases.phases import Phases
from sousveil.cases.pool import Pool
from sousveil.cases.presenting import zone_named
from sousveil.cases.progress import Progress
from sousveil.cases.run import Examination, Examined, Options, used
from sousveil.cases.scanned import LOOKING
from sousveil.cases.settings import Settings
from sousveil.cases.tasks import HashedFile, Opened
from sousveil.cases.telling import Told, told
from sousveil.cases.timeline import Tables
from sousveil.errors import Locked
from sousveil.findings.rules.model import discover_rules
from sousveil.findings.verdict import Decision, decide
from sousveil.indicators.index import Index
from sousveil.indicators.model import IndicatorSet
from sousveil.kinds import visible
from sousveil.records import kinds_of
from sousveil.texts import about, several, t
from sousveil.version import __version__

INTERNAL = 2
_log = logging.getLogger(__name__)
NO_MANIFEST = sha256(b"").hexdigest()


def shown_by(progress: Progress, total: int) -> Callable[[str, int, int], None]:
    """What an examination tells, shown in two phases: reading what is known, then looking at all `total` files."""
    phase = ""

    def told_of(what: str, files: int, size: int) -> None:
        nonlocal phase
        now = t(LOOKING) if what == LOOKING else t("progress.indicators")
        if now != phase:
            phase = now
            progress.step(now, files=total if what == LOOKING else 0)
        progress.add(files=files, size=size)

    return told_of


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one backup."""

    backup: Path
    case: Case
    exit_code: int
    """As of the command line: 2 where an error of ours left something unread, else that of the case."""
    text: Told
    title: str
    """A line that tells several backups apart; empty for a single one."""

    def write(self, out: TextIO, *, since: str | None = None, until: str | None = None, full: bool = False) -> None:
        """Write the result for people, on one screen or, with `full`, with every detail.

        `since` and `until` (ISO 8601, UTC) narrow which findings are shown, never the verdict.
        """
        from sousveil.cases.terminal import render

        if self.title:
            out.write(self.title + "\n")
        render(self.case, self.text, out, since=since, until=until, full=full)


def refuse_unusable(args: Settings, *, several: bool) -> None:
    """Raise Usage, before a phone is read, for an unknown zone, a list that cannot be read, or a folder that has files."""
    zone_named(args.timezone)
    known_good(args.suppress)
    if args.out is not None and several:
        if not args.resume:
            refuse_existing(args.out)
        make_parent(args.out)


class Run:
    """What all backups of one call share."""

    def __init__(
        self,
        args: Settings,
        pool: Pool,
        indicators: Callable[[str], tuple[list[IndicatorSet], Index]],
        *,
        several: bool,
    ) -> None:
        """`indicators` gives what is looked for on phones of a system."""
        self.args, self.pool, self.indicators, self.several = args, pool, indicators, several
        self.options = Options(
            full_records=args.full_records,
            scan=not args.no_scan,
            skip=tuple(dict.fromkeys(args.skip)),
            suppress=args.suppress,
            today=datetime.now(UTC).date(),
        )
        refuse_unusable(args, several=several)

    def prepare(self, platform: str) -> None:
        """What no backup is needed for, so that it is done while a worker opens the first one, of this system."""
        self.indicators(platform)
        for artefact in artefacts_on(platform).values():
            kinds_of(artefact.record)
        discover_rules()
        if not self.args.no_files:
            from sousveil.cases.report.html import template

            template()

    def one(
        self,
        backup: Path,
        opened: Opened,
        phases: Phases,
        *,
        last: bool = False,
    ) -> Checked:
        """Examine one backup and write its files. After the `last` one nothing is read any more: the workers end before it is
        judged, so that their memory is free by then.
        """
        with about(opened.device.acquisition, opened.device.platform):
            return self._one(backup, opened, phases, last=last)

    def _one(self, backup: Path, opened: Opened, phases: Phases, *, last: bool) -> Checked:
        phases.done("opening")
        for limit in opened.limits:
            _log.warning("%s", visible(sentence(limit), 2000))
        for reason in () if self.pool.confinement is None else self.pool.confinement.missing:
            _log.warning(t("notice.unconfined", reason=reason))
        sets, index = self.indicators(opened.device.platform)
        folder = self._folder(opened, backup)
        try:
            with Progress(t("notice.opening"), files=0, on=None if self.args.progress else False) as progress:
                examination = Examination(
                    self.pool, backup, opened, index, sets, self.options, shown_by(progress, opened.files)
                )
                examined, about = self._examine(examination, folder, opened, phases, last=last)
        except BaseException:
            if folder is not None:
                folder.abandon()
                if self.several:
                    with suppress(OSError):
                        folder.dest.rmdir()  # the name that `_folder` took
            raise
        for trace in examined.internal_errors:
            _log.error(t("error.examining.internal_error_what"))
            _log.debug("%s", trace)
        return Checked(
            backup=backup,
            case=examined.case,
            exit_code=INTERNAL if examined.internal_errors else examined.case.exit_code,
            text=about,
            title=self._title(backup),
        )

    def locked(self, backup: Path, error: Locked, source: str, phases: Phases) -> Checked:
        """The result for a backup that was not opened, and its files. `source`: where the password came from.

        Raises SousveilError where even what is not encrypted cannot be read, or where no file can be written.
        """
        opened = open_path(self.pool, backup)
        phases.done("opening")
        limits = (locked_limit(error, source), *opened.limits)
        reason = limits[0].id.removeprefix(LOCKED)
        decision = decide((), any_read=False, limits=list(map(sentence, limits)), unread=reason)
        case = Case(
            version=__version__,
            verdict=decision.verdict,
            reached=None,
            threat_class=None,
            context=(),
            device=opened.device,
            findings=(),
            coverage=coverage_of(limits),
            indicators=(),
            limits=limits,
        )
        # The name is never that of an examined case: with the right password the same command must find its place free.
        folder = self._folder(opened, None, "-not-opened")
        about = self._told(case, decision, opened, phases, None, folder)
        if folder is not None:
            try:
                self._write(folder, case, decision, about, phases)
                about = msgspec.structs.replace(about, files=tuple(folder.finish()))
            except BaseException:
                folder.abandon()
                raise
        return Checked(backup=backup, case=case, exit_code=case.exit_code, text=about, title=self._title(backup))

    def _title(self, backup: Path) -> str:
        return f"=== {visible(backup.name[:8])}... ===" if self.several else ""

    def _folder(self, opened: Opened, finished: Path | None, ending: str = "") -> CaseFolder | None:
        """The case folder; of several `finished` is the input to which a later `--resume` needs not come back."""
        if self.args.no_files:
            return None
        # Half a backup may have no manifest; copies of one backup have the same.
        name = f"case-{(opened.manifest_sha256 or NO_MANIFEST)[:8]}{copy.ending if (copy := self.args.copy) else ''}"
        dest = self.args.out
        if self.several:
            from sousveil.cases.finished import input_digest, note_input, reserve

            dest = reserve(dest or Path(), name + ending)
            if finished is not None and self.args.out is not None:
                note_input(copy.digest if copy else input_digest(__version__, self.args, finished), dest)
        elif ending:
            dest = dest or Path(name)
            dest = free_name(dest.parent, dest.name + ending)
        elif dest is None:
            dest = Path(name)
        return CaseFolder.create(dest, opened.manifest_sha256, list(self.args.case_recipient))

    def _examine(
        self, examination: Examination, folder: CaseFolder | None, opened: Opened, phases: Phases, *, last: bool
    ) -> tuple[Examined, Told]:
        evidence = Evidence()
        if folder is None:
            examination.read(None)
            for hashed in examination.files():
                evidence.add(hashed)
            if last:
                self.pool.close()
            examined = examination.result()
            return examined, self._told(examined.case, examined.judged.decision, opened, phases, evidence)
        tables = Tables(folder.open_file, full_records=self.args.full_records)
        try:
            examination.read(tables)
            tables.close()
        except BaseException:
            tables.abort()
            raise
        phases.done("reading")
        with folder.open_file("manifest.json") as file:
            manifest_json(
                file,
                version=__version__,
                device=opened.device,
                indicators=[used(one) for one in examination.sets],
                files=(_manifest_row(evidence.add(hashed)) for hashed in examination.files()),
            )
        phases.done("looking")
        if last:
            self.pool.close()
        examined = examination.result()
        phases.done("judging")
        decision = examined.judged.decision
        about = self._told(examined.case, decision, opened, phases, evidence, folder)
        self._write(folder, examined.case, decision, about, phases)
        return examined, msgspec.structs.replace(about, files=tuple(folder.finish()))

    def _told(
        self,
        case: Case,
        decision: Decision,
        opened: Opened,
        phases: Phases,
        evidence: Evidence | None,
        folder: CaseFolder | None = None,
    ) -> Told:
        """What surrounds the findings in report, terminal and summary."""
        folder_shown = str(folder.dest) if folder else ""
        if folder is not None and self.args.copy is not None and self.args.copy.ending:
            folder_shown = folder.dest.name  # the case goes to a store, and nobody finds it here
        box = self.pool.confinement
        confinement: tuple[str, ...] = ()
        if box is not None:
            how = t("report.confined_yes", means=several(list(box.means)))
            confinement = (how,) if box.whole else (t("report.confined_no"), *box.missing)
        return told(
            case,
            decision,
            folder=folder_shown,
            case_id=(opened.manifest_sha256 or NO_MANIFEST)[:8],
            evidence=evidence.digest if evidence is not None else "",
            read=(evidence.read, evidence.files) if evidence is not None and not self.args.no_scan else None,
            examined=phases.started.astimezone(UTC).isoformat(timespec="seconds"),
            label=self.args.label or "",
            examiner=self.args.examiner or "",
            timezone=self.args.timezone,
            scanned=not self.args.no_scan,
            confinement=confinement,
            confined="" if box is None else "yes" if box.whole else "NO",
        )

    def _write(self, folder: CaseFolder, case: Case, decision: Decision, about: Told, phases: Phases) -> None:
        from sousveil.cases.report.html import report_html
        from sousveil.cases.summary import summary

        folder.write("findings.json", findings_json(case))
        folder.write("explain.json", explain_json(case, decision.sentence, decision.deciding))
        folder.write("summary.txt", summary(case, about))
        folder.write("report.json", report_json(case, about))
        phases.done("writing")
        folder.write(
            "run.json",
            run_json(
                version=__version__,
                started=phases.started,
                ended=datetime.now(UTC),
                host=platform.node(),
                system=f"{platform.system()} {platform.release()} {platform.machine()}",
                python=platform.python_version(),
                arguments=list(self.args.arguments),
                inputs=[copy.source] if (copy := self.args.copy) and copy.source else [str(p) for p in self.args.paths],
                recipients=list(self.args.case_recipient),
                timings=phases.seconds,
                confinement=self.pool.confinement,
            ),
        )
        # The report comes last, because it names the hashes of all other files.
        folder.write("report.html", report_html(case, msgspec.structs.replace(about, hashes=folder.hashes())))


class Evidence:
    """The hash of the evidence: SHA-256 over the sorted hashes of all files, one a line."""

    def __init__(self) -> None:
        self._hashes: list[str] = []
        self.files = 0
        """Files of the backup, those without a hash too."""

    def add(self, hashed: HashedFile) -> HashedFile:
        """Count a file; gives it back."""
        self.files += 1
        if hashed.sha256:
            self._hashes.append(hashed.sha256)
        return hashed

    @property
    def digest(self) -> str:
        """In hexadecimal; the hash of nothing where no file had one."""
        return sha256("".join(f"{one}\n" for one in sorted(self._hashes)).encode()).hexdigest()

    @property
    def read(self) -> int:
        """Files that were read to their end."""
        return len(self._hashes)


def _manifest_row(hashed: HashedFile) -> tuple[str, int | None, str | None]:
    return hashed.where, hashed.size, hashed.sha256
