"""`sousveil register audit`: is the audit log whole, and does it continue what somebody kept?"""

from __future__ import annotations

import argparse

from sousveil.answering import answer
from sousveil.kinds import visible
from sousveil.ledger.disagreement import Disagreement
from sousveil.register.audit import open_audit
from sousveil.register.folder import find
from sousveil.register.verbs.acting import read

OK, DIFFERS = 0, 1


def audit(args: argparse.Namespace) -> int:
    """Check it; the first thing that is wrong is named."""
    log = open_audit(find(args.register))
    known = read(args.known, 1 << 16) if args.known is not None else None
    try:
        count = log.verify(known, vkey=args.vkey)
    except Disagreement as error:
        text = f"DIFFERS: {error}"
        answer(lambda: print(text))
        return DIFFERS
    print(f"{count:,} lines; all holds" + (", and what you kept is continued." if known is not None else "."))
    print(f"Key: {args.vkey or log.vkey()}")
    for one in log.read(limit=args.show) if args.show else ():
        print(f"{one.n}  {one.at}  {one.account} ({one.role})  {one.act} {one.stage}  {visible(one.of, 200)}")
    return OK
