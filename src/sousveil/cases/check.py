"""The verb `check`: from the paths that a person names to a verdict, files and an exit code."""

from __future__ import annotations

import argparse
import getpass
import os
import platform
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from sousveil import __version__
from sousveil.acquisition.find import find_backups
from sousveil.acquisition.keybag import read_key_file
from sousveil.cases.folder import CaseFolder, refuse_existing
from sousveil.cases.indicator_verbs import sets_in_use
from sousveil.cases.model import Case
from sousveil.cases.outputs import explain_json, findings_json, manifest_json, run_json, several
from sousveil.cases.pool import Pool
from sousveil.cases.progress import Progress
from sousveil.cases.run import Examination, Examined, Options, default_jobs, open_path, used
from sousveil.cases.scanned import LOOKING
from sousveil.cases.tasks import HashedFile, Opened
from sousveil.cases.telling import told
from sousveil.cases.timeline import Tables
from sousveil.errors import Locked, SousveilError, Usage
from sousveil.indicators.index import Index
from sousveil.indicators.index_cache import cache_dir
from sousveil.indicators.model import IndicatorSet
from sousveil.kinds import defang, visible

INTERNAL = 2
NO_MANIFEST = sha256(b"").hexdigest()


def check(args: argparse.Namespace) -> int:
    """Examine every backup at the given paths; the exit code of the worst."""
    since, until = day(args.since), day(args.until, end=True)
    found = [backup for path in args.paths for backup in find_backups(path)]
    for backup in found:
        transmissible(backup)
    backups = list({backup.resolve(): backup for backup in reversed(found)}.values())[::-1]
    secret = Secret(args)
    if not args.no_files:
        for backup in backups:
            outside(backup, args.out if args.out is not None else Path("case"), "the case folder")
    sets = sets_in_use(args.indicators, no_bundled=args.no_bundled)
    if not any(one.indicators for one in sets):
        raise Usage(
            "there is not one indicator to look for.", hint="Leave out --no-bundled, or name a file with --indicators."
        )
    for one in sets:
        for skipped in () if one.bundled else one.skipped[:5]:
            print(
                f"sousveil: {visible(one.name)}: skipped {defang(skipped.entry, 80)}: {visible(skipped.reason)}",
                file=sys.stderr,
            )
    index = Index.build(sets, cache=cache_dir())
    cases: list[Case] = []
    codes: list[int] = []
    with Pool(args.jobs or default_jobs()) as pool:
        run = Run(args, pool, index, sets, secret, several=len(backups) > 1)
        for backup in backups:
            try:
                code, case = run.one(backup, since, until)
            except SousveilError as error:
                if len(backups) == 1:
                    raise
                print(f"sousveil: {visible(str(backup))}: {visible(str(error), 2000)}", file=sys.stderr)
                codes.append(INTERNAL)
                continue
            except Exception:
                # An error of ours in one backup must not keep the others from being looked at.
                if len(backups) == 1:
                    raise
                print(
                    f"sousveil: {visible(str(backup))}: an error inside the program; this backup has no answer.",
                    file=sys.stderr,
                )
                if os.environ.get("SOUSVEIL_DEBUG"):
                    traceback.print_exc()
                codes.append(INTERNAL)
                continue
            codes.append(code)
            if case is not None:
                cases.append(case)
    if args.json:
        out = findings_json(cases[0]) if len(backups) == 1 and cases else several(cases)
        sys.stdout.buffer.write(out)
    return worst(codes)


def worst(codes: Sequence[int]) -> int:
    """1 if any is 1, else 2, else 3, else 0."""
    return next((code for code in (1, 2, 3) if code in codes), 0)


def day(text: str | None, *, end: bool = False) -> str | None:
    """A date or time of the command line as ISO 8601 in UTC; a date stands for its beginning, or with `end` its end."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Usage(f"{text!r} is not a date.", hint="Write it as 2021-07-18 or 2021-07-18T09:30.") from error
    if end and len(text) <= 10:
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999_999)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def outside(backup: Path, path: Path, what: str) -> None:
    """Raise Usage where `path` lies inside the backup: evidence is never changed."""
    inside, target = backup.resolve(), path.resolve()
    if target == inside or inside in target.parents:
        raise Usage(f"{what} lies inside the backup; evidence is never changed.", hint="Choose another place.")


def transmissible(path: Path) -> None:
    """Raise Usage for a path that is no valid text: it could not be told to the processes that read."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise Usage(
            f"the name of {str(path)!r} is no valid text in this system's encoding.",
            hint="Rename the folder, or give the path of a link to it.",
        ) from None


class Secret:
    """Where the password or key comes from: a file, the environment, or a prompt; never the command line."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.key_file: Path | None = args.key_file
        self.password_file: Path | None = args.password_file

    def key(self) -> bytes | None:
        """The derived key out of `--key-file`."""
        return read_key_file(self.key_file) if self.key_file is not None else None

    def password(self, ask: Callable[[], str] | None = None) -> bytes:
        """The password. Raises Locked where there is none and nobody can be asked."""
        if self.password_file is not None:
            try:
                lines = self.password_file.read_bytes().splitlines()
            except OSError as error:
                raise Usage(
                    f"the password file {self.password_file.name!r} cannot be read: {error.strerror}."
                ) from error
            if not lines or not lines[0]:
                raise Usage(
                    f"the password file {self.password_file.name!r} is empty.", hint="Its first line is the password."
                )
            return lines[0]
        if (given := os.environ.get("SOUSVEIL_BACKUP_PASSWORD")) is not None:
            return os.fsencode(given)
        if ask is None and not sys.stdin.isatty():
            raise Locked(
                "this backup is encrypted and no password was given.",
                hint="Use --password-file, --key-file or SOUSVEIL_BACKUP_PASSWORD. It is the password that was set for "
                "backups in Finder or iTunes, not the code that opens the phone.",
            )
        try:
            return (ask or _ask)().encode()
        except EOFError as error:
            raise Locked("no password was given.") from error


def _ask() -> str:
    return getpass.getpass(
        "Password of the backup (set in Finder or iTunes; not the phone's code): ", stream=sys.stderr
    )


def unlock(pool: Pool, path: Path, secret: Secret) -> Opened:
    """The backup opened, with its key where it is encrypted."""
    opened = open_path(pool, path)
    if not opened.encrypted:
        return opened
    if (key := secret.key()) is not None:
        return open_path(pool, path, derived_key=key)
    return open_path(pool, path, password=secret.password())


def shown_by(progress: Progress, total: int) -> Callable[[str, int, int], None]:
    """What an examination tells, shown in two phases: reading what is known, then looking at all `total` files."""
    phase = ""

    def told_of(what: str, files: int, size: int) -> None:
        nonlocal phase
        now = what if what == LOOKING else "reading what is known"
        if now != phase:
            phase = now
            progress.step(now, files=total if now == LOOKING else 0)
        progress.add(files=files, size=size)

    return told_of


class Run:
    """What all backups of one call share."""

    def __init__(
        self,
        args: argparse.Namespace,
        pool: Pool,
        index: Index,
        sets: Sequence[IndicatorSet],
        secret: Secret,
        *,
        several: bool,
    ) -> None:
        self.args, self.pool, self.index, self.sets, self.secret, self.several = (
            args,
            pool,
            index,
            sets,
            secret,
            several,
        )
        self.options = Options(
            full_records=args.full_records,
            scan=not args.no_scan,
            suppress=args.suppress,
            today=datetime.now(UTC).date(),
        )
        self.named: Counter[str] = Counter()
        if args.out is not None and several:
            refuse_existing(args.out)
            args.out.mkdir(mode=0o700, parents=True, exist_ok=True)

    def one(self, backup: Path, since: str | None, until: str | None) -> tuple[int, Case | None]:
        """Examine one backup, write its files, print its text. Returns exit code and case."""
        started = datetime.now(UTC)
        opened = unlock(self.pool, backup, self.secret)
        for problem in opened.problems:
            print(f"sousveil: {visible(problem, 2000)}", file=sys.stderr)
        folder = self._folder(opened)
        try:
            with Progress("opening", files=0) as progress:
                examination = Examination(
                    self.pool, backup, opened, self.index, self.sets, self.options, shown_by(progress, opened.files)
                )
                examined, files = self._examine(examination, folder, opened, started)
        except BaseException:
            if folder is not None:
                folder.abandon()
            raise
        for trace in examined.internal_errors:
            print("sousveil: an error inside the program; what it was reading is marked FAILED.", file=sys.stderr)
            if os.environ.get("SOUSVEIL_DEBUG"):
                print(trace, file=sys.stderr)
        if not self.args.json:
            self._print(backup, examined, folder, files, since, until)
        return INTERNAL if examined.internal_errors else examined.case.exit_code, examined.case

    def _folder(self, opened: Opened) -> CaseFolder | None:
        if self.args.no_files:
            return None
        # Half a backup may have no manifest; copies of one backup have the same.
        name = f"case-{(opened.manifest_sha256 or NO_MANIFEST)[:8]}"
        self.named[name] += 1
        if self.named[name] > 1:
            name += f"-{self.named[name]}"
        dest = self.args.out
        if dest is None or self.several:
            dest = (dest or Path()) / name
        return CaseFolder.create(dest, opened.manifest_sha256, self.args.case_recipient)

    def _examine(
        self, examination: Examination, folder: CaseFolder | None, opened: Opened, started: datetime
    ) -> tuple[Examined, list[tuple[str, bool]]]:
        if folder is None:
            examination.read(None)
            for _ in examination.files():
                pass
            return examination.result(), []
        tables = Tables(folder.open_file, full_records=self.args.full_records)
        try:
            examination.read(tables)
            tables.close()
        except BaseException:
            tables.abort()
            raise
        with folder.open_file("manifest.json") as file:
            manifest_json(
                file,
                version=__version__,
                device=opened.device,
                indicators=[used(one) for one in self.sets],
                files=(_manifest_row(hashed) for hashed in examination.files()),
            )
        examined = examination.result()
        self._write(folder, examined, started)
        return examined, folder.finish()

    def _write(self, folder: CaseFolder, examined: Examined, started: datetime) -> None:
        from sousveil.cases.report.html import report_html

        case, decision = examined.case, examined.judged.decision
        folder.write("findings.json", findings_json(case))
        folder.write("explain.json", explain_json(case, decision.sentence, decision.deciding))
        folder.write("report.html", report_html(case, told(case, decision.sentence)))
        folder.write(
            "run.json",
            run_json(
                version=__version__,
                started=started,
                ended=datetime.now(UTC),
                host=platform.node(),
                system=f"{platform.system()} {platform.release()} {platform.machine()}",
                python=platform.python_version(),
                arguments=list(sys.argv[1:]),
                inputs=[str(p) for p in self.args.paths],
            ),
        )

    def _print(
        self,
        backup: Path,
        examined: Examined,
        folder: CaseFolder | None,
        files: list[tuple[str, bool]],
        since: str | None,
        until: str | None,
    ) -> None:
        from sousveil.cases.terminal import render

        if self.several:
            print(f"=== {visible(backup.name[:8])}... ===")
        text = told(
            examined.case,
            examined.judged.decision.sentence,
            files=tuple(files),
            folder=str(folder.dest) if folder else "",
        )
        render(examined.case, text, sys.stdout, since=since, until=until)


def _manifest_row(hashed: HashedFile) -> tuple[str, int | None, str | None]:
    return hashed.where, hashed.size, hashed.sha256
