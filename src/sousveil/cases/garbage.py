"""How often Python looks for cycles of garbage while rows go by, and when memory goes back to the system."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def collect_rarely(new: int = 200_000) -> Iterator[None]:
    """Look for cycles rarely (after so many new objects), and never among what exists already.

    Rows make none, everything goes when its last user lets go; looking for cycles anyway costs a tenth of the time.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(new, 20, 100)
    gc.enable()
    try:
        yield
    finally:
        gc.freeze()  # else all that has come is looked through once more, now that the threshold is passed
        gc.set_threshold(*before)
        gc.unfreeze()


def _nothing(_: int) -> None:
    """What stands for `malloc_trim` where there is none."""


_trim: Callable[[int], object] | None = None


def give_back() -> None:
    """Give all free memory back to the system, where the C library can be told so (glibc). Less than a millisecond.

    Otherwise a process keeps what its largest task needed: it lies in pieces below something that is still used.
    """
    global _trim
    if _trim is None:
        _trim = _nothing
        if sys.platform.startswith("linux"):
            with suppress(ImportError, OSError, AttributeError):
                import ctypes

                _trim = ctypes.CDLL(None).malloc_trim
    _trim(0)


_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1  # of glibc's mallopt
_LARGE = 16 << 20
"""Bytes of a buffer that goes back at once, and free bytes at the end of the heap that are kept. With 1 MiB the batches
went back and came again, which was four in ten page faults of a large phone."""


def give_back_early() -> None:
    """Let large buffers go back to the system as soon as they are free, where the C library can be told so (glibc), and
    keep what batches are made of.

    Otherwise each thread keeps what it once held, and the limit from which on buffers go back rises with every one of
    them: with large phones that was a tenth of all memory. Call it before threads are started.
    """
    if not sys.platform.startswith("linux"):
        return
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        tell = ctypes.CDLL(None).mallopt
        for what, value in ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, _LARGE)):
            tell(what, value)
