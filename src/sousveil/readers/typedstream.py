"""The bodies of messages: attributed strings as a typedstream, in which iMessage stores a text with its attributes.

`body_text`, `body_links`, `body` and `unsaid` serve the column `attributedBody`: they never raise, damaged blobs give None or
what was read before the damage. `parse` is the careful reader of any typedstream; it raises Malformed and
LimitExceeded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from sousveil.errors import SousveilError
from sousveil.patterns import lazy_pattern
from sousveil.readers.keyed_archive import strings_of, unarchive
from sousveil.readers.typedstream_stream import REFERENCE, Object, Stream, parse

__all__ = ["bodies", "body", "body_links", "body_text", "body_texts", "body_unsaid", "head_of", "parse", "unsaid"]


def _heads() -> frozenset[bytes]:
    """What stands before the text in a sound attributed string: the four class combinations, in both byte orders."""
    found = set()
    for start in (b"\x04\x0bstreamtyped\x81\xe8\x03", b"\x04\x0btypedstream\x81\x03\xe8"):
        for mutable in (False, True):
            base = b"\x84\x84\x12NSAttributedString\x00\x84\x84\x08NSObject\x00\x85"
            outer = b"\x84\x84\x84\x19NSMutableAttributedString\x00" + base if mutable else b"\x84" + base
            above = b"\x95" if mutable else b"\x94"  # the reference to NSObject: object 3 or 2
            plain = b"\x84\x84\x08NSString\x01" + above
            for inner in (b"\x84" + plain, b"\x84\x84\x84\x0fNSMutableString\x01" + plain):
                found.add(start + b"\x84\x01@" + outer + b"\x92" + inner)
    return frozenset(found)


_SOUND = _heads()
_MARK = b"\x84\x01+"
"""Between such a head and the length of the text."""
_USUAL = max(_SOUND, key=lambda head: (b"streamtyped" in head, -len(head))) + _MARK


def _fast(blob: bytes) -> tuple[str, int] | None:
    """The text and where it ends, when the blob has a known head; None otherwise."""
    at = blob.find(_MARK, 60, 200)
    if at < 0 or blob[:at] not in _SOUND or len(blob) < at + 4:
        return None
    size = blob[at + 3]
    at += 4
    if size > 127:
        order: Any = "little" if blob[2] == 0x73 else "big"
        if size == 0x81:
            size, at = int.from_bytes(blob[at : at + 2], order), at + 2
        elif size == 0x82:
            size, at = int.from_bytes(blob[at : at + 4], order), at + 4
        elif size < REFERENCE:
            return None
    stop = at + size
    if stop > len(blob):
        return None
    return str(blob[at:stop], "utf-8", "replace"), stop


def _text(value: object) -> str | None:
    """The text of an archived string, attributed string or link."""
    for _ in range(4):
        if not isinstance(value, Object) or not value.values:
            return None
        first = value.values[0]
        if value.isa("NSString"):
            if value.text is None and isinstance(first, bytes):
                value.text = first.decode("utf-8", "replace")
            return value.text
        if not value.isa("NSAttributedString"):
            return None
        value = first
    return None


def _carefully(blob: bytes) -> tuple[str | None, Sequence[object]]:
    """Text and objects by the careful reader, as far as it gets."""
    try:
        stream = Stream(blob)
    except SousveilError:
        return None, ()
    with suppress(SousveilError):  # what was read before the damage is kept: a text comes before its attributes
        stream.read()
    return next((text for root in stream.roots if (text := _text(root)) is not None), None), stream.objects


def body_text(blob: bytes | None) -> str | None:
    """The text of an archived attributed string; None when the blob holds none or is damaged before its text ends."""
    if not blob:
        return None
    fast = _fast(blob)
    return fast[0] if fast is not None else _carefully(blob)[0]


_HINT = lazy_pattern(rb"URL|://|:\0/\0/|kIMLink")
"""What the attributes of a message with links hold somewhere; without it they are not unpacked."""
_LINK = lazy_pattern(r"[A-Za-z][A-Za-z0-9+.\-]{0,30}://\S")


def body_links(blob: bytes | None) -> list[str]:
    """Every link that stands in the attributes, in the order of the stream, none twice (see `body`)."""
    return body(blob)[1]


def body(blob: bytes | None) -> tuple[str | None, list[str]]:
    """The text, and the links of its attributes: NSURL objects, link attributes, texts with a scheme, and what the
    phone's data detectors found (keyed archives inside data objects). Links that only the text holds are not listed.
    """
    if not blob:
        return None, []
    fast = _fast(blob)
    if fast is not None and not _HINT.search(blob, fast[1]):
        return fast[0], []
    text, objects = _carefully(blob)
    found: dict[str, None] = {}
    for place, item in enumerate(objects):
        if place and isinstance(item, Object):
            found.update(dict.fromkeys(_links(item)))
    if fast is not None:
        text = fast[0]
    return text, [link for link in found if link]


def body_unsaid(
    blob: bytes | None, said: str | None = None, shapes: set[bytes] | None = None
) -> tuple[str | None, list[str]]:
    """The text as `body` gives it, and of the attributes' links those that stand neither in it nor in `said`.

    Most bodies with a link only repeat one of their text; those are told without reading the whole stream: every run of
    bytes that looks like a link is the text's own, letter by letter, and nothing hints at a link of another form.
    `shapes` remembers such attributes over many bodies.
    """
    if not blob:
        return None, []
    fast = _fast(blob)
    if fast is not None:
        tail = blob[fast[1] :]
        if not _hinted(tail) or _repeated(tail, fast[0] if said is None else f"{fast[0]}\n{said}", shapes):
            return fast[0], []
    found, links = body(blob)
    known = "\n".join(t for t in (found, said) if t)
    return found, [link for link in links if link not in known]


def head_of(blob: bytes) -> bytes:
    """What stands in a sound body before the length of its text; what usually does where this one is not sound."""
    place = blob.find(_MARK, 60, 200)
    return blob[: place + len(_MARK)] if place > 0 and blob[:place] in _SOUND else _USUAL


_PLAIN_TAILS = 2048
_PLAIN_TAIL = 1024


def unsaid(blobs: Sequence[object], said: Sequence[object]) -> tuple[list[str | None], list[list[str] | None]]:
    """`body_unsaid` over a column: texts and links of each row that holds bytes, with what `said` holds in the same row.

    Where something was said, its text is left out, and links are looked for only where the bytes hint at one. Bodies
    share their head, and most of those without a link also what comes after the text: neither is looked at twice.
    """
    texts: list[str | None] = [None] * len(blobs)
    links: list[list[str] | None] = [None] * len(blobs)
    head, at, plain, shapes = _USUAL, len(_USUAL), set[bytes](), set[bytes]()
    for row, blob in enumerate(blobs):
        if type(blob) is not bytes:
            continue
        if before := said[row]:
            if b"http" in blob or b"NSURL" in blob or b"://" in blob:
                links[row] = body_unsaid(blob, before if isinstance(before, str) else None, shapes)[1]
            continue
        if not blob.startswith(head):
            head = head_of(blob)
            at = len(head)
        if blob.startswith(head) and len(blob) > at + 2:
            size, start = blob[at], at + 1
            if size == 0x81 and head[2] == 0x73:  # the usual order of bytes
                size, start = blob[start] | blob[start + 1] << 8, start + 2
            elif size > 127:
                size = len(blob)
            tail = blob[start + size :]
            if tail in plain:
                texts[row] = str(blob[start : start + size], "utf-8", "replace")
                continue
            if tail:
                text, hinted = str(blob[start : start + size], "utf-8", "replace"), _hinted(tail)
                if not hinted or _repeated(tail, text, shapes):
                    texts[row] = text
                    if not hinted and len(tail) < _PLAIN_TAIL and len(plain) < _PLAIN_TAILS:
                        plain.add(tail)
                    continue
        texts[row], links[row] = body_unsaid(blob, None, shapes)
    return texts, links


def _hinted(tail: bytes) -> bool:
    """`_HINT`, but quicker."""
    return b"URL" in tail or b"://" in tail or b"kIMLink" in tail or b":\0/\0/" in tail


_SIMPLE = lazy_pattern(r"https?://[A-Za-z0-9.\-/_?=&#+~]+")
"""Links in whose letters nothing can hide: neither a colon nor an escape."""
_PLACE = b"\xff\xfe\x01://\x01\xfe\xff"
"""What stands in a shape for the link."""


def _shape(tail: bytes, text: str) -> tuple[bytes, bytes] | None:
    """The first link of a text, and the attributes with `_PLACE` wherever it stands in them; None where its letters, or
    what is around, could matter.

    Two attributes of one shape differ in the letters of the link alone. What `_repeated` asks for does not depend on them:
    the scheme is part of the shape, so `://` lies as far from whatever is before it, and what is next to the link is the
    same.
    """
    found = _SIMPLE.search(text)
    if found is None or "nsurl" in found[0].lower() or _PLACE in tail or b"\0t\0t" in tail.lower():
        return None
    link = found[0].encode()
    shape = tail.replace(link, _PLACE)
    return (link, link[:6] + shape) if len(shape) < _PLAIN_TAIL else None


def _repeated(tail: bytes, text: str, shapes: set[bytes] | None = None) -> bool:
    """Whether attributes hold links, and only such as the text has.

    A `://` outside of every run is a link of an unusual scheme (`a://b`, `x1://z`), which only the careful reader tells.
    `shapes` are those of attributes of which this was found before.
    """
    shape = None if shapes is None else _shape(tail, text)
    if shape is not None and shapes is not None and shape[1] in shapes:
        return True
    runs = _runs(tail)
    if not runs or tail.count(b"://") != sum(run.count(b"://") for run in runs):
        return False
    if _otherwise(tail) or not all(run.decode("ascii") in text for run in runs):
        return False
    if shape is not None and shapes is not None and len(shapes) < _PLAIN_TAILS and set(runs) == {shape[0]}:
        shapes.add(shape[1])
    return True


_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VISIBLE = lazy_pattern(rb"[!-~]+")
_SCHEME = 20


def _runs(tail: bytes) -> list[bytes]:
    """What looks like a link: 2 to 20 letters, `://` and what can be seen. As by a pattern, but quicker."""
    found: list[bytes] = []
    end, at = 0, tail.find(b"://")
    while at >= 0:
        before = tail[max(end, at - _SCHEME) : at]
        letters = len(before) - len(before.rstrip(_LETTERS))
        after = _VISIBLE.match(tail, at + 3) if letters > 1 else None
        if after is not None:
            end = after.end()
            found.append(tail[at - letters : end])
        at = tail.find(b"://", at + 1 if after is None else end)
    return found


_NO_SLASHES = lazy_pattern(rb"(?:tel|mailto|sms|facetime)[:%]|\0:\0/\0/")
_NEAR = 400


def _otherwise(tail: bytes) -> bool:
    """Signs of a link that `_runs` would not see: without `//`, or in UTF-16."""
    low = tail.lower()
    if b"h\0t\0t\0p" in low:
        return True
    # Where every colon is one of `https://` or `http://`, nothing of the pattern can be there.
    usual = low.count(b"ps://") + low.count(b"tp://")
    if (low.count(b":") != usual or b"%" in low) and _NO_SLASHES.search(low):
        return True
    at = low.find(b"nsurl")
    while at >= 0:
        if low.find(b"://", at + 5, at + 5 + _NEAR + 3) < 0:
            return True
        at = low.find(b"nsurl", at + 5)
    return False


def _links(item: Object) -> Iterator[str]:
    if item.isa("NSURL"):
        parts = [part for value in item.values[:8] if (part := _url_part(value)) is not None]
        if parts:
            yield max(parts, key=lambda part: "://" in part)
            if len(parts) > 1:
                yield from parts
    elif item.isa("NSDictionary"):
        pairs = item.values[1:]
        for key, value in zip(pairs[::2], pairs[1::2], strict=False):
            if _text(key) == "__kIMLinkAttributeName" and (text := _text(value)):
                yield text
    elif item.isa("NSData"):
        for value in item.values:
            if isinstance(value, bytes) and value[:6] == b"bplist" and _HINT.search(value):
                yield from _detected(value)
    elif item.isa("NSString"):
        text = _text(item)
        if text and len(text) < 65_536 and _LINK.match(text) and " " not in text:
            yield text


def _url_part(value: object) -> str | None:
    if isinstance(value, Object) and value.isa("NSURL"):
        return next((text for inner in value.values[:8] if (text := _text(inner)) is not None), None)
    return _text(value)


def _detected(data: bytes) -> list[str]:
    """Links in a keyed archive of the data detectors: results whose type is a link, and every text with a scheme."""
    found: list[str] = []
    with suppress(SousveilError):  # a damaged attribute never costs the message
        found += [text for text in strings_of(data) if _LINK.match(text) and not re.search(r"\s", text)]
        stack, seen = [unarchive(data)], set[int]()
        while stack:
            value = stack.pop()
            if not isinstance(value, dict | list) or id(value) in seen:
                continue
            seen.add(id(value))
            stack += reversed(list(value.values()) if isinstance(value, dict) else value)
            if isinstance(value, dict) and str(value.get("T", "")).lower().endswith("url"):
                found += [text for key in ("MS", "V") if isinstance(text := value.get(key), str)]
    return found


def body_texts(blobs: Iterable[bytes | None]) -> tuple[list[str | None], int]:
    """`body_text` over a column, and how many blobs that are not empty gave no text."""
    texts: list[str | None] = []
    bad = 0
    for blob in blobs:
        text = body_text(blob)
        bad += text is None and bool(blob)
        texts.append(text)
    return texts, bad


def bodies(blobs: Iterable[bytes | None]) -> tuple[list[str | None], list[list[str]], int]:
    """`body` over a column: texts, links of each, and how many blobs that are not empty gave no text."""
    texts: list[str | None] = []
    links: list[list[str]] = []
    bad = 0
    for blob in blobs:
        text, found = body(blob)
        bad += text is None and bool(blob)
        texts.append(text)
        links.append(found)
    return texts, links, bad
