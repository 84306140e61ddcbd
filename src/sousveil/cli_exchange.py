"""The verbs of `investigation` that need no vault: the oblivious keys, the exchange, and the newsroom's side."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil import display
from sousveil.answering import answer
from sousveil.cli_vault import note, read_bounded, token_in
from sousveil.errors import Missing, Usage
from sousveil.kinds import visible
from sousveil.texts import t

if TYPE_CHECKING:
    from sousveil.investigation.releases import Aggregates, AssignedRow, Assignment, Seen

OK = 0


def add_parsers(verb: Callable[..., Any], parser: type[argparse.ArgumentParser], path: Callable[[str], Path]) -> None:
    """Add these verbs. `verb`: makes the parser of a verb of `investigation`."""
    key = verb("key")
    acts = key.add_subparsers(dest="act", metavar="new|serve", required=True, parser_class=parser)
    making = acts.add_parser("new", help=t("help.inv_key_new"))
    making.add_argument("file", type=path, metavar="FILE", help=t("help.inv_out"))
    serving = acts.add_parser("serve", help=t("help.inv_key_serve"))
    serving.add_argument("file", type=path, metavar="FILE", help=t("help.inv_key_file"))
    serving.add_argument("--port", type=int, default=8101, metavar="PORT", help=t("help.inv_port"))
    serving.add_argument(
        "--client", nargs=2, action="append", required=True, metavar=("TOKENFILE", "N"), help=t("help.inv_client")
    )

    exchange = verb("exchange")
    acts = exchange.add_subparsers(
        dest="act", metavar="init|serve|take|requests|log", required=True, parser_class=parser
    )
    for name in ("init", "serve", "take", "requests", "log"):
        act = acts.add_parser(name, help=t(f"help.inv_exchange_{name}"))
        where = ("DIR|ADDRESS", t("help.inv_exchange_where")) if name == "take" else ("DIR", t("help.inv_exchange_dir"))
        act.add_argument("folder", type=str if name == "take" else path, metavar=where[0], help=where[1])
        if name == "init":
            act.add_argument("config", type=path, metavar="CONFIG", help=t("help.inv_exchange_config"))
        elif name == "take":
            act.add_argument("bundle", type=path, metavar="BUNDLE", help=t("help.inv_bundle"))
        elif name == "log":
            act.add_argument("--seen", default="", metavar="SIZE:ROOT|FILE", help=t("help.inv_seen"))
        elif name == "serve":
            act.add_argument("--port", type=int, default=8111, metavar="PORT", help=t("help.inv_exchange_port"))
            act.add_argument(
                "--key",
                action="append",
                required=True,
                nargs=2,
                metavar=("ADDRESS", "TOKENFILE"),
                help=t("help.inv_key_at"),
            )

    def asking(made: Any) -> None:
        made.add_argument("--as", dest="newsroom", required=True, metavar="NEWSROOM", help=t("help.inv_as"))
        made.add_argument("--reason", required=True, metavar="TEXT", help=t("help.inv_reason"))
        made.add_argument("--by", type=path, action="append", required=True, metavar="FILE", help=t("help.inv_by"))
        made.add_argument("--exchange", required=True, metavar="ADDRESS", help=t("help.inv_at"))
        made.add_argument("--keys", nargs=2, required=True, metavar="HEX", help=t("help.inv_oblivious"))
        made.add_argument("--country", default="", metavar="CC", help=t("help.inv_country"))

    one = verb("ask", description=t("help.inv_ask_full"))
    one.add_argument("number", nargs="?", default="-", metavar="NUMBER", help=t("help.inv_number"))
    asking(one)
    many = verb("match")
    many.add_argument("contacts", type=path, metavar="CONTACTS", help=t("help.inv_contacts"))
    many.add_argument("--number-column", default="", metavar="NAME", help=t("help.inv_column_number"))
    many.add_argument("--no-header", dest="headed", action="store_false", help=t("help.inv_no_header"))
    asking(many)

    answering = verb("answer")
    answering.add_argument("id", metavar="REQUEST", help=t("help.inv_request_id"))
    answering.add_argument("--as", dest="newsroom", required=True, metavar="NEWSROOM", help=t("help.inv_as"))
    answering.add_argument("--exchange", required=True, metavar="ADDRESS", help=t("help.inv_at"))
    answering.add_argument("--identity", type=path, required=True, metavar="FILE", help=t("help.inv_answer_identity"))
    answering.add_argument("--signer", action="append", required=True, metavar="KEY", help=t("help.inv_signer"))

    reading_rows = verb("assignment", description=t("help.inv_assignment_full"))
    reading_rows.add_argument("file", metavar="FILE|ID", help=t("help.inv_assignment_file"))
    reading_rows.add_argument("--exchange", metavar="ADDRESS", help=t("help.inv_at"))
    reading_rows.add_argument("--as", dest="newsroom", required=True, metavar="NEWSROOM", help=t("help.inv_as"))
    reading_rows.add_argument(
        "--identity", type=path, required=True, metavar="FILE", help=t("help.inv_answer_identity")
    )
    reading_rows.add_argument("--signer", action="append", required=True, metavar="KEY", help=t("help.inv_signer"))
    reading_rows.add_argument("--json", action="store_true", help=t("help.json"))

    counts = verb("aggregates")
    counts.add_argument("--exchange", required=True, metavar="ADDRESS", help=t("help.inv_at"))
    counts.add_argument("--signer", action="append", required=True, metavar="KEY", help=t("help.inv_signer"))
    counts.add_argument("--json", action="store_true", help=t("help.json"))


def _key(args: argparse.Namespace) -> int:
    from sousveil.investigation.oprf import Key

    if args.act == "new":
        made = Key.create(args.file)
        print(t("investigation.key_made", path=visible(str(args.file)), key=made.public.hex()))
        return OK
    from sousveil.investigation.key_service import KeyService, Quota, today
    from sousveil.investigation.oprf import cores, parallel

    clients: dict[str, Quota] = {}
    for file, per_day in args.client:
        token = token_in(Path(file))
        if not per_day.isascii() or not per_day.isdecimal() or int(per_day[:18]) < 1:
            raise Usage(t("help.number_more", text=per_day))
        if token in clients:
            raise Usage(t("error.oprf.token_twice", path=visible(file)))
        # The count belongs to the token: a file that was renamed, or clients in another order, give nothing back.
        name = f"{args.file.name}.count-{hashlib.sha256(token.encode()).hexdigest()[:16]}"
        clients[token] = Quota(args.file.with_name(name), int(per_day[:18]), today)
    with Key.locked(args.file) as key:
        try:
            service = KeyService(args.port, key, clients, parallel(args.file, key, cores()))
        except (OSError, OverflowError) as error:
            raise Usage(t("error.oprf.port", port=args.port, reason=getattr(error, "strerror", "") or error)) from None
        with service:
            note(t("investigation.key_serves", port=service.server_port, key=key.public.hex()))
            service.serve_forever()
    return OK


def _exchange(args: argparse.Namespace) -> int:
    return {
        "init": _exchange_init,
        "serve": _exchange_serve,
        "take": _exchange_take,
        "requests": _exchange_requests,
        "log": _exchange_log,
    }[args.act](args)


def _exchange_init(args: argparse.Namespace) -> int:
    from sousveil.investigation.exchange import Exchange, read_config

    Exchange.create(args.folder, read_config(args.config))
    print(t("investigation.exchange_made", folder=visible(str(args.folder))))
    return OK


def _exchange_serve(args: argparse.Namespace) -> int:
    from sousveil.investigation.exchange import Exchange
    from sousveil.investigation.exchange_service import ExchangeService
    from sousveil.investigation.key_service import remote

    exchange = Exchange(args.folder)
    publics = exchange.config.public_keys()
    if len(args.key) != len(publics):
        raise Usage(t("error.oprf.two_keys"))
    keys = [
        remote(address, token_in(Path(file)), public).evaluate
        for (address, file), public in zip(args.key, publics, strict=True)
    ]
    try:
        service = ExchangeService(args.port, exchange, keys)
    except (OSError, OverflowError) as error:
        raise Usage(t("error.oprf.port", port=args.port, reason=getattr(error, "strerror", "") or error)) from None
    with service:
        note(t("investigation.exchange_serves", port=service.server_port))
        service.serve_forever()
    return OK


def _exchange_take(args: argparse.Namespace) -> int:
    from sousveil.investigation.exchange import Exchange
    from sousveil.investigation.exchange_service import Client
    from sousveil.investigation.vault import utc_now

    data = read_bounded(args.bundle)
    if args.folder.startswith("http:"):
        print(Client(args.folder).take(data))
    else:
        print(Exchange(Path(args.folder)).take(data, now=utc_now()))
    return OK


def _exchange_requests(args: argparse.Namespace) -> int:
    from sousveil.investigation.exchange import Exchange

    requests = Exchange(args.folder, writes=False).requests()
    lines = []
    for request in requests:
        places = ", ".join(map(str, sorted(request.matches))) or "-"
        flags = "; ".join(t(f"investigation.flag.{flag}") for flag in request.flags)
        lines.append(
            t(
                "investigation.request",
                id=request.id,
                when=f"{request.received:%F %T}",
                newsroom=visible(request.newsroom, 60),
                count=request.count,
                matches=places if request.submitted else t("investigation.not_submitted"),
                flags=flags,
            ).rstrip()
        )
        lines.append(t("investigation.request_people", people=" ".join(request.people)))
        lines.append(t("investigation.request_reason", reason=visible(request.reason, 500)))
    answer(lambda: print(*(lines or [t("investigation.no_requests")]), sep="\n"))
    return OK


def _exchange_log(args: argparse.Namespace) -> int:
    from sousveil.investigation.exchange import Exchange
    from sousveil.investigation.journal import noted, read_log

    journal = Exchange(args.folder, writes=False).journal
    head, entries = read_log(journal.folder, journal.verifier, args.seen)
    lines = [visible(entry.decode("utf-8", "replace"), 2000) for entry in entries]
    answer(lambda: print(*lines, sep="\n"))
    note(t("investigation.log_checked", n=head.size))
    note(noted(head))
    return OK


def _asked(args: argparse.Namespace, numbers: list[str]) -> int:
    from sousveil.investigation.exchange_service import Client
    from sousveil.investigation.lookups import look_up
    from sousveil.investigation.vault import utc_now
    from sousveil.ledger.keys import PrivateKey

    people = [PrivateKey.load(file) for file in args.by]
    door = Client(args.exchange).door(args.keys)
    id = look_up(numbers, people, door, newsroom=args.newsroom, reason=args.reason, now=utc_now())
    print(t("investigation.asked", n=len(numbers), id=id))
    return OK


def _ask(args: argparse.Namespace) -> int:
    from sousveil.investigation.lookups import one_number
    from sousveil.investigation.requests import check_reason

    check_reason(args.reason)
    text = args.number
    if text == "-":
        if sys.stdin.isatty():
            import getpass

            text = getpass.getpass(t("investigation.prompt_number"))
        else:
            text = sys.stdin.readline(200)
    return _asked(args, [one_number(text, args.country)])


def _match(args: argparse.Namespace) -> int:
    from sousveil.investigation.lookups import read_contacts
    from sousveil.investigation.requests import check_reason

    check_reason(args.reason)
    numbers, unread = read_contacts(args.contacts, args.country, args.number_column, headed=args.headed)
    if unread:
        note(t("investigation.unread_contacts", n=unread))
    return _asked(args, numbers)


def _answer(args: argparse.Namespace) -> int:
    from sousveil.investigation.exchange import public_signers
    from sousveil.investigation.exchange_service import Client
    from sousveil.investigation.releases import read_answer
    from sousveil.investigation.vault import read_identities

    data = Client(args.exchange).answer(args.id)
    if not data:
        print(t("investigation.no_answer_yet"))
        return OK
    signers, identity = public_signers(args.signer), read_identities(args.identity)
    made = read_answer(data, signers, identity, request=args.id, newsroom=args.newsroom)
    lines = []
    for place, selections in sorted(made.rows.items()):
        lines += [t("investigation.answered", place=place, **_selected(seen)) for seen in selections]
    answer(lambda: print(*(lines or [t("investigation.no_rows")]), sep="\n"))
    return OK


def _number(row: AssignedRow) -> str:
    """The number of a row, and whether it is doubtful, for a person."""
    from sousveil.investigation.numbers import State

    number = visible(row.e164, 40)
    return number if row.state == State.VALID else t("investigation.assigned_doubtful", number=number)


def _selected(row: Seen | AssignedRow) -> dict[str, str]:
    """Time and client of a row, for a person."""
    from datetime import UTC, datetime

    when = t("investigation.no_time") if row.seconds is None else f"{datetime.fromtimestamp(row.seconds, UTC):%F %T}"
    return {"when": when, "client": visible(row.client, 60) or t("investigation.none"), "certainty": row.certainty}


def assignment_of(args: argparse.Namespace, where: str, identity: Path) -> Assignment:
    """The assignment of a newsroom, out of a file or from the exchange."""
    from sousveil.investigation.exchange import public_signers
    from sousveil.investigation.exchange_service import Client
    from sousveil.investigation.releases import read_assignment
    from sousveil.investigation.vault import read_identities

    signers, keys = public_signers(args.signer), read_identities(identity)
    data = Client(args.exchange).answer(where) if args.exchange else read_bounded(Path(where))
    if args.exchange and not data:
        raise Missing(t("error.exchange.no_assignment", id=visible(where, 40)))
    return read_assignment(data, signers, keys, newsroom=args.newsroom)


def _assignment(args: argparse.Namespace) -> int:
    import msgspec

    from sousveil.cases.outputs import to_json

    made = assignment_of(args, args.file, args.identity)
    if args.json:
        rows = [{name: getattr(row, name) for name in row.__struct_fields__} for row in made.rows]
        whole = {"id": made.id, "made": msgspec.to_builtins(made.made), "rows": rows}
        answer(lambda: sys.stdout.buffer.write(to_json(whole)))
    else:
        lines = [t("investigation.assigned_row", number=_number(row), **_selected(row)) for row in made.rows]
        answer(lambda: print(*lines, sep="\n"))
    return OK


def _aggregates(args: argparse.Namespace) -> int:
    import msgspec

    from sousveil.cases.outputs import to_json
    from sousveil.investigation.exchange import public_signers
    from sousveil.investigation.exchange_service import Client
    from sousveil.investigation.releases import read_aggregates

    client = Client(args.exchange)
    if not (data := client.aggregates()):
        raise Missing(t("error.exchange.no_aggregates"))
    made = read_aggregates(data, public_signers(args.signer), client.public.name)
    if args.json:
        answer(lambda: sys.stdout.buffer.write(to_json(msgspec.to_builtins(made))))
    else:
        answer(lambda: print(*_counts(made), sep="\n"))
    return OK


def _counts(made: Aggregates) -> Iterator[str]:
    """The sums of each table over its rows and over its columns, for a person."""
    names = {None: t("investigation.sum"), "": t("investigation.none"), "+": t("investigation.aggregates.several")}
    yield t("investigation.aggregates.made", when=f"{made.made:%F %T}", least=made.minimum)
    for table in dict.fromkeys(cell.table for cell in made.cells):
        cells = [cell for cell in made.cells if cell.table == table]
        rows = [(cell.row, cell.count) for cell in cells if cell.column is None]
        columns = [(cell.column, cell.count) for cell in cells if cell.row is None]
        for name, sums in (("rows", rows), ("columns", columns)):
            sums.sort(key=lambda pair: (pair[0] is None, -(pair[1] or 0)))
            shown = [
                (
                    names.get(label) or visible(str(label), 60),
                    t("investigation.aggregates.hidden") if count is None else f"{count:,}",
                )
                for label, count in sums
            ]
            yield from ("", t(f"investigation.aggregates.{table}_{name}"))
            yield from (f"  {line}" for line in display.table(shown, right=(1,)))


DOES: dict[str, Callable[[argparse.Namespace], int]] = {
    "key": _key,
    "exchange": _exchange,
    "ask": _ask,
    "match": _match,
    "answer": _answer,
    "assignment": _assignment,
    "aggregates": _aggregates,
}


__all__ = ["DOES", "add_parsers", "assignment_of"]
