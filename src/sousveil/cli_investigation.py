"""The verb `investigation`."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil import display
from sousveil.answering import answer
from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.texts import messages, t

if TYPE_CHECKING:
    from datetime import date

    from sousveil.investigation.importing import Settings
    from sousveil.investigation.people import Person
    from sousveil.investigation.releases import AssignedRow, Seen
    from sousveil.investigation.summary import Agreement, Summary
    from sousveil.investigation.vault import Identities, Import, Vault

OK, DIFFERS = 0, 1
SHOWN_LINES = 20
"""Lines that could not be read, shown after an import."""
SHOWN_VALUES = 30
"""Values of a breakdown on the terminal; `--json` prints all."""


def add_parsers(verbs: Any, parser: type[argparse.ArgumentParser], path: Callable[[str], Path]) -> None:
    """Add `investigation` to the command line."""
    top = verbs.add_parser("investigation", help=t("help.inv"), description=t("help.inv_full"))
    does = top.add_subparsers(dest="does", metavar="|".join(_DOES), required=True, parser_class=parser)

    def verb(name: str, **rest: Any) -> Any:
        return does.add_parser(name, help=t(f"help.inv_{name.replace('-', '_')}"), **rest)

    def opening(made: Any) -> None:
        made.add_argument("--vault", type=path, default=Path("vault"), metavar="DIR", help=t("help.inv_vault"))
        made.add_argument(
            "--identity", type=path, action="append", default=[], metavar="FILE", help=t("help.inv_identity")
        )

    def reading(made: Any) -> None:
        made.add_argument("--country", default="", metavar="CC", help=t("help.inv_country"))
        for purpose in ("number", "time", "client", "country"):
            made.add_argument(f"--{purpose}-column", default="", metavar="NAME", help=t(f"help.inv_column_{purpose}"))
        made.add_argument("--dates", choices=("dmy", "mdy"), default="", help=t("help.inv_dates"))
        made.add_argument("--timezone", metavar="NAME", help=t("help.inv_timezone"))

    init = verb("init", description=t("help.inv_init_full"))
    init.add_argument("folder", type=path, metavar="VAULT", help=t("help.inv_folder"))
    init.add_argument("--holder", action="append", default=[], metavar="age1...", help=t("help.inv_holder"))
    init.add_argument("--recovery", nargs=2, default=[], metavar="age1...", help=t("help.inv_recovery"))

    importing = verb("import", description=t("help.inv_import_full"))
    importing.add_argument("list", type=path, metavar="LIST", help=t("help.inv_list"))
    importing.add_argument("--no-header", dest="headed", action="store_false", help=t("help.inv_no_header"))
    importing.add_argument("--source", default="", metavar="TEXT", help=t("help.inv_source"))
    reading(importing)
    opening(importing)

    authenticating = verb("authenticate", description=t("help.inv_authenticate_full"))
    authenticating.add_argument("probes", type=path, metavar="PROBES", help=t("help.inv_probes"))
    authenticating.add_argument("--hours", type=float, default=24.0, metavar="N", help=t("help.inv_hours"))
    authenticating.add_argument("--json", action="store_true", help=t("help.json"))
    reading(authenticating)
    opening(authenticating)

    counting = verb("summary", epilog=t("help.inv_summary_codes"))
    counting.add_argument("--json", action="store_true", help=t("help.json"))
    opening(counting)

    holders = verb("holders", description=t("help.inv_holders_full"))
    holders.add_argument(
        "--replace", nargs=2, action="append", default=[], metavar=("OLD", "NEW"), help=t("help.inv_replace")
    )
    holders.add_argument("--add", action="append", default=[], metavar="age1...", help=t("help.inv_add"))
    holders.add_argument("--remove", action="append", default=[], metavar="age1...", help=t("help.inv_remove"))
    holders.add_argument("--recovery", nargs=2, default=[], metavar="age1...", help=t("help.inv_recovery"))
    opening(holders)
    opening(verb("history"))

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

    leaving = verb("outputs", description=t("help.inv_outputs_full"))
    leaving.add_argument(
        "--key", action="append", required=True, nargs=2, metavar=("ADDRESS", "TOKENFILE"), help=t("help.inv_key_at")
    )
    leaving.add_argument("--sign", type=path, action="append", required=True, metavar="FILE", help=t("help.inv_sign"))
    leaving.add_argument("--recipient", required=True, metavar="NAME", help=t("help.inv_bundle_for"))
    leaving.add_argument("--out", type=path, required=True, metavar="FILE", help=t("help.inv_out"))
    opening(leaving)

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
    asking(many)

    answering = verb("answer")
    answering.add_argument("id", metavar="REQUEST", help=t("help.inv_request_id"))
    answering.add_argument("--as", dest="newsroom", required=True, metavar="NEWSROOM", help=t("help.inv_as"))
    answering.add_argument("--exchange", required=True, metavar="ADDRESS", help=t("help.inv_at"))
    answering.add_argument("--identity", type=path, required=True, metavar="FILE", help=t("help.inv_answer_identity"))
    answering.add_argument("--signer", action="append", required=True, metavar="KEY", help=t("help.inv_signer"))

    reading_rows = verb("assignment", description=t("help.inv_assignment_full"))
    reading_rows.add_argument("file", type=path, metavar="FILE", help=t("help.inv_assignment_file"))
    reading_rows.add_argument("--as", dest="newsroom", required=True, metavar="NEWSROOM", help=t("help.inv_as"))
    reading_rows.add_argument(
        "--identity", type=path, required=True, metavar="FILE", help=t("help.inv_answer_identity")
    )
    reading_rows.add_argument("--signer", action="append", required=True, metavar="KEY", help=t("help.inv_signer"))
    reading_rows.add_argument("--json", action="store_true", help=t("help.json"))

    releasing = verb("release", description=t("help.inv_release_full"))
    releasing.add_argument("request", type=path, metavar="FILE", help=t("help.inv_request_file"))
    releasing.add_argument("--place", type=int, action="append", default=[], metavar="N", help=t("help.inv_place"))
    releasing.add_argument("--recipient", required=True, metavar="age1...", help=t("help.inv_release_to"))
    releasing.add_argument("--sign", type=path, action="append", required=True, metavar="FILE", help=t("help.inv_sign"))
    releasing.add_argument("--out", type=path, required=True, metavar="FILE", help=t("help.inv_out"))
    opening(releasing)

    assigning = verb("assign", description=t("help.inv_assign_full"))
    assigning.add_argument("newsroom", metavar="NEWSROOM", help=t("help.inv_as"))
    assigning.add_argument("--country", default="", metavar="CC", help=t("help.inv_assign_country"))
    assigning.add_argument("--client", default="", metavar="LABEL", help=t("help.inv_assign_client"))
    assigning.add_argument("--recipient", required=True, metavar="age1...", help=t("help.inv_release_to"))
    assigning.add_argument("--sign", type=path, action="append", required=True, metavar="FILE", help=t("help.inv_sign"))
    assigning.add_argument("--out", type=path, required=True, metavar="FILE", help=t("help.inv_out"))
    opening(assigning)

    person = verb("person", description=t("help.inv_person_full"))
    acts = person.add_subparsers(dest="act", metavar="add|confirm|change|list", required=True, parser_class=parser)
    for name in ("add", "confirm", "change", "list"):
        act = acts.add_parser(name, help=t(f"help.inv_person_{name}"))
        if name in ("confirm", "change"):
            act.add_argument("person", metavar="PERSON", help=t("help.inv_person_id"))
        if name in ("add", "confirm"):
            act.add_argument("--by", required=True, metavar="NAME", help=t("help.inv_identified_by"))
        if name == "change":
            act.add_argument("--confidence", choices=("low", "medium", "high"), help=t("help.inv_confidence"))
            act.add_argument(
                "--safety", choices=("unknown", "safe", "careful", "no_contact"), help=t("help.inv_safety")
            )
            act.add_argument("--way", action="store_true", help=t("help.inv_way"))
            act.add_argument("--order", type=int, metavar="N", help=t("help.inv_order"))
            act.add_argument("--informed", metavar="DATE", help=t("help.inv_informed"))
            act.add_argument("--comment-asked", metavar="DATE", help=t("help.inv_comment_asked"))
            act.add_argument("--comment", action="store_true", help=t("help.inv_comment"))
        opening(act)

    consent = verb("consent")
    acts = consent.add_subparsers(dest="act", metavar="give|withdraw", required=True, parser_class=parser)
    for name in ("give", "withdraw"):
        act = acts.add_parser(name, help=t(f"help.inv_consent_{name}"))
        act.add_argument("person", metavar="PERSON", help=t("help.inv_person_id"))
        if name == "give":
            act.add_argument("--scope", required=True, choices=("named", "unnamed"), help=t("help.inv_scope"))
            act.add_argument("--until", required=True, metavar="DATE", help=t("help.inv_until"))
        else:
            act.add_argument(
                "--sign", type=path, action="append", required=True, metavar="FILE", help=t("help.inv_sign")
            )
            act.add_argument("--out", type=path, required=True, metavar="FILE", help=t("help.inv_recall_out"))
        opening(act)

    planning = verb("contact-plan")
    planning.add_argument("--day", metavar="DATE", help=t("help.inv_plan_day"))
    opening(planning)


def run(args: argparse.Namespace) -> int:
    """Do one verb; gives the exit code."""
    return _DOES[args.does](args)


def _note(text: str) -> None:
    print(text, file=sys.stderr)


def _protect() -> None:
    """Protect this process's memory, or say loudly what the system refused."""
    from sousveil.investigation.protection import protect_memory

    for refused in protect_memory():
        _note(t(f"investigation.unprotected.{refused}"))


def _holders_identities(paths: list[Path]) -> tuple[Identities, Identities]:
    """The identities of two holders, out of two files or typed at two prompts."""
    from sousveil.investigation.vault import identities, read_identities

    if len(paths) == 2:
        return read_identities(paths[0]), read_identities(paths[1])
    if paths or not sys.stdin.isatty():
        raise Usage(t("error.vault.two_identities"), hint=t("error.vault.two_identities_hint"))
    import getpass

    typed = [getpass.getpass(t("investigation.prompt", number=number)) for number in (1, 2)]
    return identities(typed[0]), identities(typed[1])


@contextmanager
def _opened(args: argparse.Namespace) -> Iterator[Vault]:
    from sousveil.investigation.vault import Vault, read_header

    read_header(args.vault)
    _protect()
    first, second = _holders_identities(args.identity)
    with Vault.open(args.vault, first, second) as vault:
        yield vault


def _init(args: argparse.Namespace) -> int:
    from sousveil.investigation.vault import Vault, read_header, utc_now

    _protect()
    Vault.create(args.folder, args.holder, args.recovery, now=utc_now())
    print(t("investigation.made", folder=visible(str(args.folder)), n=len(read_header(args.folder).holders)))
    if not args.recovery:
        _note(t("investigation.no_recovery"))
    if len(args.holder) == 2:
        _note(t("investigation.two_holders"))
    return OK


def _settings(args: argparse.Namespace) -> Settings:
    from sousveil.investigation.importing import Settings
    from sousveil.investigation.numbers import check_country
    from sousveil.investigation.times import Order, zone_named

    columns = {purpose: getattr(args, f"{purpose}_column") for purpose in ("number", "time", "client", "country")}
    return Settings(
        headed=getattr(args, "headed", True),
        source=getattr(args, "source", ""),
        country=check_country(args.country) if args.country else "",
        columns={purpose: name for purpose, name in columns.items() if name},
        order=Order(args.dates),
        zone=zone_named(args.timezone) if args.timezone else None,
    )


def _import(args: argparse.Namespace) -> int:
    from sousveil.investigation.importing import import_list
    from sousveil.investigation.vault import utc_now

    settings = _settings(args)

    def progress(rows: int, part: float) -> None:
        _note(t("investigation.progress", rows=f"{rows:,}", part=f"{part:.0%}"))

    with _opened(args) as vault:
        made = import_list(vault, args.list, settings, now=utc_now(), progress=progress)
    answer(lambda: print(*_imported(made), sep="\n"))
    _note(t("investigation.clear_list", path=visible(str(args.list))))
    return OK


def _imported(made: Import) -> Iterator[str]:
    """What an import took, what it recovered, and what could not be read."""
    yield t("investigation.imported", n=made.rows)
    for id in (id for id in messages() if id.startswith("investigation.count.")):
        if count := made.counts.get(id.removeprefix("investigation.count."), 0):
            yield "  " + t(id, n=count)
    for line, reason in made.unread[:SHOWN_LINES]:
        yield "  " + t("investigation.line", line=line, reason=t(f"investigation.reason.{reason}"))
    if len(made.unread) > SHOWN_LINES:
        yield "  " + t("list.more", n=len(made.unread) - SHOWN_LINES)


def _authenticate(args: argparse.Namespace) -> int:
    import msgspec

    from sousveil.cases.outputs import to_json
    from sousveil.investigation.summary import authenticate

    settings = _settings(args)
    if not 0 < args.hours <= 24 * 366:
        raise Usage(t("error.list.hours"))
    with _opened(args) as vault:
        agreement = authenticate(vault, args.probes, settings, hours=args.hours)
    if args.json:
        answer(lambda: sys.stdout.buffer.write(to_json(msgspec.to_builtins(agreement))))
    else:
        answer(lambda: print(*_agreed(agreement), sep="\n"))
    return OK


def _agreed(agreement: Agreement) -> Iterator[str]:
    yield t("investigation.agreed.selected", hits=agreement.selected_in_list, n=agreement.selected)
    yield t("investigation.agreed.others", hits=agreement.others_in_list, n=agreement.others)
    if agreement.chance is None:
        yield t("investigation.agreed.no_chance")
    else:
        yield t("investigation.agreed.chance", chance=f"{agreement.chance:.2g}")
    if agreement.time_chance is not None:
        yield t(
            "investigation.agreed.times", near=agreement.timed_near, n=agreement.timed, hours=f"{agreement.hours:g}"
        )
        yield t("investigation.agreed.time_chance", chance=f"{agreement.time_chance:.2g}")
    if agreement.unread:
        yield t("investigation.agreed.unread", n=agreement.unread)
    yield t("investigation.agreed.limits")


def _summary(args: argparse.Namespace) -> int:
    import msgspec

    from sousveil.cases.outputs import to_json
    from sousveil.investigation.summary import summarize

    with _opened(args) as vault:
        summary = summarize(vault)
    if args.json:
        made = {**msgspec.to_builtins(summary), "reconciled": summary.reconciled()}
        answer(lambda: sys.stdout.buffer.write(to_json(made)))
    else:
        answer(lambda: print(*_counted(summary), sep="\n"))
    return OK if summary.reconciled() else DIFFERS


def _counted(summary: Summary) -> Iterator[str]:
    for name in ("rows", "numbers", "repeated", "several_clients", "same_selection", "doubtful"):
        yield t(f"investigation.total.{name}", n=getattr(summary, name))
    for name, counts in summary.by.items():
        values = [(visible(value, 60) or t("investigation.none"), f"{count:,}") for value, count in counts.items()]
        shown, rest = values[:SHOWN_VALUES], sum(list(counts.values())[SHOWN_VALUES:])
        if rest:
            shown.append((t("investigation.others", n=len(values) - SHOWN_VALUES), f"{rest:,}"))
        shown.append((t("investigation.sum"), f"{sum(counts.values()):,}"))
        yield from ("", t(f"investigation.by.{name}"), *(f"  {line}" for line in display.table(shown, right=(1,))))


def _holders(args: argparse.Namespace) -> int:
    from sousveil.investigation.vault import read_header, utc_now

    if not (args.replace or args.add or args.remove or args.recovery):
        header = read_header(args.vault)
        rows = [(t("investigation.holder"), holder) for holder in header.holders]
        rows += [(t("investigation.recovery"), holder) for holder in header.recovery]
        answer(lambda: print(*display.table(rows), sep="\n"))
        return OK
    with _opened(args) as vault:
        holders, recovery = list(vault.header.holders), list(args.recovery or vault.header.recovery)
        for old, new in args.replace:
            for group in (holders, recovery):
                group[:] = [new if holder == old else holder for holder in group]
        if kept := [old for old in args.remove if old in vault.header.recovery]:
            raise Usage(
                t("error.vault.recovery_stays", key=visible(kept[0], 80)), hint=t("error.vault.recovery_stays_hint")
            )
        gone = [*args.remove, *(old for old, _ in args.replace)]
        if unknown := [old for old in gone if old not in (*vault.header.holders, *vault.header.recovery)]:
            raise Usage(t("error.vault.unknown_holder", holder=visible(unknown[0], 80)))
        holders = [*(holder for holder in holders if holder not in args.remove), *args.add]
        vault.change_holders(holders, recovery, now=utc_now())
        print(t("investigation.holders_changed", n=len(vault.header.holders)))
    _note(t("investigation.old_copies"))
    return OK


def _history(args: argparse.Namespace) -> int:
    with _opened(args) as vault:
        rows = [
            (f"{change.when:%F %T} UTC", t(f"investigation.change.{change.what}"), " ".join(change.by))
            for change in vault.index.history
        ]
    answer(lambda: print(*display.table(rows), sep="\n"))
    return OK


def _key(args: argparse.Namespace) -> int:
    from sousveil.investigation.oprf import Key

    if args.act == "new":
        made = Key.create(args.file)
        print(t("investigation.key_made", path=visible(str(args.file)), key=made.public.hex()))
        return OK
    from sousveil.investigation.key_service import KeyService, Quota, today

    _protect()
    key = Key.load(args.file)
    clients: dict[str, Quota] = {}
    for file, per_day in args.client:
        token = _token(Path(file))
        if not per_day.isascii() or not per_day.isdecimal() or int(per_day[:18]) < 1:
            raise Usage(t("help.number_more", text=per_day))
        if token in clients:
            raise Usage(t("error.oprf.token_twice", path=visible(file)))
        # The count belongs to the token: a file that was renamed, or clients in another order, give nothing back.
        name = f"{args.file.name}.count-{hashlib.sha256(token.encode()).hexdigest()[:16]}"
        clients[token] = Quota(args.file.with_name(name), int(per_day[:18]), today)
    try:
        service = KeyService(args.port, key, clients)
    except (OSError, OverflowError) as error:
        raise Usage(t("error.oprf.port", port=args.port, reason=getattr(error, "strerror", "") or error)) from None
    with service:
        _note(t("investigation.key_serves", port=service.server_port, key=key.public.hex()))
        service.serve_forever()
    return OK


def _token(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or t("error.oprf.no_text")
        raise Usage(t("error.oprf.token_file", path=visible(str(path)), reason=reason)) from None


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise Usage(t("error.oprf.exists", path=visible(str(path))), hint=t("error.vault.not_empty_hint"))


def _write(path: Path, data: bytes) -> None:
    """Write a private file. Raises Usage."""
    from sousveil.ledger import atomic

    try:
        atomic.write(path, data, mode=0o600)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Usage(t("error.vault.disk", path=visible(str(path)), reason=reason)) from None


def _read(path: Path) -> bytes:
    """A file of at most 64 MiB. Raises Usage."""
    try:
        with path.open("rb") as file:
            return file.read(64 << 20)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Usage(t("error.list.unreadable", path=visible(str(path)), reason=reason)) from None


def _outputs(args: argparse.Namespace) -> int:
    from sousveil.investigation.key_service import remote
    from sousveil.investigation.releases import check_signers, output_bundle
    from sousveil.investigation.vault import utc_now
    from sousveil.ledger.keys import PrivateKey

    signers = [PrivateKey.load(file) for file in args.sign]
    check_signers(signers)
    _refuse_existing(args.out)
    keys = [remote(address, _token(Path(file))) for address, file in args.key]

    def progress(done: int, whole: int) -> None:
        _note(t("investigation.outputs_progress", done=f"{done:,}", n=whole))

    with _opened(args) as vault:
        data = output_bundle(vault, keys, signers, recipient=args.recipient, now=utc_now(), progress=progress)
    _write(args.out, data)
    print(t("investigation.outputs_made", path=visible(str(args.out)), recipient=visible(args.recipient, 80)))
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

    _protect()
    exchange = Exchange(args.folder)
    publics = exchange.config.public_keys()
    if len(args.key) != len(publics):
        raise Usage(t("error.oprf.two_keys"))
    keys = [
        remote(address, _token(Path(file)), public).evaluate
        for (address, file), public in zip(args.key, publics, strict=True)
    ]
    try:
        service = ExchangeService(args.port, exchange, keys)
    except (OSError, OverflowError) as error:
        raise Usage(t("error.oprf.port", port=args.port, reason=getattr(error, "strerror", "") or error)) from None
    with service:
        _note(t("investigation.exchange_serves", port=service.server_port))
        service.serve_forever()
    return OK


def _exchange_take(args: argparse.Namespace) -> int:
    from sousveil.investigation.exchange import Exchange
    from sousveil.investigation.exchange_service import Client
    from sousveil.investigation.vault import utc_now

    data = _read(args.bundle)
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

    entries = [
        visible(entry.decode("utf-8", "replace"), 2000)
        for entry in Exchange(args.folder, writes=False).journal.entries()
    ]
    answer(lambda: print(*entries, sep="\n"))
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
    _protect()
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
    _protect()
    numbers, unread = read_contacts(args.contacts, args.country)
    if unread:
        _note(t("investigation.unread_contacts", n=unread))
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


def _selected(row: Seen | AssignedRow) -> dict[str, str]:
    """Time and client of a row, for a person."""
    from datetime import UTC, datetime

    when = t("investigation.no_time") if row.seconds is None else f"{datetime.fromtimestamp(row.seconds, UTC):%F %T}"
    return {"when": when, "client": visible(row.client, 60) or t("investigation.none"), "certainty": row.certainty}


def _assignment(args: argparse.Namespace) -> int:
    import msgspec

    from sousveil.cases.outputs import to_json
    from sousveil.investigation.exchange import public_signers
    from sousveil.investigation.releases import read_assignment
    from sousveil.investigation.vault import read_identities

    _protect()
    signers, identity = public_signers(args.signer), read_identities(args.identity)
    made = read_assignment(_read(args.file), signers, identity, newsroom=args.newsroom)
    if args.json:
        rows = [{name: getattr(row, name) for name in row.__struct_fields__} for row in made.rows]
        whole = {"id": made.id, "made": msgspec.to_builtins(made.made), "rows": rows}
        answer(lambda: sys.stdout.buffer.write(to_json(whole)))
    else:
        lines = [t("investigation.assigned_row", number=visible(row.e164, 40), **_selected(row)) for row in made.rows]
        answer(lambda: print(*lines, sep="\n"))
    return OK


def _release(args: argparse.Namespace) -> int:
    import msgspec

    from sousveil.investigation.releases import answer_bundle, check_signers
    from sousveil.investigation.requests import Request
    from sousveil.investigation.vault import utc_now
    from sousveil.ledger.keys import PrivateKey

    signers = [PrivateKey.load(file) for file in args.sign]
    check_signers(signers)
    _refuse_existing(args.out)
    try:
        request = msgspec.msgpack.decode(_read(args.request), type=Request)
    except msgspec.DecodeError:
        raise Usage(t("error.exchange.bad_file", path=visible(str(args.request)))) from None
    with _opened(args) as vault:
        data = answer_bundle(vault, request, args.place, signers, recipient=args.recipient, now=utc_now())
    _write(args.out, data)
    newsroom = visible(request.newsroom, 60)
    print(t("investigation.released", path=visible(str(args.out)), n=len(set(args.place)), newsroom=newsroom))
    return OK


def _assign(args: argparse.Namespace) -> int:
    from sousveil.investigation.releases import assignment_bundle, check_signers
    from sousveil.investigation.vault import utc_now
    from sousveil.ledger.keys import PrivateKey

    signers = [PrivateKey.load(file) for file in args.sign]
    check_signers(signers)
    _refuse_existing(args.out)
    with _opened(args) as vault:
        data, rows = assignment_bundle(
            vault,
            signers,
            newsroom=args.newsroom,
            recipient=args.recipient,
            country=args.country.upper(),
            client=args.client,
            now=utc_now(),
        )
    _write(args.out, data)
    print(t("investigation.assigned", path=visible(str(args.out)), n=rows, newsroom=visible(args.newsroom, 60)))
    return OK


def _typed(prompt: str) -> str:
    """A line that a person types, or the next line of standard input: other users can read arguments."""
    if sys.stdin.isatty():
        import getpass

        return getpass.getpass(prompt)
    return sys.stdin.readline(2_000).strip()


def _day(text: str | None) -> date | None:
    from datetime import date

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Usage(t("error.lake.date", text=visible(text or "", 40)), hint=t("error.lake.write_date")) from None


def _person(args: argparse.Namespace) -> int:
    from sousveil.investigation import people
    from sousveil.investigation.lookups import one_number
    from sousveil.investigation.vault import utc_now

    given: dict[str, object] = {}
    if args.act == "change":
        given = {name: _typed(t(f"investigation.prompt_{name}")) for name in ("way", "comment") if getattr(args, name)}
        given["order"] = args.order
        given |= {name: _day(getattr(args, name)) for name in ("informed", "comment_asked")}
        given["confidence"] = people.Confidence(args.confidence) if args.confidence else None
        given["safety"] = people.Safety(args.safety) if args.safety else None
        given = {name: value for name, value in given.items() if value is not None}
    number = one_number(_typed(t("investigation.prompt_number"))) if args.act == "add" else ""
    name = _typed(t("investigation.prompt_name")) if args.act == "add" else ""
    basis = _typed(t("investigation.prompt_basis")) if args.act in ("add", "confirm") else ""
    with _opened(args) as vault:
        now = utc_now()
        if args.act == "add":
            found = people.identify(vault, name=name, numbers=[number], by=args.by, basis=basis, now=now)
        elif args.act == "confirm":
            found = people.confirm(vault, args.person, by=args.by, basis=basis, now=now)
        elif args.act == "change":
            found = people.change(vault, args.person, now=now, **given)
        else:
            everybody = sorted(people.load(vault).persons.values(), key=lambda one: one.id)
            answer(lambda: print(*(_shown(one) for one in everybody), sep="\n"))
            return OK
    print(t("investigation.person_saved", id=found.id))
    if not found.certain:
        _note(t("investigation.second_needed"))
    return OK


def _shown(person: Person) -> str:
    """A line about a person, for holders only."""
    consent = t("investigation.no_consent")
    if person.consent is not None:
        scope = t(f"investigation.scope.{person.consent.scope}")
        consent = t("investigation.consent_until", scope=scope, until=f"{person.consent.until:%F}")
    return t(
        "investigation.person",
        id=person.id,
        name=visible(person.name, 80),
        identified=t(f"investigation.identified.{'two' if person.certain else 'one'}"),
        confidence=t(f"investigation.confidence.{person.confidence}"),
        safety=t(f"investigation.safety.{person.safety}"),
        informed=f"{person.informed:%F}" if person.informed else t("investigation.not_informed"),
        comment=_comment(person),
        consent=consent,
    )


def _comment(person: Person) -> str:
    if person.comment_asked is None:
        return t("investigation.comment_not_asked")
    asked = f"{person.comment_asked:%F}"
    if not person.comment:
        return t("investigation.comment_open", asked=asked)
    return t("investigation.comment_given", asked=asked, comment=visible(person.comment, 200))


def _consent(args: argparse.Namespace) -> int:
    from sousveil.investigation import people
    from sousveil.investigation.releases import check_signers, recall_bundle
    from sousveil.investigation.vault import utc_now
    from sousveil.ledger.keys import PrivateKey

    if args.act == "give":
        until = _day(args.until)
        assert until is not None
        with _opened(args) as vault:
            scope = people.Scope(args.scope)
            found = people.give_consent(vault, args.person, scope=scope, until=until, now=utc_now())
        print(t("investigation.person_saved", id=found.id))
        return OK
    signers = [PrivateKey.load(file) for file in args.sign]
    check_signers(signers)
    _refuse_existing(args.out)

    def write(recalled: list[people.Sent]) -> None:
        if recalled:
            _write(args.out, recall_bundle(recalled, signers, now=now))

    with _opened(args) as vault:
        now = utc_now()
        recalled = people.withdraw(vault, args.person, now=now, before=write)
    print(t("investigation.erased", n=len(recalled)))
    if recalled:
        for sent in recalled:
            kind = t(f"investigation.kind.{sent.kind}")
            made = f"{sent.made:%F}"
            print("  " + t("investigation.recalled", kind=kind, id=sent.id, made=made, to=visible(sent.recipient, 60)))
        print(t("investigation.recall_made", path=visible(str(args.out))))
    _note(t("investigation.old_copies"))
    return OK


def _contact_plan(args: argparse.Namespace) -> int:
    from sousveil.investigation import people
    from sousveil.investigation.vault import utc_now

    day = _day(args.day) or utc_now().date()
    with _opened(args) as vault:
        known = people.load(vault)
    lines = [t("investigation.unaware", n=len(known.plan(day)), day=f"{day:%F}")]
    for person in known.plan(day):
        order = person.order if person.order is not None else "-"
        lines.append(t("investigation.plan_line", order=order, person=_shown(person)))
        if person.way:
            lines.append("    " + t("investigation.plan_way", way=visible(person.way, 300)))
    aware = sorted(known.persons.keys() - {person.id for person in known.plan(day)})
    lines.append(t("investigation.aware", n=len(aware), day=f"{day:%F}"))
    lines += [_shown(known.persons[id]) for id in aware]
    answer(lambda: print(*lines, sep="\n"))
    return OK


_DOES: dict[str, Callable[[argparse.Namespace], int]] = {
    "init": _init,
    "import": _import,
    "authenticate": _authenticate,
    "summary": _summary,
    "holders": _holders,
    "history": _history,
    "key": _key,
    "outputs": _outputs,
    "exchange": _exchange,
    "ask": _ask,
    "match": _match,
    "answer": _answer,
    "assignment": _assignment,
    "release": _release,
    "assign": _assign,
    "person": _person,
    "consent": _consent,
    "contact-plan": _contact_plan,
}


__all__ = ["add_parsers", "run"]
