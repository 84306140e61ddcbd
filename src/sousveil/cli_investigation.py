"""The verb `investigation`."""

from __future__ import annotations

import argparse
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
    from sousveil.investigation.importing import Settings
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
        return does.add_parser(name, help=t(f"help.inv_{name}"), **rest)

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
    acts.add_parser("new", help=t("help.inv_key_new")).add_argument("file", type=path, metavar="FILE")
    serving = acts.add_parser("serve", help=t("help.inv_key_serve"))
    serving.add_argument("file", type=path, metavar="FILE", help=t("help.inv_key_file"))
    serving.add_argument("--port", type=int, default=8101, metavar="PORT", help=t("help.inv_port"))
    serving.add_argument("--token-file", type=path, required=True, metavar="FILE", help=t("help.inv_token"))
    serving.add_argument("--per-day", type=int, required=True, metavar="N", help=t("help.inv_per_day"))

    leaving = verb("outputs", description=t("help.inv_outputs_full"))
    leaving.add_argument(
        "--key", action="append", required=True, nargs=2, metavar=("ADDRESS", "TOKENFILE"), help=t("help.inv_key_at")
    )
    leaving.add_argument("--sign", type=path, action="append", required=True, metavar="FILE", help=t("help.inv_sign"))
    leaving.add_argument("--recipient", required=True, metavar="NAME", help=t("help.inv_bundle_for"))
    leaving.add_argument("--out", type=path, required=True, metavar="FILE", help=t("help.inv_out"))
    opening(leaving)


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
    quota = Quota(args.file.with_name(args.file.name + ".count"), args.per_day, today)
    try:
        service = KeyService(args.port, key, quota, _token(args.token_file))
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


def _outputs(args: argparse.Namespace) -> int:
    from sousveil.investigation.key_service import remote
    from sousveil.investigation.releases import check_signers, output_bundle
    from sousveil.investigation.vault import utc_now
    from sousveil.ledger import atomic
    from sousveil.ledger.keys import PrivateKey

    signers = [PrivateKey.load(file) for file in args.sign]
    check_signers(signers)
    if args.out.exists():
        raise Usage(t("error.oprf.exists", path=visible(str(args.out))), hint=t("error.vault.not_empty_hint"))
    keys = [remote(address, _token(Path(file))) for address, file in args.key]

    def progress(done: int, whole: int) -> None:
        _note(t("investigation.outputs_progress", done=f"{done:,}", n=whole))

    with _opened(args) as vault:
        data = output_bundle(vault, keys, signers, recipient=args.recipient, now=utc_now(), progress=progress)
    try:
        atomic.write(args.out, data, mode=0o600)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Usage(t("error.vault.disk", path=visible(str(args.out)), reason=reason)) from None
    print(t("investigation.outputs_made", path=visible(str(args.out)), recipient=visible(args.recipient, 80)))
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
}


__all__ = ["add_parsers", "run"]
