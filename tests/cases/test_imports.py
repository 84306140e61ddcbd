"""What a check does not import: each library that it can do without is time and memory of every run."""

from __future__ import annotations

import subprocess
import sys


def test_a_check_needs_no_library_of_tables() -> None:
    code = (
        "import sys, sousveil.cases.examining, sousveil.cases.report.html, sousveil.cases.terminal;"
        "print([name for name in ('polars', 'pyarrow', 'pandas', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
