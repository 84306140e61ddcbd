"""An iOS backup (iOS 10 and later): its files as the manifest lists them, as groups that can be read.

The manifest is streamed: no list of files is ever held. A row's text is hostile: only a file id of 40 hexadecimal
digits is ever made part of a path on this computer."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import apsw
import msgspec

from sousveil.acquisition.content import open_stored, stored_size
from sousveil.acquisition.door import StoredFile
from sousveil.acquisition.entry import FILE_ID, FOLDER, LINK, MAX_BLOB, NO_ID, Entry, codec_of, entry_of, text_of
from sousveil.acquisition.evidence_db import EvidenceDatabase, as_error, open_database
from sousveil.acquisition.find import OLD_MANIFEST
from sousveil.acquisition.info import INFO_FILES, BackupInfo, read_info
from sousveil.acquisition.keybag import ClassKeys, Keybag, parse_keybag
from sousveil.acquisition.mbfile import FileInfo
from sousveil.acquisition.model import Device, FileGroup, Limit, Member
from sousveil.acquisition.places import Where
from sousveil.acquisition.search import PlaceIndex
from sousveil.errors import LimitExceeded, Locked, Malformed, Missing, SousveilError, Unsupported
from sousveil.texts import t

SUFFIXES = ("-wal", "-journal", "-shm")
"""Companions of a database."""
MAX_LOCATED = 200_000
"""Files that `locate` remembers at most."""
_SQLITE_MAGIC = b"SQLite format 3\0"
_WAL_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_HALF = "error.backup.copy_whole_backup"
Key = TypeVar("Key")


class Backup:
    """One backup folder. Raises Unsupported for the format before iOS 10.

    `device` are the stated facts; `limits` says what is not whole; `encrypted` whether its files must be
    decrypted here (a backup that was decrypted before still says of itself that it is encrypted: `device.encrypted`).
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.root = Path(path)
        if not os.path.lexists(self.root / "Manifest.db") and os.path.lexists(self.root / OLD_MANIFEST):
            raise Unsupported(
                t("error.backup.ios_earlier_made"),
                hint=t("error.backup.only_backups_ios"),
            )
        self._plain_manifest = self._starts_with("Manifest.db", (_SQLITE_MAGIC,))
        self.encrypted, self.streamed = self._is_encrypted(), False
        self._keys: ClassKeys | None = None
        self._manifest_key: bytes | None = None
        self._shards: dict[str, bool] = {}

    def _starts_with(self, name: str, magics: tuple[bytes, ...]) -> bool | None:
        """Whether a file of the folder begins with one of these; None where there is no such file or it is empty."""
        try:
            descriptor = open_stored(os.fspath(self.root / name))
        except SousveilError:
            return None
        try:
            head = os.read(descriptor, 16)
        finally:
            os.close(descriptor)
        return head.startswith(magics) if head else None

    @cached_property
    def info(self) -> BackupInfo:
        """The property lists beside the files, read when first asked for: Info.plist can be large."""
        return read_info(self.root)

    @cached_property
    def limits(self) -> list[Limit]:
        """What is not whole."""
        if self._plain_manifest is not None:
            return self.info.limits
        return [*self.info.limits, Limit(id="manifest_missing")]

    @cached_property
    def device(self) -> Device:
        """The phone, as the backup states it."""
        device = self.info.device()
        return msgspec.structs.replace(device, encrypted=True) if self.encrypted else device

    def _is_encrypted(self) -> bool:
        if self._plain_manifest is None:
            return self.info.says_encrypted is True
        if self._plain_manifest:
            return False
        if self.info.says_encrypted is not None:
            return self.info.says_encrypted
        return True

    # Keys

    @property
    def keybag(self) -> Keybag:
        """The keybag of an encrypted backup. Raises Locked where it is not there, Malformed where it is damaged."""
        data = self.info.data("BackupKeyBag")
        if data is None:
            raise Locked(t("error.backup.backup_encrypted_but"), hint=t(_HALF))
        return parse_keybag(data)

    def unlock(self, keys: ClassKeys) -> None:
        """Use these keys from now on. Raises Locked or Malformed where they do not open the manifest."""
        if not self.encrypted:
            return
        wrapped = self.info.data("ManifestKey")
        if wrapped is None:
            raise Unsupported(
                t("error.backup.backup_encrypted_key"),
                hint=t("error.backup.make_new_backup"),
            )
        self._manifest_key = keys.file_key(wrapped)
        self._keys = keys

    def unlock_with(self, *, password: bytes | None = None, derived_key: bytes | None = None) -> bytes | None:
        """Unlock the backup where it is encrypted and a secret is given; gives the key that unlocks it again at once."""
        if not self.encrypted or (password is None and derived_key is None):
            return derived_key
        bag = self.keybag
        key = bag.derived_key(password) if password is not None else derived_key
        assert key is not None
        self.unlock(bag.unlock_with_key(key, by_password=password is not None))
        return key

    @property
    def keys(self) -> ClassKeys | None:
        """The keys in use."""
        return self._keys

    # Files beside the listed ones

    def manifest_group(self) -> FileGroup:
        """Manifest.db with its -wal, where there is one; decrypted where the backup is encrypted."""
        members = [self._manifest_member("Manifest.db", "", (_SQLITE_MAGIC,))]
        for suffix, magics in (("-wal", _WAL_MAGIC), ("-journal", (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7",))):
            if os.path.lexists(self.root / f"Manifest.db{suffix}"):
                members.append(self._manifest_member(f"Manifest.db{suffix}", suffix, magics))
        return FileGroup(domain="", relative="Manifest.db", members=tuple(members))

    def _manifest_member(self, name: str, suffix: str, magics: tuple[bytes, ...]) -> Member:
        path = os.fspath(self.root / name)
        plain = self._starts_with(name, magics)
        if not self.encrypted or plain or plain is None:
            return Member(suffix=suffix, path=path)
        if self._manifest_key is None:
            return Member(suffix=suffix, path=path, problem=t("error.backup.backup_encrypted_password"))
        return Member(suffix=suffix, path=path, key=self._manifest_key)

    def info_groups(self) -> list[FileGroup]:
        """Info.plist, Manifest.plist, Status.plist (those that are there) and Manifest.db."""
        groups = [
            FileGroup(domain="", relative=name, members=(Member(suffix="", path=os.fspath(self.root / name)),))
            for name in INFO_FILES
            if os.path.lexists(self.root / name)
        ]
        return [*groups, self.manifest_group()]

    @property
    def identity(self) -> tuple[str, Member]:
        """Manifest.db as it is stored."""
        return "/Manifest.db", Member(suffix="", path=str(self.root / "Manifest.db"))

    @property
    def size(self) -> int:
        """Bytes of the list of files."""
        return stored_size(str(self.root / "Manifest.db"))

    def beside(self) -> Iterator[StoredFile]:
        """The files of `info_groups`, by position."""
        files = [(group, member) for group in self.info_groups() for member in group.members]
        for position, (group, member) in enumerate(files):
            yield StoredFile(position, group.where + member.suffix, member)

    def stored(self, first: int, last: int) -> Iterator[StoredFile]:
        """The files in these rows of the manifest, without those that it says are empty."""
        for entry in self.entries(first, last):
            if entry.flags in (FOLDER, LINK):
                continue
            member = self.member(entry)
            if not (member.problem is not None and not member.path and _empty(entry)):
                yield StoredFile(entry.row, f"{entry.domain}/{entry.relative}", member)

    # The manifest

    def _open(self) -> EvidenceDatabase:
        try:
            database = open_database(self.manifest_group())
        except Missing as error:
            if os.path.lexists(self.root / "Manifest.db"):
                raise
            raise Missing(t("error.backup.manifest_db_list"), hint=t(_HALF)) from error
        except Locked:
            raise Locked(
                t("error.backup.backup_encrypted_password"),
                hint=t("error.backup.use_backup_password"),
            ) from None
        except Malformed as error:
            if self.encrypted:
                raise Malformed(t("error.backup.manifest_db_cannot", reason=error.message), hint=t(_HALF)) from None
            raise Malformed(t("error.backup.manifest_db_list_backup", reason=error.message), hint=t(_HALF)) from None
        try:
            self._check_table(database.connection)
        except (apsw.Error, SousveilError) as error:
            database.close()
            raise as_error(error) from None
        return database

    @staticmethod
    def _check_table(connection: apsw.Connection) -> None:
        """Refuse a view or virtual table in place of the list of files: it could run for ever."""
        row = connection.execute(
            "select type, rootpage from sqlite_schema where name = 'Files' collate nocase"
        ).fetchone()
        if row is None:
            raise Malformed(t("error.backup.manifest_db_contains"), hint=t(_HALF))
        if row[0] != "table" or not row[1]:
            raise Malformed(t("error.backup.manifest_db_contains_something"))
        # Its expression would run once a row and could take for ever.
        if any(column[6] > 1 for column in connection.execute("pragma table_xinfo(Files)")):
            raise Malformed(t("error.backup.manifest_db_computes"))

    def row_span(self) -> tuple[int, int, int]:
        """(first row, last row, number of rows) of the manifest; (0, -1, 0) for an empty one. Rows go by SQLite's
        rowid.
        """
        with self._open() as database:
            try:
                first, last = (
                    database.connection.execute(f"select {end}(rowid) from Files").get for end in ("min", "max")
                )
                count = database.connection.execute("select count(*) from Files").get
            except apsw.Error as error:
                raise as_error(error) from None
        return (int(first), int(last), int(count)) if count else (0, -1, 0)

    def entries(self, first_row: int | None = None, last_row: int | None = None) -> Iterator[Entry]:
        """The manifest's rows from one rowid to another, both included, in flat memory.

        A row that is damaged or hostile comes with its `problem`. Raises as `open_database`; where the manifest is
        damaged the rows before the damage are given first."""
        low = -(1 << 63) if first_row is None else first_row
        high = (1 << 63) - 1 if last_row is None else last_row
        with self._open() as database:
            yield from self._rows(database.connection, "where rowid between ? and ? order by rowid", (low, high))

    def _rows(self, connection: apsw.Connection, where: str, bindings: tuple[Any, ...]) -> Iterator[Entry]:
        codec = codec_of(connection)
        # As blobs: text that is not valid in its encoding must not end the reading.
        query = (
            "select rowid, cast(fileID as blob), cast(domain as blob), cast(relativePath as blob), flags, "
            f"case when length(file) <= {MAX_BLOB} then file end, length(file) from Files {where}"
        )
        try:
            for row in connection.execute(query, bindings):
                yield entry_of(row, codec)
        except apsw.Error as error:
            raise as_error(error) from None

    # From rows to files

    def member(self, entry: Entry, suffix: str = "") -> Member:
        """The stored file behind a row, with its key or with the problem why it cannot be read."""
        if not FILE_ID.match(entry.file_id):
            return Member(suffix=suffix, path="", problem=entry.problem or t(NO_ID))
        path, problem = self._stored_path(entry.file_id)
        info = entry.info
        size = info.size if info is not None else None
        problem = entry.problem or problem
        if problem is None and self.encrypted:
            return self._locked_member(path, suffix, info, size)
        return Member(suffix=suffix, path=path, size=size, problem=problem)

    def _stored_path(self, file_id: str) -> tuple[str, str | None]:
        shard = file_id[:2]
        if shard not in self._shards:
            try:
                self._shards[shard] = stat.S_ISDIR(os.lstat(self.root / shard).st_mode)
            except OSError:
                self._shards[shard] = False
        root = os.fspath(self.root)
        # A shard that is a symbolic link would lead out of the backup.
        for path in ([f"{root}/{shard}/{file_id}"] if self._shards[shard] else []) + [f"{root}/{file_id}"]:
            try:
                os.lstat(path)
            except PermissionError:
                return "", t("error.backup.user_may_read", shard=shard)
            except OSError:
                continue
            return path, None
        return "", t("error.backup.manifest_lists_file")

    def _locked_member(self, path: str, suffix: str, info: FileInfo | None, size: int | None) -> Member:
        if self._keys is None:
            return Member(suffix=suffix, path=path, size=size, problem=t("error.backup.backup_encrypted_password"))
        if info is None or info.encryption_key is None:
            if size is not None and _plain_size(path) == size:
                return Member(suffix=suffix, path=path, size=size)
            return Member(suffix=suffix, path=path, size=size, problem=t("error.backup.manifest_key_file"))
        try:
            key = self._keys.file_key(info.encryption_key)
        except SousveilError as error:
            return Member(suffix=suffix, path=path, size=size, problem=error.message)
        return Member(suffix=suffix, path=path, size=size, key=key)

    def group_for(self, entry: Entry, companions: Mapping[str, Entry] | None = None) -> FileGroup:
        """The group of a row: its own file first, then the companions given by suffix."""
        members = [self.member(entry)]
        members += [self.member(other, suffix) for suffix, other in sorted((companions or {}).items())]
        return FileGroup(
            domain=entry.domain, relative=entry.relative, phone_path=entry.phone_path, members=tuple(members)
        )

    def locate(self, ats: Sequence[tuple[Key, Where]]) -> Iterator[tuple[Key, FileGroup]]:
        """Every file that lies at one of the places, with its companions; (key, group) once for each key, in the order
        of the manifest, files beside the manifest first.

        One pass over the manifest's names; only rows that fit are remembered. Raises as `entries`; files found before a
        damage are given first. LimitExceeded where more than `MAX_LOCATED` files fit.
        """
        for group in self.info_groups():
            yield from ((key, group) for key in _once(key for key, at in ats if at.matches("", group.relative, None)))
        index = PlaceIndex(ats)
        failed: SousveilError | None = None
        with self._open() as database:
            try:
                self._collect(database.connection, index)
            except (apsw.Error, SousveilError) as error:
                failed = as_error(error)
            for keys, rows in index.groups():
                entries = {}
                for suffix, row in rows.items():
                    for entry in self._rows(database.connection, "where rowid = ?", (row,)):
                        entries[suffix] = entry
                if "" in entries:
                    main = entries.pop("")
                    group = self.group_for(main, entries)
                    yield from ((key, group) for key in keys)
        if failed is not None:
            raise failed

    @staticmethod
    def _collect(connection: apsw.Connection, index: PlaceIndex[Any]) -> None:
        codec = codec_of(connection)
        likely = index.condition() if codec == "utf-8" else None
        # Never by an index: a damaged one would hide files.
        query = "select rowid, cast(domain as blob), cast(relativePath as blob), flags from Files not indexed"
        if likely is not None:
            query += f" where +flags is not {FOLDER} and +flags is not {LINK} and ({likely})"
        query += " order by rowid"
        for row, domain, relative, flags in connection.execute(query):
            if flags in (FOLDER, LINK):
                continue
            index.see(row, text_of(domain, codec), text_of(relative, codec))
            if index.count > MAX_LOCATED:
                raise LimitExceeded(t("error.backup.backup_more_files", limit=MAX_LOCATED))


def _empty(entry: Entry) -> bool:
    """Whether the manifest says that the file holds nothing; then no stored file need be there."""
    return entry.problem is None and entry.info is not None and entry.info.size == 0


def _once(keys: Iterator[Key]) -> list[Key]:
    return list(dict.fromkeys(keys))


def _plain_size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return -1


__all__ = ["FOLDER", "LINK", "MAX_LOCATED", "SUFFIXES", "Backup", "Entry"]
