"""Links taken apart as browsers do it, and links inside links."""

from __future__ import annotations

import re
from urllib.parse import unquote

import msgspec

from sousveil.hosts.names import DOTS, canonical_host
from sousveil.patterns import lazy_pattern

MAX_LINK = 16_384
"""Characters of one link that are looked at; browsers refuse or cut longer ones."""
MAX_NESTED = 256
"""Nested links taken out of one link at most."""
MAX_LEVELS = 3
"""Times that percent-encoding is undone."""
DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443, "ftp": 21}
_SCHEME = lazy_pattern(r"([A-Za-z][A-Za-z0-9+.\-]{0,30}):")
_NESTED = lazy_pattern(r"(?:https?|ftp|wss?):[/\\]{1,2}(?=[^/\\])", re.I)
_BARE_LINK = lazy_pattern(r"(?:[/\\]{2}|www\d?\.)[^/\\\s]|[\w\-]++(?:\.[\w\-]++)++(?::\d{1,5})?/", re.I)
_AMP = lazy_pattern(r"/(?:amp|[civ])/(?:s/)?([\w\-]++(?:\.[\w\-]++)++(?:/.*)?)", re.S)
_ENCODED = lazy_pattern(r"(?:https?|ftp|wss?)%(?:25){0,3}3a[^\s<>\"'&]{1,4096}+", re.I)


class ParsedUrl(msgspec.Struct, frozen=True):
    """A link taken apart. `scheme` is lower case and empty when the text had none; `port` is None for the scheme's
    own."""

    scheme: str
    userinfo: bool
    host: str
    port: int | None
    path: str
    """With its leading slash; empty when there is none."""
    query: str
    """Without the question mark."""
    fragment: str = ""


def _split_scheme(text: str) -> tuple[str, str] | None:
    """Scheme and what follows it; an empty scheme for host-like text; None for links that have no host (`mailto:`,
    `tel:`)."""
    found = _SCHEME.match(text)
    if found is None:
        return "", text
    scheme, rest = found[1].lower(), text[found.end() :]
    if scheme in DEFAULT_PORTS or rest[:2].replace("\\", "/") == "//":
        return scheme, rest
    # `evil.com:8080/x` looks like a scheme; so does `evil.com:` in front of anything
    return ("", text) if "." in scheme or rest[:1].isdigit() else None


def _split_authority(scheme: str, rest: str) -> tuple[str, str, str, str]:
    """Authority, path, query, fragment. Backslashes are slashes where browsers say so."""
    rest, _, fragment = rest.partition("#")
    rest, _, query = rest.partition("?")
    rest = rest.replace("\\", "/").lstrip("/") if scheme in DEFAULT_PORTS or not scheme else rest[2:]
    authority, slash, path = rest.partition("/")
    return authority, slash + path, query, fragment


def _split_port(authority: str) -> tuple[str, int | None] | None:
    if authority.startswith("["):
        host, bracket, port = authority.partition("]")
        host += bracket
        if port and not port.startswith(":"):
            return None
        port = port[1:]
    else:
        host, _, port = authority.partition(":")
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit() and len(port) <= 6 and int(port) <= 65_535):
        return None
    return host, int(port)


def parse_url(text: str) -> ParsedUrl | None:
    """A link, with or without a scheme, read as a browser reads it; None when it has no host.

    Tabs and line ends are dropped, backslashes are slashes, the host may be percent-encoded, an IDN, an address in any
    spelling. Without a scheme the host must have a dot or be a bracketed address.
    """
    text = text[:MAX_LINK].strip("\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x1b\x1c\x1d\x1e\x1f ")
    text = text.replace("\t", "").replace("\n", "").replace("\r", "")
    split = _split_scheme(text)
    if split is None:
        return None
    scheme, rest = split
    authority, path, query, fragment = _split_authority(scheme, rest)
    _, at, authority = authority.rpartition("@")
    parts = _split_port(authority)
    if parts is None:
        return None
    raw_host, port = parts
    host = unquote(raw_host) if "%" in raw_host and not raw_host.startswith("[") else raw_host
    if not scheme and not (DOTS.search(host.rstrip(".")) or host.startswith("[")):
        return None
    try:
        host = canonical_host(host)
    except ValueError:
        return None
    if port == DEFAULT_PORTS.get(scheme or "http") or (not scheme and port == 443):
        port = None
    return ParsedUrl(scheme, bool(at), host, port, path, query, fragment)


def decodings(text: str) -> list[str]:
    """The text with percent-encoding undone once, twice, three times; as far as that changes anything."""
    forms: list[str] = []
    while "%" in text and len(forms) < MAX_LEVELS:
        decoded = unquote(text)
        if decoded == text:
            break
        forms.append(decoded)
        text = decoded
    return forms


def _nested_in(piece: str, found: dict[str, None]) -> None:
    for level in (piece, *decodings(piece)):
        if _BARE_LINK.match(level):
            found.setdefault(level[:MAX_LINK])
        for start in _NESTED.finditer(level):
            if len(found) >= MAX_NESTED:
                return
            found.setdefault(level[start.start() : start.start() + 2048])


def unwrap(text: str) -> list[str]:
    """Links that stand inside a link: in its path, its query or its fragment, percent-encoded up to three times.

    With a scheme they are found anywhere; without one only as the whole value of a parameter that has a path
    (`u=evil.com/x`), after AMP prefixes, and in links rewritten by mail filters. A bare name as a value (`q=evil.com`,
    a search) is no link.
    """
    text = text[:MAX_LINK]
    url = parse_url(text)
    if url is None:
        inner = text.partition(":")[2]
        pieces = [inner]
        query = text.partition("?")[2]
        host = ""
    else:
        pieces, query, host = [url.path, url.fragment], url.query, url.host
    values = [pair.partition("=")[2] or pair for pair in query.split("&")] if query else []
    if host.endswith("urldefense.proofpoint.com"):
        values += [value.replace("-", "%").replace("_", "/") for value in values]
    found: dict[str, None] = {}
    for piece in pieces:
        # a path starts with a slash by itself: only what follows its first character can be nested
        _nested_in(piece[1:] if url is not None and piece is url.path else piece, found)
    for value in values:
        _nested_in(value, found)
    if url is not None and (host.endswith("ampproject.org") or url.path.startswith("/amp/")):
        amp = _AMP.match(url.path)
        if amp is not None:
            found.setdefault(amp[1])
    return list(found)


def encoded_links(text: str) -> list[str]:
    """Links that stand percent-encoded in a text (`https%3A%2F%2Fevil.com`), decoded."""
    out: dict[str, None] = {}
    for found in _ENCODED.finditer(text):
        for form in decodings(found[0]):
            if "://" in form[:10]:
                out.setdefault(form)
    return list(out)
