"""The keys and the encryption of an encrypted iOS backup (iOS 10.2 and later).

password -> PBKDF2-SHA256 (DPSL, DPIC rounds) -> PBKDF2-SHA1 (SALT, ITER rounds) -> 32 bytes that wrap (RFC 3394) one
key per protection class; class keys wrap one key per file; a file is AES-256-CBC with a zero IV and PKCS#7 padding.
"""

from __future__ import annotations

import hashlib
import random
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

CLASSES = tuple(range(1, 12))
_WRAP_PASSCODE = 2
_TYPE_BACKUP = 1
CHUNK = 1 << 20


def derive(password: str, salts: tuple[bytes, bytes], iterations: tuple[int, int]) -> bytes:
    """The 32-byte key from the password; ``salts`` and ``iterations`` are (DPSL, SALT) and (DPIC, ITER)."""
    first = hashlib.pbkdf2_hmac("sha256", password.encode(), salts[0], iterations[0], 32)
    return hashlib.pbkdf2_hmac("sha1", first, salts[1], iterations[1], 32)


@dataclass(frozen=True, slots=True)
class Keybag:
    """A backup keybag: its bytes as they stand in Manifest.plist, the derived key and the open class keys."""

    data: bytes
    derived: bytes
    keys: dict[int, bytes]

    def wrap(self, protection_class: int, key: bytes) -> bytes:
        """The key of a file (or of Manifest.db) as stored: class as 4 bytes little endian, then 40 wrapped bytes."""
        return struct.pack("<I", protection_class) + aes_key_wrap(self.keys[protection_class], key)


def _tlv(tag: bytes, value: bytes | int) -> bytes:
    raw = struct.pack(">I", value) if isinstance(value, int) else value
    return tag + struct.pack(">I", len(raw)) + raw


def make_keybag(
    rng: random.Random, password: str, iterations: tuple[int, int], classes: Iterable[int] = CLASSES
) -> Keybag:
    """A new keybag; ``iterations`` is (DPIC, ITER), on real phones (10_000_000, 10_000)."""
    salts = (rng.randbytes(20), rng.randbytes(20))
    derived = derive(password, salts, iterations)
    parts = [
        _tlv(b"VERS", 4),
        _tlv(b"TYPE", _TYPE_BACKUP),
        _tlv(b"UUID", rng.randbytes(16)),
        _tlv(b"HMCK", rng.randbytes(40)),
        _tlv(b"WRAP", 0),
        _tlv(b"SALT", salts[1]),
        _tlv(b"ITER", iterations[1]),
        _tlv(b"DPWT", 1),
        _tlv(b"DPIC", iterations[0]),
        _tlv(b"DPSL", salts[0]),
    ]
    keys: dict[int, bytes] = {}
    for number in classes:
        keys[number] = rng.randbytes(32)
        parts += [
            _tlv(b"UUID", rng.randbytes(16)),
            _tlv(b"CLAS", number),
            _tlv(b"WRAP", _WRAP_PASSCODE),
            _tlv(b"KTYP", 0),
            _tlv(b"WPKY", aes_key_wrap(derived, keys[number])),
        ]
    return Keybag(b"".join(parts), derived, keys)


def encrypted(chunks: Iterable[bytes], key: bytes, padding: bool = True) -> Iterator[bytes]:
    """The chunks, AES-256-CBC with a zero IV; without padding the total must be a multiple of 16 bytes."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    total = 0
    for chunk in chunks:
        total += len(chunk)
        yield encryptor.update(chunk)
    if padding:
        fill = 16 - total % 16
        yield encryptor.update(bytes((fill,)) * fill)
    encryptor.finalize()
