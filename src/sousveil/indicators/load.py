"""Indicator files of any known form, and the folders in which they lie."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib import resources
from pathlib import Path

import msgspec

from sousveil.errors import LimitExceeded, Malformed, SousveilError, Unsupported, Usage
from sousveil.indicators.bundled import MAGIC, bundled_sets, pack, unpack
from sousveil.indicators.index_cache import prune
from sousveil.indicators.model import IndicatorSet, Skipped
from sousveil.kinds import visible

SUFFIXES = (".stix2", ".stix", ".json", ".misp", ".yaml", ".yml", ".csv", ".tsv", ".txt", ".ioc", ".list", ".bin")
"""Names that are looked at in a folder; a file named directly may be called anything."""
CACHE_FROM = 512 * 1024
"""Bytes from which on a file's sets are remembered."""
MAX_BYTES = 256 * 1024 * 1024
"""Bytes of one file of indicators."""
MAX_FILES = 10_000
"""Files that one folder may hold."""


def data_dir() -> Path:
    """The user's folder of added and updated indicators: SOUSVEIL_DATA, or where the system keeps such data."""
    chosen = os.environ.get("SOUSVEIL_DATA")
    if chosen:
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "sousveil"
    if os.name == "nt":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "sousveil"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "sousveil"


def added_dir() -> Path:
    """The folder of the sets that were added with `sousveil indicators add`; it may not exist."""
    return data_dir() / "indicators"


def set_name(path: Path) -> str:
    """The name of the set that a file holds: the file's name without its ending."""
    return visible(path.stem if path.suffix.lower() in SUFFIXES else path.name, 100)


def read_bytes(path: Path) -> bytes:
    """The file's bytes. Raises Usage when it cannot be read, LimitExceeded when it is too large."""
    shown = visible(str(path))
    try:
        with path.open("rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise Usage(f"{shown} is not a file.", hint="Name a file of indicators, or a folder of such files.")
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise Usage(f"There is no file {shown}.", hint="Check the path of the indicators.") from error
    except OSError as error:
        raise Usage(
            f"{shown} cannot be read: {error.strerror or 'unknown reason'}.", hint="Check who may read it."
        ) from error
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"{shown} is larger than {MAX_BYTES // 1024**2} MiB.", hint="Split it into several files.")
    return data


def load_bytes(data: bytes, filename: str, name: str) -> list[IndicatorSet]:
    """The sets that bytes hold (one, but for the compact form). Raises Unsupported, Malformed and LimitExceeded.

    A published file that we bundle, byte for byte, keeps its publisher and what was reviewed about it: most such files do
    not name who made them.
    """
    if data.startswith(MAGIC):
        return unpack(data)
    from sousveil.indicators.loaders import loaders  # heavy, and seldom needed: see `ready`

    head = data[: 1024 * 1024]
    reason: Malformed | None = None
    for loader in loaders():
        if loader.sniff(head, filename):
            try:
                return [_attributed(loader.load(data, name))]
            except Malformed as error:
                reason = error
                break
    why = f" Read as {loader.name}: {reason.message}." if reason is not None else ""
    known = "; ".join(one.name for one in loaders())
    raise Unsupported(
        f"{visible(filename, 120)} is no form of indicators that is known here.{why}", hint=f"Known forms: {known}."
    )


@cache
def _published() -> dict[str, IndicatorSet]:
    """The bundled sets by the hash of the file that each was made from."""
    return {one.sha256: one for one in bundled_sets() if one.sha256}


def _attributed(one: IndicatorSet) -> IndicatorSet:
    """The set of a published file that we bundle, with what is known about each of its values; any other as it is."""
    same = _published().get(one.sha256)
    if same is None:
        return one
    rename = msgspec.structs.replace
    known = {indicator.key: indicator.attributions for indicator in same.indicators}
    indicators = tuple(
        rename(each, attributions=tuple(rename(said, set_name=one.name) for said in known[each.key]))
        if each.key in known
        else each
        for each in one.indicators
    )
    return rename(one, indicators=indicators, publisher=same.publisher, licence=same.licence)


@cache
def reading() -> bytes:
    """A hash over everything that decides how a file is read: the code and the reviewed tables."""
    digest = hashlib.sha256()
    root = resources.files("sousveil")
    for folder in ("", "hosts", "indicators", "indicators/loaders", "indicators/data"):
        place = root.joinpath(folder) if folder else root
        for entry in sorted(place.iterdir(), key=lambda one: one.name):
            if entry.name.endswith((".py", ".txt", ".tsv", ".bin")):
                digest.update(entry.name.encode() + b"\0" + entry.read_bytes())
    return digest.digest()


def load_cached(data: bytes, filename: str, name: str, cache_folder: Path | None) -> list[IndicatorSet]:
    """`load_bytes`, remembered for large files in a private folder. A cache file that is wrong in any way is made
    again.

    Raises what `load_bytes` raises; never fails because of the cache.
    """
    if cache_folder is None or len(data) < CACHE_FROM or data.startswith(MAGIC):
        return load_bytes(data, filename, name)
    key = hashlib.sha256(reading() + hashlib.sha256(data).digest() + f"{name}\0{filename}".encode()).hexdigest()
    place = cache_folder / f"{key}.sets"
    with suppress(OSError, SousveilError):
        with place.open("rb") as stream:
            mine = not hasattr(os, "getuid") or os.fstat(stream.fileno()).st_uid == os.getuid()
            stored = stream.read(MAX_BYTES) if mine else b""
            os.utime(stream.fileno())  # so that `prune` knows what is in use
        if stored[:32] == hashlib.sha256(stored[32:]).digest():
            return unpack(stored[32:])
    sets = load_bytes(data, filename, name)
    body = pack(sets, 1)
    with suppress(OSError):
        cache_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(place, hashlib.sha256(body).digest() + body)
        prune(cache_folder, "*.sets")
    return sets


def write_whole(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write a file so that it is there whole or not at all. With `replace` false, raises FileExistsError when it is
    there."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if replace:
            Path(name).replace(path)
        else:
            os.link(name, path)
        sync_folder(path.parent)
    finally:
        Path(name).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make names in a folder last, where the system allows that."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def load_file(path: Path, name: str | None = None) -> IndicatorSet:
    """The set in one file. Raises Usage (cannot be read), Unsupported (no known form) and LimitExceeded."""
    sets = load_bytes(read_bytes(path), path.name, name or set_name(path))
    if len(sets) != 1:
        raise Usage(
            f"{visible(str(path))} holds several sets.", hint="Give its folder, or use `sousveil indicators update`."
        )
    return sets[0]


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; not where nobody may look: then reading it says why."""
    try:
        return path.is_dir()
    except OSError:
        return False


def files_in(folder: Path) -> Iterator[Path]:
    """The files of a folder that may hold indicators, at any depth, in a fixed order. Links to folders are not
    followed."""

    def refuse(error: OSError) -> None:
        raise Usage(f"{visible(str(error.filename))} cannot be read: {error.strerror or 'unknown reason'}.") from error

    found = 0
    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.startswith(".") or not name.lower().endswith(SUFFIXES):
                continue
            found += 1
            if found > MAX_FILES:
                raise LimitExceeded(f"{visible(str(folder))} holds more than {MAX_FILES:,} files of indicators.")
            yield Path(place) / name


def load_folder(folder: Path, cache_folder: Path | None = None) -> list[IndicatorSet]:
    """The sets of a folder. A file of no known form becomes an empty set that names it, so that it is seen and no set
    is lost."""
    sets: list[IndicatorSet] = []
    for path in files_in(folder):
        try:
            sets.extend(load_cached(read_bytes(path), path.name, set_name(path), cache_folder))
        except (Unsupported, Malformed, LimitExceeded) as error:
            sets.append(
                IndicatorSet(
                    name=set_name(path),
                    sha256="",
                    indicators=(),
                    skipped=(Skipped(entry=visible(path.name, 200), reason=error.message),),
                )
            )
    return sets


def load_paths(
    paths: Iterable[Path], bundled: bool, added: bool, cache_folder: Path | None = None
) -> list[IndicatorSet]:
    """Every set asked for: bundled ones, then updates and added ones, then `paths` (files, or folders at any depth).

    A set out of an update takes the place of the bundled set of the same name. Raises Usage for a path that cannot be
    read, Unsupported for a named file of no known form. `cache_folder` (`index_cache.cache_dir()`) remembers large
    files.
    """
    sets = bundled_sets() if bundled else []
    if added:
        from sousveil.indicators.update import updated_sets  # imports this module

        newer = {one.name: one for one in updated_sets()}
        sets = [newer.pop(one.name, one) for one in sets]
        sets.extend(newer.values())
        if added_dir().is_dir():
            sets.extend(load_folder(added_dir(), cache_folder))
    for path in paths:
        if is_folder(path):
            found = load_folder(path, cache_folder)
            if not found:
                raise Usage(
                    f"The folder {visible(str(path))} holds no file of indicators.",
                    hint=f"Endings looked at: {' '.join(SUFFIXES)}.",
                )
            sets.extend(found)
        else:
            sets.extend(load_cached(read_bytes(path), path.name, set_name(path), cache_folder))
    return sets


__all__ = [
    "added_dir",
    "data_dir",
    "files_in",
    "is_folder",
    "load_bytes",
    "load_file",
    "load_folder",
    "load_paths",
    "read_bytes",
    "reading",
    "set_name",
]
