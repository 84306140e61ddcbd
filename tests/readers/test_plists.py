"""Property lists as rows."""

from __future__ import annotations

import datetime
import plistlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.artefacts.model import Artefact, At
from sousveil.errors import LimitExceeded, Malformed, Missing, Unsupported
from sousveil.kinds import Flag, Integer, Json, Label, MacTime, Real, Role, UnixTime, WebKitTime
from sousveil.readers import plists
from sousveil.readers.model import Context
from sousveil.readers.plist import PlistValue
from sousveil.readers.plists import Row, batches_of, plist_rows, read_plist, row_of
from sousveil.records import Batch, Record, check_batch, unpacked


class _Thing(Record):
    """A row."""

    name: Label
    unix: UnixTime | None
    mac: MacTime | None
    webkit: WebKitTime | None
    number: Integer | None
    real: Real | None
    yes: Flag | None
    tree: Json | None


def _row(item: dict[str, Any]) -> Row:
    """Every key that is a field of the record as that field."""
    return row_of(item, {name: name for name in THING.kinds})


def _each(value: PlistValue, context: Context) -> Iterator[Row]:
    if not isinstance(value, list):
        raise Unsupported("no list")
    for item in value:
        if item == "broken":
            raise Malformed("broken")
        assert isinstance(item, dict)
        yield _row(item)


THING = Artefact(
    name="test.thing",
    title="Thing",
    needs={"main": (At.anywhere("*"),)},
    record=_Thing,
    role=Role.RAN,
    read=plist_rows(_each),
)
FULL = Context(device=Device())


def _group(tmp_path: Path, value: Any) -> FileGroup:
    path = tmp_path / "thing.plist"
    path.write_bytes(value if isinstance(value, bytes) else plistlib.dumps(value, fmt=plistlib.FMT_BINARY))
    return FileGroup(domain="D", relative="thing.plist", members=(Member(suffix="", path=str(path)),))


def _read(tmp_path: Path, value: Any, context: Context = FULL) -> list[Batch]:
    found = list(THING.read(THING, {"main": _group(tmp_path, value)}, context))
    for batch in found:
        check_batch(batch, _Thing)
    return found


def test_values_become_what_their_fields_hold(tmp_path: Path) -> None:
    early, late = datetime.datetime(1971, 5, 1, 2, 3, 4), datetime.datetime(2024, 2, 29, 1, 2, 3)
    (batch,) = _read(
        tmp_path,
        [
            {
                "name": "a",
                "unix": late,
                "mac": late,
                "webkit": late,
                "number": True,
                "real": 1.5,
                "yes": False,
                "tree": {"b": [1, late, b"\x01"]},
                "more": [1],
                "when": late,
                "big": 2**63 + 5,
                "flag": True,
            },
            {"name": late, "unix": early, "mac": early, "webkit": early, "number": 2**63 + 5},
        ],
    )
    assert batch.row(0) == {
        "name": "a",
        "unix": 1_709_168_523_000_000,
        "mac": 1_709_168_523_000_000,
        "webkit": 1_709_168_523_000_000,
        "number": 1,
        "real": 1.5,
        "yes": 0,
        "tree": '{"b":[1,"2024-02-29T01:02:03.000000Z","hex:01"]}',
    }
    assert batch.row(1) == {
        "name": "2024-02-29T01:02:03.000000Z",
        "unix": 41_911_384_000_000,
        "mac": 41_911_384_000_000,
        "webkit": 41_911_384_000_000,
    }
    assert {name: unpacked(values) for name, values in batch.extra.items()} == {
        "number (as stored)": [None, "9223372036854775813"],
        "more": ["[1]", None],
        "when": ["2024-02-29T01:02:03.000000Z", None],
        "big": ["9223372036854775813", None],
        "flag": [1, None],
    }
    assert (batch.file, batch.layout, batch.count) == ("D/thing.plist", "property list", 2)


def test_only_what_is_wanted(tmp_path: Path) -> None:
    context = Context(device=Device(), full=False, wanted=frozenset({"number"}))
    (batch,) = _read(tmp_path, [{"name": "a", "number": 3, "more": 1}], context)
    assert (batch.row(0), batch.extra, batch.extra_same) == ({"number": 3}, {}, {})


def test_rows_before_an_error_are_kept(tmp_path: Path) -> None:
    got = []
    with pytest.raises(Malformed):
        for batch in THING.read(THING, {"main": _group(tmp_path, [{"name": "a"}, "broken", {"name": "b"}])}, FULL):
            got.append(batch.row(0))
    assert got == [{"name": "a"}]


def test_many_rows_come_in_batches(tmp_path: Path) -> None:
    found = _read(tmp_path, [{"name": "a", "number": n} for n in range(7000)])
    assert [batch.count for batch in found] == [6144, 856]
    assert [n for batch in found for n in batch.column("number")] == list(range(7000))


def test_no_rows_is_no_batch(tmp_path: Path) -> None:
    assert _read(tmp_path, []) == []
    assert list(THING.read(THING, {}, FULL)) == []


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", Malformed),
        (b"not a list", Malformed),
        (b"bplist00" + bytes(40), Malformed),
        (plistlib.dumps({"a": 1}), Unsupported),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        _read(tmp_path, data)


def test_missing_and_too_large(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        read_plist(FileGroup(domain="D", relative="a/b.plist"))
    with pytest.raises(LimitExceeded):
        read_plist(_group(tmp_path, [1, 2, 3]), limit=10)


def test_a_value_over_the_limit_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plists, "MAX_VALUE", 10)
    got: list[Batch] = []
    rows: list[dict[str, Any]] = [{"name": "a", "tree": "x" * 11, "more": ["long text"]}, {"name": "b", "tree": "x"}]
    with pytest.raises(LimitExceeded):
        got.extend(batches_of(map(_row, rows), THING, "l", "D/p", FULL))
    assert [batch.row(at) for batch in got for at in range(2)] == [{"name": "a"}, {"name": "b", "tree": "x"}]


def test_rows_over_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plists, "MAX_PLIST_ROWS", 2)
    got = []
    with pytest.raises(LimitExceeded):
        rows = (Row({"name": str(n)}) for n in range(5))
        for batch in batches_of(rows, THING, "l", "D/p", FULL):
            got += batch.column("name")
    assert got == ["0", "1"]
