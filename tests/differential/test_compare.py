"""The comparison itself: what differs is seen, what is listed is checked, the page says what the table says."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest

import phonegen.ios
from tests.differential import page, phones
from tests.differential.cases import CASES
from tests.differential.compare import compare, differences
from tests.differential.modules import MODULES
from tests.differential.ours import Row
from tests.differential.values import MAC, WEBKIT, micros, same, stored, time, to_second

AT = 1_740_000_000_250_000


def _message(**fields: Any) -> Row:
    known = {"text": "hello https://a.example/", "handle": "+15555550100", "date": AT, "role": "received"}
    return Row(known | fields, {"error": 0, "attributedBody": b"\x01\x02"}, "HomeDomain", "Library/SMS/sms.db", 7)


THEIRS = {
    "ROWID": 7,
    "text": "hello https://a.example/",
    "phone_number": "+15555550100",
    "isodate": "2025-02-19 21:20:00.000000",
    "date": 761_692_800_250_000_000,
    "direction": "received",
    "links": ["https://a.example/"],
    "error": 0,
    "attributedBody": "AQI=",
    "subject": None,
}


def _sms(theirs: dict[str, Any], *rows: Row) -> list[str]:
    return compare({"sms": [theirs]}, {"ios.sms": list(rows)}, MODULES).differing


def test_equal_values_and_a_listed_difference() -> None:
    report = compare({"sms": [THEIRS]}, {"ios.sms": [_message()]}, MODULES)
    assert report.differing == []
    assert (report.values["sms"], report.equal["sms"], dict(report.explained)) == (9, 8, {("sms", "isodate"): 1})
    assert report.lines() == ["sms: 9 values compared, 8 equal, 1 explained"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "other"),
        ("isodate", "2025-02-19 21:20:01.000000"),
        ("date", 761_692_800_250_001_000),
        ("links", ["https://b.example/"]),
        ("error", 1),
        ("attributedBody", "AQM="),
        ("subject", "missing with us"),
        ("unheard_of", 3),
    ],
)
def test_another_value_is_named(field: str, value: Any) -> None:
    (told,) = _sms(THEIRS | {field: value}, _message())
    assert told.startswith(f"sms.{field}: theirs {value!r}")


def test_a_missing_record_is_named() -> None:
    assert _sms(THEIRS | {"ROWID": 8}, _message()) == ["sms: no record of ours for {'ROWID': 8}"]


def test_an_unknown_kind_of_record_is_named() -> None:
    assert compare({"new": [{"a": 1}]}, {}, MODULES).differing == [
        "new: 1 records of a kind that the test does not know, such as {'a': 1}"
    ]


def test_one_of_our_rows_stands_for_one_of_theirs() -> None:
    call = {"isodate": "2025-02-19 21:20:00.250000", "number": "+1", "duration": 5.0}
    rows = [Row({"date": AT, "number": "+1", "duration": seconds}, {}, "d", "r", 1) for seconds in (5.0, 6.0)]
    both = compare({"calls": [call, call | {"duration": 6.0}]}, {"ios.calls": rows}, MODULES)
    assert both.differing == []
    twice = compare({"calls": [call, call]}, {"ios.calls": rows}, MODULES)
    assert len(twice.differing) == 1


@pytest.mark.parametrize(
    ("theirs", "mine", "equal"),
    [
        (True, 1, True),
        (1, 1.0, True),
        (1, "1", False),
        ("AQI=", b"\x01\x02", True),
        ("plain", b"plain", True),
        ("x", b"y", False),
        ([1, "a"], '[1,"a"]', True),
        ([1], "[1,2]", False),
        ({"a": {"b": True}}, '{"a":{"b":true},"c":2}', True),
        ({"a": 1}, '{"a":2}', False),
        ({"a": 1}, "no JSON", False),
        ({"d": "2025-02-19 21:20:00"}, '{"d":"2025-02-19T21:20:00Z"}', True),
        ({"d": "2025-02-19 21:20:00"}, '{"d":"2025-02-19T21:20:01Z"}', False),
    ],
)
def test_plain_values(theirs: Any, mine: Any, equal: bool) -> None:
    assert same(theirs, mine) is equal


def test_times() -> None:
    assert micros("2025-02-19 21:20:00.250000") == AT
    assert micros("2025-02-19 21:20:00") == AT - 250_000
    assert micros("yesterday") is None
    assert time("2025-02-19 21:20:00.250000", AT + 1) and not time("2025-02-19 21:20:00.250000", AT + 2)
    assert to_second("2025-02-19 21:20:00.000000", AT) and not to_second("2025-02-19 21:20:00.250000", AT)
    assert stored(MAC)(761_692_800.25, AT) and stored(MAC)(761_692_800_250_000_999, AT) and stored(MAC)(0, None)
    assert stored(WEBKIT)(13_384_473_600_250_000, AT) and not stored(WEBKIT)(13_384_473_600_250_001, AT)


def test_the_table_names_checks_and_gives_reasons() -> None:
    assert set(differences().values()) == set(CASES)


def test_the_page_is_fresh() -> None:
    assert page.PAGE.read_text("utf-8") == page.page(), "run: python -m tests.differential.page"


def test_all_kinds_of_records_and_all_schemas_are_covered() -> None:
    assert len({module.peer for module in MODULES}) == 28
    schemas: set[int] = set()
    for found in pkgutil.iter_modules(phonegen.ios.__path__):
        schemas.update(getattr(importlib.import_module(f"phonegen.ios.{found.name}"), "VERSIONS", ()))
    compared = {
        version for version in schemas if version >= phones.VERSIONS[0]
    }  # older databases have tests of their own
    assert compared <= set(phones.VERSIONS)
