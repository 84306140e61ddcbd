"""Zip archives as evidence: directories and walks, streams without sizes, Zip64, and members that state too little."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sousveil.acquisition.content import open_member
from sousveil.acquisition.model import Member
from sousveil.acquisition.zips import PackedFile, ZipMember, members
from sousveil.errors import LimitExceeded, Malformed
from tests.acquisition.readable import Bytes


class Stream(io.RawIOBase):
    """A place that cannot be sought in, so that archives for it carry sizes behind their members."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.data += data
        return len(data)


def zipped(files: dict[str, bytes], *, to: Any = None, wide: bool = False, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = to or io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (2024, 5, 14, 11, 30, 16))
            info.compress_type = method
            with archive.open(info, "w", force_zip64=wide) as member:
                member.write(data)
    return bytes(out.data) if isinstance(out, Stream) else bytes(out.getvalue())


def without_directory(data: bytes) -> bytes:
    return data[: data.index(b"PK\x01\x02")]


def listed(data: bytes) -> list[ZipMember]:
    return list(members(Bytes(data)))


def contents(data: bytes) -> list[tuple[str, bytes]]:
    return [(one.name, PackedFile(Bytes(data), one.packed).read(1 << 26, 0)) for one in listed(data)]


FILES = {"a": b"first " * 300, "b/c": bytes(1 << 20), "d": b"last"}


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("stream", [False, True])
def test_members_are_the_same_with_and_without_a_directory(wide: bool, stream: bool) -> None:
    data = zipped(FILES, to=Stream() if stream else None, wide=wide and not stream)
    assert contents(data) == list(FILES.items())
    walked = without_directory(data)
    assert contents(walked) == list(FILES.items())
    assert [one.modified for one in listed(walked)] == ["2024-05-14 11:30:16"] * 3
    assert [one.packed for one in listed(walked)] == [one.packed for one in listed(data)]


def test_folders_are_no_members() -> None:
    assert [one.name for one in listed(zipped({"a/": b"", "a/b": b"x", "c/": b"y"}))] == ["a/b", "c/"]


def test_the_directory_decides_where_a_comment_looks_like_its_end() -> None:
    data = zipped({"gone": b"x", "kept": b"y"})
    rows = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", rows + 4)
    end = data.index(b"PK\x05\x06")
    row = data[second:end]
    comment = b"PK\x05 and twenty letters or more"
    made = (
        data[:rows] + row + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(row), rows, len(comment)) + comment
    )
    assert contents(made) == [("kept", b"y")]


def test_an_end_in_the_wide_form() -> None:
    data = zipped({"gone": b"x", "kept": b"y"})
    rows = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", rows + 4)
    row = data[second : data.index(b"PK\x05\x06")]
    wide = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1, 1, len(row), rows)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, rows + len(row), 1)
    for count, start in ((1, 0xFFFFFFFF), (0xFFFF, 0xFFFFFFFF), (0xFFFF, 0)):
        end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, 0xFFFFFFFF, start, 0)
        assert contents(data[:rows] + row + wide + locator + end) == [("kept", b"y")]


def test_a_walk_ends_after_so_many_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sousveil.acquisition.zips.MAX_MEMBERS", 3)
    found = []
    with pytest.raises(LimitExceeded, match="more than 3 members"):
        for one in members(Bytes(without_directory(zipped(dict.fromkeys("abcde", b"x"))))):
            found.append(one.name)
    assert found == ["a", "b", "c"]


def test_what_unfolds_two_hundred_times_is_a_bomb_beyond_eight_megabytes() -> None:
    small, large = (zipped({"x": bytes(size)}) for size in ((8 << 20) - 1, (17 << 20) // 2))
    assert listed(small)[0].problem is None
    assert "bomb" in str(listed(large)[0].problem)


def test_a_bomb_in_a_stream_is_not_measured_to_its_end() -> None:
    (one,) = listed(without_directory(zipped({"x": bytes(64 << 20)}, to=Stream())))
    assert (8 << 20) < one.packed.size < (16 << 20) and "bomb" in str(one.problem)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_that_should_be_longer_is_read_up_to_its_end(method: int, tmp_path: Path) -> None:
    data = zipped({"x": b"0123456789" * 1000, "y": b"another"}, method=method)
    file = PackedFile(Bytes(data), listed(data)[0].packed)
    file.expect(9_000, "shorter")
    file.expect(12_000, "it should be longer")
    assert file.size == 12_000 and file.read(100, 9_900) == b"0123456789" * 10
    with pytest.raises(Malformed, match="it should be longer"):
        file.read(100, 11_000)


class Counted(Bytes):
    """Bytes that count what is read of them."""

    count = 0

    def read(self, amount: int, offset: int) -> bytes:
        self.count += amount
        return super().read(amount, offset)


def test_a_member_that_was_read_whole_is_unfolded_once() -> None:
    text = b"".join(b"line %d\n" % number for number in range(900_000))
    data = zipped({"x": text, "y": b"another" * 9})
    source, (packed, other) = Counted(data), (one.packed for one in listed(data))

    def opened(key: object) -> PackedFile:
        return PackedFile(source, packed, key)

    part = opened("of a part")
    assert part.read(10, 0) == text[:10]
    part.close()
    assert (before := source.count) < packed.stored
    first = opened("first")
    assert b"".join(first.read(70_000, offset) for offset in range(0, len(text), 70_000)) == text
    first.close()
    assert source.count == before + packed.stored
    again = opened("first")
    assert (again.read(20, len(text) - 10), again.read(9, 3)) == (text[-10:], text[3:12])
    again.expect(len(text) + 5, "it should be longer")
    with pytest.raises(Malformed, match="it should be longer"):
        again.read(1, len(text) + 1)
    again.close()
    assert source.count == before + packed.stored
    small = PackedFile(source, other, "small")
    assert small.read(100, 0) == b"another" * 9
    small.close()
    assert opened("first").read(9, 3) == text[3:12]
    assert PackedFile(source, other, "small").read(7, 0) == b"another"
    assert source.count == before + packed.stored + other.stored
    changed = opened("changed")
    assert changed.read(len(text), 0) == text
    changed.close()
    assert source.count == before + 2 * packed.stored + other.stored
    assert opened("first").read(9, 3) == text[3:12]
    assert source.count > before + 2 * packed.stored + other.stored


def test_a_member_of_a_file_that_was_written_anew_is_unfolded_anew(tmp_path: Path) -> None:
    path = tmp_path / "report.zip"
    for text in (b"the first" * 99, b"another one" * 81):
        path.write_bytes(zipped({"x": text}))
        with path.open("rb") as file:
            (member,) = listed(file.read())
        content = open_member(Member(suffix="", path=str(path), inside=(member.packed,)))
        assert content.read(1000, 0) == text
        content.close()
