"""What stands in the outbox for a delivery."""

from __future__ import annotations

import msgspec

MAIL, WEBHOOK = "mail", "webhook"
KINDS = (MAIL, WEBHOOK)
SENT, DEAD = ".sent", ".dead"
"""Behind the kind, once a delivery has ended."""


class Enclosure(msgspec.Struct, frozen=True, kw_only=True):
    """A file that goes with a mail."""

    name: str
    """A plain file name: letters, digits, points, dashes."""
    media_type: str
    data: bytes


class MailBody(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that waits."""

    key: str
    to: str
    subject: str
    text: str
    enclosures: tuple[Enclosure, ...] = ()
    error: str = ""
    guard: str = ""
    """Name of who looks again at what is sent, just before it leaves; empty where nobody has to."""


class WebhookBody(msgspec.Struct, frozen=True, kw_only=True):
    """A call of a webhook that waits."""

    key: str
    url: str
    body: str
    """The exact JSON that is sent."""
    error: str = ""
    guard: str = ""
    """As that of a mail."""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a delivery that was made: no address, no content."""

    key: str
    at: str
    """UTC."""
    answer: str
    """What the other side said, such as `250` or `HTTP 204`."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Where a delivery stands."""

    id: str
    key: str
    kind: str
    """`mail` or `webhook`."""
    state: str
    """`waiting`, `sent`, `dead` (given up; the operator retries or drops it)."""
    made_at: str
    tries: int
    error: str = ""
    """Why the last try failed."""
    sent_at: str | None = None
    to: str = ""
    """Where it goes; empty once it was sent."""
