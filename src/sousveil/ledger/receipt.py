"""Receipts (C2SP tlog-proof): a file with which anyone shows, offline and for good, that an entry is in the log.

c2sp.org/tlog-proof@v1
index 73894
(hashes of the inclusion proof, one a line, Base64)
(an empty line)
(the checkpoint with its cosignatures)
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from sousveil.errors import LimitExceeded, Malformed
from sousveil.ledger import merkle, note
from sousveil.ledger.merkle import HASH_BYTES
from sousveil.ledger.policy import Cosigned, Policy

HEAD = b"c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
MAX_BYTES = note.MAX_BYTES + (1 << 16)
_MAX_PROOF = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The parts of a receipt; nothing is verified."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    """The signed note."""
    extra: bytes | None = None
    """Not covered by any signature; never trusted."""

    def format(self) -> bytes:
        """The receipt as a file."""
        lines = [HEAD]
        if self.extra is not None:
            lines.append(b"extra " + base64.b64encode(self.extra))
        lines.append(b"index %d" % self.index)
        lines += [base64.b64encode(one) for one in self.proof]
        return b"\n".join(lines) + b"\n\n" + self.checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a receipt that holds shows."""

    origin: str
    index: int
    size: int
    """Entries in the log when the receipt was made."""
    root: bytes
    cosigned: Cosigned

    def __str__(self) -> str:
        return f"Entry {self.index} is in the log {self.origin} of {self.size} entries. {self.cosigned}"


def parse(data: bytes) -> Receipt:
    """The receipt in a file. Raises Malformed, LimitExceeded."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"A receipt has at most {MAX_BYTES:,} bytes.")
    head, gap, checkpoint = data.partition(b"\n\n")
    lines = head.split(b"\n")
    if not gap or lines.pop(0) != HEAD:
        raise Malformed("This is not a receipt.", hint="It begins with c2sp.org/tlog-proof@v1.")
    extra = None
    if lines and lines[0].startswith(b"extra "):
        extra = note.decode_base64(lines.pop(0)[6:], "extra data")
    if not lines or not lines[0].startswith(b"index "):
        raise Malformed("This receipt names no index.")
    index = note.decimal(lines.pop(0)[6:], "index of this receipt")
    if len(lines) > _MAX_PROOF:
        raise LimitExceeded(f"A receipt has at most {_MAX_PROOF} hashes.")
    proof = tuple(note.decode_base64(line, "hash of the receipt") for line in lines)
    if any(len(one) != HASH_BYTES for one in proof):
        raise Malformed(f"A hash of this receipt does not have {HASH_BYTES} bytes.")
    note.split(checkpoint)
    return Receipt(index=index, proof=proof, checkpoint=checkpoint, extra=extra)


def make(index: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The file for an entry of the log that this checkpoint (a signed note) is of."""
    return Receipt(index=index, proof=tuple(proof), checkpoint=checkpoint).format()


def verify(data: bytes, entry: bytes, policy: Policy) -> Shown:
    """What the receipt shows of this entry under the policy. Raises Malformed, BadSignature, Disagreement."""
    found = parse(data)
    verified = policy.check(found.checkpoint)
    head = verified.checkpoint
    merkle.verify_inclusion(merkle.leaf_hash(entry), found.index, head.size, found.proof, head.root)
    return Shown(origin=head.origin, index=found.index, size=head.size, root=head.root, cosigned=verified.cosigned)
