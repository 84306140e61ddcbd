"""What a check does not import: each library that it can do without is time and memory of every run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def test_a_check_needs_no_library_of_tables() -> None:
    code = (
        "import sys, sousveil.cases.examining, sousveil.cases.report.html, sousveil.cases.terminal;"
        "print([name for name in ('duckdb', 'fsspec', 'pyarrow', 'pandas', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted where Linux lists them")
@pytest.mark.parametrize("module", ["sousveil.records", "sousveil.columns", "sousveil.cases.worker", "sousveil.kinds"])
def test_numpy_starts_no_threads(module: str) -> None:
    """Each would take memory of a process that is allowed little."""
    code = f"import {module}, numpy, os; print(len(os.listdir('/proc/self/task')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
