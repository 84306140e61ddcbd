"""Files encrypted with age, read at any offset: the payload is a row of sealed blocks, each of which opens by itself.

So the file as it lies there serves as the encrypted store, and nothing decrypted is ever written. The format is the public
specification of C2SP (age, version 1): X25519 recipients and passphrases. Recipients of other kinds cannot be opened here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from sousveil.acquisition.model import Readable
from sousveil.errors import LimitExceeded, Locked, Malformed, Unsupported
from sousveil.ledger import bech32
from sousveil.patterns import lazy_pattern
from sousveil.texts import t

if TYPE_CHECKING:  # the library is imported where something is decrypted: it takes a tenth of the start of a worker
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

MAGIC = b"age-encryption.org/v1\n"
MAX_HEADER = 64 << 10
MAX_STANZAS = 200
"""Recipients that are tried."""
MAX_WORK = 18
"""Largest log2 of the work factor of a passphrase: 256 MiB of memory. The age program writes 18."""
BLOCK, TAG = 64 << 10, 16
SECRET_KEY = b"AGE-SECRET-KEY-1"
_LINE = lazy_pattern(rb"[A-Za-z0-9+/]{0,64}\Z")
_STANZA = lazy_pattern(rb"-> ([!-~]+(?: [!-~]+)*)\Z")


class Stanza(msgspec.Struct, frozen=True):
    """A sealed copy of the file's key, for one recipient."""

    arguments: tuple[bytes, ...]
    body: bytes


class Header(msgspec.Struct, frozen=True):
    """What stands before the sealed blocks."""

    stanzas: tuple[Stanza, ...]
    signed: bytes
    """The bytes that `mac` vouches for."""
    mac: bytes
    size: int
    """Bytes of the header."""
    nonce: bytes

    @property
    def payload(self) -> int:
        """Where the first block begins."""
        return self.size + 16

    @property
    def passphrase(self) -> bool:
        """Whether a passphrase opens it, and no identity."""
        return any(stanza.arguments[0] == b"scrypt" for stanza in self.stanzas)


def _unbase64(text: bytes) -> bytes:
    """Canonical base64 without padding."""
    try:
        raw = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(t("error.age.header_age_file")) from None
    if base64.b64encode(raw).rstrip(b"=") != text:
        raise Malformed(t("error.age.header_age_file"))
    return raw


def read_header(source: Readable) -> Header:
    """The header of an age file. Raises Malformed and LimitExceeded."""
    head = source.read(min(MAX_HEADER, source.size), 0)
    if not head.startswith(MAGIC):
        raise Malformed(t("error.age.age_file_version"))
    stanzas: list[Stanza] = []
    position = len(MAGIC)
    while len(stanzas) <= MAX_STANZAS:
        end = head.find(b"\n", position)
        if end < 0:
            break
        line = head[position:end]
        if line.startswith(b"--- "):
            size = end + 1
            nonce = source.read(16, size)
            if len(nonce) < 16 or not stanzas:
                raise Malformed(t("error.age.age_file_cut"))
            return Header(tuple(stanzas), head[: position + 3], _unbase64(line[4:]), size, nonce)
        opening = _STANZA.match(line)
        if opening is None:
            raise Malformed(t("error.age.header_age_file"))
        body, position = _body(head, end + 1)
        stanzas.append(Stanza(tuple(opening[1].split(b" ")), body))
    if len(stanzas) > MAX_STANZAS or len(head) == MAX_HEADER:
        raise LimitExceeded(t("error.age.header_age_file_names"))
    raise Malformed(t("error.age.age_file_cut_off"))


def _body(head: bytes, position: int) -> tuple[bytes, int]:
    """(body of a stanza, where the next line begins): lines of 64 letters, then a shorter one."""
    parts: list[bytes] = []
    while True:
        end = head.find(b"\n", position)
        if end < 0 or not _LINE.match(head[position:end]):
            raise Malformed(t("error.age.header_age_file"))
        parts.append(head[position:end])
        position = end + 1
        if len(parts[-1]) < 64:
            return _unbase64(b"".join(parts)), position


def _derived(secret: bytes, salt: bytes, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt or None, purpose).derive(secret)


def _opened(key: bytes, body: bytes) -> bytes | None:
    if len(body) != 32:
        return None
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), body, None)
    except InvalidTag:
        return None


def identities(text: bytes) -> list[X25519PrivateKey]:
    """The secret keys of an identity file. Raises Locked where it holds none."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    known = []
    for line in text.decode("utf-8", "replace").splitlines():
        raw = bech32.decode("age-secret-key-", line.strip()) if line.strip().upper().startswith("AGE-SECRET") else None
        if raw is not None and len(raw) == 32:
            known.append(X25519PrivateKey.from_private_bytes(raw))
    if not known:
        raise Locked(
            t("error.age.identity_file_contains"),
            hint=t("error.folder.name_file_age"),
        )
    return known


def _by_identities(header: Header, known: Sequence[X25519PrivateKey]) -> Iterator[bytes]:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    for stanza in header.stanzas:
        if stanza.arguments[0] != b"X25519" or len(stanza.arguments) != 2:
            continue
        share = _unbase64(stanza.arguments[1])
        if len(share) != 32:
            raise Malformed(t("error.age.header_age_file"))
        for identity in known:
            try:
                shared = identity.exchange(X25519PublicKey.from_public_bytes(share))
            except ValueError:
                continue
            salt = share + identity.public_key().public_bytes_raw()
            key = _opened(_derived(shared, salt, b"age-encryption.org/v1/X25519"), stanza.body)
            if key is not None:
                yield key


def _by_password(header: Header, password: bytes) -> Iterator[bytes]:
    for stanza in header.stanzas:
        if stanza.arguments[0] != b"scrypt" or len(stanza.arguments) != 3 or len(header.stanzas) != 1:
            continue
        salt, work = _unbase64(stanza.arguments[1]), stanza.arguments[2]
        if not re.fullmatch(rb"[1-9][0-9]?", work) or len(salt) != 16:
            raise Malformed(t("error.age.header_age_file"))
        if int(work) > MAX_WORK:
            raise LimitExceeded(
                t("error.age.password_work_factor", work=int(work)),
                hint=t("error.age.decrypt_file_age"),
            )
        purpose = b"age-encryption.org/v1/scrypt" + salt
        wrapping = hashlib.scrypt(password, salt=purpose, n=1 << int(work), r=8, p=1, maxmem=320 << 20, dklen=32)
        key = _opened(wrapping, stanza.body)
        if key is not None:
            yield key


def payload_key(header: Header, *, identity: bytes | None = None, password: bytes | None = None) -> bytes:
    """The 32 bytes that open the blocks.

    `identity` is the content of an identity file. Raises Locked where neither secret opens the file, Unsupported where only
    recipients of unknown kinds are named, Malformed where the header was changed.
    """
    kinds = {stanza.arguments[0] for stanza in header.stanzas}
    if not kinds & {b"X25519", b"scrypt"}:
        raise Unsupported(t("error.age.age_file_recipients"))
    candidates: Iterable[bytes] = ()
    if header.passphrase:
        if password is None:
            raise Locked(t("error.age.age_file_needs"), hint=t("error.age.use_password_file"))
        candidates = _by_password(header, password)
    elif identity is not None:
        candidates = _by_identities(header, identities(identity))
    else:
        raise Locked(t("error.age.age_file_needs_identity"), hint=t("error.age.name_file_age"))
    for key in candidates:
        if len(key) != 16 or not hmac.compare_digest(
            hmac.digest(_derived(key, b"", b"header"), header.signed, "sha256"), header.mac
        ):
            raise Malformed(t("error.age.header_age_file_changed"))
        return _derived(key, header.nonce, b"payload")
    raise Locked(t("error.age.password_does_open") if header.passphrase else t("error.age.identity_does_open"))


def content_size(payload: int) -> int:
    """Bytes of content of so many bytes of blocks."""
    whole, rest = divmod(payload, BLOCK + TAG)
    return whole * BLOCK + max(0, rest - TAG)


class SealedFile:
    """Decrypted content of an age file (see `Readable`). A block that was changed raises Malformed."""

    def __init__(self, source: Readable, payload: int, key: bytes) -> None:
        """`payload`: where the blocks begin."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        self._source, self._payload = source, payload
        self._cipher, self._wrong = ChaCha20Poly1305(key), InvalidTag
        stored = max(0, source.size - payload)
        self._blocks = max(1, -(-stored // (BLOCK + TAG)))
        self.size = content_size(stored)
        self._number, self._block = -1, b""
        if not self.size:
            self._open(0)  # an empty block is sealed too: without it the file is cut off

    def _open(self, number: int) -> bytes:
        if number != self._number:
            sealed = self._source.read(BLOCK + TAG, self._payload + number * (BLOCK + TAG))
            nonce = number.to_bytes(11, "big") + bytes([number == self._blocks - 1])
            try:
                self._block = self._cipher.decrypt(nonce, sealed, None)
            except (self._wrong, ValueError):
                self._number = -1
                raise Malformed(t("error.age.age_file_cut_off_changed")) from None
            self._number = number
        return self._block

    def read(self, amount: int, offset: int) -> bytes:
        """Up to `amount` bytes from `offset` (see `Readable.read`)."""
        end = min(offset + amount, self.size)
        if offset < 0 or offset >= end:
            return b""
        first, last = offset // BLOCK, (end - 1) // BLOCK
        parts = [
            self._open(number)[max(0, offset - number * BLOCK) : end - number * BLOCK]
            for number in range(first, last + 1)
        ]
        return b"".join(parts)

    read_apart = read

    @property
    def there(self) -> int:
        """Bytes of content, as far as the file goes."""
        return self.size

    def expect(self, size: int, fault: str) -> None:
        """A content that must be longer is cut off (see `StoredFile.expect`)."""
        if size > self.size:
            raise Malformed(fault)

    def close(self) -> None:
        """Let go of what lies below."""
        self._source.close()


__all__ = [
    "BLOCK",
    "MAGIC",
    "MAX_WORK",
    "Header",
    "SealedFile",
    "content_size",
    "identities",
    "payload_key",
    "read_header",
]
