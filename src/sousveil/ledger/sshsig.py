"""Signatures of `ssh-keygen -Y sign`, verified without calling OpenSSH.

Source: OpenSSH, PROTOCOL.sshsig. Only version 1, ssh-ed25519, SHA-512 or SHA-256, and the namespace that is asked for;
`ssh-keygen -Y sign -n sousveil-publication -f KEY FILE` makes them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from sousveil.errors import LimitExceeded, Malformed
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import KEY_BYTES, SIGNATURE_BYTES, PublicKey

MAGIC = b"SSHSIG"
NAMESPACE = "sousveil-publication"
_ALGORITHM = b"ssh-ed25519"
_HASHES = {b"sha512": hashlib.sha512, b"sha256": hashlib.sha256}
_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
_MAX_BYTES = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class SshSignature:
    """The parts of a signature."""

    public: bytes
    """The 32 bytes of the signer's key, unchecked."""
    namespace: bytes
    hash_name: bytes
    signature: bytes
    """64 bytes."""


def verify(armored: bytes, message: bytes, key: PublicKey, namespace: str = NAMESPACE) -> None:
    """Whether this armored signature is the key's over the message, in the namespace. Raises Malformed, BadSignature."""
    verify_blob(unarmor(armored), message, key, namespace)


def verify_blob(blob: bytes, message: bytes, key: PublicKey, namespace: str = NAMESPACE) -> None:
    """As `verify`, for the bytes inside the armor."""
    found = parse(blob)
    if found.namespace != namespace.encode():
        said = found.namespace.decode("ascii", "replace")
        raise BadSignature(
            f"This SSH signature was made for {said!r}, not for {namespace!r}.",
            hint=f"Sign again: ssh-keygen -Y sign -n {namespace} -f KEY FILE",
        )
    if found.public != key.raw:
        raise BadSignature(f"This SSH signature was not made with key {key.id}.")
    digest = _HASHES[found.hash_name](message).digest()
    parts = (found.namespace, b"", found.hash_name, digest)
    key.verify(found.signature, MAGIC + b"".join(map(_string, parts)))


def unarmor(armored: bytes) -> bytes:
    """The bytes between the BEGIN and END lines. Raises Malformed."""
    if len(armored) > _MAX_BYTES:
        raise LimitExceeded(f"An SSH signature has at most {_MAX_BYTES:,} bytes.")
    lines = armored.replace(b"\r\n", b"\n").strip(b"\n").split(b"\n")
    if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
        raise Malformed("This is not an armored SSH signature.", hint="It begins with -----BEGIN SSH SIGNATURE-----")
    return _base64(b"".join(lines[1:-1]))


def armor(blob: bytes) -> bytes:
    """The signature as `ssh-keygen` writes it, so that it can be checked with `ssh-keygen -Y verify`."""
    text = base64.b64encode(blob)
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return b"\n".join([_BEGIN, *lines, _END, b""])


def parse(blob: bytes) -> SshSignature:
    """The parts of the bytes inside the armor. Raises Malformed."""
    if len(blob) > _MAX_BYTES:
        raise LimitExceeded(f"An SSH signature has at most {_MAX_BYTES:,} bytes.")
    if not blob.startswith(MAGIC):
        raise Malformed("This is not an SSH signature.")
    rest = blob[len(MAGIC) :]
    if rest[:4] != b"\0\0\0\1":
        raise Malformed("This SSH signature is not of version 1.")
    public, namespace, reserved, hash_name, signature = _strings(rest[4:], 5)
    if reserved:
        raise Malformed("This SSH signature has something in its reserved field.")
    if hash_name not in _HASHES:
        raise Malformed("This SSH signature uses neither SHA-512 nor SHA-256.")
    return SshSignature(
        public=_typed(public, KEY_BYTES, "key"),
        namespace=namespace,
        hash_name=hash_name,
        signature=_typed(signature, SIGNATURE_BYTES, "signature"),
    )


def parse_public_key(line: str) -> PublicKey:
    """The key in a line of a `.pub` file: `ssh-ed25519 AAAA... comment`. Raises Malformed."""
    parts = line.strip().split(None, 2)
    if len(parts) < 2 or parts[0] != _ALGORITHM.decode() or len(line) > _MAX_BYTES:
        raise Malformed("This is not an ssh-ed25519 public key.", hint="Make one with `ssh-keygen -t ed25519`.")
    try:
        data = parts[1].encode("ascii")
    except UnicodeEncodeError:
        raise Malformed("This SSH public key is not Base64.") from None
    return PublicKey(_typed(_base64(data), KEY_BYTES, "key"))


def format_public_key(key: PublicKey, comment: str = "") -> str:
    """The line of a `.pub` file."""
    blob = base64.b64encode(_string(_ALGORITHM) + _string(key.raw)).decode()
    return f"{_ALGORITHM.decode()} {blob} {comment}".rstrip()


def _typed(data: bytes, size: int, what: str) -> bytes:
    if not data.startswith(_string(_ALGORITHM)):
        raise Malformed(f"The {what} of this SSH signature is not ssh-ed25519.", hint="Use an Ed25519 key.")
    value = _strings(data, 2)[1]
    if len(value) != size:
        raise Malformed(f"The {what} of this SSH signature has {len(value)} bytes instead of {size}.")
    return value


def _strings(data: bytes, count: int) -> list[bytes]:
    """Exactly so many length-prefixed strings."""
    found, at = [], 0
    for _ in range(count):
        size = int.from_bytes(data[at : at + 4], "big")
        if at + 4 + size > len(data):
            raise Malformed("This SSH signature is cut short.")
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    if at != len(data):
        raise Malformed("This SSH signature goes on after its end.")
    return found


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _base64(data: bytes) -> bytes:
    try:
        found = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("This SSH signature or key is not Base64.") from None
    if base64.b64encode(found) != data:
        raise Malformed("This SSH signature or key is not written in its one Base64 form.")
    return found
