"""How values are compared: the one form of a value of each kind, and the patterns that are no plain values."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote

from sousveil.acquisition.places import ANDROID_NAMES
from sousveil.hosts import ParsedUrl, canonical_email, canonical_host, parse_url, unicode_host
from sousveil.indicators.model import Indicator, IndicatorKind

K = IndicatorKind
SEARCHED = frozenset({K.DOMAIN, K.URL, K.EMAIL, K.IPV4, K.IPV6})
"""Kinds that are looked for inside texts and links."""
CASELESS = frozenset(
    {
        K.DOMAIN,
        K.EMAIL,
        K.APP_ID,
        K.PROFILE_ID,
        K.ANDROID_PROPERTY,
        K.MD5,
        K.SHA1,
        K.SHA256,
        K.SHA512,
        K.CERT_MD5,
        K.CERT_SHA1,
        K.CERT_SHA256,
        K.IPV4,
        K.IPV6,
    }
)
"""Kinds whose values are the same in upper and lower case. Names of processes and files are not: iOS tells
`Diagnosticd` (published as an implant) from `diagnosticd` (a part of every phone)."""
_NAME = "abcdefghijklmnopqrstuvwxyz0123456789_-."
_ROOTS = (
    ("/var/", "/private/var/"),
    ("/tmp/", "/private/tmp/"),
    ("/etc/", "/private/etc/"),
    ("~/", "/private/var/mobile/"),
    *ANDROID_NAMES,
)
RESPELT = ("file:", *(short.rstrip("/") for short, _ in _ROOTS))
"""Beginnings that `clean_path` changes; it also takes away doubled slashes and a last one."""

Test = Callable[[str], bool]


def plain_path(path: str) -> str:
    """A path in its own spelling, without doubled slashes and a last one."""
    path = path.removeprefix("file://")
    while "//" in path:
        path = path.replace("//", "/")
    return path.rstrip("/") or path[:1]


def clean_path(path: str) -> str:
    """A path on the phone in one spelling: `/private/var/...`, `/data/data/...`, no doubled and no last slash, `~` resolved."""
    path = plain_path(path)
    whole = path + "/"
    for short, full in _ROOTS:
        if whole.startswith(short):
            return (full + whole[len(short) :]).rstrip("/")
    return path


def path_spellings(path: str) -> Iterable[str]:
    """What texts hold of a path that `clean_path` gave: each has one of these. `/var/...` is a part of `/private/var/...`."""
    yield path.removeprefix("/private") if path.startswith("/private/") else path
    whole = path + "/"
    yield from ((other + whole[len(name) :]).rstrip("/") for other, name in ANDROID_NAMES if whole.startswith(name))


def url_key(url: ParsedUrl) -> tuple[str, int | None, str]:
    """What must be equal for two links to be one: no scheme, no fragment, no default port, no `www.`, no empty path."""
    path = url.path or "/"
    if "%" in path:
        path = unquote(path)
    return url.host.removeprefix("www."), url.port, path + ("?" + url.query if url.query else "")


def like(pattern: str, caseless: bool) -> Test:
    """SQL LIKE as a test of whole values: `%` any text, `_` one character, a backslash before either means itself.

    Each piece between `%` is looked for once, from left to right, so that no value makes it try again and again.
    """
    if caseless:
        pattern = pattern.lower()
    pieces = [""]
    for part in re.findall(r"\\.|.", pattern, re.S):
        if part == "%":
            pieces.append("")
        elif part == "_":
            pieces[-1] += "."
        else:
            pieces[-1] += re.escape(part[-1])
    first, *rest = pieces
    if not rest:
        whole = re.compile(first, re.S)
        return lambda value: whole.fullmatch(value.lower() if caseless else value) is not None
    head, tail = re.compile(first, re.S), re.compile(rest.pop() + r"\Z", re.S)
    middle = [re.compile(piece, re.S) for piece in rest if piece]
    last = len(re.findall(r"\\.|.", tail.pattern.removesuffix(r"\Z"), re.S))

    def test(value: str) -> bool:
        if caseless:
            value = value.lower()
        begun = head.match(value)
        if begun is None:
            return False
        at = begun.end()
        for piece in middle:
            found = piece.search(value, at)
            if found is None:
                return False
            at = found.end()
        return len(value) - last >= at and tail.match(value, len(value) - last) is not None

    return test


def is_plain(host: str) -> bool:
    """Whether a host name of lower-case letters, digits and the like is its own canonical form without further look."""
    if len(host) >= 64 or not host[-1:].isalpha() or host.strip(_NAME):
        return False
    return host[0] not in ".0" and ".." not in host and ".0x" not in host


def comparable(kind: IndicatorKind, value: str) -> str:
    """A value in the form in which values of this kind are compared. Raises ValueError for a host or address that is
    none."""
    match kind:
        case K.DOMAIN:
            # the same answer, ten times faster, for the names that nearly all sets hold
            if is_plain(value):
                return value
            return canonical_host(value.lstrip("*").lstrip("."))
        case K.EMAIL:
            # handles are numbers more often than addresses, and plain ones are their own form
            low = value.strip().lower()
            if "@" not in low:
                return low
            local, _, host = low.rpartition("@")
            if local and len(local) <= 64 and not local.strip(_NAME) and host and is_plain(host):
                return low
            try:
                return canonical_email(value)
            except ValueError:
                return value.strip().lower()
        case K.FILE_PATH:
            return clean_path(value)
        case _ if kind in CASELESS:
            value = value.strip().lower()
            return value.replace(":", "") if kind.value.startswith(("file:hashes", "app:cert")) else value
        case _:
            return value


def longest_piece(pattern: str) -> str:
    """What every text that is LIKE this pattern holds, in lower case; empty when that is nothing."""
    return max(re.split(r"\\.|[%_]", pattern.lower()), key=len)


def spellings(indicator: Indicator) -> Iterable[tuple[str, bool]]:
    """Literals that every text with this indicator holds one of, lower case; whether label characters may not touch
    them."""
    value = indicator.value
    if indicator.pattern == "like":
        yield longest_piece(value), False
        return
    try:
        if indicator.kind is K.URL or indicator.pattern == "prefix":
            url = parse_url(value)
            host = url.host if url is not None else ""
            host = host.removeprefix("www.")
        elif indicator.kind is K.EMAIL:
            host = comparable(K.EMAIL, value)
        elif indicator.kind is K.DOMAIN:
            host = comparable(K.DOMAIN, value)
        else:
            network = ipaddress.ip_network(value.strip("[]"), strict=False)
            host = str(network.network_address) if network.num_addresses == 1 else ""
    except ValueError:
        return
    if host:
        yield host, True
        local, at, name = host.rpartition("@")
        if "xn--" in name:
            yield local + at + unicode_host(name), True
