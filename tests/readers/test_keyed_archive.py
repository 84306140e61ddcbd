from __future__ import annotations

import plistlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.errors import LimitExceeded, Malformed, SousveilError
from sousveil.readers.keyed_archive import is_archive, strings_of, unarchive
from sousveil.readers.plist import PlistDate, load_plist, to_json
from tests.profiles import examples

U = plistlib.UID


def archive(objects: list[Any], root: int = 1) -> bytes:
    return plistlib.dumps(
        {
            "$version": 100000,
            "$archiver": "NSKeyedArchiver",
            "$top": {"root": U(root)},
            "$objects": ["$null", *objects],
        },
        fmt=plistlib.FMT_BINARY,
        sort_keys=False,
    )


def cls(name: str) -> dict[str, Any]:
    return {"$classname": name, "$classes": [name, "NSObject"]}


def test_well_known_classes() -> None:
    data = archive(
        [
            {
                "NS.keys": [U(2), U(3), U(4), U(5), U(6), U(7), U(8)],
                "NS.objects": [U(9), U(10), U(11), U(12), U(13), U(14), U(0)],
                "$class": U(15),
            },
            "link",
            "date",
            "uuid",
            "data",
            "text",
            "list",
            "none",
            {"NS.base": U(16), "NS.relative": U(17), "$class": U(18)},
            {"NS.time": 0.5, "$class": U(19)},
            {"NS.uuidbytes": bytes(range(16)), "$class": U(20)},
            {"NS.data": b"\0\1", "$class": U(21)},
            {"NSString": U(22), "NSAttributes": U(0), "$class": U(23)},
            {"NS.objects": [U(22), U(24), U(25)], "$class": U(26)},
            cls("NSMutableDictionary"),
            {"NS.base": U(0), "NS.relative": U(27), "$class": U(18)},
            "page?q=1",
            cls("NSURL"),
            cls("NSDate"),
            cls("NSUUID"),
            cls("NSMutableData"),
            {"NS.string": "rich", "$class": U(28)},
            cls("NSAttributedString"),
            {"NS.bytes": "é".encode(), "$class": U(28)},
            {"x": 1, "y": [U(2)], "$class": U(29)},
            cls("NSSet"),
            "https://base.example/dir/",
            cls("NSMutableString"),
            cls("Odd"),
        ]
    )
    assert unarchive(data) == {
        "link": "https://base.example/dir/page?q=1",
        "date": PlistDate(978_307_200_500_000),
        "uuid": "00010203-0405-0607-0809-0A0B0C0D0E0F",
        "data": b"\0\1",
        "text": "rich",
        "list": ["rich", "é", {"$class": "Odd", "x": 1, "y": ["link"]}],
        "none": None,
    }
    assert strings_of(data) == [
        "link",
        "date",
        "uuid",
        "data",
        "text",
        "list",
        "none",
        "https://base.example/dir/page?q=1",
        "https://base.example/dir/",
        "page?q=1",
        "rich",
        "é",
    ]
    assert is_archive(load_plist(data))


def test_older_way_of_lists_and_dictionaries() -> None:
    assert unarchive(archive([{"NS.object.0": U(2), "NS.object.1": 7, "$class": U(3)}, "a", cls("NSArray")])) == [
        "a",
        7,
    ]
    assert unarchive(archive([{"NS.key.0": U(2), "NS.object.0": 7, "$class": U(3)}, "a", cls("NSDictionary")])) == {
        "a": 7
    }


def test_several_roots() -> None:
    data = plistlib.dumps({"$top": {"a": U(1), "b": 2}, "$objects": ["$null", "x"]}, fmt=plistlib.FMT_BINARY)
    assert unarchive(data) == {"a": "x", "b": 2}


def test_cycles_are_cut() -> None:
    assert unarchive(archive([{"NS.objects": [U(1), U(2)], "$class": U(3)}, "a", cls("NSArray")])) == [
        {"$cycle": 1},
        "a",
    ]
    assert unarchive(archive([{"me": U(2), "$class": U(3)}, {"you": U(1)}, cls("Odd")])) == {
        "$class": "Odd",
        "me": {"you": {"$cycle": 1}},
    }


def test_bombs_and_depth() -> None:
    wide = [{"NS.objects": [U(n + 1)] * 10, "$class": U(40)} for n in range(1, 39)] + ["end", cls("NSArray")]
    with pytest.raises(LimitExceeded):
        unarchive(archive(wide))
    deep = [[U(n + 1)] for n in range(1, 5000)] + ["end"]
    with pytest.raises(LimitExceeded):
        unarchive(archive(deep))


@pytest.mark.parametrize(
    "value", [1, [], {}, {"$objects": []}, {"$objects": {}, "$top": {}}, {"$objects": [], "$top": []}]
)
def test_not_an_archive(value: Any) -> None:
    with pytest.raises(Malformed):
        unarchive(value)


def test_reference_outside() -> None:
    with pytest.raises(Malformed):
        unarchive(archive([[U(99)]]))


REFERENCE = st.integers(0, 9).map(U)
ANY = st.recursive(
    st.one_of(st.integers(0, 5), st.text("ab", max_size=3), st.binary(max_size=3), st.floats(), REFERENCE),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                [
                    "$class",
                    "$classname",
                    "NS.objects",
                    "NS.keys",
                    "NS.string",
                    "NS.relative",
                    "NS.base",
                    "NS.time",
                    "NS.bytes",
                    "NSString",
                    "NS.object.0",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
NAMES = st.sampled_from(["NSArray", "NSDictionary", "NSURL", "NSDate", "NSString", "NSUUID", "NSNull", "Odd"]).map(cls)


@settings(deadline=None, max_examples=examples(300))
@given(st.lists(st.one_of(ANY, NAMES), max_size=9))
def test_any_graph_ends(objects: list[Any]) -> None:
    try:
        data = archive(objects)
        to_json(unarchive(data))
        strings_of(data)
    except SousveilError:
        pass
