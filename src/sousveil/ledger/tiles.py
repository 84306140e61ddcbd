"""Tiles and entry bundles (C2SP tlog-tiles): the log as static files that any server or mirror can hold.

A full tile holds 256 hashes (8,192 bytes); tiles of level 0 hold leaf hashes, a hash of level n + 1 is the root over a
full tile of level n. A bundle holds the entries behind one tile of level 0, each after its length (two bytes,
big-endian), so that an entry has at most 65,535 bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from sousveil.errors import LimitExceeded, Malformed, Missing, Usage
from sousveil.ledger.atomic import remove_folder, write_all
from sousveil.ledger.merkle import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, HashReader, leaf_hash, perfect_root

MAX_ENTRY = 65_535
MAX_BUNDLE = TILE_WIDTH * (2 + MAX_ENTRY)
CHECKPOINT = "checkpoint"
ENTRIES = "entries"
Tile = tuple[int, int, int, bytes]
"""Level, index, width, hashes."""

_PATH = re.compile(r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Where a tile lies: `tile/0/x001/x234/067.p/12`. Raises Usage."""
    if not 0 <= level <= 63:
        raise Usage(f"There is no tile level {level}.")
    return _path(str(level), index, width)


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """Where a bundle of entries lies: `tile/entries/x001/x234/067.p/12`. Raises Usage."""
    return _path(ENTRIES, index, width)


def parse_path(path: str) -> tuple[int | None, int, int]:
    """Level (None: entries), index and width of a path that the two functions above give. Raises Malformed."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise Malformed("This is not the path of a tile.")
    level, high, low, width = match.groups()
    found = (None if level == ENTRIES else int(level), int(high.replace("x", "").replace("/", "") + low))
    size = int(width) if width else TILE_WIDTH
    if size > TILE_WIDTH or path != _path(level, found[1], size):
        raise Malformed("This is not the path of a tile.")
    return (*found, size)


def tile_width(level: int, index: int, size: int) -> int:
    """Hashes in this tile for a log of `size` entries: 0 to 256."""
    return max(0, min(TILE_WIDTH, (size >> level * TILE_HEIGHT) - index * TILE_WIDTH))


def new_tiles(old_size: int, new_leaf_hashes: Sequence[bytes] | bytes, edge: HashReader) -> Iterator[Tile]:
    """The tiles that are new or wider once these leaf hashes follow the first `old_size`, lowest level first.

    `edge` gives the partial tiles at the end of the old tree. Of each level the full tiles come first, then the partial
    one, if there is one and it has grown.
    """
    row = new_leaf_hashes if isinstance(new_leaf_hashes, bytes) else b"".join(new_leaf_hashes)
    if len(row) % HASH_BYTES:
        raise Malformed(f"{len(row)} bytes are not a row of hashes.")
    level, start = 0, old_size
    while row:
        index, held = divmod(start, TILE_WIDTH)
        if held:
            before = edge.tile(level, index, held)
            if len(before) != held * HASH_BYTES:
                raise Malformed(f"Tile {index} of level {level} is not as wide as the log is long.")
            row = before + row
        above = []
        for at in range(0, len(row), TILE_WIDTH * HASH_BYTES):
            data = row[at : at + TILE_WIDTH * HASH_BYTES]
            yield level, index, len(data) // HASH_BYTES, data
            if len(data) == TILE_WIDTH * HASH_BYTES:
                above.append(perfect_root(data))
            index += 1
        level, start, row = level + 1, start >> TILE_HEIGHT, b"".join(above)


def bundle(entries: Sequence[bytes]) -> bytes:
    """At most 256 entries as one bundle. Raises LimitExceeded for an entry that is too long, Usage for too many."""
    if len(entries) > TILE_WIDTH:
        raise Usage(f"A bundle holds at most {TILE_WIDTH} entries, not {len(entries)}.")
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise LimitExceeded(
                f"An entry has at most {MAX_ENTRY:,} bytes; this one has {len(entry):,}.",
                hint="Split it, or log the hash of what is long and keep it beside the log.",
            )
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises Malformed, also for more than 256."""
    found: list[bytes] = []
    at, end = 0, len(data)
    while at < end:
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > end or at > end:
            raise Malformed(f"Entry {len(found)} of this bundle is cut short.")
        found.append(data[start:at])
        if len(found) > TILE_WIDTH:
            raise Malformed(f"This bundle holds more than {TILE_WIDTH} entries.")
    return found


def new_bundles(old_size: int, entries: Sequence[bytes], partial: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The bundles that are new or wider once these entries follow the first `old_size`: index, width, bytes.

    `partial` is the last bundle of the old log where that is not full, else empty. Raises Malformed where it does not fit.
    """
    index, held = divmod(old_size, TILE_WIDTH)
    before = unbundle(partial) if held else []
    if len(before) != held:
        raise Malformed(f"The last bundle holds {len(before)} entries instead of {held}.")
    at = -held
    while at < len(entries):
        part = [*before, *entries[: at + TILE_WIDTH]] if at < 0 else entries[at : at + TILE_WIDTH]
        yield index, len(part), bundle(part)
        index, at = index + 1, at + TILE_WIDTH


def _path(level: str, index: int, width: int) -> str:
    if index < 0 or not 1 <= width <= TILE_WIDTH:
        raise Usage(f"There is no tile {index} of width {width}.")
    digits = f"{index % 1000:03d}"
    while index := index // 1000:
        digits = f"x{index % 1000:03d}/{digits}"
    return f"tile/{level}/{digits}" + (f".p/{width}" if width < TILE_WIDTH else "")


class TileFiles:
    """A log as files below one folder: `checkpoint`, `tile/...`, and whatever else lies beside it.

    Each file is replaced whole or not at all. The order that keeps every published checkpoint readable, also after a
    crash: `append` (bundles and tiles), then `write_checkpoint`, then `prune`.
    """

    def __init__(self, root: Path, *, mode: int = 0o644) -> None:
        """`mode`: the permissions of files that are written; see `atomic.write_all`."""
        self.root = root
        self._mode = mode

    def file(self, path: str, limit: int = MAX_BUNDLE) -> bytes:
        """The bytes of a file below the folder. Raises Missing, LimitExceeded."""
        try:
            with (self.root / path).open("rb") as file:
                data = file.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise Missing(f"The log has no file {path}.") from None
        if len(data) > limit:
            raise LimitExceeded(f"The log's file {path} has more than {limit:,} bytes.")
        return data

    def checkpoint(self) -> bytes:
        """The newest checkpoint, a signed note. Raises Missing."""
        return self.file(CHECKPOINT, 1 << 20)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The first `width` hashes of a tile. Raises Missing, Malformed."""
        data = self._read(tile_path(level, index, width), tile_path(level, index))
        if len(data) % HASH_BYTES or not width * HASH_BYTES <= len(data) <= TILE_WIDTH * HASH_BYTES:
            raise Malformed(f"{tile_path(level, index, width)} of the log has {len(data)} bytes.")
        return data[: width * HASH_BYTES]

    def bundle(self, index: int, width: int) -> list[bytes]:
        """The first `width` entries of a bundle. Raises Missing, Malformed."""
        found = unbundle(self._read(entries_path(index, width), entries_path(index)))
        if len(found) < width:
            raise Malformed(f"{entries_path(index, width)} of the log holds {len(found)} entries.")
        return found[:width]

    def entry(self, index: int, size: int) -> bytes:
        """One entry of a log of that size. Raises Usage, Missing, Malformed."""
        if not 0 <= index < size:
            raise Usage(f"There is no entry {index} in a log of {size} entries.", hint="Entries are counted from 0.")
        number, at = divmod(index, TILE_WIDTH)
        return self.bundle(number, tile_width(0, number, size))[at]

    def append(self, old_size: int, entries: Sequence[bytes], *, durable: bool = True) -> None:
        """Writes the bundles and tiles of these entries behind the first `old_size`; not the checkpoint.

        `durable`: the bytes are on the disk on return; without it they are written, but a loss of power may undo that.
        """
        index, held = divmod(old_size, TILE_WIDTH)
        partial = bundle(self.bundle(index, held)) if held else b""
        files = {entries_path(at, width): data for at, width, data in new_bundles(old_size, entries, partial)}
        leaves = b"".join([leaf_hash(entry) for entry in entries])
        files |= {tile_path(level, at, width): data for level, at, width, data in new_tiles(old_size, leaves, self)}
        write_all(self.root, files, durable=durable, mode=self._mode)

    def write_checkpoint(self, data: bytes) -> None:
        """Replaces the checkpoint, on the disk on return."""
        write_all(self.root, {CHECKPOINT: data}, mode=self._mode)

    def prune(self, old_size: int, new_size: int) -> None:
        """Removes the partial forms of tiles and bundles that became full between two published sizes."""
        level = 0
        while old_size < new_size:
            for index in range(old_size // TILE_WIDTH, new_size // TILE_WIDTH):
                remove_folder(self.root / (tile_path(level, index) + ".p"))
                if level == 0:
                    remove_folder(self.root / (entries_path(index) + ".p"))
            level, old_size, new_size = level + 1, old_size >> TILE_HEIGHT, new_size >> TILE_HEIGHT

    def _read(self, path: str, full: str) -> bytes:
        try:
            return self.file(path)
        except Missing:
            if path == full:
                raise
            return self.file(full)  # the partial form was removed when the tile became full
