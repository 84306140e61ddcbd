"""Fuzzing signed updates of indicators: any change of any byte is refused, and nothing but an error of ours is raised."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json

from nacl.signing import SigningKey

from sousveil.errors import SousveilError
from sousveil.indicators.update import CONTEXT, Key, parse_keys, verify

_KEY = SigningKey(b"\x05" * 32)
_TRUSTED = [Key(bytes(_KEY.verify_key).hex(), "Test", "user")]


def _update(version: int, **files: bytes) -> bytes:
    listed = [{"name": name, "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()]
    manifest = json.dumps({"version": version, "created": "2026-01-02", "files": listed}).encode()
    envelope = {
        "manifest": base64.b64encode(manifest).decode(),
        "signature": base64.b64encode(_KEY.sign(CONTEXT + manifest).signature).decode(),
        "key": _TRUSTED[0].public,
        "files": {name: base64.b64encode(data).decode() for name, data in files.items()},
    }
    return json.dumps(envelope).encode()


_SOUND = {1: {"a.txt": b"evil.example\n"}, 9: {"a.txt": b"x.example\n", "b.csv": b"type,indicator\ndomain,y.example\n"}}


def seeds() -> list[bytes]:
    """Two updates, and a file of keys."""
    return [
        *(_update(v, **files) for v, files in _SOUND.items()),
        f"# keys\ned25519 {_TRUSTED[0].public} Test\n".encode(),
    ]


def fuzz_one(data: bytes) -> None:
    """May raise SousveilError only; what is taken is what was signed."""
    with contextlib.suppress(SousveilError):
        parse_keys(data.decode("utf-8", "replace"), "user")
    try:
        manifest, envelope, _ = verify(data, _TRUSTED)
    except SousveilError:
        return
    if _SOUND.get(manifest.version) != envelope.files:
        raise AssertionError("something was taken that nobody signed")
