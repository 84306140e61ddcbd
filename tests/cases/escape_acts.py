"""What a worker that was taken over might try. Each act raises OSError or RuntimeError where it is refused.

Run as a program: `act(folder of evidence)` inside a real worker (see test_confinement), or with `--free` unconfined, as
the control that shows that the acts work at all.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
SCRATCH = ctypes.create_string_buffer(4096)
ME = ctypes.c_long(0)


def call(number: int, *arguments: Any) -> int:
    """A system call (numbers of x86-64)."""
    done = LIBC.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if done < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(done)


def child(pid: int) -> None:
    """What follows a fork."""
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def acts(evidence: Path, key: Path, port: int, victim: int, outside: Path) -> dict[str, Callable[[], object]]:
    """Name of each act -> the act."""
    file, parent = evidence / "file", os.getppid()
    tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM
    clone_args = struct.pack("=8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    vector = struct.pack("=QQ", ctypes.addressof(SCRATCH), 8)
    return {
        # files
        "read an ssh key": lambda: key.read_bytes(),
        "read an ssh key by openat2": lambda: call(437, -100, os.fsencode(key), struct.pack("=QQQ", 0, 0, 0), 24),
        "list the folder of keys": lambda: list(os.scandir(key.parent)),
        "read /etc/shadow": lambda: Path("/etc/shadow").read_bytes(),
        "open a file to change it": lambda: os.close(os.open(file, os.O_RDWR)),
        "append to evidence": lambda: os.close(os.open(file, os.O_WRONLY | os.O_APPEND)),
        "truncate evidence while opening it": lambda: os.close(os.open(evidence / "cut1", os.O_RDONLY | os.O_TRUNC)),
        "truncate evidence": lambda: os.truncate(evidence / "cut2", 0),
        "rename evidence": lambda: os.rename(evidence / "moved", evidence / "away"),
        "delete evidence": lambda: os.unlink(evidence / "gone"),
        "chmod evidence": lambda: os.chmod(file, 0o600),
        "chown evidence": lambda: os.chown(file, os.getuid(), os.getgid()),
        "change the times of evidence": lambda: os.utime(file, (1, 1)),
        "set an attribute of evidence": lambda: os.setxattr(file, "user.x", b"1"),
        "link evidence": lambda: os.link(file, evidence / "second"),
        "make a symbolic link": lambda: os.symlink("/etc/passwd", evidence / "link"),
        "make a folder": lambda: os.mkdir(evidence / "folder"),
        "make a node": lambda: os.mknod(evidence / "node", 0o600 | 0o010000),
        "write a new file": lambda: (outside / "new").write_bytes(b"1"),
        "make a file without a name": lambda: os.close(os.open(outside, os.O_TMPFILE | os.O_RDWR, 0o600)),
        "write to its own /proc": lambda: Path("/proc/self/comm").write_text("x"),
        "open by handle": lambda: call(303, -100, os.fsencode(file), _handle(), SCRATCH, 0),
        "watch files": lambda: os.close(call(294, 0)),
        # network
        "connect over TCP": lambda: socket.socket(socket.AF_INET, tcp).connect(("127.0.0.1", port)),
        "send over UDP": lambda: socket.socket(socket.AF_INET, udp).sendto(b"x", ("127.0.0.1", port)),
        "listen": lambda: socket.socket(socket.AF_INET6, tcp).listen(),
        "open a unix socket": lambda: socket.socket(socket.AF_UNIX, tcp).bind("\0sousveil-test"),
        "open a netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close(),
        "make a pair of sockets": lambda: socket.socketpair(),
        # programs and processes
        "run a program": lambda: subprocess.run(["/bin/true"], check=True),
        "become a program": lambda: call(322, -1, b"", None, None, 0x1000) if CONFINED else None,
        "spawn": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
        "fork": lambda: child(os.fork()),
        "fork by clone": lambda: child(call(56, signal.SIGCHLD, 0, 0, 0, 0)),
        "fork by clone3": lambda: child(call(435, ctypes.create_string_buffer(clone_args, 64), 64)),
        "signal another process": lambda: os.kill(victim, signal.SIGCONT),
        "signal the parent": lambda: os.kill(parent, 0),
        "signal a thread of another process": lambda: call(234, victim, victim, signal.SIGCONT),
        "signal another thread": lambda: call(200, victim, signal.SIGCONT),
        "signal by pidfd": lambda: signal.pidfd_send_signal(os.pidfd_open(victim), signal.SIGCONT),
        "queue a signal": lambda: call(129, victim, signal.SIGCONT, struct.pack("=iii116x", signal.SIGCONT, 0, -1)),
        "have signals sent": lambda: _fcntl(8, victim),
        "trace": lambda: call(101, 0x4206, victim, 0, 0),
        "read another memory": lambda: _read_memory(victim),
        "call process_vm_readv": lambda: call(310, victim, vector, 1, vector, 1, 0),
        "read the parent's environment": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
        "read another environment": lambda: Path(f"/proc/{victim}/environ").read_bytes(),
        "read the parent's command line": lambda: Path(f"/proc/{parent}/cmdline").read_bytes(),
        "read the parent's memory map": lambda: Path(f"/proc/{parent}/maps").read_bytes(),
        "take a descriptor": lambda: call(438, os.pidfd_open(victim), 0, 0),
        "list the processes": lambda: list(os.scandir("/proc")),
        "bind the parent to a core": lambda: os.sched_setaffinity(parent, CORES),
        "change the parent's priority": lambda: os.setpriority(os.PRIO_PROCESS, parent, 0),
        "change a scheduler": lambda: os.sched_setscheduler(victim, os.SCHED_OTHER, os.sched_param(0)),
        "change the priority of disk access": lambda: call(251, 1, victim, 2 << 13),
        "change limits of another process": lambda: _limits(victim),
        "raise its own limit": lambda: _limits(0),
        # the kernel
        "io_uring": lambda: os.close(call(425, 4, ctypes.create_string_buffer(120))),
        "a file in memory": lambda: os.close(os.memfd_create("x")),
        "a secret file in memory": lambda: os.close(call(447, 0)),
        "a namespace of users": lambda: call(272, 0x10000000),
        "a namespace of mounts": lambda: call(272, 0x20000),
        "mount": lambda: (
            call(165, b"x", os.fsencode(outside), b"tmpfs", 0, None) and call(166, os.fsencode(outside), 2)
        ),
        "open_tree": lambda: os.close(call(428, -100, b"/", 1)),
        "fsopen": lambda: os.close(call(430, b"tmpfs", 0)),
        "change the root": lambda: call(161, b"/"),
        "shared memory": lambda: call(31, call(29, 0, 4096, 0o1600), 0, None),
        "a queue of messages": lambda: call(71, call(68, 0, 0o1600), 0, None),
        "semaphores": lambda: call(66, call(64, 0, 1, 0o1600), 0, 0, 0),
        "a POSIX queue": lambda: (os.close(call(240, b"sv-test", 0o102, 0o600, None)), call(241, b"sv-test")),
        "a key": lambda: call(248, b"user", b"sousveil", b"x", 1, -2),
        "read keys": lambda: call(250, 0, -3, 1),
        "bpf": lambda: os.close(call(321, 0, struct.pack("=IIIII52x", 2, 4, 4, 1, 0), 72)),
        "measure": lambda: os.close(call(298, struct.pack("=IIQ112x", 1, 128, 0), 0, -1, -1, 0)),
        "userfaultfd": lambda: os.close(call(323, 0)),
        "another personality": lambda: call(135, 0),
        "prctl": lambda: call(157, 1, 0, 0, 0, 0),
        "a pipe": lambda: os.pipe(),
        "type into the terminal": lambda: call(16, 0, 0x5412, b"x"),
        "the kernel's log": lambda: call(103, 10, None, 0),
        "set the host's name": lambda: call(170, os.uname().nodename.encode(), len(os.uname().nodename)),
        "drop to another user": lambda: os.setgid(os.getgid()),
        "a call of the x32 kind": lambda: call(0x40000000 + 39) if not CONFINED else _killed(),
    }


CORES = os.sched_getaffinity(0)
CONFINED = True


def _killed() -> None:
    raise OSError("this ends the process; see test_the_filter_ends_foreign_calls")


def _handle() -> Any:
    SCRATCH.raw = struct.pack("=I", 128) + bytes(4092)
    return SCRATCH


def _fcntl(command: int, value: int) -> None:
    import fcntl

    fcntl.fcntl(0, command, value)


def _read_memory(victim: int) -> None:
    with open(f"/proc/{victim}/maps") as maps:
        start = int(maps.readline().split("-")[0], 16)
    with open(f"/proc/{victim}/mem", "rb", buffering=0) as memory:
        memory.seek(start)
        memory.read(mmap.PAGESIZE)


def _limits(process: int) -> None:
    import resource

    before = resource.prlimit(process or os.getpid(), resource.RLIMIT_CORE)
    resource.prlimit(process or os.getpid(), resource.RLIMIT_CORE, before)


def attempt(settings: dict[str, Any]) -> dict[str, str]:
    """Name of each act -> "done", or how it was refused."""
    named = acts(
        Path(settings["evidence"]),
        Path(settings["key"]),
        settings["port"],
        settings["victim"],
        Path(settings["outside"]),
    )
    results = {}
    for name, act in named.items():
        try:
            act()
            results[name] = "done"
        except (OSError, RuntimeError) as error:
            results[name] = str(error)
    return results


def confined() -> None:
    """A real worker whose answer to a hash task are the acts. Arguments: settings, newest Landlock."""
    from sousveil.cases import confinement, worker
    from sousveil.cases.tasks import Answers, Failed, HashTask

    def answer(_: HashTask) -> Answers:
        for name, how in attempt(json.loads(sys.argv[1])).items():
            yield Failed(error=how, message=name)

    confinement.NEWEST_LANDLOCK = int(sys.argv[2])
    worker.HANDLERS[HashTask] = answer
    worker.main()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        confined()
    else:
        CONFINED = False
        print(json.dumps(attempt(json.loads(sys.argv[1]))))
