"""Large pages for a process that holds much in memory, as a server does that keeps a register compiled.

A question to a register of 100,000 entities touches some hundred objects, nearly each on a page of 4 KiB of its own: then the processor
spends more time on finding where a page lies than on reading it. On Linux a process may ask that its memory is put on pages of 2 MiB
(madvise(2), MADV_HUGEPAGE; MADV_COLLAPSE since Linux 6.1 does so at once). docs/concepts/decisions.md says what it gives.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

MAPS = Path("/proc/self/maps")
LARGE = 1 << 21
"""Bytes of a large page on x86-64 and, with pages of 4 KiB, on ARM64."""
LEAST = 64 << 20
"""Bytes that must lie in whole large pages: a small process gains nothing."""
HUGEPAGE, COLLAPSE = 14, 25
"""MADV_HUGEPAGE and MADV_COLLAPSE of Linux's <asm-generic/mman-common.h>."""
EVERY = 60.0
"""Seconds between two looks at memory that was added since."""


def settle() -> int:
    """Ask for large pages for all memory of this process that is nobody else's; gives the bytes, 0 where there are none to be had."""
    if sys.platform != "linux":
        return 0
    try:
        ranges = list(whole_large_pages(MAPS.read_text(encoding="ascii", errors="replace")))
        madvise = ctypes.CDLL(None).madvise
    except (OSError, AttributeError):  # no /proc, or a C library without it
        return 0
    if sum(end - start for start, end in ranges) < LEAST:
        return 0
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    asked = 0
    for start, end in ranges:
        if madvise(start, end - start, HUGEPAGE) == 0:
            madvise(start, end - start, COLLAPSE)  # where this cannot be done at once, the kernel does it by and by
            asked += end - start
    return asked


def whole_large_pages(maps: str) -> Iterator[tuple[int, int]]:
    """The parts of a process's private memory, without a file behind, that make whole large pages: first address and the one after.

    `maps`: /proc/PID/maps, as proc_pid_maps(5) describes it.
    """
    for line in maps.splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) < 5 or fields[1] != "rw-p" or fields[4] != "0":
            continue
        if len(fields) == 6 and not fields[5].startswith(("[heap]", "[anon")):
            continue
        first, _, last = fields[0].partition("-")
        start = -(-int(first, 16) // LARGE) * LARGE
        end = int(last, 16) // LARGE * LARGE
        if start < end:
            yield start, end


def keep() -> threading.Thread:
    """Do so now and then, for as long as the process runs."""

    def work() -> None:
        pause = threading.Event()
        while not pause.wait(EVERY):
            settle()

    thread = threading.Thread(target=work, name="large-pages", daemon=True)
    thread.start()
    return thread
