"""How much a run tries: `make test` a sample, `make test-full` (SOUSVEIL_FULL=1) all of it."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

Case = TypeVar("Case")

FULL = bool(os.environ.get("SOUSVEIL_FULL"))
"""Whether this run is a full one."""
_QUICK_SHARE = 10
"""A quick run tries one example or case out of so many."""


def examples(full: int) -> int:
    """Returns how many examples a property is tried with: `full` on a full run, else a tenth, and never fewer than 8."""
    return full if FULL else min(full, max(8, full // _QUICK_SHARE))


def sample(cases: Sequence[Case], quick: int) -> list[Case]:
    """Returns all cases on a full run, else `quick` of them, spread evenly from the first to the last."""
    if FULL or len(cases) <= quick:
        return list(cases)
    step = (len(cases) - 1) / (quick - 1)
    return [cases[round(step * number)] for number in range(quick)]


def share(cases: Sequence[Case], number: int, of: int) -> list[Case]:
    """Returns all cases on a full run, else the share of one of `of` runs, which together try each case once."""
    return list(cases) if FULL else list(cases[number::of])


def load_hypothesis_profile() -> None:
    """Sets what a property does that sets nothing itself.

    Each run tries the same examples, so that a failure comes from the change and not from luck; SOUSVEIL_EXPLORE=1 tries
    new ones. No property has a deadline, because the time of an example depends on what else the machine does.
    """
    settings.register_profile(
        "sousveil",
        derandomize=not os.environ.get("SOUSVEIL_EXPLORE"),
        max_examples=examples(100),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("sousveil")


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Returns a folder that is made once for all processes of a run; to be read or copied."""
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    done = base / name
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.is_dir():
            making = base / f"{name}-in-the-making"
            make(making)
            making.rename(done)
    return done


def prepared_folder(name: str) -> Path:
    """Returns a new folder for what tests copy from; it goes when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix=f"sousveil-{name}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
