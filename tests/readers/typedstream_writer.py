"""Writes typedstreams for tests: attributed strings as iMessage stores them. Knows nothing of the reader."""

from __future__ import annotations

from typing import Any


class Writer:
    """One stream; `little` chooses the byte order."""

    def __init__(self, little: bool = True) -> None:
        self.order: Any = "little" if little else "big"
        self.out = bytearray(b"\x04\x0b" + (b"streamtyped" if little else b"typedstream"))
        self.names: dict[bytes, int] = {}
        self.places: dict[object, int] = {}
        self.number(1000)

    def number(self, value: int) -> None:
        if -110 <= value <= 127:
            self.out += (value & 255).to_bytes(1, "little")
        elif -32768 <= value <= 32767:
            self.out += b"\x81" + (value & 0xFFFF).to_bytes(2, self.order)
        else:
            self.out += b"\x82" + (value & 0xFFFFFFFF).to_bytes(4, self.order)

    def raw(self, data: bytes) -> None:
        self.number(len(data))
        self.out += data

    def name(self, data: bytes) -> None:
        if data in self.names:
            self.number(self.names[data] - 110)
        else:
            self.names[data] = len(self.names)
            self.out.append(0x84)
            self.raw(data)

    def begin(self, *line: tuple[str, int]) -> None:
        """Start an object of the class `line[0]`, whose superclasses follow."""
        self.name(b"@")
        self.out.append(0x84)
        self.places[object()] = len(self.places)
        for name, version in line:
            if name in self.places:
                self.number(self.places[name] - 110)
                return
            self.out.append(0x84)
            self.name(name.encode())
            self.number(version)
            self.places[name] = len(self.places)
        self.out.append(0x85)

    def end(self) -> None:
        self.out.append(0x86)

    def string(self, text: str, mutable: bool = False) -> None:
        self.begin(*[("NSMutableString", 1)][:mutable], ("NSString", 1), ("NSObject", 0))
        self.name(b"+")
        self.raw(text.encode())
        self.end()

    def integer(self, value: int) -> None:
        self.name(b"i")
        self.number(value)

    def url(self, link: str, base: str | None = None) -> None:
        self.begin(("NSURL", 0), ("NSObject", 0))
        self.name(b"c")
        self.out.append(base is not None)
        if base is not None:
            self.url(base)
        self.string(link)
        self.end()

    def data(self, content: bytes) -> None:
        self.begin(("NSMutableData", 0), ("NSData", 0), ("NSObject", 0))
        self.integer(len(content))
        self.name(b"[%dc]" % len(content))
        self.out += content
        self.end()


def attributed(
    text: str,
    attributes: dict[str, tuple[str, Any]] | None = None,
    *,
    mutable: bool = True,
    mutable_text: bool = True,
    little: bool = True,
) -> bytes:
    """An attributed string with one run. Attribute values are ("url", link), ("string", text) or ("data", bytes)."""
    out = Writer(little)
    out.begin(*[("NSMutableAttributedString", 0)][:mutable], ("NSAttributedString", 0), ("NSObject", 0))
    out.string(text, mutable_text)
    out.name(b"iI")
    out.number(1)
    out.number(len(text.encode("utf-16-le")) // 2)
    out.begin(("NSDictionary", 0), ("NSObject", 0))
    out.integer(len(attributes or {}))
    for name, (kind, value) in (attributes or {}).items():
        out.string(name)
        getattr(out, kind)(value)
    out.end()
    out.end()
    return bytes(out.out)
