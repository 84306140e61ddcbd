"""How wide a text is on a terminal, and lines that fit it.

A Chinese, Japanese or Korean letter takes two columns, a combining mark none: counting characters makes lines of such names run over the
window's edge, and they may be broken between their letters, where no space stands.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Collection, Iterator, Sequence

from sousveil.patterns import lazy_pattern

_PIECES = lazy_pattern(r"\s+|\S+")
_NOT_FIRST = frozenset("、。，．・：；？！）］｝〉》」』】〕〗”’ー々…·%％")
"""What no line begins with."""
_NOT_LAST = frozenset("（［｛〈《「『【〔〖“‘")
"""What no line ends with."""


_STYLES = {"bold": "1", "dim": "2", "red": "31", "yellow": "33"}


def styled(text: str, style: str) -> str:
    """A text as a terminal shows it in a style: some of bold, dim, red and yellow. Without colour where NO_COLOR is set or
    the terminal knows none."""
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    codes = [_STYLES[word] for word in style.split() if not (plain and word in ("red", "yellow"))]
    if not codes or not text or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m"


def columns(text: str) -> int:
    """The columns that a text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(letter: str) -> int:
    if (
        unicodedata.category(letter) in ("Mn", "Me", "Cf") or "\u1160" <= letter <= "\u11ff"
    ):  # the last: joined to a Hangul letter
        return 0
    return 2 if _wide(letter) else 1


def _wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def padded(text: str, width: int, *, right: bool = False) -> str:
    """A text filled with spaces to so many columns, in front of it where it stands on the `right`."""
    space = " " * (width - columns(text))
    return space + text if right else text + space


def table(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """Rows as lines with columns; those of `right` end at one place. The last column is not filled."""
    widths = [max(columns(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(padded(cell, widths[place], right=place in right) for place, cell in enumerate(row)).rstrip()
        for row in rows
    ]


def wrapped(text: str, width: int, *, first: str = "", rest: str = "", break_words: bool = False) -> list[str]:
    """A text in lines of at most `width` columns, the first behind `first` and the others behind `rest`.

    A word that is wider than a line stands on one by itself, or with `break_words` is broken.
    """
    lines: list[str] = []
    line, gap = "", ""
    lead, room = first, width - columns(first)
    pieces = list(_pieces(text))[::-1]
    while pieces:
        piece = pieces.pop()
        if piece.isspace():
            gap += " " * len(piece)
            continue
        left = room - columns(line) - len(gap)
        if columns(piece) <= left or not (line or (break_words and columns(piece) > room)):
            line, gap = line + gap + piece, ""
            continue
        if break_words and columns(piece) > room:
            cut = max(_fitting(piece, left), 0 if line else 1)
            line, piece = line + (gap + piece[:cut] if cut else ""), piece[cut:]
        lines.append(lead + line)
        pieces.append(piece)
        line, gap = "", ""
        lead, room = rest, width - columns(rest)
    return [*lines, lead + line] if line else lines


def _pieces(text: str) -> Iterator[str]:
    """What stays together on a line, and the spaces between."""
    for found in _PIECES.findall(text):
        if found.isascii() or found.isspace() or not any(map(_wide, found)):
            yield found
            continue
        start = 0
        for at in range(1, len(found)):
            before, here = found[at - 1], found[at]
            apart = _columns(here) and (_wide(before) or _wide(here)) and here not in _NOT_FIRST
            if apart and before not in _NOT_LAST:
                yield found[start:at]
                start = at
        yield found[start:]


def _fitting(word: str, room: int) -> int:
    """How many letters of a word go into so many columns."""
    used = 0
    for at, letter in enumerate(word):
        used += _columns(letter)
        if used > room:
            return at
    return len(word)
