"""A text that holds more than one name, or one whose words run together: which names may stand in it.

"Quokka Optics Ltd (formerly Vireo Systems)", "Bright Ltd, trading as Vireo", "Vireo Systems Averna branch", "VireoSystemsLtd". What
stands in it is a candidate and nobody's identity. docs/decisions/0067-names-within-a-text.md says where this ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from sousveil.decisions.parts import COMMON
from sousveil.register.names import Name, prepare
from sousveil.register.names_tables import canonical, kind, legal_forms
from sousveil.register.names_tokens import tokens
from sousveil.register.scripts import is_han

RUN = 12
"""Words of a name that is looked for word for word."""
PARTS = 12
"""Parts of a text."""
STEM = 5
"""Letters that a single word has at least, before a legal form that is written in one with it, or to be looked for with a slip."""
_APART = re.compile(
    r"(?i)[()\[\]{};|/\\,]|\s[–—-]\s|\b(?:also known as|formerly known as|now known as|formerly|previously|trading as|doing business as"
    r"|operating as|on behalf of|in the name of|part of|subsidiary of|branch of|owned by|alias|a[./]?k[./]?a|f[./]?k[./]?a|n[./]?k[./]?a"
    r"|d[./]?b[./]?a|t/a|c/o)\b[.:]?"
)
"""What stands between two names."""


def parts(text: str) -> list[str]:
    """The texts between marks and words that set names apart; none where there is but one."""
    found = [part.strip(" .:'\"") for part in _APART.split(text, PARTS)]
    found = [
        part for part in found if part and _telling(words := prepare(part).words) and "".join(words) not in _forms()
    ]
    return found if found != [text] else []


def long(part: str) -> bool:
    """Whether a slip may be looked for in it: a mark of a register ("/NEW/") is alike to much."""
    words = prepare(part).words
    return len(words) > 1 or len(words[0]) >= STEM


def runs(text: str) -> Iterator[str]:
    """The letters of each run of two words or more, shorter than the text, in which a word tells something: so many names may stand in
    it word for word."""
    words = [canonical(word) for word, _ in tokens(text)]
    for start in range(len(words)):
        for end in range(start + 2, min(start + RUN, len(words)) + 1):
            if end - start < len(words) and _telling(words[start:end]):
                yield "".join(words[start:end])


def stems(name: Name) -> Iterator[str]:
    """The letters of a name of one word without each legal form that they may end with."""
    if len(name.words) == 1:
        word = name.words[0]
        for form in _forms():
            if word.endswith(form) and len(word) >= len(form) + STEM:
                yield word[: -len(form)]


def _telling(words: Sequence[str]) -> bool:
    return any((len(word) > 2 or is_han(word[0])) and kind(word) not in COMMON for word in words)


@cache
def _forms() -> tuple[str, ...]:
    """Legal forms as they are written in one."""
    spelt = ("".join(word for word, _ in tokens(one)) for form in legal_forms() for one in form.spellings)
    return tuple(sorted({one for one in spelt if len(one) > 1 and one.isascii()}, key=lambda one: (-len(one), one)))
