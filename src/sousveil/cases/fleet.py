"""Many phones of one call: each is examined in a process of its own, several at once, and none twice.

`examine` is what an executor of `concurrent.futures` runs for one input; here its threads hand the inputs to processes that
are started anew where one died. The cases lie side by side in the folder of `--out`. Before a case gets its name, its input is
noted in `.sousveil-inputs.jsonl`, so that a later call with `--resume` leaves out what is finished.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec

from sousveil import __version__
from sousveil.cases.folder import CaseFiles, disk_error, free_name
from sousveil.errors import SousveilError
from sousveil.kinds import visible
from sousveil.texts import language, t, use

if TYPE_CHECKING:
    from sousveil.cases.examining import Checked
    from sousveil.cases.many import Input
    from sousveil.cases.settings import Settings

JOURNAL = ".sousveil-inputs.jsonl"
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
    checked: Checked | None = None
    notices: tuple[tuple[int, str], ...] = ()


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the journal."""

    input: str
    """See `input_digest`."""
    folder: str
    """Name of the folder of its case."""


class _Notices(logging.Handler):
    """Keeps what modules log, for the process that started this one."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append((record.levelno, record.getMessage()))


@contextmanager
def known_notices() -> Iterator[list[str]]:
    """The texts of the notices that modules log until the end of the block."""
    notices, texts = _Notices(), list[str]()
    _log.addHandler(notices)
    try:
        yield texts
    finally:
        _log.removeHandler(notices)
        texts += [text for _, text in notices.kept]


def examine(job: Job) -> Done:
    """Examine one input, and write its case. Errors are part of the result."""
    from sousveil.cases.check import check
    from sousveil.cases.many import Input

    settings = job.settings
    shown: list[Checked] = []
    notices = _Notices()
    before = _log.level
    _log.setLevel(job.level)
    _log.addHandler(notices)
    try:
        with use(job.language):
            row = check(settings, shown.append, part=job.unread).inputs[0]
    except SousveilError as error:
        row = Input(
            path=str(settings.paths[0]), label=settings.label or "", exit_code=2, error=visible(str(error), 2000)
        )
        _log.error("%s: %s", visible(row.path), visible(str(error), 2000))
    except Exception:  # noqa: BLE001 - an error of ours in one input must not keep the others from being examined
        reason = t("error.check.internal_error")
        row = Input(path=str(settings.paths[0]), label=settings.label or "", exit_code=2, error=reason)
        _log.error(t("notice.internal_error", path=visible(row.path)))
        _log.debug("%s", traceback.format_exc())
    finally:
        _log.removeHandler(notices)
        _log.setLevel(before)
    return Done(input=row, checked=shown[0] if shown else None, notices=tuple(notices.kept))


def examine_all(
    settings: Settings,
    inputs: Sequence[tuple[Path, int]],
    executor: Executor,
    call: Callable[[Job], Done] = examine,
    known: Collection[str] = (),
) -> Iterator[Done]:
    """What came of each input, in their order. An input is a path and how many folders beside it may not be read. Notices
    that are `known` are not repeated."""
    finished = finished_cases(settings) if settings.resume else {}
    futures: list[Future[Done] | Path] = []
    for path, unread in inputs:
        if (folder := finished.get(input_digest(settings, path))) is not None:
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
    from sousveil.cases.judgements import read_report
    from sousveil.cases.many import Input

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

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            process.terminate()  # it removes the case that it has begun
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
            code = "from sousveil.cases.fleet import serve; serve()"
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            self._local.process = process
            self._started.append(process)
        return process

    def examine(self, job: Job) -> Done:
        """`examine` in the process of this thread; where it dies the input is tried again, and is a failure at last."""
        from sousveil.cases.many import Input

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
    settings: Settings, inputs: Sequence[tuple[Path, int]], at_once: int, known: Collection[str] = ()
) -> Iterator[Done]:
    """`examine_all` on this computer, so many inputs at once."""
    clear_unfinished(settings)
    try:
        with Processes() as processes:
            yield from examine_all(settings, inputs, ThreadPoolExecutor(at_once), processes.examine, known)
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


def serve() -> None:
    """Entry of a process that examines inputs until its pipe is closed."""
    from sousveil.cases.garbage import give_back_early

    give_back_early()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    end_with_parent()
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            _send(sink, examine(_receive(source)))


def end_with_parent() -> None:
    """Have the system end this process when the one that started it dies (Linux): two runs would work on one input."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


# What is finished


def note_input(settings: Settings, path: Path, folder: Path) -> None:
    """Note that the case of an input is about to get this folder. Raises SousveilError where that cannot be written."""
    line = msgspec.json.encode(Noted(input=input_digest(settings, path), folder=folder.name)) + b"\n"
    try:
        handle = os.open(folder.parent / JOURNAL, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)
    except OSError as error:
        raise disk_error(JOURNAL, error) from error


def finished_cases(settings: Settings) -> dict[str, Path]:
    """The folders of finished cases below `--out`, by the digests of their inputs. A line that was cut off is left out."""
    found: dict[str, Path] = {}
    assert settings.out is not None
    with suppress(OSError):
        for line in (settings.out / JOURNAL).read_bytes().splitlines():
            with suppress(msgspec.DecodeError, msgspec.ValidationError, OSError):
                noted = msgspec.json.decode(line, type=Noted)
                folder = settings.out / Path(noted.folder).name
                if folder.name.startswith("case-") and any(folder.iterdir()):
                    found[noted.input] = folder
    return found


def clear_unfinished(settings: Settings) -> None:
    """Remove below `--out` what processes that died have begun: it may hold personal data, and no case has that name."""
    if settings.out is None or settings.no_files:
        return
    for unfinished in settings.out.glob(".sousveil-*.part"):
        shutil.rmtree(unfinished, ignore_errors=True)
    for folder in settings.out.glob("case-*"):
        with suppress(OSError):
            folder.rmdir()  # only where it is empty: its name was taken and no case followed


def reserve(folder: Path, name: str) -> Path:
    """A new empty folder below this one, of this name or of the name with a number: no other process gets it."""
    while True:
        path = free_name(folder, name)
        try:
            path.mkdir(mode=0o700)
            return path
        except FileExistsError:
            continue
        except OSError as error:
            raise disk_error(path.name, error) from error


def input_digest(settings: Settings, path: Path) -> str:
    """A hash over an input, what is looked for and how: the place, size and times of its files, never their content."""
    asked = msgspec.structs.asdict(settings)
    for name in ("paths", "jobs", "resume", "progress", "arguments", "ask", "at_once", "out", "password"):
        del asked[name]
    files = [path, *settings.indicators, *([settings.suppress] if settings.suppress else [])]
    told = repr((__version__, sorted(asked.items()), [_facts(file) for file in files]))
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def _facts(path: Path) -> list[tuple[str, int, int]]:
    found = []
    with suppress(OSError):
        for file in (path, *(sorted(path.iterdir()) if path.is_dir() else ())):
            state = file.stat()
            found.append((str(file.resolve()), state.st_size, state.st_mtime_ns))
    return found
