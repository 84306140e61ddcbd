"""Bytes that are kept for some days under an address that nobody can guess, and are gone afterwards.

The file's name is the hash of the address: who reads the disk or its backups does not learn the address.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from sousveil.errors import LimitExceeded
from sousveil.ledger import atomic

DAYS = 7
TOKEN_BYTES = 24
"""192 bits."""
BYTES_MAX = 8 << 20
FOLDER_MAX = 512 << 20
"""Bytes of all that is kept: questions that nobody stops asking must not fill the disk that the log lies on."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


class Kept:
    """What is kept in one folder."""

    def __init__(self, folder: Path, *, days: int = DAYS, clock: Callable[[], float] = time.time) -> None:
        """`clock`: seconds since 1970."""
        self.folder, self._seconds, self._clock = folder, days * 86_400, clock

    def put(self, data: bytes) -> str:
        """Keep these bytes; gives the address's secret part. Raises LimitExceeded."""
        if len(data) > BYTES_MAX:
            raise LimitExceeded(f"An answer of more than {BYTES_MAX:,} bytes is not kept.", hint="Ask for fewer packs.")
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._size() + len(data) > FOLDER_MAX:
            self.sweep()
            if self._size() + len(data) > FOLDER_MAX:
                raise LimitExceeded(
                    "So many answers are kept here that no more are taken.",
                    hint="Ask again in some days, or on the command line.",
                )
        until = f"{self._clock() + self._seconds:.0f}\n".encode()
        atomic.write(self._file(token), until + data, mode=0o600)
        return token

    def replace(self, token: str, data: bytes) -> None:
        """Keep other bytes under an address, for as long as those that lie there. Nothing is done where there are none."""
        until = self.until(token)
        if self.get(token) is not None and until is not None:
            atomic.write(self._file(token), f"{until:.0f}\n".encode() + data, mode=0o600)

    def get(self, token: str) -> bytes | None:
        """The bytes; None where there are none, or their time is over (they are deleted then)."""
        if not _TOKEN.fullmatch(token):
            return None
        return self._read(self._file(token))

    def until(self, token: str) -> float | None:
        """When its time is over, in seconds since 1970."""
        if not _TOKEN.fullmatch(token):
            return None
        try:
            with self._file(token).open("rb") as file:
                return float(file.readline(40))
        except (OSError, ValueError):
            return None

    def sweep(self) -> int:
        """Delete everything whose time is over; gives how many."""
        if not self.folder.is_dir():
            return 0
        files = [file for file in self.folder.iterdir() if file.is_file()]
        return sum(self._read(file) is None for file in files)

    def _size(self) -> int:
        with os.scandir(self.folder) as found:
            return sum(one.stat().st_size for one in found if one.is_file())

    def _file(self, token: str) -> Path:
        return self.folder / hashlib.sha256(token.encode()).hexdigest()

    def _read(self, file: Path) -> bytes | None:
        try:
            head, _, data = file.read_bytes().partition(b"\n")
            if float(head) > self._clock():
                return data
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            pass  # cut off while it was written: as good as gone
        with contextlib.suppress(OSError):
            file.unlink()
        return None
