"""Public pages, rendered once for a state of the register and kept as bytes, in memory and in the register's folder.

A state is (log size, revision, code). When it changes, everything of the old one goes, from the disk too: an erasure reaches
the prepared pages with the next check. Answers to a typed question (search, screening) are never kept.
"""

from __future__ import annotations

import gzip
import hashlib
import secrets
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

MEMORY_MAX = 192 << 20
"""Bytes of pages that one process keeps in memory."""
DISK_MAX = 512 << 20
"""Bytes of pages that one process writes for one state."""
COMPRESS_FROM = 600
"""Bytes from which an answer is compressed for readers that accept it."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One answer with status 200, ready to be sent."""

    path: str
    language: str
    headers: tuple[tuple[str, str], ...]
    """All but length, encoding and ETag."""
    body: bytes
    packed: bytes | None = None
    """gzip of the body, where that is worth it."""
    tag: str
    """The ETag's inner part."""


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Kept)


def tag_of(body: bytes) -> str:
    """What stands in the ETag: 128 bits of the body's SHA-256."""
    return hashlib.sha256(body).hexdigest()[:32]


def pack(body: bytes, media_type: str) -> bytes | None:
    """gzip of the body without a time in it; None where it is short or not a text. No secret is ever in a page."""
    textual = media_type.startswith("text/") or "json" in media_type or "xml" in media_type
    if len(body) < COMPRESS_FROM or not textual:
        return None
    return gzip.compress(body, 6, mtime=0)


class Prepared:
    """The store of prepared answers of one process. Safe for threads."""

    def __init__(self, folder: Path | None, *, memory_max: int = MEMORY_MAX, disk_max: int = DISK_MAX) -> None:
        self._folder = folder
        self._memory_max = memory_max
        self._disk_max = disk_max
        self._lock = threading.Lock()
        self._state = ""
        self._kept: dict[tuple[str, str], Kept] = {}
        self._bytes = 0
        self._written = 0

    @property
    def state(self) -> str:
        """The state whose answers are kept."""
        return self._state

    def turn(self, state: str) -> None:
        """From now on answers of `state` are kept; those of any other go."""
        with self._lock:
            if state != self._state:
                self._state = state
                self._kept = {}
                self._bytes = self._written = 0
        self.sweep()

    def sweep(self) -> None:
        """Delete what another process wrote for a state that is over."""
        if self._folder is None or not self._folder.is_dir():
            return
        for old in self._folder.iterdir():
            if old.name != self._state:
                shutil.rmtree(old, ignore_errors=True)

    def get(self, path: str, language: str) -> Kept | None:
        """The answer, from memory, else from the disk; None when it must be made."""
        found = self._kept.get((path, language))
        if found is not None or self._folder is None:
            return found
        state = self._state
        try:
            found = _DECODER.decode(self._file(state, path, language).read_bytes())
        except (OSError, msgspec.DecodeError, ValueError):
            return None
        if (found.path, found.language) != (path, language):
            return None
        self._remember(state, found)
        return found

    def put(self, state: str, kept: Kept) -> None:
        """Keep an answer that was made while `state` was the state; dropped when it no longer is."""
        if not self._remember(state, kept) or self._folder is None:
            return
        data = _ENCODER.encode(kept)
        if self._written + len(data) > self._disk_max:
            return
        file = self._file(state, kept.path, kept.language)
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            passing = file.with_name(f".{secrets.token_hex(8)}")
            passing.write_bytes(data)
            passing.replace(file)
        except OSError:
            return  # a full or read-only disk costs speed, not the answer
        self._written += len(data)

    def _remember(self, state: str, kept: Kept) -> bool:
        weight = len(kept.body) + len(kept.packed or b"") + 500
        with self._lock:
            if state != self._state or weight > self._memory_max:
                return False
            key = (kept.path, kept.language)
            if key not in self._kept:
                self._bytes += weight
            self._kept[key] = kept
            while self._bytes > self._memory_max:
                oldest = next(iter(self._kept))
                dropped = self._kept.pop(oldest)
                self._bytes -= len(dropped.body) + len(dropped.packed or b"") + 500
        return True

    def _file(self, state: str, path: str, language: str) -> Path:
        assert self._folder is not None
        return self._folder / state / hashlib.sha256(f"{language}\n{path}".encode()).hexdigest()


def headers_for(kept: Kept, *, packed: bool) -> Sequence[tuple[str, str]]:
    """The headers of a full answer."""
    body = kept.packed if packed and kept.packed is not None else kept.body
    extra = [("ETag", etag(kept.tag, packed=packed and kept.packed is not None)), ("Content-Length", str(len(body)))]
    if packed and kept.packed is not None:
        extra.append(("Content-Encoding", "gzip"))
    return [*kept.headers, *extra]


def etag(tag: str, *, packed: bool) -> str:
    """A strong ETag; the compressed form has one of its own."""
    return f'"{tag}-gz"' if packed else f'"{tag}"'


def matches(asked: str, tag: str) -> bool:
    """Does `If-None-Match` name this answer, in either form?"""
    if asked.strip() == "*":
        return True
    names = {name.strip().removeprefix("W/") for name in asked.split(",")}
    return bool(names & {etag(tag, packed=False), etag(tag, packed=True)})
