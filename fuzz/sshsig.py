"""Fuzzing SSH signatures and public keys: any bytes are refused, or are the signature that they began as."""

from __future__ import annotations

import contextlib
import hashlib

from sousveil.errors import SousveilError
from sousveil.ledger import sshsig
from sousveil.ledger.keys import PrivateKey

KEY = PrivateKey(b"k" * 32)
MESSAGE = b"an invented publication"


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _blob() -> bytes:
    name, digest = sshsig.NAMESPACE.encode(), hashlib.sha512(MESSAGE).digest()
    signed = b"SSHSIG" + _string(name) + _string(b"") + _string(b"sha512") + _string(digest)
    public = _string(b"ssh-ed25519") + _string(KEY.public.raw)
    signature = _string(b"ssh-ed25519") + _string(KEY.sign(signed))
    parts = (public, name, b"", b"sha512", signature)
    return b"SSHSIG\0\0\0\1" + b"".join(map(_string, parts))


BLOB = _blob()


def seeds() -> list[bytes]:
    """A signature, bare and in its armor, and a public key."""
    return [BLOB, sshsig.armor(BLOB), sshsig.format_public_key(KEY.public, "somebody").encode()]


def fuzz_one(data: bytes) -> None:
    """May raise SousveilError only; nothing but the signature itself holds."""
    with contextlib.suppress(SousveilError):
        sshsig.verify_blob(data, MESSAGE, KEY.public)
        assert data == BLOB
    with contextlib.suppress(SousveilError):
        blob = sshsig.unarmor(data)
        sshsig.verify_blob(blob, MESSAGE, KEY.public)
        assert blob == BLOB
    with contextlib.suppress(SousveilError):
        sshsig.parse_public_key(data.decode("utf-8", "replace"))
