"""Bytes in memory in place of a file of an archive."""

from __future__ import annotations


class Bytes:
    """Bytes as a `Readable`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = self.there = len(data)

    def read(self, amount: int, offset: int) -> bytes:
        return self.data[offset : offset + amount]

    read_apart = read

    def expect(self, size: int, fault: str) -> None: ...

    def close(self) -> None: ...
