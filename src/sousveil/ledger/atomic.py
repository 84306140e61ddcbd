"""Files that are replaced whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

_MANY = 64
"""From so many files on, one sync of the whole file system is cheaper than one a file."""


def write(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replaces one file; on the disk on return."""
    write_all(path.parent, {path.name: data}, mode=mode)


def write_all(root: Path, files: Mapping[str, bytes], *, durable: bool = True, mode: int = 0o644) -> None:
    """Replaces files below a folder, each whole or not at all, in this order; on the disk on return if `durable`.

    Nothing gets its name before the bytes of all are written. New folders of private files are private.
    """
    mark = f".{secrets.token_hex(6)}.new"
    written: list[tuple[Path, Path]] = []
    folders: dict[Path, None] = {}
    try:
        for name, data in files.items():
            path = root / name
            if path.parent not in folders:
                _make(path.parent, folders, 0o777 if mode & 0o077 else 0o700)
            before = path.with_name(path.name + mark)
            written.append((before, path))
            _fill(before, data, sync=durable and len(files) < _MANY, mode=mode)
        if durable and len(files) >= _MANY:
            os.sync()
        for before, path in written:
            before.replace(path)
    except BaseException:
        for before, _ in written:
            with contextlib.suppress(OSError):
                before.unlink()
        raise
    if durable and len(files) >= _MANY:
        os.sync()
    elif durable:
        for folder in folders:
            sync_folder(folder)


def sync_folder(path: Path) -> None:
    """Puts the names in a folder on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_folder(path: Path) -> None:
    """Removes a folder of plain files, if it is there."""
    try:
        files = list(path.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
    with contextlib.suppress(OSError):
        path.rmdir()


def _make(folder: Path, folders: dict[Path, None], mode: int) -> None:
    """Makes a folder; every folder whose names change by that is noted."""
    missing = []
    at = folder
    while not at.is_dir():
        missing.append(at)
        at = at.parent
    folders[folder] = None
    for one in reversed(missing):
        one.mkdir(mode=mode, exist_ok=True)
        folders[one.parent] = None


def _fill(path: Path, data: bytes, *, sync: bool, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        if sync:
            file.flush()
            os.fsync(file.fileno())
