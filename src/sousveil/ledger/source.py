"""Where a log is read by somebody who does not trust it: a folder, or a mirror over plain HTTP.

Every answer is bounded in size and time. Nothing is fetched but files below the address that was named, and redirects
are not followed.
"""

from __future__ import annotations

import http.client
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from sousveil.errors import LimitExceeded, Malformed, Missing, Usage
from sousveil.ledger.merkle import HASH_BYTES, TILE_WIDTH
from sousveil.ledger.tiles import (
    CHECKPOINT,
    MAX_BUNDLE,
    TileFiles,
    entries_path,
    tile_path,
    tile_width,
    unbundle,
)

TIMEOUT = 30.0
"""Seconds without an answer after which a mirror counts as not there."""


class Unreachable(Missing):
    """A mirror gives no answer at all: nothing can be said about its log."""


class LogSource(Protocol):
    """A log that can be read."""

    def file(self, path: str, limit: int = MAX_BUNDLE) -> bytes:
        """A file beside the log. Raises Missing, LimitExceeded."""
        ...

    def checkpoint(self) -> bytes:
        """The newest checkpoint, a signed note."""
        ...

    def tile(self, level: int, index: int, width: int) -> bytes:
        """See `TileFiles.tile`."""
        ...

    def bundle(self, index: int, width: int) -> list[bytes]:
        """See `TileFiles.bundle`."""
        ...


class LogUrl:
    """A log on a server that gives static files. One connection is kept open; not for several threads at once."""

    def __init__(self, address: str, *, timeout: float = TIMEOUT) -> None:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise Usage(f"{address!r} is not the address of a log.", hint="It looks like https://example.org/log")
        self.address = address.rstrip("/")
        self._base = parts.path.rstrip("/")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        try:
            self._connection = kind(parts.hostname, parts.port, timeout=timeout)
        except (ValueError, http.client.InvalidURL):
            raise Usage(f"{address!r} is not the address of a log.") from None

    def close(self) -> None:
        """Ends the connection; it is made again where it is needed."""
        self._connection.close()

    def __del__(self) -> None:
        if hasattr(self, "_connection"):
            self._connection.close()

    def file(self, path: str, limit: int = MAX_BUNDLE) -> bytes:
        """A file below the address. Raises Missing (not there), Unreachable, LimitExceeded."""
        for again in (True, False):
            try:
                return self._get(path, limit)
            except (http.client.HTTPException, OSError) as error:
                self._connection.close()
                if not again:  # a kept connection may have been ended by the server: the second attempt is a fresh one
                    said = getattr(error, "strerror", None) or type(error).__name__
                    raise Unreachable(f"{self.address} gives no answer: {said}.", hint="Try another mirror.") from None
        raise AssertionError("one of two attempts returns or raises")

    def checkpoint(self) -> bytes:
        """The newest checkpoint, a signed note. Raises Missing."""
        return self.file(CHECKPOINT, 1 << 20)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """See `TileFiles.tile`."""
        data = self._either(tile_path(level, index, width), tile_path(level, index))
        if len(data) % HASH_BYTES or not width * HASH_BYTES <= len(data) <= TILE_WIDTH * HASH_BYTES:
            raise Malformed(f"{tile_path(level, index, width)} of the log has {len(data)} bytes.")
        return data[: width * HASH_BYTES]

    def bundle(self, index: int, width: int) -> list[bytes]:
        """See `TileFiles.bundle`."""
        found = unbundle(self._either(entries_path(index, width), entries_path(index)))
        if len(found) < width:
            raise Malformed(f"{entries_path(index, width)} of the log holds {len(found)} entries.")
        return found[:width]

    def _either(self, path: str, full: str) -> bytes:
        try:
            return self.file(path)
        except Missing:
            if path == full:
                raise
            return self.file(full)

    def _get(self, path: str, limit: int) -> bytes:
        target = f"{self._base}/{urllib.parse.quote(path)}"
        self._connection.request("GET", target, headers={"Accept-Encoding": "identity"})
        answer = self._connection.getresponse()
        if answer.status != 200:
            self._connection.close()
            raise Missing(f"{self.address}/{path} is not there (status {answer.status}).")
        data = answer.read(limit + 1)
        if len(data) > limit:
            self._connection.close()
            raise LimitExceeded(f"{self.address}/{path} has more than {limit:,} bytes.")
        return data


def open_log(target: str | Path) -> TileFiles | LogUrl:
    """The log in a folder, or at an address that begins with http:// or https://. Raises Usage, Missing."""
    if isinstance(target, str) and target.startswith(("http://", "https://")):
        return LogUrl(target)
    folder = Path(target)
    if not folder.is_dir():
        raise Missing(f"There is no folder {folder}.", hint="Name the folder or the address of a log.")
    return TileFiles(folder)


def bundles(source: LogSource, size: int, start: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    """All entries from `start` (a multiple of 256) on, bundle by bundle, with the index of the first of each."""
    if start % TILE_WIDTH:
        raise Usage("Bundles begin at multiples of 256.")
    for index in range(start // TILE_WIDTH, -(-size // TILE_WIDTH)):
        yield index * TILE_WIDTH, source.bundle(index, tile_width(0, index, size))
