"""Encryption to people with age, and opening on their own machines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyrage

from sousveil.errors import Locked, Malformed, Missing, Usage

HEADER = b"age-encryption.org/v1"
ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"
KEY_FILE_MAX = 1 << 16


def check_recipient(text: str) -> str:
    """An age recipient in its one form. Raises Usage."""
    text = text.strip()
    try:
        return str(pyrage.x25519.Recipient.from_str(text))
    except pyrage.RecipientError:
        raise Usage(
            "This is not an age recipient (age1...).",
            hint="Make a key pair on the handler's machine with `age-keygen` or `sousveil complaints key FILE`.",
        ) from None


def seal(data: bytes, recipients: Iterable[str]) -> bytes:
    """Encrypt to all of the recipients; any one of their keys opens it."""
    to = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    if not to:
        raise Usage("There is nobody to encrypt to.")
    return bytes(pyrage.encrypt(data, to))


def unseal(data: bytes, identities: Iterable[str]) -> bytes:
    """Open with one of the identities. Raises Locked for another key, Malformed for what is damaged or no age file."""
    if not data.startswith((HEADER, ARMOR)):
        raise Malformed("This is not encrypted with age.")
    try:
        return bytes(pyrage.decrypt(data, [pyrage.x25519.Identity.from_str(one) for one in identities]))
    except pyrage.DecryptError as error:
        if "No matching" in str(error):
            raise Locked("None of these keys opens this.", hint="Try the key of another handler.") from None
        raise Malformed("This is damaged, cut short or changed; nothing of it can be opened.") from None


def read_identities(path: Path) -> list[str]:
    """The identities of an age key file (`age-keygen`). Raises Missing, Usage, Malformed."""
    try:
        with path.open("rb") as file:
            text = file.read(KEY_FILE_MAX).decode("utf-8", "replace")
    except FileNotFoundError:
        raise Missing(f"There is no key file {path.name}.") from None
    except OSError as error:
        raise Usage(f"The key file {path.name} cannot be read: {error.strerror}.") from None
    found = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for one in found:
        try:
            pyrage.x25519.Identity.from_str(one)
        except pyrage.IdentityError:
            raise Malformed(
                f"{path.name} holds something that is no age identity.",
                hint="Expected: lines that begin with AGE-SECRET-KEY-1. Open a protected file with `age -d` first.",
            ) from None
    if not found:
        raise Malformed(f"There is no key in {path.name}.")
    return found


def recipient_of(identity: str) -> str:
    """The recipient of an identity."""
    return str(pyrage.x25519.Identity.from_str(identity).to_public())


def new_identity() -> tuple[str, str]:
    """A new pair: identity, recipient."""
    made = pyrage.x25519.Identity.generate()
    return str(made), str(made.to_public())
