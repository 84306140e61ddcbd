"""Hosts, links and addresses: how they are spelled, found in text, and brought into one form.

Everything here works on text out of evidence: every function is linear in its input, holds no state and fetches
nothing. A host in canonical form is a lower-case A-label name without a trailing dot (`xn--mnchen-3ya.com`), an IPv4
address in four decimal parts, or an IPv6 address compressed and without brackets. Links are read the way browsers read
them (the WHATWG URL standard, https://url.spec.whatwg.org), so that a link that would open a host is a link to that
host here. This module imports nothing of ours.
"""

from __future__ import annotations

from sousveil.hosts.links import (
    DEFAULT_PORTS,
    MAX_LEVELS,
    MAX_LINK,
    MAX_NESTED,
    ParsedUrl,
    decodings,
    encoded_links,
    parse_url,
    unwrap,
)
from sousveil.hosts.names import canonical_email, canonical_host, parents, unicode_host
from sousveil.hosts.text import addresses_in, emails_in, hosts_in, links_in

__all__ = [
    "DEFAULT_PORTS",
    "MAX_LEVELS",
    "MAX_LINK",
    "MAX_NESTED",
    "ParsedUrl",
    "addresses_in",
    "canonical_email",
    "canonical_host",
    "decodings",
    "emails_in",
    "encoded_links",
    "hosts_in",
    "links_in",
    "parents",
    "parse_url",
    "unicode_host",
    "unwrap",
]
