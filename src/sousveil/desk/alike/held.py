"""A text that holds more than one name, or one whose words run together: which names may stand in it.

"Quokka Optics Ltd (formerly Vireo Systems)", "Bright Ltd, trading as Vireo", "Vireo Systems Averna branch", "VireoSystemsLtd". What
stands in it is a candidate and nobody's identity.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from sousveil.desk.alike.parts import COMMON
from sousveil.register.names import Name, prepare
from sousveil.register.names_tables import canonical, kind, legal_forms
from sousveil.register.names_tokens import tokens
from sousveil.register.names_translated import COUNTRY, Meaning, meanings
from sousveil.register.scripts import is_han

RUN = 12
"""Words of a name that is looked for word for word."""
PARTS = 12
"""Parts of a text."""
STEM = 5
"""Letters that a single word has at least, before a legal form that is written in one with it, or to be looked for with a slip."""
ONE_WORD = 0.84
"""How like a single word must be to a name: one other letter of seven is."""
_APART = re.compile(
    r"(?i)\||\s[–‒‐−'‘’-]|[–‒‐−'‘’-]\s"
    r"|\b(?:(?:also|formerly|previously|now) (?:known as|called)|formerly|previously|trading as|doing business as|operating as"
    r"|on behalf of|in the name of|part of|subsidiary of|branch of|owned by|alias|(?<=[\s|])ex(?=[-\s])-?|anciennement|autrefois|vormals"
    r"|ehemals|früher|antes|anteriormente|già|precedentemente|dawniej|бывш(?:ее|ая|ий)|ранее"
    r"|a[./]?k[./]?a|f[./]?k[./]?a|n[./]?k[./]?a|d[./]?b[./]?a|t/a|c/o)\b[.:]?"
)
"""What stands between two names; before it is looked for, marks are "|" (`_marked`)."""
_JOINED = re.compile(r"(?i)\s*(?:[&+_–‒‐−-]|\.\s|\b(?:and|und|et|y|e|en|og|och|и)\b)\s*")
"""What stands between two names where the first ends with its legal form, and within one elsewhere."""
_WITHIN = frozenset("&+_-–‒‐−'‘’.@*%＆＋")
"""Marks that stand within names too."""
_INITIALS = re.compile(r"(?i)\b(?:[afnd]/[kb]/a|t/a|c/o)\b")
_FORM_MAX = 80
"""Letters before a joint in which a legal form is looked for."""
WORDY = frozenset(
    "co coop coy company se as at ad ca na ok pt sp ss pc epic prat publ spa spas branch verein pat sal sau too sia".split()
)
"""Legal forms that are words besides: "Halcyon Spa" is another than "Halcyon SPA"."""


def parts(text: str) -> list[str]:
    """The texts between marks and words that set names apart; none where there is but one. A country is no part."""
    found = [part.strip(" .:'") for one in _APART.split(_marked(text), PARTS) for part in _after_forms(one)]
    found = [
        part for part in found if part and _telling(prepare(part).words) and not _is_form(part) and not place(part)
    ]
    return [] if len(found) == 1 and prepare(found[0]).words == prepare(text).words else found


def _marked(text: str) -> str:
    """With one mark for whatever sets names apart: brackets, quotes, strokes, commas, dashes without spaces, signs."""
    found, start = list[str](), 0
    for at in _INITIALS.finditer(text):  # "t/a" is a word
        found += [*map(_mark, text[start : at.start()]), at[0]]
        start = at.end()
    return "".join([*found, *map(_mark, text[start:])])


@lru_cache(1 << 12)
def _mark(letter: str) -> str:
    kind_of = unicodedata.category(letter)
    return "|" if kind_of[0] in "PS" and letter not in _WITHIN else letter


def _after_forms(text: str) -> Iterator[str]:
    """Parted where a name ends with its legal form and another follows: "Bright Ltd & Halcyon"."""
    start = 0
    for at in _JOINED.finditer(text):
        before = text[max(start, at.start() - _FORM_MAX) : at.start()]
        name = prepare(before)
        if name.taken and name.words and not _wordy(before, at[0]):
            yield text[start : at.start()]
            start = at.end()
    yield text[start:]


def _wordy(before: str, joint: str) -> bool:
    """Whether what looks like a legal form is written as the word that it is besides."""
    last = before.split()[-1]
    return last.lower() in WORDY and not last.isupper() and not joint.startswith(".")


def _is_form(part: str) -> bool:
    return "".join(prepare(part).words) in _forms()


def place(part: str) -> bool:
    """Whether it says nothing but a country: "Company, Country" is how forms are filled in."""
    said = [keys for _, keys in meanings(prepare(part).words)]
    return bool(said) and all(any(key.startswith(COUNTRY) for key in keys) for keys in said)


def common(part: str) -> bool:
    """Whether all its words are such as offices and companies share: "Police" is not whoever else has it in the name."""
    name = prepare(part)
    known = {word for word, keys in meanings(name.words) if keys}
    return all(len(word) < 3 or word in known or kind(word) in COMMON for word in name.words)


def meant(name: Name) -> frozenset[Meaning]:
    """What its words say in any language, those apart that offices and companies share."""
    said = meanings([word for word in name.words if kind(word) != "particle"])
    return frozenset(keys or frozenset({word}) for word, keys in said if keys or len(word) > 2)


def least(part: str, otherwise: float) -> float:
    """How like a part must be to a name: what is alike to one word is much."""
    return otherwise if len(prepare(part).words) > 1 else max(otherwise, ONE_WORD)


def long(part: str) -> bool:
    """Whether a slip may be looked for in it: a mark of a register ("/NEW/") is alike to much."""
    words = prepare(part).words
    return len(words) > 1 or len(words[0]) >= STEM


def runs(text: str) -> Iterator[str]:
    """The letters of each run of words, shorter than the text, in which a word tells something: so many names may stand in it word for
    word. One of a single word only where its legal form follows it, and nothing or another's legal form stands before it."""
    words, forms = [canonical(word) for word, _ in tokens(text)], _plain_forms()
    for start in range(len(words)):
        for end in range(start + 2, min(start + RUN, len(words)) + 1):
            if end - start < len(words) and _telling(words[start:end]):
                yield "".join(words[start:end])
                first = start == 0 or words[start - 1] in forms
                if end - start == 2 and first and words[end - 1] in forms and len(words[start]) >= STEM:
                    yield words[start]


def together(name: Name) -> Iterator[str]:
    """The letters of a name as its words are spelt, run together; of a single word also without each legal form, or two, that it may end
    with."""
    letters = "".join(name.spelt)
    yield letters
    if len(name.words) == 1:
        for one in _stems(letters):
            yield one
            yield from _stems(one)


def _stems(word: str) -> Iterator[str]:
    for form in _forms():
        if word.endswith(form) and len(word) >= len(form) + STEM:
            yield word[: -len(form)]


def _telling(words: Sequence[str]) -> bool:
    return any((len(word) > 2 or is_han(word[0])) and kind(word) not in COMMON for word in words)


@cache
def _forms() -> dict[str, None]:
    """Legal forms as they are written in one, the longest first."""
    spelt = ("".join(word for word, _ in tokens(one)) for form in legal_forms() for one in form.spellings)
    some = {one for one in spelt if len(one) > 1 and one.isascii()}
    return dict.fromkeys(sorted(some, key=lambda one: (-len(one), one)))


@cache
def _plain_forms() -> frozenset[str]:
    """Those that are no words besides."""
    return frozenset(_forms()) - WORDY
