"""Receipts: every one round-trips, every slip is told, nothing of them can be guessed or found."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations, pairwise
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.complaints import receipt
from sousveil.errors import Malformed
from sousveil.ledger import bech32

ROOT = Path(__file__).resolve().parents[2]
PLACES = st.lists(st.integers(0, receipt.SIZE - 1), min_size=8, max_size=8)
SALT = bytes(range(16))


@given(PLACES)
def test_round_trip(places: list[int]) -> None:
    words = receipt.spelled(places)
    assert receipt.read(words) == words
    assert [receipt.word_list().index(word) for word in words.split()][:8] == places


@given(PLACES, st.integers(0, 8), st.integers(1, receipt.SIZE - 1))
def test_one_wrong_word_is_always_told(places: list[int], which: int, other: int) -> None:
    words = receipt.spelled(places).split()
    words[which] = receipt.word_list()[(receipt.word_list().index(words[which]) + other) % receipt.SIZE]
    with pytest.raises(receipt.NotAReceipt, match="do not belong together"):
        receipt.read(" ".join(words))


@given(PLACES, st.sampled_from(list(combinations(range(9), 2))))
def test_two_words_in_each_others_place_are_always_told(places: list[int], pair: tuple[int, int]) -> None:
    words = receipt.spelled(places).split()
    one, other = pair
    if words[one] == words[other]:
        return
    words[one], words[other] = words[other], words[one]
    with pytest.raises(receipt.NotAReceipt, match="do not belong together"):
        receipt.read(" ".join(words))


def test_every_wrong_word_at_every_place_of_one_receipt() -> None:
    words = receipt.spelled([5, 5, 0, 2047, 1, 1024, 77, 5]).split()
    for which in range(9):
        taken = [word for word in receipt.word_list() if _reads(" ".join([*words[:which], word, *words[which + 1 :]]))]
        assert taken == [words[which]]


def _reads(text: str) -> bool:
    try:
        receipt.read(text)
    except receipt.NotAReceipt:
        return False
    return True


@given(PLACES, st.sampled_from([" ", "\n", ", ", " - ", "  \t"]), st.booleans())
def test_as_people_type_it(places: list[int], between: str, upper: bool) -> None:
    words = receipt.spelled(places)
    typed = between.join(f"{at}. {word}" for at, word in enumerate(words.split(), 1))
    assert receipt.read(typed.upper() if upper else typed) == words


@given(PLACES, st.integers(0, 8), st.data())
def test_a_wrong_letter_names_the_place_or_fails_and_never_the_word(
    places: list[int], which: int, data: st.DataObject
) -> None:
    words = receipt.spelled(places).split()
    at = data.draw(st.integers(0, len(words[which]) - 1))
    letter = data.draw(st.sampled_from([c for c in "abcdefghijklmnopqrstuvwxyz" if c != words[which][at]]))
    wrong = words[which][:at] + letter + words[which][at + 1 :]
    with pytest.raises(receipt.NotAReceipt) as caught:
        receipt.read(" ".join([*words[:which], wrong, *words[which + 1 :]]))
    assert caught.value.message == f"Word {which + 1} is not a word of receipts."
    assert not set(str(caught.value).casefold().split()) & {wrong, *words} - {"letters", "once", "again"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "A receipt has 9 words; here are 0."),
        ("abacus " * 8, "A receipt has 9 words; here are 8."),
        ("abacus " * 10, "A receipt has 9 words; here are 10."),
        ("a" * 401, "This is too long for a receipt."),
    ],
)
def test_what_is_no_receipt(text: str, says: str) -> None:
    with pytest.raises(receipt.NotAReceipt) as caught:
        receipt.read(text)
    assert caught.value.message == says


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    assert _reads(text) in (True, False)


def test_keys_are_fixed_for_a_receipt_and_a_salt() -> None:
    """Held as bytes: another derivation would lock everybody out of their threads."""
    words = receipt.spelled([0, 1, 2, 3, 4, 5, 6, 7])
    keys = receipt.keys(words, SALT)
    assert (words, keys.verifier.hex(), keys.recipient) == (
        "aardvark abacus abbey ability above abroad absorb abundant rescue",
        "54346e6a5105a13647c4fb4cdfc58602dc86ff01a9b071bb854300d223879d59",
        "age136sfstgruj3wsm7slr6pjfhkge4cscnd8mendk2azsenp32ek39qplmrem",
    )
    assert str(pyrage.x25519.Identity.from_str(keys.identity).to_public()) == keys.recipient
    assert repr(keys) == "Keys(...)"
    others = [receipt.keys(words, SALT[::-1]), receipt.keys(receipt.spelled([0, 1, 2, 3, 4, 5, 6, 8]), SALT)]
    assert len({one.verifier for one in (keys, *others)}) == len({one.identity for one in (keys, *others)}) == 3


def test_a_damaged_salt_is_an_error() -> None:
    with pytest.raises(Malformed):
        receipt.keys(receipt.new(), b"short")


def test_strength() -> None:
    assert receipt.SECRET_BITS == 88 >= 80
    assert receipt.MEMORY >= 64 << 20 and receipt.PASSES >= 3
    assert len({receipt.new() for _ in range(2000)}) == 2000


@given(st.binary(min_size=32, max_size=32))
def test_keys_are_written_as_age_writes_them(raw: bytes) -> None:
    text = bech32.encode("age-secret-key-", raw).upper()
    assert str(pyrage.x25519.Identity.from_str(text)) == text


def test_the_list_is_what_the_script_makes_and_keeps_its_promises() -> None:
    script = ROOT / "scripts" / "build_complaint_words.py"
    run = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    sys.path.insert(0, str(script.parent))
    try:
        import build_complaint_words as made
    finally:
        sys.path.remove(str(script.parent))
    words = receipt.word_list()
    refused = made.lines("refused.txt")
    assert len(set(words)) == len(words) == 2048 and list(words) == sorted(words)
    assert all(4 <= len(word) <= 8 and word.isascii() and word.isalpha() and word.islower() for word in words)
    assert [word for word in words if any(piece in word for piece in refused)] == []
    assert [(word, other) for word in words for other in one_change(word) & set(words)] == []
    assert [(a, b) for a, b in pairwise(words) if b.startswith(a)] == []


def one_change(word: str) -> set[str]:
    """Every other text that one wrong, missing or further letter, or two swapped ones, make of a word."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    made = {a + b[1:] for a, b in cuts if b} | {a + c + b for a, b in cuts for c in letters}
    made |= {a + c + b[1:] for a, b in cuts if b for c in letters}
    made |= {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    return made - {word}
