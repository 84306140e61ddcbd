"""Progress of long work on standard error: files, bytes, rate and time left. Silent when nobody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from sousveil.texts import t

EVERY = 0.2
"""Seconds between two lines."""


def amount(count: float) -> str:
    """Bytes for people: 1.4 GB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """Time for people: 3 min 20 s."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


class Progress:
    """One line that is written over. `clock` counts seconds; `on` None: only where `stream` is a terminal."""

    def __init__(
        self,
        what: str,
        *,
        files: int = 0,
        size: int = 0,
        stream: TextIO | None = None,
        on: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._total_files, self._total = files, size
        self._files = self._bytes = 0
        self._stream = stream if stream is not None else sys.stderr
        self._on = self._stream.isatty() if on is None else on
        self._clock = clock
        self._start = clock()
        self._last = self._start - EVERY

    def step(self, what: str, *, files: int = 0, size: int = 0) -> None:
        """Begin another part of the work."""
        self._what, self._total_files, self._total = what, files, size
        self._files = self._bytes = 0
        self._start = self._clock()
        self._last = self._start - EVERY

    def add(self, *, files: int = 0, size: int = 0) -> None:
        """Count what was done."""
        self._files += files
        self._bytes += size
        if self._on:
            now = self._clock()
            if now - self._last >= EVERY:
                self._last = now
                self._stream.write("\r\x1b[2K" + self.line(now)[:79])
                self._stream.flush()

    def line(self, now: float) -> str:
        """What is shown at `now`."""
        spent = now - self._start
        files = t("count.files", n=self._total_files or self._files)
        if self._total_files:
            files = t("progress.of", done=f"{self._files:,}", total=files)
        text = f"{self._what}: {files}"
        if not self._bytes and not self._total:
            return text
        size = amount(self._bytes)
        text += ", " + (t("progress.of", done=size, total=amount(self._total)) if self._total else size)
        if spent > 0 and self._bytes:
            rate = self._bytes / spent
            text += f", {amount(rate)}/s"
            if self._total > self._bytes:
                text += ", " + t("progress.left", time=duration((self._total - self._bytes) / rate))
            elif not self._total and 0 < self._files < self._total_files:
                # Only the number of files is known beforehand: they take equally long on the average.
                left = duration(spent * (self._total_files - self._files) / self._files)
                text += ", " + t("progress.about_left", time=left)
        return text

    def close(self) -> None:
        """Wipe the line."""
        if self._on:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
            self._on = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
