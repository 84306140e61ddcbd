"""Property lists, binary and XML, read as hostile input: no recursion, and work that grows with the file only.

The values are those of `plist_values`. Objects that the file shares are shared in the result too, so the result may be
wider than the file; how wide it is when walked is counted while it is built, and bounded. Layout of the binary form:
the comments of Apple's CFBinaryPList.c.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sousveil.errors import LimitExceeded, Malformed, Unsupported
from sousveil.readers.plist_values import PlistDate, PlistValue, Uid, to_json, walk_strings
from sousveil.readers.plist_xml import XmlPlist
from sousveil.texts import t

MAX_NODES = 2_000_000
MAX_DEPTH = 200
MAX_BYTES = 64 << 20

_UNREADY = 1 << 62
"""More than any count of values: marks a container whose members are not built yet."""
_TEXT = {str}
_SMALL: tuple[struct.Struct, ...] = tuple(struct.Struct(f">{n}H") for n in range(1024))


def load_plist(
    data: bytes, *, limit_nodes: int = MAX_NODES, limit_depth: int = MAX_DEPTH, limit_bytes: int = MAX_BYTES
) -> PlistValue:
    """The value of a property list.

    `limit_nodes` counts values as a walk over the result meets them (a shared object counts each time), `limit_bytes`
    the file, and the text and data that such a walk meets. Raises Malformed, Unsupported (a newer binary form) and
    LimitExceeded.
    """
    if len(data) > limit_bytes:
        raise LimitExceeded(t("error.plist.property_list_bytes", data=len(data), limit_bytes=limit_bytes))
    if data[:6] == b"bplist":
        if data[6:7] != b"0":
            raise Unsupported(t("error.plist.binary_property_list"))
        return _Binary(data, limit_nodes, limit_depth, limit_bytes).value()
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n").rstrip(b"\0") if data[:2] not in (b"\xfe\xff", b"\xff\xfe") else data
    if text[:1] == b"<" or text[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return XmlPlist(limit_nodes, limit_depth).value(text)
    raise Malformed(t("error.plist.property_list_neither"))


class _Binary:
    """One binary property list: leaves first, then containers from the last to the first (children before parents)."""

    def __init__(self, data: bytes, limit_nodes: int, limit_depth: int, limit_bytes: int) -> None:
        self.data = data
        self.limit_nodes, self.limit_depth, self.limit_bytes = limit_nodes, limit_depth, limit_bytes
        if len(data) < 40:
            raise Malformed(t("error.plist.binary_property_list_cut"))
        size, self.width, count, self.top, table = struct.unpack_from(">6xBBQQQ", data, len(data) - 32)
        self.end = len(data) - 32
        if not (1 <= size <= 8 and 1 <= self.width <= 8 and 8 <= table <= self.end):
            raise Malformed(t("error.plist.trailer_binary_property"))
        if not 1 <= count <= (self.end - table) // size or self.top >= count:
            raise Malformed(t("error.plist.binary_property_list_claims"))
        self.offsets = self._numbers(table, count, size)
        if min(self.offsets) < 8 or max(self.offsets) >= self.end:
            raise Malformed(t("error.plist.binary_property_list_points"))
        self.end = min(self.end, table) if max(self.offsets) < table else self.end
        self.objects: list[Any] = [None] * count
        self.nodes = [1] * count
        self.heights = [0] * count
        self.spent = 0
        self.holders: dict[int, tuple[int, Sequence[int]]] = {}

    def _numbers(self, start: int, count: int, size: int) -> Sequence[int]:
        """`count` big-endian unsigned numbers of `size` bytes."""
        data = self.data
        if size == 1:
            return data[start : start + count]
        if size == 2 and count < 1024:
            return _SMALL[count].unpack_from(data, start)
        if size in (2, 4, 8):
            return struct.unpack_from(f">{count}{'H' if size == 2 else 'I' if size == 4 else 'Q'}", data, start)
        return [int.from_bytes(data[at : at + size], "big") for at in range(start, start + count * size, size)]

    def value(self) -> PlistValue:
        self._leaves()
        if self.top not in self.holders:
            return self.objects[self.top]  # type: ignore[no-any-return]
        if not self._build(reversed(self.holders)):
            self._build(self._order())
        if self.nodes[self.top] * len(self.data) > self.limit_bytes:
            self._weigh()
        return self.objects[self.top]  # type: ignore[no-any-return]

    def _leaves(self) -> None:
        """Decode what is no container; note the containers. Short texts and numbers, nearly all objects, come first."""
        data, objects, end = self.data, self.objects, self.end
        for number, at in enumerate(self.offsets):
            mark = data[at]
            kind, low = mark >> 4, mark & 15
            at += 1
            if kind == 5 and low < 15 and at + low <= end:
                raw = data[at : at + low]
                objects[number] = str(raw, "ascii") if raw.isascii() else raw.decode("utf-8", "replace")
            elif mark == 0x10 and at < end:
                objects[number] = data[at]
            elif mark == 0x80 and at < end:
                objects[number] = Uid(data[at])
            elif kind >= 10 and kind <= 13:
                if low == 15:
                    at, low = self._count(at)
                self._holder(number, kind, low, at)
            elif kind < 4 or kind == 8:
                objects[number] = self._scalar(kind, low, at)
            else:
                objects[number] = self._text(kind, low, at)

    def _text(self, kind: int, low: int, at: int) -> object:
        if low == 15:
            at, low = self._count(at)
        if kind == 6:
            low *= 2
        self._spend(low)
        raw = self.data[at : at + low]
        if kind not in (4, 5, 6, 7):
            raise Malformed(t("error.plist.binary_property_list_contains", kind=kind))
        if at + low > self.end:
            raise Malformed(t("error.plist.text_data_object"))
        if kind == 4:
            return raw
        return raw.decode("utf-16-be" if kind == 6 else "utf-8", "replace")

    def _spend(self, size: int) -> None:
        """Count bytes of content. Sound objects never overlap, so that no more than the file can be spent."""
        self.spent += size
        if self.spent > len(self.data):
            raise Malformed(t("error.plist.objects_binary_property"))

    def _holder(self, number: int, kind: int, low: int, at: int) -> None:
        refs = low * 2 if kind == 13 else low
        size = refs * self.width
        self.spent += size
        if at + size > self.end or self.spent > len(self.data):
            raise Malformed(t("error.plist.list_dictionary_binary"))
        children = self.data[at : at + refs] if size == refs else self._numbers(at, refs, self.width)
        if refs and max(children) >= len(self.objects):
            raise Malformed(t("error.plist.binary_property_list_refers"))
        self.holders[number] = (low if kind == 13 else -1, children)
        self.nodes[number] = _UNREADY

    def _count(self, at: int) -> tuple[int, int]:
        """A length too large for the marker: where the content starts, and the length."""
        if at >= self.end or self.data[at] >> 4 != 1 or self.data[at] & 15 > 3:
            raise Malformed(t("error.plist.length_binary_property"))
        size = 1 << (self.data[at] & 15)
        return at + 1 + size, int.from_bytes(self.data[at + 1 : at + 1 + size], "big")

    def _scalar(self, kind: int, low: int, at: int) -> object:
        data = self.data
        if kind == 1 and low <= 4:
            size = 1 << low
            raw = data[at : at + size]
            if len(raw) == size and at + size <= self.end:
                return int.from_bytes(raw, "big", signed=low >= 3)
        elif kind == 8:
            if at + low + 1 <= self.end:
                return Uid(int.from_bytes(data[at : at + low + 1], "big"))
        elif kind == 0 and low in (0, 8, 9, 15):
            return True if low == 9 else False if low == 8 else None
        elif kind == 0 and low == 14 and at + 16 <= self.end:
            return str(UUID(bytes=data[at : at + 16])).upper()
        elif kind == 2 and low in (2, 3) and at + (1 << low) <= self.end:
            return struct.unpack_from(">f" if low == 2 else ">d", data, at)[0]
        elif kind == 3 and low == 3 and at + 8 <= self.end:
            return PlistDate.from_mac(struct.unpack_from(">d", data, at)[0])
        raise Malformed(t("error.plist.number_date_mark", low=kind << 4 | low))

    def _build(self, order: Iterator[int]) -> bool:
        """Fill the containers in this order; False when one comes before a member of it, or is too wide."""
        objects, nodes, heights = self.objects, self.nodes, self.heights
        flat = self.holders.keys().isdisjoint
        ready, count, height = objects.__getitem__, nodes.__getitem__, heights.__getitem__
        for number in order:
            keys, children = self.holders[number]
            if flat(children):
                total, deep = 1 + len(children), 1  # leaves only
            else:
                total = 1 + sum(map(count, children))
                if total >= _UNREADY:
                    return False
                deep = 1 + max(map(height, children))
            nodes[number], heights[number] = min(total, self.limit_nodes + 1), deep
            if number == self.top and (total > self.limit_nodes or deep > self.limit_depth):
                raise LimitExceeded(
                    t("error.plist.property_list_over", limit_nodes=self.limit_nodes, limit_depth=self.limit_depth)
                )
            if keys < 0:
                objects[number] = list(map(ready, children))
                continue
            names = list(map(ready, children[:keys]))
            if set(map(type, names)) - _TEXT:
                names = [_key(name) for name in names]
            objects[number] = dict(zip(names, map(ready, children[keys:]), strict=True))
        return True

    def _order(self) -> Iterator[int]:
        """The containers below the top, children before parents, for files in an unusual order."""
        holders, done, opened = self.holders, set[int](), set[int]()
        order: list[int] = []
        stack = [self.top]
        while stack:
            number = stack[-1]
            if number in done:
                stack.pop()
            elif number in opened:
                stack.pop()
                opened.discard(number)
                done.add(number)
                order.append(number)
            else:
                opened.add(number)
                if len(opened) > self.limit_depth:
                    raise LimitExceeded(t("error.common.property_list_nested", limit_depth=self.limit_depth))
                for child in holders[number][1]:
                    if child in opened:
                        raise Malformed(t("error.plist.binary_property_list_contains_itself"))
                    if child in holders and child not in done:
                        stack.append(child)
        for number in order:
            self.nodes[number] = _UNREADY
        return iter(order)

    def _weigh(self) -> None:
        """Refuse a value whose texts, counted as often as a walk meets them, are over the limit."""
        sizes = [len(item) if isinstance(item, str | bytes) else 8 for item in self.objects]
        for number in self._order():
            sizes[number] = 8 + sum(map(sizes.__getitem__, self.holders[number][1]))
        if sizes[self.top] > self.limit_bytes:
            raise LimitExceeded(
                t("error.plist.property_list_unfolds", size=sizes[self.top], limit_bytes=self.limit_bytes)
            )


def _key(name: object) -> str:
    """A key of a dictionary as text. Keys are text by the rules; numbers are met, containers refused."""
    if isinstance(name, str):
        return name
    if isinstance(name, dict | list):
        raise Malformed(t("error.plist.dictionary_property_list"))
    return str(name.value if isinstance(name, Uid) else name)


__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_NODES",
    "PlistDate",
    "PlistValue",
    "Uid",
    "load_plist",
    "to_json",
    "walk_strings",
]
