"""The verbs backup and restore. Each gives an exit code."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.register.backup import back_up, open_keys, save_keys
from sousveil.register.backup import restore as restore_backup
from sousveil.register.register import Register

OK, DIFFERS = 0, 1
_KEYLESS = (
    "The restored register can be read and verified. To write it needs its private keys: {}. "
    "Restore again with --keys FILE --identity FILE."
)
_WAITING = (
    "Mails and calls that waited when the backup was made: {:,}. Look whether each was sent since, then retry or drop it in the "
    "staff's outbox. Until then none of them leaves."
)
_UNWITNESSED = (
    "This register has no witness to ask. Compare it with every mirror before you publish: if the log has grown since this backup, "
    "restore again with --mirror."
)


def backup(args: argparse.Namespace) -> int:
    """Write a backup, and the keys into a file of their own."""
    if bool(args.keys) != bool(args.keys_to):
        raise Usage(
            "The keys need a file and a recipient.",
            hint="Say --keys FILE --keys-to age1...; `age-keygen` makes an age key.",
        )
    with Register.open_or_read(args.register, database=args.database) as register:
        if args.keys:
            save_keys(register, args.keys, args.keys_to)
        try:
            manifest, report = back_up(register, args.backup)
        except BaseException:
            if args.keys:
                args.keys.unlink()
            raise
        watched = bool(register.witnesses.asked)
    size = sum(one.size for one in manifest.files.values())
    print(f"{visible(str(args.backup))}: {manifest.size:,} entries, {len(manifest.files):,} files, {size:,} bytes.")
    print(f"Root {manifest.root}")
    print(
        f"The private keys are in {visible(str(args.keys))}, encrypted. Keep them in another place than the backup."
        if args.keys
        else "The private keys are not in it; --keys FILE --keys-to age1... writes them."
    )
    print("It holds unpublished texts and accounts of the staff: keep it on an encrypted disk.")
    if not watched:
        print("This register has no witness: nobody can tell later that a backup is old.", file=sys.stderr)
    if report.difference is not None:
        print(f"The register does not hold: {report.difference} The backup is kept as it is.", file=sys.stderr)
        return DIFFERS
    return OK


def restore(args: argparse.Namespace) -> int:
    """Make a register out of a backup; 1 where it signs nothing yet."""
    if bool(args.keys) != bool(args.identity):
        raise Usage("The keys need their file and an identity.", hint="Say --keys FILE --identity FILE.")
    keys = open_keys(args.keys, args.identity) if args.keys else None
    mirror = args.mirror if args.mirror is None or "://" in args.mirror else Path(args.mirror)
    done = restore_backup(args.backup, args.folder, database=args.database, keys=keys, mirror=mirror)
    print(done.report.text())
    print(f"Restored from the backup of {done.manifest.made}.")
    if mirror is not None:
        print(f"Entries added from the mirror: {done.added:,}.")
    if done.lists:
        names = ", ".join(done.lists)
        print(f"Load these lists again (sousveil register load NAME PATH); their rows are not public: {names}.")
    if done.waiting:
        print(_WAITING.format(done.waiting))
    if done.missing:
        print(_KEYLESS.format(", ".join(done.missing)))
    elif not done.witnessed:
        print(_UNWITNESSED)
    if done.stopped is not None:
        print(f"sousveil: {done.stopped.message}\n{done.stopped.hint}", file=sys.stderr)
        print("Until then the register can be read, and it signs nothing.", file=sys.stderr)
        return DIFFERS
    return OK
