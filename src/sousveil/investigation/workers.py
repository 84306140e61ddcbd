"""Processes for arithmetic on the curve: the library keeps the interpreter to itself, so that threads would use one core."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from sousveil.investigation.protection import protect_memory


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pool(processes: int, prepare: Callable[..., object] | None = None, *given: Any) -> ProcessPoolExecutor:
    """Processes of their own, each with protected memory, that end with this one. Each calls `prepare` first."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(prepare, given))


def _begin(prepare: Callable[..., object] | None, given: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    protect_memory()
    if prepare is not None:
        prepare(*given)


def _end_with_parent() -> None:
    """A parent that was killed must leave nobody behind who knows numbers or a key."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


__all__ = ["cores", "pool"]
