"""Checkpoints (C2SP tlog-checkpoint): a log's name, its size and its root, as a signed note."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sousveil.errors import Malformed
from sousveil.ledger import note
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A tree head. Making one raises Malformed for values that no checkpoint has."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    """Further lines; ours has none, another log's are kept because signatures cover them."""

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != HASH_BYTES:
            raise Malformed("A checkpoint needs a size and a root of 32 bytes.")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise Malformed("The root of no entries is not that of the empty tree.")
        for line in (self.origin, *self.extensions):
            if not line or any(ord(c) < 0x20 for c in line):
                raise Malformed("A line of a checkpoint is empty or holds control characters.")

    def text(self) -> bytes:
        """The text of the note."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(line + "\n" for line in lines).encode()


def parse(text: bytes) -> Checkpoint:
    """The checkpoint in the text of a note. Raises Malformed."""
    try:
        lines = text.decode().split("\n")
    except UnicodeDecodeError:
        raise Malformed("This checkpoint is not UTF-8.") from None
    if len(lines) < 4 or lines[-1]:
        raise Malformed("This checkpoint does not have three lines.")
    size = note.decimal(lines[1].encode(), "size of this checkpoint")
    root = note.decode_base64(lines[2].encode(), "root of this checkpoint")
    return Checkpoint(origin=lines[0], size=size, root=root, extensions=tuple(lines[3:-1]))


def sign(checkpoint: Checkpoint, signers: Sequence[note.Signer]) -> bytes:
    """The checkpoint as a note signed by the log."""
    return note.sign(checkpoint.text(), signers)


def open_checkpoint(data: bytes, log: note.Verifier) -> Checkpoint:
    """The checkpoint in a note that this log signed. Raises Malformed, BadSignature.

    The key's name must be the checkpoint's origin, so that one log's key cannot speak for another.
    """
    text, _ = note.open_note(data, [log])
    found = parse(text)
    if found.origin != log.name:
        raise BadSignature(f"The checkpoint is of {found.origin!r}, not of {log.name!r}.")
    return found


def add_signatures(data: bytes, signatures: Iterable[note.NoteSignature]) -> bytes:
    """The note with further signature lines; a line of a name and key that is there already replaces it."""
    text, have = note.split(data)
    merged = {(one.name, one.key_id): one for one in have}
    for one in signatures:
        merged[one.name, one.key_id] = one
    return text + b"\n" + b"".join(one.line() for one in merged.values())
