"""The desk's verbs of `sousveil register`: bidders, watch, notice. Each gives an exit code."""

from __future__ import annotations

import argparse
import sys

from sousveil.answering import answer
from sousveil.desk import bidders as screening
from sousveil.desk.notice_verbs import notice, watch
from sousveil.desk.records import Ended, ScreeningRecord, alike, left_out, tied
from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.ledger import atomic
from sousveil.register.register import Register
from sousveil.register.verbs.acting import check_readable, read

OK, ENDED = 0, 1


def bidders(args: argparse.Namespace) -> int:
    """Make a screening record, or say whether one still holds."""
    check_readable(args.file)
    if args.check:
        return _check(args)
    for name in ("authority", "signature", "out"):
        if getattr(args, name) is None:
            raise Usage(f"--{name} is missing.", hint=f"The authority signs its list itself: {screening.SIGN}")
    check_readable(args.signature)
    if args.out.exists():
        raise Usage(f"{visible(str(args.out))} is there already.", hint="Name another file.")
    with Register.open(args.register) as register:
        data = screening.make(
            register,
            read(args.file, screening.MOST_BYTES + 1),
            authority=args.authority,
            signature=read(args.signature),
            tender=args.tender,
        )
        record, _ = screening.look(register, data)
    atomic.write_all(args.out.parent, {args.out.name: data}, mode=0o600)
    _print(record, None)
    print(f"The signed record is in {visible(str(args.out))}. Check it with --check.", file=sys.stderr)
    return OK


def _check(args: argparse.Namespace) -> int:
    with Register.open(args.register) as register:
        record, ended = screening.look(register, read(args.file))
    answer(lambda: sys.stdout.write(screening.as_csv(record)) if args.csv else _print(record, ended))
    return ENDED if ended else OK


def _print(record: ScreeningRecord, ended: Ended | None) -> None:
    """The record for people; what ended it first."""
    if ended is not None:
        print(f"This record does not hold: {ended.says}\n")
    print(
        f"Screening record of {visible(record.register_title, 200)}, made out to {visible(record.authority_name, 200)}."
    )
    print(f"Not a clearance. Day: {record.issued_on}. Ends on {record.expires_on}, or when a fact changes.")
    if record.tender:
        print(f"Tender: {visible(record.tender, 200)}")
    print(f"{record.bidders:,} bidders, {record.with_hits:,} with names alike on file; log size {record.log_size:,}.")
    for row in record.rows:
        if not row.hits:
            print(f"line {row.line}: {visible(row.name, 200)}: no name alike on file ({row.says})")
            continue
        print(f"line {row.line}: {visible(row.name, 200)}: {alike(row)} ({row.says})")
        if tied(row):
            print(f"  {visible(tied(row), 1000)}")
        if row.left_out:
            print(f"  {left_out(row)}")
        for hit in row.hits:
            print(f"  {hit.score:.2f}  {visible(hit.name, 200)}  {hit.entity}")
            if hit.could_be:
                print(f"        {visible(hit.could_be, 500)}")
            for about in hit.about:
                print(f"        on file: {visible(about, 500)}")
            for harm in hit.harms:
                print(f"        harm on file: {visible(harm, 1000)}")
            for path in hit.path:
                print(f"        ownership: {visible(path, 500)}")
            for reply in hit.replies:
                print(f"        reply: {visible(reply, 500)}")
    for one in record.not_screened:
        print(f"line {one.line}: not screened: {visible(one.problem, 200)} ({one.says})")


__all__ = ["bidders", "notice", "watch"]
