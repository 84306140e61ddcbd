"""Fuzzing the readers of manifest records: any bytes give a record or an error of ours, one by one and many at once."""

from __future__ import annotations

import plistlib
from unittest.mock import patch

from sousveil.acquisition import mbfile_many
from sousveil.acquisition.mbfile import NAMES, read_mbfile
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
    """May raise SousveilError only; among sound records of all forms it is read as alone, and so are they."""
    among = [*seeds(), data, *seeds(), data, data]
    found: list[object] = []
    unread: dict[int, str] = {}
    for place, blob in enumerate(among):
        try:
            info = read_mbfile(blob)
        except SousveilError as error:
            unread[place] = error.message
            found.append([None] * len(NAMES))
        else:
            found.append([getattr(info, name) for name in NAMES])
    with patch.object(mbfile_many, "_memory", mbfile_many._Memory()):
        columns, failed = mbfile_many.read_many(among, NAMES)
    if [list(row) for row in zip(*columns.values(), strict=True)] != found:
        raise AssertionError("many at once are not what they are one by one")
    if {place: error.message if error is not None else None for place, error in failed.items()} != unread:
        raise AssertionError("many at once fail otherwise than one by one")
