"""A check: from the paths that a person names to verdicts, files and an exit code."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sousveil.acquisition.find import look_through
from sousveil.acquisition.model import Limit
from sousveil.answering import unwritable
from sousveil.cases.opening import Opening, Secret, default_jobs, unlock
from sousveil.cases.phases import Phases
from sousveil.cases.pool import Pool
from sousveil.cases.settings import Settings
from sousveil.errors import Locked, SousveilError, Usage
from sousveil.kinds import defang, visible
from sousveil.texts import t, use
from sousveil.version import __version__

if TYPE_CHECKING:
    from sousveil.cases.examining import Checked, Run
    from sousveil.cases.fleet import Done, Given, Job
    from sousveil.cases.many import Input
    from sousveil.cases.model import Case
    from sousveil.cases.stores import Stored
    from sousveil.indicators.index import Index
    from sousveil.indicators.model import IndicatorSet

INTERNAL = 2


_log = logging.getLogger(__name__)
_ours = logging.getLogger("sousveil")


class Checks(msgspec.Struct, frozen=True):
    """What came of one call: the cases in the order of the backups, without those that could not be examined."""

    cases: Sequence[Case]
    several: bool
    """Whether more than one path or backup was given."""
    exit_code: int
    """1 if any backup has traces; else 2 if any could not be examined; else 3 if anything was not read; else 0."""
    inputs: Sequence[Input] = ()
    """What came of each input: the backups in their order, then paths that could not be opened."""
    index: Path | str | None = None
    """The page beside the cases of several inputs."""

    def to_json(self) -> bytes:
        """The case of a single input as findings.json holds it; for several inputs one object each, failures too."""
        from sousveil.cases.many import input_json, inputs_json
        from sousveil.cases.outputs import findings_json

        if self.several:
            return inputs_json(self.inputs)
        return findings_json(self.cases[0]) if self.cases else input_json(self.inputs[0])

    @classmethod
    def failed(cls, settings: Settings, error: SousveilError) -> Checks:
        """What `check` raised, as the result of each path."""
        places: list[Path | str] = [*settings.paths, *settings.addresses]
        failures = [failure(place, settings, str(error)) for place in places]
        return cls((), len(failures) > 1, INTERNAL, failures)

    def summary(self) -> str:
        """The table of several inputs; empty for a single one."""
        from sousveil.cases.many import table

        if not self.several:
            return ""
        page = ["", t("error.check.all_cases_page", index=visible(str(self.index)))] if self.index is not None else []
        return "\n".join([f"=== {t('many.summary')} ===", *table(self.inputs), *page]) + "\n"


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """What lies at the paths of a call."""

    backups: list[Path]
    unread: dict[Path, int]
    """By acquisition, how many of the folders that were searched with it may not be read."""
    platforms: dict[Path, str]
    """The system that its phone seems to have."""
    failed: list[tuple[Path | str, str]]
    """Paths and addresses that cannot be examined, and why."""
    codes: list[int]
    """Their exit codes."""
    several: bool
    """Whether more than one path or backup was given."""
    stored: Sequence[Stored] = ()
    """What lies in stores."""
    whole: bool = True
    """Whether these are all inputs of the call, not a part that one process examines."""


def look_for_inputs(args: Settings, *, alone: bool = False) -> Inputs:
    """The acquisitions at the given paths. Raises SousveilError where the only one fails, Usage where `alone` finds several."""
    codes: list[int] = []
    unread: dict[Path, int] = {}
    failed: list[tuple[Path | str, str]] = []
    platforms: dict[Path, str] = {}
    places = len(args.paths) + len(args.addresses)
    found = _found(args.paths, codes, unread, failed, platforms, alone=places == 1)
    stored = _stored(args.addresses, codes, failed, alone=places == 1) if args.addresses else []
    backups = list({backup.resolve(): backup for backup in reversed(found)}.values())[::-1]
    several = places > 1 or len(backups) + len(stored) > 1
    if alone and several:
        raise Usage(
            t("error.check.contains_backups", paths=visible(str(args.paths[0])), backups=len(backups)),
            hint=t("error.common.name_folder_backup"),
        )
    for backup in list(backups):
        try:
            transmissible(backup)
        except Usage as error:
            backups.remove(backup)
            if not several:
                raise
            _log.error("%s", visible(str(error), 2000))
            codes.append(INTERNAL)
            failed.append((backup, str(error)))
    return Inputs(
        backups=backups,
        unread=unread,
        platforms=platforms,
        failed=failed,
        codes=codes,
        several=several,
        stored=stored,
    )


def check(
    args: Settings, present: Callable[[Checked], object], found: Inputs | None = None, *, alone: bool = False
) -> Checks:
    """Examine every backup at the given paths, one after another; `present` gets each result. Raises SousveilError where the
    only one fails. `found` is what `look_for_inputs` gave."""
    found = found or look_for_inputs(args, alone=alone)
    backups, unread, platforms, failed = found.backups, found.unread, found.platforms, found.failed
    codes, several_given = list(found.codes), found.several
    if not backups:
        return Checks((), several_given, worst(codes), [failure(path, args, why) for path, why in failed])
    secret = Secret(args, password=args.password, ask=args.ask)
    if not args.no_files:
        for backup in backups:
            outside(backup, args.out if args.out is not None else Path("case"), t("error.common.case_folder"))
    inputs: list[Input] = []
    label = args.label or ""
    phases = Phases()
    jobs = args.jobs or default_jobs(backups, scan=not args.no_scan)
    with (
        Pool(jobs, require_sandbox=args.require_sandbox) as pool,
        Opening(pool, backups[0], secret) as opening,
    ):
        from sousveil.cases.examining import Run  # heavy: meanwhile a worker opens the first backup
        from sousveil.cases.many import Cases, Input

        run = Run(
            args,
            pool,
            kept_indicators(args) if args.resume else cache(partial(indicators_for, args)),
            several=several_given,
        )
        run.prepare(platforms.get(backups[0], "ios"))
        for backup in backups:
            secret.which = visible(backup.name[:8]) if len(backups) > 1 else ""
            try:
                if backup is backups[0]:
                    opened = opening.result()
                else:
                    phases = Phases()
                    opened = unlock(pool, backup, secret)
                if count := unread.get(backup):
                    limit = Limit(id="folders_unreadable", values={"count": f"{count:,}"})
                    opened = msgspec.structs.replace(opened, limits=(*opened.limits, limit))
                checked = run.one(backup, opened, phases, last=backup is backups[-1])
            except SousveilError as error:
                # From Python one locked backup is an exception and nothing else.
                locked = None
                if isinstance(error, Locked) and not alone:
                    locked = _locked(run, backup, error, secret.source, phases)
                if locked is not None:
                    present(locked)
                if not several_given:
                    raise
                _log.error("%s: %s", visible(str(backup)), visible(str(error), 2000))
                codes.append(INTERNAL)
                inputs.append(failure(backup, args, str(error), locked))
                continue
            except Exception as error:
                if isinstance(error, OSError) and unwritable(error):
                    raise  # nobody would see the answers to the others either
                # An error of ours in one backup must not keep the others from being looked at.
                if not several_given:
                    raise
                _log.error(t("notice.internal_error", path=visible(str(backup))))
                _log.debug("%s", traceback.format_exc())
                codes.append(INTERNAL)
                inputs.append(failure(backup, args, t("error.check.internal_error")))
                continue
            codes.append(checked.exit_code)
            inputs.append(
                Input(
                    path=str(backup),
                    label=label,
                    case_id=checked.text.case_id,
                    folder=checked.text.folder or None,
                    exit_code=checked.exit_code,
                ).of(checked.case)
            )
            present(checked)
    inputs += [failure(path, args, why) for path, why in failed]
    page = write_page(args, inputs) if several_given and found.whole else None
    return Checks(Cases(inputs), several_given, worst(codes), inputs, page)


def write_page(args: Settings, inputs: Sequence[Input]) -> Path | str | None:
    """The page of several inputs, where it was written."""
    from sousveil.cases.many import index_page, write_index

    if len(inputs) < 2 or args.no_files or not any(one.folder for one in inputs):
        return None
    if args.destination is not None:
        from sousveil.cases.stores import Store
        from sousveil.cases.stores import write_page as write_to_store

        return write_to_store(Store(args.destination), *index_page(inputs, list(args.case_recipient)))
    return write_index(args.out or Path(), inputs, list(args.case_recipient))


def apart(args: Settings, secret: Secret) -> bool:
    """Whether several inputs may be examined in processes of their own: each must come to its password by itself."""
    files = (args.password_file, args.key_file, args.identity)
    asked = args.ask and not secret.at_hand and sys.stdin.isatty()
    return args.at_once and args.password is None and not asked and all(f is None or f.is_file() for f in files)


def check_many(args: Settings, found: Inputs, present: Callable[[Checked], object]) -> Checks:
    """`check` of several inputs, in processes of their own where each can come to its secret by itself; of inputs or cases in
    a store; and of inputs that a cluster examines."""
    from sousveil.cases.examining import refuse_unusable
    from sousveil.cases.fleet import known_notices, run_here
    from sousveil.cases.many import Cases

    if args.resume and ((args.out is None and args.destination is None) or args.no_files):
        raise Usage(t("error.check.resume_without_out"), hint=t("error.check.name_folder_out"))
    secret = Secret(args, password=args.password, ask=args.ask)
    several = len(found.backups) + len(found.stored)
    at_once = min(several, args.jobs or os.cpu_count() or 1) if apart(args, secret) else 1
    if at_once < 2 and not args.resume and not elsewhere(args, found):
        return check(args, present, found)
    args = _settled(args, found)
    refuse_unusable(args, several=True)
    if args.destination is not None and not args.resume:
        from sousveil.cases.stores import Store, refuse_used

        refuse_used(Store(args.destination))
    platforms = {found.platforms.get(backup, "ios") for backup in found.backups} | {
        one.platform for one in found.stored
    }
    with known_notices() as known:  # of the indicators: each process would repeat them
        for platform in sorted(platforms):
            indicators_for(args, platform)
    inputs: list[Input] = []
    codes = list(found.codes)
    if args.on is not None:
        from sousveil.cases.cluster import run_on

        running = run_on(args.on, args.certificates, args, _given(args, found), known)
    else:
        running = run_here(args, _given(args, found), at_once, known)
    with closing(running) as results:
        for done in results:
            inputs.append(done.input)
            codes.append(done.input.exit_code)
            if done.checked is not None:
                present(done.checked)
    inputs += [failure(path, args, why) for path, why in found.failed]
    return Checks(Cases(inputs), True, worst(codes), inputs, write_page(args, inputs))


def elsewhere(args: Settings, found: Inputs) -> bool:
    """Whether something of a call lies in a store or runs on other computers."""
    return bool(found.stored or args.destination is not None or args.on is not None)


def _settled(args: Settings, found: Inputs) -> Settings:
    """The settings as other processes need them. Raises Usage for a destination that cannot be, before a phone is read."""
    if not args.no_files:
        if args.out is None and args.destination is None and elsewhere(args, found):
            raise Usage(t("error.check.out_missing"), hint=t("error.check.name_folder_out"))
        target_path: Path | None = args.out or Path("case")
        sources: list[Path | None] = [*found.backups]
        if elsewhere(args, found):
            from sousveil.cases.stores import local_path

            sources += [local_path(one.address) for one in found.stored]
            target_path = args.out if args.destination is None else local_path(args.destination)
        for source in sources:
            if source is not None and target_path is not None:
                outside(source, target_path, t("error.common.case_folder"))
        target = f"{args.destination}/"
        if any(target.startswith(f"{one.address}/") for one in found.stored):
            raise Usage(
                t("error.check.inside_backup_evidence", what=t("error.common.case_folder")),
                hint=t("error.common.choose_another_place"),
            )
    if args.on is None:
        return args
    if args.password is not None:
        raise Usage(t("error.check.password_stays"), hint=t("error.check.password_on_worker"))
    names = ("password_file", "key_file", "identity", "suppress", "out")
    absolute = {name: path.absolute() for name in names if (path := getattr(args, name)) is not None}
    return msgspec.structs.replace(args, indicators=[path.absolute() for path in args.indicators], **absolute)


def _given(args: Settings, found: Inputs) -> list[Given]:
    from sousveil.cases.finished import input_digest
    from sousveil.cases.fleet import Given

    given = []
    for path in found.backups:
        place = path.absolute() if args.on is not None else path
        digest = input_digest(__version__, args, path)
        given.append(Given(place=str(place), unread=found.unread.get(path, 0), digest=digest))
    for one in found.stored:
        digest = input_digest(__version__, args, None, (one.address, one.facts))
        given.append(Given(place=one.address, stored=True, digest=digest))
    return given


def examine_input(job: Job) -> Done:
    """Examine one input, and write its case. Errors are part of the result."""
    from sousveil.cases.fleet import Notices, earlier, examine_copy, failed

    notices = Notices()
    before = _ours.level
    _ours.setLevel(job.level)
    _ours.addHandler(notices)
    shown = visible(job.given.place)
    with use(job.language):
        try:
            done = earlier(job)  # a process that died may have had it finished
            if done is None and (job.given.stored or job.settings.destination is not None):
                done = examine_copy(job, partial(_examined, job))
            done = done or _examined(job, job.settings)
        except SousveilError as error:
            done = failed(job, str(error))
            _ours.error("%s: %s", shown, visible(str(error), 2000))
        except Exception:  # noqa: BLE001 - an error of ours in one input must not keep the others from being examined
            done = failed(job, t("error.check.internal_error"))
            _ours.error(t("notice.internal_error", path=shown))
            _ours.debug("%s", traceback.format_exc())
        finally:
            _ours.removeHandler(notices)
            _ours.setLevel(before)
    return msgspec.structs.replace(done, notices=tuple(notices.kept))


def _examined(job: Job, settings: Settings) -> Done:
    """What came of the only path of these settings."""
    from sousveil.cases.fleet import Done

    shown: list[Checked] = []
    found = look_for_inputs(settings)
    unread = dict.fromkeys(found.backups, job.given.unread) if job.given.unread else found.unread
    found = msgspec.structs.replace(found, unread=unread, several=True, whole=False)
    row = check(settings, shown.append, found).inputs[0]
    return Done(input=row, checked=shown[0] if shown else None)


def serve_inputs() -> None:
    """Entry of a process that examines inputs one after another."""
    from sousveil.cases.fleet import serve

    serve(examine_input)


def _locked(run: Run, backup: Path, error: Locked, source: str, phases: Phases) -> Checked | None:
    """The result for a backup that was not opened; None where it cannot be given, which is logged."""
    try:
        return run.locked(backup, error, source, phases)
    except SousveilError as other:
        _log.error("%s: %s", visible(str(backup)), visible(str(other), 2000))
        return None


def failure(path: Path | str, args: Settings, why: str, locked: Checked | None = None) -> Input:
    from sousveil.cases.many import Input

    return Input(
        path=str(path),
        label=args.label or "",
        folder=(locked.text.folder or None) if locked is not None else None,
        exit_code=INTERNAL,
        error=visible(why, 2000),
    )


def _found(
    paths: Sequence[Path],
    codes: list[int],
    unread: dict[Path, int],
    failed: list[tuple[Path | str, str]],
    platforms: dict[Path, str],
    *,
    alone: bool,
) -> list[Path]:
    """The acquisitions at these paths. One bad path among several is reported, and the others are still examined.

    `unread` takes, by acquisition, how many of the folders that were searched with it may not be read; `platforms` the
    system that its phone seems to have.
    """
    found: list[Path] = []
    for path in paths:
        try:
            held = look_through(path)
            found += held.backups
            platforms.update(held.platforms)
            if held.unreadable:
                unread.update(dict.fromkeys(held.backups, held.unreadable))
                _log.warning(t("notice.unreadable_folders", n=held.unreadable, path=visible(str(path))))
            _name_passed_over("notice.archives_passed_over", [each.name for each in held.passed_over])
        except SousveilError as error:
            if alone:
                raise
            _log.error("%s", "\n".join(visible(part, 2000) for part in (error.message, error.hint) if part))
            codes.append(INTERNAL)
            failed.append((path, str(error)))
    return found


def _name_passed_over(notice: str, names: Sequence[str]) -> None:
    if names:
        _log.warning(t(notice, n=len(names), names=", ".join(visible(name, 100) for name in names[:3])))


def _stored(
    addresses: Sequence[str], codes: list[int], failed: list[tuple[Path | str, str]], *, alone: bool
) -> list[Stored]:
    """The acquisitions at these addresses, each once. One bad address among several is reported."""
    from sousveil.cases.stores import look_through_store

    found: dict[str, Stored] = {}
    for address in addresses:
        try:
            contents = look_through_store(address)
            found |= {one.address: one for one in contents.stored}
            _name_passed_over("notice.archives_passed_over", contents.passed_over)
            _name_passed_over("notice.names_passed_over", contents.bad_names)
        except SousveilError as error:
            if alone:
                raise
            _log.error("%s", "\n".join(visible(part, 2000) for part in (error.message, error.hint) if part))
            codes.append(INTERNAL)
            failed.append((address, str(error)))
    return list(found.values())


def indicators_for(args: Settings, platform: str) -> tuple[list[IndicatorSet], Index]:
    """What is looked for on phones of this system. Raises Usage for nothing at all; says which entries of a person's own
    files are left out."""
    from sousveil.indicators.index_cache import cache_dir
    from sousveil.indicators.model import Choices, Platform
    from sousveil.indicators.ready import ready

    sets, index = ready(
        args.indicators,
        bundled=not args.no_bundled,
        added=not args.no_bundled,
        cache=cache_dir(),
        platform=Platform(platform),
        choices=Choices(context_as_leads=args.context_as_leads),
    )
    if not any(one.count for one in sets):
        raise Usage(t("error.check.indicators_look"), hint=t("error.common.leave_out_bundled"))
    for one in sets:
        for skipped in () if one.bundled else one.skipped[:5]:
            entry, reason = defang(skipped.entry, 80), visible(skipped.reason)
            _log.warning(t("notice.skipped_entry", set=visible(one.name), entry=entry, reason=reason))
        if one.context and not one.bundled:
            _log.warning(f"{visible(one.name)}: {t('indicators.context_unused', n=len(one.context))}")
    return sets, index


def kept_indicators(args: Settings) -> Callable[[str], tuple[list[IndicatorSet], Index]]:
    """`indicators_for`, made once for all inputs of a process that look for the same."""
    key = (tuple(args.indicators), args.no_bundled, args.context_as_leads)
    return _kept.setdefault(key, cache(partial(indicators_for, args)))


_kept: dict[object, Callable[[str], tuple[list[IndicatorSet], Index]]] = {}


def worst(codes: Sequence[int]) -> int:
    """1 if any is 1, else 2, else 3, else 0."""
    return next((code for code in (1, 2, 3) if code in codes), 0)


def day(text: str | None, *, end: bool = False) -> str | None:
    """A date or time of the command line as ISO 8601 in UTC; a date stands for its beginning, or with `end` its end."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if end and len(text) <= 10:
            moment = moment.replace(hour=23, minute=59, second=59, microsecond=999_999)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)  # beyond the years 1 and 9999 there is no such time
    except (ValueError, OverflowError) as error:
        raise Usage(t("error.common.date", text=text), hint=t("error.check.write_t")) from error
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def outside(backup: Path, path: Path, what: str) -> None:
    """Raise Usage where `path` lies inside the backup: evidence is never changed."""
    inside, target = backup.resolve(), path.resolve()
    if target == inside or inside in target.parents:
        raise Usage(t("error.check.inside_backup_evidence", what=what), hint=t("error.common.choose_another_place"))


def transmissible(path: Path) -> None:
    """Raise Usage for a path that is no valid text: it could not be told to the processes that read."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise Usage(
            t("error.check.name_valid_text", path=str(path)),
            hint=t("error.check.rename_folder_give"),
        ) from None


__all__ = ["Checks", "Secret", "check", "day", "outside", "transmissible", "unlock", "worst"]
