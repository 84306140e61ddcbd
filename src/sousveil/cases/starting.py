"""The first steps of a reading process: spawned as a new interpreter, or forked before anything secret is in memory."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import IO, Any, Protocol

from sousveil.cases.confinement import environment

PASSWORD = "SOUSVEIL_BACKUP_PASSWORD"


class _Postponed(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        module = import_module(self.__name__)
        vars(self).update(vars(module))
        return getattr(module, name)


def postpone(name: str) -> None:
    """Have a module import itself when something of it is first asked for: what many files import and few need. (The lazy
    loader of the standard library imports it at the second `import` already.)"""
    sys.modules.setdefault(name, _Postponed(name))


class Process(Protocol):
    """A running process with its pipes, as `subprocess.Popen` is one."""

    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def poll(self) -> int | None: ...
    def kill(self) -> None: ...
    def wait(self) -> int: ...


def start_worker() -> None:
    """Entry of the spawned process; see `sousveil.cases.worker`."""
    postpone("numpy")  # a third of the start of a process that reads texts
    from sousveil.cases.worker import main

    main()


def spawn(kept: Sequence[int]) -> Process:
    """A reading process that is a new interpreter; these descriptors stay open in it."""
    code = "import gc; gc.disable()\nfrom sousveil.cases.starting import start_worker\nstart_worker()"
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        bufsize=0,
        close_fds=True,
        pass_fds=kept,
        env=environment(),
    )


# A fork saves the imports, a quarter of what a small bug report costs. It copies the memory of this process, so only a program
# does it that has just begun, and before it knows of any phone or secret.

_fresh = False


def begin_program() -> None:
    """Take note that this process has just begun to run one program: `prepare_fork` may be called."""
    global _fresh
    _fresh = sys.platform == "linux" and "sousveil.cases.worker" not in sys.modules


def prepare_fork(platform: str) -> None:
    """Import what reading processes need for phones of this system, where the next one may be a fork."""
    if can_fork():
        postpone("numpy")
        import_module("sousveil.cases.worker")
        import_module("sousveil.cases.acquired")
        import_module("sousveil.artefacts.model").artefacts_on(platform)


def can_fork() -> bool:
    """Whether this process is as it began: with one thread, without a password, and with no worker started before."""
    return _fresh and PASSWORD not in os.environ and threading.active_count() == 1


class Forked:
    """A forked reading process."""

    def __init__(self, kept: Sequence[int]) -> None:
        global _fresh
        _fresh = False
        pairs = [os.pipe() for _ in range(3)]
        ours, theirs = [pairs[0][1], pairs[1][0], pairs[2][0]], [pairs[0][0], pairs[1][1], pairs[2][1]]
        self.pid = os.fork()
        if self.pid == 0:
            _become_worker(theirs, kept)
        for descriptor in theirs:
            os.close(descriptor)
        self.stdin: IO[bytes] | None = open(ours[0], "wb", buffering=0)  # noqa: SIM115
        self.stdout: IO[bytes] | None = open(ours[1], "rb", buffering=0)  # noqa: SIM115
        self.stderr: IO[bytes] | None = open(ours[2], "rb", buffering=0)  # noqa: SIM115
        self._code: int | None = None
        self._waiting = threading.Lock()

    def _reap(self, options: int) -> int | None:
        with self._waiting:
            if self._code is None:
                with suppress(ChildProcessError):
                    pid, status = os.waitpid(self.pid, options)
                    self._code = os.waitstatus_to_exitcode(status) if pid else None
            return self._code

    def poll(self) -> int | None:
        """The exit code; None while the process runs."""
        return self._reap(os.WNOHANG)

    def kill(self) -> None:
        """Kill the process, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for the end; gives the exit code."""
        return self._reap(0) or 0


def _become_worker(streams: Sequence[int], kept: Sequence[int]) -> None:
    """Go on as a reading process; never returns."""
    try:
        gc.disable()
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
            if (descriptor := int(name)) > 2 and descriptor not in kept:
                with suppress(OSError):
                    os.close(descriptor)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        forget_environment()
        sys.dont_write_bytecode = True
        if not sys.flags.safe_path:  # the folder of the program, or the one from which it was started
            del sys.path[0]
        import_module("logging").getLogger("sousveil").handlers.clear()
        import_module("sousveil.cases.worker").main()
    finally:
        os._exit(1)


def forget_environment() -> None:
    """Overwrite the environment in this process's memory, apart from what a reading process gets: secrets may stand in it."""
    import ctypes

    kept, libc = environment(), ctypes.CDLL(None)
    variables = ctypes.POINTER(ctypes.c_void_p).in_dll(libc, "environ")
    libc.strlen.argtypes, libc.strlen.restype = [ctypes.c_void_p], ctypes.c_size_t
    number = 0
    while variables[number]:
        ctypes.memset(variables[number], 0, libc.strlen(variables[number]))
        number += 1
    for value in [*os.environb.values()]:
        if len(value) > 1:  # of shorter ones the interpreter has one object for all
            ctypes.memset(id(value) + bytes.__basicsize__ - 1, 0, len(value))
    os.environ.clear()
    os.environ.update(kept)


__all__ = ["Forked", "Process", "begin_program", "can_fork", "forget_environment", "postpone", "prepare_fork", "spawn"]
