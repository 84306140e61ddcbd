"""Reading stored files: every offset, every way they can be cut off, and what is no file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.acquisition import system
from sousveil.acquisition.content import RUN, UNIT, open_member, settle, stream_blocks, stream_stored
from sousveil.acquisition.model import Member, blocks, whole
from sousveil.errors import Locked, Malformed, Missing
from tests.acquisition.maker import encrypted
from tests.profiles import examples

KEY = bytes(range(32))


def content_of(size: int) -> bytes:
    return (hashlib.sha512(b"seed").digest() * (size // 64 + 1))[: size - 3] + b"end" if size > 3 else b"end"[:size]


def stored(tmp_path: Path, data: bytes, key: bytes | None = None, size: int | None = None) -> Member:
    path = tmp_path / "stored"
    path.write_bytes(data)
    return Member(suffix="", path=os.fspath(path), key=key, size=size)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, UNIT - 1, UNIT, UNIT + 1, 3 * UNIT + 100])
@pytest.mark.parametrize("secret", [False, True])
def test_whole_and_streamed(tmp_path: Path, size: int, secret: bool) -> None:
    content = content_of(size)
    data = encrypted(KEY, content) if secret else content
    member = stored(tmp_path, data, KEY if secret else None, size)
    file = open_member(member)
    assert (file.size, file.fault, file.doubt) == (size, None, None)
    assert whole(file, 1 << 20) == content
    assert b"".join(blocks(file, 1000)) == content
    assert file.read(10, size) == b""
    file.close()
    for step in (16, 4096, 1 << 20):
        raw, clear = hashlib.sha256(), hashlib.sha256()
        for piece, plain in stream_blocks(member, step):
            raw.update(piece)
            clear.update(plain)
        assert raw.digest() == hashlib.sha256(data).digest()
        assert clear.digest() == hashlib.sha256(content).digest()
    assert b"".join(bytes(piece) for piece in stream_stored(member, 999)) == data


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5 * UNIT), st.integers(0, 2 * UNIT)), max_size=30), st.booleans())
def test_random_access(tmp_path_factory: pytest.TempPathFactory, reads: list[tuple[int, int]], secret: bool) -> None:
    content = content_of(4 * UNIT + 777)
    data = encrypted(KEY, content) if secret else content
    file = open_member(stored(tmp_path_factory.mktemp("random"), data, KEY if secret else None, len(content)))
    for offset, amount in reads:
        assert file.read(amount, offset) == content[offset : offset + amount]
    file.close()


@pytest.mark.parametrize("cut", [1, 15, 16, 17, 5000, 99_999])
@pytest.mark.parametrize("secret", [False, True])
def test_cut_off(tmp_path: Path, cut: int, secret: bool) -> None:
    content = content_of(100_000)
    data = encrypted(KEY, content) if secret else content
    member = stored(tmp_path, data[: len(data) - cut], KEY if secret else None, len(content))
    file = open_member(member)
    if secret and cut < 16:
        assert file.doubt == "the stored file has lost its last bytes, but its content is complete."
        assert whole(file, 1 << 20) == content
        assert b"".join(bytes(plain) for _, plain in stream_blocks(member)) == content
        return
    start = max(0, 100_000 - cut - 16) // 4096 * 4096
    if start:
        assert file.read(4096, 0) == content[:4096]
        assert file.read(100, start - 100) == content[start - 100 : start]
    with pytest.raises(Malformed, match="cut off"):
        file.read(100_000, 0)
    file.close()
    clear, raw = b"", b""
    with pytest.raises(Malformed, match="cut off"):
        for piece, plain in stream_blocks(member, 4096):
            raw += piece
            clear += plain
    assert raw == data[: len(data) - cut]
    assert content.startswith(clear) and len(clear) >= start


def test_wrong_key(tmp_path: Path) -> None:
    member = stored(tmp_path, encrypted(KEY, content_of(1000)), b"w" * 32, 1000)
    with pytest.raises(Malformed, match="the key is wrong"):
        whole(open_member(member), 1 << 20)
    with pytest.raises(Malformed):
        list(stream_blocks(member))


def test_grown_file_is_a_doubt(tmp_path: Path) -> None:
    file = open_member(stored(tmp_path, encrypted(KEY, content_of(1000)), KEY, 900))
    assert file.size == 1000 and file.doubt is not None and file.fault is None


def test_without_padding() -> None:
    assert settle(4096, b"a" * 16, None) == (4096, None, "the encrypted file ends without padding.")
    assert settle(4096, b"a" * 16, 4096)[0] == 4080
    assert settle(4097, b"", None)[1] is not None
    assert settle(0, b"", 0) == (0, None, None)
    assert settle(0, b"", 5)[1] is not None


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "loop", "pipe"):
        with pytest.raises(Malformed):
            open_member(Member(suffix="", path=os.fspath(tmp_path / name)))
    with pytest.raises(Malformed):
        open_member(Member(suffix="", path=os.fspath(tmp_path)))
    for path in ("", os.fspath(tmp_path / "none"), "a\0b", os.fspath(tmp_path / "target" / "below")):
        with pytest.raises(Missing):
            open_member(Member(suffix="", path=path))


def test_problem_of_the_acquisition(tmp_path: Path) -> None:
    there = stored(tmp_path, b"x")
    with pytest.raises(Locked, match="no class key"):
        open_member(Member(suffix="", path=there.path, problem="no class key"))
    with pytest.raises(Missing, match="not there"):
        next(stream_blocks(Member(suffix="", path=there.path + "2", problem="not there")))


def test_descriptors_are_closed(tmp_path: Path) -> None:
    member = stored(tmp_path, encrypted(KEY, content_of(100)), KEY, 100)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(20):
        open_member(member).close()
        with pytest.raises(Malformed):
            open_member(Member(suffix="", path=member.path, key=b"short"))
        next(stream_blocks(member, 16))
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after == before


@pytest.mark.parametrize("secret", [False, True])
def test_reads_over_the_end_of_a_unit(tmp_path: Path, secret: bool) -> None:
    content = content_of(3 * UNIT + 777)
    member = stored(tmp_path, encrypted(KEY, content) if secret else content, KEY if secret else None, len(content))
    for offset in (UNIT - 50, 0, 2 * UNIT - 1, 3 * UNIT + 700):
        file = open_member(member)
        assert file.read(100, offset) == content[offset : offset + 100]
        assert file.read_apart(100, offset) == content[offset : offset + 100]
        file.close()
    file = open_member(member)
    assert (file.read_apart(0, 0), file.read_apart(10, -1), file.read_apart(1, len(content))) == (b"", b"", b"")
    assert file.read_apart(10 * UNIT, 1) == content[1:]
    file.close()


def test_a_cut_off_file_without_a_stated_size(tmp_path: Path) -> None:
    data = encrypted(KEY, content_of(1000))
    file = open_member(stored(tmp_path, data[:-5], KEY))
    assert (file.size, file.there) == (992, 992)
    assert file.fault == "the stored file is cut off: an encrypted file is a multiple of 16 bytes long."
    assert file.read(10, 980) == content_of(1000)[980:990]
    file.close()


def test_the_size_of_what_is_read_at_once() -> None:
    assert (UNIT, RUN) == (65_536, 8)


def test_a_link_is_refused_where_opening_would_follow_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "target").write_bytes(b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    monkeypatch.setattr(system, "FOLLOWS_LINKS", True)
    monkeypatch.setattr(system, "READ", os.O_RDONLY)
    with pytest.raises(Malformed, match="symbolic link"):
        open_member(Member(suffix="", path=os.fspath(tmp_path / "link")))
    assert whole(open_member(Member(suffix="", path=os.fspath(tmp_path / "target"))), 10) == b"secret"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """(amount, offset) of every read of a stored file from now on."""
    done, pread = list[tuple[int, int]](), system.pread

    def counted(descriptor: int, amount: int, offset: int) -> bytes:
        done.append((amount, offset))
        return pread(descriptor, amount, offset)

    monkeypatch.setattr(system, "pread", counted)
    return done


def test_reads_grow_up_to_eight_units(tmp_path: Path, reads: list[tuple[int, int]]) -> None:
    file = open_member(stored(tmp_path, content_of(40 * UNIT)))
    for offset in range(0, 40 * UNIT, UNIT):
        file.read(UNIT, offset)
    file.close()
    assert [amount // UNIT for amount, _ in reads] == [1, 2, 4, 8, 8, 8, 8, 1]


def test_what_is_read_apart_is_read_alone_and_not_remembered(tmp_path: Path, reads: list[tuple[int, int]]) -> None:
    content = content_of(4 * UNIT)
    file = open_member(stored(tmp_path, content))
    for offset, amount in ((1000, 100), (0, 7), (4 * UNIT - 20, 20), (1000, 100)):
        assert file.read_apart(amount, offset) == content[offset : offset + amount]
    assert reads == [(112, 992), (16, 0), (32, 4 * UNIT - 32), (112, 992)]
    file.close()


def test_sixteen_units_are_remembered(tmp_path: Path, reads: list[tuple[int, int]]) -> None:
    file = open_member(stored(tmp_path, content_of(20 * UNIT)))
    for _ in range(2):
        for number in range(15, -1, -1):
            file.read(10, number * UNIT)
    assert reads == [(UNIT, number * UNIT) for number in range(15, -1, -1)]
    file.read(10, 18 * UNIT)
    file.read(10, 15 * UNIT)
    assert reads[16:] == [(UNIT, 18 * UNIT), (UNIT, 15 * UNIT)]
    file.close()


@pytest.mark.parametrize("secret", [False, True])
def test_blocks_have_a_mebibyte(tmp_path: Path, secret: bool) -> None:
    content = content_of((2 << 20) + 5)
    member = stored(tmp_path, encrypted(KEY, content) if secret else content, KEY if secret else None, len(content))
    assert [len(plain) for _, plain in stream_blocks(member)] == [1 << 20, 1 << 20, 5]


def test_what_lies_beyond_the_end(tmp_path: Path) -> None:
    file = open_member(stored(tmp_path, content_of(1000)))
    assert file.read_apart(1, 5000) == b""
    file.expect(1000, "longer")
    assert file.fault is None
    file.expect(1001, "longer")
    assert file.read(10, 900) == content_of(1000)[900:910]
    with pytest.raises(Malformed, match="longer"):
        file.read(10, 995)
    file.close()
    with pytest.raises(Malformed, match="empty"):
        list(stream_blocks(stored(tmp_path, b"", KEY, 5)))


def test_padding_is_the_same_byte_as_often_as_it_says() -> None:
    assert settle(32, b"a" * 11 + b"\5" * 5, 27) == (27, None, None)
    assert settle(32, b"a" * 12 + b"\5" * 4, 27)[0] == 16
