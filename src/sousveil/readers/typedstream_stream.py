"""The careful reader of Apple's typedstream ("streamtyped", version 4); see `typedstream` for message bodies.

The format is not documented by Apple. As observed: a header (version byte, signature, number of the system), then
groups of a type string and its values. One byte says what follows: 0x81 a 16-bit and 0x82 a 32-bit number, 0x83 a
float, 0x84 something new, 0x85 nothing, 0x86 the end of an object, 0x92 and more a reference to something seen before.
References count type and class names in one table, objects, classes and C strings in another.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from sousveil.errors import LimitExceeded, Malformed
from sousveil.patterns import lazy_pattern
from sousveil.texts import t

MAX_BYTES = 16 << 20
MAX_DEPTH = 256
MAX_VALUES = 200_000

REFERENCE = 0x92
"""The smallest reference: numbers in one byte lie below."""
_NEW, _NIL, _END = 0x84, 0x85, 0x86
_HEADERS = {b"\x04\x0bstreamtyped": "<", b"\x04\x0btypedstream": ">"}


@dataclass(slots=True, eq=False, repr=False)
class Class:
    """A class as archived: its name, version and the class above."""

    name: str
    version: int
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


_TYPE = lazy_pattern(r"\[(\d{1,9})([a-zA-Z@#*+:%])\]|\{[^={}\[\]]{0,200}=|[}]|([a-zA-Z@#*+:%])")


def _types(text: bytes) -> list[tuple[str, int]]:
    """A type string as (letter, count); count -1 for one value, else the length of an array."""
    found: list[tuple[str, int]] = []
    written, at = text.decode("latin-1"), 0
    while at < len(written):
        match = _TYPE.match(written, at)
        if not match or len(found) > 1000:
            raise Malformed(t("error.typedstream_stream.typedstream_uses_unknown"))
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
            raise LimitExceeded(t("error.typedstream_stream.typedstream_bytes_larger", size=len(data), limit=MAX_BYTES))
        order = _HEADERS.get(data[:13])
        if order is None:
            raise Malformed(t("error.typedstream_stream.typedstream_version"))
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
                raise Malformed(t("error.typedstream_stream.typedstream_value_without"))
            if text not in self.known:
                self.known[text] = _types(text)
            todo[-1] = self.known[text][::-1]

    def _tick(self) -> None:
        self.count += 1
        if self.count > MAX_VALUES:
            raise LimitExceeded(t("error.typedstream_stream.typedstream_contains_more", limit=MAX_VALUES))

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
            raise LimitExceeded(t("error.typedstream_stream.typedstream_nested_deeper", limit=MAX_DEPTH))
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
        raise Malformed(t("error.typedstream_stream.typedstream_endless_chain"))

    def _seen(self, head: int, kind: type) -> Any:
        place = self._reference(head)
        if place >= len(self.objects) or not isinstance(self.objects[place], kind):
            raise Malformed(t("error.typedstream_stream.typedstream_refers_object"))
        return self.objects[place]

    def _value(self, letter: str, count: int) -> Any:
        if count >= 0:
            if letter in "cC":
                return self._take(count)
            if count > len(self.data) - self.at:
                raise Malformed(t("error.typedstream_stream.typedstream_claims_more"))
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
        raise Malformed(t("error.typedstream_stream.typedstream_uses_unknown"))

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
            raise Malformed(t("error.typedstream_stream.typedstream_refers_name"))
        return self.shared[place]

    def _reference(self, head: int) -> int:
        """The place in a table: a number whose smallest value, -110, is written 0x92."""
        number = self._number(head, True)
        if number < -110:
            raise Malformed(t("error.typedstream_stream.typedstream_reference_before"))
        return number + 110

    def _integer(self, signed: bool) -> int:
        return self._number(self._byte(), signed)

    def _number(self, head: int, signed: bool) -> int:
        if head == 0x81 or head == 0x82:
            size = 2 if head == 0x81 else 4
            return int.from_bytes(self._take(size), "little" if self.order == "<" else "big", signed=signed)
        if 0x80 <= head < REFERENCE:
            raise Malformed(t("error.typedstream_stream.typedstream_mark_place"))
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
            raise Malformed(t("error.typedstream_stream.typedstream_cut_off"))
        self.at = at + 1
        return self.data[at]

    def _take(self, size: int) -> bytes:
        stop = self.at + size
        if size < 0 or stop > len(self.data):
            raise Malformed(t("error.typedstream_stream.typedstream_cut_off"))
        raw = self.data[self.at : stop]
        self.at = stop
        return raw


def parse(data: bytes) -> list[Any]:
    """The values of a typedstream's outermost level. Raises Malformed and LimitExceeded."""
    return Stream(data).read()
