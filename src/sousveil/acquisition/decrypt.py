"""Writing a backup out decrypted, only when somebody asks for it; and the key that spares the password.

Nothing else in the package writes evidence decrypted. A name out of the manifest becomes a path only after it is shown
to stay below the destination."""

from __future__ import annotations

import errno
import fnmatch
import os
import plistlib
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from sousveil.acquisition import system
from sousveil.acquisition.backup import FOLDER, LINK, Backup, Entry
from sousveil.acquisition.content import stream_blocks
from sousveil.acquisition.entry import FILE_ID
from sousveil.acquisition.keybag import write_key_file
from sousveil.acquisition.model import FileGroup
from sousveil.errors import LimitExceeded, Malformed, SousveilError, Usage
from sousveil.texts import t

MAX_DEPTH = 100
MAX_NAME = 255
"""Bytes of one part of a path, as file systems allow."""
SPARE = 64 << 20
"""Bytes that are to stay free on the disk."""
MANIFEST = "Manifest.plist"
KEYS = ("BackupKeyBag", "ManifestKey")
"""What Manifest.plist holds for decrypting."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """How far decrypting has come, after each file."""

    done: int
    """Files written so far."""
    written: int
    """Bytes written so far."""
    where: str
    """`Domain/relative/path` of this file."""
    problem: str | None = None
    """Why this file was not written."""


Progress = Callable[[Step], None]


def extract_key(backup: Backup, password: str | bytes, key_file: str | os.PathLike[str]) -> None:
    """Write the key that the password stands for in this backup into a new file (mode 0600), after it has opened the
    backup.

    Raises Usage for a backup that is not encrypted or a file that exists, Locked for a wrong password.
    """
    if not backup.encrypted:
        raise Usage(t("error.common.backup_encrypted_needs"))
    keybag = backup.keybag
    key = keybag.derived_key(password)
    keybag.unlock_with_key(key, by_password=True)
    write_key_file(key_file, key)


def decrypt_backup(
    backup: Backup, dest: str | os.PathLike[str], only: Sequence[str] = (), progress: Progress | None = None
) -> int:
    """Write the backup's files decrypted below `dest`; returns how many were written.

    Without `only` they make an unencrypted backup that other tools open: Manifest.db, the property lists, and each file
    under its id in a folder of two characters. `only` are patterns of `domain/relative/path` (`*` and `?`, `*` matches
    `/` too); the files that they name are written as `domain/relative/path`. Folders get mode 0700, files 0600; each file
    appears whole or not at all. Files that cannot be had, and names that lead out of `dest`, are told to `progress` as a
    problem and left out. Raises Usage for a destination that is not empty or lies in the backup, LimitExceeded for a full
    disk, and as `Backup.entries`."""
    root = _destination(backup, Path(dest))
    wanted = [re.compile(fnmatch.translate(pattern)) for pattern in only]
    _check_space(backup, root, wanted)
    done = written = 0
    if not wanted and backup.info.manifest:
        written, done = _write_manifest(backup, root), 1
    for where, group in _groups(backup, wanted):
        problem = None
        try:
            written += _write(group, root)
            done += 1
        except (LimitExceeded, Usage) as error:
            said = t("decrypt.written_before", n=done, reason=error.message)
            raise type(error)(said, hint=error.hint) from None
        except SousveilError as error:
            problem = error.message
        if progress is not None:
            progress(Step(done=done, written=written, where=where, problem=problem))
    return done


def _wanted(entry: Entry, wanted: Sequence[re.Pattern[str]]) -> bool:
    if entry.flags in (FOLDER, LINK):
        return False
    where = f"{entry.domain}/{entry.relative}"
    return not wanted or any(pattern.match(where) for pattern in wanted)


def _groups(backup: Backup, wanted: Sequence[re.Pattern[str]]) -> Iterator[tuple[str, FileGroup]]:
    """Where each file to write lies on the phone, and its group, named as it is to be written."""
    if wanted:
        for entry in backup.entries():
            if _wanted(entry, wanted):
                group = backup.group_for(entry)
                yield group.where, group
        return
    for group in backup.info_groups():
        for member in group.members if group.relative != MANIFEST else ():
            yield group.where, FileGroup(domain="", relative=group.relative + member.suffix, members=(member,))
    for entry in backup.entries():
        if _wanted(entry, wanted):
            group = backup.group_for(entry)
            stored = entry.file_id if FILE_ID.match(entry.file_id) else ""
            yield group.where, FileGroup(domain=stored[:2], relative=stored, members=group.members[:1])


def _write_manifest(backup: Backup, root: Path) -> int:
    """Write Manifest.plist of an unencrypted backup: what the backup states, without its keys; returns its bytes."""
    stated = {name: value for name, value in backup.info.manifest.items() if name not in KEYS}
    data = plistlib.dumps({**stated, "IsEncrypted": False}, fmt=plistlib.FMT_BINARY, sort_keys=False)
    try:
        with os.fdopen(os.open(root / MANIFEST, system.CREATE, 0o600), "wb") as file:
            file.write(data)
    except OSError as error:
        if error.errno in _FULL:
            raise LimitExceeded(t("error.decrypt.disk_full"), hint=t("error.decrypt.choose_another_disk")) from None
        raise Usage(t("error.decrypt.destination_cannot_written", reason=error.strerror)) from None
    return len(data)


def _destination(backup: Backup, dest: Path) -> Path:
    inside = backup.root.resolve()
    target = dest.resolve()
    if target == inside or inside in target.parents:
        raise Usage(t("error.decrypt.destination_inside_backup"))
    try:
        dest.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(dest.iterdir()):
            raise Usage(t("error.decrypt.empty", dest=os.fspath(dest)), hint=t("error.common.name_new_folder"))
        if dest.stat().st_mode & 0o777 != 0o700:
            dest.chmod(0o700)
    except OSError as error:
        raise Usage(t("error.decrypt.folder_cannot_used", dest=os.fspath(dest), reason=error.strerror)) from None
    return target


def _check_space(backup: Backup, dest: Path, wanted: Sequence[re.Pattern[str]]) -> None:
    """Refuse to begin what the disk cannot hold, by the sizes that the manifest states."""
    needed = sum(
        entry.info.size or 0 for entry in backup.entries() if entry.info is not None and _wanted(entry, wanted)
    )
    free = shutil.disk_usage(dest).free
    # Stated sizes are hostile: one that no disk holds is left to the writing, which stops where the content ends.
    if free - SPARE < needed < 1 << 50:
        raise LimitExceeded(
            t("error.decrypt.files_need_bytes", needed=needed, free=free),
            hint=t("error.decrypt.choose_another_disk"),
        )


def safe_parts(domain: str, relative: str) -> list[str]:
    """The parts of the path below the destination. Raises Malformed for a name that would lead elsewhere."""
    parts = ([domain] if domain else []) + relative.split("/")
    if len(parts) > MAX_DEPTH:
        raise Malformed(t("error.decrypt.file_path_manifest"))
    for part in parts:
        if part in ("", ".", "..") or "\0" in part or "/" in part or "\\" in part or (os.name == "nt" and ":" in part):
            raise Malformed(t("error.decrypt.file_path_manifest_leads"))
        if len(part.encode("utf-8", "backslashreplace")) > MAX_NAME:
            raise Malformed(t("error.decrypt.file_name_manifest"))
    return parts


def _write(group: FileGroup, root: Path) -> int:
    """Write one file; returns its bytes."""
    parts = safe_parts(group.domain, group.relative)
    folder = root
    partial = None
    try:
        for part in parts[:-1]:
            folder = folder / part
            folder.mkdir(mode=0o700, exist_ok=True)
        # In the same folder: a confined process may not move a file from one folder to another.
        target, partial = folder / parts[-1], folder / ".sousveil-partial"
        if os.path.lexists(target) or target == partial:
            raise Malformed(t("error.decrypt.another_file_name"))
        written = _write_content(group, partial)
        partial.replace(target)
        return written
    except UnicodeEncodeError:
        raise Malformed(t("error.decrypt.file_name_manifest_valid")) from None
    except OSError as error:
        if error.errno in _FULL:
            raise LimitExceeded(t("error.decrypt.disk_full"), hint=t("error.decrypt.choose_another_disk")) from None
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO):
            raise Usage(t("error.decrypt.destination_cannot_written", reason=error.strerror)) from None
        raise Malformed(t("error.decrypt.file_cannot_written", reason=error.strerror)) from None
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def _write_content(group: FileGroup, partial: Path) -> int:
    descriptor = os.open(partial, system.CREATE, 0o600)
    written = 0
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        for _, content in stream_blocks(group.members[0]):
            done = 0
            while done < len(content):
                done += file.write(content[done:]) or 0
            written += done
    return written
