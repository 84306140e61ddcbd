"""From password to class keys."""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.acquisition.keybag import (
    MAX_BYTES,
    MAX_ITEMS,
    MAX_OUTER_ROUNDS,
    MAX_ROUNDS,
    parse_keybag,
    read_key_file,
    write_key_file,
)
from sousveil.errors import LimitExceeded, Locked, Malformed, Missing, SousveilError, Usage, WrongKey, WrongPassword
from tests.acquisition.maker import keybag, tlv
from tests.profiles import examples

KEYS = {1: b"\1" * 32, 3: b"\3" * 32}


@pytest.mark.parametrize("modern", [True, False])
def test_both_chains(modern: bool) -> None:
    bag = parse_keybag(keybag(KEYS, "pässword", modern=modern))
    assert (bag.outer_salt is not None) is modern
    assert bag.unlock("pässword").keys == KEYS
    assert bag.unlock("pässword".encode()).keys == KEYS
    assert bag.unlock_with_key(bag.derived_key("pässword")).keys == KEYS


def test_wrong_password_says_which() -> None:
    with pytest.raises(Locked, match="not the phone's unlock code"):
        parse_keybag(keybag(KEYS, "right")).unlock("wrong")
    with pytest.raises(Usage):
        parse_keybag(keybag(KEYS, "right")).unlock_with_key(b"short")


def test_a_wrong_password_and_a_wrong_key_are_told_apart() -> None:
    bag = parse_keybag(keybag(KEYS, "right"))
    with pytest.raises(WrongPassword):
        bag.unlock("wrong")
    with pytest.raises(WrongKey):
        bag.unlock_with_key(bag.derived_key("wrong"))


@pytest.mark.parametrize("tag", ["SALT", "ITER"])
def test_a_keybag_needs_salt_and_rounds(tag: str) -> None:
    with pytest.raises(Malformed):
        parse_keybag(tlv(tag, b"\0\0\0\1"))


def test_no_secret_shown() -> None:
    bag = parse_keybag(keybag(KEYS, "right"))
    shown = repr(bag) + repr(bag.unlock("right"))
    assert "\\x01" not in shown and "\\x03" not in shown


def test_file_keys() -> None:
    keys = parse_keybag(keybag(KEYS, "p")).unlock("p")
    secret = b"f" * 32
    assert keys.file_key(b"\3\0\0\0" + aes_key_wrap(KEYS[3], secret)) == secret
    with pytest.raises(Locked, match="class 4"):
        keys.file_key(b"\4\0\0\0" + aes_key_wrap(KEYS[3], secret))
    with pytest.raises(Locked):
        keys.file_key(b"\1\0\0\0" + aes_key_wrap(KEYS[3], secret))
    with pytest.raises(Malformed):
        keys.file_key(b"\3\0\0\0")


def test_hostile_rounds() -> None:
    with pytest.raises(LimitExceeded):
        parse_keybag(tlv("SALT", b"s") + tlv("ITER", MAX_ROUNDS + 1)).unlock("p")
    with pytest.raises(LimitExceeded):
        parse_keybag(tlv("SALT", b"s") + tlv("ITER", 1) + tlv("DPIC", MAX_OUTER_ROUNDS + 1) + tlv("DPSL", b"x")).unlock(
            "p"
        )
    with pytest.raises(Malformed):
        parse_keybag(tlv("SALT", b"s") + tlv("ITER", 0)).unlock("p")


def test_at_most_ten_thousand_values() -> None:
    head = tlv("SALT", b"s") + tlv("ITER", 1)
    assert parse_keybag(head + tlv("XXXX", b"") * 9_998).rounds == 1
    with pytest.raises(Malformed):
        parse_keybag(head + tlv("XXXX", b"") * 9_999)


@settings(max_examples=examples(200), deadline=None)
@given(st.binary(max_size=60), st.integers(0, 400))
def test_any_bytes(tail: bytes, cut: int) -> None:
    for data in (tail, keybag(KEYS, "p")[:cut] + tail):
        with contextlib.suppress(SousveilError):
            parse_keybag(data)


def test_key_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_key_file(path, b"\xab" * 32)
    assert path.read_text() == "ab" * 32 + "\n"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert read_key_file(path) == b"\xab" * 32
    with pytest.raises(Usage, match="never overwritten"):
        write_key_file(path, bytes(32))
    (tmp_path / "other").write_text("hello")
    with pytest.raises(Usage):
        read_key_file(tmp_path / "other")


def test_a_keybag_has_at_most_so_many_values() -> None:
    needed = tlv("SALT", b"s") + tlv("ITER", 1)
    assert parse_keybag(needed + tlv("XXXX", b"") * (MAX_ITEMS - 2)).outer_salt is None
    with pytest.raises(Malformed):
        parse_keybag(needed + tlv("XXXX", b"") * (MAX_ITEMS - 1))


def test_a_key_that_the_phone_wrapped_too_is_not_unwrapped() -> None:
    bag = parse_keybag(keybag(KEYS, "p"))
    assert [(entry.number, entry.wrap) for entry in bag.classes] == [(1, 2), (3, 2), (11, 3)]
    also = tuple(replace(entry, wrap=3 if entry.number == 1 else 2) for entry in bag.classes)
    assert replace(bag, classes=also).unlock("p").keys == {3: KEYS[3]}
    other = tuple(replace(entry, wrap=4 if entry.number == 1 else 2) for entry in bag.classes)
    assert replace(bag, classes=other).unlock("p").keys == {3: KEYS[3]}


def test_what_a_keybag_may_hold() -> None:
    bag = parse_keybag(tlv("SALT", b"s") + tlv("ITER", b"\1\0"))
    assert (bag.rounds, bag.outer_salt, bag.outer_rounds) == (256, None, 0)
    with pytest.raises(Malformed):
        parse_keybag(tlv("SALT", b"s") + tlv("ITER", b"\0\1\0"))
    with pytest.raises(LimitExceeded):
        parse_keybag(tlv("SALT", b"s") + tlv("ITER", 1) + tlv("XXXX", bytes(MAX_BYTES)))


def test_a_key_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        read_key_file(tmp_path / "none")


def test_a_keybag_of_the_largest_size_and_a_number_of_one_byte() -> None:
    needed = tlv("SALT", b"s") + tlv("ITER", b"\5")
    largest = needed + tlv("XXXX", bytes(MAX_BYTES - len(needed) - 8))
    assert len(largest) == MAX_BYTES and parse_keybag(largest).rounds == 5
    with pytest.raises(LimitExceeded):
        parse_keybag(largest + b"\0")


def test_the_limits_of_a_keybag() -> None:
    assert (MAX_BYTES, MAX_OUTER_ROUNDS, MAX_ROUNDS) == (1_048_576, 40_000_000, 40_000)


def test_one_round_and_a_number_of_eight_bytes() -> None:
    bag = parse_keybag(keybag(KEYS, "p", rounds=1, outer=1))
    assert (bag.rounds, bag.outer_rounds, bag.unlock("p").keys) == (1, 1, KEYS)
    assert parse_keybag(tlv("SALT", b"s") + tlv("ITER", (7).to_bytes(8, "big"))).rounds == 7
    with pytest.raises(Malformed, match="unknown size"):
        parse_keybag(tlv("SALT", b"s") + tlv("ITER", (7).to_bytes(9, "big")))


def test_a_wrong_key_is_called_a_wrong_key() -> None:
    with pytest.raises(WrongKey, match="the key does not open this backup"):
        parse_keybag(keybag(KEYS, "right")).unlock_with_key(bytes(32))


def test_a_damaged_class_key_leaves_the_others() -> None:
    bag = parse_keybag(keybag(KEYS, "p"))
    damaged = tuple(replace(e, wrapped=bytes(40)) if e.number == 1 else e for e in bag.classes)
    assert replace(bag, classes=damaged).unlock("p").keys == {3: KEYS[3]}


def test_a_second_salt_needs_its_count() -> None:
    with pytest.raises(Malformed, match="a second salt without its iteration count"):
        parse_keybag(tlv("SALT", b"s") + tlv("ITER", 1) + tlv("DPSL", b"x"))
