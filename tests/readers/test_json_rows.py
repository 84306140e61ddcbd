"""JSON files read forward: both shapes, any cut, and hostile bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sousveil.errors import LimitExceeded, Malformed
from sousveil.readers import json_rows
from sousveil.readers.json_rows import digest_of, json_values, number_of, text_of


class Bytes:
    """Bytes as a `Readable` that gives few at a time."""

    def __init__(self, data: bytes, step: int = 1 << 20) -> None:
        self.data, self.size, self.step = data, len(data), step

    def read(self, amount: int, offset: int) -> bytes:
        return self.data[offset : offset + min(amount, self.step)]

    def close(self) -> None: ...


VALUES: list[Any] = [{"a": 1, "b": ["x", {"c": None}]}, "tëxt ]}", 12345, -1.5, True, [], {"long": "y" * 3000}, 7]


@pytest.mark.parametrize("step", [1, 3, 1 << 20])
@pytest.mark.parametrize("form", ["array", "indented", "lines", "mark"])
def test_values_of_an_array_or_of_lines(form: str, step: int) -> None:
    text = {
        "array": json.dumps(VALUES, ensure_ascii=False),
        "indented": json.dumps(VALUES, indent=2),
        "lines": "\n".join(json.dumps(value, ensure_ascii=False) for value in VALUES),
        "mark": "\ufeff" + json.dumps(VALUES),
    }[form]
    assert list(json_values(Bytes(text.encode(), step))) == VALUES


@pytest.mark.parametrize("data", [b"", b"  \n", b"[]", b"[ ]\n trailing"])
def test_nothing(data: bytes) -> None:
    assert list(json_values(Bytes(data))) == []


def test_what_came_before_the_damage_stands() -> None:
    for data, message in (
        (b'[{"a": 1}, {"b": ', "damaged or cut off"),
        (b'[{"a": 1}, ', "its end is missing"),
        (b'[{"a": 1}, nonsense]', "damaged or cut off"),
        (b'{"a": 1}\n{"b"', "damaged or cut off"),
    ):
        found = []
        with pytest.raises(Malformed, match=message):
            for value in json_values(Bytes(data)):
                found.append(value)
        assert found == [{"a": 1}]


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Malformed, match="nested too deeply"):
        list(json_values(Bytes(b"[" * 100_000)))
    monkeypatch.setattr(json_rows, "MAX_VALUE", 1000)
    monkeypatch.setattr(json_rows, "_BLOCK", 100)
    with pytest.raises(LimitExceeded, match="longer than 1,000 characters"):
        list(json_values(Bytes(b'["' + b"x" * 5000 + b'"]')))


def test_values_that_are_wanted() -> None:
    assert [text_of(value, 3) for value in ("abcd", "", 5, None, [])] == ["abc", None, None, None, None]
    assert [number_of(value) for value in (5, "5", "-7", "5x", 5.9, True, None, 1 << 63, 1e300, "9" * 19)] == [
        5,
        5,
        -7,
        None,
        5,
        None,
        None,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize("size", [32, 40, 64, 128])
def test_a_digest_is_taken_whole_or_not_at_all(size: int) -> None:
    digest = ("0aF" * 50)[:size]
    assert digest_of(digest) == digest
    for other in (digest + "0", digest[1:], digest[:-1] + "g", digest + "\n", "", None, 7, [digest]):
        assert digest_of(other) is None
