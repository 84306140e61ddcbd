"""MBFile blobs: the NSKeyedArchiver archive that each row of a Manifest.db carries.

The writer gives exactly the bytes of ``plistlib.dumps(archive(...), fmt=plistlib.FMT_BINARY)`` and is several times
faster.
"""

from __future__ import annotations

import plistlib
from dataclasses import dataclass

_CLASS_FILE = {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}
_CLASS_DATA = {"$classname": "NSMutableData", "$classes": ["NSMutableData", "NSData", "NSObject"]}


@dataclass(frozen=True, slots=True)
class MBFile:
    """What a backup says about one file. Times are whole seconds since 1970 UTC."""

    relative: str
    size: int
    mode: int
    modified: int
    changed: int
    birth: int
    inode: int
    protection_class: int
    flags: int = 0
    uid: int = 501
    gid: int = 501
    encryption_key: bytes | None = None
    target: str | None = None


def archive(file: MBFile) -> dict[str, object]:
    """The archive as plistlib would take it: the definition that ``encode`` is held to."""
    objects: list[object] = ["$null"]
    body: dict[str, object] = {
        "Birth": file.birth,
        "Flags": file.flags,
        "GroupID": file.gid,
        "InodeNumber": file.inode,
        "LastModified": file.modified,
        "LastStatusChange": file.changed,
        "Mode": file.mode,
        "ProtectionClass": file.protection_class,
        "RelativePath": plistlib.UID(2),
        "Size": file.size,
        "UserID": file.uid,
    }
    objects += [body, file.relative]
    if file.encryption_key is not None:
        body["EncryptionKey"] = plistlib.UID(len(objects))
        objects += [{"NS.data": file.encryption_key, "$class": plistlib.UID(len(objects) + 1)}, dict(_CLASS_DATA)]
    if file.target is not None:
        body["Target"] = plistlib.UID(len(objects))
        objects.append(file.target)
    body["$class"] = plistlib.UID(len(objects))
    objects.append(dict(_CLASS_FILE))
    return {
        "$version": 100000,
        "$archiver": "NSKeyedArchiver",
        "$top": {"root": plistlib.UID(1)},
        "$objects": objects,
    }


def _integer(value: int) -> bytes:
    if value < 0:
        return b"\x13" + value.to_bytes(8, "big", signed=True)
    if value < 1 << 8:
        return b"\x10" + value.to_bytes(1, "big")
    if value < 1 << 16:
        return b"\x11" + value.to_bytes(2, "big")
    if value < 1 << 32:
        return b"\x12" + value.to_bytes(4, "big")
    return b"\x13" + value.to_bytes(8, "big")


def _sized(token: int, size: int) -> bytes:
    return bytes((token | size,)) if size < 15 else bytes((token | 15,)) + _integer(size)


def _string(value: str) -> bytes:
    if value.isascii():
        return _sized(0x50, len(value)) + value.encode("ascii")
    raw = value.encode("utf-16be")
    return _sized(0x60, len(raw) // 2) + raw


_KEYS = (
    "$class",
    "Birth",
    "Flags",
    "GroupID",
    "InodeNumber",
    "LastModified",
    "LastStatusChange",
    "Mode",
    "ProtectionClass",
    "RelativePath",
    "Size",
    "UserID",
)
_KEYS_ENCRYPTED = ("$class", "Birth", "EncryptionKey", *_KEYS[2:])
_FIXED_TEXTS = frozenset(
    (
        *_KEYS_ENCRYPTED,
        "$archiver",
        "$objects",
        "$top",
        "$version",
        "NSKeyedArchiver",
        "$null",
        "NS.data",
        "NSMutableData",
        "$classes",
        "$classname",
        "NSData",
        "NSObject",
        "MBFile",
        "root",
    )
)
# The keys of the root dictionary are objects 1 to 4, the archiver's name 5; $top and $version come last.
_TEXT_HEAD = tuple(_string(text) for text in ("$archiver", "$objects", "$top", "$version", "NSKeyedArchiver"))
_NULL = _string("$null")
_TEXT_KEYS = {text: _string(text) for text in _FIXED_TEXTS}


def _uid(index: int) -> bytes:
    return bytes((0x80, index))


def encode(file: MBFile) -> bytes:
    """The binary plist of the archive of this file."""
    if file.target is not None or file.relative in _FIXED_TEXTS or (file.encryption_key or b"0") == b"":
        return plistlib.dumps(archive(file), fmt=plistlib.FMT_BINARY)
    key = file.encryption_key
    names = _KEYS if key is None else _KEYS_ENCRYPTED
    count = len(names)
    # Object numbers follow the order in which plistlib flattens: a dictionary, its keys, then its values.
    out: list[bytes] = [b"", *_TEXT_HEAD, b"", _NULL, b""]
    out += [_TEXT_KEYS[name] for name in names]
    numbers: dict[int, int] = {}

    def number(value: int) -> int:
        at = numbers.get(value)
        if at is None:
            at = numbers[value] = len(out)
            out.append(_integer(value))
        return at

    def add(encoded: bytes) -> int:
        out.append(encoded)
        return len(out) - 1

    class_uid = 3 if key is None else 5
    values = [add(_uid(class_uid)), number(file.birth)]
    if key is not None:
        values.append(add(_uid(3)))
    values += [number(file.flags), number(file.gid), number(file.inode), number(file.modified), number(file.changed)]
    values += [number(file.mode), number(file.protection_class), add(_uid(2)), number(file.size), number(file.uid)]
    out[8] = bytes((0xD0 | count,)) + bytes(range(9, 9 + count)) + bytes(values)
    objects = [7, 8, add(_string(file.relative))]
    if key is not None:
        objects += _key_objects(out, key)
    _file_class(out, objects, key is not None)
    out[6] = bytes((0xA0 | len(objects),)) + bytes(objects)
    top = add(b"")
    root = add(_TEXT_KEYS["root"])
    out[top] = bytes((0xD1, root, add(_uid(1))))
    version = number(100000)
    out[0] = bytes((0xD4, 1, 2, 3, 4, 5, 6, top, version))
    return _assemble(out)


def _key_objects(out: list[bytes], key: bytes) -> list[int]:
    holder = len(out)
    out += [b"", _TEXT_KEYS["NS.data"], _uid(4), _sized(0x40, len(key)) + key]
    out[holder] = bytes((0xD2, 9, holder + 1, holder + 2, holder + 3))
    kind = len(out)
    out += [b"", _TEXT_KEYS["$classes"], _TEXT_KEYS["$classname"], b""]
    out += [_TEXT_KEYS[name] for name in ("NSMutableData", "NSData", "NSObject")]
    out[kind] = bytes((0xD2, kind + 1, kind + 2, kind + 3, kind + 4))
    out[kind + 3] = bytes((0xA3, kind + 4, kind + 5, kind + 6))
    return [holder, kind]


def _file_class(out: list[bytes], objects: list[int], encrypted: bool) -> None:
    kind = len(out)
    objects.append(kind)
    out.append(b"")
    if encrypted:  # the two keys and NSObject were written with the class of the key
        data = objects[-2]
        classes, classname, base = data + 1, data + 2, data + 6
        out += [b"", _TEXT_KEYS["MBFile"]]
        array, name = kind + 1, kind + 2
    else:
        classes, classname, array, name, base = kind + 1, kind + 2, kind + 3, kind + 4, kind + 5
        out += [_TEXT_KEYS["$classes"], _TEXT_KEYS["$classname"], b"", _TEXT_KEYS["MBFile"], _TEXT_KEYS["NSObject"]]
    out[kind] = bytes((0xD2, classes, classname, array, name))
    out[array] = bytes((0xA2, name, base))


def _assemble(out: list[bytes]) -> bytes:
    offsets = []
    at = 8
    for piece in out:
        offsets.append(at)
        at += len(piece)
    # plistlib sizes the table by the position of the table itself
    width = 1 if at < 1 << 8 else 2 if at < 1 << 16 else 4
    table = b"".join([offset.to_bytes(width, "big") for offset in offsets])
    trailer = bytes(6) + bytes((width, 1)) + len(out).to_bytes(8, "big") + bytes(8) + at.to_bytes(8, "big")
    return b"bplist00" + b"".join(out) + table + trailer
