"""The verb `check`: arguments in, answer and exit code out. It knows the public interface and nothing else of ours."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import sousveil
from sousveil.answering import answer

if TYPE_CHECKING:
    from sousveil import Result


def check(args: argparse.Namespace) -> int:
    """Check every backup at the given paths; the exit code of the worst."""
    since, until = sousveil.day(args.since), sousveil.day(args.until, end=True)

    def show(result: Result) -> None:
        if not args.json:
            answer(lambda: result.write(sys.stdout, since=since, until=until, full=args.full))

    settings = sousveil.Settings(
        paths=[place for place in args.paths if not isinstance(place, str)],
        addresses=[place for place in args.paths if isinstance(place, str)],
        password_file=args.password_file,
        key_file=args.key_file,
        identity=args.identity,
        ask=True,
        indicators=args.indicators,
        no_bundled=args.no_bundled,
        context_as_leads=args.context_as_leads,
        out=None if isinstance(args.out, str) else args.out,
        destination=args.out if isinstance(args.out, str) else None,
        no_files=args.no_files,
        case_recipient=args.case_recipient,
        full_records=args.full_records,
        skip=args.skip,
        no_scan=args.no_scan,
        suppress=args.suppress,
        jobs=args.jobs,
        label=args.label,
        examiner=args.examiner,
        timezone=args.timezone,
        require_sandbox=args.require_sandbox,
        progress=True,
        at_once=True,
        resume=args.resume,
        on=args.on,
        certificates=args.certificates,
        arguments=sys.argv[1:],
    )
    try:
        checks = sousveil.check_all(settings, show)
    except sousveil.SousveilError as error:
        if args.json:
            failed = sousveil.Checks.failed(settings, error).to_json()
            answer(lambda: sys.stdout.buffer.write(failed))
        raise
    if args.json:
        out = checks.to_json()
        answer(lambda: sys.stdout.buffer.write(out))
    else:
        answer(lambda: sys.stdout.write(checks.summary()))
    return checks.exit_code
