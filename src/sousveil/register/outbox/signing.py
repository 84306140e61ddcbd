"""Signed webhooks: a receiver can tell that a call is from this register, what it says, and when it was made.

`Sousveil-Signature: t=<unix seconds>, key=<64 hex digits>, sig=<128 hex digits>`; signed is
`sousveil-webhook <t> <delivery id>\\n` followed by the body, with Ed25519. The key is the register's `keys/webhook`; its
public half is what a receiver is given beforehand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sousveil.errors import Malformed, Usage
from sousveil.ledger.disagreement import BadSignature
from sousveil.ledger.keys import PrivateKey, PublicKey

if TYPE_CHECKING:
    from sousveil.register.folder import Folder

KEY_NAME = "webhook"
SIGNATURE = "Sousveil-Signature"
DELIVERY = "Sousveil-Delivery"
TOLERANCE = 300
"""Seconds by which a call's time may differ from the receiver's clock."""
_FORM = re.compile(r"t=([0-9]{1,12}), key=([0-9a-f]{64}), sig=([0-9a-f]{128})", re.ASCII)


def webhook_key(paths: Folder) -> PrivateKey:
    """The key that signs calls; made at the first use."""
    if not paths.key_file(KEY_NAME).exists():
        try:
            return paths.new_key(KEY_NAME)
        except Usage:  # another process was quicker
            pass
    return paths.key(KEY_NAME)


def signed(key: PrivateKey, delivery: str, at: int, body: bytes) -> str:
    """The value of the header."""
    return f"t={at}, key={key.public.raw.hex()}, sig={key.sign(_message(delivery, at, body)).hex()}"


def verify_webhook(
    public: PublicKey, header: str, delivery: str, body: bytes, *, now: int, tolerance: int = TOLERANCE
) -> None:
    """What a receiver does. Raises Malformed, BadSignature (other key, other bytes, too old or from the future)."""
    found = _FORM.fullmatch(header.strip())
    if found is None:
        raise Malformed("This is no signature of a webhook.")
    at = int(found[1])
    if found[2] != public.raw.hex():
        raise BadSignature("The call was signed by another key.")
    if abs(now - at) > tolerance:
        raise BadSignature("The call is too old, or the clocks differ.")
    public.verify(bytes.fromhex(found[3]), _message(delivery, at, body))


def _message(delivery: str, at: int, body: bytes) -> bytes:
    return f"sousveil-webhook {at} {delivery}\n".encode() + body
