"""Acts on a register that is kept elsewhere: publish, judge, retract, vouch, review, replace or end a key; and the pairs that wait there.

`--to URL` signs here, hands in over the network and checks the receipt. `--prepare DIR` writes what is to be signed by a key that is kept
elsewhere; `publish DIR --signature FILE --to URL` hands it in.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.ledger.keys import PrivateKey
from sousveil.ledger.policy import parse_policy
from sousveil.register import codes
from sousveil.register import entries as log
from sousveil.register.admission import Held, Published
from sousveil.register.model import Statement
from sousveil.register.publication import File, Submission, read_submission, sign
from sousveil.register.remote import Remote
from sousveil.register.remote_known import RemoteKnown
from sousveil.register.store.writing import utc_now
from sousveil.register.verbs import outside
from sousveil.register.verbs.acting import code, private, public_key, read, review_of, revoke_reason
from sousveil.register.verbs.judging import show_pairs, statements
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
    remote = _remote(args)
    _print(remote, _hand_in(remote, args), args.receipt)
    return 0


def _remote(args: argparse.Namespace) -> Remote:
    return Remote(args.to, parse_policy(read(args.policy, 1 << 20)) if args.policy else None)


def _print(remote: Remote, done: Sequence[Published | Held], path: Path | None) -> None:
    print(f"{visible(remote.title)} ({visible(remote.origin)}) at {visible(remote.address)}", file=sys.stderr)
    if remote.key_from_log:
        print(
            "The log's key was taken from the log itself; to check it against one that you were given elsewhere: --policy FILE.",
            file=sys.stderr,
        )
    for number, one in enumerate(done):
        outcome(one, path.with_name(f"{path.stem}-{number + 1}{path.suffix}") if path is not None and number else path)


def judge(args: argparse.Namespace) -> int:
    """Publish a person's judgement on two records of a register elsewhere."""
    if args.to is None or not args.owner:
        raise Usage(
            "A judgement for a register that is kept elsewhere names that register and whose judgement it is.",
            hint="Say --to URL and --owner NAME: the owner of the key, as it stands in the register.",
        )
    remote = _remote(args)
    made = statements(args, args.owner, person=args.person)
    if args.prepare is not None:
        return _prepared(outside.prepare(args.prepare, made, owner=args.owner, example=remote.example), args.to)
    _print(remote, remote.publish(made, private(args.key), owner=args.owner), None)
    return 0


def pairs(args: argparse.Namespace) -> int:
    """Show pairs of a register elsewhere that somebody should judge."""
    show_pairs(RemoteKnown(_remote(args)).pairs(args.dataset), args.limit, args.to)
    return 0


def retract(args: argparse.Namespace) -> int:
    """Take statements back in a register elsewhere."""
    reason = code(codes.RetractReason, args.reason, "--reason")
    return _entry(args, log.Retract(ids=tuple(dict.fromkeys(args.ids)), reason=reason, made=utc_now()), args.key)


def key(args: argparse.Namespace) -> int:
    """Vouch for a key of a register elsewhere, end it, or replace one's own."""
    if args.act == "rotate":
        old, new = PrivateKey.load(args.old), PrivateKey.load(args.new)
        payload: log.Payload = log.KeyRotate(key=old.public.raw.hex(), new=new.public.raw.hex(), made=utc_now())
        remote = _remote(args)
        _print(remote, [remote.submit(Submission(envelope=sign(log.encode(payload), old, new)))], None)
        return 0
    payload = log.Voucher(key=public_key(args.key), made=utc_now())
    if args.act == "revoke":
        since, reason = args.compromised_since, revoke_reason(args)
        payload = log.KeyRevoke(key=payload.key, reason=reason, compromised_since=since, made=utc_now())
    return _entry(args, payload, args.by)


def review(args: argparse.Namespace) -> int:
    """Give a reviewer's word on what a register elsewhere holds back."""
    if args.id is None:
        raise Usage("What is held is not public.", hint="The register's staff pages show it to reviewers. Say its ID.")
    return _entry(args, review_of(args), args.key)


def _entry(args: argparse.Namespace, payload: log.Payload, key: Path | None) -> int:
    """Prepare an entry without statements, or sign it and hand it in."""
    data = log.encode(payload)
    if args.prepare is not None:
        return _prepared(outside.write(args.prepare, data, outside.beside(())), args.to)
    remote, signer = _remote(args), private(key)
    _print(remote, [remote.submit(Submission(envelope=sign(data, signer)))], None)
    return 0


def _prepared(file: Path, address: str | None) -> int:
    print(f"Sign this file: {outside.SIGN} {file}")
    print(
        f"Then hand it in: sousveil register publish {file.parent} --signature {file}.sig{f' --to {address}' if address else ''}"
    )
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
