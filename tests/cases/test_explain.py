"""`sousveil explain`: the steps, ids by prefix, and hostile or damaged files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from case_maker import case, finding, hostile_case

from sousveil.cases import outputs
from sousveil.cases.explain import explain
from sousveil.cases.model import Case
from sousveil.errors import Malformed, Missing, Usage


def written(folder: Path, made: Case, deciding: list[str]) -> Path:
    (folder / "findings.json").write_bytes(outputs.findings_json(made))
    (folder / "explain.json").write_bytes(outputs.explain_json(made, "S.", deciding))
    return folder


def test_every_step(tmp_path: Path) -> None:
    assert (
        explain(written(tmp_path, case(finding()), [f"{1:016x}"]), "0000000000000001")
        == """\
Finding 0000000000000001: Safari history: a page of the domain evil[.]example was opened.

1. Record
   ios.safari_history: HomeDomain/Library/Safari/History.db, table history_visits, row 7
   SHA-256 of the file as stored: abababababababababababababababababababababababababababababababab
     url = hxxps://evil[.]example/a?b=c
     at = 1770091506700000

2. When
   2026-02-03T04:05:06.700000Z (as exactly as the phone stores it)

3. What it was compared with
   Rule: indicator
   Indicator: evil[.]example (domain-name:value)
   Published by Example Lab on 2026-01-02, family Examplesus, set made_up, licence CC-BY-4.0.
     Report: hxxps://lab[.]example/report

4. Strength of evidence: strong
   The set and the kind of value allow a strong finding.
   Distinctive enough to count on its own.

5. What it shows
   Someone or something reached this phone. This does not show that it was opened, or that anything
     was installed.

6. What else could explain it
   The link may have been opened by somebody who looked into it.

7. Effect on the result
   The result rests on it: a strong finding decides alone.
   Result of the whole check: traces found.
"""
    )


def test_ids(tmp_path: Path) -> None:
    written(tmp_path, case(finding(0x1A), finding(0x1B), finding(0x1A << 56)), [])
    assert explain(tmp_path, "1A").startswith("Finding 1a00000000000000")
    for wanted in ("0", "", "f"):
        with pytest.raises(Usage):
            explain(tmp_path, wanted)


def test_hostile(tmp_path: Path) -> None:
    text = explain(written(tmp_path, hostile_case(), []), "0")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text) and "https://" not in text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"[" * 100_000,
        b"\xff",
        b'{"findings": [{"id": "aa", "strength": "x"}]}',
        b'{"findings": [{"id": "aa", "strength": "weak", "shows": 1}]}',
    ],
)
def test_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "findings.json").write_bytes(content)
    with pytest.raises(Malformed):
        explain(tmp_path, "a")


def test_without_a_case(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        explain(tmp_path / "nowhere", "a")


def test_a_case_of_format_1_is_read(tmp_path: Path) -> None:
    new = written(tmp_path, case(finding()), [f"{1:016x}"])
    explained = explain(new, "0")
    old = json.loads((new / "findings.json").read_text())
    del old["format"]
    old["findings"][0]["strength"] = "proof"
    (new / "findings.json").write_text(json.dumps(old))
    assert explain(new, "0") == explained and "4. Strength of evidence: strong" in explained


@pytest.mark.parametrize("format", [0, 3, "2", None, True, [2]])
def test_an_unknown_format_is_named(tmp_path: Path, format: object) -> None:
    made = written(tmp_path, case(finding()), [])
    loaded = json.loads((made / "findings.json").read_text()) | {"format": format}
    (made / "findings.json").write_text(json.dumps(loaded))
    with pytest.raises(Malformed, match="this version reads formats 1 to 2"):
        explain(made, "0")
