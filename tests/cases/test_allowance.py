"""Processor time is counted, given back, and ends what takes too much of it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.cases import allowance as module
from sousveil.cases.allowance import BackupAllowance, FileAllowances, allowance, by_size, processor_time, within
from sousveil.errors import LimitExceeded

posix = pytest.mark.skipif(os.name != "posix", reason="no timer of processor time")


def busy(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


@posix
def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(LimitExceeded) as error, allowance(0.05, "error.scanning.looking_bytes"):
        busy(60)
    assert error.value.message == (
        "looking at its bytes reached its limit of processor time and was stopped; what was read before is kept."
    )
    with allowance(60, "error.scanning.looking_bytes"):
        busy(0.05)
    busy(0.3)  # no alarm goes off afterwards


@posix
def test_an_alarm_that_is_swallowed_goes_off_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AGAIN", 0.01)
    swallowed = 0
    with pytest.raises(LimitExceeded), allowance(0.02, "error.scanning.looking_bytes"):
        for _ in range(3):
            try:
                busy(60)
            except BaseException:
                swallowed += 1
                if swallowed == 3:
                    raise
    assert swallowed == 3


@posix
def test_only_the_making_of_items_counts() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        busy(60)
        yield 3

    taken = []
    with pytest.raises(LimitExceeded):
        for item in within(0.2, "error.worker.reading", items()):
            busy(0.3)
            taken.append(item)
    assert taken == [1, 2]
    assert list(within(60, "error.worker.reading", iter("abc"))) == ["a", "b", "c"]


def test_a_costly_file_leaves_less_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(module.time, "process_time", lambda: now)
    allowances = FileAllowances(9.0)
    assert allowances.next(0) == 3.0
    now += 3.0
    assert allowances.next(10_000_000) == 2.0 + by_size(10_000_000) == 3.0
    now += 1.0  # what its size allows
    assert allowances.next(0) == 2.0
    now += 60.0
    assert allowances.next(0) == module.LEAST_FILE


def test_a_backup_has_an_allowance_by_its_size(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(bytes(2_000_000))
    left = BackupAllowance(str(tmp_path)).left
    assert left(0) == module.BACKUP
    assert left(module.BACKUP) == pytest.approx(2 * module.BACKUP_PER_MB)


def test_processor_time_of_a_process() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("Linux only")
    before = processor_time(os.getpid())
    busy(0.1)
    after = processor_time(os.getpid())
    assert before is not None and after is not None and after > before
    assert processor_time(2**22 + 1) is None
