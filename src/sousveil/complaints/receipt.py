"""The receipt: eight words that nobody can guess and a ninth that tells a slip, and the keys that come out of them.

Eight words of 2,048 are 88 random bits. The ninth is computed from them over the field of 2,048 elements: any one wrong word,
and any two words that have changed places, are always noticed. Nothing of a receipt is stored. Argon2id makes a master key
of it, and that gives a lookup key, of which the server keeps a hash, and the age identity that opens the answers.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from nacl.bindings import crypto_scalarmult_base
from nacl.encoding import RawEncoder
from nacl.hash import blake2b
from nacl.pwhash import argon2id

from sousveil.errors import Malformed, Usage
from sousveil.ledger import bech32

BITS_A_WORD = 11
SIZE = 1 << BITS_A_WORD
"""Words of the list."""
SECRET_WORDS = 8
SECRET_BITS = BITS_A_WORD * SECRET_WORDS
WORDS = SECRET_WORDS + 1
SALT_BYTES = 16
MEMORY = 64 << 20
"""Bytes that Argon2id fills for one receipt."""
PASSES = 3
TEXT_MAX = 400
"""Letters of a receipt as somebody typed it."""

_POLYNOMIAL = 0b1000_0000_0101  # x^11 + x^2 + 1, primitive: the powers of x below 2,047 all differ
_LETTERS = re.compile(r"[^\W\d_]+")


class NotAReceipt(Usage):
    """What was typed cannot be a receipt. The message names the place of a word and never the word."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a receipt opens."""

    verifier: bytes
    """Kept by the server: the hash of the lookup key."""
    recipient: str
    """Answers are encrypted to this age recipient."""
    identity: str
    """Opens them; never stored."""

    def __repr__(self) -> str:
        return "Keys(...)"


@cache
def word_list() -> tuple[str, ...]:
    """The 2,048 words, in alphabetical order."""
    return tuple((files(__package__) / "words.txt").read_text("ascii").split())


@cache
def _places() -> dict[str, int]:
    return {word: at for at, word in enumerate(word_list())}


def _times(one: int, other: int) -> int:
    """The product in the field of 2,048 elements."""
    product = 0
    while other:
        if other & 1:
            product ^= one
        one <<= 1
        if one & SIZE:
            one ^= _POLYNOMIAL
        other >>= 1
    return product


def check_place(places: Sequence[int]) -> int:
    """The place of the ninth word: the sum of the words' places, the first times x, the second times x^2, and so on."""
    total, power = 0, 1
    for place in places:
        power = _times(power, 2)
        total ^= _times(place, power)
    return total


def new() -> str:
    """A receipt out of the system's random numbers: nine words with spaces between."""
    return spelled([secrets.randbelow(SIZE) for _ in range(SECRET_WORDS)])


def spelled(places: Sequence[int]) -> str:
    """The receipt of these eight places."""
    return " ".join(word_list()[place] for place in (*places, check_place(places)))


def read(text: str) -> str:
    """A receipt as somebody typed it, with numbers, commas, lines or capitals, in the one form. Raises NotAReceipt."""
    if len(text) > TEXT_MAX:
        raise NotAReceipt("This is too long for a receipt.", hint=f"A receipt has {WORDS} words.")
    words = _LETTERS.findall(unicodedata.normalize("NFKC", text).casefold())
    if len(words) != WORDS:
        raise NotAReceipt(
            f"A receipt has {WORDS} words; here are {len(words)}.",
            hint="Look whether a word is missing or stands twice.",
        )
    places = []
    for number, word in enumerate(words, 1):
        place = _places().get(word)
        if place is None:
            raise NotAReceipt(
                f"Word {number} is not a word of receipts.", hint="Look at its letters and write it once more."
            )
        places.append(place)
    if check_place(places[:-1]) != places[-1]:
        raise NotAReceipt(
            "These words do not belong together: one of them is another word, or two have changed places.",
            hint="Compare each word with what you wrote down.",
        )
    return " ".join(words)


def keys(receipt: str, salt: bytes) -> Keys:
    """The keys of a receipt in the form that `read` gives. Takes 64 MiB and about a tenth of a second."""
    if len(salt) != SALT_BYTES:
        raise Malformed("The salt of this installation is damaged.")
    places = [_places()[word] for word in receipt.split()][:SECRET_WORDS]
    secret = sum(place << (BITS_A_WORD * at) for at, place in enumerate(places)).to_bytes(SECRET_BITS // 8, "big")
    master = argon2id.kdf(32, secret, salt, opslimit=PASSES, memlimit=MEMORY)
    lookup = _derived(master, b"lookup")
    scalar = _derived(master, b"answers")
    return Keys(
        verifier=blake2b(lookup, digest_size=32, person=b"sousveil verify", encoder=RawEncoder),
        recipient=bech32.encode("age", crypto_scalarmult_base(scalar)),
        identity=bech32.encode("age-secret-key-", scalar).upper(),
    )


def _derived(master: bytes, purpose: bytes) -> bytes:
    return blake2b(b"", digest_size=32, key=master, person=b"sousv " + purpose, encoder=RawEncoder)
