"""Memory of a long process: which parts are asked for as large pages, what is looked through, and that nothing is touched."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sousveil import memory

MAPS = """\
00400000-0041f000 r--p 00000000 fe:00 1201 /usr/bin/python3.13
00af0000-00b80000 rw-p 005f0000 fe:00 1201 /usr/bin/python3.13
01c00000-03250000 rw-p 00000000 00:00 0 [heap]
7f0000000000-7f0000200000 rw-p 00000000 00:00 0
7f1000100000-7f1000700000 rw-p 00000000 00:00 0
7f2000100000-7f20002ff000 rw-p 00000000 00:00 0
7f3000000000-7f3000400000 r--p 00000000 00:00 0
7f4000000000-7f4000400000 rw-s 00000000 00:01 77 /dev/zero (deleted)
7f5000000000-7f5000400000 rw-p 00000000 00:00 0 [anon:cpython:pymalloc]
7ffc00000000-7ffc00400000 rw-p 00000000 00:00 0 [stack]
a line that is none
"""
SAID = """
import gc, sys
sys.path.insert(0, sys.argv[1])
from sousveil import memory
kept = [bytes([at % 251]) * 4096 for at in range(40_000)]
class Node: pass
node = Node(); node.self = node; node.many = bytearray(1 << 20)
import weakref
gone = weakref.ref(node)
del node
asked = memory.settle()
assert gone() is None, "a cycle that was dropped is still there"
assert gc.get_freeze_count() > 1_000 and gc.get_threshold() == memory.THRESHOLDS, gc.get_threshold()
assert all(one == bytes([at % 251]) * 4096 for at, one in enumerate(kept)), "memory changed"
print(asked)
"""


def test_private_memory_in_whole_large_pages() -> None:
    found = [(f"{start:x}", f"{end:x}") for start, end in memory.whole_large_pages(MAPS)]
    assert found == [
        ("1c00000", "3200000"),
        ("7f0000000000", "7f0000200000"),
        ("7f1000200000", "7f1000600000"),
        ("7f5000000000", "7f5000400000"),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="Linux asks for large pages")
def test_a_process_that_keeps_much() -> None:
    """160 MB that are kept, and a cycle that was dropped: the one stays as it is, the other goes."""
    source = str(Path(memory.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", SAID, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    asked = int(done.stdout)
    if Path("/sys/kernel/mm/transparent_hugepage").is_dir():
        assert 64 << 20 <= asked < 1 << 30
    else:  # a kernel without them says so, and nothing is lost
        assert asked == 0


def test_what_was_dropped_after_settling_goes_with_the_next() -> None:
    """Frozen objects that become a cycle of garbage are found when a process is settled anew."""
    code = """
import gc, sys, weakref
sys.path.insert(0, sys.argv[1])
from sousveil import memory
class Node: pass
node = Node(); node.self = node
gone = weakref.ref(node)
memory.settle()
del node
gc.collect()
assert gone() is not None
memory.settle()
assert gone() is None
"""
    source = str(Path(memory.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", code, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_elsewhere_nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "MAPS", tmp_path / "none")
    monkeypatch.setattr(memory, "STATM", tmp_path / "none")
    assert memory.ask_for_large_pages() == 0 and memory.resident() == 0
    small = tmp_path / "maps"
    small.write_text(MAPS)
    monkeypatch.setattr(memory, "MAPS", small)
    monkeypatch.setattr(memory, "LEAST", 1 << 40)
    assert memory.ask_for_large_pages() == 0


def test_the_watch_settles_when_a_process_has_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a quarter over the least that it had since it was settled last, and not over what it had before that."""
    sizes = [100, 110, 124, 126, 104, 129, 131, 120, 90, 112, 113, 95]
    stop = threading.Event()
    seen: list[int] = []
    settled: list[int] = []

    def resident() -> int:
        seen.append(sizes[len(seen)])
        if len(seen) == len(sizes):
            stop.set()
        return seen[-1]

    def settle() -> int:
        settled.append(seen[-1])
        return 0

    monkeypatch.setattr(memory, "resident", resident)
    monkeypatch.setattr(memory, "settle", settle)
    thread = memory.keep(stop, every=0.001)
    assert thread.daemon
    thread.join(30)
    assert not thread.is_alive()
    assert seen == sizes and settled == [126, 131, 113]
