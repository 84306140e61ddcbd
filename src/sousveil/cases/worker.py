"""The reading side of the border: a spawned process that turns evidence into batches.

It reads tasks from standard input and answers on standard output. It holds no indicator's attribution, has limits on
memory and descriptors, and confines itself before it reads evidence: see `confinement`. The parent presumes that it is
taken over.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from sousveil.acquisition import spool
from sousveil.acquisition.content import group_size
from sousveil.artefacts.model import Context, known_artefact
from sousveil.cases import tasks
from sousveil.cases.allowance import by_size, keep_quiet, within
from sousveil.cases.confinement import confine
from sousveil.cases.garbage import collect_rarely, give_back, give_back_early
from sousveil.cases.tasks import (
    Answers,
    Broken,
    Done,
    Failed,
    HashTask,
    LiteralsTask,
    LocateTask,
    OpenTask,
    PartsRead,
    ReadTask,
    Scanned,
    ScanTask,
)
from sousveil.cases.worker_hash import hashes
from sousveil.errors import LimitExceeded, SousveilError
from sousveil.records import Batch, pack, unpacked
from sousveil.texts import t, take_messages, use

MEMORY = 512 << 20
"""Bytes of address space that a worker may use."""
LEAST_ROW = 2
"""Bytes of a row at least: a table gives two to the place of each. Pages that are shared give rows without end."""
_BIG_FRAME = 16 << 20
_KEPT_FRAME = 4 << 20
"""Bytes of a frame up to which its memory is used again."""


def _too_large() -> Failed:
    return Failed(error="LimitExceeded", message=t("error.worker.reading_needs_more", memory=MEMORY >> 20))


def limit(*, largest: int | None = 0) -> None:
    """Lower this process's limits; where the system has none (Windows) or refuses, go on without. `largest`: bytes of a file
    that it writes, None for any number."""
    try:
        import resource
    except ImportError:
        return
    limits = [(resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 256)]
    if largest is not None:
        limits.append((resource.RLIMIT_FSIZE, largest))
    for what, amount in limits:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (amount, amount))


def read(task: ReadTask) -> Answers:
    """Batches of one artefact, and what became of its parts; then, where asked for, the hashes of the files as stored."""
    artefact = known_artefact(task.artefact)
    assert artefact is not None
    context = Context(device=task.device, full=not task.wanted, wanted=frozenset(task.wanted))
    error: SousveilError | None = None
    size = sum(map(group_size, task.files.values()))
    try:
        rows = 0
        for batch in within(
            task.seconds + by_size(size), "error.worker.reading", artefact.read(artefact, task.files, context)
        ):
            rows += batch.count
            if rows > size // LEAST_ROW:
                raise LimitExceeded(t("error.worker.gives_more_rows"))
            yield batch
    except SousveilError as raised:
        error = raised
    if context.log.parts:
        yield PartsRead(parts=context.log.parts)
    if task.hash_files:
        for group in task.files.values():
            yield from hashes(group)
    if error is not None:
        raise error


def hash_stored(task: HashTask) -> Answers:
    """See `HashTask`."""
    for group in task.files:
        yield from hashes(group)


def frames(one: Batch | tasks.Message | int | None, buffer: bytearray) -> Iterator[bytes | bytearray]:
    """An answer as a frame; a batch whose frame would be too large as frames of its halves. A frame of a batch lies in
    `buffer` until the next step: a new one for each would have to be cleared by the system first."""
    if not isinstance(one, Batch):
        yield tasks.ALIVE if one is None else tasks.cursor(one) if isinstance(one, int) else tasks.encode(one)
        return
    try:
        tasks.encode_batch(pack(one), buffer)
        fits = len(buffer) <= _BIG_FRAME
    except MemoryError:
        buffer.clear()
        if one.count <= 1:
            yield tasks.encode(_too_large())
            return
        fits = False
    if one.count <= 1 or fits:
        yield buffer
        if len(buffer) > _KEPT_FRAME:
            buffer.clear()
        return
    buffer.clear()
    batch, half = one, one.count // 2
    for low, high in ((0, half), (half, batch.count)):
        yield from frames(
            Batch(
                artefact=batch.artefact,
                layout=batch.layout,
                file=batch.file,
                count=high - low,
                table=batch.table,
                rows=batch.rows and unpacked(batch.rows)[low:high],
                lines=batch.lines and unpacked(batch.lines)[low:high],
                offsets=batch.offsets and batch.offsets[low:high],
                columns={k: unpacked(v)[low:high] for k, v in batch.columns.items()},
                extra={k: unpacked(v)[low:high] for k, v in batch.extra.items()},
                same=batch.same,
                extra_same=batch.extra_same,
            ),
            buffer,
        )


def open_backup(task: OpenTask) -> Answers:
    """See `OpenTask`."""
    from sousveil.cases.acquired import opened

    yield opened(task)


def locate(task: LocateTask) -> Answers:
    """See `LocateTask`."""
    from sousveil.cases.acquired import located

    yield from located(task)
    gc.collect()  # what is known of the apps was a circle, with their pictures


def take_literals(task: LiteralsTask) -> Answers:
    """See `LiteralsTask`."""
    from sousveil.cases.scanning import use_literals

    use_literals(task.data)
    yield from ()


def scan(task: ScanTask) -> Answers:
    """See `ScanTask`."""
    from sousveil.cases.scanning import scan_rows

    yield from scan_rows(task)


HANDLERS: dict[type, Callable[[Any], Answers]] = {
    OpenTask: open_backup,
    LocateTask: locate,
    ReadTask: read,
    HashTask: hash_stored,
    LiteralsTask: take_literals,
    ScanTask: scan,
}


def answer(task: tasks.Task) -> Answers:
    """All answers to one task, errors as values, `Done` last."""
    try:
        yield from HANDLERS[type(task)](task)
    except SousveilError as error:
        yield Failed(error=type(error).__name__, message=error.message[:2000], hint=error.hint[:2000])
    except MemoryError:
        yield _too_large()
    except RecursionError:
        yield Failed(error="LimitExceeded", message=t("error.worker.nested_too_deeply"))
    except Exception:  # noqa: BLE001 - the border: every unforeseen error must reach the parent as one
        import traceback

        yield Broken(trace=traceback.format_exc()[-8000:])
    yield Done()


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer tasks until the parent closes the pipe."""
    buffer = bytearray()
    while head := source.read(4):
        task = tasks.task_decoder.decode(source.read(int.from_bytes(head, "big")))
        for one in answer(task):
            for frame in frames(one, buffer):
                sink.write(frame)
            if not isinstance(one, Scanned):  # which its cursor follows: both or neither
                sink.flush()  # so that what was read is kept where what follows kills this process
        if not isinstance(task, ScanTask):  # its buffers are used again
            give_back()


def main() -> None:
    """Entry of the spawned process."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb", buffering=1 << 20)
    # Nothing that a library prints may get into the stream of answers.
    os.dup2(2, 1)
    sys.unraisablehook = keep_quiet
    give_back_early()
    if not (head := source.read(4)):
        os._exit(0)
    setup = tasks.setup_decoder.decode(source.read(int.from_bytes(head, "big")))
    limit(largest=spool.file_limit(setup.spool_bytes))
    hashlib.sha256()  # reads its library's configuration, which lies outside of what may be read from here on
    take_messages(setup.messages)
    with use(setup.language):
        confinement = confine(setup.readable)
        sink.write(tasks.encode(tasks.Ready(confinement=confinement)))
    if not confinement.means:
        limit()  # nothing else keeps this process from writing files
    elif setup.spool_bytes:
        spool.use(setup.spool, setup.spool_bytes)
    sink.flush()
    if inject := os.environ.get("SOUSVEIL_TEST_INJECT", ""):
        HANDLERS[ReadTask] = _injecting(inject)
    # Ctrl-C goes to the whole group: the parent decides, a worker just ends.
    with use(setup.language), contextlib.suppress(KeyboardInterrupt, BrokenPipeError), collect_rarely():
        serve(source, sink)
    sys.stderr.flush()
    os._exit(0)


def _injecting(what: str) -> Callable[[ReadTask], Answers]:
    """For tests: `worker` fails in every task, `hang:NAME` and `die:NAME` in the tasks of one artefact."""
    how, _, name = what.partition(":")

    def injected(task: ReadTask) -> Answers:
        if how == "worker":
            raise ZeroDivisionError("injected by a test")
        if task.artefact == name and how in ("hang", "die"):
            yield from itertools.islice(read(task), 1)
            time.sleep(3600 if how == "hang" else 0)
            os._exit(137)
        yield from read(task)

    return injected


if __name__ == "__main__":
    main()
