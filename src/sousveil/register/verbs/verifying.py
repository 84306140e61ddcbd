"""The verbs that check or copy a register from outside: verify, monitor, mirror. Each gives an exit code."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import msgspec

from sousveil.errors import SousveilError
from sousveil.ledger.policy import Policy, parse_policy
from sousveil.register.folder import find
from sousveil.register.verbs.acting import read

OK, DIFFERS = 0, 1


def _policy(path: Path | None) -> Policy | None:
    return parse_policy(read(path, 1 << 20)) if path is not None else None


def _target(args: argparse.Namespace) -> str | Path:
    if args.target is None:
        return find(args.register)
    return str(args.target) if "://" in str(args.target) else Path(args.target)


def verify(args: argparse.Namespace) -> int:
    """Check the whole register; 0 all holds, 1 the first difference is named."""
    from sousveil.register.verify import verify as check

    report = check(_target(args), receipt=args.receipt, policy=_policy(args.policy), go=not args.no_go)
    if args.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    else:
        print(report.text())
    return report.code


def monitor(args: argparse.Namespace) -> int:
    """Follow a register; 1 as soon as something is wrong with its growth, 0 otherwise."""
    from sousveil.register.monitor import Monitor

    target = _target(args)
    state = args.state or Path("monitor-state")
    watching = Monitor(state, target, policy=_policy(args.policy), watch=args.watch)
    wrong = False
    while True:
        try:
            alarms = watching.look()
        except SousveilError as error:
            if args.every is None:
                raise
            print(f"sousveil: {error}", file=sys.stderr, flush=True)
        else:
            for alarm in alarms:
                print(alarm, flush=True)
            wrong = wrong or bool(alarms)
            last = watching.last
            if last is not None and not alarms:
                print(f"{last.origin}: {last.size:,} entries, grown without a rewrite", file=sys.stderr, flush=True)
        if args.every is None:
            return DIFFERS if wrong else OK
        time.sleep(args.every)


def mirror(args: argparse.Namespace) -> int:
    """Keep a mirror; 1 as soon as the log is not what it was, 0 otherwise."""
    from sousveil.register.mirror import Mirror

    kept = Mirror(args.to, _target(args), policy=_policy(args.policy))
    wrong = False
    while True:
        try:
            done = kept.look()
        except SousveilError as error:
            if args.every is None:
                raise
            print(f"sousveil: {error}", file=sys.stderr, flush=True)
        else:
            for alarm in done.alarms:
                print(alarm, flush=True)
            wrong = wrong or bool(done.alarms)
            print(f"{done.size:,} entries, {done.erased:,} statements deleted", file=sys.stderr, flush=True)
        if args.every is None:
            return DIFFERS if wrong else OK
        time.sleep(args.every)
