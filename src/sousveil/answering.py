"""Answers on standard output, whoever reads them."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable

UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)
"""What a full disk behind standard output says."""


def unwritable(error: OSError) -> bool:
    """Whether it is standard output that cannot be written."""
    return error.filename is None and error.errno in UNWRITABLE


def answer(write: Callable[[], object]) -> bool:
    """Write to standard output; whether somebody still reads it. A reader that has gone (`| head`) changes neither the exit
    code nor what comes after."""
    try:
        write()
        sys.stdout.flush()
    except BrokenPipeError:
        silence()
        return False
    return True


def silence() -> None:
    """What is still held for standard output goes nowhere, so that ending does not fail over it."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
