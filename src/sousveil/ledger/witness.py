"""A witness (C2SP tlog-witness): cosigns a checkpoint only if it grew out of the last one it cosigned.

A witness remembers one checkpoint for each log. It writes the new one to the disk before it answers, under a lock that
also holds between processes, so that no two answers ever stand for two histories. Its memory is as good as its disk:
who puts an old copy of the state folder back makes a witness that would cosign a second history, so never restore one;
make a new witness with a new key.
"""

from __future__ import annotations

import base64
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from sousveil.errors import Malformed, SousveilError, Usage
from sousveil.ledger import atomic, checkpoint, merkle, note
from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.disagreement import Disagreement

MAX_PROOF = 63
SIZE_TYPE = "text/x.tlog.size"
"""Content type of a 409 that tells the size the witness knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a witness does not cosign, as its HTTP status: 400, 403, 404, 409 (with the size it knows) or 422."""

    status: int
    reason: str
    size: int | None = None
    proof: bytes = b""
    """With 422: the note of the last checkpoint cosigned here, as the log signed it. Beside the new one it proves two histories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The body of an add-checkpoint request."""

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def format(self) -> bytes:
        """The body."""
        lines = [b"old %d" % self.old_size, *map(base64.b64encode, self.proof)]
        return b"\n".join(lines) + b"\n\n" + self.checkpoint


def parse_request(body: bytes) -> Request:
    """The parts of a request's body. Raises Malformed."""
    head, gap, rest = body.partition(b"\n\n")
    lines = head.split(b"\n")
    if not gap or not lines[0].startswith(b"old "):
        raise Malformed("This is not a request to add a checkpoint.")
    if len(lines) - 1 > MAX_PROOF:
        raise Malformed(f"A consistency proof has at most {MAX_PROOF} hashes.")
    old_size = note.decimal(lines[0][4:], "old size")
    proof = tuple(note.decode_base64(line, "hash of the proof") for line in lines[1:])
    return Request(old_size=old_size, proof=proof, checkpoint=rest)


class Witness:
    """Cosigns the checkpoints of the logs it knows; its memory is the state folder."""

    def __init__(
        self,
        state: Path,
        signer: note.Signer,
        logs: Sequence[note.Verifier],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if signer.algorithm != note.COSIGNATURE:
            raise Usage("A witness signs cosignatures.")
        if any(log.public == signer.key.public for log in logs):
            raise Usage("A witness must not use the key of a log.", hint="Make a key of its own.")
        self.signer = signer
        self._state, self._clock, self._thread = state, clock, threading.Lock()
        self._logs = {log.name: log for log in logs}
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        for origin in self._logs:
            self.latest(origin)  # a memory that cannot be read is found at the start, not at the first question

    def latest(self, origin: str) -> Checkpoint | None:
        """The last checkpoint cosigned for this log. Raises Malformed, BadSignature where the memory is damaged."""
        try:
            data = self._path(origin).read_bytes()
        except FileNotFoundError:
            return None
        return self._opened(origin, data)

    def add_checkpoint(self, old_size: int, proof: Sequence[bytes], data: bytes) -> note.NoteSignature | Refused:
        """Cosigns the checkpoint in the note `data`, or says why not.

        `old_size` is the size of the last checkpoint that the witness cosigned, as the log knows it, and `proof` leads
        from it to the new one. The new checkpoint is on the disk before this returns.
        """
        try:
            text, _ = note.split(data)
            log = self._logs.get(checkpoint.parse(text).origin)
        except SousveilError as error:
            return Refused(status=400, reason=error.message)
        if log is None:
            return Refused(status=404, reason="This log is not known here.")
        try:
            new = checkpoint.open_checkpoint(data, log)
        except SousveilError as error:
            return Refused(status=403, reason=error.message)
        if old_size > new.size:
            return Refused(status=400, reason="The old size is larger than the checkpoint's.")
        with self._alone():
            known = self.latest(log.name)
            refused = _grown(known, old_size, proof, new)
            if refused is not None:
                return replace(refused, proof=self._signed(log)) if refused.status == 422 else refused
            return self._cosign(log, new, data)

    def _cosign(self, log: note.Verifier, new: Checkpoint, data: bytes) -> note.NoteSignature:
        path = self._path(log.name)
        before = 0
        if path.exists():
            before = note.split(path.read_bytes())[1][0].timestamp or 0
        signature = self.signer.sign(new.text(), max(int(self._clock()), before))
        _, by_log = note.open_note(data, [log])
        # The own line first; the log's is kept so that it cannot deny later what it signed.
        lines = (signature, *(one for one in by_log if one.key_id != signature.key_id))
        atomic.write(path, new.text() + b"\n" + b"".join(one.line() for one in lines), mode=0o600)
        return signature

    def _signed(self, log: note.Verifier) -> bytes:
        """What was cosigned last, with the log's signature alone; empty where the memory is older than the keeping of it."""
        try:
            text, by_log = note.open_note(self._path(log.name).read_bytes(), [log])
        except (FileNotFoundError, SousveilError):
            return b""
        return text + b"\n" + b"".join(one.line() for one in by_log)

    def _opened(self, origin: str, data: bytes) -> Checkpoint:
        text, _ = note.open_note(data, [self.signer.verifier])
        found = checkpoint.parse(text)
        if found.origin != origin:
            raise Malformed(
                f"The witness's memory of {origin} is of another log.", hint="Never move files of the state folder."
            )
        return found

    def _path(self, origin: str) -> Path:
        return self._state / f"{sha256(origin.encode()).hexdigest()[:32]}.checkpoint"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One question at a time, over threads and processes."""
        with self._thread:
            descriptor = os.open(self._state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)


def _grown(known: Checkpoint | None, old_size: int, proof: Sequence[bytes], new: Checkpoint) -> Refused | None:
    """Why the new checkpoint is not one that grew out of the known one; None where it is."""
    size, root = (known.size, known.root) if known is not None else (0, merkle.EMPTY_ROOT)
    if old_size != size:
        return Refused(status=409, reason=f"The last checkpoint cosigned here is of {size} entries.", size=size)
    if size == new.size and root != new.root:
        return Refused(status=409, reason=f"Another root of {size} entries was cosigned here.", size=size)
    try:
        merkle.verify_consistency(size, new.size, proof, root, new.root)
    except (Malformed, Disagreement) as error:
        return Refused(status=422, reason=error.message)
    return None
