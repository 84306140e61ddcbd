"""What a worker may be asked, and what it may answer. Everything here crosses the border as msgpack.

Tasks go to the worker; `Batch` and the messages below come back. Nothing else is accepted from a worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from sousveil.acquisition.door import StoredFile
from sousveil.acquisition.model import Device, FileGroup, Limit
from sousveil.artefacts.model import At
from sousveil.cases.confinement import Confinement
from sousveil.findings.scan_model import RawHit
from sousveil.readers.model import PartReading
from sousveil.records import Batch


class OpenTask(msgspec.Struct, frozen=True, kw_only=True, tag="open"):
    """Look at a folder: which device, encrypted or not; with a password or key, unlock it."""

    path: str
    password: bytes | None = None
    derived_key: bytes | None = None


class LocateTask(msgspec.Struct, frozen=True, kw_only=True, tag="locate"):
    """Find the files of these artefacts in the manifest."""

    path: str
    needs: dict[str, dict[str, tuple[At, ...]]]
    """By artefact, where the file of each role lies: so a worker imports no artefact before it reads one."""
    derived_key: bytes | None = None


class ReadTask(msgspec.Struct, frozen=True, kw_only=True, tag="read"):
    """Read one artefact out of one set of files. `wanted` empty: every field."""

    artefact: str
    files: dict[str, FileGroup]
    device: Device
    wanted: tuple[str, ...] = ()
    hash_files: bool = False
    seconds: float = 60.0
    """Processor time that reading may take beyond what the size of the files allows."""


class HashTask(msgspec.Struct, frozen=True, kw_only=True, tag="hash"):
    """Hash files as they are stored."""

    files: tuple[FileGroup, ...]


class LiteralsTask(msgspec.Struct, frozen=True, kw_only=True, tag="literals"):
    """Take these compiled literals for the scan tasks that follow."""

    data: bytes
    """See `parse_scan_index`."""


class ScanTask(msgspec.Struct, frozen=True, kw_only=True, tag="scan"):
    """Look at every byte of the files in manifest rows `first` to `last`."""

    path: str
    derived_key: bytes | None = None
    first: int
    last: int
    files: tuple[StoredFile, ...] = ()
    """The files in these rows, where listing them anew would cost much; () stands for a list that the worker makes."""
    skip: tuple[str, ...] = ()
    """Categories of files that are listed and not opened (see `categories`)."""
    beside: bool = False
    """The files beside the manifest (Info.plist, Manifest.db ...) by their position, in place of rows of the manifest."""
    careful: bool = False
    """Name each file before it is looked at: one of them ended a worker."""
    seconds: float = 60.0
    """Processor time that its files together may take beyond what their sizes allow."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """The first frame to a worker: what it may read. It confines itself and answers `Ready`, then waits for tasks."""

    readable: tuple[str, ...]
    language: str
    """Of the reasons that it gives."""
    messages: dict[str, str | tuple[str, str]]
    """The texts (`sousveil.texts.messages`): reading the catalogue takes a sixth of the start of a worker."""
    spool: int | None = None
    """Descriptor of its spool (see `sousveil.acquisition.spool`), where it has one."""
    spool_bytes: int = 0
    """Bytes that the spool takes."""


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The first frame from a worker, sent before it meets a byte of evidence."""

    confinement: Confinement


Task = OpenTask | LocateTask | ReadTask | HashTask | LiteralsTask | ScanTask


class Opened(msgspec.Struct, frozen=True, kw_only=True, tag="opened"):
    """Answer to `OpenTask`."""

    device: Device
    encrypted: bool
    unlocked: bool
    identity: str = "/Manifest.db"
    """How the file is cited whose hash names the case."""
    manifest_sha256: str
    """Of that file as stored."""
    manifest_size: int = 0
    derived_key: bytes | None = None
    """Unlocks without another key derivation."""
    first_row: int = 0
    last_row: int = 0
    files: int = 0
    rows: tuple[StoredFile, ...] = ()
    """All files, where listing them anew would cost much (see `Acquisition.streamed`)."""
    limits: tuple[Limit, ...] = ()
    """What is not whole."""


class Located(msgspec.Struct, frozen=True, kw_only=True, tag="located"):
    """One task's files for one artefact: role -> group."""

    artefact: str
    files: dict[str, FileGroup]


class PartsRead(msgspec.Struct, frozen=True, kw_only=True, tag="parts"):
    """What became of the parts of the artefact that a `ReadTask` named."""

    parts: tuple[PartReading, ...]


class HashedFile(msgspec.Struct, frozen=True, kw_only=True, tag="hashed"):
    """A file that was looked at."""

    where: str
    size: int
    """Bytes as stored."""
    sha256: str | None
    """As stored; None where it could not be read."""
    problem: str | None = None
    skipped: str | None = None
    """The category of `--skip` for which the file was not opened."""


class Begun(msgspec.Struct, frozen=True, kw_only=True, tag="begun"):
    """The file that a careful scan looks at next."""

    row: int
    where: str


class Scanned(msgspec.Struct, frozen=True, kw_only=True, tag="scanned"):
    """Files that were looked at, one after the other: most are small, and each message has a price of its own. The hits
    before it are those of the first."""

    files: tuple[HashedFile, ...]


class ScanHit(msgspec.Struct, frozen=True, kw_only=True, tag="hit"):
    """An indicator's value met in the bytes of a file; see `RawHit`."""

    hit: RawHit


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """A `SousveilError` in a worker. What came before it stands."""

    error: str
    """Name of the class in `sousveil.errors`."""
    message: str
    hint: str = ""


class Broken(msgspec.Struct, frozen=True, kw_only=True, tag="broken"):
    """An exception that nobody foresaw: an internal error. The run ends with exit code 2."""

    trace: str


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """The task is over; the worker waits for the next."""


Message = Opened | Located | PartsRead | HashedFile | Begun | Scanned | ScanHit | Failed | Broken | Done
Answers = Iterator[Batch | Message | int | None]
"""What a task gives; an integer becomes a cursor, None a sign of life."""

task_encoder = msgspec.msgpack.Encoder()
task_decoder: msgspec.msgpack.Decoder[Task] = msgspec.msgpack.Decoder(Task)
message_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)
setup_decoder = msgspec.msgpack.Decoder(Setup)
ready_decoder = msgspec.msgpack.Decoder(Ready)
batch_decoder: msgspec.msgpack.Decoder[Batch] = msgspec.msgpack.Decoder(Batch)

BATCH, MESSAGE, CURSOR = b"B", b"M", b"C"
"""Kinds of frame. A cursor is the row up to which everything has been answered: see `cursor`."""
MAX_FRAME = 64 << 20
"""Bytes of one frame at most; the parent kills a worker that announces more."""


_HEAD = 5
"""Bytes of a frame before what it holds."""


def encode(answer: Any) -> bytes:
    """One frame: kind, length, msgpack."""
    body = task_encoder.encode(answer)
    return (BATCH if type(answer) is Batch else MESSAGE) + len(body).to_bytes(4, "big") + body


def cursor(row: int) -> bytes:
    """A frame that says: a task of rows that is resumed goes on behind this one."""
    return CURSOR + (8).to_bytes(4, "big") + row.to_bytes(8, "big", signed=True)


ALIVE = CURSOR + bytes(4)
"""A frame that says that the worker goes on: it has read much since the last one."""


def encode_batch(batch: Batch, buffer: bytearray) -> None:
    """`encode` of a batch, in a buffer that is used again and again."""
    task_encoder.encode_into(batch, buffer, _HEAD)
    buffer[:_HEAD] = BATCH + (len(buffer) - _HEAD).to_bytes(4, "big")
