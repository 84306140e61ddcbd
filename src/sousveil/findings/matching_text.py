"""Texts, links and paths, word by word: which indicators they hold, exactly.

This is the truth of searched fields; whatever scans faster before it may only leave out rows that would match nothing
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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

Hit = tuple[int, str, str]
"""Position of the indicator, the matched text, how it matched."""

_PIECES = re.compile(r"[/\\]")
_DIGITS = re.compile(r"[\d.]+\Z")
_QUAD = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}\.?(?![\w.\-])")


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
        if kind == "path":
            self._path(text, out)
        elif (
            kind == "url"
            and (url := parse_url(text)) is not None
            and (url.scheme or ("@" not in text and _named(text, url)))
        ):
            self._link(text, url, out)
        else:
            self._running(text, out)
        return list(out.values())

    def _running(self, text: str, out: dict[int, Hit]) -> None:
        links = links_in(text)
        for link in links:
            url = parse_url(link)
            if url is not None and (url.scheme or _named(link, url)):
                self._direct(link, url, out)
        for address in emails_in(text):
            self._email(address, out)
        for address in addresses_in(text):
            self._host(address, address, "", out)
        for link in links:
            self._nested(unwrap(link), "nested", out)
        self._nested(encoded_links(text), "decoded", out)

    def _link(self, link: str, url: ParsedUrl, out: dict[int, Hit]) -> None:
        self._direct(link, url, out)
        inner = unwrap(link)
        self._nested(inner, "nested", out)
        for address in emails_in(link):
            self._email(address, out, "nested")

    def _direct(self, link: str, url: ParsedUrl, out: dict[int, Hit]) -> None:
        # a name that does not stand there as such was percent-encoded, an IDN, or an address in another spelling
        how = "" if url.host in link.lower() or ":" in url.host else "decoded"
        self._host(url.host, link, how, out)
        self._url(link, url, how, out)

    def _nested(self, links: Iterable[str], how: str, out: dict[int, Hit]) -> None:
        for link in links:
            url = parse_url(link)
            if url is not None:
                self._host(url.host, link, how, out)
                self._url(link, url, how, out)

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

    def _email(self, address: str, out: dict[int, Hit], how: str = "") -> None:
        for position in self._emails.get(address, ()):
            out.setdefault(position, (position, address, how or "equals"))
        for position, test in self._email_patterns:
            if test(address):
                out.setdefault(position, (position, address, self._index.all[position].pattern))
        self._host(address.rpartition("@")[2], address, how, out)

    def _path(self, path: str, out: dict[int, Hit]) -> None:
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
                    self._host(host, name, "", out)


def below(value: str, start: str, ends: str) -> bool:
    """Whether a value is `start` or goes on after it at a boundary."""
    if not value.startswith(start):
        return False
    return len(value) == len(start) or start[-1:] in ends or value[len(start)] in ends
