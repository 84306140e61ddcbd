"""kill -9 at random during concurrent submissions: nothing that was acknowledged is lost, no receipt breaks.

SOUSVEIL_KILLS sets how many (1,000 for the figure in the documents; then with `-o faulthandler_timeout=0`, for a test is ended after
five minutes else).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.profiles import FULL
from tests.register import maker

KILLS = int(os.environ.get("SOUSVEIL_KILLS", "40" if FULL else "8"))


def test_nothing_acknowledged_is_lost(tmp_path: Path, database: str | None) -> None:
    with maker.made(tmp_path / "register", database=database):
        pass
    command = [sys.executable, "-m", "tests.register.killing", str(tmp_path / "register"), str(KILLS), "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 + KILLS * 3, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = re.match(r"(\d+) kills, (\d+) acknowledged publications, (\d+) entries, 0 wrong", done.stdout)
    assert figures is not None, done.stdout
    kills, acknowledged, entries = map(int, figures.groups())
    assert kills == KILLS and acknowledged >= KILLS // 4 and entries >= acknowledged
    print(done.stdout)
