"""How much one request, one key and all readers together may ask for.

Nobody is told apart by address: readers over Tor share theirs. Work that costs much passes a turnstile that lets a few
through at a time, in lanes: short lists of names wait for nothing, long ones for each other. Publications are counted for each key,
after its signature was verified.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
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
SHORT_LIST = 50
"""Different names of a list that waits for no other request."""
SHORT_SECONDS = 1.0
"""Processor time that screening a short list may take."""
LONG_SECONDS = 20.0
"""Processor time that screening a long list may take."""
RECORD_SECONDS = 60.0
"""Processor time that a screening record may take: an authority signs its list."""
WAIT_SECONDS = 5.0
"""After this a waiting request is refused: it holds a thread of the server."""
_TALLY = struct.Struct("<dQ")
"""A publication of the last minute: when (the machine's own clock), and its bytes."""


class Lane(Enum):
    """A kind of costly work. Each has places of its own, so no kind can block another: running and waiting requests, and the seconds
    after which a refused one may try again for each request before it."""

    QUESTION = (2, 2, 5)
    LONG = (1, 1, 20)
    """Long lists and bulk files."""
    PAGE = (1, 3, 5)
    """Pages that read the whole register, as they are: they are made once after each publication."""
    PART = (1, 2, 5)
    """The same pages with a question, proposals of pairs, and every page and answer for another day or an older state of the log."""


class Budget:
    """The processor time that one request may take, counted for the thread that answers it, from the first name on."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end: float | None = None

    def check(self, name: str, place: str = "names") -> None:
        """Raises Failure 413 with the name that comes next, and where it stands, when the time is used."""
        now = time.thread_time()
        if self._end is None:
            self._end = now + self._seconds
        elif now > self._end:
            raise Failure(
                413,
                f"This list needs more than {self._seconds:g} s of processor time.",
                field=place,
                hint=f"We stopped before “{name[:100]}”. Split the list there, and send each part.",
                code="costly",
            )


class Turnstile:
    """Lets a few costly requests through at a time, and counts what keys hand in."""

    def __init__(self, folder: Path) -> None:
        """`folder`: where it is counted what keys hand in; all processes of a server share it."""
        self._folder = folder
        self._free = {lane: threading.BoundedSemaphore(lane.value[0]) for lane in Lane}
        self._inside = dict.fromkeys(Lane, 0)
        """Requests that run or wait."""
        self._lock = threading.Lock()

    @contextmanager
    def heavy(self, lane: Lane = Lane.QUESTION) -> Iterator[None]:
        """For work that costs much. Raises Failure 429 that gives the number of requests before this one."""
        running, waiting, seconds = lane.value
        with self._lock:
            before = self._inside[lane]
            if before < running + waiting:
                self._inside[lane] += 1
        if before >= running + waiting:
            raise _later(lane, before, seconds)
        try:
            if not self._free[lane].acquire(timeout=WAIT_SECONDS):
                raise _later(lane, running, seconds)
            try:
                yield
            finally:
                self._free[lane].release()
        finally:
            with self._lock:
                self._inside[lane] -= 1

    @contextmanager
    def screening(self, different: int, seconds: float = LONG_SECONDS) -> Iterator[Budget]:
        """The budget of a list with so many different names; a long list waits for the others. Raises Failure 429."""
        if different <= SHORT_LIST:
            yield Budget(SHORT_SECONDS)
        else:
            with self.heavy(Lane.LONG):
                yield Budget(seconds)

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


def _later(lane: Lane, before: int, seconds: int) -> Failure:
    wait = before * seconds
    if lane is not Lane.LONG:
        hint = f"Try again in {wait} seconds."
        return Failure(429, f"Costly questions before yours: {before}.", hint=hint, retry_after=wait)
    return Failure(
        429,
        f"Long lists and files before yours: {before}.",
        hint=f"Try again in {wait} seconds. A list of at most {SHORT_LIST} different names never waits.",
        retry_after=wait,
    )


def _whole(data: bytes) -> bytes:
    """Without the rest of a line that was cut off."""
    return data[: len(data) - len(data) % _TALLY.size]
