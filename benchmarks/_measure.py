"""Runs a command and measures its whole tree of processes: CPU, wall time, peak memory.

CPU (user + system) comes from the kernel's account of the ended process and of every descendant that was waited for
(``wait4``). While the command runs, every process of the tree is looked at every few milliseconds as well: if the CPU
seen there is more than the account says, a descendant was not waited for, and the larger figure stands.

Peak memory is the largest sum of resident memory over all processes of the tree at one moment. Pages that several
processes share count once for each of them, so the sum is an upper bound.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

INTERVAL = 0.02
"""Seconds between two looks at the tree."""
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command, or the medians of several."""

    cpu: float
    """User + system seconds of the whole tree."""
    wall: float
    """Seconds."""
    peak: int | None
    """Largest sum of resident bytes over the tree; None where there is no /proc."""
    code: int
    processes: int
    """Most processes seen at one moment."""

    @property
    def cores(self) -> float:
        """Cores in use on average."""
        return self.cpu / self.wall if self.wall else 0.0


@dataclass(frozen=True, slots=True)
class Process:
    """What /proc says about one process."""

    pid: int
    parent: int
    cpu: float
    """User + system seconds of the process alone."""
    size: int
    """Bytes of address space."""
    resident: int
    """Bytes in memory."""


def parse_stat(text: str, ticks: int, page: int) -> Process:
    """One line of ``/proc/PID/stat``. The name in brackets may hold spaces and brackets. Raises ValueError."""
    pid, _, rest = text.partition(" (")
    fields = rest[rest.rindex(")") + 2 :].split()
    # Counted from the state (field 3 of the manual): parent 4, utime 14, stime 15, vsize 23, rss 24.
    cpu = (int(fields[11]) + int(fields[12])) / ticks
    return Process(int(pid), int(fields[1]), cpu, int(fields[20]), max(0, int(fields[21])) * page)


def processes(root: int) -> list[Process]:
    """The process ``root`` and all its descendants that still have their parent; empty where there is no /proc.

    Only these are looked at: reading all of a machine's processes every few milliseconds took a tenth of a core from
    what was measured.
    """
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    found: list[Process] = []
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        try:
            text = (PROC / str(pid) / "stat").read_text(errors="replace")
            found.append(parse_stat(text, ticks, page))
            waiting += children(pid)
        except (OSError, ValueError, IndexError):
            continue  # it has ended meanwhile
    return found


def children(pid: int) -> list[int]:
    """The processes that the threads of a process have started. Raises OSError."""
    if not LISTED:
        return [one.pid for one in every() if one.parent == pid]
    found: list[int] = []
    for thread in os.listdir(PROC / str(pid) / "task"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended
            found += map(int, (PROC / str(pid) / "task" / thread / "children").read_text().split())
    return found


LISTED = (PROC / "self" / "task" / str(os.getpid()) / "children").exists()
"""Whether the kernel lists the children of a thread (CONFIG_PROC_CHILDREN)."""


def every() -> list[Process]:
    """All processes that can be seen, where the kernel does not list children."""
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    found: list[Process] = []
    for entry in os.listdir(PROC):
        if not entry.isdecimal():
            continue
        try:
            found.append(parse_stat((PROC / entry / "stat").read_text(errors="replace"), ticks, page))
        except (OSError, ValueError, IndexError):
            continue  # it has ended meanwhile
    return found


def resident(processes: Sequence[Process]) -> int:
    """Bytes in memory over all processes.

    A child that is just being started lives in the memory of its parent (vfork); that is counted once.
    """
    known = {one.pid: one for one in processes}
    total = 0
    for one in processes:
        parent = known.get(one.parent)
        if parent is None or (one.size, one.resident) != (parent.size, parent.resident):
            total += one.resident
    return total


class _Watch(threading.Thread):
    """Looks at a tree until told to stop."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root = root
        self.ended = threading.Event()
        self.peak = 0
        self.most = 0
        self.cpu: dict[int, float] = {}

    def run(self) -> None:
        while not self.ended.is_set():
            now = processes(self.root)
            self.peak = max(self.peak, resident(now))
            self.most = max(self.most, len(now))
            for one in now:
                self.cpu[one.pid] = max(self.cpu.get(one.pid, 0.0), one.cpu)
            self.ended.wait(INTERVAL)


def run(command: Sequence[str | Path], *, env: Mapping[str, str], log: Path, cwd: Path | None = None) -> Run:
    """Runs the command to its end; its output goes to ``log``."""
    with log.open("wb") as output:
        start = time.monotonic()
        child = subprocess.Popen(
            [str(part) for part in command],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        watch = _Watch(child.pid)
        watch.start()
        try:
            _, status, used = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            raise
        finally:
            wall = time.monotonic() - start
            watch.ended.set()
            watch.join()
        child.returncode = os.waitstatus_to_exitcode(status)
    cpu = max(used.ru_utime + used.ru_stime, sum(watch.cpu.values()))
    return Run(cpu, wall, watch.peak or None, child.returncode, watch.most)


def middle(runs: Sequence[Run]) -> Run:
    """The median of each figure; the exit code of the last run that differs from the first, else the first's."""
    peaks = [one.peak for one in runs if one.peak is not None]
    codes = [one.code for one in runs if one.code != runs[0].code]
    return Run(
        median(one.cpu for one in runs),
        median(one.wall for one in runs),
        round(median(peaks)) if peaks else None,
        codes[-1] if codes else runs[0].code,
        max(one.processes for one in runs),
    )


def table(rows: Sequence[Sequence[Any]], head: Sequence[str]) -> str:
    """A plain table: the first column to the left, all others to the right."""
    cells = [[str(value) for value in row] for row in (head, *rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    lines = []
    for row in cells:
        parts = [
            row[0].ljust(widths[0]),
            *(value.rjust(width) for value, width in zip(row[1:], widths[1:], strict=True)),
        ]
        lines.append("  ".join(parts).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
