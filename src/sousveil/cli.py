"""The verbs. Standard output is data or the answer; talk and progress go to standard error.

Heavy modules are imported inside the verbs, so that `--version` and wrong usage answer at once.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from sousveil import cli_complaints, cli_decide, cli_guide, cli_investigation, cli_lake, cli_register
from sousveil.answering import silence, unwritable
from sousveil.errors import SousveilError, Usage
from sousveil.kinds import visible
from sousveil.texts import available, data, t, use
from sousveil.version import __version__

OK, FOUND, FAILED, INCOMPLETE, INTERRUPTED = 0, 1, 2, 3, 130


class _Ended(KeyboardInterrupt):
    """The run was asked to end by SIGTERM: the same clean-up as for Ctrl-C."""


def _end(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: a second one must not break the clean-up
    raise _Ended


_PASSWORDS = ("-p", "--password", "--pass", "--passwd", "--passphrase", "--pwd")
"""What people try."""


def _tells_a_password(word: str) -> bool:
    return word.partition("=")[0] in _PASSWORDS or (word.startswith("-p") and len(word) > 2)


class _Parser(argparse.ArgumentParser):
    """Errors as one sentence and a pointer, exit code 2. Options are written out: `--password` must not pass for
    `--password-file`."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **rest})

    def error(self, message: str) -> NoReturn:
        unknown = message.removeprefix("unrecognized arguments: ").split() if message[:12] == "unrecognized" else []
        if any(_tells_a_password(word) for word in unknown):  # it is not shown a second time
            message = t("help.do_give_password")
        print(f"{self.prog}: {visible(message, 2000)}", file=sys.stderr)
        print(t("help.try_help", prog=self.prog), file=sys.stderr)
        raise SystemExit(FAILED)


def _count(text: str) -> int:
    """A number of something, at least 1."""
    count = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    if count < 1:
        raise argparse.ArgumentTypeError(t("help.number_more", text=text))
    return count


JOBS_MAX = 64


def _jobs(text: str) -> int:
    """A number of processes."""
    count = _count(text)
    if count > JOBS_MAX:
        raise argparse.ArgumentTypeError(t("help.more", text=text, most=JOBS_MAX))
    return count


def _path(text: str) -> Path:
    """A path. An empty one would stand for the folder that one is in, which nobody named."""
    if not text:
        raise argparse.ArgumentTypeError(t("help.path_empty"))
    return Path(text)


def _place(text: str) -> Path | str:
    """A path, or an address in a store as text."""
    return text if "://" in text else _path(text)


def _passwords(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--password-file",
        type=_path,
        metavar="FILE",
        help=t("help.read_backup_password"),
    )
    group.add_argument("--key-file", type=_path, metavar="FILE", help=t("help.use_key_made"))
    return group


def _sandbox(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--require-sandbox",
        action="store_true",
        help=t("help.stop_if_system"),
    )


def _sets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--indicators",
        type=_path,
        action="append",
        default=[],
        metavar="FILE|DIR",
        help=t("help.more_indicators_stix"),
    )
    _context(parser)
    parser.add_argument("--no-bundled", action="store_true", help=t("help.leave_out_bundled"))


def _context(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--context-as-leads",
        action="store_true",
        help=t("help.use_entries_marked"),
    )


def _span(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="DATE", help=t("help.show_only_what"))
    parser.add_argument("--until", metavar="DATE", help=t("help.show_only_what_happened"))


def _identity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--identity", type=_path, metavar="FILE", help=t("help.age_identity_opens"))


def build_parser(*, only_check: bool = False) -> argparse.ArgumentParser:
    """The whole command line; `only_check` leaves out what no line that begins with `check` can reach: making the other
    seventy parsers takes as long as importing this whole module."""
    parser = _Parser(
        prog="sousveil",
        description=t("help.check_phone_backup"),
    )
    parser.add_argument("--version", action="version", version=f"sousveil {__version__}")
    parser.add_argument("--language", metavar="CODE", help=t("help.language"))
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)

    check = verbs.add_parser(
        "check",
        help=t("help.check_more_ios"),
        description=t("help.check_ios_backups"),
        epilog=t("help.exit_codes_nothing"),
    )
    check.add_argument("paths", nargs="+", type=_place, metavar="PATH", help=t("help.backup_folder_folder"))
    _sets(check)
    _passwords(check).add_argument(
        "--identity",
        type=_path,
        metavar="FILE",
        help=t("help.age_identity_opens_encrypted"),
    )
    out = check.add_mutually_exclusive_group()
    out.add_argument("--out", type=_place, metavar="DIR", help=t("help.write_case_folder"))
    out.add_argument("--no-files", action="store_true", help=t("help.write_nothing"))
    check.add_argument(
        "--case-recipient",
        action="append",
        default=[],
        metavar="age1...",
        help=t("help.encrypt_every_file"),
    )
    check.add_argument("--json", action="store_true", help=t("help.print_findings_json"))
    check.add_argument(
        "--full-records",
        action="store_true",
        help=t("help.also_write_records"),
    )
    check.add_argument(
        "--skip",
        action="append",
        default=[],
        choices=("photos", "messages", "contacts", "browsing", "location", "other"),
        metavar="CATEGORY",
        help=t("help.do_open_files"),
    )
    check.add_argument("--no-scan", action="store_true", help=t("help.do_search_every"))
    _span(check)
    _sandbox(check)
    check.add_argument("--resume", action="store_true", help=t("help.resume"))
    where = check.add_mutually_exclusive_group()
    where.add_argument("--on", metavar="ADDRESS", help=t("help.on"))
    check.add_argument("--certificates", type=_path, metavar="DIR", help=t("help.certificates"))
    where.add_argument("--jobs", type=_jobs, metavar="N", help=t("help.number_reading_processes"))
    check.add_argument("--suppress", type=_path, metavar="FILE", help=t("help.known_good_findings"))
    check.add_argument("--verbose", action="store_true", help=t("help.print_each_step"))
    check.add_argument("--label", metavar="TEXT", help=t("help.your_name_phone"))
    check.add_argument("--examiner", metavar="NAME", help=t("help.name_examiner_shown"))
    check.add_argument(
        "--timezone",
        default="UTC",
        metavar="NAME",
        help=t("help.show_times_zone"),
    )
    check.add_argument("--full", action="store_true", help=t("help.print_every_detail"))
    if only_check:
        return parser

    key = verbs.add_parser(
        "extract-key",
        help=t("help.write_key_encrypted"),
        description=t("help.writes_key_file"),
    )
    key.add_argument("backup", type=Path, help=t("help.backup"))
    key.add_argument("keyfile", type=Path, help=t("help.keyfile"))
    key.add_argument("--password-file", type=Path, metavar="FILE", help=t("help.read_backup_password"))
    _sandbox(key)

    decrypt = verbs.add_parser("decrypt", help=t("help.write_decrypted_copy"))
    decrypt.add_argument("backup", type=Path, help=t("help.backup"))
    decrypt.add_argument("dest", type=Path, help=t("help.dest"))
    decrypt.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="DOMAIN/GLOB",
        help=t("help.only_files_under"),
    )
    _passwords(decrypt)
    _sandbox(decrypt)

    indicators = verbs.add_parser("indicators", help=t("help.list_add_fetch"))
    does = indicators.add_subparsers(
        dest="does", metavar="list|show|add|remove|fetch|update|test|keys", required=True, parser_class=_Parser
    )
    does.add_parser("list", help=t("help.list_sets_use")).add_argument(
        "--json", action="store_true", help=t("help.json")
    )
    show = does.add_parser("show", help=t("help.show_indicators_set"))
    show.add_argument("name", help=t("help.set_name"))
    show.add_argument("--json", action="store_true", help=t("help.json"))
    add = does.add_parser("add", help=t("help.keep_file_indicators"))
    add.add_argument("file", type=_path, help=t("help.indicator_file"))
    add.add_argument("--kind", metavar="KIND", help=t("help.kind_every_line"))
    _context(add)
    remove = does.add_parser("remove", help=t("help.remove_added_file"))
    remove.add_argument("name", help=t("help.name_list_shows"))
    fetch = does.add_parser(
        "fetch",
        help=t("help.fetch_known_public"),
        description=t("help.fetch_known_public_set"),
    )
    fetch.add_argument("name", nargs="?", metavar="NAME", help=t("help.known_public_set"))
    fetch.add_argument(
        "--from",
        dest="source",
        metavar="URL|FILE",
        help=t("help.another_https_address"),
    )
    update = does.add_parser("update", help=t("help.install_signed_update"))
    update.add_argument("--from", dest="source", metavar="URL|FILE", help=t("help.update_source"))
    update.add_argument("--key", type=Path, metavar="FILE", help=t("help.trust_publisher_public"))
    does.add_parser("keys", help=t("help.list_trusted_keys"))
    test = does.add_parser(
        "test",
        help=t("help.test_whether_value"),
        epilog=t("help.exit_codes_value"),
    )
    test.add_argument("values", nargs="+", metavar="VALUE", help=t("help.value"))
    test.add_argument("--json", action="store_true", help=t("help.json"))
    _sets(test)

    artefacts = verbs.add_parser("artefacts", help=t("help.list_what_read"))
    artefacts.add_argument("name", nargs="?", help=t("help.artefact_name"))

    cli_guide.add_parser(verbs)

    timeline = verbs.add_parser("timeline", help=t("help.show_events_case"))
    timeline.add_argument("case", type=Path, help=t("help.case"))
    form = timeline.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help=t("help.csv"))
    form.add_argument("--jsonl", action="store_true", help=t("help.jsonl"))
    timeline.add_argument("--grep", metavar="TEXT", help=t("help.grep"))
    _span(timeline)
    _identity(timeline)

    explain = verbs.add_parser("explain", help=t("help.explain_finding_step"))
    explain.add_argument("case", type=Path, help=t("help.case"))
    explain.add_argument("id", help=t("help.beginning_finding_id"))
    _identity(explain)

    judge = verbs.add_parser(
        "judge",
        help=t("help.record_examiner_decision"),
        description=t("help.report_shows_decision"),
    )
    judge.add_argument("case", type=Path, help=t("help.case"))
    judge.add_argument("id", help=t("help.beginning_finding_id"))
    judge.add_argument("word", choices=("confirmed", "harmless"), help=t("help.decision"))
    judge.add_argument("--because", required=True, metavar="TEXT", help=t("help.reason"))
    judge.add_argument("--by", required=True, metavar="NAME", help=t("help.examiner"))
    _identity(judge)
    cli_lake.add_parsers(verbs, _Parser, _path)
    cli_register.add_parsers(verbs, _Parser, _count)
    cli_decide.add_parser(verbs)
    cli_complaints.add_parsers(verbs, _Parser, _count)
    cli_investigation.add_parsers(verbs, _Parser, _path)
    return parser


def _check(args: argparse.Namespace) -> int:
    from sousveil.cli_check import check

    return check(args)


@contextlib.contextmanager
def _notices(*, verbose: bool) -> Iterator[None]:
    """What modules log goes to standard error: warnings, with `verbose` each step, with SOUSVEIL_DEBUG everything."""
    import logging

    class ToStandardError(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            mine = "sousveil: " if record.levelno > logging.DEBUG else ""
            print(mine + record.getMessage(), file=sys.stderr)

    level = logging.DEBUG if os.environ.get("SOUSVEIL_DEBUG") else logging.INFO if verbose else logging.WARNING
    logger, handler = logging.getLogger("sousveil"), ToStandardError()
    before = logger.level
    logger.setLevel(level)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


def _extract_key(args: argparse.Namespace) -> int:
    from sousveil.cases.plaintext import extract_key

    return extract_key(args)


def _decrypt(args: argparse.Namespace) -> int:
    from sousveil.cases.plaintext import decrypt

    return decrypt(args)


def _indicators(args: argparse.Namespace) -> int:
    from sousveil.cases.indicator_verbs import run

    return run(args)


def _artefacts(args: argparse.Namespace) -> int:
    from sousveil.cases.reference import show

    return show(args.name)


def _timeline(args: argparse.Namespace) -> int:
    from sousveil.cases.timeline_view import show_timeline

    show_timeline(
        args.case,
        sys.stdout,
        form="csv" if args.csv else "jsonl" if args.jsonl else "table",
        grep=args.grep,
        since=args.since,
        until=args.until,
        identity=args.identity,
    )
    return OK


def _explain(args: argparse.Namespace) -> int:
    from sousveil.cases.explain import explain

    print(explain(args.case, args.id, args.identity))
    return OK


def _judge(args: argparse.Namespace) -> int:
    from sousveil.cases.judgements import judge_finding
    from sousveil.cases.model import Word

    judgement = judge_finding(
        args.case, args.id, Word(args.word), because=args.because, by=args.by, identity=args.identity
    )
    print(t("help.finding_recorded_report", finding=judgement.finding, word=judgement.word.value))
    return OK


VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "check": _check,
    "extract-key": _extract_key,
    "decrypt": _decrypt,
    "indicators": _indicators,
    "artefacts": _artefacts,
    "guide": cli_guide.run,
    "timeline": _timeline,
    "explain": _explain,
    "judge": _judge,
    "lake": cli_lake.lake,
    "recheck": cli_lake.recheck,
    "register": cli_register.run,
    "serve": cli_register.serve,
    "worker": cli_register.worker,
    "decide": cli_decide.run,
    "complaints": cli_complaints.run,
    "investigation": cli_investigation.run,
}


REGISTER_VERBS = ("register", "serve", "worker", "decide", "complaints")
"""Verbs in which a file or place that cannot be used is the caller's to mend."""


EXTRAS = dict.fromkeys(
    (
        *("allauth", "asgiref", "django", "granian", "jsonschema", "ninja", "psycopg", "pydantic", "pydantic_core"),
        *("rapidfuzz", "referencing", "tantivy"),
    ),
    "register",
) | {
    **dict.fromkeys(("dask", "distributed", "s3fs"), "cluster"),
    **dict.fromkeys(("phonenumbers", "voprf"), "investigation"),
}
"""Modules that the base install lacks, and the extra that brings them."""


def _missing(verb: str, error: ModuleNotFoundError) -> str:
    """What to do where a module of an extra is not installed; empty where the module belongs to none."""
    extra = EXTRAS.get((error.name or "").partition(".")[0])
    if extra is None:
        return ""
    wheel = f"./sousveil-{__version__}-py3-none-any.whl[{extra}]"
    return "sousveil: " + t("help.extra_missing", verb=verb, extra=extra, wheel=wheel)


def _printable() -> None:
    """Let a terminal that has not every character (an older Windows, another locale) get it escaped: an answer must not be
    lost for a letter. Where somebody closed standard output or error, what is meant for it goes nowhere."""
    for name in ("stdin", "stdout", "stderr"):  # in this order: each takes the number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(errors="backslashreplace")


def _chosen_language(words: Sequence[str]) -> tuple[str, list[str]]:
    """The language of `--language`, else of the environment, and the other words. Ends the program for one without a
    catalogue."""
    options = _Parser(prog="sousveil", add_help=False)
    options.add_argument("--language", default="")
    given, rest = options.parse_known_args(words)
    code = available(given.language)
    if code is None:
        options.error(t("help.no_catalogue", code=repr(given.language)))
    return code, rest


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; gives the exit code."""
    _printable()
    language, words = _chosen_language(sys.argv[1:] if argv is None else argv)
    # argparse words its part of help and errors with these two functions.
    vars(argparse).update(_=data, ngettext=lambda one, many, count: data(one if count == 1 else many))
    with use(language):
        return _run(words)


def _run(given: Sequence[str]) -> int:
    os.environ.setdefault(
        "POLARS_MAX_THREADS", "2"
    )  # as many as there are cores otherwise: more memory, no faster here
    parser = build_parser(only_check=list(given[:1]) == ["check"])
    args = parser.parse_args(given)
    if args.verb is None:
        parser.print_help(sys.stderr)
        return FAILED
    main_thread = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, _end) if main_thread else None
    try:
        with _notices(verbose=getattr(args, "verbose", False)):
            code = VERBS[args.verb](args)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print(f"\nsousveil: {t('help.interrupted')}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): no error of ours. Verbs whose exit code is an answer write through
        # `answering.answer` and keep it; where one did not come so far, its code must not be taken for "all is well".
        silence()
        return FAILED if args.verb in ("check", "decide") else OK
    except (SousveilError, Usage) as error:
        print(f"sousveil: {visible(error.message, 2000)}", file=sys.stderr)
        if error.hint:
            print(visible(error.hint, 2000), file=sys.stderr)
        return FAILED
    except OSError as error:
        if unwritable(error):
            silence()
            print(f"sousveil: {t('help.output_could_written', reason=error.strerror)}", file=sys.stderr)
            return FAILED
        if args.verb not in REGISTER_VERBS:
            return internal_error(traceback.format_exc())
        where = f" ({visible(str(error.filename), 500)})" if error.filename else ""
        refused = t("help.system_refused_access", where=where, reason=error.strerror or error)
        print(f"sousveil: {refused}", file=sys.stderr)
        return FAILED
    except ModuleNotFoundError as error:
        missing = _missing(args.verb, error)
        if not missing:
            return internal_error(traceback.format_exc())
        print(missing, file=sys.stderr)
        return FAILED
    except Exception:  # noqa: BLE001 - the outermost border: no traceback reaches a frightened person unasked
        return internal_error(traceback.format_exc())
    finally:
        if main_thread:
            signal.signal(signal.SIGTERM, before if before is not None else signal.SIG_DFL)


def internal_error(trace: str) -> int:
    """Say that the program itself failed, without a traceback unless SOUSVEIL_DEBUG is set; exit code 2."""
    print(f"sousveil: {t('help.internal_error_result')}", file=sys.stderr)
    if os.environ.get("SOUSVEIL_DEBUG"):
        print(trace, file=sys.stderr)
    else:
        print(
            t("help.run_again_sousveil"),
            file=sys.stderr,
        )
    return FAILED


def run() -> None:
    """Entry of the program. What a check or an answer has in memory goes back to the system at once, not object by object."""
    large = sys.argv[1:2] in (["check"], ["decide"])
    try:
        code = main()
    except OSError:  # standard error cannot be written either
        code = FAILED
    if large:
        atexit._run_exitfuncs()  # what was put aside for the end is cleared away all the same
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    run()
