"""A check: from the paths that a person names to verdicts, files and an exit code."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
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
from sousveil.errors import SousveilError, Usage
from sousveil.kinds import defang, number_of, visible

if TYPE_CHECKING:
    from sousveil.cases.examining import Checked
    from sousveil.cases.model import Case
    from sousveil.indicators.index import Index
    from sousveil.indicators.model import IndicatorSet

INTERNAL = 2


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checks:
    """What came of one call: the cases in the order of the backups, without those that could not be examined."""

    cases: Sequence[Case]
    several: bool
    """Whether more than one path or backup was given."""
    exit_code: int
    """1 if any backup has traces; else 2 if any could not be examined; else 3 if anything was not read; else 0."""


def check(args: Settings, present: Callable[[Checked], object], *, alone: bool = False) -> Checks:
    """Examine every backup at the given paths; `present` gets each result. Raises SousveilError where the only one fails."""
    codes: list[int] = []
    unread: dict[Path, int] = {}
    found = _found(args.paths, codes, unread)
    backups = list({backup.resolve(): backup for backup in reversed(found)}.values())[::-1]
    several_given = len(args.paths) > 1 or len(backups) > 1
    if alone and several_given:
        raise Usage(
            f"{visible(str(args.paths[0]))} contains {len(backups)} backups.", hint="Give the folder of one backup."
        )
    for backup in list(backups):
        try:
            transmissible(backup)
        except Usage as error:
            backups.remove(backup)
            if not backups:
                raise
            _log.error("%s", visible(str(error), 2000))
            codes.append(INTERNAL)
    secret = Secret(args, password=args.password, ask=args.ask)
    if not args.no_files:
        for backup in backups:
            outside(backup, args.out if args.out is not None else Path("case"), "the case folder")
    cases: list[Case] = []
    phases = Phases()
    jobs = args.jobs or default_jobs(scan=not args.no_scan)
    with (
        Pool(jobs, require_sandbox=args.require_sandbox) as pool,
        Opening(pool, backups[0], secret) as opening,
    ):
        from sousveil.cases.examining import Run  # heavy: meanwhile a worker opens the first backup

        sets, index = _indicators(args)
        run = Run(args, pool, index, sets, several=several_given)
        run.prepare()
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
                if not several_given:
                    raise
                _log.error("%s: %s", visible(str(backup)), visible(str(error), 2000))
                codes.append(INTERNAL)
                continue
            except Exception as error:
                if isinstance(error, OSError) and unwritable(error):
                    raise  # nobody would see the answers to the others either
                # An error of ours in one backup must not keep the others from being looked at.
                if not several_given:
                    raise
                _log.error("%s: an error inside the program; this backup has no answer.", visible(str(backup)))
                _log.debug("%s", traceback.format_exc())
                codes.append(INTERNAL)
                continue
            codes.append(checked.exit_code)
            cases.append(checked.case)
            present(checked)
    return Checks(cases, several_given, worst(codes))


def _found(paths: Sequence[Path], codes: list[int], unread: dict[Path, int]) -> list[Path]:
    """The backups at these paths. One bad path among several is told and keeps no other from being looked at.

    `unread` takes, by backup, how many of the folders that were searched with it may not be read.
    """
    found: list[Path] = []
    for at, path in enumerate(paths, 1):
        try:
            held = look_through(path)
            found += held.backups
            if held.unreadable:
                unread.update(dict.fromkeys(held.backups, held.unreadable))
                folders = number_of(held.unreadable, "folder")
                _log.warning(
                    "%s in %s may not be read by this user; what lies there was not looked at.",
                    folders,
                    visible(str(path)),
                )
        except SousveilError as error:
            if not found and at == len(paths):
                raise
            _log.error("%s", "\n".join(visible(part, 2000) for part in (error.message, error.hint) if part))
            codes.append(INTERNAL)
    return found


def _indicators(args: Settings) -> tuple[list[IndicatorSet], Index]:
    """What is looked for. Raises Usage for nothing at all; says which entries of a person's own files are left out."""
    from sousveil.indicators.index_cache import cache_dir
    from sousveil.indicators.model import Choices, Platform
    from sousveil.indicators.ready import ready

    sets, index = ready(
        args.indicators,
        bundled=not args.no_bundled,
        added=not args.no_bundled,
        cache=cache_dir(),
        platform=Platform.IOS,
        choices=Choices(context_as_leads=args.context_as_leads),
    )
    if not any(one.count for one in sets):
        raise Usage(
            "there is not one indicator to look for.", hint="Leave out --no-bundled, or name a file with --indicators."
        )
    for one in sets:
        for skipped in () if one.bundled else one.skipped[:5]:
            _log.warning("%s: skipped %s: %s", visible(one.name), defang(skipped.entry, 80), visible(skipped.reason))
        if one.context and not one.bundled:
            _log.warning(
                "%s: %s not used, because their publisher marked them as context only. --context-as-leads takes them as leads.",
                visible(one.name),
                f"{len(one.context):,}",
            )
    return sets, index


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
        raise Usage(f"{text!r} is not a date.", hint="Write it as 2021-07-18 or 2021-07-18T09:30.") from error
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


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


__all__ = ["Checks", "Secret", "check", "day", "outside", "transmissible", "unlock", "worst"]
