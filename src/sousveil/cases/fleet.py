"""Many phones of one call: each is examined in a process of its own, several at once, and none twice.

`check.examine_input` is what an executor of `concurrent.futures` runs for one input; here its threads hand the inputs to
processes that are started anew where one died, and `cluster` does so on other computers. The cases lie side by side in the
folder of `--out` (see `finished`) or in a store (see `stores`)."""

from __future__ import annotations

import ctypes
import logging
import os
import pickle
import secrets
import select
import signal
import subprocess
import sys
import threading
from collections import deque
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
from sousveil.cases.settings import Copy, Settings
from sousveil.errors import Locked, Missing, SousveilError
from sousveil.kinds import visible
from sousveil.texts import language, t
from sousveil.version import __version__

TRIES = 2
"""How often an input is tried whose process died."""
_PR_SET_PDEATHSIG = 1
PATIENCE = 5.0
"""Seconds in which a process may clear away what it has begun."""
IDLE = 60.0
"""Seconds without an input after which a process ends: a worker of a cluster keeps it for the next."""
_log = logging.getLogger("sousveil")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An input of a call."""

    place: str
    """A path, or an address in a store."""
    stored: bool = False
    """Whether it is an address."""
    unread: int = 0
    """Folders that were searched with it and may not be read."""
    digest: str
    """See `finished.input_digest`."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One input to examine."""

    version: str
    """Of the program that asks."""
    settings: Settings
    """With this input as its only path, or its only address."""
    given: Given
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
    inputs: Sequence[Given],
    executor: Executor,
    call: Callable[[Job], Done],
    known: Collection[str] = (),
) -> Iterator[Done]:
    """What came of each input, in their order. Notices that are `known` are not repeated. An input whose result is lost, as
    with an executor that ends, is a failure."""
    finished = _finished(settings) if settings.resume else frozenset()
    waiting: deque[tuple[Job, Future[Done] | None]] = deque()
    for given in inputs:
        own = msgspec.structs.replace(
            settings,
            paths=() if given.stored else (Path(given.place),),
            addresses=(given.place,) if given.stored else (),
            copy=Copy(digest=given.digest),
            ask=False, progress=False, jobs=1, at_once=False, resume=True, on=None, certificates=None,
        )  # fmt: skip
        job = Job(version=__version__, settings=own, given=given, language=language(), level=_log.getEffectiveLevel())
        waiting.append((job, None if given.digest in finished else _submit(executor, call, job)))
    try:
        while waiting:
            job, future = waiting.popleft()  # a result that was given is not kept
            try:
                done = future.result() if future is not None else earlier(job) or _submit(executor, call, job).result()
            except SousveilError as error:
                done = failed(job, str(error))
            except Exception:  # noqa: BLE001 - whatever an executor raises costs one input
                done = failed(job, t("error.fleet.lost"))
                _log.error("%s: %s", visible(job.given.place), done.input.error)
            for level, text in done.notices:
                if text not in known:
                    _log.log(level, "%s", text)
            yield done
    finally:
        for _, future in waiting:
            if future is not None:
                future.cancel()
        with suppress(Exception):  # of a scheduler that is gone
            executor.shutdown(wait=False)


def _submit(executor: Executor, call: Callable[[Job], Done], job: Job) -> Future[Done]:
    """The result to come; an executor that takes nothing any more has lost it."""
    try:
        return executor.submit(call, job)
    except Exception as error:  # noqa: BLE001 - whatever an executor raises costs one input
        lost: Future[Done] = Future()
        lost.set_exception(error)
        return lost


def failed(job: Job, reason: str) -> Done:
    """An input without a case, and why."""
    label = job.settings.label or ""
    return Done(input=Input(path=job.given.place, label=label, exit_code=2, error=visible(reason, 2000)))


def _finished(settings: Settings) -> Collection[str]:
    """The digests of the inputs that have a case."""
    if settings.destination is None:
        return finished_cases(settings)
    from sousveil.cases.stores import Store, finished_in_store

    return finished_in_store(Store(settings.destination))


def earlier(job: Job) -> Done | None:
    """An input whose case is finished; what is encrypted cannot be read again. None where it has no case. Raises
    SousveilError where a store does not answer."""
    settings, digest = job.settings, job.given.digest
    folder: Path | str | None
    if settings.no_files or (settings.out is None and settings.destination is None):
        return None
    if settings.destination is None:
        folder = finished_cases(settings, digest).get(digest)
    else:
        from sousveil.cases.stores import Store, finished_with, stored_report

        folder = finished_with(Store(settings.destination), digest)
    if folder is None:
        return None
    row = Input(path=job.given.place, label=settings.label or "", folder=str(folder), exit_code=3, earlier=True)
    try:
        case, told = read_report(CaseFiles(folder)) if isinstance(folder, Path) else stored_report(folder)
    except (Missing, Locked):
        return Done(input=row)
    row = msgspec.structs.replace(row, case_id=told.case_id, exit_code=case.exit_code)
    return Done(input=row.of(case))


def examine_copy(job: Job, examine: Callable[[Settings], Done]) -> Done:
    """`examine` with copies of what lies in a store: the input comes to private scratch, and the case goes back. Raises
    SousveilError where a store does not answer as it should."""
    from sousveil.cases.stores import Store, make_room, save_case, scratch

    settings, given = job.settings, job.given
    with scratch() as private:
        copy = Copy(digest=given.digest)
        if given.stored:
            copy = msgspec.structs.replace(copy, source=given.place)
            (private / "input").mkdir()
            settings = msgspec.structs.replace(
                settings, paths=(Store(given.place).download(private / "input"),), addresses=()
            )
        if settings.destination is not None:
            copy = msgspec.structs.replace(copy, ending=f"-{secrets.token_hex(4)}")
            settings = msgspec.structs.replace(settings, out=private / "cases", destination=None)
        done = examine(msgspec.structs.replace(settings, copy=copy))
        error = done.input.error and done.input.error.replace(t("error.common.make_room_choose"), make_room())
        row = msgspec.structs.replace(done.input, path=given.place, error=error)
        checked = done.checked
        if row.folder is not None and job.settings.destination is not None:
            digest = given.digest if row.error is None else ""
            address = save_case(Store(job.settings.destination), private / "cases" / row.folder, digest)
            row = msgspec.structs.replace(row, folder=address)
            if checked is not None:
                checked = msgspec.structs.replace(checked, text=msgspec.structs.replace(checked.text, folder=address))
        return msgspec.structs.replace(done, input=row, checked=checked)


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
            _close(process)

    def _process(self) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] | None = getattr(self._local, "process", None)
        if process is None or process.poll() is not None:
            code = "from sousveil.cases.check import serve_inputs; serve_inputs()"
            with self._gate:
                if self._closed:
                    raise CancelledError
                if process is not None:  # it has ended
                    self._started.remove(process)
                    _close(process)
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
        return failed(job, t("error.fleet.process_died"))


def run_here(settings: Settings, inputs: Sequence[Given], at_once: int, known: Collection[str] = ()) -> Generator[Done]:
    """`examine_all` on this computer, so many inputs at once."""
    clear(settings)
    try:
        with Processes() as processes:
            yield from examine_all(settings, inputs, ThreadPoolExecutor(at_once), processes.examine, known)
    finally:
        with suppress(SousveilError):  # the next run clears
            clear(settings, keep_notes=True)


def clear(settings: Settings, *, keep_notes: bool = False) -> None:
    """Remove what processes that died have begun at the destination; for `keep_notes` see `clear_store`."""
    if settings.destination is None:
        clear_unfinished(settings)
        return
    from sousveil.cases.stores import Store, clear_store

    clear_store(Store(settings.destination), keep_notes=keep_notes)


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


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
        while os.name != "posix" or select.select([source], [], [], IDLE)[0]:
            job = _receive(source)
            busy = True
            done = examine(job)
            busy = False
            _send(sink, done)


def end_with_parent() -> None:
    """Have the system end this process when the one that started it dies (Linux): two runs would work on one input."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
