"""Checking a whole tree in one pass: every tile of every level, and the root, must follow from the entries."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.merkle import HASH_BYTES, TILE_WIDTH, Range, leaf_hash, perfect_root
from sousveil.ledger.source import LogSource, bundles

_FULL = TILE_WIDTH * HASH_BYTES


class TreeAudit:
    """Takes the leaf hashes bundle by bundle, compares each tile with what the source shows, and knows the root."""

    def __init__(self, source: LogSource) -> None:
        self._source = source
        self._rows: list[bytearray] = []
        """The unfinished tile of each level."""
        self._done: list[int] = []
        """Finished tiles of each level."""
        self._range = Range()

    @property
    def size(self) -> int:
        """Leaves so far."""
        return self._range.size

    def add(self, leaves: bytes) -> None:
        """The leaf hashes of the next bundle: 256, or fewer for the last. Raises Disagreement, Missing, Malformed."""
        self._range.extend(leaves)
        self._take(0, leaves)

    def root(self) -> bytes:
        """The root over all leaves; compares the unfinished tiles first."""
        for level, row in enumerate(self._rows):
            if row:
                self._compare(level, self._done[level], bytes(row))
        return self._range.root()

    def _take(self, level: int, hashes: bytes) -> None:
        if level == len(self._rows):
            self._rows.append(bytearray())
            self._done.append(0)
        row = self._rows[level]
        row += hashes
        while len(row) >= _FULL:
            tile = bytes(row[:_FULL])
            del row[:_FULL]
            self._compare(level, self._done[level], tile)
            self._done[level] += 1
            self._take(level + 1, perfect_root(tile))

    def _compare(self, level: int, index: int, want: bytes) -> None:
        found = self._source.tile(level, index, len(want) // HASH_BYTES)
        if found == want:
            return
        at = next(n for n in range(0, len(want), HASH_BYTES) if found[n : n + HASH_BYTES] != want[n : n + HASH_BYTES])
        number = index * TILE_WIDTH + at // HASH_BYTES
        if level == 0:
            raise Disagreement(f"Entry {number} does not have the hash that its tile shows.")
        raise Disagreement(f"Hash {number} of tile level {level} does not follow from the entries.")


def audit_tree(source: LogSource, size: int, root: bytes) -> Iterator[tuple[int, list[bytes], bytes]]:
    """Reads and checks the whole tree; gives each bundle's first index, entries and leaf hashes on the way.

    Raises Disagreement (the first difference), Missing, Malformed; the root is compared after the last bundle.
    """
    audit = TreeAudit(source)
    for first, entries in bundles(source, size):
        leaves = b"".join(map(leaf_hash, entries))
        audit.add(leaves)
        yield first, entries, leaves
    found = audit.root()
    if found != root:
        raise Disagreement(
            f"The entries give the root {found.hex()}; the checkpoint of {size} entries says {root.hex()}."
        )
