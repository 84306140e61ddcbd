"""Progress: one line, silent when nobody watches."""

from __future__ import annotations

import io

from sousveil.cases.progress import Progress, amount, duration


def test_silent_without_a_terminal() -> None:
    out = io.StringIO()
    with Progress("Reading", files=2, size=10, stream=out) as progress:
        progress.add(files=1, size=5)
    assert out.getvalue() == ""


def test_line() -> None:
    now = iter([0.0, 10.0])
    out = io.StringIO()
    with Progress("Reading", files=3000, size=4_000_000_000, stream=out, on=True, clock=lambda: next(now)) as progress:
        progress.add(files=1500, size=1_000_000_000)
    assert out.getvalue() == "\r\x1b[2KReading: 1,500 of 3,000 files, 1.0 GB of 4.0 GB, 100.0 MB/s, 30 s left\r\x1b[2K"


def test_one_file() -> None:
    progress = Progress("looking", files=1, on=False)
    assert progress.line(0.0) == "looking: 0 of 1 file"
    progress = Progress("reading", on=False)
    assert progress.line(0.0) == "reading: 0 files"
    progress.add(files=1)
    assert progress.line(0.0) == "reading: 1 file"


def test_amounts() -> None:
    assert [amount(n) for n in (0, 999, 1500, 2_000_000, 3e12)] == ["0 B", "999 B", "1.5 kB", "2.0 MB", "3.0 TB"]
    assert [duration(s) for s in (0, 59, 200, 7260)] == ["0 s", "59 s", "3 min 20 s", "2 h 01 min"]


def test_time_left_out_of_the_number_of_files() -> None:
    moments = iter([0.0, 10.0])
    progress = Progress("looking", files=40, clock=lambda: next(moments), on=False)
    progress.add(files=10, size=5_000_000)
    assert progress.line(10.0) == "looking: 10 of 40 files, 5.0 MB, 500.0 kB/s, about 30 s left"
