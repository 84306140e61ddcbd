"""Hosts, links and addresses: how they are spelled, found in text, and brought into one form.

Everything here works on text out of evidence: every function is linear in its input, holds no state and fetches
nothing. A host in canonical form is a lower-case A-label name without a trailing dot (`xn--mnchen-3ya.com`), an IPv4
address in four decimal parts, or an IPv6 address compressed and without brackets. Links are read the way browsers read
them (the WHATWG URL standard, https://url.spec.whatwg.org), so that a link that would open a host is a link to that
host here. This module imports nothing of ours.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

import idna

MAX_LINK = 16_384
"""Characters of one link that are looked at; browsers refuse or cut longer ones."""
MAX_NESTED = 256
"""Nested links taken out of one link at most."""
MAX_LEVELS = 3
"""Times that percent-encoding is undone."""

DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443, "ftp": 21}
_NOT_IN_HOST = (
    r"\x00-,/:-@\[-^`{-\xa9\xab\xac\xae-\xb1\xb4\xb6\xb8\xbb-\xbf\s"  # ASCII but 0-9 A-Z a-z - . _ , and Latin-1 signs
    r"\u037e\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965"  # Greek, Arabic and Indian punctuation
    # quotes, dashes, direction marks, arrows, signs
    r"\u200e-\u2027\u202a-\u205f\u2061-\u206f\u20a0-\u20cf\u2190-\u2bff"
    r"\u2e00-\u2e7f\u3000\u3001\u3003\u3008-\u3020\u3030\ufe00-\ufe19\ufe30-\ufe6f"
    r"\uff01-\uff0c\uff0f\uff1a-\uff20\uff3b-\uff3e\uff40\uff5b-\uff60\uff62-\uff65\ufff0-\uffff\ue000-\uf8ff"
    r"\U0001f000-\U0001faff\U000e0000-\U0010ffff"  # emoji, tags, private use
)
_RUN = re.compile(f"[^{_NOT_IN_HOST}]++")
_TAIL = re.compile(r"""(?::\d{1,5}(?!\d))?(?:[/?#\\][^\s<>"`\x00-\x1f\x7f]*+)?""")
_LINK_END = re.compile(r"""[\s<>"`\x00-\x1f\x7f\u201c-\u201e\u00ab\u00bb]""")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]{0,30}):")
_SCHEME_BACK = re.compile(r"[A-Za-z][A-Za-z0-9+\-]{0,30}\Z")
_NESTED = re.compile(r"(?:https?|ftp|wss?):[/\\]{1,2}(?=[^/\\])", re.I)
_BARE_LINK = re.compile(r"(?:[/\\]{2}|www\d?\.)[^/\\\s]|[\w\-]++(?:\.[\w\-]++)++(?::\d{1,5})?/", re.I)
_AMP = re.compile(r"/(?:amp|[civ])/(?:s/)?([\w\-]++(?:\.[\w\-]++)++(?:/.*)?)", re.S)
_DOTS = re.compile(r"[.\u3002\uff0e\uff61]")
_EDGE_DOTS = re.compile(r"[.\u3002\uff0e\uff61]{2,}")
_MAIL_BACK = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-\u00a1-\uffff]{1,64}\Z")
_AUTHORITY_END = re.compile(r"[/?#\\]")
_LABEL = re.compile(r"[a-z0-9_\-]{1,63}\Z")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_TRAILING = ".,;:!?'*~|\u2019\u201d\u3002\uff0c\uff01\uff1f\u3001\u2026"
_V6 = re.compile(
    r"(?<![\w:./=&?%])(?:[0-9A-Fa-f]{1,4}|:)(?=:)[0-9A-Fa-f:]{1,38}+(?:\.\d{1,3}){0,3}+(?:%[\w\-]{1,16})?(?![\w:])"
)
_V4 = re.compile(r"(?<![\w.\-/=&?%+~\\])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w\-@]|\.[\w\-])")
_ENCODED = re.compile(r"(?:https?|ftp|wss?)%(?:25){0,3}3a[^\s<>\"'&]{1,4096}+", re.I)


@dataclass(frozen=True, slots=True)
class ParsedUrl:
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


def _ipv4_number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    if len(part) > 1 and part.startswith("0"):
        return int(part, 8)
    return int(part)


def _ipv4(text: str) -> str:
    """The address behind one to four decimal, octal or hexadecimal parts, as browsers read them. Raises ValueError."""
    parts = text.split(".")
    if len(parts) > 4 or any(len(part) > 40 or not _NUMBER.match(part) for part in parts):
        raise ValueError("not an IPv4 address")
    numbers = [_ipv4_number(part) for part in parts]
    last = numbers.pop()
    if any(number > 255 for number in numbers) or last >= 256 ** (4 - len(numbers)):
        raise ValueError("not an IPv4 address: a part is too large")
    for place, number in enumerate(numbers):
        last += number << (8 * (3 - place))
    return str(ipaddress.IPv4Address(last))


def _a_label(label: str) -> str:
    if label.isascii():
        return label
    if len(label) > 63:
        raise ValueError("a label of the host is too long")
    # Registries refuse more than browsers do (emoji, bidi rules); evidence is read like a browser reads it.
    return "xn--" + label.encode("punycode").decode("ascii")


def canonical_host(text: str) -> str:
    """The one form of a host name or address (see the module). Underscores are allowed, they occur in real names.

    Raises ValueError for what no browser would take as a host.
    """
    text = text.strip()
    if not text or len(text) > 1024:
        raise ValueError("not a host: empty or too long")
    if text.startswith("["):
        if not text.endswith("]"):
            raise ValueError("not a host: an open bracket")
        return str(ipaddress.IPv6Address(text[1:-1].partition("%")[0]))
    if text.count(":") >= 2:
        return str(ipaddress.IPv6Address(text.partition("%")[0]))
    if not text.isascii():
        try:
            text = idna.uts46_remap(text, std3_rules=False, transitional=False)
        except (idna.IDNAError, IndexError, UnicodeError) as error:
            raise ValueError("not a host: a character that names cannot hold") from error
    host = ".".join(_a_label(label) for label in text.lower().removesuffix(".").split("."))
    if len(host) > 253 or not all(_LABEL.match(label) for label in host.split(".")):
        raise ValueError("not a host: an empty or overlong label, or a character that names cannot hold")
    if _NUMBER.match(host.rpartition(".")[2]):
        return _ipv4(host)
    return host


def unicode_host(host: str) -> str:
    """The U-label form of a canonical host (`münchen.com`); labels that do not decode stay as they are."""
    labels = host.split(".")
    for place, label in enumerate(labels):
        if label.startswith("xn--"):
            try:
                labels[place] = label[4:].encode("ascii").decode("punycode")
            except UnicodeError:
                continue
    return ".".join(labels)


def canonical_email(text: str) -> str:
    """An e-mail address in lower case, without `mailto:`, its host canonical. Raises ValueError when it is none."""
    text = text.strip()
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0]
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1]
    local, at, host = text.rpartition("@")
    if not at or not local or len(local) > 64 or any(c.isspace() or c in '<>"(),;:@' for c in local):
        raise ValueError("not an e-mail address")
    return f"{local.lower()}@{canonical_host(host)}"


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
    if not scheme and not (_DOTS.search(host.rstrip(".")) or host.startswith("[")):
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


def _trim(link: str) -> str:
    """Without the punctuation of the sentence around it; brackets stay when they were opened inside."""
    for _ in range(8):  # more turns than that are no sentence
        last = link[-1:]
        if last and last in _TRAILING:
            link = link.rstrip(_TRAILING)
        elif (opened := {")": "(", "]": "[", "}": "{"}.get(last)) and link.count(opened) < link.count(last):
            link = link.rstrip(last) + last * link.count(opened)
            if link.endswith(last):
                break
        else:
            break
    return link


def _schemed(text: str) -> list[tuple[int, int]]:
    """Spans of links with a scheme. Found from `://` outwards, so that no start is tried twice."""
    spans: list[tuple[int, int]] = []
    at, done = text.find("://"), 0
    while at >= 0:
        back = _SCHEME_BACK.search(text[max(done, at - 31) : at])
        if back is None:
            at = text.find("://", at + 3)
            continue
        start = at - len(back[0])
        end_at = _LINK_END.search(text, at + 3)
        end = end_at.start() if end_at else len(text)
        spans.append((start, end))
        done = end
        at = text.find("://", end)
    return spans


def _readings(name: str) -> list[str]:
    """A run of host characters as the names it may be: text of scripts without spaces may touch a name written in
    Latin.

    `点击evil.com` may be the host `点击evil.com`, or `evil.com` after two words; both are
    given. Latin, Greek and Cyrillic letters never end a name.
    """
    out = [name]
    if name.isascii():
        return out
    start, end = 0, len(name)
    for place in range(len(name) - 1, -1, -1):  # the last Latin label may be followed by words
        if ord(name[place]) < 0x0E00 or name[place] in "\u3002\uff0e\uff61":
            break
        end = place
    while end and name[end - 1] in ".\u3002\uff0e\uff61":
        end -= 1
    while start < end and ord(name[start]) >= 0x0E00 and name[start] not in "\u3002\uff0e\uff61":
        start += 1
    cut = name[start:end]
    if cut != name and _DOTS.search(cut) and cut[:1].isalnum() and ord(cut[0]) < 0x0E00:
        out.append(cut)
        stop = cut.find("\u3002")
        if stop > 0 and "." in cut[:stop]:
            out.append(cut[:stop])
    elif "\u3002" in name and "." in name[: name.find("\u3002")]:
        out.append(name[: name.find("\u3002")])
    return out


def _bare(text: str, start: int, end: int, out: dict[str, None]) -> None:
    """Links without a scheme between two places, into `out`."""
    after = start
    for run in _RUN.finditer(text, start, end):
        if run.start() < after or not _DOTS.search(run[0]) or text[run.start() - 1 : run.start()] == "@":
            continue
        if run.end() == end < len(text) and unicodedata.normalize("NFKC", run[0][-1]).isascii():
            continue  # `evil.comhttps://`: no end of a name
        pieces = [piece for piece in _EDGE_DOTS.split(run[0]) if _DOTS.search(piece.strip("."))]
        for piece in pieces:
            last = run[0].endswith(piece)
            tail = _TAIL.match(text, run.end(), end) if last else None
            after = tail.end() if tail else after
            if last and text[(tail.end() if tail else run.end()) :][:1] == "@":
                continue  # the local part of an address, or a user name
            rest = tail[0] if tail else ""
            for name in _readings(piece.lstrip(".")):
                link = _trim(name + rest) if name.endswith(piece.lstrip(".")) else name
                out.setdefault(link[:MAX_LINK])


def links_in(text: str) -> list[str]:
    """Links in running text, with a scheme (`https://evil.com/x`) and without (`evil.com/x`), in order of appearance,
    once each.

    Everything that has the shape of a host name with a dot counts as a link without a scheme; the parts of e-mail
    addresses do not. Sentence punctuation around a link is left out. Linear in the text.
    """
    if "." not in text and ":" not in text and text.isascii():
        return []
    out: dict[str, None] = {}
    place = 0
    for start, end in _schemed(text):
        _bare(text, place, start, out)
        link = _trim(text[start : min(end, start + MAX_LINK)])
        out.setdefault(link)
        for shorter in _cut_links(link):
            out.setdefault(shorter)
        place = end
    _bare(text, place, len(text), out)
    return list(out)


def _cut_links(link: str) -> list[str]:
    """Other readings of a link whose authority runs into words of another script."""
    begin = link.find("://") + 3
    authority = re.split(r"[/?#\\]", link[begin:], maxsplit=1)[0]
    if authority.isascii():
        return []
    run = _RUN.match(authority)
    if run is None:
        return []
    readings = _readings(run[0])[1:]
    if run.end() < len(authority) and authority[run.end()] not in ":@%":
        readings.append(run[0])
    return [link[:begin] + reading for reading in readings]


def _authorities(text: str) -> list[tuple[int, int]]:
    """Spans of the authorities of links with a scheme: an `@` in one ends a user name, not an address."""
    spans = []
    for start, end in _schemed(text):
        begin = text.find("://", start) + 3
        stop = _AUTHORITY_END.search(text, begin, end)
        spans.append((start, stop.start() if stop else end))
    return spans


def emails_in(text: str) -> list[str]:
    """E-mail addresses in running text, canonical, once each. Those in the user part of a link are left out."""
    out: dict[str, None] = {}
    at = text.find("@")
    if at < 0:
        return []
    spans = _authorities(text)
    inside = 0
    while at >= 0:
        while inside < len(spans) and spans[inside][1] <= at:
            inside += 1
        in_link = inside < len(spans) and spans[inside][0] <= at
        local = _MAIL_BACK.search(text[max(0, at - 64) : at])
        host = _RUN.match(text, at + 1)
        if local is not None and host is not None and not in_link:
            name = host[0].rstrip(".")
            # in a link, an address may follow a parameter's name: `?to=joe@evil.com`
            who = re.split(r"[/?&=:]", local[0])[-1].lstrip(".'")
            try:
                if "." in name and who:
                    out.setdefault(canonical_email(f"{who}@{name}"))
            except ValueError:
                pass
        at = text.find("@", at + 1)
    return list(out)


def addresses_in(text: str) -> list[str]:
    """IP addresses that stand in the text as whole words, canonical.

    No part of a longer number, name, version string, path or parameter counts; hosts of links are found by `parse_url`.
    """
    out = [_address(found[0]) for found in _V4.finditer(text)]
    if ":" in text:
        out += [_address(found[0]) for found in _V6.finditer(text)]
    return list(dict.fromkeys(address for address in out if address))


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return ""


def hosts_in(text: str) -> list[str]:
    """Canonical hosts of all links, nested links, e-mail addresses and lone addresses in a text, once each."""
    out: dict[str, None] = {}
    for link in links_in(text):
        for form in (link, *unwrap(link)):
            url = parse_url(form)
            if url is not None and not _loose_number(form, url):
                out.setdefault(url.host)
    for address in emails_in(text):
        out.setdefault(address.rpartition("@")[2])
    for address in addresses_in(text):
        out.setdefault(address)
    return list(out)


def _loose_number(link: str, url: ParsedUrl) -> bool:
    """Whether a link without scheme is a number such as a version (`1.2`), not an address in four parts."""
    return not url.scheme and url.host[-1:].isdigit() and not link.startswith(("[", "//")) and _V4.match(link) is None


def parents(host: str) -> list[str]:
    """The host and the domains above it, longest first; an address has none above it."""
    if ":" in host or host.rpartition(".")[2].isdigit():
        return [host]
    labels = host.split(".")
    return [".".join(labels[place:]) for place in range(len(labels))]
