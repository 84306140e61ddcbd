"""The verb `guide`: how to make an acquisition that Sousveil, or a helpline, can examine."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from itertools import count, takewhile
from typing import Any

from sousveil.display import wrapped
from sousveil.texts import messages, t

GUIDES = ("ios", "android", "sysdiagnose")
"""The acquisitions that have a guide, in the order of the list."""


def add_parser(verbs: Any) -> None:
    """Add `guide` to the command line."""
    guide = verbs.add_parser("guide", help=t("help.show_guide"), description=t("help.show_guide_full"))
    guide.add_argument("name", nargs="?", choices=GUIDES, metavar="NAME", help=t("help.guide_name"))


def _steps(id: str) -> list[str]:
    """The texts `id.1`, `id.2` and so on."""
    return [t(step) for step in takewhile(messages().__contains__, (f"{id}.{n}" for n in count(1)))]


def _helplines() -> str:
    """The first helpline for attacks from afar, and the first for somebody close."""
    from sousveil.cases.advice import AdviceClass, helplines_for

    lines = [helplines_for([danger])[0] for danger in (AdviceClass.MERCENARY, AdviceClass.STALKERWARE)]
    return t("guide.helplines", lines="; ".join(f"{line.name}, {line.address or line.page}" for line in lines))


def lines(name: str, width: int = 80) -> Iterator[str]:
    """The guide in lines of at most `width` columns."""

    def part(mark: str, text: str) -> list[str]:
        return wrapped(text, width, first=f"  {mark}", rest=" " * (2 + len(mark)), break_words=True)

    yield from wrapped(t(f"guide.{name}.title"), width)
    yield from ("", t("guide.before_heading"))
    for text in (*_steps("guide.before"), _helplines()):
        yield from part("- ", text)
    yield t("guide.steps_heading")
    for number, text in enumerate(_steps(f"guide.{name}.step"), 1):
        yield from part(f"{number}. ", text)
    yield t("guide.content_heading")
    for text in _steps(f"guide.{name}.content"):
        yield from part("- ", text)
    yield t("guide.custody_heading")
    for text in _steps("guide.custody"):
        yield from part("[ ] ", text)
    yield t("guide.check_heading")
    yield from part("", t(f"guide.{name}.check"))


def run(args: argparse.Namespace) -> int:
    """Print a guide, or the list of guides."""
    if args.name is None:
        print("\n".join((t("guide.list"), *(f"  {name:<12}{t(f'guide.{name}.title')}" for name in GUIDES))))
    else:
        print("\n".join(lines(args.name, min(shutil.get_terminal_size((80, 24)).columns, 80))))
    return 0
