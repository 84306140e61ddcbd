"""Sets and their index out of the cache at once, while the files that they came from are the same to the byte.

Reading a dozen published sets takes longer than all else in the check of a small backup. So the cache also remembers what
came out of a list of files: what is told of each set (`IndicatorSet.outline`), and under which key the index lies. The key
of that is a hash over the bytes and names of all those files, over the code that reads them, and over everything that was
added or updated. Where anything is in doubt the files are read as if there were no cache.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from platform import machine

import msgspec

from sousveil.errors import SousveilError
from sousveil.indicators import index_cache
from sousveil.indicators.bundled import bundled_bytes
from sousveil.indicators.index import Index, key_of
from sousveil.indicators.load import MAX_FILES, PLAIN, files_in, is_folder, read_bytes, reading
from sousveil.indicators.model import Choices, IndicatorSet, Platform
from sousveil.indicators.scanner import engine_version, engines
from sousveil.indicators.store import data_dir, load_paths
from sousveil.texts import language


class _Ready(msgspec.Struct, frozen=True, kw_only=True):
    """What one cache file holds."""

    sets: tuple[IndicatorSet, ...]
    index: str
    """Key of the index."""


def ready(
    paths: Sequence[Path],
    *,
    bundled: bool,
    added: bool,
    cache: Path,
    platform: Platform | None = None,
    choices: Choices = PLAIN,
) -> tuple[list[IndicatorSet], Index]:
    """What `load_paths` and `Index.build` give; where it comes from the cache, each set is only an outline.

    Raises what `load_paths` raises.
    """
    engine = engines()[0]
    decided = f"{platform}\n{choices}\n"
    key = _key(paths, bundled, added, engine, decided)
    if key is not None and (known := _known(cache, key, engine)) is not None:
        return known
    sets = load_paths(paths, bundled=bundled, added=added, cache_folder=cache, choices=choices)
    index = Index.build(sets, cache=cache, engine=engine, platform=platform)
    if key is not None and key == _key(paths, bundled, added, engine, decided):  # no file changed meanwhile
        outlines = tuple(one.outline() for one in sets)
        index_cache.write(_place(cache, key), key, _Ready(sets=outlines, index=key_of(sets, engine, platform)))
    return sets, index


def _place(cache: Path, key: str) -> Path:
    return cache / f"ready-{key[:32]}.bin"


def _known(cache: Path, key: str, engine: str) -> tuple[list[IndicatorSet], Index] | None:
    held = index_cache.read(_place(cache, key), key, _Ready)
    index = Index.kept(cache, held.index, engine) if held is not None else None
    return (list(held.sets), index) if held is not None and index is not None else None


def _key(paths: Sequence[Path], bundled: bool, added: bool, engine: str, decided: str) -> str | None:
    """Hash over everything that decides what the sets are; None where a file cannot be read."""
    digest = hashlib.sha256(
        "\n".join(
            (str(index_cache.FORMAT), engine, engine_version(engine), machine(), sys.platform, language(), decided)
        ).encode()
    )
    digest.update(reading())
    with suppress(OSError, SousveilError, UnicodeError):
        for name, data in _inputs(paths, bundled, added):
            digest.update(msgspec.msgpack.encode((name, hashlib.sha256(data).digest())))
        return digest.hexdigest()
    return None


def _inputs(paths: Sequence[Path], bundled: bool, added: bool) -> Iterator[tuple[str, bytes]]:
    """Names and bytes, with something between that tells one argument from the next."""
    if bundled:
        yield "bundled", bundled_bytes()
    if added:
        yield "added", b""
        for path in _below(data_dir()):
            yield str(path.relative_to(data_dir())), _whole(path)
    for path in paths:
        folder = is_folder(path)
        yield "folder" if folder else "file", b""
        for one in files_in(path) if folder else [path]:
            yield str(one.relative_to(path)) if folder else one.name, read_bytes(one)


def _below(folder: Path) -> Iterable[Path]:
    """Every file of the user's folder, whatever it is for. Raises OSError where that cannot be told."""

    def refuse(error: OSError) -> None:
        raise error

    if not os.path.lexists(folder):
        return []
    found: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        found += [Path(place) / name for name in sorted(names)]
        if len(found) > MAX_FILES or any((Path(place) / name).is_symlink() for name in folders):
            raise OSError("too many files, or a link to a folder")
    return found


def _whole(path: Path) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError("not a file")
    return read_bytes(path)
