"""Programs of ours in processes of their own, forked from one that has imported everything already.

A new interpreter spends a second of processor time on importing the register's modules; a fork spends none. The forked process
gets its own arguments, environment, folder and standard streams and runs the same `main`, so exit code and output are the same.
Tests of the start itself (what is imported, what a closed stream or a limit does) keep a new interpreter.
"""

from __future__ import annotations

import array
import atexit
import gc
import importlib
import os
import pickle
import pkgutil
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
_WHOLE = ("acquisition", "cases", "complaints", "decisions", "findings", "indicators", "investigation", "register")
"""Packages of which every module is imported."""
_IMPORTED = (
    *("sousveil.cli", "sousveil.cli_check", "sousveil.cli_register", "sousveil.cli_decide", "sousveil.api"),
    *("sousveil.web.outer", "sousveil.web.site", "sousveil.web.serving", "sousveil.web.handler"),
    *("sousveil.web.staff.verbs", "sousveil.web.staff.settings"),
    *(
        "jsonschema",
        "wsgiref.simple_server",
        "django.core.management",
        "django.contrib.sessions",
        "allauth.account",
        "allauth.mfa",
    ),
    *("django.core.management.commands.migrate", "fido2.server", "tests.register.killing", "tests.web.staff.people"),
)
_READ = (
    *("sousveil.texts:messages", "sousveil.artefacts.model:discover", "sousveil.findings.rules.model:discover_rules"),
    *("sousveil.acquisition.door:forms", "sousveil.indicators.loaders:loaders"),
    *("sousveil.indicators.load:_published", "sousveil.register.types.registry:discover"),
)
"""What reads tables of the package and keeps them, in no language; each `module:function`."""
_TEXT_ERRORS = {0: "surrogateescape", 1: "surrogateescape", 2: "backslashreplace"}
"""Standard streams under C.UTF-8, as the interpreter opens them."""


@dataclass(frozen=True)
class _Job:
    """What a forked process does: `call` is `module:function`, called with `words`."""

    call: str
    words: tuple[str, ...]
    environment: dict[str, str]
    folder: str


def cli(*words: str) -> None:
    """Runs `sousveil` with these arguments."""
    from sousveil.cli import run as run_program

    sys.argv = ["sousveil", *words]
    run_program()


def script(path: str, *words: str) -> None:
    """Runs a file with these arguments, as `python FILE` does."""
    sys.argv = [path, *words]
    sys.path.insert(0, str(Path(path).parent))
    runpy.run_path(path, run_name="__main__")


@dataclass
class Process:
    """A forked process that runs."""

    pid: int
    _ended: socket.socket

    def wait(self, timeout: float | None = None) -> int:
        """Returns the exit code, negative for a signal. Raises TimeoutExpired."""
        self._ended.settimeout(timeout)
        try:
            answer = self._ended.recv(4)
        except TimeoutError:
            raise subprocess.TimeoutExpired("forked", timeout or 0) from None
        self._ended.close()
        if len(answer) < 4:
            raise RuntimeError("the process that forks has ended")
        return os.waitstatus_to_exitcode(struct.unpack("i", answer)[0])

    def send(self, number: int) -> None:
        """Sends a signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


class _Forker:
    """The process that forks, and the line to it; started at the first use."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {**os.environ, "PYTHONPATH": f"{SOURCE}{os.pathsep}{ROOT}", "OPENBLAS_NUM_THREADS": "1"}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forked", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=ROOT,
                env=environment,
            )
        self._line, self._lock = ours, threading.Lock()
        atexit.register(self.close)

    def close(self) -> None:
        self._line.close()
        self._process.wait(20)

    def start(self, job: _Job, streams: tuple[int, int, int]) -> Process:
        ended, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, self._lock:
            socket.send_fds(self._line, [pickle.dumps(job)], [*streams, theirs.fileno()])
            answer = self._line.recv(4)
        if len(answer) < 4:
            raise RuntimeError("the process that forks has ended")
        return Process(struct.unpack("i", answer)[0], ended)


_forker: _Forker | None = None


def start(
    call: Callable[..., Any] | str,
    words: Sequence[str],
    *,
    environment: dict[str, str],
    folder: Path | None = None,
    streams: tuple[int, int, int],
) -> Process:
    """Starts a function of a module (the words are its arguments) with these standard streams."""
    global _forker
    if _forker is None:
        _forker = _Forker()
    name = call if isinstance(call, str) else f"{call.__module__}:{call.__name__}"
    return _forker.start(_Job(name, tuple(words), environment, str(folder or Path.cwd())), streams)


def run(
    words: Sequence[str],
    *,
    environment: dict[str, str],
    folder: Path | None = None,
    stdin: bytes = b"",
    timeout: float = 120,
    call: Callable[..., Any] | str = cli,
) -> subprocess.CompletedProcess[bytes]:
    """Runs `sousveil` (or another function) to its end, as `subprocess.run` does."""
    with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        streams = (given.fileno(), out.fileno(), err.fileno())
        process = start(call, words, environment=environment, folder=folder, streams=streams)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.send(signal.SIGKILL)
            process.wait()
            raise
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(list(words), code, out.read(), err.read())


@contextmanager
def running(
    call: Callable[..., Any], words: Sequence[str], *, environment: dict[str, str] | None = None
) -> Iterator[Process]:
    """A function that runs until the block ends; nobody reads what it writes."""
    with open(os.devnull, "r+b") as nothing:
        streams = (nothing.fileno(),) * 3
        process = start(call, words, environment=environment or dict(os.environ), streams=streams)
    try:
        yield process
    finally:
        process.send(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.send(signal.SIGKILL)
            process.wait()


_CALLER = """import os, signal, socket, sys
line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
line.connect({address!r})
told = [os.getcwd(), len(sys.argv) - 1, *sys.argv[1:], *(part for pair in os.environ.items() for part in pair)]
socket.send_fds(line, ["\\0".join(map(str, told)).encode()], [0, 1, 2])
signal.signal(signal.SIGTERM, lambda *_: line.shutdown(socket.SHUT_WR))
sys.exit(int(line.recv(9) or 1))
"""


@contextmanager
def program(path: Path) -> Iterator[None]:
    """A file that a shell can run as `sousveil`, while the block lasts: each run is forked, and ends where its caller is told to."""
    address = str(path.with_suffix(".socket"))
    path.with_suffix(".py").write_text(_CALLER.format(address=address))
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -IS "{path.with_suffix(".py")}" "$@"\n')
    path.chmod(0o755)
    calls: list[threading.Thread] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(address)
        door.listen(64)

        def take() -> None:
            with suppress(OSError):  # until the door is shut
                while True:
                    calls.append(threading.Thread(target=_answer, args=(door.accept()[0],)))
                    calls[-1].start()

        taker = threading.Thread(target=take)
        taker.start()
        try:
            yield
        finally:
            door.shutdown(socket.SHUT_RDWR)
            taker.join()
            for one in calls:
                one.join(20)


def _answer(caller: socket.socket) -> None:
    with caller:
        data, streams, _, _ = socket.recv_fds(caller, 1 << 18, 3)
        folder, count, *rest = data.decode("utf-8", "surrogateescape").split("\0")
        words, pairs = rest[: int(count)], rest[int(count) :]
        environment = dict(zip(pairs[::2], pairs[1::2], strict=True))
        process = start(cli, words, environment=environment, folder=Path(folder), streams=(*streams,))
        for number in streams:
            os.close(number)
        if caller in select.select([caller, process._ended], [], [])[0]:  # the caller was told to end
            process.send(signal.SIGTERM)
        code = process.wait(60)
        with suppress(OSError):
            caller.send(str(code if code >= 0 else 128 - code).encode())


# In the process that forks


def _serve(line: socket.socket) -> None:
    for name in _IMPORTED:
        importlib.import_module(name)
    for package in _WHOLE:
        root = importlib.import_module(f"sousveil.{package}")
        for info in pkgutil.walk_packages(root.__path__, root.__name__ + "."):
            importlib.import_module(info.name)
    for name in _READ:
        _called(name)
    artefacts = importlib.import_module("sousveil.artefacts.model")
    for first in artefacts.PLATFORMS:
        artefacts.discover(f"sousveil.artefacts.{first}")
    _keep_parsers()
    gc.freeze()  # no process that is forked looks through all of this
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the tests end it by closing the line
    woken, wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    children: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([line, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _reap(children)
        if line in ready and not _take(line, children):
            break
    for pid in children:
        os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 5
    while children and time.monotonic() < end:
        _reap(children)
        time.sleep(0.02)


def _keep_parsers() -> None:
    """In English, the command line is made once: a hundred parsers take longer than most of what a test runs."""
    from sousveil import cli as program
    from sousveil import texts

    make = program.build_parser
    kept = {only: make(only_check=only) for only in (False, True)}
    program.build_parser = lambda *, only_check=False: (
        kept[only_check] if texts.language() == "en" else make(only_check=only_check)
    )


def _called(name: str, *words: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)(*words)


def _reap(children: dict[int, int]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        ended = children.pop(pid)
        with suppress(OSError):
            os.write(ended, struct.pack("i", status))
        os.close(ended)


def _take(line: socket.socket, children: dict[int, int]) -> bool:
    data, ancillary, _, _ = line.recvmsg(1 << 18, socket.CMSG_SPACE(16))
    if not data:
        return False
    numbers = array.array("i")
    for _, _, sent in ancillary:
        numbers.frombytes(sent)
    *streams, ended = numbers
    pid = os.fork()
    if pid == 0:
        line.close()
        os.close(ended)
        for other in children.values():
            os.close(other)
        _become(pickle.loads(data), streams)
    for number in streams:
        os.close(number)
    children[pid] = ended
    line.send(struct.pack("i", pid))
    return True


def _become(job: _Job, streams: list[int]) -> NoReturn:
    code: Any = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            os.dup2(streams[number], number)
            mode = "r" if number == 0 else "w"
            stream = open(number, mode, encoding="utf-8", errors=_TEXT_ERRORS[number], closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        for number in streams:
            os.close(number)
        os.chdir(job.folder)
        os.environ.clear()
        os.environ.update(job.environment)
        time.tzset()
        code = _called(job.call, *job.words)
    except SystemExit as ended:
        code = ended.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:  # noqa: BLE001 - a forked process must never return into the loop that forks
        traceback.print_exc()
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code or 0)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as given_line:
        _serve(given_line)
