"""The verb `sousveil decide`: may a sale, a transfer or a use go ahead, by the letter of 2021 and by what else is asked for."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil.answering import answer as write

if TYPE_CHECKING:
    from sousveil.decisions.api import Ambiguous, Question

ACTIONS = ("sale", "transfer", "marketing", "use", "maintenance", "grant-licence", "acquire", "invest", "list")
CACHE_KIB = 4096
"""Pages of the database that are kept: everything is read once."""
EXIT_CODES = {"blocked": 1, "blocked_unless": 1, "insufficient_information": 3, "no_rule_blocks": 4}


class Once(argparse.Action):
    """An option that is given once: of two suppliers the second would take the place of the first, who may be the one that is blocked."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Refuse a second value."""
        if getattr(namespace, self.dest) is not None:
            raise argparse.ArgumentError(self, "it stands there twice; ask about one at a time")
        setattr(namespace, self.dest, values)


def add_parser(verbs: Any) -> None:
    """Add `decide` to the command line."""
    decide = verbs.add_parser(
        "decide",
        help="may a sale, a transfer or a use go ahead: what blocks, what is not proven, with every source",
        description="Asks every rule of the letter of 2021, and of the packs that are named, about one action. Nothing unknown is "
        "taken for false, and no answer is a permission.",
        epilog="Exit codes: 0 an answer was given, whatever it says; 2 could not run, or a name may mean several "
        "records. With --exit-code: 1 blocked or blocked_unless, "
        "3 insufficient_information, 4 no_rule_blocks.",
    )
    decide.add_argument(
        "--action", action=Once, required=True, choices=ACTIONS, metavar="|".join(ACTIONS), help="what is to be done"
    )
    decide.add_argument(
        "--product", action=Once, required=True, metavar="P", help="the product: its name, or the id of its record"
    )
    decide.add_argument(
        "--supplier", action=Once, required=True, metavar="S", help="who sells, supplies, markets or is invested in"
    )
    decide.add_argument(
        "--via",
        action="extend",
        nargs="+",
        default=[],
        metavar="INTERMEDIARY",
        help="agents, resellers or brokers between (several, or repeated)",
    )
    decide.add_argument("--end-user", action=Once, required=True, metavar="U", help="who would use it")
    decide.add_argument(
        "--country", action=Once, required=True, metavar="C", help="the end user's country: a code or an English name"
    )
    decide.add_argument(
        "--exporting-country", action=Once, metavar="X", help="from where it goes (default: the supplier's seat)"
    )
    decide.add_argument("--as-of", action=Once, metavar="DATE", help="the day for which it is asked (default: today)")
    decide.add_argument(
        "--known-on",
        action=Once,
        metavar="DATE|INDEX",
        help="with what the register knew at the end of that day, or with so many entries in its log (default: all)",
    )
    decide.add_argument(
        "--pack",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME",
        help="rules besides letter-2021, which always runs (several, or repeated)",
    )
    decide.add_argument(
        "--on-ambiguity",
        choices=("ask", "strictest"),
        default="ask",
        help="a name that may mean several records: ask which one (default), or answer for the one with the most against it",
    )
    decide.add_argument("--full", action="store_true", help="the whole proof, instead of ten lines")
    decide.add_argument("--json", action="store_true", help="the answer as one JSON object")
    decide.add_argument("--exit-code", action="store_true", help="say the verdict in the exit code")
    decide.add_argument(
        "--register",
        type=Path,
        metavar="DIR",
        help="the register's folder (else SOUSVEIL_REGISTER, else a folder in your data directory)",
    )


def run(args: argparse.Namespace) -> int:
    """Ask, print, and give the exit code."""
    from sousveil.cases.garbage import collect_rarely

    with collect_rarely(1_000_000):  # modules and the register come in, and stay
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    from sousveil.decisions.api import (
        Ambiguous,
        Desk,
        candidate_lines,
        checked,
        printed,
        screen,
        short_lines,
        size_on,
        undated,
    )
    from sousveil.errors import Usage
    from sousveil.register.register import Register

    for name in ("as_of", "exporting_country"):
        if getattr(args, name) == "":  # an empty variable of a script asks for something else than nothing
            raise Usage(f"--{name.replace('_', '-')} is empty.", hint="Write a value, or leave it out.")
    with Register.open(args.register) as register:
        register.store.db.limit_cache(CACHE_KIB)
        question = checked(
            action=args.action,
            product=args.product,
            supplier=args.supplier,
            end_user=args.end_user,
            country=args.country,
            via=tuple(args.via),
            exporting_country=args.exporting_country,
            as_of=args.as_of,
            known_on=size_on(register, args.known_on),
            packs=tuple(args.pack),
        )
        width = shutil.get_terminal_size((80, 24)).columns
        desk = Desk(register.store)
        try:
            answer = desk.answer(question, on_ambiguity=args.on_ambiguity)
        except Ambiguous as ambiguous:
            print("\n".join(candidate_lines(ambiguous, width)), file=sys.stderr)
            if args.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
                raise
            answer = desk.answer(_chosen(question, ambiguous))
        logged = register.store.logged_on(undated(answer)) if args.full and not args.json else {}
        example = register.example
    if args.json:
        text = printed(answer).decode()
    elif args.full:
        text = "\n".join((*screen(question, answer, example=example, width=width, logged=logged), ""))
    else:
        text = "\n".join((*short_lines(question, answer, example=example, width=width), ""))
    write(lambda: print(text, end=""))
    return EXIT_CODES[answer.verdict] if args.exit_code else 0


def _chosen(question: Question, ambiguous: Ambiguous) -> Question:
    """The question with the records that a person at the terminal chooses. Raises the same error where none is chosen."""
    ids: dict[tuple[str, str], str] = {}
    for one in ambiguous.names:
        typed = input(f"“{one.asked}”: number of the record (1 to {len(one.candidates)}): ").strip()
        if not (typed.isascii() and typed.isdecimal() and 1 <= int(typed) <= len(one.candidates)):
            raise ambiguous
        ids[one.role, one.asked] = one.candidates[int(typed) - 1].id
    return question.meaning(ids)
