"""Keeping clear values in memory only: no core dumps, no other process that reads this one, no swap."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

PR_SET_DUMPABLE = 4
"""prctl(2)."""
MCL_CURRENT, MCL_FUTURE = 1, 2
"""mlockall(2)."""


def protect_memory() -> list[str]:
    """The protections that the system refused: `core_dumps`, `memory_locked`; an empty list where all are in force."""
    refused = []
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        refused.append("core_dumps")
    if sys.platform != "linux":
        return [*refused, "memory_locked"]
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 and "core_dumps" not in refused:
        refused.append("core_dumps")
    if not _lock(library):
        refused.append("memory_locked")
    return refused


def _lock(library: ctypes.CDLL) -> bool:
    """Whether all memory, now and later, stays out of swap. Under a limit a later allocation would fail, so there it is not
    tried."""
    import resource

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] != resource.RLIM_INFINITY:
        return False
    return bool(library.mlockall(MCL_CURRENT | MCL_FUTURE) == 0)


__all__ = ["protect_memory"]
