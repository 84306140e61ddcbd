"""Fuzz harness of `sousveil.readers.keyed_archive`."""

from __future__ import annotations

import plistlib
from plistlib import UID

from sousveil.readers.keyed_archive import strings_of, unarchive
from sousveil.readers.plist import to_json


def seeds() -> list[bytes]:
    """Archives with the well-known classes, sharing and a cycle."""
    objects = [
        "$null",
        {"NS.keys": [UID(2), UID(3)], "NS.objects": [UID(4), UID(5)], "$class": UID(6)},
        "a",
        "b",
        {"NS.base": UID(7), "NS.relative": UID(2), "$class": UID(8)},
        {"NS.objects": [UID(1), UID(4), UID(9), UID(10)], "$class": UID(11)},
        {"$classname": "NSDictionary"},
        {"NS.base": UID(0), "NS.relative": UID(3), "$class": UID(8)},
        {"$classname": "NSURL"},
        {"NS.time": 1.5, "$class": UID(12)},
        {"NS.bytes": b"text", "$class": UID(13)},
        {"$classname": "NSArray"},
        {"$classname": "NSDate"},
        {"$classname": "NSMutableString"},
    ]
    archive = {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": UID(1)}, "$objects": objects}
    small = {"$top": {"root": {"CF$UID": 1}}, "$objects": ["$null", {"x": {"CF$UID": 1}, "y": {"CF$UID": 2}}, "text"]}
    return [plistlib.dumps(archive, fmt=plistlib.FMT_BINARY), plistlib.dumps(small, fmt=plistlib.FMT_XML)]


def fuzz_one(data: bytes) -> None:
    """Resolve, write as JSON and list texts; only SousveilError may leave."""
    strings_of(data)
    to_json(unarchive(data, limit_nodes=20_000))
