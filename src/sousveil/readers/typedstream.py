"""Apple's typedstream ("streamtyped", version 4): the form in which iMessage stores a text with its attributes.

`body_text`, `body_links` and `body` serve the column `attributedBody`: they never raise, damaged blobs give None or
what was read before the damage. `parse` is the careful reader of any typedstream; it raises Malformed and
LimitExceeded.

The format is not documented by Apple. As observed: a header (version byte, signature, number of the system), then
groups of a type string and its values. One byte says what follows: 0x81 a 16-bit and 0x82 a 32-bit number, 0x83 a
float, 0x84 something new, 0x85 nothing, 0x86 the end of an object, 0x92 and more a reference to something seen before.
References count type and class names in one table, objects, classes and C strings in another.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sousveil.errors import LimitExceeded, Malformed, SousveilError
from sousveil.readers.keyed_archive import strings_of, unarchive

MAX_BYTES = 16 << 20
MAX_DEPTH = 256
MAX_VALUES = 200_000

_NEW, _NIL, _END, _REFERENCE = 0x84, 0x85, 0x86, 0x92
_HEADERS = {b"\x04\x0bstreamtyped": "<", b"\x04\x0btypedstream": ">"}


@dataclass(slots=True, eq=False, repr=False)
class Class:
    """A class as archived: its name, version and the class above."""

    name: str
    version: int = 0
    parent: Class | None = None


@dataclass(slots=True, eq=False, repr=False)
class Object:
    """An archived object: its class and its values in the order of the stream (objects, numbers, bytes, None)."""

    cls: Class | None = None
    values: list[Any] = field(default_factory=list)
    text: str | None = None
    """The text of a string, once it was asked for."""

    def isa(self, name: str) -> bool:
        """Whether the object's class or one above it has this name."""
        cls = self.cls
        for _ in range(32):
            if cls is None:
                return False
            if cls.name == name:
                return True
            cls = cls.parent
        return False


_TYPE = re.compile(r"\[(\d{1,9})([a-zA-Z@#*+:%])\]|\{[^={}\[\]]{0,200}=|[}]|([a-zA-Z@#*+:%])")


def _types(text: bytes) -> list[tuple[str, int]]:
    """A type string as (letter, count); count -1 for one value, else the length of an array."""
    found: list[tuple[str, int]] = []
    written, at = text.decode("latin-1"), 0
    while at < len(written):
        match = _TYPE.match(written, at)
        if not match or len(found) > 1000:
            raise Malformed("A typedstream uses a type that is not known.")
        at = match.end()
        if match[3]:
            found.append((match[3], -1))
        elif match[2]:
            found.append((match[2], int(match[1])))
    return found


class Stream:
    """The careful reader of one typedstream. After an error, `objects` and `roots` hold what was read before it."""

    def __init__(self, data: bytes) -> None:
        if len(data) > MAX_BYTES:
            raise LimitExceeded(f"A typedstream of {len(data)} bytes is larger than the limit of {MAX_BYTES}.")
        order = _HEADERS.get(data[:13])
        if order is None:
            raise Malformed("This is not a typedstream of version 4.")
        self.data, self.order, self.at, self.count = data, order, 13, 0
        self.shared: list[bytes] = []
        self.objects: list[Object | Class | bytes] = []
        self.roots: list[Any] = []
        self.known: dict[bytes, list[tuple[str, int]]] = {}
        self._integer(True)

    def read(self) -> list[Any]:
        """All values of the stream's outermost level."""
        holders: list[list[Any]] = [self.roots]
        todo: list[list[tuple[str, int]]] = [[]]
        while True:
            if todo[-1]:
                letter, count = todo[-1].pop()
                self._tick()
                if letter == "@":
                    if count > 1:
                        todo[-1].append((letter, count - 1))
                    if count != 0:
                        self._object(holders, todo)
                else:
                    holders[-1].append(self._value(letter, count))
                continue
            if len(holders) == 1 and self.at == len(self.data):
                return self.roots
            head = self._byte()
            if head == _END and len(holders) > 1:
                holders.pop()
                todo.pop()
                continue
            text = self._shared(head)
            if not text:
                raise Malformed("A typedstream has a value without a type.")
            if text not in self.known:
                self.known[text] = _types(text)
            todo[-1] = self.known[text][::-1]

    def _tick(self) -> None:
        self.count += 1
        if self.count > MAX_VALUES:
            raise LimitExceeded(f"A typedstream holds more than {MAX_VALUES} values.")

    def _object(self, holders: list[list[Any]], todo: list[list[tuple[str, int]]]) -> None:
        head = self._byte()
        if head != _NEW:
            holders[-1].append(None if head == _NIL else self._seen(head, Object))
            return
        made = Object()
        self.objects.append(made)
        holders[-1].append(made)
        made.cls = self._class()
        if len(holders) > MAX_DEPTH:
            raise LimitExceeded(f"A typedstream is nested deeper than {MAX_DEPTH} levels.")
        holders.append(made.values)
        todo.append([])

    def _class(self) -> Class | None:
        first: Class | None = None
        last: Class | None = None
        for _ in range(32):
            head = self._byte()
            if head == _NEW:
                name = self._shared(self._byte()) or b""
                found: Class | None = Class(name[:256].decode("utf-8", "replace"), self._integer(True))
                self.objects.append(found)  # type: ignore[arg-type]
            else:
                found = None if head == _NIL else self._seen(head, Class)
            if last is not None:
                last.parent = found
            first = first or found
            if head != _NEW:
                return first
            last = found
        raise Malformed("A typedstream has an endless line of classes.")

    def _seen(self, head: int, kind: type) -> Any:
        place = self._reference(head)
        if place >= len(self.objects) or not isinstance(self.objects[place], kind):
            raise Malformed("A typedstream refers to an object that it does not hold.")
        return self.objects[place]

    def _value(self, letter: str, count: int) -> Any:
        if count >= 0:
            if letter in "cC":
                return self._take(count)
            if count > len(self.data) - self.at:
                raise Malformed("A typedstream claims more values than it holds.")
            return [self._value(letter, -1) for _ in range(count)]
        if letter == "+":
            return self._take(self._integer(False))
        if letter in "cC":
            return int.from_bytes(self._take(1), "little", signed=letter == "c")
        if letter in "sSiIlLqQB":
            return self._integer(letter.islower())
        if letter in "fd":
            return self._real(letter)
        if letter == "*":
            return self._c_string()
        if letter in ":%":
            return self._shared(self._byte())
        if letter == "#":
            return self._class()
        raise Malformed("A typedstream uses a type that is not known.")

    def _c_string(self) -> bytes | None:
        head = self._byte()
        if head == _NIL:
            return None
        if head != _NEW:
            found: bytes = self._seen(head, bytes)
            return found
        text = self._shared(self._byte()) or b""
        self.objects.append(text)
        return text

    def _shared(self, head: int) -> bytes | None:
        if head == _NIL:
            return None
        if head == _NEW:
            text = self._take(self._integer(False))
            self.shared.append(text)
            return text
        place = self._reference(head)
        if place >= len(self.shared):
            raise Malformed("A typedstream refers to a name that it does not hold.")
        return self.shared[place]

    def _reference(self, head: int) -> int:
        """The place in a table: a number whose smallest value, -110, is written 0x92."""
        number = self._number(head, True)
        if number < -110:
            raise Malformed("A typedstream has a reference before the first object.")
        return number + 110

    def _integer(self, signed: bool) -> int:
        return self._number(self._byte(), signed)

    def _number(self, head: int, signed: bool) -> int:
        if head == 0x81 or head == 0x82:
            size = 2 if head == 0x81 else 4
            return int.from_bytes(self._take(size), "little" if self.order == "<" else "big", signed=signed)
        if 0x80 <= head < _REFERENCE:
            raise Malformed("A typedstream has a mark where a number belongs.")
        return head - 256 if signed and head > 127 else head

    def _real(self, letter: str) -> float:
        head = self._byte()
        if head != 0x83:
            return float(self._number(head, True))
        size = 4 if letter == "f" else 8
        value: float = struct.unpack(self.order + letter, self._take(size))[0]
        return value

    def _byte(self) -> int:
        at = self.at
        if at >= len(self.data):
            raise Malformed("A typedstream is cut off.")
        self.at = at + 1
        return self.data[at]

    def _take(self, size: int) -> bytes:
        stop = self.at + size
        if size < 0 or stop > len(self.data):
            raise Malformed("A typedstream is cut off.")
        raw = self.data[self.at : stop]
        self.at = stop
        return raw


def parse(data: bytes) -> list[Any]:
    """The values of a typedstream's outermost level. Raises Malformed and LimitExceeded."""
    return Stream(data).read()


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


def _fast(blob: bytes) -> tuple[str, int] | None:
    """The text and where it ends, when the blob has a known head; None otherwise."""
    at = blob.find(b"\x84\x01+", 60, 200)
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
        elif size < _REFERENCE:
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


_HINT = re.compile(rb"URL|://|:\0/\0/|kIMLink")
"""What the attributes of a message with links hold somewhere; without it they are not unpacked."""
_LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,30}://\S")


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


_CANDIDATE = re.compile(rb"[A-Za-z]{2,20}://[!-~]+")
_ELSE = re.compile(rb"NSURL(?!.{0,400}://)|(?:tel|mailto|sms|facetime)[:%]|h\0t\0t\0p|\0:\0/\0/", re.S | re.I)
"""Signs of a link that `_CANDIDATE` would not see: without `//`, or in UTF-16."""


def body_unsaid(blob: bytes | None, said: str | None = None) -> tuple[str | None, list[str]]:
    """The text as `body` gives it, and of the attributes' links those that stand neither in it nor in `said`.

    Most bodies with a link only repeat one of their text; those are told without reading the whole stream: every run of
    bytes that looks like a link is the text's own, letter by letter, and nothing hints at a link of another form.
    """
    if not blob:
        return None, []
    fast = _fast(blob)
    if fast is not None:
        tail = blob[fast[1] :]
        if not (b"URL" in tail or b"://" in tail or b"kIMLink" in tail or b":\0/\0/" in tail):  # `_HINT`, but quicker
            return fast[0], []
        text = fast[0] if said is None else f"{fast[0]}\n{said}"
        runs = _CANDIDATE.findall(tail)
        if runs and not _ELSE.search(tail) and all(run.decode("ascii") in text for run in runs):
            return fast[0], []
    found, links = body(blob)
    known = "\n".join(t for t in (found, said) if t)
    return found, [link for link in links if link not in known]


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
