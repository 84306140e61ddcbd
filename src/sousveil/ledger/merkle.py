"""The Merkle tree of RFC 6962: roots, inclusion proofs and consistency proofs.

A leaf is SHA-256(00 || data), a node SHA-256(01 || left || right); the tree over n > 1 leaves splits at the largest
power of two below n. Every hash is 32 bytes; another length is refused as Malformed before anything is computed.

Proofs are made out of tiles (`HashReader`) and checked without them. The checks follow RFC 9162, sections 2.1.3.2 and
2.1.4.2. Size 0: the root of the empty tree is SHA-256 of nothing. Nothing is included in it. Every tree grows out of it,
so a consistency proof from size 0 is empty and its first root must be the empty one.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

from sousveil.errors import Malformed, Usage
from sousveil.ledger.disagreement import Disagreement

HASH_BYTES = 32
TILE_HEIGHT = 8
"""Levels of the binary tree that one tile spans."""
TILE_WIDTH = 1 << TILE_HEIGHT
"""Hashes in a full tile."""
MAX_SIZE = (1 << 63) - 1
EMPTY_ROOT: bytes = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(00 || data)."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 || left || right)."""
    return sha256(b"\1" + left + right).digest()


def pairs(hashes: bytes) -> bytes:
    """The next level of a row of concatenated hashes; an odd last one is left out."""
    return b"".join([sha256(b"\1" + hashes[at : at + 64]).digest() for at in range(0, len(hashes) - 63, 64)])


def perfect_root(hashes: bytes) -> bytes:
    """The root over 2^k concatenated hashes."""
    while len(hashes) > HASH_BYTES:
        hashes = pairs(hashes)
    return hashes


class Range:
    """A compact range: the roots of the perfect subtrees that make up the first `size` leaves.

    Takes leaves in order and gives the root of what it has seen, in memory of at most 63 hashes.
    """

    __slots__ = ("_roots", "size")

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []
        """Largest subtree first; one for each 1 in the binary form of the size."""

    def append(self, leaf: bytes) -> None:
        """Adds one leaf hash."""
        size, roots = self.size, self._roots
        while size & 1:
            leaf = sha256(b"\1" + roots.pop() + leaf).digest()
            size >>= 1
        roots.append(leaf)
        self.size += 1

    def extend(self, hashes: bytes) -> None:
        """Adds concatenated leaf hashes; rows of 256 at a multiple of 256 are hashed level by level, which is faster."""
        _whole(hashes)
        at = 0
        while at < len(hashes):
            row = hashes[at : at + TILE_WIDTH * HASH_BYTES]
            if self.size % TILE_WIDTH or len(row) < TILE_WIDTH * HASH_BYTES:
                self.append(hashes[at : at + HASH_BYTES])
                at += HASH_BYTES
                continue
            self.append_perfect(perfect_root(row), TILE_HEIGHT)
            at += len(row)

    def append_perfect(self, node: bytes, height: int) -> None:
        """Adds a perfect subtree of 2^height leaves; the size must be a multiple of that. Raises Usage."""
        if self.size & ((1 << height) - 1):
            raise Usage(f"A subtree of height {height} cannot stand at leaf {self.size}.")
        size = self.size >> height
        while size & 1:
            node = sha256(b"\1" + self._roots.pop() + node).digest()
            size >>= 1
        self._roots.append(node)
        self.size += 1 << height

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return _fold(self._roots) if self._roots else EMPTY_ROOT

    @property
    def roots(self) -> tuple[bytes, ...]:
        """The roots of the perfect subtrees, largest first: all that must be kept to go on later."""
        return tuple(self._roots)

    @classmethod
    def restore(cls, size: int, roots: Sequence[bytes]) -> Range:
        """The range that had this size and these roots. Raises Malformed."""
        _sizes(size)
        _hashes(*roots)
        if len(roots) != size.bit_count():
            raise Malformed(f"{len(roots)} roots do not make up {size} leaves.")
        found = cls()
        found.size, found._roots = size, list(roots)
        return found

    def copy(self) -> Range:
        """A second range that goes on by itself."""
        other = Range()
        other.size, other._roots = self.size, list(self._roots)
        return other


class HashReader(Protocol):
    """Where tiles are read."""

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes (1 to 256) of a tile, `width * 32` bytes. Level 0 holds leaf hashes."""
        ...


class _Nodes:
    """Perfect subtrees of one tree, each tile read once."""

    __slots__ = ("_reader", "_size", "_tiles")

    def __init__(self, reader: HashReader, size: int) -> None:
        self._reader, self._size = reader, size
        self._tiles: dict[tuple[int, int], bytes] = {}

    def perfect(self, height: int, index: int) -> bytes:
        """The root of the index-th subtree of 2^height leaves."""
        level, within = divmod(height, TILE_HEIGHT)
        at = index << within
        row, start = self._tile(level, at >> TILE_HEIGHT), (at % TILE_WIDTH) * HASH_BYTES
        return perfect_root(row[start : start + (HASH_BYTES << within)])

    def span(self, start: int, end: int) -> bytes:
        """The root over the leaves from start to end (excluded), where start is a multiple of the span's power of two."""
        found = []
        while start < end:
            height = (end - start).bit_length() - 1
            found.append(self.perfect(height, start >> height))
            start += 1 << height
        return _fold(found)

    def _tile(self, level: int, index: int) -> bytes:
        key = level, index
        if key not in self._tiles:
            width = min(TILE_WIDTH, (self._size >> level * TILE_HEIGHT) - index * TILE_WIDTH)
            data = self._reader.tile(level, index, width)
            if len(data) != width * HASH_BYTES:
                raise Malformed(f"Tile {index} of level {level} has {len(data)} bytes instead of {width * HASH_BYTES}.")
            self._tiles[key] = data
        return self._tiles[key]


def root(reader: HashReader, size: int) -> bytes:
    """The root of the first `size` leaves."""
    _sizes(size)
    return _Nodes(reader, size).span(0, size) if size else EMPTY_ROOT


def range_of(reader: HashReader, size: int) -> Range:
    """What a tree of `size` leaves goes on from, out of the tiles at its right edge: at most one a level is read."""
    _sizes(size)
    nodes = _Nodes(reader, size)
    roots: list[bytes] = []
    at = 0
    for height in range(size.bit_length() - 1, -1, -1):
        if size >> height & 1:
            roots.append(nodes.perfect(height, at >> height))
            at += 1 << height
    return Range.restore(size, roots)


def inclusion_proof(reader: HashReader, index: int, size: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves, from the leaf's sibling upwards. Raises Usage."""
    _sizes(size)
    if not 0 <= index < size:
        raise Usage(f"There is no entry {index} in a log of {size} entries.", hint="Entries are counted from 0.")
    nodes = _Nodes(reader, size)
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(nodes.span(middle, end))
            end = middle
        else:
            path.append(nodes.span(start, middle))
            start = middle
    return path[::-1]


def consistency_proof(reader: HashReader, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `new` leaves begins with that of `old`. Empty where old is 0 or equal. Raises Usage."""
    _sizes(old, new)
    if old > new:
        raise Usage(f"A log of {new} entries cannot have grown out of one of {old}.")
    if old in (0, new):
        return []
    nodes = _Nodes(reader, new)
    path: list[bytes] = []
    start, end = 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(nodes.span(middle, end))
            end = middle
        else:
            path.append(nodes.span(start, middle))
            start = middle
    if start:  # the old tree is not itself a subtree on the way: its last part is the seed
        path.append(nodes.span(start, end))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Whether the leaf hash stands at `index` of the tree with this root. Raises Malformed, or Disagreement if not."""
    _sizes(index, size)
    _hashes(leaf, root, *proof)
    if index >= size:
        raise Malformed(f"An entry {index} cannot be in a log of {size} entries.")
    length = _path_length(index, size)
    if len(proof) != length:
        raise Malformed(f"The proof of entry {index} has {len(proof)} hashes; a log of {size} entries needs {length}.")
    at, last, node = index, size - 1, leaf
    for sibling in proof:
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    if node != root:
        raise Disagreement(f"Entry {index} is not in the log of {size} entries with root {root.hex()}.")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Whether the new tree begins with the old one. Raises Malformed, or Disagreement if not."""
    _sizes(old, new)
    _hashes(old_root, new_root, *proof)
    if old > new:
        raise Disagreement(f"The log has shrunk from {old} to {new} entries.")
    if old in (0, new):
        _trivial(old, new, proof, old_root, new_root)
        return
    if not proof:
        raise Malformed(f"The proof from {old} to {new} entries is empty.")
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for node in path[1:]:
        if last == 0:
            raise Malformed(f"The proof from {old} to {new} entries is too long.")
        if at & 1 or at == last:
            first, second = node_hash(node, first), node_hash(node, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, node)
        at, last = at >> 1, last >> 1
    if last:
        raise Malformed(f"The proof from {old} to {new} entries is too short.")
    if first != old_root:
        raise Disagreement(f"The log of {new} entries does not begin with the {old} entries of root {old_root.hex()}.")
    if second != new_root:
        raise Disagreement(f"The proof from {old} to {new} entries does not lead to root {new_root.hex()}.")


def _trivial(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    if proof:
        raise Malformed(f"A proof from {old} to {new} entries must be empty.")
    if old == 0 and old_root != EMPTY_ROOT:
        raise Disagreement("The root of no entries is not that of the empty tree.")
    if old == new and old_root != new_root:
        raise Disagreement(f"Two roots for {old} entries: {old_root.hex()} and {new_root.hex()}.")


def _path_length(index: int, size: int) -> int:
    inner = (index ^ (size - 1)).bit_length()
    return inner + (index >> inner).bit_count()


def _split(count: int) -> int:
    """The largest power of two below the count."""
    return 1 << (count - 1).bit_length() - 1


def _fold(roots: Sequence[bytes]) -> bytes:
    node = roots[-1]
    for left in reversed(roots[:-1]):
        node = sha256(b"\1" + left + node).digest()
    return node


def _sizes(*sizes: int) -> None:
    for size in sizes:
        if not 0 <= size <= MAX_SIZE:
            raise Malformed(f"{size} is not a number of entries.")


def _hashes(*hashes: bytes) -> None:
    for one in hashes:
        if len(one) != HASH_BYTES:
            raise Malformed(f"A hash of {len(one)} bytes instead of {HASH_BYTES}.")


def _whole(hashes: bytes) -> None:
    if len(hashes) % HASH_BYTES:
        raise Malformed(f"{len(hashes)} bytes are not a row of hashes.")
