"""The verbs of `investigation` that draw conclusions from a list: `correlate`, `clients` and `show`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil import display
from sousveil.answering import answer
from sousveil.cli_exchange import assignment_of
from sousveil.cli_vault import add_opening, check_range, new_folder, note, opened, write_private
from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.texts import t

if TYPE_CHECKING:
    from sousveil.investigation.clients import Client
    from sousveil.investigation.correlation import Comparison, Correlation, Correlations

OK = 0
SHOWN_PHONES = 30
"""Lines of single phones on the terminal; `--json` and `--out` have all."""
WITHIN_MOST, DAYS_MOST = 7 * 86_400, 366
PROGRESS_PHONES = 100


def add_parsers(verb: Callable[..., Any], path: Callable[[str], Path]) -> None:
    """Add these verbs; `verb` makes the parser of a verb of `investigation`."""
    correlating = verb("correlate", description=t("help.inv_correlate_full"))
    correlating.add_argument("cases", type=path, nargs="*", metavar="CASES", help=t("help.inv_cases"))
    correlating.add_argument("--numbers", type=path, metavar="FILE", help=t("help.inv_case_numbers"))
    correlating.add_argument("--case-identity", type=path, metavar="FILE", help=t("help.inv_case_identity"))
    correlating.add_argument("--within", type=int, default=300, metavar="SECONDS", help=t("help.inv_within"))
    correlating.add_argument("--clock-error", type=int, default=60, metavar="SECONDS", help=t("help.inv_clock_error"))
    correlating.add_argument("--events", type=path, metavar="EVENTS", help=t("help.inv_events"))
    correlating.add_argument("--days", type=int, default=7, metavar="N", help=t("help.inv_days"))
    correlating.add_argument("--dates", choices=("dmy", "mdy"), default="", help=t("help.inv_dates"))
    correlating.add_argument("--country", default="", metavar="CC", help=t("help.inv_country"))
    correlating.add_argument("--seed", type=int, default=1, metavar="N", help=t("help.inv_seed"))
    correlating.add_argument("--out", type=path, metavar="DIR", help=t("help.inv_correlate_out"))
    correlating.add_argument("--with-numbers", action="store_true", help=t("help.inv_with_numbers"))
    correlating.add_argument("--json", action="store_true", help=t("help.json"))
    add_opening(correlating, path)

    clients = verb("clients", description=t("help.inv_clients_full"))
    clients.add_argument("--least", type=int, default=50, metavar="N", help=t("help.inv_fewest"))
    clients.add_argument("--json", action="store_true", help=t("help.json"))
    add_opening(clients, path)

    showing = verb("show", description=t("help.inv_show_full"))
    showing.add_argument("--as", dest="newsroom", default="", metavar="NEWSROOM", help=t("help.inv_show_as"))
    showing.add_argument("--assignment", metavar="FILE|ID", help=t("help.inv_show_assignment"))
    showing.add_argument("--exchange", metavar="ADDRESS", help=t("help.inv_at"))
    showing.add_argument("--signer", action="append", default=[], metavar="KEY", help=t("help.inv_signer"))
    showing.add_argument("--port", type=int, default=0, metavar="PORT", help=t("help.inv_show_port"))
    add_opening(showing, path)


def _correlate(args: argparse.Namespace) -> int:
    from sousveil.investigation import case_times
    from sousveil.investigation.times import Order
    from sousveil.investigation.vault import read_header, utc_now

    check_range(args.within, 1, WITHIN_MOST, "--within")
    check_range(args.clock_error, 0, WITHIN_MOST, "--clock-error")
    check_range(args.days, 0, DAYS_MOST, "--days")
    check_range(args.seed, 0, 2**63 - 1, "--seed")
    if not args.cases and not args.events:
        raise Usage(t("error.correlate.nothing"), hint=t("error.correlate.nothing_hint"))
    if args.cases and not args.numbers:
        raise Usage(t("error.correlate.numbers_needed"), hint=t("error.correlate.cases_form"))
    if args.out is not None:
        _refuse_filled(args.out)
    read_header(args.vault)
    # Cases come from other computers: they are read before the key of the list is in this process, and before it has threads.
    folders = case_times.read_case_numbers(args.numbers, args.cases, args.country) if args.cases else {}

    def progress(done: int) -> None:
        if done % PROGRESS_PHONES == 0:
            note(t("investigation.phones_progress", done=f"{done:,}", n=len(folders)))

    times = case_times.read_phones(list(folders.values()), args.case_identity, progress, note) if folders else []
    phones = list(zip(folders, times, strict=True))

    from sousveil.investigation import correlation
    from sousveil.investigation.importing import rows_of

    events = correlation.read_events(args.events, args.country, Order(args.dates)) if args.events else []
    with opened(args) as vault:
        now = utc_now()
        by_phone = by_event = None
        if phones:
            by_phone = correlation.correlate_phones(
                rows_of(vault), phones, within=args.within, clock_error=args.clock_error, seed=args.seed, now=now
            )
        if events:
            by_event = correlation.correlate_events(rows_of(vault), events, days=args.days, seed=args.seed, now=now)
        made = correlation.Correlations(phones=by_phone, events=by_event)
        compared = {*folders, *(event.number for event in events)}
        made = correlation.keep_correlations(vault, made, now=now, numbers=compared)
    numbers = {"phones": list(folders), "events": list(dict.fromkeys(event.number for event in events))}
    whole = _as_json(made, numbers if args.with_numbers else {})
    if args.out is not None:
        _write_folder(args.out, made, whole)
        note(t("investigation.correlation_written", path=visible(str(args.out))))
    if args.json:
        answer(lambda: sys.stdout.buffer.write(whole))
    else:
        answer(lambda: print(*_correlated(made), sep="\n"))
    return OK


def _as_json(made: Correlations, numbers: dict[str, list[str]]) -> bytes:
    """The comparisons as JSON. `numbers`: the numbers of the labels, where the holders want them."""
    import msgspec

    from sousveil.cases.outputs import to_json

    whole = msgspec.to_builtins(made)
    for name, known in numbers.items():
        for phone, number in zip((whole[name] or {"phones": []})["phones"], known, strict=True):
            phone["number"] = number
    return to_json(whole)


def _refuse_filled(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Usage(t("error.vault.not_empty", folder=visible(str(folder))), hint=t("error.vault.not_empty_hint"))


def _write_folder(folder: Path, made: Correlations, whole: bytes) -> None:
    """Write comparison and pictures into a private folder that is there whole or not at all. Raises Usage."""
    with new_folder(folder) as part:
        for name, data in {"correlation.json": whole, **_pictures(made)}.items():
            write_private(part / name, data)


def _pictures(made: Correlations) -> dict[str, bytes]:
    """File name -> picture."""
    from sousveil.investigation import pictures

    files = {}
    for name, compared in (("phone", made.phones), ("person", made.events)):
        if compared is not None:
            files[f"all-{name}s.svg"] = pictures.picture_of_all(compared).encode()
            for phone in compared.phones:
                if phone.rows:
                    files[f"{name}-{phone.label}.svg"] = pictures.picture_of_phone(phone, compared).encode()
    return files


def _correlated(made: Correlations) -> Iterator[str]:
    """The comparisons for people, without numbers."""
    from sousveil.investigation.page import limits

    for compared in (made.phones, made.events):
        if compared is None:
            continue
        if compared is made.events and made.phones is not None:
            yield ""
        yield t(f"investigation.correlated.{compared.unit}s", n=len(compared.phones), rows=f"{compared.rows:,}")
        within = {"within": f"{compared.within:,}", "clock_error": f"{compared.clock_error:,}"}
        yield t(f"investigation.correlated.near_{compared.unit}", **within)
        yield ""
        yield from _compared(compared)
        yield ""
        for name in ("unlisted", "unusable", "untimed"):
            if count := getattr(compared, name):
                yield t(f"investigation.correlated.{name}_{compared.unit}", n=count)
        yield from limits(compared, made.runs)


def _compared(compared: Correlation) -> Iterator[str]:
    from sousveil.investigation.pictures import name_of_kind

    heads = ("who", "kind", "selections", "near", "expected", "shortest", "median", "probability", "corrected")
    rows = [tuple(t(f"investigation.column.{head}") for head in heads)]
    for one in compared.whole:
        rows.append((t("investigation.all"), name_of_kind(one.kind), *_figures(one, compared.unit)))
    single = [(phone.label, one) for phone in compared.phones for one in phone.comparisons if one.near]
    single.sort(key=lambda pair: (pair[1].corrected, pair[1].probability))
    for label, one in single[:SHOWN_PHONES]:
        who = t(f"investigation.label_{compared.unit}", label=label)
        rows.append((who, name_of_kind(one.kind), *_figures(one, compared.unit)))
    yield from display.table(rows, right=range(2, len(heads)))
    if len(single) > SHOWN_PHONES:
        yield t("list.more", n=len(single) - SHOWN_PHONES)


def _figures(one: Comparison, unit: str) -> tuple[str, ...]:
    from sousveil.investigation.pictures import duration, figure

    return (
        f"{one.selections:,}",
        f"{one.near:,}",
        figure(one.expected),
        duration(one.shortest, unit),
        duration(one.median, unit),
        "-" if one.probability is None else figure(one.probability),
        "-" if one.corrected is None else figure(one.corrected),
    )


def _clients(args: argparse.Namespace) -> int:
    import msgspec

    from sousveil.cases.outputs import to_json
    from sousveil.investigation.clients import describe_clients
    from sousveil.investigation.importing import rows_of
    from sousveil.investigation.vault import utc_now

    check_range(args.least, 10, 1_000_000, "--least")
    with opened(args) as vault:
        clients = describe_clients(rows_of(vault), least=args.least)
        vault.commit("clients", now=utc_now(), rows=vault.rows)
    if args.json:
        answer(lambda: sys.stdout.buffer.write(to_json({"clients": msgspec.to_builtins(clients)})))
    else:
        answer(lambda: print(*_described(clients, args.least), sep="\n"))
    return OK


def _described(clients: list[Client], least: int) -> Iterator[str]:
    from sousveil.investigation.page import inferred

    for client in clients:
        label = visible(client.label, 60) or t("investigation.none")
        yield t("investigation.client", label=label, rows=f"{client.rows:,}", n=client.numbers)
        for says, alternative in map(inferred, client.inferences):
            yield from display.wrapped(says, 100, first="  ", rest="  ")
            yield from display.wrapped(alternative, 100, first="    ", rest="    ")
        if not client.inferences:
            yield "  " + t("investigation.infer.nothing", n=least)
        if client.timed < client.rows:
            yield "  " + t("investigation.infer.untimed", n=client.rows - client.timed)
        yield ""
    yield t("investigation.infer.limits")


def _show(args: argparse.Namespace) -> int:
    from sousveil.investigation import page
    from sousveil.investigation.vault import utc_now

    if args.assignment is not None:
        if not args.newsroom or len(args.identity) != 1:
            raise Usage(t("error.correlate.show_newsroom"))
        content = page.newsroom_page(assignment_of(args, args.assignment, args.identity[0]))
    else:
        with opened(args) as vault:
            content = page.holders_page(vault, newsroom=args.newsroom)
            vault.commit("show", now=utc_now(), rows=vault.rows, recipient=args.newsroom)
    # The vault is closed again: the process keeps the page alone.
    try:
        service = page.PageService(args.port, content.encode())
    except (OSError, OverflowError) as error:
        raise Usage(t("error.oprf.port", port=args.port, reason=getattr(error, "strerror", "") or error)) from None
    with service:
        note(t("investigation.shows", address=service.address))
        service.serve_forever()
    return OK


DOES: dict[str, Callable[[argparse.Namespace], int]] = {
    "correlate": _correlate,
    "clients": _clients,
    "show": _show,
}


__all__ = ["DOES", "add_parsers"]
