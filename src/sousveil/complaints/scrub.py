"""Files are overwritten before they are let go, so that nothing of them stays in free blocks of the file system.

That is as much as a program can do: a disk that writes elsewhere than it says (SSD, copy on write, snapshots) keeps old
blocks. See docs/concepts/complaints.md.
"""

from __future__ import annotations

import os
from pathlib import Path

from sousveil.ledger import atomic

_PIECE = 1 << 20


def overwrite(path: Path) -> None:
    """Every byte of a file becomes zero, on the disk on return; a file that is not there is fine."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        left, at = os.fstat(descriptor).st_size, 0
        while left > 0:
            done = os.pwrite(descriptor, bytes(min(left, _PIECE)), at)
            left, at = left - done, at + done
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def shred(path: Path) -> None:
    """Overwrite, then remove; a file that is not there is fine."""
    overwrite(path)
    path.unlink(missing_ok=True)
    atomic.sync_folder(path.parent)
