"""The benchmark of the served register, in short: prepared pages meet their goal even while other tests run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.wrk
@pytest.mark.full
def test_prepared_pages_meet_their_goal() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "web.py"), "--seconds", "2", "--companies", "200"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode in (0, 1), done.stderr
    rows = {line[:46].strip(): line.split()[-1] for line in done.stdout.splitlines()}
    assert set(rows.values()) <= {"PASS", "miss"}
    assert {name: met for name, met in rows.items() if name.startswith("prepared")} == {
        "prepared: home": "PASS",
        "prepared: entity": "PASS",
        "prepared: JSON": "PASS",
    }
    assert len(rows) == 7
