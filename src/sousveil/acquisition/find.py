"""Finding acquisitions: a path that is one, or those in the folders below it, whatever they are called."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Mapping
from pathlib import Path

import msgspec

from sousveil.acquisition.door import Form, file_form, folder_form, forms
from sousveil.errors import LimitExceeded, Usage
from sousveil.texts import t

MAX_DEPTH = 6
"""Folders below the given one that are looked into."""
MAX_FOLDERS = 20_000
OLD_MANIFEST = "Manifest.mbdb"
"""The manifest of iOS 9 and earlier."""
_TEXTS = (".txt", ".json", ".jsonl", ".ndjson")
LOOKS_LIKE = "error.find.backup_folder_contains"


def is_backup(names: frozenset[str] | set[str]) -> bool:
    """Whether a folder with these entries is an iOS backup, or what is left of one."""
    if "Manifest.db" in names or OLD_MANIFEST in names:
        return True
    return len(names & {"Manifest.plist", "Info.plist", "Status.plist"}) > 1


_COLLECTED = frozenset(
    {"packages.json", "getprop.txt", "dumpsys.txt", "files.json", "hashes.csv", "packages.pb", "files.pb"}
)


def is_androidqf(names: frozenset[str] | set[str]) -> bool:
    """Whether a folder with these entries is an acquisition of AndroidQF: acquisition.json and two files of its collector, or
    three of them without it."""
    return len(names & _COLLECTED) > ("acquisition.json" not in names) + 1


_COLLECTED_BY_IOS = frozenset(
    {
        "system_logs.logarchive",
        "sysdiagnose.log",
        "ps.txt",
        "ps_thread.txt",
        "taskinfo.txt",
        "spindump-nosymbols.txt",
        "remotectl_dumpstate.txt",
        "swcutil_show.txt",
        "crashes_and_spins",
    }
)


def is_sysdiagnose(names: frozenset[str] | set[str]) -> bool:
    """Whether a folder with these entries is an unpacked sysdiagnose archive."""
    return len(names & _COLLECTED_BY_IOS) > 1


_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".ab", ".age")


class Found(msgspec.Struct, frozen=True):
    """What a path holds."""

    backups: list[Path]
    """The acquisitions; at least one, sorted by path."""
    unreadable: int
    """Folders that may not be read: nobody knows what lies in them."""
    platforms: Mapping[Path, str] = msgspec.field(default_factory=dict)
    """The system of the phone behind each acquisition, as far as names and first bytes tell."""
    passed_over: list[Path] = []
    """Archives beside them whose names no form knows, sorted: they may be acquisitions that somebody renamed."""


def find_backups(path: str | os.PathLike[str]) -> list[Path]:
    """The backups of `look_through`."""
    return look_through(path).backups


def look_through(path: str | os.PathLike[str]) -> Found:
    """The acquisitions at a path: itself, or those below it. Symbolic links below it are not followed.

    Raises Usage where there is none, or the path cannot be read; LimitExceeded for more folders than `MAX_FOLDERS`.
    """
    top = Path(path)
    if not _is_folder(top):
        form = file_form(os.fspath(top))
        if form is None:
            raise Usage(t("error.find.file_kind_sousveil", path=os.fspath(top)), hint=t(LOOKS_LIKE))
        return Found([top], 0, {top: form.platform})
    found: dict[Path, str] = {}
    unreadable = 0
    passed_over: list[Path] = []
    waiting = deque([(top, 0, False)])
    seen = 0
    while waiting:
        folder, depth, logs = waiting.popleft()
        seen += 1
        if seen > MAX_FOLDERS:
            raise LimitExceeded(
                t("error.find.contains_more_folders", path=os.fspath(path), limit=MAX_FOLDERS),
                hint=t("error.find.name_backup_own"),
            )
        try:
            names, folders = _look(folder)
        except OSError:
            unreadable += 1
            continue
        if (form := folder_form(frozenset(names))) is not None:
            found[folder] = form.platform
            continue
        files = {name: form for name in names.difference(folders) if (form := _form_of(folder, name)) is not None}
        # Of an archive only the opening tells the form.
        texts = {name for name, form in files.items() if form.together and name.lower().endswith(_TEXTS)}
        if texts and not logs:
            found[folder] = files[min(texts)].platform
            logs = True
        if not logs:
            others = names.difference(folders, files)
            passed_over += [folder / name for name in others if name.lower().endswith(_ARCHIVES)]
        for name in files.keys() - texts:
            if not (logs and _is_part_of_logs(name)):
                found[folder / name] = files[name].platform
        if depth < MAX_DEPTH:
            waiting.extend((folder / name, depth + 1, logs) for name in folders)
    if found:
        return Found(sorted(found), unreadable, found, sorted(passed_over))
    if (deep := next((form for form in forms() if form.deep(top)), None)) is not None:
        return Found([top], unreadable, {top: deep.platform})
    if unreadable:
        raise Usage(
            t("error.find.backup_found_user", path=os.fspath(path), unreadable=unreadable),
            hint=t("error.find.copy_backup_folder"),
        )
    raise Usage(t("error.find.iphone_backup_contains", path=os.fspath(path)), hint=t(LOOKS_LIKE))


def _form_of(folder: Path, name: str) -> Form | None:
    """The form of a file whose name some form knows."""
    return file_form(os.fspath(folder / name)) if any(form.named(name) for form in forms()) else None


def _is_part_of_logs(name: str) -> bool:
    """Whether an archive in a folder of logs is read with that folder: no other form knows its name."""
    return name.lower().endswith(".zip") and all(form.together for form in forms() if form.named(name))


def _is_folder(top: Path) -> bool:
    try:
        mode = top.stat().st_mode
    except FileNotFoundError:
        raise Usage(t("error.find.does_exist", path=os.fspath(top))) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else t("error.find.path")
        raise Usage(t("error.find.cannot_read", path=os.fspath(top), reason=reason)) from None
    return stat.S_ISDIR(mode)


def _look(folder: Path) -> tuple[set[str], list[str]]:
    """(names of the folder's entries, names of its folders)."""
    names: set[str] = set()
    folders: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            names.add(entry.name)
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
    return names, sorted(folders)
