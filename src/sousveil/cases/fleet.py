"""Many phones of one call: each is examined in a process of its own, several at once, and none twice.

`check.examine_input` is what an executor of `concurrent.futures` runs for one input; here its threads hand the inputs to
processes that are started anew where one died. The cases lie side by side in the folder of `--out`; see `finished`."""

from __future__ import annotations

import ctypes
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import msgspec

from sousveil.cases.finished import clear_unfinished, finished_cases
from sousveil.cases.folder import CaseFiles
from sousveil.cases.judgements import read_report
from sousveil.cases.many import Input
from sousveil.cases.settings import Settings
from sousveil.errors import SousveilError
from sousveil.texts import language, t

TRIES = 2
"""How often an input is tried whose process died."""
_PR_SET_PDEATHSIG = 1
PATIENCE = 5.0
"""Seconds in which a process may clear away what it has begun."""
_log = logging.getLogger("sousveil")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One input to examine."""

    settings: Settings
    """With this input as its only path."""
    unread: int
    """Folders that were searched with it and may not be read."""
    language: str
    level: int
    """Of the notices that are wanted."""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an input."""

    input: Input
    checked: Any = None
    """The `Checked` of a case; None where there is none."""
    notices: tuple[tuple[int, str], ...] = ()


class Notices(logging.Handler):
    """Keeps what modules log, for the process that started this one."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append((record.levelno, record.getMessage()))


@contextmanager
def known_notices() -> Iterator[list[str]]:
    """The texts of the notices that modules log until the end of the block."""
    notices, texts = Notices(), list[str]()
    _log.addHandler(notices)
    try:
        yield texts
    finally:
        _log.removeHandler(notices)
        texts += [text for _, text in notices.kept]


def examine_all(
    settings: Settings,
    inputs: Sequence[tuple[Path, int]],
    executor: Executor,
    call: Callable[[Job], Done],
    digest: Callable[[Path], str],
    known: Collection[str] = (),
) -> Iterator[Done]:
    """What came of each input, in their order. An input is a path and how many folders beside it may not be read. Notices
    that are `known` are not repeated. `digest` names an input in the journal of what is finished."""
    finished = finished_cases(settings) if settings.resume else {}
    futures: list[Future[Done] | Path] = []
    for path, unread in inputs:
        if (folder := finished.get(digest(path))) is not None:
            futures.append(folder)
            continue
        own = msgspec.structs.replace(
            settings, paths=(path,), ask=False, progress=False, jobs=1, at_once=False, resume=True
        )
        job = Job(settings=own, unread=unread, language=language(), level=_log.getEffectiveLevel())
        futures.append(executor.submit(call, job))
    try:
        for future, (path, _) in zip(futures, inputs, strict=True):
            done = _earlier(settings, path, future) if isinstance(future, Path) else future.result()
            for level, text in done.notices:
                if text not in known:
                    _log.log(level, "%s", text)
            yield done
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _earlier(settings: Settings, path: Path, folder: Path) -> Done:
    """An input whose case is finished; what is encrypted cannot be read again."""
    row = Input(path=str(path), label=settings.label or "", folder=str(folder), exit_code=3, earlier=True)
    try:
        case, told = read_report(CaseFiles(folder))
    except SousveilError:
        return Done(input=row)
    return Done(input=msgspec.structs.replace(row, case=case, case_id=told.case_id, exit_code=case.exit_code))


# Processes of this computer


class Processes:
    """Examines inputs in processes of its own: `examine` may be called from several threads, each with its own process."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._started: list[subprocess.Popen[bytes]] = []
        self._gate = threading.Lock()
        self._closed = False

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        with self._gate:
            self._closed = True
        for process in self._started:
            process.terminate()  # one that is busy removes the case that it has begun
        for process in self._started:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()

    def _process(self) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] | None = getattr(self._local, "process", None)
        if process is None or process.poll() is not None:
            code = "from sousveil.cases.check import serve_inputs; serve_inputs()"
            with self._gate:
                if self._closed:
                    raise CancelledError
                process = self._local.process = subprocess.Popen(
                    [sys.executable, "-P", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
                self._started.append(process)
        return process

    def examine(self, job: Job) -> Done:
        """`examine` in the process of this thread; where it dies the input is tried again, and is a failure at last."""
        for _ in range(TRIES):
            process = self._process()
            assert process.stdin is not None and process.stdout is not None
            try:
                _send(process.stdin, job)
                done = _receive(process.stdout)
            except (EOFError, OSError):
                process.kill()
                process.wait()
                continue
            assert isinstance(done, Done)
            return done
        settings = job.settings
        return Done(
            input=Input(
                path=str(settings.paths[0]),
                label=settings.label or "",
                exit_code=2,
                error=t("error.fleet.process_died"),
            )
        )


def run_here(
    settings: Settings,
    inputs: Sequence[tuple[Path, int]],
    at_once: int,
    digest: Callable[[Path], str],
    known: Collection[str] = (),
) -> Generator[Done]:
    """`examine_all` on this computer, so many inputs at once."""
    clear_unfinished(settings)
    try:
        with Processes() as processes:
            yield from examine_all(settings, inputs, ThreadPoolExecutor(at_once), processes.examine, digest, known)
    finally:
        clear_unfinished(settings)


def _send(pipe: IO[bytes], what: object) -> None:
    body = pickle.dumps(what)
    pipe.write(len(body).to_bytes(8, "big") + body)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    """The next object. Raises EOFError. Both ends are this program: nothing of a phone is decoded here."""
    head = pipe.read(8)
    body = pipe.read(int.from_bytes(head, "big")) if len(head) == 8 else b""
    if len(head) < 8 or len(body) < int.from_bytes(head, "big"):
        raise EOFError
    return pickle.loads(body)


def serve(examine: Callable[[Job], Done]) -> None:
    """Examine inputs in this process until its pipe is closed."""
    from sousveil.cases.garbage import give_back_early

    give_back_early()
    busy = False

    def end(*_: object) -> None:
        if not busy:
            os._exit(0)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    end_with_parent()
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            job = _receive(source)
            busy = True
            done = examine(job)
            busy = False
            _send(sink, done)


def end_with_parent() -> None:
    """Have the system end this process when the one that started it dies (Linux): two runs would work on one input."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
