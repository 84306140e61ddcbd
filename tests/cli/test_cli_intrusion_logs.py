"""`sousveil check` over logs of Intrusion Logging: look-ups of a private life stay out of every file unless asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from phonegen.android import intrusion
from tests import parquet_tables
from tests.cli.cli_runner import LURE, Sousveil

WHEN = datetime(2026, 9, 1, 12, 0, 5, tzinfo=UTC)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    lines = [
        *intrusion.ordinary(WHEN, 20),
        intrusion.dns("sekrit-clinic.example", WHEN, addresses=("/192.0.2.99",)),
        intrusion.dns(f"cdn.{LURE}", WHEN),
        intrusion.connect("/198.51.100.99", WHEN),
    ]
    return intrusion.write("folder", tmp_path / "logs", {"log.txt": lines})


def test_look_ups_without_a_match_are_counted_and_in_no_file(sv: Sousveil, logs: Path) -> None:
    ran = sv.check(logs, options=["--json", "--out", sv.home / "case"])
    found = json.loads(ran.out)
    assert ran.code == 1
    assert {one["indicator"]["value"] for one in found["findings"]} == {LURE}
    (line,) = (line for line in found["coverage"] if line["artefact"] == "android.intrusion_lookups")
    assert (line["outcome"], line["records"]) == ("READ", 22)
    for path in (sv.home / "case").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not [one for one in (b"sekrit", b"192.0.2.99", b"198.51.100.99") if one in content], path.name
    hosts = parquet_tables.columns(sv.home / "case" / "observables.parquet")["value"]
    assert "com.android.chrome" in hosts and not [one for one in hosts if one.endswith((".example.org", ".example"))]
    assert not [one for one in hosts if one[:1].isdigit() or ":" in one]


def test_full_records_hold_every_look_up(sv: Sousveil, logs: Path) -> None:
    assert sv.check(logs, options=["--full-records", "--out", sv.home / "case"]).code == 1
    hosts = parquet_tables.columns(sv.home / "case" / "records" / "android.intrusion_lookups.parquet")["host"]
    assert "sekrit-clinic.example" in hosts and len(hosts) == 22
    columns = parquet_tables.columns(sv.home / "case" / "records" / "android.intrusion_connections.parquet")
    assert "198.51.100.99" in columns["address"]


def test_the_timeline_shows_starts_and_security_events(sv: Sousveil, logs: Path) -> None:
    assert sv.check(logs, options=["--out", sv.home / "case"]).code == 1
    summaries = {json.loads(line)["message"] for line in sv("timeline", "case", "--jsonl").out.splitlines()}
    assert {"program started: com.android.chrome", "security event: keyguard_secured"} <= summaries
    assert not [one for one in summaries if "sekrit" in one or "example.net" in one]


def test_report_terminal_and_json_keep_two_phones_apart(sv: Sousveil, tmp_path: Path) -> None:
    lines = [intrusion.dns(LURE, WHEN)]
    path = intrusion.write("nested", tmp_path / "logs", {"Pixel 9.txt": lines, "Pixel 6.txt": lines})
    ran = sv.check(path, options=["--out", sv.home / "case"])
    page = (sv.home / "case" / "report.html").read_text("utf-8")
    found = json.loads((sv.home / "case" / "findings.json").read_text("utf-8"))
    assert sorted(one["record"]["phone"] for one in found["findings"]) == ["Pixel 6.zip", "Pixel 9.zip"]
    assert "The logs come from 2 archives or folders: " in page
    for phone in ("Pixel 6.zip", "Pixel 9.zip"):
        assert f"The log is in {phone}." in page
        assert f"(log in {phone})" in " ".join(ran.text.split())
