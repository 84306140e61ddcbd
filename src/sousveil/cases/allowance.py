"""Processor time: how much one file, one task and one backup may cost.

A hostile file is made to cost time. Each file has an allowance by its stored size, each task one that the parent gives
it, each backup one in all, so that many costly files cannot add up. Seconds are of processor time, on which a busy
machine has no influence.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TypeVar

from sousveil.errors import LimitExceeded
from sousveil.texts import t

PER_MB = 0.1
"""Seconds for each megabyte (10^6 bytes) of a file that is read. Honest files take a hundredth of it to a tenth."""
BACKUP, BACKUP_PER_MB = 18.0, 0.15
"""Seconds for all of a backup: so many, and for each megabyte of its stored bytes."""
SHARE = 0.125
"""Part of what a backup has left that one task may use beyond the size of its files."""
LEAST = 0.5
"""Seconds of a task that reads one artefact, at least."""
LEAST_FILE = 0.02
"""Seconds of one file in the pass over every byte, at least."""
_AGAIN = 0.25
"""Seconds between two calls of the alarm: a library may swallow the exception of the first."""


class _Overdrawn(BaseException):
    """The allowance is used up. No handler of ordinary errors may swallow it."""


_TIMER = hasattr(signal, "setitimer")
"""Windows has none: there an allowance is without effect."""
_armed = _handled = False


def keep_quiet(unraisable: sys.UnraisableHookArgs) -> None:
    """A hook of `sys` that says nothing about an alarm that went off, or memory that was lacking, while an object was being
    released: either is told where it counts."""
    if not issubclass(unraisable.exc_type, (_Overdrawn, MemoryError)):
        sys.__unraisablehook__(unraisable)


def _alarm(_: int, __: FrameType | None) -> None:
    if _armed:
        raise _Overdrawn


def _arm(seconds: float) -> None:
    """Begin to count. The handler stays from the first time on: a pass over many small files arms twice for each."""
    global _armed, _handled
    if not _TIMER:
        return
    if not _handled:
        signal.signal(signal.SIGPROF, _alarm)
        _handled = True
    _armed = True
    signal.setitimer(signal.ITIMER_PROF, max(seconds, 1e-3), _AGAIN)


def _disarm(seconds: float) -> float:
    """Seconds that are left; those that were given where there is no timer."""
    global _armed
    _armed = False
    return signal.setitimer(signal.ITIMER_PROF, 0)[0] if _TIMER else seconds


def _overdrawn(what: str) -> LimitExceeded:
    return LimitExceeded(t("error.allowance.reached_limit_processor", what=t(what)))


@contextmanager
def allowance(seconds: float, what: str) -> Iterator[None]:
    """Raises LimitExceeded once this process has used so much processor time within. `what`: the id of the text that begins
    its sentence.

    Not to be nested, and no generator may be left within. Without effect where there is no such timer (Windows)."""
    try:
        try:
            _arm(seconds)
            yield
        finally:
            _disarm(seconds)
    except _Overdrawn:
        _disarm(seconds)
        raise _overdrawn(what) from None


_Item = TypeVar("_Item")


def within(seconds: float, what: str, items: Iterator[_Item]) -> Iterator[_Item]:
    """The items, as long as making them takes no more processor time in all. Raises LimitExceeded as `allowance`."""
    while True:
        try:
            try:
                _arm(seconds)
                item = next(items, _END)
            finally:
                seconds = _disarm(seconds)
        except _Overdrawn:
            _disarm(seconds)
            raise _overdrawn(what) from None
        if item is _END:
            return
        yield item  # type: ignore[misc]


_END = object()


def by_size(size: int) -> float:
    """Seconds that a file of so many stored bytes may cost for its size."""
    return size / 1e6 * PER_MB


class FileAllowances:
    """What the files of one task may cost beyond their size, shared so that the first costly one leaves the most."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._from = time.process_time()
        self._for = 0.0

    def next(self, size: int) -> float:
        """Seconds for the next file, of so many stored bytes; takes account of what the one before has cost."""
        now = time.process_time()
        self._left = max(0.0, self._left - max(0.0, now - self._from - self._for))
        self._from, self._for = now, by_size(size)
        return max(LEAST_FILE, self._left / 3) + self._for


def stored_bytes(folder: str) -> int:
    """Bytes of all files below a folder, or of one file."""
    total = 0
    if Path(folder).is_file():
        return Path(folder).stat().st_size
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(f"{root}{os.sep}{name}").st_size
            except OSError:
                continue
    return total


def processor_time(process: int) -> float | None:
    """Seconds of processor time that another process has used; None where the system does not tell (not Linux)."""
    try:
        fields = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


class BackupAllowance:
    """What the workers that read one backup may cost together."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._size: int | None = None

    def left(self, spent: float) -> float:
        """Seconds that are left once so many are spent. The folder is measured only where it matters."""
        if spent < BACKUP / 2:
            return BACKUP - spent
        if self._size is None:
            self._size = stored_bytes(self._folder)
        return BACKUP + self._size / 1e6 * BACKUP_PER_MB - spent
