"""Property lists, binary and XML, read as hostile input: no recursion, and work that grows with the file only.

A value is one of dict (text keys, order of the file), list, str, int, float, bytes, bool, None, `Uid` and `PlistDate`.
Objects that the file shares are shared in the result too, so the result may be wider than the file; how wide it is when
walked is counted while it is built, and bounded. Layout of the binary form: the comments of Apple's CFBinaryPList.c.
"""

from __future__ import annotations

import binascii
import json
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID
from xml.parsers import expat

from sousveil.errors import LimitExceeded, Malformed, Unsupported
from sousveil.kinds import MAC_EPOCH

PlistValue: TypeAlias = "dict[str, PlistValue] | list[PlistValue] | str | int | float | bytes | bool | Uid | None"

MAX_NODES = 2_000_000
MAX_DEPTH = 200
MAX_BYTES = 64 << 20

_UNREADY = 1 << 62
"""More than any count of values: marks a container whose members are not built yet."""
_TEXT = {str}
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
_UNIX = datetime(1970, 1, 1)
_SMALL: tuple[struct.Struct, ...] = tuple(struct.Struct(f">{n}H") for n in range(1024))


class Uid(NamedTuple):
    """A reference of a keyed archive: the place of an object in `$objects`."""

    value: int


class PlistDate(int):
    """A date: microseconds since 1970-01-01T00:00:00Z."""

    __slots__ = ()

    @classmethod
    def from_mac(cls, seconds: float) -> PlistDate | None:
        """From seconds since 2001 UTC; None outside the years 1 to 9999, and for what is not a number."""
        if not -1e12 < seconds < 1e12:
            return None
        micros = round((seconds + MAC_EPOCH) * 1_000_000)
        return cls(micros) if _FIRST <= micros <= _LAST else None

    def iso(self) -> str:
        """ISO 8601 with microseconds, UTC."""
        return (_UNIX + timedelta(microseconds=int(self))).isoformat(timespec="microseconds") + "Z"


def load_plist(
    data: bytes, *, limit_nodes: int = MAX_NODES, limit_depth: int = MAX_DEPTH, limit_bytes: int = MAX_BYTES
) -> PlistValue:
    """The value of a property list.

    `limit_nodes` counts values as a walk over the result meets them (a shared object counts each time), `limit_bytes`
    the file, and the text and data that such a walk meets. Raises Malformed, Unsupported (a newer binary form) and
    LimitExceeded.
    """
    if len(data) > limit_bytes:
        raise LimitExceeded(f"A property list of {len(data)} bytes is larger than the limit of {limit_bytes}.")
    if data[:6] == b"bplist":
        if data[6:7] != b"0":
            raise Unsupported("This is a binary property list of a newer form (not version 0), which cannot be read.")
        return _Binary(data, limit_nodes, limit_depth, limit_bytes).value()
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n").rstrip(b"\0") if data[:2] not in (b"\xfe\xff", b"\xff\xfe") else data
    if text[:1] == b"<" or text[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return _Xml(limit_nodes, limit_depth).value(text)
    raise Malformed("This is not a property list: it starts neither as a binary nor as an XML one.")


class _Binary:
    """One binary property list: leaves first, then containers from the last to the first (children before parents)."""

    def __init__(self, data: bytes, limit_nodes: int, limit_depth: int, limit_bytes: int) -> None:
        self.data = data
        self.limit_nodes, self.limit_depth, self.limit_bytes = limit_nodes, limit_depth, limit_bytes
        if len(data) < 40:
            raise Malformed("A binary property list is cut off: it is shorter than its header and trailer.")
        size, self.width, count, self.top, table = struct.unpack_from(">6xBBQQQ", data, len(data) - 32)
        self.end = len(data) - 32
        if not (1 <= size <= 8 and 1 <= self.width <= 8 and 8 <= table <= self.end):
            raise Malformed("The trailer of a binary property list makes no sense: the file is cut off or damaged.")
        if not 1 <= count <= (self.end - table) // size or self.top >= count:
            raise Malformed("A binary property list claims more objects than the file holds.")
        self.offsets = self._numbers(table, count, size)
        if min(self.offsets) < 8 or max(self.offsets) >= self.end:
            raise Malformed("A binary property list points outside its own file.")
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
            raise Malformed(f"A binary property list holds an object of an unknown type, 0x{kind}_.")
        if at + low > self.end:
            raise Malformed("A text or data object of a binary property list runs over its end.")
        if kind == 4:
            return raw
        return raw.decode("utf-16-be" if kind == 6 else "utf-8", "replace")

    def _spend(self, size: int) -> None:
        """Count bytes of content. Sound objects never overlap, so that no more than the file can be spent."""
        self.spent += size
        if self.spent > len(self.data):
            raise Malformed("Objects of a binary property list lie over one another: the file is damaged or a trap.")

    def _holder(self, number: int, kind: int, low: int, at: int) -> None:
        refs = low * 2 if kind == 13 else low
        size = refs * self.width
        self.spent += size
        if at + size > self.end or self.spent > len(self.data):
            raise Malformed("A list or dictionary of a binary property list claims more members than the file holds.")
        children = self.data[at : at + refs] if size == refs else self._numbers(at, refs, self.width)
        if refs and max(children) >= len(self.objects):
            raise Malformed("A binary property list refers to an object that it does not hold.")
        self.holders[number] = (low if kind == 13 else -1, children)
        self.nodes[number] = _UNREADY

    def _count(self, at: int) -> tuple[int, int]:
        """A length too large for the marker: where the content starts, and the length."""
        if at >= self.end or self.data[at] >> 4 != 1 or self.data[at] & 15 > 3:
            raise Malformed("A length in a binary property list is damaged.")
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
        raise Malformed(f"A number, date or mark of a binary property list is damaged (type 0x{kind << 4 | low:02x}).")

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
                what = f"nested {deep} levels deep" if deep > self.limit_depth else "unfolded"
                raise LimitExceeded(
                    f"A property list {what} is over the limit of {self.limit_nodes} values and "
                    f"{self.limit_depth} levels."
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
                    raise LimitExceeded(f"A property list is nested deeper than {self.limit_depth} levels.")
                for child in holders[number][1]:
                    if child in opened:
                        raise Malformed("A binary property list contains itself.")
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
            raise LimitExceeded(f"A property list unfolds to {sizes[self.top]} bytes; the limit is {self.limit_bytes}.")


def _key(name: object) -> str:
    """A key of a dictionary as text. Keys are text by the rules; numbers are met, containers refused."""
    if isinstance(name, str):
        return name
    if isinstance(name, dict | list):
        raise Malformed("A dictionary of a property list has a list or dictionary as a key.")
    return str(name.value if isinstance(name, Uid) else name)


_INTEGER = re.compile(r"[ \t\r\n]*([+-]?)(0[xX][0-9a-fA-F]{1,32}|[0-9]{1,39})[ \t\r\n]*", re.ASCII)
_DATE = re.compile(r"\s*(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z?\s*", re.ASCII)


def _xml_integer(text: str) -> int:
    found = _INTEGER.fullmatch(text)
    if not found:
        raise Malformed("An integer of an XML property list is not a number.")
    number = int(found[2], 16 if found[2][:2] in ("0x", "0X") else 10)
    return -number if found[1] == "-" else number


def _xml_real(text: str) -> float:
    try:
        return float(text[:400])
    except ValueError:
        raise Malformed("A real of an XML property list is not a number.") from None


def _xml_date(text: str) -> PlistDate | None:
    found = _DATE.fullmatch(text)
    if not found:
        raise Malformed("A date of an XML property list is not written as a date.")
    try:
        moment = datetime(*map(int, found.groups()))  # type: ignore[arg-type]
    except ValueError:
        return None
    return PlistDate((moment - _UNIX) // timedelta(microseconds=1))


def _xml_data(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text.encode("ascii", "replace"))
    except binascii.Error:
        raise Malformed("Data of an XML property list is not base64.") from None


_XML_LEAVES: dict[str, Callable[[str], Any]] = {
    "string": str,
    "key": str,
    "integer": _xml_integer,
    "real": _xml_real,
    "date": _xml_date,
    "data": _xml_data,
    "true": lambda _: True,
    "false": lambda _: False,
}


class _Xml:
    """One XML property list, from the events of expat. Declared entities are refused: a plist needs none."""

    def __init__(self, limit_nodes: int, limit_depth: int) -> None:
        self.limit_nodes, self.limit_depth, self.nodes = limit_nodes, limit_depth, 0
        self.stack: list[tuple[dict[str, Any] | list[Any], list[str | None]]] = []
        self.leaf: str | None = None
        self.chunks: list[str] = []
        self.root: list[Any] = []

    def value(self, data: bytes) -> PlistValue:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._stop
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise Malformed(f"An XML property list is damaged at line {error.lineno}.") from None
        except (LookupError, ValueError) as error:
            if isinstance(error, Malformed):
                raise
            raise Malformed("An XML property list is written in an encoding that is not known.") from None
        if not self.root:
            raise Malformed("An XML property list holds no value.")
        return self.root[0]  # type: ignore[no-any-return]

    def _entity(self, *_: object) -> None:
        raise Malformed("An XML property list declares entities, which no phone writes: refused as a trap.")

    def _start(self, name: str, _: object) -> None:
        if self.leaf is not None:
            raise Malformed("An XML property list has an element inside a text.")
        self.nodes += 1
        if self.nodes > self.limit_nodes:
            raise LimitExceeded(f"A property list holds more than {self.limit_nodes} values.")
        if name in _XML_LEAVES:
            self.leaf = name
            self.chunks.clear()
        elif name in ("dict", "array"):
            if len(self.stack) >= self.limit_depth:
                raise LimitExceeded(f"A property list is nested deeper than {self.limit_depth} levels.")
            holder: dict[str, Any] | list[Any] = {} if name == "dict" else []
            self.stack.append((holder, [None]))
        elif name != "plist" or self.stack:
            raise Malformed("An XML property list holds an element that is none of its own.")

    def _text(self, text: str) -> None:
        if self.leaf is not None:
            self.chunks.append(text)

    def _stop(self, name: str) -> None:
        if name == "plist":
            return
        if name in ("dict", "array"):
            holder, key = self.stack.pop()
            if key[0] is not None:
                raise Malformed("A dictionary of an XML property list has a key without a value.")
            uid = holder.get("CF$UID") if isinstance(holder, dict) and len(holder) == 1 else None
            self._put(Uid(uid) if isinstance(uid, int) and uid >= 0 else holder)
            return
        self.leaf = None
        value = _XML_LEAVES[name]("".join(self.chunks))
        if name != "key":
            self._put(value)
            return
        if not self.stack or isinstance(self.stack[-1][0], list) or self.stack[-1][1][0] is not None:
            raise Malformed("A key of an XML property list stands where none may be.")
        self.stack[-1][1][0] = value

    def _put(self, value: object) -> None:
        if not self.stack:
            self.root.append(value)
            return
        holder, key = self.stack[-1]
        if isinstance(holder, list):
            holder.append(value)
        elif key[0] is None:
            raise Malformed("A dictionary of an XML property list has a value without a key.")
        else:
            holder[key[0]] = value
            key[0] = None


_quote: Callable[[str], str] = json.encoder.encode_basestring


def _json_leaf(value: object) -> str:
    if isinstance(value, str):
        return _quote(value if value.isascii() else value.encode("utf-8", "replace").decode())
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, PlistDate):
        return f'"{value.iso()}"'
    if isinstance(value, Uid):
        return f'{{"uid":{value.value}}}'
    if isinstance(value, bytes):
        return f'"hex:{value.hex()}"'
    if isinstance(value, float):
        return repr(value) if value - value == 0 else f'"{value!r}"'
    return str(value)


def to_json(value: PlistValue, *, limit: int = 16 << 20) -> str:
    """Canonical JSON text: no spaces, order of the file, bytes as `"hex:.."`, dates as ISO text, `Uid` as `{"uid":n}`.

    A container inside itself becomes `"$cycle"`. Raises LimitExceeded when the text grows over `limit` characters.
    """
    out: list[str] = []
    size = 0
    open_ids: set[int] = set()
    stack: list[tuple[Iterator[Any], bool, int]] = []
    current: Any = value
    while True:
        if isinstance(current, dict | list):
            if id(current) in open_ids:
                out.append('"$cycle"')
            else:
                open_ids.add(id(current))
                keyed = isinstance(current, dict)
                out.append("{" if keyed else "[")
                stack.append((iter(current.items() if isinstance(current, dict) else current), keyed, id(current)))
        else:
            if isinstance(current, str | bytes) and len(current) > limit:
                raise LimitExceeded(f"A structure written as text would be over {limit} characters.")
            out.append(_json_leaf(current))
        size += len(out[-1]) + 1
        while stack:
            items, keyed, number = stack[-1]
            item = next(items, stack)
            first = out[-1] in ("{", "[")
            if item is not stack:
                break
            stack.pop()
            open_ids.discard(number)
            out.append("}" if keyed else "]")
        else:
            return "".join(out)
        if not first:
            out.append(",")
        if keyed:
            out.append(_json_leaf(item[0]) + ":")
            size += len(out[-1])
            item = item[1]
        if size > limit:
            raise LimitExceeded(f"A structure written as text would be over {limit} characters.")
        current = item


def walk_strings(value: PlistValue, *, keys: bool = False) -> Iterator[tuple[str, str]]:
    """Every text of a value with its path (`/key/0/key`, cut at 500 characters), in the order of the file.

    With `keys`, keys of dictionaries come too, before what they name. A container inside itself is entered once.
    """
    stack: list[tuple[str, Iterator[tuple[Any, Any]], bool, int]] = []
    open_ids: set[int] = set()
    path, current = "", value
    while True:
        if isinstance(current, str):
            yield path, current
        elif isinstance(current, dict | list) and id(current) not in open_ids:
            open_ids.add(id(current))
            keyed = isinstance(current, dict)
            members = iter(current.items()) if isinstance(current, dict) else enumerate(current)
            stack.append((path, members, keyed, id(current)))
        while stack:
            parent, items, keyed, number = stack[-1]
            pair = next(items, None)
            if pair is not None:
                break
            stack.pop()
            open_ids.discard(number)
        else:
            return
        path = f"{parent}/{str(pair[0])[:100]}"[:500]
        if keyed and keys:
            yield path, pair[0]
        current = pair[1]
