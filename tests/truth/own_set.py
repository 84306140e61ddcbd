"""The test's own indicators: kinds that the published sets lack for iPhones, values with a validity or no publisher."""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

SAMPLES: tuple[bytes, ...] = tuple(
    f"sample {number} of a program that nobody wrote\n".encode() * 40 for number in range(12)
)
"""Content whose hashes are indicators."""
IDN = "xn--bcher-kva-example.test"

VALUES: dict[str, list[str]] = {
    "url:value": [f"https://cdn-{n}.files-example.test/drop/{n}?id=a%3Db&k={n}" for n in range(60)],
    "ipv6-addr:value": [f"2001:db8:77::{n:x}" for n in range(1, 40)],
    "ipv4-addr:value": [f"198.51.100.{n}" for n in range(1, 90)],
    "file:path": [f"/private/var/mobile/Library/Caches/.sysd-{n}/core.bin" for n in range(60)],
    "configuration-profile:id": [str(uuid.uuid5(uuid.NAMESPACE_URL, f"truth profile {n}")) for n in range(60)],
    "file:hashes.sha256": [hashlib.sha256(data).hexdigest() for data in SAMPLES[:8]],
    "file:hashes.md5": [hashlib.md5(data, usedforsecurity=False).hexdigest() for data in SAMPLES[8:10]],
    "file:hashes.sha1": [hashlib.sha1(data, usedforsecurity=False).hexdigest() for data in SAMPLES[10:]],
    "app:id": [f"test.example.tracker{n}" for n in range(60)],
    "email-addr:value": [f"operator.{n}@mail-example.test" for n in range(120)],
    "process:name": [f"sysmond{n:03d}x" for n in range(60)],
    "file:name": [f"implant-{n}.dat" for n in range(60)],
}
IDNS = [f"münz-{n}.example.test" for n in range(30)]
EXPIRED = [f"once-{n}.example.test" for n in range(20)]
PLAIN = [f"plain-{n}.example.test" for n in range(20)]
LONG = [f"longprocess{n:03d}withmore" for n in range(20)]
"""Names that traffic databases cut."""
SAMPLE_OF = {hashlib.new(name, data).hexdigest(): data for data in SAMPLES for name in ("sha256", "md5", "sha1")}


def sample(digest: str) -> bytes:
    """The content with this hash."""
    return SAMPLE_OF[digest]


def _pattern(kind: str, value: str) -> str:
    path = kind.replace("file:hashes.sha256", "file:hashes.'SHA-256'")
    text = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"[{path} = '{text}']"


def _object(kind: str, value: str, until: str | None = None) -> dict[str, Any]:
    name = f"indicator--{uuid.uuid5(uuid.NAMESPACE_URL, kind + value)}"
    thing = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": name,
        "created": "2023-01-01T00:00:00.000Z",
        "modified": "2023-01-01T00:00:00.000Z",
        "indicator_types": ["malicious-activity"],
        "created_by_ref": PUBLISHER,
        "pattern": _pattern(kind, value),
        "pattern_type": "stix",
        "valid_from": "2023-01-01T00:00:00Z",
    }
    if until:
        thing["valid_until"] = until
    return thing


PUBLISHER = "identity--11111111-1111-4111-8111-111111111111"
MALWARE = "malware--22222222-2222-4222-8222-222222222222"


def write(folder: Path) -> list[Path]:
    """The set as a STIX bundle, and a plain list without publisher."""
    things = [_object(kind, value) for kind, values in VALUES.items() for value in values]
    things += [_object("domain-name:value", value) for value in IDNS]
    things += [_object("domain-name:value", value, "2023-02-01T00:00:00Z") for value in EXPIRED]
    things += [_object("process:name", value) for value in LONG]
    links = [
        {
            "type": "relationship",
            "spec_version": "2.1",
            "id": "relationship--" + thing["id"][11:],
            "relationship_type": "indicates",
            "created": "2023-01-01T00:00:00.000Z",
            "modified": "2023-01-01T00:00:00.000Z",
            "source_ref": thing["id"],
            "target_ref": MALWARE,
        }
        for thing in things
    ]
    heads = [
        {
            "type": "identity",
            "spec_version": "2.1",
            "id": PUBLISHER,
            "name": "Test Laboratory",
            "identity_class": "organization",
            "created": "2023-01-01T00:00:00.000Z",
            "modified": "2023-01-01T00:00:00.000Z",
        },
        {
            "type": "malware",
            "spec_version": "2.1",
            "id": MALWARE,
            "name": "Own",
            "is_family": True,
            "created": "2023-01-01T00:00:00.000Z",
            "modified": "2023-01-01T00:00:00.000Z",
        },
    ]
    bundle = {
        "type": "bundle",
        "id": "bundle--33333333-3333-4333-8333-333333333333",
        "objects": [*heads, *things, *links],
    }
    folder.mkdir(parents=True, exist_ok=True)
    stix, plain = folder / "truth-own.stix2", folder / "truth-plain.txt"
    stix.write_text(json.dumps(bundle), encoding="utf-8")
    plain.write_text("# a user's list\n" + "\n".join(PLAIN) + "\n", encoding="utf-8")
    return [stix, plain]


def pools() -> dict[str, dict[str, list[str]]]:
    """Family -> kind -> values, for `Values`."""
    return {
        "own": VALUES,
        "idn": {"domain-name:value": IDNS},
        "expired": {"domain-name:value": EXPIRED},
        "long": {"process:name": LONG},
        "plain": {"domain-name:value": PLAIN},
    }
