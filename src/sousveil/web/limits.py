"""How much one request, one key and all readers together may ask for.

Nobody is told apart by address: readers over Tor share theirs. Work that costs much passes a turnstile that lets a few
through at a time; publications are counted for each key, after its signature was verified.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sousveil.web.failures import Failure

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
URL_MAX = 2_000
"""Letters of a path."""
QUERY_MAX = 4_000
"""Letters behind the `?`."""
BODY_MAX = 8 << 20
"""Bytes of any request's body."""
CSV_MAX = 2 << 20
"""Bytes of a list to screen."""
CSV_ROWS_MAX = 5_000
TEXT_MAX = 300
"""Letters of a name or a search."""
NAMES_MAX = 50
"""Names of one feed."""
COUNTRY_MAX = 80
"""Letters of a country's name."""
PER_KEY = 120
"""Publications of one key in a minute."""
BYTES_PER_KEY = 32 << 20
"""Bytes that one key hands in within a minute."""
AT_ONCE = 2
"""Lists screened, or bulk files made, at the same time."""
SEARCHES_AT_ONCE = 1
"""Searches for what would change an answer at the same time: none of them takes the place of a plain question."""
WAIT_SECONDS = 5.0
_TALLY = struct.Struct("<dQ")
"""A publication of the last minute: when (the machine's own clock), and its bytes."""


class Turnstile:
    """Lets only a few through at a time, and counts what keys hand in."""

    def __init__(self, folder: Path, at_once: int = AT_ONCE) -> None:
        """`folder`: where it is counted what keys hand in; all processes of a server share it."""
        self._folder = folder
        self._free = threading.BoundedSemaphore(at_once)
        self._searches = threading.BoundedSemaphore(SEARCHES_AT_ONCE)
        self._lock = threading.Lock()

    @contextmanager
    def heavy(self, *, search: bool = False) -> Iterator[None]:
        """For work that costs much; `search`: for what would change an answer, which has a place of its own. Raises Failure 429 when it
        would wait too long."""
        free = self._searches if search else self._free
        if not free.acquire(timeout=WAIT_SECONDS):
            raise Failure(429, retry_after=10)
        try:
            yield
        finally:
            free.release()

    def publication(self, key_id: str, size: int) -> None:
        """Count a publication whose signature was verified. Raises Failure 429."""
        with self._lock, self._counted(key_id) as file:
            now = time.monotonic()
            seen = [one for one in _TALLY.iter_unpack(_whole(file.read())) if 0 <= now - one[0] <= 60]
            if len(seen) >= PER_KEY or sum(one for _, one in seen) + size > BYTES_PER_KEY:
                raise Failure(429, field="key", retry_after=60)
            file.seek(0)
            file.write(b"".join(_TALLY.pack(*one) for one in (*seen, (now, size))))
            file.truncate()  # only when all is written: a full disk takes nothing of what was counted

    @contextmanager
    def _counted(self, key_id: str) -> Iterator[BinaryIO]:
        """What a key handed in within the last minute: a file, locked, for the processes of a server count together."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / key_id, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _whole(data: bytes) -> bytes:
    """Without the rest of a line that was cut off."""
    return data[: len(data) - len(data) % _TALLY.size]
