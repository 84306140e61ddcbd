"""Thousands of texts or blobs out of one buffer, one behind the other, without a value of Python for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

# The checker's descriptions of numpy's numbers differ between its versions; what the arrays hold is said in words.
Ints: TypeAlias = "npt.NDArray[Any]"
"""Whole numbers of 64 bits."""
Octets: TypeAlias = "npt.NDArray[Any]"
"""Bytes."""

_TIMES = 4
"""How many copies of one length may cover the longest piece of a group."""
LONG = 4096
"""Bytes from which on a piece is copied by itself."""


def gathered(buffer: Octets, at: Ints, sizes: Ints, mark: bytes = b"") -> bytes:
    """The pieces that begin at `at`, `mark` (one byte, or none) between them.

    Pieces of about one length are copied together, by copies of one fixed length: the first begins where the piece begins,
    the last ends where it ends, and they overlap. So no byte beside a piece is read or written, whatever the order is.
    """
    gap, count = len(mark), len(sizes)
    if not count:
        return b""
    ends = np.cumsum(sizes + gap)
    out = np.empty(int(ends[-1]), np.uint8)
    if gap:
        out[ends - 1] = mark[0]
    to = ends - sizes - gap
    low, high = int(sizes.min()), int(sizes.max())
    if 0 < low <= LONG and high <= low * _TIMES:
        _copy(buffer, out, at, to, sizes, low, -(-high // low))
        high = 0
    low = max(low, 1)
    while low <= high:
        above = np.flatnonzero(sizes >= low)
        low = int(sizes[above].min())
        if low > LONG:
            target, source = memoryview(out), memoryview(buffer)
            for row in above.tolist():
                a, b, size = int(at[row]), int(to[row]), int(sizes[row])
                target[b : b + size] = source[a : a + size]
            break
        inside = above[sizes[above] <= low * _TIMES]
        own = sizes[inside]
        _copy(buffer, out, at[inside], to[inside], own, low, -(-int(own.max()) // low))
        low = low * _TIMES + 1
    return out[: len(out) - gap].tobytes()


def _copy(buffer: Octets, out: Octets, at: Ints, to: Ints, sizes: Ints, length: int, times: int) -> None:
    """Copy pieces of `length` to `length * times` bytes."""
    source: Any = np.ndarray((len(buffer) - length + 1,), f"V{length}", buffer, 0, (1,))
    target: Any = np.ndarray((len(out) - length + 1,), f"V{length}", out, 0, (1,))
    target[to] = source[at]
    last = sizes - length
    for number in range(1, times):
        shift = last if number == times - 1 else np.minimum(last, number * length)
        target[to + shift] = source[at + shift]


def once(values: Ints) -> Ints:
    """The values in order, each once; by sorting, which for some thousand is several times as fast as `np.unique`."""
    ordered = np.sort(values)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) else ordered


def eight(buffer: Octets, at: Ints, dtype: str) -> Any:
    """Eight bytes at each place, as numbers."""
    # Taken as bytes: numbers that are not aligned are taken one by one in a slower way.
    return np.ndarray((len(buffer) - 7,), "V8", buffer, 0, (1,))[at].view(dtype)


def equal(buffer: Octets, at: Ints, value: bytes) -> Any:
    """Where the bytes at a place are these, eight of them at once."""
    size = len(value)
    found = np.ones(len(at), dtype=bool)
    if 0 < size < 8:
        mask = (1 << 8 * size) - 1
        found = eight(buffer, at, "<u8") & np.uint64(mask) == np.uint64(int.from_bytes(value, "little"))
    for place in range(0, size, 8) if size >= 8 else ():
        place = min(place, size - 8)
        word = np.uint64(int.from_bytes(value[place : place + 8], "little"))
        found &= eight(buffer, at + place, "<u8") == word
    return found
