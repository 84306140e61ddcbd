"""age files for a password, with a work factor of the caller's choice: the age library takes one by the computer's speed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def seal(data: bytes, password: str, *, work: int = 10, seed: int = 1) -> bytes:
    """``data`` for a password; work: log2 of the work factor."""
    rng = random.Random(f"age {seed}")
    key, salt, nonce = rng.randbytes(16), rng.randbytes(16), rng.randbytes(16)
    purpose = b"age-encryption.org/v1/scrypt" + salt
    wrapping = hashlib.scrypt(password.encode(), salt=purpose, n=1 << work, r=8, p=1, maxmem=512 << 20, dklen=32)
    body = ChaCha20Poly1305(wrapping).encrypt(bytes(12), key, None)
    head = f"age-encryption.org/v1\n-> scrypt {_b64(salt)} {work}\n{_b64(body)}\n---"
    mac = hmac.digest(HKDF(SHA256(), 32, None, b"header").derive(key), head.encode(), "sha256")
    cipher = ChaCha20Poly1305(HKDF(SHA256(), 32, nonce, b"payload").derive(key))
    size = 64 << 10
    pieces = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
    sealed = [
        cipher.encrypt(number.to_bytes(11, "big") + bytes([number == len(pieces) - 1]), piece, None)
        for number, piece in enumerate(pieces)
    ]
    return head.encode() + f" {_b64(mac)}\n".encode() + nonce + b"".join(sealed)
