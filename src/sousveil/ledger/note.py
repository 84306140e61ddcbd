"""Signed notes (C2SP signed-note): a text, and lines that say who signed it.

    text, ending in a newline
    (an empty line)
    — name base64(4 bytes of key id || signature)

Two signature types are known: 0x01 Ed25519 over the text, and 0x04 the timestamped cosignature of a witness
(`cosignature`). Signatures of unknown keys are passed over; one of a known key that does not hold refuses the note.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sousveil.errors import LimitExceeded, Malformed, Usage
from sousveil.ledger import cosignature
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import KEY_BYTES, PrivateKey, PublicKey

ED25519 = 0x01
COSIGNATURE = cosignature.TYPE
MAX_BYTES = 1 << 20
MAX_SIGNATURES = 100
_CONTROLS = bytes(set(range(0x20)) - {0x0A})
_DASH = "\u2014 ".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """Whose signatures are looked for: a name, a key, and the type of its signatures. Raises Malformed for a bad name."""

    name: str
    public: PublicKey
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        _name(self.name)
        if self.algorithm not in (ED25519, COSIGNATURE):
            raise Malformed(f"Signatures of type 0x{self.algorithm:02x} are not known here.")

    @property
    def key_id(self) -> int:
        """The first four bytes of SHA-256(name || newline || type || key), big-endian."""
        return key_id(self.name, self.algorithm, self.public.raw)

    def vkey(self) -> str:
        """The verifier key as text: `name+hex key id+base64(type || key)`."""
        encoded = base64.b64encode(bytes([self.algorithm]) + self.public.raw).decode()
        return f"{self.name}+{self.key_id:08x}+{encoded}"

    def holds(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature (without key id) is this key's over the text."""
        if self.algorithm == COSIGNATURE:
            return cosignature.holds(self.public, text, signature)
        return self.public.holds(signature, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs: a name, a private key, and the type of signature."""

    name: str
    key: PrivateKey
    algorithm: int = ED25519

    @property
    def verifier(self) -> Verifier:
        """The one that checks what this signs."""
        return Verifier(name=self.name, public=self.key.public, algorithm=self.algorithm)

    def sign(self, text: bytes, at: int | None = None) -> NoteSignature:
        """The signature over the text. `at` is the time of a cosignature, seconds since 1970 (default: now)."""
        if self.algorithm == COSIGNATURE:
            signature = cosignature.make(self.key, text, int(time.time()) if at is None else at)
        else:
            signature = self.key.sign(text)
        return NoteSignature(name=self.name, key_id=self.verifier.key_id, signature=signature)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line."""

    name: str
    key_id: int
    signature: bytes
    """Without the key id."""

    def line(self) -> bytes:
        """The line with its newline."""
        encoded = base64.b64encode(self.key_id.to_bytes(4, "big") + self.signature)
        return _DASH + self.name.encode() + b" " + encoded + b"\n"

    @property
    def timestamp(self) -> int | None:
        """The time of a cosignature, seconds since 1970; None where the signature is none by its length."""
        return cosignature.timestamp(self.signature)


def key_id(name: str, algorithm: int, public: bytes) -> int:
    """The key id of a name, a signature type and a public key."""
    return int.from_bytes(sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4], "big")


def parse_vkey(text: str) -> Verifier:
    """The verifier in a text `name+hex key id+base64`. Raises Malformed."""
    parts = text.split("+", 2)
    if len(parts) != 3 or len(parts[1]) != 8 or not set(parts[1]) <= set("0123456789abcdef"):
        raise Malformed("This is not a verifier key.", hint="It looks like name+0a1b2c3d+Base64.")
    data = decode_base64(parts[2].encode(), "verifier key")
    if len(data) != 1 + KEY_BYTES:
        raise Malformed("This verifier key is of a type or length that is not known here.")
    found = Verifier(name=parts[0], public=PublicKey(data[1:]), algorithm=data[0])
    if found.key_id != int(parts[1], 16):
        raise Malformed("The key id in this verifier key does not fit its name and key.")
    return found


def check_text(text: bytes) -> None:
    """Whether this may be the text of a note: UTF-8, ending in a newline, no control characters. Raises Malformed."""
    if not text.endswith(b"\n"):
        raise Malformed("The text of a note ends in a newline.")
    _clean(text)


def sign(text: bytes, signers: Sequence[Signer], *, at: int | None = None) -> bytes:
    """The note: the text with the signatures of all signers in order. Raises Malformed, Usage."""
    check_text(text)
    if not signers:
        raise Usage("A note needs at least one signer.")
    return text + b"\n" + b"".join(signer.sign(text, at).line() for signer in signers)


def split(data: bytes) -> tuple[bytes, list[NoteSignature]]:
    """The text of a note and all its signatures, nothing verified. Raises Malformed, LimitExceeded."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"A note has at most {MAX_BYTES:,} bytes; this one has {len(data):,}.")
    _clean(data)
    at = data.rfind(b"\n\n")
    if at < 0 or not data.endswith(b"\n") or at + 2 == len(data):
        raise Malformed("This note carries no signature.")
    lines = data[at + 2 : -1].split(b"\n")
    if len(lines) > MAX_SIGNATURES:
        raise LimitExceeded(f"A note carries at most {MAX_SIGNATURES} signatures; this one carries {len(lines)}.")
    return data[: at + 1], [parse_line(line) for line in lines]


def parse_line(line: bytes) -> NoteSignature:
    """One signature line, without its newline. Raises Malformed."""
    if not line.startswith(_DASH):
        raise Malformed("A signature line of this note does not begin with a dash.")
    name, _, encoded = line[len(_DASH) :].partition(b" ")
    text = name.decode("utf-8", "strict") if _is_utf8(name) else ""
    _name(text)
    data = decode_base64(encoded, "signature line")
    if len(data) < 5:
        raise Malformed("A signature line of this note is too short.")
    return NoteSignature(name=text, key_id=int.from_bytes(data[:4], "big"), signature=data[4:])


def open_note(data: bytes, verifiers: Iterable[Verifier]) -> tuple[bytes, list[NoteSignature]]:
    """The text of a note and the signatures that hold, one a key. Raises Malformed, BadSignature.

    BadSignature also when no known key signed at all.
    """
    text, signatures = split(data)
    known: dict[tuple[str, int], Verifier] = {}
    for verifier in verifiers:
        known[verifier.name, verifier.key_id] = verifier
    found: dict[tuple[str, int], NoteSignature] = {}
    for one in signatures:
        key = one.name, one.key_id
        if key not in known or key in found:
            continue
        if not known[key].holds(text, one.signature):
            raise BadSignature(f"The signature of {one.name} on this note does not hold.")
        found[key] = one
    if not found:
        raise BadSignature("This note carries no signature of a key that is trusted here.")
    return text, list(found.values())


def decode_base64(data: bytes, what: str) -> bytes:
    """Standard Base64 in its one form. Raises Malformed."""
    try:
        found = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"This {what} is not Base64.") from None
    if base64.b64encode(found) != data:
        raise Malformed(f"This {what} is not written in its one Base64 form.")
    return found


def decimal(text: bytes, what: str) -> int:
    """A decimal number without sign, spaces or leading zeroes, below 2^63. Raises Malformed."""
    if not text.isdigit() or len(text) > 19 or (text.startswith(b"0") and text != b"0"):
        raise Malformed(f"The {what} is not a decimal number.")
    number = int(text)
    if number >> 63:
        raise Malformed(f"The {what} is too large.")
    return number


def _name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() or ord(c) < 0x20 for c in name):
        raise Malformed(
            "The name of a key is empty, or holds a space or a plus.", hint="Take one like example.org/log."
        )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _clean(data: bytes) -> None:
    if not _is_utf8(data):
        raise Malformed("This note is not UTF-8.")
    if len(data.translate(None, _CONTROLS)) != len(data):
        raise Malformed("This note holds control characters.")
