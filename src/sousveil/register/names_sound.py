"""The consonants of a word, merged where scripts and spellings do not tell them apart: the same for spellings of one name.

`Mohammed`, `Muhamad`, `Мухаммед` and `محمد` all give `mhmt`. It finds candidates and confirms that two unlike spellings
may be one name; alone it proves nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sousveil.register.scripts import is_han

_RULES = tuple(
    (re.compile(pattern), value)
    for pattern, value in (
        (r"tsch|shch|sch|tch|dzh|tsh|sh|zh|ch|cz|tz|ts|dz", "s"),
        (r"dj|dsh", "j"),
        (r"ph", "f"),
        (r"kh|gh", "h"),
        (r"th", "t"),
        (r"dh", "d"),
        (r"ck|cq|qu", "k"),
        (r"c(?=[eiy])", "s"),
        (r"x", "ks"),
    )
)
_LETTERS = str.maketrans("cqzdbvw", "kksSpff".replace("S", "t"))
_VOWELS = re.compile(r"[aeiouy']")
_DOUBLE = re.compile(r"(.)\1+")


@lru_cache(maxsize=1 << 16)
def sound(word: str) -> str:
    """The consonant skeleton of a romanised word; digits and Chinese characters stay as they are.

    A `w` or `v` inside a word, and an `h` at its end, count as vowels: Arabic and Hebrew write both with one letter.
    """
    if not word or is_han(word[0]) or word[0].isdigit():
        return word
    for pattern, value in _RULES:
        word = pattern.sub(value, word)
    head, tail = word[0], word[1:]
    word = ("" if head in "aeiouy" else head) + _VOWELS.sub("", tail).replace("w", "")
    if len(word) > 1 and word.endswith("h"):
        word = word[:-1]
    return _DOUBLE.sub(r"\1", word.translate(_LETTERS))
