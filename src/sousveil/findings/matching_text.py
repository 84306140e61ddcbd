"""Texts, links and paths, word by word: which indicators they hold, exactly.

This is the truth of searched fields; whatever scans faster before it may only leave out rows that would match nothing
here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from sousveil.hosts import (
    ParsedUrl,
    addresses_in,
    canonical_host,
    emails_in,
    encoded_links,
    links_in,
    parents,
    parse_url,
    unwrap,
)
from sousveil.indicators.index import Index, url_key
from sousveil.indicators.model import IndicatorKind as K
from sousveil.patterns import lazy_pattern

Hit = tuple[int, str, str]
"""Position of the indicator, the matched text, how it matched."""

_PIECES = lazy_pattern(r"[/\\]")
_DIGITS = lazy_pattern(r"[\d.]+\Z")
_QUAD = lazy_pattern(r"\d{1,3}(?:\.\d{1,3}){3}\.?(?![\w.\-])")


def _named(link: str, url: ParsedUrl) -> bool:
    """Whether a link without scheme names a host: a name, or an address in four parts; a bare number does not."""
    return _DIGITS.match(url.host) is None or _QUAD.match(link) is not None


class TextMatcher:
    """Finds indicators in single texts."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._domains = index.exact[K.DOMAIN]
        self._emails = index.exact[K.EMAIL]
        self._host_patterns = index.patterns.get(K.DOMAIN, [])
        self._url_patterns = index.patterns.get(K.URL, [])
        self._email_patterns = index.patterns.get(K.EMAIL, [])
        self._address_patterns = [*index.patterns.get(K.IPV4, []), *index.patterns.get(K.IPV6, [])]

    def hits(self, text: str, kind: str) -> list[Hit]:
        """Every indicator in a text, once, by the most direct way it stands there. `kind` is the name of the field's
        kind."""
        out: dict[int, Hit] = {}
        for piece in pieces(text, kind):
            self.compare(piece, out)
        return list(out.values())

    def compare(self, piece: Piece, out: dict[int, Hit]) -> None:
        """Add the indicators that a piece matches to `out`, by their positions; those that are there already stay."""
        if piece.what is What.EMAIL:
            self._email(piece.text, piece.how, out)
        self._host(piece.host, piece.text, piece.how, out)
        if piece.url is not None:
            self._url(piece.text, piece.url, piece.how, out)

    def _host(self, host: str, text: str, how: str, out: dict[int, Hit]) -> None:
        for place, name in enumerate(parents(host)):
            for position in self._domains.get(name, ()):
                out.setdefault(position, (position, text, how or ("subdomain" if place else "equals")))
        for position, test in self._host_patterns:
            if test(host):
                out.setdefault(position, (position, text, self._index.all[position].pattern))
        if ":" in host or host[-1:].isdigit():
            for position, kind in self._index.addresses(host):
                out.setdefault(position, (position, text, kind if kind == "cidr" else how or kind))
            for position, test in self._address_patterns:
                if test(host):
                    out.setdefault(position, (position, text, self._index.all[position].pattern))

    def _url(self, link: str, url: ParsedUrl, how: str, out: dict[int, Hit]) -> None:
        index = self._index
        if index.urls or index.prefixes:
            key = url_key(url)
            for position in index.urls.get(key, ()):
                out.setdefault(position, (position, link, how or "equals"))
            for port, prefix, position in index.prefixes.get(key[0], ()):
                if port == key[1] and below(key[2], prefix, "/?#&"):
                    out.setdefault(position, (position, link, how or "prefix"))
        for position, test in self._url_patterns:
            if test(link):
                out.setdefault(position, (position, link, self._index.all[position].pattern))

    def _email(self, address: str, how: str, out: dict[int, Hit]) -> None:
        for position in self._emails.get(address, ()):
            out.setdefault(position, (position, address, how or "equals"))
        for position, test in self._email_patterns:
            if test(address):
                out.setdefault(position, (position, address, self._index.all[position].pattern))


class What(StrEnum):
    """What a piece of a text is."""

    LINK = "link"
    EMAIL = "email"
    HOST = "host"


class Piece(NamedTuple):
    """A link, an e-mail address or a host in a text: all that indicators for texts are compared with."""

    what: What
    text: str
    """As it stands in the text, or in what was decoded."""
    host: str
    """Canonical."""
    how: str
    """`nested`, `decoded`, or "" for what stands there as such."""
    url: ParsedUrl | None = None
    """Of a link."""

    @classmethod
    def stored(cls, what: What, text: str, host: str, how: str) -> Piece:
        """A piece that was kept without its parsed link."""
        return cls(what, text, host, how, parse_url(text) if what is What.LINK else None)


def pieces(text: str, kind: str) -> Iterator[Piece]:
    """What of a text indicators are compared with, the most direct first. `kind` is the name of the field's kind."""
    if kind == "path":
        yield from _in_path(text)
    elif (
        kind == "url"
        and (url := parse_url(text)) is not None
        and (url.scheme or ("@" not in text and _named(text, url)))
    ):
        yield _direct(text, url)
        yield from _nested(unwrap(text), "nested")
        yield from _emails(text, "nested")
    else:
        yield from _in_running(text)


def _in_running(text: str) -> Iterator[Piece]:
    links = links_in(text)
    for link in links:
        url = parse_url(link)
        if url is not None and (url.scheme or _named(link, url)):
            yield _direct(link, url)
    yield from _emails(text, "")
    for address in addresses_in(text):
        yield Piece(What.HOST, address, address, "")
    for link in links:
        yield from _nested(unwrap(link), "nested")
    yield from _nested(encoded_links(text), "decoded")


def _direct(link: str, url: ParsedUrl) -> Piece:
    # a name that does not stand there as such was percent-encoded, an IDN, or an address in another spelling
    how = "" if url.host in link.lower() or ":" in url.host else "decoded"
    return Piece(What.LINK, link, url.host, how, url)


def _nested(links: Iterable[str], how: str) -> Iterator[Piece]:
    for link in links:
        url = parse_url(link)
        if url is not None:
            yield Piece(What.LINK, link, url.host, how, url)


def _emails(text: str, how: str) -> Iterator[Piece]:
    for address in emails_in(text):
        yield Piece(What.EMAIL, address, address.rpartition("@")[2], how)


def _in_path(path: str) -> Iterator[Piece]:
    """Hosts that name a file or folder, whole (`Caches/evil.com/x.db`) or between underscores
    (`https_evil.com_0`)."""
    for part in _PIECES.split(path):
        if "." not in part:
            continue
        for name in dict.fromkeys((part, *part.split("_"))):
            try:
                host = canonical_host(name)
            except ValueError:
                continue
            if "." in host or ":" in host:
                yield Piece(What.HOST, name, host, "")


def below(value: str, start: str, ends: str) -> bool:
    """Whether a value is `start` or goes on after it at a boundary."""
    if not value.startswith(start):
        return False
    return len(value) == len(start) or start[-1:] in ends or value[len(start)] in ends
