"""Plain text: one value a line, `#` comments; defanged values are taken.

A line may state its kind itself, as `process:name=bh`. The kind of all other lines comes from the person's choice, else
from the file's name, else from the values: links, addresses, accounts, hashes and paths are known by their form, and all
names of the list (`evil.example`, `loader.js`, `com.app.id`) are of the one kind that most of them have. A name of another
kind is skipped. Lines of a hosts file (`0.0.0.0 evil.com`) are domains. A user's plain list has no publisher.
"""

from __future__ import annotations

import re
from collections import Counter

from sousveil.errors import Malformed
from sousveil.indicators.canonical import guess, refang
from sousveil.indicators.loaders._common import (
    Loader,
    SetBuilder,
    certificate_kind,
    decode_text,
    kind_word,
    platform_in,
)
from sousveil.indicators.model import Attribution, Choices, IndicatorKind, IndicatorSet
from sousveil.texts import t

MAX_LINE = 4096
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_SINKS = ("0.0.0.0", "127.0.0.1", "::1", "::")
_CERTIFICATE = frozenset((IndicatorKind.CERT_MD5, IndicatorKind.CERT_SHA1, IndicatorKind.CERT_SHA256))
_HASH = frozenset((IndicatorKind.MD5, IndicatorKind.SHA1, IndicatorKind.SHA256, IndicatorKind.SHA512))
_ADDRESS = frozenset((IndicatorKind.IPV4, IndicatorKind.IPV6))
_BY_FILE = (
    (r"cert", IndicatorKind.CERT_SHA256),
    (r"propert", IndicatorKind.ANDROID_PROPERTY),
    (r"process", IndicatorKind.PROCESS),
    (r"file_?path|(?:^|_)paths?(?:_|$)", IndicatorKind.FILE_PATH),
    (r"(?:^|_)files?(?:_|$)|file_?name", IndicatorKind.FILE_NAME),
    (r"profile", IndicatorKind.PROFILE_ID),
    (r"package|bundle|app_?id", IndicatorKind.APP_ID),
    (r"e?_?mails?(?:_|$)|account", IndicatorKind.EMAIL),
    (r"sha_?(?:1|256|512)|md5|hash", IndicatorKind.SHA256),
    (r"(?:^|_)urls?(?:_|$)|(?:^|_)links?(?:_|$)", IndicatorKind.URL),
    (r"(?:^|_)ips?(?:v[46])?(?:_|$)", IndicatorKind.IPV4),
    (r"domain|(?:^|_)hosts?(?:_|$)", IndicatorKind.DOMAIN),
)
"""Words of a file's name, in the order in which they count, and the kind of its lines."""
_FILE_NAME = re.compile(
    r"\.(?:js|plist|db|sqlite|dylib|json|log|txt|apk|ipa|so|dex|jar|html?|php|lock|cache|bin|py|tar|gz|tmp|dat|framework|"
    r"bundle|pkg|mobileconfig|xml|jpe?g|png|gif|pdf|conf|cfg)$",
    re.IGNORECASE,
)
"""Endings of file names; none of them ends the name of a domain."""
NAMES = (IndicatorKind.DOMAIN, IndicatorKind.FILE_NAME, IndicatorKind.APP_ID)
"""Kinds that a name can have; the first of those that equally many names have."""
SINGLE_WORD = "error.plain.single_word_state"


def sniff(head: bytes, filename: str) -> bool:
    """Whether this is text at all that is no structured form."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[", b"<", b"%"):
        return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"[" and b'"' not in head[:100]
    cut = head if len(head) < 65_536 else head[:65_536].rpartition(b"\n")[0]
    try:
        text = decode_text(cut)
    except Malformed:
        return False
    return bool(text.strip()) and _CONTROL.search(text) is None


def stated(line: str) -> tuple[IndicatorKind | None, str]:
    """The kind that a line states itself, or None, and its value."""
    word, equals, rest = line.partition("=")
    kind = kind_word(word) if equals and rest.strip() and len(word) < 40 else None
    if kind is not None:
        value = refang(rest)
        return (certificate_kind(value) if kind is IndicatorKind.CERT_SHA1 else kind), value
    first, _, rest = line.partition(" ")
    if first in _SINKS and rest.split():
        return IndicatorKind.DOMAIN, refang(rest.split()[0])
    return None, refang(line)


def kind_of_file(name: str) -> IndicatorKind | None:
    """The kind of the lines of a list with this name, such as `file_names` or `2026_domains`; None where it says none."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower())
    return next((kind for words, kind in _BY_FILE if re.search(words, plain)), None)


def fitted(kind: IndicatorKind, value: str) -> IndicatorKind:
    """The kind with the length of this hash or the version of this address."""
    if kind in _CERTIFICATE:
        return certificate_kind(value)
    if kind in _HASH or kind in _ADDRESS:
        form = guess(value.replace(":", "") if kind in _HASH else value)
        return form if form in (_HASH if kind in _HASH else _ADDRESS) else kind
    return kind


def name_kind(value: str) -> IndicatorKind | None:
    """The kind that a bare name has by itself; None for a single word, which may be any."""
    if _FILE_NAME.search(value):
        return IndicatorKind.FILE_NAME
    kind = guess(value)
    return kind if kind in NAMES else None


def by_form(value: str) -> IndicatorKind | None:
    """The kind of a link, an address, an account, a hash, a path or an identifier; None for a bare name."""
    kind = guess(value)
    return kind if kind not in (None, *NAMES) or (kind is IndicatorKind.DOMAIN and "/" in value) else None


def load(data: bytes, name: str, choices: Choices) -> IndicatorSet:
    """The set that the list holds."""
    builder = SetBuilder(name, data)
    plain = Attribution(set_name=name, family=None, threat_class=None, publisher=None, platform=platform_in(name))
    lines: list[tuple[IndicatorKind | None, str]] = []
    for text in decode_text(data).splitlines():
        head, mark, _ = text.partition(" #")
        line = (head if mark else text).strip()
        if not line or line.startswith(("#", "//", ";")):
            continue
        if len(line) > MAX_LINE:
            builder.skip(line[:MAX_LINE], t("error.plain.line_too_long"))
        else:
            lines.append(stated(line))
    whole = choices.kind or kind_of_file(name)
    votes = Counter(name_kind(value) for kind, value in lines if kind is None and by_form(value) is None)
    named = max(NAMES, key=lambda kind: votes[kind])  # the first of equals
    for said, value in lines:
        kind = said or (fitted(whole, value) if whole else by_form(value) or _of_names(named, value))
        if kind is None:
            other = name_kind(value)
            builder.skip(value, t(SINGLE_WORD) if other is None and " " not in value else _other(named, value))
        else:
            builder.add(kind, value, plain)
    return builder.build()


def _of_names(kind: IndicatorKind, value: str) -> IndicatorKind | None:
    """The kind of all names of the list, where this value can be of it."""
    if kind is IndicatorKind.FILE_NAME:
        return kind if " " not in value else None
    return kind if name_kind(value) is kind else None


def _other(kind: IndicatorKind, value: str) -> str:
    if " " in value:
        return t("error.plain.value_known_kind")
    return t("error.plain.most_names_list", kind=kind.value)


LOADER = Loader(
    name="plain text, one value a line",
    order=90,
    sniff=sniff,
    load=load,
    suffixes=(".txt", ".list"),
    states_kinds=False,
)
