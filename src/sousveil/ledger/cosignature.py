"""Cosignatures of witnesses (C2SP tlog-cosignature v1, type 0x04): a time, and Ed25519 over time and checkpoint.

A cosignature says: as of that second this is the largest consistent tree of this log that the witness has seen.
"""

from __future__ import annotations

from sousveil.errors import Malformed
from sousveil.ledger.keys import SIGNATURE_BYTES, PrivateKey, PublicKey

TYPE = 0x04
BYTES = 8 + SIGNATURE_BYTES


def message(at: int, text: bytes) -> bytes:
    """The bytes that are signed: a header line, a line with the time, and the text of the checkpoint's note."""
    if not 0 <= at < 1 << 63:
        raise Malformed("The time of a cosignature is out of range.")
    return b"cosignature/v1\ntime %d\n" % at + text


def make(key: PrivateKey, text: bytes, at: int) -> bytes:
    """The cosignature over the note text at that time (seconds since 1970): 72 bytes."""
    return at.to_bytes(8, "big") + key.sign(message(at, text))


def timestamp(signature: bytes) -> int | None:
    """Seconds since 1970; None for bytes that are no cosignature."""
    at = int.from_bytes(signature[:8], "big")
    return at if len(signature) == BYTES and not at >> 63 else None


def holds(key: PublicKey, text: bytes, signature: bytes) -> bool:
    """Whether this is the key's cosignature over the note text."""
    at = timestamp(signature)
    return at is not None and key.holds(signature[8:], message(at, text))
