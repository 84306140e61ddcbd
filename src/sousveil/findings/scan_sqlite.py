"""Where in an SQLite file a hit stands: page, and whether the bytes are live, freed, or in the write-ahead log.

Only pages with hits are looked at. The file's own structure is hostile: every step is bounded, and what does not fit
is `live`, the word that claims least. Layout: https://www.sqlite.org/fileformat2.html.
"""

from __future__ import annotations

from collections.abc import Collection

from sousveil.acquisition.model import Readable
from sousveil.errors import SousveilError
from sousveil.records import Space

MAGIC = b"SQLite format 3\0"
WAL_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
MAX_TRUNKS = 100_000
"""Pages of the free list's spine that are walked; 4,096-byte pages hold 1,022 free pages each."""
_BTREE = frozenset((0x02, 0x05, 0x0A, 0x0D))
_MAX_FREEBLOCKS = 32_768
_BACK = 600
_MAX_HEADER = 127


def is_database(head: bytes) -> bool:
    """Whether a file that begins so is a database."""
    return head.startswith(MAGIC) and _page_size(head) is not None


def is_wal(head: bytes) -> bool:
    """Whether a file that begins so is a write-ahead log."""
    return len(head) >= 32 and head.startswith(WAL_MAGIC) and _power(int.from_bytes(head[8:12], "big"))


def _power(size: int) -> bool:
    return 512 <= size <= 65_536 and size & (size - 1) == 0


def _page_size(head: bytes) -> int | None:
    if len(head) < 100:
        return None
    size = int.from_bytes(head[16:18], "big")
    size = 65_536 if size == 1 else size
    return size if _power(size) else None


def places(readable: Readable, head: bytes, offsets: Collection[int]) -> dict[int, tuple[int | None, Space]]:
    """Offset -> (page, space) for offsets in a database or a log that begins with `head`."""
    if is_wal(head):
        return _wal_places(readable, head, offsets)
    size = _page_size(head)
    assert size is not None
    pages = {offset // size + 1 for offset in offsets}
    free = _free_pages(readable, head, size, pages)
    out: dict[int, tuple[int | None, Space]] = {}
    gaps: dict[int, list[tuple[int, int]]] = {}
    for offset in sorted(offsets):
        page = offset // size + 1
        if page in free:
            out[offset] = (page, "freed")
            continue
        if page not in gaps:
            gaps = {page: _gaps(_page(readable, page, size), 100 if page == 1 else 0)}
        at = offset - (page - 1) * size
        out[offset] = (page, "freed" if any(low <= at < high for low, high in gaps[page]) else "live")
    return out


def _page(readable: Readable, page: int, size: int) -> bytes:
    try:
        return readable.read(size, (page - 1) * size)
    except SousveilError:
        return b""


def _wal_places(readable: Readable, head: bytes, offsets: Collection[int]) -> dict[int, tuple[int | None, Space]]:
    frame = int.from_bytes(head[8:12], "big") + 24
    out: dict[int, tuple[int | None, Space]] = {}
    for offset in offsets:
        page = None
        if offset >= 32:
            try:
                start = readable.read(4, 32 + (offset - 32) // frame * frame)
            except SousveilError:
                start = b""
            page = int.from_bytes(start, "big") or None if len(start) == 4 else None
        out[offset] = (page, "wal")
    return out


def _free_pages(readable: Readable, head: bytes, size: int, wanted: Collection[int]) -> set[int]:
    """Which of the wanted pages the free list names."""
    free: set[int] = set()
    seen: set[int] = set()
    trunk = int.from_bytes(head[32:36], "big")
    total = readable.size // size + 1
    while 0 < trunk <= total and trunk not in seen and len(seen) < min(MAX_TRUNKS, total):
        seen.add(trunk)
        if trunk in wanted:
            free.add(trunk)
        page = _page(readable, trunk, size)
        if len(page) < 8:
            break
        count = min(int.from_bytes(page[4:8], "big"), size // 4 - 2)
        leaves = memoryview(page[8 : 8 + 4 * count]).cast("B")
        free.update(
            number
            for at in range(0, len(leaves) - 3, 4)
            if (number := int.from_bytes(leaves[at : at + 4], "big")) in wanted
        )
        trunk = int.from_bytes(page[:4], "big")
    return free


def _gaps(page: bytes, start: int) -> list[tuple[int, int]]:
    """The parts of a b-tree page that no cell uses: the gap behind the cell pointers, and the free blocks."""
    if len(page) < start + 12 or page[start] not in _BTREE:
        return []
    two = [int.from_bytes(page[start + at : start + at + 2], "big") for at in (1, 3, 5)]
    block, cells, content = two
    content = content or 65_536
    pointers = start + (12 if page[start] in (0x02, 0x05) else 8) + 2 * cells
    out = [(pointers, min(content, len(page)))] if pointers < content else []
    last = 0
    for _ in range(_MAX_FREEBLOCKS):
        # the chain goes upwards; anything else is damage
        if block <= last or block + 4 > len(page):
            break
        length = int.from_bytes(page[block + 2 : block + 4], "big")
        out.append((block, min(block + length, len(page))))
        last, block = block, int.from_bytes(page[block : block + 2], "big")
    return out


# Texts in records


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """(value, next place) of a varint of up to four bytes; value -1 where there is none."""
    value = 0
    for step in range(4):
        if at + step >= len(data):
            return -1, at
        byte = data[at + step]
        value = value << 7 | byte & 127
        if byte < 128:
            return value, at + step + 1
    return -1, at


_FIXED = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}


def _columns(data: bytes, at: int) -> list[tuple[int, int, bool]] | None:
    """(start, end, text) of the columns of a record whose header stands at `at`; None where no header does."""
    size = data[at]
    if not 2 <= size <= _MAX_HEADER or at + size > len(data):
        return None
    types: list[int] = []
    here, stop = at + 1, at + size
    while here < stop:
        value, here = _varint(data, here)
        if value < 0 or value in (10, 11):
            return None
        types.append(value)
    if here != stop:
        return None
    out: list[tuple[int, int, bool]] = []
    for value in types:
        length = _FIXED.get(value)
        length = (value - 12) // 2 if length is None else length
        out.append((here, here + length, value >= 13 and value % 2 == 1))
        here += length
    return out


def record_text(data: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Where the text column begins and ends that holds these bytes, by the record's own header; None where no sound
    header is near.

    In a record texts stand side by side with nothing between them. The header of a whole cell, which agrees with the
    length stated before it, decides. Freed cells have lost their first four bytes, which seldom reach the header's
    column types: then the nearest header counts, if it is short and every text before the one in question is text.
    """
    guess: tuple[int, int] | None = None
    for at in range(start - 2, max(-1, start - _BACK), -1):
        columns = _columns(data, at)
        if columns is None or len(columns) < 2:
            continue
        whole = _whole(data, at, columns[-1][1] - at)
        if whole and columns[0][0] <= start < columns[-1][1]:
            return _holding(data, columns, start, end)
        if guess is None and data[at] <= 0x1F:  # real headers of short rows; letters make no headers
            guess = _holding(data, columns, start, end)
    return guess


def _whole(data: bytes, at: int, length: int) -> bool:
    """Whether before a record of this length stands the length, then perhaps a row number, as in a cell of a table or
    an index."""
    for size in range(6):
        begin = at - size
        if begin < 1:
            return False
        if size and (data[at - 1] > 127 or any(byte < 128 for byte in data[begin : at - 1])):
            continue
        for stated in (1, 2, 3):
            if begin >= stated and _varint(data, begin - stated) == (length, begin):
                return True
    return False


def _holding(data: bytes, columns: list[tuple[int, int, bool]], start: int, end: int) -> tuple[int, int] | None:
    """The text column that holds these bytes; None where there is none, or one before it is no text."""
    for first, last, is_text in columns:
        if not is_text:
            continue
        if last > first and not _readable(data[first : min(last, len(data))]):
            return None
        if first <= start and end <= last:
            return first, last
        if first > start:
            return None
    return None


def _readable(piece: bytes) -> bool:
    """Whether bytes look like text: no control characters but white space."""
    return not piece.translate(None, _TEXT) if piece else True


_TEXT = bytes([9, 10, 13, *range(32, 127), *range(128, 256)])
