"""The files of the log as they lie in the register's folder: checkpoint, tiles, bundles, contents, the suppression list.

Any static server gives the same; `sousveil register verify URL` and other people's verifiers read them from here.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

FILE_MAX = 32 << 20
"""Bytes of the largest file that is given out."""
_NAME = re.compile(r"(checkpoint|suppression|times|(tile|content|envelopes)(/[a-z0-9][a-z0-9._-]{0,80}){1,12})")
_HASH = re.compile(r"[0-9a-f]{64}")
_FULL_TILE = re.compile(r"tile/(\d{1,2}|entries)(/x\d{3})*/\d{3}")


class LogFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the log that may be read."""

    path: Path
    media_type: str
    fixed: bool
    """It never changes."""

    def read(self) -> bytes:
        """All of it."""
        return self.path.read_bytes()


def served(root: Path, address: str) -> LogFile | None:
    """The file of the register in `root` at this address, `log/...` or `attachments/SHA256`; None where there is none."""
    top, _, name = address.partition("/")
    if top == "log":
        return find(root / "log", name)
    path = root / "attachments" / name
    if not _HASH.fullmatch(name) or path.is_symlink() or not path.is_file():
        return None
    # Whatever somebody attached: it is handed out as bytes to keep, and never shown as a page of the register.
    return LogFile(path=path, media_type="application/octet-stream", fixed=False)


def find(folder: Path, name: str) -> LogFile | None:
    """The file of this name below the log's folder; None where there is none."""
    if not _NAME.fullmatch(name) or ".." in name:
        return None
    path = folder / name
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > FILE_MAX:
            return None
    except OSError:
        return None
    textual = name in ("checkpoint", "suppression", "times")
    return LogFile(
        path=path,
        media_type="text/plain; charset=utf-8" if textual else "application/octet-stream",
        fixed=_FULL_TILE.fullmatch(name) is not None,
    )
