"""How much is taken at once, in an hour and in all. Nobody is counted by address, key or receipt, so nobody can be locked out.

Small texts go before files: when much comes in, files are refused first, and the last part of the disk is for people who have
a receipt already. What is full now is free again by itself.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from sousveil.errors import LimitExceeded

SMALL = 20 << 10
"""Bytes of a ciphertext up to which it counts as a text alone."""
HOUR = 3600.0
SMALL_PER_HOUR = 2_000
LARGE_BYTES_PER_HOUR = 512 << 20
LARGE_SHARE, SMALL_SHARE = 0.80, 0.95
"""Parts of the disk budget up to which files, and texts of new people, are taken."""
AT_ONCE = 2
WAIT_SECONDS = 20.0


class Busy(LimitExceeded):
    """Not now: try again later."""


class Limits:
    """Counts of one process, gone with it."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._lock = threading.Lock()
        self._small: deque[float] = deque()
        self._large: deque[tuple[float, int]] = deque()
        self._free = threading.BoundedSemaphore(AT_ONCE)

    @contextmanager
    def heavy(self) -> Iterator[None]:
        """For what takes much memory and work. Raises Busy when it would wait too long."""
        if not self._free.acquire(timeout=WAIT_SECONDS):
            raise Busy("Too many are here at the moment.", hint="Nothing is lost; try again in a minute.")
        try:
            yield
        finally:
            self._free.release()

    def take(self, size: int, stored: int, *, known: bool) -> None:
        """Count a message that is about to be stored. Raises Busy; then it is not to be stored."""
        small = size <= SMALL
        share = 1.0 if known else SMALL_SHARE if small else LARGE_SHARE
        if stored + size > self.budget * share:
            raise Busy(
                "There is no room for this at the moment.",
                hint="Send the text without files, or try another way." if not small else "Please try another way.",
            )
        now = time.monotonic()
        with self._lock:
            self._forget(now)
            if small and len(self._small) >= SMALL_PER_HOUR:
                raise Busy("Too much comes in at the moment.", hint="Please try again in an hour.")
            if not small and sum(one for _, one in self._large) + size > LARGE_BYTES_PER_HOUR:
                raise Busy(
                    "Too many files come in at the moment.", hint="Send the text without files, and the files later."
                )
            if small:
                self._small.append(now)
            else:
                self._large.append((now, size))

    def _forget(self, now: float) -> None:
        while self._small and now - self._small[0] > HOUR:
            self._small.popleft()
        while self._large and now - self._large[0][0] > HOUR:
            self._large.popleft()
