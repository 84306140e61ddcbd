"""Where tests write: in memory, where there is enough of it.

The register calls `fsync` after each batch, and tests make and remove a hundred thousand files. On a disk this takes more
time than everything that the tests compute. SOUSVEIL_TESTS_ON_DISK=1 keeps them on the disk.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_NEEDED = 4 << 30
"""Bytes that a run of all tests may need at once."""


def write_in_memory() -> None:
    """Sends temporary files of this process and of those that it starts into memory, unless somebody chose another place."""
    if os.environ.get("SOUSVEIL_TESTS_ON_DISK") or os.environ.get("TMPDIR") or not _has_room(_MEMORY):
        return
    os.environ["TMPDIR"] = os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_MEMORY)
    tempfile.tempdir = None  # asks TMPDIR again


def _has_room(folder: Path) -> bool:
    try:
        state = os.statvfs(folder)
        memory = Path("/proc/meminfo").read_text("ascii")
    except OSError:
        return False
    available = next(
        (int(line.split()[1]) << 10 for line in memory.splitlines() if line.startswith("MemAvailable:")), 0
    )
    runs_programs = not state.f_flag & os.ST_NOEXEC
    return (
        runs_programs and os.access(folder, os.W_OK) and min(available // 2, state.f_bavail * state.f_frsize) >= _NEEDED
    )
