"""A second implementation of RFC 9497's verification, mode 1, ristretto255-SHA512, by libsodium (rbcl): for comparison."""

from __future__ import annotations

from hashlib import sha512
from pathlib import Path

import rbcl
from rbcl._sodium import lib_path

Path(lib_path).unlink()
"""The copy of libsodium that rbcl leaves: `drawn.leaks` would search it for every number, each time."""
CONTEXT = b"OPRFV1-\x01-ristretto255-SHA512"


def _expand(message: bytes, dst: bytes, length: int) -> bytes:
    """expand_message_xmd with SHA-512 (RFC 9380, 5.3.1), for one block."""
    assert length == 64
    suffix = dst + bytes([len(dst)])
    first = sha512(bytes(128) + message + length.to_bytes(2, "big") + b"\0" + suffix).digest()
    return sha512(first + b"\1" + suffix).digest()


def hash_to_group(message: bytes) -> bytes:
    """HashToGroup (4.1)."""
    return bytes(rbcl.crypto_core_ristretto255_from_hash(_expand(message, b"HashToGroup-" + CONTEXT, 64)))


def hash_to_scalar(message: bytes) -> bytes:
    """HashToScalar (4.1)."""
    return bytes(rbcl.crypto_core_ristretto255_scalar_reduce(_expand(message, b"HashToScalar-" + CONTEXT, 64)))


def _sized(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def verify(public: bytes, blinded: list[bytes], evaluated: list[bytes], proof: bytes) -> bool:
    """VerifyProof (2.2.2) with ComputeComposites (2.2.1)."""
    multiply, add = rbcl.crypto_scalarmult_ristretto255, rbcl.crypto_core_ristretto255_add
    seed = sha512(_sized(public, b"Seed-" + CONTEXT)).digest()
    m = z = b""
    for place, (c_element, d_element) in enumerate(zip(blinded, evaluated, strict=True)):
        transcript = _sized(seed) + place.to_bytes(2, "big") + _sized(c_element, d_element) + b"Composite"
        scalar = hash_to_scalar(transcript)
        m = add(m, multiply(scalar, c_element)) if m else multiply(scalar, c_element)
        z = add(z, multiply(scalar, d_element)) if z else multiply(scalar, d_element)
    c, s = proof[:32], proof[32:]
    t2 = add(rbcl.crypto_scalarmult_ristretto255_base(s), multiply(c, public))
    t3 = add(multiply(s, m), multiply(c, z))
    return hash_to_scalar(_sized(public, bytes(m), bytes(z), bytes(t2), bytes(t3)) + b"Challenge") == c


def finalize(number: bytes, blind: bytes, evaluated: bytes) -> bytes:
    """Finalize (3.3.2) without the proof."""
    inverse = rbcl.crypto_core_ristretto255_scalar_invert(blind)
    element = bytes(rbcl.crypto_scalarmult_ristretto255(inverse, evaluated))
    return sha512(_sized(number, element) + b"Finalize").digest()
