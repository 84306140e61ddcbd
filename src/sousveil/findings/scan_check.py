"""Whether a literal that stands in raw bytes is the published value: its neighbours decide, as text.

The bytes around a literal are decoded, and the run of characters that it belongs to is read by the same matcher that
reads messages (`matching_text`), so that a look-alike, another host or a search for a name counts no more here than
there. Values in binary property lists and SQLite records stand between bytes that only look like letters; there the
structure says where a text begins and ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from sousveil.findings.judge import quoted
from sousveil.findings.matching_fold import unescape
from sousveil.findings.matching_text import TextMatcher
from sousveil.findings.scan_index import UTF8, UTF16, UTF16LE, ScanIndex, Target
from sousveil.findings.scan_sqlite import record_text
from sousveil.indicators.index import Index, Scanner
from sousveil.indicators.model import Attribution, Indicator
from sousveil.indicators.model import IndicatorKind as K

CONTEXT = 1024
"""Bytes on each side of a literal that are looked at."""
MAX_TEXT = 200
_QUOTE_AROUND = 400
_MATCHERS = 512
_BREAK = re.compile('[\\s<>"`\x00-\x1f\x7f\ufffd\u00ab\u00bb\u201c-\u201e]')
_LABEL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_NAME = _LABEL | frozenset("%+@~")
_ESCAPE = re.compile(r"(?:%[0-9A-Fa-f]{2}|\\[nrtbf]|\\u[0-9A-Fa-f]{4}|https?_)\Z")
_NOBODY = (Attribution(set_name="", family=None, threat_class=None, publisher=None),)


_PATTERN = re.compile(r"\[[a-z0-9\-]{2,40}:[\w.'\-]{2,40}\s{0,3}(?:=|LIKE|MATCHES)\s{0,3}'[^'\n]{0,80}\Z")
"""What stands before a value in the pattern of a published indicator, such as `[domain-name:value = 'evil.example']`."""


class Found(msgspec.Struct, frozen=True, gc=False):
    """A literal that proved to be an indicator."""

    position: int
    offset: int
    encoding: str
    text: str
    how: str
    quoted: bool
    pattern: bool


class Place(msgspec.Struct, gc=False):
    """What is known about where the bytes lie. `in_plist`: a binary property list began before; `records`: the file is
    an SQLite database or its log."""

    in_plist: bool = False
    records: bool = False


def _letter(char: str) -> bool:
    """Whether a character next to a name makes it another name; scripts without spaces may touch one."""
    return char in _LABEL if char < "\x80" else ord(char) < 0x0E00 and char.isalnum()


def _last(text: str) -> str:
    """The run of characters that a text ends with."""
    return _BREAK.split(text)[-1]


def _first(text: str) -> str:
    """The run of characters that a text begins with."""
    found = _BREAK.search(text)
    return text[: found.start()] if found else text


class Checker:
    """Checks literals; holds a matcher for each value that was met lately."""

    def __init__(self, index: ScanIndex) -> None:
        self.index = index
        self._matchers: dict[int, TextMatcher] = {}
        self._targets: dict[int, list[Target]] = {}

    def targets(self, literal: int) -> list[Target]:
        """What a literal may be, remembered."""
        known = self._targets.get(literal)
        if known is None:
            known = self._targets[literal] = self.index.targets(literal)
        return known

    def check(self, data: memoryview, base: int, number: int, start: int, place: Place) -> Iterator[Found]:
        """What the literal `number` at `start` of `data` is. `base` is the offset of `data` in the file; at least
        `CONTEXT` bytes on each side are in `data`, or the file ends there."""
        literal, form = self.index.form(number)
        end = start + self.index.lengths[number]
        if form == UTF8 and not (place.in_plist or place.records) and end < len(data):
            # most literals that are no hit go on with a letter
            after = data[end]
            if after < 128 and after != 95 and chr(after) in _LABEL:
                return
        for target in self.targets(literal):
            for encoding, before, body, after_text in self._readings(data, start, end, form, place):
                got = self._accept(target, before, body, after_text)
                if got is not None:
                    text, how = got
                    around = before[-_QUOTE_AROUND:] + " " + body + " " + after_text[:_QUOTE_AROUND]
                    yield Found(
                        target.position,
                        base + start - (encoding == "utf-16-be" and form == UTF16),
                        encoding,
                        text[:MAX_TEXT],
                        how,
                        quoted(around),
                        _PATTERN.search(before) is not None,
                    )
                    break

    # -- bytes to text ----------------------------------------------------------------------------------------------

    def _readings(
        self, data: memoryview, start: int, end: int, form: int, place: Place
    ) -> Iterator[tuple[str, str, str, str]]:
        """(encoding, text before, the literal, text after): the ways in which the bytes can be read."""
        low, high = max(0, start - CONTEXT), min(len(data), end + CONTEXT)
        if form == UTF8:
            around = bytes(data[low:high])
            yield ("utf-8", *_decoded(around, start - low, end - low))
            bounds = _plist_text(around, start - low, end - low) if place.in_plist else None
            if bounds is None and place.records:
                bounds = record_text(around, start - low, end - low)
            if bounds is not None:
                first, last = bounds
                yield ("utf-8", *_decoded(around[:last], start - low, end - low, first))
            return
        if form == UTF16:
            readings = _byte_orders(data, start, end, low, high, place)
        else:
            readings = ["utf-16-le" if form == UTF16LE else "utf-16-be"]
        for encoding in readings:
            first, last = start, end
            if form == UTF16:
                first, last = (start, end + 1) if encoding == "utf-16-le" else (start - 1, end)
            low = first - min(first, CONTEXT) // 2 * 2
            high = last + (min(len(data), last + CONTEXT) - last) // 2 * 2
            spans = ((low, first), (first, last), (last, high))
            parts = [bytes(data[a:b]).decode(encoding, "replace") for a, b in spans]
            yield encoding, parts[0], parts[1], parts[2]
            if place.in_plist and encoding == "utf-16-be":
                bounds = _plist_text(bytes(data[low:high]), first - low, last - low, 1)
                if bounds is not None:
                    narrow = ((low + bounds[0], first), (first, last), (last, low + bounds[1]))
                    parts = [bytes(data[a:b]).decode(encoding, "replace") for a, b in narrow]
                    yield encoding, parts[0], parts[1], parts[2]

    # -- text to verdict --------------------------------------------------------------------------------------------

    def _accept(self, target: Target, before: str, body: str, after: str) -> tuple[str, str] | None:
        if target.kind is K.FILE_PATH:
            return _path(target, before, body, after)
        if target.kind is K.PROFILE_ID:
            free = not (before and (_letter(before[-1]) or before[-1] == ".")) and _ends(after)
            return (body, "equals") if free else None
        return self._in_text(target, before, body, after)

    def _in_text(self, target: Target, before: str, body: str, after: str) -> tuple[str, str] | None:
        escaped = _ESCAPE.search(before[-7:])
        if target.kind is not K.EMAIL and before and escaped is None and _letter(before[-1]):
            return None
        if after and _letter(after[0]) and after[0] != "_" and target.kind is not K.URL:
            return None
        run = _last(before) + body + _first(after)
        if "\\" in run:
            run = unescape(run)
            # an escaped line end parts two runs
            run = next((part for part in _BREAK.split(run) if body.casefold() in part.casefold()), run)
        matcher = self._matcher(target)
        hits = matcher.hits(run, "text")
        if not hits and (run.startswith("/") or "http_" in run or "https_" in run):
            hits = matcher.hits(run, "path")
        return (hits[0][1], hits[0][2]) if hits else None

    def _matcher(self, target: Target) -> TextMatcher:
        known = self._matchers.get(target.position)
        if known is None:
            if len(self._matchers) >= _MATCHERS:
                self._matchers.clear()
            one = Indicator(
                kind=target.kind,
                value=target.value,
                original=target.value,
                pattern=target.pattern,
                attributions=_NOBODY,
            )
            known = TextMatcher(Index((one,), (), Scanner((), frozenset(), "pure"), "pure"))
            self._matchers[target.position] = known
        return known


def _decoded(around: bytes, start: int, end: int, first: int = 0) -> tuple[str, str, str]:
    return (
        around[first:start].decode("utf-8", "replace"),
        around[start:end].decode("utf-8", "replace"),
        around[end:].decode("utf-8", "replace"),
    )


def _byte_orders(data: memoryview, start: int, end: int, low: int, high: int, place: Place) -> list[str]:
    """The byte orders that ASCII text in UTF-16 around these bytes can have, the likelier one first. `start` and `end`
    are the places of the first and after the last byte that is no zero."""
    left = start
    while left - 2 >= low and data[left - 1] == 0 and 32 <= data[left - 2] < 127:
        left -= 2
    right = end - 1
    while right + 2 < high and data[right + 1] == 0 and 32 <= data[right + 2] < 127:
        right += 2
    little = right + 1 < len(data) and data[right + 1] == 0
    big = left >= 1 and data[left - 1] == 0
    orders = []
    if end < len(data) and data[end] == 0:
        orders.append(((little, not place.in_plist), "utf-16-le"))
    if start >= 1 and data[start - 1] == 0:
        orders.append(((big, place.in_plist), "utf-16-be"))
    # both may fit; the ends of the run only tell which is likelier
    return [name for _, name in sorted(orders, reverse=True)]


def _plist_text(around: bytes, start: int, end: int, wide: int = 0) -> tuple[int, int] | None:
    """Where the string of a binary property list begins and ends that holds these bytes; None where none does.

    `wide` is 1 for UTF-16 (marker 6, two bytes a unit), 0 for ASCII (marker 5)."""
    mark = 0x60 if wide else 0x50
    at = start
    while at > 0:
        length = -1
        if mark < around[at - 1] < mark + 15:
            length = around[at - 1] & 15
        if at >= 3 and around[at - 3] == mark + 15 and around[at - 2] == 0x10:
            length = around[at - 1]
        elif at >= 4 and around[at - 4] == mark + 15 and around[at - 3] == 0x11:
            length = int.from_bytes(around[at - 2 : at], "big")
        if length >= 0 and at + (length << wide) >= end:
            return at, min(at + (length << wide), len(around))
        at -= 1 + wide
        if not wide and not 32 <= around[at] < 127:
            return None
    return None


def _ends(after: str) -> bool:
    """Whether a dotted name is over: no letter follows, nor a dot and a letter."""
    if not after:
        return True
    if after[0] == ".":
        return not (len(after) > 1 and _letter(after[1]))
    return not _letter(after[0])


def _path(target: Target, before: str, body: str, after: str) -> tuple[str, str] | None:
    """A path is whole: nothing of a longer one before it, a separator or its end behind it."""
    shown = body
    if target.value.startswith("/private/") and before.endswith("/private"):
        before, shown = before.removesuffix("/private"), "/private" + body
    if (
        before
        and not before.endswith("file://")
        and (before[-1] in _NAME or before[-1] in "./)" or (before[-1] > "\x7f" and before[-1].isalnum()))
    ):
        return None
    if not after:
        return shown, "equals"
    if after[0] == "/":
        rest = _first(after)
        return shown + rest, "below" if len(rest) > 1 else "equals"
    if after[0] in _NAME or (after[0] > "\x7f" and after[0] != "\ufffd" and after[0].isalnum()) or not _ends(after):
        return None
    return shown, "equals"
