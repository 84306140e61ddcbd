"""The tables `[mail]` and `[webhooks]` of `register.toml`, and the password that never stands in it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Literal

import msgspec

from sousveil.errors import Usage

PASSWORD = "SOUSVEIL_SMTP_PASSWORD"
PASSWORD_FILE = "smtp-password"
"""Below the register's `keys/`, mode 0600."""


class MailSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """The server that takes our mail."""

    host: str
    port: int = 587
    from_: str
    """The address that stands in `From`."""
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    """`none` only towards this machine itself."""
    user: str | None = None
    seconds: float = 20.0
    """How long one answer is waited for."""


class WebhookSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How webhooks are called."""

    seconds: float = 15.0
    """For one call as a whole."""
    loopback: bool = False
    """Also call this machine, without TLS: for trying things out, and refused unless the register is an example."""


def password(keys: Path) -> str | None:
    """The mail server's password: from the environment, else from a file for its owner alone. Raises Usage."""
    named = os.environ.get(PASSWORD)
    if named is not None:
        return named
    path = keys / PASSWORD_FILE
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise Usage(f"Others may read {path.name}.", hint=f"Say: chmod 600 {path}")
            return file.read(1_000).decode("utf-8", "replace").strip("\r\n")
    except FileNotFoundError:
        return None
