from __future__ import annotations

import gzip
import io
import random
import zipfile
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.errors import LimitExceeded, Malformed, SousveilError
from sousveil.readers.members import Limits, candidates, find_members, inflate, inflate_some, probe
from tests.profiles import examples

CONTENT = b"a link to host.example, and more text " * 20


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def listed(data: Any, **rest: Any) -> list[tuple[int, str, tuple[int, ...], bytes, bool]]:
    return [(m.offset, m.kind, m.within, b"".join(m.chunks()), m.damaged) for m in find_members(data, **rest)]


@pytest.mark.parametrize("level", [0, 1, 5, 6, 9])
@pytest.mark.parametrize("place", [0, 1, 4093])
@pytest.mark.parametrize("view", [bytes, bytearray, memoryview])
def test_each_kind_is_found_anywhere(level: int, place: int, view: Any) -> None:
    before = bytes(place)
    assert listed(view(before + zlib.compress(CONTENT, level) + b"tail"), offset0=100) == [
        (100 + place, "zlib", (), CONTENT, False)
    ]
    assert listed(view(before + gzip.compress(CONTENT, level) + b"tail")) == [(place, "gzip", (), CONTENT, False)]


def test_zip_members_by_their_local_headers() -> None:
    whole = zipped({"a.txt": CONTENT, "folder/b": CONTENT[::-1]})
    second = whole.index(b"PK\x03\x04", 4)
    expected = [(0, "zip", (), CONTENT, False), (second, "zip", (), CONTENT[::-1], False)]
    assert listed(whole) == expected
    assert listed(whole[: whole.index(b"PK\x01\x02")]) == expected  # no directory at all
    lying = bytearray(whole)
    lying[18:26] = bytes(8)  # both sizes say nothing
    assert listed(bytes(lying)) == expected
    assert listed(zipped({"a": CONTENT}, zipfile.ZIP_STORED)) == []


def test_members_one_after_another_and_nested() -> None:
    inner = gzip.compress(CONTENT)
    data = b"--" + zlib.compress(b"first" * 9) + zlib.compress(b"in: " + inner + b" end") + gzip.compress(b"x")
    one = len(zlib.compress(b"first" * 9)) + 2
    two = one + len(zlib.compress(b"in: " + inner + b" end"))
    assert listed(data) == [
        (2, "zlib", (), b"first" * 9, False),
        (one, "zlib", (), b"in: " + inner + b" end", False),
        (4, "gzip", (one,), CONTENT, False),
        (two, "gzip", (), b"x", False),
    ]
    assert len(listed(data, limits=Limits(depth=1))) == 3


def test_nesting_ends_at_the_depth() -> None:
    data = CONTENT
    for _ in range(10):
        data = zlib.compress(b"<<" + data)
    assert [len(within) for _, _, within, _, _ in listed(data)] == [0, 1]


def test_cut_and_damaged_members_keep_what_was_produced() -> None:
    rng = random.Random(1)
    content = bytes(rng.choices(range(97, 123), k=100_000))
    whole = zlib.compress(content)
    ((_, _, _, got, damaged),) = listed(whole[: len(whole) // 2])
    assert damaged and content.startswith(got) and len(got) > 40_000
    assert inflate_some(whole[:-1], limit=1 << 20) == (content, False)
    assert inflate_some(whole + b"more", limit=1 << 20) == (content, True)
    with pytest.raises(Malformed):
        inflate(whole[:-1], limit=1 << 20)


def test_bombs() -> None:
    bomb = zlib.compress(bytes(64 << 20), 9)
    produced = 0
    with pytest.raises(LimitExceeded):
        for member in find_members(bomb):
            for chunk in member.chunks():
                produced += len(chunk)
                assert not any(chunk)
    assert 1 << 20 <= produced <= 2 << 20
    with pytest.raises(LimitExceeded):
        inflate(bomb, limit=1 << 30)
    with pytest.raises(LimitExceeded):
        inflate(zlib.compress(random.Random(1).randbytes(100_000)), limit=50_000)
    assert inflate_some(bomb, limit=100_000, ratio=10**6) == (bytes(100_000), False)


def test_a_caught_bomb_does_not_end_the_search() -> None:
    data = zlib.compress(bytes(64 << 20), 9) + gzip.compress(CONTENT)
    found = []
    for member in find_members(data, limits=Limits(depth=1)):
        try:
            found.append(b"".join(member.chunks())[:9])
        except LimitExceeded:
            found.append(b"bomb")
    assert found[0] == b"bomb"
    assert CONTENT[:9] in found


def test_budget_of_a_file() -> None:
    with pytest.raises(LimitExceeded):
        listed(gzip.compress(b"x") * 50, limits=Limits(members=49))
    with pytest.raises(LimitExceeded):
        listed(gzip.compress(CONTENT) * 50, limits=Limits(work=20_000))


def test_plain_inflate() -> None:
    for data in (zlib.compress(CONTENT), gzip.compress(CONTENT), zipped({"a": CONTENT})):
        assert inflate(data, limit=1 << 20) == CONTENT
    for data in (b"", b"x", b"PK\x03\x04", b"\x1f\x8b\x08", b"x\x9cjunk"):
        with pytest.raises(Malformed):
            inflate(data, limit=1 << 20)


def test_random_bytes_hold_next_to_nothing() -> None:
    noise = random.Random(7).randbytes(8 << 20)
    sure = [place for place in candidates(noise) if probe(noise, *place)]
    assert len(sure) <= 8


@settings(deadline=None, max_examples=examples(100))
@given(st.binary(max_size=3000), st.binary(max_size=20), st.integers(0, 9))
def test_any_content(content: bytes, before: bytes, level: int) -> None:
    assert inflate(zlib.compress(content, level), limit=1 << 20) == content
    if content:
        assert any(got == content for *_, got, _ in listed(b"\0" * len(before) + gzip.compress(content, level)))


@settings(deadline=None, max_examples=examples(200))
@given(st.binary(max_size=300), st.sampled_from([b"x\x9c", b"x\x01", b"\x1f\x8b\x08\0", b"PK\x03\x04\x14\0\0\0\x08\0"]))
def test_junk_never_raises_anything_else(junk: bytes, head: bytes) -> None:
    try:
        listed(head + junk + head + junk)
        inflate(head + junk, limit=1000)
    except SousveilError:
        pass
