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
from typing import Any

from sousveil import __version__, cli_complaints, cli_decide, cli_register
from sousveil.answering import silence, unwritable
from sousveil.errors import SousveilError, Usage
from sousveil.kinds import visible

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

    def error(self, message: str) -> None:  # type: ignore[override]
        unknown = message.removeprefix("unrecognized arguments: ").split() if message[:12] == "unrecognized" else []
        if any(_tells_a_password(word) for word in unknown):  # it is not shown a second time
            message = (
                "a password is never an argument: others can read it in the list of processes. Use --password-file, "
                "SOUSVEIL_BACKUP_PASSWORD, or wait to be asked."
            )
        print(f"{self.prog}: {visible(message, 2000)}", file=sys.stderr)
        print(f"Try: {self.prog} --help", file=sys.stderr)
        raise SystemExit(FAILED)


def _count(text: str) -> int:
    """A number of something, at least 1."""
    count = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return count


JOBS_MAX = 64


def _jobs(text: str) -> int:
    """A number of processes."""
    count = _count(text)
    if count > JOBS_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is more than {JOBS_MAX}")
    return count


def _path(text: str) -> Path:
    """A path. An empty one would stand for the folder that one is in, which nobody named."""
    if not text:
        raise argparse.ArgumentTypeError("an empty path names nothing")
    return Path(text)


def _passwords(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--password-file",
        type=_path,
        metavar="FILE",
        help="read the backup's password from the first line of FILE (else SOUSVEIL_BACKUP_PASSWORD, else a prompt)",
    )
    group.add_argument("--key-file", type=_path, metavar="FILE", help="use the key made by `sousveil extract-key`")
    return group


def _sandbox(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--require-sandbox",
        action="store_true",
        help="read nothing where this system cannot confine the processes that read the backup",
    )


def _sets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--indicators",
        type=_path,
        action="append",
        default=[],
        metavar="FILE|DIR",
        help="more indicators: STIX, MISP, YAML, CSV or plain text (repeatable)",
    )
    _context(parser)
    parser.add_argument("--no-bundled", action="store_true", help="leave out the bundled sets and those added before")


def _context(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--context-as-leads",
        action="store_true",
        help="use what a publisher marked as context only (MISP to_ids false) as leads",
    )


def _span(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--since", metavar="DATE", help="show only what happened from DATE on (display only, never the verdict)"
    )
    parser.add_argument("--until", metavar="DATE", help="show only what happened up to DATE")


def _identity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--identity", type=_path, metavar="FILE", help="the age identity that opens an encrypted case")


def build_parser(*, only_check: bool = False) -> argparse.ArgumentParser:
    """The whole command line; `only_check` leaves out what no line that begins with `check` can reach: making the other
    seventy parsers takes as long as importing this whole module."""
    parser = _Parser(
        prog="sousveil",
        description="Checks a phone's backup for traces of spyware, and keeps the public register of surveillance technology.",
    )
    parser.add_argument("--version", action="version", version=f"sousveil {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)

    check = verbs.add_parser(
        "check",
        help="check one or more iOS backups",
        description="Check iOS backups for traces of spyware.",
        epilog="Exit codes: 0 nothing found and everything read; 1 traces, something suspicious, or a threat notice; "
        "2 could not run; 3 nothing found but something could not be read; 130 interrupted.",
    )
    check.add_argument(
        "paths", nargs="+", type=_path, metavar="PATH", help="a backup folder, or a folder that holds several"
    )
    _sets(check)
    _passwords(check).add_argument(
        "--identity",
        type=_path,
        metavar="FILE",
        help="the age identity that opens an encrypted acquisition of AndroidQF",
    )
    out = check.add_mutually_exclusive_group()
    out.add_argument(
        "--out", type=_path, metavar="DIR", help="write the case folder here (default: case-<8 hex> in this folder)"
    )
    out.add_argument("--no-files", action="store_true", help="write nothing")
    check.add_argument(
        "--case-recipient",
        action="append",
        default=[],
        metavar="age1...",
        help="write every file only encrypted for this age key",
    )
    check.add_argument("--json", action="store_true", help="print findings.json instead of the text")
    check.add_argument(
        "--full-records",
        action="store_true",
        help="also write records/<artefact>.parquet with every field (personal data)",
    )
    check.add_argument(
        "--skip",
        action="append",
        default=[],
        choices=("photos", "messages", "contacts", "browsing", "location", "other"),
        metavar="CATEGORY",
        help="do not open these files, where somebody did not agree to it: photos, messages, contacts, browsing, location or "
        "other (repeatable)",
    )
    check.add_argument("--no-scan", action="store_true", help="leave out the pass over every byte")
    _span(check)
    _sandbox(check)
    check.add_argument(
        "--jobs", type=_jobs, metavar="N", help="reading processes, 1 to 64 (default: one a core, at most 4)"
    )
    check.add_argument(
        "--suppress", type=_path, metavar="FILE", help="known-good findings or values, one a line; listed, never hidden"
    )
    check.add_argument("--verbose", action="store_true", help="say on standard error what is being done")
    check.add_argument("--label", metavar="TEXT", help="what you call the phone or the case; shown on page 1")
    check.add_argument("--examiner", metavar="NAME", help="who examines; shown on page 1")
    check.add_argument(
        "--timezone",
        default="UTC",
        metavar="NAME",
        help="show times in this zone, such as Europe/Budapest (default: UTC)",
    )
    check.add_argument("--full", action="store_true", help="print every detail, not only one screen")
    if only_check:
        return parser

    key = verbs.add_parser(
        "extract-key",
        help="write the key of an encrypted backup into a file",
        description="So that the password need not travel.",
    )
    key.add_argument("backup", type=Path)
    key.add_argument("keyfile", type=Path)
    key.add_argument("--password-file", type=Path, metavar="FILE")
    _sandbox(key)

    decrypt = verbs.add_parser("decrypt", help="write a backup decrypted, as a backup that other tools open")
    decrypt.add_argument("backup", type=Path)
    decrypt.add_argument("dest", type=Path)
    decrypt.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="DOMAIN/GLOB",
        help="only these files, under their names on the phone (repeatable)",
    )
    _passwords(decrypt)
    _sandbox(decrypt)

    indicators = verbs.add_parser("indicators", help="what is known, who says so, under which licence")
    does = indicators.add_subparsers(
        dest="does", metavar="list|show|add|remove|fetch|update|test|keys", required=True, parser_class=_Parser
    )
    does.add_parser("list", help="the sets in use").add_argument("--json", action="store_true")
    show = does.add_parser("show", help="one set's indicators")
    show.add_argument("name")
    show.add_argument("--json", action="store_true")
    add = does.add_parser("add", help="keep a file of indicators for later checks")
    add.add_argument("file", type=_path)
    add.add_argument(
        "--kind", metavar="KIND", help="the kind of every line of a plain list, such as domain or file:name"
    )
    _context(add)
    remove = does.add_parser("remove", help="remove an added file, a fetched public set, or the signed update")
    remove.add_argument("name", help="a name that `list` shows, or `update`")
    fetch = does.add_parser(
        "fetch",
        help="fetch the known public sets over HTTPS",
        description="Fetch one known public set, or all of them: amnesty, mvt-indicators, echap, citizenlab. Nothing is "
        "ever fetched without this command.",
    )
    fetch.add_argument("name", nargs="?", metavar="NAME", help="a known public set (default: all)")
    fetch.add_argument(
        "--from",
        dest="source",
        metavar="URL|FILE",
        help="another https address, or a file, of the same archive (tar.gz)",
    )
    update = does.add_parser("update", help="take a signed update")
    update.add_argument("--from", dest="source", metavar="URL|FILE")
    update.add_argument(
        "--key", type=Path, metavar="FILE", help="trust this publisher's public key for this update and later ones"
    )
    does.add_parser("keys", help="the keys whose updates are taken")
    test = does.add_parser(
        "test",
        help="does this value match, and why",
        epilog="Exit codes: 1 a value matches, 0 none does, 2 could not run.",
    )
    test.add_argument("values", nargs="+", metavar="VALUE")
    test.add_argument("--json", action="store_true")
    _sets(test)

    artefacts = verbs.add_parser("artefacts", help="what is read, where it lies, what it means")
    artefacts.add_argument("name", nargs="?")

    timeline = verbs.add_parser("timeline", help="what happened when, out of a case")
    timeline.add_argument("case", type=Path)
    form = timeline.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true")
    form.add_argument("--jsonl", action="store_true")
    timeline.add_argument("--grep", metavar="TEXT")
    _span(timeline)
    _identity(timeline)

    explain = verbs.add_parser("explain", help="one finding, step by step")
    explain.add_argument("case", type=Path)
    explain.add_argument("id")
    _identity(explain)

    judge = verbs.add_parser(
        "judge",
        help="record an examiner's decision about a finding",
        description="The decision is shown beside the finding and on page 1 of the report. The verdict stays as it was.",
    )
    judge.add_argument("case", type=Path, help="the case folder")
    judge.add_argument("id", help="the beginning of the finding's id")
    judge.add_argument("word", choices=("confirmed", "harmless"), help="the decision")
    judge.add_argument("--because", required=True, metavar="TEXT", help="the reason")
    judge.add_argument("--by", required=True, metavar="NAME", help="the examiner")
    _identity(judge)
    cli_register.add_parsers(verbs, _Parser, _count)
    cli_decide.add_parser(verbs)
    cli_complaints.add_parsers(verbs, _Parser, _count)
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
    print(f"Finding {judgement.finding} is recorded as {judgement.word.value}. The report shows it; the verdict stays.")
    return OK


VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "check": _check,
    "extract-key": _extract_key,
    "decrypt": _decrypt,
    "indicators": _indicators,
    "artefacts": _artefacts,
    "timeline": _timeline,
    "explain": _explain,
    "judge": _judge,
    "register": cli_register.run,
    "serve": cli_register.serve,
    "worker": cli_register.worker,
    "decide": cli_decide.run,
    "complaints": cli_complaints.run,
}


REGISTER_VERBS = ("register", "serve", "worker", "decide", "complaints")
"""Verbs in which a file or place that cannot be used is the caller's to mend."""


EXTRAS = dict.fromkeys(
    (
        *("allauth", "asgiref", "django", "granian", "jsonschema", "ninja", "psycopg", "pydantic", "pydantic_core"),
        *("rapidfuzz", "referencing", "tantivy"),
    ),
    "register",
)
"""Modules that the base install lacks, and the extra that brings them."""


def _missing(verb: str, error: ModuleNotFoundError) -> str:
    """What to do where a module of an extra is not installed; empty where the module belongs to none."""
    extra = EXTRAS.get((error.name or "").partition(".")[0])
    if extra is None:
        return ""
    wheel = f"./sousveil-{__version__}-py3-none-any.whl[{extra}]"
    return (
        f"sousveil: `sousveil {verb}` needs the extra [{extra}], which is not installed.\n"
        f"Install it with: pipx install --force '{wheel}'   (or: pip install '{wheel}')"
    )


def _printable() -> None:
    """Let a terminal that has not every character (an older Windows, another locale) get it escaped: an answer must not be
    lost for a letter. Where somebody closed standard output or error, what is meant for it goes nowhere."""
    for name in ("stdin", "stdout", "stderr"):  # in this order: each takes the number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(errors="backslashreplace")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; gives the exit code."""
    _printable()
    os.environ.setdefault(
        "POLARS_MAX_THREADS", "2"
    )  # as many as there are cores otherwise: more memory, no faster here
    given = list(sys.argv[1:] if argv is None else argv)
    parser = build_parser(only_check=given[:1] == ["check"])
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
        print("\nsousveil: interrupted; nothing half-written was kept.", file=sys.stderr)
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
            print(f"sousveil: the answer could not be written: {error.strerror}.", file=sys.stderr)
            return FAILED
        if args.verb not in REGISTER_VERBS:
            return internal_error(traceback.format_exc())
        where = f" ({visible(str(error.filename), 500)})" if error.filename else ""
        print(f"sousveil: the system refused{where}: {error.strerror or error}.", file=sys.stderr)
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
    print("sousveil: an error inside the program; this run gives no answer.", file=sys.stderr)
    if os.environ.get("SOUSVEIL_DEBUG"):
        print(trace, file=sys.stderr)
    else:
        print(
            "Run it again with SOUSVEIL_DEBUG=1 and report what it prints (it may hold names of files).",
            file=sys.stderr,
        )
    return FAILED


def run() -> None:
    """Entry of the program. What a check has in memory goes back to the system at once, and not object by object."""
    try:
        code = main()
    except OSError:  # standard error cannot be written either
        code = FAILED
    if sys.argv[1:2] == ["check"]:
        atexit._run_exitfuncs()  # what was put aside for the end is cleared away all the same
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    run()
