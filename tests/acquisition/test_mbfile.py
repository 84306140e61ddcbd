"""The quick reader of manifest records equals plistlib, on sound and on damaged records."""

from __future__ import annotations

import plistlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.acquisition import mbfile as module
from sousveil.acquisition.mbfile import FileInfo, read_mbfile
from sousveil.errors import LimitExceeded, Malformed
from tests.acquisition.maker import mbfile
from tests.profiles import examples


def by_plistlib(blob: bytes) -> FileInfo:
    """The other way, with the same checks."""
    quick = module._quick
    module._quick = refuse
    try:
        return read_mbfile(blob)
    finally:
        module._quick = quick


def refuse(blob: bytes) -> list[Any]:
    raise module._Unusual


def test_record_whole() -> None:
    blob = mbfile(
        "Library/SMS/sms.db", 4096, b"\3\0\0\0" + b"k" * 40, Digest=b"d" * 20, ExtendedAttributes=b"x", Target="../to"
    )
    assert read_mbfile(blob) == FileInfo(
        relative="Library/SMS/sms.db",
        size=4096,
        protection_class=3,
        encryption_key=b"\3\0\0\0" + b"k" * 40,
        modified=1_600_000_000,
        created=1_599_999_999,
        changed=1_600_000_001,
        mode=0o100644,
        user=501,
        group=501,
        inode=123_456_789,
        flags=0,
        target="../to",
        digest=b"d" * 20,
        extended=True,
    )


def test_quick_way_is_taken() -> None:
    blob = mbfile("Library/SMS/sms.db", 4096, b"\3\0\0\0" + b"k" * 40)
    assert module._quick(blob) == module._slow(blob)


def test_same_references_with_other_keys() -> None:
    """Two records whose key numbers are equal and whose key texts are not must not be confused."""
    blob = mbfile("a", 5)
    other = blob.replace(b"Birth", b"Girth")
    assert read_mbfile(blob).created == 1_599_999_999
    assert read_mbfile(other).created is None
    assert read_mbfile(blob).created == 1_599_999_999
    swapped = blob.replace(b"\x56UserID", b"\x56UserI2")
    assert read_mbfile(swapped).user is None


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"bplist00",
        b"x" * 40,
        b"bplist00" + bytes(40),
        plistlib.dumps({"a": 1}),
        plistlib.dumps([1], fmt=plistlib.FMT_BINARY),
        mbfile("a", -5),
        mbfile("a", 2**63),
    ],
)
def test_hostile(blob: bytes) -> None:
    with pytest.raises(Malformed):
        read_mbfile(blob)


def test_too_large() -> None:
    with pytest.raises(LimitExceeded):
        read_mbfile(bytes(module.MAX_BLOB + 1))


_numbers = st.integers(-(2**40), 2**62)
_records = st.fixed_dictionaries(
    {"relative": st.text(max_size=40), "size": st.integers(0, 2**62)},
    optional={
        "Birth": _numbers,
        "Mode": st.integers(0, 2**32),
        "InodeNumber": _numbers,
        "Target": st.text(max_size=20),
        "Digest": st.binary(max_size=40),
        "ExtendedAttributes": st.binary(max_size=300),
        "key": st.none() | st.binary(min_size=0, max_size=60),
        "Zother": st.integers(0, 5) | st.text(max_size=5),
    },
)


@settings(max_examples=examples(150), deadline=None)
@given(_records)
def test_equal_to_plistlib(record: dict[str, Any]) -> None:
    blob = mbfile(**record)
    assert read_mbfile(blob) == by_plistlib(blob)
    assert read_mbfile(blob).relative == (None if record["relative"] == "$null" else record["relative"])


@settings(max_examples=examples(300), deadline=None)
@given(st.data())
def test_damage(data: st.DataObject) -> None:
    """A damaged record gives the same as plistlib where plistlib reads it, else Malformed."""
    blob = bytearray(mbfile("Library/x", 77, b"\3\0\0\0" + b"k" * 40, Digest=b"d" * 20))
    for _ in range(data.draw(st.integers(1, 3))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    try:
        expected: FileInfo | None = by_plistlib(bytes(blob))
    except Malformed:
        expected = None
    try:
        found: FileInfo | None = read_mbfile(bytes(blob))
    except Malformed:
        found = None
    if expected is not None:
        assert found == expected


@pytest.mark.parametrize(
    "blob",
    [
        mbfile("a" * 14),
        mbfile("a" * 15),
        mbfile("a" * 255),
        mbfile("a" * 256),
        mbfile("b" * 1000, Target="c" * 700),
        mbfile("é" * 14),
        mbfile("é/" * 400, Digest=b"d" * 300),
        mbfile("a", Digest="$null", ExtendedAttributes="$null", Target="$null"),
        mbfile("a", (1 << 63) - 1, Birth=-1),
        mbfile("a", 1 << 40, Birth=-(1 << 40)),
    ],
)
def test_the_quick_way_reads_every_length(blob: bytes) -> None:
    assert module._quick(blob) == module._slow(blob)


def test_a_record_of_a_megabyte_is_the_largest() -> None:
    blob = mbfile("a")
    assert read_mbfile(blob).relative == "a"
    with pytest.raises(Malformed):
        read_mbfile(bytes(module.MAX_BLOB))
    with pytest.raises(LimitExceeded):
        read_mbfile(bytes(module.MAX_BLOB + 1))


def test_a_reference_of_another_kind_is_left_to_plistlib() -> None:
    """The number 7 in place of a reference, and a reference to an object that is not there."""
    blob = mbfile("a", 5)
    for changed in (blob.replace(b"\x80\x02", b"\x10\x02"), blob.replace(b"\x80\x02", b"\x80\x04")):
        assert changed != blob
        with pytest.raises(module._Unusual):
            module._quick(changed)


def test_data_stands_first_or_last_in_its_dictionary() -> None:
    """Whatever the order in which the keys of NSMutableData are written."""
    archive = plistlib.loads(mbfile("a", 5, b"\3\0\0\0" + b"k" * 40))
    (at,) = (number for number, one in enumerate(archive["$objects"]) if isinstance(one, dict) and "NS.data" in one)
    for names in (("NS.data", "$class"), ("$class", "NS.data")):
        archive["$objects"][at] = {name: archive["$objects"][at][name] for name in names}
        blob = plistlib.dumps(archive, fmt=plistlib.FMT_BINARY, sort_keys=False)
        found = module._quick(blob)
        assert found == module._slow(blob) and b"\3\0\0\0" + b"k" * 40 in found


def _marked(blob: bytes, at: int, marker: int) -> bytes:
    return blob[:at] + bytes([marker]) + blob[at + 1 :]


def test_a_record_of_other_objects_is_none() -> None:
    """The archive as an array in place of a dictionary, $objects as a set, a key that only begins like NS.data."""
    blob = mbfile("a", 5, b"\3\0\0\0" + b"k" * 40)
    top = blob.index(b"\xd4")
    objects = blob.index(b"\xa6", top)
    other = blob.replace(b"\x57NS.data", b"\x57NS.datz")
    for changed in (_marked(blob, top, 0xA4), _marked(blob, objects, 0xC6), other):
        assert changed != blob
        with pytest.raises(Malformed):
            read_mbfile(changed)


def test_what_runs_beyond_the_record_is_damaged() -> None:
    """Data and text that state more bytes than are there."""
    long = mbfile("a", 5, Digest=b"d" * 300).replace(b"\x4f\x11\x01\x2c", b"\x4f\x11\xff\xff")
    wide = mbfile("é" * 300)
    start = wide.index(b"\x6f\x11\x01\x2c") + 4
    wide = wide[: start - 2] + (len(wide) - start - 40 & ~1).to_bytes(2, "big") + wide[start:]
    for changed in (long, wide):
        with pytest.raises(module._Unusual):
            module._quick(changed)
        with pytest.raises(Malformed):
            read_mbfile(changed)
