"""Random bytes against the STIX loader and its pattern language."""

from __future__ import annotations

import json

from sousveil.errors import SousveilError
from sousveil.indicators.loaders._stixpattern import parse, unsafe_expression
from sousveil.indicators.loaders.stix import load
from sousveil.indicators.model import Choices


def seeds() -> list[bytes]:
    """A bundle with every feature that is read, and single patterns."""
    patterns = [
        "[domain-name:value = 'evil.example' OR url:value IN ('https://e.example/?a=b', 'https://f.example/')]",
        "([file:hashes.'SHA-256' = '" + "a" * 64 + "'] FOLLOWEDBY [process:name LIKE 'ev_l%']) WITHIN 5 SECONDS",
        "[file:name = 'it\\'s' AND file:parent_directory_ref.path = '/private/var/tmp']",
        "[network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443] REPEATS 2 TIMES",
        "[url:value MATCHES '^https://x[0-9]{2,4}\\\\.example/']",
    ]
    objects: list[dict[str, object]] = [
        {"type": "indicator", "id": f"indicator--{number}", "pattern": pattern, "created": "2024-01-01T00:00:00Z"}
        for number, pattern in enumerate(patterns)
    ]
    objects.append({"type": "malware", "id": "malware--1", "name": "Family"})
    objects.append(
        {
            "type": "relationship",
            "id": "relationship--1",
            "relationship_type": "indicates",
            "source_ref": "indicator--0",
            "target_ref": "malware--1",
        }
    )
    bundle = {"type": "bundle", "id": "bundle--1", "objects": objects}
    return [json.dumps(bundle).encode(), *(pattern.encode() for pattern in patterns)]


def fuzz_one(data: bytes) -> None:
    """May raise nothing but SousveilError."""
    text = data.decode("utf-8", "replace")
    unsafe_expression(text)
    for read in (lambda: load(data, "fuzz", Choices()), lambda: parse(text)):
        try:
            read()
        except SousveilError:
            continue
