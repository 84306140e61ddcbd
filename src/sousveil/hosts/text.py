"""Links, addresses and hosts in running text."""

from __future__ import annotations

import ipaddress
import re
import unicodedata

from sousveil.hosts.links import MAX_LINK, ParsedUrl, parse_url, unwrap
from sousveil.hosts.names import DOTS, canonical_email
from sousveil.patterns import lazy_pattern

_NOT_IN_HOST = (
    r"\x00-,/:-@\[-^`{-\xa9\xab\xac\xae-\xb1\xb4\xb6\xb8\xbb-\xbf\s"  # ASCII but 0-9 A-Z a-z - . _ , and Latin-1 signs
    r"\u037e\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965"  # Greek, Arabic and Indian punctuation
    # quotes, dashes, direction marks, arrows, signs
    r"\u200e-\u2027\u202a-\u205f\u2061-\u206f\u20a0-\u20cf\u2190-\u2bff"
    r"\u2e00-\u2e7f\u3000\u3001\u3003\u3008-\u3020\u3030\ufe00-\ufe19\ufe30-\ufe6f"
    r"\uff01-\uff0c\uff0f\uff1a-\uff20\uff3b-\uff3e\uff40\uff5b-\uff60\uff62-\uff65\ufff0-\uffff\ue000-\uf8ff"
    r"\U0001f000-\U0001faff\U000e0000-\U0010ffff"  # emoji, tags, private use
)
_RUN = lazy_pattern(f"[^{_NOT_IN_HOST}]++")
_TAIL = lazy_pattern(r"""(?::\d{1,5}(?!\d))?(?:[/?#\\][^\s<>"`\x00-\x1f\x7f]*+)?""")
_LINK_END = lazy_pattern(r"""[\s<>"`\x00-\x1f\x7f\u201c-\u201e\u00ab\u00bb]""")
_SCHEME_BACK = lazy_pattern(r"[A-Za-z][A-Za-z0-9+\-]{0,30}\Z")
_EDGE_DOTS = lazy_pattern(r"[.\u3002\uff0e\uff61]{2,}")
_MAIL_BACK = lazy_pattern(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-\u00a1-\uffff]{1,64}\Z")
_AUTHORITY_END = lazy_pattern(r"[/?#\\]")
_TRAILING = ".,;:!?'*~|\u2019\u201d\u3002\uff0c\uff01\uff1f\u3001\u2026"
_V6 = lazy_pattern(
    r"(?<![\w:./=&?%])(?:[0-9A-Fa-f]{1,4}|:)(?=:)[0-9A-Fa-f:]{1,38}+(?:\.\d{1,3}){0,3}+(?:%[\w\-]{1,16})?(?![\w:])"
)
_V4 = lazy_pattern(r"(?<![\w.\-/=&?%+~\\])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w\-@]|\.[\w\-])")


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
    if cut != name and DOTS.search(cut) and cut[:1].isalnum() and ord(cut[0]) < 0x0E00:
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
        if run.start() < after or not DOTS.search(run[0]) or text[run.start() - 1 : run.start()] == "@":
            continue
        if run.end() == end < len(text) and unicodedata.normalize("NFKC", run[0][-1]).isascii():
            continue  # `evil.comhttps://`: no end of a name
        pieces = [piece for piece in _EDGE_DOTS.split(run[0]) if DOTS.search(piece.strip("."))]
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
