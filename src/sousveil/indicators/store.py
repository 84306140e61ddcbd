"""Where a user's own indicators lie: files that were added, and releases that were fetched or came as a signed update.

A release is what a source published at one time: its files, with a version that grows. One file holds it whole,
`releases/<source>/v<version>-<hash>`; the small file `current` beside it names the one in force. Installing writes the new
file and then replaces `current`, so that an interruption leaves the old release in force, whole.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from sousveil.errors import Malformed, Usage
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.load import (
    PLAIN,
    SUFFIXES,
    is_folder,
    load_cached,
    load_folder,
    read_bytes,
    set_name,
    sync_folder,
    write_whole,
)
from sousveil.indicators.model import Choices, IndicatorSet
from sousveil.indicators.public_sets import sets_of
from sousveil.kinds import visible
from sousveil.patterns import lazy_pattern
from sousveil.texts import t

UPDATE = "update"
"""The source of signed updates."""
_SOURCE = lazy_pattern(r"[a-z0-9][a-z0-9\-]{0,63}\Z")
_NAME = lazy_pattern(r"v[0-9]{1,18}-[0-9a-f]{64}\Z")
SHOWN = 10
"""Values of a set that a report of changes names."""


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


class Release(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a source published at one time."""

    source: str
    version: int
    """Grows with each release: the number of a signed update, or the seconds since 1970 of a repository's commit."""
    created: str
    """YYYY-MM-DD."""
    origin: str
    """The address or file that it came from."""
    signer: str | None = None
    """Who signed it; None for what came over HTTPS without a signature."""
    revision: str | None = None
    """The commit of a repository."""
    files: dict[str, bytes]


class SetChange(msgspec.Struct, frozen=True, kw_only=True):
    """What changed in one set. Values are canonical; `added` and `removed` count all, the lists name the first."""

    name: str
    added: int
    removed: int
    first_added: tuple[str, ...] = ()
    first_removed: tuple[str, ...] = ()


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of installing a release."""

    release: Release
    changed: bool
    """False: this very release was in force already."""
    sets: int
    indicators: int
    changes: tuple[SetChange, ...] = ()
    """Sets with a change, in the order of the new release; sets that are gone last."""
    skipped: tuple[tuple[str, str, str], ...] = ()
    """Set, entry and reason of everything that is not used."""


def releases_dir() -> Path:
    """The folder of all releases; it may not exist."""
    return data_dir() / "releases"


def current(source: str) -> Release | None:
    """The release of a source that is in force; None where there is none. Raises Malformed for a damaged one."""
    folder = releases_dir() / source
    damaged = Malformed(
        t("error.store.installed_release_damaged", source=visible(source, 64)),
        hint=t("error.store.remove_get_again", source=visible(source, 64)),
    )
    try:
        name = (folder / "current").read_text(encoding="ascii").strip()
        if not _NAME.match(name):
            raise damaged
        data = (folder / name).read_bytes()
    except FileNotFoundError:
        if (folder / "current").exists():
            raise damaged from None
        return None
    except UnicodeDecodeError:
        raise damaged from None
    except OSError as error:
        raise Usage(
            t("error.store.cannot_read", folder=visible(str(folder))), hint=t("error.common.check_access_rights")
        ) from error
    if hashlib.sha256(data).hexdigest() != name.rpartition("-")[2]:
        raise damaged
    try:
        return msgspec.msgpack.decode(data, type=Release)
    except msgspec.MsgspecError:
        raise damaged from None


def refuse_rollback(new: Release, old: Release) -> None:
    """Raise Usage for a release that is older than the one in force, or that has its version and other content."""
    if new.version > old.version or (new.version == old.version and new.files == old.files):
        return
    older = new.version < old.version
    raise Usage(
        t(
            "error.store.older" if older else "error.store.same_version",
            source=visible(new.source, 64),
            version=old.version,
            created=old.created,
        ),
        hint=t("error.store.older_release_never", source=visible(new.source, 64)),
    )


def install(release: Release) -> Installed:
    """Put a release into force. Raises Usage (older, cannot be written) and Malformed (no indicator in it); then what was
    in force before stays so."""
    sets = sets_of(release.source, release.files)
    count = sum(len(one.indicators) for one in sets)
    if not count:
        raise Malformed(
            t("error.store.release_contains_indicator", source=visible(release.source, 64)),
            hint=t("error.common.nothing_changed"),
        )
    skipped = tuple((one.name, entry.entry, entry.reason) for one in sets for entry in one.skipped)
    before = current(release.source)
    if before is not None:
        refuse_rollback(release, before)
        if before.version == release.version:
            return Installed(release=before, changed=False, sets=len(sets), indicators=count, skipped=skipped)
    _write(release)
    changes = compare(sets_of(before.source, before.files) if before is not None else [], sets)
    return Installed(release=release, changed=True, sets=len(sets), indicators=count, changes=changes, skipped=skipped)


def compare(before: Sequence[IndicatorSet], after: Sequence[IndicatorSet]) -> tuple[SetChange, ...]:
    """What changed between two releases, set by set."""
    old = {one.name: {i.key: None for i in one.indicators} for one in before}
    new = {one.name: {i.key: None for i in one.indicators} for one in after}
    changes: list[SetChange] = []
    for name in [*new, *(name for name in old if name not in new)]:
        has, had = new.get(name, {}), old.get(name, {})
        added = [value for kind, value in has if (kind, value) not in had]
        removed = [value for kind, value in had if (kind, value) not in has]
        if added or removed:
            changes.append(
                SetChange(
                    name=name,
                    added=len(added),
                    removed=len(removed),
                    first_added=tuple(added[:SHOWN]),
                    first_removed=tuple(removed[:SHOWN]),
                )
            )
    return tuple(changes)


def _write(release: Release) -> None:
    data = msgspec.msgpack.encode(release)
    name = f"v{release.version}-{hashlib.sha256(data).hexdigest()}"
    folder = releases_dir() / release.source
    if not _SOURCE.match(release.source) or not _NAME.match(name):
        raise Malformed(t("error.store.release_proper_source"), hint=t("error.common.nothing_changed"))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(folder / name, data)
        write_whole(folder / "current", name.encode() + b"\n")
        for old in folder.iterdir():
            if old.name not in (name, "current") and (_NAME.match(old.name) or old.name.startswith(".new-")):
                old.unlink(missing_ok=True)
    except OSError as error:
        raise Usage(
            t("error.store.release_cannot_written", reason=error.strerror or t("error.download.unknown_reason")),
            hint=t("error.store.check_free_space", folder=visible(str(folder))),
        ) from error


def sources() -> list[str]:
    """The sources of which a release is installed, sorted."""
    try:
        return sorted(path.name for path in releases_dir().iterdir() if _SOURCE.match(path.name) and path.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise Usage(
            t("error.store.cannot_read_8", releases_dir=visible(str(releases_dir()))),
            hint=t("error.common.check_access_rights"),
        ) from error


def remove(name: str) -> str:
    """Remove a fetched source, the signed update or an added set; gives what it was: `release` or `file`. Raises Usage
    where there is nothing of that name."""
    try:
        if _SOURCE.match(name) and (releases_dir() / name).is_dir():
            shutil.rmtree(releases_dir() / name)
            sync_folder(releases_dir())
            return "release"
        for path in sorted(added_dir().iterdir()) if added_dir().is_dir() else []:
            if path.is_file() and set_name(path) == name:
                path.unlink()
                sync_folder(added_dir())
                return "file"
    except OSError as error:
        raise Usage(
            t(
                "error.store.cannot_removed",
                name=visible(name, 100),
                reason=error.strerror or t("error.download.unknown_reason"),
            ),
            hint=t("error.store.check_access_rights"),
        ) from error
    raise Usage(
        t("error.store.nothing_named_added", name=visible(name, 100)),
        hint=t("error.store.sousveil_indicators_list"),
    )


def load_paths(
    paths: Iterable[Path],
    bundled: bool,
    added: bool,
    cache_folder: Path | None = None,
    choices: Choices = PLAIN,
) -> list[IndicatorSet]:
    """Every set asked for: bundled ones, then releases and added ones, then `paths` (files, or folders at any depth).

    A set out of a signed update takes the place of the bundled set of the same name. Raises Usage for a path that cannot
    be read and for a folder that gives no indicator, Unsupported and Malformed for a named file of which nothing can be
    used. `cache_folder` (`index_cache.cache_dir()`) remembers large files.
    """
    sets = bundled_sets() if bundled else []
    if added:
        newer: dict[str, IndicatorSet] = {}
        for source in sources():
            release = current(source)
            if release is not None:
                newer |= {one.name: one for one in sets_of(source, release.files, cache_folder)}
        sets = [newer.pop(one.name, one) for one in sets]
        sets.extend(newer.values())
        if added_dir().is_dir():
            sets.extend(load_folder(added_dir(), cache_folder))
    for path in paths:
        if is_folder(path):
            found = load_folder(path, cache_folder, choices)
            if not any(one.indicators for one in found):
                id = "error.store.folder_gives_none" if found else "error.store.folder_empty"
                raise Usage(
                    t(id, path=visible(str(path))),
                    hint=t("error.store.endings_looked", suffixes=" ".join(SUFFIXES)),
                )
            sets.extend(found)
        else:
            sets.extend(load_cached(read_bytes(path), path.name, set_name(path), cache_folder, choices))
    return sets


__all__ = [
    "UPDATE",
    "Installed",
    "Release",
    "SetChange",
    "added_dir",
    "compare",
    "current",
    "data_dir",
    "install",
    "load_paths",
    "refuse_rollback",
    "releases_dir",
    "remove",
    "sources",
]
