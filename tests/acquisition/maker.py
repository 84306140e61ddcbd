"""A tiny writer of iOS backups for these tests: plain and encrypted, WAL and hot journal, and rows that no phone would
write.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import plistlib
import shutil
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

PASSWORD = "correct horse"
CLASSES = (1, 2, 3, 4, 5, 6)


def file_id(domain: str, relative: str) -> str:
    return hashlib.sha1(f"{domain}-{relative}".encode()).hexdigest()


def encrypted(key: bytes, content: bytes) -> bytes:
    pad = 16 - len(content) % 16
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    return encryptor.update(content + bytes([pad]) * pad) + encryptor.finalize()


def mbfile(relative: str = "a", size: int = 0, key: bytes | None = None, **fields: Any) -> bytes:
    """A record as NSKeyedArchiver writes it."""
    record: dict[str, Any] = {
        "$class": plistlib.UID(3),
        "LastModified": 1_600_000_000,
        "Flags": 0,
        "GroupID": 501,
        "LastStatusChange": 1_600_000_001,
        "RelativePath": plistlib.UID(2),
        "Birth": 1_599_999_999,
        "Size": size,
        "InodeNumber": 123_456_789,
        "Mode": 0o100644,
        "UserID": 501,
        "ProtectionClass": 3,
    }
    objects: list[Any] = ["$null", record, relative, {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}]
    if key is not None:
        record["EncryptionKey"] = plistlib.UID(len(objects))
        objects += [
            {"NS.data": key, "$class": plistlib.UID(len(objects) + 1)},
            {"$classname": "NSMutableData", "$classes": ["NSMutableData", "NSData", "NSObject"]},
        ]
    for name, value in fields.items():
        if isinstance(value, str | bytes):
            record[name] = plistlib.UID(len(objects))
            objects.append(value)
        else:
            record[name] = value
    archive = {
        "$version": 100_000,
        "$archiver": "NSKeyedArchiver",
        "$top": {"root": plistlib.UID(1)},
        "$objects": objects,
    }
    return plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)


def tlv(tag: str, value: bytes | int) -> bytes:
    data = value.to_bytes(4, "big") if isinstance(value, int) else value
    return tag.encode() + len(data).to_bytes(4, "big") + data


def keybag(
    class_keys: dict[int, bytes], password: str, *, modern: bool = True, rounds: int = 3, outer: int = 2
) -> bytes:
    """A backup keybag with few iterations."""
    salt, outer_salt = b"s" * 20, b"o" * 20
    secret = password.encode()
    if modern:
        secret = hashlib.pbkdf2_hmac("sha256", secret, outer_salt, outer, 32)
    derived = hashlib.pbkdf2_hmac("sha1", secret, salt, rounds, 32)
    out = tlv("VERS", 3) + tlv("TYPE", 1) + tlv("UUID", b"u" * 16) + tlv("HMCK", bytes(40)) + tlv("WRAP", 0)
    out += tlv("SALT", salt) + tlv("ITER", rounds)
    if modern:
        out += tlv("DPWT", 0) + tlv("DPIC", outer) + tlv("DPSL", outer_salt)
    for number, key in class_keys.items():
        out += tlv("UUID", bytes([number]) * 16) + tlv("CLAS", number) + tlv("WRAP", 2) + tlv("KTYP", 0)
        out += tlv("WPKY", aes_key_wrap(derived, key))
    # A class that is bound to the phone, as real keybags have it: it can never be opened here.
    return out + tlv("UUID", b"d" * 16) + tlv("CLAS", 11) + tlv("WRAP", 3) + tlv("KTYP", 0) + tlv("WPKY", bytes(40))


@dataclass
class Maker:
    """Collects files, then `write` makes the folder."""

    root: Path
    password: str | None = None
    modern: bool = True
    rows: list[tuple[Any, Any, Any, Any, Any]] = field(default_factory=list)
    class_keys: dict[int, bytes] = field(default_factory=lambda: {n: bytes([n]) * 32 for n in CLASSES})
    manifest_extra: dict[str, Any] = field(default_factory=dict)

    def add(
        self, domain: str, relative: str, content: bytes, *, cls: int = 3, size: int | None = None, **fields: Any
    ) -> Path:
        """A file; returns where it is stored."""
        name = file_id(domain, relative)
        key = None
        stored = content
        if self.password is not None:
            secret = hashlib.sha256(name.encode()).digest()
            stored = encrypted(secret, content)
            key = cls.to_bytes(4, "little") + aes_key_wrap(self.class_keys.get(cls, b"?" * 32), secret)
        path = self.root / name[:2] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stored)
        blob = mbfile(relative, len(content) if size is None else size, key, **fields)
        self.rows.append((name, domain, relative, 1, blob))
        return path

    def write(self) -> Path:
        """Manifest.db and the property lists."""
        self.root.mkdir(parents=True, exist_ok=True)
        manifest = self.root / "Manifest.db"
        manifest.unlink(missing_ok=True)
        db = sqlite3.connect(manifest)
        db.execute(
            "create table Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB)"
        )
        db.execute("create table Properties (key TEXT PRIMARY KEY, value BLOB)")
        db.executemany("insert into Files values (?, ?, ?, ?, ?)", self.rows)
        db.commit()
        db.close()
        plist: dict[str, Any] = {
            "IsEncrypted": self.password is not None,
            "Version": "10.0",
            "Lockdown": {
                "ProductType": "iPhone12,1",
                "ProductVersion": "16.5",
                "BuildVersion": "20F66",
                "UniqueDeviceID": "00008030-0000000000000001",
                "DeviceName": "Test phone",
            },
            "Applications": {"org.example.one": {}},
        }
        if self.password is not None:
            secret = b"M" * 32
            manifest.write_bytes(encrypted(secret, manifest.read_bytes()))
            plist["ManifestKey"] = (4).to_bytes(4, "little") + aes_key_wrap(self.class_keys[4], secret)
            plist["BackupKeyBag"] = keybag(self.class_keys, self.password, modern=self.modern)
        (self.root / "Manifest.plist").write_bytes(plistlib.dumps(plist | self.manifest_extra))
        info = {
            "Product Type": "iPhone12,1",
            "Product Version": "16.5",
            "Build Version": "20F66",
            "Device Name": "Test phone",
            "Unique Identifier": "00008030-0000000000000001",
            "Last Backup Date": datetime.datetime(2024, 1, 2, 3, 4, 5),
            "Installed Applications": ["org.example.two", "org.example.one"],
        }
        (self.root / "Info.plist").write_bytes(plistlib.dumps(info))
        (self.root / "Status.plist").write_bytes(plistlib.dumps({"SnapshotState": "finished", "IsFullBackup": True}))
        return self.root


def wal_database(folder: Path, committed: int = 50, in_wal: int = 7) -> tuple[bytes, bytes]:
    """(main file, -wal) of a database whose last rows are in the WAL only."""
    path = folder / "making.db"
    db = sqlite3.connect(path)
    db.execute("pragma journal_mode=wal")
    db.execute("pragma wal_autocheckpoint=0")
    db.execute("create table message (id integer primary key, text text)")
    db.executemany("insert into message (text) values (?)", [(f"main {i} " + "x" * 200,) for i in range(committed)])
    db.commit()
    db.execute("pragma wal_checkpoint(truncate)")
    db.executemany("insert into message (text) values (?)", [(f"wal {i}",) for i in range(in_wal)])
    db.commit()
    found = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    db.close()
    for left in folder.glob("making.db*"):
        left.unlink()
    return found


def journal_database(folder: Path) -> tuple[bytes, bytes]:
    """(main file, -journal) as a crash in the middle of a transaction leaves them; `good` rows are the last committed
    state.
    """
    path, copy = folder / "making.db", folder / "crash.db"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("create table message (id integer primary key, text text)")
    db.executemany("insert into message (text) values (?)", [(f"good {i} " + "x" * 500,) for i in range(200)])
    db.execute("pragma cache_size=1")
    db.execute("begin")
    db.execute("update message set text = 'bad'")
    db.execute("delete from message where id > 100")
    shutil.copy(path, copy)
    shutil.copy(f"{path}-journal", f"{copy}-journal")
    db.execute("rollback")
    db.close()
    found = copy.read_bytes(), Path(f"{copy}-journal").read_bytes()
    for left in [*folder.glob("making.db*"), *folder.glob("crash.db*")]:
        left.unlink()
    return found


def snapshot(root: Path) -> dict[str, tuple[str, int]]:
    """Every path below a folder with its digest and modification time."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            digest = "link" if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
            found[os.fspath(path.relative_to(root))] = (digest, path.lstat().st_mtime_ns)
        found[os.fspath(Path(folder).relative_to(root)) + "/"] = ("", Path(folder).stat().st_mtime_ns)
    return found
