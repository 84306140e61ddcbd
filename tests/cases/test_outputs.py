"""findings.json, explain.json, manifest.json, run.json: exact names, order and bytes."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from case_maker import HOSTILE, case, finding, hostile_case

from sousveil.acquisition.model import Device
from sousveil.cases import outputs
from sousveil.cases.many import Input, inputs_json
from sousveil.cases.model import Case
from sousveil.findings.model import Strength

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/reference/findings.schema.json").read_text())


@pytest.mark.parametrize("made", [case(finding()), case()], ids=["one", "none"])
def test_schema_holds(made: Case) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    loaded = json.loads(outputs.findings_json(made))
    assert [e.message for e in validator.iter_errors(loaded)] == []
    assert [
        e.message
        for e in validator.iter_errors(
            json.loads(inputs_json([Input(path="a", exit_code=1).of(made), Input(path="b", exit_code=2, error="x")]))
        )
    ] == []


def test_names_and_order_are_those_of_the_order() -> None:
    loaded = json.loads(outputs.findings_json(case(finding())))
    assert list(loaded) == [
        "sousveil",
        "format",
        "verdict",
        "reached",
        "class",
        "context",
        "device",
        "findings",
        "limits",
        "coverage",
        "indicators",
    ]
    one = loaded["findings"][0]
    assert list(one) == [
        "id",
        "rule",
        "artefact",
        "shows",
        "strength",
        "says",
        "at",
        "at_quality",
        "indicator",
        "attributions",
        "source",
        "record",
        "evidence",
        "innocent",
    ]
    assert list(one["indicator"]) == ["kind", "value", "family", "publisher", "stix_id"]
    assert list(one["source"]) == ["file", "sha256", "table", "row", "line", "offset", "page", "space"]
    assert list(one["evidence"][0]) == ["artefact", "source", "record"]
    assert list(loaded["coverage"][0]) == ["artefact", "outcome", "records", "detail", "parts", "unverified", "guide"]
    assert list(loaded["indicators"][0]) == ["name", "sha256", "count", "skipped", "newest"]
    assert one["source"] == one["evidence"][0]["source"] and one["record"] == one["evidence"][0]["record"]
    assert (one["strength"], one["shows"], one["at"]) == ("strong", "contact", "2026-02-03T04:05:06.700000Z")
    assert one["source"]["line"] is None


def test_no_name_or_number_of_the_device_in_findings() -> None:
    text = outputs.findings_json(case(finding())).decode()
    assert "SECRET" not in text and "Somebody" not in text


def test_sorted_by_strength_time_id_whatever_the_order() -> None:
    some = [
        finding(4, at=None, at_quality=None),
        finding(3),
        finding(2),
        finding(1, at="2025-01-01T00:00:00.000000Z"),
        finding(5, strength=Strength.WEAK, at="2020-01-01T00:00:00.000000Z"),
        finding(6, strength=Strength.LEAD),
    ]
    made = outputs.findings_json(case(*some))
    assert made == outputs.findings_json(case(*reversed(some)))
    assert [int(f["id"], 16) for f in json.loads(made)["findings"]] == [1, 2, 3, 4, 6, 5]


def test_printing_it_is_harmless() -> None:
    made = outputs.findings_json(hostile_case()).decode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", made)
    assert json.loads(made)["findings"][0]["says"] == HOSTILE


def test_values_that_json_lacks() -> None:
    made = finding(record={"a": b"\x00\xff", "b": float("nan"), "c": 1 << 70, "d": None, "e": "\ud800"})
    loaded = json.loads(outputs.findings_json(case(made)))
    assert loaded["findings"][0]["record"] == {"a": "00ff", "b": "nan", "c": 1 << 70, "d": None, "e": "\ud800"}


def test_iso() -> None:
    assert outputs.iso(0) == "1970-01-01T00:00:00.000000Z"
    assert outputs.iso(1_770_091_506_700_001) == "2026-02-03T04:05:06.700001Z"
    assert outputs.iso(None) is None and outputs.iso(1 << 62) is None


def test_explain_json() -> None:
    assert json.loads(outputs.explain_json(case(finding()), "Said.", ["b", "a"])) == {
        "sentence": "Said.",
        "deciding": ["a", "b"],
        "findings": {
            "0000000000000001": {
                "class": "mercenary",
                "family": "Examplesus",
                "reasons": ["The set and the kind of value allow a strong finding."],
            }
        },
    }


def test_manifest() -> None:
    out = io.BytesIO()
    device = Device(product_type="iPhone12,1", name="N", unique_id="U", installed=("b", "a"))
    rows = [("HomeDomain/a\n\x1b", 5, "ab"), ("HomeDomain/b", None, None)]
    assert (
        outputs.manifest_json(out, version="0.1.0", device=device, indicators=case().indicators, files=iter(rows)) == 2
    )
    loaded = json.loads(out.getvalue())
    assert loaded["files"] == [
        {"file": "HomeDomain/a\n\x1b", "size": 5, "sha256": "ab"},
        {"file": "HomeDomain/b", "size": None, "sha256": None},
    ]
    assert loaded["device"]["installed"] == ["a", "b"] and loaded["device"]["unique_id"] == "U"
    assert list(loaded) == ["sousveil", "device", "indicators", "files"]
    empty = io.BytesIO()
    assert outputs.manifest_json(empty, version="0.1.0", device=device, indicators=(), files=()) == 0
    assert json.loads(empty.getvalue())["files"] == []


def test_run() -> None:
    at = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    made = outputs.run_json(
        version="0.1.0", started=at, ended=at, host="h", system="Linux", python="3.11", timings={"read": 1.23456}
    )
    assert json.loads(made) == {
        "sousveil": "0.1.0",
        "started": "2026-11-24T12:00:00+00:00",
        "ended": "2026-11-24T12:00:00+00:00",
        "host": "h",
        "system": "Linux",
        "python": "3.11",
        "arguments": [],
        "inputs": [],
        "recipients": [],
        "confinement": {"confined": False, "means": [], "missing": ["No process read the backup."]},
        "seconds": {"read": 1.235},
    }
