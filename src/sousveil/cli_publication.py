"""The verbs of `investigation` with which it ends: the embargo, the publication, the export, and the destruction."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil.answering import answer
from sousveil.cli_vault import add_opening, new_folder, note, opened, refuse_existing, write_private
from sousveil.errors import Usage
from sousveil.kinds import visible
from sousveil.texts import t

if TYPE_CHECKING:
    from datetime import datetime

    from sousveil.ledger.keys import PrivateKey

OK = 0


def add_parsers(verb: Callable[..., Any], path: Callable[[str], Path]) -> None:
    """Add these verbs. `verb`: makes the parser of a verb of `investigation`."""

    def counting(made: Any) -> None:
        made.add_argument("--least", type=int, default=10, metavar="N", help=t("help.inv_least"))
        made.add_argument("--country-labels", action="store_true", help=t("help.inv_country_labels"))

    def leaving(made: Any) -> None:
        made.add_argument("--sign", type=path, action="append", required=True, metavar="FILE", help=t("help.inv_sign"))

    aggregating = verb("aggregate", description=t("help.inv_aggregate_full"))
    aggregating.add_argument("--recipient", required=True, metavar="NAME", help=t("help.inv_bundle_for"))
    counting(aggregating)
    aggregating.add_argument("--out", type=path, required=True, metavar="FILE", help=t("help.inv_out"))
    leaving(aggregating)
    add_opening(aggregating, path)

    embargo = verb("embargo", description=t("help.inv_embargo_full"))
    embargo.add_argument("until", metavar="TIME", help=t("help.inv_embargo_until"))
    add_opening(embargo, path)

    publishing = verb("publish", description=t("help.inv_publish_full"))
    publishing.add_argument("--title", required=True, metavar="TEXT", help=t("help.inv_title"))
    publishing.add_argument("--publisher", required=True, metavar="NAME", help=t("help.inv_publisher"))
    publishing.add_argument("--source", required=True, metavar="TEXT", help=t("help.inv_publication_source"))
    counting(publishing)
    publishing.add_argument("--out", type=path, required=True, metavar="DIR", help=t("help.inv_out_dir"))
    leaving(publishing)
    add_opening(publishing, path)

    tracing = verb("trace")
    tracing.add_argument("record", metavar="ID", help=t("help.inv_record"))
    add_opening(tracing, path)

    exporting = verb("export", description=t("help.inv_export_full"))
    exporting.add_argument("--recipient", required=True, metavar="NAME", help=t("help.inv_export_for"))
    exporting.add_argument("--list-title", default="", metavar="TEXT", help=t("help.inv_list_title"))
    exporting.add_argument("--out", type=path, required=True, metavar="DIR", help=t("help.inv_out_dir"))
    leaving(exporting)
    add_opening(exporting, path)

    destroying = verb("destroy", description=t("help.inv_destroy_full"))
    destroying.add_argument("--key", type=path, metavar="FILE", help=t("help.inv_destroy_key"))
    destroying.add_argument("--confirm", default="", metavar="ID", help=t("help.inv_confirm"))
    destroying.add_argument("--out", type=path, required=True, metavar="FILE", help=t("help.inv_out"))
    leaving(destroying)
    add_opening(destroying, path)


def _signers(args: argparse.Namespace) -> list[PrivateKey]:
    """The keys of two holders; and nothing is at the place that is to be written."""
    from sousveil.investigation.releases import check_signers
    from sousveil.ledger.keys import PrivateKey

    signers = [PrivateKey.load(file) for file in args.sign]
    check_signers(signers)
    refuse_existing(args.out)
    return signers


def _embargo(args: argparse.Namespace) -> int:
    from sousveil.investigation.publication import set_embargo
    from sousveil.investigation.vault import utc_now

    until = _moment(args.until)
    with opened(args) as vault:
        set_embargo(vault, until, now=utc_now())
    print(t("investigation.embargo_set", until=f"{until:%F %T}"))
    return OK


def _moment(text: str) -> datetime:
    """A time with its zone, in UTC. Raises Usage."""
    from datetime import UTC, datetime

    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise Usage(t("error.publication.time", text=visible(text, 40)), hint=t("error.publication.time_hint"))
    return when.astimezone(UTC)


def _names_country(args: argparse.Namespace) -> Callable[[str], object]:
    """Whether a word is a country's name or code, unless the holders publish such labels."""
    from sousveil.register.types.countries import country_code

    return (lambda word: None) if args.country_labels else country_code


def _aggregate(args: argparse.Namespace) -> int:
    from sousveil.investigation.publication import aggregate_bundle
    from sousveil.investigation.vault import utc_now

    signers, naming = _signers(args), _names_country(args)
    with opened(args) as vault:
        data, shown = aggregate_bundle(
            vault, signers, recipient=args.recipient, least=args.least, now=utc_now(), names_country=naming
        )
    write_private(args.out, data)
    print(t("investigation.aggregated", path=visible(str(args.out)), n=shown, recipient=visible(args.recipient, 80)))
    return OK


def _publish(args: argparse.Namespace) -> int:
    from functools import partial

    from sousveil.investigation import people, publication
    from sousveil.investigation.vault import utc_now

    signers, naming, now = _signers(args), _names_country(args), utc_now()
    terms = publication.Terms(title=args.title, publisher=args.publisher, source=args.source, least=args.least)

    with new_folder(args.out) as part, opened(args) as vault:
        unaware = len(people.load(vault).plan(now.date()))
        publication.publish(vault, terms, signers, now=now, names_country=naming, before=partial(_write, part))
        made = publication.read_ledger(vault).publications[-1]
        persons = people.load(vault).persons
    print(t("investigation.published", path=visible(str(args.out)), n=len(made.counts)))
    for subject, id in made.named.items():
        consent = persons[id].consent
        assert consent is not None
        given, until = f"{consent.given:%F}", f"{consent.until:%F}"
        print(t("investigation.published_name", id=subject, person=id, given=given, until=until))
    if unaware:
        note(t("investigation.unaware", n=unaware, day=f"{now:%F}"))
    return OK


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        write_private(folder / name, data)


def _trace(args: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from sousveil.investigation.publication import named_by, trace
    from sousveil.investigation.vault import utc_now

    with opened(args) as vault:
        count, rows = trace(vault, args.record)
        person = named_by(vault, args.record)
        vault.commit("trace", now=utc_now(), record=args.record, rows=len(rows), person=person)
    lines = [t("investigation.traced_person", rows=f"{len(rows):,}")]
    if count is not None:
        lines = [t("investigation.traced", n=count.value, rows=f"{len(rows):,}")]
    for item, row in rows:
        when = t("investigation.no_time")
        if row.seconds is not None:
            when = f"{datetime.fromtimestamp(row.seconds, UTC):%F %T}"
        client = visible(row.client, 60) or t("investigation.none")
        lines.append(t("investigation.traced_row", id=item.id, line=row.line, when=when, client=client))
    answer(lambda: print(*lines, sep="\n"))
    return OK


def _export(args: argparse.Namespace) -> int:
    from functools import partial

    from sousveil.investigation.ftm import export
    from sousveil.investigation.vault import utc_now

    signers = _signers(args)
    with new_folder(args.out) as part, opened(args) as vault:
        write, title = partial(_write, part), args.list_title
        export(vault, signers, recipient=args.recipient, list_title=title, now=utc_now(), before=write)
    print(t("investigation.exported", path=visible(str(args.out)), recipient=visible(args.recipient, 80)))
    return OK


def _destroy(args: argparse.Namespace) -> int:
    from sousveil.investigation.destruction import destroy_key, destroy_vault
    from sousveil.investigation.vault import utc_now

    signers = _signers(args)

    if args.key is not None:
        destroy_key(args.key, signers, confirm=args.confirm, now=utc_now(), out=args.out)
        print(t("investigation.key_destroyed", path=visible(str(args.key))))
    else:
        with opened(args) as vault:
            destroy_vault(vault, signers, confirm=args.confirm, now=utc_now(), out=args.out)
        print(t("investigation.vault_destroyed", folder=visible(str(args.vault))))
    note(t("investigation.destroyed_limits"))
    return OK


DOES: dict[str, Callable[[argparse.Namespace], int]] = {
    "aggregate": _aggregate,
    "embargo": _embargo,
    "publish": _publish,
    "trace": _trace,
    "export": _export,
    "destroy": _destroy,
}


__all__ = ["DOES", "add_parsers"]
