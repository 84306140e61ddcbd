"""Indicator files of any known form, and the folders in which they lie."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from sousveil.data_files import ROOT
from sousveil.errors import LimitExceeded, Malformed, SousveilError, Unsupported, Usage
from sousveil.indicators.bundled import MAGIC, bundled_sets, pack, unpack
from sousveil.indicators.index_cache import prune
from sousveil.indicators.model import Choices, IndicatorSet, Skipped
from sousveil.kinds import defang, visible
from sousveil.texts import data as data_text
from sousveil.texts import t

SUFFIXES = (".stix2", ".stix", ".json", ".misp", ".yaml", ".yml", ".csv", ".tsv", ".txt", ".list", ".bin")
"""Endings of file names that are read in a folder: those of the loaders, and `.bin` of the compact form. A file that is
named directly may be called anything."""
CACHE_FROM = 512 * 1024
"""Bytes from which on a file's sets are remembered."""
MAX_BYTES = 256 * 1024 * 1024
"""Bytes of one file of indicators."""
MAX_FILES = 10_000
"""Files that one folder may hold."""


def set_name(path: Path) -> str:
    """The name of the set that a file holds: the file's name without its ending."""
    return visible(path.stem if path.suffix.lower() in SUFFIXES else path.name, 100)


def read_bytes(path: Path) -> bytes:
    """The file's bytes. Raises Usage when it cannot be read, LimitExceeded when it is too large."""
    shown = visible(str(path))
    try:
        with path.open("rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise Usage(t("error.load.not_file", shown=shown), hint=t("error.load.name_file_indicators"))
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise Usage(t("error.load.file", shown=shown), hint=t("error.load.check_path_indicators")) from error
    except OSError as error:
        raise Usage(
            t("error.common.cannot_read", shown=shown, reason=error.strerror or t("error.download.unknown_reason")),
            hint=t("error.common.check_access_rights"),
        ) from error
    if len(data) > MAX_BYTES:
        raise LimitExceeded(
            t("error.load.larger_mib", shown=shown, limit=MAX_BYTES // 1024**2),
            hint=t("error.load.split_into_several"),
        )
    return data


PLAIN = Choices()
"""Nobody decided anything."""


def load_bytes(
    data: bytes, filename: str, name: str, choices: Choices = PLAIN, *, known: bool = True
) -> list[IndicatorSet]:
    """The sets that bytes hold (one, but for the compact form). Raises Unsupported, LimitExceeded, and Malformed for a
    set without one usable indicator.

    A published file that we bundle, byte for byte, keeps its publisher and what was reviewed about it (not where `known`
    is False): most such files do not name who made them.
    """
    if data.startswith(MAGIC):
        return unpack(data)
    from sousveil.indicators.loaders import loaders  # heavy, and seldom needed: see `ready`

    head = data[: 1024 * 1024]
    reason: Malformed | None = None
    for loader in loaders():
        if loader.sniff(head, filename):
            if choices.kind is not None and loader.states_kinds:
                raise Usage(
                    t("error.load.states_kinds_values", filename=visible(filename, 120)),
                    hint=t("error.load.leave_out_kind"),
                )
            try:
                made = loader.load(data, name, choices)
            except Malformed as error:
                reason = error
                break
            if not made.indicators:
                raise _empty(made, filename)
            return [_attributed(made) if known else made]
    why = "" if reason is None else " " + t("error.load.read_as", form=data_text(loader.name), reason=reason.message)
    forms = "; ".join(data_text(one.name) for one in loaders())
    raise Unsupported(
        t("error.load.known_form_indicators", filename=visible(filename, 120), why=why),
        hint=t("error.load.known_forms", forms=forms),
    )


def _empty(made: IndicatorSet, filename: str) -> Malformed:
    """Why a set without indicators is refused, and what helps."""
    counts = (("skipped", len(made.skipped)), ("context", len(made.context)))
    left_out = "; ".join(t(f"error.load.{what}", n=count) for what, count in counts if count)
    first = ""
    if made.skipped:
        entry, reason = defang(made.skipped[0].entry, 80), made.skipped[0].reason
        first = " " + t("error.load.first", entry=entry, reason=reason)
    return Malformed(
        t("error.load.gives_none", filename=visible(filename, 120), left_out=f" ({left_out})" if left_out else "")
        + first,
        hint=t("error.load.context_leads_takes") if made.context else t("error.load.check_file_kind"),
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
    root = ROOT
    for folder in ("", "hosts", "indicators", "indicators/loaders", "indicators/data"):
        place = root.joinpath(folder) if folder else root
        for entry in sorted(place.iterdir(), key=lambda one: one.name):
            if entry.name.endswith((".py", ".txt", ".tsv", ".toml", ".bin")):
                digest.update(entry.name.encode() + b"\0" + entry.read_bytes())
    return digest.digest()


def load_cached(
    data: bytes, filename: str, name: str, cache_folder: Path | None, choices: Choices = PLAIN
) -> list[IndicatorSet]:
    """`load_bytes`, remembered for large files in a private folder. A cache file that is wrong in any way is made
    again.

    Raises what `load_bytes` raises; never fails because of the cache.
    """
    if cache_folder is None or len(data) < CACHE_FROM or data.startswith(MAGIC):
        return load_bytes(data, filename, name, choices)
    named = f"{name}\0{filename}\0{choices}".encode()
    key = hashlib.sha256(reading() + hashlib.sha256(data).digest() + named).hexdigest()
    place = cache_folder / f"{key}.sets"
    with suppress(OSError, SousveilError):
        with place.open("rb") as stream:
            mine = not hasattr(os, "getuid") or os.fstat(stream.fileno()).st_uid == os.getuid()
            stored = stream.read(MAX_BYTES) if mine else b""
            os.utime(stream.fileno())  # so that `prune` knows what is in use
        if stored[:32] == hashlib.sha256(stored[32:]).digest():
            return unpack(stored[32:])
    sets = load_bytes(data, filename, name, choices)
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


def load_file(path: Path, name: str | None = None, *, known: bool = True) -> IndicatorSet:
    """The set in one file. Raises Usage (cannot be read), and as `load_bytes`."""
    sets = load_bytes(read_bytes(path), path.name, name or set_name(path), known=known)
    if len(sets) != 1:
        raise Usage(
            t("error.load.contains_several_sets", path=visible(str(path))), hint=t("error.load.name_folder_use")
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
        raise Usage(
            t(
                "error.load.cannot_read",
                filename=visible(str(error.filename)),
                reason=error.strerror or t("error.download.unknown_reason"),
            )
        ) from error

    found = 0
    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.startswith(".") or not name.lower().endswith(SUFFIXES):
                continue
            found += 1
            if found > MAX_FILES:
                raise LimitExceeded(t("error.load.contains_more_files", folder=visible(str(folder)), limit=MAX_FILES))
            yield Path(place) / name


def load_folder(folder: Path, cache_folder: Path | None = None, choices: Choices = PLAIN) -> list[IndicatorSet]:
    """The sets of a folder. A file that gives no indicator becomes an empty set that names it, so that it is seen and no
    other set is lost."""
    sets: list[IndicatorSet] = []
    for path in files_in(folder):
        try:
            sets.extend(load_cached(read_bytes(path), path.name, set_name(path), cache_folder, choices))
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


__all__ = [
    "PLAIN",
    "SUFFIXES",
    "files_in",
    "is_folder",
    "load_bytes",
    "load_file",
    "load_folder",
    "read_bytes",
    "reading",
    "set_name",
    "write_whole",
]
