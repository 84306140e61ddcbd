"""Showing a receipt against a log that was verified."""

from __future__ import annotations

from pathlib import Path

from sousveil.errors import Malformed, Missing
from sousveil.kinds import visible
from sousveil.ledger import checkpoint, merkle, note, receipt
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.merkle import TILE_WIDTH
from sousveil.ledger.policy import Policy, Verified
from sousveil.ledger.source import LogSource


def read(given: bytes | Path) -> bytes:
    """The bytes of a receipt. Raises Missing where there is none, Malformed, LimitExceeded for what is none."""
    if isinstance(given, bytes):
        data = given
    else:
        try:
            with given.open("rb") as file:
                data = file.read(receipt.MAX_BYTES + 1)
        except OSError as error:
            raise Missing(f"The receipt {visible(given.name)} cannot be read: {error.strerror}.") from None
    _origin(data)
    return data


def _origin(data: bytes) -> str:
    text, _ = note.split(receipt.parse(data).checkpoint)
    return checkpoint.parse(text).origin


def show(data: bytes, source: LogSource, head: Verified, policy: Policy) -> str:
    """What the receipt shows of the log with this head. Raises Disagreement, BadSignature."""
    origin, size = head.checkpoint.origin, head.checkpoint.size
    if _origin(data) != origin:
        raise Disagreement(f"This receipt is of the log {visible(_origin(data))}, not of this one.")
    found = receipt.parse(data)
    then = policy.look(found.checkpoint).checkpoint
    if then.size > size:
        raise Disagreement(f"The receipt is of {then.size} entries; the log shows {size}: it was shortened.")
    if found.index >= then.size:
        raise Malformed(f"The receipt is of entry {found.index} in a log of {then.size} entries.")
    if merkle.root(source, then.size) != then.root:
        raise Disagreement(f"The receipt's checkpoint of {then.size} entries is of another history than this log.")
    number, at = divmod(found.index, TILE_WIDTH)
    entry = source.bundle(number, min(TILE_WIDTH, size - number * TILE_WIDTH))[at]
    try:
        return str(receipt.verify(data, entry, policy))
    except Disagreement as error:
        raise Disagreement(f"The receipt of entry {found.index}: {error.message}") from None
