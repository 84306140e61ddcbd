"""What reading evidence needs of the operating system, also where some of it is missing (Windows)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _flag(name: str) -> int:
    """A flag of `os.open`; nothing where the system does not know it."""
    return int(getattr(os, name, 0))


_OWN = _flag("O_CLOEXEC") | _flag("O_NOINHERIT") | _flag("O_BINARY") | _flag("O_NOFOLLOW")
READ = os.O_RDONLY | _flag("O_NONBLOCK") | _OWN
"""Opens evidence: never through a link, never waiting for the other end of a pipe, every byte as it is."""
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OWN
"""Makes a new file, and never opens one that is there."""
FOLLOWS_LINKS = not _flag("O_NOFOLLOW")
"""Whether opening follows a symbolic link whatever is asked, so that one has to look first."""


def _read_at(descriptor: int, amount: int, offset: int) -> bytes:
    """`os.pread` where there is none. One thread at a time uses a descriptor of evidence."""
    os.lseek(descriptor, offset, os.SEEK_SET)
    pieces, left = [], amount
    while left and (piece := os.read(descriptor, left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _read_into(descriptor: int, views: Any) -> int:
    """`os.readv` into one view where there is none."""
    (view,) = views
    piece = os.read(descriptor, len(view))
    view[: len(piece)] = piece
    return len(piece)


pread: Callable[[int, int, int], bytes] = getattr(os, "pread", _read_at)
"""Up to so many bytes from a place in a file."""
readv: Callable[[int, Any], int] = getattr(os, "readv", _read_into)
"""Read on into one view; gives how many bytes there were."""


def file_key(path: str) -> tuple[object, ...] | None:
    """What names the content of a file for as long as nobody writes to it; None where the file cannot be looked up."""
    try:
        facts = Path(path).stat()
    except (OSError, ValueError):
        return None
    return path, facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns
