"""What a worker may be asked, and what it may answer. Everything here crosses the border as msgpack.

Tasks go to the worker; `Batch` and the messages below come back. Nothing else is accepted from a worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from sousveil.acquisition.model import Device, FileGroup
from sousveil.findings.scan_model import RawHit
from sousveil.readers.model import PartReading
from sousveil.records import Batch


class OpenTask(msgspec.Struct, frozen=True, kw_only=True, tag="open"):
    """Look at a folder: which device, encrypted or not; with a password or key, unlock it."""

    path: str
    password: bytes | None = None
    derived_key: bytes | None = None


class LocateTask(msgspec.Struct, frozen=True, kw_only=True, tag="locate"):
    """Find the files of every artefact in the manifest."""

    path: str
    derived_key: bytes | None = None


class ReadTask(msgspec.Struct, frozen=True, kw_only=True, tag="read"):
    """Read one artefact out of one set of files. `wanted` empty: every field."""

    artefact: str
    files: dict[str, FileGroup]
    device: Device
    wanted: tuple[str, ...] = ()
    hash_files: bool = False


class HashTask(msgspec.Struct, frozen=True, kw_only=True, tag="hash"):
    """Hash files as they are stored."""

    files: tuple[FileGroup, ...]


class ScanTask(msgspec.Struct, frozen=True, kw_only=True, tag="scan"):
    """Look at every byte of the files in manifest rows `first` to `last`."""

    path: str
    derived_key: bytes | None = None
    first: int
    last: int
    index: str
    """The file that holds the compiled literals."""
    index_sha256: str
    beside: bool = False
    """Whether the files beside the manifest (Info.plist, Manifest.db ...) are looked at too."""


Task = OpenTask | LocateTask | ReadTask | HashTask | ScanTask


class Opened(msgspec.Struct, frozen=True, kw_only=True, tag="opened"):
    """Answer to `OpenTask`."""

    device: Device
    encrypted: bool
    unlocked: bool
    manifest_sha256: str
    """Of Manifest.db as stored."""
    manifest_size: int = 0
    derived_key: bytes | None = None
    """Unlocks without another key derivation."""
    first_row: int = 0
    last_row: int = 0
    files: int = 0
    problems: tuple[str, ...] = ()


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


class Scanned(msgspec.Struct, frozen=True, kw_only=True, tag="scanned"):
    """Files that were looked at, one after the other: most are small, and each message has a price of its own. The hits
    before it are those of the first."""

    files: tuple[HashedFile, ...]


class ScanHit(msgspec.Struct, frozen=True, kw_only=True, tag="hit"):
    """An indicator's value met in the bytes of a file; see `RawHit`."""

    hit: RawHit


class Counted(msgspec.Struct, frozen=True, kw_only=True, tag="counted"):
    """Progress: files and bytes done since the last one."""

    files: int
    size: int


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


Message = Opened | Located | PartsRead | HashedFile | Scanned | ScanHit | Counted | Failed | Broken | Done
Answers = Iterator[Batch | Message]

task_encoder = msgspec.msgpack.Encoder()
task_decoder: msgspec.msgpack.Decoder[Task] = msgspec.msgpack.Decoder(Task)
message_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)
batch_decoder: msgspec.msgpack.Decoder[Batch] = msgspec.msgpack.Decoder(Batch)

BATCH, MESSAGE = b"B", b"M"
MAX_FRAME = 64 << 20
"""Bytes of one frame at most; the parent kills a worker that announces more."""


_HEAD = 5
"""Bytes of a frame before what it holds."""


def encode(answer: Any) -> bytes:
    """One frame: kind, length, msgpack."""
    body = task_encoder.encode(answer)
    return (BATCH if type(answer) is Batch else MESSAGE) + len(body).to_bytes(4, "big") + body


def encode_batch(batch: Batch, buffer: bytearray) -> None:
    """`encode` of a batch, in a buffer that is used again and again."""
    task_encoder.encode_into(batch, buffer, _HEAD)
    buffer[:_HEAD] = BATCH + (len(buffer) - _HEAD).to_bytes(4, "big")
