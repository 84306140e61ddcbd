"""Fuzzing bundles of entries, paths of tiles, and trees made of any bytes."""

from __future__ import annotations

import contextlib

from sousveil.errors import SousveilError
from sousveil.ledger import merkle, tiles


class Any:
    """Tiles cut out of any bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def tile(self, level: int, index: int, width: int) -> bytes:
        """Perhaps of the right length."""
        return self.data[: width * 32]


def seeds() -> list[bytes]:
    """Bundles, paths, a row of hashes."""
    return [
        tiles.bundle([b"", b"one", b"x" * 300]),
        tiles.bundle([b"entry %d" % n for n in range(256)]),
        b"tile/0/x001/x234/067.p/12",
        b"tile/entries/000",
        bytes(range(256)) * 4,
    ]


def fuzz_one(data: bytes) -> None:
    """May raise SousveilError only; what is read is written again as it was."""
    with contextlib.suppress(SousveilError):
        assert tiles.bundle(tiles.unbundle(data)) == data
    with contextlib.suppress(SousveilError):
        path = data.decode("latin-1")
        level, index, width = tiles.parse_path(path)
        again = tiles.entries_path(index, width) if level is None else tiles.tile_path(level, index, width)
        assert again == path
    size = len(data) // 32
    with contextlib.suppress(SousveilError):
        merkle.inclusion_proof(Any(data), 0, size)
        merkle.consistency_proof(Any(data), size // 2, size)
    hashes = [data[at : at + 32] for at in range(0, len(data), 32)][:70]
    root = hashes[0] if hashes else b""
    for sizes in ((0, 1), (1, 2), (3, 7), (size, size + 1), (7, 3)):
        with contextlib.suppress(SousveilError):
            merkle.verify_inclusion(root, sizes[0], sizes[1], hashes[1:], root)
        with contextlib.suppress(SousveilError):
            merkle.verify_consistency(*sizes, hashes[1:], root, root)
    with contextlib.suppress(SousveilError):
        for _ in tiles.new_tiles(size % 5, data, Any(data)):
            pass
    with contextlib.suppress(SousveilError):
        for _ in tiles.new_bundles(size % 5, hashes, data):
            pass
