"""Answers on standard output, whoever reads them."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable


def answer(write: Callable[[], object]) -> None:
    """Write to standard output. A reader that has gone (`| head`) changes neither the exit code nor what comes after."""
    try:
        write()
        sys.stdout.flush()
    except BrokenPipeError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
