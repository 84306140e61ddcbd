"""The verbs of the public register. `cli.py` hands over here; heavy modules are imported inside the verbs."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from sousveil.register.verbs import arguments


def add_parsers(verbs: Any, parser_class: type[argparse.ArgumentParser], count: Callable[[str], int]) -> None:
    """Add `register`, `serve` and `worker` to the command line; `count` reads a number from 1 on."""
    register = verbs.add_parser(
        "register",
        help="the public register: publish, verify, search, screen, export",
        description="The public register of surveillance technology: who makes, sells, funds, licenses, buys and uses it.",
    )
    arguments.add_verbs(register, parser_class, count)

    serve = verbs.add_parser("serve", help="serve the register's pages and API")
    serve.add_argument("--register", type=Path, metavar="DIR", help="the register's folder")
    serve.add_argument("--host", default="127.0.0.1", help="where it listens")
    serve.add_argument("--port", type=int, default=8000, metavar="PORT", help="where it listens")
    serve.add_argument("--database", metavar="postgresql://...", help="instead of the one in register.toml")
    serve.add_argument("--workers", type=count, default=1, metavar="N", help="processes")
    serve.add_argument(
        "--staff",
        nargs="?",
        const="",
        metavar="ADDRESS:PORT",
        help="where the staff's pages listen (default: the next port of this machine, when the register has accounts)",
    )
    serve.add_argument("--no-staff", action="store_true", help="without the staff's pages")

    worker = verbs.add_parser("worker", help="do what is waiting: index, prepared pages, suppression lists")
    worker.add_argument("--register", type=Path, metavar="DIR", help="the register's folder")
    worker.add_argument("--database", metavar="postgresql://...", help="instead of the one in register.toml")
    worker.add_argument("--once", action="store_true", help="end when nothing is waiting")


def run(args: argparse.Namespace) -> int:
    """Do one verb of `sousveil register`."""
    if args.does in ("publish", "review", "judge"):
        from sousveil.decisions.api import gate

        args.gate = gate
    afar = args.does in ("review", "judge", "retract", "key") and getattr(args, "prepare", None) is not None
    if afar or (args.does != "mirror" and getattr(args, "to", None) is not None):
        from sousveil.register.verbs import sending

        return _verb(sending, args)
    if args.does == "publish":
        from sousveil.register.verbs import publishing

        return _verb(publishing, args)
    if args.does in ("init", "imprint", "load", "key", "review", "consent", "retract", "erase", "repair"):
        from sousveil.register.verbs import acting

        return _verb(acting, args)
    if args.does == "witness":
        from sousveil.ledger.witness_server import open_witness
        from sousveil.ledger.witness_server import serve as serve_witness

        serve_witness(open_witness(args.state, args.name, args.log), args.host, args.port)
        return 0
    if args.does in ("bidders", "watch", "notice"):
        from sousveil.desk import verbs as desk

        return _verb(desk, args)
    if args.does == "staff":
        from sousveil.web.staff import verbs

        return int(getattr(verbs, args.act)(args))
    if args.does == "audit":
        from sousveil.register.verbs import auditing

        return auditing.audit(args)
    if args.does in ("backup", "restore"):
        from sousveil.register.verbs import backing_up

        return _verb(backing_up, args)
    if args.does in ("pairs", "judge"):
        from sousveil.register.verbs import judging

        return _verb(judging, args)
    if args.does in ("verify", "monitor", "mirror"):
        from sousveil.register.verbs import verifying

        return _verb(verifying, args)
    if args.does == "export" and args.form == "site":
        return _site(args)
    from sousveil.register.verbs import reading

    return _verb(reading, args)


def _site(args: argparse.Namespace) -> int:
    """The whole register as static files."""
    from sousveil.errors import Usage
    from sousveil.register.folder import find
    from sousveil.web.site import Site
    from sousveil.web.static_site import export_site

    if args.since is not None:
        raise Usage("A site is always whole.", hint="Leave --since out.")
    out = args.out or Path("export-site")
    site = Site.open(find(args.register))
    try:
        done = export_site(site, out)
    finally:
        site.register.close()
    print(f"{done.files:,} files with {done.size:,} log entries are in {out}; any server of files can hold them.")
    return 0


def _verb(module: ModuleType, args: argparse.Namespace) -> int:
    return int(getattr(module, args.does)(args))


def serve(args: argparse.Namespace) -> int:
    """Serve the pages until told to stop."""
    from sousveil.register.folder import find
    from sousveil.web.serving import serve as serve_pages

    folder = find(args.register)
    accounts = all(os.access(folder / name, os.R_OK) for name in ("staff.sqlite", "keys/staff"))
    staff = "" if args.staff is None and accounts else args.staff
    staff = None if args.no_staff else staff
    serve_pages(folder, args.host, args.port, args.database, args.workers, staff=staff)
    return 0


def worker(args: argparse.Namespace) -> int:
    """Do what waits in the outbox."""
    from sousveil.decisions.api import gate
    from sousveil.decisions.views import rejudge
    from sousveil.desk.notices import GUARD, hold_reason, settle
    from sousveil.desk.watching import tell
    from sousveil.register.verbs.working import work

    return work(args, [tell, rejudge], {GUARD: hold_reason}, [settle], gate=gate)
