"""Fuzz harness of `sousveil.readers.plist`."""

from __future__ import annotations

import datetime
import plistlib

from sousveil.readers.plist import load_plist, to_json, walk_strings


def seeds() -> list[bytes]:
    """Sound property lists of every type and both forms."""
    value = {
        "a": [1, -1, 2**63, 1.5, True, None is None, b"\0\1", "é", "x" * 40],
        "d": datetime.datetime(2021, 1, 2),
        "n": {"m": {"o": []}},
        **{f"k{n}": "shared" for n in range(20)},
    }
    keyed = {"$top": {"root": plistlib.UID(1)}, "$objects": ["$null", {"x": plistlib.UID(300)}]}
    return [
        plistlib.dumps(value, fmt=plistlib.FMT_BINARY),
        plistlib.dumps(value, fmt=plistlib.FMT_XML),
        plistlib.dumps(keyed, fmt=plistlib.FMT_BINARY),
        b"\xef\xbb\xbf\n" + plistlib.dumps({"root": {"CF$UID": 3}}, fmt=plistlib.FMT_XML),
    ]


def fuzz_one(data: bytes) -> None:
    """Read, write as JSON and walk; only SousveilError may leave."""
    value = load_plist(data, limit_nodes=20_000)
    to_json(value)
    for _ in walk_strings(value, keys=True):
        pass
