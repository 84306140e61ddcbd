"""A synthetic phone: files and databases are added to it, then it is written as an iOS backup folder."""

from __future__ import annotations

import hashlib
import os
import plistlib
import random
import shutil
import tempfile
import uuid
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import apsw

from phonegen import plists, sqlite
from phonegen.crypto import CHUNK, Keybag, encrypted, make_keybag
from phonegen.mbfile import MBFile, encode
from phonegen.sqlite import Fill

MAC_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
FILE, DIRECTORY, SYMLINK = 1, 2, 4
_MODES = {FILE: 0o100644, DIRECTORY: 0o040755, SYMLINK: 0o120755}
_LINK_FROM = 64 << 20
# Kept as Apple writes it: no space between type and bracket, names of the indexes included.
_MANIFEST_SCHEMA = """
CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
CREATE INDEX FilesDomainIdx ON Files(domain);
CREATE INDEX FilesRelativePathIdx ON Files(relativePath);
CREATE INDEX FilesFlagsIdx ON Files(flags);
CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB);
"""


class DatabaseModule(Protocol):
    """What a module in phonegen.ios offers: where its database lies and how it is made."""

    DOMAIN: str
    RELATIVE: str

    def schema(self, ios: int) -> str:
        """The CREATE statements as this iOS (major version) has them."""


@dataclass(frozen=True, slots=True)
class _Entry:
    domain: str
    relative: str
    flags: int
    data: bytes | Path | None
    size: int
    modified: int
    birth: int
    protection_class: int
    mode: int
    target: str | None
    row_only: bool


def file_id(domain: str, relative: str) -> str:
    """The name under which a backup stores this file: SHA-1 of ``domain-relative``."""
    return hashlib.sha1(f"{domain}-{relative}".encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def mac_seconds(moment: datetime) -> float:
    """Seconds since 2001-01-01 UTC (CFAbsoluteTime, Core Data)."""
    return (moment - MAC_EPOCH) / timedelta(seconds=1)


def mac_ns(moment: datetime) -> int:
    """Nanoseconds since 2001-01-01 UTC (Messages since iOS 11)."""
    return (moment - MAC_EPOCH) // timedelta(microseconds=1) * 1000


class Phone:
    """A phone under construction; ``write`` makes the backup, as often as wanted.

    ios: version text; schemas follow its major number. iterations: rounds of (PBKDF2-SHA256, PBKDF2-SHA1). date: the
    time of the backup; nothing here reads the clock. manifest_padding: PKCS#7 padding on an encrypted Manifest.db
    too, as the reference tool expects it; False leaves it off.
    scratch: where databases are built before they are written (default: the system's temporary folder).
    """

    def __init__(
        self,
        ios: str = "16.5",
        product_type: str = "iPhone12,1",
        seed: int = 1,
        encrypted: bool = False,
        password: str = "correct horse",
        iterations: tuple[int, int] = (10_000_000, 10_000),
        *,
        date: datetime = datetime(2025, 6, 1, 9, 30, tzinfo=UTC),
        device_name: str = "Example phone",
        manifest_padding: bool = True,
        scratch: Path | None = None,
    ) -> None:
        self.ios = ios
        self.major = int(ios.split(".")[0])
        self.product_type = product_type
        self.seed = seed
        self.encrypted = encrypted
        self.password = password
        self.iterations = iterations
        self.date = date
        self.device_name = device_name
        self.manifest_padding = manifest_padding
        self.rng = random.Random(f"phonegen {seed}")
        self.keybag: Keybag | None = None
        self._scratch = Path(tempfile.mkdtemp(prefix="phonegen-", dir=scratch))
        self._finalizer = weakref.finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._info: dict[str, Any] = {}
        self._apps: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Phone:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Removes the scratch folder; also done when the phone is garbage collected."""
        self._finalizer()

    # ---- files

    def add(
        self,
        domain: str,
        relative: str,
        data: bytes | Path,
        *,
        modified: datetime | None = None,
        birth: datetime | None = None,
        protection_class: int = 3,
        mode: int | None = None,
        flags: int = FILE,
        size: int | None = None,
        target: str | None = None,
        row_only: bool = False,
        replace: bool = False,
    ) -> str:
        """Adds a file and returns its file id; a Path is streamed when the backup is written, so it must stay there.

        flags: 1 file, 2 directory, 4 symbolic link (stored without content; ``target``). size: another size than the
        true one in the manifest row. row_only: the manifest names the file but its content is missing from the folder.
        """
        key = (domain, relative)
        if key in self._entries and not replace:
            raise ValueError(f"{domain}/{relative} is already on this phone; pass replace=True to replace it")
        if data and flags in (DIRECTORY, SYMLINK):
            raise ValueError("directories and symbolic links have no content")
        true_size = len(data) if isinstance(data, bytes) else data.stat().st_size
        changed = self.date - timedelta(days=1) if modified is None else modified
        self._entries[key] = _Entry(
            domain,
            relative,
            flags,
            data if flags == FILE else None,
            true_size if size is None else size,
            int(changed.timestamp()),
            int((changed if birth is None else birth).timestamp()),
            0 if flags == DIRECTORY else protection_class,
            _MODES.get(flags, _MODES[FILE]) if mode is None else mode,
            target,
            row_only,
        )
        return file_id(domain, relative)

    def add_directory(
        self, domain: str, relative: str, *, modified: datetime | None = None, birth: datetime | None = None
    ) -> str:
        """Adds a directory (a manifest row without content)."""
        return self.add(domain, relative, b"", modified=modified, birth=birth, flags=DIRECTORY)

    def remove(self, domain: str, relative: str) -> None:
        """Takes a file off the phone again."""
        del self._entries[(domain, relative)]

    def database(
        self,
        where: DatabaseModule | tuple[str, str] | Any,
        fill: Fill | None = None,
        *,
        wal: Fill | None = None,
        journal: Fill | None = None,
        delete: Fill | None = None,
        page_size: int = 4096,
        encoding: str = "UTF-8",
        ios: int | None = None,
        domain: str | None = None,
        relative: str | None = None,
        modified: datetime | None = None,
        protection_class: int = 3,
        replace: bool = False,
    ) -> str:
        """Builds a SQLite database, adds it, and returns its file id.

        where: a module of phonegen.ios (its schema is made first) or (domain, relative) of a database that ``fill``
        makes alone. fill, delete, wal, journal: see ``phonegen.sqlite.build``; the -wal or -journal becomes a file of
        its own beside the database. ios: another major version than the phone's for the schema. domain, relative:
        another place than the module's (other browsers, Safari profiles). encoding: "UTF-8", "UTF-16le" or "UTF-16be".
        """
        schema = ""
        if isinstance(where, tuple):
            place: tuple[str, str] = where
        else:
            place = (where.DOMAIN, where.RELATIVE)
            schema = where.schema(self.major if ios is None else ios)
        place = (domain or place[0], relative or place[1])

        def make(db: apsw.Connection) -> None:
            if schema:
                db.execute(schema)
            if fill is not None:
                fill(db)

        identity = file_id(*place)
        path = self._scratch / identity
        for old in self._scratch.glob(identity + "*"):
            old.unlink()
        made = sqlite.build(
            path,
            make,
            seed=f"{self.seed} {identity}".encode(),
            wal=wal,
            delete=delete,
            journal=journal,
            page_size=page_size,
            encoding=encoding,
        )
        for file in made:
            self.add(
                place[0],
                place[1] + file.name.removeprefix(identity),
                file,
                modified=modified,
                protection_class=protection_class,
                replace=replace,
            )
        return identity

    def plist(self, module: Any, entries: Any, *, domain: str | None = None, relative: str | None = None) -> str:
        """Adds the plist that a module of phonegen.ios builds from ``entries``; returns its file id."""
        data = module.build(self.major, entries)
        return self.add(domain or module.DOMAIN, relative or module.RELATIVE, data)

    # ---- what the plists say

    def info(self, **keys: Any) -> None:
        """Sets keys of Info.plist; underscores in names stand for spaces (``Phone_Number="..."``); None removes a
        key."""
        self._info.update({name.replace("_", " "): value for name, value in keys.items()})

    def install(
        self,
        bundle_id: str,
        name: str | None = None,
        source_app: str | None = "com.apple.AppStore",
        *,
        version: str = "1.0",
        purchased: datetime | None = None,
        metadata: bool = True,
        **extra: Any,
    ) -> None:
        """An installed application: in Installed Applications, in Applications with iTunesMetadata, in Manifest.plist.

        source_app: sourceApp of the metadata, None leaves it out (as TestFlight and enterprise installs can).
        metadata=False: listed without iTunesMetadata. extra: further keys of iTunesMetadata.
        """
        meta: dict[str, Any] = {
            "artistName": "Example maker",
            "bundleShortVersionString": version,
            "bundleVersion": version,
            "com.apple.iTunesStore.downloadInfo": {
                "accountInfo": {"AppleID": "person@example.com", "DSPersonID": 10_000_000},
                "purchaseDate": _iso(purchased or self.date - timedelta(days=200)),
            },
            "genre": "Utilities",
            "itemId": int(file_id("item", bundle_id)[:7], 16),
            "itemName": name or bundle_id.rpartition(".")[2],
            "kind": "software",
            "softwareVersionBundleId": bundle_id,
            "sourceApp": source_app,
        }
        meta.update(extra)
        self._apps[bundle_id] = {
            "metadata": {key: value for key, value in meta.items() if value is not None} if metadata else None,
            "version": version,
        }

    # ---- writing

    def write(self, dest: Path) -> Path:
        """Writes the backup into the new or empty folder ``dest`` and returns it."""
        dest.mkdir(parents=True, exist_ok=True)
        if any(dest.iterdir()):
            raise FileExistsError(f"{dest} is not empty")
        rng = random.Random(f"phonegen keys {self.seed}")
        self.keybag = make_keybag(rng, self.password, self.iterations) if self.encrypted else None
        made: set[str] = set()
        manifest = self._scratch / "Manifest.db"
        manifest.unlink(missing_ok=True)
        rows = self._rows(dest, rng, made)

        def fill(db: apsw.Connection) -> None:
            db.execute(_MANIFEST_SCHEMA)
            db.executemany("INSERT INTO Files VALUES (?,?,?,?,?)", rows)
            if self.keybag is not None:
                salt = rng.randbytes(20)
                digest = hashlib.sha256(salt + self.password.encode()).digest()
                db.executemany("INSERT INTO Properties VALUES (?,?)", [("salt", salt), ("passwordHash", digest)])

        sqlite.build(manifest, fill, seed=f"{self.seed} manifest".encode())
        manifest_key = self._store_manifest(manifest, dest / "Manifest.db", rng)
        # A plain backup has a keybag too.
        bag = self.keybag or make_keybag(rng, "", (1, 1))
        lists = {
            "Manifest.plist": (plists.manifest_plist(self, self._apps, bag.data, manifest_key), plistlib.FMT_BINARY),
            "Info.plist": (plists.info_plist(self, self._apps, self._info), plistlib.FMT_XML),
            "Status.plist": (plists.status_plist(self), plistlib.FMT_BINARY),
        }
        for name, (content, form) in lists.items():
            (dest / name).write_bytes(plistlib.dumps(content, fmt=form))
        return dest

    def _rows(self, dest: Path, rng: random.Random, made: set[str]) -> Iterator[tuple[str, str, str, int, bytes]]:
        for number, entry in enumerate(self._entries.values()):
            identity = file_id(entry.domain, entry.relative)
            key = wrapped = None
            if self.keybag is not None and entry.flags == FILE:
                key = rng.randbytes(32)
                wrapped = self.keybag.wrap(entry.protection_class, key)
            if entry.flags == FILE and not entry.row_only and entry.data is not None:
                if identity[:2] not in made:
                    made.add(identity[:2])
                    (dest / identity[:2]).mkdir(exist_ok=True)
                _store(entry.data, dest / identity[:2] / identity, key)
            blob = MBFile(
                entry.relative,
                entry.size,
                entry.mode,
                entry.modified,
                entry.modified,
                entry.birth,
                100_000 + number,
                entry.protection_class,
                encryption_key=wrapped,
                target=entry.target,
            )
            yield identity, entry.domain, entry.relative, entry.flags, encode(blob)

    def _store_manifest(self, made: Path, dest: Path, rng: random.Random) -> bytes | None:
        if self.keybag is None:
            shutil.move(made, dest)
            return None
        key = rng.randbytes(32)
        with dest.open("wb") as out:
            out.writelines(encrypted(_chunks(made), key, self.manifest_padding))
        made.unlink()
        return self.keybag.wrap(4, key)

    @property
    def udid(self) -> str:
        """The device's identifier, made from the seed: ``0000XXXX-XXXXXXXXXXXXXXXX``."""
        digest = hashlib.sha256(f"udid {self.seed}".encode()).hexdigest().upper()
        return f"00008030-{digest[:16]}"

    @property
    def derived_key(self) -> bytes:
        """The 32-byte key that the password derives to, of the backup written last (for key files)."""
        if self.keybag is None:
            raise ValueError("no encrypted backup has been written yet")
        return self.keybag.derived

    @property
    def serial(self) -> str:
        """The device's serial number, made from the seed."""
        return "F" + hashlib.sha256(f"serial {self.seed}".encode()).hexdigest().upper()[:11]

    def uuid(self, name: str) -> str:
        """An upper-case UUID that belongs to this phone and name."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"phonegen {self.seed} {name}")).upper()


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _store(data: bytes | Path, dest: Path, key: bytes | None) -> None:
    if key is not None:
        chunks: Iterable[bytes] = (data,) if isinstance(data, bytes) else _chunks(data)
        with dest.open("wb") as out:
            out.writelines(encrypted(chunks, key))
    elif isinstance(data, bytes):
        dest.write_bytes(data)
    elif data.stat().st_size < _LINK_FROM or not _linked(data, dest):
        shutil.copyfile(data, dest)


def _linked(data: Path, dest: Path) -> bool:
    """A hard link for giant files, which saves writing them twice; False where the file system has none."""
    try:
        os.link(data, dest)
    except OSError:
        return False
    return True
