"""Random bytes against the MISP loader, and against every other form of indicators."""

from __future__ import annotations

import json

from sousveil.errors import SousveilError
from sousveil.indicators.bundled import pack
from sousveil.indicators.load import load_bytes
from sousveil.indicators.loaders import loaders
from sousveil.indicators.loaders.misp import load
from sousveil.indicators.model import Choices


def seeds() -> list[bytes]:
    """One file of each form."""
    event = {
        "Event": {
            "info": "test",
            "date": "2024-01-01",
            "Orgc": {"name": "Lab"},
            "Attribute": [{"type": "ip-dst|port", "value": "192.0.2.1|443", "to_ids": True}],
            "Object": [
                {
                    "name": "file",
                    "Attribute": [
                        {"type": "filename|md5", "value": "x|" + "0" * 32, "to_ids": True},
                        {"type": "text", "object_relation": "name", "value": "Family", "to_ids": False},
                    ],
                }
            ],
        }
    }
    plain = b"# list\nevil[.]example\nhxxps://evil.example/x\nprocess:name=bh\n192.0.2.0/24\n"
    return [
        json.dumps(event).encode(),
        b'{"iocs": [{"type": "domain", "tag": "stalkerware", "value": "evil.example"}]}',
        b"- name: App\n  type: stalkerware\n  packages:\n  - com.x.y\n  c2:\n    ips:\n    - 192.0.2.1\n",
        b"type,indicator,app\ndomain,evil.example,App\n",
        plain,
        pack(load_bytes(plain, "a.txt", "a")),
    ]


def fuzz_one(data: bytes) -> None:
    """May raise nothing but SousveilError."""
    for read in (load, *(loader.load for loader in loaders())):
        try:
            read(data, "fuzz", Choices())
        except SousveilError:
            continue
    try:
        load_bytes(data, "fuzz.txt", "fuzz")
    except SousveilError:
        return
