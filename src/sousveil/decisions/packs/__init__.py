"""Rule packs: one YAML file each, in the closed language of `decisions/rules/language.py`. This module finds and reads them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from sousveil.decisions.facts.model import all_facts
from sousveil.decisions.rules.pack import Pack, read_pack
from sousveil.errors import Missing

FOLDER = Path(__file__).parent
FIRST = "letter-2021"
"""Always runs, and is printed first."""


@cache
def names() -> tuple[str, ...]:
    """The packs there are: `letter-2021` first, the others by name."""
    found = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    return tuple(sorted(found, key=lambda name: (name != FIRST, name)))


@cache
def pack(name: str) -> Pack:
    """One pack. Raises Missing for a name that is none, Malformed for a file that is wrong."""
    if name not in names():
        raise Missing(f"There is no pack named {name[:80]!r}.", hint=f"There are: {', '.join(names())}.")
    path = FOLDER / f"{name}.yaml"
    return read_pack(path.read_bytes(), path.name, all_facts())


def chosen(more: Sequence[str] = ()) -> tuple[Pack, ...]:
    """`letter-2021` and those asked for besides, each once, in the order of `names`. Raises Missing."""
    asked = {FIRST, *(pack(name).name for name in more)}
    return tuple(pack(name) for name in names() if name in asked)
