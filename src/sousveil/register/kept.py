"""Bytes that are kept for some days under an address that nobody can guess, and are gone afterwards.

The file's name is the hash of the address: who reads the disk or its backups does not learn the address. Files are packed.
The first line of a file says when its time is over.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sousveil.errors import LimitExceeded
from sousveil.ledger import atomic

DAYS = 7
TOKEN_BYTES = 24
"""192 bits."""
PACKED_MAX = 64 << 10
"""Bytes of one answer, packed: ten times what a long one takes, and one of them cannot fill the folder."""
FOLDER_MAX = 512 << 20
"""Bytes of all that is kept: questions that nobody stops asking must not fill the disk that the log lies on."""
LOOK = 60.0
"""Seconds between two looks at the whole folder: between them what this process added is counted on top."""
HALF_WRITTEN = 3_600.0
"""Seconds after which a file that has no whole name is of a writer that was killed."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_NAME = re.compile(r"[0-9a-f]{64}")
_LINE_MAX = 40


class Found(NamedTuple):
    """What lies under an address."""

    data: bytes
    until: float
    """When its time is over, in seconds since 1970."""


class Kept:
    """What is kept in one folder. Threads and processes may share it."""

    def __init__(
        self,
        folder: Path,
        *,
        days: int = DAYS,
        most: int = FOLDER_MAX,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`most`: bytes of the whole folder. `clock`: seconds since 1970."""
        self.folder, self._seconds, self._most, self._clock = folder, days * 86_400, most, clock
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._size = 0

    def put(self, data: bytes) -> str | None:
        """Keep these bytes; gives the address's secret part.

        None when they are not kept: they are too large, the folder is full, or nothing can be written where it lies (a
        copy on a read-only disk). An answer never fails because it is not kept.
        """
        until = f"{self._clock() + self._seconds:.0f}\n".encode()
        packed = until + zlib.compress(data, 6)
        if len(packed) > PACKED_MAX or not self._room(len(packed)):
            return None
        token = secrets.token_urlsafe(TOKEN_BYTES)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            atomic.write(self._file(token), packed, mode=0o600)
        except OSError:
            with self._lock:
                self._size -= len(packed)
            return None
        return token

    def replace(self, token: str, data: bytes) -> None:
        """Keep other bytes under an address, for as long as those that lie there. Nothing is done where there are none.

        Raises LimitExceeded when they are too large to be kept: those that lie there are deleted.
        """
        found = self.get(token)
        if found is None:
            return
        packed = f"{found.until:.0f}\n".encode() + zlib.compress(data, 6)
        if len(packed) > PACKED_MAX:
            _unlink(self._file(token))
            raise LimitExceeded("This answer is too long to be kept.", hint="Ask again.")
        with contextlib.suppress(OSError):  # a copy on a read-only disk
            atomic.write(self._file(token), packed, mode=0o600)

    def get(self, token: str) -> Found | None:
        """The bytes and until when they stay; None where there are none, or their time is over (they are deleted then)."""
        if not _TOKEN.fullmatch(token):
            return None
        file = self._file(token)
        try:
            head, _, packed = file.read_bytes().partition(b"\n")
            until = float(head)
            if until > self._clock():
                return Found(zlib.decompress(packed), until)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, zlib.error):
            pass  # damaged on the disk: as good as gone
        _unlink(file)
        return None

    def sweep(self) -> int:
        """Delete everything whose time is over; gives how many. Of each file only the first line is read."""
        gone = 0
        for file, _ in self._files():
            if not self._fresh(file):
                gone += _unlink(file)
        return gone

    def _room(self, more: int) -> bool:
        """Is there room for so many bytes? They are counted as taken then."""
        with self._lock:
            now = self._clock()
            if self._looked is None or not 0 <= now - self._looked < LOOK:
                self._looked = now
                self.sweep()
                self._size = sum(size for _, size in self._files())
            if self._size + more > self._most:
                return False
            self._size += more
            return True

    def _files(self) -> list[tuple[Path, int]]:
        """Files and their sizes. Others may delete some while they are listed."""
        found: list[tuple[Path, int]] = []
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            for one in entries:
                with contextlib.suppress(OSError):
                    if one.is_file(follow_symlinks=False):
                        found.append((Path(one.path), one.stat(follow_symlinks=False).st_size))
        return found

    def _fresh(self, file: Path) -> bool:
        try:
            if not _NAME.fullmatch(file.name):  # somebody is writing it just now
                return self._clock() - file.stat().st_mtime < HALF_WRITTEN
            with file.open("rb") as opened:
                return float(opened.readline(_LINE_MAX)) > self._clock()
        except FileNotFoundError:
            return True  # somebody else deleted it
        except (OSError, ValueError):
            return False

    def _file(self, token: str) -> Path:
        return self.folder / hashlib.sha256(token.encode()).hexdigest()


def _unlink(file: Path) -> bool:
    try:
        file.unlink()
    except OSError:
        return False
    return True
