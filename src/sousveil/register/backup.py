"""Backups: database, public log and private files of one moment, with a manifest. Private keys go into a file of their own.

BACKUP/manifest.json          what the backup is of, with size and SHA-256 of each file
BACKUP/manifest.json.sha256   SHA-256 of the manifest, as `sha256sum` writes it
BACKUP/register/              the register's folder without keys/ and without what is derived; its database is always SQLite

A backup gets its name once all of it is on the disk and was read again. Writers wait while it is copied, readers do not.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import msgspec

from sousveil.errors import Locked, Malformed, Missing, SousveilError, Usage
from sousveil.kinds import visible
from sousveil.ledger import atomic, checkpoint, merkle
from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.note import Signer, parse_vkey
from sousveil.ledger.policy import only_log
from sousveil.ledger.tiles import TileFiles
from sousveil.register.audit import FOLDER as AUDIT
from sousveil.register.audit import AuditLog
from sousveil.register.folder import CONFIG, DATABASE, LOG_KEY, PARTS, Config, Folder
from sousveil.register.mirror import Mirror
from sousveil.register.outbox import hold_back
from sousveil.register.register import Register
from sousveil.register.replaying import replay
from sousveil.register.static import Restored
from sousveil.register.store import Store
from sousveil.register.store.connection import SqliteDatabase
from sousveil.register.store.writing import utc_now
from sousveil.register.verify import verify
from sousveil.register.verify_report import Report

FORMAT = 1
MANIFEST = "manifest.json"
SUM = "manifest.json.sha256"
CONTENT = "register"
STAFF = "staff.sqlite"
SESSIONS = "django_session"
"""Its table whose keys sign in."""
POLICY = "policy"
FOLDERS = ("evidence", "loaded", "notices")
"""Private files, beside log, attachments and audit log. Answers, search index and prepared pages are made anew."""
_PUBLIC = ("log", "attachments")
"""Folders that file servers give out."""
SHOWN = 20
"""Files that one message names at most."""
_CHUNK = 1 << 20


class BackupFailed(SousveilError):
    """A backup or a restored register could not be written; nothing of it was kept."""


class Damaged(Malformed):
    """A backup is not as it was written."""


class FileSum(msgspec.Struct, frozen=True, kw_only=True):
    """Size and hash of a file."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is of."""

    format: int
    made: str
    """UTC."""
    origin: str
    log: str
    """The key that verifies the log, as signed notes name it."""
    size: int
    """Entries of the log."""
    root: str
    """Root hash of these entries, hex."""
    keys: tuple[str, ...]
    """Names of the private keys, which are not in the backup."""
    files: dict[str, FileSum]


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The private keys of a register, as they are encrypted."""

    log: str
    files: dict[str, bytes]


class Restoration(msgspec.Struct, frozen=True, kw_only=True):
    """A register that was restored."""

    manifest: Manifest
    report: Report
    """What `verify` says of it."""
    added: int
    """Entries that the mirror had and the backup lacked."""
    lists: tuple[str, ...]
    """Lists for screening that must be loaded again."""
    missing: tuple[str, ...]
    """Names of the private keys that are not there."""
    witnessed: bool
    """Whether the policy names witnesses that can be asked."""
    stopped: SousveilError | None
    """Why the register signs nothing."""
    waiting: int
    """Mails and calls that waited when the backup was made: they were perhaps sent since, and leave only when somebody says so."""


def back_up(register: Register, backup: Path) -> tuple[Manifest, Report]:
    """Writes a backup of an opened register; returns its manifest and what `verify` says of it.

    Raises Usage for a place that cannot be, BackupFailed where it cannot be written, Restored where the database is older than the log.
    """
    paths = register.paths
    with _new_folder(backup, outside=paths.root) as part:
        copying = _Copying(part / CONTENT)
        copying.attachments(paths.attachments)  # most of the bytes, before writers must wait
        with register.sequencer.lock():
            register.files.catch_up()
            head = register.files.published()
            if head is None:
                raise Missing("This register has no checkpoint yet.", hint="Make it with `sousveil register init`.")
            copying.database(register)
            copying.folder(paths.log, "log")
            copying.attachments(paths.attachments)
            with register.audit.lock() if (paths.root / AUDIT).is_dir() else contextlib.nullcontext():
                copying.folder(paths.root / AUDIT, AUDIT)
            for name in FOLDERS:
                copying.folder(paths.root / name, name)
        if (paths.root / STAFF).is_file():
            copying.sqlite(paths.root / STAFF, STAFF, without=SESSIONS)
        if register.config.policy is not None:
            copying.file(paths.root / register.config.policy, POLICY)
        copying.text(CONFIG, _here(register.config).text())
        manifest = Manifest(
            format=FORMAT,
            made=utc_now(),
            origin=register.origin,
            log=register.vkey,
            size=head.size,
            root=head.root.hex(),
            keys=tuple(sorted(_key_files(paths))),
            files=copying.files,
        )
        data = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
        _fill(part / MANIFEST, data)
        _fill(part / SUM, f"{sha256(data).hexdigest()}  {MANIFEST}\n".encode())
        os.sync()
        _check_files(part, manifest)
        report = verify(part / CONTENT, policy=only_log(parse_vkey(register.vkey)), go=False)
        if (report.size, report.root) != (manifest.size, manifest.root):
            raise Disagreement(f"The backup does not hold what was copied. {report.difference or ''}".strip())
    return manifest, report


def read_manifest(backup: Path) -> Manifest:
    """The manifest of a backup. Raises Missing, Damaged."""
    try:
        data, told = (backup / MANIFEST).read_bytes(), (backup / SUM).read_bytes()
    except OSError:
        raise Missing(
            f"There is no backup in {visible(str(backup))}.",
            hint="Name the folder that `sousveil register backup` wrote; a backup that was broken off has no name.",
        ) from None
    if told != f"{sha256(data).hexdigest()}  {MANIFEST}\n".encode():
        raise Damaged(f"This backup was altered: {MANIFEST} and {SUM} differ.", hint="Use another backup.")
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise Damaged(f"{MANIFEST} cannot be read: {error}.", hint="Use another backup.") from None
    if manifest.format != FORMAT:
        raise Malformed(
            f"This backup has the form {manifest.format}.", hint="Restore it with the version that wrote it."
        )
    _check_names(manifest.files)
    if any(name.startswith("keys/") for name in manifest.files):
        raise Damaged("This backup brings private keys, which no backup holds.", hint="Use another backup.")
    return manifest


def restore(
    backup: Path,
    folder: Path,
    *,
    database: str | None = None,
    keys: Keys | None = None,
    mirror: str | Path | None = None,
) -> Restoration:
    """Makes a register out of a backup, in a new folder, and verifies it; asks its witnesses whether the log has grown since.

    `database`: an empty PostgreSQL database for it. `mirror`: a copy of the log that has grown since; its entries are added, and its
    erasures done. Raises Missing, Damaged (every altered file is named), Usage, BackupFailed, Disagreement; then there is no new folder.
    """
    manifest = read_manifest(backup)
    if keys is not None and keys.log != manifest.log:
        raise Usage("These keys are of another register than this backup.")
    if mirror is not None and (keys is None or LOG_KEY not in keys.files):
        raise Usage(
            "Entries of a mirror are added only with the register's keys: the audit log gets a line for each act.",
            hint="Name the file of the keys with --keys, and your identity with --identity.",
        )
    added, lists = 0, tuple[str, ...]()
    with _new_folder(folder, outside=backup) as part:
        _copy_back(backup, part, manifest)
        paths = Folder(part)
        for name in PARTS:
            (part / name).mkdir(mode=0o755, exist_ok=True)
        if keys is not None:
            _write_keys(paths, keys, manifest)
        config = paths.config()
        if database is not None:
            config = _into(database, paths, config)
        try:
            if mirror is not None:
                added, lists = _catch_up(paths, config, manifest, mirror)
            with Store.open(paths.database(config)) as store:
                waiting = hold_back(store, "It waited when the backup was made, and was perhaps sent since.")
            report = verify(part if not lists else part / "log", policy=only_log(parse_vkey(manifest.log)), go=False)
            if report.difference is not None and report.rule is None:
                raise Disagreement(
                    f"The restored register does not hold: {report.difference}", hint="Use another backup."
                )
        except BaseException:
            if database is not None:
                with contextlib.suppress(SousveilError), Store.open(database) as filled:
                    filled.drop()
            raise
        os.sync()
    missing = tuple(name for name in sorted({*manifest.keys, LOG_KEY}) if not (folder / "keys" / name).is_file())
    stopped, witnessed = _ask_witnesses(folder) if LOG_KEY not in missing else (None, True)
    return Restoration(
        manifest=manifest,
        report=report,
        added=added,
        lists=lists,
        missing=missing,
        witnessed=witnessed,
        stopped=stopped,
        waiting=waiting,
    )


def save_keys(register: Register, file: Path, recipients: Sequence[str]) -> None:
    """Encrypts the private keys for age recipients, into a new file. Raises Usage, BackupFailed."""
    from sousveil.cases.folder import encrypted_for

    if not recipients:
        raise Usage(
            "Nobody is named for whom the keys are encrypted.", hint="Say --keys-to age1...; once more for each."
        )
    if file.exists():
        raise Usage(f"There is a file {visible(str(file))} already.", hint="Name another.")
    found = {name: path.read_bytes() for name, path in _key_files(register.paths).items()}
    if not found:
        raise Missing("There are no private keys here.", hint="Run this where the register is written.")
    sealed = encrypted_for(recipients, msgspec.json.encode(Keys(log=register.vkey, files=found)))
    try:
        atomic.write(file, sealed, mode=0o600)
    except OSError as error:
        raise BackupFailed(f"{visible(str(file))} cannot be written: {error.strerror}.") from None


def open_keys(file: Path, identity: Path) -> Keys:
    """The private keys in a file that `save_keys` wrote. Raises Missing, Usage, Locked, Malformed."""
    import pyrage

    from sousveil.cases.folder import read_identities

    try:
        data = file.read_bytes()
    except OSError as error:
        raise Missing(f"{visible(str(file))} cannot be read: {error.strerror}.") from None
    try:
        return msgspec.json.decode(pyrage.decrypt(data, read_identities(identity)), type=Keys)
    except pyrage.DecryptError:
        raise Locked(
            "This identity does not open the file of the keys, or the file was altered.",
            hint="Name the identity of somebody for whom it was encrypted.",
        ) from None
    except msgspec.DecodeError:
        raise Malformed("This file holds no keys of a register.") from None


class _Copying:
    """Copies files into a folder, and knows size and hash of each."""

    def __init__(self, into: Path) -> None:
        self.into = into
        self.files: dict[str, FileSum] = {}

    def file(self, source: Path, name: str) -> FileSum:
        """One file, as it is."""
        digest, size = sha256(), 0
        with source.open("rb") as old, self._new(name) as new:
            while data := old.read(_CHUNK):
                digest.update(data)
                size += new.write(data)
        self.files[name] = FileSum(size=size, sha256=digest.hexdigest())
        return self.files[name]

    def text(self, name: str, text: str) -> None:
        """A file with this text."""
        with self._new(name) as new:
            new.write(text.encode())
        self.files[name] = _sum(self.into / name)

    def folder(self, source: Path, name: str) -> None:
        """All files below a folder that nobody writes in; none where there is no folder."""
        for path in sorted(source.rglob("*")):
            place = path.relative_to(source)
            if path.is_file() and not any(part.startswith(".") for part in place.parts):
                self.file(path, f"{name}/{place.as_posix()}")

    def attachments(self, source: Path) -> None:
        """Files that are written once and perhaps erased: those that are new, without those that are gone."""
        names = {f"attachments/{path.name}": path for path in source.iterdir() if not path.name.startswith(".")}
        for name in [one for one in self.files if one.startswith("attachments/") and one not in names]:
            (self.into / name).unlink()
            del self.files[name]
        for name in sorted(names.keys() - self.files.keys()):
            with contextlib.suppress(FileNotFoundError):  # erased meanwhile
                self.file(names[name], name)

    def database(self, register: Register) -> None:
        """The register's database, as SQLite."""
        if isinstance(register.store.db, SqliteDatabase):
            self.sqlite(register.store.db.path, DATABASE)
            return
        self._new(DATABASE).close()
        with Store.create(self.into / DATABASE) as made:
            made.fill_from(register.store)
        self._settle(DATABASE)

    def sqlite(self, source: Path, name: str, *, without: str = "") -> None:
        """An SQLite database that others may be writing to; `without`: a table whose rows are left out."""
        self._new(name).close()
        address = f"file:{quote(os.fsencode(source.absolute()))}?mode=ro"
        with (
            contextlib.closing(sqlite3.connect(address, uri=True)) as old,
            contextlib.closing(sqlite3.connect(self.into / name)) as new,
        ):
            old.backup(new)
            if new.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (without,)).fetchone():
                new.execute("PRAGMA secure_delete=ON")
                new.execute(f"DELETE FROM {without}")
                new.commit()
        self._settle(name)

    def _settle(self, name: str) -> None:
        """Leaves the database without a write-ahead log beside it."""
        with contextlib.closing(sqlite3.connect(self.into / name)) as made:
            made.execute("PRAGMA journal_mode=DELETE")
        self.files[name] = _sum(self.into / name)

    def _new(self, name: str) -> BinaryIO:
        path = self.into / name
        public = name.split("/")[0] in _PUBLIC
        self.into.mkdir(mode=0o700, exist_ok=True)
        for folder in reversed(Path(name).parents[:-1]):
            (self.into / folder).mkdir(mode=0o755 if public else 0o700, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644 if public else 0o600)
        return os.fdopen(descriptor, "wb")


@contextlib.contextmanager
def _new_folder(folder: Path, *, outside: Path) -> Iterator[Path]:
    """A folder that gets its name once all of it is written. Raises Usage, BackupFailed.

    It is filled beside that name; what a killed process left there is taken away by the next.
    """
    shown = visible(str(folder))
    if folder.is_symlink() or (folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))):
        raise Usage(f"{shown} is there already.", hint="Name a new folder.")
    parent = folder.parent.resolve()
    if not parent.is_dir():
        raise Usage(f"There is no folder {visible(str(parent))}.", hint="Make it first.")
    if (parent / folder.name).is_relative_to(outside.resolve()):
        raise Usage(f"{shown} lies inside {visible(str(outside))}.", hint="Name a folder outside, on another disk.")
    part = parent / f".{folder.name}.part"
    try:
        part.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise BackupFailed(f"{shown} cannot be made: {error.strerror}.") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Usage(f"Somebody else is writing {shown} now.", hint="Wait, or name another folder.") from None
        _empty(part)
        try:
            yield part
            part.replace(parent / folder.name)
            atomic.sync_folder(parent)
        except BaseException as error:
            shutil.rmtree(part, ignore_errors=True)
            if isinstance(error, OSError | sqlite3.Error):
                why = getattr(error, "strerror", None) or error
                raise BackupFailed(
                    f"{shown} cannot be written: {why}. Nothing of it was kept.", hint="Is there room on the disk?"
                ) from error
            raise
    finally:
        os.close(descriptor)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _fill(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(data)


def _sum(path: Path) -> FileSum:
    with path.open("rb") as file:
        digest, size = sha256(), 0
        while data := file.read(_CHUNK):
            digest.update(data)
            size += len(data)
    return FileSum(size=size, sha256=digest.hexdigest())


def _here(config: Config) -> Config:
    """The settings with all files in the folder: the address of a database server may hold a password."""
    return msgspec.structs.replace(config, database=DATABASE, policy=POLICY if config.policy is not None else None)


def _key_files(paths: Folder) -> dict[str, Path]:
    keys = paths.keys
    return {path.relative_to(keys).as_posix(): path for path in sorted(keys.rglob("*")) if path.is_file()}


def _check_names(names: Iterable[str]) -> None:
    """Raises Damaged for a name that leads out of its folder."""
    for name in names:
        if not {"", ".", ".."}.isdisjoint(name.split("/")):
            raise Damaged(f"This names a file outside its folder: {visible(name)}.", hint="Use another backup.")


def _check_files(backup: Path, manifest: Manifest) -> None:
    """Raises Damaged that names each file which differs from the manifest."""
    _complain(backup, manifest, {name: _sum_of(backup / CONTENT / name) for name in manifest.files})


def _copy_back(backup: Path, part: Path, manifest: Manifest) -> None:
    """Copies the files of a backup into a new folder. Raises Damaged that names each which differs from the manifest."""
    copying = _Copying(part)
    have: dict[str, FileSum | None] = {}
    for name in manifest.files:
        source = backup / CONTENT / name
        have[name] = copying.file(source, name) if source.is_file() else None
    _complain(backup, manifest, have)


def _complain(backup: Path, manifest: Manifest, have: dict[str, FileSum | None]) -> None:
    wrong = [
        f"{visible(name, 200)} {'was altered' if have[name] else 'is missing'}"
        for name, told in manifest.files.items()
        if have[name] != told
    ]
    root = backup / CONTENT
    there = {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir() or path.is_symlink()}
    wrong += [f"{visible(name, 200)} is not in the manifest" for name in sorted(there - manifest.files.keys())]
    if wrong:
        more = f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        raise Damaged(
            f"This backup is not as it was written: {'; '.join(wrong[:SHOWN])}{more}.", hint="Use another backup."
        )


def _sum_of(path: Path) -> FileSum | None:
    return _sum(path) if path.is_file() else None


def _write_keys(paths: Folder, keys: Keys, manifest: Manifest) -> None:
    _check_names(keys.files)
    paths.keys.mkdir(mode=0o700)
    for name, data in keys.files.items():
        (paths.keys / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _fill(paths.keys / name, data)
    if LOG_KEY in keys.files and Signer(name=manifest.origin, key=paths.key(LOG_KEY)).verifier.vkey() != manifest.log:
        raise Usage("The log's key in this file is of another register than this backup.")


def _into(database: str, paths: Folder, config: Config) -> Config:
    """Brings the database of a restored folder into an empty PostgreSQL database. Raises Usage where that is not empty."""
    path = paths.database(config)
    assert isinstance(path, Path)
    with Store.create(database) as made:
        try:
            with Store.open(path, only_read=True) as old:
                made.fill_from(old)
        except BaseException:
            made.drop()
            raise
    for name in (path.name, path.name + "-wal", path.name + "-shm"):
        path.with_name(name).unlink(missing_ok=True)
    config = msgspec.structs.replace(config, database=database)
    paths.write_config(config)
    return config


def _catch_up(paths: Folder, config: Config, manifest: Manifest, target: str | Path) -> tuple[int, tuple[str, ...]]:
    """Adds the entries of a mirror that the backup lacks; returns how many, and the lists that must be loaded again."""
    verifier = parse_vkey(manifest.log)
    scratch = paths.root / ".mirror"
    alarms = Mirror(scratch, target, policy=only_log(verifier)).look().alarms
    if alarms:
        raise Disagreement(f"This mirror cannot be used: {alarms[0]}", hint="Try another mirror.")
    own, other = TileFiles(paths.log), TileFiles(scratch / "log")
    head = checkpoint.open_checkpoint(other.checkpoint(), verifier)
    _check_same(own, other, manifest, head)
    lists: tuple[str, ...] = ()
    if head.size > manifest.size:
        with Store.open(paths.database(config)) as store:
            lists = replay(store, other, head, verifier, AuditLog(paths, config.origin))
            gone = store.db.query("SELECT sha256 FROM attachments GROUP BY sha256 HAVING count(*) = count(erased)")
        shutil.rmtree(paths.log)
        other.root.rename(paths.log)
        for path in (scratch / "attachments").iterdir():
            path.replace(paths.attachments / path.name)
        for (name,) in gone:
            (paths.attachments / bytes(name).hex()).unlink(missing_ok=True)
    shutil.rmtree(scratch)
    return max(0, head.size - manifest.size), lists


def _check_same(own: TileFiles, other: TileFiles, manifest: Manifest, head: Checkpoint) -> None:
    """Raises Disagreement where one of the logs is not the beginning of the other."""
    backed_up = Checkpoint(origin=manifest.origin, size=manifest.size, root=bytes.fromhex(manifest.root))
    old, new, source = (head, backed_up, own) if head.size <= manifest.size else (backed_up, head, other)
    try:
        proof = merkle.consistency_proof(source, old.size, new.size)
        merkle.verify_consistency(old.size, new.size, proof, old.root, new.root)
    except Disagreement:
        raise Disagreement(
            "The mirror and the backup are of two histories of this log. Nothing was restored.",
            hint="Keep both, and compare with the witnesses; see the guide “Run a register”, section “After a restore”.",
        ) from None


def _ask_witnesses(folder: Path) -> tuple[SousveilError | None, bool]:
    """Why the restored register signs nothing, if so; and whether there are witnesses to ask."""
    with Register.open(folder) as register:
        try:
            with register.sequencer.lock():
                register.witnesses.confirm()
        except Restored as error:
            return error, True
        return None, bool(register.witnesses.asked)
