"""The headers that stand on every answer, errors included."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
"""Content-Security-Policy: no script, nothing of others, forms only to ourselves, in no frame."""

STRICT: tuple[tuple[str, str], ...] = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    ),
)
"""Nobody is told where a reader came from, and no other site can frame, open or embed a page."""

PICTURE = (
    ("Content-Security-Policy", POLICY.replace("style-src 'self'", "style-src 'unsafe-inline'")),
    *(one for one in STRICT if one[0] not in ("Content-Security-Policy", "Cross-Origin-Resource-Policy")),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
)
"""For pictures that other sites may show: they bring their own looks, and no script."""

TRANSPORT = ("Strict-Transport-Security", "max-age=31536000")
"""A browser that was here once comes back over https only."""

OPEN = (("Access-Control-Allow-Origin", "*"),)
"""What programs read (API, log, reconciliation) may be read from any site: it is public and no cookie goes with it."""

REVALIDATE = ("Cache-Control", "no-cache")
"""Kept by the reader's browser, asked again each time: a retraction shows at once."""
NEVER_KEPT = ("Cache-Control", "no-store")
"""What somebody searched or screened for is not kept on their disk either."""
FOREVER = ("Cache-Control", "public, max-age=31536000, immutable")
"""Full tiles of the log never change."""

LOG_SIZE = "Sousveil-Log-Size"
"""Entries of the log that the answer knows."""
SNAPSHOT = "Sousveil-Snapshot"
"""Day on which the last of these entries was recorded."""
LICENCE = "Sousveil-Licence"
"""Licences of the data in the answer, separated by `, `; the page /sources says them in full."""
EXAMPLE = "Sousveil-Example"
"""Only on example registers: nothing in the answer is true."""
PREPARED = "Sousveil-Prepared"
"""Inside the server only, never sent: this answer may be kept as bytes."""


def transport(address: str) -> tuple[tuple[str, str], ...]:
    """`TRANSPORT` where this configured address is reached over https; an onion address has its own encryption."""
    parts = urlsplit(address)
    return (TRANSPORT,) if parts.scheme == "https" and not (parts.hostname or "").endswith(".onion") else ()


def licence_header(licences: Iterable[str]) -> str:
    """Licences as a header's value: printable ASCII, commas between."""
    text = ", ".join(licences) or "none"
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text)[:500]
