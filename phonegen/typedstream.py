"""Apple's typedstream archives of attributed strings, as Messages stores them in ``message.attributedBody``.

A stream is a header and typed values. Type strings and class names are shared strings; objects, classes and C strings
are shared objects; both are written once and then referred to by 0x92 + number, in two separate tables.
"""

from __future__ import annotations

from collections.abc import Sequence

HEADER = b"\x04\x0bstreamtyped\x81\xe8\x03"
_NEW, _NIL, _END, _BASE = b"\x84", b"\x85", b"\x86", 0x92
PART = "__kIMMessagePartAttributeName"
LINK = "__kIMLinkAttributeName"
TRANSFER = "__kIMFileTransferGUIDAttributeName"

Link = tuple[int, int, str]
"""Start and length in characters (Python's), and the URL that the text there points to."""


def integer(value: int) -> bytes:
    """An integer: one byte where it fits, else a width mark (0x81: 16 bit, 0x82: 32 bit) and little endian bytes."""
    if -110 <= value <= 127:
        return value.to_bytes(1, "little", signed=True)
    if -(1 << 15) <= value < 1 << 16:
        return b"\x81" + (value & 0xFFFF).to_bytes(2, "little")
    return b"\x82" + (value & 0xFFFFFFFF).to_bytes(4, "little")


class Writer:
    """Writes one stream; made for the few classes that message bodies use."""

    def __init__(self) -> None:
        self._out = [HEADER]
        self._strings: dict[bytes, int] = {}
        self._objects: dict[object, int] = {}

    def result(self) -> bytes:
        """The stream so far."""
        return b"".join(self._out)

    def shared(self, text: bytes) -> None:
        """A shared string: its bytes the first time, then its number."""
        at = self._strings.get(text)
        if at is not None:
            self._out.append(_reference(at))
            return
        self._strings[text] = len(self._strings)
        self._out += [_NEW, integer(len(text)), text]

    def start(self, classes: Sequence[tuple[str, int]]) -> None:
        """Opens a new object of the class named first, with its chain of super-classes."""
        self._out.append(_NEW)
        self._objects[object()] = len(self._objects)
        for name, version in classes:
            at = self._objects.get(name)
            if at is not None:
                self._out.append(_reference(at))
                return
            self._objects[name] = len(self._objects)
            self._out.append(_NEW)
            self.shared(name.encode())
            self._out.append(integer(version))
        self._out.append(_NIL)

    def end(self) -> None:
        """Closes the object."""
        self._out.append(_END)

    def raw(self, *values: int) -> None:
        """Integers, without a type."""
        self._out += [integer(value) for value in values]

    def string(self, text: str, mutable: bool = False) -> None:
        """An NSString (or NSMutableString) object, preceded by its type."""
        self.shared(b"@")
        chain = [("NSMutableString", 1)] if mutable else []
        self.start([*chain, ("NSString", 1), ("NSObject", 0)])
        self.shared(b"+")
        data = text.encode("utf-8", "surrogatepass")
        self._out += [integer(len(data)), data]
        self.end()

    def number(self, value: int) -> None:
        """An NSNumber that holds an int, preceded by its type."""
        self.shared(b"@")
        self.start([("NSNumber", 0), ("NSValue", 0), ("NSObject", 0)])
        self.shared(b"*")
        at = self._objects.get(b"i")
        if at is None:
            self._objects[b"i"] = len(self._objects)
            self._out.append(_NEW)
            self.shared(b"i")
        else:
            self._out.append(_reference(at))
        self.shared(b"i")
        self.raw(value)
        self.end()

    def url(self, text: str) -> None:
        """An NSURL without a base, preceded by its type."""
        self.shared(b"@")
        self.start([("NSURL", 0), ("NSObject", 0)])
        self.shared(b"c")
        self.raw(0)
        self.string(text)
        self.end()


def _reference(number: int) -> bytes:
    return integer(_BASE - 256 + number)


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def attributed(text: str, links: Sequence[Link] = (), transfers: Sequence[str] = (), mutable: bool = False) -> bytes:
    """The archive of an NSAttributedString with this text.

    Each link becomes a run with ``__kIMLinkAttributeName`` (an NSURL); each of ``transfers`` (attachment GUIDs) one
    U+FFFC character of the text with ``__kIMFileTransferGUIDAttributeName``; every run has its message part number.
    """
    if not links and not transfers and not mutable:
        return _plain(text)
    writer = Writer()
    writer.shared(b"@")
    base = [("NSAttributedString", 0), ("NSObject", 0)]
    writer.start([("NSMutableAttributedString", 0), *base] if mutable else base)
    writer.string(text, mutable)
    for number, (length, part, url, transfer) in enumerate(_runs(text, links, transfers), 1):
        writer.shared(b"iI")
        writer.raw(number, length)
        writer.shared(b"@")
        writer.start([("NSDictionary", 0), ("NSObject", 0)])
        writer.shared(b"i")
        writer.raw(1 + (url is not None) + (transfer is not None))
        if url is not None:
            writer.string(LINK)
            writer.url(url)
        if transfer is not None:
            writer.string(TRANSFER)
            writer.string(transfer)
        writer.string(PART)
        writer.number(part)
        writer.end()
    writer.end()
    return writer.result()


def _runs(text: str, links: Sequence[Link], transfers: Sequence[str]) -> list[tuple[int, int, str | None, str | None]]:
    """(length in UTF-16 units, part, url, transfer guid) for each run of equal attributes, in the order of the text."""
    marks: list[tuple[int, int, str | None, str | None]] = [
        (start, start + size, url, None) for start, size, url in links
    ]
    at = -1
    for guid in transfers:
        at = text.index("\ufffc", at + 1)
        marks.append((at, at + 1, None, guid))
    runs: list[tuple[int, int, str | None, str | None]] = []
    done = part = 0
    for start, stop, url, transfer in sorted(marks, key=lambda mark: mark[:2]):
        if start < done or stop > len(text):
            raise ValueError("links must lie inside the text and not overlap")
        if start > done:
            runs.append((_utf16(text[done:start]), part, None, None))
        part += transfer is not None and done > 0
        runs.append((_utf16(text[start:stop]), part, url, transfer))
        part += transfer is not None
        done = stop
    if done < len(text) or not runs:
        runs.append((_utf16(text[done:]), part, None, None))
    return runs


_PLAIN_HEAD = (
    HEADER
    + b"\x84\x01@\x84\x84\x84\x12NSAttributedString\x00\x84\x84\x08NSObject\x00\x85"
    + b"\x92\x84\x84\x84\x08NSString\x01\x94\x84\x01+"
)
_PLAIN_TAIL = (
    b"\x92\x84\x84\x84\x0cNSDictionary\x00\x94\x84\x01i\x01\x92\x84\x96\x96\x1d__kIMMessagePartAttributeName\x86"
    b"\x92\x84\x84\x84\x08NSNumber\x00\x84\x84\x07NSValue\x00\x94\x84\x01*\x84\x99\x99\x00\x86\x86\x86"
)


def _plain(text: str) -> bytes:
    """The common case, one run without a link: the fixed bytes around it written at once."""
    data = text.encode("utf-8", "surrogatepass")
    size = len(data) if len(data) == len(text) else _utf16(text)
    return b"".join((_PLAIN_HEAD, integer(len(data)), data, b"\x86\x84\x02iI\x01", integer(size), _PLAIN_TAIL))
