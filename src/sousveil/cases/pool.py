"""The parent's side of the border: workers, tasks given out, answers taken in order.

Answers are handed on task by task in the order of the tasks, whatever worker was faster, so that every output is the same on
any machine. Each worker may run ahead by a few frames; then its pipe fills and it waits. A worker that dies, is silent for too
long or sends nonsense costs the file that it was reading, never the run: a task of many files goes on behind that file.

Each backup has workers of its own: they may read its files alone, and what one phone did to a worker ends with it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Protocol, TypeVar

import msgspec

from sousveil.acquisition import spool
from sousveil.acquisition.system import readv
from sousveil.cases import tasks
from sousveil.cases.allowance import LEAST, SHARE, BackupAllowance, processor_time
from sousveil.cases.confinement import Confinement, environment, unconfined
from sousveil.cases.tasks import Begun, Broken, Done, Failed, HashedFile, Message, ReadTask, Scanned, ScanTask, Task
from sousveil.kinds import visible
from sousveil.records import Batch
from sousveil.texts import language, messages, t

_log = logging.getLogger(__name__)

SILENCE = 180.0
"""Seconds without an answer after which a worker is taken for hung."""
BUSY = 15.0
"""Seconds of processor time without an answer after which it is taken for hung; see `allowance` for what ends before."""
LOOK = 2.0
"""Seconds between two looks at its processor time."""
JOIN = 5.0
"""Seconds to wait for a thread whose worker was killed."""
AHEAD_BYTES = 1 << 20
"""Bytes by which a task's answers may be ahead of the parent; one frame always may."""
AHEAD_ALL = 2 << 20
"""Bytes by which the answers to all tasks may be ahead together; those that the parent reads just now always may."""
AHEAD_TASKS = 128
"""Tasks for each worker that may be ahead: while one is long in a large file, the others go on."""
MAX_COMPLAINTS = 64 << 10
"""Bytes of a worker's standard error that are shown."""
FRAME = 256
"""Bytes that a frame takes beside what it holds, about."""
_Item = TypeVar("_Item")
_Given = TypeVar("_Given", covariant=True)
_Taken = TypeVar("_Taken", contravariant=True)


Body = bytes | bytearray
"""What a frame holds."""


class Ahead:
    """What the answers to all tasks of one run hold together."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.size = 0
        self.read: Answers | None = None
        """What the parent reads just now."""


class Answers:
    """The frames of one task, from the thread that takes them to the one that reads them."""

    def __init__(self, ahead: Ahead | None = None) -> None:
        self._frames: deque[tuple[bytes, Body]] = deque()
        self._size = 0
        self._ahead = ahead or Ahead()

    def put(self, frame: tuple[bytes, Body], timeout: float) -> None:
        """Append a frame. Raises queue.Full."""
        size, ahead = len(frame[1]) + FRAME, self._ahead
        with ahead.changed:
            if not self._room(size) and not ahead.changed.wait_for(lambda: self._room(size), timeout):
                raise queue.Full
            self._frames.append(frame)
            self._size += size
            ahead.size += size
            ahead.changed.notify_all()

    def _room(self, size: int) -> bool:
        if not self._frames:
            return True
        ahead = self._ahead
        return self._size + size <= AHEAD_BYTES and (ahead.read is self or ahead.size + size <= AHEAD_ALL)

    def get(self, timeout: float) -> tuple[bytes, Body]:
        """The next frame. Raises queue.Empty."""
        ahead = self._ahead
        with ahead.changed:
            ahead.read = self
            if not self._frames:
                ahead.changed.notify_all()
                if not ahead.changed.wait_for(lambda: self._frames, timeout):
                    raise queue.Empty
            frame = self._frames.popleft()
            size = len(frame[1]) + FRAME
            self._size -= size
            ahead.size -= size
            ahead.changed.notify_all()
            return frame


class _Sink(Protocol[_Taken]):
    def put(self, item: _Taken, /, *, timeout: float) -> None: ...


class _Source(Protocol[_Given]):
    def get(self, *, timeout: float) -> _Given: ...


class Unconfined(Exception):
    """A worker is not confined, and only confined ones may read. The text is for people."""


class Worker:
    """One spawned process."""

    def __init__(self, *, require_sandbox: bool = False, workers: int = 1) -> None:
        """`workers` run at a time and share the room for spools."""
        self._workers = workers
        self.process: subprocess.Popen[bytes] | None = None
        self.require_sandbox = require_sandbox
        self.confinement: Confinement | None = None
        """What confines the process; None before it was given its first task."""
        self.prepared: Task | None = None
        """The task that `prepare` has sent to this process."""
        self._evidence = ""
        self._spool: int | None = None
        """The number of its spool's descriptor in the process."""
        self.ended = 0.0
        """Processor time of the processes before this one."""

    @property
    def spent(self) -> float:
        """Processor time of this worker's processes."""
        process = self.process
        return self.ended + (0.0 if process is None else processor_time(process.pid) or 0.0)

    def start(self) -> subprocess.Popen[bytes]:
        """The running process; spawned (never forked from our state) where there is none."""
        process = self.process  # another thread may stop it meanwhile
        if process is None or process.poll() is not None:
            self.stop()
            self.confinement = self.prepared = None
            self._spool = spool.create()
            given = () if self._spool is None else (self._spool,)
            try:
                process = self.process = subprocess.Popen(
                    [
                        sys.executable,
                        "-P",
                        "-c",
                        "import gc; gc.disable()\nfrom sousveil.cases.starting import start_worker\nstart_worker()",
                    ],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    bufsize=0,
                    close_fds=True,
                    pass_fds=given,
                    env=environment(),
                )
            finally:
                for descriptor in given:
                    os.close(descriptor)
            _widen(process.stdout)
            threading.Thread(target=show_messages, args=(process.stderr,), daemon=True).start()
        return process

    def kill(self) -> None:
        """Kill it; whoever waits for its answer gets EOFError. Follow with `stop`."""
        process = self.process
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()

    def stop(self) -> None:
        """End it at once. Two threads may do so at the same time."""
        process, self.process = self.process, None
        if process is not None:
            self.ended += processor_time(process.pid) or 0.0
            with contextlib.suppress(OSError):
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _ready(self, evidence: str) -> subprocess.Popen[bytes]:
        """The process, confined to this folder of evidence. Raises Unconfined, and as `ask`."""
        if self.confinement is not None and self._evidence != evidence:
            self.stop()
        process = self.start()
        if self.confinement is None:
            self._evidence = evidence
            readable = (evidence,) if evidence else ()
            room = 0 if self._spool is None else spool.capacity(evidence, self._workers)
            setup = tasks.Setup(
                readable=readable, language=language(), messages=messages(), spool=self._spool, spool_bytes=room
            )
            _send(process, setup)
            _, frame = _Frames(process).next()
            self.confinement = tasks.ready_decoder.decode(frame).confinement
        if self.require_sandbox and not self.confinement.whole:
            raise Unconfined(unconfined(self.confinement))
        return process

    def prepare(self, task: Task | None, evidence: str) -> None:
        """Have the process answer this task, unless it has done so. Raises ValueError where that fails, and as `ask`."""
        self._ready(evidence)
        if task is None or self.prepared is task:
            return
        if [frame for _, frame in self.ask(task, evidence)] != [_DONE]:
            raise ValueError("a worker refused what the parent prepared")
        self.prepared = task

    def ask(self, task: Task, evidence: str = "") -> Iterator[tuple[bytes, Body]]:
        """Frames (kind, body) of the answers, the last one a `Done`. `evidence` is the folder that the worker may read.

        Raises EOFError, OSError, TimeoutError, ValueError or Unconfined."""
        process = self._ready(evidence)
        _send(process, task)
        reader = _Frames(process)
        while True:
            kind, frame = reader.next()
            yield kind, frame
            if kind == tasks.MESSAGE and frame == _DONE:
                return


def _send(process: subprocess.Popen[bytes], what: Task | tasks.Setup) -> None:
    assert process.stdin is not None
    body = tasks.task_encoder.encode(what)
    whole = memoryview(len(body).to_bytes(4, "big") + body)
    while whole:
        whole = whole[process.stdin.write(whole) or 0 :]


def show_messages(pipe: IO[bytes]) -> None:
    """Show what a process writes to its standard error, with control characters escaped, up to a limit; close it."""
    left = MAX_COMPLAINTS
    with contextlib.suppress(OSError, ValueError), pipe, open(pipe.fileno(), "rb", closefd=False) as lines:
        while left > 0 and (line := lines.readline(2000)):
            left -= len(line)
            if text := line.decode("utf-8", "backslashreplace").rstrip():
                _log.error(t("notice.worker", text=visible(text, 2000)))


def _widen(pipe: IO[bytes] | None) -> None:
    """Let a pipe hold a megabyte, where the system allows that: it is emptied in fewer turns."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        if pipe is not None:
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, 1 << 20)


_DONE = tasks.task_encoder.encode(Done())


class _Frames:
    """Frames out of a pipe, with a limit on silence."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self.process, self.descriptor = process, process.stdout.fileno()

    def _exactly(self, amount: int) -> Body:
        pieces = bytearray(amount)
        view, at = memoryview(pieces), 0
        while at < amount:
            if os.name == "posix":
                self._wait()
            got = readv(self.descriptor, [view[at:]])  # straight to where it belongs
            if not got:
                raise EOFError
            at += got
        return pieces

    def _wait(self) -> None:
        """Wait for bytes. Raises TimeoutError, whose text is for people."""
        since: float | None = None
        until = time.monotonic() + SILENCE
        while not select.select([self.descriptor], [], [], min(LOOK, max(0.0, until - time.monotonic())))[0]:
            spent = processor_time(self.process.pid)
            since = spent if since is None else since
            if time.monotonic() >= until:
                raise TimeoutError(t("error.pool.silent", seconds=SILENCE))
            if spent is not None and since is not None and spent - since > BUSY:
                raise TimeoutError(t("error.pool.busy", seconds=BUSY))

    def next(self) -> tuple[bytes, Body]:
        head = self._exactly(5)
        size = int.from_bytes(head[1:], "big")
        if size > tasks.MAX_FRAME or head[:1] not in (tasks.BATCH, tasks.MESSAGE, tasks.CURSOR):
            raise ValueError("a worker sent a frame that no worker sends")
        return bytes(head[:1]), self._exactly(size)


class Pool:
    """`jobs` workers. Use as a context manager.

    With `require_sandbox` no worker reads evidence that is not confined: its tasks fail.
    """

    def __init__(self, jobs: int, *, require_sandbox: bool = False) -> None:
        self.workers = [Worker(require_sandbox=require_sandbox, workers=max(1, jobs)) for _ in range(max(1, jobs))]
        self.evidence = ""
        """The folder of the backup that is read: that of the last task which named one."""
        self._allowance = BackupAllowance("")
        self._spent_before = 0.0
        self._running: _Running | None = None
        self._gate = threading.Lock()
        self._closed = False

    def __enter__(self) -> Pool:
        # Where a library has set a handler of its own for Ctrl-C, waits and reads would go on; the password's prompt is one.
        if hasattr(signal, "siginterrupt"):
            signal.siginterrupt(signal.SIGINT, True)
        self.workers[0].start()  # the others once they have a task
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, for good: another thread that begins a run meanwhile gets no answer and starts no process.

        It must not find a worker whose pipes are being closed: their numbers may be those of the next one's already, and
        then both would wait for what the other took.
        """
        with self._gate:
            self._closed = True
            running, self._running = self._running, None
        if running is not None:
            running.abort()
        for worker in self.workers:
            worker.stop()

    @property
    def confinement(self) -> Confinement | None:
        """What confines the workers; of several, the one that lacks most. None before any has read."""
        known = [worker.confinement for worker in self.workers if worker.confinement is not None]
        return max(known, key=lambda confinement: len(confinement.missing), default=None)

    def examine(self, evidence: str) -> None:
        """From now on this folder is read, with an allowance of its own."""
        if evidence and evidence != self.evidence:
            self.evidence, self._allowance = evidence, BackupAllowance(evidence)
            self._spent_before = sum(worker.spent for worker in self.workers)

    def left(self) -> float:
        """Seconds of processor time that the workers may still spend on this backup."""
        return self._allowance.left(sum(worker.spent for worker in self.workers) - self._spent_before)

    def one(self, task: Task) -> Iterator[Batch | Message]:
        """The answers of the first worker to a single task: what it found out about a backup it need not find out again."""
        for _, answer in self.run([task], most=1):
            yield answer

    def run(
        self, given: Iterable[Task], first: Task | None = None, *, most: int | None = None
    ) -> Iterator[tuple[Task, Batch | Message]]:
        """Every answer to every task, in the order of the tasks; `Done` ends each task. `first` is a task that each worker
        has to answer before any of them, and whose answers say nothing. `most`: how many workers take part.

        One run at a time: a run that was left before its end is ended, with its workers, before the next begins, so that no
        answer can be taken for that to another task. Raises what `given` raises.
        """
        if (before := self._running) is not None:  # another thread may close the pool meanwhile
            before.abort()
        with self._gate:
            if self._closed:
                return
            running = self._running = _Running(self, self.workers[:most], given, first)
        try:
            yield from running.answers()
        finally:
            if self._running is running:
                running.abort()
                self._running = None


class _Running:
    """One run of a pool: a thread for each worker takes tasks from `given` and puts the answers into a queue a task."""

    def __init__(self, pool: Pool, workers: Sequence[Worker], given: Iterable[Task], first: Task | None) -> None:
        self._pool, self._first = pool, first
        self._source = iter(given)
        self._hand_out = threading.Lock()
        self._ahead = Ahead()
        self._order: queue.Queue[tuple[Task, Answers] | BaseException | None] = queue.Queue(
            maxsize=AHEAD_TASKS * len(workers)
        )
        self._stopped = threading.Event()
        self._left = len(workers)
        self._threads = [threading.Thread(target=self._work, args=(w,), daemon=True) for w in workers]
        for thread in self._threads:
            thread.start()

    def answers(self) -> Iterator[tuple[Task, Batch | Message]]:
        """See `Pool.run`."""
        while (item := self._get(self._order)) is not None:
            if isinstance(item, BaseException):
                raise item
            task, answers = item
            while True:
                if (frame := self._get(answers)) is None:
                    return
                kind, body = frame
                yield task, _decode(kind, body)
                if kind == tasks.MESSAGE and body == _DONE:
                    break
        for thread in self._threads:
            thread.join()

    def abort(self) -> None:
        """End it: nothing of it goes on afterwards. Does nothing after its end."""
        self._stopped.set()  # first of all: somebody may wait for a thread that has died
        if not any(thread.is_alive() for thread in self._threads):
            return
        for worker in self._pool.workers:
            worker.kill()
        for thread in self._threads:
            thread.join(JOIN)
        for worker in self._pool.workers:
            worker.stop()

    def _get(self, where: _Source[_Item]) -> _Item | None:
        """Wait, but look up often: after the end of the run nothing comes any more; then None."""
        while not self._stopped.is_set():
            try:
                return where.get(timeout=0.2)
            except queue.Empty:
                continue
        return None

    def _put(self, where: _Sink[_Item], item: _Item) -> None:
        """Put, but do not wait for a reader who has gone."""
        while not self._stopped.is_set():
            try:
                where.put(item, timeout=0.1)
                return
            except queue.Full:
                continue

    def _next(self) -> tuple[Task, str, Answers] | None:
        """The next task with its folder of evidence, told to the reader in the same order."""
        with self._hand_out:
            if self._stopped.is_set():
                return None
            try:
                task = next(self._source, None)
            except BaseException as error:  # noqa: BLE001 - it belongs to the thread that reads the answers
                self._source = iter(())
                self._put(self._order, error)
                return None
            if task is None:
                return None
            answers = Answers(self._ahead)
            self._put(self._order, (task, answers))
            self._pool.examine(getattr(task, "path", ""))
            return task, self._pool.evidence, answers

    def _work(self, worker: Worker) -> None:
        while (given := self._next()) is not None:
            self._serve(worker, *given)
        with self._hand_out:
            self._left -= 1
            if self._left == 0:
                self._put(self._order, None)

    def _serve(self, worker: Worker, task: Task, evidence: str, answers: Answers) -> None:
        rest: Task | None = task
        while rest is not None and not self._stopped.is_set():
            if isinstance(rest, ReadTask | ScanTask):
                if (left := self._pool.left()) <= 0:
                    overdrawn = Failed(error="LimitExceeded", message=t("error.pool.read_earlier_files"))
                    self._put(answers, (tasks.MESSAGE, tasks.task_encoder.encode(overdrawn)))
                    break
                rest = msgspec.structs.replace(rest, seconds=max(LEAST, left * SHARE))
            progress = _Progress(rest)
            if not (failure := self._attempt(worker, rest, evidence, answers, progress)):
                return
            if self._stopped.is_set():
                return
            worker.stop()
            lost, rest = progress.lost(failure), progress.rest()
            if lost is not None:
                self._put(answers, (tasks.MESSAGE, tasks.task_encoder.encode(lost)))
        self._put(answers, (tasks.MESSAGE, _DONE))

    def _attempt(self, worker: Worker, task: Task, evidence: str, answers: Answers, progress: _Progress) -> str:
        """Hand on the answers of a worker; why they ended before their end, or nothing."""
        try:
            worker.prepare(self._first, evidence)
            for kind, frame in worker.ask(task, evidence):
                progress.note(kind, frame)
                if kind != tasks.CURSOR:
                    self._put(answers, (kind, frame))
                if self._stopped.is_set():
                    break
            return ""
        except Unconfined as error:
            progress.hopeless = True
            return str(error)
        except TimeoutError as error:
            return str(error)
        except (EOFError, OSError):
            return t("error.pool.process_read_crashed")
        except ValueError:
            return t("error.pool.process_read_sent")


class _Progress:
    """How far a worker came in one task: what its death costs, and where another goes on.

    The rows of a scan that a worker has answered stand; the others are scanned by another, which names each file before
    it looks at it. So a second death tells the file, and the rest goes on behind it."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.hopeless = False
        """Whether another worker would fare no better."""
        self._done: int | None = None
        self._begun: Begun | None = None

    def note(self, kind: bytes, frame: Body) -> None:
        """Take note of a frame. Raises ValueError for rows that are not in the task or go back."""
        if not isinstance(self.task, ScanTask):
            return
        if kind == tasks.CURSOR and frame:
            self._done = self._within(int.from_bytes(frame, "big", signed=True))
        elif self.task.careful and kind == tasks.MESSAGE:
            with contextlib.suppress(msgspec.MsgspecError, RecursionError):
                message = tasks.message_decoder.decode(frame)
                if isinstance(message, Begun):
                    self._within(message.row)
                    self._begun = message

    def _within(self, row: int) -> int:
        assert isinstance(self.task, ScanTask)
        if not (self.task.first if self._done is None else self._done) <= row <= self.task.last:
            raise ValueError("a worker named a row that it was not given")
        return row

    def _careful(self) -> Begun | None:
        """The file that ended the worker, where that is known."""
        begun = self._begun
        return None if begun is None or (self._done is not None and begun.row <= self._done) else begun

    def lost(self, failure: str) -> Failed | Scanned | Begun | None:
        """What is told of the death: the file that it costs, or the task; None where the files are looked at again."""
        if not isinstance(self.task, ScanTask) or self.hopeless:
            return Failed(error="Usage" if self.hopeless else "Malformed", message=failure)
        if (killer := self._careful()) is not None:
            return Scanned(files=(HashedFile(where=killer.where, size=0, sha256=None, problem=failure),))
        return Failed(error="Malformed", message=failure) if self.task.careful else None

    def rest(self) -> Task | None:
        """The task that is left."""
        task = self.task
        if not isinstance(task, ScanTask) or self.hopeless:
            return None
        if (killer := self._careful()) is not None:
            behind, careful = killer.row + 1, False
        elif not task.careful:
            behind, careful = task.first if self._done is None else self._done + 1, True
        else:
            return None
        return msgspec.structs.replace(task, first=behind, careful=careful) if behind <= task.last else None


def _decode(kind: bytes, body: Body) -> Batch | Message:
    try:
        if kind == tasks.BATCH:
            return tasks.batch_decoder.decode(body)
        message = tasks.message_decoder.decode(body)
        if type(message) is Done and body != _DONE:
            return Broken(trace="a worker said in an odd way that it was done")
        return message
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return Broken(trace=f"a worker's answer could not be decoded: {error}")
