"""What can go wrong, as values a person can act on.

Every error carries one plain sentence and, where there is something to do, a `hint` that says what to do next. No message
holds message text, a password or a key. Raised anywhere, shown by `cli.py`, or turned into a coverage line by `cases/`.
"""

from __future__ import annotations


class SousveilError(Exception):
    """Root of all errors that this package raises on purpose."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Unsupported(SousveilError):
    """The bytes are sound, but no layout or version that we know fits them."""


class Malformed(SousveilError, ValueError):
    """The bytes break the rules of their own format: truncated, damaged or hostile."""


class Locked(SousveilError):
    """The bytes are encrypted and we do not hold the key, or it is the wrong one."""


class NoPassword(Locked):
    """A password is needed, and there is none."""


class WrongPassword(Locked):
    """The password opens nothing."""


class WrongKey(Locked):
    """The derived key, such as that of a key file, opens nothing."""


class Missing(SousveilError):
    """The evidence names something that is not there."""


class LimitExceeded(SousveilError):
    """A limit on size, depth, count or time was reached; what was read before it is kept."""


class Usage(SousveilError):
    """The question itself cannot be answered: a wrong path, option or password file."""
