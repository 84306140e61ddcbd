"""What an acquisition that is a file or a folder holds: its files, and the members of the zip archives among them.

Nothing is unpacked to disk. Symbolic links are not followed. The name of a member is hostile: it is a label, and never
becomes a path of this computer.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from sousveil.acquisition import abfile, tars
from sousveil.acquisition.content import open_layers, open_member
from sousveil.acquisition.door import StoredFile
from sousveil.acquisition.model import FileGroup, Limit, Member, Packed, Section
from sousveil.acquisition.zips import MAGIC, members
from sousveil.errors import SousveilError
from sousveil.texts import t

MAX_FILES = 50_000
"""Files and members that are listed."""
MAX_DEPTH = 3
"""Archives inside one another that are looked into."""
MAX_LOCKED = 8
"""Encrypted adb backups of one acquisition that a password is tried on; each try may cost a second."""
MAX_ALL = 8 << 30
"""Bytes of content of all members together; what lies beyond is not read."""
_HEAD = 4096


class Contained(msgspec.Struct, frozen=True):
    """One file of an acquisition."""

    domain: str
    """The archives around it, joined by `/`; "" for a file of the outermost archive or folder."""
    relative: str
    member: Member
    modified: str | None = None
    """Wall clock of the computer or phone that wrote the archive, without a zone."""
    archive: bool = False
    """Whether it is an archive whose members are listed as well."""

    @property
    def where(self) -> str:
        """How the file is cited; the same as `FileGroup.where`."""
        return f"{self.domain}/{self.relative}"

    @property
    def phone_path(self) -> str | None:
        """Where the file lay on the phone: bug reports keep such files below a folder `FS`."""
        _, mark, path = f"/{self.relative}".partition("/FS/")
        return f"/{path}" if mark and ".." not in path.split("/") else None

    def group(self, sections: tuple[Section, ...] = ()) -> FileGroup:
        """The file as artefacts read it."""
        return FileGroup(
            domain=self.domain,
            relative=self.relative,
            phone_path=self.phone_path,
            members=(self.member,),
            sections=sections,
        )

    def head(self, amount: int = _HEAD) -> bytes:
        """The first bytes of its content; b"" where it cannot be read."""
        try:
            content = open_member(self.member)
        except SousveilError:
            return b""
        try:
            return content.read(amount, 0)
        except SousveilError:
            return b""
        finally:
            content.close()


class Contents(msgspec.Struct):
    """The files of an acquisition, in a fixed order."""

    path: Path
    files: list[Contained] = msgspec.field(default_factory=list)
    limits: list[Limit] = msgspec.field(default_factory=list)
    """What could not be listed."""
    keys: bytes = b""
    """Of the encrypted adb backups among them, joined."""
    locked: list[Contained] = msgspec.field(default_factory=list)
    """Adb backups that none of the keys opens."""
    _size: int = 0
    _names: set[str] = msgspec.field(default_factory=set)
    _next: dict[str, int] = msgspec.field(default_factory=dict)
    """Of names that several files have: the number for the next one."""

    def add(self, file: Contained) -> bool:
        """Take a file in, under a name of its own; False where there are too many."""
        if len(self.files) >= MAX_FILES:
            if not any(limit.id == "members_many" for limit in self.limits):
                self.limits.append(Limit(id="members_many", values={"count": f"{MAX_FILES:,}"}))
            return False
        if (where := file.where) in self._names:
            plain, number = file.relative, self._next.get(where, 2)
            while (file := msgspec.structs.replace(file, relative=f"{plain} ({number})")).where in self._names:
                number += 1
            self._next[where] = number + 1
        self._names.add(file.where)
        self.files.append(file)
        return True

    def room(self, size: int) -> bool:
        """Whether so many bytes of content more may be read."""
        self._size += size
        return self._size <= MAX_ALL


class HeldFiles:
    """The part of an `Acquisition` that lists files which are not encrypted; a row is the position of a file."""

    encrypted = streamed = False
    held: Contents

    def unlock_with(self, *, password: bytes | None = None, derived_key: bytes | None = None) -> bytes | None:
        """Nothing is encrypted."""
        return None

    def row_span(self) -> tuple[int, int, int]:
        """Rows count the files from 0."""
        count = len(self.held.files)
        return (0, count - 1, count) if count else (0, -1, 0)

    def beside(self) -> Iterable[StoredFile]:
        """None: every file is listed."""
        return ()

    def stored(self, first: int, last: int) -> Iterator[StoredFile]:
        """The files in these rows."""
        for row in range(max(first, 0), min(last + 1, len(self.held.files))):
            file = self.held.files[row]
            yield StoredFile(row, file.where, file.member, file.archive)


@lru_cache(maxsize=1)
def contents(path: str, keys: bytes = b"", without: frozenset[str] = frozenset()) -> Contents:
    """The files at a path, but for those at the paths of `without`; `keys` open adb backups. Never raises for what is
    damaged: that is a limit."""
    found = Contents(Path(path), keys=keys)
    if found.path.is_dir():
        _folder(found, path, without)
    else:
        _file(found, "", found.path.name, Member(suffix="", path=path), depth=0)
    return found


@lru_cache(maxsize=1)
def sealed_contents(path: str, layer: Packed) -> Contents:
    """The files of a zip archive that lies encrypted at a path; `layer` opens it. The file itself is hashed as it is stored."""
    found = Contents(Path(path))
    stored = Member(suffix="", path=path)
    found.add(Contained("", found.path.name, stored, archive=True))
    _archive(found, "", "", replace_inside(stored, layer), depth=1)
    return found


def replace_inside(member: Member, layer: Packed) -> Member:
    """The content that a layer holds."""
    return Member(suffix="", path=member.path, size=layer.size, inside=(*member.inside, layer))


def _folder(found: Contents, top: str, without: frozenset[str]) -> None:
    unreadable = 0

    def failed(_: OSError) -> None:
        nonlocal unreadable
        unreadable += 1

    for folder, folders, names in os.walk(top, onerror=failed):
        folders[:] = sorted(name for name in folders if f"{folder}{os.sep}{name}" not in without)
        for name in sorted(names):
            path = f"{folder}{os.sep}{name}"
            if path in without:
                continue
            relative = os.path.relpath(path, top).replace(os.sep, "/")
            try:
                relative.encode()
                regular = stat.S_ISREG(os.lstat(path).st_mode)
            except UnicodeEncodeError:
                problem = t("error.contents.name_valid_text")
                shown = relative.encode("utf-8", "backslashreplace").decode()
                found.add(Contained("", shown, Member(suffix="", path="", problem=problem)))
                continue
            except OSError:
                regular = False
            if not regular:
                problem = t("error.contents.regular_file_but")
                found.add(Contained("", relative, Member(suffix="", path="", problem=problem)))
            else:
                _file(found, "", relative, Member(suffix="", path=path), depth=0)
            if len(found.files) >= MAX_FILES:
                return
    if unreadable:
        found.limits.append(Limit(id="folders_unreadable", values={"count": f"{unreadable:,}"}))


def _file(
    found: Contents, domain: str, relative: str, member: Member, *, depth: int, modified: str | None = None
) -> None:
    """A file; where it is a zip archive or an adb backup, its members too."""
    file = Contained(domain, relative, member, modified)
    outermost = depth == 0 and member.path == os.fspath(found.path)
    zipped = outermost or relative.lower().endswith(".zip")
    archive = zipped and member.problem is None and file.head(len(MAGIC)) == MAGIC
    if (outermost or relative.lower().endswith(".ab")) and file.head(len(abfile.MAGIC)) == abfile.MAGIC:
        if found.add(msgspec.structs.replace(file, archive=True)):
            _adb_backup(found, file, "" if outermost else file.where.lstrip("/"))
        return
    if archive and depth >= MAX_DEPTH:
        found.limits.append(Limit(id="archive_deep", values={"file": file.where[:300], "depth": str(MAX_DEPTH)}))
        archive = False
    if not found.add(msgspec.structs.replace(file, archive=archive)) or not archive:
        return
    _archive(found, file.where, "" if outermost else file.where.lstrip("/"), member, depth=depth + 1)


def _archive(found: Contents, where: str, domain: str, member: Member, *, depth: int) -> None:
    """The members of a zip archive."""
    try:
        archived = open_member(member)
        try:
            for row in members(archived):
                problem = row.problem or (
                    None if found.room(row.packed.size) else t("error.contents.archive_unfolds_more", limit=MAX_ALL)
                )
                packed = Member(
                    suffix="",
                    path=member.path,
                    size=row.packed.size,
                    inside=(*member.inside, row.packed),
                    problem=problem,
                )
                _file(found, domain, row.name.lstrip("/") or "?", packed, depth=depth, modified=row.modified)
                if len(found.files) >= MAX_FILES:
                    return
        finally:
            archived.close()
    except SousveilError as error:
        found.limits.append(Limit(id="archive_damaged", values={"file": where[:300], "reason": error.message}))


def _adb_backup(found: Contents, file: Contained, domain: str) -> None:
    """The files of an adb backup. An encrypted one that no key opens is a limit, unless it is all that there is."""
    member = file.member
    try:
        source = open_member(member)
        try:
            header = abfile.read_header(source)
            key = next((key for key in abfile.keys(found.keys) if abfile.opens(header, source, key)), None)
            layers = (*member.inside, *abfile.layers(header, source.size, key))
        finally:
            source.close()
        if header.version > abfile.NEWEST:
            found.limits.append(Limit(id="adb_backup_newer", values={"version": str(header.version)}))
        if header.encrypted and key is None:
            found.locked.append(file)
            if len(found.locked) == MAX_LOCKED + 1:
                found.limits[:] = [limit for limit in found.limits if limit.id != "adb_backup_locked"]
                found.limits.append(Limit(id="adb_backups_many", values={"count": str(MAX_LOCKED)}))
            elif domain and len(found.locked) <= MAX_LOCKED:
                found.limits.append(Limit(id="adb_backup_locked", values={"file": file.where[:300]}))
            return
        archive = open_layers(member.path, layers)
        if not layers[-1].stored or not archive.read(1, 0):
            found.limits.append(Limit(id="adb_backup_empty", values={"file": file.where[:300]}))
            return
        count = len(found.files)
        for row in tars.members(archive):
            room = found.room(row.packed.size)
            problem = row.problem or (None if room else t("error.contents.archive_unfolds_more", limit=MAX_ALL))
            inside = Member(
                suffix="", path=member.path, size=row.packed.size, inside=(*layers, row.packed), problem=problem
            )
            if not found.add(Contained(domain, row.name.lstrip("/") or "?", inside)):
                return
        if len(found.files) == count:
            found.limits.append(Limit(id="adb_backup_empty", values={"file": file.where[:300]}))
    except SousveilError as error:
        found.limits.append(Limit(id="archive_damaged", values={"file": file.where[:300], "reason": error.message}))
