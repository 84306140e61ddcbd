"""The verbs that check or copy a register from outside: verify, monitor, mirror. Each gives an exit code."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sousveil.answering import answer
from sousveil.errors import SousveilError
from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.monitor import Alarm, AlarmKind
from sousveil.ledger.policy import Policy, parse_policy
from sousveil.register.folder import find
from sousveil.register.verbs.acting import read

if TYPE_CHECKING:
    from sousveil.register.monitor import Monitor

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
    text = msgspec.json.format(msgspec.json.encode(report), indent=2).decode() if args.json else report.text()
    answer(lambda: print(text))
    return report.code


WHAT_NOW = {
    AlarmKind.UNREACHABLE: "Nothing was taken over. Look again later; if files stay away that the log has signed for, ask the operator.",
    AlarmKind.SIGNATURE: "Nothing was taken over. Is this the register that this monitor follows, and is its key the right one?",
    AlarmKind.ROLLBACK: "An old copy, or a log that was cut. Nothing was taken over; the operator signed both sizes. If it does "
    "not grow beyond what was seen, keep the files and ask the operator.",
    AlarmKind.FORK: "The log signed both, so there are two histories of it. Believe neither, keep the files, and show them to the "
    "operator, the witnesses and other readers.",
    AlarmKind.REWRITE: "Nothing was taken over. Look at another mirror: if all is well there, this copy is damaged or edited; if not, "
    "the log signed a second history. Keep the files then, and show them to the operator, the witnesses and other readers.",
    AlarmKind.QUORUM: "The log only grew, but what is new could still be rewritten. Look again in some minutes; if it stays so, "
    "ask the operator why the witnesses are silent.",
    AlarmKind.ENTRY: "The log was followed further all the same. `sousveil register verify` names the first thing that does not hold.",
    AlarmKind.KEY: "If it is in your name and you did not ask for it, tell the operator at once.",
    AlarmKind.WATCHED: "If you did not publish it, tell the operator at once that your key is in other hands.",
}
"""What whoever reads an alarm can do."""


def monitor(args: argparse.Namespace) -> int:
    """Follow a register; 1 as soon as there is something to look at, 0 otherwise."""
    from sousveil.register.monitor import Monitor

    target = _target(args)
    state = args.state or Path("monitor-state")
    watching = Monitor(state, target, policy=_policy(args.policy), watch=args.watch)
    if watching.key_from_log:
        print(
            "The log's key was taken from the log itself; compare it with one you were given elsewhere (--policy FILE).",
            file=sys.stderr,
        )
    wrong, heard = False, True
    while True:
        before = watching.last
        try:
            alarms = watching.look()
        except SousveilError as error:
            if args.every is None:
                raise
            print(f"sousveil: {error}", file=sys.stderr, flush=True)
        else:
            wrong = wrong or bool(alarms)
            text = _told(watching, alarms)
            heard = answer(partial(print, text, end="")) and heard
            if (last := watching.last) is not None and last != before:
                print(_followed(before, last, state), file=sys.stderr, flush=True)
            elif last is not None and not alarms:
                print(f"{last.origin}: still {last.size:,} entries", file=sys.stderr, flush=True)
        if args.every is None or not heard:  # whoever follows the alarms has gone: nobody would learn of the next
            return DIFFERS if wrong else OK
        time.sleep(args.every)


def _told(watching: Monitor, alarms: Sequence[Alarm]) -> str:
    """Each alarm as a line; below it what was kept, and once for each kind what to do. All is kept before the first is told."""
    lines: list[str] = []
    for number, alarm in enumerate(alarms):
        lines.append(f"{alarm}\n")
        signed = "" if alarm.kind is AlarmKind.SIGNATURE else ", signed by the log"
        lines += (f"  kept{signed}: {path}\n" for path in watching.keep(alarm))
        if all(alarm.kind is not one.kind for one in alarms[number + 1 :]):
            lines.append(f"  {WHAT_NOW[alarm.kind]}\n")
    return "".join(lines)


def _followed(before: Checkpoint | None, last: Checkpoint, state: Path) -> str:
    if before is None:
        return f"{last.origin}: {last.size:,} entries read for the first time and remembered in {state}"
    return f"{last.origin}: {last.size:,} entries, grown from {before.size:,} without a rewrite"


def mirror(args: argparse.Namespace) -> int:
    """Keep a mirror; 1 as soon as the log is not what it was, 0 otherwise."""
    from sousveil.register.mirror import Mirror

    kept = Mirror(args.to, _target(args), policy=_policy(args.policy))
    wrong, heard = False, True
    while True:
        try:
            done = kept.look()
        except SousveilError as error:
            if args.every is None:
                raise
            print(f"sousveil: {error}", file=sys.stderr, flush=True)
        else:
            wrong = wrong or bool(done.alarms)
            text = "".join(f"{alarm}\n" for alarm in done.alarms)
            heard = answer(partial(print, text, end="")) and heard
            if done.alarms:
                print(
                    "`sousveil register monitor` keeps the proof of it and says what to do.",
                    file=sys.stderr,
                    flush=True,
                )
            print(f"{done.size:,} entries, {done.erased:,} statements deleted", file=sys.stderr, flush=True)
        if args.every is None or not heard:
            return DIFFERS if wrong else OK
        time.sleep(args.every)
