"""The process keeps what it reads to itself: no core dump, no look from other processes, private files, no swap where it may."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource

_PR_SET_DUMPABLE = 4
_MCL_CURRENT, _MCL_FUTURE = 1, 2


def harden() -> bool:
    """Gives whether memory is kept off the swap; that needs `ulimit -l unlimited` (LimitMEMLOCK=infinity)."""
    os.umask(0o077)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
            return bool(libc.mlockall(_MCL_CURRENT | _MCL_FUTURE) == 0)
    return False
