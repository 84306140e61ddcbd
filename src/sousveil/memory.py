"""Memory of a process that keeps much, as a server does that holds a register compiled: what the interpreter and Linux make of it.

A question to a register of 100,000 entities touches some hundred objects, nearly each on a page of 4 KiB of its own: then the processor
spends more time on finding where a page lies than on reading it. On Linux a process may ask that its memory is put on pages of 2 MiB
(madvise(2), MADV_HUGEPAGE; MADV_COLLAPSE since Linux 6.1 does so at once). And a search for reference cycles through all that is kept
stops every answer for seconds, and finds nothing.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

MAPS, STATM = Path("/proc/self/maps"), Path("/proc/self/statm")
LARGE = 1 << 21
"""Bytes of a large page on x86-64 and, with pages of 4 KiB, on ARM64."""
LEAST = 64 << 20
"""Bytes that must lie in whole large pages: a small process gains nothing."""
HUGEPAGE, COLLAPSE = 14, 25
"""MADV_HUGEPAGE and MADV_COLLAPSE of Linux's <asm-generic/mman-common.h>."""
EVERY = 60.0
"""Seconds between two looks at how much there is."""
GROWN = 1.25
"""A process that has grown so many times is settled anew. The interpreter looks through everything at the same growth."""
THRESHOLDS = (100_000, 20, 20)
"""New containers before they are looked through for cycles, and so on: answers hold no cycles, and are gone when they are given."""


def settle() -> int:
    """Look once through all that is kept, and then no more; and ask for large pages. Gives the bytes that were asked for, maybe 0."""
    gc.unfreeze()  # what was dropped since may hold cycles
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    return ask_for_large_pages()


def ask_for_large_pages() -> int:
    """Ask for large pages for all memory that is this process's alone; gives the bytes, 0 where there are none to be had."""
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


def resident() -> int:
    """Pages of memory that the process has, 0 where nothing says so; see proc_pid_statm(5)."""
    try:
        return int(STATM.read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def keep(stop: threading.Event | None = None, every: float = EVERY) -> threading.Thread:
    """Settle now and then, for as long as the process runs: whenever it has grown by a quarter over the least that it had since."""
    stop = stop or threading.Event()

    def work() -> None:
        before = resident()
        while not stop.wait(every):
            now = resident()
            if now > before * GROWN:
                settle()
                now = before = resident()
            before = min(before, now)

    thread = threading.Thread(target=work, name="memory", daemon=True)
    thread.start()
    return thread
