"""The parent's side of the border: workers, tasks given out, answers taken in order.

Answers are handed on task by task in the order of the tasks, whatever worker was faster, so that every output is the same on
any machine. Each worker may run ahead by a few frames; then its pipe fills and it waits. A worker that dies, is silent for too
long or sends nonsense costs its task, never the run.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator

import msgspec

from sousveil.cases import tasks
from sousveil.cases.tasks import Broken, Done, Failed, Message, Task
from sousveil.records import Batch

SILENCE = 180.0
"""Seconds without an answer after which a worker is taken for hung."""
AHEAD = 6
"""Frames that a task's answers may be ahead of the parent."""


class Worker:
    """One spawned process."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        """The running process; spawned (never forked from our state) where there is none."""
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", "from sousveil.cases.worker import main; main()"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, close_fds=True,
            )
        return self.process

    def stop(self) -> None:
        """End it at once."""
        if self.process is not None:
            with contextlib.suppress(OSError):
                self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    pipe.close()
            self.process = None

    def ask(self, task: Task) -> Iterator[tuple[bytes, bytes]]:
        """Frames (kind, body) of the answers, the last one a `Done`. Raises EOFError, TimeoutError or ValueError."""
        process = self.start()
        assert process.stdin is not None and process.stdout is not None
        body = tasks.task_encoder.encode(task)
        process.stdin.write(len(body).to_bytes(4, "big") + body)
        reader = _Frames(process.stdout.fileno())
        while True:
            kind, frame = reader.next()
            yield kind, frame
            if kind == tasks.MESSAGE and frame == _DONE:
                return


_DONE = tasks.task_encoder.encode(Done())


class _Frames:
    """Frames out of a pipe, with a limit on silence."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def _exactly(self, amount: int) -> bytes:
        pieces = bytearray()
        while len(pieces) < amount:
            if os.name == "posix" and not select.select([self.descriptor], [], [], SILENCE)[0]:
                raise TimeoutError
            piece = os.read(self.descriptor, min(amount - len(pieces), 1 << 20))
            if not piece:
                raise EOFError
            if len(piece) == amount:
                return piece
            pieces += piece
        return bytes(pieces)

    def next(self) -> tuple[bytes, bytes]:
        head = self._exactly(5)
        size = int.from_bytes(head[1:], "big")
        if size > tasks.MAX_FRAME or head[:1] not in (tasks.BATCH, tasks.MESSAGE):
            raise ValueError("a worker sent a frame that no worker sends")
        return head[:1], self._exactly(size)


class Pool:
    """`jobs` workers. Use as a context manager."""

    def __init__(self, jobs: int) -> None:
        self.workers = [Worker() for _ in range(max(1, jobs))]
        self._closed = threading.Event()

    def __enter__(self) -> Pool:
        for worker in self.workers:
            worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers."""
        self._closed.set()
        for worker in self.workers:
            worker.stop()

    def one(self, task: Task) -> Iterator[Batch | Message]:
        """The answers to a single task."""
        for _, answer in self.run([task]):
            yield answer

    def run(self, given: Iterable[Task]) -> Iterator[tuple[Task, Batch | Message]]:
        """Every answer to every task, in the order of the tasks; `Done` ends each task."""
        order: queue.Queue[tuple[Task, queue.Queue[tuple[bytes, bytes]]] | None] = queue.Queue(maxsize=4 * len(self.workers))
        hand_out = threading.Lock()
        source = iter(given)
        left = len(self.workers)

        def work(worker: Worker) -> None:
            nonlocal left
            while not self._closed.is_set():
                with hand_out:
                    task = next(source, None)
                    if task is not None:
                        answers: queue.Queue[tuple[bytes, bytes]] = queue.Queue(maxsize=AHEAD)
                        order.put((task, answers))
                if task is None:
                    break
                self._serve(worker, task, answers)
            with hand_out:
                left -= 1
                if left == 0:
                    order.put(None)

        threads = [threading.Thread(target=work, args=(w,), daemon=True) for w in self.workers]
        for thread in threads:
            thread.start()
        while (item := order.get()) is not None:
            task, answers = item
            while True:
                answer = _decode(*answers.get())
                yield task, answer
                if type(answer) is Done:
                    break
        for thread in threads:
            thread.join()

    def _serve(self, worker: Worker, task: Task, answers: queue.Queue[tuple[bytes, bytes]]) -> None:
        failure = ""
        try:
            for frame in worker.ask(task):
                answers.put(frame)
            return
        except (EOFError, BrokenPipeError, OSError):
            failure = "the process that read it died; it may have been made to."
        except TimeoutError:
            failure = f"the process that read it gave no answer for {SILENCE:.0f} seconds and was ended."
        except ValueError:
            failure = "the process that read it sent something that cannot be trusted and was ended."
        worker.stop()
        if not self._closed.is_set():
            answers.put((tasks.MESSAGE, tasks.task_encoder.encode(Failed(error="Malformed", message=failure))))
            answers.put((tasks.MESSAGE, _DONE))


def _decode(kind: bytes, body: bytes) -> Batch | Message:
    try:
        return tasks.batch_decoder.decode(body) if kind == tasks.BATCH else tasks.message_decoder.decode(body)
    except msgspec.MsgspecError as error:
        return Broken(trace=f"a worker's answer could not be decoded: {error}")
