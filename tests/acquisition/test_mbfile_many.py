"""Many manifest records at once are read as one by one, on sound and on damaged records."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.acquisition import mbfile_many as module
from sousveil.acquisition.mbfile import NAMES, read_mbfile
from sousveil.acquisition.mbfile_many import read_many
from sousveil.errors import SousveilError
from tests.acquisition.maker import mbfile
from tests.profiles import examples


def one_by_one(blobs: list[Any], names: tuple[str, ...]) -> tuple[dict[str, list[Any]], dict[int, str | None]]:
    """The other way."""
    columns: dict[str, list[Any]] = {name: [] for name in names}
    unread: dict[int, str | None] = {}
    for place, blob in enumerate(blobs):
        info = None
        try:
            info = read_mbfile(blob) if isinstance(blob, bytes) else None
            if info is None:
                unread[place] = None
        except SousveilError as error:
            unread[place] = error.message
        for name in names:
            columns[name].append(getattr(info, name, None))
    return columns, unread


def check(blobs: list[Any], names: tuple[str, ...] = NAMES) -> None:
    """Twice: with forms that were not met before, and with known ones."""
    expected = one_by_one(blobs, names)
    for _ in range(2):
        columns, unread = read_many(blobs, names)
        assert (columns, {k: e.message if e is not None else None for k, e in unread.items()}) == expected


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_memory", module._Memory())


def damaged(blob: bytes, *at: tuple[int, int]) -> bytes:
    out = bytearray(blob)
    for place, value in at:
        out[place % len(out)] = value
    return bytes(out)


def test_many_of_few_forms() -> None:
    key = b"\3\0\0\0" + b"k" * 40
    blobs: list[Any] = []
    for number in range(60):
        blobs.append(mbfile(f"DCIM/IMG_{number:04}.JPG", 70_000 + number, LastModified=1_700_000_000 + number))
        blobs.append(mbfile(f"Library/{number:02}/ü", number, key[:-1] + bytes([number]), Digest=bytes([number]) * 20))
        blobs.append(mbfile("x", 5, ExtendedAttributes=bytes([number]) * 30, Target="../" + "ab"[number % 2]))
    blobs += [None, b"", 7, "text", mbfile("a", -5), mbfile("$null", 1), mbfile("Size!", 1), mbfile("Birth", 1)]
    check(blobs)
    assert module._memory.count < 20
    assert len(module._grouped(blobs)[1]) < 20
    check(blobs, ("created", "modified", "changed"))
    check(blobs[:1], ("relative",))
    check([])


def test_every_byte_is_compared() -> None:
    """A record with another byte anywhere is never taken for one of the same form with another meaning."""
    blob = mbfile(
        "Library/x", 77_000, b"\3\0\0\0" + b"k" * 40, Digest=b"d" * 20, Target="../to", ExtendedAttributes=b"x"
    )
    sound = [blob] * 20
    check(sound)
    for value in (0x00, 0x41, 0x80, 0xFF):
        check([*sound, *(damaged(blob, (place, value)) for place in range(len(blob))), *sound])
    check([*sound, *(damaged(blob, (place, blob[place] ^ 1)) for place in range(len(blob)))])


def test_forms_that_share_a_table() -> None:
    """Two records whose offsets are equal and whose dictionaries refer to other objects."""
    first = [mbfile("a", 5, LastModified=n, Birth=n, LastStatusChange=n + 1) for n in range(70_000, 70_030)]
    second = [mbfile("a", 5, LastModified=n, Birth=n + 1, LastStatusChange=n) for n in range(70_000, 70_030)]
    check([blob for pair in zip(first, second, strict=True) for blob in pair])
    assert len(module._memory.alike) == 1
    assert module._memory.count == 2


def test_same_key_numbers_with_other_keys() -> None:
    blob = mbfile("a", 5)
    check([blob, blob.replace(b"Birth", b"Girth")] * 20)
    check([blob.replace(b"\x56UserID", b"\x56UserI2"), blob] * 20)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FORMS", 3)
    check([mbfile("a" * (number % 30), number) for number in range(200)])
    assert module._memory.count == 3
    large = mbfile("a", 5, ExtendedAttributes=bytes(module.MAX_FORM))
    check([large] * 20)
    assert len(module._grouped([large])[1]) == 1


_numbers = st.integers(-(2**40), 2**62)
_records = st.fixed_dictionaries(
    {"relative": st.text(max_size=6) | st.sampled_from(["$null", "Mode"]), "size": st.integers(-3, 70_000)},
    optional={
        "Birth": _numbers,
        "Mode": st.integers(0, 2**32),
        "LastModified": st.integers(0, 300),
        "Target": st.text(max_size=5),
        "Digest": st.binary(max_size=20),
        "ExtendedAttributes": st.binary(max_size=30) | st.text(max_size=5),
        "key": st.none() | st.binary(min_size=0, max_size=20),
        "Zother": st.integers(0, 5) | st.text(max_size=5),
    },
)


@settings(max_examples=examples(80), deadline=None)
@given(st.lists(_records, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_equal_to_one_by_one(records: list[dict[str, Any]], chance: Any) -> None:
    blobs = [mbfile(**record) for record in records] * 14
    chance.shuffle(blobs)
    for _ in range(10):
        place = chance.randrange(len(blobs))
        blobs[place] = damaged(blobs[place], (chance.randrange(1000), chance.randrange(256)))
    check(blobs)
