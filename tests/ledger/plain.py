"""The tree of RFC 6962, section 2.1, written down as the text defines it: slow, plain, independent of the product."""

from __future__ import annotations

from hashlib import sha256


def naive_root(rows: list[bytes]) -> bytes:
    """MTH over leaf hashes."""
    if not rows:
        return sha256(b"").digest()
    if len(rows) == 1:
        return rows[0]
    k = below(len(rows))
    return sha256(b"\1" + naive_root(rows[:k]) + naive_root(rows[k:])).digest()


def naive_inclusion(m: int, rows: list[bytes]) -> list[bytes]:
    """PATH(m, D[n])."""
    if len(rows) == 1:
        return []
    k = below(len(rows))
    if m < k:
        return [*naive_inclusion(m, rows[:k]), naive_root(rows[k:])]
    return [*naive_inclusion(m - k, rows[k:]), naive_root(rows[:k])]


def naive_consistency(m: int, rows: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF(m, D[n], whole)."""
    if m == len(rows):
        return [] if whole else [naive_root(rows)]
    k = below(len(rows))
    if m <= k:
        return [*naive_consistency(m, rows[:k], whole), naive_root(rows[k:])]
    return [*naive_consistency(m - k, rows[k:], False), naive_root(rows[:k])]


def below(n: int) -> int:
    """The largest power of two below n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


class Memory:
    """Tiles by the definition in tlog-tiles: MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l])."""

    def __init__(self, rows: list[bytes]) -> None:
        self.rows = rows

    def tile(self, level: int, index: int, width: int) -> bytes:
        span = 256**level
        return b"".join(
            naive_root(self.rows[(index * 256 + i) * span : (index * 256 + i + 1) * span]) for i in range(width)
        )
