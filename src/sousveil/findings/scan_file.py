"""The compiled literals of the raw pass as one file: the parent makes it, workers load it."""

from __future__ import annotations

import atexit
import hashlib
import os
import platform
import shutil
import sys
import tempfile
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import msgspec

from sousveil.errors import Malformed, Missing
from sousveil.findings.scan_index import ScanIndex, Stored, collect, compiled, forms
from sousveil.indicators.index import Index
from sousveil.indicators.index_cache import cache_dir, prune, uncollected
from sousveil.readers.members import MEMBER_PATTERNS
from sousveil.texts import t

FORMAT = 2
_MAGIC = b"SVSCAN\x00\x01"
_MAX_FILE = 1 << 30


def _key(stored: Stored) -> str:
    version = metadata.version("hyperscan") if stored.engine == "hyperscan" else ""
    digest = hashlib.sha256(f"{FORMAT}\n{stored.engine}\n{version}\n{platform.machine()}\n{sys.platform}\n".encode())
    digest.update(msgspec.msgpack.encode([pattern for _, pattern in MEMBER_PATTERNS]))
    digest.update(msgspec.msgpack.encode(stored))
    return digest.hexdigest()


def store_scan_index(index: Index, folder: Path | None = None) -> tuple[Path, str]:
    """The file that workers load, and its SHA-256; made when the cache does not hold it.

    `folder` is the user's cache by default; where that cannot be written, a private folder that goes with the process.
    """
    stored = collect(index)
    stored.key = _key(stored)
    folder = folder if folder is not None else cache_dir()
    path = folder / f"scan-{stored.key[:32]}.bin"
    known = _read_private(path)
    if known is not None and _sound(known, stored.key):
        return path, hashlib.sha256(known).hexdigest()
    head = msgspec.msgpack.encode(stored)
    body = compiled(forms(stored)) if stored.engine == "hyperscan" else b""
    whole = _MAGIC + len(head).to_bytes(8, "big") + head + body
    data = whole + hashlib.sha256(whole).digest()
    try:
        _write(path, data)
        prune(folder, "scan-*.bin")
    except OSError:
        private = tempfile.mkdtemp(prefix="sousveil-")
        atexit.register(shutil.rmtree, private, True)
        path = Path(private) / path.name
        _write(path, data)
    return path, hashlib.sha256(data).hexdigest()


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, for the owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".scan-", dir=path.parent)  # made with mode 0600
    try:
        with open(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _read_private(path: Path) -> bytes | None:
    try:
        with open(path, "rb") as file:
            state = os.fstat(file.fileno())
            owner = os.geteuid() if hasattr(os, "geteuid") else state.st_uid
            if state.st_uid != owner or state.st_mode & 0o022 or state.st_size > _MAX_FILE:
                return None
            with suppress(OSError):
                os.utime(file.fileno())  # so that `prune` knows what is in use
            return file.read()
    except OSError:
        return None


def _sound(data: bytes, key: str) -> bool:
    if not data.startswith(_MAGIC) or hashlib.sha256(memoryview(data)[:-32]).digest() != data[-32:]:
        return False
    try:
        return _parts(data)[0].key == key
    except Malformed:
        return False


def _parts(data: bytes | memoryview) -> tuple[Stored, memoryview]:
    size = int.from_bytes(data[8:16], "big")
    try:
        stored = msgspec.msgpack.decode(memoryview(data)[16 : 16 + size], type=Stored)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed(t("error.scan_file.file_compiled_literals")) from error
    return stored, memoryview(data)[16 + size : -32]


def read_scan_index(path: str | os.PathLike[str], sha256: str) -> bytes:
    """The bytes of a stored file, for `parse_scan_index`. Raises Missing where it cannot be read, Malformed where it is
    not the one that `store_scan_index` made."""
    data = _read_private(Path(path))
    if data is None:
        raise Missing(t("error.scan_file.compiled_indicators_cannot"), hint=t("error.common.run_check_again"))
    if hashlib.sha256(data).hexdigest() != sha256 or not data.startswith(_MAGIC):
        raise Malformed(t("error.scan_file.compiled_indicators_changed"), hint=t("error.common.run_check_again"))
    return data


def parse_scan_index(data: bytes | memoryview) -> ScanIndex:
    """The literals in the bytes of a stored file. Raises Malformed."""
    with uncollected():
        stored, database = _parts(data)
        return ScanIndex(stored, database)


def load_scan_index(path: str | os.PathLike[str], sha256: str) -> ScanIndex:
    """The literals of a stored file. Raises as `read_scan_index`."""
    return parse_scan_index(read_scan_index(path, sha256))
