"""The headers that stand on every answer, errors included."""

from __future__ import annotations

POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
"""No script, no picture, nothing of others; forms only to ourselves, in no frame."""

STRICT: tuple[tuple[str, str], ...] = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Origin-Agent-Cluster", "?1"),
    (
        "Permissions-Policy",
        "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    ),
    ("Cache-Control", "no-store"),
    ("X-Robots-Tag", "noarchive"),
    ("X-DNS-Prefetch-Control", "off"),
)
"""As on the register, and nothing is kept on the reader's disk."""

TLS = ("Strict-Transport-Security", "max-age=63072000")
"""Added where this program speaks TLS itself."""
