"""The verb `check`: from the paths that a person names to a verdict, files and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sousveil.acquisition.find import look_through
from sousveil.acquisition.model import Limit
from sousveil.answering import answer, unwritable
from sousveil.cases.opening import Opening, Secret, default_jobs, unlock
from sousveil.cases.phases import Phases
from sousveil.cases.pool import Pool
from sousveil.errors import SousveilError, Usage
from sousveil.kinds import defang, number_of, visible

if TYPE_CHECKING:
    from sousveil.cases.many import Input
    from sousveil.indicators.index import Index
    from sousveil.indicators.model import IndicatorSet

INTERNAL = 2


def check(args: argparse.Namespace) -> int:
    """Examine every backup at the given paths; the exit code of the worst."""
    since, until = day(args.since), day(args.until, end=True)
    failed: list[Input] = []
    codes: list[int] = []
    unread: dict[Path, int] = {}
    found = _found(args.paths, codes, unread, failed, args.label or "")
    backups = list({backup.resolve(): backup for backup in reversed(found)}.values())[::-1]
    several_given = len(args.paths) > 1 or len(backups) > 1
    for backup in list(backups):
        try:
            transmissible(backup)
        except Usage as error:
            backups.remove(backup)
            if not backups:
                raise
            print(f"sousveil: {visible(str(error), 2000)}", file=sys.stderr)
            failed.append(failure(backup, str(error), args.label or ""))
    secret = Secret(args)
    if not args.no_files:
        for backup in backups:
            outside(backup, args.out if args.out is not None else Path("case"), "the case folder")
    inputs: list[Input] = []
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
                done = run.one(backup, opened, phases, since, until, last=backup is backups[-1])
            except SousveilError as error:
                if not several_given:
                    raise
                print(f"sousveil: {visible(str(backup))}: {visible(str(error), 2000)}", file=sys.stderr)
                done = failure(backup, str(error), args.label or "")
            except Exception as error:
                if isinstance(error, OSError) and unwritable(error):
                    raise  # nobody would see the answers to the others either
                # An error of ours in one backup must not keep the others from being looked at.
                if not several_given:
                    raise
                print(
                    f"sousveil: {visible(str(backup))}: an error inside the program; this backup has no answer.",
                    file=sys.stderr,
                )
                if os.environ.get("SOUSVEIL_DEBUG"):
                    traceback.print_exc()
                done = failure(backup, "an error inside the program", args.label or "")
            inputs.append(done)
    inputs += failed
    _finish(args, inputs, several=several_given)
    return worst([*codes, *(one.exit_code for one in inputs)])


def failure(path: Path, why: str, label: str) -> Input:
    """What came of an input that gave no case."""
    from sousveil.cases.many import Input

    return Input(path=str(path), label=label, exit_code=INTERNAL, error=visible(why, 2000))


def _finish(args: argparse.Namespace, inputs: Sequence[Input], *, several: bool) -> None:
    """Print the JSON of all inputs, or the table of several; write the page beside their cases."""
    from sousveil.cases.many import inputs_json, table, write_index
    from sousveil.cases.outputs import findings_json

    lines: list[str] = []
    if several and not args.no_files and any(one.folder for one in inputs):
        index = write_index(args.out or Path(), inputs, args.case_recipient)
        lines = ["", f"All cases on one page: {visible(str(index))}"]
    if args.json:
        (first, *_) = inputs
        out = findings_json(first.case) if not several and first.case is not None else inputs_json(inputs)
        answer(lambda: sys.stdout.buffer.write(out))
    elif several:
        answer(lambda: print("\n".join(["=== Summary ===", *table(inputs), *lines])))


def _found(
    paths: Sequence[Path], codes: list[int], unread: dict[Path, int], failed: list[Input], label: str
) -> list[Path]:
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
                print(
                    f"sousveil: {folders} in {visible(str(path))} may not be read by this user; what lies there was not "
                    "looked at.",
                    file=sys.stderr,
                )
        except SousveilError as error:
            if not found and at == len(paths):
                raise
            print(f"sousveil: {visible(error.message, 2000)}", file=sys.stderr)
            if error.hint:
                print(visible(error.hint, 2000), file=sys.stderr)
            failed.append(failure(path, str(error), label))
    return found


def _indicators(args: argparse.Namespace) -> tuple[list[IndicatorSet], Index]:
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
            print(
                f"sousveil: {visible(one.name)}: skipped {defang(skipped.entry, 80)}: {visible(skipped.reason)}",
                file=sys.stderr,
            )
        if one.context and not one.bundled:
            print(
                f"sousveil: {visible(one.name)}: {len(one.context):,} not used, because their publisher marked them as "
                "context only. --context-as-leads takes them as leads.",
                file=sys.stderr,
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


__all__ = ["Secret", "check", "day", "outside", "transmissible", "unlock", "worst"]
