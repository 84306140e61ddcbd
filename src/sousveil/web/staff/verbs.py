"""`sousveil register staff invite | list | disable`: accounts, by whoever works on the register's machine."""

from __future__ import annotations

import argparse
import sys
from contextlib import AbstractContextManager

from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.register.audit import CONSOLE, AuditEntry, open_audit
from sousveil.register.folder import Folder, find
from sousveil.register.keyring import Keyring
from sousveil.register.register import Register
from sousveil.web.staff.database import prepare
from sousveil.web.staff.owners import check_owner

OK = 0


def _open(args: argparse.Namespace) -> Keyring:
    folder = find(args.register)
    with Register.open(folder) as register:
        ring = register.store.keyring()
    prepare(folder)
    return ring


def _audited(args: argparse.Namespace, act: str, of: str) -> AbstractContextManager[AuditEntry]:
    return open_audit(find(args.register)).act(act, CONSOLE, "operator", of)


def invite(args: argparse.Namespace) -> int:
    """A new account, or a new link for one."""
    ring = _open(args)
    from sousveil.web.staff import models

    if not args.again:
        check_owner(ring, args.role, args.owner, args.seat)
    with _audited(args, "account.invite", args.pseudonym[:40]):
        secret = models.invite(args.pseudonym, args.role, owner=args.owner, seat=args.seat, again=args.again)
    print(
        f"For {args.pseudonym}, once, within {models.INVITATION_HOURS} hours; it is not shown again:", file=sys.stderr
    )
    print(f"{Folder(find(args.register)).config().staff_address}/staff/invitation/{secret}/")
    return OK


def list(args: argparse.Namespace) -> int:
    """All accounts."""
    _open(args)
    from sousveil.web.staff.models import Account

    for one in Account.objects.order_by("pseudonym"):
        ended = "" if one.is_active else "  ended"
        print(f"{one.pseudonym}  {one.role}  {visible(one.owner, 400)}  {visible(one.seat)}".rstrip() + ended)
    return OK


def disable(args: argparse.Namespace) -> int:
    """End one."""
    _open(args)
    from sousveil.web.staff.models import Account, end_sessions
    from sousveil.web.staff.signing import take_back_reviews

    account = Account.objects.filter(pseudonym=args.pseudonym).first()
    if account is None:
        raise Usage(f"There is no account {visible(args.pseudonym[:40])!r}.")
    with _audited(args, "account.disable", account.pseudonym):
        account.is_active = False
        account.save()
        end_sessions(account)
        with Register.open(find(args.register)) as register:
            taken = take_back_reviews(register, account)
    if taken:
        print(
            f"{taken} of its reviews do not count any more; what they were of waits for reviewers again.",
            file=sys.stderr,
        )
    print(f"{account.pseudonym} has ended; it is signed out everywhere.", file=sys.stderr)
    return OK
