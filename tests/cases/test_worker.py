"""The reading side: every answer ends with `Done`, every error is a value, nothing can be written."""

from __future__ import annotations

import errno
import io
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.cases import tasks, worker
from sousveil.cases.tasks import Broken, Done, Failed, OpenTask, ReadTask, Setup
from sousveil.errors import Locked, Malformed
from sousveil.records import Batch, unpacked
from sousveil.texts import messages


def answers(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> list[Any]:
    def raising(_: OpenTask) -> Iterator[Any]:
        yield Done()
        raise error

    monkeypatch.setitem(worker.HANDLERS, OpenTask, raising)
    return list(worker.answer(OpenTask(path="x")))[1:]


def test_errors_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answers(monkeypatch, Locked("closed.", hint="open it.")) == [
        Failed(error="Locked", message="closed.", hint="open it."),
        Done(),
    ]
    long = answers(monkeypatch, Malformed("x" * 9000))[0]
    assert len(long.message) == 2000


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (MemoryError(), "reading it needs more than the allowed 512 MiB of memory."),
        (RecursionError(), "it is nested too deeply."),
    ],
)
def test_limits(monkeypatch: pytest.MonkeyPatch, error: BaseException, says: str) -> None:
    assert answers(monkeypatch, error) == [Failed(error="LimitExceeded", message=says), Done()]


def test_unforeseen(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, done = answers(monkeypatch, ZeroDivisionError("odd"))
    assert isinstance(broken, Broken) and broken.trace.endswith("ZeroDivisionError: odd\n") and done == Done()


def test_interruption_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyboardInterrupt):
        answers(monkeypatch, KeyboardInterrupt())


def test_frames() -> None:
    """Two tasks in one stream, each answered to its end."""
    given = b""
    for path in ("/nowhere/1", "/nowhere/2"):
        body = tasks.task_encoder.encode(OpenTask(path=path))
        given += len(body).to_bytes(4, "big") + body
    sink = io.BytesIO()
    worker.serve(io.BytesIO(given), sink)
    stream, seen = sink.getvalue(), []
    while stream:
        size = int.from_bytes(stream[1:5], "big")
        seen.append(type(tasks.message_decoder.decode(stream[5 : 5 + size])))
        stream = stream[5 + size :]
    assert seen.count(Done) == 2 and seen[-1] is Done and len(seen) == 4


def test_halves_of_a_large_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = Batch(
        artefact="a",
        layout="l",
        file="f",
        count=5,
        table="t",
        rows=[1, 2, 3, 4, 5],
        lines=None,
        offsets=[9, 8, 7, 6, 5],
        columns={"text": ["x" * 100] * 4 + ["y"]},
        extra={"more": [1, 2, 3, 4, 5]},
        same={"s": "v"},
        extra_same={"e": 1},
    )
    monkeypatch.setattr(worker, "_BIG_FRAME", 300)
    parts = [tasks.batch_decoder.decode(frame[5:]) for frame in worker.frames(batch, bytearray())]
    assert len(parts) > 1 and sum(part.count for part in parts) == 5
    assert [row for part in parts for row in part.row_numbers() or ()] == [1, 2, 3, 4, 5]
    assert [x for part in parts for x in part.column("text")] == batch.columns["text"]
    assert [x for part in parts for x in unpacked(part.extra["more"])] == [1, 2, 3, 4, 5]
    assert {
        (part.artefact, part.layout, part.file, part.table, str(part.same), str(part.extra_same)) for part in parts
    } == {("a", "l", "f", "t", "{'s': 'v'}", "{'e': 1}")}
    monkeypatch.setattr(worker, "_BIG_FRAME", 1)
    assert [tasks.batch_decoder.decode(frame[5:]).count for frame in worker.frames(batch, bytearray())] == [1] * 5


def test_a_batch_that_does_not_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its halves are sent; a row alone that does not fit is told, and the rows beside it are sent."""
    whole = worker.pack

    def small(batch: Batch) -> Batch:
        if batch.count > 1 or batch.columns["text"] == ["huge"]:
            raise MemoryError
        return whole(batch)

    monkeypatch.setattr(worker, "pack", small)
    batch = Batch(artefact="a", layout="l", file="f", count=3, columns={"text": ["x", "huge", "y"]})
    frames = [bytes(frame) for frame in worker.frames(batch, bytearray())]
    assert [frame[:1] for frame in frames] == [tasks.BATCH, tasks.MESSAGE, tasks.BATCH]
    assert tasks.message_decoder.decode(frames[1][5:]) == worker._too_large()
    assert [tasks.batch_decoder.decode(frames[n][5:]).column("text") for n in (0, 2)] == [["x"], ["y"]]


def test_more_rows_than_bytes(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shared pages can give rows without end: more than the stored bytes can hold are refused."""
    path = tmp_path / "sms.db"
    path.write_bytes(bytes(100))

    class Endless:
        def read(self, *_: Any) -> Iterator[Batch]:
            while True:
                yield Batch(artefact="a", layout="l", file="f", count=20, columns={"text": ["x"] * 20})

    monkeypatch.setattr(worker, "known_artefact", lambda _: Endless())
    group = FileGroup(domain="HomeDomain", relative="sms.db", members=(Member(suffix="", path=str(path)),))
    answers = list(worker.answer(ReadTask(artefact="ios.sms", files={"main": group}, device=Device())))
    assert [type(answer) for answer in answers] == [Batch, Batch, Failed, Done]
    assert answers[2].message == "it gives more rows than its size allows; the rows read before are kept."  # type: ignore[union-attr]


def test_an_error_comes_after_the_hashes(tmp_path: Any) -> None:
    path = tmp_path / "sms.db"
    path.write_bytes(b"no database")
    group = FileGroup(domain="HomeDomain", relative="Library/SMS/sms.db", members=(Member(suffix="", path=str(path)),))
    task = ReadTask(artefact="ios.sms", files={"main": group}, device=Device(), hash_files=True)
    hashed, failed, done = worker.answer(task)
    assert (hashed.where, hashed.size, hashed.problem) == ("HomeDomain/Library/SMS/sms.db", 11, None)  # type: ignore[union-attr]
    assert isinstance(failed, Failed) and failed.error in ("Malformed", "Unsupported") and done == Done()


def test_a_worker_cannot_write_and_has_limits(tmp_path: Any) -> None:
    code = (
        "import resource\nfrom sousveil.cases.worker import limit, MEMORY\nlimit()\n"
        "assert resource.getrlimit(resource.RLIMIT_AS) == (MEMORY, MEMORY)\n"
        "assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)\n"
        "assert resource.getrlimit(resource.RLIMIT_NOFILE) == (256, 256)\n"
        f"import os\nfile = os.open({str(tmp_path / 'x')!r}, os.O_WRONLY | os.O_CREAT)\n"
        "try:\n    os.write(file, b'evidence')\n"
        "except OSError as error:\n    print(error.errno)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{errno.EFBIG}\n", "")
    assert (tmp_path / "x").stat().st_size == 0


def test_what_libraries_print_is_no_answer() -> None:
    """File descriptor 1 leads to standard error while answers go elsewhere."""
    given = b""
    for one in (Setup(readable=(), language="en", messages=messages()), OpenTask(path="/nowhere")):
        body = tasks.task_encoder.encode(one)
        given += len(body).to_bytes(4, "big") + body
    code = (
        "import os\nfrom sousveil.cases import worker\nfrom sousveil.cases.tasks import OpenTask, Done\n"
        "def loud(task):\n    os.write(1, b'noise')\n    print('more noise', flush=True)\n    yield from ()\n"
        "worker.HANDLERS[OpenTask] = loud\nworker.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, check=True)
    end = msgspec.msgpack.encode(Done())
    assert done.stdout.endswith(tasks.MESSAGE + len(end).to_bytes(4, "big") + end)
    ready = tasks.ready_decoder.decode(done.stdout[5 : -5 - len(end)])
    assert ready.confinement.whole == sys.platform.startswith("linux")
    assert done.stderr == b"noisemore noise\n"
