"""The verbs of `sousveil complaints`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sousveil.kinds import number_of, visible

_ONLINE = ("serve", "purge", "handlers", "export", "import", "status")
"""Verbs for the server; the others are for the handler's offline machine, but for init."""


def add_parsers(verbs: Any, parser_class: type[argparse.ArgumentParser], count: Callable[[str], int]) -> None:
    """Add `complaints` with its verbs to the command line."""
    complaints = verbs.add_parser(
        "complaints",
        help="take complaints in confidence, apart from any register",
        description="Takes complaints in confidence: encrypted to named people, answered under a receipt. Its folder, database, "
        "system user and host name are not the register's.",
    )
    does = complaints.add_subparsers(
        dest="does",
        metavar="init|serve|purge|handlers|export|import|status|key|open|reply|discard",
        required=True,
        parser_class=parser_class,
    )
    _server(does, parser_class)
    _offline(does)
    for name in _ONLINE:
        one = does.choices[name]
        one.add_argument(
            "--complaints", type=Path, metavar="DIR", help="the folder (default: the environment's SOUSVEIL_COMPLAINTS)"
        )


def _server(does: Any, parser_class: type[argparse.ArgumentParser]) -> None:
    init = does.add_parser("init", help="make a folder for complaints")
    init.add_argument("dir", type=Path, metavar="DIR", help="the new folder; never in or above a register's")
    init.add_argument("--title", default="Complaints in confidence", help="shown on every page")
    init.add_argument(
        "--host",
        action="append",
        required=True,
        metavar="NAME",
        help="the host name of the pages, never the register's (repeatable: an onion name)",
    )
    init.add_argument(
        "--handler",
        action="append",
        required=True,
        metavar="NAME=age1...",
        help="somebody who can open complaints; at least two of different names (repeatable)",
    )
    init.add_argument(
        "--recovery", action="append", required=True, metavar="NAME=age1...", help="the recovery key, kept apart"
    )
    init.add_argument("--retention", type=int, default=180, metavar="DAYS", help="kept so long after the last message")
    init.add_argument("--disk", type=int, default=2048, metavar="MIB", help="room for all ciphertexts together")
    init.add_argument(
        "--remedies",
        default="",
        metavar="URL",
        help="the register's page on where to turn, as a link; its host name is not ours",
    )
    init.add_argument(
        "--other-way",
        default="",
        metavar="TEXT",
        help="another way to reach the handlers, shown to people whose message finds no room",
    )
    init.add_argument(
        "--register",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a register on this machine to keep away from",
    )
    init.add_argument("--one-user", action="store_true", help=_ONE_USER)

    serve = does.add_parser("serve", help="serve the pages")
    serve.add_argument("--host", default="127.0.0.1", help="where it listens")
    serve.add_argument("--port", type=int, default=8100, metavar="PORT", help="where it listens")
    serve.add_argument("--certificate", type=Path, metavar="FILE", help="speak TLS with this certificate (PEM)")
    serve.add_argument("--certificate-key", type=Path, metavar="FILE", help="the certificate's private key (PEM)")
    serve.add_argument("--one-user", action="store_true", help=_ONE_USER)

    does.add_parser("purge", help="delete and overwrite what has run out; the server does it once a day")
    does.add_parser("status", help="how much lies there, and which failures were counted")

    handlers = does.add_parser("handlers", help="the people to whom complaints are encrypted")
    acts = handlers.add_subparsers(
        dest="act", metavar="list|add|rotate|end|sign", required=True, parser_class=parser_class
    )
    acts.add_parser("list", help="all, with their days")
    add = acts.add_parser("add", help="from now on encrypt to this key too")
    add.add_argument("name", metavar="NAME", help="an organisation, an office or a pseudonym; shown on the page")
    add.add_argument("recipient", metavar="age1...", help="the public key that they handed over")
    add.add_argument("--recovery", action="store_true", help="it is a recovery key")
    rotate = acts.add_parser("rotate", help="a new key for the same name; the old one ends")
    rotate.add_argument("old", metavar="age1...", help="the key so far")
    rotate.add_argument("recipient", metavar="age1...", help="the new key")
    end = acts.add_parser("end", help="encrypt nothing more to this key")
    end.add_argument("old", metavar="age1...", help="the key, as the list shows it")

    sign = acts.add_parser("sign", help="register the key with which a handler signs discards")
    sign.add_argument("recipient", metavar="age1...", help="the handler's public key, as the list shows it")
    sign.add_argument("signer", metavar="sign1...", help="the signing key that `key` printed for them")

    for act in acts.choices.values():  # people write it at the end
        act.add_argument("--complaints", type=Path, metavar="DIR", default=argparse.SUPPRESS, help="the folder")

    export = does.add_parser("export", help="write the ciphertexts that are not in a folder yet, to carry them")
    export.add_argument("out", type=Path, metavar="DIR", help="for instance on a stick")
    taking = does.add_parser("import", help="put answers that were carried here into their threads, and do discards")
    taking.add_argument("files", type=Path, nargs="+", metavar="FILE", help="made by `reply` or `discard`")


_ONE_USER = "on a test machine with a single user: start although the same user owns a register, or is root"


def _offline(does: Any) -> None:
    key = does.add_parser("key", help="offline: make a handler's key file, and print its public keys")
    key.add_argument("file", type=Path, metavar="FILE", help="the new private key file")
    key.add_argument("--show", action="store_true", help="print the public keys of a key file that is there")
    opening = does.add_parser("open", help="offline: open carried complaints")
    opening.add_argument("files", type=Path, nargs="+", metavar="FILE", help="made by `export`")
    opening.add_argument(
        "--identity", type=Path, required=True, action="append", metavar="KEYFILE", help="an age key file"
    )
    opening.add_argument(
        "--out", type=Path, default=Path("opened"), metavar="DIR", help="default: opened in this folder"
    )
    discard = does.add_parser("discard", help="offline: sign that threads are a flood, to be deleted on the server")
    discard.add_argument(
        "files", type=Path, nargs="*", metavar="OPENED", help="folders that `open` made, or files of `export`"
    )
    discard.add_argument("--list", type=Path, metavar="FILE", help="a text file with one of these in each line")
    discard.add_argument(
        "--countersign",
        type=Path,
        metavar="FILE",
        help="sign what another handler made; without --identity print what it names, and sign nothing",
    )
    discard.add_argument("--whole", action="store_true", help="also threads with an answer, or with later messages")
    discard.add_argument(
        "--identity", type=Path, default=[], action="append", metavar="KEYFILE", help="an age key file"
    )
    discard.add_argument(
        "--out", type=Path, default=Path("answers"), metavar="DIR", help="default: answers in this folder"
    )
    reply = does.add_parser("reply", help="offline: write an answer that only the receipt opens")
    reply.add_argument("opened", type=Path, metavar="OPENED", help="the folder that `open` made")
    reply.add_argument("--text", type=Path, required=True, metavar="FILE", help="the answer (UTF-8)")
    reply.add_argument("--attach", type=Path, action="append", default=[], metavar="FILE", help="a file (repeatable)")
    reply.add_argument(
        "--out", type=Path, default=Path("answers"), metavar="DIR", help="default: answers in this folder"
    )


def run(args: argparse.Namespace) -> int:
    """Do one verb."""
    return _VERBS[args.does](args)


def _init(args: argparse.Namespace) -> int:
    from sousveil.complaints import folder, handlers, separation
    from sousveil.complaints.store import Store

    separation.check_folder(args.dir.absolute())
    registers = [str(one.absolute()) for one in args.register]
    excused = separation.check_user(args.dir.absolute(), registers, one_user=args.one_user)
    config = folder.Config(
        title=args.title,
        hosts=args.host,
        retention_days=args.retention,
        disk_budget_mib=args.disk,
        remedies=args.remedies,
        other_way=args.other_way,
        registers=registers,
    ).checked()
    separation.check_hosts(config.hosts, registers)
    given = [(*_pair(one), False) for one in args.handler] + [(*_pair(one), True) for one in args.recovery]
    handlers.check_all(given)
    store = Store(folder.create(args.dir, config))
    store.create()
    handlers.add_all(store, given)
    _tell_excused(excused)
    print(f"{args.dir} is ready for {', '.join(config.hosts)}; {number_of(len(given), 'key')} can open complaints.")
    return 0


def _pair(text: str) -> tuple[str, str]:
    from sousveil.errors import Usage

    name, mark, recipient = text.rpartition("=")
    if not mark:
        raise Usage(f"{visible(text)!r} is no NAME=age1...")
    return name, recipient


def _tell_excused(excused: list[str]) -> None:
    for one in excused:
        print(f"Not kept apart, as --one-user says: {visible(one, 500)}", file=sys.stderr)


def _store(args: argparse.Namespace) -> Any:
    from sousveil.complaints import folder
    from sousveil.complaints.store import Store

    found = folder.find(args.complaints)
    found.check_private()
    return Store(found).complete()


def _serve(args: argparse.Namespace) -> int:
    from sousveil.complaints import folder, serving

    found = folder.find(args.complaints)
    _tell_excused(serving.check(found, one_user=args.one_user))
    print(
        f"Serving {', '.join(found.config().hosts)} at {args.host}, port {args.port}; end with Ctrl-C. "
        + serving.front(args.host),
        file=sys.stderr,
    )
    serving.serve(found, args.host, args.port, certificate=args.certificate, key=args.certificate_key)
    return 0


def _purge(args: argparse.Namespace) -> int:
    from sousveil.complaints.purge import purge

    store = _store(args)
    days = store.folder.config().retention_days
    print(
        f"{number_of(purge(store, days), 'thread')} deleted and overwritten; kept: {days} days after the last message."
    )
    return 0


def _status(args: argparse.Namespace) -> int:
    from sousveil.complaints.limits import FIRST, RESERVE, Limits, today_by_room, used
    from sousveil.complaints.store import today
    from sousveil.complaints.waiting import ANSWER_DAYS, waiting

    store = _store(args)
    config = store.folder.config()
    limits = Limits(config.disk_budget_mib << 20, config.retention_days)
    with store.reading() as connection:
        stored, came = used(connection), today_by_room(connection, today())
        discarded = connection.execute("SELECT day, threads, bytes FROM discarded ORDER BY day").fetchall()
        threads = connection.execute("SELECT count(*) FROM thread").fetchone()[0]
        messages = connection.execute("SELECT count(*) FROM message").fetchone()[0]
        trouble = connection.execute("SELECT day, what, times FROM trouble ORDER BY day, what").fetchall()
    total = sum(stored.values()) / (1 << 20)
    print(
        f"{number_of(threads, 'thread')}, {number_of(messages, 'message')}, {total:.1f} of {config.disk_budget_mib:,} MiB"
    )
    stored[RESERVE] = max(0, stored.get(FIRST, 0) - limits.rooms[FIRST])
    for room, size in limits.rooms.items():
        lies, new = min(stored.get(room, 0), size), came.get(room, 0)
        if lies or new:
            print(
                f"room for {room}: {lies / (1 << 20):.1f} of {size / (1 << 20):,.1f} MiB; "
                f"today {new / (1 << 20):.1f} of {limits.daily[room] / (1 << 20):,.1f} MiB"
            )
    found = waiting(store, config.retention_days)
    overdue = sum(one.overdue for one in found)
    print(f"waiting for an answer: {number_of(len(found), 'thread')}; overdue, after {ANSWER_DAYS} days: {overdue}")
    for one in found:
        late = "overdue  " if one.overdue else ""
        print(f"{one.thread}  since {one.since}  {late}{number_of(one.messages, 'message')}, kept until {one.gone}")
    for day, gone, size in discarded:
        print(f"{day}  {number_of(gone, 'thread')} discarded by handlers, {size / (1 << 20):.1f} MiB")
    for day, what, times in trouble:
        print(f"{day}  {visible(what)}  {times}")
    return 0


def _handlers(args: argparse.Namespace) -> int:
    from sousveil.complaints import discard, handlers

    store = _store(args)
    if args.act == "add":
        handlers.add(store, args.name, args.recipient, recovery=args.recovery)
    elif args.act == "rotate":
        handlers.rotate(store, args.old, args.recipient)
        print("What lies here already opens only with the old key; keep it until that has run out.", file=sys.stderr)
    elif args.act == "end":
        handlers.end(store, args.old)
        print("What lies here already can still be opened with this key.", file=sys.stderr)
    elif args.act == "sign":
        discard.register_signer(store, args.recipient, args.signer)
    for one in handlers.all_handlers(store):
        signs = "  (signs discards)" if one.signs else ""
        print(f"{one.role:8}  {one.since} – {one.until or 'in use':10}  {one.recipient}  {visible(one.name)}{signs}")
    return 0


def _export(args: argparse.Namespace) -> int:
    from sousveil.complaints import carried

    new, total = carried.export(_store(args), args.out)
    print(f"{number_of(new, 'new file')} in {args.out}; {number_of(total, 'message')} in all.")
    return 0


def _import(args: argparse.Namespace) -> int:
    from sousveil.complaints import carried, discard
    from sousveil.errors import SousveilError

    store, failed = _store(args), 0
    for path in args.files:
        try:
            if path.suffix == ".discard":
                failed += _discarded(path, discard.apply(store, carried.read(path)))
                continue
            number = carried.take_in(store, path)
        except SousveilError as error:
            failed += 1
            print(f"{visible(path.name)}: {visible(str(error), 500)}", file=sys.stderr)
            continue
        print(f"{visible(path.name)}: stored as message {number} of its thread.")
    return 2 if failed else 0


def _discarded(path: Path, done: Any) -> int:
    """Prints what a discard did; gives 1 where it did nothing."""
    print(f"{visible(path.name)}: {number_of(done.gone, 'thread')} deleted, {done.bytes / (1 << 20):.1f} MiB.")
    if done.absent:
        print(f"Not here, or no longer: {number_of(done.absent, 'thread')}.", file=sys.stderr)
    for thread in done.kept:
        print(f"Kept, because it has an answer or a later message: {thread}", file=sys.stderr)
    return 0 if done.gone else 1


def _key(args: argparse.Namespace) -> int:
    from sousveil.complaints import discard, offline, sealing

    if not args.show:
        offline.new_key(args.file)
        print(f"The private key is in {args.file}; it never leaves this machine.", file=sys.stderr)
    for identity in sealing.read_identities(args.file):
        print(sealing.recipient_of(identity))
        print(discard.signer_text(identity))
    print(
        "These lines are public: complaints are encrypted to age1..., discards are signed as sign1...", file=sys.stderr
    )
    return 0


def _discard(args: argparse.Namespace) -> int:
    from sousveil.complaints import carried, discard, sealing
    from sousveil.errors import Usage

    if bool(args.countersign) == bool(args.files or args.list):
        raise Usage("Which threads?", hint="Name folders that `open` made, or a file to --countersign.")
    identities = [one for path in args.identity for one in sealing.read_identities(path)]
    if not identities and not args.countersign:
        raise Usage("Whose key signs?", hint="Name the key file with --identity KEYFILE.")
    if args.countersign:
        statement = discard.countersign(args.countersign, identities)
        if identities:
            print(f"{args.countersign}: signed; it names {number_of(len(statement.threads), 'thread')}.")
        else:
            print(*(f"{thread}-{number:03}" for thread, number in statement.threads.items()), sep="\n")
        if statement.whole:
            print("It also deletes threads with an answer, and threads with later messages.", file=sys.stderr)
        return 0
    lines = carried.read(args.list).decode("utf-8", "replace").splitlines() if args.list else []
    paths = [*args.files, *(Path(line) for line in lines if line.strip())]
    file, count = discard.make(paths, identities, args.out, whole=args.whole)
    print(f"{file}: signed; it names {number_of(count, 'thread')}.")
    print(
        "Another handler signs it too: sousveil complaints discard --countersign FILE --identity KEYFILE",
        file=sys.stderr,
    )
    return 0


def _open(args: argparse.Namespace) -> int:
    from sousveil.complaints import offline, sealing
    from sousveil.errors import SousveilError

    identities = [one for path in args.identity for one in sealing.read_identities(path)]
    failed = 0
    for path in args.files:
        try:
            print(offline.open_file(path, identities, args.out))
        except SousveilError as error:
            failed += 1
            print(f"{visible(path.name)}: {visible(str(error), 500)}", file=sys.stderr)
    return 2 if failed else 0


def _reply(args: argparse.Namespace) -> int:
    from sousveil.complaints import offline

    print(offline.reply(args.opened, args.text, args.attach, args.out))
    return 0


_VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "init": _init,
    "serve": _serve,
    "purge": _purge,
    "status": _status,
    "handlers": _handlers,
    "export": _export,
    "import": _import,
    "key": _key,
    "open": _open,
    "reply": _reply,
    "discard": _discard,
}
