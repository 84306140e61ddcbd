"""How likely two words are spellings of one: slips of the keyboard, other alphabets, sounds.

A slip is believed only where it can be one: two words that both stand in the lists and sound unlike are two words, and a
plural is another word ("Circle" is not "Circles"). The limits were set together with those of `score`.
"""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA

from sousveil.register.names import Words
from sousveil.register.names_sound import sound
from sousveil.register.names_tables import kind

BOTH_KNOWN = 0.75
"""Factor on the likeness of two words that both stand in the lists and sound unlike."""
PLURAL = 0.6
LEAST = 0.55
"""Words that are less alike are two words."""
PLAIN, SPELT, SPOKEN = 0, 1, 2
distance = OSA.distance
"""Slips between two words: letters put in, left out, changed, or two neighbours swapped."""


def likeness(a: str, b: str, reading: int = PLAIN, words: Words | None = None, person: bool = False) -> float:
    """How likely two unlike words are spellings of one: 0 to 1, 0 below `LEAST`.

    `reading` says how the words came to be Latin: `PLAIN`, `SPELT` (from another alphabet), `SPOKEN` (from a script
    without vowels). Names of persons have many spellings that lists know.
    """
    value = _likeness(a, b, reading)
    if not value or reading != PLAIN or words is None or len(a) == 1 or len(b) == 1:
        return value if value >= LEAST else 0.0
    one_sound = person and min(len(a), len(b)) >= 5 and sound(a) == sound(b)
    if words.known(a) and words.known(b) and not one_sound:
        value *= BOTH_KNOWN
    return value if value >= LEAST else 0.0


@lru_cache(maxsize=1 << 17)
def _likeness(a: str, b: str, reading: int) -> float:
    if a == b:
        return 1.0
    if reading == SPOKEN:
        return _by_sound(sound(a), sound(b))
    if len(a) > len(b):
        a, b = b, a
    short, long = len(a), len(b)
    if short == 1:
        return 0.75 if a.isalpha() and b.startswith(a) else 0.0
    if any(map(str.isdigit, a)) or any(map(str.isdigit, b)):
        return 0.0 if short < 5 or digits(a) != digits(b) else _slips(a, b, 1)
    if long == short + 1 and b == a + "s":
        return PLURAL
    value = _slips(a, b, 0 if long < 4 else 1 if long < 5 else 2 if long < 9 else 3)
    if reading == SPELT:
        c, d = smooth(a), smooth(b)
        value = max(value, 0.95 if c == d else 0.97 * _slips(c, d, max(len(c), len(d)) // 3))
    if value < 0.9 and short >= 4:
        if (sounded := sound(a)) == sound(b) and len(sounded) >= 2:
            spelt = _slips(a, b, long // 2)
            if spelt >= 0.57 or (reading == SPELT and len(sounded) >= 3):
                value = max(value, (0.45 if reading == SPELT else 0.38) + 0.5 * spelt)
        elif b.startswith(a):
            value = max(value, 0.6)
    if value < 0.85 and short >= 3 and b.startswith(a) and kind(b) in ("weak", "trade"):
        return 0.85
    return value


_SMOOTH = tuple(pair.split("=") for pair in "kh=h dzh=j zh=z shch=s sch=s sh=s ts=c tz=c ph=f ck=k ks=x iy=i yi=i ou=u oo=u ee=i y=i"
                " w=v q=k ei=i ii=i ye=e ie=e".split())  # fmt: skip


@lru_cache(maxsize=1 << 16)
def smooth(word: str) -> str:
    """A word with the usual ways to spell one foreign letter made one."""
    for many, one in _SMOOTH:
        word = word.replace(many, one)
    return "".join(letter for at, letter in enumerate(word) if not at or letter != word[at - 1])


def _slips(a: str, b: str, most: int) -> float:
    slips = distance(a, b, score_cutoff=most)
    if slips > most:
        return 0.0
    longest = max(len(a), len(b))
    value = 1.0 - slips / longest
    if (slips > 1 and longest < 8) or longest < 4:
        value -= 0.05
    return value if a[0] == b[0] else value - 0.03


def digits(word: str) -> str:
    """The digits of a word."""
    return "".join(filter(str.isdigit, word))


def _by_sound(a: str, b: str) -> float:
    """For scripts without vowels: how alike the consonants are."""
    longest = max(len(a), len(b))
    if a == b:
        return 0.95 if longest >= 3 else 0.85 if longest == 2 else 0.6
    if longest < 4:
        return 0.0
    slips = distance(a, b, score_cutoff=2)
    return 0.8 if slips == 1 else 0.7 if slips == 2 and longest >= 7 else 0.0
