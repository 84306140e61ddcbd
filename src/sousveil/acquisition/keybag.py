"""The keys of an encrypted backup: from its password, or from a key extracted before, to the key of one file.

`Manifest.plist` holds the backup keybag: a run of tag, length, value. The password goes through PBKDF2 (SHA-256 with
`DPSL` and `DPIC` since iOS 10.2, then SHA-1 with `SALT` and `ITER`), the result unwraps the class keys (RFC 3394), a
class key unwraps the key of each file. Passwords and keys are in no message and no `repr`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from sousveil.acquisition import system
from sousveil.errors import LimitExceeded, Locked, Malformed, Missing, Usage, WrongKey, WrongPassword
from sousveil.texts import t

MAX_OUTER_ROUNDS, MAX_ROUNDS = 40_000_000, 40_000
"""Iterations of the first and the second PBKDF2 at most: four times what iOS uses (10 million and 10 thousand)."""
MAX_BYTES = 1 << 20
MAX_ITEMS = 10_000
KEY_BYTES = 32
_WRAPPED = 40
_BY_PASSWORD = 2
"""Bit of `WRAP`: the class key is wrapped with the key derived from the password."""
_BY_DEVICE = 1
"""Bit of `WRAP`: it is wrapped with a key that never leaves the phone, too."""
WRONG_PASSWORD_HINT = "error.keybag.use_password_set"


class ClassKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The unwrapped protection class keys of one backup, by class number."""

    keys: dict[int, bytes]

    def __repr__(self) -> str:
        return f"ClassKeys({sorted(self.keys)})"

    def file_key(self, wrapped: bytes) -> bytes:
        """The key behind a wrapped one: 4 bytes class number (little-endian), 40 bytes RFC 3394.

        Raises Malformed for another length, Locked where the class key is missing or does not fit.
        """
        if len(wrapped) != 4 + _WRAPPED:
            raise Malformed(
                t("error.keybag.wrapped_file_key", size=t("count.bytes", n=len(wrapped)), expected=4 + _WRAPPED)
            )
        number = int.from_bytes(wrapped[:4], "little")
        key = self.keys.get(number)
        if key is None:
            raise Locked(t("error.keybag.backup_usable_key", number=number))
        try:
            return aes_key_unwrap(key, wrapped[4:])
        except InvalidUnwrap:
            raise Locked(t("error.keybag.file_key_does", number=number)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassEntry:
    """One wrapped class key as the keybag holds it."""

    number: int
    wrap: int
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keybag:
    """A parsed backup keybag."""

    salt: bytes
    rounds: int
    outer_salt: bytes | None
    """`DPSL`; None before iOS 10.2."""
    outer_rounds: int
    classes: tuple[ClassEntry, ...]

    def derived_key(self, password: str | bytes) -> bytes:
        """The 32 bytes that the password stands for in this backup. Right or wrong is not known yet: see
        `unlock_with_key`.
        """
        secret = password.encode() if isinstance(password, str) else password
        if self.outer_salt is not None:
            secret = hashlib.pbkdf2_hmac(
                "sha256", secret, self.outer_salt, _rounds(self.outer_rounds, MAX_OUTER_ROUNDS), KEY_BYTES
            )
        return hashlib.pbkdf2_hmac("sha1", secret, self.salt, _rounds(self.rounds, MAX_ROUNDS), KEY_BYTES)

    def unlock(self, password: str | bytes) -> ClassKeys:
        """The class keys. Raises WrongPassword, LimitExceeded for absurd iteration counts."""
        return self.unlock_with_key(self.derived_key(password), by_password=True)

    def unlock_with_key(self, key: bytes, *, by_password: bool = False) -> ClassKeys:
        """The class keys from a derived key (of `extract-key`, or `by_password` of the password just given).

        Class keys that do not unwrap (damaged, or bound to the phone) are left out; raises WrongKey or WrongPassword where
        none does.
        """
        if len(key) != KEY_BYTES:
            raise Usage(t("error.keybag.backup_key_bytes", key_bytes=KEY_BYTES, key=len(key)))
        keys: dict[int, bytes] = {}
        for entry in self.classes:
            if entry.wrap & _BY_PASSWORD and not entry.wrap & _BY_DEVICE and len(entry.wrapped) == _WRAPPED:
                try:
                    keys[entry.number] = aes_key_unwrap(key, entry.wrapped)
                except InvalidUnwrap:
                    continue
        if not keys:
            if by_password:
                raise WrongPassword(t("error.keybag.password_does_open"), hint=t(WRONG_PASSWORD_HINT))
            raise WrongKey(t("error.keybag.key_does_open"), hint=t(WRONG_PASSWORD_HINT))
        return ClassKeys(keys=keys)


def _rounds(count: int, most: int) -> int:
    if count > most:
        raise LimitExceeded(
            t("error.keybag.backup_asks_rounds", count=count, most=most),
            hint=t("error.keybag.manifest_plist_damaged"),
        )
    if count < 1:
        raise Malformed(t("error.keybag.backup_keybag_asks"))
    return count


def _items(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The tags and values."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(t("error.keybag.backup_keybag_bytes", data=len(data)))
    position, count = 0, 0
    while position < len(data):
        count += 1
        end = position + 8 + int.from_bytes(data[position + 4 : position + 8], "big")
        if position + 8 > len(data) or end > len(data) or count > MAX_ITEMS:
            raise Malformed(t("error.keybag.backup_keybag_damaged"))
        yield data[position : position + 4], data[position + 8 : end]
        position = end


def _number(value: bytes) -> int:
    if len(value) not in (1, 2, 4, 8):
        raise Malformed(t("error.keybag.backup_keybag_contains"))
    return int.from_bytes(value, "big")


def parse_keybag(data: bytes) -> Keybag:
    """Read `BackupKeyBag`. Raises Malformed (damaged) or LimitExceeded (absurdly large)."""
    head: dict[bytes, bytes] = {}
    classes: list[dict[bytes, bytes]] = []
    for tag, value in _items(data):
        if tag == b"UUID" and b"UUID" in head:
            classes.append({})
        (classes[-1] if classes else head)[tag] = value
    if b"SALT" not in head or b"ITER" not in head:
        raise Malformed(t("error.keybag.backup_keybag_damaged_salt"))
    outer_salt = head.get(b"DPSL")
    if outer_salt is not None and b"DPIC" not in head:
        raise Malformed(t("error.keybag.backup_keybag_damaged_second"))
    return Keybag(
        salt=head[b"SALT"],
        rounds=_number(head[b"ITER"]),
        outer_salt=outer_salt,
        outer_rounds=_number(head[b"DPIC"]) if outer_salt is not None else 0,
        classes=tuple(
            ClassEntry(number=_number(c[b"CLAS"]), wrap=_number(c.get(b"WRAP", b"\0")), wrapped=c[b"WPKY"])
            for c in classes
            if b"CLAS" in c and b"WPKY" in c
        ),
    )


def write_key_file(path: str | os.PathLike[str], key: bytes) -> None:
    """Write a derived key as hexadecimal text into a new file that only its owner may read.

    Raises Usage where the file exists or cannot be made; an existing file is never overwritten.
    """
    try:
        descriptor = os.open(path, system.CREATE, 0o600)
    except FileExistsError:
        raise Usage(t("error.keybag.exists_already_key", path=os.fspath(path))) from None
    except OSError as error:
        raise Usage(t("error.keybag.key_file_cannot", path=os.fspath(path), reason=error.strerror)) from None
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        Path(path).unlink()
        raise Usage(t("error.keybag.key_file_cannot", path=os.fspath(path), reason=error.strerror)) from None


def read_key_file(path: str | os.PathLike[str]) -> bytes:
    """The key of a file that `write_key_file` wrote. Raises Missing, or Usage for other content."""
    try:
        with open(path, "rb") as file:
            text = file.read(1024)
    except OSError as error:
        raise Missing(t("error.keybag.key_file_cannot_read", path=os.fspath(path), reason=error.strerror)) from None
    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Usage(t("error.keybag.key_file", path=os.fspath(path)), hint=t("error.keybag.sousveil_extract_key"))
    return key
