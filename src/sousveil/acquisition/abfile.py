"""The file that `adb backup` writes (`.ab`): its header, the key behind a password, and the layers around its tar archive.

Text lines of the header: magic, version, whether the content is compressed, encryption; with AES-256 two salts, the rounds of
PBKDF2, an IV and the sealed master key. What follows is AES-256-CBC of a zlib stream of a tar archive, without the layers
that the header leaves out.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

import msgspec

from sousveil.acquisition.model import Packed, Readable
from sousveil.acquisition.tars import MAX_ALL, ZLIBBED, is_tar
from sousveil.errors import LimitExceeded, Locked, Malformed, Unsupported, WrongKey
from sousveil.patterns import lazy_pattern
from sousveil.texts import t

MAGIC = b"ANDROID BACKUP\n"
ENCRYPTED = 1003
"""A value of `Packed.method`: AES-256-CBC; `Packed.key` holds IV and key."""
NEWEST = 5
"""Newest version that is known."""
MAX_ROUNDS = 2_000_000
"""Rounds of PBKDF2 that a file may ask for; Android asks for 10,000."""
KEY = 48
"""Bytes of an IV and a key."""
_MAX_HEADER = 4096
_BLOCK = 16
_HEX = lazy_pattern(rb"(?:[0-9A-Fa-f]{2}){1,512}")
_NUMBER = lazy_pattern(rb"[0-9]{1,9}")


class Header(msgspec.Struct, frozen=True):
    """What stands before the content."""

    version: int
    compressed: bool
    size: int
    """Bytes of the header."""
    user_salt: bytes = b""
    """Empty, as all that follows, where the content is not encrypted."""
    checksum_salt: bytes = b""
    rounds: int = 0
    user_iv: bytes = b""
    sealed: bytes = b""
    """The master key, its IV and its checksum, encrypted with the key that the password gives."""

    @property
    def encrypted(self) -> bool:
        """Whether a password is needed."""
        return bool(self.sealed)


def read_header(source: Readable) -> Header:
    """The header of a backup. Raises Malformed, Unsupported for another encryption, and LimitExceeded."""
    head = source.read(min(_MAX_HEADER, source.size), 0)
    if not head.startswith(MAGIC):
        raise Malformed(t("error.abfile.no_backup"))
    lines = _Lines(head, len(MAGIC))
    version, compressed = lines.number(), lines.number()
    kind = lines.line()
    if kind == b"none":
        return Header(version, compressed > 0, lines.position)
    if kind != b"AES-256":
        raise Unsupported(t("error.abfile.other_encryption", kind=kind[:40].decode("ascii", "replace")))
    user_salt, checksum_salt, rounds = lines.raw(), lines.raw(), lines.number()
    user_iv, sealed = lines.raw(), lines.raw()
    if not 0 < rounds <= MAX_ROUNDS:
        raise LimitExceeded(t("error.abfile.many_rounds", rounds=rounds, limit=MAX_ROUNDS))
    if len(user_iv) != _BLOCK or len(sealed) % _BLOCK:
        raise Malformed(t("error.abfile.header_damaged"))
    return Header(version, compressed > 0, lines.position, user_salt, checksum_salt, rounds, user_iv, sealed)


class _Lines:
    """The lines of a header, one after another."""

    def __init__(self, head: bytes, position: int) -> None:
        self._head, self.position = head, position

    def line(self) -> bytes:
        end = self._head.find(b"\n", self.position)
        if end < 0:
            raise Malformed(t("error.abfile.header_damaged"))
        line, self.position = self._head[self.position : end], end + 1
        return line

    def number(self) -> int:
        line = self.line()
        if not _NUMBER.fullmatch(line):
            raise Malformed(t("error.abfile.header_damaged"))
        return int(line)

    def raw(self) -> bytes:
        line = self.line()
        if not _HEX.fullmatch(line):
            raise Malformed(t("error.abfile.header_damaged"))
        return bytes.fromhex(line.decode())


def master_key(header: Header, password: bytes) -> bytes:
    """IV and key of the content. Raises Locked for a wrong password."""
    for as_bytes in _encodings(header.version):
        secret = _derived(_password(password, as_bytes), header.user_salt, header.rounds)
        found = _unsealed(header, secret)
        if found is None:
            continue
        iv, key, checksum = found
        own = _derived(key if as_bytes else widened(key), header.checksum_salt, header.rounds)
        if hmac.compare_digest(own, checksum) and len(key) == KEY - _BLOCK and len(iv) == _BLOCK:
            return iv + key
    raise Locked(t("error.abfile.wrong_password"), hint=t("error.abfile.wrong_password_hint"))


def _encodings(version: int) -> tuple[bool, ...]:
    """Whether characters count as single bytes: only in version 1, of which Android 4.4 wrote some in the other way."""
    return (True, False) if version < 2 else (False,)


def _password(password: bytes, as_bytes: bool) -> bytes:
    """The password as PBKDF2 takes it: in UTF-8, or the lower byte of each of its characters."""
    if not as_bytes:
        return password
    return password.decode("utf-8", "surrogateescape").encode("utf-16-le", "surrogatepass")[::2]


def widened(key: bytes) -> bytes:
    """The bytes as Java's characters (of signed bytes), in UTF-8: how the checksum takes the master key above version 1."""
    return b"".join(bytes((byte,)) if byte < 0x80 else chr(0xFF00 + byte).encode() for byte in key)


def _derived(password: bytes, salt: bytes, rounds: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha1", password, salt, rounds, 32)


def _unsealed(header: Header, secret: bytes) -> tuple[bytes, bytes, bytes] | None:
    """(IV, key, checksum) of the content; None where the secret is a wrong one."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # only what is encrypted needs it

    machine = Cipher(algorithms.AES(secret), modes.CBC(header.user_iv)).decryptor()
    blob = machine.update(header.sealed) + machine.finalize()
    padding = blob[-1]
    if not 1 <= padding <= _BLOCK or blob[-padding:] != bytes((padding,)) * padding:
        return None
    parts, rest = [], blob[:-padding]
    for _ in range(3):
        if not rest or len(rest) < 1 + rest[0]:
            return None
        parts.append(rest[1 : 1 + rest[0]])
        rest = rest[1 + rest[0] :]
    return parts[0], parts[1], parts[2]


class CbcFile:
    """Content under AES-256-CBC (see `Readable`). The padding at its end stays: what lies inside ends by itself."""

    def __init__(self, source: Readable, packed: Packed) -> None:
        if packed.key is None or len(packed.key) != KEY:
            raise WrongKey(t("error.androidqf.key_belongs_another"))
        from cryptography.hazmat.primitives.ciphers import algorithms

        self._source, self._offset = source, packed.offset
        self._iv, self._key = packed.key[:_BLOCK], algorithms.AES(packed.key[_BLOCK:])
        self.size = packed.stored - packed.stored % _BLOCK

    @property
    def there(self) -> int:
        """Bytes of content."""
        return self.size

    def expect(self, size: int, fault: str) -> None:
        """A content that must be longer is cut off (see `StoredFile.expect`)."""
        if size > self.size:
            raise Malformed(fault)

    def read(self, amount: int, offset: int) -> bytes:
        """Up to `amount` bytes from `offset` (see `Readable.read`)."""
        end = min(offset + amount, self.size)
        if offset < 0 or offset >= end:
            return b""
        low, high = offset // _BLOCK * _BLOCK, -(-end // _BLOCK) * _BLOCK
        before = max(low - _BLOCK, 0)
        data = self._source.read(high - before, self._offset + before)
        iv = data[: low - before] if low else self._iv
        data = data[low - before :]
        data = data[: len(data) - len(data) % _BLOCK]
        if not data or len(iv) < _BLOCK:
            raise Malformed(t("error.tars.cut"))
        from cryptography.hazmat.primitives.ciphers import Cipher, modes

        return Cipher(self._key, modes.CBC(iv)).decryptor().update(data)[offset - low : end - low]

    read_apart = read

    def close(self) -> None:
        """Let go of what lies below."""
        self._source.close()


def layers(header: Header, size: int, key: bytes | None) -> tuple[Packed, ...]:
    """What lies around the tar archive of a backup of so many bytes, outermost first."""
    offset, stored = header.size, max(0, size - header.size)
    made: list[Packed] = []
    if header.encrypted:
        stored -= stored % _BLOCK
        made.append(Packed(offset=offset, stored=stored, size=stored, method=ENCRYPTED, key=key))
        offset = 0
    if header.compressed:
        made.append(Packed(offset=offset, stored=stored, size=MAX_ALL, method=ZLIBBED))
    elif not made:
        made.append(Packed(offset=offset, stored=stored, size=stored, method=0))
    return tuple(made)


def opens(header: Header, source: Readable, key: bytes) -> bool:
    """Whether a key fits: what it gives begins like a zlib stream or a tar archive."""
    if len(key) != KEY:
        return False
    packed = layers(header, source.size, key)[0]
    head = CbcFile(source, packed).read(512, 0) if packed.stored else b""
    if header.compressed:
        return len(head) > 1 and head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0
    return is_tar(head) or (bool(head) and not any(head))


def keys(joined: bytes) -> Iterator[bytes]:
    """The keys that were joined: one for each encrypted backup of an acquisition."""
    for start in range(0, len(joined), KEY):
        yield joined[start : start + KEY]


__all__ = ["ENCRYPTED", "MAGIC", "NEWEST", "CbcFile", "Header", "keys", "layers", "master_key", "opens", "read_header"]
