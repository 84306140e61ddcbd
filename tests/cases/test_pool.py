"""The border: order, workers that die, hang or lie, runs that are left, tasks that cannot be made."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from phonegen import Phone
from phonegen.ios import sms
from sousveil.artefacts.ios.sms import ARTEFACT
from sousveil.cases import pool as module
from sousveil.cases import tasks
from sousveil.cases.confinement import Confinement
from sousveil.cases.pool import Pool, Worker
from sousveil.cases.run import locate, open_path
from sousveil.cases.tasks import Broken, Done, Failed, Message, Opened, OpenTask, ReadTask, Ready, Task
from sousveil.errors import Usage
from sousveil.records import Batch


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def fill(db: object) -> None:
        sms.bulk(
            db, 16, ({"text": f"message {n}", "handle": "+15550100", "at": 1_740_000_000 + n} for n in range(9000))
        )  # type: ignore[arg-type]

    with Phone(iterations=(1000, 10), ios="16.5") as phone:
        phone.database(sms, fill)
        return phone.write(tmp_path_factory.mktemp("pool") / "b")


def reads(pool: Pool, backup: Path) -> list[Task]:
    """Tasks that read the messages, every field."""
    opened = open_path(pool, backup)
    return [
        ReadTask(artefact=found.artefact, files=found.files, device=opened.device)
        for found in locate(pool, backup, (ARTEFACT,), None)
    ]


def rows(answers: Iterator[tuple[Task, Batch | Message]]) -> list[object]:
    return [
        row
        for _, answer in answers
        if isinstance(answer, Batch)
        for row in answer.columns["ROWID" if "ROWID" in answer.columns else "text"]
    ]


def test_answers_come_in_the_order_of_the_tasks(backup: Path) -> None:
    folders: list[Task] = [OpenTask(path=f"/nowhere/{n}") for n in range(9)]
    folders[4] = OpenTask(path=str(backup))
    with Pool(3) as pool:
        seen = [(folders.index(task), type(answer).__name__) for task, answer in pool.run(folders)]
        assert list(pool.run([])) == []
    assert [n for n, name in seen if name == "Done"] == list(range(9))
    assert [n for n, _ in seen] == sorted(n for n, _ in seen)
    assert (4, "Opened") in seen


def test_a_batch_is_not_too_large_and_all_rows_come(backup: Path) -> None:
    with Pool(1) as pool:
        batches = [answer for _, answer in pool.run(reads(pool, backup)) if isinstance(answer, Batch)]
    assert sum(b.count for b in batches) == 9000 and max(b.count for b in batches) <= 6144
    assert [text for b in batches for text in b.column("text")] == [f"message {n}" for n in range(9000)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_is_left_does_not_get_into_the_next(backup: Path, jobs: int) -> None:
    """The reader stops in the middle of many tasks; what comes next is an answer to the next question alone."""
    with Pool(jobs) as pool:
        many = reads(pool, backup) * 6
        left = pool.run(many)
        first = next(left)
        assert isinstance(first[1], Batch)
        after = list(pool.one(OpenTask(path=str(backup))))
        assert [type(answer) for answer in after] == [Opened, Done]
        with pytest.raises(StopIteration):
            next(left)
        with pytest.raises(ZeroDivisionError):
            for _ in pool.run(many):
                raise ZeroDivisionError
        assert [type(answer) for answer in pool.one(OpenTask(path=str(backup)))] == [Opened, Done]
    assert not [t for t in threading.enumerate() if "_work" in t.name]


def test_a_task_that_cannot_be_made(backup: Path) -> None:
    """What the maker of tasks raises reaches the reader, after the answers to the tasks before it."""

    def given() -> Iterator[Task]:
        yield OpenTask(path=str(backup))
        raise Usage("no more")

    seen = []
    with Pool(2) as pool, pytest.raises(Usage, match="no more"):
        for _, answer in pool.run(given()):
            seen.append(type(answer))
    assert seen == [Opened, Done]


def test_a_worker_that_dies_costs_its_task(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSVEIL_TEST_INJECT", "die:ios.sms")
    with Pool(1) as pool:
        task = reads(pool, backup)[0]
        answers = [answer for _, answer in pool.run([task, OpenTask(path=str(backup))])]
    kept = [answer for answer in answers if isinstance(answer, Batch)]
    assert len(kept) == 1 and kept[0].count > 0
    assert [type(answer) for answer in answers if not isinstance(answer, Batch)] == [Failed, Done, Opened, Done]
    failed = next(answer for answer in answers if isinstance(answer, Failed))
    assert failed.message == "the process that read it crashed; the file may have been made to crash it."


def test_a_worker_that_is_killed_from_outside(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSVEIL_TEST_INJECT", "hang:ios.sms")
    with Pool(1) as pool:
        run = pool.run(reads(pool, backup))
        assert isinstance(next(run)[1], Batch)
        process = pool.workers[0].process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        assert [type(answer) for _, answer in run] == [Failed, Done]


def test_a_worker_that_hangs(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSVEIL_TEST_INJECT", "hang:ios.sms")
    with Pool(1) as pool:
        task = reads(pool, backup)[0]
        monkeypatch.setattr(module, "SILENCE", 1.0)
        answers = [answer for _, answer in pool.run([task])]
    (failed,) = (answer for answer in answers if isinstance(answer, Failed))
    assert failed.message == "the process that read it gave no answer for 1 seconds and was ended."


LIES = {
    "noise": b"\xff" * 64,
    "huge frame": b"B\xff\xff\xff\xff",
    "unknown kind": b"X\0\0\0\1a",
    "nothing": b"",
    "half a frame": b"B\0\0\0\x10abc",
}


READY = tasks.encode(Ready(confinement=Confinement()))


def liar(data: bytes, *, ready: bool = True) -> str:
    setup = "source = sys.stdin.buffer\nsource.read(int.from_bytes(source.read(4), 'big'))"
    return f"import sys,os\n{setup}\nos.write(1, {READY * ready + data!r})\n"


@pytest.mark.parametrize("ready", [True, False])
@pytest.mark.parametrize("lie", list(LIES))
def test_a_worker_that_lies(lie: str, ready: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken_by(monkeypatch, liar(LIES[lie], ready=ready))
    with Pool(1) as pool:
        answers = [answer for _, answer in pool.run([OpenTask(path="x")])]
    assert [type(answer) for answer in answers] == [Failed, Done]


def frame(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "big") + body


NESTED = b"\x82\xa4type\xa6broken\xa5trace" + b"\x91" * 9_000
"""Deeper than anything that is passed over may be nested."""
NO_TEXT = b"\x81\xa4type\xa4don\xc7"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"\x91" * 5_000,
        b"\x80",
        msgspec.msgpack.encode({"type": "nonsense"}),
        NO_TEXT,
        NESTED,
        b"\x81\xaaextra_same\x81\xa1a" + b"\x91" * 9_000,
        b"\x81\xa4file\xa2\xc7\xc7",
    ],
)
def test_an_answer_that_is_none(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told as an internal error; the task still ends."""
    done = frame(tasks.MESSAGE, msgspec.msgpack.encode(Done()))
    spoken_by(monkeypatch, liar(frame(tasks.MESSAGE, body) + frame(tasks.BATCH, body) + done))
    with Pool(1) as pool:
        answers = [answer for _, answer in pool.run([OpenTask(path="x")])]
    assert [type(answer) for answer in answers] == [Broken, Broken, Done]


def test_a_false_end_does_not_stop_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = msgspec.msgpack.encode({**msgspec.to_builtins(Done()), "more": 1})
    done = frame(tasks.MESSAGE, msgspec.msgpack.encode(Done()))
    spoken_by(monkeypatch, liar(frame(tasks.MESSAGE, odd) * 20 + done))
    with Pool(1) as pool:
        answers = [answer for _, answer in pool.run([OpenTask(path="x")])]
    assert [type(answer) for answer in answers] == [Broken] * 20 + [Done]


def run_as(monkeypatch: pytest.MonkeyPatch, *command: str) -> None:
    """Workers run this program in place of the usual one."""
    real = subprocess.Popen

    def popen(_: list[str], **options: object) -> object:
        return real([sys.executable, *command], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", popen)


def spoken_by(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Workers run `code` in place of ours."""
    run_as(monkeypatch, "-c", code)


def test_close_leaves_nobody(backup: Path) -> None:
    pool = Pool(3)
    with pool:
        processes = [worker.start() for worker in pool.workers]
    assert [process.poll() is not None for process in processes] == [True] * 3
    pool.close()
    assert list(pool.run([OpenTask(path=str(backup))])) == [], "who begins now would find pipes that are being closed"
    assert [worker.process for worker in pool.workers] == [None] * 3


def test_workers_end_when_the_parent_is_gone() -> None:
    worker = Worker()
    process = worker.start()
    assert process.stdin is not None
    process.stdin.close()
    end = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    assert process.poll() == 0
    worker.stop()


def test_answers_are_ahead_by_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AHEAD_BYTES", 10_000)
    monkeypatch.setattr(module, "AHEAD_ALL", 15_000)
    ahead = module.Ahead()
    one, two = module.Answers(ahead), module.Answers(ahead)
    large, small = (tasks.BATCH, bytes(4000)), (tasks.MESSAGE, b"")
    one.put(large, 0)
    one.put(large, 0)
    with pytest.raises(queue.Full):
        one.put(large, 0)  # too much for one task
    two.put(large, 0)
    with pytest.raises(queue.Full):
        two.put(large, 0)  # too much together
    assert two.get(0) == large  # what is read just now has no part in that
    two.put(large, 0)
    two.put(large, 0)
    with pytest.raises(queue.Full):
        one.put(small, 0)
    assert [one.get(0), one.get(0)] == [large, large]
    one.put((tasks.BATCH, bytes(40_000)), 0)  # one frame is always let in
    with pytest.raises(queue.Empty):
        module.Answers(ahead).get(0)
