"""The verb `investigation`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil import cli_correlation, cli_exchange, cli_publication, display
from sousveil.answering import answer
from sousveil.cli_vault import (
    add_opening,
    check_range,
    note,
    opened,
    read_bounded,
    refuse_existing,
    token_in,
    write_private,
)
from sousveil.errors import LimitExceeded, Usage
from sousveil.kinds import visible
from sousveil.texts import messages, t

if TYPE_CHECKING:
    from datetime import date

    from sousveil.investigation.importing import Settings
    from sousveil.investigation.people import Person
    from sousveil.investigation.summary import Agreement, Summary
    from sousveil.investigation.vault import Import, Look

OK, DIFFERS = 0, 1
ORDER_MOST = 1_000_000
SHOWN_LINES = 20
"""Lines that could not be read, shown after an import."""
_CATEGORIES = (
    *("journalist", "human-rights-defender", "activist", "lawyer", "judge", "opposition", "politician", "official"),
    *("diplomat", "academic", "health", "clergy", "trade-unionist", "business", "dissident", "relative", "other"),
    "not-published",
)
"""The values of `people.Category`, which help must not import."""
SHOWN_VALUES = 30
"""Values of a breakdown on the terminal; `--json` prints all."""


def add_parsers(verbs: Any, parser: type[argparse.ArgumentParser], path: Callable[[str], Path]) -> None:
    """Add `investigation` to the command line."""
    top = verbs.add_parser("investigation", help=t("help.inv"), description=t("help.inv_full"))
    does = top.add_subparsers(dest="does", metavar="|".join(_DOES), required=True, parser_class=parser)

    def verb(name: str, **rest: Any) -> Any:
        return does.add_parser(name, help=t(f"help.inv_{name.replace('-', '_')}"), **rest)

    def opening(made: Any) -> None:
        add_opening(made, path)

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

    looks = verb("looks", description=t("help.inv_looks_full"), epilog=t("help.inv_looks_codes"))
    looks.add_argument("--since", metavar="DATE", help=t("help.inv_since"))
    looks.add_argument("--person", metavar="PERSON", help=t("help.inv_looks_person"))
    looks.add_argument("--check", metavar="KEY", help=t("help.inv_looks_check"))
    looks.add_argument("--correct-clock", action="store_true", help=t("help.inv_looks_clock"))
    looks.add_argument("--seen", default="", metavar="SIZE:ROOT|FILE", help=t("help.inv_seen"))
    opening(looks)

    leaving = verb("outputs", description=t("help.inv_outputs_full"))
    leaving.add_argument(
        "--key", action="append", required=True, nargs=2, metavar=("ADDRESS", "TOKENFILE"), help=t("help.inv_key_at")
    )
    leaving.add_argument("--sign", type=path, action="append", required=True, metavar="FILE", help=t("help.inv_sign"))
    leaving.add_argument("--recipient", required=True, metavar="NAME", help=t("help.inv_bundle_for"))
    leaving.add_argument("--out", type=path, required=True, metavar="FILE", help=t("help.inv_out"))
    opening(leaving)

    cli_exchange.add_parsers(verb, parser, path)

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
            act.add_argument("--category", choices=_CATEGORIES, metavar="CATEGORY", help=t("help.inv_category"))
            act.add_argument("--case", type=path, metavar="CASE", help=t("help.inv_case"))
            act.add_argument("--case-identity", type=path, metavar="FILE", help=t("help.inv_case_identity"))
            act.add_argument("--withdraw-case", metavar="SHA256", help=t("help.inv_withdraw_case"))
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
    cli_correlation.add_parsers(verb, path)
    cli_publication.add_parsers(verb, path)


def run(args: argparse.Namespace) -> int:
    """Do one verb in protected memory; gives the exit code."""
    from sousveil.investigation.protection import protect_memory

    for refused in protect_memory():
        note(t(f"investigation.unprotected.{refused}"))
    try:
        return _DOES[args.does](args)
    except MemoryError:
        raise LimitExceeded(t("error.correlate.memory"), hint=t("error.correlate.memory_hint")) from None


def _init(args: argparse.Namespace) -> int:
    from sousveil.investigation.vault import Vault, read_header, utc_now

    Vault.create(args.folder, args.holder, args.recovery, now=utc_now())
    header = read_header(args.folder)
    print(t("investigation.made", folder=visible(str(args.folder)), n=len(header.holders)))
    print(t("investigation.log_key", key=header.log))
    if not args.recovery:
        note(t("investigation.no_recovery"))
    if len(args.holder) == 2:
        note(t("investigation.two_holders"))
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
        note(t("investigation.progress", rows=f"{rows:,}", part=f"{part:.0%}"))

    with opened(args) as vault:
        made = import_list(vault, args.list, settings, now=utc_now(), progress=progress)
    answer(lambda: print(*_imported(made), sep="\n"))
    note(t("investigation.clear_list", path=visible(str(args.list))))
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
    from sousveil.investigation.vault import utc_now

    settings = _settings(args)
    if not 0 < args.hours <= 24 * 366:
        raise Usage(t("error.list.hours"))
    with opened(args) as vault:
        agreement = authenticate(vault, args.probes, settings, now=utc_now(), hours=args.hours)
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
    from sousveil.investigation.vault import utc_now

    with opened(args) as vault:
        summary = summarize(vault)
        vault.commit("summary", now=utc_now(), rows=vault.rows)
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
    with opened(args) as vault:
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
    note(t("investigation.old_copies"))
    return OK


def _looks(args: argparse.Namespace) -> int:
    from sousveil.investigation import people
    from sousveil.investigation.journal import noted, read_log
    from sousveil.investigation.vault import CLOCK_SET, LOG, utc_now
    from sousveil.ledger.note import parse_vkey

    if args.check is not None:
        head, _ = read_log(args.vault / LOG, parse_vkey(args.check), args.seen)
        answer(lambda: print(t("investigation.log_checked", n=head.size), noted(head), sep="\n"))
        return OK
    since, person = _day(args.since), args.person or ""
    if person and not re.fullmatch("[0-9a-f]{4,16}", person):  # the log would keep a name that somebody typed
        raise Usage(t("error.people.no_person", id=visible(person, 40)), hint=t("error.people.no_person_hint"))
    with opened(args) as vault:
        read_log(args.vault / LOG, parse_vkey(vault.header.log), args.seen)
        what = CLOCK_SET if args.correct_clock else "looks"
        vault.commit(what, now=utc_now(), person=person, since=args.since or "")
        persons = people.load(vault).persons.items()
        numbers = {number for id, one in persons if id.startswith(person) for number in one.numbers}
        looks, size, head_noted = list(vault.history), len(vault.history), vault.log_head
    rows = [
        (
            f"{look.when:%F %T} UTC",
            t(f"investigation.look.{look.what}"),
            "; ".join(t(f"investigation.about.{name}", value=value) for name, value in look.about.items()),
            " ".join(look.by),
        )
        for look in looks
        if (since is None or look.when.date() >= since) and (not person or _concerns(look, person, numbers))
    ]
    lines = [*(display.table(rows) if rows else ()), t("investigation.log_checked", n=size), head_noted]
    answer(lambda: print(*lines, sep="\n"))
    return OK


def _concerns(look: Look, person: str, numbers: set[str]) -> bool:
    """Whether an entry names a person or a number of the person, or is about so many that it names none."""
    ids, named = (str(look.about.get(name, "")).split() for name in ("person", "number"))
    many = look.about.get("persons") or look.about.get("numbers")
    return (
        bool(many) or any(id.startswith(person) or person.startswith(id) for id in ids) or not numbers.isdisjoint(named)
    )


def _outputs(args: argparse.Namespace) -> int:
    from sousveil.investigation.key_service import remote
    from sousveil.investigation.oprf import cores
    from sousveil.investigation.releases import check_signers, output_bundle
    from sousveil.investigation.vault import utc_now
    from sousveil.ledger.keys import PrivateKey

    signers = [PrivateKey.load(file) for file in args.sign]
    check_signers(signers)
    refuse_existing(args.out)
    keys = [remote(address, token_in(Path(file))) for address, file in args.key]

    def progress(done: int, whole: int) -> None:
        note(t("investigation.outputs_progress", done=f"{done:,}", n=whole))

    with opened(args) as vault:
        data = output_bundle(
            vault, keys, signers, recipient=args.recipient, now=utc_now(), progress=progress, processes=cores()
        )
    write_private(args.out, data)
    print(t("investigation.outputs_made", path=visible(str(args.out)), recipient=visible(args.recipient, 80)))
    return OK


def _release(args: argparse.Namespace) -> int:
    import msgspec

    from sousveil.investigation.releases import answer_bundle, check_signers
    from sousveil.investigation.requests import Request
    from sousveil.investigation.vault import utc_now
    from sousveil.ledger.keys import PrivateKey

    signers = [PrivateKey.load(file) for file in args.sign]
    check_signers(signers)
    refuse_existing(args.out)
    try:
        request = msgspec.msgpack.decode(read_bounded(args.request), type=Request)
    except msgspec.DecodeError:
        raise Usage(t("error.exchange.bad_file", path=visible(str(args.request)))) from None
    with opened(args) as vault:
        data = answer_bundle(vault, request, args.place, signers, recipient=args.recipient, now=utc_now())
    write_private(args.out, data)
    newsroom = visible(request.newsroom, 60)
    print(t("investigation.released", path=visible(str(args.out)), n=len(set(args.place)), newsroom=newsroom))
    return OK


def _assign(args: argparse.Namespace) -> int:
    from sousveil.investigation.releases import assignment_bundle, check_signers
    from sousveil.investigation.vault import utc_now
    from sousveil.ledger.keys import PrivateKey

    signers = [PrivateKey.load(file) for file in args.sign]
    check_signers(signers)
    refuse_existing(args.out)
    with opened(args) as vault:
        data, rows = assignment_bundle(
            vault,
            signers,
            newsroom=args.newsroom,
            recipient=args.recipient,
            country=args.country.upper(),
            client=args.client,
            now=utc_now(),
        )
    write_private(args.out, data)
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
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise Usage(t("error.lake.date", text=visible(text or "", 40)), hint=t("error.lake.write_date")) from None


def _person(args: argparse.Namespace) -> int:
    from sousveil.investigation import people
    from sousveil.investigation.lookups import one_number
    from sousveil.investigation.vault import looked_at, utc_now

    given: dict[str, object] = {}
    outcome = None
    if args.act == "change":
        if args.case is not None:
            from sousveil.investigation.case_times import read_outcome

            # The case comes from another computer: it is read before the key of the list is in this process.
            outcome = read_outcome(args.case, args.case_identity, note)
        given = {name: _typed(t(f"investigation.prompt_{name}")) for name in ("way", "comment") if getattr(args, name)}
        if args.order is not None:
            check_range(args.order, 1, ORDER_MOST, "--order")
        given["order"] = args.order
        given |= {name: _day(getattr(args, name)) for name in ("informed", "comment_asked")}
        given["category"] = people.Category(args.category) if args.category else None
        given["confidence"] = people.Confidence(args.confidence) if args.confidence else None
        given["safety"] = people.Safety(args.safety) if args.safety else None
        given = {name: value for name, value in given.items() if value is not None}
    typed = _typed(t("investigation.prompt_numbers")) if args.act == "add" else ""
    numbers = [one_number(one) for one in typed.split(",")] if args.act == "add" else []
    name = _typed(t("investigation.prompt_name")) if args.act == "add" else ""
    basis = _typed(t("investigation.prompt_basis")) if args.act in ("add", "confirm") else ""
    with opened(args) as vault:
        now = utc_now()
        if args.act == "add":
            found = people.identify(vault, name=name, numbers=numbers, by=args.by, basis=basis, now=now)
        elif args.act == "confirm":
            found = people.confirm(vault, args.person, by=args.by, basis=basis, now=now)
        elif args.act == "change":
            wrong = args.withdraw_case
            found = people.change(vault, args.person, now=now, examined=outcome, withdrawn=wrong, **given)
        else:
            everybody = sorted(people.load(vault).persons.values(), key=lambda one: one.id)
            vault.commit("persons", now=now, **looked_at("person", [one.id for one in everybody]))
            answer(lambda: print(*(_shown(one, now.date()) for one in everybody), sep="\n"))
            return OK
    print(t("investigation.person_saved", id=found.id))
    if not found.certain:
        note(t("investigation.second_needed"))
    return OK


def _shown(person: Person, day: date) -> str:
    """A line about a person on a day, for holders only."""
    consent = t("investigation.no_consent")
    if person.consent is not None:
        scope = t(f"investigation.scope.{person.consent.scope}")
        state = "until" if person.consent.until >= day else "ended"
        consent = t(f"investigation.consent_{state}", scope=scope, until=f"{person.consent.until:%F}")
    return t(
        "investigation.person",
        id=person.id,
        name=visible(person.name, 80),
        identified=t(f"investigation.identified.{'two' if person.certain else 'one'}"),
        confidence=t(f"investigation.confidence.{person.confidence}"),
        category=person.category,
        stage=", ".join((person.stage, *(sha256[:12] for sha256 in person.cases))),
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
        with opened(args) as vault:
            scope = people.Scope(args.scope)
            found = people.give_consent(vault, args.person, scope=scope, until=until, now=utc_now())
        print(t("investigation.person_saved", id=found.id))
        return OK
    signers = [PrivateKey.load(file) for file in args.sign]
    check_signers(signers)
    refuse_existing(args.out)

    def write(recalled: list[people.Sent]) -> None:
        if recalled:
            write_private(args.out, recall_bundle(recalled, signers, now=now))

    with opened(args) as vault:
        now = utc_now()
        recalled = people.withdraw(vault, args.person, now=now, before=write)
    print(t("investigation.erased", n=len(recalled)))
    if recalled:
        for sent in recalled:
            kind = t(f"investigation.kind.{sent.kind}")
            made = f"{sent.made:%F}"
            print("  " + t("investigation.recalled", kind=kind, id=sent.id, made=made, to=visible(sent.recipient, 60)))
        print(t("investigation.recall_made", path=visible(str(args.out))))
        for sent in recalled:
            if sent.kind == "publication":
                note(t("investigation.withdraw_register", id=sent.id))
    note(t("investigation.old_copies"))
    return OK


def _contact_plan(args: argparse.Namespace) -> int:
    from sousveil.investigation import people
    from sousveil.investigation.vault import looked_at, utc_now

    now = utc_now()
    day = _day(args.day) or now.date()
    with opened(args) as vault:
        known = people.load(vault)
        vault.commit("plan", now=now, day=f"{day:%F}", **looked_at("person", list(known.persons)))
    lines = [t("investigation.unaware", n=len(known.plan(day)), day=f"{day:%F}")]
    for person in known.plan(day):
        order = person.order if person.order is not None else "-"
        lines.append(t("investigation.plan_line", order=order, person=_shown(person, day)))
        if person.way and person.safety is not people.Safety.NO_CONTACT:
            lines.append("    " + t("investigation.plan_way", way=visible(person.way, 300)))
    aware = sorted(known.persons.keys() - {person.id for person in known.plan(day)})
    lines.append(t("investigation.aware", n=len(aware), day=f"{day:%F}"))
    lines += [_shown(known.persons[id], day) for id in aware]
    answer(lambda: print(*lines, sep="\n"))
    return OK


_DOES: dict[str, Callable[[argparse.Namespace], int]] = {
    "init": _init,
    "import": _import,
    "authenticate": _authenticate,
    "summary": _summary,
    "holders": _holders,
    "looks": _looks,
    "outputs": _outputs,
    **cli_exchange.DOES,
    "release": _release,
    "assign": _assign,
    "person": _person,
    "consent": _consent,
    "contact-plan": _contact_plan,
    **cli_correlation.DOES,
    **cli_publication.DOES,
}


__all__ = ["add_parsers", "run"]
