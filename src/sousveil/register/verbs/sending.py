"""`publish FILE --to URL`: sign here, hand in to a register that is kept elsewhere, check the receipt."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.policy import parse_policy
from sousveil.register.admission import Held, Published
from sousveil.register.model import Statement
from sousveil.register.publication import File, read_submission
from sousveil.register.remote import Remote
from sousveil.register.remote_known import RemoteKnown
from sousveil.register.verbs import outside
from sousveil.register.verbs.acting import read
from sousveil.register.verbs.publishing import (
    attached,
    case_statements,
    check_case,
    check_package,
    check_signed,
    is_package,
    is_statements,
    outcome,
    package_statements,
    statements_in,
)


def publish(args: argparse.Namespace) -> int:
    """Hand it in, and say what became of it; where it takes several entries, of each."""
    check_signed(args)
    if args.prepare is not None:
        raise Usage(
            "What is prepared is handed in later.", hint="Leave --to out now; say it together with --signature."
        )
    remote = Remote(args.to, parse_policy(read(args.policy, 1 << 20)) if args.policy else None)
    done = _hand_in(remote, args)
    print(f"{visible(remote.title)} ({visible(remote.origin)}) at {visible(remote.address)}", file=sys.stderr)
    if remote.key_from_log:
        print(
            "The log's key was taken from the log itself; to check it against one that you were given elsewhere: --policy FILE.",
            file=sys.stderr,
        )
    for number, one in enumerate(done):
        path: Path | None = args.receipt
        if path is not None and number:
            path = path.with_name(f"{path.stem}-{number + 1}{path.suffix}")
        outcome(one, path)
    return 0


def _hand_in(remote: Remote, args: argparse.Namespace) -> Sequence[Published | Held]:
    if args.file.is_dir() and args.signature:
        return [remote.submit(outside.submission(args.file, [read(one, 1 << 16) for one in args.signature]))]
    data = b"" if args.file.is_dir() else read(args.file)
    if not args.file.is_dir() and not is_package(data):
        if not is_statements(data):
            if args.key is not None:
                raise Usage("This submission is signed already.", hint="Leave --key out.")
            return [remote.submit(read_submission(data))]
        made = statements_in(args.file, data)
        return _published(remote, args, made, args.owner or (made[0].publisher if made else ""), attached(args))
    (check_case if args.file.is_dir() else check_package)(args)
    if not args.owner:
        raise Usage(
            "Say in whose name this is published.",
            hint="--owner NAME: the owner of the key, as it stands in the register.",
        )
    if args.file.is_dir():
        return _published(remote, args, case_statements(args, args.owner), args.owner, [])
    known = RemoteKnown(remote)
    made, files = package_statements(args, data, args.owner, known)
    for line in known.taken:  # before it is signed: the register is believed in this, and whoever signs should see it
        print(f"sousveil: {visible(line, 1000)}", file=sys.stderr)
    return _published(remote, args, made, args.owner, files)


def _published(
    remote: Remote, args: argparse.Namespace, made: Sequence[Statement], owner: str, files: Sequence[File]
) -> Sequence[Published | Held]:
    if args.key is None:
        raise Usage("Statements are signed when they are published.", hint="Say --key FILE.")
    return remote.publish(made, PrivateKey.load(args.key), owner=owner, attachments=files)
