"""Fuzzing the reader of manifest records: any bytes give a record or an error of ours."""

from __future__ import annotations

import plistlib

from sousveil.acquisition.mbfile import read_mbfile
from sousveil.errors import SousveilError


def _record(extra: dict[str, object], objects: list[object]) -> bytes:
    record: dict[str, object] = {
        "$class": plistlib.UID(3),
        "RelativePath": plistlib.UID(2),
        "Size": 70_000,
        "Mode": 0o100644,
        "LastModified": 1_600_000_000,
        "Birth": 1_600_000_000,
        "ProtectionClass": 3,
        **extra,
    }
    kind = {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}
    return plistlib.dumps(
        {
            "$version": 100_000,
            "$archiver": "NSKeyedArchiver",
            "$top": {"root": plistlib.UID(1)},
            "$objects": ["$null", record, "Library/SMS/sms.db", kind, *objects],
        },
        fmt=plistlib.FMT_BINARY,
    )


def seeds() -> list[bytes]:
    """Sound records of each form."""
    key = {"NS.data": b"\3\0\0\0" + b"k" * 40, "$class": plistlib.UID(5)}
    return [
        _record({}, []),
        _record({"EncryptionKey": plistlib.UID(4)}, [key, {"$classname": "NSMutableData"}]),
        _record({"Digest": plistlib.UID(4), "Target": plistlib.UID(5)}, [b"d" * 20, "päth"]),
        _record({"InodeNumber": 2**63 - 1}, ["x"] * 300),
    ]


def fuzz_one(data: bytes) -> None:
    """May raise SousveilError only."""
    try:
        read_mbfile(data)
    except SousveilError:
        return
