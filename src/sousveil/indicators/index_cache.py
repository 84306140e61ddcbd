"""The compiled index on disk, so that a hundred thousand indicators are ready in a fraction of a second.

A cache file holds nothing that is not in the indicator files. It is named after a hash over all that went into it,
checked by a hash before it is used, and simply built again when anything about it is wrong: damage, another version,
another CPU, another owner.
"""

from __future__ import annotations

import gc
import hashlib
import os
import platform
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from sousveil.indicators.model import Indicator, IndicatorSet

FORMAT = 3
"""Version of the file's layout; raised whenever its content would mean something else."""
_MAGIC = b"SVINDEX\x03"
_MAX = 1 << 30


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What one cache file holds."""

    indicators: tuple[Indicator, ...]
    hidden: tuple[Indicator, ...]
    literals: tuple[bytes, ...]
    loose: frozenset[int]
    database: bytes
    """The serialised hyperscan database; empty when there is nothing to search."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Pause the garbage collector while very many lasting objects are made: it would walk them again and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def cache_dir() -> Path:
    """Where the user's caches lie: `$XDG_CACHE_HOME/sousveil`, `~/Library/Caches/sousveil` on macOS, else
    `~/.cache/sousveil`."""
    named = os.environ.get("XDG_CACHE_HOME")
    if named and Path(named).is_absolute():
        return Path(named) / "sousveil"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "sousveil"
    return Path.home() / ".cache" / "sousveil"


def cache_key(sets: Sequence[IndicatorSet], engine: str) -> str:
    """SHA-256 over the content of the sets in their order, the engine with its version, this machine's kind and our
    format."""
    digest = hashlib.sha256(f"{FORMAT}\n{engine}\n{platform.machine()}\n{sys.platform}\n".encode())
    encode = msgspec.msgpack.Encoder().encode
    for one in sets:
        digest.update(encode((one.name, one.sha256, one.bundled)))
        for start in range(0, len(one.indicators), 4096):
            digest.update(encode(one.indicators[start : start + 4096]))
    return digest.hexdigest()


def _private(handle: int) -> bool:
    """Whether the open file is ours alone to write."""
    state = os.fstat(handle)
    owner = os.geteuid() if hasattr(os, "geteuid") else state.st_uid
    return stat.S_ISREG(state.st_mode) and state.st_uid == owner and not state.st_mode & 0o022 and state.st_size <= _MAX


def load(folder: Path, key: str) -> Stored | None:
    """The stored index of this key, or None when there is none that is sound."""
    try:
        with open(folder / f"index-{key[:32]}.bin", "rb") as file:
            if not _private(file.fileno()):
                return None
            data = file.read()
    except OSError:
        return None
    head = len(_MAGIC) + 64
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) : len(_MAGIC) + 32].hex() != key:
        return None
    body = memoryview(data)[head:]
    if hashlib.sha256(body).digest() != data[len(_MAGIC) + 32 : head]:
        return None
    try:
        return msgspec.msgpack.decode(body, type=Stored)
    except msgspec.DecodeError:
        return None


def save(folder: Path, key: str, stored: Stored) -> bool:
    """Write it whole or not at all, readable by its owner only. False when that cannot be done (a full or read-only
    disk)."""
    body = msgspec.msgpack.encode(stored)
    name = None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".index-", dir=folder)  # made with mode 0600
        with open(handle, "wb") as file:
            file.write(_MAGIC + bytes.fromhex(key) + hashlib.sha256(body).digest())
            file.write(body)
        Path(name).replace(folder / f"index-{key[:32]}.bin")
    except OSError:
        if name is not None:
            with suppress(OSError):
                Path(name).unlink()
        return False
    return True
