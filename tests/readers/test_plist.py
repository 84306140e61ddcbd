from __future__ import annotations

import contextlib
import datetime as dt
import json
import plistlib
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.errors import LimitExceeded, Malformed, SousveilError, Unsupported
from sousveil.readers.plist import PlistDate, Uid, load_plist, to_json, walk_strings
from tests.profiles import examples

EPOCH = dt.datetime(1970, 1, 1)


def binary(objects: list[bytes], top: int = 0, size: int = 4, width: int = 4, count: int | None = None) -> bytes:
    """A binary property list out of ready-made objects."""
    out, places = bytearray(b"bplist00"), []
    for item in objects:
        places.append(len(out))
        out += item
    table = len(out)
    out += b"".join(place.to_bytes(size, "big") for place in places)
    return bytes(out) + struct.pack(">6xBBQQQ", size, width, len(objects) if count is None else count, top, table)


def refs(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def xml(body: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f'{head}<plist version="1.0">{body}</plist>'.encode()


def same(value: Any) -> Any:
    """What plistlib returns, in our types."""
    if isinstance(value, dict):
        return {key: same(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [same(item) for item in value]
    if isinstance(value, plistlib.UID):
        return Uid(value.data)
    if isinstance(value, dt.datetime):
        return PlistDate((value - EPOCH) // dt.timedelta(microseconds=1))
    return value


TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20)
LEAF = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False),
    TEXT,
    st.binary(max_size=40),
    st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(2200, 1, 1)).map(lambda d: d.replace(microsecond=0)),
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(st.lists(inner, max_size=20), st.dictionaries(TEXT, inner, max_size=20)),
    max_leaves=60,
)


@settings(deadline=None, max_examples=examples(200))
@given(TREE)
def test_equal_to_plistlib(value: Any) -> None:
    data = plistlib.dumps(value, fmt=plistlib.FMT_BINARY, sort_keys=False)
    assert load_plist(data) == same(value)
    text = plistlib.dumps(value, fmt=plistlib.FMT_XML, sort_keys=False)
    assert load_plist(text) == same(plistlib.loads(text))
    json.loads(to_json(load_plist(data)))


def test_every_binary_type() -> None:
    data = binary(
        [
            b"\xaf\x10\x11" + refs(*range(1, 18)),
            b"\x00",
            b"\x08",
            b"\x09",
            b"\x0f",
            b"\x10\xff",
            b"\x11\xff\xff",
            b"\x12\xff\xff\xff\xff",
            b"\x13" + b"\xff" * 8,
            b"\x14" + bytes(8) + b"\xff" * 8,
            b"\x22" + struct.pack(">f", 0.5),
            b"\x23" + struct.pack(">d", 2.5),
            b"\x33" + struct.pack(">d", 1.25),
            b"\x42\0\1",
            b"\x53abc",
            b"\x62\x20\xac\xd8\0",
            b"\x72\xc3\xa9",
            b"\x81\1\0",
        ]
    )
    assert load_plist(data) == [
        None,
        False,
        True,
        None,
        255,
        65535,
        2**32 - 1,
        -1,
        2**64 - 1,
        0.5,
        2.5,
        PlistDate(978_307_201_250_000),
        b"\0\1",
        "abc",
        "€\ufffd",
        "é",
        Uid(256),
    ]
    assert load_plist(binary([b"\xc1" + refs(1), b"\x51a"])) == ["a"]
    assert load_plist(binary([b"\x0e" + bytes(16)])) == "00000000-0000-0000-0000-000000000000"
    assert load_plist(binary([b"\x33" + struct.pack(">d", float("nan"))])) is None
    assert load_plist(binary([b"\x33" + struct.pack(">d", 1e300)])) is None
    assert load_plist(binary([b"\xd1" + refs(1, 2), b"\x10\x07", b"\x51a"])) == {"7": "a"}


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("top", [0, 2])
def test_children_before_parents_and_odd_widths(size: int, top: int) -> None:
    inner = [b"\xa1" + (1).to_bytes(size, "big"), b"\x51a", b"\xa1" + (0).to_bytes(size, "big")]
    assert load_plist(binary(inner, top, size, size)) == ([["a"]] if top else ["a"])


def test_cycles_are_malformed() -> None:
    for objects in ([b"\xa1" + refs(0)], [b"\xa1" + refs(1), b"\xa1" + refs(0)], [b"\xd1" + refs(1, 0), b"\x51a"]):
        with pytest.raises(Malformed):
            load_plist(binary(objects))


def test_bomb_of_shared_references() -> None:
    bomb = [b"\xaa" + refs(*[n + 1] * 10) for n in range(30)] + [b"\x51a"]
    with pytest.raises(LimitExceeded):
        load_plist(binary(bomb))
    with pytest.raises(LimitExceeded):
        load_plist(binary(bomb[::-1][:1] + [b"\xaa" + refs(*[n] * 10) for n in range(30)], 30))
    shared = load_plist(binary([b"\xa2" + refs(1, 1), b"\xa2" + refs(2, 2), b"\x51a"]))
    assert shared == [["a", "a"], ["a", "a"]]
    with pytest.raises(LimitExceeded):
        load_plist(binary([b"\xa2" + refs(1, 1), b"\xa2" + refs(2, 2), b"\x51a"]), limit_nodes=6)
    assert load_plist(binary([b"\xa2" + refs(1, 1), b"\xa2" + refs(2, 2), b"\x51a"]), limit_nodes=7) == shared


def test_bomb_of_one_long_text() -> None:
    long = b"\x5f\x12" + (1 << 20).to_bytes(4, "big") + b"a" * (1 << 20)
    with pytest.raises(LimitExceeded):
        load_plist(binary([b"\xaf\x11\x10\x00" + refs(*[1] * 4096), long]))
    over = bytearray(binary([b"\xa2" + refs(1, 2), long, b"\x51a"]))
    table = struct.unpack(">Q", over[-8:])[0]
    over[table + 8 : table + 12] = over[table + 4 : table + 8]
    with pytest.raises(Malformed):
        load_plist(bytes(over))


@pytest.mark.parametrize("levels", [201, 100_000])
@pytest.mark.parametrize("backwards", [False, True])
def test_deep_nesting(levels: int, backwards: bool) -> None:
    if backwards:
        data = binary([b"\x51a"] + [b"\xa1" + refs(n) for n in range(levels)], levels)
    else:
        data = binary([b"\xa1" + refs(n + 1) for n in range(levels)] + [b"\x51a"])
    with pytest.raises(LimitExceeded):
        load_plist(data)
    with pytest.raises(LimitExceeded):
        load_plist(xml("<array>" * levels + "</array>" * levels))


def test_200_levels_are_read() -> None:
    expected: Any = "a"
    for _ in range(200):
        expected = [expected]
    assert load_plist(binary([b"\xa1" + refs(n + 1) for n in range(200)] + [b"\x51a"])) == expected
    assert load_plist(xml("<array>" * 200 + "<string>a</string>" + "</array>" * 200)) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"bplist00",
        b"bplist00" + bytes(32),
        b"junk",
        b"<",
        b"<plist>",
        b"<plist/>",
        xml("<odd/>"),
        xml("<dict><key>a</key></dict>"),
        xml("<dict><string>a</string></dict>"),
        xml("<array><key>a</key></array>"),
        xml("<integer>x</integer>"),
        xml("<date>today</date>"),
        xml("<real>x</real>"),
        xml("<string><true/></string>"),
        xml("<data>!</data>")[:-9],
        xml("<true/>", '<?xml version="1.0" encoding="no-such"?>'),
        binary([b"\x51a"], count=2**40),
        binary([b"\x51a"], top=1),
        binary([b"\xa1" + refs(9)]),
        binary([b"\xa2" + refs(1, 9), b"\x51a"]),
        binary([b"\x55ab"]),
        binary([b"\x15" + bytes(32)]),
        binary([b"\x5f\x20\x01a"]),
        binary([b"\x5f\x14" + (1).to_bytes(16, "big") + b"a"]),
        binary([b"\x90"]),
        binary([b"\x5f\x13" + b"\xff" * 8]),
        binary([b"\xdf\x13" + b"\x7f" * 8]),
        binary([b"\x5f\x51a"]),
        binary([b"\x17"]),
        binary([b"\xd1" + refs(1, 2), b"\xa0", b"\x51a"]),
    ],
)
def test_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        load_plist(data)


def test_newer_binary_form_and_large_files() -> None:
    with pytest.raises(Unsupported):
        load_plist(b"bplist15" + bytes(40))
    with pytest.raises(LimitExceeded):
        load_plist(bytes(11), limit_bytes=10)


def test_entities_are_refused() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with pytest.raises(Malformed, match="entities"):
        load_plist(xml("<string>&b;</string>", bomb))


def test_xml_values_and_tolerance() -> None:
    body = (
        "<dict><key>a</key><integer> 0x10 </integer><key>b</key><integer>-7</integer><key>u</key>"
        "<dict><key>CF$UID</key><integer>3</integer></dict><key>d</key><date>2021-07-19T01:02:03Z</date>"
        "<key>x</key><data>\n AAEC\n</data><key>n</key><date>2021-99-19T01:02:03Z</date><key>e</key><string/></dict>"
    )
    expected = {
        "a": 16,
        "b": -7,
        "u": Uid(3),
        "d": PlistDate(1_626_656_523_000_000),
        "x": b"\0\1\2",
        "n": None,
        "e": "",
    }
    for lead in (b"", b"\n \t", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"):
        assert load_plist(lead + xml(body) + b"\0") == expected
    assert load_plist(xml(body, "").decode().encode("utf-16")) == expected


def test_json() -> None:
    value: Any = {
        "z": [1, 2.5, float("nan"), True, None],
        "a": {"b": b"\0\xff", "d": PlistDate(0), "u": Uid(7)},
        "e": {},
        "l": [],
        "q": 'é"\n',
    }
    assert to_json(value) == (
        '{"z":[1,2.5,"nan",true,null],"a":{"b":"hex:00ff","d":"1970-01-01T00:00:00.000000Z",'
        '"u":{"uid":7}},"e":{},"l":[],"q":"é\\"\\n"}'
    )
    assert to_json("a") == '"a"'
    own: list[Any] = ["x"]
    own.append(own)
    assert to_json(own) == '["x","$cycle"]'
    with pytest.raises(LimitExceeded):
        to_json(["aaaa"] * 100, limit=100)


def test_walk() -> None:
    value: Any = {"a": "x", "b": ["y", {"c": "z", "n": 1}], "e": []}
    own: list[Any] = ["w"]
    own.append(own)
    assert list(walk_strings(value)) == [("/a", "x"), ("/b/0", "y"), ("/b/1/c", "z")]
    assert [text for _, text in walk_strings(value, keys=True)] == ["a", "x", "b", "y", "c", "z", "n", "e"]
    assert list(walk_strings("s")) == [("", "s")]
    assert list(walk_strings(own)) == [("/0", "w")]


@settings(deadline=None, max_examples=examples(300))
@given(TREE, st.data())
def test_damage_never_raises_anything_else(value: Any, data: Any) -> None:
    blob = bytearray(plistlib.dumps(value, fmt=data.draw(st.sampled_from([plistlib.FMT_BINARY, plistlib.FMT_XML]))))
    for place, byte in data.draw(st.lists(st.tuples(st.integers(0, len(blob) - 1), st.integers(0, 255)), max_size=6)):
        blob[place] = byte
    with contextlib.suppress(SousveilError):
        to_json(load_plist(bytes(blob)))


def test_real_files(shared_data: Path) -> None:
    edge = shared_data / "phones/ios-plaso/plist-edge"
    for path in [*sorted((shared_data / "phones/ios-plaso").glob("*.plist")), edge / "NSKeyedArchiver.plist"]:
        assert load_plist(path.read_bytes()) == same(plistlib.loads(path.read_bytes())), path.name
    with_space = (edge / "leading_whitespace.plist").read_bytes()
    assert load_plist(with_space) == same(plistlib.loads(with_space.lstrip()))
    for name in ("empty.plist", "truncated.plist"):
        with pytest.raises(Malformed):
            load_plist((edge / name).read_bytes())


def test_a_shared_value_counts_each_time_it_is_met() -> None:
    data = binary([b"\xa2" + refs(1, 2), b"\xa1" + refs(2), b"\x51a"])
    assert load_plist(data, limit_nodes=4) == [["a"], "a"]
    with pytest.raises(LimitExceeded):
        load_plist(data, limit_nodes=3)


def test_text_that_is_met_often_counts_to_the_byte() -> None:
    data = binary([b"\xaa" + refs(*[1] * 10), b"\x5f\x11\x03\xe8" + b"a" * 1000])
    assert load_plist(data, limit_bytes=8 + 10 * 1000) == ["a" * 1000] * 10
    with pytest.raises(LimitExceeded, match="unfolds to 10008 bytes"):
        load_plist(data, limit_bytes=8 + 10 * 1000 - 1)


def test_lists_that_lie_over_one_another_are_a_trap() -> None:
    """A hundred lists of a hundred members, all at one place of the file."""
    content = b"bplist00" + b"\xaf\x10\x64" + bytes([100]) * 100 + b"\x09"
    table = bytes([8] * 100 + [len(content) - 1])
    data = content + table + struct.pack(">6xBBQQQ", 1, 1, 101, 0, len(content))
    with pytest.raises(Malformed, match="claims more members"):
        load_plist(data)


def _binary(body: bytes, offsets: bytes, after: bytes = b"") -> bytes:
    """A binary property list whose first object is the top; every number of it is one byte."""
    table = 8 + len(body)
    return b"bplist00" + body + offsets + after + struct.pack(">6xBBQQQ", 1, 1, len(offsets), 0, table)


@pytest.mark.parametrize(
    ("body", "offsets"),
    [
        (b"", b"\x09"),  # an object where the trailer begins
        (b"\x10", b"\x08"),  # a number of which no byte is left
        (b"\x23", b"\x08"),  # a real of which no byte is left
        (b"\x80", b"\x08"),  # a reference of which no byte is left
        (b"\x33", b"\x08"),  # a date of which no byte is left
    ],
)
def test_an_object_ends_before_the_table(body: bytes, offsets: bytes) -> None:
    with pytest.raises(Malformed):
        load_plist(_binary(body, offsets))


def test_an_object_may_stand_behind_the_table() -> None:
    assert load_plist(_binary(b"\xa1\x01", b"\x08\x0c", b"\x10\x07")) == [7]
