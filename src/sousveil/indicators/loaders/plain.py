"""Plain text: one value a line, `#` comments; defanged values are taken; the kind is guessed, or said as
`process:name=bh`.

Lines of a hosts file (`0.0.0.0 evil.com`) are taken as domains. A user's plain list has no publisher.
"""

from __future__ import annotations

import re

from sousveil.errors import Malformed
from sousveil.indicators.canonical import guess, refang
from sousveil.indicators.loaders._common import Loader, SetBuilder, certificate_kind, decode_text, kind_word
from sousveil.indicators.model import Attribution, IndicatorKind, IndicatorSet

MAX_LINE = 4096
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_SINKS = ("0.0.0.0", "127.0.0.1", "::1", "::")
_BY_FILE = (
    ("process", IndicatorKind.PROCESS),
    ("files", IndicatorKind.FILE_NAME),
    ("filename", IndicatorKind.FILE_NAME),
    ("profile", IndicatorKind.PROFILE_ID),
    ("package", IndicatorKind.APP_ID),
    ("bundle", IndicatorKind.APP_ID),
)
SINGLE_WORD = "a single word: write its kind before it, for example process:name=word"


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


def split(line: str, filename: str) -> tuple[IndicatorKind | None, str]:
    """Kind and value of one line; the kind is None when it cannot be told."""
    word, equals, rest = line.partition("=")
    said = kind_word(word) if equals and rest.strip() and len(word) < 40 else None
    if said is not None:
        value = refang(rest)
        return (certificate_kind(value) if said is IndicatorKind.CERT_SHA1 else said), value
    first, _, rest = line.partition(" ")
    value = refang(rest.split()[0] if first in _SINKS and rest.split() else line)
    kind = guess(value)
    name = filename.lower()
    if kind in (None, IndicatorKind.DOMAIN, IndicatorKind.APP_ID):
        for mark, meant in _BY_FILE:
            if mark in name:
                return meant, value
    return kind, value


def load(data: bytes, name: str) -> IndicatorSet:
    """The set that the list holds. Raises Malformed when no line of it is an indicator."""
    builder = SetBuilder(name, data)
    plain = Attribution(set_name=name, family=None, threat_class=None, publisher=None)
    for line in decode_text(data).splitlines():
        head, mark, _ = line.partition(" #")
        line = (head if mark else line).strip()
        if not line or line.startswith(("#", "//", ";")):
            continue
        if len(line) > MAX_LINE:
            builder.skip(line[:MAX_LINE], "the line is too long")
            continue
        kind, value = split(line, name)
        if kind is None:
            builder.skip(line, SINGLE_WORD if " " not in value else "not a value of any known kind")
        else:
            builder.add(kind, value, plain)
    if not len(builder):
        raise Malformed("no line of the text is an indicator")
    return builder.build()


LOADER = Loader(name="plain text, one value a line", order=90, sniff=sniff, load=load)
